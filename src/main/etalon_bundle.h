/* An incident bundle (ledger/bundle) as files by name: mapped, its index checked once. */
#pragma once

#include "ledger/bundle.h"
#include "main/etalon_arguments.h"

struct etalon_bundle {
    void *map; /* NULL: none is open */
    size_t length;
    struct bundle_member *members; /* ascending by name */
    size_t count;
};

/* Anything but ETALON_FINE: said on standard error, with the member that is amiss. */
enum etalon_exit etalon_bundle_open(const char *path, struct etalon_bundle *out);
void etalon_bundle_close(struct etalon_bundle *bundle);
/* NULL: there is none of that name. */
const struct bundle_member *etalon_bundle_find(const struct etalon_bundle *bundle,
                                               const char *name);

/* What a checker wants to know of an entry: when, by which counter, of what kind. Entries are JSON
 * objects of others; unknown members and kinds are passed over.
 *
 * A scanner of RFC 8259 that looks at members of the outermost object only. It asks for no memory,
 * reads each byte once and goes no deeper than LIMIT_ENTRY_DEPTH. One of the members below that
 * stands there twice is refused, and so are escapes in names: readers would differ on what counts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/times.h"

enum { ENTRY_FACTS_KIND_BYTES = 32, ENTRY_FACTS_BOOT_BYTES = 40, ENTRY_FACTS_ROOT_BYTES = 48 };

struct entry_facts {
    char kind[ENTRY_FACTS_KIND_BYTES]; /* all texts: empty if missing, longer or escaped */
    char boot[ENTRY_FACTS_BOOT_BYTES];
    char root[ENTRY_FACTS_ROOT_BYTES]; /* base64, of a pruned range */
    bool has_counter, has_utc, has_range, has_size;
    uint64_t counter;        /* nanoseconds of the local counter since that boot */
    struct utc utc;          /* as the log itself knew it: a claim */
    uint64_t from, to, size; /* from and to only together: of a manifest or a pruned range */
};

/* ERR_SYNTAX: no JSON object; ERR_TOO_LONG: nested too deep; ERR_DUPLICATE. */
MUST_USE enum err entry_facts_parse(const char *text, size_t length, struct entry_facts *out);
/* "2026-11-22T02:20:00[.1 to 9 digits]Z". ERR_SYNTAX or ERR_RANGE. */
MUST_USE enum err entry_facts_parse_utc(const char *text, size_t length, struct utc *out);

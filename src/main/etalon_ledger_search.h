/* Entries of a ledger that fit what was asked, by their position among those that may. */
#pragma once

#include "main/etalon_entry.h"
#include "main/etalon_ledger_index.h"

struct etalon_ledger_search {
    struct etalon_ledger_tree *tree;
    struct etalon_ledger_query query;
    char words[512];      /* the kinds, each ended by a zero */
    uint64_t *candidates; /* from an index; NULL: all of [from, to) */
    uint64_t count;       /* of positions */
    uint64_t absent, first_absent, last_absent;
    uint64_t first_here;       /* UINT64_MAX: none yet */
    bool lacking, interrupted; /* absent since the last that was here; and then another one was */
    uint64_t malformed;
    bool quiet; /* about those */
};

/* The range, kinds, source and job of the command line. Anything but ETALON_FINE was said. */
enum etalon_exit etalon_ledger_search_open(const struct etalon_arguments *arguments,
                                           struct etalon_ledger_tree *tree,
                                           struct etalon_ledger_search *out);
/* All of one kind, wherever it stands; what cannot be read is passed over. */
void etalon_ledger_search_kind(const struct etalon_arguments *arguments,
                               struct etalon_ledger_tree *tree, const char *kind,
                               struct etalon_ledger_search *out);
void etalon_ledger_search_close(struct etalon_ledger_search *search);
/* True: the entry at that position (below count) fits; it is to be freed and its bytes hold until
 * the next call. */
bool etalon_ledger_search_at(struct etalon_ledger_search *search, uint64_t position,
                             struct etalon_entry *out);
/* Says what was missing; the code to end with if nothing else went wrong. */
enum etalon_exit etalon_ledger_search_end(const struct etalon_ledger_search *search);

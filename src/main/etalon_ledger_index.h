/* An index of a ledger in SQLite: where to look for entries of a time, kind, source or job. It is
 * made from the ledger, can be thrown away at any time, and is never believed: what it names is
 * read from the ledger again and compared with what was asked. */
#pragma once

#include "base/times.h"
#include "main/etalon_ledger_tree.h"

struct sqlite3;

enum { ETALON_LEDGER_INDEX_KINDS = 16 };

struct etalon_ledger_index {
    struct sqlite3 *db;
    const char *path;
};

/* What is asked for; all of it must fit. */
struct etalon_ledger_query {
    uint64_t from, to; /* entries [from, to) */
    size_t kind_count; /* 0: any */
    const char *kinds[ETALON_LEDGER_INDEX_KINDS];
    const char *source, *job; /* NULL: any */
};

/* Where the index of a log is kept if nobody says otherwise; false: there is no such place. */
bool etalon_ledger_index_place(const char *origin, char *out, size_t room);
/* Opens the index and brings it up to the tree; one that is stale, damaged or of another log is
 * made anew, and so is any with rebuild. A file that is no such index is left alone. False: said
 * why, and there is none. */
bool etalon_ledger_index_open(const char *path, bool rebuild, struct etalon_ledger_tree *tree,
                              struct etalon_ledger_index *out);
void etalon_ledger_index_close(struct etalon_ledger_index *index);
/* The first entry whose claimed time is not before from, and one more than the last whose time is
 * not after to. UINT64_MAX and 0: there is none. False: the index is damaged. */
bool etalon_ledger_index_times(const struct etalon_ledger_index *index, struct utc from,
                               struct utc to, uint64_t *first, uint64_t *end);
/* Indices, ascending; to be freed. False: the index is damaged, or memory is short. */
bool etalon_ledger_index_find(const struct etalon_ledger_index *index,
                              const struct etalon_ledger_query *query, uint64_t **out,
                              size_t *count);
/* How many entries it has. */
uint64_t etalon_ledger_index_size(const struct etalon_ledger_index *index);

/* Searching. Invariant: an entry that is handed out was verified, and fits the question by its own
 * bytes, whatever an index said. */
#include "main/etalon_ledger_search.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/entry_facts.h"

/* Smaller ledgers are read through faster than an index is worth; and how many lines of complaint
 * are enough. */
enum { INDEX_WORTH = 4096, COMPLAINTS = 10 };

static enum etalon_exit wrong(const char *what, const char *value) {
    fprintf(stderr, "etalon: %s: %s\n", what, value);
    return ETALON_USAGE;
}

static bool take_kinds(const char *kinds, struct etalon_ledger_search *search) {
    char *words = search->words;
    if (strlen(kinds) >= sizeof search->words) return false;
    snprintf(words, sizeof search->words, "%s", kinds);
    for (char *save, *word = strtok_r(words, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
        if (search->query.kind_count == ETALON_LEDGER_INDEX_KINDS) return false;
        search->query.kinds[search->query.kind_count++] = word;
    }
    return search->query.kind_count > 0;
}

/* The index that was named, or a default one where it is worth it. */
static bool open_index(const struct etalon_arguments *arguments, struct etalon_ledger_tree *tree,
                       bool rebuild, struct etalon_ledger_index *out) {
    static char place[4096];
    const char *path = arguments->index;
    if (etalon_ledger_tree_is_bundle(tree) || (path && strcmp(path, "none") == 0)) return false;
    if (!path) {
        bool worth = etalon_ledger_tree_size(tree) >= INDEX_WORTH;
        if (!worth ||
            !etalon_ledger_index_place(etalon_ledger_tree_origin(tree), place, sizeof place))
            return false;
        path = place;
    }
    return etalon_ledger_index_open(path, rebuild, tree, out);
}

struct times {
    struct utc from, to;
    uint64_t first, end;
};

/* The claimed times need not ascend (they may be what is being investigated), so all are looked
 * at: from the first entry that is not before `from` to the last that is not after `to`. */
static void scan_times(struct etalon_ledger_tree *tree, struct times *times) {
    times->first = UINT64_MAX;
    times->end = 0;
    for (uint64_t i = 0; i < etalon_ledger_tree_size(tree); i++) {
        struct etalon_ledger_leaf leaf;
        struct entry_facts facts;
        if (etalon_ledger_tree_leaf(tree, i, &leaf) != ETALON_LEDGER_HERE ||
            entry_facts_parse((const char *)leaf.bytes, leaf.length, &facts) != ERR_OK ||
            !facts.has_utc)
            continue;
        if (facts.utc.ns >= times->from.ns && times->first == UINT64_MAX) times->first = i;
        if (facts.utc.ns <= times->to.ns) times->end = i + 1;
    }
}

/* With an index, which is made again once if it turns out to be damaged. */
static bool ask_index(const struct etalon_arguments *arguments, struct times *times,
                      struct etalon_ledger_search *search) {
    struct etalon_ledger_index index;
    for (int try = 0; try < 2; try++) {
        if (!open_index(arguments, search->tree, try > 0, &index)) return false;
        bool right = times ? etalon_ledger_index_times(&index, times->from, times->to,
                                                       &times->first, &times->end)
                           : etalon_ledger_index_find(&index, &search->query, &search->candidates,
                                                      &search->count);
        etalon_ledger_index_close(&index);
        if (right) return true;
    }
    return false;
}

/* True: an index or a time; *by_time tells which. */
static bool take_end(const char *text, uint64_t *index, struct utc *utc, bool *by_time) {
    *by_time = checkpoint_decimal(text, strlen(text), index) != ERR_OK;
    return !*by_time || entry_facts_parse_utc(text, strlen(text), utc) == ERR_OK;
}

static enum etalon_exit find_range(const struct etalon_arguments *arguments,
                                   struct etalon_ledger_search *search) {
    struct etalon_ledger_query *query = &search->query;
    struct times times = {{INT64_MIN}, {INT64_MAX}, 0, 0};
    uint64_t size = etalon_ledger_tree_size(search->tree), last = size;
    bool from_time = false, to_time = false;
    const char *amiss = "is neither an index nor a time like 2026-11-22T02:20:00Z";
    if (arguments->from && !take_end(arguments->from, &query->from, &times.from, &from_time)) {
        fprintf(stderr, "etalon: --from: '%s' %s\n", arguments->from, amiss);
        return ETALON_USAGE;
    }
    if (arguments->to && !take_end(arguments->to, &last, &times.to, &to_time)) {
        fprintf(stderr, "etalon: --to: '%s' %s\n", arguments->to, amiss);
        return ETALON_USAGE;
    }
    query->to = arguments->to && !to_time && last < size ? last + 1 : size;
    if ((from_time || to_time) && !ask_index(arguments, &times, search))
        scan_times(search->tree, &times);
    if (from_time) query->from = times.first;
    if (to_time) query->to = times.end;
    if (query->from > query->to) query->from = query->to;
    return ETALON_FINE;
}

static void find(const struct etalon_arguments *arguments, struct etalon_ledger_search *search) {
    const struct etalon_ledger_query *query = &search->query;
    bool choosy = query->kind_count > 0 || query->source || query->job;
    if (choosy && ask_index(arguments, NULL, search)) {
        if (search->candidates) return;
        search->count = 0;
        return;
    }
    search->count = query->to - query->from;
}

enum etalon_exit etalon_ledger_search_open(const struct etalon_arguments *arguments,
                                           struct etalon_ledger_tree *tree,
                                           struct etalon_ledger_search *out) {
    *out =
        (struct etalon_ledger_search){.tree = tree,
                                      .query = {.source = arguments->source, .job = arguments->job},
                                      .first_here = UINT64_MAX};
    if (arguments->kind && !take_kinds(arguments->kind, out))
        return wrong("--kind takes up to 16 kinds with commas between them", arguments->kind);
    enum etalon_exit code = find_range(arguments, out);
    if (code == ETALON_FINE) find(arguments, out);
    return code;
}

void etalon_ledger_search_kind(const struct etalon_arguments *arguments,
                               struct etalon_ledger_tree *tree, const char *kind,
                               struct etalon_ledger_search *out) {
    *out = (struct etalon_ledger_search){
        .tree = tree,
        .query = {.to = etalon_ledger_tree_size(tree), .kind_count = 1, .kinds = {kind}},
        .first_here = UINT64_MAX,
        .quiet = true};
    find(arguments, out);
}

void etalon_ledger_search_close(struct etalon_ledger_search *search) {
    free(search->candidates);
    search->candidates = NULL;
}

static bool kind_fits(const struct etalon_ledger_query *query, const char *kind) {
    for (size_t i = 0; i < query->kind_count; i++)
        if (strcmp(query->kinds[i], kind) == 0) return true;
    return query->kind_count == 0;
}

static bool fits(const struct etalon_ledger_query *query, const struct etalon_entry *entry) {
    return kind_fits(query, entry->kind) &&
           (!query->source || strcmp(query->source, entry->source) == 0) &&
           (!query->job || strcmp(query->job, entry->job) == 0);
}

static bool note_absent(struct etalon_ledger_search *search, uint64_t index) {
    if (search->absent == 0 || index < search->first_absent) search->first_absent = index;
    if (search->absent == 0 || index > search->last_absent) search->last_absent = index;
    search->absent++;
    search->lacking = true;
    return false;
}

static void note_here(struct etalon_ledger_search *search, uint64_t index) {
    search->interrupted |= search->lacking && search->first_here != UINT64_MAX;
    search->lacking = false;
    if (index < search->first_here) search->first_here = index;
}

static bool note_malformed(struct etalon_ledger_search *search, uint64_t index, const char *why) {
    if (search->malformed++ < COMPLAINTS && !search->quiet)
        fprintf(stderr, "etalon: %s: entry %" PRIu64 ": %s\n", search->tree->path, index, why);
    return false;
}

/* Whether it is worth to be read in full: it is of a kind that is asked for, or cannot be read. */
static bool worth_reading(const struct etalon_ledger_query *query,
                          const struct etalon_ledger_leaf *leaf) {
    struct entry_facts facts;
    if (query->kind_count == 0) return true;
    enum err err = entry_facts_parse((const char *)leaf->bytes, leaf->length, &facts);
    return err != ERR_OK || facts.kind[0] == '\0' || kind_fits(query, facts.kind);
}

bool etalon_ledger_search_at(struct etalon_ledger_search *search, uint64_t position,
                             struct etalon_entry *out) {
    uint64_t index =
        search->candidates ? search->candidates[position] : search->query.from + position;
    struct etalon_ledger_leaf leaf;
    char why[ETALON_ENTRY_WHY_BYTES];
    switch (etalon_ledger_tree_leaf(search->tree, index, &leaf)) {
    case ETALON_LEDGER_ABSENT:
        return note_absent(search, index);
    case ETALON_LEDGER_ALTERED:
        return false;
    default:
        break;
    }
    note_here(search, index);
    if (!worth_reading(&search->query, &leaf)) return false;
    out->index = index;
    out->leaf = leaf.hash;
    if (!etalon_entry_read(leaf.bytes, leaf.length, out, why))
        return note_malformed(search, index, why);
    if (fits(&search->query, out)) return true;
    etalon_entry_free(out);
    return false;
}

enum etalon_exit etalon_ledger_search_end(const struct etalon_ledger_search *search) {
    const struct etalon_ledger_tree *tree = search->tree;
    bool bundle = etalon_ledger_tree_is_bundle(tree);
    /* Pruning begins at the first entry; a bundle holds one range. */
    bool hole = bundle ? search->interrupted
                       : search->absent > 0 && search->first_here < search->last_absent;
    if (search->malformed > COMPLAINTS)
        fprintf(stderr, "etalon: %s: %" PRIu64 " entries cannot be read\n", tree->path,
                search->malformed);
    if (search->absent > 0 && (hole || !bundle))
        fprintf(stderr,
                "etalon: %s: %" PRIu64 " entries between %" PRIu64 " and %" PRIu64
                " are not here: %s\n",
                tree->path, search->absent, search->first_absent, search->last_absent,
                hole ? "REMOVED, since older ones are" : "pruned, or removed");
    if (tree->any_altered) return ETALON_MALFEASANCE;
    return hole || search->malformed > 0 ? ETALON_FAILED : ETALON_FINE;
}

/* Bounds. Invariant: a cosigned checkpoint counts only if the log signed it, the policy is met and
 * the tree had that root at that size. */
#include "main/etalon_timeline_bounds.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Far beyond any date that nanoseconds in 63 bits can hold. */
static const int64_t time_max_s = INT64_MAX / NS_PER_S;

static void add(struct etalon_timeline_bound **list, size_t *count,
                const struct etalon_timeline_bound *bound) {
    if ((*count & (*count - 1)) == 0) { /* a power of two, or none: time to grow */
        void *more = realloc(*list, (*count ? 2 * *count : 1) * sizeof **list);
        if (!more) return;
        *list = more;
    }
    (*list)[(*count)++] = *bound;
}

static void refuse(struct etalon_timeline_bounds *bounds, uint64_t size, const char *why) {
    bounds->refused++;
    fprintf(stderr, "etalon: %s: cosigned/%" PRIu64 ": %s\n", bounds->tree->path, size, why);
}

static void take_checkpoint(void *context, const char *note, size_t length) {
    static struct policy_result result;
    struct etalon_timeline_bounds *bounds = context;
    const struct checkpoint *checkpoint = &result.checkpoint;
    struct merkle_hash root;
    if (!policy_satisfied(&bounds->tree->policy, note, length, &result)) {
        refuse(bounds, checkpoint->size, err_text(result.err));
        return;
    }
    if (!etalon_ledger_tree_root(bounds->tree, checkpoint->size, &root)) {
        refuse(bounds, checkpoint->size, "cannot be compared with the tree");
        return;
    }
    if (!merkle_same(&root, &checkpoint->root)) {
        refuse(bounds, checkpoint->size, "THE LEDGER WAS ALTERED: the tree had another root then");
        bounds->tree->any_altered = true;
        return;
    }
    if (!result.bounded || result.bound_s > (uint64_t)time_max_s) return;
    struct etalon_timeline_bound bound = {checkpoint->size, (int64_t)result.bound_s, UINT64_MAX};
    add(&bounds->seen, &bounds->seen_count, &bound);
}

static void take_entry(struct etalon_timeline_bounds *bounds, const struct etalon_entry *entry) {
    int64_t size, time_s;
    if (!etalon_entry_int(entry, "size", &size) || !etalon_entry_int(entry, "bound", &time_s) ||
        size < 0 || time_s <= 0 || time_s > time_max_s)
        return;
    struct etalon_timeline_bound bound = {(uint64_t)size, time_s, entry->index};
    add(&bounds->told, &bounds->told_count, &bound);
}

void etalon_timeline_bounds_read(const struct etalon_arguments *arguments,
                                 struct etalon_ledger_tree *tree,
                                 struct etalon_timeline_bounds *out) {
    static struct etalon_ledger_search search;
    struct etalon_entry entry;
    *out = (struct etalon_timeline_bounds){.tree = tree};
    etalon_ledger_search_kind(arguments, tree, "cosigned", &search);
    for (uint64_t i = 0; i < search.count; i++) {
        if (!etalon_ledger_search_at(&search, i, &entry)) continue;
        take_entry(out, &entry);
        etalon_entry_free(&entry);
    }
    etalon_ledger_search_close(&search);
    if (tree->policy_by) etalon_ledger_tree_cosigned(tree, take_checkpoint, out);
}

void etalon_timeline_bounds_free(struct etalon_timeline_bounds *bounds) {
    free(bounds->told);
    free(bounds->seen);
    *bounds = (struct etalon_timeline_bounds){.tree = NULL};
}

static void narrow(struct etalon_timeline_interval *interval,
                   const struct etalon_timeline_bound *bound, const char *by) {
    if (interval->has_not_after && interval->not_after_s <= bound->time_s) return;
    interval->has_not_after = true;
    interval->not_after_s = bound->time_s;
    interval->not_after_by = by;
}

struct etalon_timeline_interval
etalon_timeline_bounds_of(const struct etalon_timeline_bounds *bounds, uint64_t index) {
    struct etalon_timeline_interval interval = {.not_after_by = NULL};
    for (size_t i = 0; i < bounds->seen_count; i++)
        if (bounds->seen[i].size > index)
            narrow(&interval, &bounds->seen[i], bounds->tree->policy_by);
    bool seen = interval.has_not_after;
    for (size_t i = 0; i < bounds->told_count; i++) {
        const struct etalon_timeline_bound *told = &bounds->told[i];
        if (told->size > index && told->index > index && !seen) narrow(&interval, told, "log");
        if (told->index >= index) continue;
        if (!interval.has_not_before || told->time_s > interval.not_before_s)
            interval.not_before_s = told->time_s;
        interval.has_not_before = true;
    }
    return interval;
}

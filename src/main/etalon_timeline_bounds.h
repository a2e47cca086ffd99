/* When entries were written, as far as others than the log's own clock tell.
 *
 * An entry below the size of a checkpoint that enough witnesses had seen by a time existed no later
 * than that; and one behind an entry that tells of such a time was written no earlier. The first is
 * as good as the witnesses of the policy that was used; the second is the log's own word. */
#pragma once

#include "base/times.h"
#include "main/etalon_ledger_search.h"

struct etalon_timeline_interval {
    bool has_not_before, has_not_after;
    int64_t not_before_s, not_after_s; /* UTC since 1970 */
    const char *not_after_by;          /* "policy", "bundle" or "log" */
};

struct etalon_timeline_bound {
    uint64_t size; /* entries below it existed by then */
    int64_t time_s;
    uint64_t index; /* of the entry that tells of it; UINT64_MAX: a cosigned checkpoint */
};

struct etalon_timeline_bounds {
    struct etalon_ledger_tree *tree;
    struct etalon_timeline_bound *told, *seen; /* by entries; by checkpoints, verified */
    size_t told_count, seen_count, refused;
};

/* Reads all that there is. What is refused is said on standard error. */
void etalon_timeline_bounds_read(const struct etalon_arguments *arguments,
                                 struct etalon_ledger_tree *tree,
                                 struct etalon_timeline_bounds *out);
void etalon_timeline_bounds_free(struct etalon_timeline_bounds *bounds);
struct etalon_timeline_interval
etalon_timeline_bounds_of(const struct etalon_timeline_bounds *bounds, uint64_t index);

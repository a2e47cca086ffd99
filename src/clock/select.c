/* Sweep over interval ends. Invariant: at equal places a beginning comes before an end, so that
 * intervals that only touch do overlap. */
#include "clock/select.h"

#include <stdlib.h>

#include "base/check.h"

struct edge {
    double at;
    int step; /* +1 beginning, -1 end */
};

static int edge_order(const void *left, const void *right) {
    const struct edge *a = left, *b = right;
    if (a->at != b->at) return a->at < b->at ? -1 : 1;
    return b->step - a->step;
}

bool select_agreed(const struct interval *intervals, uint32_t voters, struct interval *agreed) {
    struct edge edges[2 * (LIMIT_SOURCES + 1)];
    CHECK(voters <= LIMIT_SOURCES + 1);
    for (uint32_t i = 0; i < voters; i++) {
        edges[2 * i] = (struct edge){intervals[i].lower, +1};
        edges[2 * i + 1] = (struct edge){intervals[i].upper, -1};
    }
    qsort(edges, 2 * (size_t)voters, sizeof edges[0], edge_order);
    int needed = (int)(voters / 2 + 1), cover = 0;
    bool found = false;
    struct interval hull = {0, 0};
    for (uint32_t i = 0; i < 2 * voters; i++) {
        if (edges[i].step < 0 && cover == needed) hull.upper = edges[i].at;
        cover += edges[i].step;
        if (edges[i].step > 0 && cover == needed && !found) {
            hull.lower = edges[i].at;
            found = true;
        }
    }
    if (found) *agreed = hull;
    return found;
}

/* Sweep over interval ends. Invariant: at equal places a beginning comes before an end, so that
 * intervals that only touch do overlap. */
#include "clock/select.h"

#include "base/check.h"

struct edge {
    double at;
    bool begins;
};

static bool is_before(const struct edge *a, const struct edge *b) {
    if (a->at != b->at) return a->at < b->at;
    return a->begins && !b->begins;
}

/* Insertion: the counts are small, and qsort may allocate. */
static void insert(struct edge *edges, uint32_t count, struct edge edge) {
    for (; count > 0 && is_before(&edge, &edges[count - 1]); count--)
        edges[count] = edges[count - 1];
    edges[count] = edge;
}

uint32_t select_needed(uint32_t voters, uint32_t known) {
    uint32_t liars = known > 0 ? (known - 1) / 2 : 0;
    return voters > liars ? voters - liars : 0;
}

bool select_agreed(const struct interval *intervals, uint32_t voters, uint32_t needed,
                   struct interval *agreed) {
    struct edge edges[2 * (LIMIT_SOURCES + 1)];
    CHECK(voters <= LIMIT_SOURCES + 1);
    for (uint32_t i = 0; i < voters; i++) {
        insert(edges, 2 * i, (struct edge){intervals[i].lower, true});
        insert(edges, 2 * i + 1, (struct edge){intervals[i].upper, false});
    }
    uint32_t cover = 0;
    CHECK(needed > 0);
    bool found = false;
    struct interval hull = {0, 0};
    for (uint32_t i = 0; i < 2 * voters; i++) {
        if (edges[i].begins && ++cover == needed && !found) {
            hull.lower = edges[i].at;
            found = true;
        }
        if (!edges[i].begins && cover-- == needed) hull.upper = edges[i].at;
    }
    if (found) *agreed = hull;
    return found;
}

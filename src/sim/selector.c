/* See the header. */
#include "sim/selector.h"

static uint64_t all_of(uint32_t count) {
    return count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
}

static uint64_t first_of(uint64_t set, uint32_t count) {
    uint64_t mask = 0;
    for (; count > 0 && set != 0; count--) {
        mask |= set & -set;
        set &= set - 1;
    }
    return mask;
}

uint64_t selector_mask(const struct selector *selector, const struct selector_crowd *crowd) {
    uint64_t all = all_of(crowd->count), voters = crowd->voters & all;
    uint32_t n = (uint32_t)__builtin_popcountll(voters);
    switch (selector->kind) {
    case SELECTOR_LIST:
        return selector->mask & all;
    case SELECTOR_FIRST:
        return first_of(voters, selector->count);
    case SELECTOR_MINORITY:
        return first_of(voters, n > 0 ? (n - 1) / 2 : 0);
    case SELECTOR_HALF:
        return first_of(voters, (n + 1) / 2);
    case SELECTOR_MAJORITY:
        return first_of(voters, n / 2 + 1);
    case SELECTOR_AUTHENTICATED:
        return crowd->authenticated & all;
    case SELECTOR_UNAUTHENTICATED:
        return ~crowd->authenticated & all;
    case SELECTOR_OPERATOR:
        return crowd->of_operator != 0 ? crowd->of_operator & all : first_of(voters, 1);
    case SELECTOR_ALL:
        break;
    }
    return all;
}

uint32_t selector_needs(const struct selector *selector) {
    if (selector->kind == SELECTOR_FIRST) return selector->count;
    if (selector->kind != SELECTOR_LIST || selector->mask == 0) return 0;
    return 64 - (uint32_t)__builtin_clzll(selector->mask);
}

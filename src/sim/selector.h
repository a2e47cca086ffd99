/* Which servers something happens to: by number, or by their share of whatever there is, so that an
 * attack on "a minority" can be run against any client. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum selector_kind {
    SELECTOR_ALL,
    SELECTOR_LIST,            /* those of the mask */
    SELECTOR_FIRST,           /* so many of the voters */
    SELECTOR_MINORITY,        /* the largest number below half of the voters */
    SELECTOR_HALF,            /* the smallest number that is no minority */
    SELECTOR_MAJORITY,        /* the smallest number above half */
    SELECTOR_AUTHENTICATED,   /* with NTS or a key */
    SELECTOR_UNAUTHENTICATED, /* without */
    SELECTOR_OPERATOR,        /* all of the operator that has the most; unknown: the first voter */
};

struct selector {
    enum selector_kind kind;
    uint64_t mask;  /* LIST: bit n: server n, counted from 0 */
    uint32_t count; /* FIRST */
};

/* The servers that a client has. */
struct selector_crowd {
    uint32_t count;
    uint64_t voters;        /* bit n: server n is not only measured */
    uint64_t authenticated; /* bit n */
    uint64_t of_operator;   /* bit n: server n is of the operator that has the most */
};

/* Bit n: server n is meant. Shares are counted among the voters, the first ones are taken. */
uint64_t selector_mask(const struct selector *selector, const struct selector_crowd *crowd);
/* The highest number of a server, counted from 1, that there must be; 0: any crowd will do. */
uint32_t selector_needs(const struct selector *selector);

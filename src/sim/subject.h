/* Who is rehearsed: an operator's configuration, and what is known or assumed of the world around
 * it. Plain data, so that a change to it is a copy.
 *
 * No name is resolved and nobody is asked: a name stands for a server at some address, a pool for
 * its members, all of one operator. Authentication is a property of an association: it takes
 * forging and rewriting from the attacker, and nothing else. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "jobs/message.h"
#include "sim/operators.h"
#include "sim/oscillator.h"

/* What lies between the node and one of its sources. */
struct subject_path {
    bool measured; /* by a running daemon; else assumed */
    double delay_s, jitter_s, root_delay_s, root_dispersion_s;
    uint8_t stratum;
};

struct subject {
    struct config config; /* as it was written, with the changes that are tried */
    struct operators operators;
    uint64_t named;         /* bit i: source i is found by a name, so its resolver decides */
    uint64_t authenticated; /* bit i: nobody but source i can speak in its name */
    struct subject_path paths[LIMIT_SOURCES];
    struct oscillator_model oscillator;
    bool oscillator_measured;
    uint32_t added;  /* sources that are not the operator's: NEW-1, ... */
    bool referenced; /* the host clock is kept right by a receiver, and etalond does not steer it */
};

void subject_init(struct subject *subject, const struct config *config);
/* What a running daemon tells of the source that it calls the same; ignored where it has heard
 * nothing. False: no source of that name waits for figures. */
bool subject_measured(struct subject *subject, const struct message_association *association,
                      const struct message_verdict *verdict);
/* Its view of the oscillator; ignored where it does not know it. */
void subject_oscillator(struct subject *subject, const struct message_tracking *tracking);
/* One more source, of an operator of its own, at a middling distance; returns its index. The caller
 * has seen that there is room. */
uint32_t subject_add_source(struct subject *subject, bool authenticated);
/* Removes the sources of the mask; the others move up. */
void subject_remove(struct subject *subject, uint64_t sources);
uint64_t subject_all(const struct subject *subject);
/* Bit i: source i is not only measured; where some are trusted, only they vote. */
uint64_t subject_voters(const struct subject *subject);
/* count of the voters, those of the largest operator first: what whoever breaks in as rarely as
 * possible would take. */
uint64_t subject_share(const struct subject *subject, uint32_t count);
/* All sources of the operator that has the most. */
uint64_t subject_largest_operator(const struct subject *subject);
/* How many operators have a source in the mask. */
uint32_t subject_operators_of(const struct subject *subject, uint64_t sources);

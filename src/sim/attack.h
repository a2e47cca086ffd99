/* The attacks of the rehearsal: scenarios that come with the program (scenarios/attacks/), fitted
 * to whoever is rehearsed. What cannot be simulated is listed, too, with the reason. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/scenario.h"
#include "sim/subject.h"

enum { ATTACK_MAX = 96 };

struct attack {
    struct scenario scenario;
    double begin_s, end_s; /* of what happens */
};

/* An attack that a time node meets and that no simulation of it shows. */
struct attack_unsimulated {
    const char *name, *about, *source, *reason;
};
extern const struct attack_unsimulated attack_unsimulated[];
extern const size_t attack_unsimulated_count;

/* How many attacks come with the program, and the index-th by name; false and *error where the text
 * is wrong, which a test rules out. */
size_t attack_count(void);
bool attack_load(size_t index, struct attack *out, struct config_error *error);
/* The world in which that subject meets the attack, or nobody (NULL), for so long. */
void attack_world(const struct attack *attack, const struct subject *subject, double duration_s,
                  struct scenario *out);
/* Bit i: source i is in the attacker's hands, is forged, or its path is; in no order. */
uint64_t attack_hits(const struct attack *attack, const struct subject *subject);
/* "a place on the network path": what the attacker must hold, for people. */
const char *attack_needs_text(enum scenario_needs needs);

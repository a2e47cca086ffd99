/* Several nodes in one run: what each has of the scenario, whose turn it is, what one node's
 * failure means to those that ask it. The first asks the scenario's servers, the others ask a node
 * before them: so a node never asks itself, by whatever way. */
#pragma once

#include "sim/world.h"

/* The scenario as the node of that number (from 1) has it: its actions, whom it asks, a crystal of
 * its own. Returns its seed; those of the first are the scenario and the seed themselves. */
uint64_t nodes_view(const struct scenario *scenario, uint64_t seed, uint32_t number,
                    struct scenario *out);
/* The node of that number, or NULL. */
struct world *nodes_find(struct world *first, uint32_t number);
/* The node to which something happens next; of several at the same time the first. */
struct world *nodes_earliest(struct world *first);
/* Nothing can be promised of a node that asks one of which nothing can be promised. */
void nodes_inherit(struct world *world);
/* Puts together in the first what the others found. */
void nodes_join(struct world *first);

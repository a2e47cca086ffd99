/* What a scenario does to the world at a given time. */
#pragma once

#include "sim/world.h"

void action_apply(struct world *world, const struct action *action);

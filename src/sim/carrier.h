/* Carries out what the jobs of a host asked for, as the os floor does for a real one. */
#pragma once

#include "sim/world.h"

void carrier_carry(struct world *world, const struct effect *effect);

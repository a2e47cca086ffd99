/* Does to the world what an action says, and undoes it. */
#pragma once

#include "sim/world.h"

/* index: of the action in the world's scenario. */
void enact(struct world *world, uint32_t index);
/* What the action changed is again as the setting has it. */
void enact_undo(struct world *world, uint32_t index);
/* HAPPEN_REPEAT, HAPPEN_SPOOF, HAPPEN_RESUME. */
void enact_again(struct world *world, uint32_t index);
void enact_spoof(struct world *world, const struct queue_item *item);
void enact_resume(struct world *world);

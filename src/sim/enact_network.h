/* Actions on servers, paths, and those who sit there; the other half of sim/enact. */
#pragma once

#include "sim/world.h"

/* undo: what it changed is again as the setting has it. */
void enact_network(struct world *world, const struct action *action, bool undo);
/* From now on names lead to servers of the attacker, which are wrong by offset_s. */
void enact_network_poison(struct world *world, double offset_s);
/* One more spoofed datagram, if that spoofing still goes on. */
void enact_network_spoof(struct world *world, uint32_t remote, uint64_t token);

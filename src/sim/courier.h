/* The way of a datagram through the world: job, card, path, server, path, card, job. */
#pragma once

#include "sim/world.h"

/* EFFECT_SEND: opens a fresh socket for that association, which closes the former one. */
void courier_send(struct world *world, const struct effect *effect);
void courier_close(struct world *world, uint16_t source);
/* What happens at HAPPEN_TRANSMIT, SENT, REQUEST, ANSWER, ARRIVE and DELIVER. */
void courier_transmit(struct world *world, const struct queue_item *item);
void courier_sent(struct world *world, const struct queue_item *item);
void courier_request(struct world *world, const struct queue_item *item);
void courier_answer(struct world *world, const struct queue_item *item);
void courier_arrive(struct world *world, const struct queue_item *item);
void courier_deliver(struct world *world, const struct queue_item *item);
/* HAPPEN_SPOOF: somebody off the path sends the host what might pass for that server's reply. */
void courier_spoof(struct world *world, uint32_t remote);

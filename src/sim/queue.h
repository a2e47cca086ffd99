/* What is still to happen, in order of (true time, order of scheduling): a binary heap. The second
 * key makes simultaneous items come out as they were put in, on every machine. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/times.h"

struct queue_item {
    struct tai at;
    uint64_t sequence; /* set by queue_push */
    uint32_t kind;     /* the world's; see sim/world.h */
    uint32_t index;    /* source, action or parcel, as the kind says */
    uint64_t token;    /* tells an outdated wake from the valid one */
};

struct queue {
    struct queue_item *items;
    size_t count, room;
    uint64_t sequence;
};

void queue_init(struct queue *queue, size_t room);
void queue_wipe(struct queue *queue);
/* Grows by doubling. */
void queue_push(struct queue *queue, struct queue_item item);
/* The earliest; NULL where nothing is left. */
const struct queue_item *queue_next(const struct queue *queue);
/* Removes the earliest into *out; false where nothing is left. */
bool queue_pop(struct queue *queue, struct queue_item *out);

/* Binary heap; see the header. */
#include "sim/queue.h"

#include <stdlib.h>

#include "base/check.h"

static bool earlier(const struct queue_item *a, const struct queue_item *b) {
    if (a->at.ns != b->at.ns) return a->at.ns < b->at.ns;
    return a->sequence < b->sequence;
}

void queue_init(struct queue *queue, size_t room) {
    *queue = (struct queue){.items = calloc(room, sizeof *queue->items), .room = room};
    CHECK(queue->items != NULL && room > 0);
}

void queue_wipe(struct queue *queue) {
    free(queue->items);
    *queue = (struct queue){0};
}

static void make_room(struct queue *queue) {
    if (queue->count < queue->room) return;
    queue->room *= 2;
    struct queue_item *items = realloc(queue->items, queue->room * sizeof *items);
    CHECK(items != NULL);
    queue->items = items;
}

void queue_push(struct queue *queue, struct queue_item item) {
    make_room(queue);
    item.sequence = queue->sequence++;
    size_t hole = queue->count++;
    while (hole > 0) {
        size_t parent = (hole - 1) / 2;
        if (!earlier(&item, &queue->items[parent])) break;
        queue->items[hole] = queue->items[parent];
        hole = parent;
    }
    queue->items[hole] = item;
}

const struct queue_item *queue_next(const struct queue *queue) {
    return queue->count > 0 ? &queue->items[0] : NULL;
}

bool queue_pop(struct queue *queue, struct queue_item *out) {
    if (queue->count == 0) return false;
    *out = queue->items[0];
    struct queue_item last = queue->items[--queue->count];
    size_t hole = 0;
    for (size_t child = 1; child < queue->count; child = 2 * hole + 1) {
        if (child + 1 < queue->count && earlier(&queue->items[child + 1], &queue->items[child]))
            child++;
        if (!earlier(&queue->items[child], &last)) break;
        queue->items[hole] = queue->items[child];
        hole = child;
    }
    queue->items[hole] = last;
    return true;
}

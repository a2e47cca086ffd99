/* The status job: one slot for each thing that can be shown, in the order in which it is shown; a
 * slot of kind 0 is empty. Invariant: nothing that arrives writes outside its own slot. */
#include "jobs/status.h"

#include <string.h>

enum {
    SLOT_NONE = -1,
    SLOT_TRACKING = 0,
    SLOT_SOURCES, /* two for each source: verdict, association; the last is the local reference */
    /* a process slot for each job, and one for each further instance of the server job */
    PROCESS_SLOTS = JOB_COUNT + LIMIT_SERVER_JOBS - 1
};

struct status {
    uint32_t source_count;
    struct message slots[];
};

static size_t serving_slot(uint32_t source_count) {
    return SLOT_SOURCES + 2 * ((size_t)source_count + 1);
}

static size_t roughtime_slot(uint32_t source_count) {
    return serving_slot(source_count) + LIMIT_SERVER_JOBS;
}

static size_t first_process_slot(uint32_t source_count) {
    return roughtime_slot(source_count) + 3; /* keying and ledger stand behind it */
}

static size_t slot_count(uint32_t source_count) {
    return first_process_slot(source_count) + PROCESS_SLOTS;
}

size_t status_bytes(const struct config *config) {
    return sizeof(struct status) + slot_count(config->source_count) * sizeof(struct message);
}

struct status *status_init(void *memory, const struct config *config) {
    struct status *status = memory;
    memset(memory, 0, status_bytes(config));
    status->source_count = config->source_count;
    return status;
}

static int verdict_slot(const struct status *status, uint16_t source) {
    return source <= status->source_count ? SLOT_SOURCES + 2 * source : SLOT_NONE;
}

static int association_slot(const struct status *status, uint16_t source) {
    return source < status->source_count ? SLOT_SOURCES + 2 * source + 1 : SLOT_NONE;
}

static int process_slot(const struct status *status, const struct message_process *process) {
    if (process->job >= JOB_COUNT || process->instance >= LIMIT_SERVER_JOBS) return SLOT_NONE;
    if (process->instance > 0 && process->job != JOB_SERVER) return SLOT_NONE;
    int place = process->instance == 0 ? process->job : JOB_COUNT - 1 + process->instance;
    return (int)first_process_slot(status->source_count) + place;
}

static int slot_of(const struct status *status, const struct message *message) {
    switch (message->kind) {
    case MESSAGE_TRACKING:
        return SLOT_TRACKING;
    case MESSAGE_VERDICT:
        return verdict_slot(status, message->verdict.source);
    case MESSAGE_ASSOCIATION:
        return association_slot(status, message->association.source);
    case MESSAGE_SERVING:
        if (message->serving.instance >= LIMIT_SERVER_JOBS) return SLOT_NONE;
        return (int)serving_slot(status->source_count) + message->serving.instance;
    case MESSAGE_ROUGHTIME:
        return (int)roughtime_slot(status->source_count);
    case MESSAGE_KEYING:
        return (int)roughtime_slot(status->source_count) + 1;
    case MESSAGE_LEDGER:
        return (int)roughtime_slot(status->source_count) + 2;
    case MESSAGE_PROCESS:
        return process_slot(status, &message->process);
    default:
        return SLOT_NONE;
    }
}

void status_step(struct status *status, const struct event *event, struct outbox *outbox) {
    outbox->wake = MONO_NEVER;
    if (event->kind != EVENT_MESSAGE) return;
    int slot = slot_of(status, event->message);
    if (slot != SLOT_NONE) status->slots[slot] = *event->message;
}

enum err status_answer(const struct status *status, size_t index, struct message *out) {
    size_t count = slot_count(status->source_count), filled = 0;
    for (size_t slot = 0; slot < count; slot++) {
        if (!status->slots[slot].kind) continue;
        if (filled++ == index) {
            *out = status->slots[slot];
            return ERR_OK;
        }
    }
    if (index > filled) return ERR_STALE;
    out->kind = MESSAGE_END;
    return ERR_OK;
}

/* Writing effects. Invariant: an outbox never overflows silently; a job that could write more than
 * LIMIT_OUTBOX_EFFECTS for one event is a bug, not a load. Effects are written in place: nothing
 * is cleared beforehand, because an outbox is large and an event touches a few entries of it. */
#include "jobs/job.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/check.h"

struct effect *job_effect(struct outbox *outbox, enum effect_kind kind) {
    CHECK(outbox->count < LIMIT_OUTBOX_EFFECTS);
    struct effect *effect = &outbox->effects[outbox->count++];
    effect->kind = kind;
    return effect;
}

void job_post(struct outbox *outbox, enum job_id to, const struct message *message) {
    struct effect *effect = job_effect(outbox, EFFECT_POST);
    effect->post.to = to;
    message_copy(&effect->post.message, message);
}

void job_log(struct outbox *outbox, enum log_level level, const char *format, ...) {
    struct effect *effect = job_effect(outbox, EFFECT_LOG);
    effect->log.level = level;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(effect->log.text, sizeof effect->log.text, format, arguments);
    va_end(arguments);
}

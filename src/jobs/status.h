/* The status job: keeps the newest report of each kind and shows them to whoever asks on the
 * control socket. Nothing that is asked can change anything. */
#pragma once

#include "config/config.h"
#include "jobs/job.h"

struct status;

size_t status_bytes(const struct config *config);
struct status *status_init(void *memory, const struct config *config);
void status_step(struct status *status, const struct event *event, struct outbox *outbox);
/* The index-th message of the answer to MESSAGE_ASK: tracking, verdicts and associations by
 * source, serving, roughtime, processes, then MESSAGE_END. ERR_STALE past the end. */
MUST_USE enum err status_answer(const struct status *status, size_t index, struct message *out);

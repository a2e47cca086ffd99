/* The source job: one association for each upstream server. It asks, judges replies and hands
 * exchanges to the keeper; it knows nothing of the timescale and cannot touch a clock. */
#pragma once

#include "clock/leap.h"
#include "config/config.h"
#include "jobs/job.h"

struct source;

size_t source_bytes(const struct config *config);
struct source *source_init(void *memory, const struct config *config);
void source_step(struct source *source, const struct event *event, struct outbox *outbox);

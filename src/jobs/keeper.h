/* The keeper: exchanges in, the timescale out. The only job that may move a clock.
 *
 * Pipeline: filter (per source) -> select (intervals) -> ensemble (cluster, combine) -> servo
 * (Etalon's line) -> clock page, and steer (kernel clock) when allowed. It hears no network. With a
 * ledger, every input is recorded, and nothing moves before the intention is durable. */
#pragma once

#include "clock/clock_page.h"
#include "clock/leap.h"
#include "config/config.h"
#include "jobs/job.h"

struct keeper; /* sized from the configuration; see keeper_bytes */

struct keeper_start {
    const struct config *config; /* outlives the keeper */
    const struct leap_table *leaps;
    struct clock_page *page; /* written; a page published before is continued from */
    bool steers;             /* the kernel clock may be moved */
    bool has_drift;
    struct message_drift drift; /* from the drift file */
    bool recorded; /* there is a ledger: what moves time waits until it is told there */
};

size_t keeper_bytes(const struct config *config);
/* memory: keeper_bytes bytes, aligned for any type. Returns it as a keeper. */
struct keeper *keeper_init(void *memory, const struct keeper_start *start);
void keeper_step(struct keeper *keeper, const struct event *event, struct outbox *outbox);

/* The source job: one association for each upstream server. It asks, judges replies and hands
 * exchanges to the keeper; it knows nothing of the timescale and cannot touch a clock.
 *
 * What it decides (one association's polling is in jobs/association):
 * - Addresses. Numeric sources are polled at once, names are looked up first and again when their
 *   server is lost or refuses. No two associations ask the same address and port: the members of a
 *   pool take different addresses, and a configured server takes its address from a pool member.
 * - Refusals (kiss DENY, RSTR). That address is left alone for an hour, doubling up to a day, by
 *   all associations; never for good, because whoever sees one request can forge a refusal.
 * - The era of timestamps (2^32 s = 136 years). It is the one nearest to the host's clock, so that
 *   clock must be right within 68 years; times before 2020 and after 2088 are taken as those two,
 *   so that a host without a working clock still finds the era of this century.
 * - config_source.offset_s is added to the server's timestamps t2 and t3, as chrony does: give
 *   -0.00005 for a server whose requests travel 100 us longer than its replies, which makes it
 *   look 50 us ahead. */
#pragma once

#include "clock/leap.h"
#include "config/config.h"
#include "jobs/job.h"

struct source;

/* The most effects that one event causes. Sources due at the same instant are served in portions:
 * the job then asks to be woken again at once. */
enum { SOURCE_EFFECTS_MAX = 192 };

size_t source_bytes(const struct config *config);
/* memory: source_bytes bytes, aligned for any type. config outlives the job. */
struct source *source_init(void *memory, const struct config *config);
/* Before START: keys and cookies of a former run, for the association that they belong to. False:
 * there is none, or they cannot be used. */
bool source_resume(struct source *source, const struct message_nts_keep *kept, struct mono now);
void source_step(struct source *source, const struct event *event, struct outbox *outbox);

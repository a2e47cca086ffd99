/* See the header. */
#include "sim/carrier.h"

#include <string.h>

#include "jobs/record.h"
#include "sim/courier.h"

static const int64_t resolve_delay_ns = 20 * 1000 * 1000;

/* The ledger answers intents when the disk has them. */
static void carry_record(struct world *world, const struct message_record *record) {
    struct record r;
    if (world->record) world->record(world->context, record);
    enum err err = record_parse(record->kind, record->bytes, record->length, &r);
    if (err != ERR_OK)
        judge_find(&world->judge, world->now, "a record of kind %s does not parse: %s",
                   record_kind_name(record->kind), err_name(err));
    if (err != ERR_OK || r.kind != RECORD_INTENT || world->ledger == ACTION_LEDGER_HANGS) return;
    world_schedule(world, HAPPEN_RECORDED, ns_from_s(world->scenario.setting.record_s),
                   r.intent.number);
}

/* Reports to status come by the thousand: the first of each kind and every so many travel as bytes,
 * the others as they are, which is half of the time of a run. */
static bool travels_as_bytes(struct world *world, const struct effect *effect) {
    enum { FIRST = 256, EVERY = 64 };
    if (effect->post.to != JOB_STATUS) return true;
    uint64_t number = world->counts.reports[effect->post.message.kind]++;
    return number < FIRST || number % EVERY == 0;
}

/* A message to a job outside the node travels as bytes, as between processes. */
static void carry_message(struct world *world, const struct effect *effect) {
    uint8_t bytes[LIMIT_MESSAGE_BYTES];
    struct message message;
    if (!travels_as_bytes(world, effect)) {
        judge_message(&world->judge, &effect->post.message, world->now);
        return;
    }
    size_t length = message_build(&effect->post.message, bytes);
    trace_u64(&world->trace, effect->post.to);
    trace_bytes(&world->trace, bytes, length);
    enum err err = message_parse(bytes, length, &message);
    if (err != ERR_OK) {
        judge_find(&world->judge, world->now, "message %u to %s does not parse: %s",
                   effect->post.message.kind, message_job_name(effect->post.to), err_name(err));
        return;
    }
    if (effect->post.to == JOB_RECORDER) {
        message.record.counter = host_counter(&world->host, world->now);
        carry_record(world, &message.record);
    }
    if (effect->post.to == JOB_STATUS) judge_message(&world->judge, &message, world->now);
    if (effect->post.to == JOB_RESOLVER && message.kind == MESSAGE_RESOLVE)
        world_schedule(world, HAPPEN_RESOLVED, resolve_delay_ns, message.resolve.source);
    if (effect->post.to == JOB_PARENT && message.kind == MESSAGE_DRIFT) {
        world->host.has_drift = true;
        world->host.drift = message.drift;
    }
}

static void carry_steer(struct world *world, double frequency, double step_s) {
    struct host *host = &world->host;
    struct mono counter = host_counter(host, world->now);
    trace_f64(&world->trace, frequency);
    trace_f64(&world->trace, step_s);
    if (!host->setup.steers) judge_find(&world->judge, world->now, "steers although it may not");
    kernel_clock_tune(&host->kernel, counter, frequency);
    if (step_s != 0) kernel_clock_step(&host->kernel, counter, ns_from_s(step_s));
}

static void carry_log(struct world *world, const struct effect *effect) {
    world->counts.logs++;
    trace_bytes(&world->trace, effect->log.text, strlen(effect->log.text));
    if (world->log != NULL) world->log(world, effect->log.level, effect->log.text);
}

void carrier_carry(struct world *world, const struct effect *effect) {
    trace_u64(&world->trace, effect->kind);
    switch (effect->kind) {
    case EFFECT_POST:
        carry_message(world, effect);
        break;
    case EFFECT_SEND:
        trace_bytes(&world->trace, effect->send.bytes, NTP_PACKET_HEADER_BYTES);
        courier_send(world, effect);
        break;
    case EFFECT_CLOSE:
        courier_close(world, effect->close);
        break;
    case EFFECT_STEER:
        carry_steer(world, effect->steer.frequency, effect->steer.step_s);
        break;
    case EFFECT_LOG:
        carry_log(world, effect);
        break;
    }
}

/* The Roughtime job. Invariant: every request is counted once, as a reply or under its reason, and
 * nobody without an allow rule is answered. */
#include "jobs/roughtime.h"

#include "base/text.h"
#include "config/access.h"

enum { REPORT_TICK_S = 1, REPORT_IDLE_TICKS = 10, WARNING_S = 86400 };

/* Who does not know the leap seconds should give 3 s or more (RFC 10049 section 5.2.5). */
static const uint32_t radius_min_s = 1, radius_min_no_leaps_s = 3;

enum err roughtime_init(struct roughtime *job, const struct config *config,
                        const struct roughtime_key *key) {
    struct roughtime_server_rules rules = {
        .version_1_context = config->roughtime_context == CONFIG_ROUGHTIME_APPENDIX_B
                                 ? ROUGHTIME_PROOF_CONTEXT_APPENDIX_B
                                 : ROUGHTIME_PROOF_CONTEXT_RFC,
        .radius_min_s = radius_min_s,
        .grease = config->roughtime_grease,
    };
    *job = (struct roughtime){.config = config, .next_report = MONO_NEVER};
    roughtime_server_init(&job->server, &rules, LIMIT_ROUGHTIME_BATCH);
    job->mint_utc_s = key->delegation.mint_s;
    job->report.delegation_ends_utc_s = (int64_t)key->delegation.maxt_s;
    enum err err = ed25519_signer_init(&job->signer, key->online_seed);
    if (err == ERR_OK) err = roughtime_server_set_key(&job->server, &key->delegation, &job->signer);
    return err;
}

enum err roughtime_take(struct roughtime *job, const struct addr *from,
                        enum roughtime_server_transport transport, const uint8_t *packet,
                        size_t length, size_t *slot) {
    enum err err = ERR_DENIED;
    if (access_allows(job->config, from))
        err = roughtime_server_add(&job->server, transport, packet, length, slot);
    job->report.requests++;
    if (err != ERR_OK) job->report.drops[err]++;
    return err;
}

size_t roughtime_waiting(const struct roughtime *job) {
    return job->server.count;
}

bool roughtime_is_full(const struct roughtime *job) {
    return job->server.count == job->server.batch_max;
}

int64_t roughtime_patience_ns(const struct roughtime *job) {
    bool in_numbers = job->last_batch > 1 || job->server.count > 1;
    return in_numbers ? LIMIT_ROUGHTIME_WAIT_US * INT64_C(1000) : 0;
}

enum err roughtime_interval(const struct clock_state *clock, struct mono now,
                            struct roughtime_proof_interval *out) {
    bool knows_leaps = clock && clock_state_knows_leaps(clock, now);
    return roughtime_server_interval(clock, now, knows_leaps ? radius_min_s : radius_min_no_leaps_s,
                                     out);
}

enum err roughtime_sign(struct roughtime *job, const struct clock_state *clock, struct mono now,
                        struct entropy *entropy) {
    struct roughtime_proof_interval interval;
    enum err err = roughtime_interval(clock, now, &interval);
    if (err == ERR_OK) err = roughtime_server_sign(&job->server, &interval, entropy);
    job->last_batch = job->server.count;
    job->report.silent = err != ERR_OK;
    if (err == ERR_OK) {
        job->report.batches++;
        return ERR_OK;
    }
    job->report.drops[err] += job->server.count;
    roughtime_server_clear(&job->server);
    return err;
}

void roughtime_reply(struct roughtime *job, size_t slot, struct roughtime_server_reply *out) {
    roughtime_server_reply(&job->server, slot, out);
    job->report.replies++;
    if (out->greased) job->report.greased++;
}

void roughtime_done(struct roughtime *job) {
    roughtime_server_clear(&job->server);
}

/* By the host's clock: these are words for people; what is signed is decided by the clock page. */
static void warn(struct roughtime *job, const struct event *event, struct outbox *outbox) {
    int64_t utc_s = event->kernel.realtime.ns / NS_PER_S, ends = job->report.delegation_ends_utc_s;
    char age[TEXT_BYTES];
    if (mono_before(event->now, job->next_warning)) return;
    job->next_warning = mono_add(event->now, WARNING_S * NS_PER_S);
    if (utc_s > ends)
        job_log(outbox, LOG_LEVEL_ERROR,
                "the Roughtime delegation ended %s ago: nobody is answered; make a new one with "
                "`etalon roughtime delegate`",
                text_age((double)(utc_s - ends), age));
    else if (utc_s < (int64_t)job->mint_utc_s)
        job_log(outbox, LOG_LEVEL_WARNING,
                "the Roughtime delegation begins in %s: nobody is answered before",
                text_age((double)((int64_t)job->mint_utc_s - utc_s), age));
    else if (ends - utc_s < LIMIT_ROUGHTIME_WARN_S)
        job_log(outbox, LOG_LEVEL_WARNING,
                "the Roughtime delegation ends in %s: make a new one with `etalon roughtime "
                "delegate`",
                text_age((double)(ends - utc_s), age));
    else /* nothing to say: look again soon */
        job->next_warning = mono_add(event->now, NS_PER_S);
}

static void tell_silence(struct roughtime *job, struct outbox *outbox) {
    if (job->said_silent == job->report.silent) return;
    job->said_silent = job->report.silent;
    if (job->said_silent)
        job_log(outbox, LOG_LEVEL_WARNING,
                "Roughtime is silent: no bound can be shown, or the delegation is not in force");
    else
        job_log(outbox, LOG_LEVEL_INFO, "Roughtime answers again");
}

static struct mono tick_after(struct mono now) {
    const int64_t tick_ns = REPORT_TICK_S * NS_PER_S;
    return (struct mono){(now.ns / tick_ns + 1) * tick_ns};
}

void roughtime_step(struct roughtime *job, const struct event *event, struct outbox *outbox) {
    if (event->kind != EVENT_START && event->kind != EVENT_WAKE) return;
    outbox->wake = tick_after(event->now);
    warn(job, event, outbox);
    tell_silence(job, outbox);
    uint64_t now_counted = job->report.requests + job->report.connections;
    bool due = event->kind == EVENT_START || !mono_before(event->now, job->next_report);
    if (now_counted == job->reported && !due) return;
    job->reported = now_counted;
    job->next_report = mono_add(outbox->wake, (REPORT_IDLE_TICKS - 1) * REPORT_TICK_S * NS_PER_S);
    struct effect *effect = job_effect(outbox, EFFECT_POST);
    effect->post.to = JOB_STATUS;
    effect->post.message.kind = MESSAGE_ROUGHTIME;
    effect->post.message.roughtime = job->report;
}

/* The poll process of one association. Invariants: a request is out only while its socket is open;
 * two requests to a server are never closer than the wait that was asked for (waits are stretched
 * by chance, never shortened, so that neither clients fall into step nor a server's own rate limit
 * is touched); only a reply that proto/ntp_client accepts counts as an answer. */
#include "jobs/association.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "crypto/hash.h"

enum {
    BURST_REQUESTS = 4, /* iburst, */
    BURST_SPACING_S = 2,
    REPLY_WAIT_S = 4,
    UNREACHABLE_POLLS = 8, /* as many as the reach register holds */
    LOST_NEW_POLLS = 4,    /* an address that never answered is doubted sooner */
    RATE_POLL_MAX_LOG2S = 10,
    RATE_DECAY_S = 3600,
    REPORT_LEAST_S = 1,
    REPORT_MOST_S = 10,
};
static const double stretch_most = 0.04;

enum { TOLD_NOTHING, TOLD_REACHABLE, TOLD_UNREACHABLE };

static int64_t interval_ns(int8_t log2s) {
    return log2s >= 0 ? NS_PER_S << log2s : NS_PER_S >> -log2s;
}

static int8_t int8_min(int8_t a, int8_t b) {
    return a < b ? a : b;
}

static int8_t int8_max(int8_t a, int8_t b) {
    return a > b ? a : b;
}

const char *association_label(const struct association *a, char out[ASSOCIATION_LABEL_BYTES]) {
    char addr[ADDR_TEXT_BYTES];
    addr_text_port(&a->report.addr, addr);
    if (a->config->addr.family != ADDR_NONE)
        snprintf(out, ASSOCIATION_LABEL_BYTES, "%s", addr);
    else
        snprintf(out, ASSOCIATION_LABEL_BYTES, "%s (%s)", a->config->name, addr);
    return out;
}

/* The report goes out at once, unless one went out within the last second. */
static void touch(struct association *a, struct mono now) {
    struct mono soonest = mono_add(a->reported, REPORT_LEAST_S * NS_PER_S);
    a->report_at = mono_min(a->report_at, mono_before(soonest, now) ? now : soonest);
}

static void close_socket(struct association *a, struct outbox *outbox) {
    if (a->close_at.ns == MONO_NEVER.ns) return;
    a->close_at = MONO_NEVER;
    job_effect(outbox, EFFECT_CLOSE)->close = a->report.source;
}

/* How a reference id names a server at that address: the address itself, or the first four bytes
 * of the hash of an IPv6 one (RFC 5905 section 7.3). */
static uint32_t reference_id_of(const struct addr *addr) {
    uint8_t digest[HASH_MD5_BYTES];
    const uint8_t *bytes = addr->bytes;
    if (addr->family == ADDR_IPV6) {
        hash_md5(addr->bytes, sizeof addr->bytes, digest);
        bytes = digest;
    }
    struct reader reader = reader_of(bytes, 4);
    return bytes_get_u32(&reader);
}

/* A fresh server: nothing that was learnt about another one is kept. */
static void restart(struct association *a, struct mono now) {
    const struct config_source *config = a->config;
    ntp_client_init(&a->client, config->version);
    a->report = (struct message_association){.source = a->report.source,
                                             .state = ASSOCIATION_RESOLVING,
                                             .poll_log2s = config->minpoll_log2s};
    memcpy(a->report.name, config->name, sizeof a->report.name);
    a->poll_at = MONO_NEVER;
    a->sent = MONO_NEVER;
    a->floor_until = MONO_NEVER;
    a->stretch = 1;
    a->advice_log2s = config->minpoll_log2s;
    a->floor_log2s = config->minpoll_log2s;
    a->gaps_left = config->iburst ? BURST_REQUESTS - 1 : 0;
    a->unanswered = 0;
    a->newest_drop = ERR_OK;
    a->told = TOLD_NOTHING;
    a->kernel_sent = false;
    touch(a, now);
}

void association_init(struct association *a, const struct config_source *config, uint16_t index,
                      double refresh_s, struct mono now) {
    *a = (struct association){.config = config, .close_at = MONO_NEVER, .report_at = MONO_NEVER};
    a->lookup.at = MONO_NEVER;
    keying_init(&a->keying, config, refresh_s, now);
    a->report.source = index;
    a->reported = mono_add(now, -REPORT_LEAST_S * NS_PER_S);
    restart(a, now);
}

static void begin(struct association *a, const struct addr *addr, struct mono now, struct mono at,
                  struct outbox *outbox) {
    close_socket(a, outbox);
    restart(a, now);
    a->report.addr = *addr;
    a->server_id = reference_id_of(addr);
    a->report.state = ASSOCIATION_POLLING;
    a->poll_at = at;
}

void association_begin(struct association *a, const struct addr *addr, struct mono now,
                       struct mono at, struct outbox *outbox) {
    if (keying_wanted(&a->keying)) {
        keying_forget(&a->keying, now);
        keying_host(&a->keying, addr);
    }
    begin(a, addr, now, at, outbox);
}

void association_redirect(struct association *a, const struct addr *addr, struct mono now,
                          struct outbox *outbox) {
    a->keying.looking = false;
    if (addr_same(&a->report.addr, addr))
        a->poll_at = now;
    else
        begin(a, addr, now, now, outbox);
}

enum err association_granted(struct association *a, const struct event *event, struct addr *server,
                             struct outbox *outbox) {
    const struct message_nts_grant *grant = &event->message->nts_grant;
    *server = a->report.addr;
    enum err err = keying_grant(&a->keying, grant, event, a->config->port, server);
    touch(a, event->now);
    if (err == ERR_OK) {
        char host[ADDR_TEXT_BYTES];
        job_log(outbox, LOG_LEVEL_INFO, "%s: keys established, %zu cookies, by %s", a->config->name,
                a->keying.client.held.count, addr_text_port(&a->keying.host, host));
    }
    return err;
}

void association_decline(struct association *a, struct mono now, struct mono at,
                         struct outbox *outbox) {
    close_socket(a, outbox);
    keying_decline(&a->keying, now, at);
    restart(a, now);
    a->poll_at = at;
}

void association_release(struct association *a, struct mono now, struct outbox *outbox) {
    close_socket(a, outbox);
    keying_forget(&a->keying, now);
    restart(a, now);
}

void association_refuse(struct association *a, struct mono now, struct mono until,
                        struct outbox *outbox) {
    close_socket(a, outbox);
    a->report.state = ASSOCIATION_REFUSED;
    a->poll_at = until;
    a->gaps_left = 0;
    touch(a, now);
}

/* A server that does not answer is asked less and less often, down to maxpoll (RFC 5905 section
 * 13, unreach); a floor raised by RATE stands above maxpoll. */
static int8_t poll_wanted(const struct association *a) {
    const struct config_source *config = a->config;
    int8_t poll = int8_max(a->advice_log2s, config->minpoll_log2s);
    poll = (int8_t)(int8_min(poll, config->maxpoll_log2s) + a->unanswered / UNREACHABLE_POLLS);
    return int8_max(int8_min(poll, config->maxpoll_log2s), a->floor_log2s);
}

static struct mono after_request(const struct association *a, int64_t wait_ns) {
    return mono_add(a->sent, (int64_t)((double)wait_ns * a->stretch));
}

void association_advise(struct association *a, int8_t poll_log2s, struct mono now) {
    a->advice_log2s = poll_log2s;
    if (a->gaps_left > 0 || a->sent.ns == MONO_NEVER.ns) return;
    if (a->report.state != ASSOCIATION_POLLING) return;
    struct mono at = after_request(a, interval_ns(poll_wanted(a)));
    if (!mono_before(at, a->poll_at)) return;
    a->poll_at = mono_before(at, now) ? now : at;
    a->report.poll_log2s = poll_wanted(a);
    touch(a, now);
}

static int64_t burst_gap_ns(const struct association *a) {
    int64_t poll_ns = interval_ns(poll_wanted(a)), spacing_ns = BURST_SPACING_S * NS_PER_S;
    return poll_ns < spacing_ns ? poll_ns : spacing_ns;
}

static void plan_next(struct association *a, struct entropy *entropy) {
    int8_t poll = poll_wanted(a);
    a->stretch = 1 + stretch_most * entropy_unit(entropy);
    a->report.poll_log2s = poll;
    a->poll_at = after_request(a, a->gaps_left > 0 ? burst_gap_ns(a) : interval_ns(poll));
    if (a->gaps_left > 0) a->gaps_left--;
}

static void lower_floor(struct association *a, struct mono now) {
    if (mono_before(now, a->floor_until)) return;
    a->floor_log2s--;
    bool more = a->floor_log2s > a->config->minpoll_log2s;
    a->floor_until = more ? mono_add(now, RATE_DECAY_S * NS_PER_S) : MONO_NEVER;
}

static void tell_unreachable(struct association *a, struct outbox *outbox) {
    char label[ASSOCIATION_LABEL_BYTES];
    if (a->told == TOLD_UNREACHABLE) return;
    a->told = TOLD_UNREACHABLE;
    bool silent = a->newest_drop == ERR_OK;
    job_log(outbox, LOG_LEVEL_WARNING, "%s: no usable reply to %d requests%s%s",
            association_label(a, label), UNREACHABLE_POLLS, silent ? "" : ": ",
            silent ? "" : err_text(a->newest_drop));
}

static void build_request(struct association *a, const struct event *event, struct effect *effect) {
    size_t length = NTP_PACKET_HEADER_BYTES;
    if (keying_wanted(&a->keying)) /* a cookie is there, and version 4 is configured */
        CHECK(nts_client_request(&a->keying.client, &a->client, event->entropy, event->now,
                                 effect->send.bytes, &length) == ERR_OK);
    else
        ntp_client_request(&a->client, entropy_u64(event->entropy), event->now, effect->send.bytes);
    effect->send.length = (uint16_t)length;
    receipts_request(&a->receipts, effect->send.bytes, length);
}

static void request(struct association *a, const struct event *event, struct outbox *outbox) {
    struct effect *effect = job_effect(outbox, EFFECT_SEND); /* also closes the former socket */
    effect->send.source = a->report.source;
    effect->send.to = a->report.addr;
    build_request(a, event, effect);
    keying_requested(&a->keying);
    a->sent = event->now;
    a->kernel_sent = false;
    a->close_at = mono_add(event->now, REPLY_WAIT_S * NS_PER_S);
    a->report.state = ASSOCIATION_POLLING;
    a->report.sent++;
    a->report.reach = (uint8_t)(a->report.reach << 1);
    if (a->unanswered < UINT8_MAX) a->unanswered++;
    lower_floor(a, event->now);
    plan_next(a, event->entropy);
    touch(a, a->close_at); /* normally with the reply */
}

/* Under NTS nothing is asked without keys; without a cookie only keys are asked for. */
static bool may_request(struct association *a, const struct event *event, struct outbox *outbox) {
    if (!keying_wanted(&a->keying)) return true;
    keying_ask(&a->keying, a->report.source, &a->report.addr, event, outbox);
    if (keying_ready(&a->keying)) return true;
    close_socket(a, outbox);
    a->poll_at = keying_retry(&a->keying, event->now);
    return false;
}

void association_wake(struct association *a, const struct event *event, struct outbox *outbox) {
    if (!mono_before(event->now, a->poll_at)) {
        if (!may_request(a, event, outbox)) return;
        request(a, event, outbox);
        if (a->unanswered > UNREACHABLE_POLLS) tell_unreachable(a, outbox);
    } else if (!mono_before(event->now, a->close_at)) {
        close_socket(a, outbox);
    }
}

void association_stamped(struct association *a, const struct event *event) {
    ntp_client_stamped(&a->client, event->stamp, event->stamp_error_s, event->now);
    a->kernel_sent = event->kernel_stamp;
}

static void count_drop(struct association *a, enum err err) {
    a->report.drops[err]++;
    a->report.last_drop = (uint8_t)err;
    a->newest_drop = (uint8_t)err;
}

void association_unsent(struct association *a, const struct event *event, struct outbox *outbox) {
    if (!a->client.waiting) return;
    close_socket(a, outbox);
    count_drop(a, ERR_IO);
    touch(a, event->now);
}

static bool is_loopback(const struct addr *addr) {
    static const uint8_t ipv6_loopback[16] = {[15] = 1};
    if (addr->family == ADDR_IPV4) return addr->bytes[0] == 127;
    return memcmp(addr->bytes, ipv6_loopback, sizeof ipv6_loopback) == 0;
}

/* On loopback every server has the same address as we have, so the id proves nothing there. */
static bool is_loop(struct association *a, const struct addr *local, const struct exchange *x) {
    if (x->stratum <= 1 || local->family == ADDR_NONE || is_loopback(local)) return false;
    if (!addr_same_host(&a->local, local)) {
        a->local = *local;
        a->local_id = reference_id_of(local);
    }
    return x->reference_id == a->local_id;
}

static enum err open_reply(struct association *a, const struct event *event, struct utc pivot,
                           struct ntp_client_reply *reply) {
    if (!keying_wanted(&a->keying))
        return ntp_client_reply(&a->client, event->bytes, event->length, event->stamp,
                                event->stamp_error_s, pivot, reply);
    struct nts_client_reply authentic = {.cookies = 0};
    enum err err = nts_client_reply(&a->keying.client, &a->client, event->bytes, event->length,
                                    event->stamp, event->stamp_error_s, pivot, &authentic);
    *reply = authentic.ntp;
    return err;
}

static enum err judge(struct association *a, const struct event *event, struct utc pivot,
                      struct ntp_client_reply *reply) {
    reply->kiss = NTP_CLIENT_KISS_NONE;
    if (!addr_same(&event->from, &a->report.addr)) return ERR_PEER_ADDRESS;
    enum err err = open_reply(a, event, pivot, reply);
    keying_replied(&a->keying, err);
    if (err == ERR_OK && is_loop(a, &event->local, &reply->exchange)) return ERR_LOOP;
    return err;
}

static void hand_on(const struct association *a, const struct exchange *exchange,
                    struct outbox *outbox) {
    struct effect *effect = job_effect(outbox, EFFECT_POST);
    effect->post.to = JOB_KEEPER;
    effect->post.message.kind = MESSAGE_EXCHANGE;
    struct exchange *x = &effect->post.message.exchange;
    *x = *exchange;
    x->source = a->report.source;
    x->source_reference_id = a->server_id;
    int64_t correction_ns = ns_from_s(a->config->offset_s);
    x->t2 = utc_add(x->t2, correction_ns);
    x->t3 = utc_add(x->t3, correction_ns);
}

/* A server that comes back after a silence is measured by a burst, of which this reply was the
 * first part. */
static void resume_burst(struct association *a, struct mono now) {
    if (!a->config->iburst || a->gaps_left > 0) return;
    struct mono at = after_request(a, burst_gap_ns(a));
    a->gaps_left = BURST_REQUESTS - 2;
    a->poll_at = mono_before(at, now) ? now : at;
}

static void accept(struct association *a, const struct event *event, struct outbox *outbox) {
    char label[ASSOCIATION_LABEL_BYTES];
    bool was_reachable = a->report.reach != 0;
    a->report.reach |= 1;
    a->report.received++;
    a->report.kernel_stamps = a->kernel_sent && event->kernel_stamp;
    a->unanswered = 0;
    a->newest_drop = ERR_OK;
    if (!was_reachable) resume_burst(a, event->now);
    if (a->told == TOLD_REACHABLE) return;
    a->told = TOLD_REACHABLE;
    job_log(outbox, LOG_LEVEL_INFO, "%s: reachable", association_label(a, label));
}

/* RATE: from now on less often than at present (RFC 5905 section 7.4), within bounds, so that
 * whoever forges it from on the path has not silenced the server for long. */
static void slow_down(struct association *a, const struct event *event, struct outbox *outbox) {
    char label[ASSOCIATION_LABEL_BYTES];
    int8_t most = int8_max(a->config->maxpoll_log2s, RATE_POLL_MAX_LOG2S);
    int8_t floor = int8_min((int8_t)(poll_wanted(a) + 1), most);
    if (floor > a->floor_log2s)
        job_log(outbox, LOG_LEVEL_WARNING, "%s: asks for fewer requests; polling every 2^%d s",
                association_label(a, label), floor);
    a->floor_log2s = int8_max(floor, a->floor_log2s);
    a->floor_until = mono_add(event->now, RATE_DECAY_S * NS_PER_S);
    a->gaps_left = 0;
    a->report.poll_log2s = poll_wanted(a);
    a->poll_at = after_request(a, interval_ns(a->report.poll_log2s));
}

enum err association_reply(struct association *a, const struct event *event, struct utc pivot,
                           bool *denied, struct outbox *outbox) {
    struct ntp_client_reply reply;
    struct ntp_client before = a->client;
    enum err err = judge(a, event, pivot, &reply);
    receipts_reply(&a->receipts, event, &before, pivot, err, keying_wanted(&a->keying), outbox);
    *denied = reply.kiss == NTP_CLIENT_KISS_DENY;
    if (!a->client.waiting) close_socket(a, outbox);
    if (err == ERR_OK) {
        accept(a, event, outbox);
        hand_on(a, &reply.exchange, outbox);
        (void)keying_keep(&a->keying, &a->report.addr, event->now, outbox);
    } else {
        count_drop(a, err);
    }
    if (err == ERR_KISS) a->report.kisses++;
    if (reply.kiss == NTP_CLIENT_KISS_RATE) slow_down(a, event, outbox);
    touch(a, event->now);
    return err;
}

bool association_lost(const struct association *a) {
    /* The newest request may still be answered. */
    return a->unanswered > (a->report.received > 0 ? UNREACHABLE_POLLS : LOST_NEW_POLLS);
}

void association_report(struct association *a, struct mono now, struct outbox *outbox) {
    if (mono_before(now, a->report_at)) return;
    const int64_t most_ns = REPORT_MOST_S * NS_PER_S;
    a->reported = now;
    a->report_at = (struct mono){(now.ns / most_ns + 1) * most_ns}; /* all on the same wake */
    if (mono_seconds(a->report_at, now) < REPORT_LEAST_S)
        a->report_at = mono_add(a->report_at, most_ns);
    keying_report(&a->keying, &a->report);
    receipts_state(&a->receipts, &a->report, outbox);
    struct effect *effect = job_effect(outbox, EFFECT_POST);
    effect->post.to = JOB_STATUS;
    effect->post.message.kind = MESSAGE_ASSOCIATION;
    effect->post.message.association = a->report;
}

void association_stop(struct association *a, struct mono now, struct outbox *outbox) {
    if (keying_wanted(&a->keying)) keying_keep_last(&a->keying, &a->report.addr, now, outbox);
}

struct mono association_due(const struct association *a) {
    struct mono due = mono_min(a->poll_at, a->close_at);
    return mono_min(mono_min(due, a->report_at), a->lookup.at);
}

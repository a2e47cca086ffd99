/* The server job. Invariant: every datagram is counted once, as a reply or under its reason, and
 * nobody without an allow rule gets as much as a look at his packet. */
#include "jobs/server.h"

#include "config/access.h"
#include "crypto/wipe.h"

enum { REPORT_TICK_S = 1, REPORT_IDLE_TICKS = 10 };

void server_init(struct server *server, const struct config *config, uint8_t instance,
                 int8_t precision_log2s, const struct key_page *keys) {
    *server = (struct server){.config = config,
                              .precision_log2s = precision_log2s,
                              .next_report = MONO_NEVER,
                              .key_page = keys};
    server->serving.instance = instance;
}

/* The newest keys of the page; false: there never were any. */
static bool refresh_keys(struct server *server) {
    uint64_t version = key_page_version(server->key_page);
    if (version != server->keys_version && key_page_read(server->key_page, &server->keys) == ERR_OK)
        server->keys_version = version;
    return server->keys_version != 0;
}

static enum err take_authenticated(struct server *server, struct server_request *request) {
    server->serving.nts_received++;
    if (!refresh_keys(server)) return ERR_NTS_KEY;
    return nts_server_open(&server->keys, &server->nonces, request->bytes, request->length,
                           &request->nts);
}

enum err server_take(struct server *server, const struct addr *from, const uint8_t *bytes,
                     size_t length, struct server_request *out) {
    enum err err = access_allows(server->config, from) ? ERR_OK : ERR_DENIED;
    server->serving.received++;
    out->bytes = bytes;
    out->length = length;
    out->authenticated = server->key_page && nts_server_wants(bytes, length);
    if (err == ERR_OK && out->authenticated) err = take_authenticated(server, out);
    if (err != ERR_OK) server->serving.drops[err]++;
    return err;
}

static enum err reply_authenticated(struct server *server, struct server_request *request,
                                    const struct clock_state *clock, struct ntp_server_times times,
                                    uint8_t out[LIMIT_REPLY_BYTES], size_t *length) {
    struct message_serving *serving = &server->serving;
    enum err refusal = request->nts.refusal;
    enum err err =
        nts_server_seal(&request->nts, clock, server->precision_log2s, times, out, length);
    if (err == ERR_OK && refusal == ERR_OK) serving->nts_replied++;
    return err;
}

/* An NTSN says no time: it counts under the reason for which it was sent. */
static void count_nak(struct message_serving *serving, enum err refusal) {
    serving->nts_naks++;
    serving->drops[refusal]++;
}

enum err server_reply(struct server *server, struct server_request *request,
                      const struct clock_state *clock, struct ntp_server_times times,
                      uint8_t out[LIMIT_REPLY_BYTES], size_t *length) {
    struct message_serving *serving = &server->serving;
    size_t used = NTP_PACKET_HEADER_BYTES;
    enum err err = request->authenticated
                       ? reply_authenticated(server, request, clock, times, out, &used)
                       : ntp_server_reply(clock, server->precision_log2s, times, request->bytes,
                                          request->length, out);
    if (err != ERR_OK) {
        serving->drops[err]++;
        if (err == ERR_WITHDRAWN) serving->withdrawing = true;
        return err;
    }
    *length = used;
    if (request->authenticated && request->nts.refusal != ERR_OK) {
        count_nak(serving, request->nts.refusal);
        return ERR_OK;
    }
    serving->replied++;
    serving->withdrawing = out[0] >> 6 == LEAP_ALARM;
    if (serving->withdrawing) serving->withdrawn++;
    return ERR_OK;
}

enum err server_answer(struct server *server, const struct clock_state *clock,
                       struct ntp_server_times times, const struct addr *from, const uint8_t *bytes,
                       size_t length, uint8_t out[LIMIT_REPLY_BYTES], size_t *out_length) {
    enum err err = server_take(server, from, bytes, length, &server->request);
    if (err != ERR_OK) return err;
    return server_reply(server, &server->request, clock, times, out, out_length);
}

static void seed_nonces(struct server *server, struct entropy *entropy) {
    uint8_t seed[NONCE_SEED_BYTES];
    entropy_fill(entropy, seed, sizeof seed);
    nonce_seed(&server->nonces, seed);
    wipe(seed, sizeof seed);
}

/* A wake every whole second of the counter: the hot path has no outbox to ask for one. */
static struct mono tick_after(struct mono now) {
    const int64_t tick_ns = REPORT_TICK_S * NS_PER_S;
    return (struct mono){(now.ns / tick_ns + 1) * tick_ns};
}

void server_step(struct server *server, const struct event *event, struct outbox *outbox) {
    if (event->kind != EVENT_START && event->kind != EVENT_WAKE) return;
    if (event->kind == EVENT_START && server->key_page) seed_nonces(server, event->entropy);
    outbox->wake = tick_after(event->now);
    /* Keys that were erased must not live on here because nobody asks. */
    if (server->key_page) (void)refresh_keys(server);
    bool changed = server->serving.received != server->reported;
    bool due = event->kind == EVENT_START || !mono_before(event->now, server->next_report);
    if (!changed && !due) return;
    server->reported = server->serving.received;
    server->next_report =
        mono_add(outbox->wake, (REPORT_IDLE_TICKS - 1) * REPORT_TICK_S * NS_PER_S);
    struct effect *effect = job_effect(outbox, EFFECT_POST);
    effect->post.to = JOB_STATUS;
    effect->post.message.kind = MESSAGE_SERVING;
    effect->post.message.serving = server->serving;
}

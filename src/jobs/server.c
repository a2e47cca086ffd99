/* The server job. Invariant: every datagram is counted once, as a reply or under its reason, and
 * nobody without an allow rule gets as much as a look at his packet. */
#include "jobs/server.h"

#include "config/access.h"

enum { REPORT_TICK_S = 1, REPORT_IDLE_TICKS = 10 };

void server_init(struct server *server, const struct config *config, uint8_t instance,
                 int8_t precision_log2s) {
    *server = (struct server){
        .config = config, .precision_log2s = precision_log2s, .next_report = MONO_NEVER};
    server->serving.instance = instance;
}

static enum err judge(const struct server *server, const struct clock_state *clock,
                      struct ntp_server_times times, const struct addr *from,
                      const uint8_t *request, size_t length, uint8_t out[NTP_PACKET_HEADER_BYTES]) {
    if (!access_allows(server->config, from)) return ERR_DENIED;
    return ntp_server_reply(clock, server->precision_log2s, times, request, length, out);
}

enum err server_answer(struct server *server, const struct clock_state *clock,
                       struct ntp_server_times times, const struct addr *from,
                       const uint8_t *request, size_t length,
                       uint8_t out[NTP_PACKET_HEADER_BYTES]) {
    struct message_serving *serving = &server->serving;
    enum err err = judge(server, clock, times, from, request, length, out);
    serving->received++;
    if (err != ERR_OK) {
        serving->drops[err]++;
        if (err == ERR_WITHDRAWN) serving->withdrawing = true;
        return err;
    }
    serving->replied++;
    serving->withdrawing = out[0] >> 6 == LEAP_ALARM;
    if (serving->withdrawing) serving->withdrawn++;
    return ERR_OK;
}

/* A wake every whole second of the counter: the hot path has no outbox to ask for one. */
static struct mono tick_after(struct mono now) {
    const int64_t tick_ns = REPORT_TICK_S * NS_PER_S;
    return (struct mono){(now.ns / tick_ns + 1) * tick_ns};
}

void server_step(struct server *server, const struct event *event, struct outbox *outbox) {
    if (event->kind != EVENT_START && event->kind != EVENT_WAKE) return;
    outbox->wake = tick_after(event->now);
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

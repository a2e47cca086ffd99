/* See the header. The server's counter is true time itself; its clock page says the error. */
#include "sim/remote.h"

#include <math.h>

#include "proto/ntp_client.h"
#include "proto/ntp_server.h"
#include "sim/prng.h"

static const double error_period_default_s = 256;
static const int8_t precision_log2s = -25;
static const uint32_t kiss_rate = UINT32_C(0x52415445), kiss_deny = UINT32_C(0x44454e59);
static const int64_t seconds_per_day = 86400;

/* 192.0.2.0/24 of RFC 5737, more than there can be sources; the attacker's own are among them. */
struct addr remote_addr(uint16_t index) {
    return (struct addr){
        .family = ADDR_IPV4, .bytes = {192, 0, 2, (uint8_t)(index + 1)}, .port = NTP_PACKET_PORT};
}

void remote_init(struct remote *remote, const struct remote_model *model, uint64_t seed,
                 uint16_t index) {
    *remote = (struct remote){.model = *model, .seed = seed, .index = index};
    remote->addr = remote_addr(index);
}

/* The wander at a grid point, as a function of its number alone: nothing has to be remembered. */
static double wander_at(const struct remote *remote, int64_t point) {
    struct prng prng;
    prng_init(&prng, remote->seed + remote->index, "remote wander", (uint64_t)point);
    return prng_uniform(&prng, -remote->model.error_s, remote->model.error_s);
}

static int64_t period_ns(const struct remote *remote) {
    double period_s = remote->model.error_period_s;
    return ns_from_s(period_s > 0 ? period_s : error_period_default_s);
}

/* Straight lines between the grid points. */
static double wander(struct remote *remote, struct tai t, double *rate) {
    int64_t period = period_ns(remote), point = t.ns / period;
    if (point != remote->wander_point) {
        remote->wander_point = point;
        remote->wander_from = wander_at(remote, point);
        remote->wander_to = wander_at(remote, point + 1);
    }
    *rate = (remote->wander_to - remote->wander_from) / s_from_ns(period);
    return remote->wander_from + *rate * s_from_ns(t.ns - point * period);
}

static double error_and_rate(struct remote *remote, struct tai t, double *rate) {
    double error_s = remote->offset_s + wander(remote, t, rate);
    if (remote->drift != 0) {
        error_s += remote->drift * s_from_ns(tai_diff(t, remote->drift_from));
        *rate += remote->drift;
    }
    return error_s;
}

double remote_error_s(struct remote *remote, struct tai t) {
    double rate = 0;
    return error_and_rate(remote, t, &rate);
}

void remote_observe(struct remote *remote, struct tai t) {
    double declared_s = remote->model.root_delay_s / 2 + remote->model.root_dispersion;
    if (fabs(remote_error_s(remote, t)) > declared_s || remote->false_leap != 0)
        remote->has_lied = true;
}

void remote_drift(struct remote *remote, struct tai t, double rate) {
    remote->offset_s += remote->drift * s_from_ns(tai_diff(t, remote->drift_from));
    remote->drift_from = t;
    remote->drift = rate;
}

void remote_announce(struct remote *remote, const struct leap_table *truth, struct tai t,
                     int sign) {
    struct utc utc = leap_utc_from_tai(truth, t);
    int64_t tomorrow_s = (utc.ns / NS_PER_S / seconds_per_day + 1) * seconds_per_day;
    struct tai end = leap_tai_from_utc(truth, (struct utc){tomorrow_s * NS_PER_S});
    remote->false_leap = (int8_t)sign;
    remote->false_leap_at = tai_add(end, sign < 0 ? -NS_PER_S : 0);
}

static void fill_leap(const struct remote *remote, const struct leap_table *truth,
                      struct clock_state *state, struct tai now) {
    state->tai_utc_s = (int32_t)((now.ns - leap_utc_from_tai(truth, now).ns) / NS_PER_S);
    state->tai_utc_after_s = state->tai_utc_s;
    (void)leap_next(truth, now, &state->next_leap, &state->tai_utc_after_s);
    if (remote->false_leap == 0) return;
    state->tai_utc_after_s = state->tai_utc_s + remote->false_leap;
    state->next_leap = remote->false_leap_at;
}

static struct clock_state clock_at(struct remote *remote, const struct leap_table *truth,
                                   struct tai now) {
    const struct remote_model *model = &remote->model;
    struct clock_state state = {.synchronised = model->stratum <= LIMIT_STRATUM,
                                .stratum = model->stratum,
                                .reference_id = UINT32_C(0x47505300), /* "GPS" */
                                .root_delay_s = model->root_delay_s,
                                .bound_max_s = 1e9,
                                .void_after = MONO_NEVER,
                                .generation = 1};
    double rate = 0;
    int64_t error_ns = ns_from_s(error_and_rate(remote, now, &rate));
    state.line = (struct line){.m0 = {now.ns}, .tai0 = tai_add(now, error_ns), .rate = rate};
    state.line.radius_s = model->root_delay_s / 2 + model->root_dispersion;
    state.reference_time = tai_add(state.line.tai0, -16 * NS_PER_S);
    fill_leap(remote, truth, &state, state.line.tai0);
    return state;
}

enum err remote_kiss(int kiss, const uint8_t *request, size_t length,
                     uint8_t out[NTP_PACKET_HEADER_BYTES]) {
    struct ntp_packet asked;
    enum err err = ntp_packet_parse(request, length, &asked);
    if (err != ERR_OK) return err;
    struct ntp_packet reply = {.leap = LEAP_ALARM,
                               .version = asked.version,
                               .mode = NTP_MODE_SERVER,
                               .origin = asked.transmit,
                               .receive = asked.transmit,
                               .transmit = asked.transmit};
    reply.reference_id = kiss == NTP_CLIENT_KISS_RATE ? kiss_rate : kiss_deny;
    ntp_packet_build(&reply, out);
    return ERR_OK;
}

enum err remote_answer(struct remote *remote, const struct leap_table *truth, struct tai received,
                       struct tai sent, const uint8_t *request, size_t length,
                       uint8_t out[NTP_PACKET_HEADER_BYTES]) {
    remote->requests++;
    if (remote->kiss != NTP_CLIENT_KISS_NONE)
        return remote_kiss(remote->kiss, request, length, out);
    struct clock_state state = clock_at(remote, truth, received);
    struct ntp_server_times times = {{received.ns}, {sent.ns}};
    enum err err = ntp_server_reply(&state, precision_log2s, times, request, length, out);
    remote->replies += err == ERR_OK;
    return err;
}

/* NTP client association (RFC 5905 sections 7.4, 8 and 9.2; RFC 9109; data minimisation after
 * draft-ietf-ntp-data-minimization).
 *
 * Invariant: a request leaves `waiting` only through a reply that carried its nonce, so whoever
 * cannot see the request can neither answer nor end it. */
#include "proto/ntp_client.h"

#include <math.h>

#include "base/check.h"
#include "base/limits.h"
#include "clock/leap.h"
#include "wire/ntp_extension.h"

enum {
    STRATUM_KISS = 0,
    STRATUM_UNSYNCHRONISED = LIMIT_STRATUM + 1,
    /* What every request says of the sender's clock: 2^32 s, that is nothing. */
    PRECISION_HIDDEN_LOG2S = 32,
    /* A clock may have been set back by a leap second since its reference time. */
    REFERENCE_AHEAD_S = 1,
    KISS_RATE = 0x52415445,
    KISS_DENY = 0x44454e59,
    KISS_RSTR = 0x52535452,
};

/* Largest difference of rate between the server's clock and our counter within one exchange. */
static const double rate_tolerance = 1e-3;

static bool version_spoken(uint8_t version) {
    return version == 3 || version == 4;
}

void ntp_client_init(struct ntp_client *client, uint8_t version) {
    CHECK(version_spoken(version));
    *client = (struct ntp_client){.version = version};
}

void ntp_client_request(struct ntp_client *client, uint64_t nonce, struct mono now,
                        uint8_t out[NTP_PACKET_HEADER_BYTES]) {
    client->waiting = true;
    client->nonce = nonce ? nonce : 1;
    client->sent = now;
    client->sent_error_s = 0; /* too early at most, which widens the delay: safe for a bound */
    const struct ntp_packet request = {
        .version = client->version,
        .mode = NTP_MODE_CLIENT,
        .precision_log2s = PRECISION_HIDDEN_LOG2S,
        .transmit = client->nonce,
    };
    ntp_packet_build(&request, out);
}

void ntp_client_stamped(struct ntp_client *client, struct mono sent, double error_s,
                        struct mono now) {
    if (!client->waiting || mono_before(sent, client->sent) || mono_before(now, sent)) return;
    if (!(error_s >= 0 && isfinite(error_s))) return;
    client->sent = sent;
    client->sent_error_s = error_s;
}

static enum err check_form(const struct ntp_packet *packet, const uint8_t *bytes, size_t length) {
    if (length > LIMIT_DATAGRAM_BYTES) return ERR_TOO_LONG;
    if (packet->mode != NTP_MODE_SERVER) return ERR_MODE;
    if (!version_spoken(packet->version)) return ERR_VERSION;
    return ntp_extension_skip(packet->version, bytes + NTP_PACKET_HEADER_BYTES,
                              length - NTP_PACKET_HEADER_BYTES);
}

/* A zero origin is refused first: it once matched associations that had no request out. */
static enum err check_origin(const struct ntp_client *client, uint64_t origin) {
    if (origin == 0) return ERR_ZERO_ORIGIN;
    if (client->waiting && origin == client->nonce) return ERR_OK;
    if (origin == client->answered) return ERR_DUPLICATE;
    return client->waiting ? ERR_ORIGIN : ERR_UNSOLICITED;
}

static enum ntp_client_kiss kiss_of(const struct ntp_packet *packet) {
    if (packet->stratum != STRATUM_KISS || packet->reference_id == 0) return NTP_CLIENT_KISS_NONE;
    switch (packet->reference_id) {
    case KISS_RATE:
        return NTP_CLIENT_KISS_RATE;
    case KISS_DENY:
    case KISS_RSTR:
        return NTP_CLIENT_KISS_DENY;
    default:
        return NTP_CLIENT_KISS_OTHER;
    }
}

/* Whether the server gives time at all, by its own words. Stratum 0 without a kiss code is how
 * RFC 5905 section 7.3 writes "unspecified". */
static enum err check_health(const struct ntp_packet *packet) {
    if (kiss_of(packet) != NTP_CLIENT_KISS_NONE) return ERR_KISS;
    if (packet->leap == LEAP_ALARM || packet->stratum == 0 ||
        packet->stratum == STRATUM_UNSYNCHRONISED || packet->receive == 0 || packet->transmit == 0)
        return ERR_UNSYNCHRONISED;
    if (packet->stratum > LIMIT_STRATUM) return ERR_STRATUM;
    double distance_s = ntp_packet_short_s(packet->root_delay) / 2 +
                        ntp_packet_short_s(packet->root_dispersion) +
                        ldexp(1, packet->precision_log2s);
    return distance_s < LIMIT_ROOT_DISTANCE_S ? ERR_OK : ERR_ROOT_DISTANCE;
}

static struct exchange exchange_of(const struct ntp_client *client, const struct ntp_packet *packet,
                                   struct mono received, double error_s, struct utc pivot) {
    struct utc t2 = ntp_packet_to_utc(packet->receive, pivot);
    return (struct exchange){
        .stratum = packet->stratum,
        .leap = packet->leap,
        .version = packet->version,
        .poll_log2s = packet->poll_log2s,
        .reference_id = packet->reference_id,
        .t1 = client->sent,
        .t4 = received,
        .t2 = t2,
        .t3 = ntp_packet_to_utc(packet->transmit, t2),
        .root_delay_s = ntp_packet_short_s(packet->root_delay),
        .root_dispersion_s = ntp_packet_short_s(packet->root_dispersion),
        .precision_s = ldexp(1, packet->precision_log2s),
        .stamp_error_s = fmax(client->sent_error_s, error_s),
    };
}

/* A server may fill the digits below its clock's precision at random, and one that answers at once
 * then seems to send before it received. Its offset is that of the middle, whatever the digits. */
static void join_within_precision(struct exchange *x) {
    int64_t behind_ns = utc_diff(x->t2, x->t3);
    if (behind_ns > 0 && s_from_ns(behind_ns) <= x->precision_s)
        x->t2 = x->t3 = utc_add(x->t3, behind_ns / 2);
}

/* Both clocks run forwards, the server did not hold the request for longer than it was away, and
 * its last update does not lie ahead of its reply (RFC 5905 appendix A.5.1.1). */
static bool is_causal(const struct exchange *x, const struct ntp_packet *packet) {
    if (mono_before(x->t4, x->t1) || utc_diff(x->t3, x->t2) < 0) return false;
    double away_s = mono_seconds(x->t4, x->t1), held_s = s_from_ns(utc_diff(x->t3, x->t2));
    double slack_s = 2 * (x->stamp_error_s + x->precision_s) + rate_tolerance * away_s;
    if (held_s - away_s > slack_s) return false;
    int64_t reference_ahead = (int64_t)(packet->reference - packet->transmit);
    return packet->reference == 0 || reference_ahead <= (int64_t)REFERENCE_AHEAD_S << 32;
}

static void take_answer(struct ntp_client *client) {
    client->waiting = false;
    client->answered = client->nonce;
}

enum err ntp_client_reply(struct ntp_client *client, const uint8_t *bytes, size_t length,
                          struct mono received, double error_s, struct utc pivot,
                          struct ntp_client_reply *out) {
    out->kiss = NTP_CLIENT_KISS_NONE;
    enum err err = ntp_packet_parse(bytes, length, &out->packet);
    if (err == ERR_OK) err = check_form(&out->packet, bytes, length);
    if (err == ERR_OK) err = check_origin(client, out->packet.origin);
    if (err != ERR_OK) return err;

    err = check_health(&out->packet);
    if (err != ERR_OK) {
        take_answer(client);
        out->kiss = kiss_of(&out->packet);
        return err;
    }
    struct exchange exchange = exchange_of(client, &out->packet, received, error_s, pivot);
    join_within_precision(&exchange);
    if (!is_causal(&exchange, &out->packet)) return ERR_CAUSALITY;
    take_answer(client);
    out->exchange = exchange;
    return ERR_OK;
}

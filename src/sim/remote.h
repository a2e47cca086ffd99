/* An NTP server of the simulated world that a host asks. It answers with the shipped server code
 * from a clock that is true up to a known error, so an honest one can be told from a liar: it
 * lies where the true time is outside what it declares (root delay / 2 + root dispersion). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "clock/clock_page.h"
#include "clock/leap.h"
#include "wire/ntp_packet.h"

struct remote_model {
    uint8_t stratum;
    double error_s;         /* its clock wanders within +- this ... */
    double error_period_s;  /* ... towards a new value in this time */
    double root_delay_s;    /* as declared */
    double root_dispersion; /* as declared, seconds */
    double service_s;       /* mean time from request to reply */
};

struct remote {
    struct remote_model model; /* as it declares itself now */
    struct addr addr;
    uint64_t seed;
    uint16_t index;
    bool hostile;          /* the attacker's own: nobody authenticates it */
    bool dead;             /* hears nothing */
    int kiss;              /* enum ntp_client_kiss: answers with nothing else */
    double offset_s;       /* wrong by this constant, and ... */
    double drift;          /* ... by this rate (s/s) ... */
    struct tai drift_from; /* ... since then */
    int8_t false_leap;     /* +-1: announces a leap second that nobody decreed, at ... */
    struct tai false_leap_at;
    int64_t wander_point; /* of the two values below: ends of the present stretch */
    double wander_from, wander_to;
    bool has_lied; /* ever, as far as remote_observe saw */
    uint64_t requests, replies;
};

/* The address of the index-th server of the world. */
struct addr remote_addr(uint16_t index);
void remote_init(struct remote *remote, const struct remote_model *model, uint64_t seed,
                 uint16_t index);
/* Its clock minus true time at t, seconds. */
double remote_error_s(struct remote *remote, struct tai t);
/* Notes in has_lied whether what it declares at t is untrue. */
void remote_observe(struct remote *remote, struct tai t);
/* From t on it runs away with that rate. */
void remote_drift(struct remote *remote, struct tai t, double rate);
/* Announces a leap second of that sign (0: none) for the end of the UTC day of t. */
void remote_announce(struct remote *remote, const struct leap_table *truth, struct tai t, int sign);
/* A kiss-o'-death to that request, from whoever wants to write one. */
MUST_USE enum err remote_kiss(int kiss, const uint8_t *request, size_t length,
                              uint8_t out[NTP_PACKET_HEADER_BYTES]);
/* The reply to a request that came at `received` and is answered at `sent` (true times). */
MUST_USE enum err remote_answer(struct remote *remote, const struct leap_table *truth,
                                struct tai received, struct tai sent, const uint8_t *request,
                                size_t length, uint8_t out[NTP_PACKET_HEADER_BYTES]);

/* Etalon's timescale: what the jury of sources allows, and the line that follows it.
 *
 * The agreed interval is carried along by the oscillator and narrowed by every new agreement.
 * Invariant: it contains the truth whenever fewer than half of the known sources lie and the
 * oscillator stays within its tolerance. A majority that contradicts it is an alarm first, and
 * believed only if it lasts. */
#pragma once

#include "clock/clock_page.h"
#include "clock/drift.h"
#include "clock/servo.h"
#include "config/config.h"
#include "jobs/job.h"
#include "jobs/jury.h"

struct timescale {
    const struct config *config;
    struct leap_table leaps;
    struct epoch epoch;
    bool has_epoch, running; /* running: there is a line */
    bool latched;            /* maxchange was exceeded too often: no time is given any more */
    struct mono started_at;
    bool steers;          /* the host clock follows the line */
    bool by_sources;      /* the line was drawn by sources, not by the local reference alone */
    bool continued;       /* from the line of a former keeper */
    bool slept;           /* the line was dropped after the machine slept */
    int64_t suspended_ns; /* how long it has slept in all */
    bool started;         /* enough was heard to judge, see jury_may_start */
    struct jury jury;
    struct servo servo;
    struct drift drift;
    struct interval agreed; /* at agreed_m, around y = 0 of the epoch */
    double agreed_m, growth, sigma_y;
    double update_m;  /* last update by evidence */
    bool last_agreed; /* the last judgement found a majority */
    uint8_t stratum;
    uint32_t reference_id;
    double root_delay_s;
    uint16_t reference; /* UINT16_MAX if none */
    uint64_t jumps;     /* of the frequency, as told so far */
    bool conflict;      /* since conflict_m the majority contradicts the oscillator */
    double conflict_m;
    int32_t refused; /* updates refused by maxchange */
    uint64_t updates, steps, alarms;
    bool held, missed; /* while an intent is out no turn is made; something was heard meanwhile */
};

/* sources: room for config->source_count + 1. drift: NULL if nothing is known of the oscillator.
 * continued: a page of a former keeper, or NULL; the timescale then goes on from its line. */
void timescale_init(struct timescale *ts, struct jury_source *sources, const struct config *config,
                    const struct leap_table *leaps, const struct message_drift *drift,
                    const struct clock_state *continued);
/* Once, before anything else: time begins to be waited for. A continued timescale asks its sources
 * to be measured soon. */
void timescale_begin(struct timescale *ts, struct mono now, struct outbox *outbox);
/* A measurement; updates the line. Posts MESSAGE_POLL where the source should be asked more or
 * less often. Invariant violations of the exchange (source out of range) are ignored. */
void timescale_exchange(struct timescale *ts, const struct exchange *x, struct mono now,
                        struct outbox *outbox);
/* The host clock as local reference: counter and UTC read together, error_s of the reading. */
void timescale_local(struct timescale *ts, struct mono counter, struct utc utc, double error_s,
                     struct outbox *outbox);
void timescale_forget(struct timescale *ts, uint16_t source);
/* How long the machine has slept in all; drops the line if that grew. */
void timescale_sleep(struct timescale *ts, struct mono now, int64_t suspended_ns,
                     struct outbox *outbox);
/* Moves the line to now and chooses its slope. */
void timescale_advance(struct timescale *ts, struct mono now, struct outbox *outbox);
/* The line was at tai until now, whatever was planned meanwhile: it goes on from there towards its
 * target. */
void timescale_resume(struct timescale *ts, struct mono now, struct tai tai);
/* What is to be published; false if there is no line yet. */
bool timescale_state(const struct timescale *ts, struct clock_state *out);
enum tracking_mode timescale_mode(const struct timescale *ts, struct mono now);
/* Half width of what the frequency of the line may be wrong by, s/s. */
double timescale_frequency_error(const struct timescale *ts);
void timescale_verdict(const struct timescale *ts, uint16_t source, struct message_verdict *out);

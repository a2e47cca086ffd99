/* The jury: all sources, what each has told, and what they say together.
 *
 * filter (per source) -> select (vote of intervals) -> ensemble (cluster, combine). Each source
 * ends with a verdict. Invariant: what the vote allows contains the truth whenever fewer than half
 * of the known sources lie; silent ones are counted as possible witnesses for a day, so that nobody
 * becomes a majority by silencing the others. */
#pragma once

#include "clock/filter.h"
#include "config/config.h"
#include "jobs/job.h"

struct jury_source {
    struct filter filter;
    struct exchange last; /* newest usable exchange */
    bool heard;           /* at heard_m; kept when the association moves to another server */
    double heard_m;
    struct interval interval; /* at the last judgement */
    int8_t poll_log2s;        /* as advised */
    uint8_t calm;             /* exchanges since the poll was changed */
    uint8_t verdict;          /* enum verdict */
    double weight;
};

/* What the oscillator is taken to do: it carries every interval from its sample to now. */
struct jury_carry {
    double frequency, growth; /* s/s; the true frequency is within growth of `frequency` */
};

struct jury {
    const struct config *config;
    struct jury_source *sources; /* count of them; the last one is the local reference */
    uint16_t count;              /* config->source_count + 1 */
    uint64_t heard_before;       /* bit i: source i was heard before m = 0 */
    uint16_t voters, agreeing;   /* at the last judgement */
    uint16_t known;              /* who could have voted, the silent ones counted */
    struct track track;          /* of the oscillator, by all that take part */
    struct track_sample ring[LIMIT_TRACK_SAMPLES];
    uint8_t estranged; /* judgements in a row in which it contradicted them */
};

/* sources: room for config->source_count + 1. */
void jury_init(struct jury *jury, struct jury_source *sources, const struct config *config);
/* The association asks another server from now on. That it was heard is not forgotten: who moves
 * the honest ones elsewhere must not become the majority. */
void jury_forget(struct jury *jury, uint16_t source);
/* Everything heard before m is worthless, but not that it was heard: the counter stood still. A new
 * epoch begins, and m with it. */
void jury_forget_all(struct jury *jury, double m);
uint16_t jury_local(const struct jury *jury);
/* A sample of a source; false if it is not newer than the last one. */
bool jury_hear(struct jury *jury, uint16_t source, const struct track_sample *sample,
               const struct track_prior *prior);
/* Moves every sample by dy: the epoch was moved by as much the other way. */
void jury_shift(struct jury *jury, double dy);
/* Whether enough was heard, waited_s after the start, to draw a first line: all sources settled, or
 * after some seconds more than half of them heard, or after a minute anything at all. */
bool jury_may_start(const struct jury *jury, double waited_s);
/* Judges each source alone, then lets them vote; false: no agreement that proves anything. */
bool jury_vote(struct jury *jury, double m, const struct jury_carry *carry,
               struct interval *agreed);
/* Truechimers are those whose interval touches agreed. False if minsources or require is not met.
 */
bool jury_convict(struct jury *jury, const struct interval *agreed);
/* Combines the truechimers, sets weights and final verdicts. *reference: the survivor with the
 * least root distance. To be called after jury_convict returned true. */
struct track_estimate jury_combine(struct jury *jury, double m, const struct track_prior *prior,
                                   uint16_t *reference);
/* Sources that fell silent lose their verdict. True if that left none that may speak. */
bool jury_expire(struct jury *jury, double m);
bool jury_is_stale(const struct jury *jury, uint16_t source, double m);
/* True and *leap if more than half of the known sources are truechimers that say so. */
bool jury_leap(const struct jury *jury, enum leap_indicator *leap);
/* Whether more than half of the known sources touch agreed and were each asked a few times since
 * m: a contradiction that lasts. */
bool jury_insists(const struct jury *jury, const struct interval *agreed, double since_m);
/* Bit i: source i was heard within a day before m. */
uint64_t jury_heard(const struct jury *jury, double m);
/* How often the source should be asked; posts MESSAGE_POLL if that changed. */
void jury_advise_poll(struct jury *jury, uint16_t source, struct outbox *outbox);
/* Posts MESSAGE_POLL for every source as it stands. */
void jury_post_polls(const struct jury *jury, struct outbox *outbox);
/* What is thought of a source, around the line y at m. */
void jury_report(const struct jury *jury, uint16_t source, double m, double y,
                 const struct jury_carry *carry, struct message_verdict *out);

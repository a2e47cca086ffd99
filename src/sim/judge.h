/* The judge knows the true time and holds a host to its promises:
 *
 *   - truth inside line +- radius of the clock page, at each publication and at each sample, as
 *     long as fewer than half of the sources have ever lied;
 *   - what Roughtime would sign holds the true UTC, also over a leap second;
 *   - served time is right within its root delay / 2 + root dispersion, says LI = 3 and stratum 16
 *     exactly when the page may not be served from, and repeats the second of a leap second;
 *   - the line never jumps but where makestep allows it, never bends more than the limits allow;
 *   - the bound only shrinks where something was heard since it did so last;
 *   - a reply's stratum is that of the page, its distance covers the radius, its times are in
 *     order;
 *   - the page's stratum is one more than a source's, its root delay is no less than any source's;
 *   - generations increase; a step of CLOCK_REALTIME is noticed within a second, and only such.
 *
 * Every breach is a finding with its time; at the end the scenario's expectation is compared. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "clock/clock_page.h"
#include "config/config.h"
#include "jobs/message.h"
#include "sim/scenario.h"
#include "wire/ntp_packet.h"

enum { JUDGE_FINDINGS_MAX = 16, JUDGE_TEXT_BYTES = 200, JUDGE_EVENTS_MAX = 512 };

/* What came to pass, for pictures and stories. */
enum judge_event_kind {
    JUDGE_EVENT_ACTION,    /* index: of the action */
    JUDGE_EVENT_UNDO,      /* its end */
    JUDGE_EVENT_MODE,      /* index: enum tracking_mode */
    JUDGE_EVENT_ACCUSED,   /* index: source that became a falseticker */
    JUDGE_EVENT_CLEARED,   /* index: source that is one no longer */
    JUDGE_EVENT_ALARM,     /* the oscillator contradicts what the sources say */
    JUDGE_EVENT_STEP_SEEN, /* somebody moved CLOCK_REALTIME */
    JUDGE_EVENT_OUTSIDE,   /* the truth left the bound, promised or not */
    JUDGE_EVENT_INSIDE,
    JUDGE_EVENT_BROKEN, /* from here on nothing is promised: text says why */
    JUDGE_EVENT_FINDING,
};

struct judge_event {
    double at_s;
    enum judge_event_kind kind;
    uint32_t index;
    char text[ACTION_TEXT_BYTES];
};

/* The bound against the truth, whether it is promised or not: what the run did to the client. */
struct judge_toll {
    double error_max_s;    /* |line - truth| while time was served, ... */
    struct tai error_at;   /* ... there */
    double outside_max_s;  /* of it, while the truth was outside the bound; 0: never was */
    double outside_time_s; /* in all */
    double unserved_s;     /* while no time was served, after the first that was */
    double radius_max_s;
};

/* Running root mean square and maximum. */
struct judge_error {
    uint64_t count;
    double sum_squares, max_s;
};

struct judge {
    const struct scenario *scenario;
    const struct config *config;
    const struct leap_table *truth;
    struct tai start;
    int64_t suspended_ns;      /* set by the world: how long the machine has slept since boot */
    bool majority_true;        /* until judge_break_promise */
    uint32_t node;             /* of several: its number, for findings; 0: there is only one */
    uint32_t strata;           /* bit n: a source has said stratum n */
    double root_delay_least_s; /* that a source has said */

    bool has_state;
    uint64_t sequence;        /* of the page, when state was read */
    struct clock_state state; /* as published last */
    uint64_t publications, jumps;
    bool served;              /* at the newest sample */
    double error_s, radius_s; /* line minus truth, and bound, at the newest sample */
    struct judge_error error; /* while settled */
    double bound_max_s;
    uint64_t samples_unserved; /* while settled */
    uint64_t probes, probes_served, probes_withdrawn, probes_leap;
    struct judge_toll toll;
    bool is_outside;
    struct tai sampled;      /* newest sample */
    double realtime_error_s; /* CLOCK_REALTIME minus true UTC, newest sample */

    struct message_tracking tracking;
    struct message_verdict verdicts[LIMIT_SOURCES + 1];
    struct message_association associations[LIMIT_SOURCES];
    struct tai step_at; /* somebody moved CLOCK_REALTIME, and it was not noticed yet */
    bool step_waits;
    uint64_t alarms;          /* reports with a new one */
    uint64_t steps_unwatched; /* that may be noticed, or not */
    uint64_t steps_made;      /* since the keeper's last start */

    uint64_t heard, heard_at_shrink; /* replies that reached the client */
    struct judge_event events[JUDGE_EVENTS_MAX];
    uint32_t event_count; /* further ones are dropped */
    uint64_t findings;
    char texts[JUDGE_FINDINGS_MAX][JUDGE_TEXT_BYTES];
};

void judge_init(struct judge *judge, const struct scenario *scenario, const struct config *config,
                const struct leap_table *truth, struct tai start);
/* The page as it is now; called after every event of the host. counter is read at now. Returns
 * whether something new was published. */
bool judge_page(struct judge *judge, const struct clock_page *page, struct mono counter,
                struct tai now);
/* A regular comparison of the line and of CLOCK_REALTIME with the truth. */
void judge_sample(struct judge *judge, struct mono counter, struct utc realtime, struct tai now);
/* What the server job gave to a probe at now; err ERR_OK: reply is filled. */
void judge_reply(struct judge *judge, enum err err, const struct ntp_packet *reply,
                 struct mono counter, struct tai now);
/* A report for status. */
void judge_message(struct judge *judge, const struct message *message, struct tai now);
/* From now on the truth may be outside, because of that. */
void judge_break_promise(struct judge *judge, struct tai now, const char *why);
/* Puts an event into the record. */
void judge_note(struct judge *judge, struct tai now, enum judge_event_kind kind, uint32_t index,
                const char *text);
/* A reply has reached the client, or the leave to use one: what it knows may be better now. */
void judge_heard(struct judge *judge);
/* A source has said that of itself. */
void judge_source(struct judge *judge, const struct ntp_packet *reply);
/* Adds what was found at another node of the same run. */
void judge_join(struct judge *judge, const struct judge *other);
/* Somebody steps CLOCK_REALTIME; not watched: while nothing runs, so that it may pass for drift. */
void judge_disturb(struct judge *judge, bool watched, struct tai now);
/* The machine stands from now on: what was not noticed yet may never be. */
void judge_paused(struct judge *judge);
/* The keeper, or the whole daemon (and its page), was started anew. */
void judge_restarted(struct judge *judge, bool page_too);
/* Compares with the expectation of the scenario. */
void judge_finish(struct judge *judge, struct tai now);
double judge_rms(const struct judge_error *error);
__attribute__((format(printf, 3, 4))) void judge_find(struct judge *judge, struct tai now,
                                                      const char *format, ...);

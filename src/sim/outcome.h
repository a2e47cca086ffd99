/* What one run of the rehearsal showed: how far time was moved, what bound was claimed meanwhile,
 * when the node noticed and by what, and how it came back. Plain data of a fixed size: it crosses
 * from the process that ran the world to the one that reports.
 *
 * The judgement compares with a run of the same seed in which nobody attacked (the control), so
 * that what happens anyway is put down to nobody. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "sim/world.h"

enum { OUTCOME_BINS = 720, OUTCOME_TEXT_BYTES = 160 };

/* How an attack can show itself; the order is that in which ties are told. */
enum outcome_sign {
    OUTCOME_ALARM,       /* the sources' majority contradicts the oscillator */
    OUTCOME_FALSETICKER, /* a source got that verdict */
    OUTCOME_UNREACHABLE, /* a source fell silent */
    OUTCOME_STEP,        /* CLOCK_REALTIME was moved by others, and that was seen */
    OUTCOME_DROPS,       /* packets were refused and counted */
    OUTCOME_HOLDOVER,    /* no agreement any more */
    OUTCOME_WITHDRAWAL,  /* no time was served */
    OUTCOME_SIGNS
};

enum outcome_class {
    OUTCOME_HELD,         /* no further from the truth than without the attack */
    OUTCOME_WIDENED,      /* the same, with a wider bound */
    OUTCOME_WITHDREW,     /* the same, without time to serve for a while */
    OUTCOME_MOVED_WITHIN, /* moved, and the bound said that it may be */
    OUTCOME_MOVED,        /* moved beyond the bound, and something was noticed */
    OUTCOME_UNDETECTED,   /* moved beyond the bound, and nothing was */
    OUTCOME_CLASSES
};

/* While time was served in that part of the run; radius < 0: it never was. */
struct outcome_bin {
    float error_s, radius_s; /* the error of the largest amount, with its sign */
};

struct outcome {
    bool ran;
    double duration_s;                  /* that the bins are spread over */
    double settle_s, end_s;             /* when it counts from; end of the attack */
    double until_s;                     /* last look */
    double error_max_s, error_max_at_s; /* while served, since settled */
    double beyond_s;                    /* most by which the bound was wrong; 0: it never was */
    double bound_max_s;
    double unserved_s;
    bool excused;                    /* nothing could be promised from some time on, ... */
    char excuse[ACTION_TEXT_BYTES];  /* ... because of that */
    uint32_t liars, sources;         /* sources that have lied; all */
    double sign_at_s[OUTCOME_SIGNS]; /* first time since settled; < 0: never */
    int32_t falseticker;             /* the first source that got that verdict; < 0: none */
    enum err drop;                   /* what was dropped most */
    uint64_t drops, requests;
    uint64_t breaches; /* promises that the judge saw broken */
    char breach[OUTCOME_TEXT_BYTES];
    struct outcome_bin bins[OUTCOME_BINS];
};

/* The judgement, against the control. */
struct outcome_verdict {
    enum outcome_class class;
    double detected_s;      /* after the attack's begin; < 0: not */
    enum outcome_sign sign; /* by what, first */
    double recovered_s;     /* after its end; < 0: not until the end of the run */
};

/* Watches a world: begin before it runs, look at every sample, finish after it ran. */
struct outcome_watch {
    struct outcome *outcome;
    bool based;
    uint64_t alarms, steps, drops[ERR_COUNT], falsetickers, silent; /* when settled */
};

void outcome_begin(struct outcome_watch *watch, struct outcome *outcome, double duration_s,
                   double settle_s, double end_s);
void outcome_look(struct outcome_watch *watch, const struct world *world);
void outcome_finish(struct outcome_watch *watch, const struct world *world);

struct outcome_verdict outcome_judge(const struct outcome *outcome, const struct outcome *control,
                                     double begin_s);
/* Largest error that counts as not moved. */
double outcome_tolerance_s(const struct outcome *control);
const char *outcome_class_name(enum outcome_class class);
/* "falseticker", and as words: "a source was judged a falseticker". */
const char *outcome_sign_name(enum outcome_sign sign);
const char *outcome_sign_text(enum outcome_sign sign);
/* Whether the class is one that fails the rehearsal. */
bool outcome_is_finding(enum outcome_class class);

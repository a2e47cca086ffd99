/* A scenario: a world, what happens in it, and what must be true of the run; everything but the
 * seed. Plain data without pointers. It is read from text (scenario_parse, etalon-scenario(5)) or
 * made by code.
 *
 * The world (setting) and what happens (actions) know nothing of each other but numbers of servers
 * and shares of them: the same actions can be run against another client. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/parse.h"
#include "jobs/message.h"
#include "sim/action.h"
#include "sim/setting.h"

/* What the attacker must hold. */
enum scenario_needs {
    SCENARIO_NEEDS_NONE, /* nobody attacks: an accident */
    SCENARIO_NEEDS_OFF_PATH,
    SCENARIO_NEEDS_ON_PATH,
    SCENARIO_NEEDS_SERVER,
    SCENARIO_NEEDS_HOST,
    SCENARIO_NEEDS_RESOLVER,
    SCENARIO_NEEDS_GNSS,
    SCENARIO_NEEDS_OPERATOR,
    SCENARIO_NEEDS_COUNT
};

enum {
    SCENARIO_NAME_BYTES = 48,
    SCENARIO_TEXT_BYTES = 256, /* about, source */
    SCENARIO_ACTIONS_MAX = 128,
};

/* What must be true of the run besides the invariants that the judge always keeps. */
struct expectation {
    double settle_s;       /* errors count from then on, until ... */
    double until_s;        /* ... then; 0: the end */
    double error_max_s;    /* largest |line - truth|; 0: not asked */
    double error_rms_s;    /* likewise */
    double bound_max_s;    /* largest radius while settled; 0: not asked */
    double realtime_max_s; /* |CLOCK_REALTIME - true UTC| at the end, where steered; 0: not asked */
    uint64_t falsetickers; /* bit n: source n must end as falseticker */
    uint64_t unused;       /* bit n: source n must not be used at the end (dead) */
    uint64_t may_be_either;  /* bit n: nothing is asked of source n */
    enum tracking_mode mode; /* at the end; STARTING: not asked */
    bool may_withdraw;       /* nothing is asked of when time is served */
    bool alarm;              /* a contradiction must have been noticed */
    uint64_t drops;          /* refused replies there must have been at least */
    bool announces_leap;     /* LI must have been served on the day of the leap second */
};

struct scenario {
    char name[SCENARIO_NAME_BYTES];
    char about[SCENARIO_TEXT_BYTES];
    char source[SCENARIO_TEXT_BYTES]; /* where it is from: an RFC, a paper, an incident */
    enum scenario_needs needs;
    double duration_s;
    double sample_s, probe_s; /* how often the truth is compared, and time asked for */
    struct setting setting;
    struct action actions[SCENARIO_ACTIONS_MAX];
    uint32_t action_count;
    struct expectation expect;
};

const char *scenario_needs_name(enum scenario_needs needs);
/* Four quiet hours in the world of setting_default. */
void scenario_default(struct scenario *scenario);
/* Nothing is asked of the run but the invariants. */
void scenario_expect_nothing(struct scenario *scenario);
/* Adds one; CHECKs that there is room. */
void scenario_add(struct scenario *scenario, const struct action *action);

/* Text to scenario; file names it in messages, and, without folder and ending, is its name. All or
 * nothing: on failure *error is filled and *out is untouched. */
MUST_USE enum err scenario_parse(const char *file, const char *text, size_t length,
                                 struct scenario *out, struct config_error *error);

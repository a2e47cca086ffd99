/* A scenario: everything that makes a world except the seed, as plain data. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jobs/message.h"
#include "sim/oscillator.h"
#include "sim/path.h"
#include "sim/remote.h"

enum action_kind {
    ACTION_REALTIME_STEP,  /* somebody adds value seconds to CLOCK_REALTIME */
    ACTION_FREQUENCY_STEP, /* the oscillator's frequency changes by value (s/s) */
    ACTION_KEEPER_CRASH,   /* the keeper's process is gone; the clock page survives */
    ACTION_KEEPER_START,   /* the parent has restarted it */
    ACTION_NODE_STOP,      /* the whole daemon stops; page and sockets are gone */
    ACTION_NODE_START,     /* and starts with what the drift file says */
    ACTION_LEDGER,         /* it refuses (value 0), writes again (1), does not answer (2) */
    ACTION_REMOTE_DIES,    /* hears nothing from now on */
    ACTION_REMOTE_LIVES,   /* hears again */
    ACTION_REMOTE_OFFSET,  /* its clock is wrong by value seconds */
    ACTION_REMOTE_DRIFT,   /* its clock runs away by value (s/s) */
    ACTION_REMOTE_LEAP,    /* it announces a leap second of sign value that nobody decreed */
    ACTION_PATH_FORWARD,   /* the delay to the server grows by value seconds */
    ACTION_PATH_BACKWARD,
    ACTION_PATH_JITTER, /* set to value seconds */
    ACTION_PATH_LOSS,   /* set to value */
};

enum { ACTION_ALL = -1 };

struct action {
    double at_s; /* after the start */
    enum action_kind kind;
    int source; /* which server or path; ACTION_ALL: every */
    double value;
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
    uint64_t drops;          /* refused replies there must have been at least */
    bool announces_leap;     /* LI must have been served on the day of the leap second */
};

/* Zero or NULL stands for the value in square brackets. */
struct scenario {
    const char *name, *about;
    uint32_t sources;
    const char *server_options; /* after "server ADDRESS" ["iburst"] */
    const char *config;         /* further directives [""] */
    double duration_s;          /* [4 h] */
    double sample_s, probe_s;   /* how often the truth is compared [1], and time asked for [16] */
    int64_t start_utc_s;        /* [a plain day in 2026] */
    int64_t leap_utc_s;         /* first second after a decreed leap second [there is none] */
    int32_t leap_sign;          /* +1 or -1 */
    bool leap_unlisted;         /* the hosts have no valid list */
    const struct oscillator_model *oscillator; /* [a crystal, 5 ppm fast] */
    const struct path_model *path;             /* [10 ms each way, 1 ms of jitter] */
    const struct remote_model *remote;         /* [a good stratum 1 server] */
    double realtime_error_s;                   /* CLOCK_REALTIME minus UTC at the start */
    bool steers;                               /* the keeper may move CLOCK_REALTIME */
    bool user_stamps;                          /* no kernel timestamps */
    double record_s;                           /* time that the ledger takes [there is none] */
    bool named;                                /* servers are given by name: a resolver answers */
    const struct action *actions;
    size_t action_count;
    struct expectation expect;
};

/* The scenario with every default filled in. */
struct scenario scenario_complete(const struct scenario *scenario);

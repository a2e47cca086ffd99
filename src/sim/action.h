/* What happens to a world: one deed at a time, perhaps undone later. The table of this file says
 * how each is written, and what values it takes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sim/quantity.h"
#include "sim/selector.h"

enum action_kind {
    /* server SEL: its clock and what it says */
    ACTION_SERVER_OFFSET,     /* wrong by value seconds */
    ACTION_SERVER_STEP,       /* wrong by value seconds more than it was */
    ACTION_SERVER_DRIFT,      /* runs away by value (s/s) from then on */
    ACTION_SERVER_STUCK,      /* stands still */
    ACTION_SERVER_STOPS,      /* hears nothing */
    ACTION_SERVER_STRATUM,    /* says value; 16: not synchronised */
    ACTION_SERVER_LEAP,       /* announces a leap second of sign value that nobody decreed */
    ACTION_SERVER_KISS,       /* answers with nothing but kisses; code: enum ntp_client_kiss */
    ACTION_SERVER_DELAY,      /* declares that root delay */
    ACTION_SERVER_DISPERSION, /* declares that root dispersion */
    /* path SEL: the network */
    ACTION_PATH_FORWARD, /* the delay to the server grows by value seconds */
    ACTION_PATH_BACKWARD,
    ACTION_PATH_BOTH,
    ACTION_PATH_RAMP_FORWARD, /* it creeps by value (s/s) */
    ACTION_PATH_RAMP_BACKWARD,
    ACTION_PATH_JITTER, /* code: enum path_jitter; mean value */
    ACTION_PATH_LOSS,   /* set to value, each way */
    ACTION_PATH_LOSS_FORWARD,
    ACTION_PATH_LOSS_BACKWARD,
    ACTION_PATH_DUPLICATE,
    ACTION_PATH_REORDER,
    /* path SEL: an attacker there */
    ACTION_PATH_REWRITE,       /* timestamps of replies are moved by value seconds */
    ACTION_PATH_REWRITE_DRIFT, /* ... and run away by value (s/s) */
    ACTION_PATH_REPLAY,        /* each request is answered by an earlier reply, too */
    ACTION_PATH_REFLECT,       /* each request is sent back, too */
    ACTION_PATH_KISS,          /* each request gets a kiss before the reply; code as above */
    ACTION_PATH_SPOOF,         /* from off the path: replies wrong by value, every `more` seconds */
    ACTION_PATH_SPOOF_KISS,    /* from off the path: kisses, every `more` seconds */
    /* the resolver */
    ACTION_RESOLVER_POISON, /* names lead to servers of the attacker, wrong by value seconds */
    /* the host */
    ACTION_CLOCK_STEP,      /* somebody adds value to CLOCK_REALTIME, again every `more` seconds */
    ACTION_CLOCK_FREQUENCY, /* somebody sets the kernel's frequency */
    ACTION_HOST_PAUSE,      /* nothing runs; the counter goes on */
    ACTION_HOST_FREEZE,     /* nothing runs, and the counter stands still unnoticed */
    ACTION_HOST_SUSPEND,    /* the same, and the kernel tells of it */
    ACTION_KEEPER_CRASH,    /* the keeper's process is gone; the clock page survives */
    ACTION_NODE_STOP,       /* the whole daemon stops; page and sockets are gone */
    ACTION_OSCILLATOR_STEP, /* its frequency changes by value */
    ACTION_OSCILLATOR_WARM, /* by value, settling with the time constant `more` */
    ACTION_LEDGER,          /* code: enum action_ledger */
    /* an operator's account */
    ACTION_OPERATOR_OFFSET, /* a configuration is pushed that corrects all sources by value */
    ACTION_OPERATOR_LEAP,   /* a leap list is pushed with one that nobody decreed, of sign value */
    ACTION_KINDS
};

enum action_ledger { ACTION_LEDGER_WORKS, ACTION_LEDGER_REFUSES, ACTION_LEDGER_HANGS };

enum { ACTION_TEXT_BYTES = 64 };

struct action {
    double at_s;    /* after the start */
    double until_s; /* it is undone then; 0: never */
    enum action_kind kind;
    int code;
    struct selector who;
    uint32_t node; /* to which it happens, counted from 0 */
    double value, more;
    uint32_t line;                /* of the scenario; 0: made by code */
    char text[ACTION_TEXT_BYTES]; /* as written, without the time: for people */
};

/* How an action is written: OBJECT [SERVERS] WORD [SECOND] [VALUE] [TAIL MORE]. */
struct action_row {
    const char *object, *word, *second; /* second NULL: none */
    enum action_kind kind;
    int code;
    struct quantity value;
    const char *tail; /* NULL: none */
    struct quantity more;
    double more_default; /* where the tail is not written; < 0: it must be */
    double lasts_s;      /* how long it lasts where no end is written; 0: for ever, < 0: it must be
                            written */
};

extern const struct action_row action_rows[];
extern const size_t action_row_count;

/* Whether the object takes servers (server, path). */
int action_takes_servers(const char *object);

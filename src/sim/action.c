/* See the header. A week: the largest offset that an operator or a receiver is known to have
 * produced is 1024 of them (the era of GPS), so times reach twice as far. */
#include "sim/action.h"

#include <string.h>

#include "proto/ntp_client.h"
#include "sim/path.h"

#define WEEKS(n) ((n)*604800.0)
#define NOTHING                                                                                    \
    { QUANTITY_NOTHING, 0, 0 }
#define TIME                                                                                       \
    { QUANTITY_TIME, -WEEKS(2048), WEEKS(2048) }
#define DELAY                                                                                      \
    { QUANTITY_TIME, -10, 10 }
#define SPAN                                                                                       \
    { QUANTITY_TIME, 0, 16 }
#define PERIOD                                                                                     \
    { QUANTITY_TIME, 1e-3, 86400 }
#define RATE                                                                                       \
    { QUANTITY_RATE, -0.5, 0.5 }
#define TINY                                                                                       \
    { QUANTITY_RATE, -1e-3, 1e-3 }
#define SHARE                                                                                      \
    { QUANTITY_SHARE, 0, 1 }
#define SIGN                                                                                       \
    { QUANTITY_COUNT, -1, 1 }
#define ALWAYS NULL, NOTHING, 0, 0

const struct action_row action_rows[] = {
    {"server", "offset", NULL, ACTION_SERVER_OFFSET, 0, TIME, ALWAYS},
    {"server", "step", NULL, ACTION_SERVER_STEP, 0, TIME, ALWAYS},
    {"server", "drift", NULL, ACTION_SERVER_DRIFT, 0, RATE, ALWAYS},
    {"server", "stuck", NULL, ACTION_SERVER_STUCK, 0, NOTHING, ALWAYS},
    {"server", "stops", NULL, ACTION_SERVER_STOPS, 0, NOTHING, ALWAYS},
    {"server", "stratum", NULL, ACTION_SERVER_STRATUM, 0, {QUANTITY_COUNT, 1, 16}, ALWAYS},
    {"server", "leap", NULL, ACTION_SERVER_LEAP, 0, SIGN, ALWAYS},
    {"server", "kiss", "rate", ACTION_SERVER_KISS, NTP_CLIENT_KISS_RATE, NOTHING, ALWAYS},
    {"server", "kiss", "deny", ACTION_SERVER_KISS, NTP_CLIENT_KISS_DENY, NOTHING, ALWAYS},
    {"server", "claims", "delay", ACTION_SERVER_DELAY, 0, SPAN, ALWAYS},
    {"server", "claims", "dispersion", ACTION_SERVER_DISPERSION, 0, SPAN, ALWAYS},
    {"path", "forward", NULL, ACTION_PATH_FORWARD, 0, DELAY, ALWAYS},
    {"path", "backward", NULL, ACTION_PATH_BACKWARD, 0, DELAY, ALWAYS},
    {"path", "both", NULL, ACTION_PATH_BOTH, 0, DELAY, ALWAYS},
    {"path", "ramp", "forward", ACTION_PATH_RAMP_FORWARD, 0, TINY, ALWAYS},
    {"path", "ramp", "backward", ACTION_PATH_RAMP_BACKWARD, 0, TINY, ALWAYS},
    {"path", "jitter", "exponential", ACTION_PATH_JITTER, PATH_JITTER_EXPONENTIAL, SPAN, ALWAYS},
    {"path", "jitter", "gamma", ACTION_PATH_JITTER, PATH_JITTER_GAMMA, SPAN, ALWAYS},
    {"path", "jitter", "bimodal", ACTION_PATH_JITTER, PATH_JITTER_BIMODAL, SPAN, ALWAYS},
    {"path", "jitter", "bursty", ACTION_PATH_JITTER, PATH_JITTER_BURSTY, SPAN, ALWAYS},
    {"path", "jitter", "gaussian", ACTION_PATH_JITTER, PATH_JITTER_GAUSSIAN, SPAN, ALWAYS},
    {"path", "loss", "forward", ACTION_PATH_LOSS_FORWARD, 0, SHARE, ALWAYS},
    {"path", "loss", "backward", ACTION_PATH_LOSS_BACKWARD, 0, SHARE, ALWAYS},
    {"path", "loss", NULL, ACTION_PATH_LOSS, 0, SHARE, ALWAYS},
    {"path", "blackhole", NULL, ACTION_PATH_LOSS, 1, NOTHING, ALWAYS},
    {"path", "duplicate", NULL, ACTION_PATH_DUPLICATE, 0, SHARE, ALWAYS},
    {"path", "reorder", NULL, ACTION_PATH_REORDER, 0, SHARE, ALWAYS},
    {"path", "rewrite", "offset", ACTION_PATH_REWRITE, 0, TIME, ALWAYS},
    {"path", "rewrite", "drift", ACTION_PATH_REWRITE_DRIFT, 0, RATE, ALWAYS},
    {"path", "replay", NULL, ACTION_PATH_REPLAY, 0, NOTHING, ALWAYS},
    {"path", "reflect", NULL, ACTION_PATH_REFLECT, 0, NOTHING, ALWAYS},
    {"path", "kiss", "rate", ACTION_PATH_KISS, NTP_CLIENT_KISS_RATE, NOTHING, ALWAYS},
    {"path", "kiss", "deny", ACTION_PATH_KISS, NTP_CLIENT_KISS_DENY, NOTHING, ALWAYS},
    {"path", "spoof", "offset", ACTION_PATH_SPOOF, 0, TIME, "every", PERIOD, -1, 0},
    {"path", "spoof", "rate", ACTION_PATH_SPOOF_KISS, NTP_CLIENT_KISS_RATE, NOTHING, "every",
     PERIOD, -1, 0},
    {"path", "spoof", "deny", ACTION_PATH_SPOOF_KISS, NTP_CLIENT_KISS_DENY, NOTHING, "every",
     PERIOD, -1, 0},
    {"resolver", "poisons", NULL, ACTION_RESOLVER_POISON, 0, TIME, ALWAYS},
    {"clock", "step", NULL, ACTION_CLOCK_STEP, 0, TIME, "every", PERIOD, 0, 0},
    {"clock", "frequency", NULL, ACTION_CLOCK_FREQUENCY, 0, {QUANTITY_RATE, -0.1, 0.1}, ALWAYS},
    {"host", "pause", NULL, ACTION_HOST_PAUSE, 0, NOTHING, NULL, NOTHING, 0, -1},
    {"host", "freeze", NULL, ACTION_HOST_FREEZE, 0, NOTHING, NULL, NOTHING, 0, -1},
    {"host", "suspend", NULL, ACTION_HOST_SUSPEND, 0, NOTHING, NULL, NOTHING, 0, -1},
    {"keeper", "crash", NULL, ACTION_KEEPER_CRASH, 0, NOTHING, NULL, NOTHING, 0, 1},
    {"node", "restart", NULL, ACTION_NODE_STOP, 0, NOTHING, NULL, NOTHING, 0, 1},
    {"oscillator", "step", NULL, ACTION_OSCILLATOR_STEP, 0, TINY, ALWAYS},
    {"oscillator",
     "warms",
     NULL,
     ACTION_OSCILLATOR_WARM,
     0,
     TINY,
     "within",
     {QUANTITY_TIME, 1, 86400},
     -1,
     0},
    {"ledger", "refuses", NULL, ACTION_LEDGER, ACTION_LEDGER_REFUSES, NOTHING, ALWAYS},
    {"ledger", "hangs", NULL, ACTION_LEDGER, ACTION_LEDGER_HANGS, NOTHING, ALWAYS},
    {"operator", "offset", NULL, ACTION_OPERATOR_OFFSET, 0, TIME, ALWAYS},
    {"operator", "leap", NULL, ACTION_OPERATOR_LEAP, 0, SIGN, ALWAYS},
};

const size_t action_row_count = sizeof action_rows / sizeof action_rows[0];

int action_takes_servers(const char *object) {
    return strcmp(object, "server") == 0 || strcmp(object, "path") == 0;
}

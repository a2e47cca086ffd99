/* Scenarios as data; what they do not say stands in sim/scenario.c. */
#include "sim/catalogue.h"

#include <string.h>

#define MINUTES(n) ((n)*60.0)
#define HOURS(n)   ((n)*3600.0)
#define MASK(n)    (UINT64_C(1) << (n))
#define ACTIONS(...)                                                                               \
    .actions = __VA_ARGS__, .action_count = sizeof(__VA_ARGS__) / sizeof(*__VA_ARGS__)

/* What the default world must allow after half an hour, whoever lies: half of a 32 ms round trip,
 * and 15 ppm of tolerance over a poll or two of 1024 s. */
#define GOOD                                                                                       \
    .settle_s = MINUTES(30), .error_max_s = 2e-3, .error_rms_s = 0.5e-3, .bound_max_s = 60e-3,     \
    .mode = TRACKING_LOCKED

/* 2026-12-31 24:00 UTC: a leap second at its end is an invention of these scenarios. */
#define NEW_YEAR_UTC_S INT64_C(1798761600)

static const struct action one_lies[] = {{0, ACTION_REMOTE_OFFSET, 1, 150e-3}};
static const struct action one_errs[] = {{0, ACTION_REMOTE_OFFSET, 2, 30e-3}};
static const struct action two_lie[] = {{0, ACTION_REMOTE_OFFSET, 1, 200e-3},
                                        {0, ACTION_REMOTE_OFFSET, 3, 200e-3}};
static const struct action nine_lie[] = {
    {0, ACTION_REMOTE_OFFSET, 0, 1}, {0, ACTION_REMOTE_OFFSET, 1, 1},
    {0, ACTION_REMOTE_OFFSET, 2, 1}, {0, ACTION_REMOTE_OFFSET, 3, 1},
    {0, ACTION_REMOTE_OFFSET, 4, 1}, {0, ACTION_REMOTE_OFFSET, 5, 1},
    {0, ACTION_REMOTE_OFFSET, 6, 1}, {0, ACTION_REMOTE_OFFSET, 7, 1},
    {0, ACTION_REMOTE_OFFSET, 8, 1},
};
static const struct action late_liar[] = {{HOURS(1), ACTION_REMOTE_OFFSET, 0, -0.5}};
static const struct action runaway[] = {{HOURS(1), ACTION_REMOTE_DRIFT, 2, 20e-6}};
static const struct action forward_grows[] = {{HOURS(1), ACTION_PATH_FORWARD, 0, 8e-3}};
static const struct action all_grow[] = {{HOURS(1), ACTION_PATH_BACKWARD, ACTION_ALL, 6e-3}};
static const struct action one_dies[] = {{HOURS(1), ACTION_REMOTE_DIES, 0, 0}};
static const struct action all_die[] = {{HOURS(1), ACTION_REMOTE_DIES, ACTION_ALL, 0}};
static const struct action outage[] = {{HOURS(1), ACTION_REMOTE_DIES, ACTION_ALL, 0},
                                       {HOURS(2), ACTION_REMOTE_LIVES, ACTION_ALL, 0}};
static const struct action step_forward[] = {{HOURS(1), ACTION_REALTIME_STEP, 0, 10}};
static const struct action step_back[] = {{HOURS(1), ACTION_REALTIME_STEP, 0, -10}};
static const struct action steps[] = {{10.25, ACTION_REALTIME_STEP, 0, 0.1},
                                      {HOURS(1), ACTION_REALTIME_STEP, 0, -0.01},
                                      {HOURS(1) + 5, ACTION_REALTIME_STEP, 0, 3600}};
static const struct action false_leap[] = {{MINUTES(10), ACTION_REMOTE_LEAP, 0, 1}};
static const struct action crash[] = {{HOURS(1), ACTION_KEEPER_CRASH, 0, 0},
                                      {HOURS(1) + 2, ACTION_KEEPER_START, 0, 0},
                                      {HOURS(2), ACTION_KEEPER_CRASH, 0, 0},
                                      {HOURS(2) + 1, ACTION_KEEPER_START, 0, 0}};
static const struct action restart[] = {{HOURS(2), ACTION_NODE_STOP, 0, 0},
                                        {HOURS(2) + 60, ACTION_NODE_START, 0, 0}};
static const struct action knock[] = {{HOURS(1), ACTION_FREQUENCY_STEP, 0, 5e-6},
                                      {HOURS(2), ACTION_FREQUENCY_STEP, 0, -5e-6}};

const struct scenario catalogue_scenarios[] = {
    {.name = "converge-1", .about = "one good server", .sources = 1, .expect = {GOOD}},
    {.name = "converge-3", .about = "three good servers", .sources = 3, .expect = {GOOD}},
    {.name = "converge-5", .about = "five good servers", .sources = 5, .expect = {GOOD}},
    {.name = "falseticker-1",
     .about = "one of five is wrong by 150 ms from the start",
     .sources = 5,
     ACTIONS(one_lies),
     .expect = {GOOD, .falsetickers = MASK(1)}},
    {.name = "falseticker-2",
     .about = "two of five are wrong by the same 200 ms",
     .sources = 5,
     ACTIONS(two_lie),
     .expect = {GOOD, .falsetickers = MASK(1) | MASK(3)}},
    {.name = "falseticker-small",
     .about = "one of five is wrong by 30 ms, which the bounds cannot always tell",
     .sources = 5,
     ACTIONS(one_errs),
     .expect = {GOOD, .may_be_either = MASK(2)}},
    {.name = "falseticker-late",
     .about = "one of three turns wrong by half a second after an hour",
     .sources = 3,
     ACTIONS(late_liar),
     .expect = {GOOD, .falsetickers = MASK(0)}},
    {.name = "falseticker-drift",
     .about = "one of three runs away by 20 ppm after an hour",
     .sources = 3,
     ACTIONS(runaway),
     .expect = {.settle_s = MINUTES(30),
                .error_max_s = 2e-3,
                .error_rms_s = 0.5e-3,
                .bound_max_s = 100e-3, /* it widens what is agreed until it is found out */
                .falsetickers = MASK(2),
                .mode = TRACKING_LOCKED}},
    {.name = "loss-30",
     .about = "30 % of the datagrams are lost, each way",
     .sources = 3,
     .path =
         &(const struct path_model){
             .forward_s = 10e-3, .backward_s = 10e-3, .jitter_s = 1e-3, .loss = 0.3},
     .expect = {.settle_s = MINUTES(30),
                .error_max_s = 2e-3,
                .error_rms_s = 0.6e-3,
                .may_be_either = MASK(0) | MASK(1) | MASK(2), /* nine losses in a row do happen */
                .mode = TRACKING_LOCKED}},
    {.name = "asymmetry-one",
     .about = "the way to one of three servers grows by 8 ms",
     .sources = 3,
     ACTIONS(forward_grows),
     .expect = {.settle_s = MINUTES(30), .error_max_s = 5e-3, .mode = TRACKING_LOCKED}},
    {.name = "asymmetry-all",
     .about = "the way back from all three servers grows by 6 ms",
     .sources = 3,
     ACTIONS(all_grow),
     .expect = {.settle_s = MINUTES(30), .error_max_s = 5e-3, .mode = TRACKING_LOCKED}},
    {.name = "death-one",
     .about = "one of three servers falls silent after an hour",
     .sources = 3,
     ACTIONS(one_dies),
     .duration_s = HOURS(8),
     .expect = {GOOD, .unused = MASK(0)}},
    {.name = "death-all",
     .about = "all three fall silent: holdover, then withdrawal at 50 ms",
     .sources = 3,
     .config = "maxbound 0.05\n",
     ACTIONS(all_die),
     .expect = {.settle_s = MINUTES(30),
                .until_s = HOURS(1) + MINUTES(10),
                .error_max_s = 2e-3,
                .unused = MASK(0) | MASK(1) | MASK(2),
                .mode = TRACKING_WITHDRAWN}},
    {.name = "outage",
     .about = "all three fall silent for an hour and come back",
     .sources = 3,
     ACTIONS(outage),
     .expect = {.settle_s = MINUTES(30), .error_max_s = 5e-3, .mode = TRACKING_LOCKED}},
    {.name = "step-forward",
     .about = "somebody sets CLOCK_REALTIME forward by 10 s",
     .sources = 3,
     ACTIONS(step_forward),
     .expect = {GOOD}},
    {.name = "step-back",
     .about = "somebody sets CLOCK_REALTIME back by 10 s; we steer it and may step",
     .sources = 3,
     .steers = true,
     .config = "makestep 0.5 -1\n",
     ACTIONS(step_back),
     .expect = {GOOD, .realtime_max_s = 2e-3}},
    {.name = "steps",
     .about = "CLOCK_REALTIME is stepped before, while and after we agree",
     .sources = 5,
     .steers = true,
     ACTIONS(steps),
     .expect = {GOOD}},
    {.name = "steer",
     .about = "CLOCK_REALTIME starts 10 ms wrong and is slewed",
     .sources = 3,
     .steers = true,
     .realtime_error_s = 10e-3,
     .expect = {GOOD, .realtime_max_s = 2e-3}},
    {.name = "makestep",
     .about = "CLOCK_REALTIME starts 100 s wrong and is stepped",
     .sources = 3,
     .steers = true,
     .realtime_error_s = 100,
     .config = "makestep 1 3\n",
     .expect = {GOOD, .realtime_max_s = 2e-3}},
    {.name = "leap-listed",
     .about = "a leap second is inserted that our list knows",
     .sources = 3,
     .server_options = "iburst minpoll 4 maxpoll 4",
     .probe_s = 0.25,
     .start_utc_s = NEW_YEAR_UTC_S - 7200,
     .leap_utc_s = NEW_YEAR_UTC_S,
     .leap_sign = 1,
     .steers = true,
     .expect = {GOOD, .announces_leap = true, .realtime_max_s = 2e-3}},
    {.name = "leap-unlisted",
     .about = "a leap second is inserted that only the servers know",
     .sources = 3,
     .server_options = "iburst minpoll 4 maxpoll 4",
     .probe_s = 0.25,
     .start_utc_s = NEW_YEAR_UTC_S - 7200,
     .leap_utc_s = NEW_YEAR_UTC_S,
     .leap_sign = 1,
     .leap_unlisted = true,
     .expect = {GOOD, .announces_leap = true}},
    {.name = "leap-deleted",
     .about = "a leap second is deleted that our list knows",
     .sources = 3,
     .server_options = "iburst minpoll 4 maxpoll 4",
     .probe_s = 0.25,
     .start_utc_s = NEW_YEAR_UTC_S - 7200,
     .leap_utc_s = NEW_YEAR_UTC_S,
     .leap_sign = -1,
     .steers = true,
     .expect = {GOOD, .announces_leap = true, .realtime_max_s = 2e-3}},
    {.name = "leap-false",
     .about = "one of three announces a leap second that nobody decreed",
     .sources = 3,
     .start_utc_s = NEW_YEAR_UTC_S - 7200,
     .leap_unlisted = true,
     ACTIONS(false_leap),
     .expect = {GOOD, .falsetickers = MASK(0)}},
    {.name = "keeper-crash",
     .about = "the keeper is killed twice; the clock page survives",
     .sources = 3,
     ACTIONS(crash),
     .expect = {GOOD}},
    {.name = "node-restart",
     .about = "the whole service is restarted with its drift file",
     .sources = 3,
     ACTIONS(restart),
     .expect = {GOOD}},
    {.name = "slow",
     .about = "three servers 300 ms away with 50 ms of jitter",
     .sources = 3,
     .path = &(const struct path_model){.forward_s = 0.15, .backward_s = 0.15, .jitter_s = 50e-3},
     .expect = {.settle_s = HOURS(1),
                .error_max_s = 100e-3,
                .error_rms_s = 30e-3,
                .mode = TRACKING_LOCKED}},
    {.name = "duplicates",
     .about = "half of the datagrams arrive twice, and an attacker replays and reflects",
     .sources = 3,
     .path = &(const struct path_model){.forward_s = 10e-3,
                                        .backward_s = 10e-3,
                                        .jitter_s = 1e-3,
                                        .duplicate = 0.5,
                                        .replays = true,
                                        .reflects = true},
     .expect = {GOOD, .drops = 100}},
    {.name = "frequency-step",
     .about = "the crystal jumps by 5 ppm and an hour later back",
     .sources = 3,
     ACTIONS(knock),
     .expect = {.settle_s = MINUTES(30), .error_max_s = 10e-3, .mode = TRACKING_LOCKED}},
    {.name = "warm-case",
     .about = "a crystal that wanders by 0.3 ppm in an hour",
     .sources = 3,
     .oscillator =
         &(const struct oscillator_model){.offset = -40e-6, .white_fm = 1e-8, .walk_fm = 5e-9},
     .expect = {GOOD}},
    {.name = "crowd",
     .about = "twenty servers, of which nine are wrong by the same second from the start",
     .sources = 20,
     ACTIONS(nine_lie),
     .duration_s = HOURS(2),
     .expect = {GOOD, .falsetickers = MASK(9) - 1}},
    {.name = "user-stamps",
     .about = "no kernel timestamps, and servers given by name",
     .sources = 3,
     .user_stamps = true,
     .named = true,
     .expect = {GOOD}},
    {.name = "lan",
     .about = "three servers on a LAN, 20 us of jitter, polled every 16 s",
     .sources = 3,
     .server_options = "iburst minpoll 4 maxpoll 4",
     .path =
         &(const struct path_model){.forward_s = 100e-6, .backward_s = 100e-6, .jitter_s = 20e-6},
     .remote = &(const struct remote_model){.stratum = 1,
                                            .error_s = 2e-6,
                                            .root_dispersion = 5e-6,
                                            .service_s = 20e-6},
     .expect = {.settle_s = MINUTES(30),
                .error_max_s = 50e-6,
                .error_rms_s = 20e-6,
                .mode = TRACKING_LOCKED}},
};

const size_t catalogue_count = sizeof catalogue_scenarios / sizeof catalogue_scenarios[0];

const struct scenario *catalogue_find(const char *name) {
    for (size_t i = 0; i < catalogue_count; i++)
        if (strcmp(catalogue_scenarios[i].name, name) == 0) return &catalogue_scenarios[i];
    return NULL;
}

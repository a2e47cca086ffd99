/* sim_swarm [-v] SEED | FIRST-LAST ...: runs worlds that are made up from the seed: servers, paths,
 * crystal, and what happens to them, with fewer than half of the servers lying and every
 * frequency within the declared tolerance. Whatever they are, the judge may have no findings.
 * Each finding is printed with its seed; -v shows what the scenario was. Seeds from 10000 on also
 * draw other kinds of jitter and noise, and attackers on the path, off it and in the host. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/ntp_client.h"
#include "sim/world.h"

enum { SOURCES_MAX = 9, RICH_SEED = 10000 };
static const double duration_s = 3 * 3600;

/* Log-uniform between low and high. */
static double draw_scale(struct prng *prng, double low, double high) {
    return low * pow(high / low, prng_unit(prng));
}

static double draw_time(struct prng *prng) {
    return prng_uniform(prng, 0, duration_s - 60);
}

static void add(struct scenario *made, double at_s, enum action_kind kind, int source,
                double value) {
    struct action action = {.at_s = at_s, .kind = kind, .value = value};
    action.who = (struct selector){.kind = SELECTOR_LIST, .mask = UINT64_C(1) << source};
    snprintf(action.text, sizeof action.text, "%d on server %d: %g", (int)kind, source + 1, value);
    if (kind == ACTION_KEEPER_CRASH) action.until_s = at_s + 1;
    if (kind == ACTION_SERVER_STOPS) action.until_s = at_s + value;
    scenario_add(made, &action);
}

static void add_liar(struct scenario *made, struct prng *prng, int source) {
    double at_s = prng_chance(prng, 0.3) ? 0 : draw_time(prng);
    double sign = prng_chance(prng, 0.5) ? 1 : -1;
    if (prng_chance(prng, 0.4))
        add(made, at_s, ACTION_SERVER_DRIFT, source, sign * draw_scale(prng, 1e-6, 1e-3));
    else
        add(made, at_s, ACTION_SERVER_OFFSET, source, sign * draw_scale(prng, 1e-3, 10));
}

static void add_accident(struct scenario *made, struct prng *prng) {
    int source = (int)(prng_u64(prng) % made->setting.sources);
    double at_s = draw_time(prng);
    switch (prng_u64(prng) % 6) {
    case 0:
        add(made, at_s, ACTION_CLOCK_STEP, 0, prng_uniform(prng, -20, 20));
        break;
    case 1:
        add(made, at_s, ACTION_PATH_FORWARD, source, prng_uniform(prng, 0, 30e-3));
        break;
    case 2:
        add(made, at_s, ACTION_PATH_BACKWARD, source, prng_uniform(prng, 0, 30e-3));
        break;
    case 3:
        add(made, at_s, ACTION_SERVER_STOPS, source, prng_uniform(prng, 0, 4000));
        break;
    case 4:
        add(made, at_s, ACTION_KEEPER_CRASH, 0, 0);
        break;
    default:
        add(made, at_s, ACTION_PATH_LOSS, source, prng_uniform(prng, 0, 0.5));
        break;
    }
}

static void make_world(struct setting *setting, struct prng *prng) {
    double delay_s = draw_scale(prng, 100e-6, 50e-3);
    struct path_model path = {.forward_s = delay_s * prng_uniform(prng, 0.2, 1.8),
                              .backward_s = delay_s * prng_uniform(prng, 0.2, 1.8),
                              .spread = 0.5,
                              .shape = 1,
                              .jitter_s = draw_scale(prng, 1e-6, 10e-3),
                              .duplicate = prng_uniform(prng, 0, 0.3),
                              .loss = prng_uniform(prng, 0, 0.2)};
    double error_s = draw_scale(prng, 1e-6, 10e-3);
    struct remote_model remote = {.stratum = 2,
                                  .error_s = error_s,
                                  .root_dispersion = error_s,
                                  .error_period_s = prng_uniform(prng, 64, 4096),
                                  .root_delay_s = draw_scale(prng, 1e-6, 10e-3),
                                  .service_s = 50e-6};
    setting_paths(setting, &path);
    setting_remotes(setting, &remote);
}

/* What a liar can do beside being wrong: none of it may move an honest majority. */
static void add_attack(struct scenario *made, struct prng *prng, int source) {
    static const struct {
        enum action_kind kind;
        int code;
        double low, high, more;
    } attacks[] = {
        {ACTION_PATH_REWRITE, 0, 1e-3, 10, 0},
        {ACTION_PATH_REWRITE_DRIFT, 0, 1e-6, 1e-3, 0},
        {ACTION_SERVER_STUCK, 0, 1, 1, 0},
        {ACTION_SERVER_STEP, 0, 1e-3, 1e9, 0},
        {ACTION_SERVER_DISPERSION, 0, 1e-9, 10, 0},
        {ACTION_SERVER_KISS, NTP_CLIENT_KISS_DENY, 1, 1, 0},
        {ACTION_SERVER_KISS, NTP_CLIENT_KISS_RATE, 1, 1, 0},
        {ACTION_SERVER_STRATUM, 0, 16, 16, 0},
        {ACTION_SERVER_LEAP, 0, 1, 1, 0},
    };
    size_t which = prng_u64(prng) % (sizeof attacks / sizeof attacks[0]);
    double value = draw_scale(prng, attacks[which].low, attacks[which].high);
    add(made, draw_time(prng), attacks[which].kind, source, value);
    made->actions[made->action_count - 1].code = attacks[which].code;
}

/* What may happen to any source or to the host, honest as it is. */
static void add_trouble(struct scenario *made, struct prng *prng) {
    static const struct {
        enum action_kind kind;
        int code;
        double low, high, more;
        bool ends;
    } troubles[] = {
        {ACTION_PATH_RAMP_FORWARD, 0, 1e-8, 20e-6, 0, true},
        {ACTION_PATH_RAMP_BACKWARD, 0, 1e-8, 20e-6, 0, true},
        {ACTION_PATH_JITTER, PATH_JITTER_GAMMA, 1e-6, 30e-3, 0, true},
        {ACTION_PATH_REORDER, 0, 0.01, 0.9, 0, true},
        {ACTION_PATH_LOSS, 0, 0.9, 1, 0, true},
        {ACTION_PATH_REPLAY, 0, 1, 1, 0, false},
        {ACTION_PATH_REFLECT, 0, 1, 1, 0, false},
        {ACTION_PATH_KISS, NTP_CLIENT_KISS_RATE, 1, 1, 0, true},
        {ACTION_PATH_KISS, NTP_CLIENT_KISS_DENY, 1, 1, 0, true},
        {ACTION_PATH_SPOOF, 0, 1e-3, 10, 1, true},
        {ACTION_PATH_SPOOF_KISS, NTP_CLIENT_KISS_DENY, 1, 1, 1, true},
        {ACTION_HOST_PAUSE, 0, 1, 1, 0, true},
        {ACTION_HOST_SUSPEND, 0, 1, 1, 0, true},
        {ACTION_NODE_STOP, 0, 1, 1, 0, true},
        {ACTION_OSCILLATOR_WARM, 0, 1e-8, 5e-6, 600, true},
    };
    size_t which = prng_u64(prng) % (sizeof troubles / sizeof troubles[0]);
    int source = (int)(prng_u64(prng) % made->setting.sources);
    double value = draw_scale(prng, troubles[which].low, troubles[which].high);
    add(made, draw_time(prng), troubles[which].kind, source, value);
    struct action *action = &made->actions[made->action_count - 1];
    action->code = troubles[which].code;
    action->more = troubles[which].more;
    if (troubles[which].ends)
        action->until_s = fmin(action->at_s + draw_scale(prng, 1, 3000), duration_s);
}

static void enrich(struct scenario *made, uint64_t seed, int liars) {
    struct prng prng;
    struct setting *setting = &made->setting;
    prng_init(&prng, seed, "rich", 0);
    struct path_model path = setting->paths[0];
    path.jitter = (enum path_jitter)(prng_u64(&prng) % (PATH_JITTER_GAUSSIAN + 1));
    path.shape = 1 + (double)(prng_u64(&prng) % 6);
    path.second_s = draw_scale(&prng, 1e-4, 50e-3);
    path.share = prng_uniform(&prng, 0.02, 0.6);
    path.burst_s = draw_scale(&prng, 0.1, 600);
    path.hold_s = draw_scale(&prng, 1e-3, 100e-3);
    if (prng_chance(&prng, 0.3)) {
        path.route_s = draw_scale(&prng, 1e-4, 20e-3);
        path.route_every_s = draw_scale(&prng, 60, 7200);
    }
    setting_paths(setting, &path);
    setting->oscillator.flicker_fm = draw_scale(&prng, 1e-12, 1e-9);
    setting->oscillator.swings[0] =
        (struct oscillator_swing){draw_scale(&prng, 1e-9, 2e-6), prng_uniform(&prng, 600, 86400)};
    if (liars > 0 && prng_chance(&prng, 0.7))
        add_attack(made, &prng, (int)(prng_u64(&prng) % (uint64_t)liars));
    for (int i = (int)(prng_u64(&prng) % 5); i > 0; i--) add_trouble(made, &prng);
}

static void make(struct scenario *made, uint64_t seed) {
    struct prng prng;
    struct setting *setting = &made->setting;
    scenario_default(made);
    scenario_expect_nothing(made);
    prng_init(&prng, seed, "swarm", 0);
    snprintf(made->name, sizeof made->name, "swarm");
    int maxpoll = 4 + (int)(prng_u64(&prng) % 7);
    snprintf(setting->server_options, sizeof setting->server_options, "iburst minpoll 4 maxpoll %d",
             maxpoll);
    setting->oscillator = (struct oscillator_model){.offset = prng_uniform(&prng, -100e-6, 100e-6),
                                                    .white_fm = draw_scale(&prng, 1e-10, 1e-8),
                                                    .walk_fm = draw_scale(&prng, 1e-11, 1e-9)};
    make_world(setting, &prng);
    setting->sources = 1 + (uint32_t)(prng_u64(&prng) % SOURCES_MAX);
    made->duration_s = duration_s;
    setting->steers = prng_chance(&prng, 0.5);
    setting->stamps = prng_chance(&prng, 0.3) ? SETTING_STAMPS_USER : SETTING_STAMPS_KERNEL;
    setting->realtime_error_s = prng_uniform(&prng, -1, 1);
    int liars = (int)(prng_u64(&prng) % ((setting->sources + 1) / 2));
    for (int i = 0; i < liars; i++) add_liar(made, &prng, i);
    if (prng_chance(&prng, 0.3)) /* within 15 ppm of what it was */
        add(made, draw_time(&prng), ACTION_OSCILLATOR_STEP, 0, prng_uniform(&prng, -7e-6, 7e-6));
    for (int i = (int)(prng_u64(&prng) % 6); i > 0; i--) add_accident(made, &prng);
    if (seed >= RICH_SEED) enrich(made, seed, liars);
}

static void print_made(const struct scenario *made) {
    const struct setting *s = &made->setting;
    printf("  %u sources (%s), way %.6f + %.6f s, jitter %.6f s, error %.6f s, crystal %.1f ppm\n",
           s->sources, s->server_options, s->paths[0].forward_s, s->paths[0].backward_s,
           s->paths[0].jitter_s, s->remotes[0].error_s, s->oscillator.offset * 1e6);
    for (size_t i = 0; i < made->action_count; i++)
        printf("  %10.1f s: action %s\n", made->actions[i].at_s, made->actions[i].text);
}

static void print_log(const struct world *world, enum log_level level, const char *text) {
    printf("  %10.3f s  %c  %s\n", world_elapsed_s(world), "dIWE"[level], text);
}

static bool run(uint64_t seed, bool verbose) {
    struct scenario made;
    struct config_error why;
    make(&made, seed);
    struct world *world = world_create(&made, NULL, seed, &why);
    if (world == NULL) {
        printf("%s:%u: %s\n", why.place.file, why.place.line, why.text);
        return false;
    }
    if (verbose) print_made(&made);
    if (verbose) world->log = print_log;
    world_run(world);
    const struct judge *judge = &world->judge;
    uint64_t shown = judge->findings < JUDGE_FINDINGS_MAX ? judge->findings : JUDGE_FINDINGS_MAX;
    for (uint64_t i = 0; i < shown; i++)
        printf("seed %llu, %s\n", (unsigned long long)seed, judge->texts[i]);
    bool clean = judge->findings == 0;
    world_destroy(world);
    return clean;
}

int main(int argc, char **argv) {
    bool verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
    uint64_t worlds = 0, dirty = 0;
    setvbuf(stdout, NULL, _IOLBF, 0); /* findings are seen when they are made */
    if (argc < (verbose ? 3 : 2)) {
        fprintf(stderr, "usage: sim_swarm [-v] SEED | FIRST-LAST ...\n");
        return 2;
    }
    for (int i = verbose ? 2 : 1; i < argc; i++) {
        char *end = NULL;
        uint64_t first = strtoull(argv[i], &end, 10);
        uint64_t last = *end == '-' ? strtoull(end + 1, NULL, 10) : first;
        for (uint64_t seed = first; seed <= last; seed++, worlds++) dirty += !run(seed, verbose);
    }
    printf("%llu worlds, %llu with findings\n", (unsigned long long)worlds,
           (unsigned long long)dirty);
    return worlds > 0 && dirty == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

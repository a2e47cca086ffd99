/* Every attack does to a client what its name says, and is undone. Each is a scenario of a few
 * lines; what is looked at is what happened to the client, not only whether the judge is content.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "near.h"
#include "sim/world.h"

/* About x, 2 h, five servers polled every 16 s; runs what is added to that. */
static struct world *run_with(const char *lines, const char *config_text) {
    static struct scenario scenario;
    static struct config config;
    struct config_error error;
    char text[2048];
    snprintf(text, sizeof text,
             "about x\nduration 2h\nservers 5 iburst minpoll 4 maxpoll 4\n"
             "path all delay 5ms jitter exponential 200us\nexpect any all withdrawal\n%s",
             lines);
    if (scenario_parse("x", text, strlen(text), &scenario, &error) != ERR_OK)
        fail_msg("%u: %s", error.place.line, error.text);
    if (config_text != NULL)
        assert_int_equal(parse_text("c", config_text, strlen(config_text), NULL, &config, &error),
                         ERR_OK);
    struct world *world = world_create(&scenario, config_text ? &config : NULL, 7, &error);
    if (world == NULL) fail_msg("%s", error.text);
    world_run(world);
    if (world->judge.findings > 0) fail_msg("%s: %s", lines, world->judge.texts[0]);
    return world;
}

static struct world *run(const char *lines) {
    return run_with(lines, NULL);
}

static size_t count(const struct world *world, enum judge_event_kind kind) {
    size_t found = 0;
    for (uint32_t i = 0; i < world->judge.event_count; i++)
        found += world->judge.events[i].kind == kind;
    return found;
}

static uint64_t drops(const struct world *world, enum err err) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < world->config.source_count; i++)
        sum += world->judge.associations[i].drops[err];
    return sum;
}

static enum verdict verdict(const struct world *world, int server) {
    return (enum verdict)world->judge.verdicts[server - 1].verdict;
}

static bool promised(const struct world *world) {
    return world->judge.majority_true;
}

static void liars_are_named_and_cleared(void **state) {
    (void)state;
    static const char *const lies[] = {
        "at 30m..60m server minority offset 300ms\n", "at 30m..60m server minority drift 1ms/s\n",
        "at 30m..60m server minority step -1024w\n", "at 30m..60m server minority stuck\n"};
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct world *world = run(lies[i]);
        assert_true(promised(world) && count(world, JUDGE_EVENT_ACCUSED) >= 2);
        assert_true(world->judge.toll.error_max_s < 5e-3);
        world_destroy(world);
    }
}

static void a_majority_breaks_the_promise(void **state) {
    (void)state;
    struct world *world = run("at 30m server majority drift 20us/s\n");
    assert_false(promised(world));
    assert_int_equal(count(world, JUDGE_EVENT_BROKEN), 1);
    world_destroy(world);
    world = run("at 30m server minority drift 20us/s\n");
    assert_true(promised(world));
    world_destroy(world);
}

static void claims_are_judged(void **state) {
    (void)state;
    struct world *world =
        run("at 30m server 1 claims dispersion 10s\nat 30m server 2 stratum 16\n");
    assert_int_equal(verdict(world, 1), VERDICT_DISTANT);
    assert_true(drops(world, ERR_UNSYNCHRONISED) > 100);
    world_destroy(world);
    world = run("at 30m server 1,2 claims dispersion 0s\n"); /* a lie about its own bound */
    assert_true(world->witnesses[0].lied && !world->witnesses[2].lied && promised(world));
    world_destroy(world);
}

static void kisses(void **state) {
    (void)state;
    struct world *world = run("at 30m server 1 kiss deny\nat 30m server 2 kiss rate\n");
    assert_int_equal(world->judge.associations[0].state, ASSOCIATION_REFUSED);
    assert_true(world->judge.associations[1].poll_log2s > 4);
    world_destroy(world);
    world = run("at 30m..31m path 1 kiss rate\n"); /* forged by who sees the request */
    assert_true(world->judge.associations[0].kisses > 0 && world->counts.forged > 0);
    world_destroy(world);
}

static void off_the_path_nobody_gets_in(void **state) {
    (void)state;
    struct world *world = run("at 10m path all spoof offset 1s every 100ms\n"
                              "at 10m path all spoof deny every 200ms\n");
    assert_true(world->counts.forged > 50000 && world->judge.toll.error_max_s < 5e-3);
    for (int i = 0; i < 5; i++) assert_int_equal(world->judge.associations[i].kisses, 0);
    world_destroy(world);
}

/* Who rewrites all replies owns the client, but for what is authenticated. */
static const char nts_config[] = "server a.example iburst nts minpoll 4 maxpoll 4\n"
                                 "server b.example iburst nts minpoll 4 maxpoll 4\n"
                                 "server 192.0.2.77 iburst minpoll 4 maxpoll 4\n";

static void authentication_takes_forging_away(void **state) {
    (void)state;
    struct world *world = run("at 30m path all rewrite drift 10us/s\n");
    assert_true(!promised(world) && world->judge.toll.error_max_s > 20e-3);
    world_destroy(world);
    world = run_with("at 30m path all rewrite drift 10us/s\n", nts_config);
    assert_true(promised(world) && world->counts.refused > 500);
    assert_true(world->judge.toll.error_max_s < 15e-3);
    assert_int_equal(world->witnesses[0].lied, false);
    assert_int_equal(world->witnesses[2].lied, true);
    world_destroy(world);
    world = run_with("at 30m server all drift 10us/s\n", nts_config); /* the server itself can */
    assert_false(promised(world));
    world_destroy(world);
}

static void replays_and_reflections_are_dropped(void **state) {
    (void)state;
    struct world *world = run("at 10m path all replay\nat 20m path all reflect\n");
    assert_true(drops(world, ERR_ORIGIN) > 1000 && drops(world, ERR_MODE) > 1000);
    assert_true(promised(world) && world->judge.toll.error_max_s < 5e-3);
    world_destroy(world);
}

static void paths(void **state) {
    (void)state;
    struct world *world = run("at 30m..60m path all blackhole\n");
    assert_true(count(world, JUDGE_EVENT_MODE) >= 3); /* locked, holdover, locked */
    world_destroy(world);
    world = run("at 20m path all ramp backward 2us/s\n");
    assert_true(promised(world) && world->judge.toll.error_max_s > 2e-3);
    assert_near(path_floor_s(&world->paths[0], PATH_BACKWARD, world->now), 5e-3 + 12e-3, 1e-4);
    world_destroy(world);
    world = run("at 30m..60m path all both +100ms\n");
    assert_near(path_floor_s(&world->paths[0], PATH_FORWARD, world->now), 5e-3, 1e-9);
    world_destroy(world);
}

/* Names lead elsewhere from the start; those who authenticate get no time there. */
static void a_poisoned_resolver(void **state) {
    (void)state;
    struct world *world = run("named\nat 0s resolver poisons 1s\n");
    assert_true(!promised(world) && world->judge.toll.error_max_s > 0.9);
    world_destroy(world);
    world = run_with("at 0s resolver poisons 1s\n", nts_config);
    assert_int_equal(verdict(world, 1), VERDICT_NO_DATA);
    assert_true(promised(world) && world->judge.toll.error_max_s < 20e-3);
    world_destroy(world);
    world = run("named\nat 30m resolver poisons 1s\nat 40m server first 2 stops\n");
    assert_true(promised(world) && world->witnesses[0].remote >= LIMIT_SOURCES);
    assert_int_equal(verdict(world, 1), VERDICT_FALSETICKER);
    world_destroy(world);
}

static void the_host(void **state) {
    (void)state;
    struct world *world = run("at 30m..40m clock step 100ms every 60s\n");
    assert_true(world->judge.tracking.kernel_steps_seen >= 10 &&
                world->judge.toll.error_max_s < 5e-3);
    world_destroy(world);
    world = run("at 30m..35m host pause\n"); /* the page goes on being read, and is right */
    assert_true(promised(world) && world->judge.toll.outside_max_s == 0);
    world_destroy(world);
    world = run("at 30m..35m host suspend\n"); /* told of it, the keeper starts anew */
    assert_true(promised(world) && world->judge.toll.outside_max_s == 0);
    assert_int_equal(world->judge.tracking.mode, TRACKING_LOCKED);
    world_destroy(world);
    world = run("at 30m..31m host freeze\n"); /* nobody told: only the sources can */
    assert_true(!promised(world) && world->judge.toll.outside_max_s > 59);
    world_destroy(world);
    world = run("at 30m keeper crash\nat 60m node restart\n");
    assert_int_equal(world->judge.tracking.mode, TRACKING_LOCKED);
    world_destroy(world);
    world = run("at 30m..90m oscillator warms 3ppm within 600s\n");
    assert_true(promised(world) && world->judge.toll.error_max_s < 5e-3);
    world_destroy(world);
    world = run("at 30m oscillator step 30ppm\n");
    assert_false(promised(world));
    world_destroy(world);
}

static void an_operator(void **state) {
    (void)state;
    struct world *world = run("at 30m operator offset 100ms\n");
    assert_true(!promised(world) && world->judge.toll.error_max_s > 90e-3);
    world_destroy(world);
    world = run("start 2026-12-31T23:00:00Z\nat 30m operator leap +1\n");
    assert_false(promised(world));
    world_destroy(world);
}

static void servers_that_are_not_there_are_named(void **state) {
    (void)state;
    struct scenario scenario;
    struct config config;
    struct config_error error;
    const char *text = "about x\nservers 9\n\nat 0s server 7 stops\n";
    assert_int_equal(scenario_parse("x", text, strlen(text), &scenario, &error), ERR_OK);
    assert_int_equal(parse_text("c", nts_config, strlen(nts_config), NULL, &config, &error),
                     ERR_OK);
    assert_null(world_create(&scenario, &config, 1, &error));
    assert_int_equal(error.place.line, 4);
    assert_string_equal(error.text, "server 7: the client has only 3");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(liars_are_named_and_cleared),
        cmocka_unit_test(a_majority_breaks_the_promise),
        cmocka_unit_test(claims_are_judged),
        cmocka_unit_test(kisses),
        cmocka_unit_test(off_the_path_nobody_gets_in),
        cmocka_unit_test(authentication_takes_forging_away),
        cmocka_unit_test(replays_and_reflections_are_dropped),
        cmocka_unit_test(paths),
        cmocka_unit_test(a_poisoned_resolver),
        cmocka_unit_test(the_host),
        cmocka_unit_test(an_operator),
        cmocka_unit_test(servers_that_are_not_there_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Several nodes: each asks whom it should, is judged by itself, and suffers from nothing but what
 * happened to it and to those that it asks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "sim/nodes.h"

static struct scenario of(uint32_t nodes, enum setting_shape shape) {
    struct scenario scenario;
    scenario_default(&scenario);
    scenario_expect_nothing(&scenario);
    scenario.setting.sources = 3;
    scenario.setting.nodes = nodes;
    scenario.setting.shape = shape;
    scenario.duration_s = 3600;
    return scenario;
}

static struct world *run(const struct scenario *scenario, uint64_t seed) {
    struct config_error why;
    struct world *world = world_create(scenario, NULL, seed, &why);
    assert_non_null(world);
    world_run(world);
    return world;
}

static void add(struct scenario *scenario, uint32_t node, enum action_kind kind, double at_s,
                double until_s, double value) {
    struct action action = {
        .at_s = at_s, .until_s = until_s, .kind = kind, .node = node, .value = value};
    scenario_add(scenario, &action);
}

static void each_of_a_chain_asks_the_one_before(void **state) {
    (void)state;
    struct scenario scenario = of(5, SETTING_CHAIN);
    struct world *world = run(&scenario, 1);
    assert_int_equal(world->judge.findings, 0);
    double root_delay_s = -1;
    for (const struct world *node = world, *before = NULL; node; before = node, node = node->next) {
        const struct clock_state *page = &node->judge.state;
        assert_ptr_equal(node->asks, before);
        assert_int_equal(page->stratum, node->number + 1);
        assert_true(page->root_delay_s > root_delay_s);
        assert_true(node->judge.served && node->judge.probes_served > 100);
        assert_true(node->counts.replies > 20 && node->counts.overflow == 0);
        root_delay_s = page->root_delay_s;
    }
    assert_null(nodes_find(world, 6));
    world_destroy(world);
}

static void all_of_a_fan_ask_the_first(void **state) {
    (void)state;
    struct scenario scenario = of(SETTING_NODES_MAX, SETTING_FAN);
    struct world *world = run(&scenario, 1);
    assert_int_equal(world->judge.findings, 0);
    assert_int_equal(world->judge.state.stratum, 2);
    uint32_t count = 1;
    for (const struct world *node = world->next; node != NULL; node = node->next, count++) {
        assert_ptr_equal(node->asks, world);
        assert_int_equal(node->judge.state.stratum, 3);
        assert_true(node->host.oscillator.base != world->host.oscillator.base);
    }
    assert_int_equal(count, SETTING_NODES_MAX);
    world_destroy(world);
}

static void the_seed_decides(void **state) {
    (void)state;
    struct scenario scenario = of(3, SETTING_CHAIN);
    struct world *first = run(&scenario, 1), *again = run(&scenario, 1), *other = run(&scenario, 2);
    assert_true(first->trace.hash == again->trace.hash);
    assert_true(first->trace.hash != other->trace.hash);
    assert_true(nodes_find(first, 2)->trace.hash != nodes_find(first, 3)->trace.hash);
    world_destroy(first);
    world_destroy(again);
    world_destroy(other);
}

/* The first of several is told as little as one that is alone: its own seed, all its actions. */
static void each_has_its_own_view(void **state) {
    (void)state;
    struct scenario scenario = of(3, SETTING_CHAIN), seen;
    scenario.expect.falsetickers = 2;
    add(&scenario, 0, ACTION_CLOCK_STEP, 60, 0, 1);
    add(&scenario, 2, ACTION_KEEPER_CRASH, 90, 91, 0);
    assert_int_equal(nodes_view(&scenario, 7, 1, &seen), 7);
    assert_int_equal(seen.action_count, 1);
    assert_int_equal(seen.actions[0].kind, ACTION_CLOCK_STEP);
    assert_int_equal(seen.expect.falsetickers, 2);
    assert_true(seen.setting.sources == 3 && seen.setting.asks == 0);
    assert_true(nodes_view(&scenario, 7, 3, &seen) != 7);
    assert_int_equal(seen.action_count, 1);
    assert_int_equal(seen.actions[0].kind, ACTION_KEEPER_CRASH);
    assert_int_equal(seen.expect.falsetickers, 0);
    assert_true(seen.setting.sources == 1 && seen.setting.asks == 2);
}

static void what_was_expected_holds_for_each_and_names_it(void **state) {
    (void)state;
    struct scenario scenario = of(3, SETTING_CHAIN);
    scenario.expect.error_max_s = 1e-9;
    struct world *world = run(&scenario, 1);
    assert_int_equal(world->judge.findings, 3);
    assert_non_null(strstr(world->judge.texts[0], "node 1: largest error"));
    assert_non_null(strstr(world->judge.texts[1], "node 2: largest error"));
    assert_non_null(strstr(world->judge.texts[2], "node 3: largest error"));
    world_destroy(world);
}

static void a_broken_promise_goes_down_the_chain(void **state) {
    (void)state;
    struct scenario scenario = of(4, SETTING_CHAIN);
    add(&scenario, 1, ACTION_OPERATOR_OFFSET, 1200, 0, 0.3);
    struct world *world = run(&scenario, 1);
    assert_int_equal(world->judge.findings, 0);
    assert_true(world->judge.majority_true && world->judge.toll.outside_time_s == 0);
    for (const struct world *node = world->next; node != NULL; node = node->next) {
        assert_false(node->judge.majority_true);
        assert_true(node->judge.toll.outside_time_s > 60);
    }
    world_destroy(world);
}

/* Whoever asked goes on alone, and serves within a bound that grows. */
static void one_that_is_gone_does_not_answer(void **state) {
    (void)state;
    static const enum action_kind kinds[] = {ACTION_NODE_STOP, ACTION_HOST_PAUSE};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct scenario scenario = of(3, SETTING_CHAIN);
        scenario.duration_s = 7200;
        add(&scenario, 0, kinds[i], 1800, 7200, 0);
        struct world *world = run(&scenario, 1);
        const struct world *second = world->next, *third = second->next;
        assert_int_equal(world->judge.findings, 0);
        assert_int_equal(second->judge.associations[0].reach, 0);
        assert_true(third->judge.associations[0].reach != 0);
        assert_true(second->judge.toll.outside_time_s == 0);
        world_destroy(world);
    }
}

/* An operator's configuration is that of one node. */
static void a_configuration_is_for_one(void **state) {
    (void)state;
    static struct config config;
    static const char text[] = "server 192.0.2.1 iburst\n";
    struct scenario scenario = of(3, SETTING_CHAIN);
    struct config_error why;
    assert_int_equal(parse_text("c", text, strlen(text), NULL, &config, &why), ERR_OK);
    struct world *world = world_create(&scenario, &config, 1, &why);
    assert_non_null(world);
    assert_null(world->next);
    world_destroy(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_of_a_chain_asks_the_one_before),
        cmocka_unit_test(all_of_a_fan_ask_the_first),
        cmocka_unit_test(the_seed_decides),
        cmocka_unit_test(each_has_its_own_view),
        cmocka_unit_test(what_was_expected_holds_for_each_and_names_it),
        cmocka_unit_test(a_broken_promise_goes_down_the_chain),
        cmocka_unit_test(one_that_is_gone_does_not_answer),
        cmocka_unit_test(a_configuration_is_for_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

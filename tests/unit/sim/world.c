/* A run follows from scenario and seed alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "sim/catalogue.h"
#include "sim/world.h"

static struct scenario brief(uint32_t sources) {
    struct scenario scenario;
    scenario_default(&scenario);
    scenario_expect_nothing(&scenario);
    scenario.setting.sources = sources;
    scenario.duration_s = 300;
    return scenario;
}

static struct trace run(const struct scenario *scenario, uint64_t seed) {
    struct config_error why;
    struct world *world = world_create(scenario, NULL, seed, &why);
    assert_non_null(world);
    world_run(world);
    assert_true(world->counts.replies > 0 && world->counts.overflow == 0);
    assert_true(world->judge.publications > 100);
    struct trace trace = world->trace;
    world_destroy(world);
    return trace;
}

static void the_seed_decides(void **state) {
    (void)state;
    struct scenario scenario = brief(3);
    struct trace first = run(&scenario, 1), again = run(&scenario, 1), other = run(&scenario, 2);
    assert_true(first.hash == again.hash && first.words == again.words);
    assert_true(first.hash != other.hash);
}

static void looking_changes_nothing(void **state) {
    (void)state;
    struct scenario seldom = brief(3);
    seldom.probe_s = 1000;
    struct scenario often = seldom;
    struct config_error why;
    often.sample_s = 0.01;
    struct world *a = world_create(&seldom, NULL, 1, &why),
                 *b = world_create(&often, NULL, 1, &why);
    world_run(a);
    world_run(b);
    assert_true(a->judge.state.line.tai0.ns == b->judge.state.line.tai0.ns);
    assert_true(a->judge.state.line.rate == b->judge.state.line.rate);
    assert_true(a->counts.requests == b->counts.requests);
    world_destroy(a);
    world_destroy(b);
}

static void a_bad_directive_is_named(void **state) {
    (void)state;
    struct scenario scenario = brief(1);
    struct config_error why;
    memcpy(scenario.setting.config, "makestap 1 3\n", 14);
    assert_null(world_create(&scenario, NULL, 1, &why));
    assert_int_equal(why.place.line, 3); /* after the server and allow */
}

static void names_in_the_catalogue_are_unique(void **state) {
    (void)state;
    for (size_t i = 0; i < catalogue_count; i++)
        assert_ptr_equal(catalogue_find(catalogue_entries[i].name), &catalogue_entries[i]);
    assert_null(catalogue_find("no such scenario"));
    assert_true(catalogue_count > 30);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_seed_decides),
        cmocka_unit_test(looking_changes_nothing),
        cmocka_unit_test(a_bad_directive_is_named),
        cmocka_unit_test(names_in_the_catalogue_are_unique),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

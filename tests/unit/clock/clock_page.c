/* The page: snapshots are whole, and a dead writer is seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "clock/clock_page.h"

static struct clock_state sample_state(void) {
    return (struct clock_state){
        .line = {.m0 = {0},
                 .tai0 = {INT64_C(1483228800000000000)},
                 .radius_s = 1e-3,
                 .radius_rate = 1e-5},
        .void_after = {3600 * NS_PER_S},
        .synchronised = true,
        .stratum = 2,
        .root_delay_s = 1e-3,
        .bound_max_s = 0.01,
        .tai_utc_s = 36,
        .tai_utc_after_s = 37,
        .next_leap = {INT64_C(1483228836000000000)},
        .generation = 7,
    };
}

static void what_is_published_is_read(void **state) {
    (void)state;
    struct clock_page page = {0};
    struct clock_state in = sample_state(), out;
    assert_int_equal(clock_page_read(&page, &out), ERR_STALE);
    clock_page_publish(&page, &in);
    assert_int_equal(clock_page_read(&page, &out), ERR_OK);
    assert_memory_equal(&in, &out, sizeof in);
}

static void half_written_page_is_stale_until_a_writer_comes(void **state) {
    (void)state;
    struct clock_page page = {0};
    struct clock_state in = sample_state(), out;
    clock_page_publish(&page, &in);
    page.sequence++; /* the writer died inside */
    assert_int_equal(clock_page_read(&page, &out), ERR_STALE);
    clock_page_publish(&page, &in);
    assert_int_equal(clock_page_read(&page, &out), ERR_OK);
}

struct race {
    struct clock_page page;
    _Atomic int stop;
};

static void *write_many(void *argument) {
    struct race *race = argument;
    struct clock_state state = sample_state();
    for (uint64_t i = 1; i <= 200000; i++) {
        state.generation = i;
        state.line.m0.ns = (int64_t)i;
        state.next_leap.ns = (int64_t)i;
        clock_page_publish(&race->page, &state);
    }
    race->stop = 1;
    return NULL;
}

static void readers_never_see_a_torn_state(void **state) {
    (void)state;
    static struct race race;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, write_many, &race), 0);
    while (!race.stop) {
        struct clock_state out;
        if (clock_page_read(&race.page, &out) != ERR_OK) continue;
        assert_int_equal(out.line.m0.ns, (int64_t)out.generation);
        assert_int_equal(out.next_leap.ns, (int64_t)out.generation);
    }
    pthread_join(thread, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_published_is_read),
        cmocka_unit_test(half_written_page_is_stale_until_a_writer_comes),
        cmocka_unit_test(readers_never_see_a_torn_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* sim/subject: shares, what a daemon measures, sources added and removed. */
#include "sim/subject.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "config/parse.h"

static struct subject subject;

static void read_subject(const char *text) {
    static struct config config;
    static struct config_error error;
    memset(&config, 0, sizeof config);
    assert_int_equal(parse_text("test", text, strlen(text), NULL, &config, &error), ERR_OK);
    subject_init(&subject, &config);
}

static void what_is_named_and_authenticated(void **state) {
    (void)state;
    read_subject("server 192.0.2.1\nserver ntp.a.example nts\npool pool.b.example maxsources 2\n");
    assert_int_equal(subject.named, 0xe);
    assert_int_equal(subject.authenticated, 0x2);
    assert_int_equal(subject_all(&subject), 0xf);
    assert_int_equal(subject.operators.count, 3);
    assert_false(subject.paths[0].measured);
    assert_true(subject.paths[0].delay_s > 0);
}

static void shares_take_the_largest_operator_first(void **state) {
    (void)state;
    read_subject("server ntp.a.example\nserver x.b.example\nserver y.b.example\n"
                 "server ntp.c.example\nserver ntp.d.example noselect\n");
    assert_int_equal(subject_voters(&subject), 0xf);
    assert_int_equal(subject_share(&subject, 1), 0x2);
    assert_int_equal(subject_share(&subject, 2), 0x6);
    assert_int_equal(subject_share(&subject, 3), 0x7);
    assert_int_equal(subject_share(&subject, 9), 0xf);
    assert_int_equal(subject_share(&subject, 0), 0);
    assert_int_equal(subject_largest_operator(&subject), 0x6);
    assert_int_equal(subject_operators_of(&subject, 0x7), 2);
}

static void where_some_are_trusted_only_they_vote(void **state) {
    (void)state;
    read_subject("server ntp.a.example nts trust\nserver ntp.b.example\nserver ntp.c.example\n");
    assert_int_equal(subject_voters(&subject), 0x1);
}

static struct message_association association_called(const char *name) {
    struct message_association association = {.state = ASSOCIATION_POLLING};
    snprintf(association.name, sizeof association.name, "%s", name);
    return association;
}

static void figures_of_a_daemon_are_taken_by_name(void **state) {
    (void)state;
    struct message_association pool = association_called("POOL.a.example");
    struct message_verdict verdict = {.samples = 4,
                                      .delay_s = 3e-3,
                                      .jitter_s = 1e-4,
                                      .root_delay_s = 2e-3,
                                      .root_dispersion_s = 3e-3,
                                      .stratum = 3};
    read_subject("pool pool.a.example maxsources 2\nserver ntp.b.example\n");
    assert_true(subject_measured(&subject, &pool, &verdict));
    verdict.delay_s = 4e-3;
    assert_true(subject_measured(&subject, &pool, &verdict));
    assert_false(subject_measured(&subject, &pool, &verdict)); /* both members have theirs */
    assert_true(subject.paths[0].measured && subject.paths[1].measured);
    assert_true(subject.paths[0].delay_s == 3e-3 && subject.paths[1].delay_s == 4e-3);
    assert_int_equal(subject.paths[0].stratum, 3);
    assert_false(subject.paths[2].measured);
    struct message_association other = association_called("ntp.b.example");
    verdict.samples = 0;
    assert_true(subject_measured(&subject, &other, &verdict));
    assert_false(subject.paths[2].measured); /* nothing was heard of it yet */
}

static void the_oscillator_is_as_slow_as_the_line_is_fast(void **state) {
    (void)state;
    struct message_tracking tracking = {.mode = TRACKING_HOLDOVER, .frequency_error = 1e-7};
    read_subject("server ntp.a.example\n");
    tracking.clock.line.rate = 12e-6;
    subject_oscillator(&subject, &tracking);
    assert_false(subject.oscillator_measured);
    tracking.mode = TRACKING_LOCKED;
    subject_oscillator(&subject, &tracking);
    assert_true(subject.oscillator_measured);
    assert_true(subject.oscillator.offset == -12e-6);
}

static void sources_are_added_and_removed(void **state) {
    (void)state;
    read_subject("pool pool.a.example maxsources 3\nserver 192.0.2.1\n");
    uint32_t added = subject_add_source(&subject, true);
    assert_int_equal(added, 4);
    assert_string_equal(subject.config.sources[4].name, "NEW-1");
    assert_int_equal(subject.authenticated, 0x10);
    assert_int_equal(subject.operators.count, 3);
    assert_int_not_equal(subject.operators.of[4], subject.operators.of[0]);
    subject_remove(&subject, 0x7);
    assert_int_equal(subject.config.source_count, 2);
    assert_string_equal(subject.config.sources[0].name, "192.0.2.1");
    assert_int_equal(subject.named, 0x2);
    assert_int_equal(subject.authenticated, 0x2);
    assert_int_equal(subject_add_source(&subject, false), 2);
    assert_string_equal(subject.config.sources[2].name, "NEW-2");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_named_and_authenticated),
        cmocka_unit_test(shares_take_the_largest_operator_first),
        cmocka_unit_test(where_some_are_trusted_only_they_vote),
        cmocka_unit_test(figures_of_a_daemon_are_taken_by_name),
        cmocka_unit_test(the_oscillator_is_as_slow_as_the_line_is_fast),
        cmocka_unit_test(sources_are_added_and_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The judge finds each breach that it is there for, and none in a clean record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "sim/judge.h"

static const struct tai start = {INT64_C(1788264037) * NS_PER_S};

struct bench {
    struct scenario scenario;
    struct config config;
    struct leap_table truth;
    struct clock_page page;
    struct clock_state state;
    struct judge judge;
};

/* A clock that is right within 1 ms; its counter is 0 at the start. */
static struct bench *set_up(void) {
    static struct bench bench;
    memset(&bench, 0, sizeof bench);
    config_default(&bench.config);
    leap_default(&bench.truth);
    bench.state = (struct clock_state){.line = {.tai0 = start, .radius_s = 1e-3},
                                       .void_after = {1000 * NS_PER_S},
                                       .synchronised = true,
                                       .stratum = 2,
                                       .bound_max_s = 1,
                                       .tai_utc_s = 37,
                                       .tai_utc_after_s = 37,
                                       .generation = 1};
    judge_init(&bench.judge, &bench.scenario, &bench.config, &bench.truth, start);
    return &bench;
}

static void publish(struct bench *bench, int64_t at_ns) {
    clock_page_publish(&bench->page, &bench->state);
    assert_true(
        judge_page(&bench->judge, &bench->page, (struct mono){at_ns}, tai_add(start, at_ns)));
    bench->state.generation++;
}

static void sample(struct bench *bench, int64_t at_ns) {
    struct tai now = tai_add(start, at_ns);
    judge_sample(&bench->judge, (struct mono){at_ns}, leap_utc_from_tai(&bench->truth, now), now);
}

static struct ntp_packet good_reply(const struct bench *bench, int64_t at_ns) {
    struct utc utc = leap_utc_from_tai(&bench->truth, tai_add(start, at_ns));
    return (struct ntp_packet){.version = 4,
                               .mode = NTP_MODE_SERVER,
                               .stratum = 2,
                               .root_dispersion = ntp_packet_short_from_s(1e-3),
                               .reference = ntp_packet_from_utc(utc_add(utc, -NS_PER_S)),
                               .receive = ntp_packet_from_utc(utc),
                               .transmit = ntp_packet_from_utc(utc)};
}

static void reply(struct bench *bench, const struct ntp_packet *packet, int64_t at_ns) {
    judge_reply(&bench->judge, ERR_OK, packet, (struct mono){at_ns}, tai_add(start, at_ns));
}

static void a_clean_record_has_no_findings(void **state) {
    (void)state;
    struct bench *bench = set_up();
    publish(bench, 0);
    sample(bench, NS_PER_S);
    publish(bench, 2 * NS_PER_S);
    struct ntp_packet packet = good_reply(bench, 3 * NS_PER_S);
    reply(bench, &packet, 3 * NS_PER_S);
    judge_finish(&bench->judge, tai_add(start, 4 * NS_PER_S));
    assert_int_equal(bench->judge.findings, 0);
    assert_int_equal(bench->judge.probes_served, 1);
}

static void truth_outside_the_bound(void **state) {
    (void)state;
    struct bench *bench = set_up();
    bench->state.line.tai0 = tai_add(start, 1000010);
    publish(bench, 0);
    assert_int_equal(bench->judge.findings, 1);
    sample(bench, NS_PER_S);
    assert_int_equal(bench->judge.findings, 2);
    bench->judge.majority_true = false; /* then nothing is promised */
    sample(bench, 2 * NS_PER_S);
    assert_int_equal(bench->judge.findings, 2);
}

static void lines_that_jump_or_race(void **state) {
    (void)state;
    struct bench *bench = set_up();
    publish(bench, 0);
    bench->state.line.tai0 = tai_add(start, 2000);
    publish(bench, 0);
    assert_int_equal(bench->judge.findings, 1);
    bench->state.line.rate = 2e-3;
    publish(bench, 0);
    assert_int_equal(bench->judge.findings, 2);
}

static void makestep_allows_a_few_jumps(void **state) {
    (void)state;
    struct bench *bench = set_up();
    bench->config.makestep_threshold_s = 0.1e-3;
    bench->config.makestep_limit = 1;
    publish(bench, 0);
    bench->state.line.tai0 = tai_add(start, 500000);
    publish(bench, 0);
    assert_int_equal(bench->judge.findings, 0);
    bench->state.line.tai0 = start;
    publish(bench, 0);
    assert_int_equal(bench->judge.findings, 1);
}

static void a_bound_needs_evidence_to_shrink(void **state) {
    (void)state;
    struct bench *bench = set_up();
    publish(bench, 0);
    judge_heard(&bench->judge);
    bench->state.line.radius_s = 0.9e-3;
    publish(bench, 0);
    assert_int_equal(bench->judge.findings, 0);
    bench->state.line.radius_s = 0.8e-3; /* nothing was heard since */
    publish(bench, 0);
    assert_int_equal(bench->judge.findings, 1);
    bench->state.line.radius_s = 0.95e-3; /* it may grow */
    publish(bench, 0);
    assert_int_equal(bench->judge.findings, 1);
}

/* A line that is bent towards the middle of what is known may pull in its ends. */
static void a_bend_may_shrink_the_bound(void **state) {
    (void)state;
    struct bench *bench = set_up();
    bench->state.line.slew = 100e-6;
    bench->state.line.slew_s = 4;
    publish(bench, 0);
    bench->state.line.m0 = (struct mono){NS_PER_S};
    bench->state.line.tai0 = tai_add(start, NS_PER_S + 100000);
    bench->state.line.radius_s = 0.9e-3;
    publish(bench, NS_PER_S);
    assert_int_equal(bench->judge.findings, 0);
    bench->state.line.radius_s = 0.7e-3;
    publish(bench, NS_PER_S);
    assert_int_equal(bench->judge.findings, 1);
}

static void headers_that_do_not_fit_the_page(void **state) {
    (void)state;
    struct bench *bench = set_up();
    publish(bench, 0);
    struct ntp_packet packet = good_reply(bench, NS_PER_S);
    reply(bench, &packet, NS_PER_S);
    assert_int_equal(bench->judge.findings, 0);
    struct ntp_packet wrong = packet;
    wrong.stratum = 3;
    reply(bench, &wrong, NS_PER_S);
    assert_int_equal(bench->judge.findings, 1);
    wrong = packet;
    wrong.root_dispersion = ntp_packet_short_from_s(0.5e-3); /* the radius is 1 ms */
    reply(bench, &wrong, NS_PER_S);
    assert_int_equal(bench->judge.findings, 2);
    wrong = packet;
    wrong.reference = packet.transmit + 1;
    reply(bench, &wrong, NS_PER_S);
    assert_int_equal(bench->judge.findings, 3);
}

static void a_page_descends_from_a_source(void **state) {
    (void)state;
    struct bench *bench = set_up();
    struct ntp_packet heard = {.stratum = 1, .root_delay = ntp_packet_short_from_s(1e-3)};
    judge_source(&bench->judge, &heard);
    bench->state.root_delay_s = 1e-3;
    publish(bench, 0);
    assert_int_equal(bench->judge.findings, 0);
    bench->state.root_delay_s = 0.5e-3;
    publish(bench, 0);
    assert_int_equal(bench->judge.findings, 1);
    bench->state.root_delay_s = 1e-3;
    bench->state.stratum = 4;
    publish(bench, 0);
    assert_int_equal(bench->judge.findings, 2);
    heard.stratum = 3;
    judge_source(&bench->judge, &heard);
    publish(bench, 0);
    assert_int_equal(bench->judge.findings, 2);
}

static void findings_of_another_node_are_added(void **state) {
    (void)state;
    static struct judge other;
    struct bench *bench = set_up();
    judge_init(&other, &bench->scenario, &bench->config, &bench->truth, start);
    other.node = 3;
    judge_find(&bench->judge, start, "first");
    for (int i = 0; i < JUDGE_FINDINGS_MAX + 4; i++) judge_find(&other, start, "number %d", i);
    judge_join(&bench->judge, &other);
    assert_int_equal(bench->judge.findings, JUDGE_FINDINGS_MAX + 5);
    assert_string_equal(bench->judge.texts[0], "0.000 s: first");
    assert_string_equal(bench->judge.texts[1], "0.000 s: node 3: number 0");
    assert_string_equal(bench->judge.texts[JUDGE_FINDINGS_MAX - 1], "0.000 s: node 3: number 14");
}

static void what_is_not_promised_is_still_counted(void **state) {
    (void)state;
    struct bench *bench = set_up();
    publish(bench, 0);
    judge_break_promise(&bench->judge, start, "a test");
    bench->state.line.tai0 = tai_add(start, 5000000);
    judge_restarted(&bench->judge, true);
    publish(bench, 0);
    sample(bench, NS_PER_S);
    sample(bench, 3 * NS_PER_S);
    assert_int_equal(bench->judge.findings, 0);
    assert_true(bench->judge.toll.outside_max_s > 4.9e-3);
    assert_true(bench->judge.toll.outside_time_s > 1.9);
    assert_int_equal(bench->judge.events[0].kind, JUDGE_EVENT_BROKEN);
    assert_int_equal(bench->judge.events[1].kind, JUDGE_EVENT_OUTSIDE);
}

static void generations_that_go_back(void **state) {
    (void)state;
    struct bench *bench = set_up();
    publish(bench, 0);
    bench->state.generation = 1;
    publish(bench, NS_PER_S);
    assert_int_equal(bench->judge.findings, 1);
}

static void served_time_that_is_wrong(void **state) {
    (void)state;
    struct bench *bench = set_up();
    publish(bench, 0);
    struct ntp_packet packet = good_reply(bench, NS_PER_S);
    packet.transmit += (uint64_t)1 << 24; /* 4 ms */
    reply(bench, &packet, NS_PER_S);
    assert_int_equal(bench->judge.findings, 1);
    packet = good_reply(bench, NS_PER_S);
    packet.leap = LEAP_INSERT;
    reply(bench, &packet, NS_PER_S);
    assert_int_equal(bench->judge.findings, 2);
}

/* The line is right, but not what it makes of TAI - UTC; only a list would let Roughtime say 1 s.
 */
static void roughtime_that_is_wrong(void **state) {
    (void)state;
    struct bench *bench = set_up();
    bench->state.tai_utc_s = bench->state.tai_utc_after_s = 36;
    publish(bench, 0);
    sample(bench, NS_PER_S);
    assert_int_equal(bench->judge.findings, 0);
    bench->state.leaps_until_utc_s = INT64_MAX / NS_PER_S;
    publish(bench, 2 * NS_PER_S);
    sample(bench, 3 * NS_PER_S);
    assert_int_equal(bench->judge.findings, 1);
    assert_non_null(strstr(bench->judge.texts[0], "Roughtime would sign"));
}

static void withdrawal_is_all_or_nothing(void **state) {
    (void)state;
    struct bench *bench = set_up();
    bench->state.void_after = (struct mono){NS_PER_S};
    publish(bench, 0);
    struct ntp_packet packet = good_reply(bench, 2 * NS_PER_S);
    reply(bench, &packet, 2 * NS_PER_S);
    assert_int_equal(bench->judge.findings, 1);
    packet.leap = LEAP_ALARM;
    reply(bench, &packet, 2 * NS_PER_S); /* still stratum 2 */
    assert_int_equal(bench->judge.findings, 2);
    packet.stratum = LIMIT_STRATUM + 1;
    reply(bench, &packet, 2 * NS_PER_S);
    assert_int_equal(bench->judge.findings, 2);
}

static void steps_must_be_noticed_in_a_second(void **state) {
    (void)state;
    struct bench *bench = set_up();
    struct message message = {.kind = MESSAGE_TRACKING};
    publish(bench, 0);
    judge_disturb(&bench->judge, true, tai_add(start, NS_PER_S));
    message.tracking.kernel_steps_seen = 1;
    judge_message(&bench->judge, &message, tai_add(start, 3 * NS_PER_S / 2));
    sample(bench, 5 * NS_PER_S);
    assert_int_equal(bench->judge.findings, 0);
    judge_disturb(&bench->judge, true, tai_add(start, 6 * NS_PER_S));
    sample(bench, 8 * NS_PER_S);
    assert_int_equal(bench->judge.findings, 1);
    message.tracking.kernel_steps_seen = 3; /* one that nobody made */
    judge_message(&bench->judge, &message, tai_add(start, 9 * NS_PER_S));
    assert_int_equal(bench->judge.findings, 2);
}

static void expectations_are_compared(void **state) {
    (void)state;
    struct bench *bench = set_up();
    bench->config.source_count = 2;
    bench->scenario.expect.falsetickers = 2;
    bench->scenario.expect.error_max_s = 1e-6;
    bench->judge.verdicts[0].verdict = VERDICT_REFERENCE;
    bench->judge.verdicts[1].verdict = VERDICT_SURVIVOR;
    bench->state.line.tai0 = tai_add(start, 1500);
    publish(bench, 0);
    sample(bench, NS_PER_S);
    judge_finish(&bench->judge, tai_add(start, 2 * NS_PER_S));
    assert_int_equal(bench->judge.findings, 2);
    assert_non_null(strstr(bench->judge.texts[0], "largest error"));
    assert_non_null(strstr(bench->judge.texts[1], "server 2 ends as survivor"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_record_has_no_findings),
        cmocka_unit_test(truth_outside_the_bound),
        cmocka_unit_test(lines_that_jump_or_race),
        cmocka_unit_test(makestep_allows_a_few_jumps),
        cmocka_unit_test(generations_that_go_back),
        cmocka_unit_test(a_bound_needs_evidence_to_shrink),
        cmocka_unit_test(a_bend_may_shrink_the_bound),
        cmocka_unit_test(headers_that_do_not_fit_the_page),
        cmocka_unit_test(a_page_descends_from_a_source),
        cmocka_unit_test(findings_of_another_node_are_added),
        cmocka_unit_test(what_is_not_promised_is_still_counted),
        cmocka_unit_test(served_time_that_is_wrong),
        cmocka_unit_test(roughtime_that_is_wrong),
        cmocka_unit_test(withdrawal_is_all_or_nothing),
        cmocka_unit_test(steps_must_be_noticed_in_a_second),
        cmocka_unit_test(expectations_are_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

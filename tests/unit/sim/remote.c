/* Servers are as wrong as they were told to be, and liars are known as such. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "near.h"
#include "sim/remote.h"

static const struct remote_model honest = {
    .stratum = 1, .error_s = 50e-6, .root_delay_s = 1e-3, .root_dispersion = 100e-6};
static const struct tai noon = {INT64_C(1788264037) * NS_PER_S};

static struct remote make(void) {
    struct remote remote;
    remote_init(&remote, &honest, 3, 0);
    return remote;
}

static struct leap_table plain(void) {
    struct leap_table table;
    leap_default(&table);
    return table;
}

static struct ntp_packet ask(struct remote *remote, const struct leap_table *truth, struct tai at) {
    struct ntp_packet request = {.version = 4, .mode = NTP_MODE_CLIENT, .transmit = 99}, reply;
    uint8_t bytes[NTP_PACKET_HEADER_BYTES], answer[NTP_PACKET_HEADER_BYTES];
    ntp_packet_build(&request, bytes);
    assert_int_equal(
        remote_answer(remote, truth, at, tai_add(at, 1000), bytes, sizeof bytes, answer), ERR_OK);
    assert_int_equal(ntp_packet_parse(answer, sizeof answer, &reply), ERR_OK);
    assert_true(reply.origin == 99 && reply.mode == NTP_MODE_SERVER && reply.stratum == 1);
    return reply;
}

static double served_error_s(const struct ntp_packet *reply, const struct leap_table *truth,
                             struct tai at) {
    struct utc utc = leap_utc_from_tai(truth, at);
    return s_from_ns(utc_diff(ntp_packet_to_utc(reply->receive, utc), utc));
}

static void honest_ones_wander_within_their_error(void **state) {
    (void)state;
    struct remote remote = make();
    struct leap_table truth = plain();
    double least = 1, most = -1, last = remote_error_s(&remote, noon);
    for (int i = 0; i < 20000; i++) {
        struct tai t = tai_add(noon, i * NS_PER_S);
        double error_s = remote_error_s(&remote, t);
        assert_true(fabs(error_s) <= 50e-6);
        assert_true(fabs(error_s - last) <= 100e-6 / 256 + 1e-12); /* no jumps */
        last = error_s;
        least = fmin(least, error_s);
        most = fmax(most, error_s);
    }
    assert_true(least < -20e-6 && most > 20e-6);
    remote_observe(&remote, noon);
    assert_false(remote.has_lied);
    struct ntp_packet reply = ask(&remote, &truth, noon);
    assert_near(served_error_s(&reply, &truth, noon), remote_error_s(&remote, noon), 2e-9);
    double distance_s =
        ntp_packet_short_s(reply.root_delay) / 2 + ntp_packet_short_s(reply.root_dispersion);
    assert_near(distance_s, 600e-6, 40e-6);
}

static void liars_are_wrong_and_known(void **state) {
    (void)state;
    struct leap_table truth = plain();
    struct remote remote = make();
    remote.offset_s = -0.25;
    struct ntp_packet reply = ask(&remote, &truth, noon);
    assert_near(served_error_s(&reply, &truth, noon), -0.25, 60e-6);
    remote_observe(&remote, noon);
    assert_true(remote.has_lied);
    struct remote runaway = make();
    remote_drift(&runaway, noon, 1e-6);
    assert_near(remote_error_s(&runaway, tai_add(noon, 10000 * NS_PER_S)), 10e-3, 60e-6);
}

static void leap_seconds_are_announced_and_made(void **state) {
    (void)state;
    const int64_t new_year_s = INT64_C(1798761600);
    struct leap_table truth = plain();
    truth.entries[truth.count++] = (struct leap_entry){new_year_s, 38};
    struct remote remote = make();
    struct tai begins = {(new_year_s + 37) * NS_PER_S};
    struct ntp_packet before = ask(&remote, &truth, tai_add(begins, -3600 * NS_PER_S));
    assert_int_equal(before.leap, LEAP_INSERT);
    struct tai within = tai_add(begins, NS_PER_S / 2), after = tai_add(begins, 5 * NS_PER_S / 2);
    struct ntp_packet repeated = ask(&remote, &truth, within);
    assert_true(repeated.receive >> 32 ==
                ntp_packet_from_utc((struct utc){(new_year_s - 1) * NS_PER_S}) >> 32);
    struct ntp_packet next = ask(&remote, &truth, after);
    assert_int_equal(next.leap, LEAP_NONE);
    assert_near(served_error_s(&next, &truth, after), 0, 60e-6);
}

static void false_leaps_are_lies(void **state) {
    (void)state;
    struct leap_table truth = plain();
    struct remote remote = make();
    remote_announce(&remote, &truth, noon, 1);
    struct ntp_packet reply = ask(&remote, &truth, noon);
    assert_int_equal(reply.leap, LEAP_INSERT);
    remote_observe(&remote, noon);
    assert_true(remote.has_lied);
    struct tai tomorrow = tai_add(noon, 86400 * NS_PER_S);
    reply = ask(&remote, &truth, tomorrow);
    assert_near(served_error_s(&reply, &truth, tomorrow), -1, 60e-6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest_ones_wander_within_their_error),
        cmocka_unit_test(liars_are_wrong_and_known),
        cmocka_unit_test(leap_seconds_are_announced_and_made),
        cmocka_unit_test(false_leaps_are_lies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* One association: spacing of requests, poll limits, kisses, what counts as a reply, reports. */
#include "source_world.h"

#include "crypto/hash.h"

static struct world *one_server(bool iburst) {
    struct world *world = world_create();
    world_add(world, "192.0.2.1")->iburst = iburst;
    return world;
}

static void burst_is_four_requests_two_seconds_apart(void **state) {
    (void)state;
    struct world *world = one_server(true);
    world_start(world);
    assert_int_equal(world->outbox.wake.ns, world->now.ns); /* polled at once */
    world_run(world, 200);
    for (size_t i = 1; i < 4; i++) assert_between(world_gap_s(world, i), 2, 2.1);
    assert_between(world_gap_s(world, 4), 64, 64 * 1.05);
    assert_between(world_gap_s(world, 5), 64, 64 * 1.05);
    assert_int_equal(world_posts(world, MESSAGE_EXCHANGE), world_sends(world));
    world_destroy(world);
}

static void without_iburst_the_poll_interval_rules(void **state) {
    (void)state;
    struct world *world = one_server(false);
    world_start(world);
    world_run(world, 200);
    assert_between(world_gap_s(world, 1), 64, 64 * 1.05);
    assert_int_equal(world_logs(world, "192.0.2.1:123: reachable"), 1);
    assert_int_equal(world_report(world, 0)->reach, 0xf);
    assert_true(world_report(world, 0)->kernel_stamps);
    world_destroy(world);
}

static void waits_differ_and_nonces_never_repeat(void **state) {
    (void)state;
    struct world *world = one_server(false);
    world_start(world);
    world_run(world, 64 * 200);
    size_t sends = world_sends(world);
    assert_between((double)sends, 190, 200);
    for (size_t i = 2; i < sends; i++) {
        assert_true(world_gap_s(world, i) != world_gap_s(world, i - 1));
        assert_memory_not_equal(world_send(world, i)->effect.send.bytes + 40,
                                world_send(world, i - 1)->effect.send.bytes + 40, 8);
    }
    world_destroy(world);
}

static void advice_is_clamped(void **state) {
    (void)state;
    struct world *world = one_server(false);
    world_start(world);
    world_run(world, 1);
    world_advise(world, 0, 3);
    world_run(world, 140);
    assert_between(world_gap_s(world, 1), 64, 64 * 1.05);
    world_advise(world, 0, 17);
    world_run(world, 3000);
    size_t last = world_sends(world) - 1;
    assert_between(world_gap_s(world, last), 1024, 1024 * 1.05);
    assert_int_equal(world_report(world, 0)->poll_log2s, 10);
    world_destroy(world);
}

static void shorter_advice_brings_the_next_poll_forward(void **state) {
    (void)state;
    struct world *world = one_server(false);
    world_start(world);
    world_run(world, 1);
    world_advise(world, 0, 10);
    world_run(world, 150); /* the poll planned before, then the long wait begins */
    assert_int_equal(world_sends(world), 2);
    struct mono before = world->now;
    world_advise(world, 0, 6);
    world_run(world, 1);
    assert_int_equal(world_sends(world), 3);
    assert_between(mono_seconds(world_send(world, 2)->at, before), 0, 0.001);
    world_advise(world, 0, 7);
    world_advise(world, 0, 6);
    world_run(world, 70);
    assert_between(world_gap_s(world, 3), 64, 64 * 1.05);
    world_destroy(world);
}

static void rate_ends_the_burst_and_slows_down_within_bounds(void **state) {
    (void)state;
    struct world *world = one_server(true);
    world->mode[1] = SERVER_RATE;
    world_start(world);
    world_run(world, 1);
    assert_int_equal(world_sends(world), 1);
    world_run(world, 200);
    assert_int_equal(world_sends(world), 2);
    assert_between(world_gap_s(world, 1), 128, 128 * 1.05);
    world_run(world, 20000);
    size_t last = world_sends(world) - 1;
    assert_between(world_gap_s(world, last), 1024, 1024 * 1.05); /* bounded */
    assert_int_equal(world_report(world, 0)->kisses, last + 1);
    assert_int_equal(world_report(world, 0)->drops[ERR_KISS], last + 1);
    assert_int_equal(world_logs(world, "asks for fewer requests"), 4);
    world_destroy(world);
}

static void rate_is_forgiven_after_hours(void **state) {
    (void)state;
    struct world *world = one_server(false);
    world->mode[1] = SERVER_RATE;
    world_start(world);
    world_run(world, 1000);
    assert_true(world_report(world, 0)->poll_log2s > 6);
    world->mode[1] = SERVER_GOOD;
    world_run(world, 6 * 3600);
    assert_int_equal(world_report(world, 0)->poll_log2s, 6);
    assert_between(world_gap_s(world, world_sends(world) - 1), 64, 64 * 1.05);
    world_destroy(world);
}

static void rate_obeyed_even_above_maxpoll(void **state) {
    (void)state;
    struct world *world = one_server(false);
    world->config.sources[0].maxpoll_log2s = 6;
    world->mode[1] = SERVER_RATE;
    world_start(world);
    world_run(world, 150);
    assert_between(world_gap_s(world, 1), 128, 128 * 1.05);
    world_destroy(world);
}

static void forged_replies_leave_the_request_waiting(void **state) {
    (void)state;
    struct world *world = one_server(false);
    world_start(world);
    world_wake(world);
    struct effect send = world_send(world, 0)->effect;
    struct ntp_packet packet = world_reply(world, &send);
    packet.origin ^= 1;
    world_deliver(world, &send, &packet, send.send.to);
    packet.origin ^= 1;
    world_deliver(world, &send, &packet, world_addr(66));
    struct addr other_port = send.send.to;
    other_port.port = 124;
    world_deliver(world, &send, &packet, other_port);
    assert_int_equal(world_posts(world, MESSAGE_EXCHANGE), 0);
    assert_int_equal(world_count(world, EFFECT_CLOSE, 0), 0);
    world_deliver(world, &send, &packet, send.send.to);
    assert_int_equal(world_posts(world, MESSAGE_EXCHANGE), 1);
    assert_int_equal(world_count(world, EFFECT_CLOSE, 0), 1);
    world_deliver(world, &send, &packet, send.send.to);
    assert_int_equal(world_posts(world, MESSAGE_EXCHANGE), 1);
    world->pending_count = 0;
    world_run(world, 2);
    const struct message_association *report = world_report(world, 0);
    assert_int_equal(report->drops[ERR_ORIGIN], 1);
    assert_int_equal(report->drops[ERR_PEER_ADDRESS], 2);
    assert_int_equal(report->drops[ERR_DUPLICATE], 1);
    assert_int_equal(report->last_drop, ERR_DUPLICATE);
    assert_int_equal(report->received, 1);
    world_destroy(world);
}

static void the_wait_for_a_reply_ends(void **state) {
    (void)state;
    struct world *world = one_server(false);
    world->mode[1] = SERVER_SILENT;
    world_start(world);
    world_run(world, 3.9);
    assert_int_equal(world_count(world, EFFECT_CLOSE, 0), 0);
    world_run(world, 0.2);
    assert_int_equal(world_count(world, EFFECT_CLOSE, 0), 1);
    world_destroy(world);
}

static void short_polls_replace_the_socket(void **state) {
    (void)state;
    struct world *world = one_server(true);
    world->config.sources[0].minpoll_log2s = -2;
    world->mode[1] = SERVER_SILENT;
    world_start(world);
    world_run(world, 1.2);
    assert_int_equal(world_sends(world), 5);
    assert_between(world_gap_s(world, 1), 0.25, 0.2625);
    assert_int_equal(world_count(world, EFFECT_CLOSE, 0), 0);
    world_destroy(world);
}

static void silence_is_told_once_and_slows_polling(void **state) {
    (void)state;
    struct world *world = one_server(true);
    world_start(world);
    world_run(world, 100);
    world->mode[1] = SERVER_SILENT;
    world_run(world, 20000);
    assert_int_equal(world_logs(world, "no usable reply to 8 requests"), 1);
    assert_int_equal(world_report(world, 0)->reach, 0);
    assert_between(world_gap_s(world, world_sends(world) - 1), 1024, 1024 * 1.05);

    world->mode[1] = SERVER_GOOD;
    world_forget_records(world);
    world_run(world, 1200);
    assert_int_equal(world_logs(world, "reachable"), 1);
    assert_int_equal(world_sends(world) >= 5, 1);
    for (size_t i = 1; i < 4; i++) assert_between(world_gap_s(world, i), 2, 2.1);
    assert_between(world_gap_s(world, 4), 64, 64 * 1.05);
    world_destroy(world);
}

static void useless_replies_name_their_reason(void **state) {
    (void)state;
    struct world *world = one_server(false);
    world->mode[1] = SERVER_UNSYNCHRONISED;
    world_start(world);
    world_run(world, 64 * 12);
    assert_int_equal(world_logs(world, err_text(ERR_UNSYNCHRONISED)), 1);
    assert_int_equal(world_report(world, 0)->reach, 0);
    assert_int_equal(world_report(world, 0)->drops[ERR_UNSYNCHRONISED], world_sends(world));
    assert_int_equal(world_posts(world, MESSAGE_EXCHANGE), 0);
    world_destroy(world);
}

static struct exchange first_exchange(struct world *world) {
    world_start(world);
    world_run(world, 1);
    return world_post(world, MESSAGE_EXCHANGE, 0)->exchange;
}

static void declared_offset_is_added_to_the_servers_time(void **state) {
    (void)state;
    struct world *plain = one_server(false), *corrected = one_server(false);
    corrected->config.sources[0].offset_s = -0.00005;
    struct exchange a = first_exchange(plain), b = first_exchange(corrected);
    assert_int_equal(utc_diff(b.t2, a.t2), -50000);
    assert_int_equal(utc_diff(b.t3, a.t3), -50000);
    assert_int_equal(b.t1.ns, a.t1.ns);
    assert_int_equal(a.source_reference_id, 0xc0000201);
    assert_int_equal(mono_diff(a.t4, a.t1), WORLD_DELAY_NS);
    world_destroy(plain);
    world_destroy(corrected);
}

static void loops_are_dropped_but_not_on_loopback(void **state) {
    (void)state;
    uint8_t digest[HASH_MD5_BYTES];
    const struct addr ipv6 = {.family = ADDR_IPV6, .bytes = {0x20, 1, 0xd, 0xb8, [15] = 7}};
    hash_md5(ipv6.bytes, 16, digest);
    uint32_t ipv6_id = (uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16 |
                       (uint32_t)digest[2] << 8 | digest[3];
    const struct {
        struct addr local;
        uint32_t id;
        uint8_t stratum;
        bool loop;
    } rows[] = {
        {{.family = ADDR_IPV4, .bytes = {198, 51, 100, 7}}, 0xc6336407, 2, true},
        {{.family = ADDR_IPV4, .bytes = {198, 51, 100, 7}}, 0xc6336407, 1, false},
        {{.family = ADDR_IPV4, .bytes = {198, 51, 100, 7}}, 0xc6336408, 2, false},
        {{.family = ADDR_IPV4, .bytes = {127, 0, 0, 1}}, 0x7f000001, 2, false},
        {ipv6, ipv6_id, 3, true},
        {ipv6, ipv6_id + 1, 3, false},
        {{.family = ADDR_NONE}, 0, 2, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world *world = one_server(false);
        world->local = rows[i].local;
        world->reference_id = rows[i].id;
        world->stratum = rows[i].stratum;
        world_start(world);
        world_run(world, 2);
        assert_int_equal(world_posts(world, MESSAGE_EXCHANGE), rows[i].loop ? 0 : 1);
        assert_int_equal(world_report(world, 0)->drops[ERR_LOOP], rows[i].loop);
        world_destroy(world);
    }
}

static void reports_are_rare_but_regular(void **state) {
    (void)state;
    struct world *world = one_server(true);
    world->config.sources[0].minpoll_log2s = -2;
    world->config.sources[0].maxpoll_log2s = -2;
    world_start(world);
    world_run(world, 60);
    size_t busy = world->reports;
    assert_between((double)busy, 50, 61);
    world_destroy(world);

    world = one_server(false);
    world->config.sources[0].minpoll_log2s = 10;
    world_start(world);
    world_run(world, 5);
    world_forget_records(world);
    world_run(world, 500);
    assert_int_equal(world->reports, 50);
    assert_string_equal(world_report(world, 0)->name, "192.0.2.1");
    assert_int_equal(world_report(world, 0)->state, ASSOCIATION_POLLING);
    world_destroy(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(burst_is_four_requests_two_seconds_apart),
        cmocka_unit_test(without_iburst_the_poll_interval_rules),
        cmocka_unit_test(waits_differ_and_nonces_never_repeat),
        cmocka_unit_test(advice_is_clamped),
        cmocka_unit_test(shorter_advice_brings_the_next_poll_forward),
        cmocka_unit_test(rate_ends_the_burst_and_slows_down_within_bounds),
        cmocka_unit_test(rate_is_forgiven_after_hours),
        cmocka_unit_test(rate_obeyed_even_above_maxpoll),
        cmocka_unit_test(forged_replies_leave_the_request_waiting),
        cmocka_unit_test(the_wait_for_a_reply_ends),
        cmocka_unit_test(short_polls_replace_the_socket),
        cmocka_unit_test(silence_is_told_once_and_slows_polling),
        cmocka_unit_test(useless_replies_name_their_reason),
        cmocka_unit_test(declared_offset_is_added_to_the_servers_time),
        cmocka_unit_test(loops_are_dropped_but_not_on_loopback),
        cmocka_unit_test(reports_are_rare_but_regular),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

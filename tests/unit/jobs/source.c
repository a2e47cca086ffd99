/* The set of associations: look-ups, distinct addresses, refusals, eras, and bounded work. */
#include "source_world.h"

static const uint8_t nobody[] = {0};

static void failed_lookups_back_off_to_64_minutes(void **state) {
    (void)state;
    struct world *world = world_create();
    world_add(world, "ntp.example");
    world_start(world);
    double wanted_s = 2;
    for (size_t tries = 1; tries < 16; tries++) {
        world_run(world, 0);
        assert_int_equal(world_posts(world, MESSAGE_RESOLVE), tries);
        struct mono failed = world->now;
        world_resolved(world, 0, nobody);
        while (world_posts(world, MESSAGE_RESOLVE) == tries) world_wake(world);
        assert_between(mono_seconds(world->now, failed), wanted_s - 0.001, wanted_s + 0.001);
        wanted_s = wanted_s * 2 < 3840 ? wanted_s * 2 : 3840;
    }
    assert_string_equal(world_post(world, MESSAGE_RESOLVE, 0)->resolve.name, "ntp.example");
    assert_int_equal(world_logs(world, "could not be looked up"), 1);
    assert_int_equal(world_sends(world), 0);
    assert_int_equal(world_report(world, 0)->state, ASSOCIATION_RESOLVING);
    world_destroy(world);
}

static void a_silent_resolver_is_asked_again(void **state) {
    (void)state;
    struct world *world = world_create();
    world_add(world, "ntp.example");
    world_start(world);
    world_run(world, 29);
    assert_int_equal(world_posts(world, MESSAGE_RESOLVE), 1);
    world_run(world, 2);
    assert_int_equal(world_posts(world, MESSAGE_RESOLVE), 2);
    world_destroy(world);
}

static void a_resolved_name_is_polled_and_the_keeper_starts_afresh(void **state) {
    (void)state;
    struct world *world = world_create();
    world_add(world, "ntp.example")->iburst = true;
    world_start(world);
    world_run(world, 0);
    world_resolved(world, 0, (const uint8_t[]){5, 6, 0});
    world_run(world, 10);
    assert_int_equal(world_sends(world), 4);
    assert_int_equal(world_send(world, 0)->effect.send.to.bytes[3], 5);
    assert_int_equal(world_send(world, 0)->effect.send.to.port, 123);
    assert_int_equal(world_posts(world, MESSAGE_FORGET), 1);
    assert_int_equal(world_logs(world, "ntp.example: using 192.0.2.5:123"), 1);
    assert_int_equal(world_logs(world, "ntp.example (192.0.2.5:123): reachable"), 1);
    world_resolved(world, 0, (const uint8_t[]){6, 0}); /* nobody asked */
    world_run(world, 100);
    assert_int_equal(world_report(world, 0)->addr.bytes[3], 5);
    assert_int_equal(world_posts(world, MESSAGE_RESOLVE), 1);
    world_destroy(world);
}

static struct world *named_server_at_1(void) {
    struct world *world = world_create();
    world_add(world, "ntp.example");
    world_start(world);
    world_run(world, 0);
    world_resolved(world, 0, (const uint8_t[]){1, 0});
    world_run(world, 200);
    return world;
}

static void a_lost_server_moves_to_another_address(void **state) {
    (void)state;
    struct world *world = named_server_at_1();
    world->mode[1] = SERVER_SILENT;
    world_run(world, 64 * 7);
    assert_int_equal(world_posts(world, MESSAGE_RESOLVE), 1);
    world_run(world, 64 * 4);
    assert_true(world_posts(world, MESSAGE_RESOLVE) >= 2);

    world_forget_records(world);
    world_resolved(world, 0, (const uint8_t[]){1, 2, 0});
    world_run(world, 1);
    assert_int_equal(world_post(world, MESSAGE_FORGET, 0)->forget, 0);
    assert_int_equal(world_send(world, 0)->effect.send.to.bytes[3], 2);
    assert_int_equal(world_report(world, 0)->reach, 1);
    assert_int_equal(world_report(world, 0)->sent, 1);
    world_destroy(world);
}

static void a_lost_server_with_one_address_stays(void **state) {
    (void)state;
    struct world *world = named_server_at_1();
    world->mode[1] = SERVER_SILENT;
    world_run(world, 64 * 11);
    world_forget_records(world);
    for (int i = 0; i < 6; i++) {
        world_resolved(world, 0, (const uint8_t[]){1, 0});
        world_run(world, 1100);
    }
    assert_int_equal(world_posts(world, MESSAGE_FORGET), 0);
    assert_true(world_sends(world) >= 5);                  /* still being polled, */
    assert_true(world_posts(world, MESSAGE_RESOLVE) >= 3); /* still being looked up */
    assert_int_equal(world_logs(world, "no further address"), 1);
    world->mode[1] = SERVER_GOOD;
    world_run(world, 1100);
    assert_int_equal(world_report(world, 0)->reach & 1, 1);
    world_forget_records(world);
    world_run(world, 20000);
    assert_int_equal(world_posts(world, MESSAGE_RESOLVE), 0);
    world_destroy(world);
}

static void an_address_that_cannot_be_sent_to_is_left_at_once(void **state) {
    (void)state;
    struct world *world = world_create();
    world_add(world, "ntp.example");
    world->mode[1] = world->mode[2] = SERVER_UNSENT;
    world_start(world);
    world_run(world, 0);
    const uint8_t answer[] = {1, 2, 3, 0};
    world_resolved(world, 0, answer);
    for (int i = 0; i < 2; i++) { /* every address gets its turn */
        world_run(world, 5);
        world_resolved(world, 0, answer);
    }
    world_run(world, 2);
    assert_int_equal(world_report(world, 0)->addr.bytes[3], 3);
    assert_int_equal(world_report(world, 0)->received, 1);
    world_destroy(world);
}

static void refusals_end_and_grow(void **state) {
    (void)state;
    struct world *world = world_create();
    world_add(world, "192.0.2.1")->iburst = true;
    world->mode[1] = SERVER_DENY;
    world_start(world);
    world_run(world, 3590);
    assert_int_equal(world_sends(world), 1);
    assert_int_equal(world_report(world, 0)->state, ASSOCIATION_REFUSED);
    assert_int_equal(world_logs(world, "refuses to be asked"), 1);
    world_run(world, 20);
    assert_int_equal(world_sends(world), 2);
    world_run(world, 7180);
    assert_int_equal(world_sends(world), 2);
    world->mode[1] = SERVER_GOOD;
    world_run(world, 100);
    assert_int_equal(world_report(world, 0)->state, ASSOCIATION_POLLING);
    assert_int_equal(world_posts(world, MESSAGE_EXCHANGE) > 0, 1);

    world->mode[1] = SERVER_DENY;
    world_forget_records(world);
    world_run(world, 7 * 86400.0);
    size_t last = world_sends(world) - 1;
    assert_between((double)last, 8, 12);
    assert_between(world_gap_s(world, last), 86400, 86410); /* bounded */
    world_destroy(world);
}

static void a_refusing_server_with_a_name_is_replaced(void **state) {
    (void)state;
    struct world *world = world_create();
    world_add(world, "ntp.example");
    world->mode[1] = SERVER_DENY;
    world_start(world);
    world_run(world, 0);
    world_resolved(world, 0, (const uint8_t[]){1, 0});
    world_run(world, 10);
    assert_true(world_posts(world, MESSAGE_RESOLVE) >= 2);
    world_resolved(world, 0, (const uint8_t[]){1, 0});
    world_run(world, 60);
    assert_int_equal(world_report(world, 0)->state, ASSOCIATION_REFUSED);
    world_resolved(world, 0, (const uint8_t[]){1, 2, 0});
    world_run(world, 2);
    assert_int_equal(world_report(world, 0)->state, ASSOCIATION_POLLING);
    assert_int_equal(world_report(world, 0)->addr.bytes[3], 2);
    world_destroy(world);
}

static struct world *pool_of(int members) {
    struct world *world = world_create();
    world_add(world, "192.0.2.1");
    for (int i = 0; i < members; i++) {
        struct config_source *source = world_add(world, "pool.example");
        source->is_pool = true;
        source->pool_member = (uint8_t)i;
    }
    return world;
}

static void pool_members_take_different_addresses(void **state) {
    (void)state;
    struct world *world = pool_of(4);
    world_start(world);
    world_run(world, 2);
    assert_int_equal(world_posts(world, MESSAGE_RESOLVE), 1); /* one question for all */
    world_resolved(world, 1, (const uint8_t[]){1, 2, 2, 3, 0});
    world_run(world, 1.5);
    assert_int_equal(world_report(world, 1)->addr.bytes[3], 2);
    assert_int_equal(world_report(world, 2)->addr.bytes[3], 3);
    assert_int_equal(world_report(world, 3)->addr.family, ADDR_NONE);
    assert_int_equal(world_report(world, 4)->addr.family, ADDR_NONE);
    assert_int_equal(world_sends(world), 3);
    world_run(world, 10);
    assert_int_equal(world_posts(world, MESSAGE_RESOLVE), 2);
    world_resolved(world, 3, (const uint8_t[]){3, 4, 5, 0});
    world_run(world, 1.5);
    assert_int_equal(world_report(world, 3)->addr.bytes[3], 4);
    assert_int_equal(world_report(world, 4)->addr.bytes[3], 5);
    world_destroy(world);
}

static void a_refusal_holds_for_all_members(void **state) {
    (void)state;
    struct world *world = pool_of(2);
    world->mode[2] = SERVER_DENY;
    world_start(world);
    world_run(world, 2);
    world_resolved(world, 1, (const uint8_t[]){2, 0});
    world_run(world, 10);
    assert_int_equal(world_report(world, 1)->state, ASSOCIATION_REFUSED);
    for (int i = 0; i < 20; i++) {
        world_resolved(world, 1, (const uint8_t[]){2, 1, 3, 0});
        world_run(world, 5);
    }
    uint8_t a = world_report(world, 1)->addr.bytes[3], b = world_report(world, 2)->addr.bytes[3];
    assert_true((a == 2 && b == 3) || (a == 3 && b == 0)); /* the refused one went to nobody else */
    world_destroy(world);
}

static void a_named_server_takes_its_address_from_a_pool_member(void **state) {
    (void)state;
    struct world *world = pool_of(1);
    world_add(world, "ntp.example");
    world_start(world);
    world_run(world, 2);
    world_resolved(world, 1, (const uint8_t[]){2, 0});
    world_run(world, 5);
    world_forget_records(world);
    world_resolved(world, 2, (const uint8_t[]){1, 2, 0}); /* .1 is another server's */
    world_run(world, 1.5);
    assert_int_equal(world_report(world, 2)->addr.bytes[3], 2);
    assert_int_equal(world_report(world, 1)->addr.family, ADDR_NONE);
    assert_int_equal(world_posts(world, MESSAGE_FORGET), 2);
    assert_string_equal(world_post(world, MESSAGE_RESOLVE, 0)->resolve.name, "pool.example");
    world_destroy(world);
}

static void addresses_of_nobody_are_not_polled(void **state) {
    (void)state;
    struct world *world = world_create();
    world_add(world, "ntp.example");
    world_start(world);
    world_run(world, 0);
    const struct message message = {
        .kind = MESSAGE_RESOLVED,
        .resolved = {.source = 0,
                     .count = 4,
                     .addresses = {{.family = ADDR_NONE},
                                   {.family = ADDR_IPV4},
                                   {.family = ADDR_IPV4, .bytes = {224, 0, 1, 1}},
                                   {.family = ADDR_IPV6, .bytes = {0xff, 2, [15] = 1}}}}};
    world_tell(world, &message);
    world_run(world, 60);
    assert_int_equal(world_sends(world), 0);
    world_destroy(world);
}

static void a_server_configured_twice_is_polled_once(void **state) {
    (void)state;
    struct world *world = world_create();
    world_add(world, "192.0.2.1");
    world_add(world, "192.0.2.1");
    world_start(world);
    world_run(world, 30);
    assert_int_equal(world_sends(world), 1);
    assert_int_equal(world_logs(world, "configured twice"), 1);
    world_destroy(world);
}

static void eras_survive_a_wrong_host_clock(void **state) {
    (void)state;
    const int64_t host_s[] = {0, 1262304000, world_utc_s, 3600000000, 9000000000};
    for (size_t i = 0; i < sizeof host_s / sizeof host_s[0]; i++) {
        struct world *world = world_create();
        world_add(world, "192.0.2.1");
        world->host_clock = (struct utc){host_s[i] * NS_PER_S};
        world_start(world);
        world_run(world, 1);
        struct utc t2 = world_post(world, MESSAGE_EXCHANGE, 0)->exchange.t2;
        assert_between(s_from_ns(t2.ns - world_utc_s * NS_PER_S), WORLD_START_S, WORLD_START_S + 1);
        world_destroy(world);
    }
}

static void foreign_messages_change_nothing(void **state) {
    (void)state;
    struct world *world = world_create();
    world_add(world, "192.0.2.1");
    world_start(world);
    world_run(world, 1);
    world_forget_records(world);
    world_advise(world, 1, -2);
    world_advise(world, UINT16_MAX, -2);
    world_resolved(world, 0, (const uint8_t[]){9, 0});
    world_resolved(world, 64, (const uint8_t[]){9, 0});
    const struct message odd = {.kind = MESSAGE_END};
    world_tell(world, &odd);
    world_run(world, 50);
    assert_int_equal(world_sends(world), 0);
    world_destroy(world);
}

static struct world *full_house(void) {
    struct world *world = world_create();
    for (int i = 1; i <= LIMIT_SOURCES; i++) {
        char name[32];
        snprintf(name, sizeof name, "192.0.2.%d", i);
        world_add(world, name)->iburst = true;
    }
    return world;
}

static void sixty_four_sources_start_spread_and_stay_bounded(void **state) {
    (void)state;
    struct world *world = full_house();
    world_start(world);
    struct mono start = world->now;
    while (world_sends(world) < LIMIT_SOURCES) world_wake(world);
    double last_s = mono_seconds(world_send(world, LIMIT_SOURCES - 1)->at, start);
    assert_between(last_s, 0.5, 1);
    assert_true(world->most_effects <= SOURCE_EFFECTS_MAX);
    world_destroy(world);
}

static void all_due_at_once_are_served_in_portions(void **state) {
    (void)state;
    struct world *world = full_house();
    for (int i = 0; i < 256; i++) world->mode[i] = SERVER_SILENT;
    world_start(world);
    world->most_effects = world->most_entropy = world->wakes = 0;
    world->now = mono_add(world->now, 5 * NS_PER_S); /* the process was stopped for a while */
    while (!mono_before(world->now, world->outbox.wake)) world_wake(world);
    assert_int_equal(world_sends(world), LIMIT_SOURCES);
    assert_true(world->wakes <= 4);
    assert_true(world->most_effects <= SOURCE_EFFECTS_MAX);
    assert_true(world->most_entropy <= ENTROPY_BYTES / 4);
    world_destroy(world);
}

static void sixty_four_names_with_one_answer_stay_bounded(void **state) {
    (void)state;
    struct world *world = world_create();
    for (int i = 0; i < LIMIT_SOURCES; i++) world_add(world, "pool.example")->is_pool = true;
    world_start(world);
    for (uint8_t round = 0; round < 12; round++) {
        world_run(world, 70);
        uint8_t answer[9] = {0};
        for (uint8_t i = 0; i < 8; i++) answer[i] = (uint8_t)(1 + 8 * round + i);
        world_resolved(world, (uint16_t)(round * 5), answer);
        assert_true(world->most_effects <= SOURCE_EFFECTS_MAX);
        world_forget_records(world);
    }
    world_run(world, 20);
    bool taken[256] = {false};
    size_t polled = 0;
    for (uint16_t i = 0; i < LIMIT_SOURCES; i++) {
        const struct message_association *report = world_report(world, i);
        if (report->addr.family == ADDR_NONE) continue;
        assert_false(taken[report->addr.bytes[3]]);
        taken[report->addr.bytes[3]] = true;
        polled++;
    }
    assert_int_equal(polled, LIMIT_SOURCES);
    world_destroy(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failed_lookups_back_off_to_64_minutes),
        cmocka_unit_test(a_silent_resolver_is_asked_again),
        cmocka_unit_test(a_resolved_name_is_polled_and_the_keeper_starts_afresh),
        cmocka_unit_test(a_lost_server_moves_to_another_address),
        cmocka_unit_test(a_lost_server_with_one_address_stays),
        cmocka_unit_test(an_address_that_cannot_be_sent_to_is_left_at_once),
        cmocka_unit_test(refusals_end_and_grow),
        cmocka_unit_test(a_refusing_server_with_a_name_is_replaced),
        cmocka_unit_test(pool_members_take_different_addresses),
        cmocka_unit_test(a_refusal_holds_for_all_members),
        cmocka_unit_test(a_named_server_takes_its_address_from_a_pool_member),
        cmocka_unit_test(addresses_of_nobody_are_not_polled),
        cmocka_unit_test(a_server_configured_twice_is_polled_once),
        cmocka_unit_test(eras_survive_a_wrong_host_clock),
        cmocka_unit_test(foreign_messages_change_nothing),
        cmocka_unit_test(sixty_four_sources_start_spread_and_stay_bounded),
        cmocka_unit_test(all_due_at_once_are_served_in_portions),
        cmocka_unit_test(sixty_four_names_with_one_answer_stay_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* For whom keys are: names with several addresses, of which some are silent or have other keys;
 * keys for one address; hosts that give keys and servers that give time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/keying_world.h"

/* Of a name with two addresses the first one gives keys, but no time. */
static void keys_go_along_to_the_next_address_of_the_name(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    f->config.nts.refresh_s = 1000;
    begin_named(f, "time.example");
    grant(f, ERR_OK, "", LIMIT_NTS_COOKIES);
    silent_until_lookup(f, 1, "time.example");
    unsigned to_first = f->sent_to[1];
    two_addresses(f);
    for (int i = 0; i < 10; i++) answered_by(f, 2);
    assert_int_equal(f->wants, 1);
    /* New keys are got where the old ones came from, and used where time is given. */
    f->outbox.count = 0;
    while (f->wants == 1) answered_by(f, 2);
    assert_int_equal(f->asked.bytes[3], 1);
    grant(f, ERR_OK, "", LIMIT_NTS_COOKIES);
    for (int i = 0; i < 10; i++) answered_by(f, 2);
    assert_int_equal(f->sent_to[1], to_first);
    assert_int_equal(f->wants, 2);
    fixture_free(f);
}

/* The last cookie is gone when the name is looked up: with new keys it goes on where it was. */
static void new_keys_do_not_lead_back(void **state) {
    (void)state;
    for (int named = 0; named < 2; named++) {
        struct fixture *f = fixture_create();
        const char *server = named ? "ntp.example" : "";
        begin_named(f, "time.example");
        grant(f, ERR_OK, server, LIMIT_NTS_COOKIES);
        if (named) {
            assert_non_null(wait_for(f, 5, EFFECT_POST, MESSAGE_RESOLVE));
            two_addresses(f);
        }
        uint8_t first = named ? 2 : 1;
        f->outbox.count = 0;
        while (f->sent_to[first] < LIMIT_NTS_COOKIES) {
            assert_non_null(wait_for(f, 100, EFFECT_SEND, 0));
            f->outbox.count = 0;
        }
        two_addresses(f);
        assert_non_null(wait_for(f, 100, EFFECT_POST, MESSAGE_NTS_WANT));
        grant(f, ERR_OK, server, LIMIT_NTS_COOKIES);
        answered_by(f, 3 - first);
        fixture_free(f);
    }
}

/* The same where the server record names the server. */
static void keys_go_along_to_the_next_address_of_the_record(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    f->config.nts.refresh_s = 1000;
    restart(f);
    begin(f);
    grant(f, ERR_OK, "ntp.example", LIMIT_NTS_COOKIES);
    assert_non_null(wait_for(f, 5, EFFECT_POST, MESSAGE_RESOLVE));
    two_addresses(f); /* the first is the host of the keys as well: it may be both */
    silent_until_lookup(f, 2, "ntp.example");
    two_addresses(f);
    unsigned to_second = f->sent_to[2];
    while (f->wants == 1) answered_by(f, 1);
    for (int times = 2; times < 4; times++) {
        grant(f, ERR_OK, "NTP.example", LIMIT_NTS_COOKIES);
        while (f->wants == (unsigned)times) answered_by(f, 1);
    }
    assert_int_equal(f->sent_to[2], to_second);
    assert_int_equal(f->resolves, 2);
    fixture_free(f);
}

static void who_gives_keys_may_be_the_server_that_they_name(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    begin(f);
    grant(f, ERR_OK, "ntp.example", LIMIT_NTS_COOKIES);
    assert_non_null(wait_for(f, 5, EFFECT_POST, MESSAGE_RESOLVE));
    resolve(f, 1);
    answered_by(f, 1);
    fixture_free(f);
}

/* Who gives no keys is not asked twice in a row, and the time is asked of who gave them. */
static void another_host_is_asked_for_keys(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    begin_named(f, "time.example");
    grant(f, ERR_IO, "", 0);
    assert_non_null(wait_for(f, 5, EFFECT_POST, MESSAGE_RESOLVE));
    two_addresses(f);
    assert_non_null(wait_for(f, 30, EFFECT_POST, MESSAGE_NTS_WANT));
    assert_int_equal(f->asked.bytes[3], 2);
    grant(f, ERR_OK, "", LIMIT_NTS_COOKIES);
    answered_by(f, 2);
    assert_int_equal(f->sent_to[1], 0);
    fixture_free(f);
}

/* While the server is well, new keys are sought at all hosts of the name without leaving it. */
static void looking_for_keys_does_not_move_the_server(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    f->config.nts.refresh_s = 100;
    begin_named(f, "time.example");
    grant(f, ERR_OK, "ntp.example", LIMIT_NTS_COOKIES);
    assert_non_null(wait_for(f, 5, EFFECT_POST, MESSAGE_RESOLVE));
    two_addresses(f);
    while (f->wants == 1) answered_by(f, 2);
    assert_int_equal(f->asked.bytes[3], 1);
    grant(f, ERR_STALE, "", 0);
    const struct effect *asked = wait_for(f, 30, EFFECT_POST, MESSAGE_RESOLVE);
    assert_non_null(asked);
    assert_string_equal(asked->post.message.resolve.name, "time.example");
    two_addresses(f);
    while (f->wants == 2) answered_by(f, 2);
    assert_int_equal(f->asked.bytes[3], 2);
    grant(f, ERR_OK, "ntp.example", LIMIT_NTS_COOKIES);
    answered_by(f, 2);
    assert_int_equal(f->sent_to[1], 0);
    fixture_free(f);
}

/* Two hosts of one name that do not share their keys: who refuses is asked for new ones. */
static void who_refuses_is_asked_for_keys(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    begin_named(f, "time.example");
    grant(f, ERR_OK, "", LIMIT_NTS_COOKIES);
    silent_until_lookup(f, 1, "time.example");
    two_addresses(f);
    nts_cookie_generate(&f->keys, f->now, &f->entropy);
    for (int naks = 1; naks <= 2; naks++) {
        f->outbox.count = 0;
        answer(f, wait_for(f, 60, EFFECT_SEND, 0));
    }
    assert_non_null(wait_for(f, 60, EFFECT_POST, MESSAGE_NTS_WANT));
    assert_int_equal(f->asked.bytes[3], 2);
    grant(f, ERR_OK, "", LIMIT_NTS_COOKIES);
    answered_by(f, 2);
    fixture_free(f);
}

/* Keys that were granted for an address, or by one member of a pool, are for nobody else. */
static void keys_for_one_address_go_nowhere_else(void **state) {
    (void)state;
    for (int pool = 0; pool < 2; pool++) {
        struct fixture *f = fixture_create();
        f->config.sources[0].is_pool = pool == 1;
        begin_named(f, "time.example");
        grant(f, ERR_OK, pool ? "" : "192.0.2.77", LIMIT_NTS_COOKIES);
        silent_until_lookup(f, pool ? 1 : 77, "time.example");
        two_addresses(f);
        uint8_t next = pool ? 2 : 1;
        assert_non_null(wait_for(f, 60, EFFECT_POST, MESSAGE_NTS_WANT));
        assert_int_equal(f->asked.bytes[3], next);
        assert_int_equal(f->sent_to[2] + f->sent_to[next], 0);
        grant(f, ERR_OK, "", LIMIT_NTS_COOKIES);
        answered_by(f, next);
        fixture_free(f);
    }
}

/* What another host answers to a question that was for this one. */
static void keys_of_another_host_are_not_taken(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    begin(f);
    f->asked.bytes[3] = 9;
    grant(f, ERR_OK, "", LIMIT_NTS_COOKIES);
    assert_null(wait_for(f, 10, EFFECT_SEND, 0));
    assert_int_equal(report(f).establishments, 0);
    fixture_free(f);
}

/* The answer to a look-up of one name must not be taken for that of another. */
static void an_answer_for_a_former_name_is_none(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    begin_named(f, "time.example");
    grant(f, ERR_IO, "", 0); /* so the hosts of that name are looked up */
    assert_non_null(wait_for(f, 5, EFFECT_POST, MESSAGE_RESOLVE));
    assert_non_null(wait_for(f, 60, EFFECT_POST, MESSAGE_NTS_WANT));
    f->outbox.count = 0;
    grant(f, ERR_OK, "ntp.example", LIMIT_NTS_COOKIES);
    two_addresses(f); /* of time.example */
    assert_int_equal(f->sent_to[1] + f->sent_to[2], 0);
    assert_null(found(f, EFFECT_SEND, 0));
    assert_non_null(wait_for(f, 60, EFFECT_POST, MESSAGE_RESOLVE));
    assert_int_equal(f->sent_to[1] + f->sent_to[2], 0);
    two_addresses(f);
    answered_by(f, 2);
    fixture_free(f);
}

/* Keys for an address that another source has: a pool's member leaves it, any other keeps it, and
 * then the question is put again later. */
static void keys_for_a_taken_address(void **state) {
    (void)state;
    for (int numeric = 0; numeric < 2; numeric++) {
        struct fixture *f = fixture_create();
        struct config_source *other = &f->config.sources[f->config.source_count++];
        *other = f->config.sources[0];
        other->nts = false;
        snprintf(other->name, sizeof other->name, "%s", "192.0.2.77");
        other->addr.bytes[3] = 77;
        restart(f);
        if (numeric == 1)
            begin(f);
        else
            begin_named(f, "time.example");
        uint8_t first = f->asked.bytes[3];
        grant(f, ERR_OK, "192.0.2.77", LIMIT_NTS_COOKIES);
        struct mono declined = f->now;
        unsigned wants = f->wants;
        while (f->wants == wants && f->outbox.wake.ns < mono_add(declined, ns_from_s(8000)).ns) {
            f->now = f->outbox.wake;
            step(f, (struct event){.kind = EVENT_WAKE});
            if (found(f, EFFECT_POST, MESSAGE_RESOLVE)) two_addresses(f);
        }
        assert_int_equal(f->wants, wants + 1);
        if (numeric == 1) {
            assert_int_equal(f->asked.bytes[3], first);
            assert_true(mono_seconds(f->now, declined) > 3000);
        }
        /* By now the keys are for the host itself. */
        unsigned to_host = f->sent_to[f->asked.bytes[3]];
        grant(f, ERR_OK, "", LIMIT_NTS_COOKIES);
        f->outbox.count = 0;
        for (int i = 0; i < 10 && f->sent_to[f->asked.bytes[3]] == to_host; i++) {
            f->outbox.count = 0;
            assert_non_null(wait_for(f, 100, EFFECT_SEND, 0));
        }
        assert_int_equal(f->sent_to[f->asked.bytes[3]], to_host + 1);
        fixture_free(f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_go_along_to_the_next_address_of_the_name),
        cmocka_unit_test(new_keys_do_not_lead_back),
        cmocka_unit_test(keys_go_along_to_the_next_address_of_the_record),
        cmocka_unit_test(who_gives_keys_may_be_the_server_that_they_name),
        cmocka_unit_test(another_host_is_asked_for_keys),
        cmocka_unit_test(looking_for_keys_does_not_move_the_server),
        cmocka_unit_test(who_refuses_is_asked_for_keys),
        cmocka_unit_test(keys_for_one_address_go_nowhere_else),
        cmocka_unit_test(keys_of_another_host_are_not_taken),
        cmocka_unit_test(an_answer_for_a_former_name_is_none),
        cmocka_unit_test(keys_for_a_taken_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The keyer's keys: where they come from, when they rotate, what is written, what follows an epoch;
 * its questions, its time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jobs/keyer.h"

struct fixture {
    struct config config;
    struct clock_page clock;
    struct key_page page;
    struct keyer keyer;
    struct keyer_start start;
    struct outbox outbox;
    struct entropy entropy;
};

static struct fixture *fixture_create(uint32_t rotate_s) {
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    config_default(&f->config);
    f->config.nts.rotate_s = rotate_s;
    strcpy(f->config.nts.dump_dir, "/keys");
    for (size_t i = 0; i < sizeof f->entropy.bytes; i++) f->entropy.bytes[i] = (uint8_t)(i * 31);
    f->start = (struct keyer_start){.config = &f->config,
                                    .clock = &f->clock,
                                    .page = &f->page,
                                    .floor = {INT64_C(1790000000) * NS_PER_S}};
    return f;
}

static void step(struct fixture *f, enum event_kind kind, double at_s) {
    const struct event event = {.kind = kind, .now = {ns_from_s(at_s)}, .entropy = &f->entropy};
    f->outbox.count = 0;
    f->entropy.used = 0;
    for (size_t i = 0; i < 64; i++) f->entropy.bytes[i * 8]++;
    keyer_step(&f->keyer, &event, &f->outbox);
    assert_true(f->outbox.count <= KEYER_EFFECTS_MAX);
}

static void begin(struct fixture *f, double at_s) {
    assert_int_equal(keyer_init(&f->keyer, &f->start, (struct mono){ns_from_s(at_s)}), 0);
    step(f, EVENT_START, at_s);
}

static const struct message *posted(const struct fixture *f, enum job_id to,
                                    enum message_kind kind) {
    for (size_t i = 0; i < f->outbox.count; i++) {
        const struct effect *effect = &f->outbox.effects[i];
        if (effect->kind == EFFECT_POST && effect->post.to == to &&
            effect->post.message.kind == kind)
            return &effect->post.message;
    }
    return NULL;
}

static uint32_t published(struct fixture *f) {
    struct nts_keys keys;
    assert_int_equal(key_page_read(&f->page, &keys), ERR_OK);
    return keys.slots[keys.current].id;
}

static void set_time(struct fixture *f, int64_t utc_s) {
    const struct clock_state state = {.line = {.tai0 = {(utc_s + 37) * NS_PER_S}},
                                      .void_after = MONO_NEVER,
                                      .synchronised = true,
                                      .stratum = 1,
                                      .bound_max_s = 1,
                                      .tai_utc_s = 37,
                                      .tai_utc_after_s = 37,
                                      .next_leap = {INT64_MAX}};
    clock_page_publish(&f->clock, &state);
}

static void keys_are_made_kept_and_rotated(void **state) {
    (void)state;
    struct fixture *f = fixture_create(100);
    begin(f, 1);
    const struct message *dump = posted(f, JOB_PARENT, MESSAGE_NTS_DUMP);
    assert_non_null(dump);
    assert_memory_equal(dump->nts_dump.text, "NKS1\n", 5);
    assert_int_equal(strlen(dump->nts_dump.text), dump->nts_dump.length);
    assert_non_null(posted(f, JOB_STATUS, MESSAGE_KEYING));
    uint32_t first = published(f);
    step(f, EVENT_WAKE, 100);
    assert_int_equal(published(f), first);
    assert_null(posted(f, JOB_PARENT, MESSAGE_NTS_DUMP));
    step(f, EVENT_WAKE, 101.5);
    assert_int_not_equal(published(f), first);
    assert_non_null(posted(f, JOB_PARENT, MESSAGE_NTS_DUMP));
    assert_int_equal(f->keyer.report.rotations, 1);
    free(f);
}

static void a_new_keyer_goes_on_with_the_page(void **state) {
    (void)state;
    struct fixture *f = fixture_create(100);
    begin(f, 1);
    uint32_t first = published(f);
    uint64_t version = key_page_version(&f->page);
    begin(f, 50);
    assert_int_equal(published(f), first);
    assert_int_equal(key_page_version(&f->page), version);
    step(f, EVENT_WAKE, 101.5); /* the age of the key went on, too */
    assert_int_not_equal(published(f), first);
    free(f);
}

static void after_a_restart_the_file_counts(void **state) {
    (void)state;
    struct fixture *f = fixture_create(100);
    char text[NTS_KEYS_TEXT_BYTES];
    begin(f, 1);
    uint32_t first = published(f);
    f->start.keys_length =
        nts_cookie_build(&f->keyer.keys, NTS_COOKIE_NKS1, (struct mono){40 * NS_PER_S}, text);
    f->start.keys_text = text;
    memset(&f->page, 0, sizeof f->page);
    begin(f, 1000);
    assert_int_equal(published(f), first);
    step(f, EVENT_WAKE, 1050);
    assert_int_equal(published(f), first);
    step(f, EVENT_WAKE, 1062);
    assert_int_not_equal(published(f), first);
    /* A file that is none is said with its line, and new keys are made. */
    memset(&f->page, 0, sizeof f->page);
    f->start.keys_text = "NKS1\nnonsense\n";
    f->start.keys_length = strlen(f->start.keys_text);
    assert_int_equal(keyer_init(&f->keyer, &f->start, (struct mono){0}), 2);
    step(f, EVENT_START, 2000);
    assert_true(f->keyer.has_keys);
    free(f);
}

static void file_keeps_its_format(void **state) {
    (void)state;
    struct fixture *f = fixture_create(3600);
    char text[NTS_KEYS_TEXT_BYTES];
    struct nts_keys keys;
    f->entropy.used = 0;
    nts_cookie_generate(&keys, (struct mono){0}, &f->entropy);
    f->start.keys_length = nts_cookie_build(&keys, NTS_COOKIE_NKS0, (struct mono){0}, text);
    f->start.keys_text = text;
    begin(f, 1);
    const struct message *dump = posted(f, JOB_PARENT, MESSAGE_NTS_DUMP);
    assert_non_null(dump);
    assert_memory_equal(dump->nts_dump.text, "NKS0\n", 5);
    free(f);
}

static void keys_managed_by_others_are_never_made_or_written(void **state) {
    (void)state;
    struct fixture *f = fixture_create(0);
    begin(f, 1);
    assert_false(f->keyer.has_keys);
    assert_int_equal(key_page_version(&f->page), 0);
    assert_null(posted(f, JOB_PARENT, MESSAGE_NTS_DUMP));
    char text[NTS_KEYS_TEXT_BYTES];
    struct nts_keys keys;
    f->entropy.used = 0;
    nts_cookie_generate(&keys, (struct mono){0}, &f->entropy);
    f->start.keys_length = nts_cookie_build(&keys, NTS_COOKIE_NKS1, (struct mono){0}, text);
    f->start.keys_text = text;
    begin(f, 2);
    assert_int_equal(published(f), keys.slots[keys.current].id);
    assert_null(posted(f, JOB_PARENT, MESSAGE_NTS_DUMP));
    step(f, EVENT_WAKE, 1e7);
    assert_int_equal(published(f), keys.slots[keys.current].id);
    free(f);
}

static void fleets_agree_by_the_time_alone(void **state) {
    (void)state;
    const struct nts_fleet fleet = {.epoch = 480000, .secret = {1, 2, 3}};
    struct fixture *a = fixture_create(3600), *b = fixture_create(3600);
    a->start.fleet = b->start.fleet = &fleet;
    begin(a, 1);
    assert_false(a->keyer.has_keys); /* the time is not known */
    set_time(a, INT64_C(1790000000));
    set_time(b, INT64_C(1790000000) + 7);
    step(a, EVENT_WAKE, 2);
    begin(b, 77);
    assert_int_equal(published(a), published(b));
    assert_memory_equal(&a->keyer.keys.slots, &b->keyer.keys.slots, sizeof a->keyer.keys.slots);
    uint32_t first = published(a);
    step(a, EVENT_WAKE, 3602);
    assert_int_not_equal(published(a), first);
    set_time(a, INT64_C(1790000000) - 7200); /* never back */
    uint32_t second = published(a);
    step(a, EVENT_WAKE, 3603);
    assert_int_equal(published(a), second);
    free(a);
    free(b);
}

static void a_fleet_that_lies_ahead_gives_no_keys(void **state) {
    (void)state;
    const struct nts_fleet fleet = {.epoch = 500000};
    struct fixture *f = fixture_create(3600);
    f->start.fleet = &fleet;
    set_time(f, INT64_C(1790000000));
    begin(f, 1);
    assert_false(f->keyer.has_keys);
    free(f);
}

static void fleet_secrets_as_text(void **state) {
    (void)state;
    static const char good[] =
        "12 000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F\n";
    struct nts_fleet fleet = {.epoch = 1};
    assert_int_equal(keyer_fleet_parse(good, strlen(good), &fleet), ERR_OK);
    assert_int_equal(fleet.epoch, 12);
    for (int i = 0; i < 32; i++) assert_int_equal(fleet.secret[i], i);
    for (size_t length = 0; length < strlen(good) - 1; length++)
        assert_int_equal(keyer_fleet_parse(good, length, &fleet), ERR_SYNTAX);
    char bad[sizeof good];
    memcpy(bad, good, sizeof bad);
    bad[20] = 'g';
    assert_int_equal(keyer_fleet_parse(bad, strlen(bad), &fleet), ERR_SYNTAX);
    assert_int_equal(keyer_fleet_parse("99999999999999999999 ", 21, &fleet), ERR_RANGE);
    assert_int_equal(fleet.epoch, 12);
}

static void questions_wait_one_for_each_source(void **state) {
    (void)state;
    struct fixture *f = fixture_create(100);
    struct message_nts_want want;
    begin(f, 1);
    for (uint16_t port = 1; port <= 3; port++) {
        const struct message question = {
            .kind = MESSAGE_NTS_WANT,
            .nts_want = {(uint16_t)(port % 2), "ntp.example", {.family = ADDR_IPV4, .port = port}}};
        const struct event event = {
            .kind = EVENT_MESSAGE, .message = &question, .entropy = &f->entropy};
        keyer_step(&f->keyer, &event, &f->outbox);
    }
    assert_true(keyer_take_want(&f->keyer, &want));
    assert_int_equal(want.addr.port, 2);
    assert_true(keyer_take_want(&f->keyer, &want));
    assert_int_equal(want.addr.port, 3); /* the newest of source 1 */
    assert_false(keyer_take_want(&f->keyer, &want));
    assert_int_equal(f->keyer.report.asked, 3);
    free(f);
}

static void time_is_etalons_or_the_floor(void **state) {
    (void)state;
    struct fixture *f = fixture_create(100);
    struct utc utc;
    begin(f, 1);
    assert_false(keyer_time(&f->keyer, (struct mono){NS_PER_S}, &utc));
    assert_int_equal(utc.ns / NS_PER_S, 1790000000);
    /* The counter may run fast: what it counts has not certainly passed. */
    assert_false(keyer_time(&f->keyer, (struct mono){11 * NS_PER_S}, &utc));
    assert_in_range(utc.ns / 1000000, INT64_C(1790000009990), INT64_C(1790000009999));
    set_time(f, INT64_C(1800000000));
    assert_true(keyer_time(&f->keyer, (struct mono){0}, &utc));
    assert_int_equal(utc.ns / NS_PER_S, 1800000000);
    /* Once known it stays a floor when time is lost again. */
    step(f, EVENT_WAKE, 2);
    memset(&f->clock, 0, sizeof f->clock);
    assert_false(keyer_time(&f->keyer, (struct mono){102 * NS_PER_S}, &utc));
    assert_in_range(utc.ns / NS_PER_S, 1800000090, 1800000110);
    free(f);
}

/* What Roughtime servers proved at at_s; told one second later. */
static void prove(struct fixture *f, double at_s, int64_t low_utc_s) {
    const struct message message = {
        .kind = MESSAGE_BOUND,
        .bound = {{ns_from_s(at_s)}, {low_utc_s * NS_PER_S}, {(low_utc_s + 6) * NS_PER_S}}};
    const struct event event = {.kind = EVENT_MESSAGE,
                                .now = {ns_from_s(at_s + 1)},
                                .message = &message,
                                .entropy = &f->entropy};
    f->outbox.count = 0;
    keyer_step(&f->keyer, &event, &f->outbox);
}

static void check_floor(const struct fixture *f, double at_s, int64_t utc_s) {
    struct utc utc;
    assert_false(keyer_time(&f->keyer, (struct mono){ns_from_s(at_s)}, &utc));
    assert_in_range(utc.ns / NS_PER_S, utc_s - 1, utc_s);
}

static void what_roughtime_proves_is_the_floor_at_the_start(void **state) {
    (void)state;
    struct fixture *f = fixture_create(100);
    begin(f, 1);
    prove(f, 5, 1789000000); /* less than is known */
    check_floor(f, 6, 1790000005);
    assert_int_equal(f->outbox.count, 0);
    prove(f, 7, 1795000000);
    check_floor(f, 8, 1795000001);
    assert_int_equal(f->outbox.count, 1);
    assert_int_equal(f->outbox.effects[0].kind, EFFECT_LOG);
    assert_non_null(strstr(f->outbox.effects[0].log.text, "Roughtime"));
    step(f, EVENT_WAKE, 9);
    prove(f, 7, 1795000000); /* said again */
    check_floor(f, 11, 1795000004);
    assert_int_equal(f->outbox.count, 0);
    /* Servers that erred did so for hours, not for ever; what is certain stays. */
    prove(f, 20, 1794000000);
    check_floor(f, 21, 1794000001);
    prove(f, 30, 1000000000);
    check_floor(f, 31, 1790000030);
    free(f);
}

/* The timescale rules, be it below what was proven, and as the floor once it is lost. */
static void a_proven_floor_is_never_beyond_a_timescale(void **state) {
    (void)state;
    struct fixture *f = fixture_create(100);
    struct utc utc;
    begin(f, 1);
    prove(f, 5, 1795000000);
    set_time(f, 1792000000);
    step(f, EVENT_WAKE, 6);
    assert_true(keyer_time(&f->keyer, (struct mono){6 * NS_PER_S}, &utc));
    assert_int_equal(utc.ns / NS_PER_S, 1792000006);
    prove(f, 7, 1791000000);
    assert_int_equal(f->outbox.count, 0);
    memset(&f->clock, 0, sizeof f->clock);
    check_floor(f, 8, 1792000008);
    free(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_made_kept_and_rotated),
        cmocka_unit_test(a_new_keyer_goes_on_with_the_page),
        cmocka_unit_test(after_a_restart_the_file_counts),
        cmocka_unit_test(file_keeps_its_format),
        cmocka_unit_test(keys_managed_by_others_are_never_made_or_written),
        cmocka_unit_test(fleets_agree_by_the_time_alone),
        cmocka_unit_test(a_fleet_that_lies_ahead_gives_no_keys),
        cmocka_unit_test(fleet_secrets_as_text),
        cmocka_unit_test(questions_wait_one_for_each_source),
        cmocka_unit_test(time_is_etalons_or_the_floor),
        cmocka_unit_test(what_roughtime_proves_is_the_floor_at_the_start),
        cmocka_unit_test(a_proven_floor_is_never_beyond_a_timescale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

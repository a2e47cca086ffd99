/* An association under NTS, seen through the source job: nothing is sent without keys, NAKs are
 * hints, keys are asked for with patience, another server may be named, cookies are kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/keying_world.h"

static void nothing_is_sent_without_keys(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    begin(f);
    const struct message_nts_want *want =
        &found(f, EFFECT_POST, MESSAGE_NTS_WANT)->post.message.nts_want;
    assert_string_equal(want->name, "192.0.2.1");
    assert_int_equal(want->addr.port, 4460);
    /* Refused again and again: questions come with growing waits, and never a request. */
    struct mono last = f->now;
    int64_t wait_ns = 0;
    for (int i = 0; i < 8; i++) {
        f->outbox.count = 0;
        grant(f, ERR_CERTIFICATE, "", 0);
        assert_null(wait_for(f, 0.5, EFFECT_SEND, 0));
        assert_non_null(wait_for(f, 5000, EFFECT_POST, MESSAGE_NTS_WANT));
        assert_null(found(f, EFFECT_SEND, 0));
        assert_true(mono_diff(f->now, last) * 3 > wait_ns * 2);
        wait_ns = mono_diff(f->now, last);
        last = f->now;
    }
    assert_true(wait_ns > 100 * NS_PER_S);
    struct message_association a = report(f);
    assert_int_equal(a.auth, ASSOCIATION_AUTH_KEYING);
    assert_int_equal(a.establishments_failed, 8);
    assert_int_equal(a.last_refusal, ERR_CERTIFICATE);
    assert_int_equal(a.sent, 0);
    fixture_free(f);
}

static void keys_then_requests_and_new_cookies(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    begin(f);
    grant(f, ERR_OK, "", LIMIT_NTS_COOKIES);
    for (int i = 0; i < 12; i++) {
        const struct effect *sent = wait_for(f, 30, EFFECT_SEND, 0);
        assert_non_null(sent);
        assert_true(addr_same(&sent->send.to, &host));
        answer(f, sent);
        assert_non_null(found(f, EFFECT_POST, MESSAGE_EXCHANGE));
        assert_null(found(f, EFFECT_POST, MESSAGE_NTS_WANT));
    }
    struct message_association a = report(f);
    assert_int_equal(a.auth, ASSOCIATION_AUTH_KEYED);
    assert_int_equal(a.cookies, LIMIT_NTS_COOKIES);
    assert_int_equal(a.received, 12);
    fixture_free(f);
}

/* A stranger's grant, and one that nobody asked for, change nothing. */
static void grants_that_nobody_asked_for(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    begin(f);
    grant(f, ERR_OK, "", 1);
    grant(f, ERR_OK, "", LIMIT_NTS_COOKIES);
    assert_int_equal(report(f).establishments, 1);
    fixture_free(f);
}

static void cookies_run_out(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    begin(f);
    grant(f, ERR_OK, "", 2);
    for (int i = 0; i < 2; i++) {
        assert_non_null(wait_for(f, 60, EFFECT_SEND, 0));
        f->outbox.count = 0;
    }
    assert_non_null(wait_for(f, 100, EFFECT_POST, MESSAGE_NTS_WANT));
    assert_null(found(f, EFFECT_SEND, 0));
    fixture_free(f);
}

static void one_nak_is_a_hint_two_are_believed(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    begin(f);
    grant(f, ERR_OK, "", LIMIT_NTS_COOKIES);
    nts_cookie_generate(&f->keys, f->now, &f->entropy); /* the server has lost its keys */
    for (int naks = 1; naks <= 2; naks++) {
        const struct effect *sent = wait_for(f, 60, EFFECT_SEND, 0);
        assert_non_null(sent);
        assert_null(found(f, EFFECT_POST, MESSAGE_NTS_WANT));
        answer(f, sent);
        assert_null(found(f, EFFECT_POST, MESSAGE_EXCHANGE));
        f->outbox.count = 0;
    }
    assert_non_null(wait_for(f, 60, EFFECT_POST, MESSAGE_NTS_WANT));
    grant(f, ERR_OK, "", LIMIT_NTS_COOKIES);
    answer(f, wait_for(f, 60, EFFECT_SEND, 0));
    assert_non_null(found(f, EFFECT_POST, MESSAGE_EXCHANGE));
    assert_int_equal(report(f).naks, 2);
    fixture_free(f);
}

static void old_keys_are_renewed_while_they_serve(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    f->config.nts.refresh_s = 100;
    free(f->source);
    f->source = source_init(calloc(1, source_bytes(&f->config)), &f->config);
    begin(f);
    grant(f, ERR_OK, "", LIMIT_NTS_COOKIES);
    struct mono keyed = f->now;
    while (mono_seconds(f->now, keyed) < 70) {
        const struct effect *sent = wait_for(f, 60, EFFECT_SEND, 0);
        assert_non_null(sent);
        answer(f, sent);
        f->outbox.count = 0;
    }
    assert_non_null(wait_for(f, 60, EFFECT_POST, MESSAGE_NTS_WANT));
    assert_non_null(found(f, EFFECT_SEND, 0)); /* by the old ones meanwhile */
    fixture_free(f);
}

static void another_server_by_address_or_name(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    begin(f);
    grant(f, ERR_OK, "192.0.2.77", LIMIT_NTS_COOKIES);
    assert_int_equal(wait_for(f, 5, EFFECT_SEND, 0)->send.to.bytes[3], 77);
    fixture_free(f);

    f = fixture_create();
    begin(f);
    grant(f, ERR_OK, "ntp.example", LIMIT_NTS_COOKIES);
    const struct effect *asked = wait_for(f, 5, EFFECT_POST, MESSAGE_RESOLVE);
    assert_non_null(asked);
    assert_string_equal(asked->post.message.resolve.name, "ntp.example");
    assert_null(found(f, EFFECT_SEND, 0));
    struct message resolved = {
        .kind = MESSAGE_RESOLVED,
        .resolved = {.count = 1, .addresses = {{.family = ADDR_IPV4, .bytes = {192, 0, 2, 88}}}}};
    step(f, (struct event){.kind = EVENT_MESSAGE, .message = &resolved});
    const struct effect *sent = wait_for(f, 5, EFFECT_SEND, 0);
    assert_int_equal(sent->send.to.bytes[3], 88);
    answer(f, sent);
    assert_non_null(found(f, EFFECT_POST, MESSAGE_EXCHANGE));
    fixture_free(f);
}

static void what_was_kept_is_resumed(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    begin(f);
    grant(f, ERR_OK, "192.0.2.77", LIMIT_NTS_COOKIES);
    answer(f, wait_for(f, 5, EFFECT_SEND, 0));
    const struct effect *kept = found(f, EFFECT_POST, MESSAGE_NTS_KEEP);
    assert_non_null(kept);
    assert_int_equal(kept->post.to, JOB_PARENT);
    struct message_nts_keep keep = kept->post.message.nts_keep;
    assert_int_equal(keep.credentials.count, LIMIT_NTS_COOKIES);

    free(f->source);
    f->source = source_init(calloc(1, source_bytes(&f->config)), &f->config);
    struct message_nts_keep strange = keep;
    strange.ke_port++;
    assert_false(source_resume(f->source, &strange, f->now));
    strange = keep;
    strange.credentials.count = 0;
    assert_false(source_resume(f->source, &strange, f->now));
    assert_true(source_resume(f->source, &keep, f->now));
    step(f, (struct event){.kind = EVENT_START});
    const struct effect *sent = wait_for(f, 5, EFFECT_SEND, 0);
    assert_non_null(sent);
    assert_int_equal(sent->send.to.bytes[3], 77);
    assert_null(found(f, EFFECT_POST, MESSAGE_NTS_WANT));
    answer(f, sent);
    assert_non_null(found(f, EFFECT_POST, MESSAGE_EXCHANGE));
    fixture_free(f);
}

/* Who sees a request can send the same NAK again and again. */
static void a_nak_that_is_replayed_counts_once(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    begin(f);
    grant(f, ERR_OK, "", LIMIT_NTS_COOKIES);
    nts_cookie_generate(&f->keys, f->now, &f->entropy);
    struct effect sent = *wait_for(f, 60, EFFECT_SEND, 0);
    for (int copies = 0; copies < 5; copies++) answer(f, &sent);
    struct message_association a = report(f);
    assert_int_equal(a.naks, 1);
    assert_int_equal(a.drops[ERR_NTS_NAK], 5);
    f->outbox.count = 0;
    assert_non_null(wait_for(f, 60, EFFECT_SEND, 0));
    assert_int_equal(f->wants, 1); /* not believed yet */
    fixture_free(f);
}

/* At the stop the parent gets the cookies that are left by then, and for whom they are. */
static void the_last_cookies_are_kept(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    begin_named(f, "time.example");
    step(f, (struct event){.kind = EVENT_STOP});
    assert_null(found(f, EFFECT_POST, MESSAGE_NTS_KEEP)); /* no keys, nothing to keep */
    grant(f, ERR_OK, "", LIMIT_NTS_COOKIES);
    answered_by(f, 1);
    f->outbox.count = 0;
    assert_non_null(wait_for(f, 60, EFFECT_SEND, 0));
    assert_null(found(f, EFFECT_POST, MESSAGE_NTS_KEEP));
    step(f, (struct event){.kind = EVENT_STOP});
    const struct effect *kept = found(f, EFFECT_POST, MESSAGE_NTS_KEEP);
    assert_non_null(kept);
    assert_int_equal(kept->post.to, JOB_PARENT);
    struct message_nts_keep keep = kept->post.message.nts_keep;
    assert_int_equal(keep.credentials.count, LIMIT_NTS_COOKIES - 1);
    assert_string_equal(keep.covers, "time.example");
    /* The next run may use them at every address of that name, too. */
    restart(f);
    assert_true(source_resume(f->source, &keep, f->now));
    step(f, (struct event){.kind = EVENT_START});
    silent_until_lookup(f, 1, "time.example");
    two_addresses(f);
    answered_by(f, 2);
    assert_int_equal(f->wants, 1);
    fixture_free(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_sent_without_keys),
        cmocka_unit_test(keys_then_requests_and_new_cookies),
        cmocka_unit_test(grants_that_nobody_asked_for),
        cmocka_unit_test(cookies_run_out),
        cmocka_unit_test(one_nak_is_a_hint_two_are_believed),
        cmocka_unit_test(old_keys_are_renewed_while_they_serve),
        cmocka_unit_test(another_server_by_address_or_name),
        cmocka_unit_test(what_was_kept_is_resumed),
        cmocka_unit_test(a_nak_that_is_replayed_counts_once),
        cmocka_unit_test(the_last_cookies_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* An association under NTS, seen through the source job: nothing is sent without keys, NAKs are
 * hints, keys are asked for with patience, another server may be named, cookies are kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jobs/keying.h"
#include "jobs/source.h"
#include "proto/nts_server.h"

static const struct addr host = {.family = ADDR_IPV4, .bytes = {192, 0, 2, 1}, .port = 123};
static const int64_t utc0_s = 1790000000;

struct fixture {
    struct config config;
    struct source *source;
    struct nts_keys keys; /* the server's */
    struct nts_session session;
    struct nonce nonces;
    struct entropy entropy;
    struct outbox outbox;
    struct mono now;
};

static struct fixture *fixture_create(void) {
    static const uint8_t seed[NONCE_SEED_BYTES] = {1};
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    config_default(&f->config);
    f->config.sources[0] = (struct config_source){.name = "192.0.2.1",
                                                  .addr = host,
                                                  .port = 123,
                                                  .nts = true,
                                                  .nts_port = 4460,
                                                  .version = 4,
                                                  .minpoll_log2s = 4,
                                                  .maxpoll_log2s = 4};
    f->config.source_count = 1;
    for (size_t i = 0; i < sizeof f->entropy.bytes; i++) f->entropy.bytes[i] = (uint8_t)(i * 7 + 3);
    nts_cookie_generate(&f->keys, f->now, &f->entropy);
    f->session.aead = 15;
    memset(f->session.c2s, 1, 32);
    memset(f->session.s2c, 2, 32);
    nonce_seed(&f->nonces, seed);
    f->source = source_init(calloc(1, source_bytes(&f->config)), &f->config);
    return f;
}

static void fixture_free(struct fixture *f) {
    free(f->source);
    free(f);
}

static void step(struct fixture *f, struct event event) {
    event.now = f->now;
    event.kernel =
        (struct kernel_reading){.counter = f->now, .realtime = {f->now.ns + utc0_s * NS_PER_S}};
    event.entropy = &f->entropy;
    f->entropy.used = 0;
    for (size_t i = 0; i < sizeof f->entropy.bytes; i += 8) f->entropy.bytes[i]++;
    f->outbox.count = 0;
    source_step(f->source, &event, &f->outbox);
}

/* The first effect of that kind (and that kind of message). */
static const struct effect *found(const struct fixture *f, enum effect_kind kind,
                                  enum message_kind message) {
    for (size_t i = 0; i < f->outbox.count; i++) {
        const struct effect *effect = &f->outbox.effects[i];
        if (effect->kind == kind && (kind != EFFECT_POST || effect->post.message.kind == message))
            return effect;
    }
    return NULL;
}

/* Wakes it until there is such an effect, for so many seconds at most. */
static const struct effect *wait_for(struct fixture *f, double seconds, enum effect_kind kind,
                                     enum message_kind message) {
    struct mono end = mono_add(f->now, ns_from_s(seconds));
    const struct effect *effect = found(f, kind, message);
    while (!effect && f->outbox.wake.ns <= end.ns) {
        f->now.ns = f->outbox.wake.ns > f->now.ns ? f->outbox.wake.ns : f->now.ns;
        step(f, (struct event){.kind = EVENT_WAKE});
        effect = found(f, kind, message);
    }
    return effect;
}

static void grant(struct fixture *f, enum err err, const char *server, size_t cookies) {
    struct message answer = {.kind = MESSAGE_NTS_GRANT, .nts_grant = {.err = (uint8_t)err}};
    struct nts_credentials *fresh = &answer.nts_grant.credentials;
    fresh->session = f->session;
    for (; fresh->count < cookies; fresh->count++) {
        uint8_t nonce[NONCE_BYTES];
        struct nts_cookie *cookie = &fresh->cookies[fresh->count];
        nonce_next(&f->nonces, nonce);
        nts_cookie_make(&f->keys, &f->session, nonce, cookie->bytes);
        cookie->length = NTS_COOKIE_BYTES;
    }
    strcpy(answer.nts_grant.server, server);
    answer.nts_grant.port = 123;
    step(f, (struct event){.kind = EVENT_MESSAGE, .message = &answer});
}

static void begin(struct fixture *f) {
    f->now = (struct mono){NS_PER_S};
    step(f, (struct event){.kind = EVENT_START});
    assert_non_null(wait_for(f, 5, EFFECT_POST, MESSAGE_NTS_WANT));
}

/* Answers the request that was just sent, as a server with these keys. */
static void answer(struct fixture *f, const struct effect *sent) {
    static struct nts_server_request request;
    struct clock_state clock = {.line = {.tai0 = {(utc0_s + 37) * NS_PER_S}},
                                .void_after = MONO_NEVER,
                                .synchronised = true,
                                .stratum = 1,
                                .bound_max_s = 1,
                                .tai_utc_s = 37,
                                .tai_utc_after_s = 37,
                                .next_leap = {INT64_MAX}};
    uint8_t asked[LIMIT_NTS_REQUEST_BYTES], out[LIMIT_REPLY_BYTES];
    size_t length, asked_length = sent->send.length;
    struct addr to = sent->send.to;
    memcpy(asked, sent->send.bytes, asked_length);
    assert_true(nts_server_wants(asked, asked_length));
    assert_int_equal(nts_server_open(&f->keys, &f->nonces, asked, asked_length, &request), ERR_OK);
    f->now = mono_add(f->now, 1000000);
    struct ntp_server_times times = {f->now, f->now};
    assert_int_equal(nts_server_seal(&request, &clock, -20, times, out, &length), ERR_OK);
    assert_true(length <= asked_length);
    step(f,
         (struct event){
             .kind = EVENT_DATAGRAM, .bytes = out, .length = length, .from = to, .stamp = f->now});
}

static struct message_association report(struct fixture *f) {
    f->outbox.count = 0;
    const struct effect *effect = wait_for(f, 30, EFFECT_POST, MESSAGE_ASSOCIATION);
    assert_non_null(effect);
    return effect->post.message.association;
}

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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

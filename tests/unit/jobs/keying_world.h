/* A source job with associations under NTS, the keys of their server, and a record of what was sent
 * to whom. Included by the tests of jobs/keying. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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
    struct addr asked;                      /* for keys, last */
    unsigned wants, resolves, sent_to[256]; /* by the last byte of the address */
};

static inline struct fixture *fixture_create(void) {
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

static inline void fixture_free(struct fixture *f) {
    free(f->source);
    free(f);
}

static inline void step(struct fixture *f, struct event event) {
    event.now = f->now;
    event.kernel =
        (struct kernel_reading){.counter = f->now, .realtime = {f->now.ns + utc0_s * NS_PER_S}};
    event.entropy = &f->entropy;
    f->entropy.used = 0;
    for (size_t i = 0; i < sizeof f->entropy.bytes; i += 8) f->entropy.bytes[i]++;
    f->outbox.count = 0;
    source_step(f->source, &event, &f->outbox);
    for (size_t i = 0; i < f->outbox.count; i++) {
        const struct effect *effect = &f->outbox.effects[i];
        if (effect->kind == EFFECT_SEND) f->sent_to[effect->send.to.bytes[3]]++;
        if (effect->kind != EFFECT_POST) continue;
        f->resolves += effect->post.message.kind == MESSAGE_RESOLVE;
        if (effect->post.message.kind != MESSAGE_NTS_WANT) continue;
        f->asked = effect->post.message.nts_want.addr;
        f->wants++;
    }
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

static inline void grant(struct fixture *f, enum err err, const char *server, size_t cookies) {
    struct message answer = {.kind = MESSAGE_NTS_GRANT,
                             .nts_grant = {.err = (uint8_t)err, .addr = f->asked}};
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

static inline void begin(struct fixture *f) {
    f->now = (struct mono){NS_PER_S};
    step(f, (struct event){.kind = EVENT_START});
    assert_non_null(wait_for(f, 5, EFFECT_POST, MESSAGE_NTS_WANT));
}

/* Answers the request that was just sent, as a server with these keys. */
static inline void answer(struct fixture *f, const struct effect *sent) {
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

static inline struct message_association report(struct fixture *f) {
    f->outbox.count = 0;
    const struct effect *effect = wait_for(f, 30, EFFECT_POST, MESSAGE_ASSOCIATION);
    assert_non_null(effect);
    return effect->post.message.association;
}

static inline void restart(struct fixture *f) {
    free(f->source);
    f->source = source_init(calloc(1, source_bytes(&f->config)), &f->config);
}

/* The fixture's source is named, and so are all that are added. */
static inline struct config_source *name_it(struct fixture *f, const char *name) {
    struct config_source *config = &f->config.sources[0];
    snprintf(config->name, sizeof config->name, "%s", name);
    config->addr = (struct addr){.family = ADDR_NONE};
    restart(f);
    return config;
}

/* The resolver's answer: so many of 192.0.2.1 and 192.0.2.2. */
static inline void resolve(struct fixture *f, uint8_t count) {
    struct message resolved = {.kind = MESSAGE_RESOLVED,
                               .resolved = {.count = count,
                                            .addresses = {
                                                {.family = ADDR_IPV4, .bytes = {192, 0, 2, 1}},
                                                {.family = ADDR_IPV4, .bytes = {192, 0, 2, 2}},
                                            }}};
    step(f, (struct event){.kind = EVENT_MESSAGE, .message = &resolved});
}

static inline void two_addresses(struct fixture *f) {
    resolve(f, 2);
}

static inline void begin_named(struct fixture *f, const char *name) {
    name_it(f, name);
    step(f, (struct event){.kind = EVENT_START});
    const struct effect *asked = wait_for(f, 5, EFFECT_POST, MESSAGE_RESOLVE);
    assert_non_null(asked);
    assert_string_equal(asked->post.message.resolve.name, name);
    two_addresses(f);
    assert_non_null(wait_for(f, 5, EFFECT_POST, MESSAGE_NTS_WANT));
    assert_int_equal(f->asked.bytes[3], 1);
}

/* Whom nobody answers from now on: every request until the name is looked up once more. */
static inline void silent_until_lookup(struct fixture *f, uint8_t last_byte, const char *name) {
    unsigned wants = f->wants, sent = f->sent_to[last_byte];
    f->outbox.count = 0;
    const struct effect *asked = wait_for(f, 1000, EFFECT_POST, MESSAGE_RESOLVE);
    assert_non_null(asked);
    assert_string_equal(asked->post.message.resolve.name, name);
    assert_true(f->sent_to[last_byte] > sent);
    assert_int_equal(f->wants, wants);
}

static inline void answered_by(struct fixture *f, uint8_t last_byte) {
    f->outbox.count = 0;
    const struct effect *sent = wait_for(f, 100, EFFECT_SEND, 0);
    assert_non_null(sent);
    assert_int_equal(sent->send.to.bytes[3], last_byte);
    answer(f, sent);
    assert_non_null(found(f, EFFECT_POST, MESSAGE_EXCHANGE));
}

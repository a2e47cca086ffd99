/* Who is answered, with what, what is counted, and when status hears of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jobs/server.h"
#include "proto/nts_client.h"
#include "wire/ntp_packet.h"

static const struct addr friend = {.family = ADDR_IPV4, .bytes = {192, 0, 2, 1}, .port = 4000};
static const struct addr stranger = {.family = ADDR_IPV4, .bytes = {198, 51, 100, 1}, .port = 4000};

struct fixture {
    struct config config;
    struct server server;
    struct clock_state clock;
    struct ntp_server_times times;
    struct outbox outbox;
    struct entropy entropy;
    uint8_t out[LIMIT_REPLY_BYTES];
    size_t length;
};

static struct fixture *fixture_create(void) {
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->config.access[0] =
        (struct config_access_rule){true, {.family = ADDR_IPV4, .bytes = {192, 0, 2}}, 24};
    f->config.access_count = 1;
    f->clock = (struct clock_state){.line = {.tai0 = {INT64_C(1790000037) * NS_PER_S}},
                                    .void_after = {1000 * NS_PER_S},
                                    .synchronised = true,
                                    .stratum = 2,
                                    .bound_max_s = 1,
                                    .tai_utc_s = 37,
                                    .tai_utc_after_s = 37};
    f->times = (struct ntp_server_times){{10 * NS_PER_S}, {10 * NS_PER_S + 5000}};
    server_init(&f->server, &f->config, 3, -25, NULL);
    return f;
}

static void request_build(uint8_t out[NTP_PACKET_HEADER_BYTES]) {
    const struct ntp_packet request = {
        .version = 4, .mode = NTP_MODE_CLIENT, .transmit = 0x123456789abcdef0};
    ntp_packet_build(&request, out);
}

static enum err ask(struct fixture *f, const struct addr *from) {
    uint8_t request[NTP_PACKET_HEADER_BYTES];
    request_build(request);
    return server_answer(&f->server, &f->clock, f->times, from, request, sizeof request, f->out,
                         &f->length);
}

static void only_allowed_clients_are_answered(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    assert_int_equal(ask(f, &friend), ERR_OK);
    struct ntp_packet reply;
    assert_int_equal(ntp_packet_parse(f->out, sizeof f->out, &reply), ERR_OK);
    assert_int_equal(reply.mode, NTP_MODE_SERVER);
    assert_int_equal(reply.stratum, 2);
    assert_int_equal(reply.precision_log2s, -25);
    assert_true(reply.origin == 0x123456789abcdef0);
    assert_int_equal(ask(f, &stranger), ERR_DENIED);
    f->config.access_count = 0;
    assert_int_equal(ask(f, &friend), ERR_DENIED);
    assert_int_equal(f->server.serving.received, 3);
    assert_int_equal(f->server.serving.replied, 1);
    assert_int_equal(f->server.serving.drops[ERR_DENIED], 2);
    assert_int_equal(f->server.serving.withdrawn, 0);
    free(f);
}

static void our_own_reply_is_not_answered(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    assert_int_equal(ask(f, &friend), ERR_OK);
    uint8_t reply[NTP_PACKET_HEADER_BYTES], out[LIMIT_REPLY_BYTES] = {0xaa};
    memcpy(reply, f->out, sizeof reply);
    assert_int_equal(server_answer(&f->server, &f->clock, f->times, &friend, reply, sizeof reply,
                                   out, &f->length),
                     ERR_MODE);
    assert_int_equal(out[0], 0xaa);
    assert_int_equal(f->server.serving.drops[ERR_MODE], 1);
    free(f);
}

static void every_length_is_counted_once(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    uint8_t request[1501] = {0};
    request_build(request);
    uint64_t good = 0;
    for (size_t length = 0; length <= sizeof request; length++)
        good += server_answer(&f->server, &f->clock, f->times, &friend, request, length, f->out,
                              &f->length) == ERR_OK;
    uint64_t dropped = 0;
    for (int i = 0; i < ERR_COUNT; i++) dropped += f->server.serving.drops[i];
    assert_int_equal(f->server.serving.drops[ERR_OK], 0);
    assert_int_equal(f->server.serving.drops[ERR_SHORT] >= 48, 1);
    assert_int_equal(f->server.serving.replied, good);
    assert_int_equal(f->server.serving.received, sizeof request + 1);
    assert_int_equal(good + dropped, sizeof request + 1);
    assert_true(good >= 1);
    free(f);
}

static void withdrawal_is_counted_and_shown(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    f->clock.synchronised = false;
    assert_int_equal(ask(f, &friend), ERR_OK);
    assert_int_equal(f->out[0] >> 6, 3);
    assert_int_equal(f->out[1], 16);
    assert_int_equal(f->server.serving.withdrawn, 1);
    assert_true(f->server.serving.withdrawing);
    f->clock.synchronised = true;
    assert_int_equal(ask(f, &friend), ERR_OK);
    assert_false(f->server.serving.withdrawing);

    uint8_t request[NTP_PACKET_HEADER_BYTES];
    request_build(request);
    assert_int_equal(server_answer(&f->server, NULL, f->times, &friend, request, sizeof request,
                                   f->out, &f->length),
                     ERR_WITHDRAWN);
    assert_int_equal(f->server.serving.drops[ERR_WITHDRAWN], 1);
    assert_true(f->server.serving.withdrawing);
    free(f);
}

static size_t step(struct fixture *f, enum event_kind kind, double at_s) {
    const struct event event = {.kind = kind, .now = {ns_from_s(at_s)}, .entropy = &f->entropy};
    f->outbox.count = 0;
    server_step(&f->server, &event, &f->outbox);
    return f->outbox.count;
}

static void status_hears_once_a_second_or_every_ten(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    assert_int_equal(step(f, EVENT_START, 0.3), 1);
    assert_int_equal(f->outbox.wake.ns, NS_PER_S);
    assert_int_equal(f->outbox.effects[0].post.to, JOB_STATUS);
    assert_int_equal(f->outbox.effects[0].post.message.serving.instance, 3);
    for (int s = 1; s < 10; s++) assert_int_equal(step(f, EVENT_WAKE, s), 0);
    assert_int_equal(step(f, EVENT_WAKE, 10), 1);
    assert_int_equal(step(f, EVENT_WAKE, 11), 0);
    assert_int_equal(ask(f, &friend), ERR_OK);
    assert_int_equal(step(f, EVENT_WAKE, 12), 1);
    assert_int_equal(f->outbox.effects[0].post.message.kind, MESSAGE_SERVING);
    assert_int_equal(f->outbox.effects[0].post.message.serving.replied, 1);
    assert_int_equal(step(f, EVENT_WAKE, 13), 0);
    free(f);
}

/* A request with a cookie of these keys. */
static size_t build_authenticated(struct fixture *f, const struct nts_keys *keys,
                                  uint8_t out[LIMIT_NTS_REQUEST_BYTES]) {
    struct nts_credentials fresh = {.session = {.aead = 15, .c2s = {1}, .s2c = {2}}, .count = 1};
    struct nts_client client;
    struct ntp_client ntp;
    const uint8_t nonce[NONCE_BYTES] = {9};
    size_t length = 0;
    fresh.cookies[0].length = NTS_COOKIE_BYTES;
    nts_cookie_make(keys, &fresh.session, nonce, fresh.cookies[0].bytes);
    nts_client_init(&client);
    ntp_client_init(&ntp, 4);
    f->entropy.used = 0;
    assert_int_equal(nts_client_keyed(&client, &fresh, f->times.now), ERR_OK);
    assert_int_equal(nts_client_request(&client, &ntp, &f->entropy, f->times.now, out, &length),
                     ERR_OK);
    return length;
}

static void nts_is_answered_by_the_keys_of_the_page(void **state) {
    (void)state;
    struct fixture *f = fixture_create();
    static struct key_page page;
    struct nts_keys keys;
    uint8_t request[LIMIT_NTS_REQUEST_BYTES];
    const struct message_serving *serving = &f->server.serving;
    server_init(&f->server, &f->config, 0, -25, &page);
    assert_int_equal(step(f, EVENT_START, 0), 1);
    nts_cookie_generate(&keys, f->times.now, &f->entropy);
    size_t length = build_authenticated(f, &keys, request);
    /* No keys were ever published: nothing can be said to that client. */
    assert_int_equal(server_answer(&f->server, &f->clock, f->times, &friend, request, length,
                                   f->out, &f->length),
                     ERR_NTS_KEY);
    key_page_publish(&page, &keys);
    assert_int_equal(server_answer(&f->server, &f->clock, f->times, &friend, request, length,
                                   f->out, &f->length),
                     ERR_OK);
    assert_true(f->length > NTP_PACKET_HEADER_BYTES && f->length <= length);
    assert_int_equal(serving->nts_replied, 1);
    memset(f->entropy.bytes, 0x77, sizeof f->entropy.bytes);
    nts_cookie_generate(&keys, f->times.now, &f->entropy);
    key_page_publish(&page, &keys);
    assert_int_equal(server_answer(&f->server, &f->clock, f->times, &friend, request, length,
                                   f->out, &f->length),
                     ERR_OK); /* NTSN */
    assert_int_equal(f->out[1], 0);
    assert_int_equal(serving->nts_naks, 1);
    assert_int_equal(serving->replied, 1);
    assert_int_equal(serving->nts_received, 3);
    assert_int_equal(serving->drops[ERR_NTS_KEY], 2);
    assert_int_equal(ask(f, &friend), ERR_OK); /* plain ones as ever */
    assert_int_equal(f->length, NTP_PACKET_HEADER_BYTES);
    assert_int_equal(serving->nts_received, 3);
    free(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_allowed_clients_are_answered),
        cmocka_unit_test(nts_is_answered_by_the_keys_of_the_page),
        cmocka_unit_test(our_own_reply_is_not_answered),
        cmocka_unit_test(every_length_is_counted_once),
        cmocka_unit_test(withdrawal_is_counted_and_shown),
        cmocka_unit_test(status_hears_once_a_second_or_every_ten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* NTS server: what is answered, what is refused by NTSN, what is met with silence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/nts_world.h"

static struct nts_world w;

static int ready(void **state) {
    (void)state;
    nts_world_init(&w);
    if (nts_world_keyed(&w, 8) != ERR_OK || nts_world_ask(&w) != ERR_OK) return -1;
    return 0;
}

/* Answered by NTSN for that reason: no time, our identifier, nothing else. */
static void refused(enum err why) {
    assert_int_equal(nts_world_serve(&w), ERR_OK);
    assert_int_equal(w.opened.refusal, why);
    struct ntp_packet packet;
    assert_int_equal(ntp_packet_parse(w.reply, w.reply_length, &packet), ERR_OK);
    assert_int_equal(packet.stratum, 0);
    assert_int_equal(packet.leap, LEAP_ALARM);
    assert_int_equal(packet.reference_id, NTS_KISS_NAK);
    assert_true(w.reply_length < w.request_length);
    struct nts_extension fields, asked;
    assert_int_equal(nts_extension_parse(w.reply, w.reply_length, 0, &fields), ERR_OK);
    assert_int_equal(nts_extension_parse(w.request, w.request_length, 0, &asked), ERR_OK);
    assert_int_equal(fields.has, NTS_HAS_UNIQUE_ID);
    assert_int_equal(fields.unique_id_length, asked.unique_id_length);
    assert_memory_equal(fields.unique_id, asked.unique_id, asked.unique_id_length);
}

static void what_it_wants(void **state) {
    (void)state;
    assert_true(nts_server_wants(w.request, w.request_length));
    assert_false(nts_server_wants(w.request, 48));
    assert_false(nts_server_wants(w.request, 48 + 36));
    assert_false(nts_server_wants(w.request, 47));
    assert_false(nts_server_wants(w.request, 0));
}

static void answers(void **state) {
    (void)state;
    assert_int_equal(nts_world_serve(&w), ERR_OK);
    assert_int_equal(w.opened.refusal, ERR_OK);
    assert_int_equal(w.reply_length, w.request_length);
    static const struct siv_key zeros;
    assert_memory_equal(&w.opened.s2c, &zeros, sizeof zeros);
    assert_int_equal(nts_world_take(&w), ERR_OK);
    /* The new cookie is of the current key, and of this session. */
    struct nts_session session;
    const struct nts_cookie *cookie = &w.client.held.cookies[7];
    assert_int_equal(nts_cookie_open(&w.keys, cookie->bytes, cookie->length, &session), ERR_OK);
    assert_memory_equal(session.c2s, w.client.held.session.c2s, NTS_KEY_BYTES);
    assert_memory_equal(session.s2c, w.client.held.session.s2c, NTS_KEY_BYTES);
}

static void as_many_as_asked(void **state) {
    (void)state;
    for (size_t placeholders = 1; placeholders < 8; placeholders++) {
        assert_int_equal(nts_world_ask(&w), ERR_OK);
        assert_int_equal(nts_world_serve(&w), ERR_OK);
        assert_int_equal(w.reply_length, w.request_length);
        assert_int_equal(w.opened.plain_length, 104 * (placeholders + 1));
    }
    assert_int_equal(nts_world_take(&w), ERR_OK);
    assert_int_equal(w.got.cookies, 8);
}

/* A request made by hand: so many placeholders, so long an identifier, another field before. */
static void ask_by_hand(size_t unique_id_length, size_t placeholders, size_t other,
                        size_t nonce_length, size_t least) {
    uint8_t bytes[600] = {0}, nonce[32] = {9}, cookie_nonce[16] = {3}, cookie[NTS_COOKIE_BYTES];
    struct writer out = writer_of(w.request, LIMIT_DATAGRAM_BYTES);
    struct siv_key c2s;
    nts_cookie_make(&w.keys, &w.client.held.session, cookie_nonce, cookie);
    out.at += 48;
    if (other) nts_extension_put(&out, 0x2002, bytes, other);
    nts_extension_put(&out, NTS_FIELD_UNIQUE_ID, bytes, unique_id_length);
    for (size_t i = 0; i < placeholders; i++) nts_extension_put_placeholder(&out, NTS_COOKIE_BYTES);
    nts_extension_put(&out, NTS_FIELD_COOKIE, cookie, sizeof cookie);
    size_t associated = writer_length(&out);
    uint8_t *sealed = nts_extension_put_authenticator(&out, nonce, nonce_length, 16, least);
    assert_non_null(sealed);
    siv_expand(&c2s, w.client.held.session.c2s);
    siv_seal(&c2s, nonce, nonce_length, w.request, associated, NULL, 0, sealed);
    w.request_length = writer_length(&out);
}

static void other_shapes(void **state) {
    (void)state;
    for (size_t unique = 32; unique <= 128; unique += 32) {
        for (size_t placeholders = 0; placeholders <= 9; placeholders++) {
            for (size_t other = 0; other <= 100; other += 50) {
                ask_by_hand(unique, placeholders, other, 16, 0);
                assert_int_equal(nts_world_serve(&w), ERR_OK);
                assert_int_equal(w.opened.refusal, ERR_OK);
                assert_int_equal(w.reply_length, w.request_length);
                size_t most = placeholders + 1 < 8 ? placeholders + 1 : 8;
                assert_int_equal(w.opened.plain_length, 104 * most);
            }
        }
    }
}

/* RFC 8915 section 5.6: the request leaves room for a nonce of 16 bytes. */
static void room_for_the_nonce(void **state) {
    (void)state;
    for (size_t nonce = 1; nonce <= 32; nonce++) {
        for (size_t least = 0; least <= 48; least += 4) {
            ask_by_hand(32, 0, 0, nonce, least);
            size_t field = 8 + (nonce + 3) / 4 * 4 + 16;
            if (field < least) field = least;
            enum err want = field < 40 ? ERR_NTS_LENGTH : ERR_OK;
            assert_int_equal(nts_world_serve(&w), want);
            if (want == ERR_OK) assert_int_equal(w.opened.refusal, ERR_OK);
            if (want == ERR_OK) assert_int_equal(w.reply_length, w.request_length);
        }
    }
}

static void every_damaged_bit(void **state) {
    (void)state;
    for (size_t bit = 0; bit < 8 * w.request_length; bit++) {
        w.request[bit / 8] ^= (uint8_t)(1 << bit % 8);
        enum err err = nts_world_serve(&w);
        if (err == ERR_OK) {
            assert_int_not_equal(w.opened.refusal, ERR_OK);
            refused(w.opened.refusal);
        }
        w.request[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_int_equal(nts_world_serve(&w), ERR_OK);
    assert_int_equal(w.opened.refusal, ERR_OK);
}

static void refusals(void **state) {
    (void)state;
    w.request[48 + 36 + 4] ^= 1; /* key id */
    refused(ERR_NTS_KEY);
    w.request[48 + 36 + 4] ^= 1;
    w.request[48 + 36 + 4 + 50] ^= 1;
    refused(ERR_NTS_COOKIE);
    w.request[48 + 36 + 4 + 50] ^= 1;
    w.request[w.request_length - 1] ^= 1;
    refused(ERR_NTS_AUTH);
    w.request[w.request_length - 1] ^= 1;
    w.request[40] ^= 1; /* in the header */
    refused(ERR_NTS_AUTH);
    w.request[40] ^= 1;
    for (int i = 0; i < 3; i++) nts_cookie_rotate(&w.keys, nts_world_now, &w.entropy);
    refused(ERR_NTS_KEY);
    nts_cookie_wipe(&w.keys);
    refused(ERR_NTS_KEY);
}

static void silence(void **state) {
    (void)state;
    uint8_t first = w.request[0];
    for (uint8_t mode = 0; mode < 8; mode++) {
        w.request[0] = (uint8_t)((first & ~7) | mode);
        assert_int_equal(nts_world_serve(&w), mode == NTP_MODE_CLIENT ? ERR_OK : ERR_MODE);
    }
    for (uint8_t version = 0; version < 8; version++) {
        w.request[0] = (uint8_t)((first & ~0x38) | version << 3);
        assert_int_equal(nts_world_serve(&w), version == 4 ? ERR_OK : ERR_VERSION);
    }
    w.request[0] = first;
    size_t whole = w.request_length;
    for (w.request_length = 0; w.request_length < whole; w.request_length++) {
        enum err err = nts_world_serve(&w);
        assert_true(err == ERR_SHORT || err == ERR_EXTENSION || err == ERR_NTS_MISSING ||
                    err == ERR_AUTH);
    }
    w.request_length = LIMIT_DATAGRAM_BYTES + 4;
    assert_int_equal(nts_world_serve(&w), ERR_TOO_LONG);
}

static void doubled_and_reordered(void **state) {
    (void)state;
    struct writer out = writer_of(w.request, LIMIT_DATAGRAM_BYTES);
    out.at += w.request_length;
    nts_extension_put(&out, NTS_FIELD_COOKIE, w.reply, 100);
    w.request_length = writer_length(&out);
    assert_int_equal(nts_world_serve(&w), ERR_NTS_ORDER);
    ready(state);
    uint8_t copy[104];
    memcpy(copy, w.request + 84, sizeof copy); /* the cookie field once more before it */
    memmove(w.request + 84 + 104, w.request + 84, w.request_length - 84);
    memcpy(w.request + 84, copy, sizeof copy);
    w.request_length += 104;
    assert_int_equal(nts_world_serve(&w), ERR_NTS_TWICE);
}

static void clock_states(void **state) {
    (void)state;
    w.clock.synchronised = false;
    assert_int_equal(nts_world_serve(&w), ERR_OK);
    assert_int_equal(nts_world_take(&w), ERR_UNSYNCHRONISED); /* and that is authenticated */
    assert_int_equal(w.got.cookies, 1);
    assert_int_equal(nts_world_ask(&w), ERR_OK);
    assert_int_equal(nts_server_open(&w.keys, &w.nonces, w.request, w.request_length, &w.opened),
                     ERR_OK);
    struct ntp_server_times times = {nts_world_now, nts_world_now};
    size_t length = 77;
    assert_int_equal(nts_server_seal(&w.opened, NULL, -25, times, w.reply, &length), ERR_WITHDRAWN);
    assert_int_equal(length, 77);
    static const struct siv_key zeros;
    assert_memory_equal(&w.opened.s2c, &zeros, sizeof zeros);
}

/* No nonce of a reply is that of another, nor of a cookie. */
static void nonces_differ(void **state) {
    (void)state;
    static uint8_t seen[200][NONCE_BYTES];
    for (int i = 0; i < 200; i++) {
        assert_int_equal(nts_world_serve(&w), ERR_OK);
        memcpy(seen[i], w.reply + 48 + 36 + 8, NONCE_BYTES);
        for (int j = 0; j < i; j++) assert_memory_not_equal(seen[i], seen[j], NONCE_BYTES);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_it_wants, ready),
        cmocka_unit_test_setup(answers, ready),
        cmocka_unit_test_setup(as_many_as_asked, ready),
        cmocka_unit_test_setup(other_shapes, ready),
        cmocka_unit_test_setup(room_for_the_nonce, ready),
        cmocka_unit_test_setup(every_damaged_bit, ready),
        cmocka_unit_test_setup(refusals, ready),
        cmocka_unit_test_setup(silence, ready),
        cmocka_unit_test_setup(doubled_and_reordered, ready),
        cmocka_unit_test_setup(clock_states, ready),
        cmocka_unit_test_setup(nonces_differ, ready),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

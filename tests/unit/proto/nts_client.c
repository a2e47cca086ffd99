/* NTS client against our own server, and against whoever alters, strips, repeats or forges. */
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
    assert_int_equal(nts_world_keyed(&w, 8), ERR_OK);
    return 0;
}

static void ask_and_serve(void) {
    assert_int_equal(nts_world_ask(&w), ERR_OK);
    assert_int_equal(nts_world_serve(&w), ERR_OK);
}

/* Refused for that reason, with nothing changed: the true reply is still taken afterwards. */
static void dropped(enum err want) {
    struct nts_client before = w.client;
    struct ntp_client ntp = w.ntp;
    memset(&w.got, 0xee, sizeof w.got);
    struct nts_client_reply untouched = w.got;
    assert_int_equal(nts_world_take(&w), want);
    assert_memory_equal(&w.client, &before, sizeof before);
    assert_memory_equal(&w.ntp, &ntp, sizeof ntp);
    assert_memory_equal(&w.got, &untouched, sizeof untouched);
}

static void one_exchange(void **state) {
    (void)state;
    ask_and_serve();
    assert_int_equal(w.request_length, 228);
    assert_int_equal(w.reply_length, 228);
    assert_int_equal(w.client.held.count, 7);
    assert_int_equal(nts_world_take(&w), ERR_OK);
    assert_int_equal(w.got.cookies, 1);
    assert_int_equal(w.client.held.count, 8);
    assert_int_equal(w.got.ntp.exchange.stratum, 3);
    assert_int_equal(w.got.ntp.exchange.t2.ns, nts_world_pivot.ns + 10000);
    assert_int_equal(w.got.ntp.exchange.t3.ns, nts_world_pivot.ns + 20000);
    dropped(ERR_DUPLICATE); /* the same bytes again */
}

static void cookies_are_used_once(void **state) {
    (void)state;
    static uint8_t seen[200][NTS_COOKIE_BYTES];
    for (int i = 0; i < 200; i++) {
        ask_and_serve();
        memcpy(seen[i], w.request + 48 + 36 + 4, NTS_COOKIE_BYTES);
        for (int j = 0; j < i; j++) assert_memory_not_equal(seen[i], seen[j], NTS_COOKIE_BYTES);
        for (size_t j = 0; j < w.client.held.count; j++)
            assert_memory_not_equal(seen[i], w.client.held.cookies[j].bytes, NTS_COOKIE_BYTES);
        if (i % 5 != 4) assert_int_equal(nts_world_take(&w), ERR_OK);
        if (i % 5 != 4) assert_int_equal(w.client.held.count, 8);
    }
}

static void lost_replies(void **state) {
    (void)state;
    for (size_t lost = 1; lost <= 8; lost++) {
        assert_int_equal(nts_client_need(&w.client, nts_world_now, 1e9), NTS_NEED_NOTHING);
        assert_int_equal(nts_world_ask(&w), ERR_OK);
        assert_int_equal(w.client.held.count, 8 - lost);
        assert_int_equal(w.request_length, 228 + 104 * (lost - 1));
    }
    assert_true(w.request_length <= LIMIT_NTS_REQUEST_BYTES);
    assert_int_equal(nts_client_need(&w.client, nts_world_now, 1e9), NTS_NEED_COOKIES);
    assert_int_equal(nts_world_serve(&w), ERR_OK);
    assert_int_equal(w.reply_length, w.request_length);
    assert_int_equal(nts_world_take(&w), ERR_OK);
    assert_int_equal(w.got.cookies, 8);
    assert_int_equal(nts_client_need(&w.client, nts_world_now, 1e9), NTS_NEED_NOTHING);
}

static void without_cookies(void **state) {
    (void)state;
    nts_client_init(&w.client);
    assert_int_equal(nts_client_need(&w.client, nts_world_now, 1e9), NTS_NEED_KEYS);
    assert_int_equal(nts_world_ask(&w), ERR_NTS_NO_COOKIE);
    assert_false(w.ntp.waiting);
    assert_int_equal(nts_world_keyed(&w, 1), ERR_OK);
    w.ntp.version = 3;
    assert_int_equal(nts_world_ask(&w), ERR_VERSION);
    assert_int_equal(w.client.held.count, 1);
}

static void keys_refused(void **state) {
    (void)state;
    struct nts_credentials fresh = nts_world_credentials(&w, 2);
    struct nts_client before = w.client;
    fresh.session.aead = NTS_AEAD_AES_128_GCM_SIV;
    assert_int_equal(nts_client_keyed(&w.client, &fresh, nts_world_now), ERR_NTS_AEAD);
    fresh.session.aead = NTS_AEAD_AES_SIV_CMAC_256;
    fresh.count = 0;
    assert_int_equal(nts_client_keyed(&w.client, &fresh, nts_world_now), ERR_NTS_NO_COOKIE);
    fresh.count = LIMIT_NTS_COOKIES + 1;
    assert_int_equal(nts_client_keyed(&w.client, &fresh, nts_world_now), ERR_RANGE);
    fresh.count = 2;
    for (unsigned length = 0; length <= LIMIT_NTS_COOKIE_BYTES + 4; length++) {
        w.client = before;
        fresh.cookies[1].length = (uint16_t)length;
        bool right = length >= 12 && length % 4 == 0 && length <= LIMIT_NTS_COOKIE_BYTES;
        enum err want = right ? ERR_OK : ERR_NTS_LENGTH;
        assert_int_equal(nts_client_keyed(&w.client, &fresh, nts_world_now), want);
        assert_int_equal(w.client.held.count, right ? 2 : 8);
    }
}

/* Of the longest cookies fewer can be asked for at one time. */
static void long_cookies_fit(void **state) {
    (void)state;
    struct nts_credentials fresh = nts_world_credentials(&w, 1);
    fresh.cookies[0].length = LIMIT_NTS_COOKIE_BYTES;
    assert_int_equal(nts_client_keyed(&w.client, &fresh, nts_world_now), ERR_OK);
    assert_int_equal(nts_world_ask(&w), ERR_OK);
    assert_true(w.request_length <= LIMIT_NTS_REQUEST_BYTES);
    struct nts_extension fields;
    assert_int_equal(nts_extension_parse(w.request, w.request_length, 0xf, &fields), ERR_OK);
    assert_int_equal(fields.placeholders, 3);
}

static void every_damaged_bit(void **state) {
    (void)state;
    ask_and_serve();
    for (size_t bit = 0; bit < 8 * w.reply_length; bit++) {
        w.reply[bit / 8] ^= (uint8_t)(1 << bit % 8);
        struct nts_client before = w.client;
        enum err err = nts_world_take(&w);
        assert_int_not_equal(err, ERR_OK);
        assert_int_not_equal(err, ERR_KISS);
        assert_int_not_equal(err, ERR_UNSYNCHRONISED);
        assert_true(w.ntp.waiting);
        assert_memory_equal(&w.client, &before, sizeof before);
        w.reply[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_int_equal(nts_world_take(&w), ERR_OK);
}

static void truncated(void **state) {
    (void)state;
    ask_and_serve();
    size_t whole = w.reply_length;
    for (w.reply_length = 0; w.reply_length < whole; w.reply_length++) {
        struct nts_client before = w.client;
        assert_int_not_equal(nts_world_take(&w), ERR_OK);
        assert_true(w.ntp.waiting);
        assert_memory_equal(&w.client, &before, sizeof before);
    }
    assert_int_equal(nts_world_take(&w), ERR_OK);
}

static void no_downgrade(void **state) {
    (void)state;
    ask_and_serve();
    size_t whole = w.reply_length;
    w.reply_length = 48; /* a right NTP reply, but for NTS */
    dropped(ERR_NTS_MISSING);
    w.reply_length = 48 + 36;
    dropped(ERR_NTS_MISSING);
    w.reply[0] = (uint8_t)((w.reply[0] & ~0x38) | 3 << 3);
    w.reply_length = 48;
    dropped(ERR_NTS_MISSING);
    w.reply[0] = (uint8_t)((w.reply[0] & ~0x38) | 4 << 3);
    w.reply_length = whole;
    assert_int_equal(nts_world_take(&w), ERR_OK);
}

static void make_kiss(const char code[4], bool keep_unique_id) {
    w.reply[1] = 0;
    memcpy(w.reply + 12, code, 4);
    w.reply_length = keep_unique_id ? 48 + 36 : 48;
}

static void forged_kisses(void **state) {
    (void)state;
    static const char codes[][5] = {"RATE", "DENY", "RSTR", "INIT", "NTSN"};
    ask_and_serve();
    for (size_t i = 0; i < 5; i++) {
        make_kiss(codes[i], false);
        dropped(ERR_NTS_MISSING);
        make_kiss(codes[i], true);
        if (i < 4) dropped(ERR_NTS_MISSING);
    }
    w.reply[52] ^= 1; /* NTSN for another request */
    dropped(ERR_NTS_UNIQUE_ID);
}

static void nak_is_a_hint(void **state) {
    (void)state;
    ask_and_serve();
    uint8_t good[LIMIT_REPLY_BYTES];
    size_t whole = w.reply_length;
    memcpy(good, w.reply, whole);
    make_kiss("NTSN", true);
    assert_int_equal(nts_world_take(&w), ERR_NTS_NAK);
    assert_true(w.ntp.waiting);
    assert_int_equal(nts_client_need(&w.client, nts_world_now, 1e9), NTS_NEED_REFUSED);
    assert_int_equal(w.client.held.count, 7);
    memcpy(w.reply, good, whole); /* the true reply came second */
    w.reply_length = whole;
    assert_int_equal(nts_world_take(&w), ERR_OK);
    assert_int_equal(nts_client_need(&w.client, nts_world_now, 1e9), NTS_NEED_NOTHING);
}

static void erased_key(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++) nts_cookie_rotate(&w.keys, nts_world_now, &w.entropy);
    ask_and_serve();
    assert_int_equal(nts_world_take(&w), ERR_NTS_NAK);
    assert_int_equal(nts_client_need(&w.client, nts_world_now, 1e9), NTS_NEED_REFUSED);
    assert_int_equal(nts_world_ask(&w), ERR_OK); /* it may go on asking meanwhile */
    assert_int_equal(nts_world_keyed(&w, 8), ERR_OK);
    assert_int_equal(nts_client_need(&w.client, nts_world_now, 1e9), NTS_NEED_NOTHING);
    ask_and_serve();
    assert_int_equal(nts_world_take(&w), ERR_OK);
}

static void refresh(void **state) {
    (void)state;
    struct mono later = mono_add(nts_world_now, 100 * NS_PER_S);
    assert_int_equal(nts_client_need(&w.client, later, 100), NTS_NEED_NOTHING);
    assert_int_equal(nts_client_need(&w.client, later, 99), NTS_NEED_REFRESH);
}

static void replayed_reply(void **state) {
    (void)state;
    ask_and_serve();
    assert_int_equal(nts_world_take(&w), ERR_OK);
    uint8_t old[LIMIT_REPLY_BYTES];
    memcpy(old, w.reply, w.reply_length);
    ask_and_serve();
    memcpy(w.reply, old, w.reply_length);
    dropped(ERR_DUPLICATE);
    memcpy(w.reply + 24, w.request + 40, 8); /* with its origin brought up to date */
    dropped(ERR_NTS_UNIQUE_ID);
    memcpy(w.reply + 52, w.request + 52, 32); /* and its unique identifier */
    dropped(ERR_NTS_AUTH);
}

/* A server that has the keys writes whatever it likes. */
static void seal_by_hand(const uint8_t *plain, size_t length, bool doubled) {
    struct writer out = writer_of(w.reply, sizeof w.reply);
    uint8_t nonce[16] = {1};
    struct siv_key s2c;
    out.at += 48 + 36;
    if (doubled) nts_extension_put(&out, NTS_FIELD_UNIQUE_ID, w.client.unique_id, 32);
    size_t associated = writer_length(&out);
    uint8_t *sealed = nts_extension_put_authenticator(&out, nonce, 16, length + 16, 0);
    siv_expand(&s2c, w.client.held.session.s2c);
    siv_seal(&s2c, nonce, 16, w.reply, associated, plain, length, sealed);
    w.reply_length = writer_length(&out);
}

static void sealed_kisses_count(void **state) {
    (void)state;
    ask_and_serve();
    make_kiss("RATE", true);
    seal_by_hand(NULL, 0, false);
    assert_int_equal(nts_world_take(&w), ERR_KISS);
    assert_int_equal(w.got.ntp.kiss, NTP_CLIENT_KISS_RATE);
    assert_int_equal(w.got.cookies, 0);
    assert_false(w.ntp.waiting);
}

static void odd_plaintext(void **state) {
    (void)state;
    uint8_t plain[1200];
    ask_and_serve();
    struct writer in = writer_of(plain, sizeof plain);
    nts_extension_put_inner(&in, NTS_FIELD_COOKIE, w.request, 100);
    nts_extension_put_inner(&in, NTS_FIELD_COOKIE, w.request, 8); /* shorter than a field can be */
    nts_extension_put_inner(&in, NTS_FIELD_COOKIE, w.request, 300);
    nts_extension_put_inner(&in, NTS_FIELD_COOKIE, w.request, 0);
    nts_extension_put_inner(&in, 0x1234, w.request, 100);
    nts_extension_put_inner(&in, NTS_FIELD_COOKIE, w.request, 12);
    seal_by_hand(plain, writer_length(&in) - 1, false);
    dropped(ERR_NTS_LENGTH);
    seal_by_hand(plain, writer_length(&in), true);
    dropped(ERR_NTS_TWICE);
    seal_by_hand(plain, writer_length(&in), false);
    w.client.held.count = 5;
    assert_int_equal(nts_world_take(&w), ERR_OK);
    assert_int_equal(w.got.cookies, 2);
    assert_int_equal(w.client.held.count, 7);
    assert_int_equal(w.client.held.cookies[6].length, 12);
}

static void more_cookies_than_wanted(void **state) {
    (void)state;
    uint8_t plain[1200];
    ask_and_serve();
    struct writer in = writer_of(plain, sizeof plain);
    for (int i = 0; i < 11; i++) nts_extension_put_inner(&in, NTS_FIELD_COOKIE, w.request, 100);
    seal_by_hand(plain, writer_length(&in), false);
    assert_int_equal(nts_world_take(&w), ERR_OK);
    assert_int_equal(w.got.cookies, 1);
    assert_int_equal(w.client.held.count, 8);
}

/* Cookies that stand outside the sealed part are nobody's. */
static void open_cookies_are_not_taken(void **state) {
    (void)state;
    ask_and_serve();
    struct writer out = writer_of(w.reply, sizeof w.reply);
    uint8_t nonce[16] = {1}, *sealed;
    struct siv_key s2c;
    out.at += 48 + 36;
    nts_extension_put(&out, NTS_FIELD_COOKIE, w.request, 100);
    size_t associated = writer_length(&out);
    sealed = nts_extension_put_authenticator(&out, nonce, 16, 16, 0);
    siv_expand(&s2c, w.client.held.session.s2c);
    siv_seal(&s2c, nonce, 16, w.reply, associated, NULL, 0, sealed);
    w.reply_length = writer_length(&out);
    assert_int_equal(nts_world_take(&w), ERR_OK);
    assert_int_equal(w.got.cookies, 0);
    assert_int_equal(w.client.held.count, 7);
}

static void wiping(void **state) {
    (void)state;
    static const struct nts_client zeros;
    nts_client_wipe(&w.client);
    assert_memory_equal(&w.client, &zeros, sizeof zeros);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_exchange, ready),
        cmocka_unit_test_setup(cookies_are_used_once, ready),
        cmocka_unit_test_setup(lost_replies, ready),
        cmocka_unit_test_setup(without_cookies, ready),
        cmocka_unit_test_setup(keys_refused, ready),
        cmocka_unit_test_setup(long_cookies_fit, ready),
        cmocka_unit_test_setup(every_damaged_bit, ready),
        cmocka_unit_test_setup(truncated, ready),
        cmocka_unit_test_setup(no_downgrade, ready),
        cmocka_unit_test_setup(forged_kisses, ready),
        cmocka_unit_test_setup(nak_is_a_hint, ready),
        cmocka_unit_test_setup(erased_key, ready),
        cmocka_unit_test_setup(refresh, ready),
        cmocka_unit_test_setup(replayed_reply, ready),
        cmocka_unit_test_setup(sealed_kisses_count, ready),
        cmocka_unit_test_setup(odd_plaintext, ready),
        cmocka_unit_test_setup(more_cookies_than_wanted, ready),
        cmocka_unit_test_setup(open_cookies_are_not_taken, ready),
        cmocka_unit_test_setup(wiping, ready),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

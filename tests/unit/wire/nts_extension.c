/* NTS fields: right ones, then truncated, doubled, reordered and mis-sized ones by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "wire/ntp_packet.h"
#include "wire/nts_extension.h"

enum { UNIQUE_AND_AUTHENTICATOR = NTS_HAS_UNIQUE_ID | NTS_HAS_AUTHENTICATOR };

static uint8_t packet[LIMIT_DATAGRAM_BYTES], value[400], nonce[64];
static struct writer w;
static struct nts_extension got;

static int ready(void **state) {
    (void)state;
    memset(packet, 0, sizeof packet);
    packet[0] = 4 << 3 | NTP_MODE_CLIENT;
    for (size_t i = 0; i < sizeof value; i++) value[i] = (uint8_t)(i + 1);
    for (size_t i = 0; i < sizeof nonce; i++) nonce[i] = (uint8_t)(0x80 + i);
    w = writer_of(packet, sizeof packet);
    w.at += NTP_PACKET_HEADER_BYTES;
    got = (struct nts_extension){.has = 77};
    return 0;
}

static void put(uint16_t type, size_t length) {
    nts_extension_put(&w, type, value, length);
}

static void put_authenticator(void) {
    assert_non_null(nts_extension_put_authenticator(&w, nonce, 16, 16, 0));
}

static enum err parse(unsigned needs) {
    enum err err = nts_extension_parse(packet, writer_length(&w), needs, &got);
    if (err != ERR_OK) assert_int_equal(got.has, 77);
    return err;
}

static void request(void **state) {
    (void)state;
    put(NTS_FIELD_UNIQUE_ID, 32);
    put(NTS_FIELD_COOKIE, 100);
    nts_extension_put_placeholder(&w, 100);
    nts_extension_put_placeholder(&w, 100);
    size_t associated = writer_length(&w);
    put_authenticator();
    assert_int_equal(writer_length(&w), 48 + 36 + 3 * 104 + 40);
    assert_int_equal(parse(0xf), ERR_OK);
    assert_int_equal(got.has, 0xf);
    assert_int_equal(got.unique_id_length, 32);
    assert_memory_equal(got.unique_id, value, 32);
    assert_int_equal(got.cookie_length, 100);
    assert_memory_equal(got.cookie, value, 100);
    assert_int_equal(got.placeholders, 2);
    assert_int_equal(got.authenticated, associated);
    assert_int_equal(got.nonce_length, 16);
    assert_memory_equal(got.nonce, nonce, 16);
    assert_int_equal(got.ciphertext_length, 16);
    assert_ptr_equal(got.ciphertext, packet + associated + 8 + 16);
    assert_int_equal(got.nonce_room, 16);
    assert_true(nts_extension_wanted(packet, writer_length(&w)));
}

static void other_fields_are_skipped(void **state) {
    (void)state;
    put(0x1234, 30);
    put(NTS_FIELD_COOKIE, 100);
    put(0x2002, 16);
    put(NTS_FIELD_UNIQUE_ID, 64);
    put_authenticator();
    assert_int_equal(parse(UNIQUE_AND_AUTHENTICATOR | NTS_HAS_COOKIE), ERR_OK);
    assert_int_equal(got.unique_id_length, 64);
    assert_int_equal(got.placeholders, 0);
}

static void plain_packets(void **state) {
    (void)state;
    assert_false(nts_extension_wanted(packet, 48));
    assert_int_equal(parse(0), ERR_OK);
    assert_int_equal(got.has, 0);
    got.has = 77;
    assert_int_equal(parse(NTS_HAS_UNIQUE_ID), ERR_NTS_MISSING);
    put(NTS_FIELD_UNIQUE_ID, 32); /* also of use without NTS */
    assert_false(nts_extension_wanted(packet, writer_length(&w)));
    put(NTS_FIELD_COOKIE, 100);
    assert_true(nts_extension_wanted(packet, writer_length(&w)));
    assert_false(nts_extension_wanted(packet, writer_length(&w) - 1));
    packet[0] = 3 << 3 | NTP_MODE_CLIENT;
    assert_false(nts_extension_wanted(packet, writer_length(&w)));
    assert_int_equal(nts_extension_parse(packet, 47, 0, &got), ERR_SHORT);
}

static void each_missing(void **state) {
    static const uint16_t types[] = {NTS_FIELD_UNIQUE_ID, NTS_FIELD_COOKIE,
                                     NTS_FIELD_AUTHENTICATOR};
    const unsigned needs = UNIQUE_AND_AUTHENTICATOR | NTS_HAS_COOKIE;
    for (size_t left_out = 0; left_out < 3; left_out++) {
        ready(state);
        for (size_t i = 0; i < 3; i++) {
            if (i == left_out) continue;
            if (types[i] == NTS_FIELD_AUTHENTICATOR)
                put_authenticator();
            else
                put(types[i], 100);
        }
        assert_int_equal(parse(needs), ERR_NTS_MISSING);
        assert_int_equal(parse(0), ERR_OK);
    }
}

static void doubled(void **state) {
    static const uint16_t types[] = {NTS_FIELD_UNIQUE_ID, NTS_FIELD_COOKIE};
    for (size_t twice = 0; twice < 2; twice++) {
        ready(state);
        put(NTS_FIELD_UNIQUE_ID, 32);
        put(NTS_FIELD_COOKIE, 100);
        put(types[twice], twice ? 100 : 32);
        put_authenticator();
        assert_int_equal(parse(0), ERR_NTS_TWICE);
    }
    ready(state);
    put(NTS_FIELD_UNIQUE_ID, 32);
    put_authenticator();
    put_authenticator();
    assert_int_equal(parse(0), ERR_NTS_TWICE);
}

static void behind_the_authenticator(void **state) {
    static const uint16_t types[] = {NTS_FIELD_UNIQUE_ID, NTS_FIELD_COOKIE, NTS_FIELD_PLACEHOLDER,
                                     0x1234};
    for (size_t i = 0; i < 4; i++) {
        ready(state);
        put_authenticator();
        put(types[i], 100);
        assert_int_equal(parse(0), ERR_NTS_ORDER);
    }
    static const size_t macs[] = {4, 20, 24};
    for (size_t i = 0; i < 3; i++) {
        ready(state);
        put_authenticator();
        w.at += macs[i];
        assert_int_equal(parse(0), ERR_NTS_ORDER);
        ready(state);
        put(NTS_FIELD_UNIQUE_ID, 32);
        w.at += macs[i];
        assert_int_equal(parse(0), ERR_AUTH);
    }
}

static void lengths(void **state) {
    for (size_t length = 12; length <= 48; length += 4) {
        ready(state);
        put(NTS_FIELD_UNIQUE_ID, length);
        put_authenticator();
        assert_int_equal(parse(0), length < 32 ? ERR_NTS_LENGTH : ERR_OK);
    }
    for (size_t length = 12; length <= 200; length += 4) {
        for (int before = 0; before < 2; before++) {
            ready(state);
            if (before) nts_extension_put_placeholder(&w, length);
            put(NTS_FIELD_COOKIE, 100);
            if (!before) nts_extension_put_placeholder(&w, length);
            put_authenticator();
            assert_int_equal(parse(0), length == 100 ? ERR_OK : ERR_NTS_LENGTH);
        }
    }
    ready(state);
    nts_extension_put_placeholder(&w, 100); /* unlike each other, and no cookie at all */
    nts_extension_put_placeholder(&w, 96);
    put_authenticator();
    assert_int_equal(parse(0), ERR_NTS_LENGTH);
}

static void authenticator_lengths(void **state) {
    (void)state;
    assert_non_null(nts_extension_put_authenticator(&w, nonce, 16, 32, 0)); /* 48 bytes for both */
    for (unsigned n = 0; n <= 60; n++) {
        for (unsigned c = 0; c <= 60; c++) {
            packet[52] = packet[54] = 0;
            packet[53] = (uint8_t)n;
            packet[55] = (uint8_t)c;
            size_t n_padded = (n + 3) / 4 * 4, c_padded = (c + 3) / 4 * 4;
            bool right = n > 0 && n_padded + c_padded <= 48;
            got.has = 77;
            assert_int_equal(parse(0), right ? ERR_OK : ERR_NTS_LENGTH);
            if (!right) continue;
            assert_int_equal(got.nonce_length, n);
            assert_int_equal(got.ciphertext_length, c);
            assert_int_equal(got.nonce_room, 48 - c_padded);
            assert_ptr_equal(got.ciphertext, packet + 56 + n_padded);
        }
    }
    packet[52] = 0xff; /* as large as they can be said to be */
    got.has = 77;
    assert_int_equal(parse(0), ERR_NTS_LENGTH);
    packet[52] = 0;
    packet[54] = 0xff;
    assert_int_equal(parse(0), ERR_NTS_LENGTH);
}

static void truncated(void **state) {
    (void)state;
    put(NTS_FIELD_UNIQUE_ID, 32);
    put(NTS_FIELD_COOKIE, 100);
    put_authenticator();
    size_t whole = writer_length(&w);
    for (size_t length = 0; length < whole; length++) {
        enum err err = nts_extension_parse(packet, length, UNIQUE_AND_AUTHENTICATOR, &got);
        bool expected = err == ERR_EXTENSION || err == ERR_NTS_MISSING || err == ERR_AUTH ||
                        (err == ERR_SHORT && length < 48);
        assert_true(expected);
        assert_int_equal(got.has, 77);
    }
}

static void padding_of_what_is_built(void **state) {
    (void)state;
    for (size_t n = 1; n <= 20; n++) {
        for (size_t c = 16; c <= 40; c++) {
            for (size_t least = 0; least <= 100; least += 25) {
                memset(packet + 48, 0xee, 200);
                w.at = packet + 48;
                uint8_t *at = nts_extension_put_authenticator(&w, nonce, n, c, least);
                size_t core = nts_extension_authenticator_length(n, c);
                assert_int_equal(core, 8 + (n + 3) / 4 * 4 + (c + 3) / 4 * 4);
                size_t whole = writer_length(&w) - 48;
                assert_true(whole >= core && whole >= least && whole % 4 == 0);
                assert_true(whole == core || whole < least + 4);
                assert_ptr_equal(at, packet + 56 + (n + 3) / 4 * 4);
                for (size_t i = 56 + n; i < 48 + whole; i++) assert_int_equal(packet[i], 0);
                assert_int_equal(packet[48 + whole], 0xee);
                if (whole < 28) continue; /* shorter than a last field may be */
                assert_int_equal(parse(NTS_HAS_AUTHENTICATOR), ERR_OK);
                assert_int_equal(got.nonce_length, n);
                assert_int_equal(got.ciphertext_length, c);
                got.has = 77;
            }
        }
    }
}

static void no_room(void **state) {
    (void)state;
    for (size_t length = 0; length < 40; length++) {
        w = writer_of(packet, length);
        assert_null(nts_extension_put_authenticator(&w, nonce, 16, 16, 0));
        assert_true(w.failed);
        w = writer_of(packet, length);
        nts_extension_put(&w, NTS_FIELD_UNIQUE_ID, value, 36);
        assert_true(w.failed);
        assert_int_equal(writer_length(&w), 0);
    }
    w = writer_of(packet, sizeof packet);
    nts_extension_put_placeholder(&w, SIZE_MAX - 8);
    assert_true(w.failed);
    w = writer_of(packet, sizeof packet);
    nts_extension_put(&w, NTS_FIELD_COOKIE, value, 0x10000); /* refused before it is read */
    assert_true(w.failed);
    w = writer_of(packet, sizeof packet);
    assert_null(nts_extension_put_authenticator(&w, nonce, 16, 0x10000, 0));
}

static void inner_fields(void **state) {
    (void)state;
    struct writer in = writer_of(packet, sizeof packet);
    nts_extension_put_inner(&in, NTS_FIELD_COOKIE, value, 100);
    nts_extension_put_inner(&in, 7, NULL, 0);
    nts_extension_put_inner(&in, 8, value, 5);
    assert_int_equal(writer_length(&in), 104 + 4 + 12);
    struct reader r = reader_of(packet, writer_length(&in));
    struct ntp_extension field;
    assert_int_equal(nts_extension_inner(&r, &field), ERR_OK);
    assert_int_equal(field.type, NTS_FIELD_COOKIE);
    assert_int_equal(field.length, 100);
    assert_int_equal(nts_extension_inner(&r, &field), ERR_OK);
    assert_int_equal(field.length, 0);
    assert_int_equal(nts_extension_inner(&r, &field), ERR_OK);
    assert_int_equal(field.length, 8);
    assert_int_equal(nts_extension_inner(&r, &field), ERR_SHORT);
    for (size_t length = 105; length < 120; length++) {
        r = reader_of(packet + 104, length - 104);
        enum err err = nts_extension_inner(&r, &field);
        if (length >= 108) err = length == 108 ? ERR_NTS_LENGTH : nts_extension_inner(&r, &field);
        assert_int_equal(err, ERR_NTS_LENGTH);
    }
    for (uint8_t wrong = 0; wrong < 4; wrong++) {
        uint8_t bytes[8] = {0, 1, 0, wrong};
        r = reader_of(bytes, sizeof bytes);
        assert_int_equal(nts_extension_inner(&r, &field), ERR_NTS_LENGTH);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(request, ready),
        cmocka_unit_test_setup(other_fields_are_skipped, ready),
        cmocka_unit_test_setup(plain_packets, ready),
        cmocka_unit_test_setup(each_missing, ready),
        cmocka_unit_test_setup(doubled, ready),
        cmocka_unit_test_setup(behind_the_authenticator, ready),
        cmocka_unit_test_setup(lengths, ready),
        cmocka_unit_test_setup(authenticator_lengths, ready),
        cmocka_unit_test_setup(truncated, ready),
        cmocka_unit_test_setup(padding_of_what_is_built, ready),
        cmocka_unit_test_setup(no_room, ready),
        cmocka_unit_test_setup(inner_fields, ready),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

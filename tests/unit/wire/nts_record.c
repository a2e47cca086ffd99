/* NTS-KE records: every type with right and wrong bodies, cut anywhere, and what builders write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire/nts_record.h"

static uint8_t room[LIMIT_NTS_KE_RESPONSE_BYTES + 8];

static struct nts_record record_of(bool critical, uint16_t type, size_t length) {
    static const uint8_t body[0x10000];
    return (struct nts_record){critical, type, body, length};
}

static void read_whole(void **state) {
    (void)state;
    static const uint8_t message[] = {0x80, 1, 0, 2, 0, 0, 0, 4, 0, 2, 0, 15, 0x80, 0, 0, 0};
    struct reader r = reader_of(message, sizeof message);
    struct nts_record record;
    assert_int_equal(nts_record_next(&r, &record), ERR_OK);
    assert_true(record.critical);
    assert_int_equal(record.type, NTS_RECORD_NEXT_PROTOCOL);
    assert_int_equal(nts_record_count(&record), 1);
    assert_int_equal(nts_record_number(&record, 0), NTS_PROTOCOL_NTPV4);
    assert_int_equal(nts_record_next(&r, &record), ERR_OK);
    assert_false(record.critical);
    assert_int_equal(record.type, NTS_RECORD_AEAD);
    assert_true(nts_record_holds(&record, NTS_AEAD_AES_SIV_CMAC_256));
    assert_false(nts_record_holds(&record, NTS_AEAD_AES_128_GCM_SIV));
    assert_int_equal(nts_record_next(&r, &record), ERR_OK);
    assert_int_equal(record.type, NTS_RECORD_END);
    assert_int_equal(record.length, 0);
    assert_int_equal(bytes_finish(&r), ERR_OK);
    assert_int_equal(nts_record_next(&r, &record), ERR_SHORT);
}

static void cut_anywhere(void **state) {
    (void)state;
    uint8_t bytes[104] = {0, 5, 0, 100};
    for (size_t length = 0; length < sizeof bytes; length++) {
        struct reader r = reader_of(bytes, length);
        struct nts_record record = {.type = 77};
        assert_int_equal(nts_record_next(&r, &record), ERR_SHORT);
        assert_int_equal(record.type, 77);
        assert_ptr_equal(r.at, bytes); /* more bytes may come */
        assert_false(r.failed);
    }
    struct reader r = reader_of(bytes, sizeof bytes);
    struct nts_record record;
    assert_int_equal(nts_record_next(&r, &record), ERR_OK);
    assert_int_equal(record.length, 100);
    assert_ptr_equal(record.body, bytes + 4);
}

static void oversize_is_known_at_once(void **state) {
    (void)state;
    for (size_t length = 0; length <= UINT16_MAX; length++) {
        uint8_t head[4] = {0x40, 0, (uint8_t)(length >> 8), (uint8_t)length};
        struct reader r = reader_of(head, sizeof head);
        struct nts_record record;
        enum err want = length + 4 > LIMIT_NTS_KE_RESPONSE_BYTES ? ERR_TOO_LONG
                        : length                                 ? ERR_SHORT
                                                                 : ERR_OK;
        assert_int_equal(nts_record_next(&r, &record), want);
    }
}

static void lengths_of_each_type(void **state) {
    (void)state;
    for (unsigned type = 0; type <= NTS_RECORD_NTP_PORT; type++) {
        for (size_t length = 0; length <= 300; length++) {
            struct nts_record record = record_of(true, (uint16_t)type, length);
            bool right = false;
            if (type == NTS_RECORD_END) right = length == 0;
            if (type == NTS_RECORD_NEXT_PROTOCOL || type == NTS_RECORD_AEAD)
                right = length % 2 == 0;
            if (type == NTS_RECORD_ERROR || type == NTS_RECORD_WARNING) right = length == 2;
            if (type == NTS_RECORD_NTP_PORT) right = length == 2;
            if (type == NTS_RECORD_COOKIE) right = length > 0;
            if (type == NTS_RECORD_SERVER) right = length > 0 && length < 256;
            assert_int_equal(nts_record_check(&record), right ? ERR_OK : ERR_SYNTAX);
        }
    }
    struct nts_record record = record_of(false, NTS_RECORD_COMPLIANT_EXPORT, 0);
    assert_int_equal(nts_record_check(&record), ERR_OK);
    record.length = 1;
    assert_int_equal(nts_record_check(&record), ERR_SYNTAX);
}

static void critical_bits(void **state) {
    (void)state;
    for (unsigned type = 0; type < 0x8000; type++) {
        bool known = type <= 7 || type == 1024;
        size_t length = known && type != 0 && type != 1024 ? 2 : 0;
        struct nts_record record = record_of(true, (uint16_t)type, length);
        assert_int_equal(nts_record_check(&record), known ? ERR_OK : ERR_CRITICAL);
        record.critical = false;
        assert_int_equal(nts_record_check(&record), type <= 3 ? ERR_SYNTAX : ERR_OK);
    }
}

static enum err host(const void *bytes, size_t length, char out[LIMIT_HOST_NAME_BYTES]) {
    struct nts_record record = {true, NTS_RECORD_SERVER, bytes, length};
    return nts_record_host(&record, out);
}

static void hosts(void **state) {
    (void)state;
    char out[LIMIT_HOST_NAME_BYTES] = "before", most[LIMIT_HOST_NAME_BYTES];
    for (int c = 0; c < 256; c++) {
        char letter = (char)c;
        bool right = c && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789.-:_",
                                 c);
        assert_int_equal(host(&letter, 1, out), right ? ERR_OK : ERR_SYNTAX);
    }
    assert_int_equal(host("2001:db8::1", 11, out), ERR_OK);
    assert_string_equal(out, "2001:db8::1");
    assert_int_equal(host("a\0b", 3, out), ERR_SYNTAX);
    assert_int_equal(host("", 0, out), ERR_SYNTAX);
    assert_string_equal(out, "2001:db8::1");
    memset(most, 'x', sizeof most);
    assert_int_equal(host(most, sizeof most, out), ERR_SYNTAX);
    assert_int_equal(host(most, sizeof most - 1, out), ERR_OK);
    assert_int_equal(strlen(out), sizeof most - 1);
}

static void next_is(struct reader *r, bool critical, uint16_t type, const void *body,
                    size_t length) {
    struct nts_record record;
    assert_int_equal(nts_record_next(r, &record), ERR_OK);
    assert_int_equal(nts_record_check(&record), ERR_OK);
    assert_int_equal(record.critical, critical);
    assert_int_equal(record.type, type);
    assert_int_equal(record.length, length);
    if (length) assert_memory_equal(record.body, body, length);
}

static void builders(void **state) {
    (void)state;
    const uint16_t protocols[] = {0, 0x8000}, aeads[] = {15, 30};
    const uint8_t cookie[] = {1, 2, 3};
    struct writer w = writer_of(room, sizeof room);
    nts_record_put_protocols(&w, protocols, 2);
    nts_record_put_aeads(&w, aeads, 2);
    nts_record_put_aeads(&w, NULL, 0);
    nts_record_put_error(&w, NTS_ERROR_INTERNAL);
    nts_record_put_warning(&w, 0x1234);
    nts_record_put_cookie(&w, cookie, sizeof cookie);
    nts_record_put_server(&w, "ntp.example");
    nts_record_put_port(&w, 0xabcd);
    nts_record_put_compliant_export(&w);
    nts_record_put(&w, false, 0x4001, "own", 3);
    nts_record_put_end(&w);
    assert_false(w.failed);
    struct reader r = reader_of(room, writer_length(&w));
    next_is(&r, true, NTS_RECORD_NEXT_PROTOCOL, "\0\0\x80\0", 4);
    next_is(&r, true, NTS_RECORD_AEAD, "\0\x0f\0\x1e", 4);
    next_is(&r, true, NTS_RECORD_AEAD, NULL, 0);
    next_is(&r, true, NTS_RECORD_ERROR, "\0\2", 2);
    next_is(&r, true, NTS_RECORD_WARNING, "\x12\x34", 2);
    next_is(&r, false, NTS_RECORD_COOKIE, cookie, 3);
    next_is(&r, true, NTS_RECORD_SERVER, "ntp.example", 11);
    next_is(&r, true, NTS_RECORD_NTP_PORT, "\xab\xcd", 2);
    next_is(&r, false, NTS_RECORD_COMPLIANT_EXPORT, NULL, 0);
    next_is(&r, false, 0x4001, "own", 3);
    next_is(&r, true, NTS_RECORD_END, NULL, 0);
    assert_int_equal(bytes_finish(&r), ERR_OK);
}

static void builders_without_room(void **state) {
    (void)state;
    const uint16_t aeads[] = {15, 30};
    for (size_t length = 0; length < 8; length++) {
        struct writer w = writer_of(room, length);
        nts_record_put_aeads(&w, aeads, 2);
        assert_true(w.failed);
    }
    static const uint8_t large[0x10000];
    struct writer w = writer_of(room, sizeof room);
    nts_record_put_cookie(&w, large, sizeof large);
    assert_true(w.failed);
    w = writer_of(room, sizeof room);
    nts_record_put_aeads(&w, aeads, 0x8000);
    assert_true(w.failed);
    assert_int_equal(writer_length(&w), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_whole),
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(oversize_is_known_at_once),
        cmocka_unit_test(lengths_of_each_type),
        cmocka_unit_test(critical_bits),
        cmocka_unit_test(hosts),
        cmocka_unit_test(builders),
        cmocka_unit_test(builders_without_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

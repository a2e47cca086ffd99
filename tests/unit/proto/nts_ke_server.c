/* The server's side of NTS-KE: every request that is good, and every kind that is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nts_ke_records.h"
#include "proto/nts_ke_server.h"

static const struct nts_ke_aeads siv = {{15}, 1}, both = {{30, 15}, 2};

static struct nts_ke_server_request ask_offering(const struct nts_ke_records *m,
                                                 const struct nts_ke_aeads *offer) {
    struct nts_ke_server_request at_once, slowly;
    static struct nts_ke_server server;
    nts_ke_server_init(&server);
    assert_true(nts_ke_server_feed(&server, m->bytes, m->length, offer, &at_once));
    nts_ke_server_init(&server);
    bool complete = false;
    for (size_t i = 0; i < m->length && !complete; i++)
        complete = nts_ke_server_feed(&server, m->bytes + i, 1, offer, &slowly);
    assert_true(complete);
    if (at_once.err != ERR_TRAILING) assert_int_equal(slowly.err, at_once.err);
    return at_once;
}

static struct nts_ke_server_request ask(const struct nts_ke_records *m) {
    return ask_offering(m, &siv);
}

static void expect_answer(const struct nts_ke_server_request *request, const char *bytes,
                          size_t length) {
    uint8_t out[256];
    size_t got = 0;
    assert_int_equal(nts_ke_server_answer(request, NULL, out, sizeof out, &got), ERR_OK);
    assert_int_equal(got, length);
    assert_memory_equal(out, bytes, length);
}
#define EXPECT_ANSWER(request, bytes) expect_answer(request, bytes, sizeof(bytes) - 1)

static void expect_refused(const struct nts_ke_records *m, enum err err) {
    struct nts_ke_server_request request = ask(m);
    assert_int_equal(request.err, err);
    assert_int_equal(request.agreement.aead, 0);
    if (err == ERR_CRITICAL)
        EXPECT_ANSWER(&request, "\x80\2\0\2\0\0\x80\0\0\0");
    else
        EXPECT_ANSWER(&request, "\x80\2\0\2\0\1\x80\0\0\0");
}

static void expect_good(const struct nts_ke_records *m) {
    struct nts_ke_server_request request = ask(m);
    assert_int_equal(request.err, ERR_OK);
    assert_true(request.next_protocol);
    assert_int_equal(request.agreement.aead, 15);
    assert_false(request.agreement.compliant);
}

static void good_in_any_order(void **state) {
    (void)state;
    struct nts_ke_records a = {0}, b = {0}, c = {0};
    expect_good(END(AEAD(PROTOCOL(&a))));
    expect_good(END(PROTOCOL(AEAD(&b))));
    RECORD(&c, 0x4000, "private");
    RECORD(&c, 4, "\0\x1e\0\x11\0\x0f"); /* not critical, three algorithms */
    RECORD(&c, 1234, "");
    RECORD(&c, CRITICAL | 1, "\x12\x34\0\0");
    RECORD(&c, 6, "ntp.example.net");
    RECORD(&c, 7, "\0\x7b");
    RECORD(&c, 1024, "");
    expect_good(END(&c));
}

static void nothing_in_common(void **state) {
    (void)state;
    struct nts_ke_records a = {0}, b = {0}, c = {0};
    struct nts_ke_server_request request = ask(END(AEAD(RECORD(&a, CRITICAL | 1, "\0\1\xff\xff"))));
    assert_int_equal(request.err, ERR_NEGOTIATION);
    EXPECT_ANSWER(&request, "\x80\1\0\0\x80\0\0\0");
    request = ask(END(RECORD(PROTOCOL(&b), CRITICAL | 4, "\0\x11\0\x1e")));
    assert_int_equal(request.err, ERR_NEGOTIATION);
    EXPECT_ANSWER(&request, "\x80\1\0\2\0\0\x80\4\0\0\x80\0\0\0");
    /* Another protocol needs no AEAD record. */
    request = ask(END(RECORD(&c, CRITICAL | 1, "\0\1")));
    assert_int_equal(request.err, ERR_NEGOTIATION);
}

static void missing_records(void **state) {
    (void)state;
    struct nts_ke_records none = {0}, aead = {0}, protocol = {0};
    expect_refused(END(&none), ERR_SYNTAX);
    expect_refused(END(AEAD(&aead)), ERR_SYNTAX);
    expect_refused(END(PROTOCOL(&protocol)), ERR_SYNTAX);
}

static void doubled_records(void **state) {
    (void)state;
    struct nts_ke_records a = {0}, b = {0}, c = {0}, d = {0}, e = {0};
    expect_refused(END(AEAD(PROTOCOL(PROTOCOL(&a)))), ERR_SYNTAX);
    expect_refused(END(AEAD(AEAD(PROTOCOL(&b)))), ERR_SYNTAX);
    AEAD(PROTOCOL(&c)), RECORD(RECORD(&c, 6, "a.example"), 6, "a.example");
    expect_refused(END(&c), ERR_SYNTAX);
    AEAD(PROTOCOL(&d)), RECORD(RECORD(&d, 7, "\0\x7b"), 7, "\0\x7b");
    expect_refused(END(&d), ERR_SYNTAX);
    AEAD(PROTOCOL(&e)), RECORD(RECORD(&e, 1024, ""), 1024, "");
    expect_refused(END(&e), ERR_SYNTAX);
}

static void unknown_critical(void **state) {
    (void)state;
    struct nts_ke_records before = {0}, after = {0}, alone = {0}, with_worse = {0};
    expect_refused(END(AEAD(PROTOCOL(RECORD(&before, CRITICAL | 8, "")))), ERR_CRITICAL);
    expect_refused(END(RECORD(AEAD(PROTOCOL(&after)), CRITICAL | 0x7fff, "abc")), ERR_CRITICAL);
    expect_refused(END(RECORD(&alone, CRITICAL | 2000, "")), ERR_CRITICAL);
    expect_refused(END(RECORD(PROTOCOL(PROTOCOL(&with_worse)), CRITICAL | 2000, "")), ERR_CRITICAL);
}

/* One wrong record between two that are right. */
static void expect_wrong(uint16_t type, const char *body, size_t length, enum err err) {
    struct nts_ke_records m = {0};
    PROTOCOL(&m);
    nts_ke_records_add(&m, type, body, length);
    if ((type & 0x7fff) != 4) AEAD(&m);
    expect_refused(END(&m), err);
}
#define EXPECT_WRONG(type, body, err) expect_wrong(type, body, sizeof(body) - 1, err)

static void wrong_bodies(void **state) {
    (void)state;
    EXPECT_WRONG(CRITICAL | 4, "", ERR_SYNTAX);
    EXPECT_WRONG(CRITICAL | 4, "\0", ERR_SYNTAX);
    EXPECT_WRONG(CRITICAL | 4, "\0\x0f\0", ERR_SYNTAX);
    EXPECT_WRONG(6, "", ERR_SYNTAX);
    EXPECT_WRONG(6, "a b", ERR_SYNTAX);
    EXPECT_WRONG(7, "\0", ERR_SYNTAX);
    EXPECT_WRONG(7, "\0\0\0", ERR_SYNTAX);
    EXPECT_WRONG(1024, "x", ERR_SYNTAX);
    struct nts_ke_records none = {0}, odd = {0}, end = {0}, plain = {0}, plain_end = {0};
    expect_refused(END(AEAD(RECORD(&none, CRITICAL | 1, ""))), ERR_SYNTAX);
    expect_refused(END(AEAD(RECORD(&odd, CRITICAL | 1, "\0\0\0"))), ERR_SYNTAX);
    expect_refused(RECORD(AEAD(PROTOCOL(&end)), CRITICAL | 0, "x"), ERR_SYNTAX);
    expect_refused(END(AEAD(RECORD(&plain, 1, "\0\0"))), ERR_SYNTAX); /* must be critical */
    expect_refused(RECORD(AEAD(PROTOCOL(&plain_end)), 0, ""), ERR_SYNTAX);
}

static void records_of_servers(void **state) {
    (void)state;
    EXPECT_WRONG(CRITICAL | 2, "\0\0", ERR_KIND);
    EXPECT_WRONG(CRITICAL | 3, "\0\0", ERR_KIND);
    EXPECT_WRONG(5, "cookie", ERR_KIND);
    EXPECT_WRONG(CRITICAL | 5, "cookie", ERR_KIND);
}

static void after_the_end(void **state) {
    (void)state;
    struct nts_ke_records m = {0}, twice = {0};
    END(AEAD(PROTOCOL(&m)));
    m.bytes[m.length++] = 0;
    expect_refused(&m, ERR_TRAILING);
    expect_refused(END(END(AEAD(PROTOCOL(&twice)))), ERR_TRAILING);
}

static void oversize(void **state) {
    (void)state;
    struct nts_ke_records fits = {0}, fat = {0}, many = {0}, huge = {{0x40, 0, 0xff, 0xff}, 4};
    static const char padding[LIMIT_NTS_KE_REQUEST_BYTES];
    AEAD(PROTOCOL(&fits));
    nts_ke_records_add(&fits, 0x4000, padding, sizeof padding - fits.length - 8);
    expect_good(END(&fits));
    AEAD(PROTOCOL(&fat));
    nts_ke_records_add(&fat, 0x4000, padding, sizeof padding - fat.length - 7);
    expect_refused(END(&fat), ERR_TOO_LONG);
    expect_refused(&huge, ERR_TOO_LONG);
    while (many.length <= sizeof padding) RECORD(&many, 0x4000, "");
    expect_refused(&many, ERR_TOO_LONG);
}

static void not_complete(void **state) {
    (void)state;
    struct nts_ke_records m = {0};
    END(AEAD(PROTOCOL(&m)));
    struct nts_ke_server_request request;
    for (size_t length = 0; length < m.length; length++) {
        struct nts_ke_server server;
        nts_ke_server_init(&server);
        assert_false(nts_ke_server_feed(&server, m.bytes, length, &siv, &request));
    }
    nts_ke_server_give_up(ERR_STALE, &request);
    assert_int_equal(request.err, ERR_STALE);
    EXPECT_ANSWER(&request, "\x80\2\0\2\0\1\x80\0\0\0");
}

/* The client's order decides; record 1024 only counts with algorithm 30. */
static void two_algorithms(void **state) {
    (void)state;
    struct nts_ke_records gcm = {0}, quirk = {0}, first = {0}, old = {0};
    struct nts_ke_server_request r =
        ask_offering(END(RECORD(PROTOCOL(&gcm), CRITICAL | 4, "\0\x1e\0\x0f")), &both);
    assert_int_equal(r.agreement.aead, 30);
    assert_false(r.agreement.compliant);
    RECORD(RECORD(PROTOCOL(&quirk), CRITICAL | 4, "\0\x1e\0\x0f"), 1024, "");
    r = ask_offering(END(&quirk), &both);
    assert_int_equal(r.agreement.aead, 30);
    assert_true(r.agreement.compliant);
    uint8_t out[64];
    size_t length = 0;
    const struct nts_ke_server_gift gift = {(const uint8_t *)"abcd", 1, 4, NULL, 0};
    assert_int_equal(nts_ke_server_answer(&r, &gift, out, sizeof out, &length), ERR_OK);
    assert_int_equal(length, 6 + 6 + 4 + 8 + 4);
    assert_memory_equal(out, "\x80\1\0\2\0\0\x80\4\0\2\0\x1e\4\0\0\0\0\5\0\4abcd\x80\0\0\0",
                        length);
    RECORD(RECORD(PROTOCOL(&first), CRITICAL | 4, "\0\x0f\0\x1e"), 1024, "");
    r = ask_offering(END(&first), &both);
    assert_int_equal(r.agreement.aead, 15);
    assert_false(r.agreement.compliant);
    r = ask_offering(END(AEAD(PROTOCOL(&old))), &both);
    assert_int_equal(r.agreement.aead, 15);
}

static void whole_answer(void **state) {
    (void)state;
    struct nts_ke_records m = {0}, expected = {0};
    uint8_t cookies[8 * 100], out[LIMIT_NTS_KE_RESPONSE_BYTES];
    for (size_t i = 0; i < sizeof cookies; i++) cookies[i] = (uint8_t)(i * 3);
    struct nts_ke_server_request r = ask(END(AEAD(PROTOCOL(&m))));
    const struct nts_ke_server_gift gift = {cookies, 8, 100, "ntp.example.net", 11123};
    size_t length = 0;
    assert_int_equal(nts_ke_server_answer(&r, &gift, out, sizeof out, &length), ERR_OK);
    AEAD(PROTOCOL(&expected));
    for (size_t i = 0; i < 8; i++) nts_ke_records_add(&expected, 5, cookies + 100 * i, 100);
    RECORD(&expected, CRITICAL | 6, "ntp.example.net");
    RECORD(&expected, CRITICAL | 7, "\x2b\x73");
    END(&expected);
    assert_int_equal(length, expected.length);
    assert_memory_equal(out, expected.bytes, length);
    for (size_t room = 0; room < length; room++) {
        size_t untouched = 77;
        assert_int_equal(nts_ke_server_answer(&r, &gift, out, room, &untouched), ERR_FULL);
        assert_int_equal(untouched, 77);
    }
}

static void gifts_that_cannot_be_given(void **state) {
    (void)state;
    struct nts_ke_records m = {0};
    static const uint8_t cookies[9 * 300];
    char name[LIMIT_HOST_NAME_BYTES + 1];
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    const struct nts_ke_server_gift gifts[] = {
        {cookies, 0, 100, NULL, 0}, {cookies, 9, 100, NULL, 0}, {cookies, 8, 0, NULL, 0},
        {cookies, 1, 260, NULL, 0}, {cookies, 1, 99, NULL, 0},  {cookies, 1, 100, "", 0},
        {cookies, 1, 100, name, 0},
    };
    struct nts_ke_server_request r = ask(END(AEAD(PROTOCOL(&m))));
    uint8_t out[LIMIT_NTS_KE_RESPONSE_BYTES];
    size_t length = 77;
    for (size_t i = 0; i < sizeof gifts / sizeof *gifts; i++)
        assert_int_equal(nts_ke_server_answer(&r, &gifts[i], out, sizeof out, &length), ERR_RANGE);
    assert_int_equal(length, 77);
    assert_int_equal(nts_ke_server_internal(out, sizeof out, &length), ERR_OK);
    assert_int_equal(length, 10);
    assert_memory_equal(out, "\x80\2\0\2\0\2\x80\0\0\0", 10);
    assert_int_equal(nts_ke_server_internal(out, 9, &length), ERR_FULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_in_any_order),
        cmocka_unit_test(nothing_in_common),
        cmocka_unit_test(missing_records),
        cmocka_unit_test(doubled_records),
        cmocka_unit_test(unknown_critical),
        cmocka_unit_test(wrong_bodies),
        cmocka_unit_test(records_of_servers),
        cmocka_unit_test(after_the_end),
        cmocka_unit_test(oversize),
        cmocka_unit_test(not_complete),
        cmocka_unit_test(two_algorithms),
        cmocka_unit_test(whole_answer),
        cmocka_unit_test(gifts_that_cannot_be_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

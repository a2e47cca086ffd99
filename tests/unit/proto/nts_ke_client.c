/* The client's side of NTS-KE: the request, responses that are good, and every kind that is not;
 * and our own server's answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nts_ke_records.h"
#include "proto/nts_ke_client.h"
#include "proto/nts_ke_server.h"

static const struct nts_ke_aeads siv = {{15}, 1}, both = {{30, 15}, 2};
static const uint8_t cookie[100] = "a cookie of one hundred bytes";

static struct nts_ke_client_response answer_to(const struct nts_ke_aeads *offer,
                                               const struct nts_ke_records *m) {
    struct nts_ke_client_response at_once, slowly;
    struct nts_ke_client client;
    uint8_t request[NTS_KE_CLIENT_REQUEST_BYTES];
    nts_ke_client_init(&client, offer, request);
    assert_true(nts_ke_client_feed(&client, m->bytes, m->length, &at_once));
    nts_ke_client_init(&client, offer, request);
    bool complete = false;
    for (size_t i = 0; i < m->length && !complete; i++)
        complete = nts_ke_client_feed(&client, m->bytes + i, 1, &slowly);
    assert_true(complete);
    if (at_once.err != ERR_TRAILING) assert_memory_equal(&slowly, &at_once, sizeof slowly);
    return at_once;
}

static struct nts_ke_records *cookies(struct nts_ke_records *m, size_t count) {
    for (size_t i = 0; i < count; i++) nts_ke_records_add(m, 5, cookie, sizeof cookie);
    return m;
}

static void expect_refused(const struct nts_ke_records *m, enum err err, const char *words) {
    struct nts_ke_client_response r = answer_to(&siv, m);
    if (!strstr(r.reason, words)) fail_msg("\"%s\" does not say \"%s\"", r.reason, words);
    assert_int_equal(r.err, err);
    assert_int_equal(r.cookie_count, 0);
    assert_int_equal(r.agreement.aead, 0);
    assert_string_equal(r.server, "");
}

static void requests(void **state) {
    (void)state;
    struct nts_ke_client client;
    uint8_t out[NTS_KE_CLIENT_REQUEST_BYTES];
    assert_int_equal(nts_ke_client_init(&client, &siv, out), 16);
    assert_memory_equal(out, "\x80\1\0\2\0\0\x80\4\0\2\0\x0f\x80\0\0\0", 16);
    assert_int_equal(nts_ke_client_init(&client, &both, out), 22);
    assert_memory_equal(out, "\x80\1\0\2\0\0\x80\4\0\4\0\x1e\0\x0f\4\0\0\0\x80\0\0\0", 22);
}

static void good(void **state) {
    (void)state;
    struct nts_ke_records m = {0};
    struct nts_ke_client_response r = answer_to(&siv, END(cookies(AEAD(PROTOCOL(&m)), 8)));
    assert_string_equal(r.reason, "");
    assert_int_equal(r.err, ERR_OK);
    assert_int_equal(r.agreement.aead, 15);
    assert_int_equal(r.cookie_count, 8);
    assert_int_equal(r.cookies[7].length, 100);
    assert_memory_equal(r.cookies[7].bytes, cookie, 100);
    assert_string_equal(r.server, "");
    assert_int_equal(r.port, 123);
}

static void good_in_another_order(void **state) {
    (void)state;
    struct nts_ke_records m = {0};
    RECORD(&m, CRITICAL | 7, "\x2b\x73");
    cookies(&m, 1);
    RECORD(&m, 0x4abc, "private");
    RECORD(&m, 6, "2001:db8::7");
    RECORD(&m, 4, "\0\x0f");
    struct nts_ke_client_response r = answer_to(&siv, END(PROTOCOL(&m)));
    assert_string_equal(r.reason, "");
    assert_int_equal(r.cookie_count, 1);
    assert_string_equal(r.server, "2001:db8::7");
    assert_int_equal(r.port, 11123);
}

static void more_cookies_than_kept(void **state) {
    (void)state;
    struct nts_ke_records m = {0}, odd = {0};
    assert_int_equal(answer_to(&siv, END(cookies(AEAD(PROTOCOL(&m)), 12))).cookie_count, 8);
    AEAD(PROTOCOL(&odd));
    nts_ke_records_add(&odd, 5, cookie, 99); /* no field can carry it */
    cookies(&odd, 1);
    assert_int_equal(answer_to(&siv, END(&odd)).cookie_count, 1);
}

static void cookies_of_any_length(void **state) {
    (void)state;
    static const uint8_t bytes[300];
    for (size_t length = 0; length <= sizeof bytes; length++) {
        struct nts_ke_records m = {0};
        AEAD(PROTOCOL(&m));
        nts_ke_records_add(&m, 5, bytes, length);
        struct nts_ke_client_response r = answer_to(&siv, END(&m));
        bool usable = length > 0 && length % 4 == 0 && length <= LIMIT_NTS_COOKIE_BYTES;
        assert_int_equal(r.err, usable ? ERR_OK : ERR_SYNTAX);
        assert_int_equal(r.cookie_count, usable ? 1 : 0);
    }
}

static void errors_and_warnings(void **state) {
    (void)state;
    struct nts_ke_records e[6] = {0};
    expect_refused(END(RECORD(&e[0], CRITICAL | 2, "\0\0")), ERR_REFUSED,
                   "error 0: it does not understand a critical record");
    expect_refused(END(RECORD(&e[1], CRITICAL | 2, "\0\1")), ERR_REFUSED, "error 1: it takes");
    expect_refused(END(RECORD(&e[2], CRITICAL | 2, "\0\2")), ERR_REFUSED,
                   "error 2: internal server error");
    expect_refused(END(RECORD(&e[3], CRITICAL | 2, "\x12\x34")), ERR_REFUSED,
                   "error 4660: unknown code");
    RECORD(cookies(AEAD(PROTOCOL(&e[4])), 8), CRITICAL | 2, "\0\1");
    expect_refused(END(&e[4]), ERR_REFUSED, "error 1");
    RECORD(cookies(AEAD(PROTOCOL(&e[5])), 8), CRITICAL | 3, "\0\7");
    expect_refused(END(&e[5]), ERR_REFUSED, "warning 7");
}

static void nothing_in_common(void **state) {
    (void)state;
    struct nts_ke_records a = {0}, b = {0};
    expect_refused(END(RECORD(&a, CRITICAL | 1, "")), ERR_NEGOTIATION, "does not do NTPv4");
    expect_refused(END(RECORD(PROTOCOL(&b), CRITICAL | 4, "")), ERR_NEGOTIATION,
                   "none of our AEAD algorithms");
}

static void choices_not_offered(void **state) {
    (void)state;
    struct nts_ke_records m[5] = {0};
    RECORD(&m[0], CRITICAL | 1, "\0\1");
    expect_refused(END(cookies(AEAD(&m[0]), 8)), ERR_SYNTAX, "protocol that was not offered");
    RECORD(&m[1], CRITICAL | 1, "\0\0\0\0");
    expect_refused(END(cookies(AEAD(&m[1]), 8)), ERR_SYNTAX, "protocol that was not offered");
    RECORD(PROTOCOL(&m[2]), CRITICAL | 4, "\0\x1e");
    expect_refused(END(cookies(&m[2], 8)), ERR_SYNTAX, "AEAD algorithm 30, which was not offered");
    RECORD(PROTOCOL(&m[3]), CRITICAL | 4, "\0\x0f\0\x0f");
    expect_refused(END(cookies(&m[3], 8)), ERR_SYNTAX, "more than one AEAD");
    RECORD(PROTOCOL(&m[4]), CRITICAL | 4, "\0\0");
    expect_refused(END(cookies(&m[4], 8)), ERR_SYNTAX, "AEAD algorithm 0, which was not offered");
}

static void missing_and_doubled(void **state) {
    (void)state;
    struct nts_ke_records m[8] = {0};
    expect_refused(END(&m[0]), ERR_SYNTAX, "does not say which protocol");
    expect_refused(END(cookies(PROTOCOL(&m[1]), 8)), ERR_SYNTAX, "does not name an AEAD");
    expect_refused(END(AEAD(PROTOCOL(&m[2]))), ERR_SYNTAX, "no cookie of 4 to 256 bytes");
    expect_refused(END(cookies(AEAD(PROTOCOL(PROTOCOL(&m[3]))), 8)), ERR_SYNTAX,
                   "names the protocol twice");
    expect_refused(END(cookies(AEAD(AEAD(PROTOCOL(&m[4]))), 8)), ERR_SYNTAX,
                   "names the AEAD algorithm twice");
    RECORD(RECORD(cookies(AEAD(PROTOCOL(&m[5])), 8), 6, "a.example"), 6, "b.example");
    expect_refused(END(&m[5]), ERR_SYNTAX, "names the NTP server twice");
    RECORD(RECORD(cookies(AEAD(PROTOCOL(&m[6])), 8), 7, "\0\x7b"), 7, "\0\x7b");
    expect_refused(END(&m[6]), ERR_SYNTAX, "names the port twice");
}

static void expect_wrong(uint16_t type, const char *body, size_t length, enum err err,
                         const char *words) {
    struct nts_ke_records m = {0};
    cookies(AEAD(PROTOCOL(&m)), 8);
    nts_ke_records_add(&m, type, body, length);
    expect_refused(END(&m), err, words);
}
#define EXPECT_WRONG(type, body, err, words) expect_wrong(type, body, sizeof(body) - 1, err, words)

static void wrong_records(void **state) {
    (void)state;
    EXPECT_WRONG(CRITICAL | 8, "", ERR_CRITICAL, "record type 8 is marked critical");
    EXPECT_WRONG(CRITICAL | 0x7fff, "", ERR_CRITICAL, "record type 32767 is marked critical");
    EXPECT_WRONG(2, "\0\0", ERR_SYNTAX, "record type 2 is malformed"); /* must be critical */
    EXPECT_WRONG(CRITICAL | 2, "\0", ERR_SYNTAX, "record type 2 is malformed");
    EXPECT_WRONG(CRITICAL | 3, "", ERR_SYNTAX, "record type 3 is malformed");
    EXPECT_WRONG(7, "\0\0", ERR_SYNTAX, "port 0");
    EXPECT_WRONG(7, "\0", ERR_SYNTAX, "record type 7 is malformed");
    EXPECT_WRONG(6, "", ERR_SYNTAX, "record type 6 is malformed");
    EXPECT_WRONG(6, "a\nb", ERR_SYNTAX, "no host name");
    EXPECT_WRONG(1024, "x", ERR_SYNTAX, "record type 1024 is malformed");
}

static void framing(void **state) {
    (void)state;
    struct nts_ke_records trailing = {0}, twice = {0}, huge = {{0x40, 0, 0x10, 0}, 4};
    END(cookies(AEAD(PROTOCOL(&trailing)), 8));
    trailing.bytes[trailing.length++] = 1;
    expect_refused(&trailing, ERR_TRAILING, "follows the end");
    expect_refused(END(END(cookies(AEAD(PROTOCOL(&twice)), 8))), ERR_TRAILING, "follows the end");
    expect_refused(&huge, ERR_TOO_LONG, "longer than 4096 bytes");
    struct nts_ke_records many = {0};
    PROTOCOL(&many);
    while (many.length <= LIMIT_NTS_KE_RESPONSE_BYTES) cookies(&many, 1);
    expect_refused(&many, ERR_TOO_LONG, "longer than 4096 bytes");
}

static void cut_anywhere(void **state) {
    (void)state;
    struct nts_ke_records m = {0};
    END(cookies(AEAD(PROTOCOL(&m)), 2));
    struct nts_ke_client_response r;
    for (size_t length = 0; length < m.length; length++) {
        struct nts_ke_client client;
        uint8_t request[NTS_KE_CLIENT_REQUEST_BYTES];
        nts_ke_client_init(&client, &siv, request);
        assert_false(nts_ke_client_feed(&client, m.bytes, length, &r));
    }
    nts_ke_client_give_up(ERR_SHORT, &r);
    assert_int_equal(r.err, ERR_SHORT);
    assert_non_null(strstr(r.reason, "closed before"));
    nts_ke_client_give_up(ERR_STALE, &r);
    assert_non_null(strstr(r.reason, "in time"));
}

/* Our client and our server; both may offer 30, and then agree on its true context. */
static void with_our_server(void **state) {
    (void)state;
    const struct nts_ke_aeads *const offers[] = {&siv, &both};
    for (int i = 0; i < 4; i++) {
        struct nts_ke_client client;
        struct nts_ke_server server;
        struct nts_ke_server_request request;
        struct nts_ke_records answer = {0};
        struct nts_ke_client_response r;
        uint8_t bytes[NTS_KE_CLIENT_REQUEST_BYTES];
        size_t length = nts_ke_client_init(&client, offers[i / 2], bytes);
        nts_ke_server_init(&server);
        assert_true(nts_ke_server_feed(&server, bytes, length, offers[i % 2], &request));
        const struct nts_ke_server_gift gift = {cookie, 1, sizeof cookie, "b.example.net", 4123};
        assert_int_equal(nts_ke_server_answer(&request, &gift, answer.bytes, sizeof answer.bytes,
                                              &answer.length),
                         ERR_OK);
        assert_true(nts_ke_client_feed(&client, answer.bytes, answer.length, &r));
        assert_string_equal(r.reason, "");
        assert_int_equal(r.agreement.aead, i == 3 ? 30 : 15);
        assert_int_equal(r.agreement.compliant, i == 3);
        assert_int_equal(r.agreement.compliant, request.agreement.compliant);
        assert_string_equal(r.server, "b.example.net");
        assert_int_equal(r.port, 4123);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),
        cmocka_unit_test(good),
        cmocka_unit_test(good_in_another_order),
        cmocka_unit_test(more_cookies_than_kept),
        cmocka_unit_test(cookies_of_any_length),
        cmocka_unit_test(errors_and_warnings),
        cmocka_unit_test(nothing_in_common),
        cmocka_unit_test(choices_not_offered),
        cmocka_unit_test(missing_and_doubled),
        cmocka_unit_test(wrong_records),
        cmocka_unit_test(framing),
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(with_our_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

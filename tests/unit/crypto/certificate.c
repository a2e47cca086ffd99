/* PEM text with none, several, too many and broken certificates; names and dates; texts of refusal.
 * How a handshake uses them is tested with crypto/tls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "crypto/certificate.h"
#include "vector_file.h"

static STACK_OF(X509) * read_file(const char *name, int expected) {
    struct vector_file pem = vector_file(name);
    STACK_OF(X509) *found = NULL;
    char reason[CERTIFICATE_REASON_BYTES];
    assert_int_equal(certificate_read(pem.text, pem.length, 8, &found, reason), ERR_OK);
    assert_int_equal(sk_X509_num(found), expected);
    return found;
}

static void expect_name(const char *file, const char *name) {
    STACK_OF(X509) *found = read_file(file, 1);
    char text[CERTIFICATE_NAME_BYTES];
    assert_string_equal(certificate_name(sk_X509_value(found, 0), text), name);
    certificate_free(found);
}

static void names(void **state) {
    (void)state;
    expect_name("nts_good.pem", "time.example.net");
    expect_name("nts_second.pem", "*.second.example.net");
    expect_name("nts_address.pem", "192.0.2.1");
    expect_name("nts_nameless.pem", "time.example.net"); /* the common name */
    expect_name("nts_root.pem", "Etalon test root");
}

static void several_with_text_between(void **state) {
    (void)state;
    certificate_free(read_file("nts_chain.pem", 2));
    struct vector_file one = vector_file("nts_good.pem");
    char text[9000];
    int length = snprintf(text, sizeof text, "# the first\n%.*s\nfree text\n%.*s# the end\n",
                          (int)one.length, one.text, (int)one.length, one.text);
    STACK_OF(X509) *found = NULL;
    char reason[CERTIFICATE_REASON_BYTES];
    assert_int_equal(certificate_read(text, (size_t)length, 2, &found, reason), ERR_OK);
    assert_int_equal(sk_X509_num(found), 2);
    certificate_free(found);
    found = NULL;
    assert_int_equal(certificate_read(text, (size_t)length, 1, &found, reason), ERR_FULL);
    assert_string_equal(reason, "it holds more than 1 certificates");
    assert_null(found);
}

static void cut_anywhere(void **state) {
    (void)state;
    struct vector_file pem = vector_file("nts_good.pem");
    for (size_t length = 0; length + 2 < pem.length; length += 7) {
        STACK_OF(X509) *found = NULL;
        char reason[CERTIFICATE_REASON_BYTES] = "";
        assert_int_equal(certificate_read(pem.text, length, 8, &found, reason), ERR_SYNTAX);
        assert_null(found);
        assert_true(reason[0] != '\0');
    }
}

static void second_is_broken(void **state) {
    (void)state;
    struct vector_file pem = vector_file("nts_chain.pem");
    STACK_OF(X509) *found = NULL;
    char reason[CERTIFICATE_REASON_BYTES] = "";
    pem.text[pem.length - 100] ^= 0x40;
    assert_int_equal(certificate_read(pem.text, pem.length, 8, &found, reason), ERR_SYNTAX);
    assert_string_equal(reason, "certificate 2 in it cannot be read");
    assert_null(found);
}

static void keys(void **state) {
    (void)state;
    struct vector_file good = vector_file("nts_key.pem"),
                       locked = vector_file("nts_locked_key.pem");
    EVP_PKEY *key = NULL;
    char reason[CERTIFICATE_REASON_BYTES] = "";
    assert_int_equal(certificate_read_key(locked.text, locked.length, &key, reason), ERR_SYNTAX);
    assert_non_null(strstr(reason, "without a passphrase"));
    assert_int_equal(certificate_read_key("", 0, &key, reason), ERR_SYNTAX);
    assert_null(key);
    assert_int_equal(certificate_read_key(good.text, good.length, &key, reason), ERR_OK);
    assert_non_null(key);
    EVP_PKEY_free(key);
}

static void dates(void **state) {
    (void)state;
    STACK_OF(X509) *found = read_file("nts_good.pem", 1);
    struct utc from = {0}, to = {0};
    assert_int_equal(certificate_dates(sk_X509_value(found, 0), &from, &to), ERR_OK);
    assert_int_equal(from.ns, INT64_C(1577836800) * NS_PER_S); /* 2020-01-01 */
    assert_int_equal(to.ns, INT64_C(4670438400) * NS_PER_S);   /* 2118-01-01 */
    certificate_free(found);
}

static void date_beyond_our_range(void **state) {
    (void)state;
    X509 *made = X509_new();
    struct utc from = {0}, to = {0};
    ASN1_TIME_set_string(X509_getm_notBefore(made), "19000101000000Z");
    ASN1_TIME_set_string(X509_getm_notAfter(made), "99991231235959Z");
    assert_int_equal(certificate_dates(made, &from, &to), ERR_OK);
    assert_int_equal(from.ns, INT64_C(-2208988800) * NS_PER_S);
    assert_int_equal(to.ns, INT64_MAX / NS_PER_S * NS_PER_S);
    X509_free(made);
}

/* A name made by an enemy: control characters, a terminal escape, a zero. */
static void unprintable_name(void **state) {
    (void)state;
    X509 *made = X509_new();
    char text[CERTIFICATE_NAME_BYTES];
    assert_string_equal(certificate_name(made, text), "");
    X509_NAME *subject = X509_NAME_new();
    X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_ASC,
                               (const unsigned char *)"a\x1b[31m\nb\0c\xff", 11, -1, 0);
    X509_set_subject_name(made, subject);
    assert_string_equal(certificate_name(made, text), "a?[31m?b?c??");
    X509_NAME_free(subject);
    X509_free(made);
}

static void reasons(void **state) {
    (void)state;
    STACK_OF(X509) *found = read_file("nts_expired.pem", 1);
    const X509 *expired = sk_X509_value(found, 0);
    char reason[CERTIFICATE_REASON_BYTES];
    certificate_explain(X509_V_ERR_CERT_HAS_EXPIRED, expired, "h", 1700000000, reason);
    assert_string_equal(reason, "the certificate of time.example.net expired at "
                                "2021-01-01T00:00:00Z, and it is 2023-11-14T22:13:20Z");
    certificate_explain(X509_V_ERR_HOSTNAME_MISMATCH, expired, "host.example", 0, reason);
    assert_string_equal(reason, "the certificate of time.example.net is not for host.example");
    certificate_explain(X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, expired, "h", 0, reason);
    assert_non_null(strstr(reason, "time.example.net is not trusted: self"));
    certificate_explain(X509_V_ERR_UNSPECIFIED, NULL, "h", 0, reason);
    assert_non_null(strstr(reason, "somebody without a name"));
    certificate_free(found);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(several_with_text_between),
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(second_is_broken),
        cmocka_unit_test(keys),
        cmocka_unit_test(dates),
        cmocka_unit_test(date_beyond_our_range),
        cmocka_unit_test(unprintable_name),
        cmocka_unit_test(reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

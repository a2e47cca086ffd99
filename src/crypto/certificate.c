/* Certificates and keys in PEM text (RFC 7468), their names and dates (RFC 5280), and why one was
 * refused. Invariant: nothing read here is trusted; the texts are printable whatever it holds. */
#include "crypto/certificate.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/addr.h"
#include "base/text.h"

enum { SECONDS_PER_DAY = 86400 };

static int no_passphrase(char *buffer, int size, int writing, void *context) {
    (void)buffer, (void)size, (void)writing, (void)context;
    return -1;
}

static BIO *open_text(const void *pem, size_t length) {
    if (length == 0 || length > INT_MAX) return NULL;
    return BIO_new_mem_buf(pem, (int)length);
}

/* Whether reading stopped because the text holds nothing further. */
static bool at_end(void) {
    unsigned long error = ERR_peek_last_error();
    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

static enum err read_all(BIO *text, size_t max, STACK_OF(X509) * into,
                         char reason[CERTIFICATE_REASON_BYTES]) {
    for (size_t count = 0;; count++) {
        X509 *certificate = PEM_read_bio_X509(text, NULL, no_passphrase, NULL);
        if (!certificate && at_end() && count > 0) return ERR_OK;
        if (!certificate && at_end()) {
            snprintf(reason, CERTIFICATE_REASON_BYTES, "there is no certificate in it");
            return ERR_SYNTAX;
        }
        if (!certificate) {
            snprintf(reason, CERTIFICATE_REASON_BYTES, "certificate %zu in it cannot be read",
                     count + 1);
            return ERR_SYNTAX;
        }
        if (count == max || sk_X509_push(into, certificate) == 0) {
            X509_free(certificate);
            snprintf(reason, CERTIFICATE_REASON_BYTES, "it holds more than %zu certificates", max);
            return ERR_FULL;
        }
    }
}

enum err certificate_read(const void *pem, size_t length, size_t max, struct stack_st_X509 **out,
                          char reason[CERTIFICATE_REASON_BYTES]) {
    ERR_clear_error();
    BIO *text = open_text(pem, length);
    STACK_OF(X509) *certificates = sk_X509_new_null();
    enum err err = ERR_SYNTAX;
    if (text && certificates)
        err = read_all(text, max, certificates, reason);
    else
        snprintf(reason, CERTIFICATE_REASON_BYTES, "there is no certificate in it");
    BIO_free(text);
    ERR_clear_error();
    if (err == ERR_OK)
        *out = certificates;
    else
        certificate_free(certificates);
    return err;
}

void certificate_free(struct stack_st_X509 *certificates) {
    sk_X509_pop_free(certificates, X509_free);
}

enum err certificate_read_key(const void *pem, size_t length, struct evp_pkey_st **out,
                              char reason[CERTIFICATE_REASON_BYTES]) {
    ERR_clear_error();
    BIO *text = open_text(pem, length);
    EVP_PKEY *key = text ? PEM_read_bio_PrivateKey(text, NULL, no_passphrase, NULL) : NULL;
    BIO_free(text);
    ERR_clear_error();
    if (!key) {
        snprintf(reason, CERTIFICATE_REASON_BYTES,
                 "there is no private key in it that can be read without a passphrase");
        return ERR_SYNTAX;
    }
    *out = key;
    return ERR_OK;
}

static const char *printable(const unsigned char *bytes, int length,
                             char out[CERTIFICATE_NAME_BYTES]) {
    size_t used = 0;
    for (int i = 0; i < length && used + 1 < CERTIFICATE_NAME_BYTES; i++)
        out[used++] = bytes[i] >= ' ' && bytes[i] < 0x7f ? (char)bytes[i] : '?';
    out[used] = '\0';
    return out;
}

static bool alternative_name(const GENERAL_NAME *name, char out[CERTIFICATE_NAME_BYTES]) {
    if (name->type == GEN_DNS) {
        printable(ASN1_STRING_get0_data(name->d.dNSName), ASN1_STRING_length(name->d.dNSName), out);
        return true;
    }
    if (name->type != GEN_IPADD) return false;
    int length = ASN1_STRING_length(name->d.iPAddress);
    struct addr address = {.family = length == 4 ? ADDR_IPV4 : ADDR_IPV6};
    if (length != 4 && length != 16) return false;
    memcpy(address.bytes, ASN1_STRING_get0_data(name->d.iPAddress), (size_t)length);
    char text[ADDR_TEXT_BYTES];
    snprintf(out, CERTIFICATE_NAME_BYTES, "%s", addr_text(&address, text));
    return true;
}

static bool first_alternative_name(const X509 *certificate, char out[CERTIFICATE_NAME_BYTES]) {
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    bool found = false;
    for (int i = 0; !found && i < sk_GENERAL_NAME_num(names); i++)
        found = alternative_name(sk_GENERAL_NAME_value(names, i), out);
    GENERAL_NAMES_free(names);
    return found;
}

const char *certificate_name(const struct x509_st *certificate, char out[CERTIFICATE_NAME_BYTES]) {
    out[0] = '\0';
    if (first_alternative_name(certificate, out)) return out;
    const X509_NAME *subject = X509_get_subject_name(certificate);
    int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (index < 0) return out;
    const ASN1_STRING *text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index));
    return printable(ASN1_STRING_get0_data(text), ASN1_STRING_length(text), out);
}

static bool utc_of(const ASN1_TIME *time, struct utc *out) {
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0, seconds = 0;
    bool valid = epoch && ASN1_TIME_diff(&days, &seconds, epoch, time);
    ASN1_STRING_free(epoch);
    if (!valid) return false;
    int64_t since = (int64_t)days * SECONDS_PER_DAY + seconds;
    const int64_t last = INT64_MAX / NS_PER_S;
    if (since > last) since = last;
    if (since < -last) since = -last;
    out->ns = since * NS_PER_S;
    return true;
}

enum err certificate_dates(const struct x509_st *certificate, struct utc *not_before,
                           struct utc *not_after) {
    struct utc from, to;
    if (!utc_of(X509_get0_notBefore(certificate), &from)) return ERR_RANGE;
    if (!utc_of(X509_get0_notAfter(certificate), &to)) return ERR_RANGE;
    *not_before = from;
    *not_after = to;
    return ERR_OK;
}

/* "2026-01-31T23:59:59Z": certificates know whole seconds. */
static const char *second_text(struct utc time, char out[TEXT_BYTES]) {
    text_utc(time, out);
    char *point = strchr(out, '.');
    if (point) memcpy(point, "Z", sizeof "Z");
    return out;
}

static void explain_date(bool late, const X509 *certificate, const char *name, int64_t now_s,
                         char reason[CERTIFICATE_REASON_BYTES]) {
    struct utc from = {0}, to = {0};
    char limit[TEXT_BYTES] = "a date that is none", now[TEXT_BYTES];
    if (certificate_dates(certificate, &from, &to) == ERR_OK) second_text(late ? to : from, limit);
    second_text((struct utc){now_s * NS_PER_S}, now);
    snprintf(reason, CERTIFICATE_REASON_BYTES,
             late ? "the certificate of %.100s expired at %s, and it is %s"
                  : "the certificate of %.100s is valid from %s on, and it is %s",
             name, limit, now);
}

void certificate_explain(int code, const struct x509_st *certificate, const char *host,
                         int64_t now_s, char reason[CERTIFICATE_REASON_BYTES]) {
    char name[CERTIFICATE_NAME_BYTES] = "";
    if (certificate) certificate_name(certificate, name);
    if (name[0] == '\0') snprintf(name, sizeof name, "%s", "somebody without a name");
    bool late = code == X509_V_ERR_CERT_HAS_EXPIRED;
    if (certificate && (late || code == X509_V_ERR_CERT_NOT_YET_VALID)) {
        explain_date(late, certificate, name, now_s, reason);
    } else if (code == X509_V_ERR_HOSTNAME_MISMATCH || code == X509_V_ERR_IP_ADDRESS_MISMATCH) {
        snprintf(reason, CERTIFICATE_REASON_BYTES, "the certificate of %.100s is not for %.100s",
                 name, host);
    } else {
        snprintf(reason, CERTIFICATE_REASON_BYTES,
                 "the certificate of %.100s is not trusted: %.80s", name,
                 X509_verify_cert_error_string(code));
    }
}

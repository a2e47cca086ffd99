/* Certificates and keys in PEM text, and what people want to read of a certificate (RFC 5280,
 * RFC 7468; by OpenSSL). Beside crypto/tls, which alone includes this.
 *
 * Whatever text comes out is printable ASCII, also where a certificate was made by an enemy. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/times.h"

struct evp_pkey_st;
struct stack_st_X509;
struct x509_st;

enum { CERTIFICATE_REASON_BYTES = 256, CERTIFICATE_NAME_BYTES = 256 };

/* All certificates in the text, in order, at least one and at most max; what stands between them
 * is skipped. SYNTAX or FULL with a reason. The caller frees them with certificate_free. */
MUST_USE enum err certificate_read(const void *pem, size_t length, size_t max,
                                   struct stack_st_X509 **out,
                                   char reason[CERTIFICATE_REASON_BYTES]);
void certificate_free(struct stack_st_X509 *certificates);
/* The first private key in the text; one that wants a passphrase is refused. The caller frees it
 * with EVP_PKEY_free. */
MUST_USE enum err certificate_read_key(const void *pem, size_t length, struct evp_pkey_st **out,
                                       char reason[CERTIFICATE_REASON_BYTES]);
/* The first DNS name or address it is for, else its common name, else "". Returns out. */
const char *certificate_name(const struct x509_st *certificate, char out[CERTIFICATE_NAME_BYTES]);
/* ERR_RANGE if they are no times; dates after 2262 are taken as 2262. */
MUST_USE enum err certificate_dates(const struct x509_st *certificate, struct utc *not_before,
                                    struct utc *not_after);
/* Why OpenSSL's verification failed (an X509_V_ERR code) with this certificate, or NULL where
 * there is none: names the certificate and the thing. host is whom we wanted, now_s the time it was
 * judged by in seconds since 1970. */
void certificate_explain(int code, const struct x509_st *certificate, const char *host,
                         int64_t now_s, char reason[CERTIFICATE_REASON_BYTES]);

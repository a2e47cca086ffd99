/* TLS 1.3 between buffers (RFC 8446, RFC 8915 section 3): contexts are OpenSSL's SSL_CTX with
 * everything switched off that NTS-KE does not use, connections are an SSL between two memory BIOs.
 *
 * Invariant: what a peer can make us keep is bounded by connection.input, and no callback is called
 * outside of the functions here, which first tell the SSL where its connection lives now. */
#include "crypto/tls.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/addr.h"
#include "base/check.h"
#include "crypto/certificate.h"

_Static_assert((int)TLS_REASON_BYTES == (int)CERTIFICATE_REASON_BYTES, "one size of reasons");
_Static_assert((int)TLS_NAME_BYTES == (int)CERTIFICATE_NAME_BYTES, "one size of names");

static const char alpn[] = "ntske/1";
static const uint8_t alpn_list[] = {7, 'n', 't', 's', 'k', 'e', '/', '1'};
static const char exporter_label[] = "EXPORTER-network-time-security";

enum {
    ALPN_BYTES = sizeof alpn - 1,
    ROOTS_MAX = 1000, /* Mozilla's are about 150 */
    WRITE_BYTES_MAX = 65536,
    ALERT_PROTOCOL_VERSION = 70,
    ALERT_NO_APPLICATION_PROTOCOL = 120,
};

static void set_failure(struct tls_connection *c, enum err err, const char *text) {
    if (c->reason[0] != '\0') return;
    c->err = err;
    snprintf(c->reason, sizeof c->reason, "%s", text);
}

/* An extension of the client's first message that lists 16-bit values after one length octet. */
static bool lists_version(const uint8_t *list, size_t length, uint16_t wanted) {
    for (size_t i = 1; i + 1 < length; i += 2)
        if ((list[i] << 8 | list[i + 1]) == wanted) return true;
    return false;
}

/* Looks at the whole ClientHello first, so that the reason can name what it lacks. */
static int on_client_hello(SSL *ssl, int *alert, void *context) {
    (void)context;
    struct tls_connection *c = SSL_get_app_data(ssl);
    const unsigned char *list = NULL;
    size_t length = 0;
    if (!SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_supported_versions, &list, &length) ||
        !lists_version(list, length, TLS1_3_VERSION)) {
        set_failure(c, ERR_NEGOTIATION, "the client does not speak TLS 1.3");
        *alert = SSL_AD_PROTOCOL_VERSION;
        return SSL_CLIENT_HELLO_ERROR;
    }
    if (!SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &list,
                                   &length)) {
        set_failure(c, ERR_NEGOTIATION, "the client does not ask for ntske/1: it sends no ALPN");
        *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
        return SSL_CLIENT_HELLO_ERROR;
    }
    return SSL_CLIENT_HELLO_SUCCESS;
}

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_length,
                   const unsigned char *list, unsigned length, void *context) {
    (void)context;
    for (unsigned at = 0; at < length && list[at] < length - at; at += 1u + list[at])
        if (list[at] == ALPN_BYTES && memcmp(list + at + 1, alpn, ALPN_BYTES) == 0) {
            *out = list + at + 1;
            *out_length = ALPN_BYTES;
            return SSL_TLSEXT_ERR_OK;
        }
    set_failure(SSL_get_app_data(ssl), ERR_NEGOTIATION,
                "the client does not ask for ntske/1 in its ALPN");
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* The first certificate that covers the name; the one the connection began with otherwise. */
static int on_server_name(SSL *ssl, int *alert, void *context) {
    (void)alert, (void)context;
    const struct tls_connection *c = SSL_get_app_data(ssl);
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (!name) return SSL_TLSEXT_ERR_NOACK;
    for (size_t i = 0; i < c->choice_count; i++) {
        X509 *certificate = SSL_CTX_get0_certificate(c->choices[i]);
        if (X509_check_host(certificate, name, strlen(name), 0, NULL) == 1) {
            SSL_set_SSL_CTX(ssl, c->choices[i]);
            break;
        }
    }
    return SSL_TLSEXT_ERR_OK;
}

/* Says which certificate is wrong, and how, before OpenSSL forgets it. */
static int on_verify(int good, X509_STORE_CTX *store) {
    if (good) return 1;
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls_connection *c = SSL_get_app_data(ssl);
    if (c->time_is_floor && X509_STORE_CTX_get_error(store) == X509_V_ERR_CERT_NOT_YET_VALID) {
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
    }
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(store);
    const char *name = X509_VERIFY_PARAM_get0_host(param, 0);
    char *address = name ? NULL : X509_VERIFY_PARAM_get1_ip_asc(param);
    char reason[TLS_REASON_BYTES];
    certificate_explain(X509_STORE_CTX_get_error(store), X509_STORE_CTX_get_current_cert(store),
                        name      ? name
                        : address ? address
                                  : "this address",
                        (int64_t)X509_VERIFY_PARAM_get_time(param), reason);
    OPENSSL_free(address);
    set_failure(c, ERR_CERTIFICATE, reason);
    return 0;
}

/* A context without anything that NTS-KE has no use for. No configuration file is read. */
static SSL_CTX *new_context(const SSL_METHOD *method) {
    if (!OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL)) return NULL;
    SSL_CTX *context = SSL_CTX_new(method);
    if (!context) return NULL;
    SSL_CTX_set_options(context,
                        SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_client_hello_cb(context, on_client_hello, NULL);
    SSL_CTX_set_alpn_select_cb(context, on_alpn, NULL);
    SSL_CTX_set_tlsext_servername_callback(context, on_server_name);
    /* The finite-field groups would let a client make the server compute for milliseconds. */
    char groups[] = "X25519:P-256:P-384";
    if (SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) &&
        SSL_CTX_set_num_tickets(context, 0) && SSL_CTX_set1_groups_list(context, groups))
        return context;
    SSL_CTX_free(context);
    return NULL;
}

/* Gives the context its certificate, the chain behind it, and the key. */
static bool use_chain(SSL_CTX *context, STACK_OF(X509) * chain, EVP_PKEY *key) {
    if (SSL_CTX_use_certificate(context, sk_X509_value(chain, 0)) != 1) return false;
    for (int i = 1; i < sk_X509_num(chain); i++)
        if (SSL_CTX_add1_chain_cert(context, sk_X509_value(chain, i)) != 1) return false;
    return SSL_CTX_use_PrivateKey(context, key) == 1;
}

static enum err make_server(STACK_OF(X509) * chain, EVP_PKEY *key, SSL_CTX **out,
                            char reason[TLS_REASON_BYTES]) {
    ERR_clear_error();
    if (X509_check_private_key(sk_X509_value(chain, 0), key) != 1) {
        ERR_clear_error();
        snprintf(reason, TLS_REASON_BYTES, "the private key does not belong to the certificate");
        return ERR_CERTIFICATE;
    }
    SSL_CTX *context = new_context(TLS_server_method());
    if (context && use_chain(context, chain, key)) {
        *out = context;
        return ERR_OK;
    }
    const char *why = ERR_reason_error_string(ERR_peek_error());
    snprintf(reason, TLS_REASON_BYTES, "%s", why ? why : "no memory for it");
    ERR_clear_error();
    SSL_CTX_free(context);
    return ERR_CERTIFICATE;
}

enum err tls_server_add(struct tls_server *server, const void *chain, size_t chain_length,
                        const void *key, size_t key_length, char reason[TLS_REASON_BYTES]) {
    if (server->count == LIMIT_TLS_CERTIFICATES) {
        snprintf(reason, TLS_REASON_BYTES, "a server has at most %d certificates",
                 LIMIT_TLS_CERTIFICATES);
        return ERR_FULL;
    }
    STACK_OF(X509) *certificates = NULL;
    EVP_PKEY *private = NULL;
    enum err err =
        certificate_read(chain, chain_length, LIMIT_TLS_CHAIN_CERTIFICATES, &certificates, reason);
    if (err != ERR_OK) return err;
    err = certificate_read_key(key, key_length, &private, reason);
    SSL_CTX *context = NULL;
    if (err == ERR_OK) err = make_server(certificates, private, &context, reason);
    EVP_PKEY_free(private);
    certificate_free(certificates);
    if (err == ERR_OK) server->contexts[server->count++] = context;
    return err;
}

enum err tls_server_certificate(const struct tls_server *server, size_t index,
                                struct tls_certificate *out) {
    if (index >= server->count) return ERR_RANGE;
    const X509 *certificate = SSL_CTX_get0_certificate(server->contexts[index]);
    enum err err = certificate_dates(certificate, &out->not_before, &out->not_after);
    if (err == ERR_OK) certificate_name(certificate, out->name);
    return err;
}

void tls_server_free(struct tls_server *server) {
    for (size_t i = 0; i < server->count; i++) SSL_CTX_free(server->contexts[i]);
    *server = (struct tls_server){0};
}

static bool trust_all(X509_STORE *store, STACK_OF(X509) * roots) {
    for (int i = 0; i < sk_X509_num(roots); i++)
        if (X509_STORE_add_cert(store, sk_X509_value(roots, i)) != 1) return false;
    return true;
}

enum err tls_client_trust(struct tls_client *client, const void *pem, size_t length, size_t *count,
                          char reason[TLS_REASON_BYTES]) {
    STACK_OF(X509) *roots = NULL;
    enum err err = certificate_read(pem, length, ROOTS_MAX, &roots, reason);
    if (err != ERR_OK) return err;
    SSL_CTX *context = client->context ? client->context : new_context(TLS_client_method());
    if (context && trust_all(SSL_CTX_get_cert_store(context), roots)) {
        client->context = context;
        *count = (size_t)sk_X509_num(roots);
    } else {
        if (!client->context) SSL_CTX_free(context);
        snprintf(reason, TLS_REASON_BYTES, "no memory for the certificates");
        err = ERR_FULL;
    }
    certificate_free(roots);
    return err;
}

void tls_client_free(struct tls_client *client) {
    SSL_CTX_free(client->context);
    *client = (struct tls_client){0};
}

/* ---- connections ---- */

static BIO *new_buffer(void) {
    BIO *buffer = BIO_new(BIO_s_mem());
    if (buffer) BIO_set_mem_eof_return(buffer, -1); /* empty means: later */
    return buffer;
}

static enum err open_connection(struct tls_connection *c, SSL_CTX *context) {
    ERR_clear_error();
    SSL *ssl = SSL_new(context);
    BIO *in = new_buffer(), *out = new_buffer();
    if (!ssl || !in || !out) {
        BIO_free(in);
        BIO_free(out);
        SSL_free(ssl);
        return ERR_FULL;
    }
    SSL_set_bio(ssl, in, out);
    *c = (struct tls_connection){.ssl = ssl, .state = TLS_STATE_HANDSHAKE};
    return ERR_OK;
}

static void drop_choices(struct tls_connection *c) {
    for (size_t i = 0; i < c->choice_count; i++) SSL_CTX_free(c->choices[i]);
    c->choice_count = 0;
}

static void fail(struct tls_connection *c, enum err err, const char *text) {
    set_failure(c, err, text);
    c->state = TLS_STATE_FAILED;
    drop_choices(c);
}

static void fail_by_alert(struct tls_connection *c, int alert) {
    char text[TLS_REASON_BYTES];
    snprintf(text, sizeof text, "the %s refuses with alert %d (%s)",
             c->server ? "client" : "server", alert, SSL_alert_desc_string_long(alert));
    bool negotiation = alert == ALERT_PROTOCOL_VERSION || alert == ALERT_NO_APPLICATION_PROTOCOL;
    fail(c, negotiation ? ERR_NEGOTIATION : ERR_TLS, text);
}

/* Whether OpenSSL's error says that the other side speaks only versions before 1.3. */
static bool is_version(int reason) {
    return reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_WRONG_SSL_VERSION ||
           reason == SSL_R_VERSION_TOO_LOW;
}

static bool is_no_tls(int reason) {
    return reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
           reason == SSL_R_HTTPS_PROXY_REQUEST || reason == SSL_R_PACKET_LENGTH_TOO_LONG;
}

static void fail_by_openssl(struct tls_connection *c) {
    unsigned long error = ERR_peek_error();
    int reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
    char text[TLS_REASON_BYTES];
    if (reason > SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + UINT8_MAX) {
        fail_by_alert(c, reason - SSL_AD_REASON_OFFSET);
        return;
    }
    const char *side = c->server ? "client" : "server";
    const char *known = ERR_reason_error_string(error);
    if (is_version(reason))
        snprintf(text, sizeof text, "the %s does not speak TLS 1.3", side);
    else if (is_no_tls(reason))
        snprintf(text, sizeof text, "what the %s sends is not TLS", side);
    else
        snprintf(text, sizeof text, "TLS with the %s broke: %s", side, known ? known : "no reason");
    fail(c, is_version(reason) ? ERR_NEGOTIATION : ERR_TLS, text);
}

/* What it means that an SSL function returned no success. */
static void judge(struct tls_connection *c, int result) {
    int kind = SSL_get_error(c->ssl, result);
    if (kind == SSL_ERROR_WANT_READ) return;
    if (kind == SSL_ERROR_ZERO_RETURN && c->state == TLS_STATE_HANDSHAKE) {
        fail(c, ERR_TLS, "the peer has closed before the handshake was over");
    } else if (kind == SSL_ERROR_ZERO_RETURN) {
        c->state = TLS_STATE_CLOSED;
        c->truncated = false;
    } else {
        fail_by_openssl(c);
    }
    ERR_clear_error();
}

static bool agreed_on_alpn(const SSL *ssl) {
    const unsigned char *chosen = NULL;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl, &chosen, &length);
    return length == ALPN_BYTES && memcmp(chosen, alpn, ALPN_BYTES) == 0;
}

static void shake_hands(struct tls_connection *c) {
    int result = SSL_do_handshake(c->ssl);
    if (result != 1) {
        judge(c, result);
    } else if (!agreed_on_alpn(c->ssl)) {
        SSL_shutdown(c->ssl);
        fail(c, ERR_NEGOTIATION, "the server does not speak ntske/1: it did not choose it by ALPN");
    } else {
        c->state = TLS_STATE_OPEN;
        drop_choices(c);
    }
}

/* Goes on with what has come; callbacks find the connection where it is now. */
static void advance(struct tls_connection *c) {
    ERR_clear_error();
    SSL_set_app_data(c->ssl, c);
    if (c->state == TLS_STATE_HANDSHAKE) shake_hands(c);
    uint8_t byte;
    if (c->state == TLS_STATE_OPEN) {
        int result = SSL_peek(c->ssl, &byte, 1);
        if (result <= 0) judge(c, result);
    }
}

enum err tls_accept(struct tls_connection *connection, const struct tls_server *server) {
    if (server->count == 0) return ERR_CERTIFICATE;
    struct tls_connection c;
    enum err err = open_connection(&c, server->contexts[0]);
    if (err != ERR_OK) return err;
    c.server = true;
    SSL_set_accept_state(c.ssl);
    for (size_t i = 0; server->count > 1 && i < server->count; i++) {
        SSL_CTX_up_ref(server->contexts[i]);
        c.choices[c.choice_count++] = server->contexts[i];
    }
    *connection = c;
    return ERR_OK;
}

/* Letters, digits, hyphen, underscore and dots (RFC 1123; RFC 8915 wants A-labels); copied without
 * a dot at the end. */
static bool copy_name(const char *host, char out[LIMIT_HOST_NAME_BYTES]) {
    size_t length = strnlen(host, LIMIT_HOST_NAME_BYTES);
    if (length > 0 && host[length - 1] == '.') length--;
    if (length == 0 || length >= LIMIT_HOST_NAME_BYTES - 1) return false;
    for (size_t i = 0; i < length; i++) {
        char letter = host[i];
        bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                     (letter >= '0' && letter <= '9') || letter == '-' || letter == '_';
        bool dot = letter == '.' && i > 0 && host[i - 1] != '.';
        if (!plain && !dot) return false;
    }
    memcpy(out, host, length);
    out[length] = '\0';
    return true;
}

/* The certificate must cover the host; a name is said to the server, an address is not. */
static enum err expect_host(SSL *ssl, const char *host) {
    struct addr address;
    if (addr_parse(host, 0, &address) == ERR_OK) {
        X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
        return X509_VERIFY_PARAM_set1_ip(param, address.bytes, addr_length(&address)) == 1
                   ? ERR_OK
                   : ERR_FULL;
    }
    char name[LIMIT_HOST_NAME_BYTES];
    if (!copy_name(host, name)) return ERR_SYNTAX;
    SSL_set_hostflags(ssl,
                      X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1 ? ERR_OK
                                                                                     : ERR_FULL;
}

static void expect_dates(SSL *ssl, const struct utc *now) {
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    if (now)
        X509_VERIFY_PARAM_set_time(param, now->ns / NS_PER_S);
    else
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME);
}

enum err tls_connect(struct tls_connection *connection, const struct tls_client *client,
                     const char *host, const struct utc *now) {
    if (!client->context) return ERR_CERTIFICATE;
    struct tls_connection c;
    enum err err = open_connection(&c, client->context);
    if (err != ERR_OK) return err;
    SSL_set_connect_state(c.ssl);
    SSL_set_verify(c.ssl, SSL_VERIFY_PEER, on_verify);
    expect_dates(c.ssl, now);
    err = expect_host(c.ssl, host);
    if (err == ERR_OK && SSL_set_alpn_protos(c.ssl, alpn_list, sizeof alpn_list) != 0)
        err = ERR_FULL;
    if (err != ERR_OK) {
        SSL_free(c.ssl);
        return err;
    }
    *connection = c;
    advance(connection);
    return ERR_OK;
}

void tls_free(struct tls_connection *connection) {
    drop_choices(connection);
    SSL_free(connection->ssl);
    *connection = (struct tls_connection){0};
}

static bool is_live(const struct tls_connection *c) {
    return c->state == TLS_STATE_HANDSHAKE || c->state == TLS_STATE_OPEN;
}

enum err tls_feed(struct tls_connection *connection, const void *bytes, size_t length) {
    struct tls_connection *c = connection;
    size_t limit = c->server ? LIMIT_TLS_SERVER_INPUT_BYTES : LIMIT_TLS_CLIENT_INPUT_BYTES;
    if (!is_live(c) || length == 0) return c->err;
    if (length > limit - c->input) {
        fail(c, ERR_TOO_LONG, "the peer sends more than a key establishment needs");
        return c->err;
    }
    c->input += length;
    if (BIO_write(SSL_get_rbio(c->ssl), bytes, (int)length) != (int)length)
        fail(c, ERR_FULL, "no memory for what the peer sends");
    else
        advance(c);
    return c->err;
}

void tls_feed_end(struct tls_connection *connection) {
    struct tls_connection *c = connection;
    if (c->state == TLS_STATE_HANDSHAKE)
        fail(c, ERR_TLS, "the peer has closed before the handshake was over");
    if (c->state != TLS_STATE_OPEN) return;
    c->state = TLS_STATE_CLOSED;
    c->truncated = true;
}

size_t tls_pending(const struct tls_connection *connection) {
    return connection->ssl ? BIO_ctrl_pending(SSL_get_wbio(connection->ssl)) : 0;
}

size_t tls_drain(struct tls_connection *connection, void *out, size_t room) {
    if (!connection->ssl || room == 0) return 0;
    int taken = BIO_read(SSL_get_wbio(connection->ssl), out, room < INT_MAX ? (int)room : INT_MAX);
    return taken > 0 ? (size_t)taken : 0;
}

size_t tls_read(struct tls_connection *connection, void *out, size_t room) {
    struct tls_connection *c = connection;
    if ((c->state != TLS_STATE_OPEN && c->state != TLS_STATE_CLOSED) || room == 0) return 0;
    ERR_clear_error();
    SSL_set_app_data(c->ssl, c);
    size_t total = 0;
    while (total < room) {
        size_t taken = 0;
        int result = SSL_read_ex(c->ssl, (uint8_t *)out + total, room - total, &taken);
        total += taken;
        if (result == 1) continue;
        if (SSL_get_error(c->ssl, result) != SSL_ERROR_WANT_READ) judge(c, result);
        break;
    }
    return total;
}

enum err tls_write(struct tls_connection *connection, const void *bytes, size_t length) {
    struct tls_connection *c = connection;
    if (c->state != TLS_STATE_OPEN) return ERR_TLS;
    if (length == 0) return ERR_OK;
    if (length > WRITE_BYTES_MAX) return ERR_TOO_LONG;
    ERR_clear_error();
    SSL_set_app_data(c->ssl, c);
    int result = SSL_write(c->ssl, bytes, (int)length);
    if (result == (int)length) return ERR_OK;
    fail(c, ERR_TLS, "OpenSSL could not encrypt");
    return ERR_TLS;
}

void tls_close(struct tls_connection *connection) {
    struct tls_connection *c = connection;
    if (c->state == TLS_STATE_OPEN) {
        ERR_clear_error();
        SSL_set_app_data(c->ssl, c);
        SSL_shutdown(c->ssl);
        ERR_clear_error();
        c->state = TLS_STATE_CLOSED;
    } else if (c->state == TLS_STATE_HANDSHAKE) {
        fail(c, ERR_TLS, "closed by us before the handshake was over");
    }
}

enum err tls_export(struct tls_connection *connection,
                    const uint8_t context[TLS_EXPORT_CONTEXT_BYTES], uint8_t *out, size_t length) {
    struct tls_connection *c = connection;
    if (c->state != TLS_STATE_OPEN && c->state != TLS_STATE_CLOSED) return ERR_TLS;
    ERR_clear_error();
    int result =
        SSL_export_keying_material(c->ssl, out, length, exporter_label, sizeof exporter_label - 1,
                                   context, TLS_EXPORT_CONTEXT_BYTES, 1);
    ERR_clear_error();
    return result == 1 ? ERR_OK : ERR_TLS;
}

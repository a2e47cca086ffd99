/* A server and a client of crypto/tls in one process, and OpenSSL itself as a peer that does what
 * ours never would. The certificates of tests/vectors: nts_root.pem issued all of them but those
 * of nts_other_root.pem; nts_key.pem is the key of all but the weak one; all are valid from 2020
 * to 2118, and nts_expired.pem until 2021. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <openssl/ssl.h>

#include "base/check.h"
#include "crypto/tls.h"
#include "vector_file.h"

#define NOON_2026 (&(struct utc){INT64_C(1768910400) * NS_PER_S}) /* 2026-01-20T12:00:00Z */
#define NOON_2020 (&(struct utc){INT64_C(1592395200) * NS_PER_S}) /* 2020-06-17T12:00:00Z */
#define NOON_2010 (&(struct utc){INT64_C(1262952000) * NS_PER_S}) /* 2010-01-08T12:00:00Z */

struct tls_pair {
    struct tls_server server_side;
    struct tls_client client_side;
    struct tls_connection server, client;
};

static inline enum err tls_pair_add(struct tls_server *server, const char *chain, const char *key,
                                    char reason[TLS_REASON_BYTES]) {
    struct vector_file c = vector_file(chain), k = vector_file(key);
    return tls_server_add(server, c.text, c.length, k.text, k.length, reason);
}

static inline void tls_pair_trust(struct tls_client *client, const char *root) {
    struct vector_file pem = vector_file(root);
    char reason[TLS_REASON_BYTES];
    size_t count = 0;
    CHECK(tls_client_trust(client, pem.text, pem.length, &count, reason) == ERR_OK && count == 1);
}

/* A server with that certificate, and a client that wants host at that time. */
static inline void tls_pair_open(struct tls_pair *pair, const char *certificate, const char *host,
                                 const struct utc *now) {
    char reason[TLS_REASON_BYTES];
    memset(pair, 0, sizeof *pair);
    CHECK(tls_pair_add(&pair->server_side, certificate, "nts_key.pem", reason) == ERR_OK);
    tls_pair_trust(&pair->client_side, "nts_root.pem");
    CHECK(tls_accept(&pair->server, &pair->server_side) == ERR_OK);
    CHECK(tls_connect(&pair->client, &pair->client_side, host, now) == ERR_OK);
}

static inline bool tls_pair_move(struct tls_connection *from, struct tls_connection *to,
                                 size_t piece) {
    uint8_t bytes[1024];
    size_t length = tls_drain(from, bytes, piece < sizeof bytes ? piece : sizeof bytes);
    tls_feed(to, bytes, length);
    return length > 0;
}

/* Carries bytes in pieces of that size until neither side has any. */
static inline void tls_pair_pump(struct tls_pair *pair, size_t piece) {
    bool moved = true;
    while (moved) {
        moved = tls_pair_move(&pair->client, &pair->server, piece);
        if (tls_pair_move(&pair->server, &pair->client, piece)) moved = true;
    }
}

static inline void tls_pair_free(struct tls_pair *pair) {
    tls_free(&pair->server);
    tls_free(&pair->client);
    tls_server_free(&pair->server_side);
    tls_client_free(&pair->client_side);
}

/* OpenSSL without our restrictions. */
struct tls_pair_raw {
    SSL_CTX *context;
    SSL *ssl;
};

static inline struct tls_pair_raw tls_pair_raw_open(bool server, int newest) {
    struct tls_pair_raw raw;
    raw.context = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
    CHECK(raw.context && SSL_CTX_set_max_proto_version(raw.context, newest) == 1);
    if (server) {
        char chain[1024], key[1024];
        snprintf(chain, sizeof chain, "%s/nts_good.pem", ETALON_VECTORS);
        snprintf(key, sizeof key, "%s/nts_key.pem", ETALON_VECTORS);
        CHECK(SSL_CTX_use_certificate_chain_file(raw.context, chain) == 1);
        CHECK(SSL_CTX_use_PrivateKey_file(raw.context, key, SSL_FILETYPE_PEM) == 1);
    }
    raw.ssl = SSL_new(raw.context);
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    CHECK(raw.ssl && in && out);
    BIO_set_mem_eof_return(in, -1);
    SSL_set_bio(raw.ssl, in, out);
    if (server)
        SSL_set_accept_state(raw.ssl);
    else
        SSL_set_connect_state(raw.ssl);
    return raw;
}

static inline void tls_pair_raw_pump(struct tls_pair_raw *raw, struct tls_connection *ours) {
    for (int round = 0; round < 20; round++) {
        uint8_t bytes[4096];
        size_t length = tls_drain(ours, bytes, sizeof bytes);
        if (length > 0) BIO_write(SSL_get_rbio(raw->ssl), bytes, (int)length);
        SSL_do_handshake(raw->ssl);
        int taken = BIO_read(SSL_get_wbio(raw->ssl), bytes, sizeof bytes);
        if (taken > 0) tls_feed(ours, bytes, (size_t)taken);
    }
}

static inline void tls_pair_raw_free(struct tls_pair_raw *raw) {
    SSL_free(raw->ssl);
    SSL_CTX_free(raw->context);
}

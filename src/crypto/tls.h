/* TLS 1.3 between buffers (RFC 8446 by OpenSSL), as NTS-KE uses it (RFC 8915 section 3): bytes of
 * the network in and out, plaintext in and out, no sockets, no files.
 *
 * ALPN "ntske/1" or nothing; no older version, session tickets, early data, renegotiation or client
 * certificates. The dates of certificates are judged by the time the caller trusts, never by the
 * host's clock. Revocation is not checked. A connection keeps what it needs of the certificates and
 * roots it was made from, so these may be freed and replaced at any moment.
 *
 * Every object is initialised by its opening function and must be freed; freeing what was never
 * opened but zeroed, or was freed before, does nothing. OpenSSL allocates memory inside. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/times.h"

struct ssl_ctx_st;
struct ssl_st;

enum { TLS_REASON_BYTES = 256, TLS_EXPORT_CONTEXT_BYTES = 5, TLS_NAME_BYTES = 256 };

/* Up to LIMIT_TLS_CERTIFICATES certificates with their keys. A client that names a host (SNI) gets
 * the first one that covers this name, and otherwise the first of all. */
struct tls_server {
    struct ssl_ctx_st *contexts[LIMIT_TLS_CERTIFICATES];
    size_t count;
};

/* What a server's certificate is good for. */
struct tls_certificate {
    char name[TLS_NAME_BYTES]; /* its first DNS name or address, else its common name, else "" */
    struct utc not_before, not_after;
};

/* Roots (or intermediates, or servers' own certificates) that are trusted. */
struct tls_client {
    struct ssl_ctx_st *context;
};

/* Adds a certificate: the PEM text of the chain, the server's own first, and that of its private
 * key without a passphrase. A server that is all zeros has none. On any error the server stays as
 * it was and the reason names what is wrong: SYNTAX, CERTIFICATE (the key does not belong to it or
 * is too weak), FULL (too many certificates). */
MUST_USE enum err tls_server_add(struct tls_server *server, const void *chain, size_t chain_length,
                                 const void *key, size_t key_length, char reason[TLS_REASON_BYTES]);
/* ERR_RANGE if there is no such certificate. */
MUST_USE enum err tls_server_certificate(const struct tls_server *server, size_t index,
                                         struct tls_certificate *out);
void tls_server_free(struct tls_server *server);

/* Adds the certificates in PEM text to the trusted ones, counts them, and skips whatever stands
 * between them; a client that is all zeros has none. ERR_SYNTAX if a certificate cannot be read or
 * there is none at all: nothing is added then. */
MUST_USE enum err tls_client_trust(struct tls_client *client, const void *pem, size_t length,
                                   size_t *count, char reason[TLS_REASON_BYTES]);
void tls_client_free(struct tls_client *client);

enum tls_state {
    TLS_STATE_NONE,      /* never opened, or freed */
    TLS_STATE_HANDSHAKE, /* nothing is agreed yet */
    TLS_STATE_OPEN,      /* the peer is who it should be, as far as it was asked */
    TLS_STATE_CLOSED,    /* by the peer or by us; what it sent before can still be read */
    TLS_STATE_FAILED,    /* err and reason say why; an alert may still wait to be sent */
};

struct tls_connection {
    struct ssl_st *ssl;
    enum tls_state state;
    bool server;    /* which side we are */
    bool truncated; /* CLOSED by an end of the stream without the peer's word */
    /* To be set after tls_connect where the time given there is only known to have passed: a
     * certificate whose validity begins later is then accepted. */
    bool time_is_floor;
    enum err err; /* FAILED: TLS, CERTIFICATE, NEGOTIATION (ALPN, version), TOO_LONG */
    char reason[TLS_REASON_BYTES]; /* FAILED: a sentence without full stop */
    size_t input;                  /* bytes taken from the peer so far */
    /* The server's certificates to choose from until the client has said a name. */
    struct ssl_ctx_st *choices[LIMIT_TLS_CERTIFICATES];
    size_t choice_count;
};

/* Starts a connection in state HANDSHAKE. The struct may be moved (not copied) afterwards.
 * ERR_FULL if there is no memory, ERR_CERTIFICATE if the server has no certificate. */
MUST_USE enum err tls_accept(struct tls_connection *connection, const struct tls_server *server);
/* host: the name or the numeric address that the certificate must cover. now: the time to judge
 * its dates by; NULL leaves them unchecked. The first flight can be drained at once. ERR_SYNTAX if
 * host is no name. */
MUST_USE enum err tls_connect(struct tls_connection *connection, const struct tls_client *client,
                              const char *host, const struct utc *now);
void tls_free(struct tls_connection *connection);

/* Bytes from the network, in pieces of any size; look at the state afterwards, then drain. After
 * CLOSED or FAILED they are ignored. ERR_OK while the connection lives or has closed cleanly, else
 * the err of its failure; that too is no reason not to drain. */
enum err tls_feed(struct tls_connection *connection, const void *bytes, size_t length);
/* The network's stream has ended: CLOSED and truncated, or FAILED during the handshake. */
void tls_feed_end(struct tls_connection *connection);
/* Bytes for the network: copies up to room and forgets them; 0 if there are none. */
size_t tls_drain(struct tls_connection *connection, void *out, size_t room);
/* How many wait to be drained. */
size_t tls_pending(const struct tls_connection *connection);

/* Plaintext of the peer: up to room bytes, 0 if there are none (yet). Works also when CLOSED. */
size_t tls_read(struct tls_connection *connection, void *out, size_t room);
/* Plaintext to the peer, all of it or nothing. ERR_TLS unless OPEN. length may be up to 64 KiB. */
MUST_USE enum err tls_write(struct tls_connection *connection, const void *bytes, size_t length);
/* Says to the peer that nothing follows (to be drained), and is CLOSED. */
void tls_close(struct tls_connection *connection);

/* Keying material of RFC 8915 section 5.1 for this context; equal on both sides. ERR_TLS unless
 * OPEN or CLOSED. The caller wipes what it got. */
MUST_USE enum err tls_export(struct tls_connection *connection,
                             const uint8_t context[TLS_EXPORT_CONTEXT_BYTES], uint8_t *out,
                             size_t length);

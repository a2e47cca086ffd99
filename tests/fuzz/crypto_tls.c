/* Bytes of the network into a TLS connection that waits for them: a server, or a client that has
 * sent its hello. It fails with a reason or waits; it is never open, because nobody without the
 * key can finish a handshake. The first byte: which side, and the length of the pieces. */
#include "base/check.h"
#include "crypto/tls.h"

#include "../unit/vector_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct tls_server server;
static struct tls_client client;

static void prepare(void) {
    if (server.count > 0) return;
    static const char *const chains[] = {"nts_good.pem", "nts_second.pem"};
    struct vector_file key = vector_file("nts_key.pem"), root = vector_file("nts_root.pem");
    char reason[TLS_REASON_BYTES];
    for (int i = 0; i < 2; i++) {
        struct vector_file chain = vector_file(chains[i]);
        CHECK(tls_server_add(&server, chain.text, chain.length, key.text, key.length, reason) ==
              ERR_OK);
    }
    size_t count = 0;
    CHECK(tls_client_trust(&client, root.text, root.length, &count, reason) == ERR_OK);
}

static void check_connection(struct tls_connection *c) {
    uint8_t out[2048];
    CHECK(c->state == TLS_STATE_HANDSHAKE || c->state == TLS_STATE_FAILED);
    CHECK((c->state == TLS_STATE_FAILED) == (c->err != ERR_OK));
    CHECK((c->state == TLS_STATE_FAILED) == (c->reason[0] != '\0'));
    CHECK(tls_read(c, out, sizeof out) == 0);
    while (tls_drain(c, out, sizeof out) > 0) {
    }
    CHECK(tls_pending(c) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length == 0) return 0;
    prepare();
    struct tls_connection c;
    enum err err =
        bytes[0] & 1 ? tls_connect(&c, &client, "time.example.net", NULL) : tls_accept(&c, &server);
    CHECK(err == ERR_OK);
    size_t piece = 8 * (size_t)(bytes[0] / 2) + 1;
    for (size_t at = 1; at < length; at += piece) {
        tls_feed(&c, bytes + at, length - at < piece ? length - at : piece);
        check_connection(&c);
    }
    tls_feed_end(&c);
    check_connection(&c);
    CHECK(c.state == TLS_STATE_FAILED);
    tls_free(&c);
    return 0;
}

/* What TLS must refuse, with the right error and a reason that names the thing: certificates,
 * names, dates, versions, ALPN, garbage, floods; and certificates that cannot be served. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/tls_pair.h"

static void expect_reason(const struct tls_connection *c, enum err err, const char *words) {
    assert_int_equal(c->state, TLS_STATE_FAILED);
    if (!strstr(c->reason, words)) fail_msg("\"%s\" does not say \"%s\"", c->reason, words);
    assert_int_equal(c->err, err);
}

/* The client refuses; the server learns of it by an alert. */
static void expect_refused(const char *certificate, const char *host, const struct utc *now,
                           const char *words) {
    struct tls_pair pair;
    tls_pair_open(&pair, certificate, host, now);
    tls_pair_pump(&pair, 1024);
    expect_reason(&pair.client, ERR_CERTIFICATE, words);
    expect_reason(&pair.server, ERR_TLS, "the client refuses with alert");
    uint8_t key[32];
    assert_int_equal(tls_export(&pair.client, (const uint8_t[5]){0}, key, 32), ERR_TLS);
    assert_int_equal(tls_write(&pair.client, "x", 1), ERR_TLS);
    assert_int_equal(tls_feed(&pair.client, "x", 1), ERR_CERTIFICATE);
    tls_pair_free(&pair);
}

static void dates(void **state) {
    (void)state;
    expect_refused("nts_expired.pem", "time.example.net", NOON_2026,
                   "the certificate of time.example.net expired at 2021-01-01T00:00:00Z, and it is "
                   "2026-01-20T12:00:00Z");
    expect_refused("nts_good.pem", "time.example.net", NOON_2010,
                   "is valid from 2020-01-01T00:00:00Z on, and it is 2010-01-08T12:00:00Z");
}

static void names(void **state) {
    (void)state;
    expect_refused("nts_second.pem", "time.example.net", NOON_2026,
                   "the certificate of *.second.example.net is not for time.example.net");
    expect_refused("nts_second.pem", "a.b.second.example.net", NOON_2026, "is not for a.b.second");
    expect_refused("nts_good.pem", "192.0.2.1", NOON_2026, "is not for 192.0.2.1");
    expect_refused("nts_address.pem", "192.0.2.2", NOON_2026,
                   "the certificate of 192.0.2.1 is not for 192.0.2.2");
    /* A common name is no host name (RFC 9525 section 2). */
    expect_refused("nts_nameless.pem", "time.example.net", NOON_2026, "is not for");
}

static void untrusted(void **state) {
    (void)state;
    struct tls_pair pair;
    tls_pair_open(&pair, "nts_good.pem", "time.example.net", NOON_2026);
    tls_free(&pair.client);
    tls_client_free(&pair.client_side);
    tls_pair_trust(&pair.client_side, "nts_other_root.pem");
    assert_int_equal(tls_connect(&pair.client, &pair.client_side, "time.example.net", NULL),
                     ERR_OK);
    tls_pair_pump(&pair, 1024);
    expect_reason(&pair.client, ERR_CERTIFICATE, "of time.example.net is not trusted: unable to");
    tls_pair_free(&pair);
}

static void hosts_that_are_no_names(void **state) {
    (void)state;
    struct tls_client client = {0};
    struct tls_connection c = {.state = TLS_STATE_NONE};
    assert_int_equal(tls_connect(&c, &client, "time.example.net", NULL), ERR_CERTIFICATE);
    tls_pair_trust(&client, "nts_root.pem");
    static const char *const hosts[] = {"", ".", "a..b", ".a", "a b", "a/b", "\xc3\xa4.example"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        assert_int_equal(tls_connect(&c, &client, hosts[i], NULL), ERR_SYNTAX);
    char longest[400];
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(tls_connect(&c, &client, longest, NULL), ERR_SYNTAX);
    assert_int_equal(c.state, TLS_STATE_NONE);
    tls_client_free(&client);
}

/* Our server against an OpenSSL client with that newest version and ALPN. */
static void expect_client_refused(int newest, const uint8_t *alpn, unsigned length,
                                  const char *words) {
    struct tls_pair pair;
    tls_pair_open(&pair, "nts_good.pem", "time.example.net", NOON_2026);
    struct tls_pair_raw raw = tls_pair_raw_open(false, newest);
    if (alpn) assert_int_equal(SSL_set_alpn_protos(raw.ssl, alpn, length), 0);
    tls_pair_raw_pump(&raw, &pair.server);
    expect_reason(&pair.server, ERR_NEGOTIATION, words);
    assert_false(SSL_is_init_finished(raw.ssl));
    tls_pair_raw_free(&raw);
    tls_pair_free(&pair);
}

static void clients_of_another_kind(void **state) {
    (void)state;
    static const uint8_t ntske[] = "\x07ntske/1", web[] = "\x02h2\x08http/1.1",
                         near[] = "\x07ntske/2\x06ntske/";
    expect_client_refused(TLS1_2_VERSION, ntske, 8, "the client does not speak TLS 1.3");
    expect_client_refused(TLS1_3_VERSION, NULL, 0, "it sends no ALPN");
    expect_client_refused(TLS1_3_VERSION, web, 12, "does not ask for ntske/1 in its ALPN");
    expect_client_refused(TLS1_3_VERSION, near, 15, "does not ask for ntske/1 in its ALPN");
}

static void client_with_several_alpn_is_served(void **state) {
    (void)state;
    struct tls_pair pair;
    tls_pair_open(&pair, "nts_good.pem", "time.example.net", NOON_2026);
    struct tls_pair_raw raw = tls_pair_raw_open(false, TLS1_3_VERSION);
    SSL_set_alpn_protos(raw.ssl, (const uint8_t *)"\x02h2\x07ntske/1", 11);
    tls_pair_raw_pump(&raw, &pair.server);
    assert_string_equal(pair.server.reason, "");
    assert_int_equal(pair.server.state, TLS_STATE_OPEN);
    tls_pair_raw_free(&raw);
    tls_pair_free(&pair);
}

static int choose_first(SSL *ssl, const unsigned char **out, unsigned char *out_length,
                        const unsigned char *in, unsigned length, void *context) {
    (void)ssl, (void)length, (void)context;
    *out = in + 1;
    *out_length = in[0];
    return SSL_TLSEXT_ERR_OK;
}

static void expect_server_refused(int newest, bool alpn, const char *words) {
    struct tls_pair pair;
    tls_pair_open(&pair, "nts_good.pem", "time.example.net", NOON_2026);
    struct tls_pair_raw raw = tls_pair_raw_open(true, newest);
    if (alpn) SSL_CTX_set_alpn_select_cb(raw.context, choose_first, NULL);
    tls_pair_raw_pump(&raw, &pair.client);
    expect_reason(&pair.client, ERR_NEGOTIATION, words);
    tls_pair_raw_free(&raw);
    tls_pair_free(&pair);
}

static void servers_of_another_kind(void **state) {
    (void)state;
    expect_server_refused(TLS1_2_VERSION, true, "refuses with alert 70 (protocol version)");
    expect_server_refused(TLS1_3_VERSION, false, "it did not choose it by ALPN");
}

static void garbage(void **state) {
    (void)state;
    static const char *const texts[] = {
        "GET / HTTP/1.1\r\nHost: time.example.net\r\n\r\n",
        "\x16\x03\x01\xff\xff\x01\x02\x03\x04\x05\x06",
        "\x16\x03\x01\x01\x04\x02\x02\x03\x04\x05\x06",
        "\x15\x03\x03\x01\x02\x02\x28",
        "SSH-2.0-OpenSSH_9.2p1\r\n",
        "\x23\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct tls_pair pair;
        tls_pair_open(&pair, "nts_good.pem", "time.example.net", NOON_2026);
        tls_feed(&pair.server, texts[i], strlen(texts[i]));
        tls_feed_end(&pair.server);
        assert_int_equal(pair.server.state, TLS_STATE_FAILED);
        assert_int_equal(pair.server.err, ERR_TLS);
        assert_true(pair.server.reason[0] != '\0');
        tls_feed(&pair.client, texts[i], strlen(texts[i]));
        tls_feed_end(&pair.client);
        assert_int_equal(pair.client.state, TLS_STATE_FAILED);
        tls_pair_free(&pair);
    }
}

static void http_is_called_no_tls(void **state) {
    (void)state;
    struct tls_pair pair;
    tls_pair_open(&pair, "nts_good.pem", "time.example.net", NOON_2026);
    assert_int_equal(tls_feed(&pair.server, "GET / HTTP/1.1\r\n\r\n", 18), ERR_TLS);
    expect_reason(&pair.server, ERR_TLS, "what the client sends is not TLS");
    tls_pair_free(&pair);
}

/* One flipped bit anywhere in what the server sends: never open on either side. */
static void flipped_bits(void **state) {
    (void)state;
    size_t length = SIZE_MAX;
    for (size_t at = 0; at < length; at += 13) {
        struct tls_pair pair;
        uint8_t bytes[4096];
        tls_pair_open(&pair, "nts_good.pem", "time.example.net", NOON_2026);
        tls_pair_move(&pair.client, &pair.server, 1024);
        length = tls_drain(&pair.server, bytes, sizeof bytes);
        assert_true(length > 13 * 40);
        bytes[at < length ? at : 0] ^= 1;
        tls_feed(&pair.client, bytes, length);
        tls_pair_pump(&pair, 1024);
        assert_int_not_equal(pair.client.state, TLS_STATE_OPEN);
        assert_int_not_equal(pair.server.state, TLS_STATE_OPEN);
        tls_pair_free(&pair);
    }
}

static void broken_record_after_the_handshake(void **state) {
    (void)state;
    struct tls_pair pair;
    uint8_t bytes[256];
    tls_pair_open(&pair, "nts_good.pem", "time.example.net", NOON_2026);
    tls_pair_pump(&pair, 1024);
    assert_int_equal(tls_write(&pair.client, "request", 7), ERR_OK);
    size_t length = tls_drain(&pair.client, bytes, sizeof bytes);
    bytes[length - 1] ^= 1;
    assert_int_equal(tls_feed(&pair.server, bytes, length), ERR_TLS);
    expect_reason(&pair.server, ERR_TLS, "broke: decryption failed");
    assert_int_equal(tls_read(&pair.server, bytes, sizeof bytes), 0);
    assert_true(tls_pending(&pair.server) > 0); /* the alert */
    tls_pair_free(&pair);
}

static void early_end(void **state) {
    (void)state;
    struct tls_pair pair;
    tls_pair_open(&pair, "nts_good.pem", "time.example.net", NOON_2026);
    tls_pair_move(&pair.client, &pair.server, 50);
    tls_feed_end(&pair.server);
    expect_reason(&pair.server, ERR_TLS, "closed before the handshake was over");
    tls_close(&pair.client);
    expect_reason(&pair.client, ERR_TLS, "closed by us before");
    tls_pair_free(&pair);
}

static void floods(void **state) {
    (void)state;
    struct tls_pair pair;
    static const uint8_t block[1000];
    tls_pair_open(&pair, "nts_good.pem", "time.example.net", NOON_2026);
    tls_pair_pump(&pair, 1024);
    while (pair.client.state == TLS_STATE_OPEN && pair.server.state == TLS_STATE_OPEN) {
        assert_int_equal(tls_write(&pair.client, block, sizeof block), ERR_OK);
        while (tls_pair_move(&pair.client, &pair.server, 1024)) {
        }
    }
    expect_reason(&pair.server, ERR_TOO_LONG, "sends more than a key establishment needs");
    assert_true(pair.server.input <= LIMIT_TLS_SERVER_INPUT_BYTES);
    tls_pair_free(&pair);
}

static void expect_not_served(const char *chain, const char *key, enum err err, const char *words) {
    struct tls_server server = {0};
    struct tls_connection c;
    char reason[TLS_REASON_BYTES] = "";
    assert_int_equal(tls_pair_add(&server, chain, key, reason), err);
    if (!strstr(reason, words)) fail_msg("\"%s\" does not say \"%s\"", reason, words);
    assert_int_equal(server.count, 0);
    assert_int_equal(tls_accept(&c, &server), ERR_CERTIFICATE);
}

static void what_cannot_be_served(void **state) {
    (void)state;
    expect_not_served("nts_good.pem", "nts_other_key.pem", ERR_CERTIFICATE,
                      "the private key does not belong to the certificate");
    expect_not_served("nts_good.pem", "nts_weak_key.pem", ERR_CERTIFICATE,
                      "the private key does not belong to the certificate");
    expect_not_served("nts_weak.pem", "nts_weak_key.pem", ERR_CERTIFICATE, "too small");
    expect_not_served("nts_good.pem", "nts_locked_key.pem", ERR_SYNTAX, "without a passphrase");
    expect_not_served("nts_good.pem", "nts_good.pem", ERR_SYNTAX, "no private key");
    expect_not_served("nts_key.pem", "nts_key.pem", ERR_SYNTAX, "there is no certificate");
}

static void too_many_certificates(void **state) {
    (void)state;
    struct tls_server server = {0};
    char reason[TLS_REASON_BYTES];
    for (size_t i = 0; i < LIMIT_TLS_CERTIFICATES; i++)
        assert_int_equal(tls_pair_add(&server, "nts_good.pem", "nts_key.pem", reason), ERR_OK);
    assert_int_equal(tls_pair_add(&server, "nts_good.pem", "nts_key.pem", reason), ERR_FULL);
    assert_string_equal(reason, "a server has at most 8 certificates");
    assert_int_equal(server.count, LIMIT_TLS_CERTIFICATES);
    tls_server_free(&server);
}

static void roots_that_are_none(void **state) {
    (void)state;
    struct tls_client client = {0};
    size_t count = 77;
    char reason[TLS_REASON_BYTES];
    static const char broken[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert_int_equal(tls_client_trust(&client, "", 0, &count, reason), ERR_SYNTAX);
    assert_int_equal(tls_client_trust(&client, "hello", 5, &count, reason), ERR_SYNTAX);
    assert_string_equal(reason, "there is no certificate in it");
    assert_int_equal(tls_client_trust(&client, broken, strlen(broken), &count, reason), ERR_SYNTAX);
    assert_string_equal(reason, "certificate 1 in it cannot be read");
    assert_int_equal(count, 77);
    assert_null(client.context);
    tls_client_free(&client);
}

static void never_opened(void **state) {
    (void)state;
    struct tls_connection c = {.state = TLS_STATE_NONE};
    uint8_t bytes[8];
    assert_int_equal(tls_feed(&c, "x", 1), ERR_OK);
    assert_int_equal(tls_drain(&c, bytes, sizeof bytes), 0);
    assert_int_equal(tls_pending(&c), 0);
    assert_int_equal(tls_read(&c, bytes, sizeof bytes), 0);
    assert_int_equal(tls_write(&c, "x", 1), ERR_TLS);
    tls_feed_end(&c);
    tls_close(&c);
    tls_free(&c);
    assert_int_equal(c.state, TLS_STATE_NONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates),
        cmocka_unit_test(names),
        cmocka_unit_test(untrusted),
        cmocka_unit_test(hosts_that_are_no_names),
        cmocka_unit_test(clients_of_another_kind),
        cmocka_unit_test(client_with_several_alpn_is_served),
        cmocka_unit_test(servers_of_another_kind),
        cmocka_unit_test(garbage),
        cmocka_unit_test(http_is_called_no_tls),
        cmocka_unit_test(flipped_bits),
        cmocka_unit_test(broken_record_after_the_handshake),
        cmocka_unit_test(early_end),
        cmocka_unit_test(floods),
        cmocka_unit_test(what_cannot_be_served),
        cmocka_unit_test(too_many_certificates),
        cmocka_unit_test(roots_that_are_none),
        cmocka_unit_test(never_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

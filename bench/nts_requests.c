/* Requests for the load generator (load.c -f): establishes keys once (RFC 8915 section 4), proves
 * by a verified reply that they are good, and writes authenticated requests to a file.
 *
 * All requests carry the same few cookies, which no server forbids, but each has a nonce, a unique
 * identifier and a transmit timestamp of its own: number k has (k + 1) * POOL_SCRAMBLE, so that the
 * generator can tell which request a reply answers. Thus the load costs no cryptography. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "crypto/tls.h"
#include "nts_pool.h"
#include "proto/nts_client.h"
#include "proto/nts_ke_client.h"

enum { KE_PORT = 4460, TIMEOUT_S = 5, ROOTS_BYTES = 65536 };

_Noreturn static void die(const char *what, const char *why) {
    fprintf(stderr, "nts_requests: %s: %s\n", what, why);
    exit(1);
}

static struct mono now_mono(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (struct mono){now.tv_sec * NS_PER_S + now.tv_nsec};
}

static struct utc now_utc(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (struct utc){now.tv_sec * NS_PER_S + now.tv_nsec};
}

static int dial(const char *address, uint16_t port, int type) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    const struct timeval timeout = {.tv_sec = TIMEOUT_S};
    if (inet_pton(AF_INET, address, &to.sin_addr) != 1) die(address, "no IPv4 address");
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) != 0 ||
        connect(fd, (const struct sockaddr *)&to, sizeof to) != 0)
        die(address, strerror(errno));
    return fd;
}

static void trust(struct tls_client *client, const char *path) {
    static char pem[ROOTS_BYTES];
    char reason[TLS_REASON_BYTES];
    size_t count;
    FILE *file = fopen(path, "re");
    if (!file) die(path, strerror(errno));
    size_t length = fread(pem, 1, sizeof pem, file);
    fclose(file);
    if (tls_client_trust(client, pem, length, &count, reason) != ERR_OK) die(path, reason);
}

static void flush(struct tls_connection *tls, int fd) {
    uint8_t bytes[4096];
    for (size_t length; (length = tls_drain(tls, bytes, sizeof bytes)) > 0;)
        if (send(fd, bytes, length, MSG_NOSIGNAL) != (ssize_t)length) die("send", strerror(errno));
}

/* Until the response is complete. */
static void converse(struct tls_connection *tls, int fd, struct nts_ke_client_response *response) {
    static const struct nts_ke_aeads offer = {{NTS_AEAD_AES_SIV_CMAC_256}, 1};
    static struct nts_ke_client client;
    uint8_t request[NTS_KE_CLIENT_REQUEST_BYTES], bytes[4096], plain[1024];
    size_t length = nts_ke_client_init(&client, &offer, request);
    for (bool asked = false, done = false; !done;) {
        flush(tls, fd);
        ssize_t got = recv(fd, bytes, sizeof bytes, 0);
        if (got <= 0) die("key establishment", got < 0 ? strerror(errno) : "the server has closed");
        if (tls_feed(tls, bytes, (size_t)got) != ERR_OK) die("TLS", tls->reason);
        if (tls->state == TLS_STATE_OPEN && !asked)
            asked = tls_write(tls, request, length) == ERR_OK;
        for (size_t read; !done && (read = tls_read(tls, plain, sizeof plain)) > 0;)
            done = nts_ke_client_feed(&client, plain, read, response);
    }
    if (response->err != ERR_OK) die("key establishment", response->reason);
}

static void establish(const char *address, const char *name, const char *roots,
                      struct nts_credentials *out) {
    static struct nts_ke_client_response response;
    struct tls_client client = {.context = NULL};
    struct tls_connection tls;
    struct utc now = now_utc();
    trust(&client, roots);
    int fd = dial(address, KE_PORT, SOCK_STREAM);
    if (tls_connect(&tls, &client, name, &now) != ERR_OK) die(name, "is no name");
    converse(&tls, fd, &response);
    memset(out, 0, sizeof *out);
    out->session.aead = response.agreement.aead;
    for (int direction = NTS_KE_C2S; direction <= NTS_KE_S2C; direction++) {
        uint8_t context[NTS_KE_CONTEXT_BYTES];
        nts_ke_context(&response.agreement, (enum nts_ke_direction)direction, context);
        uint8_t *key = direction == NTS_KE_C2S ? out->session.c2s : out->session.s2c;
        if (tls_export(&tls, context, key, NTS_KEY_BYTES) != ERR_OK) die("keys", "not exported");
    }
    out->count = response.cookie_count;
    memcpy(out->cookies, response.cookies, sizeof out->cookies);
    tls_free(&tls);
    tls_client_free(&client);
    close(fd);
}

/* One request with the given transmit timestamp, from all cookies, so without placeholders. */
static size_t build(const struct nts_credentials *credentials, uint64_t transmit,
                    struct nts_client *client, struct ntp_client *ntp,
                    uint8_t out[LIMIT_NTS_REQUEST_BYTES]) {
    static struct entropy entropy;
    size_t length;
    nts_client_init(client);
    ntp_client_init(ntp, 4);
    if (getrandom(entropy.bytes, 256, 0) != 256) die("getrandom", strerror(errno));
    for (int i = 0; i < 8; i++) entropy.bytes[i] = (uint8_t)(transmit >> (56 - 8 * i));
    entropy.used = 0;
    if (nts_client_keyed(client, credentials, now_mono()) != ERR_OK ||
        nts_client_request(client, ntp, &entropy, now_mono(), out, &length) != ERR_OK)
        die("request", "cannot be built with these keys");
    return length;
}

/* Sends one request; returns the length of the reply, which is authentic. */
static size_t prove(const char *address, const struct nts_credentials *credentials) {
    struct nts_client client;
    struct ntp_client ntp;
    struct nts_client_reply reply;
    uint8_t request[LIMIT_NTS_REQUEST_BYTES], bytes[LIMIT_DATAGRAM_BYTES];
    int fd = dial(address, 123, SOCK_DGRAM);
    size_t length = build(credentials, 1, &client, &ntp, request);
    if (send(fd, request, length, 0) != (ssize_t)length) die("send", strerror(errno));
    ssize_t got = recv(fd, bytes, sizeof bytes, 0);
    if (got < 0) die("reply", strerror(errno));
    enum err err =
        nts_client_reply(&client, &ntp, bytes, (size_t)got, now_mono(), 1e-6, now_utc(), &reply);
    if (err != ERR_OK) die("reply", err_text(err));
    if (reply.cookies != 1) die("reply", "not one new cookie");
    close(fd);
    return (size_t)got;
}

static void write_pool(const char *path, const struct nts_credentials *credentials,
                       size_t reply_bytes) {
    struct nts_client client;
    struct ntp_client ntp;
    uint8_t request[LIMIT_NTS_REQUEST_BYTES];
    struct nts_pool pool = {.magic = NTS_POOL_MAGIC, .reply_bytes = (uint32_t)reply_bytes};
    pool.request_bytes = (uint32_t)build(credentials, 1, &client, &ntp, request);
    FILE *file = fopen(path, "we");
    if (!file || fwrite(&pool, sizeof pool, 1, file) != 1) die(path, strerror(errno));
    for (uint64_t k = 0; k < NTS_POOL_REQUESTS; k++) {
        build(credentials, (k + 1) * NTS_POOL_SCRAMBLE, &client, &ntp, request);
        if (fwrite(request, pool.request_bytes, 1, file) != 1) die(path, strerror(errno));
    }
    if (fclose(file) != 0) die(path, strerror(errno));
}

int main(int argc, char **argv) {
    static struct nts_credentials credentials;
    if (argc != 5) {
        fputs("usage: nts_requests ADDRESS NAME ROOTS FILE\n"
              "  Establishes keys at ADDRESS, whose certificate is for NAME and signed by one of\n"
              "  ROOTS, and writes requests to FILE. Prints their length and that of a reply.\n",
              stderr);
        return 2;
    }
    establish(argv[1], argv[2], argv[3], &credentials);
    size_t reply_bytes = prove(argv[1], &credentials);
    write_pool(argv[4], &credentials, reply_bytes);
    printf("requests=%d reply_bytes=%zu\n", NTS_POOL_REQUESTS, reply_bytes);
    return 0;
}

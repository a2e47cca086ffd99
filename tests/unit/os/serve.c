/* The server's sockets on loopback: every request gets its own reply, from the address it asked,
 * in batches and one by one; strangers and nonsense get none. */
#include "os/serve.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/config.h"
#include "os/clocks.h"
#include "os/sockaddr.h"

static struct world {
    struct config config;
    struct clock_page page;
    struct server server;
    struct listen_sockets sockets;
    struct serve *serve;
    uint16_t port;
} w;

static void publish_now(void) {
    struct kernel_reading now;
    clocks_read(&now);
    struct clock_state state = {.line = {.m0 = now.counter, .radius_s = 1e-3},
                                .void_after = mono_add(now.counter, 100 * NS_PER_S),
                                .synchronised = true,
                                .stratum = 2,
                                .bound_max_s = 1,
                                .tai_utc_s = 37,
                                .tai_utc_after_s = 37};
    state.line.tai0.ns = now.realtime.ns + 37 * NS_PER_S;
    clock_page_publish(&w.page, &state);
}

static void start(bool one_by_one) {
    char why[LISTEN_WHY_BYTES];
    union sockaddr_any name;
    socklen_t length = sizeof name;
    memset(&w, 0, sizeof w);
    config_default(&w.config);
    w.config.port = 0; /* the kernel chooses */
    w.config.bind_count = 1;
    w.config.bind[0] = (struct addr){.family = ADDR_IPV4};
    w.config.access_count = 1;
    w.config.access[0].allow = true;
    assert_true(listen_ntp(&w.config, &w.sockets, why));
    assert_int_equal(w.sockets.count, 1);
    assert_int_equal(getsockname(w.sockets.fd[0], &name.any, &length), 0);
    w.port = ntohs(name.in.sin_port);
    server_init(&w.server, &w.config, 0, -20, NULL);
    w.serve = serve_create(&w.sockets, &w.page, &w.server, one_by_one);
    publish_now();
}

static void finish(void) {
    listen_close(&w.sockets);
    free(w.serve);
}

static int client_of(const char *server) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(w.port)};
    assert_int_equal(inet_pton(AF_INET, server, &to.sin_addr), 1);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void ask(int fd, uint8_t mark) {
    uint8_t request[NTP_PACKET_HEADER_BYTES] = {4 << 3 | NTP_MODE_CLIENT};
    request[40] = 0x80;
    request[47] = mark;
    assert_int_equal(send(fd, request, sizeof request, 0), sizeof request);
}

/* Whether a reply waits; its origin must carry the mark. */
static bool answered(int fd, uint8_t mark) {
    uint8_t reply[LIMIT_DATAGRAM_BYTES];
    ssize_t length = recv(fd, reply, sizeof reply, MSG_DONTWAIT);
    if (length < 0) return false;
    struct ntp_packet packet;
    assert_int_equal(length, NTP_PACKET_HEADER_BYTES);
    assert_int_equal(ntp_packet_parse(reply, (size_t)length, &packet), ERR_OK);
    assert_int_equal(packet.mode, NTP_MODE_SERVER);
    assert_int_equal(packet.stratum, 2);
    assert_true(packet.origin == (UINT64_C(0x80) << 56 | mark));
    assert_true(packet.receive <= packet.transmit);
    return true;
}

static void serve_all(void) {
    struct pollfd fds[LISTEN_SOCKETS];
    size_t count = serve_fill(w.serve, fds);
    while (poll(fds, count, 0) > 0) serve_ready(w.serve, fds[0].fd);
}

static void answers_many(bool one_by_one) {
    enum { CLIENTS = 3, ROUNDS = 40 };
    static const char *const addresses[CLIENTS] = {"127.0.0.1", "127.0.0.5", "127.9.8.7"};
    int fds[CLIENTS];
    start(one_by_one);
    for (int c = 0; c < CLIENTS; c++) fds[c] = client_of(addresses[c]);
    for (uint8_t round = 0; round < ROUNDS; round++)
        for (int c = 0; c < CLIENTS; c++) ask(fds[c], round);
    serve_all();
    /* A connected socket hears only the address it asked: so the reply came from there. */
    for (int c = 0; c < CLIENTS; c++) {
        for (uint8_t round = 0; round < ROUNDS; round++) assert_true(answered(fds[c], round));
        assert_false(answered(fds[c], 0));
        close(fds[c]);
    }
    assert_int_equal(w.server.serving.received, CLIENTS * ROUNDS);
    assert_int_equal(w.server.serving.replied, CLIENTS * ROUNDS);
    finish();
}

static void answers_in_batches(void **state) {
    (void)state;
    answers_many(false);
}

static void answers_one_by_one(void **state) {
    (void)state;
    answers_many(true);
}

static void drops_and_counts_nonsense(void **state) {
    (void)state;
    static uint8_t bytes[2000];
    start(false);
    int fd = client_of("127.0.0.1");
    bytes[0] = 4 << 3 | NTP_MODE_CLIENT;
    assert_int_equal(send(fd, bytes, 0, 0), 0);
    assert_int_equal(send(fd, bytes, 47, 0), 47);
    assert_int_equal(send(fd, bytes, sizeof bytes, 0), sizeof bytes);
    bytes[0] = 4 << 3 | NTP_MODE_SERVER;
    assert_int_equal(send(fd, bytes, 48, 0), 48);
    ask(fd, 7);
    serve_all();
    assert_true(answered(fd, 7));
    assert_false(answered(fd, 7));
    const uint64_t *drops = w.server.serving.drops;
    assert_int_equal(drops[ERR_SHORT], 2);
    assert_int_equal(drops[ERR_TOO_LONG], 1);
    assert_int_equal(drops[ERR_MODE], 1);
    assert_int_equal(w.server.serving.received, 5);
    close(fd);
    finish();
}

/* The receive time is the kernel's: it was made before the server got round to it. */
static void stamps_when_the_kernel_received(void **state) {
    (void)state;
    start(false);
    int fd = client_of("127.0.0.1");
    double waited = 0;
    /* Linux begins to stamp a moment after it was asked to. */
    for (int i = 0; i < 50 && waited < 0.019; i++) {
        ask(fd, 1);
        usleep(20000);
        serve_all();
        uint8_t reply[NTP_PACKET_HEADER_BYTES];
        struct ntp_packet packet;
        assert_int_equal(recv(fd, reply, sizeof reply, MSG_DONTWAIT), sizeof reply);
        assert_int_equal(ntp_packet_parse(reply, sizeof reply, &packet), ERR_OK);
        waited = (double)(packet.transmit - packet.receive) * 0x1p-32;
    }
    assert_true(waited > 0.019 && waited < 1);
    close(fd);
    finish();
}

static void says_which_port_is_in_use(void **state) {
    (void)state;
    char why[LISTEN_WHY_BYTES] = "";
    struct listen_sockets more = {.count = 77};
    start(false);
    struct config second = w.config;
    second.port = w.port;
    assert_false(listen_ntp(&second, &more, why));
    assert_non_null(strstr(why, "Address already in use"));
    assert_int_equal(more.count, 77);
    finish();
}

static void lets_several_jobs_share_a_port(void **state) {
    (void)state;
    char why[LISTEN_WHY_BYTES] = "";
    struct listen_sockets more;
    start(false);
    listen_close(&w.sockets);
    w.config.port = w.port;
    w.config.server_jobs = 2;
    assert_true(listen_ntp(&w.config, &w.sockets, why));
    assert_true(listen_ntp(&w.config, &more, why));
    listen_close(&more);
    finish();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_in_batches),
        cmocka_unit_test(answers_one_by_one),
        cmocka_unit_test(drops_and_counts_nonsense),
        cmocka_unit_test(stamps_when_the_kernel_received),
        cmocka_unit_test(says_which_port_is_in_use),
        cmocka_unit_test(lets_several_jobs_share_a_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

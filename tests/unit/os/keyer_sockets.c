/* Listening sockets when no descriptor is left: they are not waited for until a connection ends, or
 * for a second, so that nothing spins; and so for Roughtime. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "crypto/tls_pair.h"
#include "os/keyer_sockets.h"
#include "os/roughtime_sockets.h"

static const struct mono start = {NS_PER_S};

static int listener(struct sockaddr_in *at) {
    socklen_t length = sizeof *at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)at, sizeof *at) == 0 && listen(fd, 8) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)at, &length) == 0);
    return fd;
}

static int come(const struct sockaddr_in *at) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(fd >= 0 && connect(fd, (const struct sockaddr *)at, sizeof *at) == 0);
    return fd;
}

/* No further descriptor; the returned limit is to be put back. */
static struct rlimit use_up(void) {
    struct rlimit before, tight;
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    int next = dup(STDERR_FILENO);
    close(next);
    tight = before;
    tight.rlim_cur = (rlim_t)next;
    CHECK(setrlimit(RLIMIT_NOFILE, &tight) == 0);
    return before;
}

static bool waits_for(const struct keyer_sockets *sockets, int fd) {
    static struct pollfd fds[KEYER_SOCKETS_POLLS];
    size_t count = keyer_sockets_fill(sockets, fds);
    for (size_t i = 0; i < count; i++)
        if (fds[i].fd == fd) return true;
    return false;
}

static void keys_without_descriptors(void **state) {
    (void)state;
    static struct config config;
    static struct keyer keyer;
    struct sockaddr_in at;
    char reason[TLS_REASON_BYTES];
    config_default(&config);
    keyer.config = &config;
    struct keyer_sockets_setup setup = {.keyer = &keyer, .listeners = {{listener(&at)}, 1}};
    int fd = setup.listeners.fd[0];
    const struct pollfd ready = {.fd = fd, .events = POLLIN, .revents = POLLIN};
    assert_int_equal(tls_pair_add(&setup.server, "nts_good.pem", "nts_key.pem", reason), ERR_OK);
    static struct keyer_sockets *sockets; /* lives as long as the process */
    sockets = keyer_sockets_create(&setup);
    int first = come(&at);
    keyer_sockets_ready(sockets, &ready, start);
    assert_int_equal(keyer.report.accepted, 1);
    int second = come(&at);
    struct rlimit before = use_up();
    keyer_sockets_ready(sockets, &ready, start);
    assert_int_equal(keyer.report.accepted, 1);
    assert_false(waits_for(sockets, fd));
    keyer_sockets_expire(sockets, mono_add(start, NS_PER_S - 1));
    assert_false(waits_for(sockets, fd));
    keyer_sockets_expire(sockets, mono_add(start, NS_PER_S));
    assert_true(waits_for(sockets, fd));
    keyer_sockets_ready(sockets, &ready, mono_add(start, 4 * NS_PER_S));
    assert_false(waits_for(sockets, fd));
    /* The first one is ended for its slowness, which makes room for the second. */
    keyer_sockets_expire(sockets, mono_add(start, LIMIT_NTS_HANDSHAKE_S * NS_PER_S));
    assert_int_equal(keyer.report.open, 0);
    assert_true(waits_for(sockets, fd));
    keyer_sockets_ready(sockets, &ready, mono_add(start, 6 * NS_PER_S));
    assert_int_equal(keyer.report.accepted, 2);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    keyer_sockets_expire(sockets, mono_add(start, 60 * NS_PER_S));
    close(first);
    close(second);
    close(fd);
}

static void roughtime_without_descriptors(void **state) {
    (void)state;
    static struct roughtime job;
    struct sockaddr_in at;
    struct roughtime_listeners listeners = {.tcp[0] = {{listener(&at)}, 1}};
    int fd = listeners.tcp[0].fd[0];
    struct roughtime_sockets *sockets = roughtime_sockets_create(&listeners, NULL, &job, false);
    const struct pollfd ready = {.fd = fd, .events = POLLIN, .revents = POLLIN};
    struct pollfd fds[ROUGHTIME_SOCKETS_POLLS];
    int client = come(&at);
    assert_int_equal(roughtime_sockets_fill(sockets, fds), 1);
    struct rlimit before = use_up();
    roughtime_sockets_ready(sockets, &ready, start);
    assert_int_equal(roughtime_sockets_fill(sockets, fds), 0);
    roughtime_sockets_expire(sockets, mono_add(start, NS_PER_S));
    assert_int_equal(roughtime_sockets_fill(sockets, fds), 1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    close(client);
    close(fd);
    free(sockets);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_without_descriptors),
        cmocka_unit_test(roughtime_without_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The mirror's connections, on loopback: whole replies, one after the other, in whatever pieces;
 * slow and silent peers; more of them than there are places; files that go or shrink. */
#include "os/mirror_sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"

enum { LARGE = 1 << 20 };

static struct mirror_sockets sockets;
static struct listen_sockets listeners;
static struct mono now;
static char folder[] = "/tmp/etalon-mirror-XXXXXX";
static uint16_t port;
static int folder_fd;

static void write_file(const char *name, size_t length) {
    int fd = openat(folder_fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    for (size_t i = 0; i < length; i += 1024) {
        char block[1024];
        memset(block, 'a' + (char)(i / 1024 % 26), sizeof block);
        size_t part = length - i < sizeof block ? length - i : sizeof block;
        assert_int_equal(write(fd, block, part), part);
    }
    close(fd);
}

static int set_up(void **state) {
    struct sockaddr_in bound;
    socklen_t length = sizeof bound;
    (void)state;
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    if (!mkdtemp(folder)) return -1;
    folder_fd = open(folder, O_RDONLY | O_DIRECTORY);
    write_file("vkey", 100);
    write_file("checkpoint", LARGE);
    now = (struct mono){NS_PER_S};
    listeners.fd[0] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const struct sockaddr_in any = {.sin_family = AF_INET,
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    listeners.count = 1;
    if (bind(listeners.fd[0], (const struct sockaddr *)&any, sizeof any) != 0 ||
        listen(listeners.fd[0], 128) != 0 ||
        getsockname(listeners.fd[0], (struct sockaddr *)&bound, &length) != 0)
        return -1;
    port = ntohs(bound.sin_port);
    mirror_sockets_init(&sockets, &listeners, folder_fd);
    return 0;
}

static int tear_down(void **state) {
    static const char *const names[] = {"vkey", "checkpoint", "pruned"};
    (void)state;
    mirror_sockets_expire(&sockets, mono_add(now, 1000 * NS_PER_S));
    for (size_t i = 0; i < LIMIT_MIRROR_CONNECTIONS; i++) {
        assert_int_equal(sockets.of[i].fd, -1);
        assert_int_equal(sockets.of[i].file, -1);
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) unlinkat(folder_fd, names[i], 0);
    unlinkat(folder_fd, "pruned", AT_REMOVEDIR);
    close(folder_fd);
    listen_close(&listeners);
    return rmdir(folder);
}

/* Until nothing is ready any more. */
static void turn(void) {
    struct pollfd fds[MIRROR_SOCKETS_POLLS];
    for (;;) {
        size_t count = mirror_sockets_fill(&sockets, fds);
        if (poll(fds, count, 20) <= 0) return;
        for (size_t i = 0; i < count; i++)
            if (fds[i].revents) mirror_sockets_ready(&sockets, &fds[i], now);
    }
}

static int dial(void) {
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1; /* what is said goes out at once */
    assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    turn();
    return fd;
}

static void say(int fd, const char *text) {
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
    turn();
}

/* All that has come, until there is no more of it. closed: nor will be. */
static char heard[LARGE + 4096];
static bool closed;

static size_t hear(int fd) {
    size_t used = 0;
    closed = false;
    for (;;) {
        ssize_t got = recv(fd, heard + used, sizeof heard - 1 - used, MSG_DONTWAIT);
        closed = got == 0 || (got < 0 && errno != EAGAIN);
        if (got <= 0) break;
        used += (size_t)got;
        turn();
    }
    heard[used] = '\0';
    return used;
}

static void replies_come_whole(void **state) {
    (void)state;
    int fd = dial();
    say(fd, GET("/vkey"));
    (void)hear(fd);
    assert_false(closed);
    assert_memory_equal(heard, "HTTP/1.1 200 OK\r\n", 17);
    assert_int_equal(strlen(strstr(heard, "\r\n\r\n")), 4 + 100);
    say(fd, "GET /vk");
    assert_int_equal(hear(fd), 0);
    say(fd, "ey HTTP/1.1\r\nHost: x\r\n\r\nGET /none HTTP/1.1\r\nHost: x\r\n\r\n");
    (void)hear(fd);
    assert_memory_equal(heard, "HTTP/1.1 200 OK\r\n", 17);
    assert_non_null(strstr(heard, "HTTP/1.1 404 Not Found\r\n"));
    close(fd);
}

static void large_files_and_what_follows(void **state) {
    (void)state;
    int fd = dial();
    say(fd, GET("/checkpoint") GET("/vkey"));
    size_t used = hear(fd);
    const char *body = strstr(heard, "\r\n\r\n") + 4;
    assert_true(used > LARGE);
    assert_int_equal(body[0], 'a');
    assert_int_equal(body[LARGE - 1], 'a' + (LARGE / 1024 - 1) % 26);
    assert_memory_equal(body + LARGE, "HTTP/1.1 200 OK\r\n", 17);
    assert_int_equal(sockets.counts.served, 2);
    close(fd);
}

static void heads_only(void **state) {
    (void)state;
    int fd = dial();
    say(fd, "HEAD /checkpoint HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    (void)hear(fd);
    assert_true(closed);
    assert_non_null(strstr(heard, "Content-Length: 1048576\r\n"));
    assert_string_equal(strstr(heard, "\r\n\r\n"), "\r\n\r\n");
    close(fd);
    turn();
}

static void what_is_not_a_file_is_not_there(void **state) {
    (void)state;
    int fd = dial();
    say(fd, GET("/cosigned/5"));
    (void)hear(fd);
    assert_memory_equal(heard, "HTTP/1.1 404 ", 13);
    assert_int_equal(mkdirat(folder_fd, "pruned", 0755), 0);
    say(fd, GET("/pruned"));
    (void)hear(fd);
    assert_memory_equal(heard, "HTTP/1.1 404 ", 13);
    assert_int_equal(unlinkat(folder_fd, "pruned", AT_REMOVEDIR), 0);
    assert_int_equal(symlinkat("vkey", folder_fd, "pruned"), 0);
    say(fd, GET("/pruned"));
    (void)hear(fd);
    assert_memory_equal(heard, "HTTP/1.1 503 ", 13);
    assert_int_equal(sockets.counts.refused, 3);
    close(fd);
}

static void a_file_that_shrinks_ends_the_reply(void **state) {
    (void)state;
    int fd = dial();
    write_file("checkpoint", 16 * LARGE); /* more than the kernel takes at once */
    say(fd, GET("/checkpoint"));
    write_file("checkpoint", 10);
    for (int i = 0; i < 1000 && sockets.counts.cut == 0; i++) (void)hear(fd);
    assert_int_equal(sockets.counts.cut, 1);
    close(fd);
}

static void slow_requests_are_cut(void **state) {
    (void)state;
    int silent = dial(), slow = dial();
    say(slow, "GET /vkey");
    for (int i = 0; i < LIMIT_MIRROR_PATIENCE_S; i++) {
        now = mono_add(now, NS_PER_S);
        say(slow, "x");
        mirror_sockets_expire(&sockets, now);
    }
    assert_int_equal(sockets.counts.cut, 0);
    now = mono_add(now, NS_PER_S);
    mirror_sockets_expire(&sockets, now);
    assert_int_equal(sockets.counts.cut, 1); /* the silent one has simply ended */
    (void)hear(silent);
    assert_true(closed);
    (void)hear(slow);
    assert_true(closed);
    close(silent);
    close(slow);
}

static void slow_readers_are_cut(void **state) {
    (void)state;
    int fd = dial(), small = 4096;
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    write_file("checkpoint", 16 * LARGE);
    say(fd, GET("/checkpoint"));
    now = mono_add(now, LIMIT_MIRROR_PATIENCE_S * NS_PER_S + 200 * NS_PER_S);
    mirror_sockets_expire(&sockets, now);
    assert_int_equal(sockets.counts.cut, 0); /* 16 MiB have their time */
    now = mono_add(now, 100 * NS_PER_S);
    mirror_sockets_expire(&sockets, now);
    assert_int_equal(sockets.counts.cut, 1);
    close(fd);
}

static void others_wait_for_a_place(void **state) {
    int fds[LIMIT_MIRROR_CONNECTIONS];
    (void)state;
    for (size_t i = 0; i < LIMIT_MIRROR_CONNECTIONS; i++) fds[i] = dial();
    int late = dial();
    say(late, GET("/vkey"));
    assert_int_equal(hear(late), 0);
    assert_false(closed);
    assert_int_equal(sockets.counts.connections, LIMIT_MIRROR_CONNECTIONS);
    close(fds[7]);
    turn();
    assert_true(hear(late) > 0);
    for (size_t i = 0; i < LIMIT_MIRROR_CONNECTIONS; i++)
        if (i != 7) close(fds[i]);
    close(late);
    turn();
    assert_int_equal(sockets.counts.cut, 0);
}

static void a_refusal_arrives_though_more_was_sent(void **state) {
    static char text[LIMIT_MIRROR_HEAD_BYTES * 2];
    (void)state;
    int fd = dial();
    memset(text, 'x', sizeof text - 1);
    say(fd, text);
    (void)hear(fd);
    assert_memory_equal(heard, "HTTP/1.1 431 ", 13);
    assert_true(closed);
    say(fd, "and more");
    now = mono_add(now, 2 * NS_PER_S);
    mirror_sockets_expire(&sockets, now);
    assert_int_equal(sockets.counts.cut, 0);
    close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(replies_come_whole),
        TEST(large_files_and_what_follows),
        TEST(heads_only),
        TEST(what_is_not_a_file_is_not_there),
        TEST(a_file_that_shrinks_ends_the_reply),
        TEST(slow_requests_are_cut),
        TEST(slow_readers_are_cut),
        TEST(others_wait_for_a_place),
        TEST(a_refusal_arrives_though_more_was_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

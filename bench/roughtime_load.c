/* Roughtime load generator: one UDP flow in a closed loop; WINDOW requests are always on their way.
 *
 *   roughtime_load PORT WINDOW SECONDS        to 127.0.0.1; prints replies per second
 *
 * Build: cc -O2 -o roughtime_load bench/roughtime_load.c. Requests have 1024-byte messages of
 * version 1 and nonces that are counted up; replies are counted, not verified (etalon roughtime
 * query does that). A request without a reply for 100 ms is taken as lost and replaced. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { PACKET_BYTES = 1036, REPLY_BYTES = 1500, BATCH = 64, NONCE_AT = 12 + 32 + 4 };

static uint8_t packets[BATCH][PACKET_BYTES], replies[BATCH][REPLY_BYTES];
static struct iovec out[BATCH], in[BATCH];
static struct mmsghdr sends[BATCH], receives[BATCH];

static void put(uint8_t *at, uint32_t value) {
    for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> 8 * i);
}

/* VER, NONC, TYPE, ZZZZ: a header of 32 bytes, then 4 + 32 + 4 + 952. */
static void prepare(uint8_t packet[PACKET_BYTES]) {
    static const uint32_t words[] = {4,          4,          36,         40, 0x00524556,
                                     0x434e4f4e, 0x45505954, 0x5a5a5a5a, 1};
    memcpy(packet, "ROUGHTIM", 8);
    put(packet + 8, PACKET_BYTES - 12);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) put(packet + 12 + 4 * i, words[i]);
}

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static long send_some(int fd, long wanted, uint32_t *nonce) {
    unsigned count = wanted < BATCH ? (unsigned)wanted : BATCH;
    for (unsigned i = 0; i < count; i++) put(packets[i] + NONCE_AT, ++*nonce);
    int sent = sendmmsg(fd, sends, count, MSG_DONTWAIT);
    return sent > 0 ? sent : 0;
}

static int open_socket(uint16_t port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0), size = 8 << 20;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof to) != 0) {
        perror("roughtime_load");
        exit(1);
    }
    for (int i = 0; i < BATCH; i++) {
        prepare(packets[i]);
        out[i] = (struct iovec){packets[i], PACKET_BYTES};
        in[i] = (struct iovec){replies[i], REPLY_BYTES};
        sends[i].msg_hdr = (struct msghdr){.msg_iov = &out[i], .msg_iovlen = 1};
        receives[i].msg_hdr = (struct msghdr){.msg_iov = &in[i], .msg_iovlen = 1};
    }
    return fd;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: roughtime_load PORT WINDOW SECONDS\n");
        return 2;
    }
    int fd = open_socket((uint16_t)atoi(argv[1]));
    long window = atol(argv[2]), flying = 0, answered = 0, lost = 0;
    double begin = now_s(), end = begin + atof(argv[3]);
    for (uint32_t nonce = 0; now_s() < end;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        while (flying < window) {
            long sent = send_some(fd, window - flying, &nonce);
            flying += sent;
            if (sent == 0) break;
        }
        if (poll(&ready, 1, 100) == 0) {
            lost += flying;
            flying = 0;
            continue;
        }
        int got = recvmmsg(fd, receives, BATCH, MSG_DONTWAIT, NULL);
        if (got <= 0) continue;
        answered += got;
        flying -= got < flying ? got : flying;
    }
    printf("window %ld: %.0f replies/s, %ld requests lost\n", window,
           (double)answered / (now_s() - begin), lost);
    return 0;
}

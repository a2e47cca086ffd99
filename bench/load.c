/* NTP load generator: one core, one UDP flow, as many or as evenly paced requests as asked for.
 *
 * closed loop  WINDOW requests are always on their way: what a server can do at most;
 * open loop    RATE requests a second are sent whether answers come or not: loss and latency;
 * knee         open loops, halving the interval: the highest rate with less than 0.1 % loss.
 *
 * With -f the requests come from a file (nts_requests.c), over and over: NTS, built beforehand.
 *
 * Every request has its own transmit timestamp, a scrambled counter. A reply counts only if its
 * origin timestamp leads back to a request that still waits. Each step prints one line; "starved"
 * is the share of the time in which somebody else had this generator's core. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "nts_pool.h"

enum {
    PACKET_BYTES = 48,
    BATCH = 64,
    RING = 1 << 20, /* requests that may wait at one time */
    SOCKET_BUFFER_BYTES = 8 << 20,
    BUCKETS = 64 * 16, /* of latency: sixteen to each power of two of nanoseconds */
    KNEE_STEPS = 6,
    KNEE_TRIES = 2,
};

static const int64_t second_ns = 1000000000;
static const int64_t lost_after_ns = 100000000;
static const double knee_loss = 0.001;
static const uint64_t scramble = NTS_POOL_SCRAMBLE;

struct settings {
    struct sockaddr_storage address;
    socklen_t address_bytes;
    double rate_hz, knee_hz, duration_s;
    uint32_t window;
    uint8_t version;
    int core;
    const char *pool_path; /* NULL: plain requests */
};

struct counts {
    uint64_t sent, replies, lost, late, bad, unsynchronised;
    double elapsed_s; /* of sending; the wait for the last replies does not count */
    double starved_s; /* of it: ready to run, but somebody else had the core */
    uint32_t latency[BUCKETS];
};

struct load {
    const struct settings *settings;
    int socket;
    uint64_t secret, unscramble;
    uint64_t oldest, next; /* counters of the requests that may still be answered */
    uint32_t waiting;
    uint64_t places; /* requests that may be told apart */
    struct nts_pool pool;
    uint8_t *pooled;  /* NULL: plain requests */
    int64_t *sent_ns; /* by counter modulo RING; 0: answered, or given up */
    struct counts counts;
    struct mmsghdr out[BATCH], in[BATCH];
    struct iovec out_part[BATCH], in_part[BATCH];
    uint8_t requests[BATCH][PACKET_BYTES], replies[BATCH][512];
};

_Noreturn static void die(const char *what) {
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * second_ns + now.tv_nsec;
}

/* Time that this process has waited for a core, from the scheduler's account. */
static double starved_s(void) {
    unsigned long long ran_ns, waited_ns = 0;
    FILE *file = fopen("/proc/self/schedstat", "re");
    if (file == NULL) return 0;
    if (fscanf(file, "%llu %llu", &ran_ns, &waited_ns) != 2) waited_ns = 0;
    fclose(file);
    return (double)waited_ns / 1e9;
}

/* Inverse of an odd number modulo 2^64 (Newton): each round doubles the bits that are right. */
static uint64_t inverse(uint64_t odd) {
    uint64_t x = odd;
    for (int i = 0; i < 6; i++) x *= 2 - odd * x;
    return x;
}

static uint64_t transmit_of(const struct load *load, uint64_t counter) {
    return (counter * scramble) ^ load->secret;
}

/* A request of the file is sent again and again: the last time counts. */
static uint64_t counter_of(const struct load *load, uint64_t origin) {
    uint64_t counter = (origin ^ load->secret) * load->unscramble;
    if (load->pooled == NULL) return counter;
    uint64_t place = counter - 1;
    if (place >= NTS_POOL_REQUESTS || load->next == 0) return UINT64_MAX;
    uint64_t last = load->next - 1, back = (last - place) % NTS_POOL_REQUESTS;
    return back <= last ? last - back : UINT64_MAX;
}

static void open_socket(struct load *load) {
    const struct settings *s = load->settings;
    int bytes = SOCKET_BUFFER_BYTES;
    load->socket = socket(s->address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (load->socket < 0) die("socket");
    if (setsockopt(load->socket, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0 &&
        setsockopt(load->socket, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) != 0)
        die("receive buffer");
    if (connect(load->socket, (const struct sockaddr *)&s->address, s->address_bytes) != 0)
        die("connect");
}

/* The requests of the file, which have no secret in their timestamps. */
static void read_pool(struct load *load) {
    const char *path = load->settings->pool_path;
    FILE *file = fopen(path, "re");
    if (file == NULL) die(path);
    bool good = fread(&load->pool, sizeof load->pool, 1, file) == 1 &&
                load->pool.magic == NTS_POOL_MAGIC && load->pool.request_bytes <= 1500;
    if (good) load->pooled = malloc((size_t)NTS_POOL_REQUESTS * load->pool.request_bytes);
    if (load->pooled == NULL || fread(load->pooled, load->pool.request_bytes, NTS_POOL_REQUESTS,
                                      file) != NTS_POOL_REQUESTS) {
        fprintf(stderr, "load: %s holds no requests\n", path);
        exit(1);
    }
    fclose(file);
    load->secret = 0;
    load->places = NTS_POOL_REQUESTS;
}

static void load_init(struct load *load, const struct settings *settings) {
    memset(load, 0, sizeof *load);
    load->settings = settings;
    load->unscramble = inverse(scramble);
    if (getrandom(&load->secret, sizeof load->secret, 0) != sizeof load->secret) die("getrandom");
    load->sent_ns = calloc(RING, sizeof *load->sent_ns);
    if (load->sent_ns == NULL) die("memory");
    load->places = RING;
    if (settings->pool_path != NULL) read_pool(load);
    for (int i = 0; i < BATCH; i++) {
        load->requests[i][0] = (uint8_t)(settings->version << 3 | 3);
        load->out_part[i] = (struct iovec){load->requests[i], PACKET_BYTES};
        load->in_part[i] = (struct iovec){load->replies[i], sizeof load->replies[i]};
        load->out[i].msg_hdr = (struct msghdr){.msg_iov = &load->out_part[i], .msg_iovlen = 1};
        load->in[i].msg_hdr = (struct msghdr){.msg_iov = &load->in_part[i], .msg_iovlen = 1};
    }
    open_socket(load);
}

static bool refused(void) {
    if (errno != ECONNREFUSED) return false;
    fprintf(stderr, "load: nobody listens there\n");
    exit(1);
}

/* The requests from number `next` on, into the batch. */
static void prepare(struct load *load, uint32_t batch) {
    for (uint32_t i = 0; i < batch; i++) {
        if (load->pooled != NULL) {
            size_t place = (load->next + i) % NTS_POOL_REQUESTS;
            load->out_part[i] = (struct iovec){load->pooled + place * load->pool.request_bytes,
                                               load->pool.request_bytes};
            continue;
        }
        uint64_t transmit = htobe64(transmit_of(load, load->next + i));
        memcpy(load->requests[i] + 40, &transmit, sizeof transmit);
    }
}

/* Sends up to count requests in one call. Returns how many went out. */
static uint32_t send_some(struct load *load, uint64_t count) {
    uint32_t batch = count < BATCH ? (uint32_t)count : BATCH;
    prepare(load, batch);
    int64_t now = now_ns();
    int done = sendmmsg(load->socket, load->out, batch, 0);
    if (done < 0) {
        if (!refused() && errno != EAGAIN && errno != ENOBUFS && errno != EINTR) die("send");
        return 0;
    }
    for (int i = 0; i < done; i++) load->sent_ns[load->next++ % RING] = now;
    load->waiting += (uint32_t)done;
    load->counts.sent += (uint64_t)done;
    return (uint32_t)done;
}

static uint32_t bucket_of(int64_t latency_ns) {
    uint64_t ns = latency_ns < 16 ? 16 : (uint64_t)latency_ns;
    uint32_t exponent = 63 - (uint32_t)__builtin_clzll(ns);
    return exponent * 16 + (uint32_t)(ns >> (exponent - 4) & 15);
}

/* Middle of a bucket. */
static double bucket_us(uint32_t bucket) {
    return ((double)(16 + bucket % 16) + 0.5) * (double)(UINT64_C(1) << bucket / 16) / 16 / 1000;
}

static void take_reply(struct load *load, const uint8_t *reply, size_t length, int64_t now) {
    struct counts *c = &load->counts;
    uint64_t origin;
    if (length < PACKET_BYTES || (load->pooled != NULL && length != load->pool.reply_bytes) ||
        (reply[0] & 0x3f) != (load->settings->version << 3 | 4)) {
        c->bad++;
        return;
    }
    memcpy(&origin, reply + 24, sizeof origin);
    uint64_t counter = counter_of(load, be64toh(origin));
    if (counter >= load->next) {
        c->bad++;
        return;
    }
    if (counter < load->oldest || load->sent_ns[counter % RING] == 0) {
        c->late++;
        return;
    }
    c->latency[bucket_of(now - load->sent_ns[counter % RING])]++;
    load->sent_ns[counter % RING] = 0;
    load->waiting--;
    c->replies++;
    if (reply[0] >> 6 == 3 || reply[1] == 0 || reply[1] > 15) c->unsynchronised++;
}

static void receive(struct load *load) {
    int count;
    do {
        count = recvmmsg(load->socket, load->in, BATCH, MSG_DONTWAIT, NULL);
        if (count < 0 && !refused() && errno != EAGAIN && errno != EINTR) die("receive");
        int64_t now = now_ns();
        for (int i = 0; i < count; i++)
            take_reply(load, load->replies[i], load->in[i].msg_len, now);
    } while (count == BATCH);
}

/* Gives up what has waited too long, or would be overwritten next. */
static void expire(struct load *load, int64_t now) {
    while (load->oldest < load->next) {
        int64_t *sent = &load->sent_ns[load->oldest % RING];
        bool full = load->next - load->oldest > load->places - BATCH;
        if (*sent != 0) {
            if (!full && now - *sent < lost_after_ns) return;
            *sent = 0;
            load->waiting--;
            load->counts.lost++;
        }
        load->oldest++;
    }
}

/* One step: rate_hz 0 is the closed loop. */
static struct counts step(struct load *load, double rate_hz) {
    memset(&load->counts, 0, sizeof load->counts);
    double starved_before_s = starved_s();
    int64_t start = now_ns(), now = start;
    int64_t end = start + (int64_t)(load->settings->duration_s * 1e9);
    for (; now < end; now = now_ns()) {
        uint64_t due = (uint64_t)(rate_hz * (double)(now - start) / 1e9);
        if (rate_hz > 0 && due > load->counts.sent) send_some(load, due - load->counts.sent);
        if (rate_hz == 0 && load->waiting < load->settings->window)
            send_some(load, load->settings->window - load->waiting);
        receive(load);
        expire(load, now);
    }
    load->counts.elapsed_s = (double)(now - start) / 1e9;
    load->counts.starved_s = starved_s() - starved_before_s;
    while (load->waiting > 0) {
        receive(load);
        expire(load, now_ns());
    }
    return load->counts;
}

static double percentile_us(const struct counts *c, double share) {
    uint64_t wanted = (uint64_t)(share * (double)c->replies), seen = 0;
    for (uint32_t i = 0; i < BUCKETS; i++) {
        seen += c->latency[i];
        if (seen > 0 && seen >= wanted) return bucket_us(i);
    }
    return 0;
}

static double loss_of(const struct counts *c) {
    return c->sent == 0 ? 1 : (double)(c->lost) / (double)c->sent;
}

static void print_step(const char *mode, const struct counts *c) {
    printf("%s sent_hz=%.0f replies_hz=%.0f loss=%.5f p50_us=%.1f p90_us=%.1f p99_us=%.1f "
           "p999_us=%.1f late=%llu bad=%llu unsynchronised=%llu starved=%.3f\n",
           mode, (double)c->sent / c->elapsed_s, (double)c->replies / c->elapsed_s, loss_of(c),
           percentile_us(c, 0.5), percentile_us(c, 0.9), percentile_us(c, 0.99),
           percentile_us(c, 0.999), (unsigned long long)c->late, (unsigned long long)c->bad,
           (unsigned long long)c->unsynchronised, c->starved_s / c->elapsed_s);
    fflush(stdout);
}

/* A rate passes if one of a few tries does (a virtual machine stalls now and then), and if this
 * generator really sent that fast. */
static bool passes(struct load *load, double rate_hz) {
    for (int i = 0; i < KNEE_TRIES; i++) {
        struct counts c = step(load, rate_hz);
        print_step("open", &c);
        if (loss_of(&c) < knee_loss && (double)c.sent > 0.99 * rate_hz * c.elapsed_s) return true;
    }
    return false;
}

static void find_knee(struct load *load, double high_hz) {
    double low_hz = 0;
    for (int i = 0; i < KNEE_STEPS; i++) {
        double rate_hz = i == 0 ? high_hz * 0.75 : (low_hz + high_hz) / 2;
        if (passes(load, rate_hz))
            low_hz = rate_hz;
        else
            high_hz = rate_hz;
    }
    printf("knee rate_hz=%.0f\n", low_hz);
}

static void usage(void) {
    fputs("Usage: load [OPTIONS] ADDRESS [PORT]\n"
          "  -w WINDOW   closed loop with so many requests on their way (default, 256)\n"
          "  -r RATE     open loop, requests a second\n"
          "  -k RATE     search the highest rate up to this one with less than 0.1 % loss\n"
          "  -t SECONDS  of each step (2)\n"
          "  -v VERSION  of NTP, 3 or 4 (4)\n"
          "  -c CORE     run on this core only\n"
          "  -f FILE     requests of this file, as written by nts_requests\n",
          stderr);
    exit(2);
}

/* A number from low to high, or the usage. */
static double number(const char *text, double low, double high) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= low && value <= high)) {
        fprintf(stderr, "load: '%s' is not a number from %g to %g\n", text, low, high);
        usage();
    }
    return value;
}

static void parse_address(struct settings *s, const char *address, const char *port) {
    struct sockaddr_in *four = (struct sockaddr_in *)&s->address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&s->address;
    uint16_t number_be = htons((uint16_t)number(port, 1, 65535));
    if (inet_pton(AF_INET, address, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = number_be;
        s->address_bytes = sizeof *four;
    } else if (inet_pton(AF_INET6, address, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = number_be;
        s->address_bytes = sizeof *six;
    } else {
        fprintf(stderr, "load: '%s' is not a numeric address\n", address);
        usage();
    }
}

static struct settings parse(int argc, char **argv) {
    struct settings s = {.duration_s = 2, .window = 256, .version = 4, .core = -1};
    for (int letter; (letter = getopt(argc, argv, "w:r:k:t:v:c:f:")) != -1;) {
        switch (letter) {
        case 'w':
            s.window = (uint32_t)number(optarg, 1, NTS_POOL_REQUESTS / 2);
            break;
        case 'r':
            s.rate_hz = number(optarg, 1, 5e6);
            break;
        case 'k':
            s.knee_hz = number(optarg, 1, 5e6);
            break;
        case 't':
            s.duration_s = number(optarg, 0.01, 3600);
            break;
        case 'v':
            s.version = (uint8_t)number(optarg, 3, 4);
            break;
        case 'c':
            s.core = (int)number(optarg, 0, CPU_SETSIZE - 1);
            break;
        case 'f':
            s.pool_path = optarg;
            break;
        default:
            usage();
        }
    }
    if (argc - optind < 1 || argc - optind > 2) usage();
    parse_address(&s, argv[optind], argc - optind == 2 ? argv[optind + 1] : "123");
    return s;
}

static void pin(int core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET((size_t)core, &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) != 0) die("core");
}

int main(int argc, char **argv) {
    static struct load load;
    struct settings settings = parse(argc, argv);
    if (settings.core >= 0) pin(settings.core);
    load_init(&load, &settings);
    if (settings.knee_hz > 0) {
        find_knee(&load, settings.knee_hz);
        return 0;
    }
    struct counts c = step(&load, settings.rate_hz);
    print_step(settings.rate_hz > 0 ? "open" : "closed", &c);
    return c.replies > 0 && c.bad == 0 ? 0 : 1;
}

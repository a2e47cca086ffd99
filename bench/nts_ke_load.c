/* NTS-KE load generator: whole key establishments (TCP, TLS 1.3, request, response with cookies,
 * close) one after another on each of several threads, for as long as asked.
 *
 * Written on OpenSSL's blocking interface and nothing else, so that it shares no code with the
 * server that it measures. An establishment counts only if its response holds a cookie and its End
 * and no error; the first reason for a failure is printed. Sessions are never resumed. */
#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

enum {
    THREADS_MAX = 64,
    TIMES_MAX = 1 << 20, /* latencies kept by one thread */
    RESPONSE_BYTES = 16384,
    REASON_BYTES = 128,
    TIMEOUT_S = 5,
};

static const uint8_t request[] = {0x80, 1, 0, 2, 0, 0, 0x80, 4, 0, 2, 0, 15, 0x80, 0, 0, 0};
static const uint8_t alpn[] = {7, 'n', 't', 's', 'k', 'e', '/', '1'};

struct settings {
    const char *host, *port, *name, *roots;
    int threads;
    double duration_s;
    struct sockaddr_storage address;
    socklen_t address_bytes;
};

struct worker {
    pthread_t thread;
    const struct settings *settings;
    SSL_CTX *context;
    double end_s;
    uint64_t done, failed, cookies;
    float *times_s;
    size_t time_count;
    char reason[REASON_BYTES];
};

_Noreturn static void die(const char *what, const char *why) {
    fprintf(stderr, "nts_ke_load: %s: %s\n", what, why);
    exit(1);
}

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool failed(struct worker *w, const char *what) {
    if (w->reason[0] == '\0') {
        unsigned long error = ERR_peek_error();
        const char *why = error ? ERR_reason_error_string(error) : strerror(errno);
        snprintf(w->reason, sizeof w->reason, "%s: %s", what, why ? why : "no reason");
    }
    ERR_clear_error();
    return false;
}

static int dial(struct worker *w) {
    const struct settings *s = w->settings;
    int fd = socket(s->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    const struct timeval timeout = {.tv_sec = TIMEOUT_S};
    const int on = 1;
    /* A reset at the end leaves no TIME_WAIT behind, of which there would soon be too many. */
    const struct linger reset = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (const struct sockaddr *)&s->address, s->address_bytes) == 0) return fd;
    close(fd);
    return -1;
}

/* Cookies of a complete response; 0 if it is an error, -1 if more must come. */
static int count_cookies(const uint8_t *bytes, size_t length) {
    int cookies = 0;
    size_t at = 0;
    while (length - at >= 4) {
        unsigned type = (bytes[at] << 8 | bytes[at + 1]) & 0x7fff;
        size_t body = (size_t)(bytes[at + 2] << 8 | bytes[at + 3]);
        if (length - at < 4 + body) return -1;
        if (type == 2) return 0;
        if (type == 5) cookies++;
        if (type == 0) return cookies;
        at += 4 + body;
    }
    return -1;
}

static bool converse(struct worker *w, SSL *ssl) {
    uint8_t response[RESPONSE_BYTES];
    size_t length = 0;
    int cookies = -1;
    if (SSL_connect(ssl) != 1) return failed(w, "handshake");
    if (SSL_write(ssl, request, sizeof request) != sizeof request) return failed(w, "request");
    while (cookies < 0 && length < sizeof response) {
        int got = SSL_read(ssl, response + length, (int)(sizeof response - length));
        if (got <= 0) return failed(w, "response");
        length += (size_t)got;
        cookies = count_cookies(response, length);
    }
    if (cookies <= 0) {
        errno = EPROTO;
        return failed(w, "no cookies in the response");
    }
    w->cookies += (uint64_t)cookies;
    SSL_shutdown(ssl);
    ERR_clear_error();
    return true;
}

static bool establish(struct worker *w) {
    int fd = dial(w);
    if (fd < 0) return failed(w, "connection");
    SSL *ssl = SSL_new(w->context);
    if (!ssl) die("SSL_new", "no memory");
    SSL_set_fd(ssl, fd);
    if (w->settings->roots) SSL_set1_host(ssl, w->settings->name);
    SSL_set_tlsext_host_name(ssl, w->settings->name);
    bool good = converse(w, ssl);
    SSL_free(ssl);
    close(fd);
    return good;
}

static void *work(void *argument) {
    struct worker *w = argument;
    for (double start_s = now_s(); start_s < w->end_s;) {
        bool good = establish(w);
        double stop_s = now_s();
        if (good && w->time_count < TIMES_MAX)
            w->times_s[w->time_count++] = (float)(stop_s - start_s);
        *(good ? &w->done : &w->failed) += 1;
        start_s = stop_s;
    }
    return NULL;
}

static SSL_CTX *make_context(const struct settings *s) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context) die("SSL_CTX_new", "no memory");
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_protos(context, alpn, sizeof alpn);
    if (s->roots) {
        if (SSL_CTX_load_verify_locations(context, s->roots, NULL) != 1)
            die(s->roots, "no certificates to trust");
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    }
    return context;
}

static void find_address(struct settings *s) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int error = getaddrinfo(s->host, s->port, &hints, &found);
    if (error) die(s->host, gai_strerror(error));
    memcpy(&s->address, found->ai_addr, found->ai_addrlen);
    s->address_bytes = found->ai_addrlen;
    freeaddrinfo(found);
}

static int compare(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static double cpu_s(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static double quantile_ms(const float *times_s, size_t count, double share) {
    return count ? 1e3 * (double)times_s[(size_t)(share * (double)(count - 1))] : 0;
}

static int report(struct worker *workers, int threads, double elapsed_s) {
    struct worker all = {0};
    for (int i = 0; i < threads; i++) {
        all.done += workers[i].done;
        all.failed += workers[i].failed;
        all.cookies += workers[i].cookies;
        all.time_count += workers[i].time_count;
        if (all.reason[0] == '\0') memcpy(all.reason, workers[i].reason, sizeof all.reason);
    }
    float *times_s = malloc((all.time_count + 1) * sizeof *times_s), *at = times_s;
    if (!times_s) die("times", "no memory");
    for (int i = 0; i < threads; i++) {
        memcpy(at, workers[i].times_s, workers[i].time_count * sizeof *at);
        at += workers[i].time_count;
    }
    qsort(times_s, all.time_count, sizeof *times_s, compare);
    printf("establishments %llu per_s %.1f failed %llu cookies %llu p50_ms %.2f p99_ms %.2f "
           "generator_cpu %.2f\n",
           (unsigned long long)all.done, (double)all.done / elapsed_s,
           (unsigned long long)all.failed, (unsigned long long)all.cookies,
           quantile_ms(times_s, all.time_count, 0.5), quantile_ms(times_s, all.time_count, 0.99),
           cpu_s() / elapsed_s);
    if (all.failed) fprintf(stderr, "nts_ke_load: first failure: %s\n", all.reason);
    free(times_s);
    return all.done > 0 ? 0 : 1;
}

static int run(const struct settings *s) {
    static struct worker workers[THREADS_MAX];
    SSL_CTX *context = make_context(s);
    double start_s = now_s();
    for (int i = 0; i < s->threads; i++) {
        struct worker *w = &workers[i];
        *w = (struct worker){.settings = s, .context = context, .end_s = start_s + s->duration_s};
        w->times_s = malloc(TIMES_MAX * sizeof *w->times_s);
        if (!w->times_s) die("times", "no memory");
        if (pthread_create(&w->thread, NULL, work, w) != 0) die("thread", "cannot be started");
    }
    for (int i = 0; i < s->threads; i++) pthread_join(workers[i].thread, NULL);
    int status = report(workers, s->threads, now_s() - start_s);
    for (int i = 0; i < s->threads; i++) free(workers[i].times_s);
    SSL_CTX_free(context);
    return status;
}

static _Noreturn void usage(void) {
    fputs("usage: nts_ke_load [-p PORT] [-c IN_FLIGHT] [-t SECONDS] [-n NAME] [-a ROOTS] ADDRESS\n"
          "  -p  port, 4460\n"
          "  -c  establishments in flight at one time, 8\n"
          "  -t  how long, 5 s\n"
          "  -n  name to ask for, and to verify; the address if it is not given\n"
          "  -a  file of trusted certificates; without it nothing is verified\n",
          stderr);
    exit(2);
}

int main(int argc, char **argv) {
    struct settings s = {.port = "4460", .threads = 8, .duration_s = 5};
    for (int option; (option = getopt(argc, argv, "p:c:t:n:a:")) != -1;) {
        if (option == 'p')
            s.port = optarg;
        else if (option == 'c')
            s.threads = atoi(optarg);
        else if (option == 't')
            s.duration_s = atof(optarg);
        else if (option == 'n')
            s.name = optarg;
        else if (option == 'a')
            s.roots = optarg;
        else
            usage();
    }
    if (optind != argc - 1 || s.threads < 1 || s.threads > THREADS_MAX || !(s.duration_s > 0))
        usage();
    s.host = argv[optind];
    if (!s.name) s.name = s.host;
    signal(SIGPIPE, SIG_IGN);
    find_address(&s);
    return run(&s);
}

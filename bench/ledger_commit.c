/* What the ledger costs on the file system of a folder: one entry made durable, next to a bare
 * pwrite and fdatasync of as many bytes; batches of 64; publications. See ledger.sh.
 *
 *     ledger_commit FOLDER       prints "name value" lines; FOLDER must be empty and is filled */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "ledger/ledger_log.h"
#include "os/ledger_store.h"

enum { ENTRY_BYTES = 300, PAIRS = 600, BATCH = 64, PUBLISHED_EVERY = 32768 };

static const char origin[] = "bench.example/ledger";
static const double throughput_s = 2;

static struct ledger_log the_log;
static struct ledger_files files;
static struct ledger_store store;
static struct ledger_opened opened;
static struct note_signer signer;
static int folder;

static _Noreturn void stop(const char *what, const char *why) {
    fprintf(stderr, "ledger_commit: %s: %s\n", what, why);
    exit(1);
}

static void must(enum err err) {
    if (err != ERR_OK) stop(err_name(err), ledger_log_why(&the_log));
}

static double seconds_of(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double now_s(void) {
    return seconds_of(CLOCK_MONOTONIC);
}

static int by_value(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double median(double *values, size_t count) {
    qsort(values, count, sizeof *values, by_value);
    return values[count / 2];
}

/* Entries differ, so that nothing can be saved by accident. */
static size_t make_entry(uint64_t index, char out[ENTRY_BYTES + 1]) {
    return (size_t)snprintf(out, ENTRY_BYTES + 1, "{\"v\":1,\"index\":%020llu,\"raw\":\"%0*llu\"}",
                            (unsigned long long)index, ENTRY_BYTES - 47,
                            (unsigned long long)(index * 2654435761u));
}

static void append(void) {
    char entry[ENTRY_BYTES + 1];
    uint64_t index = ledger_log_next(&the_log);
    must(ledger_log_append(&the_log, entry, make_entry(index, entry), &index));
}

static void open_log(void) {
    const char *why = "";
    const struct ledger_settings settings = {.origin = origin, .signer = &signer, .create = true};
    if (ledger_store_open(folder, &files, &why) != ERR_OK) stop("lock", why);
    store = ledger_store_of(&files);
    if (ledger_log_open(&the_log, &store, &settings, &opened) != ERR_OK) stop("open", opened.text);
}

/* Single entries */

static int bare_file(void) {
    static uint8_t zeros[1 << 20];
    int fd = openat(folder, "bare", O_RDWR | O_CREAT, 0600);
    for (int i = 0; fd >= 0 && i < 16; i++)
        if (write(fd, zeros, sizeof zeros) != sizeof zeros) stop("bare", strerror(errno));
    if (fd < 0 || fsync(fd) != 0) stop("bare", strerror(errno));
    return fd;
}

static double time_bare(int fd, unsigned turn) {
    static uint8_t page[JOURNAL_PAGE_BYTES];
    memset(page, (int)turn, sizeof page);
    double began = now_s();
    if (pwrite(fd, page, sizeof page, (off_t)(turn % 2048) * JOURNAL_PAGE_BYTES) != sizeof page ||
        fdatasync(fd) != 0)
        stop("bare", strerror(errno));
    return now_s() - began;
}

static double time_commit(void) {
    double began = now_s();
    append();
    must(ledger_log_commit(&the_log));
    return now_s() - began;
}

static void measure_single(void) {
    static double bare[PAIRS], commit[PAIRS], differences[PAIRS];
    int fd = bare_file();
    for (unsigned i = 0; i < PAIRS; i++) {
        bool first = i % 2; /* whoever comes second may find a busier disk */
        if (first) bare[i] = time_bare(fd, i);
        commit[i] = time_commit();
        if (!first) bare[i] = time_bare(fd, i);
        differences[i] = commit[i] - bare[i];
    }
    close(fd);
    must(ledger_log_publish(&the_log));
    printf("bare_us %.2f\n", median(bare, PAIRS) * 1e6);
    printf("commit_us %.2f\n", median(commit, PAIRS) * 1e6);
    printf("difference_us %.2f\n", median(differences, PAIRS) * 1e6);
}

/* What a commit costs beside the system calls: no sync, no write. */
static enum err nothing_written(void *context, const char *path, uint64_t offset, const void *bytes,
                                size_t length) {
    (void)context, (void)path, (void)offset, (void)bytes, (void)length;
    return ERR_OK;
}

static enum err nothing_synced(void *context, const char *path) {
    (void)context, (void)path;
    return ERR_OK;
}

static void measure_own(void) {
    static double own[PAIRS];
    struct ledger_store real = the_log.store;
    uint64_t committed = the_log.committed;
    struct journal_cursor end = the_log.end;
    the_log.store.write = nothing_written;
    the_log.store.sync = nothing_synced;
    for (unsigned i = 0; i < PAIRS; i++) own[i] = time_commit();
    the_log.store = real;
    the_log.committed = committed; /* they never were */
    the_log.end = end;
    printf("own_us %.2f\n", median(own, PAIRS) * 1e6);
}

/* Batches */

static uint64_t commit_batches(double seconds, double *publishing) {
    uint64_t first = ledger_log_committed(&the_log), published = first;
    double began = now_s();
    *publishing = 0;
    while (now_s() - began < seconds) {
        for (unsigned i = 0; i < BATCH; i++) append();
        must(ledger_log_commit(&the_log));
        if (ledger_log_committed(&the_log) - published < PUBLISHED_EVERY) continue;
        double publication = now_s();
        must(ledger_log_publish(&the_log));
        published = ledger_log_committed(&the_log);
        *publishing += now_s() - publication;
    }
    return ledger_log_committed(&the_log) - first;
}

static void measure_batches(void) {
    double publishing, wall = now_s(), cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    uint64_t count = commit_batches(throughput_s, &publishing);
    wall = now_s() - wall;
    cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    must(ledger_log_publish(&the_log));
    printf("entries_per_s %.0f\n", (double)count / wall);
    printf("commits_per_s %.0f\n", (double)count / (wall - publishing));
    printf("cpu_us_per_entry %.3f\n", cpu / (double)count * 1e6);
}

/* Publications */

static double time_publication(unsigned entries) {
    for (unsigned i = 0; i < entries; i++) append();
    must(ledger_log_commit(&the_log));
    double began = now_s();
    must(ledger_log_publish(&the_log));
    return now_s() - began;
}

static void measure_publication(void) {
    static double one[100], many[40];
    for (unsigned i = 0; i < 100; i++) one[i] = time_publication(1);
    for (unsigned i = 0; i < 40; i++) many[i] = time_publication(256);
    printf("publish_1_ms %.3f\n", median(one, 100) * 1e3);
    printf("publish_256_ms %.3f\n", median(many, 40) * 1e3);
}

/* None is lost: the tree that comes back is that of all entries, made anew. */
static void check(void) {
    uint64_t size = ledger_log_committed(&the_log);
    struct merkle_frontier tree;
    struct merkle_hash root;
    merkle_frontier_init(&tree);
    for (uint64_t i = 0; i < size; i++) {
        char entry[ENTRY_BYTES + 1];
        merkle_leaf(entry, make_entry(i, entry), &root);
        must(merkle_frontier_append(&tree, &root));
    }
    merkle_frontier_root(&tree, &root);
    ledger_store_close(&files);
    double began = now_s();
    open_log();
    printf("open_ms %.2f\n", (now_s() - began) * 1e3);
    if (opened.published != size || !merkle_same(&root, &ledger_log_published(&the_log)->root))
        stop("check", "an entry was lost");
    printf("entries %llu\n", (unsigned long long)size);
}

int main(int count, char **arguments) {
    static const uint8_t seed[ED25519_SEED_BYTES] = {3};
    const char *why = "";
    if (count != 2) stop("usage", "ledger_commit FOLDER");
    if (note_signer_make(origin, NOTE_ED25519, seed, &signer) != ERR_OK) stop("key", "none");
    if (ledger_store_folder(arguments[1], true, &folder, NULL, &why) != ERR_OK)
        stop(arguments[1], why);
    open_log();
    measure_single();
    measure_own();
    measure_batches();
    measure_publication();
    check();
    ledger_store_close(&files);
    return 0;
}

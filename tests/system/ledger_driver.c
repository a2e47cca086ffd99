/* Drives the ledger on a real disk, for ledger_kill.sh.
 *
 *     ledger_driver kill DIR KILLS SEED   a child appends under load and says on a pipe what was
 *                                         acknowledged; it is killed at random times, the log is
 *                                         opened again, and everything that it said must be there
 *     ledger_driver full DIR BALLAST      appends until the disk is full and beyond; removes
 * BALLAST and goes on ledger_driver refused DIR           the log cannot be opened: says why
 *
 * Exits with 0 if nothing was lost. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ledger/ledger_log.h"
#include "os/ledger_store.h"

static const char origin[] = "kill.example/ledger";

enum { ENTRIES_MAX = 1 << 21, NOTES_MAX = 1 << 14 };

/* What the child says. */
struct report {
    uint64_t committed, size;
    struct merkle_hash root;
};

static struct ledger_log the_log;
static struct ledger_files files;
static struct ledger_store store;
static struct ledger_opened opened;
static struct note_signer signer;
static int folder;

static struct merkle_hash leaves[ENTRIES_MAX];
static uint32_t run_of[ENTRIES_MAX]; /* 0: never acknowledged */
static struct report notes[NOTES_MAX];
static uint64_t acknowledged, note_count;

static _Noreturn void stop(const char *what, const char *detail) {
    fprintf(stderr, "ledger_driver: %s: %s\n", what, detail);
    exit(1);
}

static enum err open_log(void) {
    const char *why = "";
    if (ledger_store_open(folder, &files, &why) != ERR_OK) {
        snprintf(opened.text, sizeof opened.text, "%s", why);
        return ERR_IO;
    }
    store = ledger_store_of(&files);
    const struct ledger_settings settings = {
        .origin = origin, .signer = &signer, .create = true, .journal_bytes = 1 << 20};
    return ledger_log_open(&the_log, &store, &settings, &opened);
}

static enum err append(uint32_t run) {
    static char entry[2048];
    uint64_t next = ledger_log_next(&the_log), index;
    int length = snprintf(entry, sizeof entry, "{\"run\":%u,\"index\":%llu,\"pad\":\"%*s\"}", run,
                          (unsigned long long)next, (int)(next * 7919 % 500), "");
    return ledger_log_append(&the_log, entry, (size_t)length, &index);
}

/* The child */

static void say(int out) {
    const struct checkpoint *published = ledger_log_published(&the_log);
    const struct report report = {ledger_log_committed(&the_log), published->size, published->root};
    if (write(out, &report, sizeof report) != sizeof report) _exit(1);
}

static _Noreturn void append_for_ever(int out, uint32_t run) {
    if (open_log() != ERR_OK) stop("child", opened.text);
    say(out);
    for (unsigned i = 1;; i++) {
        unsigned count = (i * 2654435761u >> 16) % 64 + 1;
        for (unsigned j = 0; j < count; j++)
            if (append(run) != ERR_OK) stop("append", ledger_log_why(&the_log));
        if (ledger_log_commit(&the_log) != ERR_OK) stop("commit", ledger_log_why(&the_log));
        say(out);
        if (i % 8) continue;
        if (ledger_log_publish(&the_log) != ERR_OK) stop("publish", ledger_log_why(&the_log));
        say(out);
    }
}

/* The parent */

static void hear(const struct report *report, uint32_t run) {
    if (report->committed > ENTRIES_MAX || note_count == NOTES_MAX) stop("parent", "too much");
    for (; acknowledged < report->committed; acknowledged++) run_of[acknowledged] = run;
    if (note_count && notes[note_count - 1].size == report->size &&
        !merkle_same(&notes[note_count - 1].root, &report->root))
        stop("signed", "two roots for one size");
    if (note_count && notes[note_count - 1].size > report->size) stop("signed", "a smaller tree");
    if (!note_count || notes[note_count - 1].size != report->size) notes[note_count++] = *report;
}

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Listens until the time has come, kills, and hears what was said before. */
static void listen_and_kill(pid_t child, int in, uint32_t run, double seconds) {
    int64_t end = now_ns() + (int64_t)(seconds * 1e9);
    struct report report;
    bool killed = false;
    for (;;) {
        int left_ms = (int)((end - now_ns()) / 1000000);
        struct pollfd wait = {.fd = in, .events = POLLIN};
        if (!killed && (left_ms <= 0 || poll(&wait, 1, left_ms) == 0)) {
            kill(child, SIGKILL);
            killed = true;
        }
        ssize_t got = killed || wait.revents ? read(in, &report, sizeof report) : -1;
        if (got == 0) break;
        if (got == sizeof report) hear(&report, run);
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status))
        stop("child", "ended by itself");
}

static void check_entry(uint64_t index, const uint8_t *entry, size_t length) {
    char wanted[64];
    int count = snprintf(wanted, sizeof wanted, "{\"run\":%u,\"index\":%llu,", run_of[index],
                         (unsigned long long)index);
    merkle_leaf(entry, length, &leaves[index]);
    if (run_of[index] == 0) return; /* in time, but its acknowledgement was not heard */
    if (length < (size_t)count || memcmp(entry, wanted, (size_t)count) != 0)
        stop("lost", "an acknowledged entry has become another one");
}

static void check_bundle(const struct tile *tile) {
    static uint8_t bytes[RIGHT_EDGE_BUNDLE_BYTES];
    char name[TILE_PATH_BYTES], path[STORE_PATH_BYTES];
    size_t length, entry_length;
    const uint8_t *entry;
    snprintf(path, sizeof path, "public/%s", tile_path(tile, name));
    if (store.read(&files, path, 0, bytes, sizeof bytes, &length) != ERR_OK) stop("lost", path);
    struct reader bundle = reader_of(bytes, length);
    for (unsigned i = 0; i < tile->width; i++) {
        if (tile_entries_next(&bundle, &entry, &entry_length) != ERR_OK) stop("damaged", path);
        check_entry(tile->index * TILE_WIDTH + i, entry, entry_length);
    }
}

/* All entries as they are on disk, and every checkpoint that was ever heard of. */
static void check_all(uint64_t size) {
    struct tile_walk walk;
    struct tile tile;
    struct merkle_frontier tree;
    struct merkle_hash root;
    tile_walk_init(&walk, 0, size, true);
    while (tile_walk_next(&walk, &tile) && tile.entries) check_bundle(&tile);
    merkle_frontier_init(&tree);
    for (uint64_t i = 0, note = 0;; i++) {
        merkle_frontier_root(&tree, &root);
        for (; note < note_count && notes[note].size == i; note++)
            if (!merkle_same(&root, &notes[note].root)) stop("signed", "a forked tree");
        if (i == size) break;
        if (merkle_frontier_append(&tree, &leaves[i]) != ERR_OK) stop("tree", "full");
    }
    if (!merkle_same(&root, &ledger_log_published(&the_log)->root)) stop("tree", "another root");
}

static void open_and_check(bool all) {
    if (open_log() != ERR_OK) stop("open", opened.text);
    if (ledger_log_committed(&the_log) < acknowledged) stop("lost", opened.text);
    if (ledger_log_publish(&the_log) != ERR_OK) stop("publish", ledger_log_why(&the_log));
    const struct report report = {acknowledged, ledger_log_published(&the_log)->size,
                                  ledger_log_published(&the_log)->root};
    hear(&report, 0);
    if (all) check_all(report.size);
    /* What was found beyond what was acknowledged stays now. */
    for (; acknowledged < report.size; acknowledged++) run_of[acknowledged] = 0;
    ledger_store_close(&files);
}

static int run_kills(uint32_t kills, uint64_t seed) {
    uint64_t recovered = 0, torn = 0;
    int64_t longest_ns = 0;
    if (faccessat(folder, STORE_SIGNED, F_OK, 0) == 0) open_and_check(false);
    for (uint32_t run = 1; run <= kills; run++) {
        int ends[2];
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        double unit = (double)(seed >> 11) * 0x1p-53;
        if (pipe(ends) != 0) stop("pipe", strerror(errno));
        pid_t child = fork();
        if (child < 0) stop("fork", strerror(errno));
        if (child == 0) {
            close(ends[0]);
            append_for_ever(ends[1], run);
        }
        close(ends[1]);
        /* Every fourth soon, so that it dies while it opens or creates the log. */
        listen_and_kill(child, ends[0], run, run % 4 ? 0.25 * unit : 0.01 * unit);
        close(ends[0]);
        int64_t began_ns = now_ns();
        open_and_check(run % 10 == 0 || run == kills);
        if (run % 10 && now_ns() - began_ns > longest_ns) longest_ns = now_ns() - began_ns;
        recovered += opened.recovered;
        torn += opened.torn;
    }
    printf("%u kills, %llu entries acknowledged, %llu recovered from the journal, %llu unfinished "
           "writes, %llu checkpoints, 0 lost; opened and published again in at most %.0f ms\n",
           kills, (unsigned long long)acknowledged, (unsigned long long)recovered,
           (unsigned long long)torn, (unsigned long long)note_count, (double)longest_ns * 1e-6);
    return 0;
}

/* Disks in trouble */

static void fill_disk(void) {
    for (;;) {
        enum err err = append(1);
        if (err == ERR_OK) err = ledger_log_commit(&the_log);
        if (err == ERR_OK && ledger_log_committed(&the_log) % 64 == 0)
            err = ledger_log_publish(&the_log);
        for (; acknowledged < ledger_log_committed(&the_log); acknowledged++)
            run_of[acknowledged] = 1;
        if (err == ERR_FULL) return;
        if (err != ERR_OK) stop("append", ledger_log_why(&the_log));
    }
}

static int run_full(const char *ballast) {
    if (open_log() != ERR_OK) stop("open", opened.text);
    fill_disk();
    uint64_t published = ledger_log_published(&the_log)->size, at_first = acknowledged;
    printf("full at %llu entries: %s\n", (unsigned long long)at_first, ledger_log_why(&the_log));
    while (append(1) == ERR_OK) {
        if (ledger_log_commit(&the_log) != ERR_OK) stop("commit", ledger_log_why(&the_log));
        run_of[acknowledged++] = 1;
    }
    printf("the journal took %llu more: %s\n", (unsigned long long)(acknowledged - at_first),
           ledger_log_why(&the_log));
    if (acknowledged == at_first) stop("full", "nothing can be made durable any more");
    if (ledger_log_publish(&the_log) != ERR_FULL) stop("publish", "should find no room");
    if (ledger_log_published(&the_log)->size != published) stop("publish", "cannot be");
    if (unlink(ballast) != 0) stop(ballast, strerror(errno));
    if (ledger_log_publish(&the_log) != ERR_OK) stop("publish", ledger_log_why(&the_log));
    check_all(ledger_log_published(&the_log)->size);
    ledger_store_close(&files);
    open_and_check(true);
    printf("with room again: %llu entries, 0 lost\n", (unsigned long long)acknowledged);
    return 0;
}

static int run_refused(void) {
    if (open_log() == ERR_OK) stop("open", "should be refused");
    printf("%s\n", opened.text);
    return 0;
}

int main(int count, char **arguments) {
    static const uint8_t seed[ED25519_SEED_BYTES] = {9};
    const char *why = "", *mode = count > 1 ? arguments[1] : "";
    if (count < 3) stop("usage", "ledger_driver kill|full|refused DIR [...]");
    if (note_signer_make(origin, NOTE_ED25519, seed, &signer) != ERR_OK) stop("key", "none");
    if (ledger_store_folder(arguments[2], true, &folder, NULL, &why) != ERR_OK)
        stop(arguments[2], why);
    if (strcmp(mode, "kill") == 0 && count == 5)
        return run_kills((uint32_t)strtoul(arguments[3], NULL, 10),
                         strtoull(arguments[4], NULL, 10));
    if (strcmp(mode, "full") == 0 && count == 4) return run_full(arguments[3]);
    if (strcmp(mode, "refused") == 0) return run_refused();
    stop("usage", "ledger_driver kill DIR KILLS SEED | full DIR BALLAST | refused DIR");
}

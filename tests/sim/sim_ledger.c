/* sim_ledger [--every STEP] SEED ...: the ledger on a disk that goes wrong at every operation in
 * turn.
 *
 * A workload of some hundred operations (appends, commits, publications, a new key, a prune) runs
 * once for every operation N (or every STEPth) and every kind of trouble: the power fails within N,
 * and again while the log recovers; the process dies; N fails once; from N on all fail, the disk is
 * full or read-only, for a while. Whatever happens: every acknowledged entry keeps its index and
 * its bytes, every note that was ever signed is of one and the same growing tree, and the tree is
 * what a plain recomputation gives. Prints a table; exits with 1 if anything was lost. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/ledger_log.h"
#include "sim/disk.h"

enum { STEPS = 40, ENTRIES_MAX = 4096, NOTES_MAX = 512, KEEP = 256 };

/* Operations: a trouble that lasts for a while, and one that lasts until somebody comes. */
#define WHILE 12
#define LONG  1000000

static const char origin[] = "sim.example/ledger";

struct run {
    uint64_t seed, epoch; /* epoch: how often the log was opened */
    struct disk disk;
    struct ledger_store store;
    struct prng prng;
    uint64_t staged, acknowledged; /* indices below */
    uint64_t epochs[ENTRIES_MAX];  /* in which the entry of an index was appended */
    size_t notes;
    struct checkpoint signed_notes[NOTES_MAX];
    bool rotating, rotated;
    uint64_t pruned; /* may be gone: below */
    uint64_t parts;  /* of publications that were not the last */
    unsigned findings;
};

static struct run run;
static struct ledger_log the_log;
static struct note_signer signers[2];

static void finding(const char *what, const char *detail) {
    if (run.findings++ < 5)
        printf("seed %llu: %s: %s\n", (unsigned long long)run.seed, what, detail);
}

/* What is written where follows from the seed, so that nothing has to be kept. */
static size_t entry_bytes(uint64_t index, uint64_t epoch, uint8_t out[TILE_ENTRY_BYTES]) {
    struct prng prng;
    prng_init(&prng, run.seed, "entry", index << 8 | epoch);
    double kind = prng_unit(&prng);
    size_t length = (size_t)prng_uniform(&prng, 0, kind < 0.01 ? 40000 : kind < 0.1 ? 5000 : 300);
    prng_bytes(&prng, out, length < 64 ? length : 64);
    if (length > 64) memset(out + 64, (int)(index & 0xff), length - 64);
    return length;
}

static void watch(void *context, const char *path, const void *bytes, size_t length) {
    (void)context;
    if (strcmp(path, STORE_CHECKPOINT_NEW) != 0) return;
    const struct note_key keys[2] = {signers[0].key, signers[1].key};
    if (run.notes == NOTES_MAX ||
        checkpoint_open(bytes, length, origin, keys, 2, &run.signed_notes[run.notes++]) != ERR_OK)
        finding("a note that was signed", "cannot be read");
}

static struct ledger_settings settings(void) {
    return (struct ledger_settings){.origin = origin,
                                    .signer = &signers[run.rotating],
                                    .former = run.rotating ? &signers[0] : NULL,
                                    .create = run.acknowledged == 0,
                                    .journal_bytes = LIMIT_LEDGER_JOURNAL_MIN_BYTES,
                                    .keep_entries = KEEP};
}

static bool is_trouble(enum err err) {
    return err == ERR_IO || err == ERR_FULL;
}

static void judge(enum err err, const char *what) {
    if (err != ERR_OK && !is_trouble(err)) finding(what, ledger_log_why(&the_log));
}

/* The workload */

static uint8_t bytes[TILE_ENTRY_BYTES];

static bool append(void) {
    uint64_t index;
    if (run.staged == ENTRIES_MAX) return false;
    size_t length = entry_bytes(run.staged, run.epoch, bytes);
    enum err err = ledger_log_append(&the_log, bytes, length, &index);
    judge(err, "append");
    if (err != ERR_OK) return false;
    if (index != run.staged) finding("append", "another index than the next one");
    run.epochs[run.staged++] = run.epoch;
    return true;
}

static void acknowledge(void) {
    run.acknowledged = ledger_log_committed(&the_log);
    if (run.acknowledged > run.staged) finding("commit", "more than was staged");
}

static void commit(void) {
    enum err err = ledger_log_commit(&the_log);
    judge(err, "commit");
    if (err == ERR_OK && ledger_log_committed(&the_log) != run.staged)
        finding("commit", "less than was staged");
    acknowledge();
}

/* In parts, and between them what is acknowledged goes on growing. */
static void publish(void) {
    enum err err = ERR_OK;
    do {
        err = ledger_log_publish_part(&the_log, 1);
        judge(err, "publish");
        if (ledger_log_published(&the_log)->size == ledger_log_committed(&the_log)) break;
        run.parts++;
        if (prng_chance(&run.prng, 0.5) && append()) commit();
    } while (err == ERR_OK);
}

/* The entry of a call that appends by itself. */
static size_t own_entry(void) {
    run.epochs[run.staged] = run.epoch;
    return entry_bytes(run.staged, run.epoch, bytes);
}

static void own_entry_done(void) {
    run.staged = ledger_log_next(&the_log);
    acknowledge();
}

static void rotate(void) {
    size_t length = own_entry();
    run.rotating = true;
    enum err err = ledger_log_rotate(&the_log, &signers[1], bytes, length);
    judge(err, "rotate");
    if (err == ERR_OK) run.rotated = true;
    own_entry_done();
}

static void prune(void) {
    struct ledger_pruning plan;
    enum err err = ledger_log_prune_plan(&the_log, UINT64_MAX, &plan);
    if (err == ERR_RANGE) return;
    judge(err, "prune plan");
    if (err != ERR_OK) return;
    size_t length = own_entry();
    run.pruned = plan.to;
    judge(ledger_log_prune(&the_log, &plan, bytes, length), "prune");
    own_entry_done();
}

static void step(unsigned number) {
    unsigned count = (unsigned)prng_uniform(&run.prng, 1, 36);
    for (unsigned i = 0; i < count && append(); i++) continue;
    if (prng_chance(&run.prng, 0.9)) commit();
    if (prng_chance(&run.prng, 0.3)) publish();
    if (number == STEPS / 2 && !run.rotated) rotate();
    if (number == STEPS - 3) prune();
}

/* Checks */

static bool open_log(void) {
    const struct ledger_settings with = settings();
    struct ledger_opened opened;
    enum err err = ledger_log_open(&the_log, &run.store, &with, &opened);
    if (err != ERR_OK && !is_trouble(err)) finding("open", opened.text);
    if (err != ERR_OK) return false;
    if (opened.published + opened.recovered < run.acknowledged) finding("lost", opened.text);
    if (ledger_log_next(&the_log) > run.staged) finding("open", "more than was ever staged");
    run.staged = run.acknowledged = ledger_log_committed(&the_log);
    run.epoch++;
    if (opened.rotate) rotate();
    return true;
}

static struct merkle_hash leaves[ENTRIES_MAX];

static void fill_leaves(uint64_t size) {
    for (uint64_t i = 0; i < size; i++) {
        size_t length = entry_bytes(i, run.epochs[i], bytes);
        merkle_leaf(bytes, length, &leaves[i]);
    }
}

/* RFC 6962 section 2.1, word by word. */
static struct merkle_hash plain_root(const struct merkle_hash *from, uint64_t count) {
    struct merkle_hash out;
    uint64_t left = 1;
    if (count == 0) {
        merkle_empty(&out);
        return out;
    }
    if (count == 1) return *from;
    while (left * 2 < count) left *= 2;
    struct merkle_hash a = plain_root(from, left), b = plain_root(from + left, count - left);
    merkle_node(&a, &b, &out);
    return out;
}

static void check_notes(uint64_t size) {
    static struct merkle_hash roots[ENTRIES_MAX + 1];
    struct merkle_frontier tree;
    merkle_frontier_init(&tree);
    for (uint64_t i = 0; i <= size; i++) {
        merkle_frontier_root(&tree, &roots[i]);
        if (i < size && merkle_frontier_append(&tree, &leaves[i]) != ERR_OK) abort();
    }
    for (size_t i = 0; i < run.notes; i++) {
        const struct checkpoint *note = &run.signed_notes[i];
        if (note->size > size)
            finding("signed", "a larger tree than there is");
        else if (!merkle_same(&note->root, &roots[note->size]))
            finding("signed", "a forked tree");
        if (i > 0 && note->size < run.signed_notes[i - 1].size)
            finding("signed", "a smaller tree than before");
    }
}

static void check_hashes(const struct tile *tile, const uint8_t *found) {
    for (unsigned i = 0; i < tile->width; i++) {
        uint64_t span = tile->level ? TILE_WIDTH : 1, at = (tile->index * TILE_WIDTH + i) * span;
        struct merkle_hash wanted = plain_root(leaves + at, span);
        if (memcmp(&wanted, found + i * sizeof wanted, sizeof wanted) != 0)
            finding("hash tile", "a wrong hash");
    }
}

static void check_entries(const struct tile *tile, const uint8_t *found, size_t length) {
    struct merkle_hash hashes[TILE_WIDTH];
    if (tile_entries_leaves(found, length, tile->width, hashes) != ERR_OK ||
        memcmp(hashes, leaves + tile->index * TILE_WIDTH, tile->width * sizeof *hashes) != 0)
        finding("lost", "an entry bundle has other entries");
}

static void check_tile(const struct tile *tile) {
    char name[TILE_PATH_BYTES], path[STORE_PATH_BYTES];
    snprintf(path, sizeof path, "public/%s", tile_path(tile, name));
    const struct disk_file *file = disk_find(&run.disk, path);
    if (file && tile->entries && (tile->index + 1) * TILE_WIDTH <= ledger_log_pruned(&the_log))
        finding("pruned, and there again", path);
    if (tile->entries && (tile->index + 1) * TILE_WIDTH <= run.pruned) return;
    if (!file)
        finding("lost", path);
    else if (tile->entries)
        check_entries(tile, file->bytes, file->length);
    else if (file->length != tile->width * sizeof(struct merkle_hash))
        finding("hash tile of another length", path);
    else
        check_hashes(tile, file->bytes);
}

/* Everything, after a publication: nothing is taken from the log's own memory. */
static void check_all(void) {
    char note[LIMIT_LEDGER_CHECKPOINT_BYTES];
    size_t length;
    struct checkpoint found;
    const struct note_key keys[2] = {signers[0].key, signers[1].key};
    struct tile_walk walk;
    struct tile tile;
    if (run.store.read(&run.disk, STORE_CHECKPOINT, 0, note, sizeof note, &length) != ERR_OK ||
        checkpoint_open(note, length, origin, keys, 2, &found) != ERR_OK) {
        finding("lost", "the checkpoint");
        return;
    }
    if (found.size != run.acknowledged) finding("lost", "the checkpoint is smaller than the log");
    fill_leaves(found.size);
    struct merkle_hash root = plain_root(leaves, found.size);
    if (!merkle_same(&root, &found.root)) finding("tree", "not what recomputation gives");
    check_notes(found.size);
    tile_walk_init(&walk, 0, found.size, true);
    while (tile_walk_next(&walk, &tile)) check_tile(&tile);
}

/* Kinds of trouble */

struct kind {
    const char *name;
    enum disk_trouble trouble;
    uint64_t operations; /* how long it lasts */
    bool dies;           /* the process does */
    bool power;          /* fails as well */
    bool again;          /* while the log recovers */
};

static const struct kind kinds[] = {
    {"power fails within N", DISK_CRASH, 1, true, true, false},
    {"power fails, and in recovery", DISK_CRASH, 1, true, true, true},
    {"process dies at N", DISK_CRASH, 1, true, false, false},
    {"process dies, then the power", DISK_CRASH, 1, true, false, true},
    {"N fails once", DISK_FAILS, 1, false, false, false},
    {"N fails, later the power", DISK_FAILS, 1, true, true, false},
    {"all fail for a while", DISK_FAILS, WHILE, false, false, false},
    {"all fail, then the power", DISK_FAILS, LONG, true, true, false},
    {"all fail until repaired", DISK_FAILS, LONG, false, false, false},
    {"disk full for a while", DISK_FULL, WHILE, false, false, false},
    {"disk full until repaired", DISK_FULL, LONG, false, false, false},
    {"read-only for a while", DISK_READ_ONLY, WHILE, false, false, false},
    {"read-only until repaired", DISK_READ_ONLY, LONG, false, false, false},
};

struct row {
    uint64_t runs, operations, failed, crashes, acknowledged, lost;
};

static void start(uint64_t seed) {
    disk_free(&run.disk);
    run.seed = seed;
    run.epoch = run.staged = run.acknowledged = run.pruned = 0;
    run.notes = 0;
    run.rotating = run.rotated = false;
    run.findings = 0;
    disk_init(&run.disk, seed);
    run.disk.watch = watch;
    run.store = disk_store(&run.disk);
    prng_init(&run.prng, seed, "work", 0);
}

/* Opens until it succeeds: the trouble may hit the opening as well. */
static bool open_patiently(const struct kind *kind, struct row *row) {
    for (unsigned tries = 0; tries < 3 * WHILE; tries++) {
        if (open_log()) return true;
        if (run.findings) return false;
        if (tries == 2 * WHILE) disk_plan(&run.disk, DISK_SOUND, 0, 0);
        if (!run.disk.dead) continue;
        disk_restart(&run.disk, kind->power);
        row->crashes++;
    }
    finding("open", "does not come back");
    return false;
}

static void die(const struct kind *kind, struct row *row) {
    disk_restart(&run.disk, kind->power);
    row->crashes++;
    for (unsigned i = 0; kind->again && i < 3; i++) {
        disk_plan(&run.disk, DISK_CRASH, 1 + (uint64_t)prng_uniform(&run.prng, 0, 50), LONG);
        if (open_log()) {
            if (append()) commit();
            publish();
        }
        row->crashes++;
        disk_restart(&run.disk, true);
    }
}

/* The trouble is over: it goes on, without being opened again unless it died. */
static void go_on(void) {
    commit();
    if (run.acknowledged != run.staged) finding("afterwards", ledger_log_why(&the_log));
    publish();
    if (!append()) finding("afterwards", ledger_log_why(&the_log));
    commit();
    publish();
}

static void work(const struct kind *kind, uint64_t seed, uint64_t at, struct row *row) {
    start(seed);
    disk_plan(&run.disk, kind->trouble, at, at + kind->operations - 1);
    if (!open_patiently(kind, row)) return;
    for (unsigned i = 0; i < STEPS && !run.disk.dead; i++) step(i);
    row->operations += run.disk.operations;
    row->acknowledged += run.acknowledged;
    disk_plan(&run.disk, DISK_SOUND, 0, 0);
    if (kind->dies) {
        die(kind, row);
        if (!open_patiently(kind, row)) return;
    }
    go_on();
    check_all();
    row->failed += run.disk.troubles;
}

static uint64_t workload_operations(uint64_t seed) {
    static const struct kind none = {"no trouble", DISK_SOUND, 1, false, false, false};
    struct row row = {0};
    work(&none, seed, 0, &row);
    return row.operations;
}

static unsigned run_kind(const struct kind *kind, uint64_t step, int count, char **seeds) {
    struct row row = {0};
    for (int i = 0; i < count; i++) {
        uint64_t seed = strtoull(seeds[i], NULL, 10), operations = workload_operations(seed);
        for (uint64_t at = 1; at <= operations; at += step, row.runs++) {
            work(kind, seed, at, &row);
            if (run.findings) printf("  (%s, N = %llu)\n", kind->name, (unsigned long long)at);
            row.lost += run.findings;
        }
    }
    printf("%-30s %6llu %10llu %8llu %8llu %12llu %5llu\n", kind->name,
           (unsigned long long)row.runs, (unsigned long long)row.operations,
           (unsigned long long)row.failed, (unsigned long long)row.crashes,
           (unsigned long long)row.acknowledged, (unsigned long long)row.lost);
    return row.lost > 0;
}

int main(int count, char **arguments) {
    static const uint8_t seeds[2][ED25519_SEED_BYTES] = {{1}, {2}};
    unsigned bad = 0;
    uint64_t step = 1;
    if (count > 2 && strcmp(arguments[1], "--every") == 0) {
        step = strtoull(arguments[2], NULL, 10);
        count -= 2;
        arguments += 2;
    }
    if (count < 2 || step == 0) {
        fprintf(stderr, "usage: sim_ledger [--every STEP] SEED ...\n");
        return 2;
    }
    for (unsigned i = 0; i < 2; i++)
        if (note_signer_make(origin, NOTE_ED25519, seeds[i], &signers[i]) != ERR_OK) return 2;
    printf("%-30s %6s %10s %8s %8s %12s %5s\n", "trouble", "runs", "operations", "failed",
           "crashes", "acknowledged", "lost");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        bad += run_kind(&kinds[i], step, count - 1, arguments + 1);
    disk_free(&run.disk);
    for (unsigned i = 0; i < 2; i++) note_signer_wipe(&signers[i]);
    return bad ? 1 : 0;
}

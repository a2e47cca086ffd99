/* How fast inclusion and consistency proofs are verified; ledger_proofs.go does the same with Go's
 * tlog on the same proofs.
 *
 *   ledger_proofs make FILE   proofs in a tree of 70,000 and in one of 10,000,000 leaves
 *   ledger_proofs FILE        verifies them over and over, and one node hash by itself
 *
 * FILE is a sequence of records: kind (0 inclusion, 1 consistency), count (number of hashes), six
 * bytes of zeros, index or old size, size (eight bytes each, big-endian), leaf hash or old root,
 * root, hashes. Results are lines "NAME NANOSECONDS": CPU time of the process for one proof or
 * hash. Of the large tree only what is above 256 leaves is kept; the rest is made again when it is
 * asked for. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/bytes.h"
#include "ledger/merkle.h"

enum { KEPT_LEVEL = 8, PROOFS = 1000, TREES = 2, ROUNDS = 40, NODES = 200000 };

static const uint64_t sizes[TREES] = {70000, 10000000};
static const char *const names[2][TREES] = {{"inclusion-70000", "inclusion-10000000"},
                                            {"consistency-70000", "consistency-10000000"}};

struct record {
    unsigned kind;
    uint64_t index, size;
    struct merkle_hash leaf, root;
    struct merkle_proof proof;
};

struct tree {
    struct merkle_frontier frontier;
    struct merkle_hash *levels[MERKLE_LEVELS]; /* from KEPT_LEVEL on */
};

static void must(bool good, const char *what) {
    if (good) return;
    fprintf(stderr, "ledger_proofs: %s failed\n", what);
    exit(1);
}

static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static struct merkle_hash leaf_of(uint64_t index) {
    uint8_t entry[8];
    struct writer w = writer_of(entry, sizeof entry);
    struct merkle_hash leaf;
    bytes_put_u64(&w, index);
    merkle_leaf(entry, sizeof entry, &leaf);
    return leaf;
}

static void grow(struct tree *tree, uint64_t size) {
    merkle_frontier_init(&tree->frontier);
    for (unsigned l = KEPT_LEVEL; size >> l > 0; l++) {
        tree->levels[l] = calloc(size >> l, sizeof *tree->levels[l]);
        must(tree->levels[l] != NULL, "memory");
    }
    for (uint64_t i = 0; i < size; i++) {
        const struct merkle_hash leaf = leaf_of(i);
        must(merkle_frontier_append(&tree->frontier, &leaf) == ERR_OK, "append");
        for (unsigned l = KEPT_LEVEL; (i + 1) % (UINT64_C(1) << l) == 0; l++)
            tree->levels[l][i >> l] = tree->frontier.nodes[l];
    }
}

static enum err read_subtree(void *context, unsigned level, uint64_t index,
                             struct merkle_hash *out) {
    const struct tree *tree = context;
    struct merkle_frontier part;
    if (level >= KEPT_LEVEL) {
        *out = tree->levels[level][index];
        return ERR_OK;
    }
    merkle_frontier_init(&part);
    for (uint64_t i = index << level; i < (index + 1) << level; i++) {
        const struct merkle_hash leaf = leaf_of(i);
        must(merkle_frontier_append(&part, &leaf) == ERR_OK, "append");
    }
    *out = part.nodes[level];
    return ERR_OK;
}

static void write_record(FILE *file, const struct record *record) {
    uint8_t head[24];
    struct writer w = writer_of(head, sizeof head);
    bytes_put_u8(&w, (uint8_t)record->kind);
    bytes_put_u8(&w, (uint8_t)record->proof.count);
    bytes_put(&w, (const uint8_t[6]){0}, 6);
    bytes_put_u64(&w, record->index);
    bytes_put_u64(&w, record->size);
    fwrite(head, 1, sizeof head, file);
    fwrite(&record->leaf, sizeof record->leaf, 1, file);
    fwrite(&record->root, sizeof record->root, 1, file);
    fwrite(record->proof.hashes, sizeof record->leaf, record->proof.count, file);
}

static void make(const char *path) {
    FILE *file = fopen(path, "wb");
    uint64_t seed = 88172645463325252;
    must(file != NULL, "opening the file");
    for (size_t t = 0; t < TREES; t++) {
        static struct tree tree;
        const struct merkle_reader reader = {read_subtree, &tree};
        struct record record = {.size = sizes[t]};
        grow(&tree, sizes[t]);
        merkle_frontier_root(&tree.frontier, &record.root);
        for (int i = 0; i < PROOFS; i++) {
            record.kind = 0;
            record.index = next_random(&seed) % record.size;
            record.leaf = leaf_of(record.index);
            must(merkle_inclusion(&reader, record.index, record.size, &record.proof) == ERR_OK,
                 "inclusion proof");
            write_record(file, &record);
            record.kind = 1;
            record.index = 1 + next_random(&seed) % (record.size - 1);
            must(merkle_root(&reader, record.index, &record.leaf) == ERR_OK, "old root");
            must(merkle_consistency(&reader, record.index, record.size, &record.proof) == ERR_OK,
                 "consistency proof");
            write_record(file, &record);
        }
        for (unsigned l = KEPT_LEVEL; sizes[t] >> l > 0; l++) free(tree.levels[l]);
    }
    must(fclose(file) == 0, "writing");
}

/* False at the end of the file. */
static bool read_record(FILE *file, struct record *out) {
    uint8_t head[24];
    if (fread(head, 1, sizeof head, file) != sizeof head) return false;
    struct reader r = reader_of(head, sizeof head);
    out->kind = bytes_get_u8(&r);
    out->proof.count = bytes_get_u8(&r);
    must(out->kind < 2 && out->proof.count <= MERKLE_PROOF_HASHES, "a record");
    bytes_take(&r, 6);
    out->index = bytes_get_u64(&r);
    out->size = bytes_get_u64(&r);
    return fread(&out->leaf, sizeof out->leaf, 1, file) == 1 &&
           fread(&out->root, sizeof out->root, 1, file) == 1 &&
           fread(out->proof.hashes, sizeof out->leaf, out->proof.count, file) == out->proof.count;
}

static double cpu_ns(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return 1e9 * (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e3 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static enum err verify(const struct record *r) {
    return r->kind == 0
               ? merkle_verify_inclusion(&r->leaf, r->index, r->size, &r->root, &r->proof)
               : merkle_verify_consistency(r->index, &r->leaf, r->size, &r->root, &r->proof);
}

/* Of that kind and size; one round before the clock starts. */
static void measure(const struct record *records, size_t count, unsigned kind, size_t tree) {
    double start = 0;
    size_t done = 0;
    for (int round = 0; round <= ROUNDS; round++) {
        if (round == 1) {
            start = cpu_ns();
            done = 0;
        }
        for (size_t i = 0; i < count; i++) {
            if (records[i].kind != kind || records[i].size != sizes[tree]) continue;
            must(verify(&records[i]) == ERR_OK, "verification");
            done++;
        }
    }
    printf("%s %.1f\n", names[kind][tree], (cpu_ns() - start) / (double)done);
}

static void measure_node(void) {
    struct merkle_hash left, right;
    merkle_empty(&left);
    merkle_leaf("x", 1, &right);
    const double start = cpu_ns();
    for (int i = 0; i < NODES; i++) merkle_node(&left, &right, &left);
    printf("node %.1f\n", (cpu_ns() - start) / NODES);
    must(left.bytes[0] != right.bytes[0] || left.bytes[1] != right.bytes[1], "hashing");
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "make") == 0) {
        make(argv[2]);
        return 0;
    }
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    must(file != NULL, "usage: ledger_proofs [make] FILE; opening the file");
    struct record *records = calloc(2 * TREES * PROOFS, sizeof *records);
    must(records != NULL, "memory");
    size_t count = 0;
    while (count < 2 * TREES * PROOFS && read_record(file, &records[count])) count++;
    fclose(file);
    must(count == 2 * TREES * PROOFS, "reading the records");
    measure_node();
    for (unsigned kind = 0; kind < 2; kind++)
        for (size_t tree = 0; tree < TREES; tree++) measure(records, count, kind, tree);
    free(records);
    return 0;
}

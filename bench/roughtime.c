/* How fast the pure Roughtime server is, against what its cryptography costs.
 *
 * Everything is measured in one run on one core, interleaved so that a machine that changes its
 * pace changes all figures alike; medians are printed.
 *
 *   calculated  for one reply in a batch of n: hash + node (n - 1) / n + signature / n, where hash
 *               is the SHA-512 of a request and its byte, node that of a node of the tree,
 *               signature one Ed25519; each measured by itself with the server's own functions,
 *               hashes in full lanes (in one lane for n = 1)
 *   measured    add, sign and reply of the server, requests that are all different
 *   unbatched   the same server with batches of one
 *   signing     of it the part that batching can share out: sign(), that is tree and signature
 *
 * It is done with requests hashed one by one, then in as many lanes as the processor has. Time is
 * the thread's own CPU time, so that company on the machine counts as little as it can. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proto/roughtime_client.h"
#include "proto/roughtime_server.h"

enum { ROUNDS = 41, HASHES = 2048, SIGNATURES = 100, REQUESTS = 2048, ROW_SIZES = 4 };
enum { NODE_BYTES = 1 + 2 * ROUGHTIME_PROOF_HASH_BYTES };
enum basic { HASH, NODE, SIGNATURE, BASICS };

static const struct roughtime_proof_interval interval = {1790000000, 3};

struct bench {
    struct ed25519_signer long_term, online;
    struct roughtime_server server;
    struct entropy entropy;
    struct roughtime_server_reply replies[LIMIT_ROUGHTIME_BATCH];
    size_t length;
    uint8_t requests[REQUESTS][1 + LIMIT_ROUGHTIME_REQUEST_BYTES]; /* behind the leaf's byte */
    uint64_t sink; /* so that nothing is optimised away */
};

static void must(bool good, const char *what) {
    if (good) return;
    fprintf(stderr, "roughtime: %s failed\n", what);
    exit(1);
}

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void prepare(struct bench *b) {
    uint8_t seed[ED25519_SEED_BYTES] = {1}, nonce[ROUGHTIME_PROOF_NONCE_BYTES] = {0};
    const uint32_t version = ROUGHTIME_PROOF_VERSION_1;
    struct roughtime_proof_delegation delegation;
    must(ed25519_signer_init(&b->long_term, seed) == ERR_OK, "the long-term key");
    seed[0] = 2;
    must(ed25519_signer_init(&b->online, seed) == ERR_OK, "the online key");
    must(roughtime_proof_delegate(&b->long_term, b->online.public_key, 0, UINT64_MAX,
                                  &delegation) == ERR_OK,
         "the delegation");
    roughtime_server_init(&b->server, &(const struct roughtime_server_rules){0}, 0);
    must(roughtime_server_set_key(&b->server, &delegation, &b->online) == ERR_OK, "the key");
    for (size_t i = 0; i < REQUESTS; i++) {
        memcpy(nonce, &i, sizeof i);
        b->requests[i][0] = ROUGHTIME_PROOF_LEAF;
        must(roughtime_client_request(&version, 1, nonce, b->long_term.public_key,
                                      b->requests[i] + 1, &b->length) == ERR_OK,
             "a request");
    }
}

/* Seconds for one; the messages begin as requests do. */
static double time_hash(struct bench *b, enum hash_lanes_way way, size_t length) {
    uint8_t out[HASH_LANES_MAX][ROUGHTIME_PROOF_HASH_BYTES];
    struct hash_piece messages[HASH_LANES_MAX];
    size_t width = hash_lanes_width(way);
    double start = now_s();
    for (size_t i = 0; i < HASHES; i += width) {
        for (size_t k = 0; k < width; k++)
            messages[k] = (struct hash_piece){b->requests[(i + k) % REQUESTS], length};
        roughtime_proof_hashes(way, messages, width, out);
        b->sink += out[0][0];
    }
    return (now_s() - start) / HASHES;
}

static double time_signature(struct bench *b) {
    uint8_t srep[ROUGHTIME_SERVER_SREP_BYTES] = {0}, signature[ED25519_SIGNATURE_BYTES];
    double start = now_s();
    for (size_t i = 0; i < SIGNATURES; i++) {
        srep[0] = (uint8_t)i;
        must(roughtime_proof_sign(&b->online, ROUGHTIME_PROOF_CONTEXT_RFC, ROUGHTIME_PROOF_RESPONSE,
                                  srep, sizeof srep, signature) == ERR_OK,
             "signing");
        b->sink += signature[0];
    }
    return (now_s() - start) / SIGNATURES;
}

struct cost {
    double reply_s, sign_s; /* sign_s: the part of reply_s that sign() took */
};

static struct cost time_reply(struct bench *b, size_t batch) {
    size_t slot, done = 0, most = batch == 1 ? REQUESTS / 8 : REQUESTS;
    double start = now_s(), sign_s = 0;
    while (done + batch <= most) {
        for (size_t i = 0; i < batch; i++)
            must(roughtime_server_add(&b->server, ROUGHTIME_SERVER_UDP, b->requests[done + i] + 1,
                                      b->length, &slot) == ERR_OK,
                 "taking a request");
        b->entropy.used = 0;
        double before = now_s();
        must(roughtime_server_sign(&b->server, &interval, &b->entropy) == ERR_OK, "signing");
        sign_s += now_s() - before;
        for (size_t i = 0; i < batch; i++) {
            roughtime_server_reply(&b->server, i, &b->replies[i]);
            b->sink += b->replies[i].packet[b->replies[i].length - 1];
        }
        roughtime_server_clear(&b->server);
        done += batch;
    }
    return (struct cost){(now_s() - start) / (double)done, sign_s / (double)done};
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double values[ROUNDS]) {
    qsort(values, ROUNDS, sizeof values[0], by_value);
    return values[ROUNDS / 2];
}

struct samples {
    double basic[BASICS][ROUNDS], reply[ROW_SIZES][ROUNDS], sign[ROW_SIZES][ROUNDS];
};

static const size_t batches[ROW_SIZES] = {1, 16, 64, LIMIT_ROUGHTIME_BATCH};

static void measure(struct bench *b, enum hash_lanes_way way, struct samples *out, int round) {
    for (int i = 0; i < ROUGHTIME_SERVER_VERSIONS; i++)
        roughtime_tree_init(&b->server.trees[i].of, way);
    out->basic[HASH][round] = time_hash(b, way, 1 + b->length);
    out->basic[NODE][round] = time_hash(b, way, NODE_BYTES);
    out->basic[SIGNATURE][round] = time_signature(b);
    for (int i = 0; i < ROW_SIZES; i++) {
        struct cost cost = time_reply(b, batches[i]);
        out->reply[i][round] = cost.reply_s;
        out->sign[i][round] = cost.sign_s;
    }
}

static void print_row(size_t batch, const double *basic_s, struct cost cost, struct cost alone) {
    double share = 1.0 / (double)batch;
    double calculated_s = basic_s[HASH] + basic_s[NODE] * (1 - share) + basic_s[SIGNATURE] * share;
    printf("%5zu %13.0f %13.0f %10.2f %12.1f x %9.1f x\n", batch, 1 / calculated_s,
           1 / cost.reply_s, calculated_s / cost.reply_s, alone.reply_s / cost.reply_s,
           alone.sign_s / cost.sign_s);
}

/* one_hash_s: of a request that has no company in its lanes. */
static void print(enum hash_lanes_way way, struct samples *samples, double one_hash_s) {
    double basic_s[BASICS];
    struct cost costs[ROW_SIZES];
    for (int i = 0; i < BASICS; i++) basic_s[i] = median(samples->basic[i]);
    for (int i = 0; i < ROW_SIZES; i++)
        costs[i] = (struct cost){median(samples->reply[i]), median(samples->sign[i])};
    const double alone_s[BASICS] = {one_hash_s, basic_s[NODE], basic_s[SIGNATURE]};
    printf("Lanes: %zu\n", hash_lanes_width(way));
    printf("SHA-512 of a request %.3f us, of a node %.3f us, Ed25519 signature %.2f us\n\n",
           basic_s[HASH] * 1e6, basic_s[NODE] * 1e6, basic_s[SIGNATURE] * 1e6);
    printf("batch  calculated/s    measured/s  measured /    times unbatched:\n");
    printf("                                   calculated      replies     signing\n");
    for (int i = 0; i < ROW_SIZES; i++)
        print_row(batches[i], batches[i] == 1 ? alone_s : basic_s, costs[i], costs[0]);
    printf(
        "\nNo batch can exceed %.1f times the unbatched replies: each has its request's hash.\n\n",
        costs[0].reply_s / basic_s[HASH]);
}

int main(void) {
    static struct samples samples[HASH_LANES_WAYS];
    struct bench *b = calloc(1, sizeof *b);
    must(b != NULL, "allocation");
    prepare(b);
    for (int round = 0; round < ROUNDS; round++)
        for (enum hash_lanes_way way = 0; way < HASH_LANES_WAYS; way++)
            if (hash_lanes_can(way)) measure(b, way, &samples[way], round);
    double one_hash_s = median(samples[HASH_LANES_ONE].basic[HASH]);
    for (enum hash_lanes_way way = 0; way < HASH_LANES_WAYS; way++)
        if (hash_lanes_can(way)) print(way, &samples[way], one_hash_s);
    ed25519_signer_wipe(&b->long_term);
    ed25519_signer_wipe(&b->online);
    int unused = (int)(b->sink & 0);
    free(b);
    return unused;
}

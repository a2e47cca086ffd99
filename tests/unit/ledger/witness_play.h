/* A log and its witness for tests: trees of naive_tree.h, and forks of them that differ from a leaf
 * on. */
#pragma once

#include "ledger/witness.h"
#include "naive_tree.h"
#include "signing.h"

enum { PLAY_TIME = 1767225600 };

struct play {
    struct note_signer log, stranger, witness;
    const struct note_signer *witnesses[1];
    struct witness_log watched;
    struct witness_state state;
    struct witness_verdict verdict;
};

static inline void play_begin(struct play *play) {
    memset(play, 0, sizeof *play);
    play->log = signing_signer(SIGNING_SKEY);
    play->stranger = signing_made("stranger.example", NOTE_ED25519, 77);
    play->witness = signing_signer(SIGNING_WSKEY);
    play->witnesses[0] = &play->witness;
    strcpy(play->watched.origin, SIGNING_LOG);
    play->watched.count = 1;
    play->watched.keys[0] = play->log.key;
}

static inline void play_end(struct play *play) {
    note_signer_wipe(&play->log);
    note_signer_wipe(&play->stranger);
    note_signer_wipe(&play->witness);
}

/* A fork: leaves from there on have numbers of their own. UINT64_MAX: the honest tree. */
struct play_tree {
    uint64_t fork;
};

static inline struct merkle_hash play_root(struct play_tree tree, uint64_t start, uint64_t count) {
    struct merkle_hash left, right;
    if (start + count <= tree.fork) return naive_root(start, count);
    if (count == 1) return naive_leaf(start + 1000000);
    const uint64_t k = naive_split(count);
    left = play_root(tree, start, k);
    right = play_root(tree, start + k, count - k);
    merkle_node(&left, &right, &left);
    return left;
}

static inline enum err play_read(void *context, unsigned level, uint64_t index,
                                 struct merkle_hash *out) {
    *out = play_root(*(struct play_tree *)context, index << level, UINT64_C(1) << level);
    return ERR_OK;
}

static inline struct merkle_proof play_proof(struct play_tree tree, uint64_t old, uint64_t size) {
    struct merkle_proof proof = {.count = 0};
    const struct merkle_reader reader = {play_read, &tree};
    if (old <= size) signing_must(merkle_consistency(&reader, old, size, &proof));
    return proof;
}

static inline struct signing_note play_checkpoint(const struct play *play, struct play_tree tree,
                                                  uint64_t size) {
    const struct note_signer *const signers[] = {&play->log};
    struct merkle_hash root = size > 0 ? play_root(tree, 0, size) : naive_root(0, 0);
    return signing_checkpoint(SIGNING_LOG, size, &root, signers, 1, 0);
}

struct play_request {
    char text[16384];
    size_t length;
};

static inline struct play_request play_write(uint64_t old, const struct merkle_proof *proof,
                                             const struct signing_note *note) {
    struct play_request request;
    char hash[MERKLE_HASH_TEXT_BYTES];
    size_t room = sizeof request.text;
    size_t used = (size_t)snprintf(request.text, room, "old %llu\n", (unsigned long long)old);
    for (size_t i = 0; i < proof->count; i++)
        used += (size_t)snprintf(request.text + used, room - used, "%s\n",
                                 merkle_hash_text(&proof->hashes[i], hash));
    used +=
        (size_t)snprintf(request.text + used, room - used, "\n%.*s", (int)note->length, note->text);
    request.length = used;
    return request;
}

/* Gives a request to the witness, which keeps its new state if it says so. */
static inline int play_ask(struct play *play, const struct play_request *asked) {
    struct witness_request request;
    enum err err = witness_request_parse(asked->text, asked->length, &request);
    if (err != ERR_OK) {
        witness_refuse(err, &play->verdict);
        return play->verdict.status;
    }
    const struct witness_log *log =
        strcmp(request.checkpoint.origin, SIGNING_LOG) == 0 ? &play->watched : NULL;
    witness_judge(&request, log, &play->state, play->witnesses, 1, PLAY_TIME, &play->verdict);
    if (play->verdict.persist) play->state = play->verdict.state;
    return play->verdict.status;
}

/* A log that grows from old to size and asks. */
static inline int play_grow(struct play *play, struct play_tree tree, uint64_t old, uint64_t size) {
    struct merkle_proof proof = play_proof(tree, old, size);
    struct signing_note note = play_checkpoint(play, tree, size);
    struct play_request request = play_write(old, &proof, &note);
    return play_ask(play, &request);
}

static const struct play_tree play_honest = {UINT64_MAX};

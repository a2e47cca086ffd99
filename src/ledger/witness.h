/* The witness's side of C2SP tlog-witness 1.0.0, as a pure machine: what to answer to
 * add-checkpoint, and what to remember before the answer goes out.
 *
 *     POST <submission prefix>/add-checkpoint
 *     old <size>\n  <base64 hash>\n (at most 63)  \n  <checkpoint>
 *
 * The caller finds the log by the request's origin, loads its state, asks witness_judge, and if
 * persist is set writes record to disk (atomically, one request of a log at a time) before it
 * replies. The record is the checkpoint with the log's signatures and the witness's cosignatures:
 * it is the state, and what GET <monitoring prefix>/<hash of the origin>/checkpoint gives. */
#pragma once

#include "ledger/checkpoint.h"

enum {
    WITNESS_ORIGIN_HEX_BYTES = 65,
    /* "old" line, proof, empty line, checkpoint */
    WITNESS_REQUEST_BYTES = LIMIT_WITNESS_PROOF_HASHES * 45 + 32 + LIMIT_NOTE_BYTES,
};

/* Views into the body of a request, which must outlive it. */
struct witness_request {
    uint64_t old_size;
    struct merkle_proof proof;
    struct note note;
    const char *text; /* of the note */
    size_t text_length;
    struct checkpoint checkpoint; /* not verified yet */
};

/* A log that the witness is willing to watch. */
struct witness_log {
    char origin[LIMIT_NOTE_NAME_BYTES];
    size_t count;
    struct note_key keys[LIMIT_WITNESS_LOG_KEYS];
};

/* What the witness has last cosigned of a log; all zero: nothing. */
struct witness_state {
    uint64_t size;
    struct merkle_hash root;
    bool cosigned;
};

enum witness_finding {
    WITNESS_FOUND_NOTHING,
    /* The log has signed two roots for one size: this note and the one in the record. Proof. */
    WITNESS_FOUND_SPLIT,
    /* Signed by the log, larger than the record, and the consistency proof that came with it does
     * not hold. Anyone may send a false proof, so this alone proves nothing against the log. */
    WITNESS_FOUND_INCONSISTENT,
    /* Signed by the log and smaller than the record: an old checkpoint, or a log set back. */
    WITNESS_FOUND_SMALLER,
};

struct witness_verdict {
    int status; /* of HTTP: 200, 400, 403, 404, 409, 422, 500 */
    const char *content_type;
    char body[LIMIT_WITNESS_LINES_BYTES];
    size_t body_length;
    const char *reason; /* for the witness's own log; a static string */
    enum witness_finding finding;
    bool persist; /* record and state are new, and must be on disk before the reply is sent */
    struct witness_state state;
    char record[LIMIT_WITNESS_RECORD_BYTES];
    size_t record_length;
};

/* ERR_SYNTAX, ERR_TOO_LONG, ERR_FULL, ERR_RANGE: all of them mean 400. */
MUST_USE enum err witness_request_parse(const char *body, size_t length,
                                        struct witness_request *out);
/* log NULL: no log of that origin is watched. time_s: now, seconds since 1970. signers: one or more
 * of type cosignature/v1, at most LIMIT_WITNESS_SIGNERS. Writes all of out. */
void witness_judge(const struct witness_request *request, const struct witness_log *log,
                   const struct witness_state *state, const struct note_signer *const *signers,
                   size_t signers_count, uint64_t time_s, struct witness_verdict *out);
/* Of a request that the log signed: the body, and a line of the log for each of its keys. What
 * others wrote below it is left out, for anybody can. */
size_t witness_own_note(const struct witness_request *request, const struct witness_log *log,
                        char out[LIMIT_WITNESS_RECORD_BYTES]);
/* The reply to a request that witness_request_parse refused. */
void witness_refuse(enum err err, struct witness_verdict *out);

/* The state of a record read back, by the log's keys: a key that the log no longer uses stays in
 * the list until a checkpoint under the new one was cosigned. Errors as checkpoint_open. */
MUST_USE enum err witness_state_read(const char *record, size_t length,
                                     const struct witness_log *log, struct witness_state *out);
/* Lower-case hex of SHA-256 of the origin: the name of a log in the monitoring interface. */
const char *witness_origin_hex(const char *origin, char out[WITNESS_ORIGIN_HEX_BYTES]);

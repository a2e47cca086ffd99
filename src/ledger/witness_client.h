/* The log's side of C2SP tlog-witness 1.0.0: what to send to a witness, and what its answer means.
 *
 * One witness_client for each witness. Loop: witness_client_request with the newest checkpoint,
 * send, witness_client_answer; on WITNESS_CLIENT_RETRY once more. Always ask with the newest
 * checkpoint that was published: only then is a witness that is ahead a sign of a log set back. */
#pragma once

#include "ledger/witness.h"

struct witness_client {
    struct note_key key; /* of type cosignature/v1 */
    uint64_t size;       /* that the witness has cosigned, as far as is known */
    uint64_t waiting_s;  /* when it was first asked since its last cosignature; 0: never */
    bool retried;
};

enum witness_client_kind {
    WITNESS_CLIENT_COSIGNED,  /* line and time_s are valid */
    WITNESS_CLIENT_RETRY,     /* the witness has another size: ask again from size */
    WITNESS_CLIENT_LATER,     /* no answer, or busy: ask again after a while */
    WITNESS_CLIENT_STALLED,   /* the same, for longer than LIMIT_WITNESS_STALL_S */
    WITNESS_CLIENT_AHEAD,     /* has seen a larger tree of this log: ours was set back, or forked */
    WITNESS_CLIENT_CONFLICT,  /* has another root for this size, or takes our proof for false */
    WITNESS_CLIENT_REFUSED,   /* does not know the log or its key, or the request */
    WITNESS_CLIENT_SIGNATURE, /* its cosignature does not verify, or is not there */
    WITNESS_CLIENT_MALFORMED, /* an answer that the protocol does not have */
};

struct witness_client_answer {
    enum witness_client_kind kind;
    bool finding;       /* AHEAD, CONFLICT, STALLED, SIGNATURE: to be recorded and told */
    const char *reason; /* for people; a static string */
    uint64_t size;      /* RETRY, AHEAD: the tree that the witness has */
    uint64_t time_s;    /* COSIGNED */
    char line[NOTE_LINE_BYTES];
    size_t line_length;
};

/* "add-checkpoint" of a note with a proof from client->size to its size (count 0 from size 0).
 * ERR_TOO_LONG: room; ERR_RANGE: more than 63 hashes, or a smaller checkpoint than the witness has;
 * as note_parse and checkpoint_parse. */
MUST_USE enum err witness_client_request(const struct witness_client *client, const char *note,
                                         size_t note_length, const struct merkle_proof *proof,
                                         char *out, size_t room, size_t *length);
/* status 0: no answer came. note: as sent. now_s: seconds since 1970. Writes all of out. */
void witness_client_answer(struct witness_client *client, const char *note, size_t note_length,
                           int status, const char *body, size_t body_length, uint64_t now_s,
                           struct witness_client_answer *out);
const char *witness_client_kind_name(enum witness_client_kind kind);

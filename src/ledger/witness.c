/* A witness's judgement of add-checkpoint. Invariant: a cosignature is only ever made for a tree
 * that was shown to be an extension of the one cosigned before, and never without a record of it.
 */
#include "ledger/witness.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "crypto/hash.h"
#include "ledger/cosignature.h"

static const char text_plain[] = "text/plain; charset=utf-8";
static const char text_size[] = "text/x.tlog.size";

/* The next line of a request, without its newline. */
static bool next_line(const char **at, const char *end, const char **line, size_t *length) {
    const char *newline = *at < end ? memchr(*at, '\n', (size_t)(end - *at)) : NULL;
    if (!newline) return false;
    *line = *at;
    *length = (size_t)(newline - *at);
    *at = newline + 1;
    return true;
}

static enum err take_proof(const char **at, const char *end, struct merkle_proof *out) {
    const char *line;
    size_t length;
    out->count = 0;
    while (next_line(at, end, &line, &length)) {
        if (length == 0) return ERR_OK;
        if (out->count == LIMIT_WITNESS_PROOF_HASHES) return ERR_FULL;
        enum err err = merkle_hash_parse(line, length, &out->hashes[out->count]);
        if (err != ERR_OK) return err;
        out->count++;
    }
    return ERR_SYNTAX;
}

enum err witness_request_parse(const char *body, size_t length, struct witness_request *out) {
    static const char old[] = "old ";
    struct witness_request request = {0};
    const char *at = body, *end = body + length, *line;
    size_t line_length, skip = sizeof old - 1;
    if (length > WITNESS_REQUEST_BYTES) return ERR_TOO_LONG;
    if (!next_line(&at, end, &line, &line_length) || line_length < skip ||
        memcmp(line, old, skip) != 0)
        return ERR_SYNTAX;
    enum err err = checkpoint_decimal(line + skip, line_length - skip, &request.old_size);
    if (err == ERR_OK) err = take_proof(&at, end, &request.proof);
    if (err != ERR_OK) return err;
    request.text = at;
    request.text_length = (size_t)(end - at);
    err = note_parse(request.text, request.text_length, &request.note);
    if (err == ERR_OK)
        err = checkpoint_parse(request.note.body, request.note.body_length, &request.checkpoint);
    if (err == ERR_OK) *out = request;
    return err;
}

static void answer(struct witness_verdict *out, int status, const char *reason) {
    int used = snprintf(out->body, sizeof out->body, "%s\n", reason);
    CHECK(used > 0 && (size_t)used < sizeof out->body);
    out->body_length = (size_t)used;
    out->status = status;
    out->reason = reason;
    out->content_type = text_plain;
}

static void answer_size(struct witness_verdict *out, uint64_t size) {
    answer(out, 409, "the witness has cosigned another size");
    int used = snprintf(out->body, sizeof out->body, "%" PRIu64 "\n", size);
    out->body_length = (size_t)used;
    out->content_type = text_size;
}

void witness_refuse(enum err err, struct witness_verdict *out) {
    memset(out, 0, sizeof *out);
    answer(out, 400, err_text(err));
}

/* What a checkpoint that the log has signed says beside the record, whatever the request asks. */
static enum witness_finding compare(const struct checkpoint *checkpoint,
                                    const struct witness_state *state) {
    if (!state->cosigned || checkpoint->size > state->size) return WITNESS_FOUND_NOTHING;
    if (checkpoint->size < state->size) return WITNESS_FOUND_SMALLER;
    return merkle_same(&checkpoint->root, &state->root) ? WITNESS_FOUND_NOTHING
                                                        : WITNESS_FOUND_SPLIT;
}

/* True if the tree extends the one in the state; the sizes were compared before. */
static bool is_consistent(const struct witness_request *request,
                          const struct witness_state *state) {
    struct merkle_hash old = state->root;
    if (request->old_size == 0 && request->proof.count > 0) return false;
    if (request->old_size == 0) merkle_empty(&old);
    return merkle_verify_consistency(request->old_size, &old, request->checkpoint.size,
                                     &request->checkpoint.root, &request->proof) == ERR_OK;
}

/* The tests of the protocol in its order; true: to be cosigned. */
static bool is_acceptable(const struct witness_request *request, const struct witness_log *log,
                          const struct witness_state *state, struct witness_verdict *out) {
    struct checkpoint checkpoint;
    enum err err =
        checkpoint_of_note(&request->note, log->origin, log->keys, log->count, &checkpoint);
    if (err == ERR_LOG_ORIGIN)
        answer(out, 404, "no log of that origin is watched here");
    else if (err != ERR_OK && err != ERR_RANGE)
        answer(out, 403, err_text(err));
    else
        out->finding = compare(&request->checkpoint, state);
    if (out->status != 0) return false;
    if (request->old_size > request->checkpoint.size)
        answer(out, 400, "the old size is larger than the checkpoint");
    else if (request->old_size != state->size)
        answer_size(out, state->size);
    else if (err == ERR_RANGE)
        answer(out, 422, "the root is not that of an empty tree");
    else if (out->finding == WITNESS_FOUND_SPLIT)
        answer(out, 422, "another root was cosigned for that size");
    else if (!is_consistent(request, state))
        answer(out, 422, "the consistency proof does not hold");
    return out->status == 0;
}

/* Body and those lines of the log that were verified, one for each of its keys. */
static void put_record(const struct witness_request *request, const struct witness_log *log,
                       struct writer *record) {
    const struct note *note = &request->note;
    bytes_put(record, note->body, note->body_length);
    bytes_put_u8(record, '\n');
    for (size_t k = 0; k < log->count; k++)
        for (size_t i = 0; i < note->count; i++)
            if (note_signature_by(&note->signatures[i], &log->keys[k])) {
                bytes_put(record, note->signatures[i].line, note->signatures[i].line_length);
                break;
            }
}

size_t witness_own_note(const struct witness_request *request, const struct witness_log *log,
                        char out[LIMIT_WITNESS_RECORD_BYTES]) {
    struct writer own = writer_of(out, LIMIT_WITNESS_RECORD_BYTES);
    put_record(request, log, &own);
    return own.failed ? 0 : writer_length(&own);
}

static enum err cosign(const struct witness_request *request, const struct witness_log *log,
                       const struct note_signer *const *signers, size_t count, uint64_t time_s,
                       struct witness_verdict *out) {
    struct writer record = writer_of(out->record, sizeof out->record);
    struct writer lines = writer_of(out->body, sizeof out->body);
    char line[NOTE_LINE_BYTES];
    size_t length = 0;
    enum err err = count > 0 ? ERR_OK : ERR_UNSIGNED;
    put_record(request, log, &record);
    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        err = cosignature_sign(signers[i], request->note.body, request->note.body_length, time_s,
                               line, &length);
        if (err != ERR_OK) break;
        bytes_put(&record, line, length);
        bytes_put(&lines, line, length);
    }
    if (err == ERR_OK && (record.failed || lines.failed)) err = ERR_FULL;
    out->record_length = writer_length(&record);
    out->body_length = writer_length(&lines);
    return err;
}

void witness_judge(const struct witness_request *request, const struct witness_log *log,
                   const struct witness_state *state, const struct note_signer *const *signers,
                   size_t signers_count, uint64_t time_s, struct witness_verdict *out) {
    memset(out, 0, sizeof *out);
    out->state = *state;
    if (!log) {
        answer(out, 404, "no log of that origin is watched here");
        return;
    }
    if (!is_acceptable(request, log, state, out)) {
        if (out->status == 422 && out->finding == WITNESS_FOUND_NOTHING)
            out->finding = WITNESS_FOUND_INCONSISTENT;
        return;
    }
    if (cosign(request, log, signers, signers_count, time_s, out) != ERR_OK) {
        out->record_length = 0;
        answer(out, 500, "the witness cannot sign now");
        return;
    }
    out->status = 200;
    out->content_type = text_plain;
    out->reason = "cosigned";
    out->persist = true;
    out->state = (struct witness_state){request->checkpoint.size, request->checkpoint.root, true};
}

enum err witness_state_read(const char *record, size_t length, const struct witness_log *log,
                            struct witness_state *out) {
    struct checkpoint checkpoint;
    enum err err = checkpoint_open(record, length, log->origin, log->keys, log->count, &checkpoint);
    if (err == ERR_OK) *out = (struct witness_state){checkpoint.size, checkpoint.root, true};
    return err;
}

const char *witness_origin_hex(const char *origin, char out[WITNESS_ORIGIN_HEX_BYTES]) {
    static const char digits[] = "0123456789abcdef";
    const struct hash_piece piece = {origin, strlen(origin)};
    uint8_t hash[HASH_SHA256_BYTES];
    hash_sha256(&piece, 1, hash);
    for (size_t i = 0; i < sizeof hash; i++) {
        out[2 * i] = digits[hash[i] >> 4];
        out[2 * i + 1] = digits[hash[i] & 15];
    }
    out[WITNESS_ORIGIN_HEX_BYTES - 1] = '\0';
    return out;
}

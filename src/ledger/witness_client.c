/* A log's judgement of what its witness answers. Invariant: nothing that a witness says is taken
 * for a cosignature unless it verifies over the checkpoint that was sent. */
#include "ledger/witness_client.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "ledger/cosignature.h"

enum err witness_client_request(const struct witness_client *client, const char *note,
                                size_t note_length, const struct merkle_proof *proof, char *out,
                                size_t room, size_t *length) {
    struct note parsed;
    struct checkpoint checkpoint;
    char text[MERKLE_HASH_TEXT_BYTES], old[32];
    enum err err = note_parse(note, note_length, &parsed);
    if (err == ERR_OK) err = checkpoint_parse(parsed.body, parsed.body_length, &checkpoint);
    if (err != ERR_OK) return err;
    if (proof->count > LIMIT_WITNESS_PROOF_HASHES || checkpoint.size < client->size)
        return ERR_RANGE;
    struct writer w = writer_of(out, room);
    bytes_put(&w, old, (size_t)snprintf(old, sizeof old, "old %" PRIu64 "\n", client->size));
    for (size_t i = 0; i < proof->count; i++) {
        bytes_put(&w, merkle_hash_text(&proof->hashes[i], text), MERKLE_HASH_TEXT_BYTES - 1);
        bytes_put_u8(&w, '\n');
    }
    bytes_put_u8(&w, '\n');
    bytes_put(&w, note, note_length);
    if (w.failed) return ERR_TOO_LONG;
    *length = writer_length(&w);
    return ERR_OK;
}

static void conclude(struct witness_client_answer *out, enum witness_client_kind kind,
                     const char *reason) {
    out->kind = kind;
    out->reason = reason;
    out->finding = kind == WITNESS_CLIENT_STALLED || kind == WITNESS_CLIENT_AHEAD ||
                   kind == WITNESS_CLIENT_CONFLICT || kind == WITNESS_CLIENT_SIGNATURE;
}

static void answer_late(const struct witness_client *client, uint64_t now_s, const char *reason,
                        struct witness_client_answer *out) {
    bool stalled = now_s > client->waiting_s && now_s - client->waiting_s > LIMIT_WITNESS_STALL_S;
    conclude(out, stalled ? WITNESS_CLIENT_STALLED : WITNESS_CLIENT_LATER, reason);
}

/* The checkpoint that was sent, with the lines of the reply for its only signatures. */
struct reply {
    char text[LIMIT_CHECKPOINT_BODY_BYTES + LIMIT_WITNESS_ANSWER_BYTES];
    struct note note;
};

static enum err read_reply(const char *note, size_t note_length, const char *body,
                           size_t body_length, struct reply *out) {
    struct note sent;
    enum err err = note_parse(note, note_length, &sent);
    if (err != ERR_OK) return err;
    struct writer w = writer_of(out->text, sizeof out->text);
    bytes_put(&w, sent.body, sent.body_length);
    bytes_put_u8(&w, '\n');
    bytes_put(&w, body, body_length);
    if (w.failed) return ERR_TOO_LONG;
    err = note_parse(out->text, writer_length(&w), &out->note);
    /* An empty line in the reply would move the end of the body. */
    if (err == ERR_OK && out->note.body_length != sent.body_length) err = ERR_SYNTAX;
    return err;
}

/* The first line by the key alone, so that line and time belong together. */
static enum err keep_line(struct note *note, const struct note_key *key,
                          struct witness_client_answer *out) {
    size_t i = 0;
    while (i < note->count && !note_signature_by(&note->signatures[i], key)) i++;
    if (i == note->count || note->signatures[i].line_length >= sizeof out->line)
        return ERR_UNSIGNED;
    note->signatures[0] = note->signatures[i];
    note->count = 1;
    out->line_length = note->signatures[0].line_length;
    memcpy(out->line, note->signatures[0].line, out->line_length);
    return cosignature_verify(note, key, &out->time_s);
}

static void take_cosignature(struct witness_client *client, const char *note, size_t note_length,
                             const char *body, size_t body_length,
                             struct witness_client_answer *out) {
    struct reply reply;
    struct checkpoint checkpoint;
    enum err err = read_reply(note, note_length, body, body_length, &reply);
    if (err == ERR_OK) err = checkpoint_parse(reply.note.body, reply.note.body_length, &checkpoint);
    if (err != ERR_OK) {
        conclude(out, WITNESS_CLIENT_MALFORMED, "its reply is not lines of signatures");
        return;
    }
    err = cosignature_verify(&reply.note, &client->key, &out->time_s);
    if (err == ERR_OK) err = keep_line(&reply.note, &client->key, out);
    if (err == ERR_UNSIGNED) {
        conclude(out, WITNESS_CLIENT_SIGNATURE, "it did not cosign with the key that we know");
    } else if (err != ERR_OK) {
        conclude(out, WITNESS_CLIENT_SIGNATURE, "its cosignature does not verify");
    } else {
        conclude(out, WITNESS_CLIENT_COSIGNED, "cosigned");
        client->size = checkpoint.size;
        client->waiting_s = 0;
        client->retried = false;
    }
}

static enum err sent_size(const char *note, size_t note_length, uint64_t *size) {
    struct note parsed;
    struct checkpoint checkpoint;
    enum err err = note_parse(note, note_length, &parsed);
    if (err == ERR_OK) err = checkpoint_parse(parsed.body, parsed.body_length, &checkpoint);
    if (err == ERR_OK) *size = checkpoint.size;
    return err;
}

static void take_size(struct witness_client *client, const char *note, size_t note_length,
                      const char *body, size_t body_length, uint64_t now_s,
                      struct witness_client_answer *out) {
    uint64_t size, ours;
    if (body_length == 0 || body[body_length - 1] != '\n' ||
        checkpoint_decimal(body, body_length - 1, &size) != ERR_OK ||
        sent_size(note, note_length, &ours) != ERR_OK) {
        conclude(out, WITNESS_CLIENT_MALFORMED, "it does not say which size it has");
        return;
    }
    out->size = size;
    if (size > ours)
        conclude(out, WITNESS_CLIENT_AHEAD,
                 "it has seen a larger tree of this log: the log was set back, or has a double");
    else if (size == client->size)
        conclude(out, WITNESS_CLIENT_MALFORMED, "it refuses the size that it says it has");
    else if (client->retried)
        answer_late(client, now_s, "it names one size after the other", out);
    else
        conclude(out, WITNESS_CLIENT_RETRY,
                 size < client->size ? "it has forgotten what it cosigned"
                                     : "it has a larger size");
    if (out->kind != WITNESS_CLIENT_RETRY) return;
    client->size = size;
    client->retried = true;
}

void witness_client_answer(struct witness_client *client, const char *note, size_t note_length,
                           int status, const char *body, size_t body_length, uint64_t now_s,
                           struct witness_client_answer *out) {
    memset(out, 0, sizeof *out);
    if (client->waiting_s == 0) client->waiting_s = now_s;
    if (status == 200)
        take_cosignature(client, note, note_length, body, body_length, out);
    else if (status == 409)
        take_size(client, note, note_length, body, body_length, now_s, out);
    else if (status == 422)
        conclude(out, WITNESS_CLIENT_CONFLICT,
                 "it has another history of this log, or takes our proof for false");
    else if (status == 404)
        conclude(out, WITNESS_CLIENT_REFUSED, "it does not watch this log");
    else if (status == 403)
        conclude(out, WITNESS_CLIENT_REFUSED, "it does not trust the key that signed");
    else if (status == 400)
        conclude(out, WITNESS_CLIENT_REFUSED, "it takes the request for malformed");
    else if (status == 0)
        answer_late(client, now_s, "no answer", out);
    else if (status == 429 || status >= 500)
        answer_late(client, now_s, "it cannot answer now", out);
    else
        conclude(out, WITNESS_CLIENT_MALFORMED, "a status that the protocol does not have");
    if (out->kind != WITNESS_CLIENT_RETRY) client->retried = false;
}

const char *witness_client_kind_name(enum witness_client_kind kind) {
    static const char *const names[] = {
        [WITNESS_CLIENT_COSIGNED] = "cosigned",   [WITNESS_CLIENT_RETRY] = "retry",
        [WITNESS_CLIENT_LATER] = "later",         [WITNESS_CLIENT_STALLED] = "stalled",
        [WITNESS_CLIENT_AHEAD] = "ahead",         [WITNESS_CLIENT_CONFLICT] = "conflict",
        [WITNESS_CLIENT_REFUSED] = "refused",     [WITNESS_CLIENT_SIGNATURE] = "signature",
        [WITNESS_CLIENT_MALFORMED] = "malformed",
    };
    return names[kind];
}

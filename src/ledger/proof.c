/* Text of a proof. Source: c2sp.org/tlog-proof. Invariant: what is taken is what proof_build writes
 * for it, so there is one text for each proof. */
#include "ledger/proof.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "ledger/checkpoint.h"

static const char heading[] = "c2sp.org/tlog-proof@v1";

/* Text that is read line by line. */
struct lines {
    const char *at, *end;
    size_t number; /* of the line read last, from 1 */
};

struct line {
    const char *text;
    size_t length;
};

/* A line must end in a newline. */
static enum err take_line(struct lines *lines, struct line *out) {
    const size_t left = (size_t)(lines->end - lines->at);
    const char *newline = left > 0 ? memchr(lines->at, '\n', left) : NULL;
    lines->number++;
    if (!newline) return ERR_SHORT;
    *out = (struct line){lines->at, (size_t)(newline - lines->at)};
    lines->at = newline + 1;
    return ERR_OK;
}

/* Takes the word at the beginning of the line away, if it stands there. */
static bool take_word(struct line *line, const char *word) {
    const size_t length = strlen(word);
    if (line->length < length || memcmp(line->text, word, length) != 0) return false;
    line->text += length;
    line->length -= length;
    return true;
}

/* Whether it is base64 of at least one byte, of any length. */
static bool is_base64(const char *text, size_t length) {
    enum { GROUP = 4 };
    uint8_t bytes[3];
    size_t got;
    for (size_t at = 0; at < length; at += GROUP) {
        const bool last = length - at <= GROUP;
        if (base64_bytes(text + at, last ? length - at : GROUP, bytes, sizeof bytes, &got) !=
            ERR_OK)
            return false;
        if (!last && got < sizeof bytes) return false;
    }
    return length > 0;
}

static enum err parse_index(const struct line *line, uint64_t *out) {
    uint64_t index;
    enum err err = checkpoint_decimal(line->text, line->length, &index);
    if (err != ERR_OK) return err;
    if (index >= MERKLE_SIZE_MAX) return ERR_RANGE;
    *out = index;
    return ERR_OK;
}

/* The heading, the extra line if there is one, and the index. */
static enum err parse_head(struct lines *lines, struct proof *out) {
    struct line line;
    if (take_line(lines, &line) != ERR_OK || line.length != sizeof heading - 1 ||
        memcmp(line.text, heading, line.length) != 0)
        return ERR_VERSION;
    enum err err = take_line(lines, &line);
    if (err == ERR_OK && take_word(&line, "extra ")) {
        if (!is_base64(line.text, line.length)) return ERR_SYNTAX;
        out->extra = line.text;
        out->extra_length = line.length;
        err = take_line(lines, &line);
    }
    if (err != ERR_OK) return err;
    return take_word(&line, "index ") ? parse_index(&line, &out->index) : ERR_SYNTAX;
}

/* Hashes up to the empty line. */
static enum err parse_path(struct lines *lines, struct merkle_proof *out) {
    for (;;) {
        struct line line;
        enum err err = take_line(lines, &line);
        if (err != ERR_OK || line.length == 0) return err;
        if (out->count == MERKLE_PROOF_HASHES) return ERR_TOO_LONG;
        err = merkle_hash_parse(line.text, line.length, &out->hashes[out->count]);
        if (err != ERR_OK) return err;
        out->count++;
    }
}

enum err proof_parse(const char *text, size_t length, struct proof *out, size_t *line) {
    struct lines lines = {text, text + length, 0};
    struct proof proof = {.extra = NULL};
    *line = 0;
    enum err err = parse_head(&lines, &proof);
    if (err == ERR_OK) err = parse_path(&lines, &proof.path);
    if (err == ERR_OK && lines.at == lines.end) {
        lines.number++;
        err = ERR_SHORT;
    }
    if (err != ERR_OK) {
        *line = lines.number;
        return err;
    }
    proof.checkpoint = lines.at;
    proof.checkpoint_length = (size_t)(lines.end - lines.at);
    *out = proof;
    return ERR_OK;
}

/* Room that is being filled; what does not fit is dropped and remembered. */
struct page {
    char *out;
    size_t room, length;
    bool failed;
};

static void put(struct page *page, const char *text, size_t length) {
    if (page->failed || length > page->room - page->length) {
        page->failed = true;
        return;
    }
    memcpy(page->out + page->length, text, length);
    page->length += length;
}

static void put_text(struct page *page, const char *text) {
    put(page, text, strlen(text));
}

enum err proof_build(const struct proof *proof, char *out, size_t room, size_t *length) {
    char index[32], hash[MERKLE_HASH_TEXT_BYTES];
    struct page page = {out, room, 0, false};
    if (proof->index >= MERKLE_SIZE_MAX || proof->path.count > MERKLE_PROOF_HASHES ||
        proof->checkpoint_length == 0)
        return ERR_RANGE;
    if (proof->extra && !is_base64(proof->extra, proof->extra_length)) return ERR_SYNTAX;
    put_text(&page, heading);
    if (proof->extra) {
        put_text(&page, "\nextra ");
        put(&page, proof->extra, proof->extra_length);
    }
    snprintf(index, sizeof index, "\nindex %" PRIu64 "\n", proof->index);
    put_text(&page, index);
    for (size_t i = 0; i < proof->path.count; i++) {
        put_text(&page, merkle_hash_text(&proof->path.hashes[i], hash));
        put_text(&page, "\n");
    }
    put_text(&page, "\n");
    put(&page, proof->checkpoint, proof->checkpoint_length);
    if (page.failed) return ERR_FULL;
    *length = page.length;
    return ERR_OK;
}

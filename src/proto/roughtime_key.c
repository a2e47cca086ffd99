/* Key files of a Roughtime server. Invariant: what was read holds together: the seed belongs to the
 * online key, and the long-term key signed it. */
#include "proto/roughtime_key.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/check.h"

/* A value of a file: bytes in base64, or seconds where seconds is set. */
struct entry {
    const char *name;
    uint8_t *bytes;
    size_t length;
    uint64_t *seconds;
    bool found;
};

static bool take_seconds(const char *text, size_t length, uint64_t *out) {
    uint64_t value = 0;
    if (length == 0 || length > 18) return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    if (value >= LIMIT_ROUGHTIME_UTC_S) return false;
    *out = value;
    return true;
}

static bool take_value(struct entry *entry, const char *text, size_t length) {
    if (entry->found) return false;
    entry->found = true;
    if (entry->seconds) return take_seconds(text, length, entry->seconds);
    size_t got = 0;
    return base64_bytes(text, length, entry->bytes, entry->length, &got) == ERR_OK &&
           got == entry->length;
}

static bool take_line(struct entry *entries, size_t count, const char *text, size_t length) {
    if (length > 0 && text[length - 1] == '\r') length--;
    if (length == 0 || text[0] == '#') return true;
    const char *space = memchr(text, ' ', length);
    if (!space) return false;
    size_t name = (size_t)(space - text);
    for (size_t i = 0; i < count; i++)
        if (strlen(entries[i].name) == name && memcmp(entries[i].name, text, name) == 0)
            return take_value(&entries[i], space + 1, length - name - 1);
    return false;
}

static enum err take_lines(struct entry *entries, size_t count, const char *text, size_t length,
                           size_t *line) {
    size_t number = 0;
    for (size_t at = 0; at < length;) {
        const char *newline = memchr(text + at, '\n', length - at);
        size_t line_length = newline ? (size_t)(newline - text) - at : length - at;
        number++;
        if (!take_line(entries, count, text + at, line_length)) {
            *line = number;
            return ERR_SYNTAX;
        }
        at += line_length + 1;
    }
    *line = 0;
    for (size_t i = 0; i < count; i++)
        if (!entries[i].found) return ERR_TAG;
    return ERR_OK;
}

/* The entries of a delegation file, which read and write the same fields. */
enum { DELEGATION_ENTRIES = 7 };

static void delegation_entries(struct roughtime_key *key, struct entry out[DELEGATION_ENTRIES]) {
    struct roughtime_proof_delegation *d = &key->delegation;
    const struct entry entries[DELEGATION_ENTRIES] = {
        {.name = "long-term-key", .bytes = d->long_term_key, .length = ED25519_PUBLIC_BYTES},
        {.name = "online-key", .bytes = d->online_key, .length = ED25519_PUBLIC_BYTES},
        {.name = "online-seed", .bytes = key->online_seed, .length = ED25519_SEED_BYTES},
        {.name = "from", .seconds = &d->mint_s},
        {.name = "until", .seconds = &d->maxt_s},
        {.name = "signature-rfc",
         .bytes = d->signatures[ROUGHTIME_PROOF_CONTEXT_RFC],
         .length = ED25519_SIGNATURE_BYTES},
        {.name = "signature-appendix-b",
         .bytes = d->signatures[ROUGHTIME_PROOF_CONTEXT_APPENDIX_B],
         .length = ED25519_SIGNATURE_BYTES},
    };
    memcpy(out, entries, sizeof entries);
}

size_t roughtime_key_text(const struct roughtime_key *key, char out[ROUGHTIME_KEY_TEXT_BYTES]) {
    struct roughtime_key copy = *key;
    struct entry entries[DELEGATION_ENTRIES];
    char text[BASE64_TEXT_BYTES(ED25519_SIGNATURE_BYTES)];
    size_t room = ROUGHTIME_KEY_TEXT_BYTES;
    size_t used = (size_t)snprintf(out, room,
                                   "# Online key of a Roughtime server, and its delegation. "
                                   "Secret. Times are seconds of UTC since 1970.\n");
    delegation_entries(&copy, entries);
    for (size_t i = 0; i < DELEGATION_ENTRIES; i++) {
        const struct entry *e = &entries[i];
        if (e->seconds)
            used +=
                (size_t)snprintf(out + used, room - used, "%s %" PRIu64 "\n", e->name, *e->seconds);
        else
            used += (size_t)snprintf(out + used, room - used, "%s %s\n", e->name,
                                     base64_text(e->bytes, e->length, text, sizeof text));
    }
    CHECK(used < room);
    return used;
}

enum err roughtime_key_parse(const char *text, size_t length, struct roughtime_key *out,
                             size_t *line) {
    struct roughtime_key key;
    struct entry entries[DELEGATION_ENTRIES];
    uint8_t online_key[ED25519_PUBLIC_BYTES];
    delegation_entries(&key, entries);
    enum err err = take_lines(entries, DELEGATION_ENTRIES, text, length, line);
    if (err == ERR_OK) err = ed25519_public_key(key.online_seed, online_key);
    if (err == ERR_OK && memcmp(online_key, key.delegation.online_key, sizeof online_key) != 0)
        err = ERR_KEY;
    if (err == ERR_OK) err = roughtime_proof_delegation_check(&key.delegation);
    if (err == ERR_OK) *out = key;
    return err;
}

size_t roughtime_key_seed_text(const uint8_t seed[ED25519_SEED_BYTES],
                               const uint8_t public_key[ED25519_PUBLIC_BYTES],
                               char out[ROUGHTIME_KEY_TEXT_BYTES]) {
    char text[BASE64_TEXT_BYTES(ED25519_SEED_BYTES)];
    char public_text[BASE64_TEXT_BYTES(ED25519_PUBLIC_BYTES)];
    int length = snprintf(
        out, ROUGHTIME_KEY_TEXT_BYTES,
        "# Long-term key of a Roughtime server. Secret; servers need a delegation, not this.\n"
        "# Its public key is %s\n"
        "long-term-seed %s\n",
        base64_text(public_key, ED25519_PUBLIC_BYTES, public_text, sizeof public_text),
        base64_text(seed, ED25519_SEED_BYTES, text, sizeof text));
    CHECK(length > 0 && length < ROUGHTIME_KEY_TEXT_BYTES);
    return (size_t)length;
}

enum err roughtime_key_seed_parse(const char *text, size_t length, uint8_t out[ED25519_SEED_BYTES],
                                  size_t *line) {
    uint8_t seed[ED25519_SEED_BYTES];
    struct entry entry = {.name = "long-term-seed", .bytes = seed, .length = sizeof seed};
    enum err err = take_lines(&entry, 1, text, length, line);
    if (err == ERR_OK) memcpy(out, seed, sizeof seed);
    return err;
}

/* Verifier keys. Invariant: a key of a type that is verified here has the id that follows from its
 * name, type and bytes. */
#include "ledger/note_key.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/bytes.h"
#include "base/check.h"
#include "crypto/hash.h"
#include "crypto/wipe.h"
#include "ledger/note.h"

static const char digits[] = "0123456789abcdef";

enum { ID_DIGITS = 8, MATERIAL_BYTES = 4096 /* of a key of any type; ML-DSA-87 has 2592 */ };

static uint32_t id_of(const char *name, uint8_t type, const uint8_t key[ED25519_PUBLIC_BYTES]) {
    const uint8_t middle[2] = {'\n', type};
    const struct hash_piece pieces[] = {
        {name, strlen(name)}, {middle, sizeof middle}, {key, ED25519_PUBLIC_BYTES}};
    uint8_t hash[HASH_SHA256_BYTES];
    hash_sha256(pieces, 3, hash);
    struct reader r = reader_of(hash, sizeof hash);
    return bytes_get_u32(&r);
}

enum err note_key_make(const char *name, uint8_t type,
                       const uint8_t public_key[ED25519_PUBLIC_BYTES], struct note_key *out) {
    size_t length = strlen(name);
    struct note_key key = {.type = type};
    if (!note_type_known(type)) return ERR_KIND;
    if (!note_name_valid(name, length)) return ERR_SYNTAX;
    memcpy(key.name, name, length);
    memcpy(key.public_key, public_key, sizeof key.public_key);
    key.id = id_of(key.name, type, public_key);
    *out = key;
    return ERR_OK;
}

bool note_key_split(const char *text, size_t length, struct note_key_parts *out) {
    const char *end = text + length, *first = memchr(text, '+', length);
    const char *second = first ? memchr(first + 1, '+', (size_t)(end - first - 1)) : NULL;
    if (!second || second - first != ID_DIGITS + 1) return false;
    struct note_key_parts parts = {.base64 = second + 1,
                                   .base64_length = (size_t)(end - second - 1)};
    size_t name_length = (size_t)(first - text);
    if (!note_name_valid(text, name_length)) return false;
    memcpy(parts.name, text, name_length);
    for (const char *at = first + 1; at < second; at++) {
        const char *digit = memchr(digits, *at, sizeof digits - 1);
        if (!digit) return false;
        parts.id = parts.id << 4 | (uint32_t)(digit - digits);
    }
    *out = parts;
    return true;
}

/* The key of its material: as it is, or hashed where the type is not verified here. */
static enum err take_material(const struct note_key_parts *parts, const uint8_t *material,
                              size_t length, struct note_key *out) {
    struct note_key key = {.type = material[0], .id = parts->id};
    memcpy(key.name, parts->name, sizeof key.name);
    if (note_type_known(key.type)) {
        if (length != 1 + ED25519_PUBLIC_BYTES) return ERR_SYNTAX;
        memcpy(key.public_key, material + 1, ED25519_PUBLIC_BYTES);
        if (id_of(key.name, key.type, key.public_key) != key.id) return ERR_KEY;
    } else {
        const struct hash_piece piece = {material + 1, length - 1};
        hash_sha256(&piece, 1, key.public_key);
    }
    *out = key;
    return ERR_OK;
}

enum err note_key_parse(const char *text, size_t length, struct note_key *out) {
    uint8_t material[MATERIAL_BYTES];
    struct note_key_parts parts;
    size_t got = 0;
    if (!note_key_split(text, length, &parts)) return ERR_SYNTAX;
    enum err err = base64_bytes(parts.base64, parts.base64_length, material, sizeof material, &got);
    if (err != ERR_OK) return err;
    return got > 1 ? take_material(&parts, material, got, out) : ERR_SYNTAX;
}

size_t note_key_put(const char *before, const struct note_key *key,
                    const uint8_t bytes[ED25519_PUBLIC_BYTES], const char *after,
                    char out[NOTE_KEY_TEXT_BYTES]) {
    uint8_t material[1 + ED25519_PUBLIC_BYTES] = {key->type};
    char text[BASE64_TEXT_BYTES(sizeof material)];
    memcpy(material + 1, bytes, ED25519_PUBLIC_BYTES);
    base64_text(material, sizeof material, text, sizeof text);
    int used = snprintf(out, NOTE_KEY_TEXT_BYTES, "%s%s+%08" PRIx32 "+%s%s", before, key->name,
                        key->id, text, after);
    CHECK(used > 0 && used < NOTE_KEY_TEXT_BYTES);
    wipe(material, sizeof material);
    wipe(text, sizeof text);
    return (size_t)used;
}

size_t note_key_text(const struct note_key *key, char out[NOTE_KEY_TEXT_BYTES]) {
    CHECK(note_type_known(key->type));
    return note_key_put("", key, key->public_key, "", out);
}

bool note_key_same(const struct note_key *a, const struct note_key *b) {
    return memcmp(a->public_key, b->public_key, sizeof a->public_key) == 0;
}

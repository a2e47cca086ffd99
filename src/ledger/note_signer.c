/* Keys that sign. Invariant: the id in a key file belongs to the seed in it. */
#include "ledger/note_signer.h"

#include <string.h>

#include "base/base64.h"
#include "crypto/wipe.h"
#include "ledger/note.h"

static const char prefix[] = "PRIVATE+KEY+";

static enum err key_of_seed(const char *name, uint8_t type, const uint8_t seed[ED25519_SEED_BYTES],
                            struct note_key *out) {
    uint8_t public_key[ED25519_PUBLIC_BYTES];
    enum err err = ed25519_public_key(seed, public_key);
    return err == ERR_OK ? note_key_make(name, type, public_key, out) : err;
}

enum err note_signer_make(const char *name, uint8_t type, const uint8_t seed[ED25519_SEED_BYTES],
                          struct note_signer *out) {
    struct note_key key;
    enum err err = key_of_seed(name, type, seed, &key);
    if (err == ERR_OK) err = ed25519_signer_init(&out->signer, seed);
    if (err == ERR_OK) out->key = key;
    return err;
}

static enum err take_parts(const struct note_key_parts *parts, struct note_signer *out) {
    uint8_t material[1 + ED25519_SEED_BYTES];
    struct note_key key;
    size_t got = 0;
    enum err err =
        base64_bytes(parts->base64, parts->base64_length, material, sizeof material, &got);
    if (err == ERR_OK && got != sizeof material) err = ERR_SYNTAX;
    if (err == ERR_OK) err = key_of_seed(parts->name, material[0], material + 1, &key);
    if (err == ERR_OK && key.id != parts->id) err = ERR_KEY;
    if (err == ERR_OK) err = note_signer_make(parts->name, material[0], material + 1, out);
    wipe(material, sizeof material);
    return err;
}

enum err note_signer_parse(const char *text, size_t length, struct note_signer *out) {
    struct note_key_parts parts;
    size_t skip = sizeof prefix - 1;
    if (length > 0 && text[length - 1] == '\n') length--;
    if (length < skip || memcmp(text, prefix, skip) != 0) return ERR_SYNTAX;
    if (!note_key_split(text + skip, length - skip, &parts)) return ERR_SYNTAX;
    return take_parts(&parts, out);
}

void note_signer_wipe(struct note_signer *signer) {
    ed25519_signer_wipe(&signer->signer);
    memset(&signer->key, 0, sizeof signer->key);
}

enum err note_signer_text(const char *name, uint8_t type, const uint8_t seed[ED25519_SEED_BYTES],
                          char out[NOTE_KEY_TEXT_BYTES], size_t *length) {
    struct note_key key;
    enum err err = key_of_seed(name, type, seed, &key);
    if (err == ERR_OK) *length = note_key_put(prefix, &key, seed, "\n", out);
    return err;
}

/* etalon-witness keygen. Invariant: the secret is written to a file that only its owner can read,
 * and no key is ever overwritten. */
#include "main/witness_keygen.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "crypto/wipe.h"
#include "ledger/note.h"
#include "ledger/note_signer.h"
#include "os/storage.h"

static enum witness_exit failed(const char *what, const char *why) {
    fprintf(stderr, "etalon-witness: %s: %s\n", what, why);
    return WITNESS_FAILED;
}

static enum err write_key(const char *name, const char *path, struct note_key *key,
                          const char **why) {
    uint8_t seed[ED25519_SEED_BYTES];
    char text[NOTE_KEY_TEXT_BYTES];
    struct note_signer signer = {.key = {.type = 0}};
    *why = "no randomness";
    if (getrandom(seed, sizeof seed, 0) != sizeof seed) return ERR_IO;
    enum err err = note_signer_make(name, NOTE_COSIGNATURE_V1, seed, &signer);
    *why = err_text(err);
    if (err == ERR_OK) {
        size_t length = 0;
        err = note_signer_text(name, NOTE_COSIGNATURE_V1, seed, text, &length);
        *why = err_text(err);
        if (err == ERR_OK) err = storage_create_secret(path, text, length, why);
        *key = signer.key;
        note_signer_wipe(&signer);
    }
    wipe(seed, sizeof seed);
    wipe(text, sizeof text);
    return err;
}

enum witness_exit witness_keygen(const struct witness_arguments *arguments) {
    const char *name = arguments->operands[0], *why;
    char text[NOTE_KEY_TEXT_BYTES];
    struct note_key key;
    if (!note_name_valid(name, strlen(name))) {
        fprintf(stderr,
                "etalon-witness: '%s' cannot be the name of a key: no spaces, no '+'; use "
                "a domain name of yours and a path, such as example.org/witness1\n",
                name);
        return WITNESS_USAGE;
    }
    if (write_key(name, arguments->out, &key, &why) != ERR_OK) return failed(arguments->out, why);
    text[note_key_text(&key, text)] = '\0';
    puts(text);
    return WITNESS_FINE;
}

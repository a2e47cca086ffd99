/* etalon ledger keygen: a key that signs the checkpoints of a log, in the text that Go's package
 * golang.org/x/mod/sumdb/note reads. Invariant: the secret goes into a file that only its owner can
 * read, and no key is overwritten. */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "crypto/wipe.h"
#include "ledger/note_signer.h"
#include "main/etalon_ledger.h"
#include "os/storage.h"

static enum etalon_exit failed(const char *path, const char *why) {
    fprintf(stderr, "etalon: %s: %s\n", path, why);
    return ETALON_FAILED;
}

static enum err make(const char *name, const char *path, struct note_key *key, const char **why) {
    uint8_t seed[ED25519_SEED_BYTES], public_key[ED25519_PUBLIC_BYTES];
    char text[NOTE_KEY_TEXT_BYTES];
    size_t length;
    *why = "no randomness";
    if (getrandom(seed, sizeof seed, 0) != sizeof seed) return ERR_IO;
    enum err err = ed25519_public_key(seed, public_key);
    if (err == ERR_OK) err = note_key_make(name, NOTE_ED25519, public_key, key);
    if (err == ERR_OK) err = note_signer_text(name, NOTE_ED25519, seed, text, &length);
    *why = err_text(err);
    if (err == ERR_OK) err = storage_create_secret(path, text, length, why);
    wipe(seed, sizeof seed);
    wipe(text, sizeof text);
    return err;
}

enum etalon_exit etalon_ledger_keygen(const struct etalon_arguments *arguments) {
    struct note_key key;
    char text[NOTE_KEY_TEXT_BYTES];
    const char *why;
    if (arguments->operand_count != 2 || !arguments->out) {
        fputs("etalon: ledger keygen: needs the NAME of the log and --out FILE\n", stderr);
        return ETALON_USAGE;
    }
    const char *name = arguments->operands[1];
    enum err err = make(name, arguments->out, &key, &why);
    if (err == ERR_SYNTAX) {
        fputs("etalon: ledger keygen: the name of a log is UTF-8 without spaces, '+' and control "
              "characters, best a host and path such as time.example.org/ledger\n",
              stderr);
        return ETALON_USAGE;
    }
    if (err != ERR_OK) return failed(arguments->out, why);
    note_key_text(&key, text);
    puts(text);
    return ETALON_FINE;
}

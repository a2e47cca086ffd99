/* etalon roughtime keygen and delegate. Invariant: secrets are written to files that only their
 * owner can read, and a long-term key is never overwritten. */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/base64.h"
#include "base/text.h"
#include "crypto/wipe.h"
#include "main/etalon_roughtime.h"
#include "os/clocks.h"
#include "os/storage.h"
#include "proto/roughtime_key.h"

enum { DAY_S = 86400 };

static enum etalon_exit failed(const char *path, const char *why) {
    fprintf(stderr, "etalon: %s: %s\n", path, why);
    return ETALON_FAILED;
}

static bool draw_seed(uint8_t seed[ED25519_SEED_BYTES]) {
    return getrandom(seed, ED25519_SEED_BYTES, 0) == ED25519_SEED_BYTES;
}

static void print_key(const uint8_t key[ED25519_PUBLIC_BYTES]) {
    char text[BASE64_TEXT_BYTES(ED25519_PUBLIC_BYTES)];
    puts(base64_text(key, ED25519_PUBLIC_BYTES, text, sizeof text));
}

enum etalon_exit etalon_roughtime_keys_generate(const struct etalon_arguments *arguments) {
    const char *path = arguments->operands[1], *why = "no randomness";
    uint8_t seed[ED25519_SEED_BYTES], public_key[ED25519_PUBLIC_BYTES];
    char text[ROUGHTIME_KEY_TEXT_BYTES];
    if (!draw_seed(seed)) return failed(path, why);
    enum err err = ed25519_public_key(seed, public_key);
    why = err_text(err);
    if (err == ERR_OK) {
        size_t length = roughtime_key_seed_text(seed, public_key, text);
        err = storage_create_secret(path, text, length, &why);
    }
    wipe(seed, sizeof seed);
    wipe(text, sizeof text);
    if (err != ERR_OK) return failed(path, why);
    print_key(public_key);
    return ETALON_FINE;
}

/* The long-term key as a signer; false: said why. */
static bool read_long_term(const char *path, struct ed25519_signer *out) {
    char text[ROUGHTIME_KEY_TEXT_BYTES];
    uint8_t seed[ED25519_SEED_BYTES];
    size_t length = 0, line = 0;
    const char *why = "";
    enum err err = storage_read(path, text, sizeof text, &length, &why);
    if (err == ERR_OK) {
        err = roughtime_key_seed_parse(text, length, seed, &line);
        if (err == ERR_OK) err = ed25519_signer_init(out, seed);
        why = err == ERR_TAG ? "holds no long-term-seed" : err_text(err);
    }
    wipe(text, sizeof text);
    wipe(seed, sizeof seed);
    if (err == ERR_OK) return true;
    if (line > 0)
        fprintf(stderr, "etalon: %s:%zu: %s\n", path, line, why);
    else
        fprintf(stderr, "etalon: %s: %s\n", path, why);
    return false;
}

/* The period: as asked for, else from yesterday, so that clocks may differ a little. */
static void choose_period(const struct etalon_arguments *a, uint64_t *from, uint64_t *until) {
    struct kernel_reading now;
    clocks_read(&now);
    uint64_t now_s = (uint64_t)(now.realtime.ns / NS_PER_S);
    *from = a->from_utc_s ? a->from_utc_s : now_s - DAY_S;
    *until = (a->from_utc_s ? a->from_utc_s : now_s) + (uint64_t)a->days * DAY_S;
}

static enum err make(const struct etalon_arguments *a, const struct ed25519_signer *long_term,
                     struct roughtime_key *out) {
    uint8_t online_key[ED25519_PUBLIC_BYTES];
    uint64_t from, until;
    choose_period(a, &from, &until);
    if (!draw_seed(out->online_seed)) return ERR_IO;
    enum err err = ed25519_public_key(out->online_seed, online_key);
    if (err != ERR_OK) return err;
    return roughtime_proof_delegate(long_term, online_key, from, until, &out->delegation);
}

enum etalon_exit etalon_roughtime_keys_delegate(const struct etalon_arguments *arguments) {
    struct ed25519_signer long_term;
    struct roughtime_key key = {.delegation = {.mint_s = 0}};
    char text[ROUGHTIME_KEY_TEXT_BYTES], until[TEXT_BYTES];
    const char *why = "";
    if (!read_long_term(arguments->key, &long_term)) return ETALON_USAGE;
    enum err err = make(arguments, &long_term, &key);
    why = err_text(err);
    ed25519_signer_wipe(&long_term);
    if (err == ERR_OK) {
        size_t length = roughtime_key_text(&key, text);
        err = storage_replace_secret(arguments->out, text, length, &why);
        wipe(text, sizeof text);
    }
    wipe(key.online_seed, sizeof key.online_seed);
    if (err != ERR_OK) return failed(arguments->out, why);
    printf("%s: an online key, delegated until %s, by the long-term key\n", arguments->out,
           text_utc((struct utc){(int64_t)key.delegation.maxt_s * NS_PER_S}, until));
    print_key(key.delegation.long_term_key);
    return ETALON_FINE;
}

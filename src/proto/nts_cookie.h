/* Cookies of NTS and the server's keys for them (RFC 8915 section 6), laid out as chrony's, so that
 * servers of both kinds can share keys: a cookie minted by one is opened by the other.
 *
 *   cookie   key id u32 || nonce 16 || SIV(key, no associated data, nonce; C2S || S2C)   100 bytes
 *
 * The algorithm of the session is not in it: it follows from the length of C2S and S2C.
 * Four keys are held: current (which mints), next, and two older ones; all of them open. The low
 * two bits of an id are its slot. An erased key is gone: its cookies are answered by NTSN. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/entropy.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/times.h"
#include "crypto/siv.h"
#include "wire/nts_record.h"

enum {
    NTS_KEY_BYTES = 32,     /* longest of a session's and of a server's key */
    NTS_COOKIE_BYTES = 100, /* of ours */
    NTS_KEY_SLOTS = 4,
    NTS_KEYS_TEXT_BYTES = 512,
    NTS_FLEET_SECRET_BYTES = 32
};

/* Bytes of a key for that algorithm; 0 if it is not offered here. */
size_t nts_cookie_key_length(uint16_t aead);

/* What a key establishment agreed upon: the keys of one client. */
struct nts_session {
    uint16_t aead;
    uint8_t c2s[NTS_KEY_BYTES], s2c[NTS_KEY_BYTES];
};

/* A cookie as a client holds it, of whichever server. */
struct nts_cookie {
    uint16_t length; /* a multiple of 4 */
    uint8_t bytes[LIMIT_NTS_COOKIE_BYTES];
};

struct nts_cookie_key {
    uint32_t id;
    uint16_t aead;
    uint8_t secret[NTS_KEY_BYTES];
    struct siv_key expanded;
};

struct nts_keys {
    struct nts_cookie_key slots[NTS_KEY_SLOTS];
    uint8_t current;     /* slot; the next key is in the slot after it */
    struct mono rotated; /* when it became current */
};

/* Four fresh keys. Draws 144 bytes. */
void nts_cookie_generate(struct nts_keys *keys, struct mono now, struct entropy *entropy);
/* The next key becomes current; the oldest is erased, and a fresh next one takes its slot. */
void nts_cookie_rotate(struct nts_keys *keys, struct mono now, struct entropy *entropy);
/* To be called when the keys are no longer needed. */
void nts_cookie_wipe(struct nts_keys *keys);

/* Mints with the current key. nonce: never used before with it, and not to be guessed from others
 * (crypto/nonce). The algorithm of the session must be offered here. */
void nts_cookie_make(const struct nts_keys *keys, const struct nts_session *session,
                     const uint8_t nonce[SIV_NONCE_BYTES], uint8_t out[NTS_COOKIE_BYTES]);
/* NTS_KEY: made with a key that is not held (any more). NTS_COOKIE: not made by us, or altered.
 * NTS_AEAD: right, but of a session whose algorithm is not offered here. */
MUST_USE enum err nts_cookie_open(const struct nts_keys *keys, const uint8_t *cookie, size_t length,
                                  struct nts_session *out);

/* chrony's key file ("ntskeys"): NKS1, the age of the current key in seconds, then the two older
 * keys, the current and the next: id, key in hexadecimal, algorithm. NKS0 (one algorithm for all,
 * in the second line) is read too. *line: where it is wrong, from 1. Besides SYNTAX and TOO_LONG,
 * RANGE: ids do not follow each other; NTS_AEAD: a key of an algorithm that is not offered here. */
MUST_USE enum err nts_cookie_parse(const char *text, size_t length, struct mono now,
                                   struct nts_keys *out, unsigned *line);
/* Writes it, terminated, and returns its length. NKS1 is what chrony writes since 4.4; NKS0 is read
 * by every chrony with NTS, and 4.3 (Debian 12) knows no other. The text holds secrets. */
enum nts_cookie_format { NTS_COOKIE_NKS0, NTS_COOKIE_NKS1 };
size_t nts_cookie_build(const struct nts_keys *keys, enum nts_cookie_format format, struct mono now,
                        char out[NTS_KEYS_TEXT_BYTES]);

/* Keys that every node of a fleet derives by itself. From the secret of epoch 0:
 *
 *   secret(e + 1) = HKDF-SHA256(secret(e), salt = u64(e + 1), info = "etalon nts fleet secret"), 32
 *   id || key (e) = HKDF-SHA256(secret(e), salt = u64(e), info = "etalon nts cookie key"), 4 + 32
 *
 * big-endian, the low two bits of the id replaced by those of e. In epoch e the keys of e - 2 to
 * e + 1 are held. A secret does not give away those before it: who keeps only the struct below,
 * written back after each use, cannot open cookies older than two epochs. */
struct nts_fleet {
    uint64_t epoch; /* of the secret; 0 for one that was just made */
    uint8_t secret[NTS_FLEET_SECRET_BYTES];
};

/* Advances the secret to epoch - 2 and fills the keys of that epoch; now: since when it runs.
 * RANGE: epoch - 2 lies before the secret's, or more than LIMIT_NTS_EPOCHS after it. */
MUST_USE enum err nts_cookie_derive(struct nts_fleet *fleet, uint64_t epoch, struct mono now,
                                    struct nts_keys *out);

/* Cookies and the keys that make them (RFC 8915 section 6).
 *
 * Invariants: the id of the key in slot s is s modulo 4; a slot that is given a new key was erased
 * before; and an expanded key is that of its secret. */
#include "proto/nts_cookie.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "crypto/hkdf.h"
#include "crypto/wipe.h"

enum { SLOT_MASK = NTS_KEY_SLOTS - 1, COOKIE_HEAD_BYTES = 4 + SIV_NONCE_BYTES, OLDER_KEYS = 2 };

_Static_assert(NTS_COOKIE_BYTES == COOKIE_HEAD_BYTES + SIV_TAG_BYTES + 2 * SIV_KEY_BYTES,
               "a cookie is an id, a nonce, a tag and two keys");
_Static_assert((int)NTS_COOKIE_BYTES <= (int)LIMIT_NTS_COOKIE_BYTES, "our own cookies fit");

size_t nts_cookie_key_length(uint16_t aead) {
    return aead == NTS_AEAD_AES_SIV_CMAC_256 ? SIV_KEY_BYTES : 0;
}

/* Slot of the key that is `steps` rotations younger than the current one. */
static unsigned slot_at(const struct nts_keys *keys, int steps) {
    return (keys->current + (unsigned)steps) & SLOT_MASK;
}

static void set_key(struct nts_keys *keys, unsigned slot, uint32_t id,
                    const uint8_t secret[NTS_KEY_BYTES]) {
    struct nts_cookie_key *key = &keys->slots[slot];
    wipe(key, sizeof *key);
    key->id = (id & ~(uint32_t)SLOT_MASK) | slot;
    key->aead = NTS_AEAD_AES_SIV_CMAC_256;
    memcpy(key->secret, secret, sizeof key->secret);
    siv_expand(&key->expanded, key->secret);
}

static void fill_slot(struct nts_keys *keys, unsigned slot, struct entropy *entropy) {
    uint8_t secret[NTS_KEY_BYTES];
    uint32_t id;
    entropy_fill(entropy, secret, sizeof secret);
    entropy_fill(entropy, (uint8_t *)&id, sizeof id);
    set_key(keys, slot, id, secret);
    wipe(secret, sizeof secret);
}

void nts_cookie_generate(struct nts_keys *keys, struct mono now, struct entropy *entropy) {
    for (unsigned slot = 0; slot < NTS_KEY_SLOTS; slot++) fill_slot(keys, slot, entropy);
    keys->current = 0;
    keys->rotated = now;
}

void nts_cookie_rotate(struct nts_keys *keys, struct mono now, struct entropy *entropy) {
    keys->current = (uint8_t)slot_at(keys, 1);
    keys->rotated = now;
    fill_slot(keys, slot_at(keys, 1), entropy);
}

void nts_cookie_wipe(struct nts_keys *keys) {
    wipe(keys, sizeof *keys);
}

void nts_cookie_make(const struct nts_keys *keys, const struct nts_session *session,
                     const uint8_t nonce[SIV_NONCE_BYTES], uint8_t out[NTS_COOKIE_BYTES]) {
    const struct nts_cookie_key *key = &keys->slots[keys->current];
    size_t length = nts_cookie_key_length(session->aead);
    CHECK(length == SIV_KEY_BYTES && key->aead != 0);
    uint8_t plain[2 * SIV_KEY_BYTES];
    memcpy(plain, session->c2s, length);
    memcpy(plain + length, session->s2c, length);
    struct writer w = writer_of(out, NTS_COOKIE_BYTES);
    bytes_put_u32(&w, key->id);
    bytes_put(&w, nonce, SIV_NONCE_BYTES);
    siv_seal(&key->expanded, nonce, SIV_NONCE_BYTES, NULL, 0, plain, sizeof plain, w.at);
    wipe(plain, sizeof plain);
}

static enum err take_session(const uint8_t *plain, size_t length, struct nts_session *out) {
    if (length != 2 * SIV_KEY_BYTES) return ERR_NTS_AEAD;
    out->aead = NTS_AEAD_AES_SIV_CMAC_256;
    memcpy(out->c2s, plain, SIV_KEY_BYTES);
    memcpy(out->s2c, plain + SIV_KEY_BYTES, SIV_KEY_BYTES);
    return ERR_OK;
}

enum err nts_cookie_open(const struct nts_keys *keys, const uint8_t *cookie, size_t length,
                         struct nts_session *out) {
    struct reader r = reader_of(cookie, length);
    uint32_t id = bytes_get_u32(&r);
    const uint8_t *nonce = bytes_take(&r, SIV_NONCE_BYTES);
    if (r.failed) return ERR_NTS_COOKIE;
    const struct nts_cookie_key *key = &keys->slots[id & SLOT_MASK];
    if (key->aead == 0 || key->id != id) return ERR_NTS_KEY;
    uint8_t plain[2 * SIV_KEY_BYTES];
    size_t sealed = reader_left(&r);
    if (sealed < SIV_TAG_BYTES || sealed - SIV_TAG_BYTES > sizeof plain) return ERR_NTS_COOKIE;
    if (!siv_open(&key->expanded, nonce, SIV_NONCE_BYTES, NULL, 0, r.at, sealed, plain))
        return ERR_NTS_COOKIE;
    enum err err = take_session(plain, sealed - SIV_TAG_BYTES, out);
    wipe(plain, sizeof plain);
    return err;
}

static void put_epoch(uint64_t epoch, uint8_t out[8]) {
    struct writer w = writer_of(out, 8);
    bytes_put_u64(&w, epoch);
}

static void derive(const struct nts_fleet *fleet, uint64_t salt, const char *info, uint8_t *out,
                   size_t length) {
    uint8_t salt_bytes[8];
    put_epoch(salt, salt_bytes);
    hkdf_sha256(fleet->secret, sizeof fleet->secret, salt_bytes, sizeof salt_bytes,
                (const uint8_t *)info, strlen(info), out, length);
}

static void advance(struct nts_fleet *fleet) {
    uint8_t next[NTS_FLEET_SECRET_BYTES];
    derive(fleet, fleet->epoch + 1, "etalon nts fleet secret", next, sizeof next);
    memcpy(fleet->secret, next, sizeof next);
    fleet->epoch++;
    wipe(next, sizeof next);
}

static void derive_slot(const struct nts_fleet *fleet, struct nts_keys *out) {
    uint8_t drawn[4 + NTS_KEY_BYTES];
    derive(fleet, fleet->epoch, "etalon nts cookie key", drawn, sizeof drawn);
    struct reader r = reader_of(drawn, sizeof drawn);
    uint32_t id = bytes_get_u32(&r);
    set_key(out, (unsigned)(fleet->epoch & SLOT_MASK), id, r.at);
    wipe(drawn, sizeof drawn);
}

enum err nts_cookie_derive(struct nts_fleet *fleet, uint64_t epoch, struct mono now,
                           struct nts_keys *out) {
    if (epoch < OLDER_KEYS || epoch - OLDER_KEYS < fleet->epoch) return ERR_RANGE;
    if (epoch - OLDER_KEYS - fleet->epoch > LIMIT_NTS_EPOCHS || epoch == UINT64_MAX)
        return ERR_RANGE;
    while (fleet->epoch < epoch - OLDER_KEYS) advance(fleet);
    struct nts_fleet ahead = *fleet;
    for (int i = 0; i < NTS_KEY_SLOTS; i++) {
        derive_slot(&ahead, out);
        advance(&ahead);
    }
    wipe(&ahead, sizeof ahead);
    out->current = (uint8_t)(epoch & SLOT_MASK);
    out->rotated = now;
    return ERR_OK;
}

/* The key file is read line by line; `line` counts them for the message. */
struct text {
    const char *at, *end;
    unsigned line;
};

enum { WORDS_MAX = 3, WORD_BYTES = 2 * NTS_KEY_BYTES + 2 };

struct words {
    char word[WORDS_MAX][WORD_BYTES];
    size_t count;
};

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/* Splits the next line into at most WORDS_MAX words that are not too long. */
static enum err take_line(struct text *text, struct words *out) {
    text->line++;
    out->count = 0;
    if (text->at == text->end) return ERR_SHORT;
    while (text->at < text->end && *text->at != '\n') {
        if (is_blank(*text->at)) {
            text->at++;
            continue;
        }
        if (out->count == WORDS_MAX) return ERR_SYNTAX;
        size_t length = 0;
        for (; text->at < text->end && *text->at != '\n' && !is_blank(*text->at); text->at++) {
            if (length == WORD_BYTES - 1) return ERR_SYNTAX;
            out->word[out->count][length++] = *text->at;
        }
        out->word[out->count++][length] = '\0';
    }
    if (text->at < text->end) text->at++;
    return ERR_OK;
}

static int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum err take_id(const char *word, uint32_t *out) {
    uint32_t id = 0;
    size_t length = strlen(word);
    if (length > 8) return ERR_SYNTAX;
    for (size_t i = 0; i < length; i++) {
        int digit = digit_of(word[i]);
        if (digit < 0) return ERR_SYNTAX;
        id = id << 4 | (uint32_t)digit;
    }
    *out = id;
    return ERR_OK;
}

static enum err take_secret(const char *word, uint8_t out[NTS_KEY_BYTES]) {
    if (strlen(word) != 2 * NTS_KEY_BYTES) return ERR_SYNTAX;
    for (size_t i = 0; i < NTS_KEY_BYTES; i++) {
        int high = digit_of(word[2 * i]), low = digit_of(word[2 * i + 1]);
        if (high < 0 || low < 0) return ERR_SYNTAX;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return ERR_OK;
}

static enum err check_aead(const char *word) {
    unsigned long number = 0;
    for (; *word >= '0' && *word <= '9' && number <= UINT16_MAX; word++)
        number = number * 10 + (unsigned long)(*word - '0');
    if (*word) return ERR_SYNTAX;
    return number <= UINT16_MAX && nts_cookie_key_length((uint16_t)number) ? ERR_OK : ERR_NTS_AEAD;
}

/* Seconds with a fraction. A negative age, of a clock that was set back, counts as none. */
static enum err take_age(const char *word, double *out) {
    char *end;
    if (!*word || word[strspn(word, "0123456789.-")]) return ERR_SYNTAX;
    double age_s = strtod(word, &end);
    if (*end) return ERR_SYNTAX;
    *out = age_s > 0 ? age_s : 0;
    return ERR_OK;
}

/* The first two lines: which format it is, and the age of the current key. */
static enum err take_head(struct text *text, size_t *words_per_key, double *age_s) {
    struct words words;
    enum err err = take_line(text, &words);
    if (err != ERR_OK || words.count != 1) return ERR_SYNTAX;
    bool old = strcmp(words.word[0], "NKS0") == 0;
    if (!old && strcmp(words.word[0], "NKS1") != 0) return ERR_SYNTAX;
    err = take_line(text, &words);
    if (err != ERR_OK || words.count != (old ? 2 : 1)) return ERR_SYNTAX;
    if (old) err = check_aead(words.word[0]);
    *words_per_key = old ? 2 : 3;
    return err == ERR_OK ? take_age(words.word[words.count - 1], age_s) : err;
}

static enum err take_key(struct text *text, size_t words_per_key, uint32_t *id,
                         struct nts_keys *out) {
    struct words words;
    uint8_t secret[NTS_KEY_BYTES];
    enum err err = take_line(text, &words);
    if (err != ERR_OK || words.count != words_per_key) return ERR_SYNTAX;
    if (words_per_key == WORDS_MAX) err = check_aead(words.word[2]);
    if (err == ERR_OK) err = take_id(words.word[0], id);
    if (err == ERR_OK) err = take_secret(words.word[1], secret);
    if (err == ERR_OK) set_key(out, *id & SLOT_MASK, *id, secret);
    wipe(secret, sizeof secret);
    wipe(&words, sizeof words);
    return err;
}

static enum err take_keys(struct text *text, struct mono now, struct nts_keys *out) {
    size_t words_per_key = 0;
    double age_s = 0;
    uint32_t id = 0, before = 0;
    enum err err = take_head(text, &words_per_key, &age_s);
    for (int i = 0; err == ERR_OK && i < NTS_KEY_SLOTS; i++) {
        err = take_key(text, words_per_key, &id, out);
        if (err == ERR_OK && i > 0 && ((id - before) & SLOT_MASK) != 1) err = ERR_RANGE;
        before = id;
    }
    if (err != ERR_OK) return err;
    out->current = (uint8_t)((id - 1) & SLOT_MASK);
    out->rotated = mono_add(now, -ns_from_s(age_s));
    struct words words;
    while (text->at < text->end)
        if (take_line(text, &words) != ERR_OK || words.count) return ERR_TRAILING;
    return ERR_OK;
}

enum err nts_cookie_parse(const char *text, size_t length, struct mono now, struct nts_keys *out,
                          unsigned *line) {
    *line = 1;
    if (length > NTS_KEYS_TEXT_BYTES) return ERR_TOO_LONG;
    struct text rest = {text, text + length, 0};
    struct nts_keys keys;
    memset(&keys, 0, sizeof keys);
    enum err err = take_keys(&rest, now, &keys);
    if (err == ERR_OK)
        *out = keys;
    else
        *line = rest.line;
    wipe(&keys, sizeof keys);
    return err;
}

static size_t put_key(const struct nts_cookie_key *key, enum nts_cookie_format format, char *out,
                      size_t room) {
    char hex[2 * NTS_KEY_BYTES + 1];
    for (size_t i = 0; i < NTS_KEY_BYTES; i++) snprintf(hex + 2 * i, 3, "%02X", key->secret[i]);
    int length = format == NTS_COOKIE_NKS0
                     ? snprintf(out, room, "%08" PRIX32 " %s\n", key->id, hex)
                     : snprintf(out, room, "%08" PRIX32 " %s %u\n", key->id, hex, key->aead);
    wipe(hex, sizeof hex);
    return (size_t)length;
}

size_t nts_cookie_build(const struct nts_keys *keys, enum nts_cookie_format format, struct mono now,
                        char out[NTS_KEYS_TEXT_BYTES]) {
    double age_s = fmax(mono_seconds(now, keys->rotated), 0);
    int head = format == NTS_COOKIE_NKS0
                   ? snprintf(out, NTS_KEYS_TEXT_BYTES, "NKS0\n%d %.1f\n",
                              NTS_AEAD_AES_SIV_CMAC_256, age_s)
                   : snprintf(out, NTS_KEYS_TEXT_BYTES, "NKS1\n%.1f\n", age_s);
    size_t length = (size_t)head;
    for (int steps = -OLDER_KEYS; steps <= 1; steps++)
        length += put_key(&keys->slots[slot_at(keys, steps)], format, out + length,
                          NTS_KEYS_TEXT_BYTES - length);
    CHECK(length < NTS_KEYS_TEXT_BYTES);
    return length;
}

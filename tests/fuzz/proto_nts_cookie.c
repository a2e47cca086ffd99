/* NTS key files: what is accepted keeps the rules of the slots, mints and opens, and is read back
 * the same from what is written for it. The input is also given as a cookie. */
#include <string.h>

#include "base/check.h"
#include "proto/nts_cookie.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const struct mono now = {INT64_C(1000000000000)};

static void check_opens(const struct nts_keys *keys) {
    const struct nts_session session = {.aead = NTS_AEAD_AES_SIV_CMAC_256, .c2s = {1}, .s2c = {2}};
    const uint8_t nonce[SIV_NONCE_BYTES] = {3};
    uint8_t cookie[NTS_COOKIE_BYTES];
    struct nts_session got;
    nts_cookie_make(keys, &session, nonce, cookie);
    CHECK(nts_cookie_open(keys, cookie, sizeof cookie, &got) == ERR_OK);
    CHECK(memcmp(got.c2s, session.c2s, NTS_KEY_BYTES) == 0);
    CHECK(memcmp(got.s2c, session.s2c, NTS_KEY_BYTES) == 0);
}

static void check_again(const struct nts_keys *keys, enum nts_cookie_format format) {
    char text[NTS_KEYS_TEXT_BYTES];
    struct nts_keys got;
    unsigned line;
    size_t length = nts_cookie_build(keys, format, now, text);
    CHECK(nts_cookie_parse(text, length, now, &got, &line) == ERR_OK);
    CHECK(got.current == keys->current);
    for (size_t i = 0; i < NTS_KEY_SLOTS; i++) {
        CHECK(got.slots[i].id == keys->slots[i].id && got.slots[i].aead == keys->slots[i].aead);
        CHECK(memcmp(got.slots[i].secret, keys->slots[i].secret, NTS_KEY_BYTES) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct nts_keys keys = {.current = 77};
    struct nts_session session;
    unsigned line = 0;
    enum err err = nts_cookie_parse((const char *)bytes, length, now, &keys, &line);
    CHECK(line >= 1);
    if (err != ERR_OK) {
        CHECK(keys.current == 77);
        return 0;
    }
    CHECK(keys.current < NTS_KEY_SLOTS && !mono_before(now, keys.rotated));
    for (uint32_t i = 0; i < NTS_KEY_SLOTS; i++) CHECK(keys.slots[i].id % NTS_KEY_SLOTS == i);
    check_opens(&keys);
    check_again(&keys, NTS_COOKIE_NKS0);
    check_again(&keys, NTS_COOKIE_NKS1);
    CHECK(nts_cookie_open(&keys, bytes, length, &session) != ERR_OK);
    return 0;
}

/* Any text as a key file of a Roughtime server. Invariants: what is taken holds together and is
 * written and read back the same; out-parameters are not touched by a refusal. */
#include <string.h>

#include "base/check.h"
#include "proto/roughtime_key.h"

static void check_delegation(const char *text, size_t length) {
    char again[ROUGHTIME_KEY_TEXT_BYTES];
    struct roughtime_key key, back;
    size_t line;
    memset(&key, 0x5a, sizeof key);
    memset(&back, 0x5a, sizeof back);
    if (roughtime_key_parse(text, length, &key, &line) != ERR_OK) {
        CHECK(memcmp(&key, &back, sizeof key) == 0);
        return;
    }
    CHECK(key.delegation.mint_s < key.delegation.maxt_s);
    length = roughtime_key_text(&key, again);
    CHECK(roughtime_key_parse(again, length, &back, &line) == ERR_OK);
    CHECK(memcmp(&key, &back, sizeof key) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    uint8_t seed[ED25519_SEED_BYTES], public_key[ED25519_PUBLIC_BYTES] = {0}, back[32];
    char again[ROUGHTIME_KEY_TEXT_BYTES];
    size_t line;
    const char *text = (const char *)bytes;
    check_delegation(text, length);
    if (roughtime_key_seed_parse(text, length, seed, &line) != ERR_OK) return 0;
    length = roughtime_key_seed_text(seed, public_key, again);
    CHECK(roughtime_key_seed_parse(again, length, back, &line) == ERR_OK);
    CHECK(memcmp(seed, back, sizeof seed) == 0);
    return 0;
}

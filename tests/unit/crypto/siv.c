/* AES-SIV: a second S2V written here after RFC 5297, held to the vectors of its appendix A, is what
 * ours is compared with; then the shapes that NTS uses, and every way to damage them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <nettle/aes.h>
#include <nettle/cmac.h>
#include <nettle/ctr.h>

#include "crypto/hex.h"
#include "crypto/siv.h"

struct part {
    const uint8_t *bytes;
    size_t length;
};

static void mac(const uint8_t *key, const uint8_t *bytes, size_t length, uint8_t out[16]) {
    struct cmac_aes128_ctx context;
    cmac_aes128_set_key(&context, key);
    if (length) cmac_aes128_update(&context, length, bytes);
    cmac_aes128_digest(&context, 16, out);
}

static void twice(uint8_t block[16]) {
    uint8_t carry = block[0] >> 7;
    for (int i = 0; i < 15; i++) block[i] = (uint8_t)(block[i] << 1 | block[i + 1] >> 7);
    block[15] = (uint8_t)(block[15] << 1 ^ (carry ? 0x87 : 0));
}

static void s2v(const uint8_t *key, const struct part *parts, size_t count, struct part plain,
                uint8_t out[16]) {
    uint8_t d[16] = {0}, m[16], last[600];
    mac(key, d, 16, d);
    for (size_t i = 0; i < count; i++) {
        twice(d);
        mac(key, parts[i].bytes, parts[i].length, m);
        for (int j = 0; j < 16; j++) d[j] ^= m[j];
    }
    size_t length = plain.length < 16 ? 16 : plain.length;
    memset(last, 0, sizeof last);
    if (plain.length) memcpy(last, plain.bytes, plain.length);
    if (plain.length < 16) {
        last[plain.length] = 0x80;
        twice(d);
    }
    for (size_t j = 0; j < 16; j++) last[length - 16 + j] ^= d[j];
    mac(key, last, length, out);
}

static void reference_seal(const uint8_t key[32], const struct part *parts, size_t count,
                           struct part plain, uint8_t *out) {
    s2v(key, parts, count, plain, out);
    uint8_t counter[16];
    memcpy(counter, out, 16);
    counter[8] &= 0x7f;
    counter[12] &= 0x7f;
    struct aes128_ctx aes;
    aes128_set_encrypt_key(&aes, key + 16);
    ctr_crypt(&aes, (nettle_cipher_func *)aes128_encrypt, 16, counter, plain.length, out + 16,
              plain.bytes);
}

static void reference_holds(void **state) {
    (void)state;
    uint8_t key[32], ad1[64], ad2[64], nonce[64], plain[64], want[80], got[80];
    hex_bytes("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", key);
    struct part parts[3] = {
        {ad1, hex_bytes("101112131415161718191a1b1c1d1e1f2021222324252627", ad1)}};
    struct part text = {plain, hex_bytes("112233445566778899aabbccddee", plain)};
    reference_seal(key, parts, 1, text, got);
    size_t length = hex_bytes("85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c", want);
    assert_memory_equal(got, want, length);

    hex_bytes("7f7e7d7c7b7a79787776757473727170404142434445464748494a4b4c4d4e4f", key);
    parts[0].length = hex_bytes("00112233445566778899aabbccddeeffdeaddadadeaddadaffeeddccbbaa9988"
                                "7766554433221100",
                                ad1);
    parts[1] = (struct part){ad2, hex_bytes("102030405060708090a0", ad2)};
    parts[2] = (struct part){nonce, hex_bytes("09f911029d74e35bd84156c5635688c0", nonce)};
    static const char words[] = "this is some plaintext to encrypt using SIV-AES";
    text = (struct part){(const uint8_t *)words, strlen(words)};
    reference_seal(key, parts, 3, text, got);
    length = hex_bytes("7bdb6e3b432667eb06f4d14bff2fbd0fcb900f2fddbe404326601965c889bf17"
                       "dba77ceb094fa663b7a3f748ba8af829ea64ad544a272e9c485b62a3fd5c0d",
                       want);
    assert_memory_equal(got, want, length);
}

static uint64_t seed;

static void noise(uint8_t *out, size_t length) {
    for (size_t i = 0; i < length; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        out[i] = (uint8_t)(seed >> 56);
    }
}

static void equals_the_reference(void **state) {
    (void)state;
    seed = 5297;
    uint8_t secret[32], ad[300], nonce[40], plain[300], want[316], got[316], back[300];
    for (size_t round = 0; round < 300; round++) {
        size_t ad_length = round * 37 % 300, nonce_length = 1 + round % 40;
        size_t length = round < 40 ? round : round * 53 % 300;
        noise(secret, sizeof secret);
        noise(ad, sizeof ad);
        noise(nonce, sizeof nonce);
        noise(plain, sizeof plain);
        struct part parts[2] = {{ad, ad_length}, {nonce, nonce_length}};
        reference_seal(secret, parts, 2, (struct part){plain, length}, want);
        struct siv_key key;
        siv_expand(&key, secret);
        siv_seal(&key, nonce, nonce_length, ad, ad_length, plain, length, got);
        assert_memory_equal(got, want, length + SIV_TAG_BYTES);
        assert_true(
            siv_open(&key, nonce, nonce_length, ad, ad_length, got, length + SIV_TAG_BYTES, back));
        if (length) assert_memory_equal(back, plain, length);
    }
}

/* Made by another implementation (python3-cryptography; the empty plaintext by CMAC alone). */
static void shapes_of_nts(void **state) {
    (void)state;
    uint8_t secret[32], ad[188], nonce[16], plain[104], want[120], got[120];
    for (size_t i = 0; i < 32; i++) secret[i] = (uint8_t)i;
    for (size_t i = 0; i < 188; i++) ad[i] = (uint8_t)(i * 7 + 1);
    for (size_t i = 0; i < 16; i++) nonce[i] = (uint8_t)(0xa0 + i);
    for (size_t i = 0; i < 104; i++) plain[i] = (uint8_t)(i * 3);
    struct siv_key key;
    siv_expand(&key, secret);

    siv_seal(&key, nonce, 16, ad, 188, NULL, 0, got); /* a request */
    assert_int_equal(hex_bytes("f23fe0a67879582d11e180f531679c44", want), 16);
    assert_memory_equal(got, want, 16);
    assert_true(siv_open(&key, nonce, 16, ad, 188, want, 16, got));

    siv_seal(&key, nonce, 16, ad, 84, plain, 104, got); /* a reply with one cookie */
    size_t length = hex_bytes("546938f60ccbb53bc188baddf1a177a634ebfee5b3d286e953cd91aa525ba496"
                              "30aea851f65ea6b24c4075a2d8450e4251b733668e0924dba0a1ac4c239f56e8"
                              "1be97388f5586c22de47bbc6214fe61c1ed62571cb50417fdd9d6fd3ad34ebde"
                              "722201a7f12428492d24c7bfe0ddf5e38bfd68e3a74ef382",
                              want);
    assert_int_equal(length, 120);
    assert_memory_equal(got, want, length);

    siv_seal(&key, nonce, 16, NULL, 0, plain, 64, got); /* a cookie */
    length = hex_bytes("07b0a1b73b14dca85b81536b4900b7921d363a8916771e35d09b73ee51b45e2a"
                       "622d567a79fccb451005d08b9394bde102f545e5ce0801fae35211af43db8a9a"
                       "384012f85a851aae43221ad4100baab8",
                       want);
    assert_int_equal(length, 80);
    assert_memory_equal(got, want, length);
}

static void every_damaged_bit(void **state) {
    (void)state;
    uint8_t secret[32], ad[20], nonce[16], plain[24], sealed[40], out[24], zeros[24] = {0};
    seed = 1;
    noise(secret, sizeof secret);
    noise(ad, sizeof ad);
    noise(nonce, sizeof nonce);
    noise(plain, sizeof plain);
    struct siv_key key;
    siv_expand(&key, secret);
    siv_seal(&key, nonce, 16, ad, 20, plain, 24, sealed);
    struct {
        uint8_t *bytes;
        size_t length;
    } parts[] = {{ad, 20}, {nonce, 16}, {sealed, 40}};
    for (size_t p = 0; p < 3; p++) {
        for (size_t bit = 0; bit < 8 * parts[p].length; bit++) {
            parts[p].bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            memset(out, 0xee, sizeof out);
            assert_false(siv_open(&key, nonce, 16, ad, 20, sealed, 40, out));
            assert_memory_equal(out, zeros, sizeof out);
            parts[p].bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
    for (size_t length = 0; length < 40; length++)
        assert_false(siv_open(&key, nonce, 16, ad, 20, sealed, length, out));
    assert_false(siv_open(&key, nonce, 0, ad, 20, sealed, 40, out));
    assert_false(siv_open(&key, nonce, 15, ad, 20, sealed, 40, out));
    assert_false(siv_open(&key, nonce, 16, ad, 19, sealed, 40, out));
    assert_true(siv_open(&key, nonce, 16, ad, 20, sealed, 40, out));
    assert_memory_equal(out, plain, sizeof plain);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_holds),
        cmocka_unit_test(equals_the_reference),
        cmocka_unit_test(shapes_of_nts),
        cmocka_unit_test(every_damaged_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

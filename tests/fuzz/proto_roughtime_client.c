/* Roughtime client. Input: 1 octet of choices and a response; or, with that choice, the length of a
 * request (2 octets, big-endian), the request and a response. A server's key is fixed. What is
 * refused leaves nothing behind; what is accepted holds what its signatures promise. */
#include <string.h>

#include "base/check.h"
#include "proto/roughtime_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { CHOICE_OTHER = 1, CHOICE_EXPERIMENTAL = 2, CHOICE_REQUEST = 4 };

struct request {
    size_t length;
    uint8_t bytes[LIMIT_ROUGHTIME_REQUEST_BYTES];
};

/* Of the seed 1, 0, 0 ... */
static const uint8_t *server_key(void) {
    static uint8_t key[ED25519_PUBLIC_BYTES];
    const uint8_t seed[ED25519_SEED_BYTES] = {1};
    if (key[0] == 0) CHECK(ed25519_public_key(seed, key) == ERR_OK);
    return key;
}

static void default_request(uint8_t choice, struct request *out) {
    const uint8_t nonce[ROUGHTIME_PROOF_NONCE_BYTES] = {0};
    uint32_t version = choice & CHOICE_EXPERIMENTAL ? ROUGHTIME_PROOF_VERSION_EXPERIMENTAL
                                                    : ROUGHTIME_PROOF_VERSION_1;
    CHECK(roughtime_client_request(&version, 1, nonce, server_key(), out->bytes, &out->length) ==
          ERR_OK);
}

static bool check(uint8_t choice, const uint8_t *request, size_t request_length,
                  const uint8_t *response, size_t length) {
    const struct roughtime_client_rules rules = {(choice & CHOICE_OTHER) != 0};
    struct roughtime_client_proof proof, untouched;
    memset(&proof, 0xee, sizeof proof);
    memcpy(&untouched, &proof, sizeof proof);
    enum err err = roughtime_client_verify(&rules, server_key(), request, request_length, response,
                                           length, &proof);
    if (err != ERR_OK) {
        CHECK(memcmp(&proof, &untouched, sizeof proof) == 0);
        return false;
    }
    CHECK(roughtime_proof_speaks(proof.version));
    CHECK(proof.interval.radius_s > 0 && proof.path_length <= LIMIT_ROUGHTIME_DEPTH);
    CHECK(proof.mint_s <= proof.interval.midpoint_s && proof.interval.midpoint_s <= proof.maxt_s);
    CHECK(rules.accept_other_context || !proof.other_context);
    CHECK(roughtime_client_possible(&proof.interval, &proof.interval));
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static struct request own;
    if (length < 3) return 0;
    uint8_t choice = bytes[0];
    if (!(choice & CHOICE_REQUEST)) {
        default_request(choice, &own);
        check(choice, own.bytes, own.length, bytes + 1, length - 1);
        return 0;
    }
    size_t request_length = (size_t)bytes[1] << 8 | bytes[2];
    uint8_t nonce[ROUGHTIME_PROOF_NONCE_BYTES];
    if (request_length > length - 3) return 0;
    const uint8_t *request = bytes + 3, *response = request + request_length;
    bool asks = roughtime_client_nonce_of(request, request_length, nonce) == ERR_OK;
    bool accepted = check(choice, request, request_length, response, length - 3 - request_length);
    CHECK(asks || !accepted);
    return 0;
}

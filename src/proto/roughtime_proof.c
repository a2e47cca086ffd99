/* Roughtime's signatures, tree hashes and delegations (RFC 10049 sections 5.2 and 5.3). Invariant:
 * what is signed is always context || 0 || message, and the contexts of responses and delegations
 * differ, so that one can never stand for the other. */
#include "proto/roughtime_proof.h"

#include <string.h>

#include "base/check.h"
#include "crypto/hash.h"

enum { CONTEXT_BYTES_MAX = 48, VERSION_BYTES = 4 };

static const struct {
    const char *name, *response, *delegation;
} contexts[ROUGHTIME_PROOF_CONTEXTS] = {
    [ROUGHTIME_PROOF_CONTEXT_RFC] = {"Roughtime v1", "Roughtime v1 response signature",
                                     "Roughtime v1 delegation signature"},
    [ROUGHTIME_PROOF_CONTEXT_APPENDIX_B] = {"RoughTime v1", "RoughTime v1 response signature",
                                            "RoughTime v1 delegation signature"},
};

static uint32_t version_at(const uint8_t *bytes, size_t index) {
    return roughtime_message_u32(bytes + index * VERSION_BYTES);
}

enum err roughtime_proof_versions_of(const struct roughtime_message *message, uint32_t tag,
                                     struct roughtime_proof_versions *out) {
    const struct roughtime_message_field *field = roughtime_message_find(message, tag);
    if (!field) return ERR_TAG;
    size_t count = field->length / VERSION_BYTES;
    if (count == 0 || count > LIMIT_ROUGHTIME_VERSIONS) return ERR_RANGE;
    for (size_t i = 1; i < count; i++)
        if (version_at(field->value, i) <= version_at(field->value, i - 1)) return ERR_SYNTAX;
    *out = (struct roughtime_proof_versions){field->value, count};
    return ERR_OK;
}

bool roughtime_proof_versions_have(const struct roughtime_proof_versions *list, uint32_t version) {
    for (size_t i = 0; i < list->count; i++)
        if (version_at(list->bytes, i) == version) return true;
    return false;
}

bool roughtime_proof_speaks(uint32_t version) {
    return version == ROUGHTIME_PROOF_VERSION_1 || version == ROUGHTIME_PROOF_VERSION_EXPERIMENTAL;
}

enum roughtime_proof_context roughtime_proof_context_of(uint32_t version) {
    return version == ROUGHTIME_PROOF_VERSION_1 ? ROUGHTIME_PROOF_CONTEXT_RFC
                                                : ROUGHTIME_PROOF_CONTEXT_APPENDIX_B;
}

const char *roughtime_proof_context_name(enum roughtime_proof_context context) {
    return contexts[context].name;
}

struct signed_bytes {
    size_t length;
    uint8_t bytes[CONTEXT_BYTES_MAX + LIMIT_ROUGHTIME_SIGNED_BYTES];
};

static enum err compose(enum roughtime_proof_context context, enum roughtime_proof_signed what,
                        const uint8_t *message, size_t length, struct signed_bytes *out) {
    if (length > LIMIT_ROUGHTIME_SIGNED_BYTES) return ERR_TOO_LONG;
    const char *text = what == ROUGHTIME_PROOF_RESPONSE ? contexts[context].response
                                                        : contexts[context].delegation;
    size_t prefix = strlen(text) + 1; /* with its zero */
    CHECK(prefix <= CONTEXT_BYTES_MAX);
    memcpy(out->bytes, text, prefix);
    memcpy(out->bytes + prefix, message, length);
    out->length = prefix + length;
    return ERR_OK;
}

enum err roughtime_proof_sign(const struct ed25519_signer *signer,
                              enum roughtime_proof_context context,
                              enum roughtime_proof_signed what, const uint8_t *message,
                              size_t length, uint8_t out[ED25519_SIGNATURE_BYTES]) {
    struct signed_bytes composed;
    enum err err = compose(context, what, message, length, &composed);
    return err ? err : ed25519_sign(signer, composed.bytes, composed.length, out);
}

enum err roughtime_proof_verify(const uint8_t public_key[ED25519_PUBLIC_BYTES],
                                enum roughtime_proof_context context,
                                enum roughtime_proof_signed what, const uint8_t *message,
                                size_t length, const uint8_t signature[ED25519_SIGNATURE_BYTES]) {
    struct signed_bytes composed;
    enum err err = compose(context, what, message, length, &composed);
    return err ? err : ed25519_verify(public_key, composed.bytes, composed.length, signature);
}

/* H: the first half of SHA-512, which is not SHA-512/256. */
static void hash_half(const struct hash_piece *pieces, size_t count,
                      uint8_t out[ROUGHTIME_PROOF_HASH_BYTES]) {
    uint8_t digest[HASH_SHA512_BYTES];
    hash_sha512(pieces, count, digest);
    memcpy(out, digest, ROUGHTIME_PROOF_HASH_BYTES);
}

void roughtime_proof_srv(const uint8_t long_term_key[ED25519_PUBLIC_BYTES],
                         uint8_t out[ROUGHTIME_PROOF_HASH_BYTES]) {
    hash_half((const struct hash_piece[]){{"\xff", 1}, {long_term_key, ED25519_PUBLIC_BYTES}}, 2,
              out);
}

void roughtime_proof_leaf(const uint8_t *packet, size_t length,
                          uint8_t out[ROUGHTIME_PROOF_HASH_BYTES]) {
    static const uint8_t before = ROUGHTIME_PROOF_LEAF;
    hash_half((const struct hash_piece[]){{&before, 1}, {packet, length}}, 2, out);
}

void roughtime_proof_node(const uint8_t left[ROUGHTIME_PROOF_HASH_BYTES],
                          const uint8_t right[ROUGHTIME_PROOF_HASH_BYTES],
                          uint8_t out[ROUGHTIME_PROOF_HASH_BYTES]) {
    static const uint8_t before = ROUGHTIME_PROOF_NODE;
    hash_half((const struct hash_piece[]){{&before, 1},
                                          {left, ROUGHTIME_PROOF_HASH_BYTES},
                                          {right, ROUGHTIME_PROOF_HASH_BYTES}},
              3, out);
}

void roughtime_proof_hashes(enum hash_lanes_way way, const struct hash_piece *messages,
                            size_t count, uint8_t (*out)[ROUGHTIME_PROOF_HASH_BYTES]) {
    uint8_t digests[HASH_LANES_MAX][HASH_SHA512_BYTES];
    for (size_t first = 0; first < count; first += HASH_LANES_MAX) {
        size_t group = count - first < HASH_LANES_MAX ? count - first : HASH_LANES_MAX;
        hash_lanes_sha512(way, messages + first, group, digests);
        for (size_t i = 0; i < group; i++)
            memcpy(out[first + i], digests[i], ROUGHTIME_PROOF_HASH_BYTES);
    }
}

enum err roughtime_proof_delegate(const struct ed25519_signer *long_term,
                                  const uint8_t online_key[ED25519_PUBLIC_BYTES], uint64_t mint_s,
                                  uint64_t maxt_s, struct roughtime_proof_delegation *out) {
    if (mint_s >= maxt_s) return ERR_RANGE;
    struct roughtime_proof_delegation made = {.mint_s = mint_s, .maxt_s = maxt_s};
    memcpy(made.long_term_key, long_term->public_key, ED25519_PUBLIC_BYTES);
    memcpy(made.online_key, online_key, ED25519_PUBLIC_BYTES);
    uint8_t dele[ROUGHTIME_PROOF_DELE_BYTES];
    roughtime_proof_dele(&made, dele);
    for (int context = 0; context < ROUGHTIME_PROOF_CONTEXTS; context++) {
        enum err err = roughtime_proof_sign(long_term, (enum roughtime_proof_context)context,
                                            ROUGHTIME_PROOF_DELEGATION, dele, sizeof dele,
                                            made.signatures[context]);
        if (err != ERR_OK) return err;
    }
    *out = made;
    return ERR_OK;
}

enum err roughtime_proof_delegation_check(const struct roughtime_proof_delegation *d) {
    if (d->mint_s >= d->maxt_s) return ERR_RANGE;
    uint8_t dele[ROUGHTIME_PROOF_DELE_BYTES];
    roughtime_proof_dele(d, dele);
    for (int context = 0; context < ROUGHTIME_PROOF_CONTEXTS; context++) {
        enum err err = roughtime_proof_verify(
            d->long_term_key, (enum roughtime_proof_context)context, ROUGHTIME_PROOF_DELEGATION,
            dele, sizeof dele, d->signatures[context]);
        if (err != ERR_OK) return err;
    }
    return ERR_OK;
}

void roughtime_proof_dele(const struct roughtime_proof_delegation *d,
                          uint8_t out[ROUGHTIME_PROOF_DELE_BYTES]) {
    uint8_t mint[8], maxt[8];
    roughtime_message_put_u64(mint, d->mint_s);
    roughtime_message_put_u64(maxt, d->maxt_s);
    const struct roughtime_message_field fields[] = {
        {ROUGHTIME_MESSAGE_PUBK, ED25519_PUBLIC_BYTES, d->online_key},
        {ROUGHTIME_MESSAGE_MINT, sizeof mint, mint},
        {ROUGHTIME_MESSAGE_MAXT, sizeof maxt, maxt},
    };
    size_t length = roughtime_message_build(fields, 3, out, ROUGHTIME_PROOF_DELE_BYTES);
    CHECK(length == ROUGHTIME_PROOF_DELE_BYTES);
}

void roughtime_proof_cert(const struct roughtime_proof_delegation *d,
                          enum roughtime_proof_context context,
                          uint8_t out[ROUGHTIME_PROOF_CERT_BYTES]) {
    uint8_t dele[ROUGHTIME_PROOF_DELE_BYTES];
    roughtime_proof_dele(d, dele);
    const struct roughtime_message_field fields[] = {
        {ROUGHTIME_MESSAGE_SIG, ED25519_SIGNATURE_BYTES, d->signatures[context]},
        {ROUGHTIME_MESSAGE_DELE, sizeof dele, dele},
    };
    size_t length = roughtime_message_build(fields, 2, out, ROUGHTIME_PROOF_CERT_BYTES);
    CHECK(length == ROUGHTIME_PROOF_CERT_BYTES);
}

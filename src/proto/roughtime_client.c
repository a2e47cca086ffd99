/* Roughtime client (RFC 10049 sections 5.1 and 5.4). Invariant: nothing of a response is given out
 * before both signatures and the path to the own request were checked. What is cheap comes first.
 */
#include "proto/roughtime_client.h"

#include <string.h>

#include "crypto/hash.h"
#include "wire/roughtime_message.h"

enum { HASH = ROUGHTIME_PROOF_HASH_BYTES, WORD = 4, TYPE_RESPONSE = 1 };

static const uint8_t type_request[WORD];

enum err roughtime_client_request(const uint32_t *versions, size_t count,
                                  const uint8_t nonce[ROUGHTIME_PROOF_NONCE_BYTES],
                                  const uint8_t *long_term_key,
                                  uint8_t out[LIMIT_ROUGHTIME_REQUEST_BYTES], size_t *length) {
    uint8_t ver[LIMIT_ROUGHTIME_VERSIONS * WORD], srv[HASH];
    if (count == 0 || count > LIMIT_ROUGHTIME_VERSIONS) return ERR_RANGE;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && versions[i] <= versions[i - 1]) return ERR_RANGE;
        roughtime_message_put_u32(ver + i * WORD, versions[i]);
    }
    struct roughtime_message_field fields[5] = {{ROUGHTIME_MESSAGE_VER, count * WORD, ver}};
    size_t used = 1;
    if (long_term_key) {
        roughtime_proof_srv(long_term_key, srv);
        fields[used++] = (struct roughtime_message_field){ROUGHTIME_MESSAGE_SRV, HASH, srv};
    }
    fields[used++] = (struct roughtime_message_field){ROUGHTIME_MESSAGE_NONC,
                                                      ROUGHTIME_PROOF_NONCE_BYTES, nonce};
    fields[used++] = (struct roughtime_message_field){ROUGHTIME_MESSAGE_TYPE, WORD, type_request};
    fields[used] = (struct roughtime_message_field){.tag = ROUGHTIME_MESSAGE_ZZZZ};
    fields[used].length =
        LIMIT_ROUGHTIME_MESSAGE_PADDED_BYTES - roughtime_message_length(fields, used + 1);
    *length = roughtime_message_build_packet(fields, used + 1, out, LIMIT_ROUGHTIME_REQUEST_BYTES);
    return ERR_OK;
}

static enum err parse_packet(const uint8_t *packet, size_t length, struct roughtime_message *out) {
    enum err err = roughtime_message_unframe(packet, length);
    if (err != ERR_OK) return err;
    return roughtime_message_parse(packet + ROUGHTIME_MESSAGE_FRAME_BYTES,
                                   length - ROUGHTIME_MESSAGE_FRAME_BYTES, out);
}

struct request {
    const uint8_t *nonce;
    struct roughtime_proof_versions versions;
};

static enum err read_request(const uint8_t *packet, size_t length, const uint8_t *long_term_key,
                             struct request *out) {
    struct roughtime_message message;
    struct request read;
    uint8_t own[HASH];
    const uint8_t *srv;
    enum err err = parse_packet(packet, length, &message);
    if (!err) err = roughtime_message_value(&message, ROUGHTIME_MESSAGE_NONC, HASH, &read.nonce);
    if (!err) err = roughtime_proof_versions_of(&message, ROUGHTIME_MESSAGE_VER, &read.versions);
    if (!err && long_term_key && roughtime_message_find(&message, ROUGHTIME_MESSAGE_SRV)) {
        err = roughtime_message_value(&message, ROUGHTIME_MESSAGE_SRV, HASH, &srv);
        roughtime_proof_srv(long_term_key, own);
        if (!err && memcmp(srv, own, HASH) != 0) err = ERR_KEY;
    }
    if (!err) *out = read;
    return err;
}

/* The fields of a response, as pointers into it. */
struct response {
    const uint8_t *signature, *nonce, *root, *cert_signature, *online_key;
    struct roughtime_message_field path, srep, dele;
    struct roughtime_proof_versions vers;
    uint32_t version, radius_s, index;
    uint64_t midpoint_s, mint_s, maxt_s;
};

static enum err get_u32(const struct roughtime_message *message, uint32_t tag, uint32_t *out) {
    const uint8_t *value;
    enum err err = roughtime_message_value(message, tag, sizeof *out, &value);
    if (!err) *out = roughtime_message_u32(value);
    return err;
}

static enum err get_u64(const struct roughtime_message *message, uint32_t tag, uint64_t *out) {
    const uint8_t *value;
    enum err err = roughtime_message_value(message, tag, sizeof *out, &value);
    if (!err) *out = roughtime_message_u64(value);
    return err;
}

/* The message within a field; out is the field itself. */
static enum err get_message(const struct roughtime_message *outer, uint32_t tag,
                            struct roughtime_message_field *out, struct roughtime_message *inner) {
    const struct roughtime_message_field *field = roughtime_message_find(outer, tag);
    if (!field) return ERR_TAG;
    *out = *field;
    return roughtime_message_parse(field->value, field->length, inner);
}

static enum err read_srep(const struct roughtime_message *message, struct response *r) {
    struct roughtime_message srep;
    enum err err = get_message(message, ROUGHTIME_MESSAGE_SREP, &r->srep, &srep);
    if (!err) err = get_u32(&srep, ROUGHTIME_MESSAGE_VER, &r->version);
    if (!err) err = get_u32(&srep, ROUGHTIME_MESSAGE_RADI, &r->radius_s);
    if (!err) err = get_u64(&srep, ROUGHTIME_MESSAGE_MIDP, &r->midpoint_s);
    if (!err) err = roughtime_proof_versions_of(&srep, ROUGHTIME_MESSAGE_VERS, &r->vers);
    if (!err) err = roughtime_message_value(&srep, ROUGHTIME_MESSAGE_ROOT, HASH, &r->root);
    return err;
}

static enum err read_cert(const struct roughtime_message *message, struct response *r) {
    struct roughtime_message cert, dele;
    struct roughtime_message_field field;
    enum err err = get_message(message, ROUGHTIME_MESSAGE_CERT, &field, &cert);
    if (!err)
        err = roughtime_message_value(&cert, ROUGHTIME_MESSAGE_SIG, ED25519_SIGNATURE_BYTES,
                                      &r->cert_signature);
    if (!err) err = get_message(&cert, ROUGHTIME_MESSAGE_DELE, &r->dele, &dele);
    if (!err)
        err = roughtime_message_value(&dele, ROUGHTIME_MESSAGE_PUBK, ED25519_PUBLIC_BYTES,
                                      &r->online_key);
    if (!err) err = get_u64(&dele, ROUGHTIME_MESSAGE_MINT, &r->mint_s);
    if (!err) err = get_u64(&dele, ROUGHTIME_MESSAGE_MAXT, &r->maxt_s);
    return err;
}

static enum err read_path(const struct roughtime_message *message, struct response *r) {
    const struct roughtime_message_field *path =
        roughtime_message_find(message, ROUGHTIME_MESSAGE_PATH);
    if (!path) return ERR_TAG;
    if (path->length % HASH != 0 || path->length > LIMIT_ROUGHTIME_DEPTH * HASH) return ERR_RANGE;
    r->path = *path;
    return get_u32(message, ROUGHTIME_MESSAGE_INDX, &r->index);
}

static enum err read_response(const uint8_t *packet, size_t length, struct response *r) {
    struct roughtime_message message;
    uint32_t type;
    enum err err = parse_packet(packet, length, &message);
    if (!err) err = get_u32(&message, ROUGHTIME_MESSAGE_TYPE, &type);
    if (!err && type != TYPE_RESPONSE) err = ERR_MODE;
    if (!err)
        err = roughtime_message_value(&message, ROUGHTIME_MESSAGE_SIG, ED25519_SIGNATURE_BYTES,
                                      &r->signature);
    if (!err) err = roughtime_message_value(&message, ROUGHTIME_MESSAGE_NONC, HASH, &r->nonce);
    if (!err) err = read_path(&message, r);
    if (!err) err = read_srep(&message, r);
    if (!err) err = read_cert(&message, r);
    return err;
}

/* Also refuses a lesser version than both sides speak: VERS is signed to show that. */
static enum err check_version(const struct request *asked, const struct response *r) {
    if (!roughtime_proof_speaks(r->version) ||
        !roughtime_proof_versions_have(&asked->versions, r->version) ||
        !roughtime_proof_versions_have(&r->vers, r->version))
        return ERR_VERSION;
    bool better = r->version != ROUGHTIME_PROOF_VERSION_1 &&
                  roughtime_proof_versions_have(&asked->versions, ROUGHTIME_PROOF_VERSION_1) &&
                  roughtime_proof_versions_have(&r->vers, ROUGHTIME_PROOF_VERSION_1);
    return better ? ERR_VERSION : ERR_OK;
}

static enum err check_values(const struct request *asked, const struct response *r) {
    if (memcmp(r->nonce, asked->nonce, HASH) != 0) return ERR_ORIGIN;
    enum err err = check_version(asked, r);
    if (err != ERR_OK) return err;
    if (r->radius_s == 0) return ERR_RANGE;
    return r->midpoint_s < r->mint_s || r->midpoint_s > r->maxt_s ? ERR_STALE : ERR_OK;
}

static enum err check_path(const uint8_t *request, size_t length, const struct response *r) {
    uint8_t hash[HASH];
    uint64_t index = r->index;
    roughtime_proof_leaf(request, length, hash);
    for (size_t at = 0; at < r->path.length; at += HASH, index >>= 1) {
        const uint8_t *node = r->path.value + at;
        if (index & 1)
            roughtime_proof_node(node, hash, hash);
        else
            roughtime_proof_node(hash, node, hash);
    }
    return index == 0 && memcmp(hash, r->root, HASH) == 0 ? ERR_OK : ERR_PROOF;
}

static enum err check_signatures(enum roughtime_proof_context context, const uint8_t *long_term_key,
                                 const struct response *r) {
    enum err err = roughtime_proof_verify(long_term_key, context, ROUGHTIME_PROOF_DELEGATION,
                                          r->dele.value, r->dele.length, r->cert_signature);
    if (err != ERR_OK) return err;
    return roughtime_proof_verify(r->online_key, context, ROUGHTIME_PROOF_RESPONSE, r->srep.value,
                                  r->srep.length, r->signature);
}

/* Both signatures in one context: the version's own, or the other where that is allowed. */
static enum err find_context(const struct roughtime_client_rules *rules,
                             const uint8_t *long_term_key, const struct response *r,
                             enum roughtime_proof_context *out) {
    enum roughtime_proof_context own = roughtime_proof_context_of(r->version);
    enum roughtime_proof_context other = own == ROUGHTIME_PROOF_CONTEXT_RFC
                                             ? ROUGHTIME_PROOF_CONTEXT_APPENDIX_B
                                             : ROUGHTIME_PROOF_CONTEXT_RFC;
    enum err err = check_signatures(own, long_term_key, r);
    if (err == ERR_OK) *out = own;
    if (err != ERR_SIGNATURE || !rules->accept_other_context) return err;
    err = check_signatures(other, long_term_key, r);
    if (err == ERR_OK) *out = other;
    return err;
}

static struct roughtime_client_proof proof_of(const struct response *r,
                                              enum roughtime_proof_context context) {
    struct roughtime_client_proof proof = {
        .version = r->version,
        .context = context,
        .other_context = context != roughtime_proof_context_of(r->version),
        .interval = {r->midpoint_s, r->radius_s},
        .mint_s = r->mint_s,
        .maxt_s = r->maxt_s,
        .index = r->index,
        .path_length = r->path.length / HASH,
    };
    memcpy(proof.online_key, r->online_key, sizeof proof.online_key);
    return proof;
}

enum err roughtime_client_verify(const struct roughtime_client_rules *rules,
                                 const uint8_t long_term_key[ED25519_PUBLIC_BYTES],
                                 const uint8_t *request, size_t request_length,
                                 const uint8_t *response, size_t response_length,
                                 struct roughtime_client_proof *out) {
    struct request asked;
    struct response read;
    enum roughtime_proof_context context;
    enum err err = read_request(request, request_length, long_term_key, &asked);
    if (!err) err = read_response(response, response_length, &read);
    if (!err) err = check_values(&asked, &read);
    if (!err) err = check_path(request, request_length, &read);
    if (!err) err = find_context(rules, long_term_key, &read, &context);
    if (!err) *out = proof_of(&read, context);
    return err;
}

enum err roughtime_client_nonce_of(const uint8_t *request, size_t length,
                                   uint8_t out[ROUGHTIME_PROOF_NONCE_BYTES]) {
    struct request read;
    enum err err = read_request(request, length, NULL, &read);
    if (!err) memcpy(out, read.nonce, ROUGHTIME_PROOF_NONCE_BYTES);
    return err;
}

void roughtime_client_chained_nonce(const uint8_t *response, size_t length,
                                    const uint8_t rand[ROUGHTIME_PROOF_NONCE_BYTES],
                                    uint8_t out[ROUGHTIME_PROOF_NONCE_BYTES]) {
    uint8_t digest[HASH_SHA512_BYTES];
    hash_sha512(
        (const struct hash_piece[]){{response, length}, {rand, ROUGHTIME_PROOF_NONCE_BYTES}}, 2,
        digest);
    memcpy(out, digest, ROUGHTIME_PROOF_NONCE_BYTES);
}

bool roughtime_client_possible(const struct roughtime_proof_interval *earlier,
                               const struct roughtime_proof_interval *later) {
    uint64_t start =
        earlier->midpoint_s > earlier->radius_s ? earlier->midpoint_s - earlier->radius_s : 0;
    uint64_t end = later->midpoint_s + later->radius_s;
    return end < later->midpoint_s || start <= end; /* an end past 2^64 is after everything */
}

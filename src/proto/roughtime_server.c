/* Roughtime server (RFC 10049 section 5). Invariants: a reply is never longer than a request over
 * UDP may be short; a signature is made only over a time inside the delegation; a spoilt reply
 * never carries a wrong time under a signature that verifies. */
#include "proto/roughtime_server.h"

#include <string.h>

#include "base/check.h"
#include "wire/roughtime_message.h"

enum {
    HASH = ROUGHTIME_PROOF_HASH_BYTES,
    WORD = 4,
    TYPE_REQUEST = 0,
    TYPE_RESPONSE = 1,
    REPLY_FIELDS = 7,
    /* Positions in a reply: SIG comes first, PATH and SREP after NONC and TYPE; MIDP in SREP. INDX
     * is its last word. */
    REPLY_TAGS_AT = ROUGHTIME_MESSAGE_FRAME_BYTES + REPLY_FIELDS * WORD,
    REPLY_SIG_AT = ROUGHTIME_MESSAGE_FRAME_BYTES + REPLY_FIELDS * 2 * WORD,
    REPLY_NONC_AT = REPLY_SIG_AT + ED25519_SIGNATURE_BYTES,
    REPLY_PATH_AT = REPLY_NONC_AT + ROUGHTIME_PROOF_NONCE_BYTES + WORD,
    SREP_MIDP_AT = 5 * 2 * WORD + 2 * WORD,
    REPLY_BYTES_MAX = REPLY_PATH_AT + ROUGHTIME_TREE_PATH_BYTES + ROUGHTIME_SERVER_SREP_BYTES +
                      ROUGHTIME_PROOF_CERT_BYTES + WORD,
};
_Static_assert((int)REPLY_BYTES_MAX <= (int)LIMIT_ROUGHTIME_REPLY_BYTES, "reply too long");
_Static_assert((int)REPLY_BYTES_MAX <= (int)LIMIT_ROUGHTIME_REQUEST_MIN_BYTES,
               "a reply could be longer than its request");

/* By preference; VERS lists them ascending, which is the same. */
static const uint32_t versions[ROUGHTIME_SERVER_VERSIONS] = {ROUGHTIME_PROOF_VERSION_1,
                                                             ROUGHTIME_PROOF_VERSION_EXPERIMENTAL};

static enum roughtime_proof_context context_of(const struct roughtime_server *server,
                                               uint32_t version) {
    return version == ROUGHTIME_PROOF_VERSION_1 ? server->rules.version_1_context
                                                : roughtime_proof_context_of(version);
}

void roughtime_server_init(struct roughtime_server *server,
                           const struct roughtime_server_rules *rules, size_t batch_max) {
    CHECK(batch_max <= LIMIT_ROUGHTIME_BATCH);
    memset(server, 0, sizeof *server);
    server->rules = *rules;
    server->batch_max = batch_max ? batch_max : LIMIT_ROUGHTIME_BATCH;
    for (int i = 0; i < ROUGHTIME_SERVER_VERSIONS; i++)
        roughtime_tree_init(&server->trees[i].of, hash_lanes_best());
}

enum err roughtime_server_set_key(struct roughtime_server *server,
                                  const struct roughtime_proof_delegation *delegation,
                                  struct ed25519_signer *online) {
    CHECK(server->count == 0);
    if (memcmp(online->public_key, delegation->online_key, ED25519_PUBLIC_BYTES) != 0)
        return ERR_KEY;
    enum err err = roughtime_proof_delegation_check(delegation);
    if (err != ERR_OK) return err;
    server->delegation = *delegation;
    server->online = online;
    roughtime_proof_srv(delegation->long_term_key, server->srv);
    for (int i = 0; i < ROUGHTIME_SERVER_VERSIONS; i++)
        roughtime_proof_cert(delegation, context_of(server, versions[i]), server->trees[i].cert);
    return ERR_OK;
}

enum err roughtime_server_interval(const struct clock_state *clock, struct mono now,
                                   uint32_t radius_min_s, struct roughtime_proof_interval *out) {
    static const double radius_largest_s = 4e9;
    if (!clock || !clock_state_serves(clock, now)) return ERR_WITHDRAWN;
    struct utc utc = clock_state_utc(clock, now);
    if (utc.ns < 0) return ERR_WITHDRAWN;
    int64_t midpoint_s = (utc.ns + NS_PER_S / 2) / NS_PER_S;
    double rounding_s = s_from_ns(utc.ns - midpoint_s * NS_PER_S);
    double reach_s = line_radius(&clock->line, now);
    double radius_s = reach_s + (rounding_s < 0 ? -rounding_s : rounding_s);
    /* Whether a leap second that is this near has happened yet, nobody can say. */
    double to_leap_s = s_from_ns(tai_diff(clock->next_leap, line_tai(&clock->line, now)));
    bool leaps = clock->tai_utc_s != clock->tai_utc_after_s;
    if (leaps && to_leap_s <= reach_s + 1 && to_leap_s >= -reach_s - 1) radius_s += 1;
    if (!(radius_s < radius_largest_s)) return ERR_WITHDRAWN;
    uint32_t radius = (uint32_t)radius_s + 1; /* the true time is inside, not on the edge */
    out->midpoint_s = (uint64_t)midpoint_s;
    out->radius_s = radius > radius_min_s ? radius : radius_min_s;
    return ERR_OK;
}

/* Index of the version to answer in: the first of ours that they speak. */
static enum err choose_version(const struct roughtime_message *request, uint8_t *out) {
    struct roughtime_proof_versions theirs;
    enum err err = roughtime_proof_versions_of(request, ROUGHTIME_MESSAGE_VER, &theirs);
    if (err != ERR_OK) return err;
    for (int i = 0; i < ROUGHTIME_SERVER_VERSIONS; i++) {
        if (!roughtime_proof_versions_have(&theirs, versions[i])) continue;
        *out = (uint8_t)i;
        return ERR_OK;
    }
    return ERR_VERSION;
}

static enum err check_srv(const struct roughtime_server *server,
                          const struct roughtime_message *request) {
    const struct roughtime_message_field *srv =
        roughtime_message_find(request, ROUGHTIME_MESSAGE_SRV);
    if (!srv) return ERR_OK;
    if (srv->length != HASH) return ERR_RANGE;
    return memcmp(srv->value, server->srv, HASH) == 0 ? ERR_OK : ERR_KEY;
}

static enum err check_message(const struct roughtime_server *server, const uint8_t *bytes,
                              size_t length, struct roughtime_server_slot *out) {
    struct roughtime_message request;
    const uint8_t *type, *nonce;
    enum err err = roughtime_message_parse(bytes, length, &request);
    if (!err)
        err = roughtime_message_value(&request, ROUGHTIME_MESSAGE_NONC, sizeof out->nonce, &nonce);
    if (!err) err = roughtime_message_value(&request, ROUGHTIME_MESSAGE_TYPE, WORD, &type);
    if (!err && roughtime_message_u32(type) != TYPE_REQUEST) err = ERR_MODE;
    if (err != ERR_OK) return err;
    err = choose_version(&request, &out->version);
    if (!err) err = check_srv(server, &request);
    if (!err) memcpy(out->nonce, nonce, sizeof out->nonce);
    return err;
}

static enum err check_packet(const struct roughtime_server *server,
                             enum roughtime_server_transport transport, const uint8_t *packet,
                             size_t length, struct roughtime_server_slot *out) {
    if (length > LIMIT_DATAGRAM_BYTES) return ERR_TOO_LONG;
    enum err err = roughtime_message_unframe(packet, length);
    if (err != ERR_OK) return err;
    size_t message_length = length - ROUGHTIME_MESSAGE_FRAME_BYTES;
    if (transport == ROUGHTIME_SERVER_UDP && message_length < LIMIT_ROUGHTIME_REQUEST_MIN_BYTES)
        return ERR_SHORT;
    return check_message(server, packet + ROUGHTIME_MESSAGE_FRAME_BYTES, message_length, out);
}

enum err roughtime_server_add(struct roughtime_server *server,
                              enum roughtime_server_transport transport, const uint8_t *packet,
                              size_t length, size_t *slot) {
    if (!server->online) return ERR_WITHDRAWN;
    if (server->is_signed || server->count == server->batch_max) return ERR_QUEUE;
    struct roughtime_server_slot made;
    enum err err = check_packet(server, transport, packet, length, &made);
    if (err != ERR_OK) return err;
    made.leaf = (uint16_t)roughtime_tree_add(&server->trees[made.version].of, packet, length);
    server->slots[server->count] = made;
    *slot = server->count++;
    return ERR_OK;
}

static void build_srep(uint32_t version, const struct roughtime_proof_interval *interval,
                       const uint8_t root[HASH], uint8_t out[ROUGHTIME_SERVER_SREP_BYTES]) {
    uint8_t ver[WORD], radi[WORD], midp[8], vers[ROUGHTIME_SERVER_VERSIONS * WORD];
    roughtime_message_put_u32(ver, version);
    roughtime_message_put_u32(radi, interval->radius_s);
    roughtime_message_put_u64(midp, interval->midpoint_s);
    for (int i = 0; i < ROUGHTIME_SERVER_VERSIONS; i++)
        roughtime_message_put_u32(vers + i * WORD, versions[i]);
    const struct roughtime_message_field fields[] = {
        {ROUGHTIME_MESSAGE_VER, sizeof ver, ver},    {ROUGHTIME_MESSAGE_RADI, sizeof radi, radi},
        {ROUGHTIME_MESSAGE_MIDP, sizeof midp, midp}, {ROUGHTIME_MESSAGE_VERS, sizeof vers, vers},
        {ROUGHTIME_MESSAGE_ROOT, HASH, root},
    };
    size_t length = roughtime_message_build(fields, sizeof fields / sizeof fields[0], out,
                                            ROUGHTIME_SERVER_SREP_BYTES);
    CHECK(length == ROUGHTIME_SERVER_SREP_BYTES);
}

/* The reply without what is its own: NONC, PATH and INDX. */
static void prepare_reply(struct roughtime_server_tree *tree, const uint8_t *signature,
                          const uint8_t *srep) {
    uint8_t type[WORD];
    roughtime_message_put_u32(type, TYPE_RESPONSE);
    const struct roughtime_message_field fields[REPLY_FIELDS] = {
        {ROUGHTIME_MESSAGE_SIG, ED25519_SIGNATURE_BYTES, signature},
        {ROUGHTIME_MESSAGE_NONC, ROUGHTIME_PROOF_NONCE_BYTES, NULL},
        {ROUGHTIME_MESSAGE_TYPE, sizeof type, type},
        {ROUGHTIME_MESSAGE_PATH, roughtime_tree_path_length(&tree->of), NULL},
        {ROUGHTIME_MESSAGE_SREP, ROUGHTIME_SERVER_SREP_BYTES, srep},
        {ROUGHTIME_MESSAGE_CERT, sizeof tree->cert, tree->cert},
        {ROUGHTIME_MESSAGE_INDX, WORD, NULL},
    };
    tree->reply_length =
        roughtime_message_build_packet(fields, REPLY_FIELDS, tree->reply, sizeof tree->reply);
}

static enum err sign_tree(struct roughtime_server *server, int version,
                          const struct roughtime_proof_interval *interval) {
    struct roughtime_server_tree *tree = &server->trees[version];
    uint8_t srep[ROUGHTIME_SERVER_SREP_BYTES], signature[ED25519_SIGNATURE_BYTES];
    build_srep(versions[version], interval, roughtime_tree_grow(&tree->of), srep);
    enum err err = roughtime_proof_sign(server->online, context_of(server, versions[version]),
                                        ROUGHTIME_PROOF_RESPONSE, srep, sizeof srep, signature);
    if (err == ERR_OK) prepare_reply(tree, signature, srep);
    return err;
}

enum err roughtime_server_sign(struct roughtime_server *server,
                               const struct roughtime_proof_interval *interval,
                               struct entropy *entropy) {
    if (!server->online) return ERR_WITHDRAWN;
    CHECK(!server->is_signed);
    struct roughtime_proof_interval given = *interval;
    if (given.midpoint_s < server->delegation.mint_s ||
        given.midpoint_s > server->delegation.maxt_s)
        return ERR_STALE;
    if (given.radius_s < server->rules.radius_min_s) given.radius_s = server->rules.radius_min_s;
    if (given.radius_s == 0) given.radius_s = 1;
    for (int version = 0; version < ROUGHTIME_SERVER_VERSIONS; version++) {
        if (server->trees[version].of.leaves == 0) continue;
        enum err err = sign_tree(server, version, &given);
        if (err != ERR_OK) return err;
    }
    server->grease_seed = entropy_u64(entropy);
    server->is_signed = true;
    return ERR_OK;
}

/* 64 bits for one reply from those drawn for the batch. Source: Steele, Lea, Flood, "Fast
 * splittable pseudorandom number generators" (2014), the mixing function. */
static uint64_t mix(uint64_t seed, size_t slot) {
    uint64_t z = seed + (slot + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* RFC 10049 section 7: what a client must refuse, so that one that does not is found out. Framing
 * stays whole, for a stream goes on behind it. */
static void spoil(struct roughtime_server_reply *reply, size_t path_length, uint64_t random) {
    uint8_t *packet = reply->packet, *tags = packet + REPLY_TAGS_AT, swap[WORD];
    switch (random % 4) {
    case 0: /* a bad signature */
        packet[REPLY_SIG_AT + (random >> 2) % ED25519_SIGNATURE_BYTES] ^= 0x10;
        break;
    case 1: /* a wrong time, which the signature does not cover */
        packet[REPLY_PATH_AT + path_length + SREP_MIDP_AT + 1] ^= 0x55;
        break;
    case 2: /* tags that do not ascend */
        memcpy(swap, tags, WORD);
        memcpy(tags, tags + WORD, WORD);
        memcpy(tags + WORD, swap, WORD);
        break;
    default: /* a mandatory tag missing: another name in its place, in order */
        roughtime_message_put_u32(tags + (REPLY_FIELDS - 1) * WORD, ROUGHTIME_MESSAGE_ZZZZ);
    }
    reply->greased = true;
}

void roughtime_server_reply(const struct roughtime_server *server, size_t slot,
                            struct roughtime_server_reply *out) {
    CHECK(server->is_signed && slot < server->count);
    const struct roughtime_server_slot *asked = &server->slots[slot];
    const struct roughtime_server_tree *tree = &server->trees[asked->version];
    size_t path_length = roughtime_tree_path_length(&tree->of), length = tree->reply_length;
    size_t behind_path = REPLY_PATH_AT + path_length;
    memcpy(out->packet, tree->reply, REPLY_PATH_AT);
    memcpy(out->packet + REPLY_NONC_AT, asked->nonce, sizeof asked->nonce);
    roughtime_tree_path(&tree->of, asked->leaf, out->packet + REPLY_PATH_AT);
    memcpy(out->packet + behind_path, tree->reply + behind_path, length - behind_path);
    roughtime_message_put_u32(out->packet + length - WORD, asked->leaf);
    out->length = length;
    out->greased = false;
    uint64_t random = mix(server->grease_seed, slot);
    if ((double)(random >> 11) * 0x1p-53 < server->rules.grease)
        spoil(out, path_length, mix(random, slot));
}

void roughtime_server_clear(struct roughtime_server *server) {
    server->count = 0;
    server->is_signed = false;
    for (int i = 0; i < ROUGHTIME_SERVER_VERSIONS; i++) roughtime_tree_clear(&server->trees[i].of);
}

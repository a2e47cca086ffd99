/* Roughtime in small: fixed keys, a server with a delegation, requests to it, and published
 * packets. Included by the tests of the server, the client and the chain. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "proto/roughtime_client.h"
#include "proto/roughtime_server.h"
#include "wire/roughtime_message.h"

static const uint64_t world_mint_s = 1790000000, world_maxt_s = 1790086400;
static const struct roughtime_proof_interval world_interval = {1790000100, 4};
static const uint32_t world_both[2] = {ROUGHTIME_PROOF_VERSION_1,
                                       ROUGHTIME_PROOF_VERSION_EXPERIMENTAL};
static const struct roughtime_client_rules world_strict = {.accept_other_context = false};

struct world {
    struct ed25519_signer long_term, online;
    struct roughtime_proof_delegation delegation;
    struct entropy entropy;
    struct roughtime_server server;
};

struct packet {
    size_t length;
    uint8_t bytes[LIMIT_ROUGHTIME_RESPONSE_BYTES];
};

/* A server of its own for each name. */
static inline struct world *world_make(uint8_t name, const struct roughtime_server_rules *rules) {
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    uint8_t seed[ED25519_SEED_BYTES] = {name, 1};
    assert_int_equal(ed25519_signer_init(&world->long_term, seed), ERR_OK);
    seed[1] = 2;
    assert_int_equal(ed25519_signer_init(&world->online, seed), ERR_OK);
    assert_int_equal(roughtime_proof_delegate(&world->long_term, world->online.public_key,
                                              world_mint_s, world_maxt_s, &world->delegation),
                     ERR_OK);
    for (size_t i = 0; i < ENTROPY_BYTES; i++) world->entropy.bytes[i] = (uint8_t)(i * 31 + name);
    roughtime_server_init(&world->server, rules, 0);
    assert_int_equal(roughtime_server_set_key(&world->server, &world->delegation, &world->online),
                     ERR_OK);
    return world;
}

static inline void world_free(struct world *world) {
    ed25519_signer_wipe(&world->long_term);
    ed25519_signer_wipe(&world->online);
    free(world);
}

static inline struct packet world_request(const struct world *world, uint32_t version,
                                          uint8_t nonce_seed) {
    struct packet packet;
    uint8_t nonce[ROUGHTIME_PROOF_NONCE_BYTES];
    memset(nonce, nonce_seed, sizeof nonce);
    assert_int_equal(roughtime_client_request(&version, 1, nonce, world->long_term.public_key,
                                              packet.bytes, &packet.length),
                     ERR_OK);
    return packet;
}

static inline enum err world_add(struct world *world, const struct packet *request) {
    size_t slot = 0, expected = world->server.count;
    enum err err = roughtime_server_add(&world->server, ROUGHTIME_SERVER_UDP, request->bytes,
                                        request->length, &slot);
    if (err == ERR_OK) assert_int_equal(slot, expected);
    return err;
}

static inline void world_sign(struct world *world, struct roughtime_proof_interval interval) {
    world->entropy.used = 0;
    assert_int_equal(roughtime_server_sign(&world->server, &interval, &world->entropy), ERR_OK);
}

static inline struct packet world_reply(const struct world *world, size_t slot) {
    struct roughtime_server_reply reply;
    struct packet packet;
    roughtime_server_reply(&world->server, slot, &reply);
    assert_true(reply.length <= sizeof reply.packet);
    packet.length = reply.length;
    memcpy(packet.bytes, reply.packet, reply.length);
    return packet;
}

/* One request alone in its batch. */
static inline struct packet world_answer(struct world *world, const struct packet *request,
                                         struct roughtime_proof_interval interval) {
    roughtime_server_clear(&world->server);
    assert_int_equal(world_add(world, request), ERR_OK);
    world_sign(world, interval);
    return world_reply(world, 0);
}

static inline enum err world_verify(const struct world *world,
                                    const struct roughtime_client_rules *rules,
                                    const struct packet *request, const struct packet *response,
                                    struct roughtime_client_proof *proof) {
    return roughtime_client_verify(rules, world->long_term.public_key, request->bytes,
                                   request->length, response->bytes, response->length, proof);
}

/* One response of a file in tests/vectors/. */
struct vector {
    uint8_t key[ED25519_PUBLIC_BYTES], rand[ROUGHTIME_PROOF_NONCE_BYTES];
    bool has_rand;
    struct packet request, response;
};

enum { WORLD_VECTORS_MAX = 4 };

/* The next base64 string of that name in [text, end), or NULL. */
static inline bool vector_value(const char *text, const char *end, const char *name, uint8_t *out,
                                size_t room, size_t *length) {
    char quoted[32];
    snprintf(quoted, sizeof quoted, "\"%s\":", name);
    const char *at = strstr(text, quoted);
    if (!at || at >= end) return false;
    at = strchr(at + strlen(quoted), '"') + 1;
    assert_int_equal(base64_bytes(at, (size_t)(strchr(at, '"') - at), out, room, length), ERR_OK);
    return true;
}

static inline size_t world_vectors(const char *file, struct vector out[WORLD_VECTORS_MAX]) {
    static char text[16384];
    char path[512];
    snprintf(path, sizeof path, "%s/%s", ETALON_VECTORS, file);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    text[fread(text, 1, sizeof text - 1, in)] = 0;
    fclose(in);
    size_t count = 0, length;
    for (const char *at = text; (at = strstr(at, "\"publicKey\"")); count++) {
        assert_true(count < WORLD_VECTORS_MAX);
        struct vector *v = &out[count];
        const char *next = strstr(at + 1, "\"publicKey\"");
        const char *end = next ? next : text + strlen(text);
        assert_true(vector_value(at, end, "publicKey", v->key, sizeof v->key, &length));
        assert_int_equal(length, sizeof v->key);
        v->has_rand = vector_value(at, end, "rand", v->rand, sizeof v->rand, &length);
        assert_true(vector_value(at, end, "request", v->request.bytes, sizeof v->request.bytes,
                                 &v->request.length));
        assert_true(vector_value(at, end, "response", v->response.bytes, sizeof v->response.bytes,
                                 &v->response.length));
        at++;
    }
    return count;
}

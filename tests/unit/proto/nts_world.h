/* A server with keys, a client with cookies, a clock, and entropy: what both sides' tests share. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "proto/nts_client.h"
#include "proto/nts_server.h"

enum { NTS_WORLD_UTC_S = 1790000000 };

static const struct mono nts_world_now = {INT64_C(500000000000)};
static const struct utc nts_world_pivot = {NTS_WORLD_UTC_S * NS_PER_S};

struct nts_world {
    struct entropy entropy;
    struct nts_keys keys;
    struct nonce nonces;
    struct clock_state clock;
    struct nts_client client;
    struct ntp_client ntp;
    struct nts_server_request opened;
    uint8_t request[LIMIT_DATAGRAM_BYTES + 8], reply[LIMIT_REPLY_BYTES];
    size_t request_length, reply_length;
    struct nts_client_reply got;
};

static inline void nts_world_entropy(struct nts_world *world, uint64_t seed) {
    for (size_t i = 0; i < ENTROPY_BYTES; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        world->entropy.bytes[i] = (uint8_t)(seed >> 56);
    }
    world->entropy.used = 0;
}

static inline struct clock_state nts_world_clock(void) {
    return (struct clock_state){
        .line = {.m0 = nts_world_now,
                 .tai0 = {(NTS_WORLD_UTC_S + INT64_C(37)) * NS_PER_S},
                 .radius_s = 0.003,
                 .radius_rate = 1e-6},
        .void_after = mono_add(nts_world_now, 100 * NS_PER_S),
        .synchronised = true,
        .stratum = 3,
        .reference_id = 0xc0000201,
        .root_delay_s = 0.004,
        .bound_max_s = 0.1,
        .tai_utc_s = 37,
        .tai_utc_after_s = 37,
        .next_leap = {INT64_MAX},
    };
}

/* As a key establishment ends: both keys, and so many cookies for them. */
static inline struct nts_credentials nts_world_credentials(struct nts_world *world, size_t count) {
    struct nts_credentials fresh = {.session.aead = NTS_AEAD_AES_SIV_CMAC_256, .count = count};
    entropy_fill(&world->entropy, fresh.session.c2s, sizeof fresh.session.c2s);
    entropy_fill(&world->entropy, fresh.session.s2c, sizeof fresh.session.s2c);
    for (size_t i = 0; i < count; i++) {
        uint8_t nonce[NONCE_BYTES];
        nonce_next(&world->nonces, nonce);
        nts_cookie_make(&world->keys, &fresh.session, nonce, fresh.cookies[i].bytes);
        fresh.cookies[i].length = NTS_COOKIE_BYTES;
    }
    return fresh;
}

/* A client without keys and a server with. */
static inline void nts_world_init(struct nts_world *world) {
    memset(world, 0, sizeof *world);
    nts_world_entropy(world, 8915);
    uint8_t seed[NONCE_SEED_BYTES];
    entropy_fill(&world->entropy, seed, sizeof seed);
    nonce_seed(&world->nonces, seed);
    nts_cookie_generate(&world->keys, nts_world_now, &world->entropy);
    world->clock = nts_world_clock();
    nts_client_init(&world->client);
    ntp_client_init(&world->ntp, 4);
}

static inline enum err nts_world_keyed(struct nts_world *world, size_t cookies) {
    struct nts_credentials fresh = nts_world_credentials(world, cookies);
    return nts_client_keyed(&world->client, &fresh, nts_world_now);
}

static inline enum err nts_world_ask(struct nts_world *world) {
    nts_world_entropy(world, world->entropy.bytes[0] * UINT64_C(77) + world->request_length);
    return nts_client_request(&world->client, &world->ntp, &world->entropy, nts_world_now,
                              world->request, &world->request_length);
}

static inline enum err nts_world_serve(struct nts_world *world) {
    enum err err = nts_server_open(&world->keys, &world->nonces, world->request,
                                   world->request_length, &world->opened);
    if (err != ERR_OK) return err;
    struct ntp_server_times times = {mono_add(nts_world_now, 10000),
                                     mono_add(nts_world_now, 20000)};
    return nts_server_seal(&world->opened, &world->clock, -25, times, world->reply,
                           &world->reply_length);
}

static inline enum err nts_world_take(struct nts_world *world) {
    return nts_client_reply(&world->client, &world->ntp, world->reply, world->reply_length,
                            mono_add(nts_world_now, 30000), 1e-6, nts_world_pivot, &world->got);
}

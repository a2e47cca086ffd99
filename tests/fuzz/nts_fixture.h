/* A client with cookies and the server that made them, for the fuzz targets of both sides. */
#pragma once

#include <string.h>

#include "base/check.h"
#include "proto/nts_client.h"
#include "proto/nts_server.h"

static const struct mono nts_fixture_now = {INT64_C(500000000000)};

struct nts_fixture {
    struct entropy entropy;
    struct nts_keys keys;
    struct nonce nonces;
    struct clock_state clock;
    struct nts_client client;
    struct ntp_client ntp;
    uint8_t request[LIMIT_NTS_REQUEST_BYTES];
    size_t request_length;
};

/* The client's newest request is out; `spent` cookies were lost before it. */
static inline void nts_fixture_init(struct nts_fixture *f, size_t spent) {
    memset(f, 0, sizeof *f);
    for (size_t i = 0; i < ENTROPY_BYTES; i++) f->entropy.bytes[i] = (uint8_t)(i * i * 31 + i + 5);
    nonce_seed(&f->nonces, f->entropy.bytes);
    nts_cookie_generate(&f->keys, nts_fixture_now, &f->entropy);
    f->clock = (struct clock_state){.line = {.m0 = nts_fixture_now,
                                             .tai0 = {INT64_C(1790000037) * NS_PER_S},
                                             .radius_s = 0.003},
                                    .void_after = mono_add(nts_fixture_now, NS_PER_S),
                                    .synchronised = true,
                                    .stratum = 3,
                                    .reference_id = 0xc0000201,
                                    .bound_max_s = 0.1,
                                    .tai_utc_s = 37,
                                    .tai_utc_after_s = 37,
                                    .next_leap = {INT64_MAX}};
    struct nts_credentials fresh = {.session.aead = NTS_AEAD_AES_SIV_CMAC_256,
                                    .count = LIMIT_NTS_COOKIES};
    entropy_fill(&f->entropy, fresh.session.c2s, NTS_KEY_BYTES);
    entropy_fill(&f->entropy, fresh.session.s2c, NTS_KEY_BYTES);
    for (size_t i = 0; i < fresh.count; i++) {
        uint8_t nonce[NONCE_BYTES];
        nonce_next(&f->nonces, nonce);
        nts_cookie_make(&f->keys, &fresh.session, nonce, fresh.cookies[i].bytes);
        fresh.cookies[i].length = NTS_COOKIE_BYTES;
    }
    CHECK(nts_client_keyed(&f->client, &fresh, nts_fixture_now) == ERR_OK);
    ntp_client_init(&f->ntp, 4);
    for (size_t i = 0; i <= spent; i++)
        CHECK(nts_client_request(&f->client, &f->ntp, &f->entropy, nts_fixture_now, f->request,
                                 &f->request_length) == ERR_OK);
}

/* A keyer on both ends of one key establishment, without sockets. */
#pragma once

#include <stdlib.h>

#include "crypto/tls_pair.h"
#include "jobs/keyer_guest.h"
#include "jobs/keyer_host.h"

struct keyer_pair {
    struct config config;
    struct clock_page clock;
    struct key_page page;
    struct keyer keyer;
    struct tls_server server;
    struct tls_client client;
    struct keyer_host host;
    struct keyer_guest guest;
    bool done;
    struct message answer;
    char reason[TLS_REASON_BYTES];
};

static inline struct keyer_pair *keyer_pair_create(int64_t floor_utc_s) {
    static struct entropy entropy;
    static struct outbox outbox;
    struct keyer_pair *pair = calloc(1, sizeof *pair);
    CHECK(pair);
    config_default(&pair->config);
    pair->config.port = 1123;
    const struct keyer_start start = {.config = &pair->config,
                                      .clock = &pair->clock,
                                      .page = &pair->page,
                                      .floor = {floor_utc_s * NS_PER_S}};
    const struct event event = {.kind = EVENT_START, .entropy = &entropy};
    for (size_t i = 0; i < sizeof entropy.bytes; i++) entropy.bytes[i] = (uint8_t)(i * 13);
    CHECK(keyer_init(&pair->keyer, &start, event.now) == 0);
    entropy.used = outbox.count = 0;
    keyer_step(&pair->keyer, &event, &outbox);
    return pair;
}

/* Both ends are opened. */
static inline void keyer_pair_open(struct keyer_pair *pair, const char *certificate,
                                   const char *name) {
    struct message_nts_want want = {.source = 5, .addr = {.family = ADDR_IPV4}};
    char reason[TLS_REASON_BYTES];
    CHECK(tls_pair_add(&pair->server, certificate, "nts_key.pem", reason) == ERR_OK);
    tls_pair_trust(&pair->client, "nts_root.pem");
    memcpy(want.name, name, strlen(name) + 1);
    CHECK(keyer_host_open(&pair->host, &pair->server) == ERR_OK);
    CHECK(keyer_guest_open(&pair->guest, &pair->keyer, &pair->client, &want, (struct mono){0}) ==
          ERR_OK);
}

/* Carries pieces until nobody has anything to say. */
static inline void keyer_pair_pump(struct keyer_pair *pair, size_t piece) {
    uint8_t bytes[1024];
    for (bool moved = true; moved;) {
        size_t length = tls_drain(&pair->guest.tls, bytes, piece);
        moved = length > 0;
        if (length > 0) keyer_host_feed(&pair->host, &pair->keyer, bytes, length);
        length = tls_drain(&pair->host.tls, bytes, piece);
        if (length == 0) continue;
        moved = true;
        if (!pair->done)
            pair->done = keyer_guest_feed(&pair->guest, bytes, length, &pair->answer, pair->reason);
    }
}

static inline void keyer_pair_free(struct keyer_pair *pair) {
    tls_free(&pair->host.tls);
    keyer_guest_free(&pair->guest);
    tls_server_free(&pair->server);
    tls_client_free(&pair->client);
    free(pair);
}

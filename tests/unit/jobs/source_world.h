/* A world in small for the source job: a counter, servers with a behaviour each, and a record of
 * every effect. Server 192.0.2.N behaves as mode[N] says. Included by the tests of the source job
 * and of its associations. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jobs/source.h"
#include "wire/ntp_packet.h"

enum server_mode {
    SERVER_GOOD,
    SERVER_SILENT,
    SERVER_RATE,
    SERVER_DENY,
    SERVER_UNSYNCHRONISED,
    SERVER_UNSENT, /* the request cannot be sent */
};

enum { RECORDS = 1024, WORLD_DELAY_NS = 20000000, WORLD_START_S = 1000 };
static const int64_t world_utc_s = 1790000000; /* 2026-09-21, at counter 0 */

struct record {
    struct mono at;
    struct effect effect;
};

struct world {
    struct config config;
    struct source *source;
    struct outbox outbox;
    struct entropy entropy;
    uint64_t seed;
    struct mono now;
    struct utc host_clock; /* what START and WAKE say */
    struct addr local;     /* own address */
    uint32_t reference_id; /* of every server */
    uint8_t stratum;       /* of every server */
    enum server_mode mode[256];
    size_t most_effects, most_entropy, wakes;
    size_t reports;
    struct message_association newest[LIMIT_SOURCES]; /* reports, the last of each */
    size_t count;
    struct record records[RECORDS];
    struct record pending[LIMIT_SOURCES]; /* requests that the servers have to answer */
    size_t pending_count;
};

static inline struct addr world_addr(uint8_t last) {
    return (struct addr){.family = ADDR_IPV4, .bytes = {192, 0, 2, last}, .port = 123};
}

static inline struct world *world_create(void) {
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->seed = 5905;
    world->now = (struct mono){WORLD_START_S * NS_PER_S};
    world->host_clock = (struct utc){world_utc_s * NS_PER_S};
    world->local = (struct addr){.family = ADDR_IPV4, .bytes = {198, 51, 100, 7}, .port = 40000};
    world->reference_id = 0x47505300;
    world->stratum = 1;
    return world;
}

static inline void world_destroy(struct world *world) {
    free(world->source);
    free(world);
}

static inline struct config_source *world_add(struct world *world, const char *name) {
    struct config_source *source = &world->config.sources[world->config.source_count++];
    *source =
        (struct config_source){.port = 123, .version = 4, .minpoll_log2s = 6, .maxpoll_log2s = 10};
    snprintf(source->name, sizeof source->name, "%s", name);
    struct addr addr;
    if (addr_parse(name, 123, &addr) == ERR_OK) source->addr = addr;
    return source;
}

static inline void world_refill(struct world *world) {
    for (size_t i = 0; i < ENTROPY_BYTES; i += sizeof world->seed) {
        world->seed = world->seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
        uint64_t mixed = world->seed ^ world->seed >> 31;
        memcpy(&world->entropy.bytes[i], &mixed, sizeof mixed);
    }
    world->entropy.used = 0;
}

static inline bool world_is_report(const struct effect *effect) {
    return effect->kind == EFFECT_POST && effect->post.message.kind == MESSAGE_ASSOCIATION;
}

static inline void world_collect(struct world *world) {
    struct outbox *outbox = &world->outbox;
    if (outbox->count > world->most_effects) world->most_effects = outbox->count;
    if (world->entropy.used > world->most_entropy) world->most_entropy = world->entropy.used;
    for (size_t i = 0; i < outbox->count; i++) {
        if (world_is_report(&outbox->effects[i])) {
            const struct message_association *report = &outbox->effects[i].post.message.association;
            world->newest[report->source] = *report;
            world->reports++;
            continue;
        }
        assert_true(world->count < RECORDS);
        struct record *record = &world->records[world->count++];
        *record = (struct record){world->now, outbox->effects[i]};
        if (record->effect.kind == EFFECT_SEND) world->pending[world->pending_count++] = *record;
    }
    outbox->count = 0;
}

static inline void world_event(struct world *world, struct event event) {
    world_refill(world);
    event.now = world->now;
    event.entropy = &world->entropy;
    event.kernel = (struct kernel_reading){.counter = world->now,
                                           .realtime = utc_add(world->host_clock, world->now.ns)};
    source_step(world->source, &event, &world->outbox);
    world_collect(world);
}

static inline void world_tell(struct world *world, const struct message *message) {
    world_event(world, (struct event){.kind = EVENT_MESSAGE, .message = message});
}

/* The header a healthy server sends now to that request. */
static inline struct ntp_packet world_reply(const struct world *world, const struct effect *send) {
    struct ntp_packet request;
    assert_int_equal(ntp_packet_parse(send->send.bytes, 48, &request), ERR_OK);
    struct utc utc =
        utc_add((struct utc){world_utc_s * NS_PER_S}, world->now.ns - WORLD_DELAY_NS / 2);
    uint64_t transmit = ntp_packet_from_utc(utc);
    return (struct ntp_packet){.version = request.version,
                               .mode = NTP_MODE_SERVER,
                               .stratum = world->stratum,
                               .precision_log2s = -20,
                               .root_dispersion = 16,
                               .reference_id = world->reference_id,
                               .reference = transmit,
                               .origin = request.transmit,
                               .receive = transmit,
                               .transmit = transmit};
}

static inline void world_deliver(struct world *world, const struct effect *send,
                                 const struct ntp_packet *packet, struct addr from) {
    uint8_t bytes[NTP_PACKET_HEADER_BYTES];
    ntp_packet_build(packet, bytes);
    world_event(world, (struct event){.kind = EVENT_DATAGRAM,
                                      .source = send->send.source,
                                      .bytes = bytes,
                                      .length = sizeof bytes,
                                      .from = from,
                                      .local = world->local,
                                      .stamp = world->now,
                                      .stamp_error_s = 1e-6,
                                      .kernel_stamp = true});
}

/* A RATE or DENY kiss, or the reply of a server that has lost its time. */
static inline void world_spoil(struct ntp_packet *packet, enum server_mode mode) {
    if (mode == SERVER_GOOD) return;
    packet->leap = 3;
    packet->stratum = mode == SERVER_UNSYNCHRONISED ? 16 : 0;
    packet->reference_id = mode == SERVER_RATE ? 0x52415445 : 0x44454e59;
}

static inline void world_answer(struct world *world, const struct effect *send) {
    enum server_mode mode = world->mode[send->send.to.bytes[3]];
    struct event event = {.source = send->send.source,
                          .stamp = world->now,
                          .stamp_error_s = 1e-6,
                          .kernel_stamp = true};
    event.kind = mode == SERVER_UNSENT ? EVENT_UNSENT : EVENT_SENT;
    world_event(world, event);
    if (mode == SERVER_SILENT || mode == SERVER_UNSENT) return;
    world->now = mono_add(world->now, WORLD_DELAY_NS);
    struct ntp_packet packet = world_reply(world, send);
    world_spoil(&packet, mode);
    world_deliver(world, send, &packet, send->send.to);
}

static inline void world_serve(struct world *world) {
    for (size_t i = 0; i < world->pending_count; i++) {
        struct effect send = world->pending[i].effect;
        world_answer(world, &send);
    }
    world->pending_count = 0;
}

static inline void world_start(struct world *world) {
    world->source = source_init(calloc(1, source_bytes(&world->config)), &world->config);
    world_event(world, (struct event){.kind = EVENT_START});
}

/* One wake at the time asked for; its requests stay pending. */
static inline void world_wake(struct world *world) {
    if (mono_before(world->now, world->outbox.wake)) world->now = world->outbox.wake;
    world->wakes++;
    world_event(world, (struct event){.kind = EVENT_WAKE});
}

static inline void world_run(struct world *world, double seconds) {
    struct mono end = mono_add(world->now, ns_from_s(seconds));
    world_serve(world);
    while (!mono_before(end, world->outbox.wake)) {
        world_wake(world);
        world_serve(world);
    }
    if (mono_before(world->now, end)) world->now = end;
}

/* The n-th record of that kind (and message), or NULL. */
static inline const struct record *world_find(const struct world *world, enum effect_kind kind,
                                              enum message_kind message, size_t n) {
    for (size_t i = 0; i < world->count; i++) {
        const struct effect *effect = &world->records[i].effect;
        if (effect->kind != kind) continue;
        if (kind == EFFECT_POST && effect->post.message.kind != message) continue;
        if (n-- == 0) return &world->records[i];
    }
    return NULL;
}

static inline size_t world_count(const struct world *world, enum effect_kind kind,
                                 enum message_kind message) {
    size_t n = 0;
    while (world_find(world, kind, message, n)) n++;
    return n;
}

static inline size_t world_sends(const struct world *world) {
    return world_count(world, EFFECT_SEND, 0);
}

static inline const struct record *world_send(const struct world *world, size_t n) {
    const struct record *record = world_find(world, EFFECT_SEND, 0, n);
    assert_non_null(record);
    return record;
}

/* Seconds between the n-th request and the one before. */
static inline double world_gap_s(const struct world *world, size_t n) {
    return mono_seconds(world_send(world, n)->at, world_send(world, n - 1)->at);
}

static inline size_t world_posts(const struct world *world, enum message_kind kind) {
    return world_count(world, EFFECT_POST, kind);
}

static inline const struct message *world_post(const struct world *world, enum message_kind kind,
                                               size_t n) {
    const struct record *record = world_find(world, EFFECT_POST, kind, n);
    assert_non_null(record);
    return &record->effect.post.message;
}

/* The newest report of that association. */
static inline const struct message_association *world_report(const struct world *world,
                                                             uint16_t source) {
    assert_true(world->newest[source].name[0]);
    return &world->newest[source];
}

static inline size_t world_logs(const struct world *world, const char *part) {
    size_t found = 0;
    for (size_t i = 0; i < world->count; i++) {
        const struct effect *effect = &world->records[i].effect;
        if (effect->kind == EFFECT_LOG && strstr(effect->log.text, part)) found++;
    }
    return found;
}

static inline void world_forget_records(struct world *world) {
    world->count = world->reports = 0;
}

/* The resolver answers with 192.0.2.N for each N, up to a zero. */
static inline void world_resolved(struct world *world, uint16_t source, const uint8_t *last) {
    struct message message = {.kind = MESSAGE_RESOLVED, .resolved.source = source};
    for (; *last; last++) {
        struct addr addr = world_addr(*last);
        addr.port = 0;
        message.resolved.addresses[message.resolved.count++] = addr;
    }
    world_tell(world, &message);
}

static inline void world_advise(struct world *world, uint16_t source, int8_t poll_log2s) {
    const struct message message = {.kind = MESSAGE_POLL, .poll = {source, poll_log2s}};
    world_tell(world, &message);
}

static inline void assert_between(double value, double low, double high) {
    if (!(value >= low && value <= high)) fail_msg("%g not in %g..%g", value, low, high);
}

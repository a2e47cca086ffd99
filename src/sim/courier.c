/* See the header. Invariant: an item in the queue owns its parcel; whoever takes the item out
 * frees the parcel or puts it into the queue again. */
#include "sim/courier.h"

#include <string.h>

#include "base/check.h"
#include "sim/nodes.h"

static const int64_t attacker_delay_ns = 30000; /* he sits near the host */

static struct parcel *parcel_take(struct world *world, uint32_t *index) {
    if (world->parcels_free_count == 0) {
        world->counts.overflow++;
        return NULL;
    }
    *index = world->parcels_free[--world->parcels_free_count];
    return &world->parcels[*index];
}

/* The taken parcel, by value; its place is free again. */
static struct parcel parcel_of(struct world *world, const struct queue_item *item) {
    CHECK(item->index < WORLD_PARCELS && world->parcels[item->index].used);
    world->parcels[item->index].used = false;
    world->parcels_free[world->parcels_free_count++] = (uint16_t)item->index;
    return world->parcels[item->index];
}

static void forward(struct world *world, enum happening kind, int64_t delay_ns,
                    const struct parcel *parcel) {
    uint32_t index = 0;
    struct parcel *place = parcel_take(world, &index);
    if (place == NULL) return;
    *place = *parcel;
    place->used = true;
    world_schedule(world, kind, delay_ns, index);
}

static void travel(struct world *world, enum happening kind, enum path_direction direction,
                   int64_t extra_ns, const struct parcel *parcel) {
    int64_t delay_ns[PATH_COPIES_MAX];
    int copies = path_carry(&world->paths[parcel->remote], direction, world->now, delay_ns);
    for (int i = 0; i < copies; i++) forward(world, kind, extra_ns + delay_ns[i], parcel);
}

/* What an attacker wrote reaches the host, unless that association would have to authenticate it:
 * then it is refused there, as nobody but the server has the key. */
static void forge(struct world *world, int64_t delay_ns, struct parcel *parcel) {
    world->counts.forged++;
    if (world->crowd.authenticated >> parcel->source & 1)
        world->counts.refused++;
    else
        forward(world, HAPPEN_ARRIVE, delay_ns, parcel);
}

static void unsent(struct world *world, uint16_t source) {
    struct event event = host_event(&world->host, EVENT_UNSENT, world->now);
    event.source = source;
    host_step(&world->host, JOB_SOURCE, &event);
}

/* Its index; WORLD_REMOTES: there is no such server. Mostly the one asked before. */
static uint16_t remote_at(const struct world *world, uint16_t source, const struct addr *addr) {
    uint16_t last = world->witnesses[source].remote;
    if (addr_same(addr, &world->remotes[last].addr)) return last;
    for (uint32_t i = 0; i < WORLD_REMOTES; i++)
        if (addr_same(addr, &world->remotes[i].addr)) return (uint16_t)i;
    return WORLD_REMOTES;
}

void courier_send(struct world *world, const struct effect *effect) {
    struct host *host = &world->host;
    uint16_t source = effect->send.source;
    struct parcel parcel = {.source = source, .length = NTP_PACKET_HEADER_BYTES};
    CHECK(source < LIMIT_SOURCES);
    host->sockets[source] = ++host->sockets_opened;
    parcel.remote = remote_at(world, source, &effect->send.to);
    if (parcel.remote == WORLD_REMOTES) {
        unsent(world, source); /* there is no route to anybody else */
        return;
    }
    world->witnesses[source].remote = parcel.remote;
    world->counts.requests++;
    parcel.socket = host->sockets[source];
    memcpy(parcel.bytes, effect->send.bytes, parcel.length);
    forward(world, HAPPEN_TRANSMIT, host_latency_ns(host), &parcel);
}

void courier_close(struct world *world, uint16_t source) {
    CHECK(source < LIMIT_SOURCES);
    world->host.sockets[source] = 0;
}

/* The attacker answers before the server can. What he repeats was authentic once, so that it is for
 * the client to refuse it. */
static void interfere(struct world *world, const struct parcel *request) {
    const struct adversary *adversary = &world->adversaries[request->remote];
    struct parcel forged = *request;
    if (adversary->reflects) forward(world, HAPPEN_ARRIVE, attacker_delay_ns, request);
    if (adversary->replays && adversary->has_captured) {
        memcpy(forged.bytes, adversary->captured, sizeof forged.bytes);
        forward(world, HAPPEN_ARRIVE, attacker_delay_ns, &forged);
    }
    if (adversary->kiss == 0) return;
    if (remote_kiss(adversary->kiss, request->bytes, request->length, forged.bytes) == ERR_OK)
        forge(world, attacker_delay_ns, &forged);
}

void courier_transmit(struct world *world, const struct queue_item *item) {
    struct parcel parcel = parcel_of(world, item);
    struct host *host = &world->host;
    if (host->setup.stamping.kernel) {
        parcel.stamp = host_stamp(host, world->now);
        forward(world, HAPPEN_SENT, host_latency_ns(host), &parcel);
    }
    travel(world, HAPPEN_REQUEST, PATH_FORWARD, 0, &parcel);
    interfere(world, &parcel);
}

void courier_sent(struct world *world, const struct queue_item *item) {
    struct parcel parcel = parcel_of(world, item);
    struct host *host = &world->host;
    if (host->sockets[parcel.source] != parcel.socket) return;
    struct event event = host_event(host, EVENT_SENT, world->now);
    event.source = parcel.source;
    event.stamp = parcel.stamp;
    event.stamp_error_s = host->setup.stamping.stamp_error_s;
    event.kernel_stamp = true;
    host_step(host, JOB_SOURCE, &event);
}

static void capture(struct adversary *adversary, const uint8_t reply[NTP_PACKET_HEADER_BYTES]) {
    if (adversary->has_captured) return;
    memcpy(adversary->captured, reply, sizeof adversary->captured);
    adversary->has_captured = true;
}

/* What the server, or whoever sits before it, sends back. */
static void send_back(struct world *world, struct parcel *parcel, const uint8_t *reply,
                      int64_t delay_ns) {
    struct adversary *adversary = &world->adversaries[parcel->remote];
    bool authenticated = world->crowd.authenticated >> parcel->source & 1;
    memcpy(parcel->bytes, reply, sizeof parcel->bytes);
    capture(adversary, parcel->bytes);
    if (adversary->rewrites) {
        world->counts.forged++;
        world->counts.refused += authenticated;
        if (authenticated) return; /* it arrives, and does not verify */
        adversary_rewrite(adversary, world->now, parcel->bytes);
        parcel->rewritten = true;
    }
    parcel->genuine = true;
    travel(world, HAPPEN_ARRIVE, PATH_BACKWARD, delay_ns, parcel);
}

/* A node's card stamps the request, its server job gets it a little later. */
static void reach_node(struct world *world, struct parcel *parcel) {
    struct host *host = &world->asks->host;
    parcel->stamp = host_stamp(host, world->now);
    forward(world, HAPPEN_ANSWER, host_latency_ns(host), parcel);
}

/* One that stands or is gone does not answer. */
void courier_answer(struct world *world, const struct queue_item *item) {
    struct parcel parcel = parcel_of(world, item);
    struct world *asked = world->asks;
    if (!asked->host.running || asked->pause != WORLD_RUNS) return;
    struct addr from = setting_node_addr(world->number);
    struct mono counter = host_counter(&asked->host, world->now);
    bool kernel = asked->host.setup.stamping.kernel;
    struct ntp_server_times times = {kernel ? parcel.stamp : counter, counter};
    uint8_t answer[LIMIT_REPLY_BYTES];
    size_t length = 0;
    enum err err =
        host_answer(&asked->host, times, &from, parcel.bytes, parcel.length, answer, &length);
    struct ntp_packet reply = {0};
    if (err == ERR_OK) err = ntp_packet_parse(answer, length, &reply);
    judge_reply(&asked->judge, err, &reply, counter, world->now);
    if (err == ERR_OK) send_back(world, &parcel, answer, host_latency_ns(&asked->host));
}

void courier_request(struct world *world, const struct queue_item *item) {
    struct parcel parcel = parcel_of(world, item);
    if (world->asks != NULL && parcel.remote == 0) {
        reach_node(world, &parcel);
        return;
    }
    struct remote *remote = &world->remotes[parcel.remote];
    double service_s = prng_exponential(&world->service, remote->model.service_s);
    int64_t service_ns = ns_from_s(service_s);
    bool authenticated = world->crowd.authenticated >> parcel.source & 1;
    if (remote->dead || (remote->hostile && authenticated)) return;
    remote_observe(remote, world->now);
    uint8_t reply[NTP_PACKET_HEADER_BYTES];
    enum err err = remote_answer(remote, &world->truth, world->now, tai_add(world->now, service_ns),
                                 parcel.bytes, parcel.length, reply);
    if (err == ERR_OK) send_back(world, &parcel, reply, service_ns);
}

void courier_arrive(struct world *world, const struct queue_item *item) {
    struct parcel parcel = parcel_of(world, item);
    struct host *host = &world->host;
    parcel.stamp = host_stamp(host, world->now);
    forward(world, HAPPEN_DELIVER, host_latency_ns(host), &parcel);
}

/* What the client now knows of that source, and whether it is a lie. */
static void witness(struct world *world, const struct parcel *parcel) {
    struct world_witness *witness = &world->witnesses[parcel->source];
    struct ntp_packet reply;
    enum err err = ntp_packet_parse(parcel->bytes, parcel->length, &reply);
    if (!parcel->genuine || err != ERR_OK || reply.stratum == 0 || reply.stratum > LIMIT_STRATUM ||
        reply.leap == LEAP_ALARM)
        return;
    witness->heard = true;
    witness->at = world->now;
    judge_source(&world->judge, &reply);
    nodes_inherit(world);
    bool lied = witness->lied;
    witness->lied |= parcel->rewritten || world->remotes[parcel->remote].has_lied;
    world->liars += witness->lied && !lied;
}

void courier_deliver(struct world *world, const struct queue_item *item) {
    struct parcel parcel = parcel_of(world, item);
    struct host *host = &world->host;
    const struct host_stamping *stamping = &host->setup.stamping;
    if (host->sockets[parcel.source] != parcel.socket) {
        world->counts.closed++;
        return;
    }
    struct event event = host_event(host, EVENT_DATAGRAM, world->now);
    event.source = parcel.source;
    event.bytes = parcel.bytes;
    event.length = parcel.length;
    event.from = world->remotes[parcel.remote].addr;
    event.local = setting_node_addr(world->number);
    event.kernel_stamp = stamping->kernel;
    event.stamp = stamping->kernel ? parcel.stamp : event.now;
    event.stamp_error_s = stamping->kernel ? stamping->stamp_error_s : stamping->read_error_s;
    world->counts.replies++;
    trace_bytes(&world->trace, parcel.bytes, parcel.length);
    witness(world, &parcel);
    judge_heard(&world->judge);
    host_step(host, JOB_SOURCE, &event);
}

/* From off the path: the address is known, the port of the socket and the nonce are not. One guess
 * of the port in 28233 is right (the kernel's default range); then the client has to see through
 * it. */
void courier_spoof(struct world *world, uint32_t remote) {
    enum { EPHEMERAL_PORTS = 28233 };
    struct parcel parcel = {.remote = (uint16_t)remote, .length = NTP_PACKET_HEADER_BYTES};
    bool port_right = prng_u64(&world->spoof) % EPHEMERAL_PORTS == 0;
    adversary_guess(&world->adversaries[remote], &world->spoof,
                    leap_utc_from_tai(&world->truth, world->now), parcel.bytes);
    for (uint32_t i = 0; i < world->config.source_count; i++) {
        if (world->witnesses[i].remote != remote || world->host.sockets[i] == 0) continue;
        parcel.source = (uint16_t)i;
        parcel.socket = world->host.sockets[i];
        if (port_right) forge(world, attacker_delay_ns, &parcel);
    }
    world->counts.forged += !port_right;
}

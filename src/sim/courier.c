/* See the header. Invariant: an item in the queue owns its parcel; whoever takes the item out
 * frees the parcel or puts it into the queue again. */
#include "sim/courier.h"

#include <string.h>

#include "base/check.h"

static const int64_t attacker_delay_ns = 30000; /* he sits near the host */

static struct parcel *parcel_take(struct world *world, uint32_t *index) {
    for (uint32_t i = 0; i < WORLD_PARCELS; i++) {
        uint32_t at = (world->parcel_hint + i) % WORLD_PARCELS;
        if (world->parcels[at].used) continue;
        world->parcel_hint = at + 1;
        world->parcels[at].used = true;
        *index = at;
        return &world->parcels[at];
    }
    world->counts.overflow++;
    return NULL;
}

/* The taken parcel, by value; its place is free again. */
static struct parcel parcel_of(struct world *world, const struct queue_item *item) {
    CHECK(item->index < WORLD_PARCELS && world->parcels[item->index].used);
    world->parcels[item->index].used = false;
    return world->parcels[item->index];
}

static void forward(struct world *world, enum happening kind, int64_t delay_ns, uint32_t host,
                    const struct parcel *parcel) {
    uint32_t index = 0;
    struct parcel *place = parcel_take(world, &index);
    if (place == NULL) return;
    *place = *parcel;
    place->used = true;
    world_schedule(world, kind, delay_ns, host, index);
}

static void travel(struct world *world, enum happening kind, enum path_direction direction,
                   int64_t extra_ns, uint32_t host, const struct parcel *parcel) {
    int64_t delay_ns[PATH_COPIES_MAX];
    int copies = path_carry(&world->paths[parcel->source], direction, delay_ns);
    for (int i = 0; i < copies; i++) forward(world, kind, extra_ns + delay_ns[i], host, parcel);
}

static void unsent(struct world *world, uint32_t host_index, uint16_t source) {
    struct host *host = &world->hosts[host_index];
    struct event event = host_event(host, EVENT_UNSENT, world->now);
    event.source = source;
    host_step(host, JOB_SOURCE, &event);
}

void courier_send(struct world *world, uint32_t host_index, const struct effect *effect) {
    struct host *host = &world->hosts[host_index];
    uint16_t source = effect->send.source;
    struct parcel parcel = {.source = source, .length = NTP_PACKET_HEADER_BYTES};
    CHECK(source < LIMIT_SOURCES);
    host->sockets[source] = ++host->sockets_opened;
    if (source >= world->scenario->sources ||
        !addr_same(&effect->send.to, &world->remotes[source].addr)) {
        unsent(world, host_index, source); /* there is no route to anybody else */
        return;
    }
    world->counts.requests++;
    parcel.socket = host->sockets[source];
    memcpy(parcel.bytes, effect->send.bytes, parcel.length);
    forward(world, HAPPEN_TRANSMIT, host_latency_ns(host), host_index, &parcel);
}

void courier_close(struct world *world, uint32_t host, uint16_t source) {
    CHECK(source < LIMIT_SOURCES);
    world->hosts[host].sockets[source] = 0;
}

/* The attacker answers before the server can: with the reply he once saw, and with the request. */
static void interfere(struct world *world, uint32_t host, const struct parcel *request) {
    const struct path_model *model = &world->paths[request->source].model;
    const struct captured *captured = &world->captured[request->source];
    if (model->reflects) forward(world, HAPPEN_ARRIVE, attacker_delay_ns, host, request);
    if (!model->replays || !captured->has) return;
    struct parcel forged = *request;
    memcpy(forged.bytes, captured->bytes, sizeof forged.bytes);
    forward(world, HAPPEN_ARRIVE, attacker_delay_ns, host, &forged);
}

void courier_transmit(struct world *world, const struct queue_item *item) {
    struct parcel parcel = parcel_of(world, item);
    struct host *host = &world->hosts[item->host];
    if (host->setup.stamping.kernel) {
        parcel.stamp = host_stamp(host, world->now);
        forward(world, HAPPEN_SENT, host_latency_ns(host), item->host, &parcel);
    }
    travel(world, HAPPEN_REQUEST, PATH_FORWARD, 0, item->host, &parcel);
    interfere(world, item->host, &parcel);
}

void courier_sent(struct world *world, const struct queue_item *item) {
    struct parcel parcel = parcel_of(world, item);
    struct host *host = &world->hosts[item->host];
    if (host->sockets[parcel.source] != parcel.socket) return;
    struct event event = host_event(host, EVENT_SENT, world->now);
    event.source = parcel.source;
    event.stamp = parcel.stamp;
    event.stamp_error_s = host->setup.stamping.stamp_error_s;
    event.kernel_stamp = true;
    host_step(host, JOB_SOURCE, &event);
}

void courier_request(struct world *world, const struct queue_item *item) {
    struct parcel parcel = parcel_of(world, item);
    struct remote *remote = &world->remotes[parcel.source];
    double service_s = prng_exponential(&world->service, remote->model.service_s);
    int64_t service_ns = ns_from_s(service_s);
    if (remote->dead) return;
    uint8_t reply[NTP_PACKET_HEADER_BYTES];
    enum err err = remote_answer(remote, &world->truth, world->now, tai_add(world->now, service_ns),
                                 parcel.bytes, parcel.length, reply);
    if (err != ERR_OK) return;
    memcpy(parcel.bytes, reply, sizeof reply);
    struct captured *captured = &world->captured[parcel.source];
    if (!captured->has) memcpy(captured->bytes, reply, sizeof reply);
    captured->has = true;
    travel(world, HAPPEN_ARRIVE, PATH_BACKWARD, service_ns, item->host, &parcel);
}

void courier_arrive(struct world *world, const struct queue_item *item) {
    struct parcel parcel = parcel_of(world, item);
    struct host *host = &world->hosts[item->host];
    parcel.stamp = host_stamp(host, world->now);
    forward(world, HAPPEN_DELIVER, host_latency_ns(host), item->host, &parcel);
}

void courier_deliver(struct world *world, const struct queue_item *item) {
    struct parcel parcel = parcel_of(world, item);
    struct host *host = &world->hosts[item->host];
    const struct host_stamping *stamping = &host->setup.stamping;
    if (host->sockets[parcel.source] != parcel.socket) {
        world->counts.closed++;
        return;
    }
    struct event event = host_event(host, EVENT_DATAGRAM, world->now);
    event.source = parcel.source;
    event.bytes = parcel.bytes;
    event.length = parcel.length;
    event.from = world->remotes[parcel.source].addr;
    event.local = (struct addr){.family = ADDR_IPV4, .bytes = {198, 51, 100, 1}};
    event.kernel_stamp = stamping->kernel;
    event.stamp = stamping->kernel ? parcel.stamp : event.now;
    event.stamp_error_s = stamping->kernel ? stamping->stamp_error_s : stamping->read_error_s;
    world->counts.replies++;
    trace_bytes(&world->trace, parcel.bytes, parcel.length);
    host_step(host, JOB_SOURCE, &event);
}

/* Packets judged again. What the association alone knows (address, loop) and what needs keys that
 * nobody keeps (NTS) is taken as recorded. */
#include "main/etalon_replay_packet.h"

#include <string.h>

#include "proto/ntp_client.h"

static void blame(const struct etalon_replay_packet *packets, uint64_t index, const char *why) {
    packets->blame(packets->context, index, why);
}

/* Refusals that are not the packet's own. */
static bool is_foreign(const struct record_receipt *x) {
    return x->err == ERR_PEER_ADDRESS || x->err == ERR_LOOP || (x->nts && x->err != ERR_OK);
}

static bool ask_again(const struct record_receipt *x, struct ntp_client *client) {
    struct ntp_packet request;
    uint8_t bytes[NTP_PACKET_HEADER_BYTES];
    if (ntp_packet_parse(x->request, x->request_length, &request) != ERR_OK) return false;
    ntp_client_init(client, request.version);
    ntp_client_request(client, request.transmit, x->sent, bytes);
    client->sent_error_s = x->sent_error_s;
    return memcmp(bytes, x->request, sizeof bytes) == 0;
}

static void compare(struct etalon_replay_packet *packets, const struct config *config,
                    const struct exchange *x, const struct etalon_replay_orphan *sample) {
    const struct exchange *taken = &sample->exchange;
    int64_t correction_ns = ns_from_s(config->sources[taken->source].offset_s);
    bool same = x->t1.ns == taken->t1.ns && x->t2.ns + correction_ns == taken->t2.ns &&
                x->t3.ns + correction_ns == taken->t3.ns && x->stratum == taken->stratum &&
                x->leap == taken->leap && x->root_delay_s == taken->root_delay_s &&
                x->root_dispersion_s == taken->root_dispersion_s &&
                x->stamp_error_s == taken->stamp_error_s;
    packets->samples += same;
    if (!same) blame(packets, sample->index, "it is not what its packet gives");
}

static void drop_orphan(struct etalon_replay_packet *packets, size_t i) {
    packets->orphan_count--;
    memmove(&packets->orphans[i], &packets->orphans[i + 1],
            (packets->orphan_count - i) * sizeof packets->orphans[0]);
}

/* The packet of a sample that was recorded before it. */
static bool meet_orphan(struct etalon_replay_packet *packets, const struct config *config,
                        const struct exchange *x) {
    for (size_t i = 0; i < packets->orphan_count; i++) {
        const struct etalon_replay_orphan orphan = packets->orphans[i];
        if (orphan.exchange.source != x->source || orphan.exchange.t4.ns != x->t4.ns) continue;
        compare(packets, config, x, &orphan);
        drop_orphan(packets, i);
        return true;
    }
    return false;
}

/* Receipts are all here up to this one: what it is later than has none. */
static void judge_orphans(struct etalon_replay_packet *packets, const struct record_receipt *x) {
    for (size_t i = packets->orphan_count; i-- > 0;) {
        const struct etalon_replay_orphan *orphan = &packets->orphans[i];
        if (orphan->exchange.source != x->source || orphan->exchange.t4.ns >= x->received.ns)
            continue;
        blame(packets, orphan->index, "there is no packet that gave it");
        drop_orphan(packets, i);
    }
}

static void keep(struct etalon_replay_packet *packets, const struct exchange *x) {
    size_t i = packets->receipts[x->source].next++ % ETALON_REPLAY_RECEIPTS;
    packets->receipts[x->source].exchanges[i] = *x;
    packets->receipts[x->source].waits[i] = true;
}

static void judge(struct etalon_replay_packet *packets, const struct config *config,
                  const struct etalon_replay_from *from, const struct record_receipt *x) {
    struct ntp_client client;
    struct ntp_client_reply reply;
    if (x->source >= config->source_count) return;
    if (is_foreign(x) || x->err == ERR_DUPLICATE || x->err == ERR_UNSOLICITED) return;
    if (!ask_again(x, &client)) {
        blame(packets, from->index, "its request cannot be made again");
        return;
    }
    enum err err = ntp_client_reply(&client, x->reply, x->reply_length, x->received,
                                    x->received_error_s, x->pivot, &reply);
    packets->judged++;
    if (err != (enum err)x->err) blame(packets, from->index, "its packet is judged otherwise");
    if (err != ERR_OK || x->err != ERR_OK) return;
    reply.exchange.source = x->source;
    if (!meet_orphan(packets, config, &reply.exchange)) keep(packets, &reply.exchange);
    if (from->sequence != 0) judge_orphans(packets, x);
}

static void take_sample(struct etalon_replay_packet *packets, const struct config *config,
                        const struct etalon_replay_from *from, const struct exchange *taken) {
    struct etalon_replay_orphan sample = {from->index, *taken};
    if (taken->source >= config->source_count) return; /* of no server */
    for (size_t i = 0; i < ETALON_REPLAY_RECEIPTS; i++) {
        bool *waits = &packets->receipts[taken->source].waits[i];
        const struct exchange *x = &packets->receipts[taken->source].exchanges[i];
        if (!*waits || x->t4.ns != taken->t4.ns) continue;
        *waits = false;
        compare(packets, config, x, &sample);
        return;
    }
    if (taken->t4.ns <= packets->lost_before || packets->orphan_count == ETALON_REPLAY_ORPHANS)
        packets->unproven++;
    else
        packets->orphans[packets->orphan_count++] = sample;
}

/* Numbers of the source job tell of what did not come. */
static void follow(struct etalon_replay_packet *packets, const struct etalon_replay_from *from) {
    bool next = from->pid == packets->pid && from->sequence == packets->sequence + 1;
    if (from->sequence == 1) next = true; /* a process begins: none of its records is missing */
    if (from->sequence != 0 && !next) etalon_replay_packet_lost(packets, from->counter);
    packets->pid = from->pid;
    packets->sequence = from->sequence;
}

void etalon_replay_packet_take(struct etalon_replay_packet *packets, const struct config *config,
                               const struct etalon_replay_from *from, enum record_kind kind,
                               const struct message_record *record) {
    static struct record r;
    if (record->job == JOB_SOURCE) follow(packets, from);
    bool receipt = kind == RECORD_RECEIPT && record->job == JOB_SOURCE;
    bool sample = kind == RECORD_SAMPLE && record->job == JOB_KEEPER;
    if (!receipt && !sample) return;
    if (record_parse(kind, record->bytes, record->length, &r) != ERR_OK)
        blame(packets, from->index, "its record cannot be read");
    else if (receipt)
        judge(packets, config, from, &r.receipt);
    else
        take_sample(packets, config, from, &r.sample.exchange);
}

void etalon_replay_packet_lost(struct etalon_replay_packet *packets, int64_t counter) {
    packets->lost_before = counter;
    for (size_t i = packets->orphan_count; i-- > 0;) {
        if (packets->orphans[i].exchange.t4.ns > counter) continue;
        packets->unproven++;
        drop_orphan(packets, i);
    }
}

/* In one process nothing overtakes anything: the packet of a sample came before it. */
void etalon_replay_packet_end(struct etalon_replay_packet *packets, uint64_t size) {
    for (size_t i = 0; i < packets->orphan_count; i++) {
        const struct etalon_replay_orphan *orphan = &packets->orphans[i];
        if (packets->sequence == 0)
            blame(packets, orphan->index, "there is no packet that gave it");
        else if (orphan->index + ETALON_REPLAY_TAIL < size)
            packets->unproven++;
    }
    packets->orphan_count = 0;
    memset(packets->receipts, 0, sizeof packets->receipts);
    packets->pid = packets->sequence = packets->lost_before = 0;
}

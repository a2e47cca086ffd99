/* Packets judged again. What the association alone knows (address, loop) and what needs keys that
 * nobody keeps (NTS) is taken as recorded. */
#include "main/etalon_replay_packet.h"

#include <string.h>

#include "proto/ntp_client.h"

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

static const char *judge(struct etalon_replay_packet *packets, const struct record_receipt *x) {
    struct ntp_client client;
    struct ntp_client_reply reply;
    if (is_foreign(x) || x->err == ERR_DUPLICATE || x->err == ERR_UNSOLICITED) return NULL;
    if (!ask_again(x, &client)) return "its request cannot be made again";
    enum err err = ntp_client_reply(&client, x->reply, x->reply_length, x->received,
                                    x->received_error_s, x->pivot, &reply);
    packets->judged++;
    if (err != (enum err)x->err) return "its packet is judged otherwise";
    if (err != ERR_OK) return NULL;
    packets->newest[x->source] = reply.exchange;
    packets->waits[x->source] = true;
    return NULL;
}

static const char *compare(struct etalon_replay_packet *packets, const struct config *config,
                           const struct exchange *taken) {
    struct exchange *x = &packets->newest[taken->source];
    if (!packets->waits[taken->source] || taken->source >= config->source_count) return NULL;
    if (x->t4.ns != taken->t4.ns) return NULL; /* of another packet */
    int64_t correction_ns = ns_from_s(config->sources[taken->source].offset_s);
    bool same = x->t1.ns == taken->t1.ns && x->t2.ns + correction_ns == taken->t2.ns &&
                x->t3.ns + correction_ns == taken->t3.ns && x->stratum == taken->stratum &&
                x->leap == taken->leap && x->root_delay_s == taken->root_delay_s &&
                x->root_dispersion_s == taken->root_dispersion_s &&
                x->stamp_error_s == taken->stamp_error_s;
    packets->waits[taken->source] = false;
    packets->samples += same;
    return same ? NULL : "it is not what its packet gives";
}

const char *etalon_replay_packet_take(struct etalon_replay_packet *packets,
                                      const struct config *config, enum record_kind kind,
                                      const struct message_record *record) {
    static struct record r;
    if (kind != RECORD_RECEIPT && kind != RECORD_SAMPLE) return NULL;
    if (record_parse(kind, record->bytes, record->length, &r) != ERR_OK)
        return "its record cannot be read";
    return kind == RECORD_RECEIPT ? judge(packets, &r.receipt)
                                  : compare(packets, config, &r.sample.exchange);
}

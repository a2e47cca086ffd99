/* The server's side of NTS key establishment (RFC 8915 section 4). Invariant: an answer is one
 * message, shorter than LIMIT_NTS_KE_RESPONSE_BYTES, and a doubtful request gets no cookies. */
#include "proto/nts_ke_server.h"

#include <string.h>

#include "base/bytes.h"

/* What has been found in a request so far. */
struct finding {
    bool protocol, aead, server, port, compliant; /* seen */
    bool ntpv4;
    uint16_t chosen; /* the client's best algorithm that is offered, or 0 */
};

void nts_ke_server_init(struct nts_ke_server *server) {
    memset(server, 0, sizeof *server);
}

/* Marks as seen; a record that must stand only once is wrong when it comes again. */
static enum err once(bool *seen) {
    if (*seen) return ERR_SYNTAX;
    *seen = true;
    return ERR_OK;
}

static enum err take_protocols(struct finding *found, const struct nts_record *record) {
    if (nts_record_count(record) == 0) return ERR_SYNTAX;
    found->ntpv4 = nts_record_holds(record, NTS_PROTOCOL_NTPV4);
    return once(&found->protocol);
}

/* The client lists its algorithms with the one it likes best first (section 4.1.5). */
static enum err take_aeads(struct finding *found, const struct nts_record *record,
                           const struct nts_ke_aeads *offer) {
    if (nts_record_count(record) == 0) return ERR_SYNTAX;
    for (size_t i = nts_record_count(record); i-- > 0;)
        if (nts_ke_has_aead(offer, nts_record_number(record, i)))
            found->chosen = nts_record_number(record, i);
    return once(&found->aead);
}

/* A server or port that the client would like is read and not followed, as the RFC allows. */
static enum err take(struct finding *found, const struct nts_record *record,
                     const struct nts_ke_aeads *offer) {
    enum err err = nts_record_check(record);
    if (err != ERR_OK) return err;
    char host[LIMIT_HOST_NAME_BYTES];
    switch (record->type) {
    case NTS_RECORD_NEXT_PROTOCOL:
        return take_protocols(found, record);
    case NTS_RECORD_AEAD:
        return take_aeads(found, record, offer);
    case NTS_RECORD_ERROR:
    case NTS_RECORD_WARNING:
    case NTS_RECORD_COOKIE:
        return ERR_KIND;
    case NTS_RECORD_SERVER:
        err = nts_record_host(record, host);
        return err == ERR_OK ? once(&found->server) : err;
    case NTS_RECORD_NTP_PORT:
        return once(&found->port);
    case NTS_RECORD_COMPLIANT_EXPORT:
        return once(&found->compliant);
    default:
        return ERR_OK;
    }
}

/* The first thing that is wrong; but what is critical and unknown goes before all else, because it
 * has an error code of its own. */
static enum err read_records(const struct nts_ke_server *server, const struct nts_ke_aeads *offer,
                             struct finding *found) {
    struct reader r = reader_of(server->bytes, server->message.length);
    struct nts_record record;
    enum err first = ERR_OK;
    while (nts_record_next(&r, &record) == ERR_OK) {
        enum err err = take(found, &record, offer);
        if (err == ERR_CRITICAL) return err;
        if (first == ERR_OK) first = err;
        if (record.type == NTS_RECORD_END) break;
    }
    return first;
}

static enum err judge(const struct finding *found) {
    if (!found->protocol) return ERR_SYNTAX;
    if (!found->ntpv4) return ERR_NEGOTIATION;
    if (!found->aead) return ERR_SYNTAX;
    return found->chosen == 0 ? ERR_NEGOTIATION : ERR_OK;
}

static void refuse(enum err why, struct nts_ke_server_request *out) {
    *out = (struct nts_ke_server_request){
        .err = why,
        .error = why == ERR_CRITICAL ? NTS_ERROR_UNKNOWN_CRITICAL : NTS_ERROR_BAD_REQUEST,
    };
}

bool nts_ke_server_feed(struct nts_ke_server *server, const void *bytes, size_t length,
                        const struct nts_ke_aeads *offer, struct nts_ke_server_request *out) {
    enum err whole =
        nts_ke_collect(&server->message, server->bytes, sizeof server->bytes, bytes, length);
    if (whole == ERR_SHORT) return false;
    struct finding found = {0};
    enum err err = read_records(server, offer, &found);
    if (err != ERR_CRITICAL && whole != ERR_OK) err = whole;
    if (err == ERR_OK) err = judge(&found);
    if (err != ERR_OK && err != ERR_NEGOTIATION) {
        refuse(err, out);
        return true;
    }
    *out = (struct nts_ke_server_request){.err = err, .next_protocol = found.ntpv4};
    out->agreement.aead = found.chosen;
    out->agreement.compliant = found.compliant && found.chosen == NTS_AEAD_AES_128_GCM_SIV;
    return true;
}

void nts_ke_server_give_up(enum err why, struct nts_ke_server_request *out) {
    refuse(why, out);
}

static enum err finish(struct writer *w, size_t *length) {
    nts_record_put_end(w);
    if (w->failed) return ERR_FULL;
    *length = writer_length(w);
    return ERR_OK;
}

static bool is_giveable(const struct nts_ke_server_gift *gift) {
    return gift->count > 0 && gift->count <= LIMIT_NTS_COOKIES && gift->cookie_length > 0 &&
           gift->cookie_length <= LIMIT_NTS_COOKIE_BYTES && gift->cookie_length % 4 == 0 &&
           (!gift->server ||
            (gift->server[0] != '\0' &&
             strnlen(gift->server, LIMIT_HOST_NAME_BYTES) < LIMIT_HOST_NAME_BYTES));
}

static void put_gift(struct writer *w, const struct nts_ke_agreement *agreement,
                     const struct nts_ke_server_gift *gift) {
    if (agreement->compliant) nts_record_put_compliant_export(w);
    for (size_t i = 0; i < gift->count; i++)
        nts_record_put_cookie(w, gift->cookies + i * gift->cookie_length, gift->cookie_length);
    if (gift->server) nts_record_put_server(w, gift->server);
    if (gift->port != 0 && gift->port != NTS_KE_NTP_PORT) nts_record_put_port(w, gift->port);
}

enum err nts_ke_server_answer(const struct nts_ke_server_request *request,
                              const struct nts_ke_server_gift *gift, uint8_t *out, size_t room,
                              size_t *length) {
    struct writer w = writer_of(out, room);
    if (request->err != ERR_OK && request->err != ERR_NEGOTIATION) {
        nts_record_put_error(&w, (uint16_t)request->error);
        return finish(&w, length);
    }
    if (request->err == ERR_OK && !is_giveable(gift)) return ERR_RANGE;
    const uint16_t protocol = NTS_PROTOCOL_NTPV4;
    nts_record_put_protocols(&w, &protocol, request->next_protocol ? 1 : 0);
    if (request->next_protocol)
        nts_record_put_aeads(&w, &request->agreement.aead, request->err == ERR_OK ? 1 : 0);
    if (request->err == ERR_OK) put_gift(&w, &request->agreement, gift);
    return finish(&w, length);
}

enum err nts_ke_server_internal(uint8_t *out, size_t room, size_t *length) {
    struct writer w = writer_of(out, room);
    nts_record_put_error(&w, NTS_ERROR_INTERNAL);
    return finish(&w, length);
}

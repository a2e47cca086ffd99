/* The client's side of NTS key establishment (RFC 8915 section 4). Invariant: a response with
 * anything wrong in it yields a reason and nothing else. */
#include "proto/nts_ke_client.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"

/* What has been found in a response so far. */
struct finding {
    bool protocol, ntpv4, aead, server, port, compliant; /* seen */
    bool chosen;                                         /* the algorithm record is not empty */
};

size_t nts_ke_client_init(struct nts_ke_client *client, const struct nts_ke_aeads *offer,
                          uint8_t out[NTS_KE_CLIENT_REQUEST_BYTES]) {
    CHECK(offer->count > 0 && offer->count <= NTS_KE_AEADS_MAX);
    memset(client, 0, sizeof *client);
    client->offered = *offer;
    struct writer w = writer_of(out, NTS_KE_CLIENT_REQUEST_BYTES);
    const uint16_t protocol = NTS_PROTOCOL_NTPV4;
    nts_record_put_protocols(&w, &protocol, 1);
    nts_record_put_aeads(&w, offer->ids, offer->count);
    if (nts_ke_has_aead(offer, NTS_AEAD_AES_128_GCM_SIV)) nts_record_put_compliant_export(&w);
    nts_record_put_end(&w);
    CHECK(!w.failed);
    return writer_length(&w);
}

__attribute__((format(printf, 3, 4))) static enum err
refuse(struct nts_ke_client_response *out, enum err err, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out->reason, sizeof out->reason, format, arguments);
    va_end(arguments);
    return err;
}

static enum err take_once(struct nts_ke_client_response *out, bool *seen, const char *what) {
    if (*seen) return refuse(out, ERR_SYNTAX, "the response names %s twice", what);
    *seen = true;
    return ERR_OK;
}

static enum err take_error(struct nts_ke_client_response *out, const struct nts_record *record) {
    static const char *const texts[] = {
        [NTS_ERROR_UNKNOWN_CRITICAL] = "it does not understand a critical record of the request",
        [NTS_ERROR_BAD_REQUEST] = "it takes the request for malformed or late",
        [NTS_ERROR_INTERNAL] = "internal server error",
    };
    unsigned code = nts_record_number(record, 0);
    const char *text = code < sizeof texts / sizeof *texts ? texts[code] : "unknown code";
    return refuse(out, ERR_REFUSED, "the server answers with error %u: %s", code, text);
}

static enum err take_protocols(struct nts_ke_client_response *out, struct finding *found,
                               const struct nts_record *record) {
    size_t count = nts_record_count(record);
    if (count > 1 || (count == 1 && nts_record_number(record, 0) != NTS_PROTOCOL_NTPV4))
        return refuse(out, ERR_SYNTAX, "the server chose a protocol that was not offered");
    found->ntpv4 = count == 1;
    return take_once(out, &found->protocol, "the protocol");
}

static enum err take_aead(const struct nts_ke_client *client, struct nts_ke_client_response *out,
                          struct finding *found, const struct nts_record *record) {
    size_t count = nts_record_count(record);
    if (count > 1) return refuse(out, ERR_SYNTAX, "the server chose more than one AEAD algorithm");
    if (count == 1) out->agreement.aead = nts_record_number(record, 0);
    if (count == 1 && !nts_ke_has_aead(&client->offered, out->agreement.aead))
        return refuse(out, ERR_SYNTAX, "the server chose AEAD algorithm %u, which was not offered",
                      (unsigned)out->agreement.aead);
    found->chosen = count == 1;
    return take_once(out, &found->aead, "the AEAD algorithm");
}

/* Extension fields come in steps of 4 bytes, so another cookie could not be given back as it is. */
static enum err take_cookie(struct nts_ke_client_response *out, const struct nts_record *record) {
    if (record->length > LIMIT_NTS_COOKIE_BYTES || record->length % 4 != 0) return ERR_OK;
    if (out->cookie_count == LIMIT_NTS_COOKIES) return ERR_OK;
    struct nts_cookie *cookie = &out->cookies[out->cookie_count++];
    memcpy(cookie->bytes, record->body, record->length);
    cookie->length = (uint16_t)record->length;
    return ERR_OK;
}

static enum err take_port(struct nts_ke_client_response *out, struct finding *found,
                          const struct nts_record *record) {
    out->port = nts_record_number(record, 0);
    if (out->port == 0) return refuse(out, ERR_SYNTAX, "the server names port 0");
    return take_once(out, &found->port, "the port");
}

static enum err take_host(struct nts_ke_client_response *out, struct finding *found,
                          const struct nts_record *record) {
    if (nts_record_host(record, out->server) != ERR_OK)
        return refuse(out, ERR_SYNTAX, "the NTP server that the response names is no host name");
    return take_once(out, &found->server, "the NTP server");
}

static enum err take_known(const struct nts_ke_client *client, struct nts_ke_client_response *out,
                           struct finding *found, const struct nts_record *record) {
    switch (record->type) {
    case NTS_RECORD_NEXT_PROTOCOL:
        return take_protocols(out, found, record);
    case NTS_RECORD_ERROR:
        return take_error(out, record);
    case NTS_RECORD_WARNING:
        return refuse(out, ERR_REFUSED, "the server answers with warning %u, which is not known",
                      (unsigned)nts_record_number(record, 0));
    case NTS_RECORD_AEAD:
        return take_aead(client, out, found, record);
    case NTS_RECORD_COOKIE:
        return take_cookie(out, record);
    case NTS_RECORD_SERVER:
        return take_host(out, found, record);
    case NTS_RECORD_NTP_PORT:
        return take_port(out, found, record);
    case NTS_RECORD_COMPLIANT_EXPORT:
        return take_once(out, &found->compliant, "its exporter");
    default:
        return ERR_OK;
    }
}

static enum err take(const struct nts_ke_client *client, struct nts_ke_client_response *out,
                     struct finding *found, const struct nts_record *record) {
    enum err err = nts_record_check(record);
    if (err == ERR_CRITICAL)
        return refuse(out, err, "record type %u is marked critical, and not understood",
                      (unsigned)record->type);
    if (err != ERR_OK)
        return refuse(out, err, "record type %u is malformed", (unsigned)record->type);
    return take_known(client, out, found, record);
}

/* An error record is why the rest looks as it does: it is looked for before all else. */
static enum err find_error(const struct nts_ke_client *client, struct nts_ke_client_response *out) {
    struct reader r = reader_of(client->bytes, client->message.length);
    struct nts_record record;
    while (nts_record_next(&r, &record) == ERR_OK && record.type != NTS_RECORD_END)
        if (record.type == NTS_RECORD_ERROR && nts_record_check(&record) == ERR_OK)
            return take_error(out, &record);
    return ERR_OK;
}

static enum err read_records(const struct nts_ke_client *client, struct nts_ke_client_response *out,
                             struct finding *found) {
    enum err err = find_error(client, out);
    struct reader r = reader_of(client->bytes, client->message.length);
    struct nts_record record = {.type = NTS_RECORD_ERROR};
    while (err == ERR_OK && record.type != NTS_RECORD_END) {
        if (nts_record_next(&r, &record) != ERR_OK) break;
        err = take(client, out, found, &record);
    }
    return err;
}

static enum err judge(struct nts_ke_client_response *out, const struct finding *found) {
    if (!found->protocol)
        return refuse(out, ERR_SYNTAX, "the response does not say which protocol follows");
    if (!found->ntpv4) return refuse(out, ERR_NEGOTIATION, "the server does not do NTPv4");
    if (!found->aead)
        return refuse(out, ERR_SYNTAX, "the response does not name an AEAD algorithm");
    if (!found->chosen)
        return refuse(out, ERR_NEGOTIATION, "the server has none of our AEAD algorithms");
    if (out->cookie_count == 0)
        return refuse(out, ERR_SYNTAX, "the response holds no cookie of 4 to %d bytes",
                      LIMIT_NTS_COOKIE_BYTES);
    out->agreement.compliant = found->compliant && out->agreement.aead == NTS_AEAD_AES_128_GCM_SIV;
    return ERR_OK;
}

static enum err judge_whole(struct nts_ke_client_response *out, enum err whole) {
    if (whole == ERR_TRAILING)
        return refuse(out, whole, "something follows the end of the response");
    return refuse(out, whole, "the response is longer than %d bytes", LIMIT_NTS_KE_RESPONSE_BYTES);
}

/* Leaves only the reason where there is one. */
static void settle(struct nts_ke_client_response *out, enum err err) {
    if (err != ERR_OK) {
        char reason[NTS_KE_CLIENT_REASON_BYTES];
        memcpy(reason, out->reason, sizeof reason);
        memset(out, 0, sizeof *out);
        memcpy(out->reason, reason, sizeof reason);
    }
    out->err = err;
}

bool nts_ke_client_feed(struct nts_ke_client *client, const void *bytes, size_t length,
                        struct nts_ke_client_response *out) {
    enum err whole =
        nts_ke_collect(&client->message, client->bytes, sizeof client->bytes, bytes, length);
    if (whole == ERR_SHORT) return false;
    struct finding found = {0};
    memset(out, 0, sizeof *out);
    out->port = NTS_KE_NTP_PORT;
    enum err err = read_records(client, out, &found);
    if (err == ERR_OK && whole != ERR_OK) err = judge_whole(out, whole);
    if (err == ERR_OK) err = judge(out, &found);
    settle(out, err);
    return true;
}

void nts_ke_client_give_up(enum err why, struct nts_ke_client_response *out) {
    memset(out, 0, sizeof *out);
    refuse(out, why,
           why == ERR_STALE ? "the server did not answer in time"
                            : "the server closed before its response was complete");
    out->err = why;
}

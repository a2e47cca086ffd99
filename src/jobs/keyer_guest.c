/* A server of keys for one of our sources. Invariant: keys leave here only after the certificate
 * was accepted (TLS_STATE_OPEN) and the whole response was good. */
#include "jobs/keyer_guest.h"

#include <stdio.h>
#include <string.h>

#include "crypto/wipe.h"

enum err keyer_guest_open(struct keyer_guest *guest, const struct keyer *keyer,
                          const struct tls_client *client, const struct message_nts_want *want,
                          struct mono now) {
    struct utc utc;
    bool exact = keyer_time(keyer, now, &utc);
    *guest = (struct keyer_guest){.want = *want};
    enum err err = tls_connect(&guest->tls, client, want->name, &utc);
    guest->tls.time_is_floor = !exact;
    return err;
}

void keyer_guest_refusal(const struct message_nts_want *want, enum err why, struct message *out) {
    memset(out, 0, sizeof *out);
    out->kind = MESSAGE_NTS_GRANT;
    out->nts_grant.source = want->source;
    out->nts_grant.addr = want->addr;
    out->nts_grant.err = (uint8_t)why;
}

static void refuse(struct keyer_guest *guest, enum err why, const char *text, struct message *out,
                   char reason[TLS_REASON_BYTES]) {
    guest->done = true;
    keyer_guest_refusal(&guest->want, why, out);
    snprintf(reason, TLS_REASON_BYTES, "%s", text);
}

static enum err export_session(struct keyer_guest *guest, const struct nts_ke_agreement *agreement,
                               struct nts_session *out) {
    uint8_t context[NTS_KE_CONTEXT_BYTES];
    size_t length = nts_ke_key_length(agreement->aead);
    out->aead = agreement->aead;
    nts_ke_context(agreement, NTS_KE_C2S, context);
    enum err err = tls_export(&guest->tls, context, out->c2s, length);
    if (err != ERR_OK) return err;
    nts_ke_context(agreement, NTS_KE_S2C, context);
    return tls_export(&guest->tls, context, out->s2c, length);
}

static void grant(struct keyer_guest *guest, const struct nts_ke_client_response *response,
                  struct message *out, char reason[TLS_REASON_BYTES]) {
    keyer_guest_refusal(&guest->want, ERR_OK, out);
    struct message_nts_grant *x = &out->nts_grant;
    enum err err = export_session(guest, &response->agreement, &x->credentials.session);
    if (err != ERR_OK) {
        refuse(guest, err, "the keys cannot be exported", out, reason);
        return;
    }
    guest->done = true;
    reason[0] = '\0';
    for (size_t i = 0; i < response->cookie_count; i++)
        x->credentials.cookies[x->credentials.count++] = response->cookies[i];
    memcpy(x->server, response->server, sizeof x->server);
    x->port = response->port;
}

static void ask(struct keyer_guest *guest) {
    uint8_t request[NTS_KE_CLIENT_REQUEST_BYTES];
    size_t length = nts_ke_client_init(&guest->records, &keyer_aeads, request);
    guest->asked = tls_write(&guest->tls, request, length) == ERR_OK;
}

static void judge(struct keyer_guest *guest, const struct nts_ke_client_response *response,
                  struct message *out, char reason[TLS_REASON_BYTES]) {
    if (response->err == ERR_OK)
        grant(guest, response, out, reason);
    else
        refuse(guest, response->err, response->reason, out, reason);
    tls_close(&guest->tls);
}

bool keyer_guest_feed(struct keyer_guest *guest, const void *bytes, size_t length,
                      struct message *out, char reason[TLS_REASON_BYTES]) {
    struct nts_ke_client_response response;
    uint8_t plain[1024];
    enum err err = tls_feed(&guest->tls, bytes, length);
    if (guest->tls.state == TLS_STATE_OPEN && !guest->asked) ask(guest);
    for (size_t got; !guest->done && (got = tls_read(&guest->tls, plain, sizeof plain)) > 0;)
        if (guest->asked && nts_ke_client_feed(&guest->records, plain, got, &response))
            judge(guest, &response, out, reason);
    if (!guest->done && err != ERR_OK) refuse(guest, err, guest->tls.reason, out, reason);
    if (!guest->done && guest->tls.state == TLS_STATE_CLOSED)
        keyer_guest_give_up(guest, ERR_SHORT, out, reason);
    return guest->done;
}

void keyer_guest_give_up(struct keyer_guest *guest, enum err why, struct message *out,
                         char reason[TLS_REASON_BYTES]) {
    struct nts_ke_client_response response;
    const char *text = guest->tls.state == TLS_STATE_HANDSHAKE
                           ? "the TLS handshake was not finished"
                           : err_text(why);
    if (guest->asked) {
        nts_ke_client_give_up(why, &response);
        text = response.reason;
    }
    refuse(guest, why, text, out, reason);
}

void keyer_guest_free(struct keyer_guest *guest) {
    tls_free(&guest->tls);
    wipe(guest, sizeof *guest);
}

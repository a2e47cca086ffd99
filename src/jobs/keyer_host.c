/* A client of our key establishment. Invariant: keys are exported and cookies minted only for a
 * request that was judged good, and neither stays behind. */
#include "jobs/keyer_host.h"

#include "crypto/wipe.h"

enum err keyer_host_open(struct keyer_host *host, const struct tls_server *server) {
    host->answered = false;
    host->err = ERR_OK;
    nts_ke_server_init(&host->records);
    return tls_accept(&host->tls, server);
}

static enum err export_session(struct tls_connection *tls, const struct nts_ke_agreement *agreement,
                               struct nts_session *out) {
    uint8_t context[NTS_KE_CONTEXT_BYTES];
    size_t length = nts_ke_key_length(agreement->aead);
    out->aead = agreement->aead;
    nts_ke_context(agreement, NTS_KE_C2S, context);
    enum err err = tls_export(tls, context, out->c2s, length);
    if (err != ERR_OK) return err;
    nts_ke_context(agreement, NTS_KE_S2C, context);
    return tls_export(tls, context, out->s2c, length);
}

static enum err mint(struct keyer *keyer, struct tls_connection *tls,
                     const struct nts_ke_agreement *agreement,
                     uint8_t out[LIMIT_NTS_COOKIES * NTS_COOKIE_BYTES]) {
    struct nts_session session = {.aead = 0};
    enum err err = keyer->has_keys ? export_session(tls, agreement, &session) : ERR_NTS_KEY;
    for (size_t i = 0; err == ERR_OK && i < LIMIT_NTS_COOKIES; i++) {
        uint8_t nonce[NONCE_BYTES];
        nonce_next(&keyer->nonces, nonce);
        nts_cookie_make(&keyer->keys, &session, nonce, out + i * NTS_COOKIE_BYTES);
    }
    wipe(&session, sizeof session);
    return err;
}

static enum err build_answer(struct keyer *keyer, struct tls_connection *tls,
                             const struct nts_ke_server_request *request, uint8_t *out, size_t room,
                             size_t *length) {
    const struct config *config = keyer->config;
    uint8_t cookies[LIMIT_NTS_COOKIES * NTS_COOKIE_BYTES];
    struct nts_ke_server_gift gift = {.cookies = cookies,
                                      .count = LIMIT_NTS_COOKIES,
                                      .cookie_length = NTS_COOKIE_BYTES,
                                      .port = config->port};
    if (config->nts.ntp_server[0] != '\0') gift.server = config->nts.ntp_server;
    enum err err = request->err == ERR_OK ? mint(keyer, tls, &request->agreement, cookies) : ERR_OK;
    if (err == ERR_OK) err = nts_ke_server_answer(request, &gift, out, room, length);
    return err;
}

static void answer(struct keyer_host *host, struct keyer *keyer,
                   const struct nts_ke_server_request *request) {
    uint8_t bytes[LIMIT_NTS_KE_RESPONSE_BYTES];
    size_t length = 0;
    host->err = build_answer(keyer, &host->tls, request, bytes, sizeof bytes, &length);
    if (host->err != ERR_OK && nts_ke_server_internal(bytes, sizeof bytes, &length) != ERR_OK)
        length = 0;
    if (host->err == ERR_OK) host->err = request->err;
    host->answered = true;
    if (length > 0 && tls_write(&host->tls, bytes, length) != ERR_OK) host->err = ERR_TLS;
    tls_close(&host->tls);
}

void keyer_host_feed(struct keyer_host *host, struct keyer *keyer, const void *bytes,
                     size_t length) {
    uint8_t plain[LIMIT_NTS_KE_REQUEST_BYTES];
    struct nts_ke_server_request request;
    (void)tls_feed(&host->tls, bytes, length);
    while (!host->answered) {
        size_t got = tls_read(&host->tls, plain, sizeof plain);
        if (got == 0) break;
        if (nts_ke_server_feed(&host->records, plain, got, &keyer_aeads, &request))
            answer(host, keyer, &request);
    }
    /* The client has closed its side after half a request: it is told, and that is all. */
    if (!host->answered && host->tls.state == TLS_STATE_CLOSED) host->err = ERR_SHORT;
}

bool keyer_host_over(const struct keyer_host *host) {
    bool living = host->tls.state == TLS_STATE_HANDSHAKE || host->tls.state == TLS_STATE_OPEN;
    return !living && tls_pending(&host->tls) == 0;
}

void keyer_host_close(struct keyer_host *host, struct keyer *keyer, enum err why) {
    enum err err = host->err;
    if (host->tls.state == TLS_STATE_FAILED) err = host->tls.err;
    if (!host->answered && err == ERR_OK) err = why != ERR_OK ? why : ERR_SHORT;
    if (host->answered && err == ERR_OK)
        keyer->report.served++;
    else
        keyer->report.drops[err]++;
    tls_free(&host->tls);
}

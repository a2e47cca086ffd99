/* The chained measurement (RFC 10049 section 8.2). Invariant: every kept link was verified, and its
 * nonce is random (the first) or a hash over the whole response of the link before. */
#include "proto/roughtime_chain.h"

#include <string.h>

#include "base/check.h"
#include "wire/roughtime_report.h"

/* How much the local counter may be off in rate while a chain is being made. */
static const double counter_tolerance = 500e-6;

static enum err check_server(const struct roughtime_chain_server *servers, size_t index) {
    if (!roughtime_proof_speaks(servers[index].version)) return ERR_VERSION;
    for (size_t i = 0; i < index; i++)
        if (memcmp(servers[i].long_term_key, servers[index].long_term_key, ED25519_PUBLIC_BYTES) ==
            0)
            return ERR_DUPLICATE;
    return ERR_OK;
}

enum err roughtime_chain_init(struct roughtime_chain *chain,
                              const struct roughtime_client_rules *rules,
                              const struct roughtime_chain_server *servers, size_t count) {
    if (count < ROUGHTIME_CHAIN_SERVERS_MIN || count > LIMIT_ROUGHTIME_SERVERS) return ERR_RANGE;
    for (size_t i = 0; i < count; i++) {
        enum err err = check_server(servers, i);
        if (err != ERR_OK) return err;
    }
    memset(chain, 0, sizeof *chain);
    chain->rules = *rules;
    chain->server_count = count;
    memcpy(chain->servers, servers, count * sizeof *servers);
    return ERR_OK;
}

const struct roughtime_chain_link *roughtime_chain_next(struct roughtime_chain *chain,
                                                        struct mono now, struct entropy *entropy) {
    CHECK(!chain->waiting);
    if (chain->step == ROUGHTIME_CHAIN_PASSES * chain->server_count) return NULL;
    struct roughtime_chain_link *link = &chain->links[chain->link_count];
    const struct roughtime_chain_link *last = chain->link_count ? link - 1 : NULL;
    uint8_t nonce[ROUGHTIME_PROOF_NONCE_BYTES];
    link->server = chain->step % chain->server_count;
    link->sent = now;
    link->received = now;
    entropy_fill(entropy, link->rand, sizeof link->rand);
    if (last)
        roughtime_client_chained_nonce(last->response, last->response_length, link->rand, nonce);
    else
        memcpy(nonce, link->rand, sizeof nonce);
    const struct roughtime_chain_server *server = &chain->servers[link->server];
    enum err err = roughtime_client_request(&server->version, 1, nonce, server->long_term_key,
                                            link->request, &link->request_length);
    CHECK(err == ERR_OK);
    chain->waiting = true;
    return link;
}

enum err roughtime_chain_response(struct roughtime_chain *chain, struct mono received,
                                  const uint8_t *packet, size_t length) {
    if (!chain->waiting) return ERR_UNSOLICITED;
    struct roughtime_chain_link *link = &chain->links[chain->link_count];
    if (length > sizeof link->response) return ERR_TOO_LONG;
    enum err err =
        roughtime_client_verify(&chain->rules, chain->servers[link->server].long_term_key,
                                link->request, link->request_length, packet, length, &link->proof);
    if (err != ERR_OK) return err;
    memcpy(link->response, packet, length);
    link->response_length = length;
    link->received = received;
    chain->waiting = false;
    chain->link_count++;
    chain->step++;
    return ERR_OK;
}

void roughtime_chain_skip(struct roughtime_chain *chain) {
    CHECK(chain->waiting);
    chain->waiting = false;
    chain->step++;
}

static size_t servers_answering(const struct roughtime_chain *chain) {
    bool seen[LIMIT_ROUGHTIME_SERVERS] = {false};
    size_t count = 0;
    for (size_t i = 0; i < chain->link_count; i++) {
        count += !seen[chain->links[i].server];
        seen[chain->links[i].server] = true;
    }
    return count;
}

static bool find_malfeasance(const struct roughtime_chain *chain,
                             struct roughtime_chain_result *out) {
    for (size_t later = 1; later < chain->link_count; later++)
        for (size_t earlier = 0; earlier < later; earlier++) {
            if (roughtime_client_possible(&chain->links[earlier].proof.interval,
                                          &chain->links[later].proof.interval))
                continue;
            out->earlier = earlier;
            out->later = later;
            return true;
        }
    return false;
}

/* Narrows [low, high] by what one link says of UTC at out->at: the response was made between sent
 * and received, and the counter has gone on since. In double seconds, exact to a microsecond. */
/* What one link allows, carried to the instant of the result. */
static void carry(const struct roughtime_chain_link *link, struct mono at, int64_t *low_ns,
                  int64_t *high_ns) {
    const struct roughtime_proof_interval *given = &link->proof.interval;
    double least_s = mono_seconds(at, link->received) * (1 - counter_tolerance);
    double most_s = mono_seconds(at, link->sent) * (1 + counter_tolerance);
    *low_ns = ns_from_s((double)given->midpoint_s - given->radius_s + least_s);
    *high_ns = ns_from_s((double)given->midpoint_s + given->radius_s + most_s);
}

static void insert(int64_t *ascending, size_t count, int64_t value) {
    for (; count > 0 && ascending[count - 1] > value; count--)
        ascending[count] = ascending[count - 1];
    ascending[count] = value;
}

/* Fewer than half of the servers lie, in both passes: of the lows as many as they can give may be
 * too high, so the next lower one counts; and the other way round. An intersection of all would let
 * one server move the bound as far as its neighbours' radius reaches. The silent are counted too:
 * who keeps the honest from being heard makes no majority of his own. False: all that was heard
 * could be lies. */
static bool bound(const struct roughtime_chain *chain, struct roughtime_chain_result *out) {
    int64_t lows[ROUGHTIME_CHAIN_PASSES * LIMIT_ROUGHTIME_SERVERS];
    int64_t highs[ROUGHTIME_CHAIN_PASSES * LIMIT_ROUGHTIME_SERVERS];
    size_t count = chain->link_count;
    size_t liars = (chain->server_count - 1) / 2 * ROUGHTIME_CHAIN_PASSES;
    for (size_t i = 0; i < count; i++) {
        int64_t low_ns, high_ns;
        carry(&chain->links[i], out->at, &low_ns, &high_ns);
        insert(lows, i, low_ns);
        insert(highs, i, high_ns);
    }
    if (count <= liars) return false;
    out->low.ns = lows[count - 1 - liars];
    out->high.ns = highs[liars];
    return true;
}

void roughtime_chain_conclude(const struct roughtime_chain *chain,
                              struct roughtime_chain_result *out) {
    struct roughtime_chain_result result = {
        .servers_answering = servers_answering(chain), .low = {INT64_MIN}, .high = {INT64_MAX}};
    if (chain->link_count) result.at = chain->links[chain->link_count - 1].received;
    bool bounded = bound(chain, &result);
    if (find_malfeasance(chain, &result))
        result.verdict = ROUGHTIME_CHAIN_MALFEASANCE;
    else if (result.servers_answering < ROUGHTIME_CHAIN_SERVERS_MIN || !bounded)
        result.verdict = ROUGHTIME_CHAIN_INCOMPLETE;
    else if (result.low.ns > result.high.ns)
        result.verdict = ROUGHTIME_CHAIN_INCONSISTENT;
    else
        result.verdict = ROUGHTIME_CHAIN_CONSISTENT;
    *out = result;
}

void roughtime_chain_report(const struct roughtime_chain *chain, struct json *json) {
    struct roughtime_report_entry entries[ROUGHTIME_REPORT_ENTRIES];
    for (size_t i = 0; i < chain->link_count; i++) {
        const struct roughtime_chain_link *link = &chain->links[i];
        entries[i] = (struct roughtime_report_entry){.rand = i > 0 ? link->rand : NULL,
                                                     .public_key =
                                                         chain->servers[link->server].long_term_key,
                                                     .request = link->request,
                                                     .request_length = link->request_length,
                                                     .response = link->response,
                                                     .response_length = link->response_length};
    }
    roughtime_report_json(entries, chain->link_count, json);
}

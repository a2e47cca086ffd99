/* Keys of an association. A NAK is a hint only, because whoever sees a request can forge one: new
 * keys are asked for when nothing but NAKs came to several requests in a row. */
#include "jobs/keying.h"

#include <string.h>
#include <strings.h>

#include "crypto/wipe.h"

enum {
    WAIT_MIN_LOG2S = 1, /* doubled by the first try */
    WAIT_MAX_LOG2S = 12,
    ANSWER_S = 20, /* the keyer answers sooner, or it was restarted */
    NAKS_BELIEVED = 2,
    KEEP_S = 600, /* cookies on disk are this old at most; a used one is still a good one */
};
static const double jitter_most = 0.5;

bool keying_wanted(const struct keying *keying) {
    return keying->config->nts;
}

void keying_forget(struct keying *keying, struct mono now) {
    nts_client_wipe(&keying->client);
    nts_client_init(&keying->client);
    keying->host = (struct addr){.family = ADDR_NONE};
    keying->asked = false;
    keying->tries = keying->naks_in_row = 0;
    keying->at = now;
    keying->keep_at = MONO_NEVER;
    keying->server[0] = '\0';
    keying->fixed = keying->looking = false;
}

void keying_init(struct keying *keying, const struct config_source *config, double refresh_s,
                 struct mono now) {
    memset(keying, 0, sizeof *keying);
    keying->config = config;
    keying->refresh_s = refresh_s;
    keying_forget(keying, now);
}

void keying_host(struct keying *keying, const struct addr *host) {
    keying->host = *host;
    keying->host.port = keying->config->nts_port;
}

bool keying_by_name(const struct keying *keying) {
    const struct config_source *config = keying->config;
    return config->nts && config->addr.family == ADDR_NONE && !config->is_pool;
}

static bool has_keys(const struct keying *keying) {
    return keying->client.held.session.aead != 0;
}

static bool for_other_name(const struct keying *keying) {
    return keying->fixed || keying->server[0] != '\0';
}

bool keying_covers_name(const struct keying *keying) {
    return keying_by_name(keying) && has_keys(keying) && !for_other_name(keying);
}

static int64_t wait_ns(const struct keying *keying, struct entropy *entropy) {
    int log2s = WAIT_MIN_LOG2S + keying->tries;
    int64_t least = NS_PER_S << (log2s < WAIT_MAX_LOG2S ? log2s : WAIT_MAX_LOG2S);
    return (int64_t)((double)least * (1 + jitter_most * entropy_unit(entropy)));
}

static bool needs_keys(const struct keying *keying, struct mono now) {
    enum nts_client_need need = nts_client_need(&keying->client, now, keying->refresh_s);
    if (need == NTS_NEED_REFUSED) return keying->naks_in_row >= NAKS_BELIEVED;
    return need != NTS_NEED_NOTHING;
}

/* Hosts of one name that do not share keys refuse each other's: who refuses is asked first. */
static void turn_to(struct keying *keying, const struct addr *server) {
    if (keying->client.refused && keying->tries == 0 && keying_covers_name(keying))
        keying_host(keying, server);
}

void keying_ask(struct keying *keying, uint16_t source, const struct addr *server,
                const struct event *event, struct outbox *outbox) {
    if (keying->host.family == ADDR_NONE || mono_before(event->now, keying->at)) return;
    if (!needs_keys(keying, event->now)) return;
    turn_to(keying, server);
    if (keying->tries < UINT8_MAX) keying->tries++;
    int64_t wait = wait_ns(keying, event->entropy), answer = ANSWER_S * NS_PER_S;
    keying->at = mono_add(event->now, wait > answer ? wait : answer);
    keying->asked = true;
    keying->asked_at = keying->host;
    struct effect *effect = job_effect(outbox, EFFECT_POST);
    effect->post.to = JOB_KEYER;
    effect->post.message.kind = MESSAGE_NTS_WANT;
    struct message_nts_want *want = &effect->post.message.nts_want;
    want->source = source;
    want->addr = keying->host;
    memcpy(want->name, keying->config->name, sizeof want->name);
}

bool keying_ready(const struct keying *keying) {
    return keying->client.held.count > 0 && !keying->looking;
}

struct mono keying_retry(const struct keying *keying, struct mono now) {
    struct mono soonest = mono_add(now, NS_PER_S);
    return mono_before(keying->at, soonest) ? soonest : keying->at;
}

/* The host's own name, or another one that is still to be looked up. Who has been asked with the
 * former keys goes on to be asked, if they were for the same name. */
static void find_by_name(struct keying *keying, const char *name, uint16_t port, bool first,
                         struct addr *server) {
    bool stays = !first && !keying->fixed && !keying->looking && server->family != ADDR_NONE &&
                 server->port == port && strcasecmp(name, keying->server) == 0;
    keying->fixed = false;
    keying->server_port = port;
    if (stays) return;
    memcpy(keying->server, name, strlen(name) + 1);
    keying->looking = name[0] != '\0';
    *server = keying->host;
    server->port = port;
    if (keying->looking) server->family = ADDR_NONE;
}

/* Where the keys are good: the server that was named, by address or by name, or the host that gave
 * them. */
static void find_server(struct keying *keying, const struct message_nts_grant *grant,
                        uint16_t default_port, bool first, struct addr *server) {
    uint16_t port = grant->port == NTP_PACKET_PORT || grant->port == 0 ? default_port : grant->port;
    bool own = strcasecmp(grant->server, keying->config->name) == 0;
    struct addr named;
    if (own || addr_parse(grant->server, port, &named) != ERR_OK) {
        find_by_name(keying, own ? "" : grant->server, port, first, server);
        return;
    }
    keying->server[0] = '\0';
    keying->looking = false;
    keying->fixed = true;
    *server = named;
}

enum err keying_grant(struct keying *keying, const struct message_nts_grant *grant,
                      const struct event *event, uint16_t default_port, struct addr *server) {
    if (!keying->asked || !addr_same(&grant->addr, &keying->asked_at)) return ERR_UNSOLICITED;
    keying->asked = false;
    enum err err = grant->err;
    bool first = !has_keys(keying);
    if (err == ERR_OK) err = nts_client_keyed(&keying->client, &grant->credentials, event->now);
    keying->last_refusal = (uint8_t)err;
    if (err != ERR_OK) {
        keying->failures++;
        keying->at = mono_add(event->now, wait_ns(keying, event->entropy));
        return err;
    }
    keying->host = grant->addr;
    keying->establishments++;
    keying->tries = keying->naks_in_row = 0;
    keying->keep_at = event->now;
    /* Should these cookies be refused at once, the next keys are not asked for at once. */
    keying->at = mono_add(event->now, wait_ns(keying, event->entropy));
    find_server(keying, grant, default_port, first, server);
    return ERR_OK;
}

void keying_decline(struct keying *keying, struct mono now, struct mono at) {
    struct addr host = keying->host;
    keying_forget(keying, now);
    keying->host = host;
    keying->at = at;
}

void keying_requested(struct keying *keying) {
    keying->nak_counted = false;
}

/* The same NAK may come again and again: it refuses one request. */
void keying_replied(struct keying *keying, enum err err) {
    if (err == ERR_NTS_NAK && !keying->nak_counted) {
        keying->nak_counted = true;
        keying->naks++;
        if (keying->naks_in_row < UINT8_MAX) keying->naks_in_row++;
    } else if (err == ERR_OK) {
        keying->naks_in_row = 0;
    }
}

void keying_keep_last(struct keying *keying, const struct addr *server, struct mono now,
                      struct outbox *outbox) {
    if (!keying_ready(keying) || server->family == ADDR_NONE) return;
    keying->keep_at = mono_add(now, KEEP_S * NS_PER_S);
    struct effect *effect = job_effect(outbox, EFFECT_POST);
    effect->post.to = JOB_PARENT;
    effect->post.message.kind = MESSAGE_NTS_KEEP;
    struct message_nts_keep *keep = &effect->post.message.nts_keep;
    memcpy(keep->name, keying->config->name, sizeof keep->name);
    keep->ke_port = keying->config->nts_port;
    keep->member = keying->config->pool_member;
    keep->host = keying->host;
    keep->server = *server;
    keep->age_ns = mono_diff(now, keying->client.keyed);
    keep->credentials = keying->client.held;
    memset(keep->covers, 0, sizeof keep->covers);
    if (!keying->fixed)
        memcpy(keep->covers, keying->server[0] != '\0' ? keying->server : keying->config->name,
               sizeof keep->covers);
}

bool keying_keep(struct keying *keying, const struct addr *server, struct mono now,
                 struct outbox *outbox) {
    if (mono_before(now, keying->keep_at) || !keying_ready(keying)) return false;
    keying_keep_last(keying, server, now, outbox);
    return true;
}

bool keying_resume(struct keying *keying, const struct message_nts_keep *kept, struct mono now) {
    const struct config_source *config = keying->config;
    if (!config->nts || strcmp(kept->name, config->name) != 0) return false;
    if (kept->ke_port != config->nts_port || kept->member != config->pool_member) return false;
    struct mono keyed = mono_add(now, -kept->age_ns);
    if (nts_client_keyed(&keying->client, &kept->credentials, keyed) != ERR_OK) return false;
    keying->host = kept->host;
    keying->fixed = kept->covers[0] == '\0';
    keying->server_port = kept->server.port;
    if (strcasecmp(kept->covers, config->name) != 0)
        memcpy(keying->server, kept->covers, sizeof keying->server);
    keying->keep_at = mono_add(now, KEEP_S * NS_PER_S);
    return true;
}

static enum association_auth state_of(const struct keying *keying) {
    if (!keying->config->nts) return ASSOCIATION_AUTH_NONE;
    if (keying->client.held.session.aead == 0) return ASSOCIATION_AUTH_KEYING;
    return keying->client.held.count > 0 ? ASSOCIATION_AUTH_KEYED : ASSOCIATION_AUTH_SPENT;
}

void keying_report(const struct keying *keying, struct message_association *report) {
    report->auth = (uint8_t)state_of(keying);
    report->cookies = (uint8_t)keying->client.held.count;
    report->last_refusal = keying->last_refusal;
    report->naks = keying->naks;
    report->establishments = keying->establishments;
    report->establishments_failed = keying->failures;
}

/* The witness. Invariant: what is told was signed by three servers or more, by so many
 * that fewer than half of those named cannot move it, in a chain that holds no contradiction. */
#include "os/witness.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>

#include "base/check.h"
#include "jobs/witness_pace.h"
#include "os/ask_roughtime.h"
#include "os/clocks.h"
#include "os/log.h"
#include "proto/roughtime_chain.h"
#include "wire/roughtime_report.h"

static const double timeout_s = 3;
/* Sooner than a new keeper has three samples of anybody, so that it hears of the floor first. */
static const double tell_every_s = 2;

static struct roughtime_chain chain;
static struct entropy entropy;

void witness_warm_up(void) {
    static const uint8_t seed[ED25519_SEED_BYTES], message[1];
    struct ed25519_signer signer = {.key = NULL};
    uint8_t signature[ED25519_SIGNATURE_BYTES];
    if (ed25519_signer_init(&signer, seed) != ERR_OK) return;
    if (ed25519_sign(&signer, message, sizeof message, signature) == ERR_OK)
        (void)!ed25519_verify(signer.public_key, message, sizeof message, signature);
    ed25519_signer_wipe(&signer);
}

static void refill(void) {
    for (size_t done = 0; done < ENTROPY_BYTES;) {
        ssize_t got = getrandom(entropy.bytes + done, ENTROPY_BYTES - done, 0);
        CHECK(got > 0 || errno == EINTR);
        if (got > 0) done += (size_t)got;
    }
    entropy.used = 0;
}

static enum err judge(void *context, const uint8_t *packet, size_t length, struct mono received) {
    (void)context;
    return roughtime_chain_response(&chain, received, packet, length);
}

static enum err begin(const struct config *config) {
    struct roughtime_chain_server servers[LIMIT_ROUGHTIME_SERVERS];
    const struct roughtime_client_rules rules = {
        .accept_other_context = config->roughtime_context == CONFIG_ROUGHTIME_APPENDIX_B};
    for (uint32_t i = 0; i < config->roughtime_count; i++) {
        servers[i].version = ROUGHTIME_PROOF_VERSION_1;
        memcpy(servers[i].long_term_key, config->roughtime[i].key, ED25519_PUBLIC_BYTES);
    }
    return roughtime_chain_init(&chain, &rules, servers, config->roughtime_count);
}

static void ask_all(const struct config *config) {
    const struct roughtime_chain_link *link;
    char why[ASK_WHY_BYTES];
    for (refill(); (link = roughtime_chain_next(&chain, clocks_mono(), &entropy)); refill()) {
        const struct ask_roughtime_call call = {.server = config->roughtime[link->server].addr,
                                                .timeout_s = timeout_s,
                                                .request = link->request,
                                                .length = link->request_length,
                                                .judge = judge};
        if (ask_roughtime(&call, why) == ERR_OK) continue;
        log_line(LOG_LEVEL_WARNING, "Roughtime: %s", why);
        roughtime_chain_skip(&chain);
    }
}

static void hand_over(struct mailboxes *boxes, const char *text, size_t length) {
    struct message message = {.kind = MESSAGE_EVIDENCE};
    struct message_evidence *part = &message.evidence;
    for (size_t at = 0; at < length; at += part->length) {
        part->offset = (uint32_t)at;
        part->total = (uint32_t)length;
        part->length =
            (uint16_t)(length - at < MESSAGE_EVIDENCE_BYTES ? length - at : MESSAGE_EVIDENCE_BYTES);
        memcpy(part->bytes, text + at, part->length);
        (void)mailbox_post(boxes, JOB_PARENT, &message);
    }
}

static void accuse(struct mailboxes *boxes, const struct config *config,
                   const struct roughtime_chain_result *result) {
    static char text[ROUGHTIME_REPORT_TEXT_BYTES];
    char one[ADDR_TEXT_BYTES], two[ADDR_TEXT_BYTES];
    struct json json;
    log_line(LOG_LEVEL_ERROR, "Roughtime: malfeasance: %s or %s lied, which is proven",
             addr_text_port(&config->roughtime[chain.links[result->earlier].server].addr, one),
             addr_text_port(&config->roughtime[chain.links[result->later].server].addr, two));
    json_init(&json, text, sizeof text);
    roughtime_chain_report(&chain, &json);
    if (!json.failed) hand_over(boxes, text, json.length);
}

/* True: the servers agreed, and *out is what they prove. */
static bool conclude(struct mailboxes *boxes, const struct config *config,
                     struct message_bound *out) {
    struct roughtime_chain_result result;
    roughtime_chain_conclude(&chain, &result);
    if (result.verdict == ROUGHTIME_CHAIN_MALFEASANCE) accuse(boxes, config, &result);
    if (result.verdict == ROUGHTIME_CHAIN_INCOMPLETE)
        log_line(LOG_LEVEL_WARNING, "Roughtime: only %zu of %zu servers answered",
                 result.servers_answering, chain.server_count);
    if (result.verdict == ROUGHTIME_CHAIN_INCONSISTENT)
        log_line(LOG_LEVEL_WARNING, "Roughtime: no time fits all responses; no lie is proven");
    if (result.verdict != ROUGHTIME_CHAIN_CONSISTENT) return false;
    *out = (struct message_bound){result.at, result.low, result.high};
    log_line(LOG_LEVEL_INFO, "Roughtime: %zu servers agree within %.1f s", result.servers_answering,
             s_from_ns(utc_diff(result.high, result.low)));
    return true;
}

static void ask(struct mailboxes *boxes, const struct config *config, struct witness_pace *pace) {
    struct message_bound bound;
    struct kernel_reading now;
    enum err err = begin(config);
    CHECK(err == ERR_OK); /* the configuration holds three keys or more, none twice */
    ask_all(config);
    bool agreed = conclude(boxes, config, &bound);
    clocks_read(&now);
    witness_pace_answered(pace, &now, agreed ? &bound : NULL, config->max_drift);
}

static bool uses_nts(const struct config *config) {
    for (uint32_t i = 0; i < config->source_count; i++)
        if (config->sources[i].nts) return true;
    return false;
}

/* Said again and again: keeper and keyer may have been started since. */
static void tell(struct mailboxes *boxes, const struct config *config,
                 const struct message_bound *bound) {
    struct message message = {.kind = MESSAGE_BOUND};
    if (!bound) return;
    message.bound = *bound;
    (void)mailbox_post(boxes, JOB_KEEPER, &message);
    if (uses_nts(config)) (void)mailbox_post(boxes, JOB_KEYER, &message);
}

static void rest(double seconds) {
    (void)poll(NULL, 0, (int)(fmin(seconds, tell_every_s) * 1e3) + 1);
}

_Noreturn void witness_run(struct mailboxes *boxes, const struct config *config,
                           const struct clock_page *page) {
    struct witness_pace pace;
    struct clock_state state;
    struct kernel_reading now;
    double left_s;
    witness_pace_init(&pace);
    for (;;) {
        ask(boxes, config, &pace);
        for (clocks_read(&now);
             !witness_pace_due(&pace, &now, clocks_from_page(page, &now, &state), &left_s);
             clocks_read(&now)) {
            tell(boxes, config, witness_pace_bound(&pace, &now));
            rest(left_s);
        }
    }
}

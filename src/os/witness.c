/* The witness. Invariant: what is posted to the keeper was signed by three servers or more, in a
 * chain that holds no contradiction. */
#include "os/witness.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>

#include "base/check.h"
#include "os/ask_roughtime.h"
#include "os/clocks.h"
#include "os/log.h"
#include "proto/roughtime_chain.h"
#include "wire/roughtime_report.h"

static const double timeout_s = 3, delay_first_s = 1, delay_growth = 1.5;

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
    struct roughtime_report_entry entries[ROUGHTIME_REPORT_ENTRIES];
    char one[ADDR_TEXT_BYTES], two[ADDR_TEXT_BYTES];
    struct json json;
    for (size_t i = 0; i < chain.link_count; i++) {
        const struct roughtime_chain_link *link = &chain.links[i];
        entries[i] =
            (struct roughtime_report_entry){.rand = i > 0 ? link->rand : NULL,
                                            .public_key = config->roughtime[link->server].key,
                                            .request = link->request,
                                            .request_length = link->request_length,
                                            .response = link->response,
                                            .response_length = link->response_length};
    }
    log_line(LOG_LEVEL_ERROR, "Roughtime: malfeasance: %s or %s lied, which is proven",
             addr_text_port(&config->roughtime[chain.links[result->earlier].server].addr, one),
             addr_text_port(&config->roughtime[chain.links[result->later].server].addr, two));
    json_init(&json, text, sizeof text);
    roughtime_report_json(entries, chain.link_count, &json);
    if (!json.failed) hand_over(boxes, text, json.length);
}

/* True: the servers agreed. */
static bool conclude(struct mailboxes *boxes, const struct config *config) {
    struct roughtime_chain_result result;
    roughtime_chain_conclude(&chain, &result);
    if (result.verdict == ROUGHTIME_CHAIN_MALFEASANCE) accuse(boxes, config, &result);
    if (result.verdict == ROUGHTIME_CHAIN_INCOMPLETE)
        log_line(LOG_LEVEL_WARNING, "Roughtime: only %zu servers answered",
                 result.servers_answering);
    if (result.verdict == ROUGHTIME_CHAIN_INCONSISTENT)
        log_line(LOG_LEVEL_WARNING, "Roughtime: no time fits all responses; no lie is proven");
    if (result.verdict != ROUGHTIME_CHAIN_CONSISTENT) return false;
    struct message message = {.kind = MESSAGE_BOUND};
    message.bound = (struct message_bound){result.at, result.low, result.high};
    (void)mailbox_post(boxes, JOB_KEEPER, &message);
    log_line(LOG_LEVEL_INFO, "Roughtime: %zu servers agree within %.1f s", result.servers_answering,
             s_from_ns(utc_diff(result.high, result.low)));
    return true;
}

static void rest(double seconds) {
    struct mono until = mono_add(clocks_mono(), ns_from_s(seconds));
    for (;;) {
        int64_t left_ms = mono_diff(until, clocks_mono()) / 1000000;
        if (left_ms <= 0) return;
        (void)poll(NULL, 0, left_ms < 60000 ? (int)left_ms : 60000);
    }
}

_Noreturn void witness_run(struct mailboxes *boxes, const struct config *config) {
    for (double delay_s = delay_first_s;;) {
        enum err err = begin(config);
        CHECK(err == ERR_OK); /* the configuration holds three keys or more, none twice */
        ask_all(config);
        bool agreed = conclude(boxes, config);
        rest(agreed ? LIMIT_ROUGHTIME_PERIOD_S : delay_s);
        delay_s = agreed ? delay_first_s : fmin(delay_s * delay_growth, LIMIT_ROUGHTIME_PERIOD_S);
    }
}

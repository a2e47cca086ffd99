/* Roughtime server. Input: 1 octet of choices, then a request packet. Whatever is answered is
 * answered with a response that our client accepts, never longer than a request on UDP. */
#include <string.h>

#include "base/check.h"
#include "proto/roughtime_client.h"
#include "proto/roughtime_server.h"
#include "wire/roughtime_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { CHOICE_TCP = 1, CHOICE_APPENDIX_B = 2, CHOICE_GREASE = 4 };

static const struct roughtime_proof_interval interval = {1790000000, 5};
static struct ed25519_signer long_term, online;
static struct roughtime_server server;

static void prepare(uint8_t choice) {
    static struct roughtime_proof_delegation delegation;
    struct roughtime_server_rules rules = {
        .version_1_context = choice & CHOICE_APPENDIX_B ? ROUGHTIME_PROOF_CONTEXT_APPENDIX_B
                                                        : ROUGHTIME_PROOF_CONTEXT_RFC,
        .radius_min_s = 3,
        .grease = choice & CHOICE_GREASE ? 1 : 0,
    };
    if (!online.key) {
        uint8_t seed[ED25519_SEED_BYTES] = {1};
        CHECK(ed25519_signer_init(&long_term, seed) == ERR_OK);
        seed[0] = 2;
        CHECK(ed25519_signer_init(&online, seed) == ERR_OK);
        CHECK(roughtime_proof_delegate(&long_term, online.public_key, interval.midpoint_s - 1,
                                       interval.midpoint_s + 1, &delegation) == ERR_OK);
    }
    roughtime_server_init(&server, &rules, 0);
    CHECK(roughtime_server_set_key(&server, &delegation, &online) == ERR_OK);
}

static void check_reply(const struct roughtime_server_reply *reply, const uint8_t *request,
                        size_t length) {
    static const struct roughtime_client_rules rules = {.accept_other_context = true};
    struct roughtime_client_proof proof;
    enum err err = roughtime_client_verify(&rules, long_term.public_key, request, length,
                                           reply->packet, reply->length, &proof);
    CHECK(roughtime_message_unframe(reply->packet, reply->length) == ERR_OK);
    CHECK((err == ERR_OK) == !reply->greased);
    if (err != ERR_OK) return;
    CHECK(proof.interval.midpoint_s == interval.midpoint_s);
    CHECK(proof.interval.radius_s == interval.radius_s);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length < 1) return 0;
    uint8_t choice = bytes[0];
    const uint8_t *request = bytes + 1;
    size_t request_length = length - 1, slot = 99;
    bool udp = !(choice & CHOICE_TCP);
    struct entropy entropy = {.used = 0};
    struct roughtime_server_reply reply;
    prepare(choice);
    memcpy(entropy.bytes, request, request_length < 64 ? request_length : 64);
    enum err err = roughtime_server_add(&server, udp ? ROUGHTIME_SERVER_UDP : ROUGHTIME_SERVER_TCP,
                                        request, request_length, &slot);
    CHECK((err == ERR_OK) == (slot == 0) && server.count == (err == ERR_OK));
    if (err != ERR_OK) return 0;
    CHECK(roughtime_server_sign(&server, &interval, &entropy) == ERR_OK);
    roughtime_server_reply(&server, slot, &reply);
    CHECK(!udp || reply.length <= request_length);
    check_reply(&reply, request, request_length);
    return 0;
}

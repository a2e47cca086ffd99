/* Policies of many witnesses for tests: witness i has the seed i, 32 times. */
#pragma once

#include "ledger/policy.h"
#include "signing.h"

struct policy_text {
    char text[16384];
    size_t length;
};

__attribute__((format(printf, 2, 3))) static inline void policy_put(struct policy_text *to,
                                                                    const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    to->length +=
        (size_t)vsnprintf(to->text + to->length, sizeof to->text - to->length, format, arguments);
    va_end(arguments);
}

static inline struct note_signer policy_witness_signer(uint8_t i) {
    char name[32];
    snprintf(name, sizeof name, "w%u.example", i);
    return signing_made(name, NOTE_COSIGNATURE_V1, i);
}

/* "witness W<i> <vkey>" */
static inline void policy_put_witness(struct policy_text *to, uint8_t i) {
    char vkey[NOTE_KEY_TEXT_BYTES];
    struct note_signer signer = policy_witness_signer(i);
    note_key_text(&signer.key, vkey);
    policy_put(to, "witness W%u %s\n", i, vkey);
    note_signer_wipe(&signer);
}

static inline void policy_put_log(struct policy_text *to, const char *origin, uint8_t seed) {
    char vkey[NOTE_KEY_TEXT_BYTES];
    struct note_signer signer = signing_made(origin, NOTE_ED25519, seed);
    note_key_text(&signer.key, vkey);
    policy_put(to, "log %s\n", vkey);
    note_signer_wipe(&signer);
}

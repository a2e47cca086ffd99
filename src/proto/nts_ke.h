/* What both sides of NTS key establishment share (RFC 8915 sections 4 and 5.1): collecting a
 * message, algorithms, and the context of the TLS exporter from which the keys come.
 *
 * Of the AEAD algorithms 15 (AES-SIV-CMAC-256) is the one that everybody has. 30 (AES-128-GCM-SIV)
 * is understood, but offered only where the caller lists it. chronyd computes its keys with 15 in
 * the exporter's context unless both sides have sent the record NTS_RECORD_COMPLIANT_EXPORT. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "wire/nts_record.h"

enum { NTS_KE_NTP_PORT = 123, NTS_KE_AEADS_MAX = 2, NTS_KE_CONTEXT_BYTES = 5 };

enum nts_ke_direction { NTS_KE_C2S = 0, NTS_KE_S2C = 1 };

/* The algorithms that one side is willing to use, the best first (enum nts_record_aead). */
struct nts_ke_aeads {
    uint16_t ids[NTS_KE_AEADS_MAX];
    size_t count;
};

/* What was negotiated; enough to make the keys. */
struct nts_ke_agreement {
    uint16_t aead;
    bool compliant; /* both sides sent the record: the context names the true algorithm */
};

bool nts_ke_has_aead(const struct nts_ke_aeads *aeads, uint16_t id);
/* Bytes of one key; 0 for an algorithm that we do not know. */
size_t nts_ke_key_length(uint16_t aead);
/* "AES-SIV-CMAC-256", "AES-128-GCM-SIV", or "unknown". */
const char *nts_ke_aead_name(uint16_t aead);
/* The context to hand to tls_export for the key of that direction (RFC 8915 section 5.1). */
void nts_ke_context(const struct nts_ke_agreement *agreement, enum nts_ke_direction direction,
                    uint8_t out[NTS_KE_CONTEXT_BYTES]);

/* A message that comes in pieces; its bytes lie in a buffer of the caller. */
struct nts_ke_message {
    size_t length;
    size_t scanned; /* whole records before here; none of them is the End */
};

/* Adds a piece. ERR_OK: the message is complete with its End. ERR_SHORT: more must come.
 * ERR_TRAILING: something follows the End. ERR_TOO_LONG: it is longer than room, or will be. */
MUST_USE enum err nts_ke_collect(struct nts_ke_message *message, uint8_t *buffer, size_t room,
                                 const void *bytes, size_t length);

/* Checkpoints that came back from the witnesses: checked by the policy, published, and recorded, so
 * that the ledger itself tells by when outsiders had seen how much of it. */
#pragma once

#include "base/times.h"
#include "ledger/policy.h"
#include "ledger/store.h"

/* The newest one is put here, whole, by whoever talks to the witnesses. */
#define COSIGNED_INBOX STORE_INBOX "/cosigned"

enum { COSIGNED_NOTE_BYTES = LIMIT_NOTE_BYTES };

struct cosigned {
    const struct policy *policy; /* NULL: none, and nothing is taken */
    const struct ledger_store *store;
    struct mono next; /* look */
    uint64_t size;    /* of the newest that was taken, */
    size_t count;     /* and its cosignatures */
    enum err err;     /* of the newest that was refused, */
    enum err failed;  /* and of the last try to publish one */
    struct policy_result result;
    size_t length;
    char note[COSIGNED_NOTE_BYTES];
    char former[COSIGNED_NOTE_BYTES]; /* of that size, published before */
};

void cosigned_init(struct cosigned *cosigned, const struct policy *policy,
                   const struct ledger_store *store);
/* Looks into the inbox, if it is time; own: our newest checkpoint. ERR_OK: one was taken and
 * published, see result; ERR_STALE: nothing new; else: there is one that is refused, said once. */
MUST_USE enum err cosigned_look(struct cosigned *cosigned, const struct checkpoint *own,
                                struct mono now);

/* Cosigned checkpoints. Invariant: only what meets the policy is published. */
#include "jobs/cosigned.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const int64_t look_ns = 5 * NS_PER_S;

void cosigned_init(struct cosigned *cosigned, const struct policy *policy,
                   const struct ledger_store *store) {
    memset(cosigned, 0, sizeof *cosigned);
    cosigned->policy = policy;
    cosigned->store = store;
    cosigned->next = policy ? (struct mono){0} : MONO_NEVER;
}

static enum err publish(const struct cosigned *cosigned) {
    static const char fresh[] = STORE_COSIGNED "/new";
    char path[STORE_PATH_BYTES];
    const struct ledger_store *store = cosigned->store;
    snprintf(path, sizeof path, STORE_COSIGNED "/%" PRIu64, cosigned->result.checkpoint.size);
    enum err err = store->put(store->context, fresh, cosigned->note, cosigned->length);
    return err == ERR_OK ? store->rename(store->context, fresh, path) : err;
}

enum err cosigned_look(struct cosigned *cosigned, struct mono now) {
    const struct ledger_store *store = cosigned->store;
    struct policy_result *result = &cosigned->result;
    if (mono_before(now, cosigned->next)) return ERR_STALE;
    cosigned->next = mono_add(now, look_ns);
    enum err err = store->read(store->context, COSIGNED_INBOX, 0, cosigned->note,
                               sizeof cosigned->note, &cosigned->length);
    if (err != ERR_OK) return ERR_STALE;
    bool satisfied = policy_satisfied(cosigned->policy, cosigned->note, cosigned->length, result);
    if (!satisfied) {
        bool told = cosigned->err == result->err;
        cosigned->err = result->err;
        return told ? ERR_STALE : result->err;
    }
    cosigned->err = ERR_OK;
    bool newer = result->checkpoint.size > cosigned->size;
    bool more =
        result->checkpoint.size == cosigned->size && result->cosigned_count > cosigned->count;
    if (!newer && !more) return ERR_STALE;
    err = publish(cosigned);
    if (err != ERR_OK) return err;
    cosigned->size = result->checkpoint.size;
    cosigned->count = result->cosigned_count;
    return ERR_OK;
}

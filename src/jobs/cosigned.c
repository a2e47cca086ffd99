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

static void path_of(uint64_t size, char path[STORE_PATH_BYTES]) {
    snprintf(path, STORE_PATH_BYTES, STORE_COSIGNED "/%" PRIu64, size);
}

/* Whether a run before this one has published as much of that size. */
static bool published_before(struct cosigned *cosigned) {
    char path[STORE_PATH_BYTES];
    size_t length;
    const struct ledger_store *store = cosigned->store;
    const struct policy_result result = cosigned->result;
    path_of(result.checkpoint.size, path);
    if (store->read(store->context, path, 0, cosigned->former, sizeof cosigned->former, &length) !=
        ERR_OK)
        return false;
    bool satisfied =
        policy_satisfied(cosigned->policy, cosigned->former, length, &cosigned->result);
    size_t count = cosigned->result.cosigned_count;
    cosigned->result = result;
    return satisfied && count >= result.cosigned_count;
}

static enum err publish(const struct cosigned *cosigned) {
    static const char fresh[] = STORE_COSIGNED "/new";
    char path[STORE_PATH_BYTES];
    const struct ledger_store *store = cosigned->store;
    path_of(cosigned->result.checkpoint.size, path);
    enum err err = store->put(store->context, fresh, cosigned->note, cosigned->length);
    return err == ERR_OK ? store->rename(store->context, fresh, path) : err;
}

/* A policy may name other logs as well: what is theirs is not ours to publish. */
static enum err refusal_of(const struct cosigned *cosigned, const struct checkpoint *own) {
    const struct policy_result *result = &cosigned->result;
    if (result->err != ERR_OK) return result->err;
    if (strcmp(result->checkpoint.origin, own->origin) != 0) return ERR_LOG_ORIGIN;
    return result->checkpoint.size > own->size ? ERR_RANGE : ERR_OK;
}

enum err cosigned_look(struct cosigned *cosigned, const struct checkpoint *own, struct mono now) {
    const struct ledger_store *store = cosigned->store;
    struct policy_result *result = &cosigned->result;
    if (mono_before(now, cosigned->next)) return ERR_STALE;
    cosigned->next = mono_add(now, look_ns);
    enum err err = store->read(store->context, COSIGNED_INBOX, 0, cosigned->note,
                               sizeof cosigned->note, &cosigned->length);
    if (err != ERR_OK) return ERR_STALE;
    (void)policy_satisfied(cosigned->policy, cosigned->note, cosigned->length, result);
    enum err refusal = refusal_of(cosigned, own);
    bool told = cosigned->err == refusal;
    cosigned->err = refusal;
    if (refusal != ERR_OK) return told ? ERR_STALE : refusal;
    bool newer = result->checkpoint.size > cosigned->size;
    bool more =
        result->checkpoint.size == cosigned->size && result->cosigned_count > cosigned->count;
    if (!newer && !more) return ERR_STALE;
    bool known = published_before(cosigned);
    err = known ? ERR_OK : publish(cosigned);
    if (err != ERR_OK) {
        told = cosigned->failed == err;
        cosigned->failed = err;
        return told ? ERR_STALE : err;
    }
    cosigned->failed = ERR_OK;
    cosigned->size = result->checkpoint.size;
    cosigned->count = result->cosigned_count;
    return known ? ERR_STALE : ERR_OK;
}

/* Judging a checkpoint by a policy. Invariant: a quorum counts only witnesses whose cosignatures
 * verify, and a group's time is never earlier than what its k-th witness says. */
#include "ledger/policy.h"

#include <string.h>

#include "ledger/cosignature.h"

static const uint64_t never = UINT64_MAX;

enum err policy_add_log(struct policy *policy, const struct note_key *key) {
    if (!note_type_known(key->type)) return ERR_KIND;
    for (size_t i = 0; i < policy->logs_count; i++)
        if (note_key_same(&policy->logs[i].key, key)) return ERR_OK;
    for (size_t i = 0; i < policy->witnesses_count; i++)
        if (note_key_same(&policy->witnesses[i].key, key)) return ERR_KEY;
    if (policy->logs_count == LIMIT_POLICY_LOGS) return ERR_FULL;
    policy->logs[policy->logs_count++] = (struct policy_log){.key = *key};
    return ERR_OK;
}

static bool has_signature(const struct note *note, const struct note_key *key) {
    for (size_t i = 0; i < note->count; i++)
        if (note_signature_by(&note->signatures[i], key)) return true;
    return false;
}

/* time_s is written for cosignatures only. */
static enum policy_cosigned verify(const struct note *note, const struct note_key *key,
                                   uint64_t *time_s) {
    if (!has_signature(note, key)) return POLICY_ABSENT;
    if (!note_type_known(key->type)) return POLICY_UNVERIFIABLE;
    enum err err = key->type == NOTE_COSIGNATURE_V1 ? cosignature_verify(note, key, time_s)
                                                    : note_verify(note, key);
    return err == ERR_OK ? POLICY_COSIGNED : POLICY_WRONG;
}

static bool is_known(const struct policy *policy, const struct note_signature *signature) {
    for (size_t i = 0; i < policy->logs_count; i++)
        if (note_signature_by(signature, &policy->logs[i].key)) return true;
    for (size_t i = 0; i < policy->witnesses_count; i++)
        if (note_signature_by(signature, &policy->witnesses[i].key)) return true;
    return false;
}

/* ERR_OK: signed by the log that the checkpoint names, and by no other wrongly. */
static enum err judge_logs(const struct policy *policy, const struct note *note,
                           struct policy_result *out) {
    enum err err = ERR_UNSIGNED;
    for (size_t i = 0; i < policy->logs_count; i++) {
        const struct note_key *key = &policy->logs[i].key;
        uint64_t time_s;
        enum policy_cosigned is = verify(note, key, &time_s);
        if (is == POLICY_WRONG) return ERR_SIGNATURE;
        if (is != POLICY_COSIGNED || out->signed_by_log) continue;
        out->signed_by_log = strcmp(key->name, out->checkpoint.origin) == 0;
        out->log = i;
        err = out->signed_by_log ? ERR_OK : ERR_LOG_ORIGIN;
    }
    return err;
}

static enum err judge_witnesses(const struct policy *policy, const struct note *note,
                                struct policy_result *out) {
    enum err err = ERR_OK;
    for (size_t i = 0; i < policy->witnesses_count; i++) {
        out->cosigned[i] = verify(note, &policy->witnesses[i].key, &out->times_s[i]);
        if (out->cosigned[i] == POLICY_WRONG) err = ERR_SIGNATURE;
        if (out->cosigned[i] == POLICY_COSIGNED) out->cosigned_count++;
    }
    return err;
}

/* The needed-th smallest of the times of a group's members; never if too few have one. */
struct times {
    size_t count;
    uint64_t sorted[LIMIT_POLICY_WITNESSES + LIMIT_POLICY_GROUPS];
};

static void insert(struct times *times, uint64_t time) {
    size_t at = times->count++;
    for (; at > 0 && times->sorted[at - 1] > time; at--) times->sorted[at] = times->sorted[at - 1];
    times->sorted[at] = time;
}

static uint64_t witness_time(const struct policy_result *result, size_t i) {
    return result->cosigned[i] == POLICY_COSIGNED ? result->times_s[i] : never;
}

/* Members stand before their group, so one pass in the order of the file is enough. */
static void group_times(const struct policy *policy, const struct policy_result *result,
                        uint64_t out[LIMIT_POLICY_GROUPS]) {
    for (size_t g = 0; g < policy->groups_count; g++) {
        struct times times = {0};
        for (size_t i = 0; i < policy->witnesses_count; i++)
            if (policy->witnesses[i].group == (int)g) insert(&times, witness_time(result, i));
        for (size_t i = 0; i < g; i++)
            if (policy->groups[i].group == (int)g) insert(&times, out[i]);
        out[g] = times.sorted[policy->groups[g].needed - 1];
    }
}

static void judge_quorum(const struct policy *policy, struct policy_result *out) {
    uint64_t times[LIMIT_POLICY_GROUPS], time = never;
    if (policy->quorum == POLICY_QUORUM_NONE) {
        out->quorum = true;
        return;
    }
    group_times(policy, out, times);
    if (policy->quorum == POLICY_QUORUM_WITNESS) time = witness_time(out, policy->quorum_index);
    if (policy->quorum == POLICY_QUORUM_GROUP) time = times[policy->quorum_index];
    out->quorum = out->bounded = time != never;
    if (out->bounded) out->bound_s = time;
}

static enum err judge(const struct policy *policy, const struct note *note,
                      struct policy_result *out) {
    struct merkle_hash empty;
    for (size_t i = 0; i < note->count; i++)
        if (!is_known(policy, &note->signatures[i])) out->unknown++;
    enum err err = checkpoint_parse(note->body, note->body_length, &out->checkpoint);
    if (err != ERR_OK) return err;
    enum err witnesses = judge_witnesses(policy, note, out);
    err = judge_logs(policy, note, out);
    judge_quorum(policy, out);
    if (witnesses != ERR_OK) return witnesses;
    if (err != ERR_OK) return err;
    merkle_empty(&empty);
    if (out->checkpoint.size == 0 && !merkle_same(&out->checkpoint.root, &empty)) return ERR_RANGE;
    return out->quorum ? ERR_OK : ERR_QUORUM;
}

bool policy_satisfied(const struct policy *policy, const char *text, size_t length,
                      struct policy_result *out) {
    struct note note;
    memset(out, 0, sizeof *out);
    out->err = note_parse(text, length, &note);
    if (out->err == ERR_OK) out->err = judge(policy, &note, out);
    return out->err == ERR_OK;
}

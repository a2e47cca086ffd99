/* The logs that are watched. Invariant: every key is of a type that is verified here, and its name
 * is the origin of its log. */
#include "main/witness_logs.h"

#include <stdio.h>
#include <string.h>

#include "os/storage.h"

static struct witness_log *find_or_add(struct witness_logs *logs, const char *origin) {
    for (size_t i = 0; i < logs->count; i++)
        if (strcmp(logs->log[i].origin, origin) == 0) return &logs->log[i];
    if (logs->count == LIMIT_WITNESS_LOGS) return NULL;
    struct witness_log *log = &logs->log[logs->count++];
    memset(log, 0, sizeof *log);
    snprintf(log->origin, sizeof log->origin, "%s", origin);
    return log;
}

static enum err add_key(struct witness_logs *logs, const struct note_key *key) {
    if (key->type != NOTE_ED25519) return ERR_KIND;
    struct witness_log *log = find_or_add(logs, key->name);
    if (!log) return ERR_FULL;
    for (size_t i = 0; i < log->count; i++)
        if (note_key_same(&log->keys[i], key)) return ERR_OK;
    if (log->count == LIMIT_WITNESS_LOG_KEYS) return ERR_FULL;
    log->keys[log->count++] = *key;
    return ERR_OK;
}

bool witness_logs_add_policy(struct witness_logs *logs, const struct policy *policy) {
    for (size_t i = 0; i < policy->logs_count; i++)
        if (add_key(logs, &policy->logs[i].key) != ERR_OK) return false;
    return true;
}

bool witness_logs_read_policy(const char *path, struct policy *out,
                              char why[WITNESS_LOGS_WHY_BYTES]) {
    static char text[LIMIT_POLICY_BYTES];
    struct policy_error error;
    const char *reason = "";
    size_t length;
    if (storage_read(path, text, sizeof text, &length, &reason) != ERR_OK) {
        snprintf(why, WITNESS_LOGS_WHY_BYTES, "%s: %s", path, reason);
        return false;
    }
    if (policy_parse(text, length, out, &error) == ERR_OK) return true;
    if (error.line > 0)
        snprintf(why, WITNESS_LOGS_WHY_BYTES, "%s:%zu: %s", path, error.line, error.text);
    else
        snprintf(why, WITNESS_LOGS_WHY_BYTES, "%s: %s", path, error.text);
    return false;
}

static bool add_file(struct witness_logs *logs, const char *path,
                     char why[WITNESS_LOGS_WHY_BYTES]) {
    static struct policy policy;
    if (!witness_logs_read_policy(path, &policy, why)) return false;
    if (policy.logs_count == 0)
        snprintf(why, WITNESS_LOGS_WHY_BYTES, "%s: names no log", path);
    else if (!witness_logs_add_policy(logs, &policy))
        snprintf(why, WITNESS_LOGS_WHY_BYTES, "%s: too many logs, or keys that cannot be checked",
                 path);
    else
        return true;
    return false;
}

bool witness_logs_add(struct witness_logs *logs, const char *text,
                      char why[WITNESS_LOGS_WHY_BYTES]) {
    struct note_key key;
    enum err err = note_key_parse(text, strlen(text), &key);
    bool is_path = text[0] == '/' || text[0] == '.' || !strchr(text, '+');
    if (err != ERR_OK && is_path) return add_file(logs, text, why);
    if (err == ERR_OK) err = add_key(logs, &key);
    if (err == ERR_OK) return true;
    if (err == ERR_KIND)
        snprintf(why, WITNESS_LOGS_WHY_BYTES, "--log %.200s: a log signs with Ed25519, not %s",
                 text, note_type_text(key.type));
    else
        snprintf(why, WITNESS_LOGS_WHY_BYTES, "--log %.200s: as a verifier key it is %s", text,
                 err_text(err));
    return false;
}

const struct witness_log *witness_logs_find(const struct witness_logs *logs, const char *origin) {
    for (size_t i = 0; i < logs->count; i++)
        if (strcmp(logs->log[i].origin, origin) == 0) return &logs->log[i];
    return NULL;
}

bool witness_logs_read_vkeys(const char *text, size_t length, struct policy *policy) {
    while (length > 0) {
        const char *newline = memchr(text, '\n', length);
        size_t line = newline ? (size_t)(newline - text) : length, skip = line + (newline ? 1 : 0);
        struct note_key key;
        if (line > 0 &&
            (note_key_parse(text, line, &key) != ERR_OK || policy_add_log(policy, &key) != ERR_OK))
            return false;
        text += skip;
        length -= skip;
    }
    return policy->logs_count > 0;
}

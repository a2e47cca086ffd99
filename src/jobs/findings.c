/* Findings of witnesses. Invariant: the offset stands at the beginning of a line, or, while
 * skipping, inside of one that was taken. */
#include "jobs/findings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t look_ns = 5 * NS_PER_S;
enum { SKIPS_MOST = 256 }; /* pieces of a line that is far too long, in one look */

void findings_init(struct findings *findings, const struct ledger_store *store) {
    memset(findings, 0, sizeof *findings);
    findings->store = store;
    findings->next = store ? (struct mono){0} : MONO_NEVER;
}

/* A file that is damaged counts as none: then all is recorded again, which loses nothing. */
static void recall(struct findings *findings) {
    char text[24], *end;
    size_t length;
    const struct ledger_store *store = findings->store;
    if (findings->recalled) return;
    enum err err = store->read(store->context, FINDINGS_READ, 0, text, sizeof text - 1, &length);
    if (err != ERR_OK && err != ERR_MISSING) return;
    findings->recalled = true;
    if (err != ERR_OK || length == 0 || text[length - 1] != '\n') return;
    text[length] = '\0';
    uint64_t offset = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || end != text + length - 1 || offset > INT64_MAX) return;
    findings->offset = findings->read = offset;
}

bool findings_due(struct findings *findings, struct mono now) {
    if (mono_before(now, findings->next)) return false;
    findings->next = mono_add(now, look_ns);
    recall(findings);
    return findings->recalled;
}

/* From the byte before the offset on, which ended the line before. */
static enum err read_on(struct findings *findings) {
    const struct ledger_store *store = findings->store;
    uint64_t from = findings->offset > 0 ? findings->offset - 1 : 0;
    enum err err = store->read(store->context, FINDINGS_INBOX, from, findings->bytes,
                               sizeof findings->bytes, &findings->used);
    if (err == ERR_MISSING && findings->offset == 0) return ERR_STALE;
    if (err != ERR_OK && err != ERR_MISSING) return err;
    bool same = findings->offset == 0 || (err == ERR_OK && findings->used > 0 &&
                                          (findings->skipping || findings->bytes[0] == '\n'));
    if (same) return ERR_OK;
    findings->offset = 0;
    findings->skipping = false;
    return ERR_DAMAGED;
}

/* The rest of a long line. */
static void skip(struct findings *findings, const char *at, size_t left) {
    const char *newline = memchr(at, '\n', left);
    findings->offset += newline ? (uint64_t)(newline - at) + 1 : left;
    findings->skipping = newline == NULL;
}

static void copy_line(struct findings *findings, const char *at, size_t length) {
    for (size_t i = 0; i < length; i++) findings->line[i] = at[i] == '\0' ? ' ' : at[i];
    findings->line[length] = '\0';
}

enum err findings_take(struct findings *findings) {
    size_t before, left;
    const char *at;
    for (int i = 0;; i++) {
        enum err err = read_on(findings);
        if (err != ERR_OK) return err;
        before = findings->offset > 0 ? 1 : 0;
        at = findings->bytes + before;
        left = findings->used - before;
        if (!findings->skipping) break;
        if (left == 0 || i == SKIPS_MOST) return ERR_STALE; /* and the next look goes on */
        skip(findings, at, left);
    }
    const char *newline = memchr(at, '\n', left);
    size_t length = newline ? (size_t)(newline - at) : left;
    findings->cut = length > LIMIT_FINDING_BYTES;
    if (!newline && !findings->cut) return ERR_STALE; /* it is being written */
    copy_line(findings, at, findings->cut ? LIMIT_FINDING_BYTES : length);
    return ERR_OK;
}

void findings_pass(struct findings *findings) {
    findings->offset += strlen(findings->line) + (findings->cut ? 0 : 1);
    findings->skipping = findings->cut;
}

void findings_keep(struct findings *findings) {
    char text[24];
    const struct ledger_store *store = findings->store;
    if (findings->offset == findings->read || findings->skipping) return;
    int length = snprintf(text, sizeof text, "%" PRIu64 "\n", findings->offset);
    if (store->put(store->context, FINDINGS_READ_NEW, text, (size_t)length) != ERR_OK) return;
    if (store->rename(store->context, FINDINGS_READ_NEW, FINDINGS_READ) == ERR_OK)
        findings->read = findings->offset;
}

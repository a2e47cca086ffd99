/* The memory of a monitor. Invariant: a checkpoint is compared before it is remembered, and what
 * does not fit is kept as evidence, never as the state. */
#include "main/witness_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/witness.h"
#include "os/clocks.h"
#include "os/storage.h"

static bool refuse(char why[WITNESS_MEMORY_WHY_BYTES], const char *path, const char *reason) {
    snprintf(why, WITNESS_MEMORY_WHY_BYTES, "%.250s: %s", path, reason);
    return false;
}

bool witness_memory_open(struct witness_memory *memory, const char *directory,
                         char why[WITNESS_MEMORY_WHY_BYTES]) {
    char path[LIMIT_PATH_BYTES];
    const char *reason = "";
    memory->directory = directory;
    memory->lock = -1;
    if (storage_make_folder(directory, &reason) != ERR_OK) return refuse(why, directory, reason);
    if (!witness_findings_open(&memory->findings, directory, &reason))
        return refuse(why, directory, reason);
    if (snprintf(path, sizeof path, "%s/lock", directory) >= (int)sizeof path)
        return refuse(why, directory, "too long");
    memory->lock = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (memory->lock < 0) return refuse(why, path, strerrordesc_np(errno));
    if (flock(memory->lock, LOCK_EX | LOCK_NB) == 0) return true;
    return refuse(why, path, "another etalon-witness works with this directory");
}

void witness_memory_close(struct witness_memory *memory) {
    if (memory->lock >= 0) close(memory->lock);
    memory->lock = -1;
}

bool witness_memory_path(const struct witness_memory *memory, const char *what, const char *origin,
                         char out[LIMIT_PATH_BYTES]) {
    char hex[WITNESS_ORIGIN_HEX_BYTES];
    witness_origin_hex(origin, hex);
    int length = snprintf(out, LIMIT_PATH_BYTES, "%s/%s-%.16s", memory->directory, what, hex);
    return length > 0 && length < LIMIT_PATH_BYTES;
}

/* It was judged when it was put there. A key that the log has replaced since may have left the
 * policy, so that nobody can judge the signature again; the tree that it stands under still binds
 * the log. */
static enum err open_last(struct witness_source_note *last, const struct policy *policy,
                          const char *origin) {
    struct note note;
    enum err err = witness_source_judge(last, policy);
    if (err == ERR_UNSIGNED) {
        err = note_parse(last->text, last->length, &note);
        if (err == ERR_OK) err = checkpoint_parse(note.body, note.body_length, &last->checkpoint);
    }
    if (err == ERR_OK && strcmp(last->checkpoint.origin, origin) != 0) err = ERR_LOG_ORIGIN;
    return err;
}

/* ERR_MISSING: nothing was ever remembered of that log. */
static enum err recall(struct witness_memory *memory, struct witness_source *source,
                       const struct policy *policy, const char *origin) {
    char path[LIMIT_PATH_BYTES] = "";
    const char *why = "the path is too long";
    struct stat about;
    struct witness_source_note *last = &memory->last;
    enum err err = ERR_TOO_LONG;
    last->length = 0;
    if (witness_memory_path(memory, "last", origin, path)) {
        if (lstat(path, &about) != 0 && errno == ENOENT) return ERR_MISSING;
        err = storage_read(path, last->text, sizeof last->text, &last->length, &why);
        if (err == ERR_OK) {
            err = open_last(last, policy, origin);
            why = err_text(err);
        }
    }
    if (err == ERR_OK) return ERR_OK;
    memory->broken = true;
    snprintf(source->why, sizeof source->why,
             "%.250s: %s; whoever forgot what a log has shown must not go on: restore the file, or "
             "remove it to begin anew with this log",
             path, why);
    return ERR_DAMAGED;
}

static enum err remember(struct witness_memory *memory, struct witness_source *source,
                         const struct witness_source_note *note) {
    char path[LIMIT_PATH_BYTES];
    const char *why = "the path is too long";
    enum err err = ERR_TOO_LONG;
    if (witness_memory_path(memory, "last", note->checkpoint.origin, path))
        err = storage_replace(path, note->text, note->length, &why);
    if (err == ERR_OK) return ERR_OK;
    memory->broken = true;
    snprintf(source->why, sizeof source->why, "%s: %s", memory->directory, why);
    return err;
}

static enum err tell(struct witness_memory *memory, const struct witness_source *source,
                     enum witness_findings_kind kind, const char *text,
                     const struct witness_source_note *note) {
    const struct witness_findings_item item = {
        .kind = kind,
        .origin = note->checkpoint.origin,
        .size = note->checkpoint.size,
        .by = source->place,
        .text = text,
        .known = memory->last.text,
        .known_length = memory->last.length,
        .shown = note->text,
        .shown_length = note->length,
    };
    (void)witness_findings_add(&memory->findings, &item);
    return ERR_PROOF;
}

static enum err take_first(struct witness_memory *memory, struct witness_source *source,
                           const struct witness_source_note *note) {
    struct merkle_hash empty;
    merkle_empty(&empty);
    enum err err = witness_source_consistent(source, &note->checkpoint, 0, &empty);
    if (err == ERR_PROOF)
        return tell(memory, source, WITNESS_FINDINGS_FORK,
                    "the tiles do not lead to the root of the checkpoint", note);
    return err == ERR_OK ? remember(memory, source, note) : err;
}

enum err witness_memory_take(struct witness_memory *memory, struct witness_source *source,
                             const struct policy *policy, const struct witness_source_note *note) {
    const struct checkpoint *now = &note->checkpoint, *last = &memory->last.checkpoint;
    memory->broken = false;
    enum err err = recall(memory, source, policy, now->origin);
    if (err == ERR_MISSING) return take_first(memory, source, note);
    if (err != ERR_OK) return err;
    if (now->size < last->size)
        return tell(memory, source, WITNESS_FINDINGS_SMALLER,
                    "the log shows a smaller tree than before: it was set back, or this is an old "
                    "copy",
                    note);
    if (now->size == last->size)
        return merkle_same(&now->root, &last->root)
                   ? ERR_OK
                   : tell(memory, source, WITNESS_FINDINGS_SPLIT,
                          "the log signed two roots for one size", note);
    err = witness_source_consistent(source, now, last->size, &last->root);
    if (err == ERR_PROOF)
        return tell(memory, source, WITNESS_FINDINGS_FORK,
                    "the tree that was seen before is not the beginning of the one shown now",
                    note);
    return err == ERR_OK ? remember(memory, source, note) : err;
}

double witness_memory_age(const struct witness_memory *memory, const char *origin) {
    char path[LIMIT_PATH_BYTES];
    struct kernel_reading now;
    struct utc grown;
    clocks_read(&now);
    if (!witness_memory_path(memory, "last", origin, path) || !storage_date_of(path, &grown))
        return 0;
    return s_from_ns(utc_diff(now.realtime, grown));
}

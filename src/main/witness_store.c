/* The state directory of a witness. Source: C2SP tlog-witness, "MUST persist the new checkpoint
 * before responding". */
#include "main/witness_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/storage.h"

/* "<path>: <text>" */
static bool refuse(char why[WITNESS_STORE_WHY_BYTES], const char *path, const char *text) {
    snprintf(why, WITNESS_STORE_WHY_BYTES, "%s: %s", path, text);
    return false;
}

static bool make_directory(const char *path, char why[WITNESS_STORE_WHY_BYTES]) {
    const char *reason = "";
    return storage_make_folder(path, &reason) == ERR_OK || refuse(why, path, reason);
}

static bool take_lock(struct witness_store *store, char why[WITNESS_STORE_WHY_BYTES]) {
    char path[LIMIT_PATH_BYTES];
    int length = snprintf(path, sizeof path, "%s/lock", store->directory);
    if (length >= (int)sizeof path) return refuse(why, store->directory, "too long");
    store->lock = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (store->lock < 0) return refuse(why, path, strerrordesc_np(errno));
    if (flock(store->lock, LOCK_EX | LOCK_NB) == 0) return true;
    return refuse(why, path,
                  errno == EWOULDBLOCK ? "another witness works with this directory"
                                       : strerrordesc_np(errno));
}

/* Not there: nothing was ever cosigned. Anything else but a good record is an error. */
static bool read_record(struct witness_store *store, size_t index,
                        char why[WITNESS_STORE_WHY_BYTES]) {
    struct witness_store_log *log = &store->log[index];
    const char *reason = "";
    struct stat about;
    storage_tidy(log->path);
    log->state = (struct witness_state){.cosigned = false};
    log->record_length = 0;
    if (lstat(log->path, &about) != 0 && errno == ENOENT) return true;
    enum err err =
        storage_read(log->path, log->record, sizeof log->record, &log->record_length, &reason);
    if (err != ERR_OK) return refuse(why, log->path, reason);
    err =
        witness_state_read(log->record, log->record_length, &store->logs->log[index], &log->state);
    if (err == ERR_OK) return true;
    snprintf(why, WITNESS_STORE_WHY_BYTES,
             "%s: %s; a witness that forgot what it signed must not go on: restore the file, or "
             "retire this witness's key",
             log->path, err_text(err));
    return false;
}

static bool open_log(struct witness_store *store, size_t index, char why[WITNESS_STORE_WHY_BYTES]) {
    struct witness_store_log *log = &store->log[index];
    char hex[WITNESS_ORIGIN_HEX_BYTES];
    witness_origin_hex(store->logs->log[index].origin, hex);
    int length = snprintf(log->path, sizeof log->path, "%s/%s", store->directory, hex);
    if (length + (int)sizeof "/checkpoint.new" >= (int)sizeof log->path)
        return refuse(why, store->directory, "the path is too long");
    if (!make_directory(log->path, why)) return false;
    memcpy(log->path + length, "/checkpoint", sizeof "/checkpoint");
    return read_record(store, index, why);
}

bool witness_store_open(struct witness_store *store, const char *directory,
                        const struct witness_logs *logs, char why[WITNESS_STORE_WHY_BYTES]) {
    store->directory = directory;
    store->logs = logs;
    if (!make_directory(directory, why) || !take_lock(store, why)) return false;
    for (size_t i = 0; i < logs->count; i++)
        if (!open_log(store, i, why)) return false;
    return true;
}

bool witness_store_keep(struct witness_store *store, size_t index,
                        const struct witness_verdict *verdict, const char **why) {
    struct witness_store_log *log = &store->log[index];
    if (storage_replace(log->path, verdict->record, verdict->record_length, why) != ERR_OK)
        return false;
    memcpy(log->record, verdict->record, verdict->record_length);
    log->record_length = verdict->record_length;
    log->state = verdict->state;
    return true;
}

void witness_store_close(struct witness_store *store) {
    if (store->lock >= 0) close(store->lock);
    store->lock = -1;
}

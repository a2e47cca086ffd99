/* Small files, whole. Invariant: path holds either the old content or the new, at every instant,
 * also after a crash or on a full disk. */
#include "os/storage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/leap_list.h"

static enum err failed(const char **why) {
    *why = strerrordesc_np(errno);
    if (!*why) *why = "unknown error";
    return ERR_IO;
}

static enum err read_all(int fd, char *text, size_t room, size_t *length, const char **why) {
    size_t used = 0;
    for (;;) {
        if (used == room) {
            *why = err_text(ERR_TOO_LONG);
            return ERR_TOO_LONG;
        }
        ssize_t got = read(fd, text + used, room - used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed(why);
        if (got == 0) break;
        used += (size_t)got;
    }
    *length = used;
    return ERR_OK;
}

enum err storage_read(const char *path, char *text, size_t room, size_t *length, const char **why) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return failed(why);
    struct stat about;
    enum err err = ERR_IO;
    if (fstat(fd, &about) != 0)
        err = failed(why);
    else if (!S_ISREG(about.st_mode))
        *why = "not a regular file";
    else
        err = read_all(fd, text, room, length, why);
    close(fd);
    return err;
}

static bool temporary_name(const char *path, char out[LIMIT_PATH_BYTES + 8]) {
    int length = snprintf(out, LIMIT_PATH_BYTES + 8, "%s.new", path);
    return length > 0 && length < LIMIT_PATH_BYTES + 8;
}

void storage_tidy(const char *path) {
    char temporary[LIMIT_PATH_BYTES + 8];
    if (temporary_name(path, temporary)) unlink(temporary);
}

static bool write_all(int fd, const char *text, size_t length) {
    for (size_t done = 0; done < length;) {
        ssize_t put = write(fd, text + done, length - done);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        done += (size_t)put;
    }
    return fsync(fd) == 0;
}

/* The directory's entry must be on disk too, or a crash could bring the old file back. */
static enum err sync_directory(const char *path, const char **why) {
    char directory[LIMIT_PATH_BYTES];
    snprintf(directory, sizeof directory, "%s", path);
    char *slash = strrchr(directory, '/');
    if (!slash)
        snprintf(directory, sizeof directory, ".");
    else
        slash[slash == directory] = '\0';
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return failed(why);
    enum err err =
        fsync(fd) == 0 || errno == EINVAL ? ERR_OK : failed(why); /* EINVAL: needs none */
    close(fd);
    return err;
}

enum err storage_make_folder(const char *path, const char **why) {
    char folder[LIMIT_PATH_BYTES];
    int length = snprintf(folder, sizeof folder, "%s", path);
    if (length >= (int)sizeof folder) {
        *why = err_text(ERR_TOO_LONG);
        return ERR_TOO_LONG;
    }
    while (length > 1 && folder[length - 1] == '/') folder[--length] = '\0';
    bool made = mkdir(folder, 0755) == 0;
    if (!made && errno != EEXIST) return failed(why);
    enum err err = sync_directory(folder, why);
    /* Where we could not have made it somebody else did, and saw to it. */
    return !made && err == ERR_IO && (errno == EACCES || errno == EROFS) ? ERR_OK : err;
}

static enum err replace(const char *path, const char *text, size_t length, mode_t mode,
                        const char **why) {
    char temporary[LIMIT_PATH_BYTES + 8];
    if (!temporary_name(path, temporary)) {
        *why = err_text(ERR_TOO_LONG);
        return ERR_TOO_LONG;
    }
    /* O_EXCL: a link that somebody laid there is not followed. */
    if (unlink(temporary) != 0 && errno != ENOENT) return failed(why);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0) return failed(why);
    enum err err = write_all(fd, text, length) ? ERR_OK : failed(why);
    if (close(fd) != 0 && err == ERR_OK) err = failed(why);
    if (err == ERR_OK && rename(temporary, path) != 0) err = failed(why);
    if (err == ERR_OK) return sync_directory(path, why);
    unlink(temporary);
    return err;
}

enum err storage_replace(const char *path, const char *text, size_t length, const char **why) {
    return replace(path, text, length, 0644, why);
}

enum err storage_replace_secret(const char *path, const void *bytes, size_t length,
                                const char **why) {
    return replace(path, bytes, length, 0600, why);
}

enum err storage_create_secret(const char *path, const void *bytes, size_t length,
                               const char **why) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return failed(why);
    enum err err = write_all(fd, bytes, length) ? ERR_OK : failed(why);
    if (close(fd) != 0 && err == ERR_OK) err = failed(why);
    if (err == ERR_OK) return sync_directory(path, why);
    unlink(path);
    return err;
}

void storage_date(const char *path, struct utc utc) {
    struct timespec when = {(time_t)(utc.ns / NS_PER_S), (long)(utc.ns % NS_PER_S)};
    const struct timespec both[] = {when, when};
    (void)utimensat(AT_FDCWD, path, both, AT_SYMLINK_NOFOLLOW);
}

bool storage_date_of(const char *path, struct utc *out) {
    struct stat about;
    if (stat(path, &about) != 0) return false;
    *out = (struct utc){(int64_t)about.st_mtim.tv_sec * NS_PER_S + about.st_mtim.tv_nsec};
    return true;
}

static enum err load(void *context, const char *path, char *text, size_t room, size_t *length,
                     const char **why) {
    (void)context;
    return storage_read(path, text, room, length, why);
}

static int is_conf(const struct dirent *entry) {
    size_t length = strlen(entry->d_name);
    return entry->d_name[0] != '.' && length > 5 &&
           strcmp(entry->d_name + length - 5, ".conf") == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static enum err list(void *context, const char *directory, size_t index, char out[LIMIT_PATH_BYTES],
                     const char **why) {
    (void)context;
    struct dirent **names;
    int count = scandir(directory, &names, is_conf, by_bytes);
    if (count < 0) return failed(why);
    enum err err = ERR_STALE;
    if (index < (size_t)count) {
        int length = snprintf(out, LIMIT_PATH_BYTES, "%s/%s", directory, names[index]->d_name);
        err = length < LIMIT_PATH_BYTES ? ERR_OK : ERR_TOO_LONG;
        if (err != ERR_OK) *why = err_text(err);
    }
    for (int i = 0; i < count; i++) free(names[i]);
    free(names);
    return err;
}

const struct config_loader storage_config_loader = {NULL, load, list};

enum err storage_drift_read(const char *path, struct message_drift *out, const char **why) {
    char text[256];
    size_t length;
    enum err err = storage_read(path, text, sizeof text - 1, &length, why);
    if (err != ERR_OK) return err;
    text[length] = '\0';
    char *middle, *end;
    double frequency_ppm = strtod(text, &middle), error_ppm = strtod(middle, &end);
    if (middle == text || end == middle) {
        *why = err_text(ERR_SYNTAX);
        return ERR_SYNTAX;
    }
    if (!isfinite(frequency_ppm) || fabs(frequency_ppm) > 1e5 || !(error_ppm >= 0) ||
        error_ppm > 1e5) {
        *why = err_text(ERR_RANGE);
        return ERR_RANGE;
    }
    *out = (struct message_drift){.frequency = -frequency_ppm * 1e-6,
                                  .frequency_error = error_ppm * 1e-6};
    return ERR_OK;
}

enum err storage_drift_write(const char *path, const struct message_drift *drift,
                             const char **why) {
    char text[64];
    int length = snprintf(text, sizeof text, "%.6f %.6f\n", -drift->frequency * 1e6,
                          drift->frequency_error * 1e6);
    return storage_replace(path, text, (size_t)length, why);
}

enum err storage_leaps_read(const char *path, struct leap_table *out, char *why, size_t why_room) {
    static char text[64 << 10];
    size_t length, line = 0;
    const char *reason = "";
    enum err err = storage_read(path, text, sizeof text, &length, &reason);
    if (err != ERR_OK) {
        snprintf(why, why_room, "%s: %s", path, reason);
        return err;
    }
    err = leap_list_parse(text, length, out, &line);
    if (err != ERR_OK) snprintf(why, why_room, "%s:%zu: %s", path, line, err_text(err));
    return err;
}

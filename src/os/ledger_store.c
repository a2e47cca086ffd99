/* Real files below one folder. Invariant: what put, extend, rename or settle has returned ERR_OK
 * for is on disk, and so is every folder's entry on the way to it. */
#include "os/ledger_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

static const char *words(int number) {
    const char *text = strerrordesc_np(number);
    return text ? text : "unknown error";
}

static enum err failed(struct ledger_files *files) {
    int number = errno;
    files->why = words(number);
    if (number == ENOENT) return ERR_MISSING;
    return number == ENOSPC || number == EDQUOT ? ERR_FULL : ERR_IO;
}

static bool is_public(const char *path) {
    return strncmp(path, "public/", 7) == 0;
}

/* Paths */

/* A folder that is made here is on disk before anything is put into it. */
static int make_folder(int parent, const char *name, bool readable) {
    mode_t mode = readable ? 0755 : 0700;
    if (mkdirat(parent, name, mode) != 0 && errno != EEXIST) return -1;
    int fd = openat(parent, name, FOLDER_FLAGS);
    if (fd < 0) return -1;
    if (fchmod(fd, mode) == 0 && fsync(parent) == 0) return fd;
    int number = errno;
    close(fd);
    unlinkat(parent, name, AT_REMOVEDIR);
    errno = number;
    return -1;
}

/* The folder that path lies in, and *name as the rest of it. create: makes what is missing. */
static int open_parent(const struct ledger_files *files, const char *path, bool create,
                       const char **name) {
    int at = fcntl(files->folder, F_DUPFD_CLOEXEC, 0);
    bool readable = strncmp(path, "public", 6) == 0;
    for (const char *slash; at >= 0 && (slash = strchr(path, '/')) != NULL; path = slash + 1) {
        char part[STORE_PATH_BYTES];
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        int next = openat(at, part, FOLDER_FLAGS);
        if (next < 0 && errno == ENOENT && create) next = make_folder(at, part, readable);
        int number = errno;
        close(at);
        errno = number;
        at = next;
    }
    *name = path;
    return at;
}

static int open_below(struct ledger_files *files, const char *path, int flags) {
    const char *name;
    int parent = open_parent(files, path, false, &name);
    if (parent < 0) return -1;
    int fd = openat(parent, name, flags | O_NOFOLLOW | O_CLOEXEC);
    int number = errno;
    close(parent);
    errno = number;
    return fd;
}

static bool read_only(struct ledger_files *files) {
    if (files->lock < 0) files->why = "opened for reading only";
    return files->lock < 0;
}

/* The journal stays open. */
static int open_journal(struct ledger_files *files) {
    if (files->journal < 0) files->journal = open_below(files, STORE_JOURNAL, O_RDWR);
    return files->journal;
}

static bool is_journal(const struct ledger_files *files, const char *path) {
    return files->lock >= 0 && strcmp(path, STORE_JOURNAL) == 0;
}

static int open_existing(struct ledger_files *files, const char *path, int flags) {
    return is_journal(files, path) ? open_journal(files) : open_below(files, path, flags);
}

static void close_existing(const struct ledger_files *files, int fd) {
    if (fd != files->journal) close(fd);
}

/* Bytes */

static bool write_at(int fd, const uint8_t *bytes, size_t length, uint64_t offset) {
    for (size_t done = 0; done < length;) {
        ssize_t put = pwrite(fd, bytes + done, length - done, (off_t)(offset + done));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return false;
        if (put == 0) {
            errno = ENOSPC;
            return false;
        }
        done += (size_t)put;
    }
    return true;
}

static ssize_t read_at(int fd, uint8_t *out, size_t room, uint64_t offset) {
    size_t used = 0;
    while (used < room) {
        ssize_t got = pread(fd, out + used, room - used, (off_t)(offset + used));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        used += (size_t)got;
    }
    return (ssize_t)used;
}

static enum err read_regular(struct ledger_files *files, int fd, uint64_t offset, void *out,
                             size_t room, size_t *length) {
    struct stat about;
    if (fstat(fd, &about) != 0) return failed(files);
    if (!S_ISREG(about.st_mode)) {
        files->why = "not a regular file";
        return ERR_IO;
    }
    ssize_t got = read_at(fd, out, room, offset);
    if (got < 0) return failed(files);
    *length = (size_t)got;
    return ERR_OK;
}

static enum err store_read(void *context, const char *path, uint64_t offset, void *out, size_t room,
                           size_t *length) {
    struct ledger_files *files = context;
    int fd = open_existing(files, path, O_RDONLY | O_NONBLOCK);
    if (fd < 0) return failed(files);
    enum err err = read_regular(files, fd, offset, out, room, length);
    close_existing(files, fd);
    return err;
}

/* Fills a new or emptied file; false with errno. */
static bool fill(int fd, uint64_t size, const uint8_t *block, size_t block_length) {
    for (uint64_t at = 0; at < size; at += block_length) {
        size_t length = size - at < block_length ? (size_t)(size - at) : block_length;
        if (!write_at(fd, block, length, at)) return false;
    }
    return true;
}

static int open_new(int parent, const char *name, mode_t mode) {
    int fd = openat(parent, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0 || fchmod(fd, mode) == 0) return fd;
    int number = errno;
    close(fd);
    errno = number;
    return -1;
}

static mode_t mode_of(const char *path) {
    return is_public(path) ? 0644 : 0600;
}

static enum err put_in(struct ledger_files *files, int parent, const char *name, mode_t mode,
                       uint64_t size, const uint8_t *block, size_t block_length) {
    int fd = open_new(parent, name, mode);
    if (fd < 0) return failed(files);
    bool good = fill(fd, size, block, block_length) && fdatasync(fd) == 0;
    enum err err = good ? ERR_OK : failed(files);
    if (close(fd) != 0 && err == ERR_OK) err = failed(files);
    if (err == ERR_OK && fsync(parent) != 0) err = failed(files);
    return err;
}

static enum err store_extend(void *context, const char *path, uint64_t size, const void *block,
                             size_t block_length) {
    struct ledger_files *files = context;
    const char *name;
    if (read_only(files)) return ERR_IO;
    int parent = open_parent(files, path, true, &name);
    if (parent < 0) return failed(files);
    enum err err = put_in(files, parent, name, mode_of(path), size, block, block_length);
    close(parent);
    return err;
}

static enum err store_put(void *context, const char *path, const void *bytes, size_t length) {
    return store_extend(context, path, length, bytes, length);
}

/* Later */

static void forget_later(struct ledger_files *files) {
    for (size_t i = 0; i < files->later_count; i++) close(files->later[i]);
    files->later_count = files->folder_count = 0;
}

/* By the descriptor that wrote: whoever opens a file again may not hear of what went wrong. */
static enum err sync_later(struct ledger_files *files) {
    enum err err = ERR_OK;
    for (size_t i = 0; i < files->later_count; i++)
        if (fdatasync(files->later[i]) != 0 && err == ERR_OK) err = failed(files);
    for (size_t i = 0; i < files->later_count; i++) close(files->later[i]);
    files->later_count = 0;
    return err;
}

/* A folder that is gone has nothing to keep. */
static enum err sync_folder(struct ledger_files *files, const char *folder) {
    const char *rest;
    int fd = open_parent(files, folder, false, &rest);
    if (fd < 0) return errno == ENOENT ? ERR_OK : failed(files);
    enum err err = fsync(fd) == 0 ? ERR_OK : failed(files);
    close(fd);
    return err;
}

static enum err store_settle(void *context) {
    struct ledger_files *files = context;
    enum err err = sync_later(files);
    for (size_t i = 0; i < files->folder_count && err == ERR_OK; i++)
        err = sync_folder(files, files->folders[i]);
    forget_later(files);
    return err;
}

static enum err note_folder(struct ledger_files *files, const char *path, const char *name) {
    size_t length = (size_t)(name - path);
    for (size_t i = 0; i < files->folder_count; i++)
        if (strlen(files->folders[i]) == length && memcmp(files->folders[i], path, length) == 0)
            return ERR_OK;
    enum err err = files->folder_count == LEDGER_STORE_FOLDERS ? store_settle(files) : ERR_OK;
    if (err == ERR_OK)
        snprintf(files->folders[files->folder_count++], STORE_PATH_BYTES, "%.*s", (int)length,
                 path);
    return err;
}

static enum err put_later_in(struct ledger_files *files, int parent, const char *path,
                             const char *name, const void *bytes, size_t length) {
    enum err err = note_folder(files, path, name);
    if (err == ERR_OK && files->later_count == LEDGER_STORE_LATER) err = sync_later(files);
    if (err != ERR_OK) return err;
    int fd = open_new(parent, name, mode_of(path));
    if (fd < 0) return failed(files);
    files->later[files->later_count++] = fd;
    if (!write_at(fd, bytes, length, 0)) return failed(files);
    /* A hint: what is on its way already need not be waited for one by one. */
    (void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
    return ERR_OK;
}

static enum err store_put_later(void *context, const char *path, const void *bytes, size_t length) {
    struct ledger_files *files = context;
    const char *name;
    if (read_only(files)) return ERR_IO;
    int parent = open_parent(files, path, true, &name);
    enum err err =
        parent < 0 ? failed(files) : put_later_in(files, parent, path, name, bytes, length);
    if (parent >= 0) close(parent);
    if (err != ERR_OK) forget_later(files);
    return err;
}

static enum err store_write(void *context, const char *path, uint64_t offset, const void *bytes,
                            size_t length) {
    struct ledger_files *files = context;
    if (read_only(files)) return ERR_IO;
    int fd = open_existing(files, path, O_RDWR);
    if (fd < 0) return failed(files);
    enum err err = write_at(fd, bytes, length, offset) ? ERR_OK : failed(files);
    close_existing(files, fd);
    return err;
}

/* The journal's name was made durable before there was a log (see `signed`). */
static enum err store_sync(void *context, const char *path) {
    struct ledger_files *files = context;
    const char *name;
    int fd = open_existing(files, path, O_RDONLY);
    if (fd < 0) return failed(files);
    enum err err = fdatasync(fd) == 0 ? ERR_OK : failed(files);
    close_existing(files, fd);
    if (err != ERR_OK || is_journal(files, path)) return err;
    int parent = open_parent(files, path, false, &name);
    if (parent < 0) return failed(files);
    if (fsync(parent) != 0) err = failed(files);
    close(parent);
    return err;
}

/* Names */

static enum err store_rename(void *context, const char *from, const char *to) {
    struct ledger_files *files = context;
    const char *old_name, *new_name;
    if (read_only(files)) return ERR_IO;
    int old_parent = open_parent(files, from, false, &old_name);
    if (old_parent < 0) return failed(files);
    int new_parent = open_parent(files, to, false, &new_name);
    enum err err = ERR_OK;
    bool same = old_name - from == new_name - to && memcmp(from, to, (size_t)(new_name - to)) == 0;
    if (new_parent < 0 || renameat(old_parent, old_name, new_parent, new_name) != 0 ||
        fsync(new_parent) != 0 || (!same && fsync(old_parent) != 0))
        err = failed(files);
    close(old_parent);
    if (new_parent >= 0) close(new_parent);
    return err;
}

/* By hand, because opendir asks for memory. Names that go while the folder is read may make the
 * kernel skip others: hence again, until none is left. */
static bool remove_files(int fd) {
    _Alignas(struct dirent64) char buffer[4096];
    for (ssize_t got, gone = 1; gone > 0;) {
        if (lseek(fd, 0, SEEK_SET) < 0) return false;
        for (gone = 0; (got = getdents64(fd, buffer, sizeof buffer)) > 0;)
            for (ssize_t at = 0; at < got;) {
                const struct dirent64 *entry = (const struct dirent64 *)(void *)(buffer + at);
                at += entry->d_reclen;
                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
                if (unlinkat(fd, entry->d_name, 0) != 0) return false;
                gone++;
            }
        if (got < 0) return false;
    }
    return true;
}

static bool remove_name(int parent, const char *name) {
    if (unlinkat(parent, name, 0) == 0) return true;
    if (errno != EISDIR && errno != EPERM) return false;
    int fd = openat(parent, name, FOLDER_FLAGS);
    if (fd < 0) return false;
    bool empty = remove_files(fd);
    int number = errno;
    close(fd);
    errno = number;
    return empty && unlinkat(parent, name, AT_REMOVEDIR) == 0;
}

static enum err store_remove(void *context, const char *path) {
    struct ledger_files *files = context;
    const char *name;
    if (read_only(files)) return ERR_IO;
    int parent = open_parent(files, path, false, &name);
    enum err err = parent >= 0 && remove_name(parent, name) ? ERR_OK : failed(files);
    if (parent >= 0) close(parent);
    if (err == ERR_MISSING) err = ERR_OK;
    return err == ERR_OK ? note_folder(files, path, name) : err;
}

static const char *store_why(void *context) {
    const struct ledger_files *files = context;
    return files->why;
}

/* The whole */

/* The folder that the last component of a path lies in, for *at calls, and that component. */
static int open_above(const char *path, char name[NAME_MAX + 1]) {
    char above[PATH_MAX];
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    size_t start = length;
    while (start > 0 && path[start - 1] != '/') start--;
    if (length - start > NAME_MAX || start + 2 > sizeof above) {
        errno = ENAMETOOLONG;
        return -1;
    }
    snprintf(name, NAME_MAX + 1, "%.*s", (int)(length - start), path + start);
    if (name[0] == '\0') snprintf(name, NAME_MAX + 1, ".");
    snprintf(above, sizeof above, "%.*s", (int)start, path);
    return open(start ? above : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static bool sync_above(int above) {
    int fd = openat(above, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = fd >= 0 && fsync(fd) == 0;
    int number = errno;
    if (fd >= 0) close(fd);
    errno = number;
    return done;
}

/* Whoever may write to the folder above could have put another one in place of what we made. */
static bool is_new(int fd) {
    _Alignas(struct dirent64) char buffer[512];
    struct stat about;
    ssize_t got = getdents64(fd, buffer, sizeof buffer);
    unsigned names = 0;
    if (got < 0 || fstat(fd, &about) != 0) return false;
    for (ssize_t at = 0; at < got; names++)
        at += ((const struct dirent64 *)(void *)(buffer + at))->d_reclen;
    errno = EEXIST;
    return names == 2 && about.st_uid == geteuid();
}

static int open_folder(int above, const char *name, bool create, bool *made) {
    *made = create && mkdirat(above, name, 0755) == 0;
    if (create && !*made && errno != EEXIST) return -1;
    int fd = openat(above, name, FOLDER_FLAGS);
    if (fd < 0 || !*made) return fd;
    if (is_new(fd) && fchmod(fd, 0755) == 0 && sync_above(above)) return fd;
    int number = errno;
    close(fd);
    unlinkat(above, name, AT_REMOVEDIR);
    errno = number;
    return -1;
}

static const char *why_not_opened(int above, const char *name) {
    int number = errno;
    struct stat about;
    bool link = above >= 0 && fstatat(above, name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
                S_ISLNK(about.st_mode);
    return link ? "a symbolic link, which is not followed" : words(number);
}

enum err ledger_store_folder(const char *path, bool create, int *out, bool *made,
                             const char **why) {
    char name[NAME_MAX + 1];
    bool made_here = false;
    int above = open_above(path, name);
    int fd = above < 0 ? -1 : open_folder(above, name, create, &made_here);
    bool missing = fd < 0 && errno == ENOENT && !create;
    if (fd < 0) *why = why_not_opened(above, name);
    if (above >= 0) close(above);
    if (fd < 0) return missing ? ERR_MISSING : ERR_IO;
    *out = fd;
    if (made) *made = made_here;
    return ERR_OK;
}

void ledger_store_open_reader(int folder, struct ledger_files *out) {
    *out = (struct ledger_files){.folder = folder, .lock = -1, .journal = -1, .why = "no failure"};
}

enum err ledger_store_open(int folder, struct ledger_files *out, const char **why) {
    int fd = openat(folder, STORE_LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        *why = words(errno);
        return ERR_IO;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        bool held = errno == EWOULDBLOCK;
        *why = held ? "another process is writing this ledger" : words(errno);
        close(fd);
        return held ? ERR_DENIED : ERR_IO;
    }
    ledger_store_open_reader(folder, out);
    out->lock = fd;
    return ERR_OK;
}

enum err ledger_store_open_file(struct ledger_files *files, const char *path, int *fd,
                                uint64_t *size) {
    struct stat about;
    int file = open_below(files, path, O_RDONLY | O_NONBLOCK);
    if (file < 0) return failed(files);
    bool good = fstat(file, &about) == 0;
    enum err err = good ? ERR_OK : failed(files);
    if (good && !S_ISREG(about.st_mode)) err = ERR_MISSING;
    if (err != ERR_OK) {
        close(file);
        return err;
    }
    *fd = file;
    *size = (uint64_t)about.st_size;
    return ERR_OK;
}

enum err ledger_store_public(int folder, int *out, const char **why) {
    int fd = make_folder(folder, "public", true);
    if (fd < 0) {
        *why = words(errno);
        return ERR_IO;
    }
    *out = fd;
    return ERR_OK;
}

void ledger_store_close(struct ledger_files *files) {
    forget_later(files);
    if (files->journal >= 0) close(files->journal);
    if (files->lock >= 0) close(files->lock);
    ledger_store_open_reader(files->folder, files);
}

struct ledger_store ledger_store_of(struct ledger_files *files) {
    return (struct ledger_store){.context = files,
                                 .read = store_read,
                                 .put = store_put,
                                 .put_later = store_put_later,
                                 .extend = store_extend,
                                 .write = store_write,
                                 .sync = store_sync,
                                 .rename = store_rename,
                                 .remove = store_remove,
                                 .settle = store_settle,
                                 .why = store_why};
}

/* Whole files: reading, replacing, links, a disk that is full, drift files, leap second lists. */
#include "os/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], file[96];

/* In the place of the library's: a disk that takes files, and not the entries of folders. */
static int folder_error;
static unsigned folders_synced;

int fsync(int fd) {
    struct stat about;
    bool is_folder = fstat(fd, &about) == 0 && S_ISDIR(about.st_mode);
    if (is_folder) folders_synced++;
    errno = folder_error;
    return is_folder && folder_error ? -1 : (int)syscall(SYS_fsync, fd);
}

static int set_up(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/etalon-storage-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(file, sizeof file, "%s/file", folder);
    return 0;
}

static void remove_one(const char *name) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    unlink(path);
}

static int tear_down(void **state) {
    (void)state;
    static const char *const names[] = {"file", "file.new", "other", "a.conf", "b.conf", "c.txt"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) remove_one(names[i]);
    return rmdir(folder);
}

static void write_plain(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void assert_content(const char *path, const char *text) {
    char got[256];
    size_t length = 0;
    const char *why = "";
    assert_int_equal(storage_read(path, got, sizeof got, &length, &why), ERR_OK);
    assert_int_equal(length, strlen(text));
    assert_memory_equal(got, text, length);
}

static void reads_whole_files_or_none(void **state) {
    (void)state;
    char text[8];
    size_t length = 77;
    const char *why = "";
    assert_int_equal(storage_read(file, text, sizeof text, &length, &why), ERR_IO);
    assert_string_equal(why, "No such file or directory");
    write_plain(file, "1234567");
    assert_int_equal(storage_read(file, text, sizeof text, &length, &why), ERR_OK);
    assert_int_equal(length, 7);
    write_plain(file, "12345678");
    assert_int_equal(storage_read(file, text, sizeof text, &length, &why), ERR_TOO_LONG);
    assert_int_equal(length, 7);
    assert_int_equal(storage_read(folder, text, sizeof text, &length, &why), ERR_IO);
    assert_string_equal(why, "not a regular file");
}

static void replaces_and_leaves_nothing(void **state) {
    (void)state;
    const char *why = "";
    char temporary[128];
    snprintf(temporary, sizeof temporary, "%s.new", file);
    assert_int_equal(storage_replace(file, "one\n", 4, &why), ERR_OK);
    assert_content(file, "one\n");
    assert_int_equal(storage_replace(file, "two\n", 4, &why), ERR_OK);
    assert_content(file, "two\n");
    assert_int_equal(access(temporary, F_OK), -1);
}

/* A link where the new file is to stand, or its temporary one, is replaced, not followed. */
static void follows_no_links(void **state) {
    (void)state;
    const char *why = "";
    char other[128], temporary[128];
    snprintf(other, sizeof other, "%s/other", folder);
    snprintf(temporary, sizeof temporary, "%s.new", file);
    write_plain(other, "precious");
    assert_int_equal(symlink(other, temporary), 0);
    assert_int_equal(symlink(other, file), 0);
    assert_int_equal(storage_replace(file, "mine", 4, &why), ERR_OK);
    assert_content(other, "precious");
    assert_content(file, "mine");
    struct stat about;
    assert_int_equal(lstat(file, &about), 0);
    assert_true(S_ISREG(about.st_mode));
}

static bool put(const char *path, const char *format, unsigned id) {
    char text[32];
    int length = snprintf(text, sizeof text, format, id), fd = open(path, O_WRONLY);
    bool done = fd >= 0 && write(fd, text, (size_t)length) == length;
    if (fd >= 0) close(fd);
    return done;
}

/* A mount namespace of our own; without root in a user namespace in which we are root. */
static bool unshare_mounts(void) {
    unsigned user = getuid(), group = getgid();
    if (unshare(CLONE_NEWNS) == 0) return true;
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && put("/proc/self/setgroups", "deny", 0) &&
           put("/proc/self/uid_map", "0 %u 1", user) && put("/proc/self/gid_map", "0 %u 1", group);
}

/* In a child with a tiny disk of its own: 0 right, 77 not allowed to make one, else wrong. */
static int on_a_full_disk(void) {
    const char *why = "";
    static char filler[1 << 16];
    char path[128];
    struct message_drift drift = {.frequency = 1e-6};
    if (!unshare_mounts() || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", folder, "tmpfs", 0, "size=8k") != 0)
        return 77;
    if (storage_replace(file, "old", 3, &why) != ERR_OK) return 1;
    snprintf(path, sizeof path, "%s/filler", folder);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    while (fd >= 0 && write(fd, filler, sizeof filler) > 0) continue;
    if (storage_drift_write(file, &drift, &why) != ERR_IO) return 2;
    if (strcmp(why, "No space left on device") != 0) return 3;
    char text[8];
    size_t length;
    if (storage_read(file, text, sizeof text, &length, &why) != ERR_OK || length != 3) return 4;
    snprintf(path, sizeof path, "%s.new", file);
    return access(path, F_OK) == 0 ? 5 : 0;
}

static void keeps_the_old_one_on_a_full_disk(void **state) {
    (void)state;
    pid_t pid = fork();
    if (pid == 0) _exit(on_a_full_disk());
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void reads_and_writes_drift(void **state) {
    (void)state;
    const char *why = "";
    struct message_drift drift = {.frequency = -4.992962e-6, .frequency_error = 2.5e-7}, got;
    assert_int_equal(storage_drift_write(file, &drift, &why), ERR_OK);
    assert_content(file, "4.992962 0.250000\n");
    assert_int_equal(storage_drift_read(file, &got, &why), ERR_OK);
    assert_true(got.frequency == -4.992962 * 1e-6);
    assert_true(got.frequency_error == 0.25 * 1e-6);
    /* As chrony writes it. */
    write_plain(file, "           -12.345678             0.012345\n");
    assert_int_equal(storage_drift_read(file, &got, &why), ERR_OK);
    assert_true(got.frequency == 12.345678 * 1e-6);
}

static void refuses_bad_drift(void **state) {
    (void)state;
    static const char *const bad[] = {"", "x", "1.0", "nan 1", "inf 1", "1e6 1", "1 -1", "1 nan"};
    struct message_drift got = {.frequency = 42};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *why = NULL;
        write_plain(file, bad[i]);
        enum err err = storage_drift_read(file, &got, &why);
        assert_true(err == ERR_SYNTAX || err == ERR_RANGE);
        assert_non_null(why);
        assert_true(got.frequency == 42);
    }
}

static void lists_configuration_in_order(void **state) {
    (void)state;
    char out[LIMIT_PATH_BYTES], path[128];
    const char *why = "";
    const struct config_loader *loader = &storage_config_loader;
    static const char *const names[] = {"b.conf", "a.conf", "c.txt"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        write_plain(path, "");
    }
    assert_int_equal(loader->list(NULL, folder, 0, out, &why), ERR_OK);
    assert_string_equal(strrchr(out, '/'), "/a.conf");
    assert_int_equal(loader->list(NULL, folder, 1, out, &why), ERR_OK);
    assert_string_equal(strrchr(out, '/'), "/b.conf");
    assert_int_equal(loader->list(NULL, folder, 2, out, &why), ERR_STALE);
    assert_int_equal(loader->list(NULL, "/nowhere", 0, out, &why), ERR_IO);
}

static void says_where_a_leap_list_is_wrong(void **state) {
    (void)state;
    static struct leap_table table;
    char why[256] = "";
    assert_int_equal(storage_leaps_read(file, &table, why, sizeof why), ERR_IO);
    assert_non_null(strstr(why, "No such file"));
    write_plain(file, "#@ 3991593600\n2272060800 10\nnonsense\n");
    assert_int_equal(storage_leaps_read(file, &table, why, sizeof why), ERR_SYNTAX);
    assert_non_null(strstr(why, "/file:3: "));
    write_plain(file, "#@ 3991593600\n2272060800 10\n");
    assert_int_equal(storage_leaps_read(file, &table, why, sizeof why), ERR_OK);
    assert_int_equal(table.count, 1);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static void secrets_and_dates(void **state) {
    (void)state;
    const char *why = "";
    struct stat about;
    struct utc date;
    assert_false(storage_date_of(file, &date));
    assert_int_equal(storage_replace_secret(file, "key", 3, &why), ERR_OK);
    assert_int_equal(stat(file, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
    storage_date(file, (struct utc){INT64_C(1790000000) * NS_PER_S});
    assert_true(storage_date_of(file, &date));
    assert_int_equal(date.ns / NS_PER_S, 1790000000);
}

static void folders_are_synced_or_it_is_told(void **state) {
    (void)state;
    char below[128];
    const char *why = "";
    snprintf(below, sizeof below, "%s/other/", folder);
    folders_synced = 0;
    assert_int_equal(storage_make_folder(below, &why), ERR_OK);
    assert_int_equal(storage_make_folder(below, &why), ERR_OK);
    assert_int_equal(storage_replace(file, "1", 1, &why), ERR_OK);
    assert_int_equal(folders_synced, 3);
    folder_error = EIO;
    assert_int_equal(storage_replace(file, "2", 1, &why), ERR_IO);
    assert_string_equal(why, "Input/output error");
    unlink(file);
    assert_int_equal(storage_create_secret(file, "3", 1, &why), ERR_IO);
    assert_int_equal(storage_make_folder(below, &why), ERR_IO);
    assert_int_equal(rmdir(below), 0);
    assert_int_equal(storage_make_folder(below, &why), ERR_IO);
    folder_error = EINVAL; /* a file system that has no such thing */
    assert_int_equal(storage_replace(file, "4", 1, &why), ERR_OK);
    folder_error = 0;
    assert_int_equal(rmdir(below), 0);
    snprintf(below, sizeof below, "%s/none/other", folder);
    assert_int_equal(storage_make_folder(below, &why), ERR_IO);
    assert_string_equal(why, "No such file or directory");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(reads_whole_files_or_none),
        IN_FOLDER(replaces_and_leaves_nothing),
        IN_FOLDER(follows_no_links),
        IN_FOLDER(keeps_the_old_one_on_a_full_disk),
        IN_FOLDER(reads_and_writes_drift),
        IN_FOLDER(refuses_bad_drift),
        IN_FOLDER(lists_configuration_in_order),
        IN_FOLDER(says_where_a_leap_list_is_wrong),
        IN_FOLDER(secrets_and_dates),
        IN_FOLDER(folders_are_synced_or_it_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

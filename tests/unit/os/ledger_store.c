/* The ledger's files on a real disk: folders, rights, links, the lock, a disk that fills up and one
 * that is read-only, a whole log on it. */
#include "os/ledger_store.h"

#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger/ledger_log.h"

static char folder[64];
static int folder_fd;
static struct ledger_files files;
static struct ledger_store store;
static struct ledger_log the_log;

static int set_up(void **state) {
    const char *why = "";
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/etalon-ledger-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    if (ledger_store_folder(folder, true, &folder_fd, NULL, &why) != ERR_OK) return -1;
    if (ledger_store_open(folder_fd, &files, &why) != ERR_OK) return -1;
    store = ledger_store_of(&files);
    return 0;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where) {
    (void)about, (void)kind, (void)where;
    return remove(path);
}

static int tear_down(void **state) {
    (void)state;
    ledger_store_close(&files);
    close(folder_fd);
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *below(const char *path) {
    static char whole[256];
    snprintf(whole, sizeof whole, "%s/%s", folder, path);
    return whole;
}

static void assert_content(const char *path, const char *text) {
    char found[64];
    size_t length = 0;
    assert_int_equal(store.read(&files, path, 0, found, sizeof found, &length), ERR_OK);
    assert_int_equal(length, strlen(text));
    assert_memory_equal(found, text, length);
}

static mode_t mode_of(const char *path) {
    struct stat about;
    assert_int_equal(stat(below(path), &about), 0);
    return about.st_mode & 0777;
}

static void puts_reads_writes_and_renames(void **state) {
    char text[8];
    size_t length = 99;
    (void)state;
    assert_int_equal(store.put(&files, "public/tile/0/x001/067.p/12", "hello", 5), ERR_OK);
    assert_content("public/tile/0/x001/067.p/12", "hello");
    assert_int_equal(store.put(&files, "public/tile/0/x001/067.p/12", "bye", 3), ERR_OK);
    assert_content("public/tile/0/x001/067.p/12", "bye");
    assert_int_equal(store.read(&files, "public/tile/0/x001/067.p/12", 1, text, 1, &length),
                     ERR_OK);
    assert_true(length == 1 && text[0] == 'y');
    assert_int_equal(store.read(&files, "public/tile/0/x001/067.p/12", 9, text, 8, &length),
                     ERR_OK);
    assert_int_equal(length, 0);
    assert_int_equal(store.extend(&files, "journal", 10, "abc", 3), ERR_OK);
    assert_content("journal", "abcabcabca");
    assert_int_equal(store.write(&files, "journal", 4, "XY", 2), ERR_OK);
    assert_int_equal(store.sync(&files, "journal"), ERR_OK);
    assert_content("journal", "abcaXYabca");
    assert_int_equal(store.put(&files, "public/checkpoint.new", "1", 1), ERR_OK);
    assert_int_equal(store.rename(&files, "public/checkpoint.new", "public/checkpoint"), ERR_OK);
    assert_content("public/checkpoint", "1");
}

static void says_what_is_missing(void **state) {
    char text[8];
    size_t length = 99;
    (void)state;
    assert_int_equal(store.read(&files, "journal", 0, text, 8, &length), ERR_MISSING);
    assert_string_equal(store.why(&files), "No such file or directory");
    assert_int_equal(store.read(&files, "public/tile/0/000", 0, text, 8, &length), ERR_MISSING);
    assert_int_equal(store.write(&files, "signed", 0, "x", 1), ERR_MISSING);
    assert_int_equal(store.sync(&files, "signed"), ERR_MISSING);
    assert_int_equal(store.rename(&files, "a", "b"), ERR_MISSING);
    assert_int_equal(store.rename(&files, "no/a", "b"), ERR_MISSING);
    assert_int_equal(store.remove(&files, "public/tile/0/000.p"), ERR_OK);
    assert_int_equal(mkdir(below("signed"), 0700), 0);
    assert_int_equal(store.read(&files, "signed", 0, text, 8, &length), ERR_IO);
    assert_string_equal(store.why(&files), "not a regular file");
    assert_int_equal(length, 99);
}

static void rights_are_those_of_the_place(void **state) {
    (void)state;
    mode_t former = umask(077);
    assert_int_equal(store.put(&files, "public/tile/0/000", "x", 1), ERR_OK);
    assert_int_equal(store.put(&files, "signed", "x", 1), ERR_OK);
    umask(former);
    assert_int_equal(mode_of("public"), 0755);
    assert_int_equal(mode_of("public/tile/0"), 0755);
    assert_int_equal(mode_of("public/tile/0/000"), 0644);
    assert_int_equal(mode_of("signed"), 0600);
    assert_int_equal(mode_of("lock"), 0600);
}

static void removes_folders_with_files(void **state) {
    char path[64];
    (void)state;
    for (unsigned i = 1; i < 256; i++) {
        snprintf(path, sizeof path, "public/tile/0/000.p/%u", i);
        assert_int_equal(store.put(&files, path, "x", 1), ERR_OK);
    }
    assert_int_equal(store.remove(&files, "public/tile/0/000.p"), ERR_OK);
    assert_int_not_equal(access(below("public/tile/0/000.p"), F_OK), 0);
    assert_int_equal(access(below("public/tile/0"), F_OK), 0);
    assert_int_equal(store.put(&files, "public/pruned", "x", 1), ERR_OK);
    assert_int_equal(store.remove(&files, "public/pruned"), ERR_OK);
    assert_int_not_equal(access(below("public/pruned"), F_OK), 0);
}

static void follows_no_links(void **state) {
    char text[8];
    size_t length;
    (void)state;
    assert_int_equal(mkdir(below("elsewhere"), 0700), 0);
    assert_int_equal(store.put(&files, "elsewhere/file", "mine", 4), ERR_OK);
    assert_int_equal(symlink("elsewhere", below("public")), 0);
    assert_int_equal(symlink("elsewhere/file", below("signed")), 0);
    assert_int_equal(store.read(&files, "public/file", 0, text, 8, &length), ERR_IO);
    assert_int_equal(store.put(&files, "public/file", "x", 1), ERR_IO);
    assert_int_equal(store.remove(&files, "public/file"), ERR_IO);
    assert_int_equal(store.rename(&files, "public/file", "b"), ERR_IO);
    assert_int_equal(store.read(&files, "signed", 0, text, 8, &length), ERR_IO);
    assert_int_equal(store.put(&files, "signed", "x", 1), ERR_IO);
    assert_content("elsewhere/file", "mine");
}

static void puts_later_and_settles(void **state) {
    char path[64], text[16];
    (void)state;
    for (unsigned i = 0; i < 3 * LEDGER_STORE_LATER; i++) { /* in more folders than are kept */
        snprintf(path, sizeof path, "public/tile/%u/x%03u/000", i % 3, i);
        snprintf(text, sizeof text, "text %u", i);
        assert_int_equal(store.put_later(&files, path, text, strlen(text)), ERR_OK);
        assert_content(path, text);
        assert_true(files.later_count <= LEDGER_STORE_LATER);
    }
    assert_true(files.later_count > 0 && files.folder_count > 0);
    assert_int_equal(store.settle(&files), ERR_OK);
    assert_int_equal(files.later_count + files.folder_count, 0);
    assert_int_equal(mode_of("public/tile/0/x000/000"), 0644);
    assert_int_equal(store.remove(&files, "public/tile/0/x000/000"), ERR_OK);
    assert_int_equal(store.remove(&files, "public/tile/0/x000/000"), ERR_OK);
    assert_int_equal(files.folder_count, 1);
    assert_string_equal(files.folders[0], "public/tile/0/x000/");
    assert_int_equal(store.remove(&files, "public/tile/0/x000"), ERR_OK);
    assert_int_equal(store.settle(&files), ERR_OK); /* one of the two is gone itself */
    assert_int_equal(files.folder_count, 0);
}

/* What is not durable by then never will be: nothing of it is left for the next settle. */
static void a_failed_put_takes_all_of_them_with_it(void **state) {
    (void)state;
    assert_int_equal(store.put_later(&files, "public/tile/0/000", "x", 1), ERR_OK);
    assert_int_equal(mkdir(below("public/tile/0/001"), 0700), 0);
    assert_int_equal(store.put_later(&files, "public/tile/0/001", "x", 1), ERR_IO);
    assert_int_equal(files.later_count + files.folder_count, 0);
    assert_int_equal(store.put_later(&files, "public/tile/0/000", "x", 1), ERR_OK);
    int fd = files.later[0], pipes[2];
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(dup2(pipes[1], fd), fd); /* cannot be synced */
    assert_int_equal(store.settle(&files), ERR_IO);
    assert_string_equal(store.why(&files), "Invalid argument");
    assert_int_equal(files.later_count + files.folder_count, 0);
    close(pipes[0]);
    close(pipes[1]);
}

static void there_is_one_writer(void **state) {
    struct ledger_files second;
    const char *why = "";
    char text[8];
    size_t length;
    (void)state;
    assert_int_equal(ledger_store_open(folder_fd, &second, &why), ERR_DENIED);
    assert_string_equal(why, "another process is writing this ledger");
    assert_int_equal(store.put(&files, "signed", "x", 1), ERR_OK);
    ledger_store_open_reader(folder_fd, &second);
    struct ledger_store reader = ledger_store_of(&second);
    assert_int_equal(reader.read(&second, "signed", 0, text, 8, &length), ERR_OK);
    assert_int_equal(reader.put(&second, "signed", "x", 1), ERR_IO);
    assert_int_equal(reader.put_later(&second, "signed", "x", 1), ERR_IO);
    assert_int_equal(reader.extend(&second, "signed", 1, "x", 1), ERR_IO);
    assert_int_equal(reader.write(&second, "signed", 0, "x", 1), ERR_IO);
    assert_int_equal(reader.rename(&second, "signed", "b"), ERR_IO);
    assert_int_equal(reader.remove(&second, "signed"), ERR_IO);
    assert_string_equal(reader.why(&second), "opened for reading only");
    ledger_store_close(&files);
    assert_int_equal(ledger_store_open(folder_fd, &second, &why), ERR_OK);
    ledger_store_close(&second);
    assert_int_equal(ledger_store_open(folder_fd, &files, &why), ERR_OK);
}

static void folders_are_opened(void **state) {
    const char *why = "";
    int fd = -1;
    (void)state;
    assert_int_equal(ledger_store_folder(below("new"), false, &fd, NULL, &why), ERR_MISSING);
    assert_int_equal(ledger_store_folder(below("new/deep"), true, &fd, NULL, &why), ERR_IO);
    assert_int_equal(ledger_store_folder(below("lock"), false, &fd, NULL, &why), ERR_IO);
    assert_string_equal(why, "Not a directory");
    assert_int_equal(fd, -1);
    assert_int_equal(ledger_store_folder(below("new"), true, &fd, NULL, &why), ERR_OK);
    close(fd);
}

static void a_folder_is_made_once(void **state) {
    const char *why = "";
    bool made = false;
    int fd = -1;
    (void)state;
    mode_t former = umask(077);
    assert_int_equal(ledger_store_folder(below("new//"), true, &fd, &made, &why), ERR_OK);
    umask(former);
    assert_true(made);
    assert_int_equal(mode_of("new"), 0755);
    close(fd);
    assert_int_equal(ledger_store_folder(below("new"), true, &fd, &made, &why), ERR_OK);
    assert_false(made);
    close(fd);
    made = true;
    assert_int_equal(ledger_store_folder("/", false, &fd, &made, &why), ERR_OK);
    assert_false(made);
    close(fd);
    assert_int_equal(ledger_store_folder(".", true, &fd, &made, &why), ERR_OK);
    assert_false(made);
    close(fd);
}

/* Whoever owns the folder above must not choose which one is opened, and given away. */
static void a_link_in_place_of_the_folder_is_refused(void **state) {
    static const char *const paths[] = {"link", "link/", "dangling", "link/../link"};
    const char *why = "";
    bool made = true;
    int fd = -1;
    (void)state;
    assert_int_equal(mkdir(below("etc"), 0755), 0);
    assert_int_equal(symlink("etc", below("link")), 0);
    assert_int_equal(symlink("nowhere", below("dangling")), 0);
    for (size_t i = 0; i < 4; i++)
        for (unsigned create = 0; create < 2; create++) {
            why = "";
            assert_int_equal(ledger_store_folder(below(paths[i]), create, &fd, &made, &why),
                             ERR_IO);
            assert_string_equal(why, "a symbolic link, which is not followed");
            assert_true(made && fd == -1);
        }
    assert_int_not_equal(access(below("nowhere"), F_OK), 0);
    assert_int_equal(ledger_store_folder(below("link/deep"), true, &fd, &made, &why), ERR_OK);
    assert_true(made);
    assert_int_equal(access(below("etc/deep"), F_OK), 0);
    close(fd);
}

/* A whole log */

static struct note_signer signer;

static enum err open_log(struct ledger_opened *opened) {
    static const uint8_t seed[ED25519_SEED_BYTES] = {7};
    if (note_signer_make("os.example/log", NOTE_ED25519, seed, &signer) != ERR_OK) return ERR_KEY;
    const struct ledger_settings settings = {.origin = "os.example/log",
                                             .signer = &signer,
                                             .create = true,
                                             .journal_bytes = LIMIT_LEDGER_JOURNAL_MIN_BYTES};
    return ledger_log_open(&the_log, &store, &settings, opened);
}

/* Entries in commits of ten, and checkpoints, as far as it goes. */
static enum err work(unsigned commits) {
    static const char entry[400] = "{\"v\":1}";
    uint64_t index;
    for (unsigned i = 0; i < commits; i++) {
        enum err err = ERR_OK;
        for (unsigned j = 0; err == ERR_OK && j < 10; j++)
            err = ledger_log_append(&the_log, entry, sizeof entry, &index);
        if (err == ERR_OK || ledger_log_next(&the_log) > ledger_log_committed(&the_log))
            err = ledger_log_commit(&the_log);
        if (err == ERR_OK) err = ledger_log_publish(&the_log);
        if (err != ERR_OK) return err;
    }
    return ERR_OK;
}

static void a_log_lives_on_it(void **state) {
    struct ledger_opened opened = {.published = 0};
    (void)state;
    assert_int_equal(open_log(&opened), ERR_OK);
    assert_true(opened.created);
    assert_int_equal(work(60), ERR_OK);
    note_signer_wipe(&signer);
    assert_int_equal(open_log(&opened), ERR_OK);
    assert_int_equal(opened.published, 600);
    assert_int_equal(access(below("public/tile/entries/002.p/88"), R_OK), 0);
    assert_int_not_equal(access(below("public/tile/0/001.p"), F_OK), 0);
    note_signer_wipe(&signer);
}

static bool put_line(const char *path, const char *format, unsigned id) {
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
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
           put_line("/proc/self/setgroups", "deny", 0) &&
           put_line("/proc/self/uid_map", "0 %u 1", user) &&
           put_line("/proc/self/gid_map", "0 %u 1", group);
}

static bool tiny_disk(void) {
    const char *why;
    if (!unshare_mounts() || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", folder, "tmpfs", 0, "size=1m") != 0)
        return false;
    ledger_store_close(&files);
    return ledger_store_folder(folder, false, &folder_fd, NULL, &why) == ERR_OK &&
           ledger_store_open(folder_fd, &files, &why) == ERR_OK;
}

/* In a child: 0 right, 77 not allowed to mount, else the step that was wrong. */
static int on_a_full_disk(void) {
    static const char filler[1 << 16];
    struct ledger_opened opened;
    if (!tiny_disk()) return 77;
    if (open_log(&opened) != ERR_OK || work(3) != ERR_OK) return 1;
    int fd = open(below("filler"), O_WRONLY | O_CREAT, 0600);
    while (fd >= 0 && write(fd, filler, sizeof filler) > 0) continue;
    uint64_t committed = ledger_log_committed(&the_log);
    if (work(1) != ERR_FULL) return 2;
    /* The journal has its room already: what must be durable still gets so. */
    if (ledger_log_committed(&the_log) != committed + 10) return 3;
    if (!strstr(ledger_log_why(&the_log), "No space left on device")) return 4;
    if (ledger_log_published(&the_log)->size != committed) return 5;
    if (ftruncate(fd, 0) != 0 || ledger_log_publish(&the_log) != ERR_OK) return 6;
    if (ledger_log_published(&the_log)->size != committed + 10) return 7;
    return work(2) == ERR_OK && open_log(&opened) == ERR_OK ? 0 : 8;
}

static int on_a_read_only_disk(void) {
    struct ledger_opened opened;
    uint64_t index;
    if (!tiny_disk()) return 77;
    if (open_log(&opened) != ERR_OK || work(3) != ERR_OK) return 1;
    ledger_store_close(&files);
    if (mount(NULL, folder, NULL, MS_REMOUNT | MS_RDONLY, NULL) != 0) return 77;
    const char *why = "";
    struct ledger_files second;
    if (ledger_store_open(folder_fd, &second, &why) != ERR_IO) return 2;
    if (!strstr(why, "Read-only file system")) return 3;
    if (ledger_log_append(&the_log, "x", 1, &index) != ERR_OK) return 4;
    if (ledger_log_commit(&the_log) != ERR_IO) return 5;
    if (mount(NULL, folder, NULL, MS_REMOUNT, NULL) != 0) return 77;
    if (ledger_store_open(folder_fd, &files, &why) != ERR_OK) return 6;
    if (ledger_log_commit(&the_log) != ERR_OK || ledger_log_publish(&the_log) != ERR_OK) return 7;
    return ledger_log_published(&the_log)->size == 31 ? 0 : 8;
}

static void in_a_child(int (*test)(void)) {
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) _exit(test());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void goes_on_after_a_full_disk(void **state) {
    (void)state;
    in_a_child(on_a_full_disk);
}

static void goes_on_after_a_read_only_disk(void **state) {
    (void)state;
    in_a_child(on_a_read_only_disk);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(puts_reads_writes_and_renames),
        TEST(says_what_is_missing),
        TEST(rights_are_those_of_the_place),
        TEST(removes_folders_with_files),
        TEST(follows_no_links),
        TEST(puts_later_and_settles),
        TEST(a_failed_put_takes_all_of_them_with_it),
        TEST(there_is_one_writer),
        TEST(folders_are_opened),
        TEST(a_folder_is_made_once),
        TEST(a_link_in_place_of_the_folder_is_refused),
        TEST(a_log_lives_on_it),
        TEST(goes_on_after_a_full_disk),
        TEST(goes_on_after_a_read_only_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

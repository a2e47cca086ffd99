/* The disk that fails: what is safe stays, what is not may go by sectors, and both are found over
 * many seeds. */
#include "sim/disk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { LENGTH = 4 * DISK_SECTOR_BYTES, SEEDS = 64 };

static struct disk disk;
static struct ledger_store store;
static uint8_t old[LENGTH], new[LENGTH], found[LENGTH];

static void start(uint64_t seed) {
    disk_init(&disk, seed);
    store = disk_store(&disk);
    memset(old, 'o', sizeof old);
    memset(new, 'n', sizeof new);
    assert_int_equal(store.put(&disk, "file", old, sizeof old), ERR_OK);
}

/* A bit for each sector of the file that has the new bytes; -1: there is no such file. */
static int sectors_new(const char *path) {
    size_t length = 0;
    int mask = 0;
    if (store.read(&disk, path, 0, found, sizeof found, &length) != ERR_OK) return -1;
    for (size_t s = 0; s < length / DISK_SECTOR_BYTES; s++)
        mask |= (found[s * DISK_SECTOR_BYTES] == 'n') << s;
    return mask;
}

static void what_is_synced_survives(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        start(seed);
        assert_int_equal(store.write(&disk, "file", 0, new, sizeof new), ERR_OK);
        assert_int_equal(sectors_new("file"), 15);
        assert_int_equal(store.sync(&disk, "file"), ERR_OK);
        disk_restart(&disk, true);
        assert_int_equal(sectors_new("file"), 15);
        disk_free(&disk);
    }
}

static void what_is_not_is_torn_in_any_order(void **state) {
    unsigned seen = 0;
    (void)state;
    for (uint64_t seed = 0; seed < 4 * SEEDS; seed++) {
        start(seed);
        assert_int_equal(store.write(&disk, "file", 0, new, sizeof new), ERR_OK);
        disk_restart(&disk, true);
        seen |= 1u << sectors_new("file");
        disk_free(&disk);
    }
    assert_int_equal(seen, 0xffff); /* every combination of the four sectors */
}

static void the_death_of_a_process_loses_nothing(void **state) {
    (void)state;
    start(1);
    assert_int_equal(store.write(&disk, "file", 0, new, sizeof new), ERR_OK);
    disk_restart(&disk, false);
    assert_int_equal(sectors_new("file"), 15);
    disk_free(&disk);
}

/* As Linux does it: the pages are clean after the failure, whatever became of them. */
static void a_failed_sync_is_not_made_up_for(void **state) {
    unsigned lost = 0;
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        start(seed);
        assert_int_equal(store.write(&disk, "file", 0, new, sizeof new), ERR_OK);
        disk_plan(&disk, DISK_FAILS, 1, 1);
        assert_int_equal(store.sync(&disk, "file"), ERR_IO);
        assert_int_equal(store.sync(&disk, "file"), ERR_OK);
        assert_int_equal(sectors_new("file"), 15);
        disk_restart(&disk, true);
        lost += sectors_new("file") != 15;
        disk_free(&disk);
    }
    assert_true(lost > SEEDS / 2);
}

static void trouble_comes_when_it_is_planned(void **state) {
    static const enum disk_trouble troubles[] = {DISK_FAILS, DISK_READ_ONLY, DISK_FULL};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        start(i);
        disk_plan(&disk, troubles[i], 2, 3);
        assert_int_equal(store.put(&disk, "a", new, 10), ERR_OK);
        enum err err = troubles[i] == DISK_FULL ? ERR_FULL : ERR_IO;
        assert_int_equal(store.put(&disk, "b", new, 10), err);
        assert_int_equal(store.put(&disk, "c", new, 10), err);
        assert_int_equal(store.put(&disk, "d", new, 10), ERR_OK);
        assert_int_equal(disk.troubles, 2);
        assert_int_equal(disk.operations, 5);
        disk_free(&disk);
    }
}

static void a_full_disk_still_writes_in_place(void **state) {
    (void)state;
    start(1);
    disk_plan(&disk, DISK_FULL, 1, UINT64_MAX);
    assert_int_equal(store.write(&disk, "file", 0, new, sizeof new), ERR_OK);
    assert_int_equal(store.sync(&disk, "file"), ERR_OK);
    assert_int_equal(store.put(&disk, "more", new, 1), ERR_FULL);
    assert_string_equal(store.why(&disk), "No space left on device");
    disk_free(&disk);
}

static void after_a_crash_nothing_works(void **state) {
    size_t length;
    (void)state;
    start(1);
    disk_plan(&disk, DISK_CRASH, 1, 1);
    assert_int_equal(store.write(&disk, "file", 0, new, sizeof new), ERR_IO);
    assert_int_equal(store.read(&disk, "file", 0, found, 1, &length), ERR_IO);
    assert_int_equal(store.remove(&disk, "file"), ERR_IO);
    disk_restart(&disk, true);
    assert_true(sectors_new("file") >= 0);
    disk_free(&disk);
}

/* The file that is to be replaced is the old one or the new one, never neither. */
static void renames_are_whole(void **state) {
    unsigned olds = 0, news = 0;
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        start(seed);
        assert_int_equal(store.put(&disk, "file.new", new, sizeof new), ERR_OK);
        disk_plan(&disk, DISK_CRASH, 1, 1);
        assert_int_equal(store.rename(&disk, "file.new", "file"), ERR_IO);
        disk_restart(&disk, true);
        int mask = sectors_new("file");
        assert_true(mask == 0 || mask == 15);
        olds += mask == 0;
        news += mask == 15;
        disk_free(&disk);
    }
    assert_true(olds > 5 && news > 5);
}

static void what_was_removed_may_come_back(void **state) {
    unsigned back = 0;
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        start(seed);
        assert_int_equal(store.put(&disk, "d/1", new, sizeof new), ERR_OK);
        assert_int_equal(store.remove(&disk, "d"), ERR_OK);
        assert_int_equal(sectors_new("d/1"), -1);
        disk_restart(&disk, true);
        back += sectors_new("d/1") == 15;
        disk_free(&disk);
    }
    assert_true(back > 5 && back < SEEDS - 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_synced_survives),
        cmocka_unit_test(what_is_not_is_torn_in_any_order),
        cmocka_unit_test(the_death_of_a_process_loses_nothing),
        cmocka_unit_test(a_failed_sync_is_not_made_up_for),
        cmocka_unit_test(trouble_comes_when_it_is_planned),
        cmocka_unit_test(a_full_disk_still_writes_in_place),
        cmocka_unit_test(after_a_crash_nothing_works),
        cmocka_unit_test(renames_are_whole),
        cmocka_unit_test(what_was_removed_may_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

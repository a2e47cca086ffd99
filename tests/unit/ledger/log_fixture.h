/* What the tests of the log share: two keys, a store in memory, entries that say their number. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger/ledger_log.h"
#include "ledger/memory_store.h"

#define FIXTURE_ORIGIN "unit.example/ledger"

static struct memory_store memory;
static struct ledger_store store;
static struct ledger_log the_log;
static struct ledger_opened opened;
static struct note_signer first_key, second_key;
static struct ledger_settings settings;

static inline int set_up(void **state) {
    static const uint8_t seeds[2][ED25519_SEED_BYTES] = {{1}, {2}};
    (void)state;
    store = memory_store_of(&memory);
    if (note_signer_make(FIXTURE_ORIGIN, NOTE_ED25519, seeds[0], &first_key) != ERR_OK) return -1;
    if (note_signer_make(FIXTURE_ORIGIN, NOTE_ED25519, seeds[1], &second_key) != ERR_OK) return -1;
    settings = (struct ledger_settings){.origin = FIXTURE_ORIGIN,
                                        .signer = &first_key,
                                        .create = true,
                                        .journal_bytes = LIMIT_LEDGER_JOURNAL_MIN_BYTES,
                                        .keep_entries = TILE_WIDTH};
    return 0;
}

static inline int tear_down(void **state) {
    (void)state;
    memory_free(&memory);
    note_signer_wipe(&first_key);
    note_signer_wipe(&second_key);
    return 0;
}

static inline enum err open_log(void) {
    return ledger_log_open(&the_log, &store, &settings, &opened);
}

static inline size_t entry_text(uint64_t index, char out[64]) {
    return (size_t)snprintf(out, 64, "{\"v\":1,\"entry\":%llu}", (unsigned long long)index);
}

static inline void append(uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        char text[64];
        uint64_t index = UINT64_MAX, next = ledger_log_next(&the_log);
        size_t length = entry_text(next, text);
        assert_int_equal(ledger_log_append(&the_log, text, length, &index), ERR_OK);
        assert_int_equal(index, next);
    }
}

/* Entries in commits of 50. */
static inline void commit(uint64_t count) {
    while (count > 0) {
        uint64_t part = count < 50 ? count : 50;
        append(part);
        assert_int_equal(ledger_log_commit(&the_log), ERR_OK);
        count -= part;
    }
}

static inline void publish(void) {
    assert_int_equal(ledger_log_publish(&the_log), ERR_OK);
}

/* A new log with so many entries under a checkpoint. */
static inline void start(uint64_t count) {
    assert_int_equal(open_log(), ERR_OK);
    for (; count > 1000; count -= 1000) {
        commit(1000);
        publish();
    }
    commit(count);
    publish();
}

/* The root that the entries of entry_text have. */
static inline struct merkle_hash wanted_root(uint64_t size) {
    struct merkle_frontier tree;
    struct merkle_hash out;
    merkle_frontier_init(&tree);
    for (uint64_t i = 0; i < size; i++) {
        char text[64];
        merkle_leaf(text, entry_text(i, text), &out);
        assert_int_equal(merkle_frontier_append(&tree, &out), ERR_OK);
    }
    merkle_frontier_root(&tree, &out);
    return out;
}

static inline void assert_published(uint64_t size) {
    const struct checkpoint *published = ledger_log_published(&the_log);
    struct merkle_hash root = wanted_root(size);
    assert_int_equal(published->size, size);
    assert_true(merkle_same(&published->root, &root));
}

/* The text for people names the file and says what is wrong with it. */
static inline void assert_refused(enum err err, const char *path, const char *word) {
    enum err got = open_log();
    if (got != err || !strstr(opened.text, path) || !strstr(opened.text, word))
        print_error("%s: %s\n", err_name(got), opened.text);
    assert_int_equal(got, err);
    assert_int_equal(opened.err, err);
    assert_non_null(strstr(opened.text, "refused: "));
    assert_non_null(strstr(opened.text, path));
    assert_non_null(strstr(opened.text, word));
}

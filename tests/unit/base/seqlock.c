/* The sequence lock: whole snapshots of any length, never torn ones, and a dead writer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/seqlock.h"

enum { ROOM = 32 };

static void any_length_comes_back(void **state) {
    (void)state;
    for (size_t length = 1; length <= ROOM; length++) {
        _Atomic uint64_t sequence = 0, words[SEQLOCK_WORDS(ROOM)] = {0};
        uint8_t in[ROOM], out[ROOM + 1];
        for (size_t i = 0; i < ROOM; i++) in[i] = (uint8_t)(i + length);
        memset(out, 0xee, sizeof out);
        assert_int_equal(seqlock_read(&sequence, words, out, length), ERR_STALE);
        assert_int_equal(out[0], 0xee);
        seqlock_write(&sequence, words, in, length);
        assert_int_equal(seqlock_read(&sequence, words, out, length), ERR_OK);
        assert_memory_equal(in, out, length);
        assert_int_equal(out[length], 0xee);
    }
}

/* What a writer that died in the middle leaves, the next writer mends. */
static void dead_writer(void **state) {
    (void)state;
    _Atomic uint64_t sequence = 7, words[1] = {0};
    uint64_t in = 5, out = 0;
    assert_int_equal(seqlock_read(&sequence, words, &out, sizeof out), ERR_STALE);
    seqlock_write(&sequence, words, &in, sizeof in);
    assert_int_equal(sequence % 2, 0);
    assert_int_equal(seqlock_read(&sequence, words, &out, sizeof out), ERR_OK);
    assert_int_equal(out, 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_length_comes_back),
        cmocka_unit_test(dead_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

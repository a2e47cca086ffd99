/* Evidence of a split view: it convinces with the log's key, and nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/witness_evidence.h"
#include "witness_play.h"

static enum err check(const struct play *play, const char *text, size_t length) {
    struct checkpoint first, second;
    enum err err = witness_evidence_check(text, length, &play->watched, &first, &second);
    if (err == ERR_OK) assert_int_equal(first.size, second.size);
    return err;
}

static enum err build_and_check(const struct play *play, const struct signing_note *first,
                                const struct signing_note *second) {
    char text[20000];
    size_t length = 0;
    signing_must(witness_evidence_build(first->text, first->length, second->text, second->length,
                                        text, sizeof text, &length));
    return check(play, text, length);
}

static void two_roots_for_one_size(void **state) {
    (void)state;
    const struct play_tree fork = {5};
    struct play play;
    play_begin(&play);
    struct signing_note nine = play_checkpoint(&play, play_honest, 9);
    struct signing_note other = play_checkpoint(&play, fork, 9);
    struct signing_note ten = play_checkpoint(&play, play_honest, 10);
    assert_int_equal(build_and_check(&play, &nine, &other), ERR_OK);
    assert_int_equal(build_and_check(&play, &other, &nine), ERR_OK);
    assert_int_equal(build_and_check(&play, &nine, &nine), ERR_RANGE);
    assert_int_equal(build_and_check(&play, &nine, &ten), ERR_RANGE);
    other.text[strlen(SIGNING_LOG) + 5] ^= 1;
    assert_int_equal(build_and_check(&play, &nine, &other), ERR_SIGNATURE);
    play.watched.keys[0] = play.stranger.key;
    assert_int_equal(build_and_check(&play, &nine, &ten), ERR_UNSIGNED);
    play_end(&play);
}

/* A witness's record is the first of the two, with the cosignature that dates it. */
static void from_the_record_of_a_witness(void **state) {
    (void)state;
    const struct play_tree fork = {5};
    struct play play;
    char text[20000];
    size_t length = 0;
    play_begin(&play);
    assert_int_equal(play_grow(&play, play_honest, 0, 9), 200);
    struct signing_note other = play_checkpoint(&play, fork, 9);
    signing_must(witness_evidence_build(play.verdict.record, play.verdict.record_length, other.text,
                                        other.length, text, sizeof text, &length));
    assert_int_equal(check(&play, text, length), ERR_OK);
    play_end(&play);
}

static void no_other_text_is_taken(void **state) {
    (void)state;
    const struct play_tree fork = {5};
    struct play play;
    char text[4096], changed[4096];
    size_t length = 0;
    play_begin(&play);
    struct signing_note nine = play_checkpoint(&play, play_honest, 9);
    struct signing_note other = play_checkpoint(&play, fork, 9);
    signing_must(witness_evidence_build(nine.text, nine.length, other.text, other.length, text,
                                        sizeof text - 1, &length));
    for (size_t cut = 0; cut < length; cut++) assert_int_not_equal(check(&play, text, cut), ERR_OK);
    for (size_t at = 0; at < length; at++) {
        memcpy(changed, text, length);
        changed[at] ^= 1;
        assert_int_not_equal(check(&play, changed, length), ERR_OK);
    }
    text[length] = '\n';
    assert_int_equal(check(&play, text, length + 1), ERR_TRAILING);
    for (size_t room = 0; room < length; room++) {
        size_t unchanged = 77;
        assert_int_equal(witness_evidence_build(nine.text, nine.length, other.text, other.length,
                                                changed, room, &unchanged),
                         ERR_TOO_LONG);
        assert_int_equal(unchanged, 77);
    }
    play_end(&play);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_roots_for_one_size),
        cmocka_unit_test(from_the_record_of_a_witness),
        cmocka_unit_test(no_other_text_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Checkpoints: both ways, one reading only, and signed by whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "signing.h"

#define ROOT "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static void bodies_come_back(void **state) {
    (void)state;
    static const uint64_t sizes[] = {0, 1, 9, 10, 20852163, INT64_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct checkpoint checkpoint = {.origin = "log with spaces+", .size = sizes[i]}, back;
        char body[LIMIT_CHECKPOINT_BODY_BYTES];
        size_t length = 0;
        memset(&checkpoint.root, 0xa5, sizeof checkpoint.root);
        assert_int_equal(checkpoint_build(&checkpoint, body, &length), ERR_OK);
        assert_int_equal(length, strlen(body));
        assert_int_equal(checkpoint_parse(body, length, &back), ERR_OK);
        assert_memory_equal(&back, &checkpoint, sizeof back);
    }
}

static void what_cannot_be_built(void **state) {
    (void)state;
    struct checkpoint checkpoint = {.origin = "", .size = 1};
    char body[LIMIT_CHECKPOINT_BODY_BYTES];
    size_t length = 7;
    assert_int_equal(checkpoint_build(&checkpoint, body, &length), ERR_SYNTAX);
    strcpy(checkpoint.origin, "a\nb");
    assert_int_equal(checkpoint_build(&checkpoint, body, &length), ERR_SYNTAX);
    memset(checkpoint.origin, 'a', sizeof checkpoint.origin);
    assert_int_equal(checkpoint_build(&checkpoint, body, &length), ERR_SYNTAX);
    strcpy(checkpoint.origin, "a");
    checkpoint.size = UINT64_C(1) << 63;
    assert_int_equal(checkpoint_build(&checkpoint, body, &length), ERR_RANGE);
    assert_int_equal(length, 7);
}

static void one_reading_only(void **state) {
    (void)state;
    static const struct {
        const char *body;
        enum err err;
    } cases[] = {
        {"o\n0\n" ROOT "\n", ERR_OK},
        {"o\n9223372036854775807\n" ROOT "\n", ERR_OK},
        {"o\n7\n" ROOT "\nextension\nmore \n", ERR_OK},
        {"o\n9223372036854775808\n" ROOT "\n", ERR_SYNTAX},
        {"o\n18446744073709551616\n" ROOT "\n", ERR_SYNTAX},
        {"o\n07\n" ROOT "\n", ERR_SYNTAX},
        {"o\n00\n" ROOT "\n", ERR_SYNTAX},
        {"o\n+7\n" ROOT "\n", ERR_SYNTAX},
        {"o\n-7\n" ROOT "\n", ERR_SYNTAX},
        {"o\n7 \n" ROOT "\n", ERR_SYNTAX},
        {"o\n 7\n" ROOT "\n", ERR_SYNTAX},
        {"o\n\n" ROOT "\n", ERR_SYNTAX},
        {"o\n7a\n" ROOT "\n", ERR_SYNTAX},
        {"\n7\n" ROOT "\n", ERR_SYNTAX},
        {"o\n7\n", ERR_SYNTAX},
        {"o\n7\n" ROOT, ERR_SYNTAX},
        {"o\n7\n" ROOT "\n\n", ERR_SYNTAX},
        {"o\n7\n" ROOT "\n\nextension\n", ERR_SYNTAX},
        {"o\n7\n" ROOT " \n", ERR_SYNTAX},
        {"o\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=\n", ERR_SYNTAX},
        {"o\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==\n", ERR_SYNTAX},
        {"o\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8_\n", ERR_SYNTAX},
        {"o\r\n7\n" ROOT "\n", ERR_SYNTAX},
        {"\xff\n7\n" ROOT "\n", ERR_SYNTAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct checkpoint out = {.size = 99};
        if (checkpoint_parse(cases[i].body, strlen(cases[i].body), &out) != cases[i].err)
            fail_msg("%s", cases[i].body);
        if (cases[i].err != ERR_OK) assert_int_equal(out.size, 99);
    }
}

static void lengths_have_bounds(void **state) {
    (void)state;
    char body[LIMIT_CHECKPOINT_BODY_BYTES + 2];
    struct checkpoint out;
    int head = snprintf(body, sizeof body, "%0255d\n7\n" ROOT "\n", 0);
    assert_int_equal(checkpoint_parse(body, (size_t)head, &out), ERR_OK);
    assert_int_equal(strlen(out.origin), 255);
    memset(body + head, 'x', sizeof body - (size_t)head);
    body[LIMIT_CHECKPOINT_BODY_BYTES - 1] = '\n';
    assert_int_equal(checkpoint_parse(body, LIMIT_CHECKPOINT_BODY_BYTES, &out), ERR_OK);
    body[LIMIT_CHECKPOINT_BODY_BYTES - 1] = 'x';
    body[LIMIT_CHECKPOINT_BODY_BYTES] = '\n';
    assert_int_equal(checkpoint_parse(body, LIMIT_CHECKPOINT_BODY_BYTES + 1, &out), ERR_TOO_LONG);
    head = snprintf(body, sizeof body, "%0256d\n7\n" ROOT "\n", 0);
    assert_int_equal(checkpoint_parse(body, (size_t)head, &out), ERR_TOO_LONG);
}

static void signs_as_go_does(void **state) {
    (void)state;
    static const char expected[] = SIGNING_BODY "\n" SIGNING_LINE SIGNING_COSIGNATURE;
    struct note_signer log = signing_signer(SIGNING_SKEY), witness = signing_signer(SIGNING_WSKEY);
    const struct note_signer *const signers[] = {&log, &witness};
    struct checkpoint checkpoint = {.origin = SIGNING_LOG, .size = 42}, back;
    char text[sizeof expected];
    size_t length = 0;
    for (uint8_t i = 0; i < 32; i++) checkpoint.root.bytes[i] = i;
    assert_int_equal(
        checkpoint_sign(&checkpoint, signers, 2, SIGNING_TIME, text, sizeof text - 1, &length),
        ERR_OK);
    assert_int_equal(length, sizeof expected - 1);
    assert_memory_equal(text, expected, length);
    const struct note_key keys[] = {log.key, witness.key};
    assert_int_equal(checkpoint_open(text, length, SIGNING_LOG, keys, 2, &back), ERR_OK);
    assert_memory_equal(&back, &checkpoint, sizeof back);
    length = 7;
    assert_int_equal(
        checkpoint_sign(&checkpoint, signers, 2, SIGNING_TIME, text, sizeof text - 2, &length),
        ERR_TOO_LONG);
    assert_int_equal(checkpoint_sign(&checkpoint, signers, 2, 0, text, sizeof text, &length),
                     ERR_RANGE);
    assert_int_equal(length, 7);
    note_signer_wipe(&log);
    note_signer_wipe(&witness);
}

static enum err open_with(const struct signing_note *note, const char *origin, const char *first,
                          const char *second) {
    struct note_key keys[2] = {signing_key(first), signing_key(second ? second : first)};
    struct checkpoint out;
    return checkpoint_open(note->text, note->length, origin, keys, second ? 2 : 1, &out);
}

static void opened_by_its_keys_only(void **state) {
    (void)state;
    static const char foo[] =
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    struct note_signer log = signing_signer(SIGNING_SKEY);
    const struct note_signer *const signers[] = {&log};
    struct merkle_hash root = {{1}};
    struct signing_note note = signing_checkpoint(SIGNING_LOG, 5, &root, signers, 1, 0);
    assert_int_equal(open_with(&note, SIGNING_LOG, SIGNING_VKEY, NULL), ERR_OK);
    assert_int_equal(open_with(&note, SIGNING_LOG, foo, SIGNING_VKEY), ERR_OK);
    assert_int_equal(open_with(&note, SIGNING_LOG, foo, NULL), ERR_UNSIGNED);
    assert_int_equal(open_with(&note, "example.com/other", SIGNING_VKEY, NULL), ERR_LOG_ORIGIN);
    note.text[strlen(SIGNING_LOG) + 1] = '6';
    assert_int_equal(open_with(&note, SIGNING_LOG, SIGNING_VKEY, NULL), ERR_SIGNATURE);
    assert_int_equal(open_with(&note, SIGNING_LOG, foo, SIGNING_VKEY), ERR_SIGNATURE);
    note.length--;
    assert_int_equal(open_with(&note, SIGNING_LOG, SIGNING_VKEY, NULL), ERR_SYNTAX);
    note_signer_wipe(&log);
}

static void the_empty_tree_has_one_root(void **state) {
    (void)state;
    struct note_signer log = signing_signer(SIGNING_SKEY);
    const struct note_signer *const signers[] = {&log};
    struct merkle_hash empty, other = {{1}};
    merkle_empty(&empty);
    struct signing_note note = signing_checkpoint(SIGNING_LOG, 0, &empty, signers, 1, 0);
    assert_int_equal(open_with(&note, SIGNING_LOG, SIGNING_VKEY, NULL), ERR_OK);
    note = signing_checkpoint(SIGNING_LOG, 0, &other, signers, 1, 0);
    assert_int_equal(open_with(&note, SIGNING_LOG, SIGNING_VKEY, NULL), ERR_RANGE);
    note_signer_wipe(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_come_back),
        cmocka_unit_test(what_cannot_be_built),
        cmocka_unit_test(one_reading_only),
        cmocka_unit_test(lengths_have_bounds),
        cmocka_unit_test(signs_as_go_does),
        cmocka_unit_test(opened_by_its_keys_only),
        cmocka_unit_test(the_empty_tree_has_one_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

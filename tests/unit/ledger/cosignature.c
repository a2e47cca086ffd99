/* Cosignatures v1: bytes compared with Go's, times, and what does not count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "signing.h"

static enum err verify(const char *text, uint64_t *time_s) {
    struct note note;
    struct note_key key = signing_key(SIGNING_WKEY);
    enum err err = note_parse(text, strlen(text), &note);
    return err == ERR_OK ? cosignature_verify(&note, &key, time_s) : err;
}

static void signs_as_go_does(void **state) {
    (void)state;
    struct note_signer witness = signing_signer(SIGNING_WSKEY);
    char line[NOTE_LINE_BYTES];
    size_t length = 0;
    uint64_t time_s = 0;
    assert_int_equal(
        cosignature_sign(&witness, SIGNING_BODY, strlen(SIGNING_BODY), SIGNING_TIME, line, &length),
        ERR_OK);
    assert_int_equal(length, strlen(SIGNING_COSIGNATURE));
    assert_string_equal(line, SIGNING_COSIGNATURE);
    assert_int_equal(verify(SIGNING_BODY "\n" SIGNING_LINE SIGNING_COSIGNATURE, &time_s), ERR_OK);
    assert_int_equal(time_s, SIGNING_TIME);
    note_signer_wipe(&witness);
}

static void what_does_not_count(void **state) {
    (void)state;
    uint64_t time_s = 7;
    assert_int_equal(verify("x" SIGNING_BODY "\n" SIGNING_COSIGNATURE, &time_s), ERR_SIGNATURE);
    assert_int_equal(verify(SIGNING_BODY "extension\n\n" SIGNING_COSIGNATURE, &time_s),
                     ERR_SIGNATURE);
    assert_int_equal(verify(SIGNING_BODY "\n" SIGNING_LINE, &time_s), ERR_UNSIGNED);
    /* Too short, and a time of zero. */
    assert_int_equal(
        verify(SIGNING_BODY "\n" SIGNING_DASH "example.org/witness +7dewQAAAABpVbkA\n", &time_s),
        ERR_SIGNATURE);
    assert_int_equal(
        verify(SIGNING_BODY
               "\n" SIGNING_DASH "example.org/witness "
               "+7dewQAAAAAAAAAAnCqvH/hQANpZsox7h1E1YH+N/gPinXYZfyuZGcGxYOtw6DWCNFQY7PDM"
               "vKrtH4Lu8vN97qs7fqUdA/wlK/aKDQ==\n",
               &time_s),
        ERR_RANGE);
    assert_int_equal(time_s, 7);
    struct note note = {.body = "a\n", .body_length = 2};
    struct note_key log = signing_key(SIGNING_VKEY);
    assert_int_equal(cosignature_verify(&note, &log, &time_s), ERR_KIND);
}

static void the_earliest_time_counts(void **state) {
    (void)state;
    static const uint64_t times[] = {300, 100, 200};
    struct note_signer witness = signing_signer(SIGNING_WSKEY);
    char text[4096];
    size_t used = (size_t)snprintf(text, sizeof text, "%s\n", SIGNING_BODY);
    uint64_t time_s = 0;
    for (size_t i = 0; i < 3; i++) {
        size_t length = 0;
        assert_int_equal(cosignature_sign(&witness, SIGNING_BODY, strlen(SIGNING_BODY), times[i],
                                          text + used, &length),
                         ERR_OK);
        used += length;
    }
    assert_int_equal(verify(text, &time_s), ERR_OK);
    assert_int_equal(time_s, 100);
    note_signer_wipe(&witness);
}

static void bounds(void **state) {
    (void)state;
    struct note_signer witness = signing_signer(SIGNING_WSKEY), log = signing_signer(SIGNING_SKEY);
    char line[NOTE_LINE_BYTES], body[LIMIT_CHECKPOINT_BODY_BYTES + 1];
    size_t length = 7;
    memset(body, 'a', sizeof body);
    body[LIMIT_CHECKPOINT_BODY_BYTES - 1] = '\n';
    assert_int_equal(cosignature_sign(&log, "a\n", 2, 1, line, &length), ERR_KIND);
    assert_int_equal(cosignature_sign(&witness, "a\n", 2, 0, line, &length), ERR_RANGE);
    assert_int_equal(cosignature_sign(&witness, "a\n", 2, UINT64_C(1) << 63, line, &length),
                     ERR_RANGE);
    assert_int_equal(cosignature_sign(&witness, body, sizeof body, 1, line, &length), ERR_TOO_LONG);
    assert_int_equal(length, 7);
    assert_int_equal(cosignature_sign(&witness, body, sizeof body - 1, INT64_MAX, line, &length),
                     ERR_OK);
    note_signer_wipe(&witness);
    note_signer_wipe(&log);
}

/* The longest name that a key may have still makes a line. */
static void the_longest_line(void **state) {
    (void)state;
    char name[LIMIT_NOTE_NAME_BYTES], line[NOTE_LINE_BYTES];
    size_t length = 0;
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    struct note_signer witness = signing_made(name, NOTE_COSIGNATURE_V1, 3);
    assert_int_equal(cosignature_sign(&witness, "a\n", 2, 1, line, &length), ERR_OK);
    assert_int_equal(length, 4 + 255 + 1 + 104 + 1);
    note_signer_wipe(&witness);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_as_go_does),         cmocka_unit_test(what_does_not_count),
        cmocka_unit_test(the_earliest_time_counts), cmocka_unit_test(bounds),
        cmocka_unit_test(the_longest_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

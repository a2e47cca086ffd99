/* Signed notes: the vector of the specification, one of Go, bounds, and what is no note. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "signing.h"

#define FOO "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define FOO_LINE                                                                                   \
    SIGNING_DASH                                                                                   \
    "example.com/foo "                                                                             \
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1"             \
    "Yu72IneyaQM=\n"
#define SHORT SIGNING_DASH "a AAAAAAA=\n" /* the shortest signature: one byte */

static enum err verify(const char *text, const char *vkey) {
    struct note note;
    struct note_key key = signing_key(vkey);
    enum err err = note_parse(text, strlen(text), &note);
    return err == ERR_OK ? note_verify(&note, &key) : err;
}

static void the_vector_of_the_specification(void **state) {
    (void)state;
    assert_int_equal(verify("This is an example message.\n\n" FOO_LINE, FOO), ERR_OK);
    assert_int_equal(verify("This is an example message!\n\n" FOO_LINE, FOO), ERR_SIGNATURE);
    assert_int_equal(verify("This is an example message.\n\n" FOO_LINE, SIGNING_VKEY),
                     ERR_UNSIGNED);
    assert_int_equal(verify("This is an example message.\n\n" FOO_LINE, SIGNING_WKEY), ERR_KIND);
}

static void signs_as_go_does(void **state) {
    (void)state;
    struct note_signer log = signing_signer(SIGNING_SKEY), witness = signing_signer(SIGNING_WSKEY);
    char line[NOTE_LINE_BYTES];
    size_t length = 0;
    assert_int_equal(note_sign(&log, SIGNING_BODY, strlen(SIGNING_BODY), line, &length), ERR_OK);
    assert_int_equal(length, strlen(SIGNING_LINE));
    assert_string_equal(line, SIGNING_LINE);
    length = 5;
    assert_int_equal(note_sign(&witness, "a\n", 2, line, &length), ERR_KIND);
    assert_int_equal(note_sign(&log, "a", 1, line, &length), ERR_SYNTAX);
    assert_int_equal(note_sign(&log, "", 0, line, &length), ERR_SYNTAX);
    assert_int_equal(note_sign(&log, "a\tb\n", 4, line, &length), ERR_SYNTAX);
    assert_int_equal(length, 5);
    note_signer_wipe(&log);
    note_signer_wipe(&witness);
}

static void views_are_right(void **state) {
    (void)state;
    static const char text[] = "one\n\ntwo\n\n" SHORT FOO_LINE;
    struct note note;
    uint8_t bytes[ED25519_SIGNATURE_BYTES];
    size_t length = 0;
    assert_int_equal(note_parse(text, sizeof text - 1, &note), ERR_OK);
    assert_int_equal(note.body_length, strlen("one\n\ntwo\n"));
    assert_ptr_equal(note.body, text);
    assert_int_equal(note.count, 2);
    assert_int_equal(note.signatures[0].line_length, strlen(SHORT));
    assert_memory_equal(note.signatures[1].line, FOO_LINE, note.signatures[1].line_length);
    assert_int_equal(note.signatures[1].id, 0x530d903a);
    assert_int_equal(note.signatures[1].name_length, strlen("example.com/foo"));
    assert_int_equal(note_signature_bytes(&note.signatures[1], bytes, 63, &length), ERR_TOO_LONG);
    assert_int_equal(length, 0);
    assert_int_equal(note_signature_bytes(&note.signatures[1], bytes, 64, &length), ERR_OK);
    assert_int_equal(length, 64);
    assert_int_equal(bytes[0], 0x49);
    assert_int_equal(note_signature_bytes(&note.signatures[0], bytes, 64, &length), ERR_OK);
    assert_int_equal(length, 1);
}

static void what_is_no_note_is_refused(void **state) {
    (void)state;
    static const char *const cases[] = {
        "",
        "\n",
        "\n\n",
        "text\n",
        "text\n\n",
        "text\n" SHORT,
        "text\n\n" SHORT "\n",
        "text\n\n" SHORT "more\n",
        "text\n\n" SHORT SIGNING_DASH "a AAAAAAA=",
        "text\n\n- a AAAAAAA=\n",
        "text\n\n\xe2\x80\x94"
        "a AAAAAAA=\n",
        "text\n\n\xe2\x80\x94  AAAAAAA=\n",
        "text\n\n" SIGNING_DASH "a\n",
        "text\n\n" SIGNING_DASH "a \n",
        "text\n\n" SIGNING_DASH "a  AAAAAAA=\n",
        "text\n\n" SIGNING_DASH "a AAAAAAA= \n",
        "text\n\n" SIGNING_DASH "a AAAAAAB=\n",
        "text\n\n" SIGNING_DASH "a AAAAAAA\n",
        "text\n\n" SIGNING_DASH "a AAAA\n",
        "text\n\n" SIGNING_DASH "a AAAAAA==\n",
        "text\n\n" SIGNING_DASH "a+b AAAAAAA=\n",
        "text\n\n" SIGNING_DASH "a\xc2\xa0"
        "b AAAAAAA=\n",
        "text\n\n" SIGNING_DASH "a\xe3\x80\x80 AAAAAAA=\n",
        "te\txt\n\n" SHORT,
        "text\r\n\n" SHORT,
        "text\n\r\n" SHORT,
        "te\x01xt\n\n" SHORT,
        "te\xffxt\n\n" SHORT,
        "te\xc3\n\n" SHORT,
        "te\xed\xa0\x80\n\n" SHORT,
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct note note = {.count = 99};
        if (note_parse(cases[i], strlen(cases[i]), &note) != ERR_SYNTAX) fail_msg("%s", cases[i]);
        assert_int_equal(note.count, 99);
    }
    struct note note;
    assert_int_equal(note_parse("a\0b\n\n" SHORT, 5 + strlen(SHORT), &note), ERR_SYNTAX);
    assert_int_equal(note_parse("\n\n" SHORT, 2 + strlen(SHORT), &note), ERR_OK);
    assert_int_equal(note_parse("\xc3\xa8\x7f\n\n" SHORT, 5 + strlen(SHORT), &note), ERR_OK);
}

/* Padding in the middle of a long signature, at every place where it is read in pieces. */
static void long_signatures_are_walked(void **state) {
    (void)state;
    static char text[8192];
    static uint8_t bytes[4096];
    struct note note;
    size_t start = (size_t)snprintf(text, sizeof text, "t\n\n" SIGNING_DASH "pq "), got = 0;
    memset(text + start, 'A', 3244);
    text[start + 3244] = '\n';
    assert_int_equal(note_parse(text, start + 3245, &note), ERR_OK);
    assert_int_equal(note_signature_bytes(&note.signatures[0], bytes, sizeof bytes, &got), ERR_OK);
    assert_int_equal(got, 3244 / 4 * 3 - 4);
    assert_int_equal(note_signature_bytes(&note.signatures[0], bytes, got - 1, &got), ERR_TOO_LONG);
    for (size_t at = 3; at < 3240; at += 4) {
        text[start + at] = '=';
        assert_int_equal(note_parse(text, start + 3245, &note), ERR_SYNTAX);
        text[start + at] = 'A';
    }
}

static void signatures_end_somewhere(void **state) {
    (void)state;
    static char text[LIMIT_NOTE_BYTES + 8];
    struct note note;
    size_t used = (size_t)snprintf(text, sizeof text, "t\n\n");
    for (size_t i = 0; i < LIMIT_NOTE_SIGNATURES; i++) {
        memcpy(text + used, SHORT, strlen(SHORT));
        used += strlen(SHORT);
    }
    assert_true(LIMIT_NOTE_SIGNATURES >= 16);
    assert_int_equal(note_parse(text, used, &note), ERR_OK);
    assert_int_equal(note.count, LIMIT_NOTE_SIGNATURES);
    memcpy(text + used, SHORT, strlen(SHORT));
    assert_int_equal(note_parse(text, used + strlen(SHORT), &note), ERR_FULL);
    memset(text, 'a', sizeof text);
    memcpy(text + LIMIT_NOTE_BYTES - 2 - strlen(SHORT), "\n\n" SHORT, 2 + strlen(SHORT));
    assert_int_equal(note_parse(text, LIMIT_NOTE_BYTES, &note), ERR_OK);
    memcpy(text + LIMIT_NOTE_BYTES - 1 - strlen(SHORT), "\n\n" SHORT, 2 + strlen(SHORT));
    assert_int_equal(note_parse(text, LIMIT_NOTE_BYTES + 1, &note), ERR_TOO_LONG);
}

static void one_bad_signature_of_a_known_key_is_enough(void **state) {
    (void)state;
    static const char bad[] = SIGNING_DASH "example.com/etalon lCEOxYxyhRsF\n";
    char text[1024];
    snprintf(text, sizeof text, "%s\n%s%s", SIGNING_BODY, SIGNING_LINE, bad);
    assert_int_equal(verify(text, SIGNING_VKEY), ERR_SIGNATURE);
    snprintf(text, sizeof text, "%s\n%s%s", SIGNING_BODY, bad, SIGNING_LINE);
    assert_int_equal(verify(text, SIGNING_VKEY), ERR_SIGNATURE);
    snprintf(text, sizeof text, "%s\n%s%s", SIGNING_BODY, SIGNING_LINE, SIGNING_LINE);
    assert_int_equal(verify(text, SIGNING_VKEY), ERR_OK);
    /* The same id with another name, the same name with another id: unknown keys. */
    snprintf(text, sizeof text, "%s\n%s%s%s", SIGNING_BODY,
             SIGNING_DASH "example.com/etalo lCEOxYxyhRsF\n", SIGNING_LINE,
             SIGNING_DASH "example.com/etalon lCEOxIxyhRsF\n");
    assert_int_equal(verify(text, SIGNING_VKEY), ERR_OK);
}

static void types_have_names(void **state) {
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        assert_non_null(note_type_text((uint8_t)type));
        assert_int_equal(note_type_known((uint8_t)type), type == 1 || type == 4);
    }
    assert_string_equal(note_type_text(NOTE_MLDSA44), "ML-DSA-44 cosignature");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vector_of_the_specification),
        cmocka_unit_test(signs_as_go_does),
        cmocka_unit_test(views_are_right),
        cmocka_unit_test(what_is_no_note_is_refused),
        cmocka_unit_test(long_signatures_are_walked),
        cmocka_unit_test(signatures_end_somewhere),
        cmocka_unit_test(one_bad_signature_of_a_known_key_is_enough),
        cmocka_unit_test(types_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

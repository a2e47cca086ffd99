/* Key files: Go's own come back, and nothing is taken that does not hold together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "signing.h"

static void files_of_go_come_back(void **state) {
    (void)state;
    static const char *const pairs[][2] = {{SIGNING_SKEY, SIGNING_VKEY},
                                           {SIGNING_WSKEY, SIGNING_WKEY}};
    uint8_t seeds[2][ED25519_SEED_BYTES] = {{0}, {9}};
    for (uint8_t i = 0; i < ED25519_SEED_BYTES; i++) seeds[0][i] = i;
    for (size_t i = 0; i < 2; i++) {
        struct note_signer signer = signing_signer(pairs[i][0]);
        char text[NOTE_KEY_TEXT_BYTES];
        size_t length = 0;
        note_key_text(&signer.key, text);
        assert_string_equal(text, pairs[i][1]);
        assert_int_equal(
            note_signer_text(signer.key.name, signer.key.type, seeds[i], text, &length), ERR_OK);
        assert_int_equal(length, strlen(pairs[i][0]) + 1);
        assert_memory_equal(text, pairs[i][0], length - 1);
        assert_int_equal(text[length - 1], '\n');
        struct note_signer again = signing_signer(text);
        assert_memory_equal(&again.key, &signer.key, sizeof again.key);
        note_signer_wipe(&again);
        note_signer_wipe(&signer);
        assert_null(signer.signer.key);
        assert_int_equal(signer.key.id, 0);
    }
}

static void what_is_no_file_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum err err;
    } cases[] = {
        {"", ERR_SYNTAX},
        {"\n", ERR_SYNTAX},
        {SIGNING_VKEY, ERR_SYNTAX},
        {SIGNING_SKEY "\n\n", ERR_SYNTAX},
        {SIGNING_SKEY "AAAA", ERR_TOO_LONG},
        {"PRIVATE+KEY+a", ERR_SYNTAX},
        {"PRIVATE+KEY+example.com/etalon+94210ec5+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4e",
         ERR_KEY},
        {"PRIVATE+KEY+example.com/etalon+94210ec6+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
         ERR_KEY},
        {"PRIVATE+KEY+example.com/etalon+94210ec5+BgABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
         ERR_KIND},
        {"PRIVATE+KEY+example.com/etalon+94210ec5+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4",
         ERR_SYNTAX},
        {"PRIVATE+KEY+example.com/etalon+94210ec5+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhsc",
         ERR_SYNTAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct note_signer signer = {0};
        if (note_signer_parse(cases[i].text, strlen(cases[i].text), &signer) != cases[i].err)
            fail_msg("%s", cases[i].text);
        assert_null(signer.signer.key);
    }
}

static void names_must_be_names(void **state) {
    (void)state;
    const uint8_t seed[ED25519_SEED_BYTES] = {1};
    struct note_signer signer = {0};
    char text[NOTE_KEY_TEXT_BYTES];
    size_t length = 77;
    assert_int_equal(note_signer_make("a+b", NOTE_ED25519, seed, &signer), ERR_SYNTAX);
    assert_int_equal(note_signer_text("a b", NOTE_ED25519, seed, text, &length), ERR_SYNTAX);
    assert_int_equal(note_signer_text("a", NOTE_ECDSA, seed, text, &length), ERR_KIND);
    assert_int_equal(length, 77);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_go_come_back),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(names_must_be_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

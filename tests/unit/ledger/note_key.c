/* Verifier keys: the vector of signed-note, a key of Go, and what is no key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "signing.h"

static const char example[] =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

static void vectors_come_back(void **state) {
    (void)state;
    static const struct {
        const char *text, *name;
        uint8_t type;
        uint32_t id;
    } keys[] = {
        {example, "example.com/foo", NOTE_ED25519, 0x530d903a},
        {SIGNING_VKEY, SIGNING_LOG, NOTE_ED25519, 0x94210ec5},
        {SIGNING_WKEY, "example.org/witness", NOTE_COSIGNATURE_V1, 0xfbb75ec1},
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct note_key key = signing_key(keys[i].text), again;
        char text[NOTE_KEY_TEXT_BYTES];
        assert_string_equal(key.name, keys[i].name);
        assert_int_equal(key.type, keys[i].type);
        assert_int_equal(key.id, keys[i].id);
        assert_int_equal(note_key_text(&key, text), strlen(keys[i].text));
        assert_string_equal(text, keys[i].text);
        assert_int_equal(note_key_make(key.name, key.type, key.public_key, &again), ERR_OK);
        assert_memory_equal(&again, &key, sizeof key);
    }
}

static void what_is_no_key_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum err err;
    } cases[] = {
        {"", ERR_SYNTAX},
        {"example.com/foo", ERR_SYNTAX},
        {"example.com/foo+530d903a", ERR_SYNTAX},
        {"example.com/foo+530d903a+", ERR_SYNTAX},
        {"+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", ERR_SYNTAX},
        {"a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", ERR_SYNTAX},
        {"example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", ERR_SYNTAX},
        {"example.com/foo+530d903+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", ERR_SYNTAX},
        {"example.com/foo+530d903ab+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", ERR_SYNTAX},
        {"example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", ERR_KEY},
        {"example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", ERR_KEY},
        {"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2", ERR_SYNTAX},
        {"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n", ERR_SYNTAX},
        {"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv", ERR_SYNTAX},
        {"example.com/foo+530d903a+AQ==", ERR_SYNTAX},
        {"PRIVATE+KEY+example.com/foo+530d903a+AQ==", ERR_SYNTAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct note_key key, before;
        memset(&key, 0x5a, sizeof key);
        before = key;
        if (note_key_parse(cases[i].text, strlen(cases[i].text), &key) != cases[i].err)
            fail_msg("%s", cases[i].text);
        assert_memory_equal(&key, &before, sizeof key);
    }
}

static void names_end_somewhere(void **state) {
    (void)state;
    char name[LIMIT_NOTE_NAME_BYTES + 1];
    const uint8_t bytes[ED25519_PUBLIC_BYTES] = {1};
    struct note_key key;
    char text[NOTE_KEY_TEXT_BYTES];
    memset(name, 'n', sizeof name);
    name[LIMIT_NOTE_NAME_BYTES] = '\0';
    assert_int_equal(note_key_make(name, NOTE_ED25519, bytes, &key), ERR_SYNTAX);
    name[LIMIT_NOTE_NAME_BYTES - 1] = '\0';
    assert_int_equal(note_key_make(name, NOTE_ED25519, bytes, &key), ERR_OK);
    size_t length = note_key_text(&key, text);
    assert_int_equal(note_key_parse(text, length, &key), ERR_OK);
    assert_string_equal(key.name, name);
}

/* An ML-DSA-44 key has 1312 bytes; its id is not checked, for types may make it their own way. */
static void keys_of_other_types_are_carried(void **state) {
    (void)state;
    uint8_t material[1 + 1312] = {NOTE_MLDSA44};
    char text[2048];
    struct note_key one, other;
    for (int i = 0; i < 2; i++) {
        size_t used = (size_t)snprintf(text, sizeof text, "w.example+0badcafe+");
        material[1312] = (uint8_t)i;
        base64_text(material, sizeof material, text + used, sizeof text - used);
        assert_int_equal(note_key_parse(text, strlen(text), i ? &other : &one), ERR_OK);
    }
    assert_int_equal(one.type, NOTE_MLDSA44);
    assert_int_equal(one.id, 0x0badcafe);
    assert_false(note_type_known(one.type));
    assert_true(note_key_same(&one, &one));
    assert_false(note_key_same(&one, &other));
    assert_int_equal(note_key_make("a", NOTE_MLDSA44, one.public_key, &one), ERR_KIND);
}

static void material_ends_somewhere(void **state) {
    (void)state;
    static char text[8192];
    struct note_key key;
    size_t used = (size_t)snprintf(text, sizeof text, "w.example+0badcafe+");
    memset(text + used, 'A', 5600);
    assert_int_equal(note_key_parse(text, used + 5600, &key), ERR_TOO_LONG);
    assert_int_equal(note_key_parse(text, used + 5460, &key), ERR_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_come_back),
        cmocka_unit_test(what_is_no_key_is_refused),
        cmocka_unit_test(names_end_somewhere),
        cmocka_unit_test(keys_of_other_types_are_carried),
        cmocka_unit_test(material_ends_somewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

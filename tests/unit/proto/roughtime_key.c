/* Key files: what was written is read, and nothing is taken that does not hold together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include "proto/roughtime_key.h"

static struct roughtime_key make(uint64_t from, uint64_t until) {
    struct roughtime_key key = {.online_seed = {1, 2, 3}};
    struct ed25519_signer long_term;
    uint8_t online[ED25519_PUBLIC_BYTES], seed[ED25519_SEED_BYTES] = {9};
    assert_int_equal(ed25519_signer_init(&long_term, seed), ERR_OK);
    assert_int_equal(ed25519_public_key(key.online_seed, online), ERR_OK);
    assert_int_equal(roughtime_proof_delegate(&long_term, online, from, until, &key.delegation),
                     ERR_OK);
    ed25519_signer_wipe(&long_term);
    return key;
}

static void comes_back(void **state) {
    (void)state;
    struct roughtime_key key = make(1000, 2000), back;
    char text[ROUGHTIME_KEY_TEXT_BYTES];
    size_t line = 7, length = roughtime_key_text(&key, text);
    assert_int_equal(length, strlen(text));
    assert_int_equal(roughtime_key_parse(text, length, &back, &line), ERR_OK);
    assert_memory_equal(&back, &key, sizeof key);
}

static enum err parse(const char *text, size_t *line) {
    struct roughtime_key out;
    return roughtime_key_parse(text, strlen(text), &out, line);
}

/* The file with one line replaced; line as in the file, "" drops it. */
static void with_line(const char *name, const char *line, char out[2 * ROUGHTIME_KEY_TEXT_BYTES]) {
    struct roughtime_key key = make(1000, 2000);
    char text[ROUGHTIME_KEY_TEXT_BYTES];
    roughtime_key_text(&key, text);
    char *at = strstr(text, name);
    assert_non_null(at);
    char *rest = strchr(at, '\n') + 1;
    snprintf(out, 2 * ROUGHTIME_KEY_TEXT_BYTES, "%.*s%s%s", (int)(at - text), text, line, rest);
}

static void what_does_not_hold_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *name, *line;
        enum err err;
        size_t at;
    } cases[] = {
        {"from ", "from 999\n", ERR_SIGNATURE, 0},
        {"until ", "until 500\n", ERR_RANGE, 0},
        {"until ", "until 8589934592\n", ERR_SYNTAX, 6},
        {"until ", "until -1\n", ERR_SYNTAX, 6},
        {"until ", "until \n", ERR_SYNTAX, 6},
        {"until ", "until\n", ERR_SYNTAX, 6},
        {"until ", "until 2000 \n", ERR_SYNTAX, 6},
        {"until ", "until 2000\nuntil 2000\n", ERR_SYNTAX, 7},
        {"until ", "", ERR_TAG, 0},
        {"until ", "unwise 3\n", ERR_SYNTAX, 6},
        {"online-seed ", "online-seed AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", ERR_KEY, 0},
        {"online-seed ", "online-seed AAAA\n", ERR_SYNTAX, 4},
        {"long-term-key ", "long-term-key AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
         ERR_SIGNATURE, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[2 * ROUGHTIME_KEY_TEXT_BYTES];
        size_t line = 99;
        with_line(cases[i].name, cases[i].line, text);
        assert_int_equal(parse(text, &line), cases[i].err);
        assert_int_equal(line, cases[i].at);
    }
}

static void order_comments_and_line_ends_are_free(void **state) {
    (void)state;
    char text[2 * ROUGHTIME_KEY_TEXT_BYTES], *from;
    size_t line;
    with_line("from ", "", text);
    strcat(text, "\n# at the end\r\nfrom 1000\r");
    assert_int_equal(parse(text, &line), ERR_OK);
    from = strstr(text, "from 1000");
    *from = '\0';
    assert_int_equal(parse(text, &line), ERR_TAG);
}

static void long_term_seed(void **state) {
    (void)state;
    uint8_t seed[ED25519_SEED_BYTES] = {5, 6}, public_key[ED25519_PUBLIC_BYTES], back[32] = {0};
    char text[ROUGHTIME_KEY_TEXT_BYTES];
    size_t line = 3;
    assert_int_equal(ed25519_public_key(seed, public_key), ERR_OK);
    size_t length = roughtime_key_seed_text(seed, public_key, text);
    assert_int_equal(roughtime_key_seed_parse(text, length, back, &line), ERR_OK);
    assert_memory_equal(back, seed, sizeof seed);
    assert_int_equal(roughtime_key_seed_parse("# none\n", 7, back, &line), ERR_TAG);
    assert_int_equal(roughtime_key_seed_parse(text, length - 3, back, &line), ERR_SYNTAX);
    assert_int_equal(line, 3);
    assert_memory_equal(back, seed, sizeof seed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back),
        cmocka_unit_test(what_does_not_hold_is_refused),
        cmocka_unit_test(order_comments_and_line_ends_are_free),
        cmocka_unit_test(long_term_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

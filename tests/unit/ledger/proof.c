/* The text of proofs: the example of tlog-proof's own page with real hashes, every refusal with its
 * line, and both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/proof.h"

#define HEAD   "c2sp.org/tlog-proof@v1\n"
#define EXTRA  "extra YWdlLXYxLjIuMS1kYXJ3aW4=\n"
#define HASH_A "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n"
#define HASH_B "B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=\n"
#define NOTE                                                                                       \
    "example.com/fancylog\n109482\n" HASH_A "\n\xe2\x80\x94 example.com/fancylog hI2DJw==\n"

static void the_example(void **state) {
    (void)state;
    static const char text[] = HEAD EXTRA "index 73894\n" HASH_A HASH_B "\n" NOTE;
    struct proof proof;
    size_t line = 99, length = 0;
    char again[sizeof text], hash[MERKLE_HASH_TEXT_BYTES];
    assert_int_equal(proof_parse(text, sizeof text - 1, &proof, &line), ERR_OK);
    assert_int_equal(line, 0);
    assert_int_equal(proof.index, 73894);
    assert_int_equal(proof.extra_length, 24);
    assert_memory_equal(proof.extra, "YWdlLXYxLjIuMS1kYXJ3aW4=", 24);
    assert_int_equal(proof.path.count, 2);
    assert_memory_equal(merkle_hash_text(&proof.path.hashes[1], hash), HASH_B, 44);
    assert_int_equal(proof.checkpoint_length, strlen(NOTE));
    assert_memory_equal(proof.checkpoint, NOTE, strlen(NOTE));
    assert_int_equal(proof_build(&proof, again, sizeof text - 1, &length), ERR_OK);
    assert_int_equal(length, sizeof text - 1);
    assert_memory_equal(again, text, length);
    for (size_t room = 0; room < sizeof text - 1; room++) {
        length = 99;
        assert_int_equal(proof_build(&proof, again, room, &length), ERR_FULL);
        assert_int_equal(length, 99);
    }
}

/* A log with one entry has neither hashes nor an index above 0. */
static void the_smallest(void **state) {
    (void)state;
    static const char text[] = HEAD "index 0\n\n" NOTE;
    struct proof proof;
    size_t line;
    assert_int_equal(proof_parse(text, sizeof text - 1, &proof, &line), ERR_OK);
    assert_null(proof.extra);
    assert_int_equal(proof.index, 0);
    assert_int_equal(proof.path.count, 0);
}

static void refusals_name_the_line(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum err err;
        size_t line;
    } bad[] = {
        {"", ERR_VERSION, 1},
        {"c2sp.org/tlog-proof@v2\nindex 0\n\n" NOTE, ERR_VERSION, 1},
        {"c2sp.org/tlog-proof@v1\r\nindex 0\n\n" NOTE, ERR_VERSION, 1},
        {"c2sp.org/tlog-proof@v1", ERR_VERSION, 1},
        {HEAD, ERR_SHORT, 2},
        {HEAD "index 0", ERR_SHORT, 2},
        {HEAD "index\n\n" NOTE, ERR_SYNTAX, 2},
        {HEAD "index \n\n" NOTE, ERR_SYNTAX, 2},
        {HEAD "index  0\n\n" NOTE, ERR_SYNTAX, 2},
        {HEAD "index 0 \n\n" NOTE, ERR_SYNTAX, 2},
        {HEAD "index 00\n\n" NOTE, ERR_SYNTAX, 2},
        {HEAD "index 01\n\n" NOTE, ERR_SYNTAX, 2},
        {HEAD "index -1\n\n" NOTE, ERR_SYNTAX, 2},
        {HEAD "index +1\n\n" NOTE, ERR_SYNTAX, 2},
        {HEAD "index 0x1\n\n" NOTE, ERR_SYNTAX, 2},
        {HEAD "Index 0\n\n" NOTE, ERR_SYNTAX, 2},
        {HEAD "index 9223372036854775807\n\n" NOTE, ERR_RANGE, 2},
        {HEAD "\nindex 0\n\n" NOTE, ERR_SYNTAX, 2},
        {HEAD "extra\nindex 0\n\n" NOTE, ERR_SYNTAX, 2},
        {HEAD "extra \nindex 0\n\n" NOTE, ERR_SYNTAX, 2},
        {HEAD "extra YWdl \nindex 0\n\n" NOTE, ERR_SYNTAX, 2},
        {HEAD "extra YW==YWdl\nindex 0\n\n" NOTE, ERR_SYNTAX, 2},
        {HEAD "extra YWdlA\nindex 0\n\n" NOTE, ERR_SYNTAX, 2},
        {HEAD EXTRA EXTRA "index 0\n\n" NOTE, ERR_SYNTAX, 3},
        {HEAD "index 0\n" EXTRA "\n" NOTE, ERR_SYNTAX, 3},
        {HEAD "index 1\n" HASH_A " " HASH_B "\n" NOTE, ERR_SYNTAX, 4},
        {HEAD "index 1\n" HASH_A "B95lDa8R83lS8n0eG+o0buTxRKQTYFi/\n\n" NOTE, ERR_SYNTAX, 4},
        {HEAD "index 1\n" HASH_A HASH_B NOTE, ERR_SYNTAX, 5},
        {HEAD "index 1\n" HASH_A, ERR_SHORT, 4},
        {HEAD "index 1\n" HASH_A "\n", ERR_SHORT, 5},
        {HEAD "index 1\n" HASH_A "\r\n" NOTE, ERR_SYNTAX, 4},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct proof proof = {.index = 99};
        size_t line = 99;
        assert_int_equal(proof_parse(bad[i].text, strlen(bad[i].text), &proof, &line), bad[i].err);
        assert_int_equal(line, bad[i].line);
        assert_int_equal(proof.index, 99);
    }
}

static void numbers_beyond_any(void **state) {
    (void)state;
    static const char *const texts[] = {HEAD "index 9223372036854775808\n\n" NOTE,
                                        HEAD "index 18446744073709551616\n\n" NOTE,
                                        HEAD "index 99999999999999999999999\n\n" NOTE};
    struct proof proof;
    size_t line;
    for (size_t i = 0; i < 3; i++) {
        assert_int_not_equal(proof_parse(texts[i], strlen(texts[i]), &proof, &line), ERR_OK);
        assert_int_equal(line, 2);
    }
}

static void as_many_hashes_as_a_tree_needs(void **state) {
    (void)state;
    char text[8192];
    for (size_t count = MERKLE_PROOF_HASHES - 1; count <= MERKLE_PROOF_HASHES + 1; count++) {
        struct proof proof;
        size_t line, used = (size_t)snprintf(text, sizeof text, HEAD "index 9223372036854775806\n");
        for (size_t i = 0; i < count; i++)
            used += (size_t)snprintf(text + used, sizeof text - used, HASH_A);
        used += (size_t)snprintf(text + used, sizeof text - used, "\n" NOTE);
        assert_int_equal(proof_parse(text, used, &proof, &line),
                         count > MERKLE_PROOF_HASHES ? ERR_TOO_LONG : ERR_OK);
        assert_int_equal(line, count > MERKLE_PROOF_HASHES ? 2 + count : 0);
    }
}

static void what_is_not_built(void **state) {
    (void)state;
    char out[512];
    size_t length = 99;
    struct proof proof = {.checkpoint = NOTE, .checkpoint_length = strlen(NOTE)};
    assert_int_equal(proof_build(&proof, out, sizeof out, &length), ERR_OK);
    proof.index = MERKLE_SIZE_MAX;
    assert_int_equal(proof_build(&proof, out, sizeof out, &length), ERR_RANGE);
    proof.index = 0;
    proof.path.count = MERKLE_PROOF_HASHES + 1;
    assert_int_equal(proof_build(&proof, out, sizeof out, &length), ERR_RANGE);
    proof.path.count = 0;
    proof.checkpoint_length = 0;
    assert_int_equal(proof_build(&proof, out, sizeof out, &length), ERR_RANGE);
    proof.checkpoint_length = strlen(NOTE);
    proof.extra = "not base64";
    proof.extra_length = strlen(proof.extra);
    assert_int_equal(proof_build(&proof, out, sizeof out, &length), ERR_SYNTAX);
    proof.extra_length = 0;
    assert_int_equal(proof_build(&proof, out, sizeof out, &length), ERR_SYNTAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example),
        cmocka_unit_test(the_smallest),
        cmocka_unit_test(refusals_name_the_line),
        cmocka_unit_test(numbers_beyond_any),
        cmocka_unit_test(as_many_hashes_as_a_tree_needs),
        cmocka_unit_test(what_is_not_built),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

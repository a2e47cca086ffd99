/* Policy files: the grammar, its limits, and errors that name the line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy_lines.h"

static struct policy policy;

static enum err parse(const char *text, struct policy_error *error) {
    return policy_parse(text, strlen(text), &policy, error);
}

static void the_example_of_the_specification(void **state) {
    (void)state;
    struct policy_text text = {.length = 0};
    struct policy_error error = {.line = 99};
    policy_put_log(&text, SIGNING_LOG, 200);
    policy_put(&text, "\n  # two organisations\n\t\n");
    for (uint8_t i = 1; i <= 3; i++) policy_put_witness(&text, i);
    policy_put(&text, "group X-witnesses 2 W1 W2 W3\n");
    for (uint8_t i = 4; i <= 6; i++) policy_put_witness(&text, i);
    policy_put(&text, "  group\tY-witnesses any W4\t W5 W6  \n");
    policy_put(&text, "group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n");
    assert_int_equal(parse(text.text, &error), ERR_OK);
    assert_int_equal(error.line, 99);
    assert_int_equal(policy.logs_count, 1);
    assert_string_equal(policy.logs[0].key.name, SIGNING_LOG);
    assert_int_equal(policy.witnesses_count, 6);
    assert_string_equal(policy.witnesses[5].name, "W6");
    assert_int_equal(policy.witnesses[5].group, 1);
    assert_int_equal(policy.groups_count, 3);
    assert_int_equal(policy.groups[0].needed, 2);
    assert_int_equal(policy.groups[0].members, 3);
    assert_int_equal(policy.groups[0].group, 2);
    assert_int_equal(policy.groups[1].needed, 1);
    assert_int_equal(policy.groups[2].needed, 2);
    assert_int_equal(policy.groups[2].group, POLICY_NO_GROUP);
    assert_int_equal(policy.quorum, POLICY_QUORUM_GROUP);
    assert_int_equal(policy.quorum_index, 2);
}

static void no_log_vouches_for_itself(void **state) {
    (void)state;
    char log[NOTE_KEY_TEXT_BYTES], witness[NOTE_KEY_TEXT_BYTES], text[2 * NOTE_KEY_TEXT_BYTES + 64];
    struct note_signer as_log = signing_made("log.example", NOTE_ED25519, 7);
    struct note_signer as_witness = signing_made("w.example", NOTE_COSIGNATURE_V1, 7);
    struct policy_error error;
    note_key_text(&as_log.key, log);
    note_key_text(&as_witness.key, witness);
    snprintf(text, sizeof text, "log %s\nwitness W %s\nquorum W\n", log, witness);
    assert_int_equal(parse(text, &error), ERR_SYNTAX);
    assert_int_equal(error.line, 2);
    assert_non_null(strstr(error.text, "that of a log, log.example"));
    snprintf(text, sizeof text, "witness W %s\nlog %s\nquorum W\n", witness, log);
    assert_int_equal(parse(text, &error), ERR_SYNTAX);
    assert_int_equal(error.line, 2);
    assert_non_null(strstr(error.text, "that of a witness, W"));
    snprintf(text, sizeof text, "witness W %s\nquorum W\n", witness);
    assert_int_equal(parse(text, &error), ERR_OK);
    assert_int_equal(policy_add_log(&policy, &as_log.key), ERR_KEY);
    assert_int_equal(policy.logs_count, 0);
    note_signer_wipe(&as_log);
    note_signer_wipe(&as_witness);
}

static void small_policies(void **state) {
    (void)state;
    struct policy_error error;
    assert_int_equal(parse("quorum none", &error), ERR_OK);
    assert_int_equal(policy.quorum, POLICY_QUORUM_NONE);
    assert_int_equal(parse("log " SIGNING_VKEY " https://log.example/\n"
                           "witness \xe2\x84\xaa " SIGNING_WKEY " https://w.example/\n"
                           "quorum \xe2\x84\xaa\n",
                           &error),
                     ERR_OK);
    assert_int_equal(policy.quorum, POLICY_QUORUM_WITNESS);
    assert_string_equal(policy.witnesses[0].name, "\xe2\x84\xaa");
    assert_string_equal(policy.witnesses[0].url, "https://w.example/");
    assert_string_equal(policy.logs[0].url, "https://log.example/");
    /* A witness whose kind of key is not verified here is known, and never counts. */
    assert_int_equal(parse("witness Q q.example+00000001+BgAAAAAA\nquorum Q\n", &error), ERR_OK);
}

#define W "witness W " SIGNING_WKEY "\n"

static void errors_name_the_line(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t line;
        const char *says;
    } cases[] = {
        {"", 0, "quorum line is missing"},
        {W, 0, "quorum line is missing"},
        {"quorum none\nquorum none\n", 2, "already"},
        {"quorum\n", 1, "name is missing"},
        {"quorum none none\n", 1, "too much"},
        {"quorum W\n" W, 1, "W is not defined above"},
        {"\n\nwitness\n", 3, "name is missing"},
        {"witness W\n", 1, "verifier key is missing"},
        {"witness W w\n", 1, "w is not a verifier key"},
        {"witness none " SIGNING_WKEY "\n", 1, "none"},
        {"witness W " SIGNING_WKEY " url more\n", 1, "more"},
        {"witness W " SIGNING_VKEY "\n", 1, "a log's"},
        {"witness W example.org/witnes+fbb75ec1+BLtcZySCsNzKkaIaTtY7Fa/eiqE3jacs0Bs0lYnW591q\n", 1,
         "key id"},
        {W W, 2, "W: the name is taken"},
        {W "witness V " SIGNING_WKEY "\n", 2, "public key"},
        {W "group W any W\n", 2, "W: the name is taken"},
        {W "group G any\n", 2, "member is missing"},
        {W "group G\n", 2, "all, any or a number is missing"},
        {W "group\n", 2, "name is missing"},
        {W "group G any V\n", 2, "V is not defined above"},
        {W "group G any none\n", 2, "none is not defined above"},
        {W "group G any G\n", 2, "G is not defined above"},
        {W "group G any W W\n", 2, "W is a member of a group already"},
        {W "group G any W\ngroup H any W\n", 3, "W is a member of a group already"},
        {W "group G some W\n", 2, "some is neither all, any nor a number"},
        {W "group G 01 W\n", 2, "01 is neither"},
        {W "group G 0 W\n", 2, "0 of 1 members"},
        {W "group G 2 W\n", 2, "2 of 1 members"},
        {W "group G 99999999999999999999 W\n", 2, "neither"},
        {"log\n", 1, "verifier key is missing"},
        {"log " SIGNING_VKEY "\nlog " SIGNING_VKEY "\n", 2, "public key"},
        {"quorum none\r\n", 1, "0x0d"},
        {"# \x7f\nquorum none\n", 1, "0x7f"},
        {"Quorum none\n", 1, "Quorum: neither log"},
        {"w\x80\xffitness\n", 1, "w??itness: neither"},
        {"quorum aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n", 1,
         "aaa... is"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct policy_error error = {0};
        policy.logs_count = 77;
        assert_int_not_equal(parse(cases[i].text, &error), ERR_OK);
        if (!strstr(error.text, cases[i].says) || error.line != cases[i].line)
            fail_msg("%s: line %zu: %s", cases[i].text, error.line, error.text);
        assert_int_equal(policy.logs_count, 77);
    }
}

static void limits(void **state) {
    (void)state;
    struct policy_text text = {.length = 0};
    struct policy_error error;
    for (uint8_t i = 0; i < LIMIT_POLICY_WITNESSES; i++) policy_put_witness(&text, i);
    for (unsigned i = 0; i < LIMIT_POLICY_GROUPS; i++) {
        policy_put(&text, "group G%u all W%u", i, i);
        if (i > 0) policy_put(&text, " G%u", i - 1);
        policy_put(&text, "\n");
    }
    for (uint8_t i = 0; i < LIMIT_POLICY_LOGS; i++)
        policy_put_log(&text, "l.example", (uint8_t)(100 + i)); /* keys of no witness */
    size_t length = text.length;
    policy_put(&text, "quorum G31\n");
    assert_int_equal(parse(text.text, &error), ERR_OK);
    assert_int_equal(policy.groups[31].needed, 2);
    text.length = length;
    policy_put_witness(&text, 99);
    assert_int_equal(parse(text.text, &error), ERR_FULL);
    assert_int_equal(error.line, 97);
    text.length = length;
    policy_put(&text, "group H all G31\n");
    assert_int_equal(parse(text.text, &error), ERR_FULL);
    text.length = length;
    policy_put_log(&text, "l.example", 99);
    assert_int_equal(parse(text.text, &error), ERR_FULL);
}

static void lengths_have_bounds(void **state) {
    (void)state;
    static char text[LIMIT_POLICY_BYTES + 1];
    struct policy_error error;
    memset(text, '#', sizeof text);
    memcpy(text, "quorum none\n", 12);
    assert_int_equal(policy_parse(text, sizeof text - 1, &policy, &error), ERR_OK);
    assert_int_equal(policy_parse(text, sizeof text, &policy, &error), ERR_TOO_LONG);
    snprintf(text, sizeof text, "witness %0255d " SIGNING_WKEY " %0511d\nquorum none\n", 0, 0);
    assert_int_equal(parse(text, &error), ERR_OK);
    snprintf(text, sizeof text, "witness %0256d " SIGNING_WKEY "\nquorum none\n", 0);
    assert_int_equal(parse(text, &error), ERR_TOO_LONG);
    snprintf(text, sizeof text, "witness W " SIGNING_WKEY " %0512d\nquorum none\n", 0);
    assert_int_equal(parse(text, &error), ERR_TOO_LONG);
    assert_int_equal(error.line, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_specification),
        cmocka_unit_test(small_policies),
        cmocka_unit_test(no_log_vouches_for_itself),
        cmocka_unit_test(errors_name_the_line),
        cmocka_unit_test(limits),
        cmocka_unit_test(lengths_have_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Quorums and the time that follows from them, compared with a search over all sets of witnesses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy_lines.h"

enum { LOG_SEED = 200, WITNESSES = 6 };

static struct policy policy;

static void parse(const struct policy_text *text) {
    struct policy_error error;
    if (policy_parse(text->text, text->length, &policy, &error) != ERR_OK)
        fail_msg("line %zu: %s", error.line, error.text);
}

/* A checkpoint cosigned by the witnesses of the mask (bit i - 1: witness i) at those times. */
static struct signing_note cosigned(unsigned mask, const uint64_t times[WITNESSES]) {
    struct note_signer log = signing_made(SIGNING_LOG, NOTE_ED25519, LOG_SEED);
    const struct note_signer *const signers[] = {&log};
    struct merkle_hash root = {{7}};
    struct signing_note note = signing_checkpoint(SIGNING_LOG, 9, &root, signers, 1, 0);
    size_t body = (size_t)(strstr(note.text, "\n\n") + 1 - note.text);
    for (uint8_t i = 1; i <= WITNESSES; i++) {
        if (!(mask >> (i - 1) & 1)) continue;
        struct note_signer witness = policy_witness_signer(i);
        size_t length = 0;
        signing_must(cosignature_sign(&witness, note.text, body, times[i - 1],
                                      note.text + note.length, &length));
        note.length += length;
        note_signer_wipe(&witness);
    }
    note_signer_wipe(&log);
    return note;
}

/* Two of W1 W2 W3, and one of W4 W5 W6. */
static struct policy_text two_organisations(void) {
    struct policy_text text = {.length = 0};
    policy_put_log(&text, SIGNING_LOG, LOG_SEED);
    for (uint8_t i = 1; i <= WITNESSES; i++) policy_put_witness(&text, i);
    policy_put(&text, "group X 2 W1 W2 W3\ngroup Y any W4 W5 W6\ngroup B all X Y\nquorum B\n");
    return text;
}

static bool meets(unsigned mask) {
    unsigned x = (mask & 1) + (mask >> 1 & 1) + (mask >> 2 & 1);
    return x >= 2 && (mask >> 3 & 7) != 0;
}

/* The least, over all sets within the mask that meet the quorum, of their latest time. */
static uint64_t bound_of(unsigned mask, const uint64_t times[WITNESSES]) {
    uint64_t least = UINT64_MAX;
    for (unsigned set = 0; set < 1u << WITNESSES; set++) {
        uint64_t latest = 0;
        if ((set & ~mask) != 0 || !meets(set)) continue;
        for (size_t i = 0; i < WITNESSES; i++)
            if (set >> i & 1 && times[i] > latest) latest = times[i];
        if (latest < least) least = latest;
    }
    return least;
}

static void every_set_of_witnesses(void **state) {
    (void)state;
    static const uint64_t times[][WITNESSES] = {{50, 10, 30, 60, 20, 40}, {5, 5, 5, 1, 2, 3}};
    struct policy_text text = two_organisations();
    parse(&text);
    for (unsigned mask = 0; mask < 1u << WITNESSES; mask++) {
        const uint64_t *t = times[mask % 2];
        struct signing_note note = cosigned(mask, t);
        struct policy_result result;
        assert_int_equal(policy_satisfied(&policy, note.text, note.length, &result), meets(mask));
        assert_int_equal(result.err, meets(mask) ? ERR_OK : ERR_QUORUM);
        assert_int_equal(result.quorum, meets(mask));
        assert_int_equal(result.bounded, meets(mask));
        if (meets(mask)) assert_int_equal(result.bound_s, bound_of(mask, t));
        assert_true(result.signed_by_log);
        assert_int_equal(result.checkpoint.size, 9);
        assert_int_equal(result.cosigned_count, __builtin_popcount(mask));
        for (size_t i = 0; i < WITNESSES; i++) {
            assert_int_equal(result.cosigned[i], mask >> i & 1 ? POLICY_COSIGNED : POLICY_ABSENT);
            if (mask >> i & 1) assert_int_equal(result.times_s[i], t[i]);
        }
    }
}

static void one_witness_or_none(void **state) {
    (void)state;
    static const uint64_t times[WITNESSES] = {50, 10, 30, 60, 20, 40};
    struct policy_text text = {.length = 0};
    struct policy_result result;
    struct signing_note note = cosigned(3, times);
    policy_put_log(&text, SIGNING_LOG, LOG_SEED);
    size_t length = text.length;
    policy_put(&text, "quorum none\n");
    parse(&text);
    assert_true(policy_satisfied(&policy, note.text, note.length, &result));
    assert_true(result.quorum);
    assert_false(result.bounded);
    assert_int_equal(result.unknown, 2);
    text.length = length;
    policy_put_witness(&text, 2);
    policy_put(&text, "quorum W2\n");
    parse(&text);
    assert_true(policy_satisfied(&policy, note.text, note.length, &result));
    assert_int_equal(result.bound_s, 10);
    assert_int_equal(result.unknown, 1);
    note = cosigned(1, times);
    assert_false(policy_satisfied(&policy, note.text, note.length, &result));
    assert_int_equal(result.err, ERR_QUORUM);
}

static void wrong_signatures_refuse_the_note(void **state) {
    (void)state;
    static const uint64_t times[WITNESSES] = {50, 10, 30, 60, 20, 40};
    struct policy_text text = two_organisations();
    struct policy_result result;
    struct signing_note note = cosigned(63, times);
    parse(&text);
    char *w5 = strstr(note.text, "w5.example ");
    w5[30] = w5[30] == 'A' ? 'B' : 'A';
    assert_false(policy_satisfied(&policy, note.text, note.length, &result));
    assert_int_equal(result.err, ERR_SIGNATURE);
    assert_int_equal(result.cosigned[4], POLICY_WRONG);
    assert_int_equal(result.cosigned_count, 5);
    assert_true(result.quorum);
    note = cosigned(63, times);
    note.text[strlen(SIGNING_LOG) + 1] = '8';
    assert_false(policy_satisfied(&policy, note.text, note.length, &result));
    assert_int_equal(result.err, ERR_SIGNATURE);
    assert_false(result.signed_by_log);
    assert_false(policy_satisfied(&policy, note.text, note.length - 1, &result));
    assert_int_equal(result.err, ERR_SYNTAX);
    assert_false(result.quorum);
}

static void the_log_must_be_the_one_that_is_named(void **state) {
    (void)state;
    struct policy_text text = {.length = 0};
    struct policy_result result;
    struct note_signer log = signing_made(SIGNING_LOG, NOTE_ED25519, LOG_SEED);
    struct note_signer other = signing_made("other.example", NOTE_ED25519, 201);
    const struct note_signer *const signers[] = {&other, &log};
    struct merkle_hash root = {{7}};
    policy_put_log(&text, "other.example", 201);
    policy_put(&text, "quorum none\n");
    parse(&text);
    struct signing_note note = signing_checkpoint(SIGNING_LOG, 9, &root, signers, 2, 0);
    assert_false(policy_satisfied(&policy, note.text, note.length, &result));
    assert_int_equal(result.err, ERR_LOG_ORIGIN);
    note = signing_checkpoint(SIGNING_LOG, 9, &root, signers + 1, 1, 0);
    assert_false(policy_satisfied(&policy, note.text, note.length, &result));
    assert_int_equal(result.err, ERR_UNSIGNED);
    assert_int_equal(policy_add_log(&policy, &log.key), ERR_OK);
    assert_int_equal(policy_add_log(&policy, &log.key), ERR_OK);
    assert_int_equal(policy.logs_count, 2);
    assert_true(policy_satisfied(&policy, note.text, note.length, &result));
    assert_int_equal(result.log, 1);
    note = signing_checkpoint(SIGNING_LOG, 9, &root, signers, 2, 0);
    assert_true(policy_satisfied(&policy, note.text, note.length, &result));
    note = signing_checkpoint(SIGNING_LOG, 0, &root, signers, 2, 0);
    assert_false(policy_satisfied(&policy, note.text, note.length, &result));
    assert_int_equal(result.err, ERR_RANGE);
    note_signer_wipe(&log);
    note_signer_wipe(&other);
}

static void logs_end_somewhere(void **state) {
    (void)state;
    struct note_key key = signing_key(SIGNING_VKEY);
    memset(&policy, 0, sizeof policy);
    for (uint8_t i = 0; i < LIMIT_POLICY_LOGS; i++) {
        key.public_key[0] = i;
        assert_int_equal(policy_add_log(&policy, &key), ERR_OK);
    }
    key.public_key[0] = LIMIT_POLICY_LOGS;
    assert_int_equal(policy_add_log(&policy, &key), ERR_FULL);
    key.type = NOTE_MLDSA44;
    assert_int_equal(policy_add_log(&policy, &key), ERR_KIND);
}

static void unverifiable_witnesses_never_count(void **state) {
    (void)state;
    static const uint64_t times[WITNESSES] = {50};
    struct policy_text text = {.length = 0};
    struct policy_result result;
    struct signing_note note = cosigned(1, times);
    policy_put_log(&text, SIGNING_LOG, LOG_SEED);
    policy_put_witness(&text, 1);
    policy_put(&text, "witness Q q.example+00000001+BgAAAAAA\ngroup G all W1 Q\nquorum G\n");
    parse(&text);
    assert_false(policy_satisfied(&policy, note.text, note.length, &result));
    assert_int_equal(result.cosigned[1], POLICY_ABSENT);
    note.length += (size_t)snprintf(note.text + note.length, sizeof note.text - note.length,
                                    SIGNING_DASH "q.example AAAAAQAA\n");
    assert_false(policy_satisfied(&policy, note.text, note.length, &result));
    assert_int_equal(result.cosigned[1], POLICY_UNVERIFIABLE);
    assert_int_equal(result.err, ERR_QUORUM);
    assert_int_equal(result.unknown, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_set_of_witnesses),
        cmocka_unit_test(one_witness_or_none),
        cmocka_unit_test(wrong_signatures_refuse_the_note),
        cmocka_unit_test(the_log_must_be_the_one_that_is_named),
        cmocka_unit_test(logs_end_somewhere),
        cmocka_unit_test(unverifiable_witnesses_never_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

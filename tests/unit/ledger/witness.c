/* The witness: what is cosigned, what is refused with which status, and what is found out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "witness_play.h"

static void a_log_grows(void **state) {
    (void)state;
    static const uint64_t sizes[] = {0, 1, 1, 3, 4, 70, 70, 255, 256, 257};
    struct play play;
    play_begin(&play);
    uint64_t old = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct witness_state again;
        struct checkpoint checkpoint;
        struct note_key key = play.witness.key;
        assert_int_equal(play_grow(&play, play_honest, old, sizes[i]), 200);
        assert_true(play.verdict.persist);
        assert_int_equal(play.verdict.finding, WITNESS_FOUND_NOTHING);
        assert_int_equal(play.state.size, sizes[i]);
        assert_int_equal(witness_state_read(play.verdict.record, play.verdict.record_length,
                                            &play.watched, &again),
                         ERR_OK);
        assert_memory_equal(&again.root, &play.state.root, sizeof again.root);
        assert_int_equal(again.size, sizes[i]);
        assert_int_equal(checkpoint_open(play.verdict.record, play.verdict.record_length,
                                         SIGNING_LOG, &key, 1, &checkpoint),
                         ERR_OK);
        assert_string_equal(play.verdict.content_type, "text/plain; charset=utf-8");
        old = sizes[i];
    }
    play_end(&play);
}

static void another_size_is_a_conflict(void **state) {
    (void)state;
    struct play play;
    play_begin(&play);
    assert_int_equal(play_grow(&play, play_honest, 3, 9), 409);
    assert_string_equal(play.verdict.body, "0\n");
    assert_int_equal(play_grow(&play, play_honest, 0, 9), 200);
    assert_int_equal(play_grow(&play, play_honest, 0, 20), 409);
    assert_int_equal(play.verdict.body_length, 2);
    assert_string_equal(play.verdict.body, "9\n");
    assert_string_equal(play.verdict.content_type, "text/x.tlog.size");
    assert_int_equal(play.verdict.finding, WITNESS_FOUND_NOTHING);
    assert_int_equal(play_grow(&play, play_honest, 4, 7), 409);
    assert_int_equal(play.verdict.finding, WITNESS_FOUND_SMALLER);
    assert_int_equal(play_grow(&play, play_honest, 9, 7), 400);
    assert_int_equal(play.verdict.finding, WITNESS_FOUND_SMALLER);
    assert_false(play.verdict.persist);
    assert_int_equal(play.state.size, 9);
    play_end(&play);
}

static void split_views_are_found(void **state) {
    (void)state;
    const struct play_tree fork = {5};
    struct play play;
    play_begin(&play);
    assert_int_equal(play_grow(&play, play_honest, 0, 9), 200);
    assert_int_equal(play_grow(&play, fork, 9, 9), 422);
    assert_int_equal(play.verdict.finding, WITNESS_FOUND_SPLIT);
    assert_int_equal(play_grow(&play, fork, 0, 9), 409);
    assert_int_equal(play.verdict.finding, WITNESS_FOUND_SPLIT);
    assert_int_equal(play_grow(&play, fork, 9, 12), 422);
    assert_int_equal(play.verdict.finding, WITNESS_FOUND_INCONSISTENT);
    assert_int_equal(play_grow(&play, play_honest, 9, 12), 200);
    play_end(&play);
}

/* Whatever the point of the fork, a forked tree is cosigned only where it is none yet. */
static void no_fork_is_cosigned(void **state) {
    (void)state;
    struct play play;
    play_begin(&play);
    for (uint64_t old = 1; old <= 17; old++)
        for (uint64_t fork = 0; fork <= 18; fork++)
            for (uint64_t size = old; size <= 18; size++) {
                const struct play_tree tree = {fork};
                memset(&play.state, 0, sizeof play.state);
                assert_int_equal(play_grow(&play, play_honest, 0, old), 200);
                assert_int_equal(play_grow(&play, tree, old, size), fork >= old ? 200 : 422);
            }
    play_end(&play);
}

static void false_proofs(void **state) {
    (void)state;
    struct play play;
    play_begin(&play);
    struct signing_note nine = play_checkpoint(&play, play_honest, 9);
    struct merkle_proof one = {.count = 1}, none = {.count = 0};
    struct play_request request = play_write(0, &one, &nine);
    assert_int_equal(play_ask(&play, &request), 422);
    request = play_write(0, &none, &nine);
    assert_int_equal(play_ask(&play, &request), 200);
    request = play_write(9, &one, &nine);
    assert_int_equal(play_ask(&play, &request), 422);
    struct merkle_proof proof = play_proof(play_honest, 9, 14);
    struct signing_note larger = play_checkpoint(&play, play_honest, 14);
    proof.hashes[1].bytes[7] ^= 1;
    request = play_write(9, &proof, &larger);
    assert_int_equal(play_ask(&play, &request), 422);
    proof.hashes[1].bytes[7] ^= 1;
    proof.count--;
    request = play_write(9, &proof, &larger);
    assert_int_equal(play_ask(&play, &request), 422);
    proof.count++;
    request = play_write(9, &proof, &larger);
    assert_int_equal(play_ask(&play, &request), 200);
    play_end(&play);
}

static void only_the_keys_of_the_log(void **state) {
    (void)state;
    struct play play;
    play_begin(&play);
    struct merkle_hash root = naive_root(0, 9);
    struct merkle_proof none = {.count = 0};
    const struct note_signer *const stranger[] = {&play.stranger};
    const struct note_signer *const both[] = {&play.stranger, &play.log, &play.log};
    struct signing_note note = signing_checkpoint(SIGNING_LOG, 9, &root, stranger, 1, 0);
    struct play_request request = play_write(0, &none, &note);
    assert_int_equal(play_ask(&play, &request), 403);
    note = play_checkpoint(&play, play_honest, 9);
    note.text[strlen(SIGNING_LOG) + 1] = '8';
    request = play_write(0, &none, &note);
    assert_int_equal(play_ask(&play, &request), 403);
    assert_int_equal(play.verdict.finding, WITNESS_FOUND_NOTHING);
    note = signing_checkpoint("example.com/other", 9, &root, both, 2, 0);
    request = play_write(0, &none, &note);
    assert_int_equal(play_ask(&play, &request), 404);
    /* Strangers' lines and repeated ones do not go into the record. */
    note = signing_checkpoint(SIGNING_LOG, 9, &root, both, 3, 0);
    request = play_write(0, &none, &note);
    assert_int_equal(play_ask(&play, &request), 200);
    play.verdict.record[play.verdict.record_length] = '\0';
    assert_null(strstr(play.verdict.record, "stranger"));
    const char *line = strstr(play.verdict.record, SIGNING_DASH SIGNING_LOG);
    assert_non_null(line);
    assert_null(strstr(line + 1, SIGNING_DASH SIGNING_LOG));
    assert_memory_equal(strchr(line, '\n') + 1, play.verdict.body, play.verdict.body_length);
    /* Nor into evidence. */
    static struct witness_request parsed;
    char own[LIMIT_WITNESS_RECORD_BYTES];
    assert_int_equal(witness_request_parse(request.text, request.length, &parsed), ERR_OK);
    size_t length = witness_own_note(&parsed, &play.watched, own);
    assert_int_equal(length, play.verdict.record_length - play.verdict.body_length);
    assert_memory_equal(own, play.verdict.record, length);
    play_end(&play);
}

static void the_empty_tree(void **state) {
    (void)state;
    struct play play;
    play_begin(&play);
    struct merkle_hash wrong = {{1}};
    struct merkle_proof none = {.count = 0};
    const struct note_signer *const signers[] = {&play.log};
    struct signing_note note = signing_checkpoint(SIGNING_LOG, 0, &wrong, signers, 1, 0);
    struct play_request request = play_write(0, &none, &note);
    assert_int_equal(play_ask(&play, &request), 422);
    request = play_write(1, &none, &note);
    assert_int_equal(play_ask(&play, &request), 400);
    assert_int_equal(play_grow(&play, play_honest, 0, 0), 200);
    assert_int_equal(play_grow(&play, play_honest, 0, 4), 200);
    play_end(&play);
}

static void nothing_is_signed_without_time_or_key(void **state) {
    (void)state;
    struct play play;
    struct witness_request request;
    play_begin(&play);
    struct merkle_proof none = {.count = 0};
    struct signing_note note = play_checkpoint(&play, play_honest, 9);
    struct play_request asked = play_write(0, &none, &note);
    assert_int_equal(witness_request_parse(asked.text, asked.length, &request), ERR_OK);
    for (size_t signers = 0; signers < 2; signers++) {
        witness_judge(&request, &play.watched, &play.state, play.witnesses, signers,
                      signers == 0 ? PLAY_TIME : 0, &play.verdict);
        assert_int_equal(play.verdict.status, 500);
        assert_false(play.verdict.persist);
        assert_int_equal(play.verdict.record_length, 0);
        assert_null(memchr(play.verdict.body, '\xe2', play.verdict.body_length));
    }
    const struct note_signer *const wrong_type[] = {&play.log};
    witness_judge(&request, &play.watched, &play.state, wrong_type, 1, PLAY_TIME, &play.verdict);
    assert_int_equal(play.verdict.status, 500);
    play_end(&play);
}

/* Keys of four witnesses and eight of the log, with the longest names: a record holds them. */
static void the_largest_record(void **state) {
    (void)state;
    struct play play;
    char name[LIMIT_NOTE_NAME_BYTES];
    struct note_signer logs[LIMIT_WITNESS_LOG_KEYS], witnesses[LIMIT_WITNESS_SIGNERS];
    const struct note_signer *log_list[LIMIT_WITNESS_LOG_KEYS];
    const struct note_signer *witness_list[LIMIT_WITNESS_SIGNERS];
    static char text[16384];
    size_t used = 0, length = 0;
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    play_begin(&play);
    play.watched.count = LIMIT_WITNESS_LOG_KEYS;
    used = (size_t)snprintf(text, sizeof text, "old 0\n\n");
    size_t body = (size_t)snprintf(text + used, sizeof text - used, "%s\n9\n%s\n", SIGNING_LOG,
                                   "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    memset(text + used + body, 'e', LIMIT_CHECKPOINT_BODY_BYTES - 1 - body);
    char *start = text + used;
    text[used + LIMIT_CHECKPOINT_BODY_BYTES - 1] = '\n';
    text[used + LIMIT_CHECKPOINT_BODY_BYTES] = '\n';
    used += LIMIT_CHECKPOINT_BODY_BYTES + 1;
    for (uint8_t i = 0; i < LIMIT_WITNESS_LOG_KEYS; i++) {
        logs[i] = signing_made(name, NOTE_ED25519, i);
        log_list[i] = &logs[i];
        play.watched.keys[i] = logs[i].key;
        signing_must(
            note_sign(log_list[i], start, LIMIT_CHECKPOINT_BODY_BYTES, text + used, &length));
        used += length;
    }
    for (uint8_t i = 0; i < LIMIT_WITNESS_SIGNERS; i++) {
        witnesses[i] = signing_made(name, NOTE_COSIGNATURE_V1, i);
        witness_list[i] = &witnesses[i];
    }
    struct witness_request request;
    assert_int_equal(witness_request_parse(text, used, &request), ERR_OK);
    witness_judge(&request, &play.watched, &play.state, witness_list, LIMIT_WITNESS_SIGNERS,
                  PLAY_TIME, &play.verdict);
    assert_int_equal(play.verdict.status, 200);
    for (size_t i = 0; i < LIMIT_WITNESS_LOG_KEYS; i++) note_signer_wipe(&logs[i]);
    for (size_t i = 0; i < LIMIT_WITNESS_SIGNERS; i++) note_signer_wipe(&witnesses[i]);
    play_end(&play);
}

#define NOTE SIGNING_BODY "\n" SIGNING_LINE
#define HASH "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"

static void malformed_requests(void **state) {
    (void)state;
    static const char *const cases[] = {
        "",
        "old 0\n",
        "old 0\n\n",
        "old 0\n" HASH,
        "old 0\n" NOTE,
        "old\n\n" NOTE,
        "old \n\n" NOTE,
        "old 01\n\n" NOTE,
        "old -1\n\n" NOTE,
        "old 1 \n\n" NOTE,
        "old  1\n\n" NOTE,
        "Old 1\n\n" NOTE,
        "old 9223372036854775808\n\n" NOTE,
        "old 1\r\n\n" NOTE,
        "old 1\n\n\n" NOTE,
        "old 1\nAAAA\n\n" NOTE,
        "old 1\n" HASH HASH "\n" SIGNING_BODY,
        "old 1\n" HASH "\n" SIGNING_BODY "\n",
        "old 1\n" HASH "\nlog\n1\n\n" SIGNING_LINE,
    };
    struct witness_request request;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (witness_request_parse(cases[i], strlen(cases[i]), &request) != ERR_SYNTAX)
            fail_msg("%s", cases[i]);
    assert_int_equal(
        witness_request_parse("old 1\n" HASH "\n" NOTE, strlen("old 1\n" HASH "\n" NOTE), &request),
        ERR_OK);
    assert_int_equal(request.old_size, 1);
    assert_int_equal(request.proof.count, 1);
    assert_int_equal(request.text_length, strlen(NOTE));
    assert_string_equal(request.checkpoint.origin, SIGNING_LOG);
}

static void proofs_end_somewhere(void **state) {
    (void)state;
    char text[8192];
    struct witness_request request;
    for (size_t hashes = 62; hashes <= 64; hashes++) {
        size_t used = (size_t)snprintf(text, sizeof text, "old 1\n");
        for (size_t i = 0; i < hashes; i++)
            used += (size_t)snprintf(text + used, sizeof text - used, HASH);
        used += (size_t)snprintf(text + used, sizeof text - used, "\n" NOTE);
        assert_int_equal(witness_request_parse(text, used, &request),
                         hashes <= 63 ? ERR_OK : ERR_FULL);
    }
    struct witness_verdict verdict;
    static char huge[WITNESS_REQUEST_BYTES + 1];
    assert_int_equal(witness_request_parse(huge, sizeof huge, &request), ERR_TOO_LONG);
    witness_refuse(ERR_TOO_LONG, &verdict);
    assert_int_equal(verdict.status, 400);
    assert_int_equal(verdict.body[verdict.body_length - 1], '\n');
}

static void records_of_others_are_refused(void **state) {
    (void)state;
    struct play play;
    struct witness_state out = {.size = 99};
    play_begin(&play);
    struct signing_note note = play_checkpoint(&play, play_honest, 9);
    strcpy(play.watched.origin, "example.com/other");
    assert_int_equal(witness_state_read(note.text, note.length, &play.watched, &out),
                     ERR_LOG_ORIGIN);
    assert_int_equal(out.size, 99);
    play_end(&play);
}

static void names_of_logs(void **state) {
    (void)state;
    char hex[WITNESS_ORIGIN_HEX_BYTES];
    assert_string_equal(witness_origin_hex("example.com/etalon", hex),
                        "9ab086d4a9985787ae15f6c3fe1b801ab169eb206e89c8d2a29d4f7a8f387e58");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_grows),
        cmocka_unit_test(another_size_is_a_conflict),
        cmocka_unit_test(split_views_are_found),
        cmocka_unit_test(no_fork_is_cosigned),
        cmocka_unit_test(false_proofs),
        cmocka_unit_test(only_the_keys_of_the_log),
        cmocka_unit_test(the_empty_tree),
        cmocka_unit_test(nothing_is_signed_without_time_or_key),
        cmocka_unit_test(the_largest_record),
        cmocka_unit_test(malformed_requests),
        cmocka_unit_test(proofs_end_somewhere),
        cmocka_unit_test(records_of_others_are_refused),
        cmocka_unit_test(names_of_logs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

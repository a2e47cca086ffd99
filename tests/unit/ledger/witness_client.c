/* The log's side: a whole exchange, and every answer that a witness may give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/witness_client.h"
#include "witness_play.h"

static struct witness_client client_of(const struct play *play) {
    return (struct witness_client){.key = play->witness.key};
}

/* One submission as a log does it: asked once more if the witness has another size. */
static struct witness_client_answer submit(struct play *play, struct witness_client *client,
                                           struct play_tree tree, uint64_t size) {
    struct signing_note note = play_checkpoint(play, tree, size);
    struct witness_client_answer answer;
    for (int i = 0; i < 2; i++) {
        struct play_request request;
        struct merkle_proof proof = play_proof(tree, client->size, size);
        signing_must(witness_client_request(client, note.text, note.length, &proof, request.text,
                                            sizeof request.text, &request.length));
        play_ask(play, &request);
        witness_client_answer(client, note.text, note.length, play->verdict.status,
                              play->verdict.body, play->verdict.body_length, 1000, &answer);
        if (answer.kind != WITNESS_CLIENT_RETRY) break;
    }
    return answer;
}

static void an_honest_log_is_cosigned(void **state) {
    (void)state;
    static const uint64_t sizes[] = {1, 2, 2, 70, 300};
    struct play play;
    play_begin(&play);
    struct witness_client client = client_of(&play);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        if (i == 3) client.size = 0; /* it has forgotten; the witness tells */
        struct witness_client_answer answer = submit(&play, &client, play_honest, sizes[i]);
        assert_int_equal(answer.kind, WITNESS_CLIENT_COSIGNED);
        assert_false(answer.finding);
        assert_int_equal(answer.time_s, PLAY_TIME);
        assert_int_equal(client.size, sizes[i]);
        assert_int_equal(client.waiting_s, 0);
        assert_int_equal(answer.line_length, play.verdict.body_length);
        assert_memory_equal(answer.line, play.verdict.body, answer.line_length);
    }
    play_end(&play);
}

static void a_log_that_was_set_back_is_told(void **state) {
    (void)state;
    struct play play;
    play_begin(&play);
    struct witness_client client = client_of(&play);
    assert_int_equal(submit(&play, &client, play_honest, 9).kind, WITNESS_CLIENT_COSIGNED);
    client.size = 0;
    struct witness_client_answer answer = submit(&play, &client, play_honest, 7);
    assert_int_equal(answer.kind, WITNESS_CLIENT_AHEAD);
    assert_true(answer.finding);
    assert_int_equal(answer.size, 9);
    play_end(&play);
}

static void a_fork_is_told(void **state) {
    (void)state;
    struct play play;
    const struct play_tree fork = {5};
    play_begin(&play);
    struct witness_client client = client_of(&play);
    assert_int_equal(submit(&play, &client, play_honest, 9).kind, WITNESS_CLIENT_COSIGNED);
    struct witness_client_answer answer = submit(&play, &client, fork, 12);
    assert_int_equal(answer.kind, WITNESS_CLIENT_CONFLICT);
    assert_true(answer.finding);
    answer = submit(&play, &client, fork, 9);
    assert_int_equal(answer.kind, WITNESS_CLIENT_CONFLICT);
    play_end(&play);
}

struct case_of {
    int status;
    const char *body;
    enum witness_client_kind kind;
    bool finding;
};

/* The checkpoint has size 9, the witness is taken to have 4. */
static void every_answer(void **state) {
    (void)state;
    static const struct case_of cases[] = {
        {0, "", WITNESS_CLIENT_LATER, false},
        {429, "busy\n", WITNESS_CLIENT_LATER, false},
        {500, "", WITNESS_CLIENT_LATER, false},
        {503, "no\n", WITNESS_CLIENT_LATER, false},
        {400, "", WITNESS_CLIENT_REFUSED, false},
        {403, "", WITNESS_CLIENT_REFUSED, false},
        {404, "", WITNESS_CLIENT_REFUSED, false},
        {422, "", WITNESS_CLIENT_CONFLICT, true},
        {301, "", WITNESS_CLIENT_MALFORMED, false},
        {201, "", WITNESS_CLIENT_MALFORMED, false},
        {-1, "", WITNESS_CLIENT_MALFORMED, false},
        {409, "7\n", WITNESS_CLIENT_RETRY, false},
        {409, "9\n", WITNESS_CLIENT_RETRY, false},
        {409, "0\n", WITNESS_CLIENT_RETRY, false},
        {409, "10\n", WITNESS_CLIENT_AHEAD, true},
        {409, "4\n", WITNESS_CLIENT_MALFORMED, false},
        {409, "7", WITNESS_CLIENT_MALFORMED, false},
        {409, "07\n", WITNESS_CLIENT_MALFORMED, false},
        {409, "7\n7\n", WITNESS_CLIENT_MALFORMED, false},
        {409, "", WITNESS_CLIENT_MALFORMED, false},
        {200, "", WITNESS_CLIENT_MALFORMED, false},
        {200, "hello\n", WITNESS_CLIENT_MALFORMED, false},
        {200, "\n" SIGNING_COSIGNATURE, WITNESS_CLIENT_MALFORMED, false},
        {200, "more\n\n" SIGNING_COSIGNATURE, WITNESS_CLIENT_MALFORMED, false},
        {200, SIGNING_LINE, WITNESS_CLIENT_SIGNATURE, true},
        {200, SIGNING_COSIGNATURE, WITNESS_CLIENT_SIGNATURE, true}, /* over another checkpoint */
    };
    struct play play;
    play_begin(&play);
    struct signing_note note = play_checkpoint(&play, play_honest, 9);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct case_of *c = &cases[i];
        struct witness_client client = client_of(&play);
        struct witness_client_answer answer;
        client.size = 4;
        witness_client_answer(&client, note.text, note.length, c->status, c->body, strlen(c->body),
                              1000, &answer);
        if (answer.kind != c->kind || answer.finding != c->finding)
            fail_msg("%d %s: %s", c->status, c->body, witness_client_kind_name(answer.kind));
        assert_non_null(answer.reason);
        assert_int_equal(answer.line_length, 0);
        assert_int_equal(client.waiting_s, 1000);
        if (c->kind == WITNESS_CLIENT_RETRY) assert_int_equal(client.size, answer.size);
    }
    play_end(&play);
}

/* Lines of other keys beside its own, before and behind; only its own is kept. */
static void only_its_own_line_is_kept(void **state) {
    (void)state;
    struct play play;
    char body[4096];
    play_begin(&play);
    struct witness_client client = client_of(&play);
    struct witness_client_answer answer;
    struct signing_note note = play_checkpoint(&play, play_honest, 9);
    assert_int_equal(play_grow(&play, play_honest, 0, 9), 200);
    snprintf(body, sizeof body, "%s%.*s%s", SIGNING_LINE, (int)play.verdict.body_length,
             play.verdict.body, SIGNING_DASH "another.example AAAAAAA=\n");
    witness_client_answer(&client, note.text, note.length, 200, body, strlen(body), 1, &answer);
    assert_int_equal(answer.kind, WITNESS_CLIENT_COSIGNED);
    assert_int_equal(answer.line_length, play.verdict.body_length);
    assert_memory_equal(answer.line, play.verdict.body, answer.line_length);
    /* A second one by the same key that does not verify spoils it. */
    snprintf(body, sizeof body, "%.*s%s", (int)play.verdict.body_length, play.verdict.body,
             SIGNING_COSIGNATURE);
    witness_client_answer(&client, note.text, note.length, 200, body, strlen(body), 1, &answer);
    assert_int_equal(answer.kind, WITNESS_CLIENT_SIGNATURE);
    play_end(&play);
}

static void a_witness_may_not_lead_us_on(void **state) {
    (void)state;
    struct play play;
    play_begin(&play);
    struct witness_client client = client_of(&play);
    struct witness_client_answer answer;
    struct signing_note note = play_checkpoint(&play, play_honest, 9);
    witness_client_answer(&client, note.text, note.length, 409, "5\n", 2, 10, &answer);
    assert_int_equal(answer.kind, WITNESS_CLIENT_RETRY);
    witness_client_answer(&client, note.text, note.length, 409, "6\n", 2, 10, &answer);
    assert_int_equal(answer.kind, WITNESS_CLIENT_LATER);
    assert_int_equal(client.size, 5);
    witness_client_answer(&client, note.text, note.length, 409, "6\n", 2, 10, &answer);
    assert_int_equal(answer.kind, WITNESS_CLIENT_RETRY);
    play_end(&play);
}

static void silence_becomes_a_finding(void **state) {
    (void)state;
    struct play play;
    play_begin(&play);
    struct witness_client client = client_of(&play);
    struct witness_client_answer answer;
    struct signing_note note = play_checkpoint(&play, play_honest, 9);
    const uint64_t times[] = {10, 10 + LIMIT_WITNESS_STALL_S, 11 + LIMIT_WITNESS_STALL_S, 5};
    for (size_t i = 0; i < 4; i++) {
        witness_client_answer(&client, note.text, note.length, i % 2 ? 503 : 0, "", 0, times[i],
                              &answer);
        assert_int_equal(answer.kind, i == 2 ? WITNESS_CLIENT_STALLED : WITNESS_CLIENT_LATER);
        assert_int_equal(answer.finding, i == 2);
    }
    assert_int_equal(submit(&play, &client, play_honest, 9).kind, WITNESS_CLIENT_COSIGNED);
    witness_client_answer(&client, note.text, note.length, 0, "", 0, 99999, &answer);
    assert_int_equal(answer.kind, WITNESS_CLIENT_LATER);
    play_end(&play);
}

static void requests_that_cannot_be(void **state) {
    (void)state;
    struct play play;
    play_begin(&play);
    struct witness_client client = client_of(&play);
    struct signing_note note = play_checkpoint(&play, play_honest, 9);
    struct merkle_proof proof = {.count = LIMIT_WITNESS_PROOF_HASHES};
    static char out[16384];
    size_t length = 77;
    client.size = 4;
    assert_int_equal(
        witness_client_request(&client, note.text, note.length, &proof, out, sizeof out, &length),
        ERR_OK);
    size_t exact = length;
    for (size_t room = 0; room < exact; room += 50) {
        length = 77;
        assert_int_equal(
            witness_client_request(&client, note.text, note.length, &proof, out, room, &length),
            ERR_TOO_LONG);
        assert_int_equal(length, 77);
    }
    proof.count++;
    assert_int_equal(
        witness_client_request(&client, note.text, note.length, &proof, out, sizeof out, &length),
        ERR_RANGE);
    proof.count = 0;
    client.size = 10;
    assert_int_equal(
        witness_client_request(&client, note.text, note.length, &proof, out, sizeof out, &length),
        ERR_RANGE);
    assert_int_equal(witness_client_request(&client, "a\n", 2, &proof, out, sizeof out, &length),
                     ERR_SYNTAX);
    assert_int_equal(length, 77);
    play_end(&play);
}

static void kinds_have_names(void **state) {
    (void)state;
    for (int kind = 0; kind <= WITNESS_CLIENT_MALFORMED; kind++)
        assert_non_null(witness_client_kind_name((enum witness_client_kind)kind));
    assert_string_equal(witness_client_kind_name(WITNESS_CLIENT_AHEAD), "ahead");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_honest_log_is_cosigned),
        cmocka_unit_test(a_log_that_was_set_back_is_told),
        cmocka_unit_test(a_fork_is_told),
        cmocka_unit_test(every_answer),
        cmocka_unit_test(only_its_own_line_is_kept),
        cmocka_unit_test(a_witness_may_not_lead_us_on),
        cmocka_unit_test(silence_becomes_a_finding),
        cmocka_unit_test(requests_that_cannot_be),
        cmocka_unit_test(kinds_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

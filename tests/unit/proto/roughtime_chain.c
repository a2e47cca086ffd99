/* The chained measurement: order and nonces, liars, silence, bounds of the result. */
#include "proto/roughtime_chain.h"

#include "base/base64.h"
#include "roughtime_world.h"
#include "wire/roughtime_report.h"

enum { SERVERS = 3, STEP_S = 2 };

struct measurement {
    struct world *worlds[SERVERS];
    struct roughtime_chain_server servers[SERVERS];
    int64_t lie_s[SERVERS]; /* what each adds to its midpoint */
    bool silent[SERVERS];
    struct entropy entropy;
    struct roughtime_chain chain;
    struct roughtime_chain_result result;
};

static int set_up(void **state) {
    struct measurement *m = calloc(1, sizeof *m);
    assert_non_null(m);
    for (uint8_t i = 0; i < SERVERS; i++) {
        m->worlds[i] = world_make((uint8_t)(i + 1), &(struct roughtime_server_rules){0});
        m->servers[i].version = world_both[i % 2];
        memcpy(m->servers[i].long_term_key, m->worlds[i]->long_term.public_key, 32);
    }
    for (size_t i = 0; i < ENTROPY_BYTES; i++) m->entropy.bytes[i] = (uint8_t)(i * 7 + i / 256);
    assert_int_equal(roughtime_chain_init(&m->chain, &world_strict, m->servers, SERVERS), ERR_OK);
    *state = m;
    return 0;
}

static int tear_down(void **state) {
    struct measurement *m = *state;
    for (int i = 0; i < SERVERS; i++) world_free(m->worlds[i]);
    free(m);
    return 0;
}

static struct packet request_of(const struct roughtime_chain_link *link) {
    struct packet request = {.length = link->request_length};
    memcpy(request.bytes, link->request, link->request_length);
    return request;
}

/* Each turn takes STEP_S; the true time runs with the counter from world_interval's midpoint. */
static void run(struct measurement *m) {
    const struct roughtime_chain_link *link;
    size_t turn = 0;
    struct mono at = {0};
    for (; (link = roughtime_chain_next(&m->chain, at, &m->entropy)); turn++) {
        size_t who = link->server;
        assert_int_equal(who, turn % SERVERS);
        struct packet request = request_of(link);
        struct roughtime_proof_interval interval = world_interval;
        interval.midpoint_s += turn * STEP_S + (uint64_t)m->lie_s[who];
        at = mono_add(at, STEP_S * NS_PER_S);
        if (m->silent[who]) {
            roughtime_chain_skip(&m->chain);
            continue;
        }
        struct packet reply = world_answer(m->worlds[who], &request, interval);
        assert_int_equal(roughtime_chain_response(&m->chain, at, reply.bytes, reply.length),
                         ERR_OK);
    }
    assert_int_equal(turn, 2 * SERVERS);
    roughtime_chain_conclude(&m->chain, &m->result);
}

static void honest_servers(void **state) {
    struct measurement *m = *state;
    run(m);
    assert_int_equal(m->result.verdict, ROUGHTIME_CHAIN_CONSISTENT);
    assert_int_equal(m->result.servers_answering, 3);
    assert_int_equal(m->chain.link_count, 6);
    assert_int_equal(m->result.at.ns, 12 * NS_PER_S);
    /* The response says what held when the request was sent, 12 s before for the first. */
    int64_t truth_ns = ((int64_t)world_interval.midpoint_s + 12) * NS_PER_S;
    assert_true(m->result.low.ns <= truth_ns && m->result.high.ns >= truth_ns);
    assert_true(m->result.high.ns - m->result.low.ns < 11 * NS_PER_S);
}

static void check_nonces(const struct measurement *m) {
    for (size_t i = 0; i < m->chain.link_count; i++) {
        const struct roughtime_chain_link *link = &m->chain.links[i];
        uint8_t nonce[32], expected[32];
        memcpy(expected, link->rand, sizeof expected);
        if (i > 0)
            roughtime_client_chained_nonce(link[-1].response, link[-1].response_length, link->rand,
                                           expected);
        assert_int_equal(roughtime_client_nonce_of(link->request, link->request_length, nonce),
                         ERR_OK);
        assert_memory_equal(nonce, expected, sizeof nonce);
    }
}

static void nonces_are_chained(void **state) {
    struct measurement *m = *state;
    run(m);
    check_nonces(m);
}

static void a_liar_is_caught_wherever_it_stands(void **state) {
    struct measurement *m = *state;
    for (size_t liar = 0; liar < SERVERS; liar++)
        for (int64_t lie_s = -30; lie_s <= 30; lie_s += 60) {
            assert_int_equal(roughtime_chain_init(&m->chain, &world_strict, m->servers, SERVERS),
                             ERR_OK);
            memset(m->lie_s, 0, sizeof m->lie_s);
            m->lie_s[liar] = lie_s;
            m->entropy.used = 0;
            run(m);
            assert_int_equal(m->result.verdict, ROUGHTIME_CHAIN_MALFEASANCE);
            assert_true(m->result.earlier < m->result.later);
            const struct roughtime_chain_link *links = m->chain.links;
            assert_true((links[m->result.earlier].server == liar) !=
                        (links[m->result.later].server == liar));
            assert_false(roughtime_client_possible(&links[m->result.earlier].proof.interval,
                                                   &links[m->result.later].proof.interval));
        }
}

/* Seen by the counter and by nobody else: each says later than the one before. */
static void contradiction_without_proof(void **state) {
    struct measurement *m = *state;
    const struct roughtime_chain_link *link;
    for (uint64_t turn = 0; (link = roughtime_chain_next(&m->chain, (struct mono){0}, &m->entropy));
         turn++) {
        struct packet request = request_of(link);
        struct packet reply =
            world_answer(m->worlds[link->server], &request,
                         (struct roughtime_proof_interval){world_mint_s + 100 * turn, 4});
        assert_int_equal(
            roughtime_chain_response(&m->chain, (struct mono){NS_PER_S}, reply.bytes, reply.length),
            ERR_OK);
    }
    roughtime_chain_conclude(&m->chain, &m->result);
    assert_int_equal(m->result.verdict, ROUGHTIME_CHAIN_INCONSISTENT);
}

static void silent_servers_are_left_out(void **state) {
    struct measurement *m = *state;
    m->silent[1] = true;
    run(m);
    assert_int_equal(m->chain.link_count, 4);
    assert_int_equal(m->result.servers_answering, 2);
    assert_int_equal(m->result.verdict, ROUGHTIME_CHAIN_INCOMPLETE);
    /* Two that contradict each other are evidence all the same. */
    assert_int_equal(roughtime_chain_init(&m->chain, &world_strict, m->servers, SERVERS), ERR_OK);
    m->lie_s[0] = 60;
    m->entropy.used = 0;
    run(m);
    assert_int_equal(m->result.verdict, ROUGHTIME_CHAIN_MALFEASANCE);
    check_nonces(m);
}

static void nobody_answers(void **state) {
    struct measurement *m = *state;
    for (int i = 0; i < SERVERS; i++) m->silent[i] = true;
    run(m);
    assert_int_equal(m->result.verdict, ROUGHTIME_CHAIN_INCOMPLETE);
    assert_int_equal(m->result.servers_answering, 0);
}

static void bad_responses_leave_the_request_waiting(void **state) {
    struct measurement *m = *state;
    static uint8_t huge[LIMIT_ROUGHTIME_RESPONSE_BYTES + 1];
    struct mono at = {0};
    assert_int_equal(roughtime_chain_response(&m->chain, at, huge, 12), ERR_UNSOLICITED);
    struct packet request = request_of(roughtime_chain_next(&m->chain, at, &m->entropy));
    struct packet reply = world_answer(m->worlds[0], &request, world_interval);
    assert_int_equal(roughtime_chain_response(&m->chain, at, huge, sizeof huge), ERR_TOO_LONG);
    assert_int_equal(roughtime_chain_response(&m->chain, at, request.bytes, request.length),
                     ERR_MODE);
    reply.bytes[100] ^= 1;
    assert_int_equal(roughtime_chain_response(&m->chain, at, reply.bytes, reply.length),
                     ERR_SIGNATURE);
    reply.bytes[100] ^= 1;
    assert_int_equal(roughtime_chain_response(&m->chain, at, reply.bytes, reply.length), ERR_OK);
    assert_int_equal(roughtime_chain_response(&m->chain, at, reply.bytes, reply.length),
                     ERR_UNSOLICITED);
}

static void wild_times_do_not_overflow(void **state) {
    struct measurement *m = *state;
    m->chain.link_count = 3;
    for (size_t i = 0; i < 3; i++) {
        m->chain.links[i].server = i;
        m->chain.links[i].proof.interval =
            (struct roughtime_proof_interval){UINT64_MAX - i, UINT32_MAX};
    }
    roughtime_chain_conclude(&m->chain, &m->result);
    assert_int_equal(m->result.verdict, ROUGHTIME_CHAIN_CONSISTENT);
    assert_int_equal(m->result.low.ns, INT64_C(1) << 62);
}

/* Its interval contradicts nobody's, yet without the truth in it: it is outvoted all the same. */
static void one_of_three_cannot_move_the_bound(void **state) {
    struct measurement *m = *state;
    m->chain.link_count = 6;
    for (size_t i = 0; i < 6; i++) {
        m->chain.links[i].server = i % 3;
        m->chain.links[i].proof.interval = i % 3 == 1 ? (struct roughtime_proof_interval){1003, 1}
                                                      : (struct roughtime_proof_interval){1000, 3};
    }
    roughtime_chain_conclude(&m->chain, &m->result);
    assert_int_equal(m->result.verdict, ROUGHTIME_CHAIN_CONSISTENT);
    assert_int_equal(m->result.low.ns, 997 * NS_PER_S);
    assert_int_equal(m->result.high.ns, 1003 * NS_PER_S);
}

/* Five or seven were asked, and only two liars and one honest server are heard. */
static void silencing_the_honest_makes_no_majority(void **state) {
    struct measurement *m = *state;
    m->chain.link_count = 6;
    m->chain.server_count = 5;
    for (size_t i = 0; i < 6; i++) {
        m->chain.links[i].server = i % 3;
        m->chain.links[i].proof.interval = i % 3 == 0 ? (struct roughtime_proof_interval){1000, 3}
                                                      : (struct roughtime_proof_interval){1003, 1};
    }
    roughtime_chain_conclude(&m->chain, &m->result);
    assert_int_equal(m->result.verdict, ROUGHTIME_CHAIN_CONSISTENT);
    assert_int_equal(m->result.low.ns, 997 * NS_PER_S);
    m->chain.server_count = 7; /* now these three could all be liars */
    roughtime_chain_conclude(&m->chain, &m->result);
    assert_int_equal(m->result.verdict, ROUGHTIME_CHAIN_INCOMPLETE);
    assert_int_equal(m->result.servers_answering, 3);
    m->chain.server_count = 5; /* heard once each: two liars could have been heard twice */
    m->chain.link_count = 3;
    roughtime_chain_conclude(&m->chain, &m->result);
    assert_int_equal(m->result.verdict, ROUGHTIME_CHAIN_INCOMPLETE);
}

static size_t count_of(const char *text, const char *word) {
    size_t count = 0;
    for (; (text = strstr(text, word)); text++) count++;
    return count;
}

static void the_report_has_every_link_in_order(void **state) {
    struct measurement *m = *state;
    static char text[ROUGHTIME_REPORT_TEXT_BYTES];
    char key[BASE64_TEXT_BYTES(32)];
    struct json json;
    m->lie_s[1] = 60;
    run(m);
    json_init(&json, text, sizeof text);
    roughtime_chain_report(&m->chain, &json);
    assert_false(json.failed);
    assert_int_equal(count_of(text, "\"rand\""), 5); /* the first nonce is random itself */
    assert_int_equal(count_of(text, "\"request\""), 6);
    assert_int_equal(count_of(text, "\"response\""), 6);
    const char *at = text;
    for (size_t i = 0; i < 6; i++) {
        base64_text(m->servers[i % SERVERS].long_term_key, 32, key, sizeof key);
        at = strstr(at, key);
        assert_non_null(at);
        at++;
    }
}

static void servers_that_cannot_be_asked(void **state) {
    struct measurement *m = *state;
    struct roughtime_chain *chain = &m->chain;
    assert_int_equal(roughtime_chain_init(chain, &world_strict, m->servers, 2), ERR_RANGE);
    assert_int_equal(
        roughtime_chain_init(chain, &world_strict, m->servers, LIMIT_ROUGHTIME_SERVERS + 1),
        ERR_RANGE);
    m->servers[2].version = 2;
    assert_int_equal(roughtime_chain_init(chain, &world_strict, m->servers, 3), ERR_VERSION);
    m->servers[2] = m->servers[0];
    assert_int_equal(roughtime_chain_init(chain, &world_strict, m->servers, 3), ERR_DUPLICATE);
}

#define CHAIN_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CHAIN_TEST(honest_servers),
        CHAIN_TEST(nonces_are_chained),
        CHAIN_TEST(a_liar_is_caught_wherever_it_stands),
        CHAIN_TEST(contradiction_without_proof),
        CHAIN_TEST(silent_servers_are_left_out),
        CHAIN_TEST(nobody_answers),
        CHAIN_TEST(bad_responses_leave_the_request_waiting),
        CHAIN_TEST(wild_times_do_not_overflow),
        CHAIN_TEST(one_of_three_cannot_move_the_bound),
        CHAIN_TEST(silencing_the_honest_makes_no_majority),
        CHAIN_TEST(the_report_has_every_link_in_order),
        CHAIN_TEST(servers_that_cannot_be_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

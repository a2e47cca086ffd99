/* Signature contexts, tree hashes and delegations of Roughtime. */
#include "roughtime_world.h"

#include "proto/roughtime_proof.h"

static void versions_and_contexts(void **state) {
    (void)state;
    assert_true(roughtime_proof_speaks(1));
    assert_true(roughtime_proof_speaks(UINT32_C(0x8000000c)));
    assert_false(roughtime_proof_speaks(0));
    assert_false(roughtime_proof_speaks(UINT32_C(0x8000000b)));
    assert_string_equal(roughtime_proof_context_name(roughtime_proof_context_of(1)),
                        "Roughtime v1");
    assert_string_equal(
        roughtime_proof_context_name(roughtime_proof_context_of(UINT32_C(0x8000000c))),
        "RoughTime v1");
}

/* What is signed, byte for byte. */
static void context_and_zero_precede_the_message(void **state) {
    (void)state;
    static const struct {
        enum roughtime_proof_context context;
        enum roughtime_proof_signed what;
        const char *bytes;
        size_t length;
    } cases[] = {
        {ROUGHTIME_PROOF_CONTEXT_RFC, ROUGHTIME_PROOF_RESPONSE,
         "Roughtime v1 response signature\0abc", 35},
        {ROUGHTIME_PROOF_CONTEXT_RFC, ROUGHTIME_PROOF_DELEGATION,
         "Roughtime v1 delegation signature\0abc", 37},
        {ROUGHTIME_PROOF_CONTEXT_APPENDIX_B, ROUGHTIME_PROOF_RESPONSE,
         "RoughTime v1 response signature\0abc", 35},
        {ROUGHTIME_PROOF_CONTEXT_APPENDIX_B, ROUGHTIME_PROOF_DELEGATION,
         "RoughTime v1 delegation signature\0abc", 37},
    };
    struct world *world = world_make(1, &(struct roughtime_server_rules){0});
    const uint8_t *message = (const uint8_t *)"abc", *key = world->online.public_key;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t signature[ED25519_SIGNATURE_BYTES];
        assert_int_equal(roughtime_proof_sign(&world->online, cases[i].context, cases[i].what,
                                              message, 3, signature),
                         ERR_OK);
        assert_int_equal(ed25519_verify(key, cases[i].bytes, cases[i].length, signature), ERR_OK);
        for (size_t j = 0; j < sizeof cases / sizeof cases[0]; j++)
            assert_int_equal(
                roughtime_proof_verify(key, cases[j].context, cases[j].what, message, 3, signature),
                i == j ? ERR_OK : ERR_SIGNATURE);
    }
    world_free(world);
}

static void too_long_to_be_signed(void **state) {
    (void)state;
    struct world *world = world_make(1, &(struct roughtime_server_rules){0});
    uint8_t message[LIMIT_ROUGHTIME_SIGNED_BYTES + 1] = {0}, signature[ED25519_SIGNATURE_BYTES];
    enum roughtime_proof_context context = ROUGHTIME_PROOF_CONTEXT_RFC;
    assert_int_equal(roughtime_proof_sign(&world->online, context, ROUGHTIME_PROOF_RESPONSE,
                                          message, sizeof message, signature),
                     ERR_TOO_LONG);
    assert_int_equal(roughtime_proof_sign(&world->online, context, ROUGHTIME_PROOF_RESPONSE,
                                          message, sizeof message - 1, signature),
                     ERR_OK);
    assert_int_equal(roughtime_proof_verify(world->online.public_key, context,
                                            ROUGHTIME_PROOF_RESPONSE, message, sizeof message,
                                            signature),
                     ERR_TOO_LONG);
    world_free(world);
}

/* SRV of the published requests is the hash of the published keys. */
static void srv_of_published_keys(void **state) {
    (void)state;
    static struct vector vectors[WORLD_VECTORS_MAX];
    size_t count = world_vectors("roughtime-draft19-appendix-b.json", vectors);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++) {
        struct roughtime_message message;
        const uint8_t *srv;
        uint8_t own[ROUGHTIME_PROOF_HASH_BYTES];
        assert_int_equal(roughtime_message_parse(
                             vectors[i].request.bytes + ROUGHTIME_MESSAGE_FRAME_BYTES,
                             vectors[i].request.length - ROUGHTIME_MESSAGE_FRAME_BYTES, &message),
                         ERR_OK);
        assert_int_equal(roughtime_message_value(&message, ROUGHTIME_MESSAGE_SRV, sizeof own, &srv),
                         ERR_OK);
        roughtime_proof_srv(vectors[i].key, own);
        assert_memory_equal(srv, own, sizeof own);
    }
}

static void leaves_and_nodes_differ(void **state) {
    (void)state;
    uint8_t left[32] = {1}, right[32] = {2}, both[64], a[32], b[32];
    memcpy(both, left, sizeof left);
    memcpy(both + 32, right, sizeof right);
    roughtime_proof_leaf(both, sizeof both, a);
    roughtime_proof_node(left, right, b);
    assert_memory_not_equal(a, b, sizeof a);
    roughtime_proof_node(right, left, a);
    assert_memory_not_equal(a, b, sizeof a);
    roughtime_proof_node(left, right, left); /* in place */
    assert_memory_equal(left, b, sizeof left);
}

static void delegations(void **state) {
    (void)state;
    struct world *world = world_make(1, &(struct roughtime_server_rules){0});
    struct roughtime_proof_delegation d = world->delegation, made;
    assert_int_equal(roughtime_proof_delegation_check(&d), ERR_OK);
    d.maxt_s++;
    assert_int_equal(roughtime_proof_delegation_check(&d), ERR_SIGNATURE);
    d = world->delegation;
    d.signatures[ROUGHTIME_PROOF_CONTEXT_APPENDIX_B][0] ^= 1;
    assert_int_equal(roughtime_proof_delegation_check(&d), ERR_SIGNATURE);
    d = world->delegation;
    d.maxt_s = d.mint_s;
    assert_int_equal(roughtime_proof_delegation_check(&d), ERR_RANGE);
    assert_int_equal(roughtime_proof_delegate(&world->long_term, d.online_key, 5, 5, &made),
                     ERR_RANGE);
    world_free(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_and_contexts),
        cmocka_unit_test(context_and_zero_precede_the_message),
        cmocka_unit_test(too_long_to_be_signed),
        cmocka_unit_test(srv_of_published_keys),
        cmocka_unit_test(leaves_and_nodes_differ),
        cmocka_unit_test(delegations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Roughtime client: published packets, own packets, and everything that must be refused. */
#include "roughtime_world.h"

static const struct roughtime_client_rules both_contexts = {.accept_other_context = true};

static enum err verify_vector(const struct vector *v, const struct roughtime_client_rules *rules,
                              struct roughtime_client_proof *proof) {
    return roughtime_client_verify(rules, v->key, v->request.bytes, v->request.length,
                                   v->response.bytes, v->response.length, proof);
}

/* Draft 19, appendix B: version 1, and yet signed with the capital T. */
static void published_chain(void **state) {
    (void)state;
    static struct vector vectors[WORLD_VECTORS_MAX];
    struct roughtime_client_proof proofs[WORLD_VECTORS_MAX];
    assert_int_equal(world_vectors("roughtime-draft19-appendix-b.json", vectors), 3);
    for (size_t i = 0; i < 3; i++) {
        memset(&proofs[i], 0xee, sizeof proofs[i]);
        struct roughtime_client_proof untouched = proofs[i];
        assert_int_equal(verify_vector(&vectors[i], &world_strict, &proofs[i]), ERR_SIGNATURE);
        assert_memory_equal(&proofs[i], &untouched, sizeof untouched);
        assert_int_equal(verify_vector(&vectors[i], &both_contexts, &proofs[i]), ERR_OK);
        assert_int_equal(proofs[i].version, 1);
        assert_int_equal(proofs[i].context, ROUGHTIME_PROOF_CONTEXT_APPENDIX_B);
        assert_true(proofs[i].other_context);
    }
    for (size_t i = 1; i < 3; i++) {
        uint8_t nonce[32], expected[32];
        assert_true(vectors[i].has_rand);
        roughtime_client_chained_nonce(vectors[i - 1].response.bytes,
                                       vectors[i - 1].response.length, vectors[i].rand, expected);
        assert_int_equal(
            roughtime_client_nonce_of(vectors[i].request.bytes, vectors[i].request.length, nonce),
            ERR_OK);
        assert_memory_equal(nonce, expected, sizeof nonce);
    }
    assert_false(roughtime_client_possible(&proofs[0].interval, &proofs[1].interval));
    assert_false(roughtime_client_possible(&proofs[0].interval, &proofs[2].interval));
    assert_true(roughtime_client_possible(&proofs[1].interval, &proofs[2].interval));
}

/* 0x8000000c as another program speaks it: its own context is the capital T. */
static void captured_experimental_version(void **state) {
    (void)state;
    static struct vector vectors[WORLD_VECTORS_MAX];
    struct roughtime_client_proof proof;
    assert_int_equal(world_vectors("roughtime-8000000c-capture.json", vectors), 1);
    assert_int_equal(verify_vector(&vectors[0], &world_strict, &proof), ERR_OK);
    assert_int_equal(proof.version, ROUGHTIME_PROOF_VERSION_EXPERIMENTAL);
    assert_int_equal(proof.context, ROUGHTIME_PROOF_CONTEXT_APPENDIX_B);
    assert_false(proof.other_context);
    assert_int_equal(proof.interval.midpoint_s, 0x682f8402);
    assert_int_equal(proof.interval.radius_s, 5);
    assert_int_equal(proof.maxt_s, UINT64_MAX);
}

static void request_layout(void **state) {
    (void)state;
    static const uint8_t nonce[32] = {7};
    uint8_t key[32] = {1}, out[LIMIT_ROUGHTIME_REQUEST_BYTES];
    size_t length;
    struct roughtime_message message;
    assert_int_equal(roughtime_client_request(world_both, 1, nonce, key, out, &length), ERR_OK);
    assert_int_equal(length, 1036);
    assert_int_equal(roughtime_message_unframe(out, length), ERR_OK);
    assert_int_equal(roughtime_message_parse(out + 12, length - 12, &message), ERR_OK);
    assert_int_equal(message.count, 5);
    assert_int_equal(roughtime_message_find(&message, ROUGHTIME_MESSAGE_ZZZZ)->length, 912);
    assert_int_equal(roughtime_client_request(world_both, 1, nonce, NULL, out, &length), ERR_OK);
    assert_int_equal(length, 1036);
    assert_int_equal(roughtime_message_parse(out + 12, length - 12, &message), ERR_OK);
    assert_int_equal(roughtime_message_find(&message, ROUGHTIME_MESSAGE_ZZZZ)->length, 952);
    const uint32_t descending[2] = {2, 1};
    assert_int_equal(roughtime_client_request(descending, 2, nonce, key, out, &length), ERR_RANGE);
    assert_int_equal(roughtime_client_request(world_both, 0, nonce, key, out, &length), ERR_RANGE);
    assert_int_equal(roughtime_client_request(world_both, 33, nonce, key, out, &length), ERR_RANGE);
}

static void own_server_both_versions_both_contexts(void **state) {
    (void)state;
    for (int context = 0; context < ROUGHTIME_PROOF_CONTEXTS; context++) {
        struct world *world =
            world_make(1, &(struct roughtime_server_rules){
                              .version_1_context = (enum roughtime_proof_context)context});
        for (size_t v = 0; v < 2; v++) {
            struct packet request = world_request(world, world_both[v], 3);
            struct packet reply = world_answer(world, &request, world_interval);
            struct roughtime_client_proof proof;
            bool own = v == 1 || context == ROUGHTIME_PROOF_CONTEXT_RFC;
            assert_int_equal(world_verify(world, &world_strict, &request, &reply, &proof),
                             own ? ERR_OK : ERR_SIGNATURE);
            assert_int_equal(world_verify(world, &both_contexts, &request, &reply, &proof), ERR_OK);
            assert_int_equal(proof.version, world_both[v]);
            assert_int_equal(proof.other_context, !own);
            assert_int_equal(proof.interval.midpoint_s, world_interval.midpoint_s);
            assert_int_equal(proof.interval.radius_s, world_interval.radius_s);
            assert_int_equal(proof.mint_s, world_mint_s);
            assert_int_equal(proof.maxt_s, world_maxt_s);
            assert_memory_equal(proof.online_key, world->online.public_key, 32);
        }
        world_free(world);
    }
}

/* A response among 5, with a path of 3 hashes and two requests beside it. */
static void batch_of_five(struct world *world, struct packet *request, struct packet *response) {
    roughtime_server_clear(&world->server);
    for (uint8_t i = 0; i < 5; i++) {
        struct packet other = world_request(world, ROUGHTIME_PROOF_VERSION_1, i);
        if (i == 3) *request = other;
        assert_int_equal(world_add(world, &other), ERR_OK);
    }
    world_sign(world, world_interval);
    *response = world_reply(world, 3);
}

static void every_truncation_is_refused(void **state) {
    (void)state;
    struct world *world = world_make(1, &(struct roughtime_server_rules){0});
    struct packet request, response;
    struct roughtime_client_proof proof;
    batch_of_five(world, &request, &response);
    assert_int_equal(world_verify(world, &both_contexts, &request, &response, &proof), ERR_OK);
    assert_int_equal(proof.path_length, 3);
    assert_int_equal(proof.index, 3);
    const size_t length = response.length;
    for (response.length = 0; response.length < length; response.length++)
        assert_int_equal(world_verify(world, &both_contexts, &request, &response, &proof),
                         ERR_SHORT);
    /* Also where the framing tells the truth about the truncated message. */
    for (response.length = 12; response.length < length; response.length++) {
        roughtime_message_put_u32(response.bytes + 8, (uint32_t)response.length - 12);
        assert_int_not_equal(world_verify(world, &both_contexts, &request, &response, &proof),
                             ERR_OK);
    }
    world_free(world);
}

static void every_flipped_bit_is_refused(void **state) {
    (void)state;
    struct world *world = world_make(1, &(struct roughtime_server_rules){0});
    struct packet request, response;
    struct roughtime_client_proof proof;
    batch_of_five(world, &request, &response);
    for (size_t bit = 0; bit < 8 * response.length; bit++) {
        response.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_not_equal(world_verify(world, &both_contexts, &request, &response, &proof),
                             ERR_OK);
        response.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_int_equal(world_verify(world, &world_strict, &request, &response, &proof), ERR_OK);
    /* Nor does it answer a request that differs in one bit, wherever that is. */
    for (size_t bit = 0; bit < 8 * request.length; bit += 5) {
        request.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_not_equal(world_verify(world, &both_contexts, &request, &response, &proof),
                             ERR_OK);
        request.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    world_free(world);
}

/* A response built by hand, so that one thing at a time can be wrong under good signatures. */
struct forgery {
    struct roughtime_proof_interval interval;
    uint32_t version, type, index;
    uint32_t vers[3];
    size_t vers_count, path_length;
    bool no_root, mixed_contexts;
    uint32_t skip; /* a tag of the response */
};

static const struct forgery honest = {.interval = {1790000100, 4},
                                      .version = 1,
                                      .type = 1,
                                      .vers = {1, UINT32_C(0x8000000c)},
                                      .vers_count = 2};

static size_t forge_srep(const struct forgery *f, const struct packet *request, uint8_t *out,
                         size_t room) {
    uint8_t ver[4], radi[4], midp[8], vers[12], root[32];
    roughtime_message_put_u32(ver, f->version);
    roughtime_message_put_u32(radi, f->interval.radius_s);
    roughtime_message_put_u64(midp, f->interval.midpoint_s);
    for (size_t i = 0; i < 3; i++) roughtime_message_put_u32(vers + 4 * i, f->vers[i]);
    roughtime_proof_leaf(request->bytes, request->length, root);
    static const uint8_t zero[32];
    for (size_t i = 0; i < f->path_length / 32; i++) roughtime_proof_node(root, zero, root);
    const struct roughtime_message_field fields[] = {
        {ROUGHTIME_MESSAGE_VER, 4, ver},
        {ROUGHTIME_MESSAGE_RADI, 4, radi},
        {ROUGHTIME_MESSAGE_MIDP, 8, midp},
        {ROUGHTIME_MESSAGE_VERS, 4 * f->vers_count, vers},
        {ROUGHTIME_MESSAGE_ROOT, 32, root}};
    return roughtime_message_build(fields, f->no_root ? 4 : 5, out, room);
}

static enum err forged(const struct world *world, const struct packet *request, struct forgery f) {
    uint8_t srep[LIMIT_ROUGHTIME_SIGNED_BYTES], signature[64], type[4], index[4];
    uint8_t cert[ROUGHTIME_PROOF_CERT_BYTES];
    size_t srep_length = forge_srep(&f, request, srep, sizeof srep), count = 0;
    assert_int_equal(roughtime_proof_sign(&world->online, ROUGHTIME_PROOF_CONTEXT_RFC,
                                          ROUGHTIME_PROOF_RESPONSE, srep, srep_length, signature),
                     ERR_OK);
    roughtime_proof_cert(
        &world->delegation,
        f.mixed_contexts ? ROUGHTIME_PROOF_CONTEXT_APPENDIX_B : ROUGHTIME_PROOF_CONTEXT_RFC, cert);
    roughtime_message_put_u32(type, f.type);
    roughtime_message_put_u32(index, f.index);
    uint8_t nonce[32];
    assert_int_equal(roughtime_client_nonce_of(request->bytes, request->length, nonce), ERR_OK);
    const struct roughtime_message_field all[] = {
        {ROUGHTIME_MESSAGE_SIG, 64, signature},      {ROUGHTIME_MESSAGE_NONC, 32, nonce},
        {ROUGHTIME_MESSAGE_TYPE, 4, type},           {ROUGHTIME_MESSAGE_PATH, f.path_length, NULL},
        {ROUGHTIME_MESSAGE_SREP, srep_length, srep}, {ROUGHTIME_MESSAGE_CERT, sizeof cert, cert},
        {ROUGHTIME_MESSAGE_INDX, 4, index}};
    struct roughtime_message_field kept[7];
    for (size_t i = 0; i < 7; i++)
        if (all[i].tag != f.skip) kept[count++] = all[i];
    struct packet response;
    response.length =
        roughtime_message_build_packet(kept, count, response.bytes, sizeof response.bytes);
    struct roughtime_client_proof proof;
    return world_verify(world, &both_contexts, request, &response, &proof);
}

static void signed_but_wrong(void **state) {
    (void)state;
    struct world *world = world_make(1, &(struct roughtime_server_rules){0});
    struct packet request = world_request(world, ROUGHTIME_PROOF_VERSION_1, 3);
    struct forgery f = honest;
    assert_int_equal(forged(world, &request, f), ERR_OK);
    f.type = 0;
    assert_int_equal(forged(world, &request, f), ERR_MODE);
    f = honest, f.interval.radius_s = 0;
    assert_int_equal(forged(world, &request, f), ERR_RANGE);
    f = honest, f.version = UINT32_C(0x8000000c); /* was not asked for */
    assert_int_equal(forged(world, &request, f), ERR_VERSION);
    f = honest, f.vers[0] = 2; /* does not list the version it speaks */
    assert_int_equal(forged(world, &request, f), ERR_VERSION);
    f = honest, f.vers_count = 0;
    assert_int_equal(forged(world, &request, f), ERR_RANGE);
    f = honest, f.vers[1] = 1;
    assert_int_equal(forged(world, &request, f), ERR_SYNTAX);
    f = honest, f.index = 1; /* bits left over */
    assert_int_equal(forged(world, &request, f), ERR_PROOF);
    f = honest, f.no_root = true;
    assert_int_equal(forged(world, &request, f), ERR_TAG);
    f = honest, f.mixed_contexts = true;
    assert_int_equal(forged(world, &request, f), ERR_SIGNATURE);
    world_free(world);
}

static void midpoint_against_the_delegation(void **state) {
    (void)state;
    struct world *world = world_make(1, &(struct roughtime_server_rules){0});
    struct packet request = world_request(world, ROUGHTIME_PROOF_VERSION_1, 3);
    struct forgery f = honest;
    f.interval.midpoint_s = world_mint_s;
    assert_int_equal(forged(world, &request, f), ERR_OK);
    f.interval.midpoint_s--;
    assert_int_equal(forged(world, &request, f), ERR_STALE);
    f.interval.midpoint_s = world_maxt_s;
    assert_int_equal(forged(world, &request, f), ERR_OK);
    f.interval.midpoint_s++;
    assert_int_equal(forged(world, &request, f), ERR_STALE);
    world_free(world);
}

static void paths(void **state) {
    (void)state;
    struct world *world = world_make(1, &(struct roughtime_server_rules){0});
    struct packet request = world_request(world, ROUGHTIME_PROOF_VERSION_1, 3);
    struct forgery f = honest;
    f.path_length = 32 * LIMIT_ROUGHTIME_DEPTH;
    assert_int_equal(forged(world, &request, f), ERR_OK);
    f.index = UINT32_C(0x80000000); /* the other side of the uppermost node */
    assert_int_equal(forged(world, &request, f), ERR_PROOF);
    f = honest, f.path_length = 32 * (LIMIT_ROUGHTIME_DEPTH + 1);
    assert_int_equal(forged(world, &request, f), ERR_RANGE);
    f.path_length = 28;
    assert_int_equal(forged(world, &request, f), ERR_RANGE);
    world_free(world);
}

static void every_tag_must_be_there(void **state) {
    (void)state;
    static const uint32_t tags[] = {ROUGHTIME_MESSAGE_SIG,  ROUGHTIME_MESSAGE_NONC,
                                    ROUGHTIME_MESSAGE_TYPE, ROUGHTIME_MESSAGE_PATH,
                                    ROUGHTIME_MESSAGE_SREP, ROUGHTIME_MESSAGE_CERT,
                                    ROUGHTIME_MESSAGE_INDX};
    struct world *world = world_make(1, &(struct roughtime_server_rules){0});
    struct packet request = world_request(world, ROUGHTIME_PROOF_VERSION_1, 3);
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        struct forgery f = honest;
        f.skip = tags[i];
        assert_int_equal(forged(world, &request, f), ERR_TAG);
    }
    world_free(world);
}

/* Who asks for both versions gets the better; VERS is signed, so a lesser one gives itself away. */
static void downgrades(void **state) {
    (void)state;
    static const uint8_t nonce[32] = {9};
    struct world *world = world_make(1, &(struct roughtime_server_rules){0});
    struct packet request;
    struct roughtime_client_proof proof;
    assert_int_equal(roughtime_client_request(world_both, 2, nonce, world->long_term.public_key,
                                              request.bytes, &request.length),
                     ERR_OK);
    struct packet reply = world_answer(world, &request, world_interval);
    assert_int_equal(world_verify(world, &world_strict, &request, &reply, &proof), ERR_OK);
    assert_int_equal(proof.version, 1);
    struct forgery f = honest;
    f.version = UINT32_C(0x8000000c);
    assert_int_equal(forged(world, &request, f), ERR_VERSION);
    f.vers[0] = 0; /* a server that does not know version 1 */
    assert_int_equal(forged(world, &request, f), ERR_OK);
    world_free(world);
}

static void other_keys_and_other_requests(void **state) {
    (void)state;
    struct world *world = world_make(1, &(struct roughtime_server_rules){0});
    struct world *other = world_make(2, &(struct roughtime_server_rules){0});
    struct packet request = world_request(world, ROUGHTIME_PROOF_VERSION_1, 3);
    struct packet second = world_request(world, ROUGHTIME_PROOF_VERSION_1, 4);
    struct packet reply = world_answer(world, &request, world_interval);
    struct roughtime_client_proof proof;
    assert_int_equal(world_verify(other, &world_strict, &request, &reply, &proof), ERR_KEY);
    assert_int_equal(world_verify(world, &world_strict, &second, &reply, &proof), ERR_ORIGIN);
    assert_int_equal(world_verify(world, &world_strict, &request, &request, &proof), ERR_MODE);
    assert_int_equal(world_verify(world, &world_strict, &reply, &reply, &proof), ERR_TAG);
    world_free(world);
    world_free(other);
}

static void order_of_two(void **state) {
    (void)state;
    static const struct {
        struct roughtime_proof_interval earlier, later;
        bool possible;
    } cases[] = {
        {{100, 5}, {100, 5}, true},
        {{100, 5}, {200, 5}, true},
        {{110, 5}, {100, 5}, true}, /* they touch */
        {{111, 5}, {100, 5}, false},
        {{3, 5}, {0, 1}, true}, /* from before 1970 */
        {{UINT64_MAX, 5}, {UINT64_MAX - 3, 5}, true},
        {{UINT64_MAX, 5}, {100, UINT32_MAX}, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(roughtime_client_possible(&cases[i].earlier, &cases[i].later),
                         cases[i].possible);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_chain),
        cmocka_unit_test(captured_experimental_version),
        cmocka_unit_test(request_layout),
        cmocka_unit_test(own_server_both_versions_both_contexts),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(signed_but_wrong),
        cmocka_unit_test(midpoint_against_the_delegation),
        cmocka_unit_test(paths),
        cmocka_unit_test(every_tag_must_be_there),
        cmocka_unit_test(downgrades),
        cmocka_unit_test(other_keys_and_other_requests),
        cmocka_unit_test(order_of_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

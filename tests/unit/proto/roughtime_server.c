/* Roughtime server: what is dropped and why, batches of every size, the interval, grease. */
#include "roughtime_world.h"

static const struct roughtime_server_rules plain = {.radius_min_s = 3};

/* In the requests that our client makes: VER, SRV, NONC, TYPE, ZZZZ. */
enum { NONCE_AT = ROUGHTIME_MESSAGE_FRAME_BYTES + 5 * 8 + 4 + ROUGHTIME_PROOF_HASH_BYTES };

static void every_batch_size(void **state) {
    (void)state;
    struct world *world = world_make(1, &plain);
    for (size_t count = 1; count <= LIMIT_ROUGHTIME_BATCH; count++) {
        if (count > 70 && count < LIMIT_ROUGHTIME_BATCH - 1) continue;
        roughtime_server_clear(&world->server);
        for (size_t i = 0; i < count; i++) {
            struct packet request = world_request(world, ROUGHTIME_PROOF_VERSION_1, (uint8_t)i);
            assert_int_equal(world_add(world, &request), ERR_OK);
        }
        world_sign(world, world_interval);
        for (size_t i = 0; i < count; i++) {
            struct packet request = world_request(world, ROUGHTIME_PROOF_VERSION_1, (uint8_t)i);
            struct packet reply = world_reply(world, i);
            struct roughtime_client_proof proof;
            assert_true(reply.length <= request.length);
            /* Each of the smallest and largest, a few of the others: signatures take their time. */
            if (count > 9 && count < LIMIT_ROUGHTIME_BATCH - 1 && i != 0 && i + 1 != count)
                continue;
            assert_int_equal(world_verify(world, &world_strict, &request, &reply, &proof), ERR_OK);
            assert_int_equal(proof.index, i);
        }
    }
    struct packet more = world_request(world, ROUGHTIME_PROOF_VERSION_1, 200);
    assert_int_equal(world_add(world, &more), ERR_QUEUE);
    roughtime_server_clear(&world->server);
    assert_int_equal(world_add(world, &more), ERR_OK);
    world_free(world);
}

/* Requests of several lengths: padding counts, what it is does not. */
static struct packet odd_request(const struct world *world, size_t i) {
    struct packet packet = world_request(world, world_both[i % 5 == 4], (uint8_t)i);
    for (size_t k = 0; k < 4 * (i % 3); k++) packet.bytes[packet.length++] = 0;
    roughtime_message_put_u32(packet.bytes + 8,
                              (uint32_t)packet.length - ROUGHTIME_MESSAGE_FRAME_BYTES);
    return packet;
}

/* Makes the root of the leaves in nodes[0], hash by hash, and the path of leaf `of` on the way.
 * Levels are filled up with zeros to an even count. */
static void reference_root(uint8_t nodes[][ROUGHTIME_PROOF_HASH_BYTES], size_t count, size_t of,
                           uint8_t *path, size_t *path_length) {
    for (*path_length = 0; count > 1; count = (count + 1) / 2, of /= 2) {
        if (count % 2 != 0) memset(nodes[count], 0, ROUGHTIME_PROOF_HASH_BYTES);
        memcpy(path + *path_length, nodes[of ^ 1], ROUGHTIME_PROOF_HASH_BYTES);
        *path_length += ROUGHTIME_PROOF_HASH_BYTES;
        for (size_t i = 0; i < (count + 1) / 2; i++)
            roughtime_proof_node(nodes[2 * i], nodes[2 * i + 1], nodes[i]);
    }
}

/* What the document says that the answer is, put together field by field and hash by hash. */
static struct packet reference_reply(const struct world *world, const struct packet *requests,
                                     size_t count, size_t slot) {
    static uint8_t nodes[LIMIT_ROUGHTIME_BATCH + 1][ROUGHTIME_PROOF_HASH_BYTES];
    uint8_t path[ROUGHTIME_TREE_PATH_BYTES], srep[LIMIT_ROUGHTIME_SIGNED_BYTES], words[6][8];
    uint8_t signature[ED25519_SIGNATURE_BYTES], cert[ROUGHTIME_PROOF_CERT_BYTES], vers[8];
    uint32_t version = world_both[slot % 5 == 4];
    enum roughtime_proof_context context = roughtime_proof_context_of(version);
    size_t leaves = 0, leaf = 0, path_length;
    for (size_t i = 0; i < count; i++) {
        if (world_both[i % 5 == 4] != version) continue;
        if (i == slot) leaf = leaves;
        roughtime_proof_leaf(requests[i].bytes, requests[i].length, nodes[leaves++]);
    }
    reference_root(nodes, leaves, leaf, path, &path_length);
    roughtime_message_put_u32(words[0], version);
    roughtime_message_put_u32(words[1], world_interval.radius_s);
    roughtime_message_put_u64(words[2], world_interval.midpoint_s);
    roughtime_message_put_u32(words[3], 1); /* a response */
    roughtime_message_put_u32(words[4], (uint32_t)leaf);
    roughtime_message_put_u32(vers, world_both[0]);
    roughtime_message_put_u32(vers + 4, world_both[1]);
    const struct roughtime_message_field signed_fields[] = {
        {ROUGHTIME_MESSAGE_VER, 4, words[0]},
        {ROUGHTIME_MESSAGE_RADI, 4, words[1]},
        {ROUGHTIME_MESSAGE_MIDP, 8, words[2]},
        {ROUGHTIME_MESSAGE_VERS, 8, vers},
        {ROUGHTIME_MESSAGE_ROOT, ROUGHTIME_PROOF_HASH_BYTES, nodes[0]},
    };
    size_t srep_length = roughtime_message_build(signed_fields, 5, srep, sizeof srep);
    assert_int_equal(roughtime_proof_sign(&world->online, context, ROUGHTIME_PROOF_RESPONSE, srep,
                                          srep_length, signature),
                     ERR_OK);
    roughtime_proof_cert(&world->delegation, context, cert);
    struct packet reply;
    const struct roughtime_message_field fields[] = {
        {ROUGHTIME_MESSAGE_SIG, sizeof signature, signature},
        {ROUGHTIME_MESSAGE_NONC, ROUGHTIME_PROOF_NONCE_BYTES, requests[slot].bytes + NONCE_AT},
        {ROUGHTIME_MESSAGE_TYPE, 4, words[3]},
        {ROUGHTIME_MESSAGE_PATH, path_length, path},
        {ROUGHTIME_MESSAGE_SREP, srep_length, srep},
        {ROUGHTIME_MESSAGE_CERT, sizeof cert, cert},
        {ROUGHTIME_MESSAGE_INDX, 4, words[4]},
    };
    reply.length = roughtime_message_build_packet(fields, 7, reply.bytes, sizeof reply.bytes);
    return reply;
}

/* However many requests are hashed at once, and though replies share what is equal in them. */
static void replies_are_the_same_in_any_lanes(void **state) {
    (void)state;
    static const size_t counts[] = {1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 64, 255, LIMIT_ROUGHTIME_BATCH};
    static struct packet requests[LIMIT_ROUGHTIME_BATCH];
    struct world *world = world_make(1, &plain);
    for (size_t i = 0; i < LIMIT_ROUGHTIME_BATCH; i++) requests[i] = odd_request(world, i);
    for (enum hash_lanes_way way = 0; way < HASH_LANES_WAYS; way++) {
        if (!hash_lanes_can(way)) continue;
        for (int i = 0; i < ROUGHTIME_SERVER_VERSIONS; i++)
            roughtime_tree_init(&world->server.trees[i].of, way);
        for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
            size_t count = counts[k], step = count > 17 ? 51 : 1;
            roughtime_server_clear(&world->server);
            for (size_t i = 0; i < count; i++)
                assert_int_equal(world_add(world, &requests[i]), ERR_OK);
            world_sign(world, world_interval);
            for (size_t i = 0; i < count; i += step) {
                struct packet expected = reference_reply(world, requests, count, i);
                struct packet reply = world_reply(world, i);
                assert_int_equal(reply.length, expected.length);
                assert_memory_equal(reply.bytes, expected.bytes, expected.length);
            }
        }
    }
    world_free(world);
}

static void versions_mixed_in_one_batch(void **state) {
    (void)state;
    struct world *world = world_make(1, &plain);
    struct roughtime_client_proof proof;
    for (uint8_t i = 0; i < 7; i++) {
        struct packet request = world_request(world, world_both[i % 2], i);
        assert_int_equal(world_add(world, &request), ERR_OK);
    }
    world_sign(world, world_interval);
    for (uint8_t i = 0; i < 7; i++) {
        struct packet request = world_request(world, world_both[i % 2], i);
        struct packet reply = world_reply(world, i);
        assert_int_equal(world_verify(world, &world_strict, &request, &reply, &proof), ERR_OK);
        assert_int_equal(proof.version, world_both[i % 2]);
        assert_int_equal(proof.index, i / 2);
        assert_int_equal(proof.path_length, 2);
    }
    world_free(world);
}

static void a_batch_may_be_smaller(void **state) {
    (void)state;
    struct world *world = world_make(1, &plain);
    struct packet request = world_request(world, ROUGHTIME_PROOF_VERSION_1, 1);
    struct roughtime_server *server = &world->server;
    roughtime_server_init(server, &plain, 2);
    assert_int_equal(world_add(world, &request), ERR_WITHDRAWN); /* no key yet */
    assert_int_equal(roughtime_server_sign(server, &world_interval, &world->entropy),
                     ERR_WITHDRAWN);
    assert_int_equal(roughtime_server_set_key(server, &world->delegation, &world->online), ERR_OK);
    assert_int_equal(world_add(world, &request), ERR_OK);
    assert_int_equal(world_add(world, &request), ERR_OK);
    assert_int_equal(world_add(world, &request), ERR_QUEUE);
    roughtime_server_clear(server);
    assert_int_equal(world_add(world, &request), ERR_OK);
    world_sign(world, world_interval);
    assert_int_equal(world_add(world, &request), ERR_QUEUE); /* is signed */
    world_free(world);
}

static void keys(void **state) {
    (void)state;
    struct world *world = world_make(1, &plain), *other = world_make(2, &plain);
    struct roughtime_proof_delegation bad = world->delegation;
    assert_int_equal(roughtime_server_set_key(&world->server, &world->delegation, &other->online),
                     ERR_KEY);
    bad.mint_s++;
    assert_int_equal(roughtime_server_set_key(&world->server, &bad, &world->online), ERR_SIGNATURE);
    /* The old key goes on. */
    struct packet request = world_request(world, ROUGHTIME_PROOF_VERSION_1, 1);
    struct packet reply = world_answer(world, &request, world_interval);
    struct roughtime_client_proof proof;
    assert_int_equal(world_verify(world, &world_strict, &request, &reply, &proof), ERR_OK);
    /* A new online key of the same long-term key. */
    struct roughtime_proof_delegation next;
    assert_int_equal(roughtime_proof_delegate(&world->long_term, other->online.public_key,
                                              world_mint_s, world_maxt_s + 9, &next),
                     ERR_OK);
    roughtime_server_clear(&world->server);
    assert_int_equal(roughtime_server_set_key(&world->server, &next, &other->online), ERR_OK);
    reply = world_answer(world, &request, world_interval);
    assert_int_equal(world_verify(world, &world_strict, &request, &reply, &proof), ERR_OK);
    assert_int_equal(proof.maxt_s, world_maxt_s + 9);
    world_free(world);
    world_free(other);
}

/* A request of chosen fields: VER, SRV, NONC, TYPE and padding to `message` bytes. */
struct asked {
    size_t ver_length, srv_length, nonce_length, type_length; /* SIZE_MAX: not there */
    uint32_t ver[LIMIT_ROUGHTIME_VERSIONS + 1], type;
    size_t message;
};

static const struct asked sound = {.ver_length = 4,
                                   .srv_length = SIZE_MAX,
                                   .nonce_length = 32,
                                   .type_length = 4,
                                   .ver = {1},
                                   .message = 1024};

static struct packet ask(const struct asked *asked) {
    uint8_t ver[4 * (LIMIT_ROUGHTIME_VERSIONS + 1)], type[8] = {0};
    for (size_t i = 0; i < LIMIT_ROUGHTIME_VERSIONS + 1; i++)
        roughtime_message_put_u32(ver + 4 * i, asked->ver[i]);
    roughtime_message_put_u32(type, asked->type);
    const struct roughtime_message_field all[] = {
        {ROUGHTIME_MESSAGE_VER, asked->ver_length, ver},
        {ROUGHTIME_MESSAGE_SRV, asked->srv_length, NULL},
        {ROUGHTIME_MESSAGE_NONC, asked->nonce_length, NULL},
        {ROUGHTIME_MESSAGE_TYPE, asked->type_length, type},
    };
    struct roughtime_message_field fields[5];
    size_t count = 0;
    for (size_t i = 0; i < 4; i++)
        if (all[i].length != SIZE_MAX) fields[count++] = all[i];
    fields[count] = (struct roughtime_message_field){.tag = ROUGHTIME_MESSAGE_ZZZZ};
    fields[count].length = asked->message - roughtime_message_length(fields, count + 1);
    struct packet packet;
    packet.length =
        roughtime_message_build_packet(fields, count + 1, packet.bytes, sizeof packet.bytes);
    return packet;
}

static enum err asking(struct asked asked) {
    struct world *world = world_make(1, &plain);
    struct packet packet = ask(&asked);
    enum err err = world_add(world, &packet);
    assert_int_equal(world->server.count, err == ERR_OK);
    world_free(world);
    return err;
}

static void fields_of_requests(void **state) {
    (void)state;
    struct asked a = sound;
    assert_int_equal(asking(a), ERR_OK);
    a.ver_length = SIZE_MAX;
    assert_int_equal(asking(a), ERR_TAG);
    a = sound, a.nonce_length = SIZE_MAX;
    assert_int_equal(asking(a), ERR_TAG);
    a = sound, a.type_length = SIZE_MAX;
    assert_int_equal(asking(a), ERR_TAG);
    a = sound, a.nonce_length = 28;
    assert_int_equal(asking(a), ERR_RANGE);
    a = sound, a.nonce_length = 64; /* the first Roughtime */
    assert_int_equal(asking(a), ERR_RANGE);
    a = sound, a.type_length = 8;
    assert_int_equal(asking(a), ERR_RANGE);
    a = sound, a.type = 1;
    assert_int_equal(asking(a), ERR_MODE);
    a = sound, a.srv_length = 32; /* all zero: another server's */
    assert_int_equal(asking(a), ERR_KEY);
    a = sound, a.srv_length = 28;
    assert_int_equal(asking(a), ERR_RANGE);
}

static void version_lists(void **state) {
    (void)state;
    struct asked a = sound;
    a.ver_length = 0;
    assert_int_equal(asking(a), ERR_RANGE);
    a = sound, a.ver[0] = 7;
    assert_int_equal(asking(a), ERR_VERSION);
    a = sound, a.ver_length = 8, a.ver[0] = 1, a.ver[1] = 1;
    assert_int_equal(asking(a), ERR_SYNTAX);
    a.ver[0] = 2;
    assert_int_equal(asking(a), ERR_SYNTAX);
    a.ver[0] = 0, a.ver[1] = UINT32_C(0x8000000c);
    assert_int_equal(asking(a), ERR_OK);
    for (uint32_t i = 0; i <= LIMIT_ROUGHTIME_VERSIONS; i++) a.ver[i] = i;
    a.ver_length = sizeof a.ver;
    assert_int_equal(asking(a), ERR_RANGE);
    a.ver_length -= 4;
    assert_int_equal(asking(a), ERR_OK);
}

static void lengths_on_udp_and_tcp(void **state) {
    (void)state;
    struct world *world = world_make(1, &plain);
    struct asked a = sound;
    size_t slot;
    a.message = LIMIT_ROUGHTIME_REQUEST_MIN_BYTES;
    assert_int_equal(asking(a), ERR_OK);
    a.message -= 4;
    assert_int_equal(asking(a), ERR_SHORT);
    a.message = 200;
    struct packet packet = ask(&a);
    assert_int_equal(roughtime_server_add(&world->server, ROUGHTIME_SERVER_TCP, packet.bytes,
                                          packet.length, &slot),
                     ERR_OK);
    a.message = LIMIT_DATAGRAM_BYTES - ROUGHTIME_MESSAGE_FRAME_BYTES;
    assert_int_equal(asking(a), ERR_OK);
    a.message += 4;
    assert_int_equal(asking(a), ERR_TOO_LONG);
    packet = ask(&sound);
    for (size_t length = 0; length < packet.length; length++)
        assert_int_equal(
            roughtime_server_add(&world->server, ROUGHTIME_SERVER_UDP, packet.bytes, length, &slot),
            ERR_SHORT);
    packet.bytes[0] = 'X';
    assert_int_equal(world_add(world, &packet), ERR_KIND);
    world_free(world);
}

static void replies_are_no_requests(void **state) {
    (void)state;
    struct world *world = world_make(1, &plain);
    struct packet request = world_request(world, ROUGHTIME_PROOF_VERSION_1, 1);
    struct packet reply = world_answer(world, &request, world_interval);
    size_t slot;
    roughtime_server_clear(&world->server);
    assert_int_equal(world_add(world, &reply), ERR_SHORT);
    assert_int_equal(roughtime_server_add(&world->server, ROUGHTIME_SERVER_TCP, reply.bytes,
                                          reply.length, &slot),
                     ERR_MODE);
    world_free(world);
}

static void signs_only_within_the_delegation(void **state) {
    (void)state;
    struct world *world = world_make(1, &plain);
    struct packet request = world_request(world, ROUGHTIME_PROOF_VERSION_1, 1);
    struct roughtime_proof_interval interval = {world_mint_s - 1, 4};
    assert_int_equal(world_add(world, &request), ERR_OK);
    assert_int_equal(roughtime_server_sign(&world->server, &interval, &world->entropy), ERR_STALE);
    interval.midpoint_s = world_maxt_s + 1;
    assert_int_equal(roughtime_server_sign(&world->server, &interval, &world->entropy), ERR_STALE);
    interval.midpoint_s = world_maxt_s;
    assert_int_equal(roughtime_server_sign(&world->server, &interval, &world->entropy), ERR_OK);
    world_free(world);
}

static void radius_is_never_zero(void **state) {
    (void)state;
    struct roughtime_client_proof proof;
    for (uint32_t least = 0; least < 4; least++) {
        struct world *world =
            world_make(1, &(struct roughtime_server_rules){.radius_min_s = least});
        struct packet request = world_request(world, ROUGHTIME_PROOF_VERSION_1, 1);
        struct packet reply =
            world_answer(world, &request, (struct roughtime_proof_interval){world_mint_s, 0});
        assert_int_equal(world_verify(world, &world_strict, &request, &reply, &proof), ERR_OK);
        assert_int_equal(proof.interval.radius_s, least ? least : 1);
        world_free(world);
    }
}

static const struct mono now = {INT64_C(500000000000)};
static const int64_t utc_s = 1790000000;

static struct clock_state clock_at(int64_t fraction_ns, double radius_s) {
    return (struct clock_state){
        .line = {.m0 = now, .tai0 = {(utc_s + 37) * NS_PER_S + fraction_ns}, .radius_s = radius_s},
        .void_after = mono_add(now, 1),
        .synchronised = true,
        .stratum = 1,
        .bound_max_s = 1e6,
        .tai_utc_s = 37,
        .tai_utc_after_s = 37,
    };
}

static void interval_covers_the_clock(void **state) {
    (void)state;
    static const struct {
        int64_t fraction_ns;
        double radius_s;
        uint64_t midpoint_s;
        uint32_t radius;
    } cases[] = {
        {0, 0, 1790000000, 1},
        {0, 0.999, 1790000000, 1},
        {0, 1, 1790000000, 2}, /* inside, not on the edge */
        {499999999, 0.1, 1790000000, 1},
        {500000000, 0.1, 1790000001, 1},
        {499999999, 0.6, 1790000000, 2},
        {700000000, 0.8, 1790000001, 2},
        {-400000000, 3.5, 1790000000, 4},
        {0, 1234.5, 1790000000, 1235},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct clock_state clock = clock_at(cases[i].fraction_ns, cases[i].radius_s);
        struct roughtime_proof_interval out;
        assert_int_equal(roughtime_server_interval(&clock, now, 0, &out), ERR_OK);
        assert_int_equal(out.midpoint_s, cases[i].midpoint_s);
        assert_int_equal(out.radius_s, cases[i].radius);
        assert_int_equal(roughtime_server_interval(&clock, now, 3, &out), ERR_OK);
        assert_int_equal(out.radius_s, cases[i].radius > 3 ? cases[i].radius : 3);
    }
}

static void interval_around_a_leap_second(void **state) {
    (void)state;
    struct roughtime_proof_interval out;
    for (int64_t left_s = -5; left_s <= 5; left_s++) {
        struct clock_state clock = clock_at(0, 1.5);
        clock.tai_utc_after_s = 38;
        clock.next_leap = tai_add(line_tai(&clock.line, now), left_s * NS_PER_S);
        assert_int_equal(roughtime_server_interval(&clock, now, 0, &out), ERR_OK);
        assert_int_equal(out.radius_s, left_s >= -2 && left_s <= 2 ? 3 : 2);
        clock.tai_utc_after_s = 37; /* none is announced */
        assert_int_equal(roughtime_server_interval(&clock, now, 0, &out), ERR_OK);
        assert_int_equal(out.radius_s, 2);
    }
}

static void silent_without_a_bound(void **state) {
    (void)state;
    struct roughtime_proof_interval out = {1, 2};
    struct clock_state clock = clock_at(0, 0.1);
    assert_int_equal(roughtime_server_interval(NULL, now, 3, &out), ERR_WITHDRAWN);
    clock.synchronised = false;
    assert_int_equal(roughtime_server_interval(&clock, now, 3, &out), ERR_WITHDRAWN);
    clock = clock_at(0, 0.1), clock.void_after = mono_add(now, -1);
    assert_int_equal(roughtime_server_interval(&clock, now, 3, &out), ERR_WITHDRAWN);
    clock = clock_at(0, 0.2), clock.bound_max_s = 0.1;
    assert_int_equal(roughtime_server_interval(&clock, now, 3, &out), ERR_WITHDRAWN);
    clock = clock_at(0, 0.1), clock.line.tai0.ns = 0; /* before 1970 */
    assert_int_equal(roughtime_server_interval(&clock, now, 3, &out), ERR_WITHDRAWN);
    clock = clock_at(0, 5e9), clock.bound_max_s = 1e12;
    assert_int_equal(roughtime_server_interval(&clock, now, 3, &out), ERR_WITHDRAWN);
    assert_int_equal(out.midpoint_s, 1);
    assert_int_equal(out.radius_s, 2);
}

/* Every spoilt reply is refused, and each way to be spoilt occurs. */
static void grease(void **state) {
    (void)state;
    struct world *world = world_make(1, &(struct roughtime_server_rules){.grease = 0.5});
    unsigned greased = 0, kinds[ERR_COUNT] = {0};
    for (unsigned i = 0; i < LIMIT_ROUGHTIME_BATCH; i++) {
        struct packet request = world_request(world, ROUGHTIME_PROOF_VERSION_1, (uint8_t)i);
        assert_int_equal(world_add(world, &request), ERR_OK);
    }
    world_sign(world, world_interval);
    for (unsigned i = 0; i < LIMIT_ROUGHTIME_BATCH; i++) {
        struct packet request = world_request(world, ROUGHTIME_PROOF_VERSION_1, (uint8_t)i);
        struct packet response;
        struct roughtime_server_reply reply;
        struct roughtime_client_proof proof;
        roughtime_server_reply(&world->server, i, &reply);
        response.length = reply.length;
        memcpy(response.bytes, reply.packet, reply.length);
        assert_int_equal(roughtime_message_unframe(reply.packet, reply.length), ERR_OK);
        enum err err = world_verify(world, &world_strict, &request, &response, &proof);
        assert_int_equal(reply.greased, err != ERR_OK);
        greased += reply.greased;
        kinds[err]++;
    }
    assert_in_range(greased, LIMIT_ROUGHTIME_BATCH / 4, LIMIT_ROUGHTIME_BATCH * 3 / 4);
    assert_true(kinds[ERR_SYNTAX] && kinds[ERR_TAG] && kinds[ERR_SIGNATURE]);
    assert_int_equal(kinds[ERR_OK] + kinds[ERR_SYNTAX] + kinds[ERR_TAG] + kinds[ERR_SIGNATURE] +
                         kinds[ERR_STALE],
                     LIMIT_ROUGHTIME_BATCH);
    world_free(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_batch_size),
        cmocka_unit_test(replies_are_the_same_in_any_lanes),
        cmocka_unit_test(versions_mixed_in_one_batch),
        cmocka_unit_test(a_batch_may_be_smaller),
        cmocka_unit_test(keys),
        cmocka_unit_test(fields_of_requests),
        cmocka_unit_test(version_lists),
        cmocka_unit_test(lengths_on_udp_and_tcp),
        cmocka_unit_test(replies_are_no_requests),
        cmocka_unit_test(signs_only_within_the_delegation),
        cmocka_unit_test(radius_is_never_zero),
        cmocka_unit_test(interval_covers_the_clock),
        cmocka_unit_test(interval_around_a_leap_second),
        cmocka_unit_test(silent_without_a_bound),
        cmocka_unit_test(grease),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

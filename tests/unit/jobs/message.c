/* Messages between jobs: every kind there and back, and every field outside its range refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "clock/leap.h"
#include "jobs/message.h"

static uint8_t bytes[LIMIT_MESSAGE_BYTES], again[LIMIT_MESSAGE_BYTES];
static struct message parsed;

static const struct addr ipv4 = {.family = ADDR_IPV4, .bytes = {192, 0, 2, 1}, .port = 123};
static const struct addr ipv6 = {
    .family = ADDR_IPV6, .bytes = {0xfe, 0x80, [15] = 1}, .port = 123, .scope = 0x01020304};

static struct message an_exchange(void) {
    return (struct message){
        .kind = MESSAGE_EXCHANGE,
        .exchange = {.source = LIMIT_SOURCES - 1,
                     .stratum = 1,
                     .leap = LEAP_DELETE,
                     .version = 4,
                     .poll_log2s = -2,
                     .reference_id = 0x50505300,
                     .source_reference_id = 0xc0000201,
                     .t1 = {-5},
                     .t4 = {7},
                     .t2 = {INT64_C(1790000000000000000)},
                     .t3 = {INT64_C(1790000000000000001)},
                     .root_delay_s = 31.9,
                     .root_dispersion_s = 0.25,
                     .precision_s = 0x1p-20,
                     .stamp_error_s = 1e-9},
    };
}

static struct message a_tracking(void) {
    return (struct message){
        .kind = MESSAGE_TRACKING,
        .tracking = {.clock = {.line = {.m0 = {5},
                                        .tai0 = {INT64_C(1790000037000000000)},
                                        .rate = -4e-5,
                                        .slew = 1e-3,
                                        .slew_s = 2,
                                        .radius_s = 0.01,
                                        .radius_rate = 1e-6},
                               .void_after = MONO_NEVER,
                               .synchronised = true,
                               .stratum = 2,
                               .reference_id = 7,
                               .reference_time = {INT64_C(1790000036000000000)},
                               .root_delay_s = 0.02,
                               .bound_max_s = 0.1,
                               .tai_utc_s = 37,
                               .tai_utc_after_s = 36,
                               .next_leap = {INT64_MAX},
                               .leaps_until_utc_s = 8,
                               .refuted = true,
                               .generation = UINT64_MAX},
                     .now = {6},
                     .mode = TRACKING_HOLDOVER,
                     .sources = 64,
                     .selectable = 5,
                     .agreeing = 4,
                     .reference = UINT16_MAX,
                     .offset_s = -1e-5,
                     .jitter_s = 1e-6,
                     .frequency_error = 5e-7,
                     .slew_rate = -8e-5,
                     .steers = true,
                     .kernel_offset_s = -3600,
                     .kernel_frequency = 4e-5,
                     .kernel_steps_seen = 1,
                     .kernel_step_last_s = 0.5,
                     .kernel_step_at = {4},
                     .updates = 9,
                     .steps = 1,
                     .alarms = 2,
                     .leap_table_valid = true},
    };
}

static struct message a_verdict(void) {
    return (struct message){
        .kind = MESSAGE_VERDICT,
        .verdict = {.source = LIMIT_SOURCES,
                    .verdict = VERDICT_REFERENCE,
                    .stratum = 16,
                    .leap = LEAP_ALARM,
                    .reference_id = 1,
                    .samples = 32,
                    .offset_s = -0.5,
                    .lower_s = -1,
                    .upper_s = 1,
                    .jitter_s = 0.1,
                    .delay_s = -1e-9,
                    .root_delay_s = 0.1,
                    .root_dispersion_s = 0.2,
                    .weight = 1,
                    .frequency = -1e-7,
                    .last = {99}},
    };
}

static struct message an_association(void) {
    struct message m = {
        .kind = MESSAGE_ASSOCIATION,
        .association = {.source = 3,
                        .state = ASSOCIATION_REFUSED,
                        .addr = ipv6,
                        .poll_log2s = 6,
                        .reach = 0377,
                        .sent = 10,
                        .received = 8,
                        .kisses = 1,
                        .last_drop = ERR_COUNT - 1,
                        .kernel_stamps = true,
                        .auth = ASSOCIATION_AUTH_SPENT,
                        .cookies = LIMIT_NTS_COOKIES,
                        .last_refusal = ERR_COUNT - 1,
                        .naks = 1,
                        .establishments = 2,
                        .establishments_failed = 3},
    };
    memset(m.association.name, 'n', LIMIT_HOST_NAME_BYTES - 1); /* the longest name */
    for (size_t i = 0; i < ERR_COUNT; i++) m.association.drops[i] = UINT64_MAX - i;
    return m;
}

static struct message a_resolved(void) {
    struct message m = {.kind = MESSAGE_RESOLVED, .resolved = {.source = 1}};
    for (size_t i = 0; i < LIMIT_ADDRESSES; i++) {
        m.resolved.addresses[i] = i % 2 ? ipv4 : ipv6;
        m.resolved.addresses[i].port = 0;
    }
    m.resolved.count = LIMIT_ADDRESSES;
    return m;
}

/* As many cookies as there may be, the longest and the shortest. */
static struct nts_credentials credentials(void) {
    struct nts_credentials x = {.session = {.aead = 15, .c2s = {1}, .s2c = {2}},
                                .count = LIMIT_NTS_COOKIES};
    for (size_t i = 0; i < LIMIT_NTS_COOKIES; i++) {
        x.cookies[i].length = i % 2 ? LIMIT_NTS_COOKIE_BYTES : 0;
        memset(x.cookies[i].bytes, (int)i, x.cookies[i].length);
    }
    return x;
}

static struct message a_process(void) {
    return (struct message){
        .kind = MESSAGE_PROCESS,
        .process = {JOB_STATUS, LIMIT_SERVER_JOBS - 1, INT32_MAX, 3, "seccomp, Landlock 7"},
    };
}

static struct message a_record(void) {
    struct message m = {.kind = MESSAGE_RECORD,
                        .record = {.job = JOB_RECORDER,
                                   .kind = UINT8_MAX, /* a kind of later versions travels too */
                                   .sequence = UINT32_MAX,
                                   .counter = {-3},
                                   .length = 300}};
    for (size_t i = 0; i < m.record.length; i++) m.record.bytes[i] = (uint8_t)i;
    return m;
}

/* One message of each kind, with values at the edges. */
static struct message sample_of(unsigned kind) {
    switch (kind) {
    case MESSAGE_EXCHANGE:
        return an_exchange();
    case MESSAGE_FORGET:
        return (struct message){.kind = MESSAGE_FORGET, .forget = 63};
    case MESSAGE_POLL:
        return (struct message){.kind = MESSAGE_POLL, .poll = {63, LIMIT_POLL_MIN_LOG2S}};
    case MESSAGE_RESOLVE:
        return (struct message){.kind = MESSAGE_RESOLVE, .resolve = {2, "ntp.example"}};
    case MESSAGE_RESOLVED:
        return a_resolved();
    case MESSAGE_DRIFT:
        return (struct message){.kind = MESSAGE_DRIFT, .drift = {-1e-4, 0}};
    case MESSAGE_TRACKING:
        return a_tracking();
    case MESSAGE_VERDICT:
        return a_verdict();
    case MESSAGE_ASSOCIATION:
        return an_association();
    case MESSAGE_SERVING:
        return (struct message){
            .kind = MESSAGE_SERVING,
            .serving = {LIMIT_SERVER_JOBS - 1, 1, 2, UINT64_MAX, {5, 6}, true, 3, 2, 1}};
    case MESSAGE_PROCESS:
        return a_process();
    case MESSAGE_BOUND:
        return (struct message){.kind = MESSAGE_BOUND, .bound = {{1}, {5}, {6}}};
    case MESSAGE_EVIDENCE:
        return (struct message){.kind = MESSAGE_EVIDENCE, .evidence = {7, 10, 3, {1, 2, 3}}};
    case MESSAGE_ROUGHTIME:
        return (struct message){
            .kind = MESSAGE_ROUGHTIME,
            .roughtime = {1, 2, 3, 4, 5, UINT64_MAX, {7, 8}, LIMIT_ROUGHTIME_UTC_S - 1, true}};
    case MESSAGE_NTS_WANT:
        return (struct message){.kind = MESSAGE_NTS_WANT, .nts_want = {63, "ntp.example", ipv6}};
    case MESSAGE_NTS_GRANT:
        return (struct message){.kind = MESSAGE_NTS_GRANT,
                                .nts_grant = {63, ERR_OK, ipv4, credentials(), "ntp.example", 124}};
    case MESSAGE_NTS_KEEP:
        return (struct message){.kind = MESSAGE_NTS_KEEP,
                                .nts_keep = {"ntp.example", 4460, 15, ipv4, ipv6, NS_PER_S,
                                             credentials(), "ntp.example"}};
    case MESSAGE_NTS_DUMP:
        return (struct message){.kind = MESSAGE_NTS_DUMP, .nts_dump = {5, "NKS1\n"}};
    case MESSAGE_KEYING:
        return (struct message){.kind = MESSAGE_KEYING,
                                .keying = {1, 2, 3, {4, 5}, 6, 7, 8, true, 9, 10, 11, 12}};
    case MESSAGE_RECORD:
        return a_record();
    case MESSAGE_RECORDED:
        return (struct message){.kind = MESSAGE_RECORDED, .recorded = {UINT32_MAX, ERR_COUNT - 1}};
    case MESSAGE_LEDGER:
        return (struct message){.kind = MESSAGE_LEDGER, .ledger = {1, 2, {3}, 4, 5, 6, true}};
    default:
        return (struct message){.kind = (enum message_kind)kind};
    }
}

static void expect_same_bytes(size_t length) {
    assert_int_equal(message_build(&parsed, again), length);
    assert_memory_equal(again, bytes, length);
}

static void every_kind_comes_back(void **state) {
    (void)state;
    for (unsigned kind = 1; kind < MESSAGE_KIND_COUNT; kind++) {
        struct message m = sample_of(kind);
        size_t length = message_build(&m, bytes);
        assert_int_equal(bytes[0], kind);
        assert_int_equal(message_parse(bytes, length, &parsed), ERR_OK);
        assert_int_equal(parsed.kind, kind);
        expect_same_bytes(length);
    }
}

/* The structs have padding, so fields are compared where a mix-up would be easy. */
static void fields_arrive_where_they_belong(void **state) {
    (void)state;
    struct message m = an_exchange();
    assert_int_equal(message_parse(bytes, message_build(&m, bytes), &parsed), ERR_OK);
    assert_true(parsed.exchange.t1.ns == -5 && parsed.exchange.t4.ns == 7);
    assert_true(utc_diff(parsed.exchange.t3, parsed.exchange.t2) == 1);
    assert_int_equal(parsed.exchange.poll_log2s, -2);
    assert_true(parsed.exchange.root_delay_s == 31.9);
    assert_int_equal(parsed.exchange.source_reference_id, 0xc0000201);
    m = a_tracking();
    assert_int_equal(message_parse(bytes, message_build(&m, bytes), &parsed), ERR_OK);
    assert_true(parsed.tracking.clock.line.rate == -4e-5);
    assert_true(parsed.tracking.clock.line.slew == 1e-3 && parsed.tracking.clock.line.slew_s == 2);
    assert_true(parsed.tracking.clock.void_after.ns == INT64_MAX);
    assert_int_equal(parsed.tracking.clock.tai_utc_after_s, 36);
    assert_int_equal(parsed.tracking.reference, UINT16_MAX);
    assert_true(parsed.tracking.kernel_offset_s == -3600 && parsed.tracking.leap_table_valid);
    m = an_association();
    assert_int_equal(message_parse(bytes, message_build(&m, bytes), &parsed), ERR_OK);
    assert_true(addr_same(&parsed.association.addr, &ipv6));
    assert_string_equal(parsed.association.name, m.association.name);
    assert_true(parsed.association.drops[ERR_IO] == UINT64_MAX - ERR_IO);
    m = a_resolved();
    assert_int_equal(message_parse(bytes, message_build(&m, bytes), &parsed), ERR_OK);
    assert_true(addr_same(&parsed.resolved.addresses[7], &m.resolved.addresses[7]));
    m = a_process();
    assert_int_equal(message_parse(bytes, message_build(&m, bytes), &parsed), ERR_OK);
    assert_int_equal(parsed.process.pid, INT32_MAX);
    assert_string_equal(parsed.process.sandbox, "seccomp, Landlock 7");
}

static void every_other_length_is_refused(void **state) {
    (void)state;
    for (unsigned kind = 1; kind < MESSAGE_KIND_COUNT; kind++) {
        struct message m = sample_of(kind);
        size_t whole = message_build(&m, bytes);
        parsed.kind = 0;
        for (size_t length = 0; length < whole; length++)
            assert_int_equal(message_parse(bytes, length, &parsed), ERR_SHORT);
        memset(bytes + whole, 0, LIMIT_MESSAGE_BYTES - whole);
        for (size_t length = whole + 1; length <= LIMIT_MESSAGE_BYTES; length++)
            assert_int_equal(message_parse(bytes, length, &parsed), ERR_TRAILING);
        assert_int_equal(parsed.kind, 0);
    }
}

static void unknown_kinds(void **state) {
    (void)state;
    for (unsigned kind = 0; kind < 256; kind++) {
        if (kind > 0 && kind < MESSAGE_KIND_COUNT) continue;
        bytes[0] = (uint8_t)kind;
        assert_int_equal(message_parse(bytes, sizeof bytes, &parsed), ERR_KIND);
    }
}

/* Any octet changed to any value: refused, or understood and built again to the same bytes. */
static void every_octet_changed(void **state) {
    (void)state;
    for (unsigned kind = 1; kind < MESSAGE_KIND_COUNT; kind++) {
        struct message m = sample_of(kind);
        size_t length = message_build(&m, bytes);
        for (size_t at = 0; at < length; at++) {
            uint8_t right = bytes[at];
            for (unsigned value = 0; value < 256; value += at < 64 ? 1 : 15) {
                bytes[at] = (uint8_t)value;
                if (message_parse(bytes, length, &parsed) == ERR_OK) expect_same_bytes(length);
            }
            bytes[at] = right;
        }
    }
}

static void refused(const struct message *m) {
    size_t length = message_build(m, bytes);
    assert_int_equal(message_parse(bytes, length, &parsed), ERR_RANGE);
}

/* sample: a right message; the field is set to a wrong value, and the message is refused. */
#define REFUSED(sample, field, value)                                                              \
    do {                                                                                           \
        struct message wrong = sample;                                                             \
        wrong.field = value;                                                                       \
        refused(&wrong);                                                                           \
    } while (0)

static const int64_t far_ns = INT64_C(1) << 62;

static void exchange_out_of_range(void **state) {
    (void)state;
    REFUSED(an_exchange(), exchange.source, LIMIT_SOURCES);
    REFUSED(an_exchange(), exchange.stratum, 0);
    REFUSED(an_exchange(), exchange.stratum, 16);
    REFUSED(an_exchange(), exchange.leap, LEAP_ALARM);
    REFUSED(an_exchange(), exchange.version, 2);
    REFUSED(an_exchange(), exchange.version, 5);
    REFUSED(an_exchange(), exchange.t1.ns, 8);
    REFUSED(an_exchange(), exchange.t1.ns, -far_ns);
    REFUSED(an_exchange(), exchange.t4.ns, far_ns);
    REFUSED(an_exchange(), exchange.t4.ns, INT64_MAX);
    REFUSED(an_exchange(), exchange.t3.ns, 0);
    REFUSED(an_exchange(), exchange.root_delay_s, NAN);
    REFUSED(an_exchange(), exchange.root_delay_s, -1e-9);
    REFUSED(an_exchange(), exchange.root_dispersion_s, 17);
    REFUSED(an_exchange(), exchange.precision_s, INFINITY);
    REFUSED(an_exchange(), exchange.stamp_error_s, -INFINITY);
}

static void clock_out_of_range(void **state) {
    (void)state;
    REFUSED(a_tracking(), tracking.clock.line.m0.ns, INT64_MAX);
    REFUSED(a_tracking(), tracking.clock.line.tai0.ns, INT64_MIN);
    REFUSED(a_tracking(), tracking.clock.line.rate, 1.5);
    REFUSED(a_tracking(), tracking.clock.line.slew, -1.5);
    REFUSED(a_tracking(), tracking.clock.line.slew_s, -1);
    REFUSED(a_tracking(), tracking.clock.line.radius_s, -1);
    REFUSED(a_tracking(), tracking.clock.line.radius_rate, NAN);
    REFUSED(a_tracking(), tracking.clock.void_after.ns, INT64_MAX - 1);
    REFUSED(a_tracking(), tracking.clock.stratum, 17);
    REFUSED(a_tracking(), tracking.clock.stratum, 0);
    REFUSED(a_tracking(), tracking.clock.bound_max_s, INFINITY);
    REFUSED(a_tracking(), tracking.clock.root_delay_s, -1);
    struct message unsynchronised = a_tracking();
    unsynchronised.tracking.clock.synchronised = false;
    unsynchronised.tracking.clock.stratum = 0;
    size_t length = message_build(&unsynchronised, bytes);
    assert_int_equal(message_parse(bytes, length, &parsed), ERR_OK);
}

static void reports_out_of_range(void **state) {
    (void)state;
    REFUSED(a_tracking(), tracking.mode, TRACKING_WITHDRAWN + 1);
    REFUSED(a_tracking(), tracking.sources, LIMIT_SOURCES + 1);
    REFUSED(a_tracking(), tracking.reference, LIMIT_SOURCES + 1);
    REFUSED(a_tracking(), tracking.offset_s, NAN);
    REFUSED(a_tracking(), tracking.jitter_s, -1);
    REFUSED(a_tracking(), tracking.kernel_step_last_s, INFINITY);
    REFUSED(a_verdict(), verdict.source, LIMIT_SOURCES + 1);
    REFUSED(a_verdict(), verdict.verdict, VERDICT_COUNT);
    REFUSED(a_verdict(), verdict.stratum, 17);
    REFUSED(a_verdict(), verdict.leap, 4);
    REFUSED(a_verdict(), verdict.weight, 1.01);
    REFUSED(a_verdict(), verdict.upper_s, INFINITY);
    REFUSED(an_association(), association.state, ASSOCIATION_STATE_COUNT);
    REFUSED(an_association(), association.addr.family, 5);
    REFUSED(an_association(), association.last_drop, ERR_COUNT);
    REFUSED(an_association(), association.name[3], '\n');
    REFUSED(an_association(), association.name[3], 0x7f);
    REFUSED(a_process(), process.job, JOB_COUNT);
    REFUSED(a_process(), process.instance, LIMIT_SERVER_JOBS);
    REFUSED(a_process(), process.pid, -1);
    REFUSED(sample_of(MESSAGE_SERVING), serving.instance, LIMIT_SERVER_JOBS);
    REFUSED(sample_of(MESSAGE_BOUND), bound.low.ns, 7);
    REFUSED(sample_of(MESSAGE_BOUND), bound.low.ns, -1);
    REFUSED(sample_of(MESSAGE_BOUND), bound.at.ns, -1);
    REFUSED(sample_of(MESSAGE_EVIDENCE), evidence.total, 9);
    REFUSED(sample_of(MESSAGE_EVIDENCE), evidence.total, LIMIT_ROUGHTIME_REPORT_BYTES + 1);
    REFUSED(sample_of(MESSAGE_EVIDENCE), evidence.offset, UINT32_MAX);
    REFUSED(sample_of(MESSAGE_ROUGHTIME), roughtime.delegation_ends_utc_s, -1);
    REFUSED(sample_of(MESSAGE_ROUGHTIME), roughtime.delegation_ends_utc_s, LIMIT_ROUGHTIME_UTC_S);
}

static void requests_out_of_range(void **state) {
    (void)state;
    REFUSED(sample_of(MESSAGE_FORGET), forget, LIMIT_SOURCES);
    REFUSED(sample_of(MESSAGE_POLL), poll.source, LIMIT_SOURCES);
    REFUSED(sample_of(MESSAGE_POLL), poll.poll_log2s, LIMIT_POLL_MIN_LOG2S - 1);
    REFUSED(sample_of(MESSAGE_POLL), poll.poll_log2s, LIMIT_POLL_MAX_LOG2S + 1);
    REFUSED(sample_of(MESSAGE_RESOLVE), resolve.source, LIMIT_SOURCES);
    REFUSED(sample_of(MESSAGE_RESOLVE), resolve.name[0], '\0'); /* no name at all */
    REFUSED(sample_of(MESSAGE_DRIFT), drift.frequency, -1.01);
    REFUSED(sample_of(MESSAGE_DRIFT), drift.frequency_error, -1e-9);
    REFUSED(a_resolved(), resolved.addresses[7].family, ADDR_NONE);
    REFUSED(an_association(), association.auth, ASSOCIATION_AUTH_COUNT);
    REFUSED(an_association(), association.cookies, LIMIT_NTS_COOKIES + 1);
    REFUSED(an_association(), association.last_refusal, ERR_COUNT);
    REFUSED(sample_of(MESSAGE_NTS_WANT), nts_want.source, LIMIT_SOURCES);
    REFUSED(sample_of(MESSAGE_NTS_WANT), nts_want.name[0], '\0');
    REFUSED(sample_of(MESSAGE_NTS_GRANT), nts_grant.source, LIMIT_SOURCES);
    REFUSED(sample_of(MESSAGE_NTS_GRANT), nts_grant.err, ERR_COUNT);
    REFUSED(sample_of(MESSAGE_NTS_KEEP), nts_keep.name[0], '\0');
    REFUSED(sample_of(MESSAGE_NTS_KEEP), nts_keep.name[1], '/'); /* it becomes a file's name */
    REFUSED(sample_of(MESSAGE_NTS_KEEP), nts_keep.age_ns, -1);
    REFUSED(sample_of(MESSAGE_NTS_KEEP), nts_keep.member, LIMIT_POOL_SOURCES);
    REFUSED(sample_of(MESSAGE_KEYING), keying.certificate_ends_utc_s, -1);
    REFUSED(sample_of(MESSAGE_KEYING), keying.certificate_ends_utc_s, INT64_MAX / NS_PER_S + 1);
    REFUSED(a_record(), record.job, JOB_COUNT);
    REFUSED(a_record(), record.kind, 0);
    REFUSED(a_record(), record.counter.ns, INT64_MAX);
    REFUSED(sample_of(MESSAGE_RECORDED), recorded.err, ERR_COUNT);
    REFUSED(sample_of(MESSAGE_LEDGER), ledger.published_at.ns, INT64_MIN);
    struct message m = a_resolved();
    size_t length = message_build(&m, bytes);
    bytes[3] = LIMIT_ADDRESSES + 1; /* the count: kind, source, count */
    assert_int_equal(message_parse(bytes, length, &parsed), ERR_RANGE);
}

static void octets_that_no_struct_can_hold(void **state) {
    (void)state;
    /* Octets of a record that no record can hold. */
    struct message record = a_record();
    size_t whole = message_build(&record, bytes);
    bytes[1 + 1 + 1 + 4 + 8] = (MESSAGE_RECORD_BYTES + 1) >> 8;
    bytes[1 + 1 + 1 + 4 + 8 + 1] = (MESSAGE_RECORD_BYTES + 1) & 0xff;
    assert_int_equal(message_parse(bytes, whole, &parsed), ERR_RANGE);
    /* A bool of 2. */
    struct message m = sample_of(MESSAGE_SERVING);
    size_t length = message_build(&m, bytes);
    bytes[length - 1] = 2;
    assert_int_equal(message_parse(bytes, length, &parsed), ERR_RANGE);
    /* A text longer than its room, and one with a zero inside. */
    uint8_t resolve[5 + LIMIT_HOST_NAME_BYTES] = {MESSAGE_RESOLVE, 0, 1, 1, 0};
    memset(resolve + 5, 'x', LIMIT_HOST_NAME_BYTES);
    assert_int_equal(message_parse(resolve, sizeof resolve, &parsed), ERR_RANGE);
    resolve[3] = 0;
    resolve[4] = 255;
    assert_int_equal(message_parse(resolve, sizeof resolve - 1, &parsed), ERR_OK);
    resolve[9] = 0;
    assert_int_equal(message_parse(resolve, sizeof resolve - 1, &parsed), ERR_RANGE);
    resolve[3] = resolve[4] = 0xff;
    assert_int_equal(message_parse(resolve, sizeof resolve, &parsed), ERR_RANGE);
}

/* A field that is added to a struct but not to its visitor would still arrive where all jobs live
 * in one process, and be lost between processes. If a size differs here: visit the new field in
 * jobs/message.c, set it in the sample above, then correct the number. */
static void no_field_is_forgotten(void **state) {
    (void)state;
    if (sizeof(void *) != 8) skip();
    assert_int_equal(sizeof(struct exchange), 80);
    assert_int_equal(sizeof(struct clock_state), 160);
    assert_int_equal(sizeof(struct message_tracking), 136 + sizeof(struct clock_state));
    assert_int_equal(sizeof(struct message_verdict), 96);
    assert_int_equal(sizeof(struct message_association), 344 + 8 * ERR_COUNT);
    assert_int_equal(sizeof(struct message_serving), 64 + 8 * ERR_COUNT);
    assert_int_equal(sizeof(struct nts_credentials), 2144);
    assert_int_equal(sizeof(struct message_nts_want), 284);
    assert_int_equal(sizeof(struct message_nts_grant), 2440);
    assert_int_equal(sizeof(struct message_nts_keep), 2720);
    assert_int_equal(sizeof(struct message_nts_dump), 514);
    assert_int_equal(sizeof(struct message_keying), 80 + 8 * ERR_COUNT);
    assert_int_equal(sizeof(struct message_process), 108);
    assert_int_equal(sizeof(struct message_roughtime), 64 + 8 * ERR_COUNT);
    assert_int_equal(sizeof(struct message_bound), 24);
    assert_int_equal(sizeof(struct message_evidence), 12 + MESSAGE_EVIDENCE_BYTES);
    assert_int_equal(sizeof(struct message_resolved), 196);
    assert_int_equal(sizeof(struct message_record), 24 + MESSAGE_RECORD_BYTES);
    assert_int_equal(sizeof(struct message_recorded), 8);
    assert_int_equal(sizeof(struct message_ledger), 56);
}

static void names(void **state) {
    (void)state;
    assert_string_equal(message_job_name(JOB_PARENT), "parent");
    assert_string_equal(message_job_name(JOB_STATUS), "status");
    assert_string_equal(message_job_name(JOB_COUNT), "unknown");
    assert_string_equal(message_tracking_name(TRACKING_LOCKED), "locked");
    assert_string_equal(message_tracking_name((enum tracking_mode)4), "unknown");
    assert_string_equal(message_verdict_name(VERDICT_FALSETICKER), "falseticker");
    assert_string_equal(message_verdict_name(VERDICT_COUNT), "unknown");
    assert_string_equal(message_association_name(ASSOCIATION_RESOLVING), "resolving");
    assert_string_equal(message_association_name(ASSOCIATION_STATE_COUNT), "unknown");
    for (int i = 0; i < JOB_COUNT; i++) assert_string_not_equal(message_job_name(i), "unknown");
    for (int i = 0; i < ASSOCIATION_AUTH_COUNT; i++)
        assert_string_not_equal(message_auth_name(i), "unknown");
    assert_true(message_is_secret(MESSAGE_NTS_GRANT) && !message_is_secret(MESSAGE_ASSOCIATION));
    for (int i = 0; i < VERDICT_COUNT; i++)
        assert_string_not_equal(message_verdict_name(i), "unknown");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_comes_back),
        cmocka_unit_test(fields_arrive_where_they_belong),
        cmocka_unit_test(every_other_length_is_refused),
        cmocka_unit_test(unknown_kinds),
        cmocka_unit_test(every_octet_changed),
        cmocka_unit_test(exchange_out_of_range),
        cmocka_unit_test(clock_out_of_range),
        cmocka_unit_test(reports_out_of_range),
        cmocka_unit_test(requests_out_of_range),
        cmocka_unit_test(octets_that_no_struct_can_hold),
        cmocka_unit_test(no_field_is_forgotten),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

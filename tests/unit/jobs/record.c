/* Records: every kind there and back, and every field outside its range refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "jobs/record_samples.h"

static struct message message, again;
static struct record sample, parsed;

static enum err parse(void) {
    return record_parse(message.record.kind, message.record.bytes, message.record.length, &parsed);
}

static void expect_same_bytes(void) {
    record_build(&parsed, JOB_KEEPER, &again);
    assert_int_equal(again.record.length, message.record.length);
    assert_memory_equal(again.record.bytes, message.record.bytes, message.record.length);
}

static void every_kind_comes_back(void **state) {
    (void)state;
    for (unsigned kind = 1; kind < RECORD_KIND_COUNT; kind++) {
        sample_record(kind, &sample);
        record_build(&sample, JOB_SOURCE, &message);
        assert_int_equal(message.kind, MESSAGE_RECORD);
        assert_int_equal(message.record.job, JOB_SOURCE);
        assert_int_equal(message.record.kind, kind);
        assert_int_equal(parse(), ERR_OK);
        assert_int_equal(parsed.kind, kind);
        expect_same_bytes();
    }
}

/* The longest of each kind travels between processes. */
static void every_kind_fits_a_message(void **state) {
    static uint8_t bytes[LIMIT_MESSAGE_BYTES];
    (void)state;
    for (unsigned kind = 1; kind < RECORD_KIND_COUNT; kind++) {
        sample_record(kind, &sample);
        record_build(&sample, JOB_KEEPER, &message);
        size_t length = message_build(&message, bytes);
        assert_int_equal(message_parse(bytes, length, &again), ERR_OK);
        assert_int_equal(again.record.length, message.record.length);
        assert_memory_equal(again.record.bytes, message.record.bytes, message.record.length);
    }
}

/* Where a mix-up of neighbours would be easy. */
static void fields_arrive_where_they_belong(void **state) {
    (void)state;
    sample_record(RECORD_INTENT, &sample);
    record_build(&sample, JOB_KEEPER, &message);
    assert_int_equal(parse(), ERR_OK);
    assert_true(parsed.intent.offset_s == -0.25 && parsed.intent.frequency == 4e-5);
    assert_true(parsed.intent.radius_s == 0.01 && parsed.intent.radius_rate == 1e-6);
    assert_int_equal(parsed.intent.voters, 4);
    assert_int_equal(parsed.intent.agreeing, 3);
    assert_int_equal(parsed.intent.reference, 2);
    assert_memory_equal(parsed.intent.verdicts, sample.intent.verdicts, RECORD_VERDICTS);
    sample_record(RECORD_EFFECT, &sample);
    record_build(&sample, JOB_KEEPER, &message);
    assert_int_equal(parse(), ERR_OK);
    assert_true(parsed.effect.kernel_asked == 4e-5 && parsed.effect.kernel_read == 3.9e-5);
    assert_true(parsed.effect.kernel_offset_s == -1e-6 && parsed.effect.line.line.slew == 1e-3);
    sample_record(RECORD_RECEIPT, &sample);
    record_build(&sample, JOB_SOURCE, &message);
    assert_int_equal(parse(), ERR_OK);
    assert_true(addr_same(&parsed.receipt.from, &sample_ipv6));
    assert_true(addr_same_host(&parsed.receipt.local, &sample_ipv4));
    assert_true(parsed.receipt.sent.ns == 100 && parsed.receipt.received.ns == 200);
    assert_true(parsed.receipt.sent_error_s == 1e-6 && parsed.receipt.received_error_s == 2e-6);
    assert_memory_equal(parsed.receipt.reply, sample.receipt.reply, LIMIT_DATAGRAM_BYTES);
    sample_record(RECORD_BEGIN, &sample);
    record_build(&sample, JOB_KEEPER, &message);
    assert_int_equal(parse(), ERR_OK);
    assert_true(parsed.begin.drift.frequency == -1e-4 && parsed.begin.page.updates == 8);
    assert_int_equal(parsed.begin.leaps.entries[LIMIT_LEAPS - 1].tai_utc_s, 31 + LIMIT_LEAPS);
}

/* What is not said is not there: neither drift nor page. */
static void a_first_keeper_begins_with_little(void **state) {
    (void)state;
    sample = (struct record){.kind = RECORD_BEGIN};
    leap_default(&sample.begin.leaps);
    record_build(&sample, JOB_KEEPER, &message);
    assert_true(message.record.length < 64);
    assert_int_equal(parse(), ERR_OK);
    assert_false(parsed.begin.continued || parsed.begin.has_drift || parsed.begin.steers);
    assert_int_equal(parsed.begin.page.generation, 0);
    expect_same_bytes();
}

static void every_other_length_is_refused(void **state) {
    (void)state;
    for (unsigned kind = 1; kind < RECORD_KIND_COUNT; kind++) {
        sample_record(kind, &sample);
        record_build(&sample, JOB_KEEPER, &message);
        uint16_t whole = message.record.length;
        memset(message.record.bytes + whole, 0, sizeof message.record.bytes - whole);
        parsed.kind = 0;
        for (uint16_t length = 0; length < whole; length++) {
            message.record.length = length;
            assert_int_equal(parse(), ERR_SHORT);
        }
        message.record.length = whole + 1;
        assert_int_equal(parse(), ERR_TRAILING);
        assert_int_equal(parsed.kind, 0);
    }
}

static void unknown_kinds(void **state) {
    (void)state;
    sample_record(RECORD_SAMPLE, &sample);
    record_build(&sample, JOB_KEEPER, &message);
    for (unsigned kind = 0; kind < 256; kind++) {
        if (kind > 0 && kind < RECORD_KIND_COUNT) continue;
        message.record.kind = (uint8_t)kind;
        assert_int_equal(parse(), ERR_KIND);
    }
}

/* Records that hold a message hold one of their own kind. */
static void messages_inside_of_another_kind(void **state) {
    static const uint8_t kinds[] = {RECORD_VERDICT, RECORD_ASSOCIATION, RECORD_KEYING,
                                    RECORD_PROCESS, RECORD_EVIDENCE};
    (void)state;
    for (size_t i = 0; i < sizeof kinds; i++) {
        struct message forget = {.kind = MESSAGE_FORGET, .forget = 1};
        uint8_t *at = message.record.bytes;
        message.record.kind = kinds[i];
        if (kinds[i] == RECORD_VERDICT) *at++ = VERDICT_NO_DATA;
        if (kinds[i] == RECORD_PROCESS) *at++ = RECORD_FATE_EXITED, *at++ = 1;
        uint8_t inner[LIMIT_MESSAGE_BYTES];
        size_t length = message_build(&forget, inner);
        memcpy(at, inner, length);
        message.record.length = (uint16_t)(at + length - message.record.bytes);
        assert_int_equal(parse(), ERR_KIND);
    }
}

/* Any octet changed to any value: refused, or understood and built again to the same bytes. */
static void every_octet_changed(void **state) {
    (void)state;
    for (unsigned kind = 1; kind < RECORD_KIND_COUNT; kind++) {
        sample_record(kind, &sample);
        record_build(&sample, JOB_KEEPER, &message);
        size_t length = message.record.length < 600 ? message.record.length : 600;
        for (size_t at = 0; at < length; at++) {
            uint8_t right = message.record.bytes[at];
            for (unsigned value = 0; value < 256; value += at < 48 ? 1 : 15) {
                message.record.bytes[at] = (uint8_t)value;
                if (parse() == ERR_OK) expect_same_bytes();
            }
            message.record.bytes[at] = right;
        }
    }
}

static void refused(void) {
    record_build(&sample, JOB_KEEPER, &message);
    parsed.kind = 0;
    assert_int_equal(parse(), ERR_RANGE);
    assert_int_equal(parsed.kind, 0);
}

/* The field of a right record is set to a wrong value, and the record is refused. */
#define REFUSED(which, field, value)                                                               \
    do {                                                                                           \
        sample_record(which, &sample);                                                             \
        sample.field = value;                                                                      \
        refused();                                                                                 \
    } while (0)

static const int64_t far_ns = INT64_C(1) << 62;

static void reports_of_the_keeper_out_of_range(void **state) {
    (void)state;
    REFUSED(RECORD_BEGIN, begin.drift.frequency, 1.01);
    REFUSED(RECORD_BEGIN, begin.drift.frequency_error, -1e-9);
    REFUSED(RECORD_BEGIN, begin.page.line.rate, 1.5);
    REFUSED(RECORD_BEGIN, begin.page.stratum, 0);
    REFUSED(RECORD_BEGIN, begin.leaps.expires_utc_s, far_ns);
    REFUSED(RECORD_BEGIN, begin.leaps.entries[LIMIT_LEAPS - 1].utc_s, -far_ns);
    REFUSED(RECORD_BEGIN, begin.leaps.expires_utc_s, -1);
    REFUSED(RECORD_BEGIN, begin.leaps.expires_utc_s, far_ns / NS_PER_S);
    REFUSED(RECORD_BEGIN, begin.leaps.entries[1].utc_s, 1000000000); /* as the one before */
    REFUSED(RECORD_BEGIN, begin.leaps.entries[LIMIT_LEAPS - 1].utc_s, far_ns / NS_PER_S);
    REFUSED(RECORD_BEGIN, begin.leaps.entries[0].tai_utc_s, INT32_MIN);
    REFUSED(RECORD_SAMPLE, sample.now.ns, INT64_MAX);
    REFUSED(RECORD_SAMPLE, sample.exchange.source, LIMIT_SOURCES);
    REFUSED(RECORD_SAMPLE, sample.exchange.t1.ns, 8);
    REFUSED(RECORD_SAMPLE, sample.exchange.stamp_error_s, NAN);
    REFUSED(RECORD_EFFECT, effect.now.ns, far_ns);
    REFUSED(RECORD_EFFECT, effect.line.root_delay_s, -1);
    REFUSED(RECORD_EFFECT, effect.kernel_asked, 1.5);
    REFUSED(RECORD_EFFECT, effect.kernel_read, NAN);
    REFUSED(RECORD_EFFECT, effect.kernel_offset_s, INFINITY);
    REFUSED(RECORD_VERDICT, verdict.before, VERDICT_COUNT);
    REFUSED(RECORD_VERDICT, verdict.verdict.verdict, VERDICT_COUNT);
    REFUSED(RECORD_VERDICT, verdict.verdict.source, LIMIT_SOURCES + 1);
    REFUSED(RECORD_VERDICT, verdict.verdict.offset_s, NAN);
}

static void intents_out_of_range(void **state) {
    (void)state;
    REFUSED(RECORD_INTENT, intent.act, RECORD_ACT_COUNT);
    REFUSED(RECORD_INTENT, intent.now.ns, INT64_MIN);
    REFUSED(RECORD_INTENT, intent.offset_s, NAN);
    REFUSED(RECORD_INTENT, intent.frequency, -1.5);
    REFUSED(RECORD_INTENT, intent.radius_s, -1);
    REFUSED(RECORD_INTENT, intent.radius_rate, INFINITY);
    REFUSED(RECORD_INTENT, intent.reference, LIMIT_SOURCES + 1);
    REFUSED(RECORD_INTENT, intent.verdicts[0], VERDICT_COUNT);
    REFUSED(RECORD_INTENT, intent.verdicts[RECORD_VERDICTS - 1], VERDICT_COUNT);
    sample_record(RECORD_INTENT, &sample);
    sample.intent.reference = UINT16_MAX;
    record_build(&sample, JOB_KEEPER, &message);
    assert_int_equal(parse(), ERR_OK);
}

static void reports_of_others_out_of_range(void **state) {
    (void)state;
    REFUSED(RECORD_RECEIPT, receipt.err, ERR_COUNT);
    REFUSED(RECORD_RECEIPT, receipt.from.family, ADDR_NONE);
    REFUSED(RECORD_RECEIPT, receipt.from.family, 5);
    REFUSED(RECORD_RECEIPT, receipt.sent.ns, INT64_MAX - 1);
    REFUSED(RECORD_RECEIPT, receipt.received.ns, INT64_MAX);
    REFUSED(RECORD_RECEIPT, receipt.sent_error_s, -1);
    REFUSED(RECORD_RECEIPT, receipt.received_error_s, NAN);
    REFUSED(RECORD_RECEIPT, receipt.pivot.ns, far_ns);
    REFUSED(RECORD_RECEIPT, receipt.source, LIMIT_SOURCES);
    REFUSED(RECORD_ASSOCIATION, association.state, ASSOCIATION_STATE_COUNT);
    REFUSED(RECORD_ASSOCIATION, association.name[3], '\n');
    REFUSED(RECORD_KEYING, keying.certificate_ends_utc_s, -1);
    REFUSED(RECORD_PROCESS, process.process.job, JOB_COUNT);
    REFUSED(RECORD_PROCESS, process.fate, RECORD_FATE_COUNT);
    REFUSED(RECORD_PROCESS, process.process.sandbox[2], '\x1b');
    REFUSED(RECORD_NOTICE, notice.text[200], '\x07');
    REFUSED(RECORD_NOTICE, notice.text[0], 0x7f);
    REFUSED(RECORD_REQUEST, request.text[1], '\r');
    REFUSED(RECORD_EVIDENCE, evidence.total, MESSAGE_EVIDENCE_BYTES);
    sample_record(RECORD_RECEIPT, &sample);
    sample.receipt.sent = MONO_NEVER;
    sample.receipt.local = (struct addr){.family = ADDR_NONE};
    record_build(&sample, JOB_SOURCE, &message);
    assert_int_equal(parse(), ERR_OK);
}

/* Counts and lengths that no struct can hold stand in the bytes alone. */
static void counts_out_of_range(void **state) {
    enum { BEGIN_COUNT = 3 + 8, INTENT_COUNT = 4 + 1 + 8 + 4 * 8 + 8 + 3 * 2 };
    (void)state;
    sample = (struct record){.kind = RECORD_BEGIN};
    record_build(&sample, JOB_KEEPER, &message);
    memcpy(message.record.bytes + BEGIN_COUNT, (uint8_t[]){0, 0, 0, LIMIT_LEAPS + 1}, 4);
    message.record.length = sizeof message.record.bytes;
    assert_int_equal(parse(), ERR_RANGE);
    sample_record(RECORD_INTENT, &sample);
    record_build(&sample, JOB_KEEPER, &message);
    assert_int_equal(message.record.bytes[INTENT_COUNT + 1], RECORD_VERDICTS);
    message.record.bytes[INTENT_COUNT + 1]++;
    assert_int_equal(parse(), ERR_RANGE);
    sample_record(RECORD_JOURNAL, &sample);
    record_build(&sample, JOB_KEEPER, &message);
    size_t at = sizeof(uint16_t) + RECORD_DIGEST_BYTES; /* the length of the page */
    message.record.bytes[at] = 0xff;
    assert_int_equal(parse(), ERR_RANGE);
}

/* A field that is added to a struct but not to its visitor would be lost. If a size differs here:
 * visit the new field in jobs/record.c, set it in record_samples.h, then correct the number. */
static void no_field_is_forgotten(void **state) {
    (void)state;
    if (sizeof(void *) != 8) skip();
    assert_int_equal(sizeof(struct record_begin),
                     24 + sizeof(struct clock_state) + sizeof(struct leap_table));
    assert_int_equal(sizeof(struct record_journal), 36 + RECORD_JOURNAL_BYTES);
    assert_int_equal(sizeof(struct record_sample), 8 + sizeof(struct exchange));
    assert_int_equal(sizeof(struct record_intent), 64 + 72);
    assert_int_equal(sizeof(struct record_effect), 56 + sizeof(struct clock_state));
    assert_int_equal(sizeof(struct record_verdict), 8 + sizeof(struct message_verdict));
    assert_int_equal(sizeof(struct record_receipt),
                     108 + RECORD_REQUEST_BYTES + LIMIT_DATAGRAM_BYTES);
    assert_int_equal(sizeof(struct record_notice), 1 + LIMIT_LOG_LINE_BYTES);
    assert_int_equal(sizeof(struct record_request), 8 + LIMIT_LOG_LINE_BYTES);
}

static void names(void **state) {
    (void)state;
    assert_string_equal(record_kind_name(RECORD_BEGIN), "begin");
    assert_string_equal(record_kind_name(RECORD_EVIDENCE), "evidence");
    assert_string_equal(record_kind_name(0), "unknown");
    assert_string_equal(record_kind_name(RECORD_KIND_COUNT), "unknown");
    for (int kind = 1; kind < RECORD_KIND_COUNT; kind++)
        assert_string_not_equal(record_kind_name(kind), "unknown");
    assert_string_equal(record_act_name(RECORD_ACT_KERNEL_STEP), "kernel-step");
    assert_string_equal(record_act_name(RECORD_ACT_COUNT), "unknown");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_comes_back),
        cmocka_unit_test(every_kind_fits_a_message),
        cmocka_unit_test(fields_arrive_where_they_belong),
        cmocka_unit_test(a_first_keeper_begins_with_little),
        cmocka_unit_test(every_other_length_is_refused),
        cmocka_unit_test(unknown_kinds),
        cmocka_unit_test(messages_inside_of_another_kind),
        cmocka_unit_test(every_octet_changed),
        cmocka_unit_test(reports_of_the_keeper_out_of_range),
        cmocka_unit_test(intents_out_of_range),
        cmocka_unit_test(reports_of_others_out_of_range),
        cmocka_unit_test(counts_out_of_range),
        cmocka_unit_test(no_field_is_forgotten),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

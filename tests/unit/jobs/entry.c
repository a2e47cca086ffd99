/* Entries: every record gives one JSON object with the members that etalon-ledger(5) documents, in
 * their order, whatever the texts in it say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/base64.h"
#include "base/json.h"
#include "jobs/entry.h"
#include "jobs/record_samples.h"
#include "json_members.h"
#include "ledger/entry_facts.h"

static struct record record;
static struct message message;
static struct config config;
static char text[ENTRY_BYTES + 1];
static size_t length;
static struct json_members members;
static const struct entry_head head = {.job = "keeper",
                                       .pid = 1234,
                                       .boot = "00112233445566778899aabbccddeeff",
                                       .sequence = 17,
                                       .counter = {INT64_C(5000000001)},
                                       .has_time = true,
                                       .utc = {INT64_C(1790000000123456789)},
                                       .radius_s = 1.2e-05};

static int set_up(void **state) {
    (void)state;
    config_default(&config);
    config.source_count = 4;
    for (size_t i = 0; i < 4; i++)
        snprintf(config.sources[i].name, sizeof config.sources[i].name, "ntp%zu.example", i);
    return 0;
}

static enum err make(void) {
    length = 0;
    record_build(&record, JOB_KEEPER, &message);
    enum err err = entry_of_record(&head, &message.record, &config, text, &length);
    if (err != ERR_FULL && !json_members_read(&members, text, length))
        fail_msg("not JSON: %.*s", (int)length, text);
    return err;
}

static void expect_member(const char *name, const char *value) {
    for (size_t i = 0; i < members.count; i++) {
        if (strcmp(members.names[i], name) != 0) continue;
        if (strlen(value) != members.values[i].length ||
            memcmp(value, members.values[i].text, strlen(value)) != 0)
            fail_msg("%s is %.*s", name, (int)members.values[i].length, members.values[i].text);
        return;
    }
    fail_msg("%s is missing: %s", name, text);
}

/* Names of the members between the common ones and "raw". */
static void expect_members(const char *names) {
    static const char *const common[] = {"v",   "kind",    "job", "pid",   "boot",
                                         "seq", "counter", "utc", "radius"};
    enum { COMMON = sizeof common / sizeof common[0] };
    char got[512] = "";
    assert_true(members.count > COMMON);
    for (size_t i = 0; i < COMMON; i++) assert_string_equal(members.names[i], common[i]);
    assert_string_equal(members.names[members.count - 1], "raw");
    for (size_t i = COMMON; i + 1 < members.count; i++) {
        strcat(got, i == COMMON ? "" : " ");
        strcat(got, members.names[i]);
    }
    assert_string_equal(got, names);
}

static const char *const documented[RECORD_KIND_COUNT] = {
    [RECORD_BEGIN] = "steers continued line frequency leap_table_expires leap_seconds",
    [RECORD_JOURNAL] = "events digest",
    [RECORD_SAMPLE] = "source name taken t1 t2 t3 t4 delay stratum leap root_delay "
                      "root_dispersion stamp_error",
    [RECORD_INTENT] = "intent act offset frequency line_radius radius_rate updates voters "
                      "agreeing reference verdicts",
    [RECORD_EFFECT] = "intent line steers kernel_frequency_asked kernel_frequency_read "
                      "kernel_offset",
    [RECORD_VERDICT] = "source name verdict before offset lower upper samples",
    [RECORD_RECEIPT] = "source name from local error nts kernel_stamp received request reply",
    [RECORD_ASSOCIATION] = "source name address state auth reachable sent received",
    [RECORD_KEYING] = "has_keys key_id rotations certificate_ends",
    [RECORD_PROCESS] = "name instance process restarts sandbox fate code",
    [RECORD_NOTICE] = "level text",
    [RECORD_REQUEST] = "uid process text",
    [RECORD_EVIDENCE] = "offset total text",
};

static void every_kind_has_its_members(void **state) {
    (void)state;
    for (unsigned kind = 1; kind < RECORD_KIND_COUNT; kind++) {
        char wanted[64];
        sample_record(kind, &record);
        assert_int_equal(make(), ERR_OK);
        expect_members(documented[kind]);
        snprintf(wanted, sizeof wanted, "\"%s\"", record_kind_name(kind));
        expect_member("kind", wanted);
        assert_int_equal(length, strlen(text));
    }
}

static void the_head(void **state) {
    (void)state;
    sample_record(RECORD_JOURNAL, &record);
    assert_int_equal(make(), ERR_OK);
    static const char wanted[] =
        "{\"v\":1,\"kind\":\"journal\",\"job\":\"keeper\",\"pid\":1234,"
        "\"boot\":\"00112233445566778899aabbccddeeff\",\"seq\":17,\"counter\":5000000001,"
        "\"utc\":\"2026-09-21T14:13:20.123456789Z\",\"radius\":1.2e-05,\"events\":3,"
        "\"digest\":\"f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff000102030405060708090a0b0c0d0e0f\",";
    if (strncmp(text, wanted, sizeof wanted - 1) != 0) fail_msg("%.400s", text);
    struct entry_head timeless = head;
    timeless.has_time = false;
    assert_int_equal(entry_of_record(&timeless, &message.record, &config, text, &length), ERR_OK);
    assert_true(json_members_read(&members, text, length));
    expect_member("utc", "null");
    expect_member("radius", "null");
}

/* Those who check a ledger without this code read the same out of it. */
static void checkers_read_the_facts(void **state) {
    (void)state;
    for (unsigned kind = 1; kind < RECORD_KIND_COUNT; kind++) {
        struct entry_facts facts;
        sample_record(kind, &record);
        assert_int_equal(make(), ERR_OK);
        assert_int_equal(entry_facts_parse(text, length, &facts), ERR_OK);
        assert_string_equal(facts.kind, record_kind_name(kind));
        assert_string_equal(facts.boot, head.boot);
        assert_true(facts.has_counter && facts.counter == 5000000001);
        assert_true(facts.has_utc && facts.utc.ns == head.utc.ns);
    }
}

/* "raw" is the record itself, from which everything before it can be made again. */
static void raw_is_the_record(void **state) {
    static char wanted[BASE64_TEXT_BYTES(MESSAGE_RECORD_BYTES) + 2];
    (void)state;
    for (unsigned kind = 1; kind < RECORD_KIND_COUNT; kind++) {
        sample_record(kind, &record);
        assert_int_equal(make(), ERR_OK);
        wanted[0] = '"';
        base64_text(message.record.bytes, message.record.length, wanted + 1, sizeof wanted - 1);
        strcat(wanted, "\"");
        expect_member("raw", wanted);
    }
}

static void what_the_values_say(void **state) {
    (void)state;
    sample_record(RECORD_INTENT, &record);
    record.intent.count = 2;
    assert_int_equal(make(), ERR_OK);
    expect_member("intent", "4294967295");
    expect_member("act", "\"kernel-step\"");
    expect_member("offset", "-0.25");
    expect_member("reference", "\"ntp2.example\"");
    expect_member("verdicts", "[\"no-data\",\"noselect\"]");
    record.intent.reference = UINT16_MAX;
    assert_int_equal(make(), ERR_OK);
    expect_member("reference", "null");
    sample_record(RECORD_SAMPLE, &record);
    record.sample.exchange.t1.ns = -(INT64_C(1) << 22); /* seconds that end in few digits */
    record.sample.exchange.t4.ns = 0;
    record.sample.exchange.t3 = record.sample.exchange.t2;
    assert_int_equal(make(), ERR_OK);
    expect_member("t2", "\"2026-09-21T14:13:20.123456789Z\"");
    expect_member("delay", "0.004194304");
    sample_record(RECORD_RECEIPT, &record);
    assert_int_equal(make(), ERR_OK);
    expect_member("from", "\"[fe80::1]:123\"");
    expect_member("error", "\"ORIGIN\"");
    record.receipt.err = ERR_OK;
    record.receipt.request_length = 0;
    assert_int_equal(make(), ERR_OK);
    expect_member("error", "null");
    expect_member("request", "\"\"");
    sample_record(RECORD_VERDICT, &record);
    assert_int_equal(make(), ERR_OK);
    expect_member("name", "\"local\"");
    expect_member("verdict", "\"falseticker\"");
    expect_member("before", "\"no-data\"");
    sample_record(RECORD_EFFECT, &record);
    record.effect.has_kernel_read = false;
    assert_int_equal(make(), ERR_OK);
    expect_member("kernel_frequency_read", "null");
    record.effect.steers = false;
    assert_int_equal(make(), ERR_OK);
    expect_members("intent line steers");
}

static void alarms_are_a_kind_of_their_own(void **state) {
    static const char alarm[] = "alarm: the ledger cannot write";
    (void)state;
    sample_record(RECORD_NOTICE, &record);
    memcpy(record.notice.text, alarm, sizeof alarm);
    assert_int_equal(make(), ERR_OK);
    expect_member("kind", "\"alarm\"");
    expect_member("level", "\"warning\"");
    record.notice.text[0] = 'A';
    assert_int_equal(make(), ERR_OK);
    expect_member("kind", "\"notice\"");
    record.notice.level = 77;
    assert_int_equal(make(), ERR_OK);
    expect_member("level", "\"?\"");
}

/* Texts of peers and operators do not break out of their string. */
static void hostile_texts_are_escaped(void **state) {
    static const char *const texts[] = {
        "\",\"kind\":\"pruned\"",  "\\", "\\\"}{", "\xff\xfe", "\xc0\x80", "\xed\xa0\x80",
        "M\xc3\xbcnchen </script>"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        sample_record(RECORD_NOTICE, &record);
        snprintf(record.notice.text, sizeof record.notice.text, "%s", texts[i]);
        assert_int_equal(make(), ERR_OK);
        expect_members("level text");
        sample_record(RECORD_EVIDENCE, &record);
        memset(record.evidence.bytes, (int)i, MESSAGE_EVIDENCE_BYTES); /* nought and controls */
        memcpy(record.evidence.bytes + i, texts[i], strlen(texts[i]));
        assert_int_equal(make(), ERR_OK);
        expect_members("offset total text");
        snprintf(config.sources[3].name, sizeof config.sources[3].name, "%s", texts[i]);
        sample_record(RECORD_ASSOCIATION, &record);
        assert_int_equal(make(), ERR_OK);
        expect_members(documented[RECORD_ASSOCIATION]);
    }
}

/* What nobody understands is kept all the same, under a kind that says so. */
static void malformed_records_are_kept(void **state) {
    (void)state;
    sample_record(RECORD_SAMPLE, &record);
    record_build(&record, JOB_KEEPER, &message);
    message.record.kind = 200;
    assert_int_equal(entry_of_record(&head, &message.record, &config, text, &length), ERR_KIND);
    assert_true(json_members_read(&members, text, length));
    expect_members("");
    expect_member("kind", "\"malformed\"");
    message.record.kind = RECORD_SAMPLE;
    message.record.length = 0;
    assert_int_equal(entry_of_record(&head, &message.record, &config, text, &length), ERR_SHORT);
    assert_true(json_members_read(&members, text, length));
    expect_member("raw", "\"\"");
}

/* The longest that a record can be, and the worst that its texts can do. */
static void the_largest_fit(void **state) {
    (void)state;
    sample_record(RECORD_EVIDENCE, &record);
    memset(record.evidence.bytes, 1, MESSAGE_EVIDENCE_BYTES); /* each six octets of JSON */
    assert_int_equal(make(), ERR_OK);
    assert_true(length < ENTRY_BYTES / 4);
    sample_record(RECORD_ASSOCIATION, &record);
    for (size_t i = 0; i < 4; i++)
        memset(config.sources[i].name, '"', sizeof config.sources[i].name - 1);
    assert_int_equal(make(), ERR_OK);
    memset(message.record.bytes, 0xff, sizeof message.record.bytes);
    message.record.length = MESSAGE_RECORD_BYTES;
    assert_int_equal(entry_of_record(&head, &message.record, &config, text, &length), ERR_KIND);
    assert_true(json_members_read(&members, text, length));
    expect_member("kind", "\"malformed\"");
}

static void write_much(struct json *json, const void *context) {
    const size_t *count = context;
    json_open_array(json, "numbers");
    for (size_t i = 0; i < *count; i++) json_int(json, NULL, 7);
    json_close_array(json);
}

static void entries_of_the_recorder(void **state) {
    size_t count = 3;
    struct entry_head own = head;
    (void)state;
    own.kind = "start";
    assert_int_equal(entry_of(&own, write_much, &count, text, &length), ERR_OK);
    assert_true(json_members_read(&members, text, length));
    expect_member("kind", "\"start\"");
    expect_member("numbers", "[7,7,7]");
    assert_int_equal(length, strlen(text));
    size_t before = length;
    count = ENTRY_BYTES / 2;
    assert_int_equal(entry_of(&own, write_much, &count, text, &length), ERR_FULL);
    assert_int_equal(length, before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_kind_has_its_members, set_up),
        cmocka_unit_test_setup(the_head, set_up),
        cmocka_unit_test_setup(checkers_read_the_facts, set_up),
        cmocka_unit_test_setup(raw_is_the_record, set_up),
        cmocka_unit_test_setup(what_the_values_say, set_up),
        cmocka_unit_test_setup(alarms_are_a_kind_of_their_own, set_up),
        cmocka_unit_test_setup(hostile_texts_are_escaped, set_up),
        cmocka_unit_test_setup(malformed_records_are_kept, set_up),
        cmocka_unit_test_setup(the_largest_fit, set_up),
        cmocka_unit_test_setup(entries_of_the_recorder, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

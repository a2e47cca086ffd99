/* Facts of entries: members that are looked at, others that are passed over, JSON that is none, and
 * the calendar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/text.h"
#include "ledger/entry_facts.h"

static enum err parse(const char *text, struct entry_facts *out) {
    return entry_facts_parse(text, strlen(text), out);
}

static void an_entry(void **state) {
    (void)state;
    struct entry_facts facts;
    assert_int_equal(
        parse(
            "{\"v\":1,\"kind\":\"sample\",\"job\":\"keeper\",\"pid\":1234,\"boot\":\"0b0b\","
            "\"seq\":17,\"counter\":9223372036854775807,\"utc\":\"2026-11-22T02:20:00.123456789Z\","
            "\"radius\":1.2e-05,\"verdicts\":[\"a\",{\"kind\":\"no\"},[]],\"raw\":\"AA==\"}",
            &facts),
        ERR_OK);
    assert_string_equal(facts.kind, "sample");
    assert_string_equal(facts.boot, "0b0b");
    assert_true(facts.has_counter && facts.counter == INT64_MAX);
    assert_true(facts.has_utc);
    assert_int_equal(facts.utc.ns, INT64_C(1795314000123456789));
    assert_false(facts.has_range || facts.has_size);
    assert_string_equal(facts.root, "");
}

static void what_may_be_missing(void **state) {
    (void)state;
    struct entry_facts facts;
    assert_int_equal(parse(" {} \n", &facts), ERR_OK);
    assert_false(facts.has_utc || facts.has_counter || facts.has_range || facts.kind[0]);
    assert_int_equal(
        parse("{\"utc\":null,\"counter\":-1,\"kind\":7,\"boot\":\"a\\u0020\",\"from\":3}", &facts),
        ERR_OK);
    assert_false(facts.has_utc || facts.has_counter || facts.has_range || facts.kind[0] ||
                 facts.boot[0]);
    assert_int_equal(parse("{\"from\":3,\"to\":4,\"size\":5,\"root\":\"abc=\"}", &facts), ERR_OK);
    assert_true(facts.has_range && facts.from == 3 && facts.to == 4);
    assert_true(facts.has_size && facts.size == 5);
    assert_string_equal(facts.root, "abc=");
    assert_int_equal(parse("{\"to\":18446744073709551616,\"from\":1.0,\"size\":\"5\"}", &facts),
                     ERR_OK);
    assert_false(facts.has_range || facts.has_size);
    char text[200];
    snprintf(text, sizeof text, "{\"kind\":\"%0100d\",\"boot\":\"\177\"}", 7);
    assert_int_equal(parse(text, &facts), ERR_OK);
    assert_false(facts.kind[0] || facts.boot[0]);
}

static void no_json(void **state) {
    (void)state;
    static const char *const texts[] = {"",
                                        "{",
                                        "}",
                                        "[]",
                                        "7",
                                        "\"a\"",
                                        "{\"a\"}",
                                        "{\"a\":}",
                                        "{\"a\":1,}",
                                        "{,}",
                                        "{\"a\":1}x",
                                        "{\"a\":01}",
                                        "{\"a\":1.}",
                                        "{\"a\":.5}",
                                        "{\"a\":1e}",
                                        "{\"a\":-}",
                                        "{\"a\":+1}",
                                        "{\"a\":nul}",
                                        "{\"a\":tru",
                                        "{\"a\":\"\n\"}",
                                        "{\"a\":\"",
                                        "{\"a\":\"\\x\"}",
                                        "{\"a\":\"\\u12g4\"}",
                                        "{\"a\":[1,]}",
                                        "{\"a\":[1 2]}",
                                        "{\"a\":[}]}",
                                        "{\"a\":{1:2}}",
                                        "{\"a\":{\"b\"}}",
                                        "{a:1}",
                                        "{\"k\\u0069nd\":\"a\"}",
                                        "{\"a\":1 \"b\":2}",
                                        "{\"a\":\"\\u12",
                                        "{\"a\":\"\\",
                                        "{\"a\":[",
                                        "{\"a\":{\"b\":[1,{\"c\":[}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct entry_facts facts = {.counter = 77};
        assert_int_equal(parse(texts[i], &facts), ERR_SYNTAX);
        assert_int_equal(facts.counter, 77);
    }
    struct entry_facts facts;
    assert_int_equal(entry_facts_parse("{\"a\":\0}", 7, &facts), ERR_SYNTAX);
    assert_int_equal(entry_facts_parse("{}\0", 3, &facts), ERR_SYNTAX);
}

static void valid_json_of_all_kinds(void **state) {
    (void)state;
    static const char *const texts[] = {"{\"a\":[]}", "{\"a\":{}}",
                                        "{\"a\":[[],{},\"\",0,-0.5e-7,1E+2,true,false,null]}",
                                        ("\t{ \"a\" : { \"b\" : [ 1 , 2 ] , \"c\" : "
                                         "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\uAbC9\" } , \"d\" "
                                         ": 1 }\r\n")};
    struct entry_facts facts;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(parse(texts[i], &facts), ERR_OK);
}

static void twice(void **state) {
    (void)state;
    struct entry_facts facts;
    assert_int_equal(parse("{\"kind\":\"a\",\"kind\":\"b\"}", &facts), ERR_DUPLICATE);
    assert_int_equal(parse("{\"to\":1,\"to\":null}", &facts), ERR_DUPLICATE);
    assert_int_equal(parse("{\"else\":1,\"else\":2}", &facts), ERR_OK);
}

static void depth(void **state) {
    (void)state;
    char text[4 * LIMIT_ENTRY_DEPTH + 32];
    for (int deep = LIMIT_ENTRY_DEPTH - 1; deep <= LIMIT_ENTRY_DEPTH + 1; deep++) {
        struct entry_facts facts;
        size_t at = (size_t)snprintf(text, sizeof text, "{\"a\":");
        memset(text + at, '[', (size_t)deep);
        memset(text + at + deep, ']', (size_t)deep);
        memcpy(text + at + 2 * deep, "}", 2);
        assert_int_equal(parse(text, &facts), deep <= LIMIT_ENTRY_DEPTH ? ERR_OK : ERR_TOO_LONG);
    }
}

static void calendar(void **state) {
    (void)state;
    /* text_utc knows the calendar by another rule. */
    for (int64_t day = 0; day < 106000; day += 13) {
        char text[TEXT_BYTES];
        struct utc utc = {day * 86400 * NS_PER_S + day * 1000003}, back;
        text_utc(utc, text);
        assert_int_equal(entry_facts_parse_utc(text, strlen(text), &back), ERR_OK);
        assert_int_equal(back.ns, utc.ns);
    }
}

static void times_as_they_are_written(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum err err;
        int64_t ns;
    } times[] = {{"1970-01-01T00:00:00Z", ERR_OK, 0},
                 {"1970-01-01T00:00:00.5Z", ERR_OK, 500000000},
                 {"2016-12-31T23:59:60Z", ERR_OK, INT64_C(1483228800000000000)},
                 {"2024-02-29T12:00:00.000000001Z", ERR_OK, INT64_C(1709208000000000001)},
                 {"2023-02-29T12:00:00Z", ERR_RANGE, 0},
                 {"2100-02-29T12:00:00Z", ERR_RANGE, 0},
                 {"1969-12-31T23:59:59Z", ERR_RANGE, 0},
                 {"2262-01-01T00:00:00Z", ERR_RANGE, 0},
                 {"2026-13-01T00:00:00Z", ERR_RANGE, 0},
                 {"2026-00-01T00:00:00Z", ERR_RANGE, 0},
                 {"2026-01-00T00:00:00Z", ERR_RANGE, 0},
                 {"2026-01-01T24:00:00Z", ERR_RANGE, 0},
                 {"2026-01-01T00:60:00Z", ERR_RANGE, 0},
                 {"2026-01-01T00:00:61Z", ERR_RANGE, 0},
                 {"2026-01-01T00:00:00", ERR_SYNTAX, 0},
                 {"2026-01-01T00:00:00.Z", ERR_SYNTAX, 0},
                 {"2026-01-01T00:00:00.1234567890Z", ERR_SYNTAX, 0},
                 {"2026-01-01T00:00:00,5Z", ERR_SYNTAX, 0},
                 {"2026-01-01 00:00:00Z", ERR_SYNTAX, 0},
                 {"2026-1-01T00:00:00Z", ERR_SYNTAX, 0},
                 {"2026-01-01T00:00:00+00:00", ERR_SYNTAX, 0},
                 {"-026-01-01T00:00:00Z", ERR_SYNTAX, 0},
                 {"", ERR_SYNTAX, 0}};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct utc utc = {77};
        assert_int_equal(entry_facts_parse_utc(times[i].text, strlen(times[i].text), &utc),
                         times[i].err);
        assert_int_equal(utc.ns, times[i].err == ERR_OK ? times[i].ns : 77);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry), cmocka_unit_test(what_may_be_missing),
        cmocka_unit_test(no_json),  cmocka_unit_test(valid_json_of_all_kinds),
        cmocka_unit_test(twice),    cmocka_unit_test(depth),
        cmocka_unit_test(calendar), cmocka_unit_test(times_as_they_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

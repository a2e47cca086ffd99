/* Units, and what is no value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "sim/quantity.h"

static void units(void **state) {
    (void)state;
    static const struct {
        enum quantity_kind kind;
        const char *word;
        double value;
    } rows[] = {
        {QUANTITY_TIME, "10ms", 10e-3},      {QUANTITY_TIME, "-3h", -10800},
        {QUANTITY_TIME, "+1.5us", 1.5e-6},   {QUANTITY_TIME, "2", 2},
        {QUANTITY_TIME, "1d", 86400},        {QUANTITY_TIME, "-1024w", -1024 * 604800.0},
        {QUANTITY_TIME, "30m", 1800},        {QUANTITY_TIME, "30min", 1800},
        {QUANTITY_RATE, "5ppm", 5e-6},       {QUANTITY_RATE, "20us/s", 20e-6},
        {QUANTITY_RATE, "1e-9", 1e-9},       {QUANTITY_RATE, "3ppb", 3e-9},
        {QUANTITY_AGEING, "1e-9/day", 1e-9}, {QUANTITY_SHARE, "30%", 0.3},
        {QUANTITY_SHARE, "0.25", 0.25},      {QUANTITY_COUNT, "16", 16},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct quantity any = {rows[i].kind, -1e12, 1e12};
        double value = 0;
        assert_int_equal(quantity_parse(rows[i].word, &any, &value), ERR_OK);
        assert_near(value, rows[i].value, 1e-12 * fabs(rows[i].value));
    }
}

static void refusals(void **state) {
    (void)state;
    static const char *const words[] = {"",    "ms",    "1 ms", "1e",    "0x10", "nan", "inf",
                                        "--1", "1.2.3", "5ppm", "1e400", "1mss", "%",   "1e5e5"};
    const struct quantity time = {QUANTITY_TIME, 0, 10};
    double value = 7;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        assert_int_equal(quantity_parse(words[i], &time, &value), ERR_SYNTAX);
    assert_int_equal(quantity_parse("-1ms", &time, &value), ERR_RANGE);
    assert_int_equal(quantity_parse("11s", &time, &value), ERR_RANGE);
    assert_near(value, 7, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

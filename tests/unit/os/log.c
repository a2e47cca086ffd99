/* Lines of the log handed on: those from before there was anybody to take them come once, first. */
#include "os/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { TAKEN = 64 };

static char taken[TAKEN][LIMIT_LOG_LINE_BYTES];
static size_t count;

static void take(void *context, enum log_level level, const char *text) {
    assert_ptr_equal(context, &count);
    assert_true(level != LOG_LEVEL_DEBUG);
    assert_true(count < TAKEN);
    snprintf(taken[count++], LIMIT_LOG_LINE_BYTES, "%s", text);
}

static void early_lines_come_once(void **state) {
    (void)state;
    log_setup(LOG_STYLE_TIMES, true);
    log_line(LOG_LEVEL_WARNING, "first of %d", 40);
    log_line(LOG_LEVEL_DEBUG, "not this");
    for (int i = 2; i <= 40; i++) log_line(LOG_LEVEL_INFO, "line %d", i);
    log_copy(take, &count);
    assert_int_equal(count, 32);
    assert_string_equal(taken[0], "first of 40");
    assert_string_equal(taken[1], "line 2");
    assert_string_equal(taken[31], "line 32");
    log_line(LOG_LEVEL_INFO, "and\x1b now");
    assert_int_equal(count, 33);
    assert_string_equal(taken[32], "and? now");
    log_copy(NULL, NULL);
    log_line(LOG_LEVEL_INFO, "nobody hears it");
    log_copy(take, &count);
    assert_int_equal(count, 33);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(early_lines_come_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

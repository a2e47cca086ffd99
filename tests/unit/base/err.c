/* The error table: every row has a name of its own and a text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

static void rows_are_complete_and_unique(void **state) {
    (void)state;
    for (int i = 0; i < ERR_COUNT; i++) {
        assert_non_null(err_name(i));
        assert_true(strlen(err_text(i)) > 0);
        assert_string_not_equal(err_name(i), "UNKNOWN");
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(err_name(i), err_name(j));
            assert_string_not_equal(err_text(i), err_text(j));
        }
    }
}

static void names_are_stable(void **state) {
    (void)state;
    assert_int_equal(ERR_OK, 0);
    assert_string_equal(err_name(ERR_OK), "OK");
    assert_string_equal(err_name(ERR_ZERO_ORIGIN), "ZERO_ORIGIN");
    assert_string_equal(err_text(ERR_KISS), "kiss-o'-death");
}

static void outside_the_table(void **state) {
    (void)state;
    assert_string_equal(err_name(ERR_COUNT), "UNKNOWN");
    assert_string_equal(err_name((enum err)1000), "UNKNOWN");
    assert_string_equal(err_text((enum err)1000), "unknown error");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_complete_and_unique),
        cmocka_unit_test(names_are_stable),
        cmocka_unit_test(outside_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Hints for directives of other daemons: found in any case, each a sentence that says what to do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/option.h"

static void foreign_names(void **state) {
    (void)state;
    assert_non_null(strstr(option_unsupported("rtcsync"), "real-time clock"));
    assert_non_null(option_unsupported("REFCLOCK"));
    assert_non_null(option_unsupported("restrict"));
    assert_null(option_unsupported("no-such-thing"));
    assert_non_null(option_unsupported_suboption("server", "certset"));
    assert_non_null(option_unsupported_suboption("pool", "Key"));
    assert_non_null(option_unsupported_suboption("local", "orphan"));
    assert_null(option_unsupported_suboption("local", "certset"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(foreign_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Wiping: these bytes, all of them, and no others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/wipe.h"

static void only_what_was_given(void **state) {
    (void)state;
    for (size_t length = 0; length <= 62; length++) {
        uint8_t bytes[64];
        memset(bytes, 0xee, sizeof bytes);
        wipe(bytes + 1, length);
        for (size_t i = 0; i < sizeof bytes; i++)
            assert_int_equal(bytes[i], i >= 1 && i <= length ? 0 : 0xee);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(only_what_was_given)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

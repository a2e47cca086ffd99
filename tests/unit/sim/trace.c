/* The hash sees values, their order and the length of bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/trace.h"

static void sees_every_difference(void **state) {
    (void)state;
    struct trace a, b;
    trace_init(&a);
    trace_init(&b);
    assert_true(a.hash == b.hash);
    trace_u64(&a, 1);
    trace_u64(&a, 2);
    trace_u64(&b, 2);
    trace_u64(&b, 1);
    assert_true(a.hash != b.hash && a.words == 2);
    b = a;
    trace_bytes(&a, "123456789", 9);
    trace_bytes(&b, "123456780", 9);
    assert_true(a.hash != b.hash);
    b = a;
    trace_bytes(&a, "\0", 1);
    trace_bytes(&b, "\0\0", 2);
    assert_true(a.hash != b.hash);
    b = a;
    trace_f64(&a, 0.0);
    trace_f64(&b, -0.0);
    assert_true(a.hash != b.hash);
}

static void repeats(void **state) {
    (void)state;
    struct trace a, b;
    trace_init(&a);
    trace_init(&b);
    for (int i = 0; i < 1000; i++) {
        trace_i64(&a, -i);
        trace_i64(&b, -i);
    }
    assert_true(a.hash == b.hash);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sees_every_difference),
        cmocka_unit_test(repeats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

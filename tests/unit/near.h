/* cmocka compares floats only in single precision; estimators need doubles. */
#pragma once

#include <math.h>

#define assert_near(value, expected, tolerance)                                                    \
    assert_true(fabs((value) - (expected)) <= (tolerance))

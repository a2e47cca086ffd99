/* x = m * 2^e with m near 1, and ln m = 2 artanh((m - 1) / (m + 1)) by its odd power series.
 * Only +, -, *, / are used, which IEEE 754 rounds the same way everywhere. */
#include "base/logarithm.h"

#include <stdint.h>
#include <string.h>

double logarithm_natural(double x) {
    static const double odd_inverses[] = {1,        1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9, 1.0 / 11,
                                          1.0 / 13, 1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21};
    uint64_t bits = 0;
    memcpy(&bits, &x, sizeof bits);
    int exponent = (int)(bits >> 52) - 1023;
    bits = (bits & UINT64_C(0x000fffffffffffff)) | UINT64_C(0x3ff0000000000000);
    double m = 0;
    memcpy(&m, &bits, sizeof m);
    if (m > 1.4142135623730951) {
        m *= 0.5;
        exponent++;
    }
    double s = (m - 1) / (m + 1), square = s * s, sum = 0;
    for (int k = 10; k >= 0; k--) sum = sum * square + odd_inverses[k];
    return exponent * 0.6931471805599453 + 2 * s * sum;
}

/* e^x = 2^k e^r with |r| <= ln(2)/2, and e^r by its power series. ln(2) is subtracted in two parts,
 * the first of few enough bits that k times it is exact (Cody and Waite). */
#include "base/exponential.h"

#include <math.h>

static const double inverse_factorials[] = {1,
                                            1,
                                            1.0 / 2,
                                            1.0 / 6,
                                            1.0 / 24,
                                            1.0 / 120,
                                            1.0 / 720,
                                            1.0 / 5040,
                                            1.0 / 40320,
                                            1.0 / 362880,
                                            1.0 / 3628800,
                                            1.0 / 39916800,
                                            1.0 / 479001600,
                                            1.0 / 6227020800,
                                            1.0 / 87178291200};
enum { TERMS = sizeof inverse_factorials / sizeof inverse_factorials[0] };

double exponential_natural(double x) {
    const double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;
    if (x > 710) return INFINITY;
    if (!(x >= -750)) return 0;
    double k = nearbyint(x * 1.4426950408889634);
    double r = (x - k * ln2_high) - k * ln2_low, sum = 0;
    for (int i = TERMS - 1; i >= 0; i--) sum = sum * r + inverse_factorials[i];
    return ldexp(sum, (int)k);
}

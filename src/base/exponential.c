/* e^x = 2^k e^r with |r| <= ln(2)/2, and e^r by its power series. ln(2) is subtracted in two parts,
 * the first of few enough bits that k times it is exact (Cody and Waite). */
#include "base/exponential.h"

#include <math.h>

double exponential_natural(double x) {
    const double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;
    if (x > 710) return INFINITY;
    if (x < -750) return 0;
    double k = nearbyint(x * 1.4426950408889634);
    double r = (x - k * ln2_high) - k * ln2_low, sum = 1;
    for (int i = 14; i >= 1; i--) sum = 1 + sum * r / i;
    return ldexp(sum, (int)k);
}

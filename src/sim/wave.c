/* The series of Taylor in one eighth of a turn: its first term left out is below 1e-16 there. */
#include "sim/wave.h"

#include <math.h>

static const double two_pi = 0x1.921fb54442d18p+2;

static double sine_small(double x) {
    double y = x * x;
    double inner = 1 - y / 156 * (1 - y / 210);
    inner = 1 - y / 72 * (1 - y / 110 * inner);
    return x * (1 - y / 6 * (1 - y / 20 * (1 - y / 42 * inner)));
}

static double cosine_small(double x) {
    double y = x * x;
    double inner = 1 - y / 132 * (1 - y / 182);
    inner = 1 - y / 56 * (1 - y / 90 * inner);
    return 1 - y / 2 * (1 - y / 12 * (1 - y / 30 * inner));
}

double wave_sine(double turns) {
    double part = turns - floor(turns), quarter = floor(part * 4 + 0.5);
    double x = (part - quarter / 4) * two_pi;
    switch ((int)quarter % 4) {
    case 0:
        return sine_small(x);
    case 1:
        return cosine_small(x);
    case 2:
        return -sine_small(x);
    default:
        return -cosine_small(x);
    }
}

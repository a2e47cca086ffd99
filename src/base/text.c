/* Text for people. Invariant: whatever the value, out is terminated and never overrun. */
#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct unit {
    double size;
    const char *name;
};

/* Decimals that leave four significant digits, none beyond the unit's thousands. */
static int decimals_of(double scaled) {
    if (scaled < 9.9995) return 3;
    if (scaled < 99.995) return 2;
    return scaled < 999.95 ? 1 : 0;
}

static const char *put_seconds(double seconds, const char *sign, char out[TEXT_BYTES]) {
    static const struct unit units[] = {{1e-9, "ns"}, {1e-6, "us"}, {1e-3, "ms"}, {1, "s"}};
    if (!isfinite(seconds)) {
        snprintf(out, TEXT_BYTES, "-");
        return out;
    }
    double size = fabs(seconds);
    size_t i = 0;
    while (i < 3 && size / units[i].size >= (i == 0 ? 999.5 : 999.95)) i++;
    double scaled = size / units[i].size;
    /* No stamp is finer than a nanosecond, so fractions of one would be invented. */
    int decimals = i == 0 ? 0 : decimals_of(scaled);
    const char *format = scaled < 1e9 ? "%s%.*f %s" : "%s%.*e %s";
    snprintf(out, TEXT_BYTES, format, sign, decimals, scaled, units[i].name);
    return out;
}

const char *text_seconds(double seconds, char out[TEXT_BYTES]) {
    return put_seconds(seconds, seconds < 0 ? "-" : "", out);
}

const char *text_signed_seconds(double seconds, char out[TEXT_BYTES]) {
    return put_seconds(seconds, seconds < 0 ? "-" : "+", out);
}

const char *text_age(double seconds, char out[TEXT_BYTES]) {
    static const struct unit units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    if (!isfinite(seconds)) {
        snprintf(out, TEXT_BYTES, "-");
        return out;
    }
    size_t i = 0;
    while (i < 3 && fabs(seconds) < 1.5 * units[i].size) i++;
    double scaled = seconds / units[i].size;
    int decimals = fabs(scaled) < 9.95 && scaled != floor(scaled) ? 1 : 0;
    snprintf(out, TEXT_BYTES, "%.*f %s", decimals, scaled, units[i].name);
    return out;
}

static const char *put_rate(double rate, const char *sign, char out[TEXT_BYTES]) {
    if (!isfinite(rate))
        snprintf(out, TEXT_BYTES, "-");
    else if (rate != 0 && fabs(rate) < 1e-9)
        snprintf(out, TEXT_BYTES, "%s%.3f ppb", sign, fabs(rate) * 1e9);
    else
        snprintf(out, TEXT_BYTES, fabs(rate) < 1e6 ? "%s%.3f ppm" : "%s%.3e ppm", sign,
                 fabs(rate) * 1e6);
    return out;
}

const char *text_rate(double rate, char out[TEXT_BYTES]) {
    return put_rate(rate, rate < 0 ? "-" : "", out);
}

const char *text_signed_rate(double rate, char out[TEXT_BYTES]) {
    return put_rate(rate, rate < 0 ? "-" : "+", out);
}

/* Days since 1970-01-01 to a date of the proleptic Gregorian calendar, counting in years that
 * begin in March, so that the leap day comes last, and in eras of 400 years (146,097 days). */
static void civil_from_days(int64_t days, int *year, int *month, int *day) {
    int64_t from_march = days + 719468; /* since 0000-03-01 */
    int64_t era = (from_march >= 0 ? from_march : from_march - 146096) / 146097;
    int64_t in_era = from_march - era * 146097;
    int64_t years = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (365 * years + years / 4 - years / 100);
    int64_t months = (5 * in_year + 2) / 153; /* March is 0 */
    *day = (int)(in_year - (153 * months + 2) / 5 + 1);
    *month = (int)(months < 10 ? months + 3 : months - 9);
    *year = (int)(years + era * 400 + (*month <= 2));
}

const char *text_utc(struct utc utc, char out[TEXT_BYTES]) {
    int64_t ns = utc.ns % NS_PER_S, seconds = utc.ns / NS_PER_S;
    if (ns < 0) {
        ns += NS_PER_S;
        seconds--;
    }
    int64_t of_day = seconds % 86400, days = seconds / 86400;
    if (of_day < 0) {
        of_day += 86400;
        days--;
    }
    int year, month, day;
    civil_from_days(days, &year, &month, &day);
    snprintf(out, TEXT_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d.%09dZ", year, month, day,
             (int)(of_day / 3600), (int)(of_day / 60 % 60), (int)(of_day % 60), (int)ns);
    return out;
}

static bool is_letters(const uint8_t bytes[4]) {
    size_t length = 0;
    while (length < 4 && bytes[length] > 0x20 && bytes[length] < 0x7f) length++;
    for (size_t i = length; i < 4; i++)
        if (bytes[i] != 0 && bytes[i] != ' ') return false;
    return length > 0;
}

const char *text_reference_id(uint32_t id, uint8_t stratum, char out[TEXT_BYTES]) {
    uint8_t b[5] = {(uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8), (uint8_t)id, 0};
    bool named = stratum < 2 || stratum > 15;
    if (id == 0)
        snprintf(out, TEXT_BYTES, "none");
    else if (named && is_letters(b))
        snprintf(out, TEXT_BYTES, "%.4s", (const char *)b);
    else if (named)
        snprintf(out, TEXT_BYTES, "%08" PRIx32, id);
    else
        snprintf(out, TEXT_BYTES, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
    for (char *end = out + strlen(out); end > out && end[-1] == ' ';) *--end = '\0';
    return out;
}

enum cell { BLANK, GUIDE, BODY, LEFT, RIGHT, MARK, OFF_LEFT, OFF_RIGHT };

static const char *glyph_of(enum cell cell, bool utf8) {
    static const char *const drawn[] = {" ", "┊", "─", "├", "┤", "●", "◀", "▶"};
    static const char *const typed[] = {" ", ":", "-", "[", "]", "o", "<", ">"};
    return utf8 ? drawn[cell] : typed[cell];
}

/* Column of a value; -1 left of the scale, width right of it. */
static long column_of(const struct text_scale *scale, double value) {
    double at = (value - scale->low) / (scale->high - scale->low) * (double)(scale->width - 1);
    if (at < -0.5) return -1;
    if (at > (double)scale->width - 0.5) return (long)scale->width;
    return lround(at);
}

static void draw(uint8_t *cells, long width, long lower, long middle, long upper) {
    long first = lower < 0 ? 0 : lower, last = upper >= width ? width - 1 : upper;
    for (long i = first; i <= last; i++) cells[i] = BODY;
    if (lower >= 0 && lower < width) cells[lower] = LEFT;
    if (upper >= 0 && upper < width) cells[upper] = RIGHT;
    if (middle >= 0 && middle < width) cells[middle] = MARK;
    if (lower < 0) cells[0] = OFF_LEFT;
    if (upper >= width) cells[width - 1] = OFF_RIGHT;
}

const char *text_bar(const struct text_scale *scale, double lower, double middle, double upper,
                     char out[TEXT_BAR_BYTES]) {
    uint8_t cells[TEXT_BAR_COLUMNS] = {0};
    struct text_scale bounded = *scale;
    if (bounded.width > TEXT_BAR_COLUMNS) bounded.width = TEXT_BAR_COLUMNS;
    long width = (long)bounded.width, zero = column_of(&bounded, 0);
    if (zero >= 0 && zero < width) cells[zero] = GUIDE;
    if (isfinite(lower) && isfinite(middle) && isfinite(upper))
        draw(cells, width, column_of(&bounded, lower), column_of(&bounded, middle),
             column_of(&bounded, upper));
    size_t length = 0;
    out[0] = '\0';
    for (long i = 0; i < width; i++)
        length += (size_t)snprintf(out + length, TEXT_BAR_BYTES - length, "%s",
                                   glyph_of(cells[i], scale->utf8));
    return out;
}

size_t text_columns(const char *utf8) {
    size_t columns = 0;
    for (; *utf8; utf8++) columns += ((unsigned char)*utf8 & 0xc0) != 0x80;
    return columns;
}

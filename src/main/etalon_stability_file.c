/* Reader of measurements. The statistics need equal steps and no gaps, so what is missing is an
 * error and never filled. */
#include "main/etalon_stability_file.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

enum { GUESS_STEPS = 999, SHOWN = 32 };

struct stamp {
    double time_s;
    uint32_t line;
};

struct reader {
    const struct etalon_stability_choice *choice;
    const char *name;
    size_t line, count, room;
    unsigned column; /* of the values; 0: no line yet */
    bool timed;      /* column 1 is the time */
    double *values;
    struct stamp *stamps; /* if timed */
};

__attribute__((format(printf, 2, 3))) static bool refuse(const struct reader *r, const char *format,
                                                         ...) {
    va_list values;
    va_start(values, format);
    fprintf(stderr, "etalon: %s:", r->name);
    if (r->line) fprintf(stderr, "%zu:", r->line);
    fputc(' ', stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    va_end(values);
    return false;
}

static const char *const separators = " \t,;\r\n";

/* The column, from 1; NULL: the line has fewer. */
static const char *column_of(const char *line, unsigned column) {
    for (;; line += strcspn(line, separators)) {
        line += strspn(line, separators);
        if (!*line || --column == 0) return *line ? line : NULL;
    }
}

static bool number(const struct reader *r, const char *text, double *out) {
    char *end;
    size_t length = strcspn(text, separators);
    *out = strtod(text, &end);
    if (end == text + length && isfinite(*out)) return true;
    int shown = (int)(length < SHOWN ? length : SHOWN);
    for (int i = 0; i < shown; i++)
        if (text[i] < ' ' || text[i] > '~') return refuse(r, "what stands here is no number");
    if (end == text + length)
        return refuse(r, "'%.*s' is no measurement, and a gap cannot be filled", shown, text);
    return refuse(r, "'%.*s' is no number", shown, text);
}

/* Doubles the arrays; the values always have room for one more than is used. */
static bool grow(struct reader *r) {
    if (r->count >= LIMIT_STABILITY_POINTS)
        return refuse(r, "more than %d values", LIMIT_STABILITY_POINTS);
    if (r->count + 1 < r->room) return true;
    size_t room = r->room ? 2 * r->room : 4096;
    double *values = realloc(r->values, room * sizeof *values);
    if (values) r->values = values;
    struct stamp *stamps = r->timed ? realloc(r->stamps, room * sizeof *stamps) : r->stamps;
    if (stamps) r->stamps = stamps;
    bool right = values && (stamps || !r->timed);
    if (right)
        r->room = room;
    else
        refuse(r, "not enough memory");
    return right;
}

/* The first line with numbers says how many columns there are. */
static void settle_columns(struct reader *r, const char *line) {
    r->column = r->choice->column ? r->choice->column : column_of(line, 2) ? 2 : 1;
    r->timed = r->column > 1 && r->choice->tau0_s == 0;
}

static bool take_line(struct reader *r, char *line) {
    line[strcspn(line, "#")] = '\0';
    const char *first = column_of(line, 1);
    if (!first) return true;
    if (!r->column) settle_columns(r, line);
    const char *text = column_of(line, r->column);
    double value, time_s = 0;
    if (!text) return refuse(r, "there is no column %u", r->column);
    if (!number(r, text, &value) || !grow(r)) return false;
    if (r->timed && !number(r, first, &time_s)) return false;
    if (r->timed) r->stamps[r->count] = (struct stamp){time_s, (uint32_t)r->line};
    r->values[r->count++] = value * r->choice->unit;
    return true;
}

static bool take_all(struct reader *r, FILE *file) {
    char *line = NULL;
    size_t room = 0;
    bool right = true;
    for (ssize_t length; right && (length = getline(&line, &room, file)) >= 0;) {
        r->line++;
        right = strlen(line) == (size_t)length ? take_line(r, line)
                                               : refuse(r, "a zero byte: this is no text");
    }
    free(line);
    if (right && ferror(file)) right = refuse(r, "%s", strerror(errno));
    return right;
}

static int by_value(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The median of the first steps, which a gap does not move. */
static double guess_step(const struct reader *r) {
    double steps[GUESS_STEPS];
    size_t count = r->count - 1 < GUESS_STEPS ? r->count - 1 : GUESS_STEPS;
    for (size_t i = 0; i < count; i++) steps[i] = r->stamps[i + 1].time_s - r->stamps[i].time_s;
    qsort(steps, count, sizeof steps[0], by_value);
    return steps[count / 2];
}

/* Every step is within half a step of the median: nothing is missing and nothing twice. */
static bool check_times(struct reader *r, double *tau0_s) {
    double step = guess_step(r);
    for (size_t i = 1; i < r->count; i++) {
        double gap = r->stamps[i].time_s - r->stamps[i - 1].time_s;
        if (step > 0 && fabs(gap - step) <= step / 2) continue;
        r->line = r->stamps[i].line;
        if (gap > 0 && step > 0 && gap > step)
            return refuse(r,
                          "a gap: %g s since the value before, where others follow in %g s; "
                          "--tau0 takes the values as equally spaced",
                          gap, step);
        return refuse(r, "the time is %g s after the value before, where others follow in %g s",
                      gap, step);
    }
    *tau0_s = (r->stamps[r->count - 1].time_s - r->stamps[0].time_s) / (double)(r->count - 1);
    return true;
}

static bool finish(struct reader *r, struct etalon_stability_file *out) {
    r->line = 0;
    if (r->count < 3) return refuse(r, "%zu values; at least 3 are needed", r->count);
    double tau0_s = r->choice->tau0_s > 0 ? r->choice->tau0_s : 1;
    if (r->timed && !check_times(r, &tau0_s)) return false;
    *out = (struct etalon_stability_file){r->values, r->count, tau0_s};
    r->values = NULL;
    return true;
}

bool etalon_stability_file(const char *path, const struct etalon_stability_choice *choice,
                           struct etalon_stability_file *out) {
    bool standard = strcmp(path, "-") == 0;
    struct reader r = {.choice = choice, .name = standard ? "standard input" : path};
    FILE *file = standard ? stdin : fopen(path, "re");
    if (!file) return refuse(&r, "%s", strerror(errno));
    bool right = take_all(&r, file) && finish(&r, out);
    if (!standard) fclose(file);
    free(r.values);
    free(r.stamps);
    return right;
}

/* Steering the kernel's CLOCK_REALTIME.
 * Source: adjtimex(2); kernel/time/ntp.c of Linux for the units and the growth of maxerror. */
#include "os/steering.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

#include "os/clocks.h"
#include "os/log.h"

static const double frequency_max = 500e-6;
static const double scaled_ppm = 65536e6; /* kernel frequency units in 1 s/s */
static const long error_max_us = 16000000;

bool steering_possible(void) {
    struct timex timex = {.modes = 0};
    if (clock_adjtime(CLOCK_REALTIME, &timex) < 0) return false;
    timex.modes = ADJ_FREQUENCY;
    return clock_adjtime(CLOCK_REALTIME, &timex) >= 0;
}

void steering_init(struct steering *steering, bool allowed, const struct clock_page *page) {
    *steering = (struct steering){.allowed = allowed, .page = page};
}

static bool adjust(struct steering *steering, struct timex *request, const char *what) {
    if (clock_adjtime(CLOCK_REALTIME, request) >= 0) return true;
    if (steering->refused) return false;
    steering->refused = true;
    log_line(LOG_LEVEL_ERROR, "the kernel refused %s: %s%s", what, strerror(errno),
             errno == EPERM ? "; steering needs CAP_SYS_TIME: start as root, or with -x to leave "
                              "the system clock alone"
                            : "");
    return false;
}

static void step(struct steering *steering, double step_s) {
    int64_t ns = ns_from_s(step_s), part = ns % NS_PER_S;
    if (part < 0) part += NS_PER_S;
    struct timex request = {.modes = ADJ_SETOFFSET | ADJ_NANO};
    request.time.tv_sec = (ns - part) / NS_PER_S;
    request.time.tv_usec = part;
    if (adjust(steering, &request, "to step the system clock"))
        log_line(LOG_LEVEL_WARNING, "system clock stepped by %+.6f s", step_s);
}

static long clamp_us(double s) {
    double us = s * 1e6;
    return us < (double)error_max_us ? (long)ceil(us) : error_max_us;
}

/* What the kernel is to say of its clock, from the page as last published. */
static void describe(const struct steering *steering, struct timex *request) {
    struct kernel_reading now;
    struct clock_state state;
    clocks_read(&now);
    request->modes |= ADJ_STATUS | ADJ_MAXERROR | ADJ_ESTERROR;
    request->status = STA_UNSYNC;
    request->maxerror = request->esterror = error_max_us;
    if (clock_page_read(steering->page, &state) != ERR_OK) return;
    struct utc utc = clock_state_utc(&state, now.counter);
    double off = fabs(s_from_ns(utc_diff(now.realtime, utc)));
    request->esterror = clamp_us(off);
    request->maxerror = clamp_us(off + now.error_s + line_radius(&state.line, now.counter));
    if (!clock_state_serves(&state, now.counter)) return;
    enum leap_indicator leap = clock_state_leap(&state, now.counter);
    request->status = leap == LEAP_INSERT ? STA_INS : leap == LEAP_DELETE ? STA_DEL : 0;
}

static void set_frequency(struct steering *steering, double frequency) {
    double limited = fmax(-frequency_max, fmin(frequency_max, frequency));
    struct timex request = {.modes = ADJ_FREQUENCY};
    request.freq = lrint(limited * scaled_ppm);
    long asked = request.freq;
    describe(steering, &request);
    if (!adjust(steering, &request, "to set the clock's frequency")) return;
    steering->refused = false;
    if (labs(request.freq - asked) > 1)
        log_line(LOG_LEVEL_WARNING, "the kernel took %.3f ppm for the frequency %.3f ppm",
                 (double)request.freq / 65536, (double)asked / 65536);
}

void steering_read(const struct steering *steering, struct kernel_reading *reading) {
    struct timex timex = {.modes = 0};
    reading->has_adjusted = steering->allowed && clock_adjtime(CLOCK_REALTIME, &timex) >= 0;
    reading->adjusted = reading->has_adjusted ? (double)timex.freq / scaled_ppm : 0;
}

void steering_apply(struct steering *steering, double frequency, double step_s) {
    if (!steering->allowed || !isfinite(frequency) || !isfinite(step_s)) return;
    if (step_s != 0) step(steering, step_s);
    set_frequency(steering, frequency);
}

/* Waiting that a signal ends. The signals stay blocked but while sigtimedwait looks for them, so
 * none is lost between two pauses. */
#include "os/pause.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

#include "base/times.h"
#include "os/clocks.h"

static void stop_signals(sigset_t *set) {
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
}

void pause_catch_signals(void) {
    sigset_t set;
    stop_signals(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

bool pause_seconds(double seconds) {
    sigset_t set;
    stop_signals(&set);
    struct mono end = mono_add(clocks_mono(), ns_from_s(seconds));
    for (;;) {
        int64_t left = mono_diff(end, clocks_mono());
        if (left < 0) left = 0;
        struct timespec wait = {(time_t)(left / NS_PER_S), (long)(left % NS_PER_S)};
        if (sigtimedwait(&set, NULL, &wait) > 0) return false;
        if (errno == EAGAIN) return true;
    }
}

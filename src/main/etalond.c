/* etalond: the command line, and which of its two shapes the daemon takes. */
#include "main/etalond.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "main/etalond_jobs.h"
#include "main/etalond_parent.h"
#include "main/etalond_setup.h"
#include "os/log.h"
#include "os/process.h"

static const char usage[] =
    "usage: etalond [-dnvx] [-f FILE] [-u USER] [--single]\n"
    "\n"
    "The time daemon: keeps time from its sources and serves it by NTP.\n"
    "\n"
    "  -f FILE    configuration (/etc/etalon/etalon.conf)\n"
    "  -n         check the configuration and exit\n"
    "  -x         never touch the system clock\n"
    "  -d         stay in the foreground, log to standard error\n"
    "  -v         log more\n"
    "  -u USER    run as USER once everything is open (or `user` in the configuration)\n"
    "  --single   one process, one loop, no sandbox, in the foreground\n"
    "  -h, --help, --version\n"
    "\n"
    "Exit codes: 0 stopped as told, 1 could not start, 2 wrong command line or configuration.\n";

enum { OPTION_SINGLE = 256, OPTION_VERSION };

static const struct option long_options[] = {
    {"help", no_argument, NULL, 'h'},
    {"single", no_argument, NULL, OPTION_SINGLE},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static void take_option(struct etalond_arguments *out, int option) {
    switch (option) {
    case 'f':
        out->config = optarg;
        break;
    case 'u':
        out->user = optarg;
        break;
    case 'n':
        out->check_only = true;
        break;
    case 'x':
        out->leave_clock = true;
        break;
    case 'd':
        out->foreground = true;
        break;
    case 'v':
        out->verbose = true;
        break;
    case OPTION_SINGLE:
        out->single = out->foreground = true;
        break;
    case 'h':
        fputs(usage, stdout);
        exit(ETALOND_FINE);
    case OPTION_VERSION:
        puts("etalond " ETALON_VERSION);
        exit(ETALOND_FINE);
    default:
        fprintf(stderr, "try `etalond --help`\n");
        exit(ETALOND_WRONG);
    }
}

static void parse_arguments(int argc, char **argv, struct etalond_arguments *out) {
    *out = (struct etalond_arguments){.config = "/etc/etalon/etalon.conf"};
    for (int option; (option = getopt_long(argc, argv, "f:nxdvu:h", long_options, NULL)) != -1;)
        take_option(out, option);
    if (optind == argc) return;
    fprintf(stderr, "etalond: `%s` is not an option; the configuration is given with -f\n",
            argv[optind]);
    exit(ETALOND_WRONG);
}

static enum etalond_exit run_single(struct etalond *etalond) {
    static const int signals[] = {SIGTERM, SIGINT};
    const volatile sig_atomic_t *stop = process_stop_on(signals, 2);
    signal(SIGPIPE, SIG_IGN);
    etalond_jobs_run_all(etalond, stop);
    etalond_setup_save_drift(etalond);
    if (etalond->status_listener >= 0) (void)unlink(etalond->config.status_socket);
    log_line(LOG_LEVEL_INFO, "stopped");
    return ETALOND_FINE;
}

/* A service manager's journal adds the time itself. */
static enum log_style style_of_terminal(void) {
    return getenv("INVOCATION_ID") && getenv("JOURNAL_STREAM") ? LOG_STYLE_PRIORITIES
                                                               : LOG_STYLE_TIMES;
}

int main(int argc, char **argv) {
    static struct etalond etalond;
    parse_arguments(argc, argv, &etalond.arguments);
    log_setup(style_of_terminal(), etalond.arguments.verbose);
    if (!etalond_setup_config(&etalond)) return ETALOND_WRONG;
    etalond_setup_advise(&etalond);
    if (etalond.arguments.check_only) {
        puts("configuration ok");
        return ETALOND_FINE;
    }
    background_none(&etalond.background);
    if (!etalond_setup_open(&etalond)) return ETALOND_FAILED;
    if (etalond.arguments.single) return run_single(&etalond);
    if (!etalond.arguments.foreground && !background_enter(&etalond.background)) {
        log_line(LOG_LEVEL_ERROR, "cannot go into the background: %s", strerror(errno));
        return ETALOND_FAILED;
    }
    enum etalond_exit result = etalond_parent_run(&etalond);
    background_forward(&etalond.background);
    background_tell(&etalond.background, (unsigned char)result);
    return result;
}

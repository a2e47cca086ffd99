/* etalond: what the daemon holds between its start and its end. Every file etalond_*.c is one part
 * of wiring it up; what the parts do is in os/ and jobs/. */
#pragma once

#include <stdbool.h>

#include "clock/leap.h"
#include "config/config.h"
#include "jobs/message.h"
#include "os/background.h"
#include "os/listen.h"
#include "os/mailbox.h"
#include "os/page.h"
#include "os/roughtime_sockets.h"
#include "proto/roughtime_key.h"

/* For scripts; documented in etalond(8). */
enum etalond_exit {
    ETALOND_FINE = 0,
    ETALOND_FAILED = 1, /* it could not start */
    ETALOND_WRONG = 2,  /* the command line or the configuration is wrong */
};

struct etalond_arguments {
    const char *config;
    const char *user; /* NULL: as configured */
    bool check_only, foreground, single, leave_clock, verbose;
};

enum { ETALOND_LEDGER_KEY_BYTES = 512, ETALOND_BOOT_BYTES = 40 };

struct policy;

struct etalond {
    struct etalond_arguments arguments;
    struct config config;
    struct leap_table leaps;
    struct page page;
    struct page key_page; /* nothing where no NTS is served */
    struct mailboxes boxes;
    struct listen_sockets ntp[LIMIT_SERVER_JOBS]; /* one set for each server job */
    struct listen_sockets key_listeners;          /* of the keyer */
    int status_listener;                          /* -1: none */
    bool has_roughtime;
    struct roughtime_listeners roughtime;
    struct roughtime_key roughtime_key; /* secret: erased in every job but its own */
    bool steers;
    bool has_drift;
    struct message_drift drift;                /* newest known */
    bool drift_unsaved;                        /* the drift file holds an older one */
    struct mono drift_saved;                   /* when it was written; 0: not yet */
    struct listen_sockets mirror;              /* where the ledger is read over HTTP */
    int mirror_folder;                         /* public/ of the ledger; -1: not shown */
    bool ledger_made;                          /* the folder is new: a ledger may begin in it */
    int ledger_folder;                         /* -1: there is no ledger */
    char ledger_key[ETALOND_LEDGER_KEY_BYTES]; /* secret: erased in all but the recorder */
    char ledger_former_key[ETALOND_LEDGER_KEY_BYTES]; /* likewise; "": none */
    char boot[ETALOND_BOOT_BYTES];
    struct policy *policy; /* of the ledger's witnesses; NULL: none */
    struct background background;
};

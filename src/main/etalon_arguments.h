/* The command line of etalon: which command, with which options, and the codes it exits with. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/addr.h"
#include "base/limits.h"

/* For scripts; documented in etalon(1). */
enum etalon_exit {
    ETALON_FINE = 0,
    ETALON_NOT_SYNCHRONISED = 1, /* an answer came, but no time to rely on */
    ETALON_FINDINGS = 1,         /* sim: a run broke what it must keep */
    ETALON_USAGE = 2,            /* the command line or the file it names is wrong */
    ETALON_NO_ANSWER = 3,        /* no daemon, no such host, or no answer in time */
    ETALON_FAILED = 4,           /* the answer was not understood, or output was lost */
    ETALON_MALFEASANCE = 5,      /* proven: a Roughtime server lied, a ledger was altered */
    ETALON_PARTLY = 6,           /* what could be checked is right, but not all could */
};

enum etalon_command {
    ETALON_STATUS,
    ETALON_SOURCES,
    ETALON_SELECTION,
    ETALON_QUERY,
    ETALON_WATCH,
    ETALON_ROUGHTIME,
    ETALON_EXPORT,
    ETALON_PROVE,
    ETALON_LEDGER,
    ETALON_TIMELINE,
    ETALON_REPLAY,
    ETALON_STABILITY,
    ETALON_SIM,
    ETALON_REHEARSE,
    ETALON_OPTIONS,
    ETALON_HELP,
    ETALON_VERSION_SHOWN,
};

struct etalon_arguments {
    enum etalon_command command;
    bool json, plain;
    char socket[LIMIT_PATH_BYTES]; /* empty: not given */
    const char *config;            /* NULL: not given */
    const char *operand;           /* query: the host; help: a command, or NULL */
    uint8_t family;                /* enum addr_family; ADDR_NONE: either */
    uint16_t port;                 /* 0: as written in the operand, else 123 */
    uint8_t version;               /* of NTP */
    uint32_t count;                /* 0: without end */
    double interval_s, timeout_s;
    const char *const *operands; /* roughtime: its own command and what follows */
    size_t operand_count;
    const char *list, *report, *key, *out;    /* files to read or write; NULL: not given */
    uint32_t days;                            /* roughtime delegate */
    uint64_t from_utc_s;                      /* the same; 0: from now on */
    const char *ledger, *policy, *checkpoint; /* where the ledger is; files */
    const char *from, *to;                    /* as given: seconds, or a time or an index */
    const char *kind, *source, *job, *index;  /* ledger: what to look for, and with which index */
    const char *format;                       /* timeline */
    uint32_t lines;                           /* ledger; 0: not given */
    bool follow, rebuild;                     /* ledger */
    bool tcp, draft, any_context;             /* roughtime query */
    bool phase, frequency;                    /* stability, and what follows: as given, or NULL */
    const char *tau0, *unit, *column, *statistics, *taus, *confidence;
    const char *plot;                   /* picture to write */
    const char *seeds, *jobs;           /* sim: as given, or NULL */
    bool verbose;                       /* sim */
    const char *attacks, *hours, *html; /* rehearse: as given, or NULL */
    bool quick, list_attacks;
};

/* True: *out is filled. False: what is wrong was said on standard error. */
bool etalon_arguments_parse(int argc, char **argv, struct etalon_arguments *out);
/* The overview, or the page of one command; false if there is no such command. */
bool etalon_arguments_help(const char *command, FILE *to);

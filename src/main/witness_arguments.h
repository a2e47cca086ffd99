/* The command line of etalon-witness. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/limits.h"

enum witness_exit {
    WITNESS_FINE = 0,
    WITNESS_NO_QUORUM = 1, /* too few witnesses cosigned, so far */
    WITNESS_USAGE = 2,
    WITNESS_NO_LOG = 3, /* the log could not be read */
    WITNESS_FAILED = 4, /* a file, a port */
    WITNESS_FOUND = 5,  /* evidence against a log or a witness */
};

enum witness_command {
    WITNESS_KEYGEN,
    WITNESS_SERVE,
    WITNESS_SUBMIT,
    WITNESS_FOLLOW,
    WITNESS_CHECK,
    WITNESS_HELP,
    WITNESS_VERSION_SHOWN
};

struct witness_arguments {
    enum witness_command command;
    const char *operands[LIMIT_WITNESS_LOGS];
    size_t operand_count;
    const char *logs[LIMIT_WITNESS_LOGS];
    size_t log_count;
    const char *keys[LIMIT_WITNESS_SIGNERS];
    size_t key_count;
    const char *out, *state, *listen, *certificate, *tls_key, *user;
    const char *ledger, *url, *policy, *ca_file;
    double timeout_s, every_s, stall_s; /* every_s 0: once */
    bool once, verbose;
};

/* False: said on standard error what is wrong. */
bool witness_arguments_parse(int argc, char **argv, struct witness_arguments *out);
/* command NULL: the summary. False: there is no such command. */
bool witness_arguments_help(const char *command, FILE *to);

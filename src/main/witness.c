/* etalon-witness: holds logs to their history, for others and by others (C2SP tlog-witness). It
 * needs no time daemon, and shares nothing with one but files. */
#include <stdio.h>
#include <stdlib.h>

#include "main/witness_arguments.h"
#include "main/witness_check.h"
#include "main/witness_follow.h"
#include "main/witness_keygen.h"
#include "main/witness_serve.h"
#include "main/witness_submit.h"
#include "os/log.h"

static enum witness_exit show_help(const struct witness_arguments *arguments) {
    const char *command = arguments->operand_count ? arguments->operands[0] : NULL;
    if (witness_arguments_help(command, stdout)) return WITNESS_FINE;
    fprintf(stderr, "etalon-witness: unknown command '%s'\n", command);
    return WITNESS_USAGE;
}

static enum witness_exit run(const struct witness_arguments *arguments) {
    switch (arguments->command) {
    case WITNESS_KEYGEN:
        return witness_keygen(arguments);
    case WITNESS_SERVE:
        return witness_serve(arguments);
    case WITNESS_SUBMIT:
        return witness_submit(arguments);
    case WITNESS_FOLLOW:
        return witness_follow(arguments);
    case WITNESS_CHECK:
        return witness_check(arguments);
    case WITNESS_VERSION_SHOWN:
        puts("etalon-witness " ETALON_VERSION);
        return WITNESS_FINE;
    default:
        return show_help(arguments);
    }
}

int main(int argc, char **argv) {
    static struct witness_arguments arguments;
    bool journal = getenv("INVOCATION_ID") && getenv("JOURNAL_STREAM");
    if (!witness_arguments_parse(argc, argv, &arguments)) return WITNESS_USAGE;
    log_setup(journal ? LOG_STYLE_PRIORITIES : LOG_STYLE_TIMES, arguments.verbose);
    log_program("etalon-witness");
    enum witness_exit code = run(&arguments);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("etalon-witness: the output could not be written\n", stderr);
        return WITNESS_FAILED;
    }
    return code;
}

/* etalon roughtime COMMAND: which, and whether its options and operands fit. */
#include "main/etalon_roughtime.h"

#include <string.h>

static enum etalon_exit refuse(const char *command, const char *what) {
    fprintf(stderr, "etalon: roughtime %s: %s\nTry: etalon help roughtime\n", command, what);
    return ETALON_USAGE;
}

static enum etalon_exit keygen(const struct etalon_arguments *a) {
    if (a->operand_count != 2) return refuse("keygen", "needs the FILE to write the key to");
    return etalon_roughtime_keys_generate(a);
}

static enum etalon_exit delegate(const struct etalon_arguments *a) {
    if (a->operand_count != 1 || !a->key || !a->out)
        return refuse("delegate", "needs --key LONGTERM --out FILE and no operand");
    return etalon_roughtime_keys_delegate(a);
}

static enum etalon_exit query(const struct etalon_arguments *a,
                              const struct etalon_output *output) {
    size_t words = a->operand_count - 1;
    if (a->list && words > 0)
        return refuse("query", "takes its servers from --list or from the command line, not both");
    if (!a->list && (words == 0 || words % 2 != 0))
        return refuse("query", "needs --list FILE, or HOST:PORT KEY for each server");
    if (a->list && a->draft)
        return refuse("query", "--draft does not go with --list, which says the versions");
    return etalon_roughtime_query(a, output);
}

static enum etalon_exit verify(const struct etalon_arguments *a,
                               const struct etalon_output *output) {
    if (a->operand_count != 2) return refuse("verify", "needs the REPORT to verify");
    return etalon_roughtime_verify(a, output);
}

/* Options that only make sense with some of the commands. */
static bool options_fit(const struct etalon_arguments *a, const char *command) {
    bool is_query = strcmp(command, "query") == 0, is_verify = strcmp(command, "verify") == 0;
    if ((a->key || a->out) && strcmp(command, "delegate") != 0) return false;
    if ((a->report || a->tcp || a->draft || a->any_context || a->family != ADDR_NONE) && !is_query)
        return false;
    return (!a->list && !a->json) || is_query || is_verify;
}

enum etalon_exit etalon_roughtime(const struct etalon_arguments *a,
                                  const struct etalon_output *output) {
    const char *command = a->operands[0];
    if (!options_fit(a, command)) return refuse(command, "an option is not for this command");
    if (strcmp(command, "keygen") == 0) return keygen(a);
    if (strcmp(command, "delegate") == 0) return delegate(a);
    if (strcmp(command, "query") == 0) return query(a, output);
    if (strcmp(command, "verify") == 0) return verify(a, output);
    fprintf(stderr, "etalon: roughtime has keygen, delegate, query and verify, not '%s'\n",
            command);
    return ETALON_USAGE;
}

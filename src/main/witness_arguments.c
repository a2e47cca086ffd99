/* The command line. One table says which command takes which options; help is made from it. */
#include "main/witness_arguments.h"

#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct command {
    enum witness_command id;
    const char *name, *operands;
    size_t least, most;  /* operands */
    const char *options; /* letters of the rows of option_rows */
    const char *needs;   /* those that must be there */
    const char *help;
};

static const struct command commands[] = {
    {WITNESS_KEYGEN, "keygen", "NAME", 1, 1, "o", "o",
     "make a witness's key; prints the verifier key to hand out"},
    {WITNESS_SERVE, "serve", "", 0, 0, "kslaCKutv", "ksl",
     "cosign the checkpoints of logs that stay append-only"},
    {WITNESS_SUBMIT, "submit", "", 0, 0, "LUpseA1tv", "p",
     "bring a log's checkpoint to its witnesses, and their cosignatures back"},
    {WITNESS_FOLLOW, "follow", "URL|DIR...", 1, LIMIT_WITNESS_LOGS, "splSeA1tv", "s",
     "watch logs: is each checkpoint consistent with the last?"},
    {WITNESS_CHECK, "check", "FILE", 1, 1, "l", "l", "whether a file proves that a log lied"},
    {WITNESS_HELP, "help", "[COMMAND]", 0, 1, "", "", "this text, or the options of one command"},
    {WITNESS_VERSION_SHOWN, "version", "", 0, 0, "", "", "which version this is"},
};

struct option_row {
    char letter;
    const char *name, *argument, *help;
};

static const struct option_row option_rows[] = {
    {'o', "out", "FILE", "where the secret key goes; must not be there yet"},
    {'k', "key", "FILE", "key of the witness (again for another)"},
    {'s', "state", "DIR", "what is remembered, and evidence (submit: the ledger's inbox)"},
    {'l', "log", "VKEY|FILE", "a log's verifier key, or a policy that names logs (again)"},
    {'a', "listen", "ADDR:PORT", "where to listen (127.0.0.1:8460)"},
    {'C', "tls-cert", "FILE", "serve HTTPS with this certificate (PEM)"},
    {'K', "tls-key", "FILE", "and its key (PEM)"},
    {'u', "user", "NAME", "if started as root, become this user"},
    {'L', "ledger", "DIR", "the ledger of this machine"},
    {'U', "url", "URL", "or any log of the C2SP tiles format"},
    {'p', "policy", "FILE", "witnesses, their URLs, and how many of them are enough"},
    {'S', "stall", "SECONDS", "say so if nothing is new for that long (3600)"},
    {'e', "every", "SECONDS", "go on, with that much time between two rounds"},
    {'1', "once", NULL, "one round (the default)"},
    {'A', "cacert", "FILE", "certificates that HTTPS servers must show (the system's)"},
    {'t', "timeout", "SECONDS", "for one request (serve 10, others 5)"},
    {'v', "verbose", NULL, "log more"},
    {'h', "help", NULL, "the options of the command"},
};

enum {
    COMMANDS = sizeof commands / sizeof commands[0],
    OPTIONS = sizeof option_rows / sizeof option_rows[0],
};

static const struct command *command_find(const char *name) {
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    return NULL;
}

static void help_command(const struct command *command, FILE *to) {
    fprintf(to, "Usage: etalon-witness %s%s%s%s\n%s\n", command->name,
            command->options[0] ? " [OPTIONS]" : "", command->operands[0] ? " " : "",
            command->operands, command->help);
    if (command->options[0]) fputc('\n', to);
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct option_row *row = &option_rows[i];
        char name[40];
        if (!strchr(command->options, row->letter)) continue;
        snprintf(name, sizeof name, "-%c, --%s%s%s", row->letter, row->name,
                 row->argument ? " " : "", row->argument ? row->argument : "");
        fprintf(to, "  %-26s %s\n", name, row->help);
    }
}

bool witness_arguments_help(const char *name, FILE *to) {
    const struct command *command = name ? command_find(name) : NULL;
    if (name && !command) return false;
    if (command) {
        help_command(command, to);
        return true;
    }
    fputs("Usage: etalon-witness COMMAND [OPTIONS]\n\n", to);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-8s %-11s %s\n", commands[i].name, commands[i].operands, commands[i].help);
    fputs("\nExit codes: 0 fine, 1 too few cosignatures, 2 usage, 3 the log cannot be read,\n"
          "4 failed, 5 there is evidence against a log or a witness.\n"
          "Options of a command: etalon-witness help COMMAND. More: etalon-witness(1).\n",
          to);
    return true;
}

__attribute__((format(printf, 1, 2))) static bool refuse(const char *format, ...) {
    va_list values;
    va_start(values, format);
    fputs("etalon-witness: ", stderr);
    vfprintf(stderr, format, values);
    fputs("\nTry: etalon-witness help\n", stderr);
    va_end(values);
    return false;
}

static bool set_seconds(double *out, const char *name, const char *text, double low, double high) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value) || value < low || value > high)
        return refuse("--%s: '%s' is not %g to %g seconds", name, text, low, high);
    *out = value;
    return true;
}

static bool append(const char **list, size_t *count, size_t most, const char *name,
                   const char *value) {
    if (*count == most) return refuse("--%s: at most %zu times", name, most);
    list[(*count)++] = value;
    return true;
}

/* Options that name a file or a place; NULL: none of them. */
static const char **text_of(struct witness_arguments *a, int letter) {
    const struct {
        char letter;
        const char **text;
    } rows[] = {{'o', &a->out},     {'s', &a->state},  {'a', &a->listen}, {'C', &a->certificate},
                {'K', &a->tls_key}, {'u', &a->user},   {'L', &a->ledger}, {'U', &a->url},
                {'p', &a->policy},  {'A', &a->ca_file}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].letter == letter) return rows[i].text;
    return NULL;
}

static bool set_option(struct witness_arguments *a, int letter, const char *value) {
    const char **text = text_of(a, letter);
    if (text) *text = value;
    switch (letter) {
    case 'k':
        return append(a->keys, &a->key_count, LIMIT_WITNESS_SIGNERS, "key", value);
    case 'l':
        return append(a->logs, &a->log_count, LIMIT_WITNESS_LOGS, "log", value);
    case 'S':
        return set_seconds(&a->stall_s, "stall", value, 0.1, 1e8);
    case 'e':
        return set_seconds(&a->every_s, "every", value, 0.1, 1e6);
    case 't':
        return set_seconds(&a->timeout_s, "timeout", value, 0.1, 600);
    case '1':
        a->once = true;
        return true;
    case 'v':
        a->verbose = true;
        return true;
    default:
        return true;
    }
}

/* The tables of getopt, made from ours. */
static void getopt_tables(char *letters, struct option *names) {
    *letters++ = ':';
    for (size_t i = 0; i < OPTIONS; i++) {
        *letters++ = option_rows[i].letter;
        if (option_rows[i].argument) *letters++ = ':';
        names[i] = (struct option){option_rows[i].name,
                                   option_rows[i].argument ? required_argument : no_argument, NULL,
                                   option_rows[i].letter};
    }
    *letters = '\0';
    names[OPTIONS] = (struct option){0};
}

static bool read_options(int argc, char **argv, char *given, struct witness_arguments *a) {
    char letters[2 * OPTIONS + 2];
    struct option names[OPTIONS + 1];
    getopt_tables(letters, names);
    for (int letter; (letter = getopt_long(argc, argv, letters, names, NULL)) != -1;) {
        if (letter == ':') return refuse("'%s' needs a value", argv[optind - 1]);
        if (letter == '?') return refuse("unknown option '%s'", argv[optind - 1]);
        if (!strchr(given, letter)) given[strlen(given)] = (char)letter;
        if (!set_option(a, letter, optarg)) return false;
    }
    return true;
}

static const char *name_of(char letter) {
    for (size_t i = 0; i < OPTIONS; i++)
        if (option_rows[i].letter == letter) return option_rows[i].name;
    return "?";
}

static bool fits_command(const struct command *command, const char *given) {
    for (const char *letter = given; *letter; letter++)
        if (!strchr(command->options, *letter))
            return refuse("%s takes no --%s", command->name, name_of(*letter));
    for (const char *letter = command->needs; *letter; letter++)
        if (!strchr(given, *letter))
            return refuse("%s needs --%s", command->name, name_of(*letter));
    return true;
}

static bool is_consistent(const struct witness_arguments *a) {
    if (!a->certificate != !a->tls_key) return refuse("--tls-cert and --tls-key belong together");
    if (a->once && a->every_s > 0) return refuse("--once and --every exclude each other");
    if (a->command == WITNESS_SUBMIT && !a->ledger == !a->url)
        return refuse("submit needs --ledger or --url, one of them");
    if (a->command == WITNESS_SUBMIT && a->url && !a->state)
        return refuse("submit --url needs --state, where the cosigned checkpoints go");
    if (a->command == WITNESS_FOLLOW && !a->policy && a->log_count == 0)
        return refuse("follow needs --policy or --log: whose checkpoints are to be believed");
    return true;
}

static bool take_operands(int argc, char **argv, const struct command *command,
                          struct witness_arguments *a) {
    size_t count = (size_t)(argc - optind);
    if (count < command->least || count > command->most)
        return refuse("usage: etalon-witness %s [OPTIONS] %s", command->name, command->operands);
    for (size_t i = 0; i < count; i++) a->operands[i] = argv[optind + (int)i];
    a->operand_count = count;
    return true;
}

static bool asks_help(const char *word) {
    return strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0;
}

bool witness_arguments_parse(int argc, char **argv, struct witness_arguments *out) {
    char given[OPTIONS + 1] = "";
    *out = (struct witness_arguments){.command = WITNESS_HELP, .stall_s = LIMIT_WITNESS_STALL_S};
    if (argc < 2) {
        (void)witness_arguments_help(NULL, stderr);
        return false;
    }
    if (asks_help(argv[1])) return true;
    out->command = WITNESS_VERSION_SHOWN;
    if (strcmp(argv[1], "--version") == 0) return true;
    const struct command *command = command_find(argv[1]);
    if (!command) return refuse("unknown command '%s'", argv[1]);
    out->command = command->id;
    optind = 1;
    if (!read_options(argc - 1, argv + 1, given, out)) return false;
    argv++;
    argc--;
    if (strchr(given, 'h')) {
        out->command = WITNESS_HELP;
        out->operands[0] = command->name;
        out->operand_count = 1;
        return true;
    }
    return fits_command(command, given) && take_operands(argc, argv, command, out) &&
           is_consistent(out);
}

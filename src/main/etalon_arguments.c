/* The command line. One table says which command takes which options; help is made from it, so
 * that what is accepted and what is documented cannot differ. */
#include "main/etalon_arguments.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct command {
    enum etalon_command id;
    const char *name, *operand; /* operand NULL: none; in brackets: may be left out */
    const char *options;        /* letters of the rows of option_rows */
    const char *help;
};

static const struct command commands[] = {
    {ETALON_STATUS, "status", NULL, "sfjt", "the time kept, its bound, the kernel clock, the jobs"},
    {ETALON_SOURCES, "sources", NULL, "sfjt", "what is measured and thought of each source"},
    {ETALON_SELECTION, "selection", NULL, "sfjt", "which sources agree, drawn as intervals"},
    {ETALON_QUERY, "query", "HOST[:PORT]", "46pcivtj", "ask any NTP server for the time"},
    {ETALON_WATCH, "watch", NULL, "sfjticP", "repeat status and sources until interrupted"},
    {ETALON_ROUGHTIME, "roughtime", "keygen|delegate|query|verify ...", "46tjlTDarkodF",
     "provable time: keys, questions, evidence"},
    {ETALON_EXPORT, "export", NULL, "LFUYo", "a bundle of the ledger for an outsider to check"},
    {ETALON_PROVE, "prove", "INDEX", "LCoj", "the proof that an entry stands in the ledger"},
    {ETALON_LEDGER, "ledger", "list|tail|show|index|keygen ...", "LfFUKSJjnwYkIRo",
     "what stands in the ledger, checked as it is read"},
    {ETALON_TIMELINE, "timeline", "[BUNDLE]", "LfFUYkIO",
     "the ledger told as a story: what changed, and when"},
    {ETALON_REPLAY, "replay", NULL, "L", "decide again what the ledger's keepers decided"},
    {ETALON_STABILITY, "stability", "FILE|-", "xy0uMZABGj",
     "Allan deviations, TDEV, MTIE of a file of measurements"},
    {ETALON_SIM, "sim", "[SCENARIO|FILE]", "eNGVj",
     "run a simulated world, whatever happens in it; alone: list the scenarios"},
    {ETALON_REHEARSE, "rehearse", NULL, "fWeHNQjmb",
     "attacks on your configuration, simulated, and what would help"},
    {ETALON_OPTIONS, "options", NULL, "j", "the directives of the configuration file"},
    {ETALON_HELP, "help", "[COMMAND]", "", "this text, or the options of one command"},
    {ETALON_VERSION_SHOWN, "version", NULL, "", "which version this is"},
};

struct option_row {
    char letter;
    const char *name, *argument, *help;
};

static const struct option_row option_rows[] = {
    {'s', "socket", "PATH", "status socket of the daemon (/run/etalon/status.sock)"},
    {'f', "config", "FILE",
     "take the path of the status socket, or ledger, from this configuration; rehearse: this one"},
    {'j', "json", NULL, "print JSON"},
    {'t', "timeout", "SECONDS", "how long to wait for an answer (2)"},
    {'4', "ipv4", NULL, "use IPv4 only"},
    {'6', "ipv6", NULL, "use IPv6 only"},
    {'p', "port", "PORT", "UDP port (123)"},
    {'c', "count", "N", "how often (query: 1; watch: 0, without end)"},
    {'i', "interval", "SECONDS", "time between two rounds (query: 1; watch: 2)"},
    {'v', "version", "3|4", "NTP version to ask with (4)"},
    {'P', "plain", NULL, "one line a round instead of a repainted screen"},
    {'l', "list", "FILE", "roughtime query, verify: server list (JSON)"},
    {'T', "tcp", NULL, "roughtime query: over TCP"},
    {'D', "draft", NULL, "roughtime query HOST:PORT KEY: version 0x8000000c, not 1"},
    {'a', "any-context", NULL, "roughtime query: take either signature context, and say which"},
    {'r', "report", "FILE", "roughtime query: where to write the proof of a lie"},
    {'k', "key", "FILE",
     "roughtime delegate: the long-term key; ledger, timeline: the log's verifier keys"},
    {'o', "out", "FILE", "what to write (roughtime delegate: online key and delegation)"},
    {'d', "days", "N", "roughtime delegate: for how long (7)"},
    {'F', "from", "WHEN", "first time or index; roughtime delegate: UTC seconds since 1970"},
    {'U', "to", "WHEN", "last time or index"},
    {'L', "ledger", "DIR", "folder of the ledger; ledger, timeline: or a bundle"},
    {'Y', "policy", "FILE", "witnesses to go by (tlog-policy); export: to put into the bundle"},
    {'K', "kind", "KIND[,KIND]", "ledger: only entries of these kinds"},
    {'S', "source", "NAME", "ledger: only entries about this source"},
    {'J', "job", "JOB", "ledger: only entries of this job"},
    {'n', "lines", "N", "ledger: at most so many entries (list: all; tail: 10)"},
    {'w', "follow", NULL, "ledger tail: go on until interrupted"},
    {'I', "index", "FILE", "the index to search with, or none"},
    {'R', "rebuild", NULL, "ledger index: make it anew"},
    {'O', "format", "FORMAT", "timeline: text, json, timesketch or ocsf (text)"},
    {'C', "checkpoint", "FILE", "prove: against this checkpoint, not the newest"},
    {'x', "phase", NULL, "values are time errors (the default)"},
    {'y', "frequency", NULL, "values are fractional frequency"},
    {'0', "tau0", "SECONDS", "time between two values (from column 1 of several, else 1)"},
    {'u', "unit", "UNIT", "of the values: s, ms, us, ns, ps; or 1, ppm, ppb"},
    {'M', "column", "N", "which column has the values (2 of several, else 1)"},
    {'Z', "statistics", "LIST", "adev,oadev,mdev,tdev,hdev,ohdev,mtie,tie or all"},
    {'A', "taus", "WHICH", "averaging times: octave, decade, all or seconds,... (octave)"},
    {'B', "confidence", "P", "of the intervals, 0.5 to 0.999 (0.683)"},
    {'G', "plot", "FILE", "draw an SVG picture too"},
    {'e', "seed", "N|A..B", "which worlds (1); rehearse: one number"},
    {'N', "jobs", "N", "processes at one time (one for each processor)"},
    {'V', "verbose", NULL, "show what the daemon logs in the first of them"},
    {'W', "attack", "NAME[,NAME]", "rehearse: only these attacks"},
    {'H', "hours", "N", "rehearse: simulated for each attack, 10 to 168 (24)"},
    {'Q', "quick", NULL, "rehearse: end each run an hour after its attack, try changes alone"},
    {'m', "html", "FILE", "write a report to be shown, too"},
    {'b', "list", NULL, "rehearse: the attacks, and what cannot be simulated"},
    {'h', "help", NULL, "the options of the command"},
};

enum {
    COMMANDS = sizeof commands / sizeof commands[0],
    OPTIONS = sizeof option_rows / sizeof option_rows[0],
    COUNT_MAX = 1000000,
    QUERY_COUNT_MAX = 1000,
    DAYS_MAX = 366,
    LINES_MAX = 1000000000,
};

static const struct command *command_find(const char *name) {
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    return NULL;
}

static void help_options(const char *letters, FILE *to) {
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct option_row *row = &option_rows[i];
        if (!strchr(letters, row->letter)) continue;
        char name[40];
        snprintf(name, sizeof name, "-%c, --%s%s%s", row->letter, row->name,
                 row->argument ? " " : "", row->argument ? row->argument : "");
        fprintf(to, "  %-26s %s\n", name, row->help);
    }
}

bool etalon_arguments_help(const char *name, FILE *to) {
    const struct command *command = name ? command_find(name) : NULL;
    if (name && !command) return false;
    if (command) {
        bool options = command->options[0] != '\0';
        fprintf(to, "Usage: etalon %s%s%s%s\n%s\n", name, options ? " [OPTIONS]" : "",
                command->operand ? " " : "", command->operand ? command->operand : "",
                command->help);
        if (options) fputc('\n', to);
        help_options(command->options, to);
        return true;
    }
    fputs("Usage: etalon COMMAND [OPTIONS]\n\n", to);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-10s %-12s %s\n", commands[i].name,
                commands[i].operand ? commands[i].operand : "", commands[i].help);
    fputs("\nExit codes: 0 fine, 1 not synchronised (sim: findings), 2 usage, 3 no answer, 4 "
          "failed,\n"
          "5 a Roughtime server lied, or a ledger was altered, which is proven.\n"
          "Options of a command: etalon help COMMAND. More: etalon(1).\n",
          to);
    return true;
}

__attribute__((format(printf, 1, 2))) static bool refuse(const char *format, ...) {
    va_list values;
    va_start(values, format);
    fputs("etalon: ", stderr);
    vfprintf(stderr, format, values);
    fputs("\nTry: etalon help\n", stderr);
    va_end(values);
    return false;
}

/* A whole number from low to high and nothing else. */
static bool whole(const char *text, unsigned long low, unsigned long high, unsigned long *out) {
    char *end;
    errno = 0;
    if (*text < '0' || *text > '9') return false;
    unsigned long value = strtoul(text, &end, 10);
    if (errno || *end || value < low || value > high) return false;
    *out = value;
    return true;
}

static bool seconds(const char *text, double low, double high, double *out) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value) || value < low || value > high) return false;
    *out = value;
    return true;
}

static bool set_path(struct etalon_arguments *a, const char *path) {
    if (!*path) return refuse("--socket: the path is empty");
    size_t length = strlen(path);
    if (length >= sizeof a->socket)
        return refuse("--socket: a path has at most %zu bytes", sizeof a->socket - 1);
    memcpy(a->socket, path, length + 1);
    return true;
}

static bool set_number(struct etalon_arguments *a, int letter, const char *text) {
    unsigned long value;
    switch (letter) {
    case 'p':
        if (!whole(text, 1, 65535, &value)) return refuse("--port: '%s' is not 1 to 65535", text);
        a->port = (uint16_t)value;
        return true;
    case 'c':
        if (!whole(text, 0, COUNT_MAX, &value))
            return refuse("--count: '%s' is not 0 to %d", text, COUNT_MAX);
        a->count = (uint32_t)value;
        return true;
    case 'v':
        if (!whole(text, 3, 4, &value)) return refuse("--version: '%s' is not 3 or 4", text);
        a->version = (uint8_t)value;
        return true;
    case 'n':
        if (!whole(text, 1, LINES_MAX, &value))
            return refuse("--lines: '%s' is not 1 to %d", text, LINES_MAX);
        a->lines = (uint32_t)value;
        return true;
    case 'd':
        if (!whole(text, 1, DAYS_MAX, &value))
            return refuse("--days: '%s' is not 1 to %d", text, DAYS_MAX);
        a->days = (uint32_t)value;
        return true;
    case 'i':
        if (!seconds(text, 0.1, 86400, &a->interval_s))
            return refuse("--interval: '%s' is not 0.1 to 86400 seconds", text);
        return true;
    default:
        if (!seconds(text, 0.01, 60, &a->timeout_s))
            return refuse("--timeout: '%s' is not 0.01 to 60 seconds", text);
        return true;
    }
}

/* Options that are taken as they are, and flags; false: none of them. */
static bool set_plain(struct etalon_arguments *a, int letter, const char *value) {
    const struct {
        char letter;
        const char **file;
        bool *flag;
    } rows[] = {
        {'l', &a->list, NULL},        {'r', &a->report, NULL},      {'k', &a->key, NULL},
        {'o', &a->out, NULL},         {'T', NULL, &a->tcp},         {'D', NULL, &a->draft},
        {'a', NULL, &a->any_context}, {'L', &a->ledger, NULL},      {'Y', &a->policy, NULL},
        {'C', &a->checkpoint, NULL},  {'F', &a->from, NULL},        {'U', &a->to, NULL},
        {'K', &a->kind, NULL},        {'S', &a->source, NULL},      {'J', &a->job, NULL},
        {'I', &a->index, NULL},       {'O', &a->format, NULL},      {'w', NULL, &a->follow},
        {'R', NULL, &a->rebuild},     {'x', NULL, &a->phase},       {'y', NULL, &a->frequency},
        {'0', &a->tau0, NULL},        {'u', &a->unit, NULL},        {'M', &a->column, NULL},
        {'Z', &a->statistics, NULL},  {'A', &a->taus, NULL},        {'B', &a->confidence, NULL},
        {'G', &a->plot, NULL},        {'e', &a->seeds, NULL},       {'N', &a->jobs, NULL},
        {'V', NULL, &a->verbose},

        {'W', &a->attacks, NULL},     {'H', &a->hours, NULL},       {'m', &a->html, NULL},
        {'Q', NULL, &a->quick},       {'b', NULL, &a->list_attacks}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].letter != letter) continue;
        if (rows[i].file)
            *rows[i].file = value;
        else
            *rows[i].flag = true;
        return true;
    }
    return false;
}

static bool set_option(struct etalon_arguments *a, int letter, const char *value) {
    if (set_plain(a, letter, value)) return true;
    switch (letter) {
    case 's':
        return set_path(a, value);
    case 'f':
        a->config = value;
        return true;
    case 'j':
        a->json = true;
        return true;
    case 'P':
        a->plain = true;
        return true;
    case 'h':
        return true;
    case '4':
    case '6': {
        uint8_t family = letter == '4' ? ADDR_IPV4 : ADDR_IPV6;
        if (a->family != ADDR_NONE && a->family != family)
            return refuse("-4 and -6 exclude each other");
        a->family = family;
        return true;
    }
    default:
        return set_number(a, letter, value);
    }
}

/* The first word that names a command: what it is before the options are read. */
static const struct command *command_guess(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (command_find(argv[i])) return command_find(argv[i]);
    return NULL;
}

/* A name that two options have means that of the command, else the first one. */
static bool is_meant(const struct option_row *row, const struct command *command) {
    bool own = command && strchr(command->options, row->letter);
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct option_row *other = &option_rows[i];
        if (other == row || strcmp(other->name, row->name) != 0) continue;
        bool others = command && strchr(command->options, other->letter);
        if (others || (!own && other < row)) return false;
    }
    return true;
}

/* The tables of getopt, made from ours. */
static void getopt_tables(const struct command *command, char *letters, struct option *names) {
    *letters++ = ':';
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct option_row *row = &option_rows[i];
        *letters++ = row->letter;
        if (row->argument) *letters++ = ':';
        if (!is_meant(row, command)) continue;
        *names++ = (struct option){row->name, row->argument ? required_argument : no_argument, NULL,
                                   row->letter};
    }
    *letters = '\0';
    *names = (struct option){0};
}

static bool read_options(int argc, char **argv, char *given, struct etalon_arguments *a) {
    char letters[2 * OPTIONS + 2];
    struct option names[OPTIONS + 1];
    getopt_tables(command_guess(argc, argv), letters, names);
    for (int letter; (letter = getopt_long(argc, argv, letters, names, NULL)) != -1;) {
        if (letter == ':') return refuse("'%s' needs a value", argv[optind - 1]);
        if (letter == '?') return refuse("unknown option '%s'", argv[optind - 1]);
        if (!strchr(given, letter)) given[strlen(given)] = (char)letter;
        if (!set_option(a, letter, optarg)) return false;
    }
    return true;
}

static bool fits_command(const struct command *command, const char *given) {
    for (const char *letter = given; *letter; letter++) {
        if (strchr(command->options, *letter)) continue;
        for (size_t i = 0; i < OPTIONS; i++)
            if (option_rows[i].letter == *letter)
                return refuse("'%s' does not take --%s", command->name, option_rows[i].name);
    }
    return true;
}

static bool read_operand(const struct command *command, int argc, char **argv,
                         struct etalon_arguments *a) {
    int left = argc - optind;
    a->operands = (const char *const *)argv + optind;
    a->operand_count = (size_t)left;
    bool many = command->operand && strstr(command->operand, "...");
    if (!many && left > (command->operand ? 1 : 0))
        return refuse("'%s': unexpected '%s'", command->name, argv[argc - 1]);
    if (left >= 1) a->operand = argv[optind];
    if (left == 0 && command->operand && command->operand[0] != '[')
        return refuse("'%s' needs %s", command->name, command->operand);
    return true;
}

/* --from of roughtime is a number of seconds. */
static bool set_begin(struct etalon_arguments *a) {
    unsigned long value;
    if (a->command != ETALON_ROUGHTIME || !a->from) return true;
    if (!whole(a->from, 1, LIMIT_ROUGHTIME_UTC_S / 2, &value))
        return refuse("--from: '%s' is not a number of seconds", a->from);
    a->from_utc_s = value;
    return true;
}

/* "etalon --help" and "etalon --version" as everybody types them. */
static bool is_alone(int argc, char **argv, const char *letter, const char *name) {
    return argc == 2 && (strcmp(argv[1], letter) == 0 || strcmp(argv[1], name) == 0);
}

bool etalon_arguments_parse(int argc, char **argv, struct etalon_arguments *out) {
    struct etalon_arguments a = {
        .version = 4, .count = 1, .interval_s = 1, .timeout_s = 2, .days = 7};
    char given[OPTIONS + 1] = "";
    *out = a;
    if (is_alone(argc, argv, "-h", "--help")) {
        out->command = ETALON_HELP;
        return true;
    }
    if (is_alone(argc, argv, "-V", "--version")) {
        out->command = ETALON_VERSION_SHOWN;
        return true;
    }
    if (!read_options(argc, argv, given, &a)) return false;
    if (optind >= argc) return refuse("no command given");
    const struct command *command = command_find(argv[optind]);
    if (!command) return refuse("unknown command '%s'", argv[optind]);
    optind++;
    if (strchr(given, 'h')) {
        out->command = ETALON_HELP;
        out->operand = command->name;
        return true;
    }
    a.command = command->id;
    if (command->id == ETALON_WATCH && !strchr(given, 'c')) a.count = 0;
    if (command->id == ETALON_WATCH && !strchr(given, 'i')) a.interval_s = 2;
    if (command->id == ETALON_QUERY && (a.count == 0 || a.count > QUERY_COUNT_MAX))
        return refuse("query --count: 1 to %d", QUERY_COUNT_MAX);
    if (!fits_command(command, given) || !read_operand(command, argc, argv, &a)) return false;
    if (!set_begin(&a)) return false;
    *out = a;
    return true;
}

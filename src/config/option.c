/* The option table. Invariant: a row is complete: what is written here is parsed (apply, values,
 * sub-options), shown by help and completions, and compared with the man page by a test.
 *
 * Names and meanings follow chrony wherever it has the directive. Order: as in the man page. */
#include "config/option.h"

#include <string.h>
#include <strings.h>

#include "config/config.h"
#include "config/directive.h"

/* Rows of a table, not blocks of code: */
/* clang-format off */
/* Offset and size of a member, as struct option_rule wants them. */
#define MEMBER(type, member) offsetof(struct type, member), sizeof(((struct type *)NULL)->member)
#define SOURCE(member) MEMBER(directive_source, source.member)
#define CONFIG(member) MEMBER(config, member)

#define FLAG(where) {OPTION_FLAG, where, 0, 0, 1, NULL}
#define INTEGER(where, min, max, unit) {OPTION_INTEGER, where, min, max, 1, unit}
#define POLL(where)                                                                                \
    {OPTION_INTEGER, where, LIMIT_POLL_MIN_LOG2S, LIMIT_POLL_MAX_LOG2S, 1, "(log2 s)"}
#define SECONDS(where, min, max) {OPTION_REAL, where, min, max, 1, "s"}
#define PPM(where, min) {OPTION_REAL, where, min, KERNEL_RATE_PPM, 1e-6, "ppm"}
#define TEXT(kind, where, bytes_max) {kind, where, 0, bytes_max, 1, NULL}
#define VALUES(...) (const struct option_value[]){__VA_ARGS__, {.name = NULL}}

#define VERY_LONG_S       1e9 /* upper end of ranges that no real clock reaches: 31 years */
#define KERNEL_RATE_PPM   1e5 /* how much Linux can make a clock run fast or slow */
#define SOCKET_PATH_BYTES 107 /* sun_path of Linux without its terminating zero */

/* What server and pool have in common. */
#define SOURCE_SUBOPTIONS                                                                          \
    {"iburst", NULL, NULL, "Ask four times, two seconds apart, at the start.",                     \
     FLAG(SOURCE(iburst))},                                                                        \
    {"minpoll", "LOG2_S", "6", "Shortest interval between requests, as a power of two.",           \
     POLL(SOURCE(minpoll_log2s))},                                                                 \
    {"maxpoll", "LOG2_S", "10", "Longest interval between requests, as a power of two.",           \
     POLL(SOURCE(maxpoll_log2s))},                                                                 \
    {"trust", NULL, NULL, "Only trusted sources vote on the time, while any of them can.",         \
     FLAG(SOURCE(trust))},                                                                         \
    {"require", NULL, NULL, "The time is not taken unless a required source agrees.",              \
     FLAG(SOURCE(require))},                                                                       \
    {"prefer", NULL, NULL, "Only preferred sources are combined, while any of them agrees.",       \
     FLAG(SOURCE(prefer))},                                                                        \
    {"noselect", NULL, NULL, "Measure this source and never use it.", FLAG(SOURCE(noselect))},     \
    {"port", "PORT", "123", "UDP port of the server.",                                             \
     INTEGER(SOURCE(port), 1, 65535, NULL)},                                                       \
    {"version", "NUMBER", "4", "NTP version of the requests, 3 or 4.",                             \
     INTEGER(SOURCE(version), 3, 4, NULL)},                                                        \
    {"offset", "S", "0", "Correction added to every offset measured with this source.",            \
     SECONDS(SOURCE(offset_s), -VERY_LONG_S, VERY_LONG_S)},                                        \
    {"nts", NULL, NULL, "Authenticate the server by NTS, and never ask it without.",               \
     FLAG(SOURCE(nts))},                                                                           \
    {"ntsport", "PORT", "4460", "TCP port of the server's key establishment.",                     \
     INTEGER(SOURCE(nts_port), 1, 65535, NULL)}
/* clang-format on */

static const struct option_suboption server_suboptions[] = {
    SOURCE_SUBOPTIONS,
    {.name = NULL},
};

static const struct option_suboption pool_suboptions[] = {
    SOURCE_SUBOPTIONS,
    {"maxsources", "NUMBER", "4", "How many addresses of the name are used, each as a source.",
     INTEGER(MEMBER(directive_source, members), 1, LIMIT_POOL_SOURCES, NULL)},
    {.name = NULL},
};

static const struct option_suboption local_suboptions[] = {
    {"stratum", "NUMBER", "10", "Stratum that is served while the host clock is the reference.",
     INTEGER(CONFIG(local.stratum), 1, LIMIT_STRATUM, NULL)},
    {"distance", "S", "1.0", "Radius of the timescale beyond which the host clock takes over.",
     SECONDS(CONFIG(local.distance_s), 0, VERY_LONG_S)},
    {"offset", "S", "0", "Declared error of the host clock: seconds to be added to it.",
     SECONDS(CONFIG(local.offset_s), -VERY_LONG_S, VERY_LONG_S)},
    {"bound", "S", "0.5", "Declared bound: the corrected host clock is right within this.",
     SECONDS(CONFIG(local.bound_s), 1e-9, VERY_LONG_S)},
    {.name = NULL},
};

const struct option_entry option_table[] = {
    {"server", "NAME [OPTION]...", NULL,
     "A time server to measure, by host name or numeric address.", server_suboptions, NULL, true,
     directive_source},
    {"pool", "NAME [OPTION]...", NULL,
     "A name with many addresses; maxsources of them are measured, each as a server.",
     pool_suboptions, NULL, true, directive_source},
    {"minsources", "NUMBER", "1",
     "Sources that must agree before the timescale follows them or the clock is touched.", NULL,
     VALUES({"NUMBER", INTEGER(CONFIG(min_sources), 1, LIMIT_SOURCES, NULL)}), false,
     directive_values},
    {"maxdistance", "S", "3.0", "Sources with a larger root distance are not selected.", NULL,
     VALUES({"S", SECONDS(CONFIG(max_distance_s), 1e-6, VERY_LONG_S)}), false, directive_values},
    {"local", "[OPTION]...", NULL,
     "Serve from the host clock, with a declared bound, while no source can do better.",
     local_suboptions, NULL, false, directive_local},
    {"makestep", "THRESHOLD LIMIT", NULL,
     "Step the clock where it is off by more than THRESHOLD seconds, in the first LIMIT updates "
     "only; -1 means always. Without it the clock is never stepped.",
     NULL,
     VALUES({"THRESHOLD", SECONDS(CONFIG(makestep_threshold_s), 1e-6, VERY_LONG_S)},
            {"LIMIT", INTEGER(CONFIG(makestep_limit), -1, INT32_MAX, "updates")}),
     false, directive_values},
    {"maxslewrate", "PPM", "500", "Fastest rate at which the clock is slewed.", NULL,
     VALUES({"PPM", PPM(CONFIG(max_slew_rate), 1e-3)}), false, directive_values},
    {"maxchange", "OFFSET START IGNORE", NULL,
     "After START updates, refuse corrections of more than OFFSET seconds; after IGNORE of them "
     "time is withdrawn until a restart, with -1 never.",
     NULL,
     VALUES({"OFFSET", SECONDS(CONFIG(max_change_s), 1e-9, VERY_LONG_S)},
            {"START", INTEGER(CONFIG(max_change_start), 0, INT32_MAX, "updates")},
            {"IGNORE", INTEGER(CONFIG(max_change_ignore), -1, INT32_MAX, "updates")}),
     false, directive_values},
    {"maxclockerror", "PPM", "15",
     "Rate at which the bound grows while nothing is measured: how much the oscillator's "
     "frequency may change unseen.",
     NULL, VALUES({"PPM", PPM(CONFIG(max_clock_error), 1e-6)}), false, directive_values},
    {"maxdrift", "PPM", "500", "Largest frequency error that the host's oscillator can have.", NULL,
     VALUES({"PPM", PPM(CONFIG(max_drift), 1e-3)}), false, directive_values},
    {"maxbound", "S", "1.0",
     "Served time is withdrawn (stratum 16, leap indicator 3) while its bound exceeds this.", NULL,
     VALUES({"S", SECONDS(CONFIG(max_bound_s), 1e-9, VERY_LONG_S)}), false, directive_values},
    {"driftfile", "FILE", NULL, "Where the measured frequency is kept between runs.", NULL,
     VALUES({"FILE", TEXT(OPTION_PATH, CONFIG(drift_file), 0)}), false, directive_values},
    {"leapseclist", "FILE", NULL, "List of leap seconds in the format of leap-seconds.list.", NULL,
     VALUES({"FILE", TEXT(OPTION_PATH, CONFIG(leap_file), 0)}), false, directive_values},
    {"allow", "[all] [SUBNET]", NULL,
     "Give time to an address or network, or to everybody; the most specific rule decides.", NULL,
     NULL, true, directive_allow},
    {"deny", "[all] [SUBNET]", NULL, "Give no time to an address or network.", NULL, NULL, true,
     directive_deny},
    {"port", "PORT", "123", "UDP port on which time is served; 0 serves none.", NULL,
     VALUES({"PORT", INTEGER(CONFIG(port), 0, 65535, NULL)}), false, directive_values},
    {"bindaddress", "ADDRESS", NULL,
     "Local address on which time is served; without it every IPv4 and IPv6 address.", NULL, NULL,
     true, directive_bindaddress},
    {"serverjobs", "NUMBER", "1", "Processes that answer requests, at most one for each core.",
     NULL, VALUES({"NUMBER", INTEGER(CONFIG(server_jobs), 1, LIMIT_SERVER_JOBS, NULL)}), false,
     directive_values},
    {"roughtime", "ADDRESS:PORT KEY", NULL,
     "A Roughtime server to ask, by numeric address and public key; at least three. What they "
     "prove "
     "is the floor at the start and a check of the time later.",
     NULL, NULL, true, directive_roughtime},
    {"roughtimereports", "DIRECTORY", NULL,
     "Where the evidence is written when a Roughtime server is caught lying.", NULL,
     VALUES({"DIRECTORY", TEXT(OPTION_PATH, CONFIG(roughtime_reports), LIMIT_PATH_BYTES - 64)}),
     false, directive_values},
    {"roughtimedelegation", "FILE", NULL,
     "Serve Roughtime with the online key and delegation of this file, as made by "
     "\"etalon roughtime delegate\".",
     NULL, VALUES({"FILE", TEXT(OPTION_PATH, CONFIG(roughtime_delegation), 0)}), false,
     directive_values},
    {"roughtimeport", "PORT", "5319", "UDP and TCP port on which Roughtime is served.", NULL,
     VALUES({"PORT", INTEGER(CONFIG(roughtime_port), 0, 65535, NULL)}), false, directive_values},
    {"roughtimeoldport", "PORT", "0",
     "A second UDP and TCP port for clients that know an older one, such as 2002; 0 is none.", NULL,
     VALUES({"PORT", INTEGER(CONFIG(roughtime_old_port), 0, 65535, NULL)}), false,
     directive_values},
    {"roughtimegrease", "PROBABILITY", "0",
     "How many of the replies are malformed or badly signed on purpose, so that clients that do "
     "not verify are found out; never a wrong time with a valid signature.",
     NULL, VALUES({"PROBABILITY", {OPTION_REAL, CONFIG(roughtime_grease), 0, 0.5, 1, NULL}}), false,
     directive_values},
    {"roughtimecontext", "CONTEXT", "rfc",
     "Signature context of version 1: \"rfc\" as in the text of the RFC, \"appendix-b\" as in its "
     "test vectors and in the programs that are older than it.",
     NULL, NULL, false, directive_roughtime_context},
    {"statussocket", "FILE", "/run/etalon/status.sock",
     "Socket on which the etalon command asks; \"none\" opens none.", NULL,
     VALUES({"FILE", TEXT(OPTION_PATH_OR_NONE, CONFIG(status_socket), SOCKET_PATH_BYTES)}), false,
     directive_values},
    {"user", "NAME", NULL, "User that the processes become once they are set up.", NULL,
     VALUES({"NAME", TEXT(OPTION_USER, CONFIG(user), 0)}), false, directive_values},
    {"ntsservercert", "FILE", NULL,
     "Certificate of this server with its chain, PEM; serves NTS together with ntsserverkey.", NULL,
     VALUES({"FILE", TEXT(OPTION_PATH, CONFIG(nts.server_cert), 0)}), false, directive_values},
    {"ntsserverkey", "FILE", NULL, "Private key of that certificate, PEM.", NULL,
     VALUES({"FILE", TEXT(OPTION_PATH, CONFIG(nts.server_key), 0)}), false, directive_values},
    {"ntsport", "PORT", "4460", "TCP port on which keys for NTS are established.", NULL,
     VALUES({"PORT", INTEGER(CONFIG(nts.port), 1, 65535, NULL)}), false, directive_values},
    {"ntsntpserver", "NAME", NULL,
     "NTP server that clients are sent to with their keys, by name or address; without it this "
     "one.",
     NULL, VALUES({"NAME", TEXT(OPTION_HOST, CONFIG(nts.ntp_server), 0)}), false, directive_values},
    {"maxntsconnections", "NUMBER", "100", "Key establishments at one time.", NULL,
     VALUES({"NUMBER", INTEGER(CONFIG(nts.connections_max), 1, LIMIT_NTS_CONNECTIONS, NULL)}),
     false, directive_values},
    {"ntsdumpdir", "DIRECTORY", NULL,
     "Where cookie keys (ntskeys) and the cookies of our own servers are kept between runs.", NULL,
     VALUES({"DIRECTORY", TEXT(OPTION_PATH, CONFIG(nts.dump_dir), 0)}), false, directive_values},
    {"ntsrotate", "S", "604800",
     "Interval between new cookie keys; with 0 they are only read from ntskeys, whenever it "
     "changes.",
     NULL, VALUES({"S", INTEGER(CONFIG(nts.rotate_s), 0, INT32_MAX, "s")}), false,
     directive_values},
    {"ntsfleetsecret", "FILE", NULL,
     "Secret from which all servers of a fleet derive the same cookie keys, a new one every "
     "ntsrotate seconds.",
     NULL, VALUES({"FILE", TEXT(OPTION_PATH, CONFIG(nts.fleet_secret), 0)}), false,
     directive_values},
    {"ntstrustedcerts", "PATH", NULL,
     "File or directory of PEM certificates that are trusted beside the system's.", NULL,
     VALUES({"PATH", TEXT(OPTION_PATH, CONFIG(nts.trusted), 0)}), false, directive_values},
    {"nosystemcert", "", NULL, "Do not trust the system's certificates.", NULL,
     VALUES({"", FLAG(CONFIG(nts.no_system_certs))}), false, directive_values},
    {"ntsrefresh", "S", "2419200", "Keys of an NTS server are established anew after this.", NULL,
     VALUES({"S", INTEGER(CONFIG(nts.refresh_s), 60, INT32_MAX, "s")}), false, directive_values},
    {"ledger", "DIRECTORY", NULL,
     "Keep a ledger there: what is measured, decided and done, for outsiders to check.", NULL,
     VALUES({"DIRECTORY", TEXT(OPTION_PATH, CONFIG(ledger.dir), 0)}), false, directive_values},
    {"ledgerkey", "FILE", NULL, "Key that signs the ledger's checkpoints (etalon ledger keygen).",
     NULL, VALUES({"FILE", TEXT(OPTION_PATH, CONFIG(ledger.key), 0)}), false, directive_values},
    {"ledgerformerkey", "FILE", NULL,
     "The key before it: the change from one to the other is made, and recorded, at the start.",
     NULL, VALUES({"FILE", TEXT(OPTION_PATH, CONFIG(ledger.former_key), 0)}), false,
     directive_values},
    {"ledgerpolicy", "FILE", NULL,
     "Witnesses of the ledger and how many of them are enough (C2SP tlog-policy).", NULL,
     VALUES({"FILE", TEXT(OPTION_PATH, CONFIG(ledger.policy), 0)}), false, directive_values},
    {"ledgerkeep", "ENTRIES", "0",
     "Entries that are kept; older ones are pruned, their hashes stay. 0: all are kept.", NULL,
     VALUES({"ENTRIES", INTEGER(CONFIG(ledger.keep), 0, UINT32_MAX, NULL)}), false,
     directive_values},
    {"ledgerport", "PORT", "0",
     "TCP port on the loopback addresses where the ledger can be read over HTTP; 0: none.", NULL,
     VALUES({"PORT", INTEGER(CONFIG(ledger.port), 0, 65535, NULL)}), false, directive_values},
    {"include", "FILE", NULL,
     "Read another file here, or with DIRECTORY/*.conf every such file in sorted order.", NULL,
     NULL, true, directive_include},
    {"confdir", "DIRECTORY", NULL,
     "Read every file of a directory whose name ends in .conf, in sorted order; there may be none.",
     NULL, NULL, true, directive_confdir},
};

const size_t option_count = sizeof option_table / sizeof option_table[0];
_Static_assert(sizeof option_table / sizeof option_table[0] <= OPTION_ROWS_MAX,
               "a reading remembers a place for each row");
_Static_assert(sizeof pool_suboptions / sizeof pool_suboptions[0] <= OPTION_SUBOPTIONS_MAX,
               "a line remembers a word for each sub-option");

const struct option_entry *option_find(const char *name) {
    for (size_t i = 0; i < option_count; i++)
        if (strcasecmp(option_table[i].name, name) == 0) return &option_table[i];
    return NULL;
}

enum { NEAR_NAME_BYTES = 32 };

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

static bool same_letter(char a, char b) {
    return strncasecmp(&a, &b, 1) == 0;
}

/* Edit distance with swaps of neighbours (optimal string alignment); both names are shorter than
 * NEAR_NAME_BYTES. */
static size_t distance(const char *a, const char *b) {
    size_t rows[3][NEAR_NAME_BYTES], width = strlen(b);
    for (size_t j = 0; j <= width; j++) rows[0][j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t *now = rows[i % 3], *last = rows[(i + 2) % 3], *older = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= width; j++) {
            size_t change = last[j - 1] + !same_letter(a[i - 1], b[j - 1]);
            now[j] = smaller(change, smaller(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
                same_letter(a[i - 2], b[j - 1]))
                now[j] = smaller(now[j], older[j - 2] + 1);
        }
    }
    return rows[strlen(a) % 3][width];
}

/* Keeps in *best the name nearest to word, unless more than a third of it would be wrong. */
static void consider(const char *word, const char *name, const char **best, size_t *best_distance) {
    size_t edits = distance(word, name);
    if (edits > (strlen(name) + 1) / 3 || edits >= *best_distance) return;
    *best = name;
    *best_distance = edits;
}

const char *option_nearest(const char *name) {
    const char *best = NULL;
    size_t best_distance = NEAR_NAME_BYTES;
    if (strlen(name) >= NEAR_NAME_BYTES) return NULL;
    for (size_t i = 0; i < option_count; i++)
        consider(name, option_table[i].name, &best, &best_distance);
    return best;
}

const char *option_nearest_suboption(const struct option_entry *entry, const char *name) {
    const char *best = NULL;
    size_t best_distance = NEAR_NAME_BYTES;
    if (strlen(name) >= NEAR_NAME_BYTES || !entry->suboptions) return NULL;
    for (const struct option_suboption *sub = entry->suboptions; sub->name; sub++)
        consider(name, sub->name, &best, &best_distance);
    return best;
}

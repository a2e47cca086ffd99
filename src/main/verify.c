/* etalon-verify: what a bundle, a folder of a ledger or a proof shows, and what it does not.
 * Offline, without a daemon, small enough to be read. See etalon-verify(1). */
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "main/verify_checkpoints.h"

enum { TRIES = 5 };

static int usage(FILE *to) {
    fputs("Usage: etalon-verify [-j] [-k KEY|FILE]... [-p POLICY] [-a N] BUNDLE|FOLDER\n"
          "       etalon-verify [-j] [-k KEY|FILE]... [-p POLICY] PROOF [ENTRY]\n\n"
          "  -k, --key KEY|FILE   key of the log (vkey), which you got elsewhere\n"
          "  -p, --policy FILE    logs and witnesses that you trust (tlog-policy)\n"
          "  -a, --allow-tail N   up to N of the newest entries may lack the policy's quorum\n"
          "  -j, --json           print JSON\n"
          "  -h, --help           this text\n"
          "  -V, --version        which version this is\n\n"
          "Exit codes: 0 proven, 1 refuted, 2 usage or unreadable, 3 incomplete,\n"
          "4 holds together, but by a key that nobody vouches for. More: etalon-verify(1).\n",
          to);
    return VERIFY_USAGE;
}

static bool add_key(const char *text, size_t length, const char *from, struct policy *policy) {
    struct note_key key;
    enum err parsed = note_key_parse(text, length, &key), err = parsed;
    if (parsed == ERR_OK) err = policy_add_log(policy, &key);
    if (err == ERR_OK) return true;
    fprintf(stderr, "etalon-verify: %s: no usable key of a log: %s\n", from,
            parsed == ERR_OK && err == ERR_KEY ? "it is that of a witness of the policy"
                                               : err_text(err));
    return false;
}

/* A key, or a file with one on each line. */
static bool add_keys(const char *given, struct policy *policy) {
    const uint8_t *bytes;
    size_t length;
    struct stat state;
    bool file = stat(given, &state) == 0;
    if (!file && strchr(given, '+')) return add_key(given, strlen(given), given, policy);
    if (!verify_source_map(given, &bytes, &length)) return false;
    const char *at = (const char *)bytes, *end = at + length;
    if (length == 0) return add_key("", 0, given, policy);
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop) stop = end;
        if (!add_key(at, (size_t)(stop - at), given, policy)) return false;
        at = stop < end ? stop + 1 : end;
    }
    return true;
}

static bool read_policy(const char *path, struct policy *policy) {
    const uint8_t *bytes;
    size_t length;
    struct policy_error error;
    if (!verify_source_map(path, &bytes, &length)) return false;
    if (policy_parse((const char *)bytes, length, policy, &error) == ERR_OK) return true;
    fprintf(stderr, "etalon-verify: %s:%zu: %s\n", path, error.line, error.text);
    return false;
}

/* What the manifest says was asked for; nobody signed that. */
static void read_manifest(const struct verify_source *source, struct verify_report *report) {
    struct bundle_name name = {.kind = BUNDLE_MANIFEST};
    struct entry_facts facts;
    struct verify_bytes bytes;
    const struct verify_file *file = verify_source_find(source, &name);
    if (!file && source->folder < 0)
        verify_report_add(report, VERIFY_GAP, "manifest.json: is not there");
    if (!file || !verify_source_load(source, file, report, &bytes)) return;
    enum err err = entry_facts_parse((const char *)bytes.bytes, bytes.length, &facts);
    verify_source_release(&bytes);
    if (err != ERR_OK || !facts.has_range || facts.from >= facts.to) {
        verify_report_add(report, VERIFY_CONTRADICTION, "manifest.json: %s",
                          err == ERR_OK         ? "names no range of entries"
                          : err == ERR_TOO_LONG ? "is nested too deep"
                                                : err_text(err));
        return;
    }
    report->has_asked = true;
    report->asked_from = facts.from;
    report->asked_to = facts.to;
}

/* The newest entries of a log that is being written are not cosigned yet; how many of them may be
 * so, the user says. */
static void judge_witnesses(struct verify_report *report) {
    if (!report->has_policy || report->policy.quorum == POLICY_QUORUM_NONE) return;
    uint64_t wanted = report->has_asked ? report->asked_to : report->last + 1;
    uint64_t covered = report->part.known ? report->part.size : 0;
    if (report->entries == 0 || covered >= wanted) return;
    bool allowed = report->part.known && wanted - covered <= report->allowed_tail;
    verify_report_add(report, allowed ? VERIFY_NOTE : VERIFY_GAP,
                      "no checkpoint that covers the last of the entries is cosigned by as many "
                      "witnesses as the policy asks for: entries from %" PRIu64 " to %" PRIu64
                      " are without%s",
                      covered, wanted - 1, allowed ? ", which you allowed (--allow-tail)" : "");
}

static void judge_entries(struct verify_report *report) {
    if (report->entries > 0) return;
    verify_report_add(report, VERIFY_GAP, "%s",
                      report->has_root && report->checkpoint.size == 0
                          ? "the log is empty: there is no entry that could be proven"
                          : "not one entry is proven");
}

static void check_source(const struct verify_source *source, struct verify_report *report) {
    static struct verify_tree tree;
    struct merkle_hash root;
    verify_source_sums(source, report);
    read_manifest(source, report);
    if (!verify_checkpoints_keys(source, report) || !verify_checkpoints_newest(source, report))
        return;
    verify_tree_init(&tree, source, report->checkpoint.size, report);
    if (!verify_tree_root(&tree, report->checkpoint.size, &root)) {
        verify_report_add(report, VERIFY_GAP, "%s: is missing, so the tree cannot be made again",
                          tree.missing);
    } else if (!merkle_same(&root, &report->checkpoint.root)) {
        verify_report_add(report, VERIFY_CONTRADICTION,
                          "the tiles do not lead to the root that was signed: tiles or checkpoint "
                          "are not those of the log");
    } else {
        report->has_root = true;
    }
    verify_tree_check(&tree);
    verify_checkpoints_check(&tree);
    judge_entries(report);
    judge_witnesses(report);
}

static bool is_proof(const char *path) {
    static const char first[] = "c2sp.org/tlog-proof";
    char start[sizeof first] = "";
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    bool right = fread(start, 1, sizeof first - 1, file) == sizeof first - 1;
    fclose(file);
    return right && memcmp(start, first, sizeof first - 1) == 0;
}

static bool check_proof(const char *path, const char *entry_path, struct verify_report *report) {
    const uint8_t *text, *entry = NULL;
    size_t length, entry_length = 0;
    report->what = "proof";
    report->files = 1;
    if (!verify_source_map(path, &text, &length)) return false;
    if (entry_path && !verify_source_map(entry_path, &entry, &entry_length)) return false;
    report->authenticated = report->policy.logs_count > 0;
    if (report->authenticated)
        verify_checkpoints_proof(text, length, entry, entry_length, report);
    else
        verify_report_add(report, VERIFY_GAP, "no key of the log was given (--key or --policy)");
    judge_witnesses(report);
    return true;
}

static bool check_once(const char *path, struct verify_report *report, bool *moved) {
    struct verify_source source;
    if (!verify_source_open(path, &source, report)) return false;
    if (report->findings[VERIFY_CONTRADICTION].count == 0)
        check_source(&source, report);
    else
        verify_report_add(report, VERIFY_NOTE,
                          "what is in it was not looked at, since the container cannot be trusted");
    *moved = verify_source_moved(&source);
    verify_source_close(&source);
    return true;
}

/* A log that is being written may put wider tiles in the place of those that were seen. */
static bool check(const char *path, const char *entry, struct verify_report *report) {
    static struct verify_report clean;
    bool moved = true;
    report->path = path;
    if (is_proof(path)) return check_proof(path, entry, report);
    if (entry) {
        fprintf(stderr, "etalon-verify: %s: is no proof, so '%s' is one file too many\n", path,
                entry);
        return false;
    }
    clean = *report;
    for (int left = TRIES; left > 0; left--) {
        *report = clean;
        if (!check_once(path, report, &moved)) return false;
        if (!moved || verify_report_exit(report) == VERIFY_PROVEN) break;
    }
    return true;
}

/* -1: go on; else the exit code. */
static int read_options(int argc, char **argv, struct verify_report *report, bool *json) {
    static const struct option names[] = {{"key", required_argument, NULL, 'k'},
                                          {"policy", required_argument, NULL, 'p'},
                                          {"allow-tail", required_argument, NULL, 'a'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'V'},
                                          {0}};
    const char *keys[LIMIT_POLICY_LOGS], *policy = NULL;
    size_t count = 0;
    for (int letter; (letter = getopt_long(argc, argv, "k:p:a:jhV", names, NULL)) != -1;) {
        if (letter == 'k' && count < LIMIT_POLICY_LOGS)
            keys[count++] = optarg;
        else if (letter == 'p' && !policy)
            policy = optarg;
        else if (letter == 'a' && optarg &&
                 checkpoint_decimal(optarg, strlen(optarg), &report->allowed_tail) == ERR_OK)
            continue;
        else if (letter == 'j')
            *json = true;
        else if (letter == 'h')
            return usage(stdout), 0;
        else if (letter == 'V')
            return puts("etalon-verify " ETALON_VERSION), 0;
        else
            return usage(stderr);
    }
    if (policy && !read_policy(policy, &report->policy)) return VERIFY_USAGE;
    report->has_policy = policy != NULL;
    for (size_t i = 0; i < count; i++)
        if (!add_keys(keys[i], &report->policy)) return VERIFY_USAGE;
    return argc - optind < 1 || argc - optind > 2 ? usage(stderr) : -1;
}

int main(int argc, char **argv) {
    static struct verify_report report;
    bool json = false, whole = true;
    int code = read_options(argc, argv, &report, &json);
    if (code >= 0) return code;
    if (!check(argv[optind], optind + 1 < argc ? argv[optind + 1] : NULL, &report))
        return VERIFY_USAGE;
    if (json)
        whole = verify_report_json(&report);
    else
        verify_report_print(&report);
    if (!whole || fflush(stdout) != 0 || ferror(stdout)) {
        fputs("etalon-verify: the verdict could not be written\n", stderr);
        return VERIFY_USAGE;
    }
    return verify_report_exit(&report);
}

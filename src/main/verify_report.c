/* The verdict. Invariant: "proven" is said only if nothing contradicts, nothing that was asked for
 * is missing, and the key came from the user. */
#include "main/verify_report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

void verify_report_add(struct verify_report *report, enum verify_level level, const char *format,
                       ...) {
    struct verify_findings *findings = &report->findings[level];
    char spare[VERIFY_FINDING_BYTES];
    char *text = findings->count < VERIFY_FINDINGS ? findings->text[findings->count] : spare;
    va_list values;
    va_start(values, format);
    vsnprintf(text, VERIFY_FINDING_BYTES, format, values);
    va_end(values);
    for (; *text; text++) /* names of others may hold anything */
        if ((unsigned char)*text < ' ' || (unsigned char)*text >= 0x7f) *text = '?';
    findings->count++;
}

enum verify_exit verify_report_exit(const struct verify_report *report) {
    if (report->findings[VERIFY_CONTRADICTION].count > 0) return VERIFY_REFUTED;
    if (!report->authenticated) return VERIFY_UNAUTHENTICATED;
    if (report->findings[VERIFY_GAP].count > 0 || !report->has_root || !report->is_signed ||
        report->entries == 0)
        return VERIFY_INCOMPLETE;
    return VERIFY_PROVEN;
}

static const char *verdict_name(const struct verify_report *report) {
    static const char *const names[] = {
        [VERIFY_PROVEN] = "proven",
        [VERIFY_REFUTED] = "refuted",
        [VERIFY_INCOMPLETE] = "incomplete",
        [VERIFY_UNAUTHENTICATED] = "unauthenticated",
    };
    return names[verify_report_exit(report)];
}

/* Refuted only because none of the given keys signed: perhaps the log replaced its key. */
static bool is_only_foreign(const struct verify_report *report) {
    return report->is_foreign && report->authenticated &&
           report->findings[VERIFY_CONTRADICTION].count == 1;
}

static const char *verdict_text(const struct verify_report *report) {
    static const char *const texts[] = {
        [VERIFY_PROVEN] = "PROVEN. What is listed under \"Proven\" holds.",
        [VERIFY_REFUTED] =
            "REFUTED. This is not what the log committed to; see \"Contradictions\".",
        [VERIFY_INCOMPLETE] =
            "INCOMPLETE. Nothing contradicts, but something is missing; see \"Missing\".",
        [VERIFY_UNAUTHENTICATED] =
            "NOT AUTHENTICATED. Who signed is not known; see \"Not proven\".",
    };
    if (is_only_foreign(report))
        return "REFUTED. No key that you gave signed this; see \"Contradictions\".";
    return texts[verify_report_exit(report)];
}

/* Text of others: whatever could move the cursor becomes '?'. */
static const char *clean(const char *text, char *out, size_t room) {
    size_t length = 0;
    for (; text[length] && length + 1 < room; length++)
        out[length] = text[length] < ' ' || text[length] >= 0x7f ? '?' : text[length];
    out[length] = '\0';
    return out;
}

/* Seconds of a witness; beyond what the calendar here has they are shown as a number. */
static const char *time_text(uint64_t time_s, char out[TEXT_BYTES]) {
    if (time_s >= (uint64_t)(INT64_MAX / NS_PER_S)) {
        snprintf(out, TEXT_BYTES, "second %" PRIu64 " since 1970", time_s);
        return out;
    }
    text_utc((struct utc){(int64_t)time_s * NS_PER_S}, out);
    snprintf(out + 19, TEXT_BYTES - 19, "Z"); /* witnesses give whole seconds */
    return out;
}

/* At spaces, so that a line has at most COLUMNS where that is possible. */
static void print_wrapped(const char *text) {
    enum { COLUMNS = 76 };
    fputs("  - ", stdout);
    while (strlen(text) > COLUMNS) {
        size_t length = COLUMNS;
        while (length > 0 && text[length] != ' ') length--;
        if (length == 0) break;
        printf("%.*s\n    ", (int)length, text);
        text += length + 1;
    }
    puts(text);
}

static void print_findings(const struct verify_report *report, enum verify_level level,
                           const char *title) {
    const struct verify_findings *findings = &report->findings[level];
    if (findings->count == 0) return;
    printf("\n%s\n", title);
    for (size_t i = 0; i < findings->count && i < VERIFY_FINDINGS; i++)
        print_wrapped(findings->text[i]);
    if (findings->count > VERIFY_FINDINGS)
        printf("  - and %zu more\n", findings->count - VERIFY_FINDINGS);
}

static void print_subject(const struct verify_report *report) {
    char text[NOTE_KEY_TEXT_BYTES], root[MERKLE_HASH_TEXT_BYTES];
    printf("Checked:    %s (%s of %zu files", report->path, report->what, report->files);
    if (report->sums > 0) printf(", %zu of them match SHA256SUMS", report->sums);
    puts(")");
    if (!report->has_checkpoint) return;
    printf("Log:        %s\n", clean(report->checkpoint.origin, text, sizeof text));
    printf("State:      %" PRIu64 " entries, root %s\n", report->checkpoint.size,
           merkle_hash_text(&report->checkpoint.root, root));
    if (report->is_signed)
        printf("Signed by:  %s\n            (%s)\n", clean(report->key, text, sizeof text),
               report->authenticated ? "a key that you gave" : "a key found inside, not yours");
    if (report->has_asked)
        printf("Asked for:  entries %" PRIu64 " to %" PRIu64 " (says who made it)\n",
               report->asked_from, report->asked_to - 1);
}

static void print_entries(const struct verify_report *report) {
    if (report->entries == 1) {
        printf("  - Entry %" PRIu64
               " stands in the signed state of the log, every byte unchanged.\n",
               report->first);
        return;
    }
    printf("  - %" PRIu64 " entries", report->entries);
    if (report->entries == report->last - report->first + 1)
        printf(", %" PRIu64 " to %" PRIu64, report->first, report->last);
    else
        printf(" between %" PRIu64 " and %" PRIu64, report->first, report->last);
    puts(", stand in the signed state of the log,\n"
         "    in this order and with every byte unchanged.");
}

static void print_bound_below(const struct verify_report *report,
                              const struct verify_bound *bound) {
    char text[TEXT_BYTES];
    if (bound->size <= report->first) return;
    printf("  - Entries below %" PRIu64 " existed no later than %s: so say enough witnesses of "
           "your policy.\n",
           bound->size, time_text(bound->time_s, text));
}

static void print_bound(const struct verify_report *report) {
    char text[TEXT_BYTES];
    const struct verify_bound *asked = &report->asked, *part = &report->part;
    bool sooner = asked->known && asked->size <= report->last;
    if (sooner) print_bound_below(report, asked);
    if (report->whole.known)
        printf("  - They %sexisted no later than %s: so say enough witnesses of your policy.\n",
               sooner ? "all " : "", time_text(report->whole.time_s, text));
    else if (part->known && !(sooner && part->size == asked->size))
        print_bound_below(report, part);
}

static void print_proven(const struct verify_report *report) {
    if (!report->has_root || !report->is_signed || report->entries == 0) return;
    puts(report->authenticated ? "\nProven" : "\nProven, if the key is the log's");
    print_entries(report);
    if (report->checkpoints > 1)
        printf("  - The %" PRIu64 " checkpoints are states of one and the same log: nothing was\n"
               "    removed or rewritten between them.\n",
               report->checkpoints);
    print_bound(report);
}

static void print_claimed(const struct verify_report *report) {
    char from[TEXT_BYTES], to[TEXT_BYTES];
    if (report->entries == 0) return;
    puts("\nClaimed by the log, and bounded only as said above");
    if (report->timed > 0)
        printf("  - Its own clock: from %s\n                   to   %s\n"
               "    (said by %" PRIu64 " of the entries%s).\n",
               text_utc(report->earliest, from), text_utc(report->latest, to), report->timed,
               report->has_asked ? " asked for" : "");
    if (report->boots > 0)
        printf("  - Recorded during %" PRIu64 " run%s of the machine.\n", report->boots,
               report->boots == 1 ? "" : "s");
    if (report->pruned > 0)
        printf("  - %" PRIu64 " older entries were dropped by the log's retention; an entry says "
               "so,\n    and their hashes are still committed to.\n",
               report->pruned);
}

static void print_witnesses(const struct verify_report *report) {
    char name[64], first[TEXT_BYTES], last[TEXT_BYTES];
    if (report->policy.witnesses_count == 0) return;
    puts("\nWitnesses of your policy");
    for (size_t i = 0; i < report->policy.witnesses_count; i++) {
        const struct verify_witness *witness = &report->witnesses[i];
        printf("  - %s: ", clean(report->policy.witnesses[i].name, name, sizeof name));
        if (witness->cosigned == 0)
            puts("cosigned nothing of this");
        else
            printf("cosigned %" PRIu64 ", first at %s, last at %s\n", witness->cosigned,
                   time_text(witness->first_s, first), time_text(witness->last_s, last));
    }
}

static void print_limits(const struct verify_report *report) {
    puts("\nNot proven");
    if (verify_report_exit(report) == VERIFY_REFUTED) {
        puts(is_only_foreign(report)
                 ? "  - Anything, by the keys that you gave. If the log replaced its key, get the "
                   "new "
                   "one\n    from where you got the former, and give both."
                 : "  - Anything. Parts may well be genuine; ask for them again, from elsewhere.");
        return;
    }
    if (!report->authenticated)
        puts(
            "  - Who made this. The key was found inside; anybody can make such a file with a key\n"
            "    of his own. Compare it with the key that you got elsewhere, and give that with "
            "--key.");
    if (!report->whole.known)
        puts("  - When the entries were written, and that the log showed everybody the same: no\n"
             "    witnesses that you trust vouch for all of them.");
    else
        puts("  - How long before that time the entries were written: witnesses bound it from one "
             "side.");
    puts("  - That what the entries say is true. They are what the log recorded at the time; raw\n"
         "    packets inside them can be judged on their own.\n"
         "  - That everything that happened was recorded.");
}

void verify_report_print(const struct verify_report *report) {
    printf("VERDICT:    %s\n\n", verdict_text(report));
    print_subject(report);
    print_findings(report, VERIFY_CONTRADICTION, "Contradictions");
    print_findings(report, VERIFY_GAP, "Missing");
    if (verify_report_exit(report) != VERIFY_REFUTED) {
        print_proven(report);
        print_witnesses(report);
        print_claimed(report);
    }
    print_limits(report);
    print_findings(report, VERIFY_NOTE, "Notes");
}

static void findings_json(const struct verify_report *report, enum verify_level level,
                          const char *key, struct json *json) {
    const struct verify_findings *findings = &report->findings[level];
    json_open_array(json, key);
    for (size_t i = 0; i < findings->count && i < VERIFY_FINDINGS; i++)
        json_string(json, NULL, findings->text[i]);
    json_close_array(json);
}

static void bound_json(const struct verify_bound *bound, const char *key, struct json *json) {
    if (!bound->known) {
        json_null(json, key);
        return;
    }
    json_open_object(json, key);
    json_uint(json, "size", bound->size);
    json_uint(json, "time_s", bound->time_s);
    json_close_object(json);
}

static void state_json(const struct verify_report *report, struct json *json) {
    char text[MERKLE_HASH_TEXT_BYTES];
    if (!report->has_checkpoint) return;
    json_string(json, "origin", report->checkpoint.origin);
    json_uint(json, "size", report->checkpoint.size);
    json_string(json, "root", merkle_hash_text(&report->checkpoint.root, text));
    json_bool(json, "root_made_again", report->has_root);
    if (report->is_signed) json_string(json, "key", report->key);
}

static void entries_json(const struct verify_report *report, struct json *json) {
    char text[TEXT_BYTES];
    json_uint(json, "entries", report->entries);
    if (report->entries > 0) {
        json_uint(json, "first", report->first);
        json_uint(json, "last", report->last);
    }
    json_uint(json, "pruned", report->pruned);
    if (report->timed == 0) return;
    json_string(json, "claimed_from", text_utc(report->earliest, text));
    json_string(json, "claimed_to", text_utc(report->latest, text));
}

static void witnesses_json(const struct verify_report *report, struct json *json) {
    json_open_array(json, "witnesses");
    for (size_t i = 0; i < report->policy.witnesses_count; i++) {
        json_open_object(json, NULL);
        json_string(json, "name", report->policy.witnesses[i].name);
        json_uint(json, "cosigned", report->witnesses[i].cosigned);
        json_uint(json, "first_s", report->witnesses[i].first_s);
        json_uint(json, "last_s", report->witnesses[i].last_s);
        json_close_object(json);
    }
    json_close_array(json);
}

bool verify_report_json(const struct verify_report *report) {
    static char text[128 << 10];
    struct json json;
    json_init(&json, text, sizeof text);
    json_open_object(&json, NULL);
    json_string(&json, "verdict", verdict_name(report));
    json_string(&json, "what", report->what);
    json_uint(&json, "files", report->files);
    json_bool(&json, "authenticated", report->authenticated);
    state_json(report, &json);
    entries_json(report, &json);
    json_uint(&json, "tiles", report->tiles);
    json_uint(&json, "checkpoints", report->checkpoints);
    json_uint(&json, "proofs", report->proofs);
    bound_json(&report->whole, "all_existed_by", &json);
    bound_json(&report->asked, "asked_existed_by", &json);
    bound_json(&report->part, "newest_bound", &json);
    witnesses_json(report, &json);
    findings_json(report, VERIFY_CONTRADICTION, "contradictions", &json);
    findings_json(report, VERIFY_GAP, "missing", &json);
    findings_json(report, VERIFY_NOTE, "notes", &json);
    json_close_object(&json);
    if (!json.failed) puts(text);
    return !json.failed;
}

/* Entries in words. Every kind has one function; members that are missing are left out. */
#include "main/etalon_entry_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

const char *etalon_entry_text(const struct etalon_entry *entry, const char *key, char *out,
                              size_t room) {
    const char *text = etalon_entry_raw(entry, key);
    return etalon_output_clean(text ? text : "", out, room);
}

/* A line that grows; what does not fit is cut. */
struct line {
    char *text;
    size_t length;
};

static void grow(struct line *line, int length) {
    if (length > 0) line->length += (size_t)length;
    if (line->length >= ETALON_ENTRY_TEXT_BYTES) line->length = ETALON_ENTRY_TEXT_BYTES - 1;
}

#define ADD(line, ...)                                                                             \
    grow(line, snprintf((line)->text + (line)->length, ETALON_ENTRY_TEXT_BYTES - (line)->length,   \
                        __VA_ARGS__))

static void add_text(struct line *line, const struct etalon_entry *e, const char *before,
                     const char *key) {
    char text[256];
    etalon_entry_text(e, key, text, sizeof text);
    if (text[0]) ADD(line, "%s%s", before, text);
}

static void add_int(struct line *line, const struct etalon_entry *e, const char *before,
                    const char *key) {
    int64_t value;
    if (etalon_entry_int(e, key, &value)) ADD(line, "%s%" PRId64, before, value);
}

static void add_seconds(struct line *line, const struct etalon_entry *e, const char *before,
                        const char *key) {
    char text[TEXT_BYTES];
    double value;
    if (etalon_entry_number(e, key, &value))
        ADD(line, "%s%s", before, text_signed_seconds(value, text));
}

static void add_rate(struct line *line, const struct etalon_entry *e, const char *before,
                     const char *key) {
    char text[TEXT_BYTES];
    double value;
    if (etalon_entry_number(e, key, &value))
        ADD(line, "%s%s", before, text_signed_rate(value, text));
}

bool etalon_entry_text_offset(const struct etalon_entry *e, double *out) {
    int64_t t1, t4, ago, ago_1, ago_4, apart_2, apart_3;
    struct utc t2, t3;
    if (!e->has_utc || !etalon_entry_int(e, "t1", &t1) || !etalon_entry_int(e, "t4", &t4) ||
        !etalon_entry_utc(e, "t2", &t2) || !etalon_entry_utc(e, "t3", &t3))
        return false;
    if (__builtin_sub_overflow(e->counter, t1, &ago_1) ||
        __builtin_sub_overflow(e->counter, t4, &ago_4) ||
        __builtin_add_overflow(ago_1, ago_4, &ago) ||
        __builtin_sub_overflow(t2.ns, e->utc.ns, &apart_2) ||
        __builtin_sub_overflow(t3.ns, e->utc.ns, &apart_3))
        return false;
    *out = ((double)apart_2 + (double)apart_3 + (double)ago) / 2 / (double)NS_PER_S;
    return true;
}

static void say_sample(const struct etalon_entry *e, struct line *line) {
    char text[TEXT_BYTES];
    double offset;
    ADD(line, "%s", e->source);
    if (etalon_entry_text_offset(e, &offset))
        ADD(line, " offset %s", text_signed_seconds(offset, text));
    add_seconds(line, e, " delay ", "delay");
    add_int(line, e, " stratum ", "stratum");
}

static void say_receipt(const struct etalon_entry *e, struct line *line) {
    char error[64];
    etalon_entry_text(e, "error", error, sizeof error);
    ADD(line, "%s", e->source);
    add_text(line, e, " packet from ", "from");
    if (error[0]) ADD(line, " DROPPED: %s", error);
}

static void say_journal(const struct etalon_entry *e, struct line *line) {
    add_int(line, e, "inputs of the keeper, for replay: ", "events");
}

static void say_intent(const struct etalon_entry *e, struct line *line) {
    add_int(line, e, "intent ", "intent");
    add_text(line, e, ": ", "act");
    add_seconds(line, e, " by ", "offset");
    add_rate(line, e, ", frequency ", "frequency");
    add_int(line, e, ", ", "agreeing");
    add_int(line, e, " of ", "voters");
    add_text(line, e, " agree, reference ", "reference");
}

static void say_effect(const struct etalon_entry *e, struct line *line) {
    add_int(line, e, "done: intent ", "intent");
    add_rate(line, e, ", line has frequency ", "line.rate");
    add_rate(line, e, ", kernel asked ", "kernel_frequency_asked");
    add_rate(line, e, " reads ", "kernel_frequency_read");
    add_seconds(line, e, ", kernel clock off by ", "kernel_offset");
}

static void say_verdict(const struct etalon_entry *e, struct line *line) {
    ADD(line, "%s", e->source);
    add_text(line, e, " is ", "verdict");
    add_text(line, e, ", was ", "before");
    add_seconds(line, e, "; offset ", "offset");
    add_seconds(line, e, " in ", "lower");
    add_seconds(line, e, " to ", "upper");
}

static void say_association(const struct etalon_entry *e, struct line *line) {
    ADD(line, "%s", e->source);
    add_text(line, e, " at ", "address");
    add_text(line, e, ": ", "state");
    ADD(line, ", %s", etalon_entry_bool(e, "reachable") ? "reachable" : "not reachable");
    add_text(line, e, ", keys: ", "auth");
}

static void say_keying(const struct etalon_entry *e, struct line *line) {
    if (etalon_entry_bool(e, "has_keys"))
        add_int(line, e, "cookie keys of NTS: key ", "key_id");
    else
        ADD(line, "no cookie keys of NTS");
    add_int(line, e, ", rotations ", "rotations");
}

static void say_process(const struct etalon_entry *e, struct line *line) {
    int64_t process = 0;
    const char *fate = etalon_entry_raw(e, "fate");
    add_text(line, e, "job ", "name");
    etalon_entry_int(e, "process", &process);
    ADD(line, ", process %" PRId64 ",", process);
    if (fate && strcmp(fate, "exited") == 0)
        add_int(line, e, " ended with exit code ", "code");
    else if (fate && strcmp(fate, "killed") == 0)
        add_int(line, e, " was killed by signal ", "code");
    else
        ADD(line, " runs");
    add_int(line, e, ", restarts ", "restarts");
    add_text(line, e, ", sandbox: ", "sandbox");
}

static void say_notice(const struct etalon_entry *e, struct line *line) {
    add_text(line, e, "", "level");
    add_text(line, e, ": ", "text");
}

static void say_request(const struct etalon_entry *e, struct line *line) {
    add_text(line, e, "asked for: ", "text");
    add_int(line, e, " (uid ", "uid");
    add_int(line, e, ", process ", "process");
    ADD(line, ")");
}

static void say_evidence(const struct etalon_entry *e, struct line *line) {
    ADD(line, "proof that a Roughtime server lied");
    add_int(line, e, ", from byte ", "offset");
    add_int(line, e, " of ", "total");
}

static void say_finding(const struct etalon_entry *e, struct line *line) {
    add_text(line, e, "a witness says: ", "finding");
}

static void say_begin(const struct etalon_entry *e, struct line *line) {
    ADD(line, "the keeper begins%s, %s the kernel clock",
        etalon_entry_bool(e, "continued") ? " where the one before it ended" : "",
        etalon_entry_bool(e, "steers") ? "steers" : "does not steer");
    add_rate(line, e, ", frequency ", "frequency");
}

static void say_start(const struct etalon_entry *e, struct line *line) {
    add_text(line, e, "etalond ", "version");
    add_text(line, e, " starts with ", "configuration");
    add_text(line, e, "; ledger ", "found");
}

static void say_file(const struct etalon_entry *e, struct line *line) {
    add_text(line, e, "", "file");
    add_text(line, e, " sha256 ", "sha256");
}

static void say_cosigned(const struct etalon_entry *e, struct line *line) {
    int64_t bound;
    char text[TEXT_BYTES];
    add_int(line, e, "the first ", "size");
    size_t witnesses = etalon_entry_count(e, "witnesses");
    ADD(line, " entries were seen by %zu witness%s", witnesses, witnesses == 1 ? "" : "es");
    if (etalon_entry_int(e, "bound", &bound) && bound > 0 && bound < INT64_MAX / NS_PER_S)
        ADD(line, " by %s", text_utc((struct utc){bound * NS_PER_S}, text));
}

static void say_rotated(const struct etalon_entry *e, struct line *line) {
    add_text(line, e, "the log is signed by a new key: ", "vkey");
}

static void say_pruned(const struct etalon_entry *e, struct line *line) {
    add_int(line, e, "entries ", "from");
    add_int(line, e, " to ", "to");
    ADD(line, " (exclusive) were dropped");
    add_text(line, e, ", root ", "root");
}

static void say_lost(const struct etalon_entry *e, struct line *line) {
    add_int(line, e, "records that found no room: ", "records");
}

static void say_gap(const struct etalon_entry *e, struct line *line) {
    add_text(line, e, "records of job ", "name");
    add_int(line, e, " are missing before its number ", "before");
}

static const struct kind {
    const char *name;
    void (*say)(const struct etalon_entry *e, struct line *line);
    enum etalon_colour colour;
} kinds[] = {
    {"sample", say_sample, DIM},
    {"receipt", say_receipt, DIM},
    {"journal", say_journal, DIM},
    {"intent", say_intent, PLAIN},
    {"effect", say_effect, PLAIN},
    {"verdict", say_verdict, YELLOW},
    {"keying", say_keying, PLAIN},
    {"association", say_association, PLAIN},
    {"process", say_process, PLAIN},
    {"notice", say_notice, PLAIN},
    {"alarm", say_notice, RED},
    {"request", say_request, PLAIN},
    {"begin", say_begin, PLAIN},
    {"start", say_start, BOLD},
    {"config", say_file, BOLD},
    {"leaps", say_file, PLAIN},
    {"cosigned", say_cosigned, GREEN},
    {"rotated", say_rotated, YELLOW},
    {"pruned", say_pruned, YELLOW},
    {"lost", say_lost, RED},
    {"gap", say_gap, RED},
    {"evidence", say_evidence, RED},
    {"finding", say_finding, RED},
};

static const struct kind *kind_of(const struct etalon_entry *entry) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, entry->kind) == 0) return &kinds[i];
    return NULL;
}

const char *etalon_entry_text_line(const struct etalon_entry *entry,
                                   char out[ETALON_ENTRY_TEXT_BYTES]) {
    const struct kind *kind = kind_of(entry);
    struct line line = {out, 0};
    out[0] = '\0';
    if (kind)
        kind->say(entry, &line);
    else
        ADD(&line, "an entry of a kind that this version does not know");
    return out;
}

enum etalon_colour etalon_entry_text_colour(const struct etalon_entry *entry) {
    const struct kind *kind = kind_of(entry);
    char level[16];
    if (kind && kind->say == say_notice && kind->colour == PLAIN) {
        etalon_entry_text(entry, "level", level, sizeof level);
        if (strcmp(level, "error") == 0) return RED;
        if (strcmp(level, "warning") == 0) return YELLOW;
    }
    return kind ? kind->colour : PLAIN;
}

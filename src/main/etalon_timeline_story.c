/* The story. Invariant: every entry that is taken is either in a row of its own or counted in a
 * summary. Rules: an effect without intent, an intent without effect, a read-back that is not what
 * was intended, records that were lost. */
#include "main/etalon_timeline_story.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "main/etalon_entry_text.h"

/* The line is published as intended, to the last bit that JSON keeps; the kernel rounds to 2^-16
 * ppm; CLOCK_REALTIME goes on between the step and the reading. */
static const double line_tolerance = 1e-12, kernel_tolerance = 2e-9;
static const double step_tolerance_s = 2e-3, step_tolerance = 2e-3;

void etalon_timeline_story_init(struct etalon_timeline_story *story,
                                void (*show)(void *context, const struct etalon_timeline_row *row),
                                void *context) {
    memset(story, 0, sizeof *story);
    story->show = show;
    story->context = context;
}

/* The common members, which outlive what the entry was read from. */
static struct etalon_entry keep(const struct etalon_entry *entry) {
    struct etalon_entry kept = *entry;
    kept.root = NULL;
    kept.bytes = NULL;
    kept.length = 0;
    return kept;
}

static void show(struct etalon_timeline_story *story, struct etalon_timeline_row *row) {
    if (row->weight == ETALON_TIMELINE_FINDING) story->findings++;
    story->show(story->context, row);
}

static void grow(size_t *length, int more) {
    if (more > 0) *length += (size_t)more;
    if (*length >= ETALON_TIMELINE_TEXT_BYTES) *length = ETALON_TIMELINE_TEXT_BYTES - 1;
}

#define ADD(row, length, ...)                                                                      \
    grow(length, snprintf((row)->text + *(length), sizeof(row)->text - *(length), __VA_ARGS__))

/* "3 samples", with a comma before it if something stands there already. */
static void add_count(struct etalon_timeline_row *row, size_t *length, uint64_t number,
                      const char *what) {
    if (number > 0)
        ADD(row, length, "%s%" PRIu64 " %s%s", *length ? ", " : "", number, what,
            number == 1 ? "" : "s");
}

static void tell_samples(const struct etalon_timeline_sum *sum, struct etalon_timeline_row *row,
                         size_t *length) {
    char text[TEXT_BYTES];
    add_count(row, length, sum->samples, "sample");
    if (sum->offsets > 0)
        ADD(row, length, " (largest offset %s, of %s)", text_signed_seconds(sum->largest_s, text),
            sum->source);
    add_count(row, length, sum->receipts, "packet");
    if (sum->dropped > 0) ADD(row, length, " (%" PRIu64 " dropped)", sum->dropped);
}

static void tell_routine(struct etalon_timeline_story *story) {
    struct etalon_timeline_sum *sum = &story->sum;
    struct etalon_timeline_row row = {.entry = &sum->first,
                                      .last = sum->last,
                                      .other = UINT64_MAX,
                                      .weight = ETALON_TIMELINE_ROUTINE,
                                      .what = "routine"};
    char text[TEXT_BYTES];
    size_t length = 0;
    if (!sum->any) return;
    tell_samples(sum, &row, &length);
    add_count(&row, &length, sum->corrections, "correction");
    if (sum->corrections > 0)
        ADD(&row, &length, " of the line (largest %s)",
            text_signed_seconds(sum->correction_s, text));
    add_count(&row, &length, sum->journals, "journal");
    add_count(&row, &length, sum->notices, "notice");
    if (sum->overtaken > 0)
        ADD(&row, &length, "%s%" PRIu64 " overtaken by the next", length ? ", " : "",
            sum->overtaken);
    add_count(&row, &length, sum->roles, "change");
    if (sum->roles > 0) ADD(&row, &length, " of role");
    add_count(&row, &length, sum->parts, "further part");
    if (sum->parts > 0) ADD(&row, &length, " of evidence");
    if (sum->others > 0)
        ADD(&row, &length, "%s%" PRIu64 " of a pair told apart", length ? ", " : "", sum->others);
    show(story, &row);
    memset(sum, 0, sizeof *sum);
}

static struct etalon_timeline_sum *count(struct etalon_timeline_story *story,
                                         const struct etalon_entry *entry) {
    struct etalon_timeline_sum *sum = &story->sum;
    bool same_boot = sum->any && strcmp(sum->first.boot, entry->boot) == 0;
    if (same_boot && story->period_ns > 0 &&
        entry->counter - sum->first.counter >= story->period_ns) /* neither is negative */
        tell_routine(story);
    if (!sum->any) sum->first = keep(entry);
    sum->any = true;
    sum->last = entry->index;
    return sum;
}

/* A row of its own. */
static void tell(struct etalon_timeline_story *story, const struct etalon_entry *entry,
                 enum etalon_timeline_weight weight, const char *text) {
    struct etalon_timeline_row row = {.entry = entry,
                                      .last = entry->index,
                                      .other = UINT64_MAX,
                                      .weight = weight,
                                      .what = entry->kind};
    tell_routine(story);
    snprintf(row.text, sizeof row.text, "%s", text);
    show(story, &row);
}

static void find(struct etalon_timeline_story *story, const struct etalon_entry *entry,
                 uint64_t other, const char *rule, const char *text) {
    struct etalon_timeline_row row = {.entry = entry,
                                      .last = entry->index,
                                      .other = other,
                                      .weight = ETALON_TIMELINE_FINDING,
                                      .what = "finding",
                                      .rule = rule};
    tell_routine(story);
    snprintf(row.text, sizeof row.text, "%s", text);
    show(story, &row);
}

static void tell_as_it_is(struct etalon_timeline_story *story, const struct etalon_entry *entry,
                          enum etalon_timeline_weight weight) {
    char text[ETALON_ENTRY_TEXT_BYTES];
    tell(story, entry, weight, etalon_entry_text_line(entry, text));
}

static void take_sample(struct etalon_timeline_story *story, const struct etalon_entry *entry) {
    struct etalon_timeline_sum *sum = count(story, entry);
    double offset;
    sum->samples++;
    if (!etalon_entry_text_offset(entry, &offset)) return;
    if (sum->offsets++ > 0 && fabs(offset) <= fabs(sum->largest_s)) return;
    sum->largest_s = offset;
    memcpy(sum->source, entry->source, sizeof sum->source);
}

static void take_receipt(struct etalon_timeline_story *story, const struct etalon_entry *entry) {
    struct etalon_timeline_sum *sum = count(story, entry);
    sum->receipts++;
    if (etalon_entry_raw(entry, "error")) sum->dropped++;
}

static void forget(struct etalon_timeline_story *story, size_t at) {
    story->pending_count--;
    memmove(&story->pending[at], &story->pending[at + 1],
            (story->pending_count - at) * sizeof story->pending[0]);
}

static void find_unfulfilled(struct etalon_timeline_story *story, const char *why) {
    char text[ETALON_TIMELINE_TEXT_BYTES];
    while (story->pending_count > 0) {
        struct etalon_timeline_pending pending = story->pending[0];
        forget(story, 0);
        snprintf(text, sizeof text, "intent %" PRId64 " (%s) has no effect: %s", pending.number,
                 pending.act, why);
        find(story, &pending.entry, UINT64_MAX, "intent-without-effect", text);
    }
}

/* Numbers count anew in each life of a keeper. */
static void follow_keeper(struct etalon_timeline_story *story, const struct etalon_entry *entry,
                          bool begins) {
    bool same = story->keeper == entry->pid && strcmp(story->boot, entry->boot) == 0;
    if (same && !begins) return;
    if (story->keeper != 0) find_unfulfilled(story, "the keeper ended before it told of one");
    memcpy(story->boot, entry->boot, sizeof story->boot);
    story->keeper = entry->pid;
    story->from_beginning = begins;
    story->least = 0;
}

static void take_intent(struct etalon_timeline_story *story, const struct etalon_entry *entry) {
    struct etalon_timeline_pending *pending;
    follow_keeper(story, entry, false);
    if (story->pending_count == ETALON_TIMELINE_PENDING)
        find_unfulfilled(story, "many later ones have none either");
    pending = &story->pending[story->pending_count];
    memset(pending, 0, sizeof *pending);
    pending->index = entry->index;
    pending->entry = keep(entry);
    if (!etalon_entry_int(entry, "intent", &pending->number)) {
        find(story, entry, UINT64_MAX, "malformed", "an intent without a number");
        return;
    }
    pending->frequency = pending->offset_s = NAN;
    etalon_entry_number(entry, "frequency", &pending->frequency);
    etalon_entry_number(entry, "offset", &pending->offset_s);
    etalon_entry_text(entry, "act", pending->act, sizeof pending->act);
    story->pending_count++;
    if (story->least == 0) story->least = pending->number;
    if (strcmp(pending->act, "line") == 0) count(story, entry)->others++;
}

/* Whether the line has a frequency that this intent, or one after it, asked for. */
static bool line_as_intended(const struct etalon_timeline_story *story, size_t at, double rate) {
    for (size_t i = at; i < story->pending_count; i++)
        if (!(fabs(story->pending[i].frequency - rate) > line_tolerance)) return true;
    return false;
}

static void check_readback(struct etalon_timeline_story *story, const struct etalon_entry *entry,
                           size_t at) {
    const struct etalon_timeline_pending *pending = &story->pending[at];
    char text[ETALON_TIMELINE_TEXT_BYTES], a[TEXT_BYTES], b[TEXT_BYTES];
    double rate, asked, read, off;
    if (etalon_entry_number(entry, "line.rate", &rate) && !line_as_intended(story, at, rate)) {
        snprintf(text, sizeof text, "the line has frequency %s, and intent %" PRId64 " said %s",
                 text_signed_rate(rate, a), pending->number,
                 text_signed_rate(pending->frequency, b));
        find(story, entry, pending->index, "readback", text);
    }
    if (etalon_entry_number(entry, "kernel_frequency_asked", &asked) &&
        etalon_entry_number(entry, "kernel_frequency_read", &read) &&
        fabs(asked - read) > kernel_tolerance) {
        snprintf(text, sizeof text, "the kernel clock has frequency %s, and was asked for %s",
                 text_signed_rate(read, a), text_signed_rate(asked, b));
        find(story, entry, pending->index, "readback", text);
    }
    if (strcmp(pending->act, "kernel-step") == 0 &&
        etalon_entry_number(entry, "kernel_offset", &off) &&
        fabs(off) > step_tolerance_s + step_tolerance * fabs(pending->offset_s)) {
        snprintf(text, sizeof text, "the kernel clock is off by %s after a step of %s",
                 text_signed_seconds(off, a), text_signed_seconds(pending->offset_s, b));
        find(story, entry, pending->index, "readback", text);
    }
}

static void tell_step(struct etalon_timeline_story *story, const struct etalon_entry *entry,
                      const struct etalon_timeline_pending *pending) {
    struct etalon_timeline_row row = {.entry = entry,
                                      .last = entry->index,
                                      .other = pending->index,
                                      .weight = ETALON_TIMELINE_WARNING,
                                      .what = pending->act};
    char text[TEXT_BYTES];
    tell_routine(story);
    snprintf(row.text, sizeof row.text,
             "%s by %s: intended in entry %" PRIu64 " (intent %" PRId64 "), done",
             strcmp(pending->act, "step") == 0 ? "the line was drawn anew, moved"
                                               : "CLOCK_REALTIME was stepped",
             text_signed_seconds(pending->offset_s, text), pending->index, pending->number);
    show(story, &row);
}

/* The line is read back at the next event only, and may be bent again before: then what is read
 * back is the later intent's. */
static size_t overtake(struct etalon_timeline_story *story, const struct etalon_entry *entry,
                       size_t at) {
    for (size_t i = 0; i < at;) {
        struct etalon_timeline_pending pending = story->pending[i];
        bool line = strcmp(pending.act, "line") == 0;
        if (pending.number > story->pending[at].number || strcmp(pending.act, "kernel-step") == 0) {
            i++;
            continue;
        }
        forget(story, i);
        at--;
        if (line) {
            struct etalon_timeline_sum *sum = count(story, entry);
            if (pending.index >= sum->first.index) sum->others--;
            sum->overtaken++;
        } else {
            tell_step(story, entry, &pending);
        }
    }
    return at;
}

static void fulfil(struct etalon_timeline_story *story, const struct etalon_entry *entry,
                   size_t at) {
    at = overtake(story, entry, at);
    struct etalon_timeline_pending pending = story->pending[at];
    check_readback(story, entry, at);
    if (strcmp(pending.act, "line") == 0) {
        struct etalon_timeline_sum *sum = count(story, entry);
        if (pending.index >= sum->first.index) sum->others--; /* it is half of a correction */
        sum->corrections++;
        if (sum->corrections == 1 || fabs(pending.offset_s) > fabs(sum->correction_s))
            sum->correction_s = pending.offset_s;
    } else {
        tell_step(story, entry, &pending);
    }
    forget(story, at);
}

static void take_effect(struct etalon_timeline_story *story, const struct etalon_entry *entry) {
    char text[ETALON_TIMELINE_TEXT_BYTES];
    int64_t number;
    follow_keeper(story, entry, false);
    if (!etalon_entry_int(entry, "intent", &number)) {
        find(story, entry, UINT64_MAX, "effect-without-intent", "an effect that names no intent");
        return;
    }
    for (size_t i = 0; i < story->pending_count; i++)
        if (story->pending[i].number == number) {
            fulfil(story, entry, i);
            return;
        }
    if (!story->from_beginning && (story->least == 0 || number < story->least)) {
        count(story, entry)->others++; /* its intent stands before what is told */
        return;
    }
    snprintf(text, sizeof text, "an effect of intent %" PRId64 ", which was never recorded",
             number);
    find(story, entry, UINT64_MAX, "effect-without-intent", text);
}

static void take_begin(struct etalon_timeline_story *story, const struct etalon_entry *entry) {
    follow_keeper(story, entry, true);
    tell_as_it_is(story, entry, ETALON_TIMELINE_CHANGE);
}

static void take_file(struct etalon_timeline_story *story, const struct etalon_entry *entry) {
    struct etalon_timeline_file file, *known = NULL;
    char text[ETALON_TIMELINE_TEXT_BYTES];
    const char *how = "read";
    int64_t offset = 0;
    if (etalon_entry_int(entry, "offset", &offset) && offset != 0) return; /* a later part */
    etalon_entry_text(entry, "file", file.name, sizeof file.name);
    etalon_entry_text(entry, "sha256", file.sha256, sizeof file.sha256);
    for (size_t i = 0; i < story->file_count; i++)
        if (strcmp(story->files[i].name, file.name) == 0) known = &story->files[i];
    bool changed = known && strcmp(known->sha256, file.sha256) != 0;
    if (known) how = changed ? "CHANGED and read" : "read again, unchanged";
    if (!known && story->file_count < ETALON_TIMELINE_FILES)
        known = &story->files[story->file_count++];
    if (known) *known = file;
    snprintf(text, sizeof text, "%s %s, SHA-256 %s", file.name, how, file.sha256);
    tell(story, entry, changed ? ETALON_TIMELINE_WARNING : ETALON_TIMELINE_CHANGE, text);
}

static void take_notice(struct etalon_timeline_story *story, const struct etalon_entry *entry) {
    const char *level = etalon_entry_raw(entry, "level"), *text = etalon_entry_raw(entry, "text");
    char line[ETALON_TIMELINE_TEXT_BYTES];
    bool loud = level && (strcmp(level, "warning") == 0 || strcmp(level, "error") == 0);
    if (text && strncmp(text, "CLOCK_REALTIME was stepped", 26) == 0) {
        find(story, entry, UINT64_MAX, "foreign-step",
             etalon_entry_text(entry, "text", line, sizeof line));
    } else if (loud) {
        tell_as_it_is(story, entry, ETALON_TIMELINE_WARNING);
    } else if (text && strncmp(text, "sandbox: ", 9) == 0) {
        count(story, entry)->notices++; /* the entries of processes say the same */
    } else {
        tell_as_it_is(story, entry, ETALON_TIMELINE_CHANGE);
    }
}

static void take_alarm(struct etalon_timeline_story *story, const struct etalon_entry *entry) {
    char line[ETALON_TIMELINE_TEXT_BYTES];
    etalon_entry_text(entry, "text", line, sizeof line);
    find(story, entry, UINT64_MAX, "alarm", line + (strncmp(line, "alarm: ", 7) == 0 ? 7 : 0));
}

static void take_evidence(struct etalon_timeline_story *story, const struct etalon_entry *entry) {
    char line[ETALON_ENTRY_TEXT_BYTES];
    int64_t offset = 0;
    etalon_entry_int(entry, "offset", &offset);
    if (offset == 0)
        find(story, entry, UINT64_MAX, "roughtime-lie", etalon_entry_text_line(entry, line));
    else
        count(story, entry)->parts++;
}

static void take_finding(struct etalon_timeline_story *story, const struct etalon_entry *entry) {
    char line[ETALON_ENTRY_TEXT_BYTES];
    find(story, entry, UINT64_MAX, "witness-finding", etalon_entry_text_line(entry, line));
}

static void take_loss(struct etalon_timeline_story *story, const struct etalon_entry *entry) {
    char line[ETALON_ENTRY_TEXT_BYTES];
    find(story, entry, UINT64_MAX, "lost-records", etalon_entry_text_line(entry, line));
}

/* All three take part; who of them does how changes with every few samples. */
static bool takes_part(const char *verdict) {
    return verdict && (strcmp(verdict, "survivor") == 0 || strcmp(verdict, "reference") == 0 ||
                       strcmp(verdict, "outlier") == 0);
}

static void take_verdict(struct etalon_timeline_story *story, const struct etalon_entry *entry) {
    const char *verdict = etalon_entry_raw(entry, "verdict");
    bool bad = verdict && strcmp(verdict, "falseticker") == 0;
    if (takes_part(verdict) && takes_part(etalon_entry_raw(entry, "before"))) {
        count(story, entry)->roles++;
        return;
    }
    tell_as_it_is(story, entry, bad ? ETALON_TIMELINE_WARNING : ETALON_TIMELINE_CHANGE);
}

static void take_journal(struct etalon_timeline_story *story, const struct etalon_entry *entry) {
    count(story, entry)->journals++;
}

static void take_process(struct etalon_timeline_story *story, const struct etalon_entry *entry) {
    const char *fate = etalon_entry_raw(entry, "fate");
    bool ended = fate && strcmp(fate, "runs") != 0;
    tell_as_it_is(story, entry, ended ? ETALON_TIMELINE_WARNING : ETALON_TIMELINE_CHANGE);
}

static const struct {
    const char *kind;
    void (*take)(struct etalon_timeline_story *story, const struct etalon_entry *entry);
} kinds[] = {
    {"sample", take_sample},   {"receipt", take_receipt}, {"journal", take_journal},
    {"intent", take_intent},   {"effect", take_effect},   {"begin", take_begin},
    {"config", take_file},     {"leaps", take_file},      {"notice", take_notice},
    {"alarm", take_alarm},     {"lost", take_loss},       {"gap", take_loss},
    {"verdict", take_verdict}, {"process", take_process}, {"evidence", take_evidence},
    {"finding", take_finding},
};

void etalon_timeline_story_take(struct etalon_timeline_story *story,
                                const struct etalon_entry *entry) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].kind, entry->kind) == 0) {
            kinds[i].take(story, entry);
            return;
        }
    tell_as_it_is(story, entry, ETALON_TIMELINE_CHANGE);
}

void etalon_timeline_story_lack(struct etalon_timeline_story *story, uint64_t first, uint64_t last,
                                const struct merkle_hash *leaf, const char *rule,
                                const char *text) {
    struct etalon_entry nowhere = {.index = first, .kind = "absent"};
    struct etalon_timeline_row row = {.entry = &nowhere,
                                      .last = last,
                                      .other = UINT64_MAX,
                                      .weight = ETALON_TIMELINE_WARNING,
                                      .what = rule ? "finding" : nowhere.kind,
                                      .rule = rule,
                                      .no_leaf = !leaf};
    if (leaf) nowhere.leaf = *leaf;
    if (rule) row.weight = ETALON_TIMELINE_FINDING;
    tell_routine(story);
    snprintf(row.text, sizeof row.text, "%s", text);
    show(story, &row);
}

void etalon_timeline_story_end(struct etalon_timeline_story *story) {
    tell_routine(story);
    if (story->pending_count > 0) story->pending_count--; /* the last one may be under way */
    find_unfulfilled(story, "none follows in what was read");
}

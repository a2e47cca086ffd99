/* etalon timeline. The entries of a range are read twice: once for what the local counter of each
 * boot says of the time, then for the story. */
#include "main/etalon_timeline.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "ledger/entry_facts.h"
#include "main/etalon_timeline_row.h"

/* Of quiet times there are so many rows, but none for less than a minute. */
enum { BOOTS = 256, SUMMARIES = 48, SUMMARY_LEAST_S = 60 };

/* One pair of counter and time of each boot. */
struct boot {
    char id[ETALON_ENTRY_WORD_BYTES];
    int64_t counter;
    struct utc utc;
};

struct timeline {
    const struct etalon_output *output;
    void (*print)(const struct etalon_timeline_told *told, struct json *json); /* NULL: text */
    struct etalon_ledger_tree tree;
    struct etalon_timeline_bounds bounds;
    struct etalon_timeline_story story;
    struct etalon_ledger_search search;
    struct boot boots[BOOTS];
    size_t boot_count;
    struct utc earliest, latest; /* claimed in the range */
    bool failed;                 /* not all could be told */
    /* A run of entries that are not here. */
    uint64_t absent_from, absent_to, here;
};

static void note_boot(struct timeline *timeline, const struct entry_facts *facts) {
    if (!facts->has_utc || !facts->has_counter || facts->counter > INT64_MAX) return;
    if (timeline->boot_count == 0 || facts->utc.ns < timeline->earliest.ns)
        timeline->earliest = facts->utc;
    if (timeline->boot_count == 0 || facts->utc.ns > timeline->latest.ns)
        timeline->latest = facts->utc;
    if (timeline->boot_count == BOOTS) return;
    for (size_t i = timeline->boot_count; i-- > 0;)
        if (strcmp(timeline->boots[i].id, facts->boot) == 0) return;
    struct boot *boot = &timeline->boots[timeline->boot_count++];
    memcpy(boot->id, facts->boot, sizeof boot->id);
    boot->counter = (int64_t)facts->counter;
    boot->utc = facts->utc;
}

static void read_boots(struct timeline *timeline) {
    const struct etalon_ledger_query *query = &timeline->search.query;
    for (uint64_t i = query->from; i < query->to; i++) {
        struct etalon_ledger_leaf leaf;
        struct entry_facts facts;
        if (etalon_ledger_tree_leaf(&timeline->tree, i, &leaf) == ETALON_LEDGER_HERE &&
            entry_facts_parse((const char *)leaf.bytes, leaf.length, &facts) == ERR_OK)
            note_boot(timeline, &facts);
    }
}

static void set_time(const struct timeline *timeline, struct etalon_timeline_told *told) {
    const struct etalon_entry *entry = told->row->entry;
    told->time = ETALON_TIMELINE_UNKNOWN;
    if (entry->has_utc) {
        told->time = ETALON_TIMELINE_CLAIMED;
        told->utc = entry->utc;
    }
    for (size_t i = 0; i < timeline->boot_count && !entry->has_utc; i++) {
        const struct boot *boot = &timeline->boots[i];
        int64_t apart;
        if (entry->boot[0] == '\0' || strcmp(boot->id, entry->boot) != 0) continue;
        if (__builtin_sub_overflow(entry->counter, boot->counter, &apart) ||
            __builtin_add_overflow(boot->utc.ns, apart, &told->utc.ns))
            continue;
        told->time = ETALON_TIMELINE_DERIVED;
    }
}

/* All of a range was written between what holds for its first entry and for its last. */
static struct etalon_timeline_interval interval_of(const struct etalon_timeline_bounds *bounds,
                                                   uint64_t first, uint64_t last) {
    struct etalon_timeline_interval interval = etalon_timeline_bounds_of(bounds, last),
                                    begin = etalon_timeline_bounds_of(bounds, first);
    interval.has_not_before = begin.has_not_before;
    interval.not_before_s = begin.not_before_s;
    return interval;
}

static void show(void *context, const struct etalon_timeline_row *row) {
    struct timeline *timeline = context;
    struct etalon_timeline_told told = {.row = row, .tree = &timeline->tree};
    struct json json;
    told.interval = interval_of(&timeline->bounds, row->entry->index, row->last);
    set_time(timeline, &told);
    if (!timeline->print) {
        etalon_timeline_text(&told, timeline->output);
        return;
    }
    etalon_output_json_begin(&json);
    timeline->print(&told, &json);
    timeline->failed |= !etalon_output_json_print(&json);
}

/* A run that ends before an entry that is here, or with the log. */
static void tell_absent(struct timeline *timeline, bool at_end) {
    char text[ETALON_TIMELINE_TEXT_BYTES];
    bool bundle = etalon_ledger_tree_is_bundle(&timeline->tree), hole = timeline->here > 0;
    uint64_t from = timeline->absent_from, to = timeline->absent_to;
    timeline->absent_to = 0;
    if (to == 0 || (bundle && (!hole || at_end))) return; /* a bundle holds one range */
    snprintf(text, sizeof text, "entries %" PRIu64 " to %" PRIu64 " are not here%s", from, to - 1,
             hole ? ": REMOVED, since older ones are" : ": pruned, or removed");
    timeline->failed |= hole;
    etalon_timeline_story_lack(&timeline->story, from, to - 1, NULL,
                               hole ? "removed-entries" : NULL, text);
}

static void tell_entry(struct timeline *timeline, const struct etalon_ledger_leaf *leaf) {
    struct etalon_entry entry = {.index = leaf->index, .leaf = leaf->hash};
    char why[ETALON_ENTRY_WHY_BYTES], text[ETALON_TIMELINE_TEXT_BYTES];
    if (etalon_entry_read(leaf->bytes, leaf->length, &entry, why)) {
        etalon_timeline_story_take(&timeline->story, &entry);
        etalon_entry_free(&entry);
        return;
    }
    timeline->search.malformed++;
    snprintf(text, sizeof text, "entry %" PRIu64 " cannot be read: %s", leaf->index, why);
    etalon_timeline_story_lack(&timeline->story, leaf->index, leaf->index, &leaf->hash,
                               "malformed-entry", text);
}

static void tell(struct timeline *timeline, uint64_t index) {
    struct etalon_ledger_leaf leaf;
    enum etalon_ledger_found found = etalon_ledger_tree_leaf(&timeline->tree, index, &leaf);
    if (found == ETALON_LEDGER_ABSENT) {
        if (timeline->absent_to == 0) timeline->absent_from = index;
        timeline->absent_to = index + 1;
        return;
    }
    tell_absent(timeline, false);
    timeline->here++;
    if (found == ETALON_LEDGER_HERE)
        tell_entry(timeline, &leaf);
    else
        etalon_timeline_story_lack(&timeline->story, index, index, NULL, "altered-entry",
                                   "the entry is not what the log committed to");
}

static void print_head(const struct timeline *timeline) {
    const struct etalon_ledger_tree *tree = &timeline->tree;
    const struct etalon_ledger_query *query = &timeline->search.query;
    char hash[MERKLE_HASH_TEXT_BYTES], origin[LIMIT_NOTE_NAME_BYTES], key[NOTE_KEY_TEXT_BYTES];
    printf("%s%s%s: entries %" PRIu64 " to %" PRIu64 " of %" PRIu64 "\n",
           etalon_output_colour(timeline->output, BOLD),
           etalon_output_clean(etalon_ledger_tree_origin(tree), origin, sizeof origin),
           etalon_output_colour(timeline->output, PLAIN), query->from,
           query->to > query->from ? query->to - 1 : query->from, etalon_ledger_tree_size(tree));
    printf("  root %s, signed by %s%s\n", merkle_hash_text(&tree->folder.checkpoint.root, hash),
           etalon_output_clean(tree->key, key, sizeof key),
           tree->key_given ? "" : " (the key that stands beside the log)");
    printf("  cosigned: %zu checkpoints %s, %zu entries tell of some\n\n",
           timeline->bounds.seen_count,
           tree->policy_by ? "meet the policy" : "were judged, for want of a policy",
           timeline->bounds.told_count);
}

static int64_t period_of(const struct timeline *timeline) {
    int64_t part = timeline->latest.ns / SUMMARIES - timeline->earliest.ns / SUMMARIES;
    return part > SUMMARY_LEAST_S * NS_PER_S ? part : SUMMARY_LEAST_S * NS_PER_S;
}

static enum etalon_exit run(struct timeline *timeline) {
    const struct etalon_ledger_query *query = &timeline->search.query;
    if (query->from >= query->to) {
        fprintf(stderr, "etalon: timeline: no entries in that range; the ledger has %" PRIu64 "\n",
                etalon_ledger_tree_size(&timeline->tree));
        return ETALON_NO_ANSWER;
    }
    read_boots(timeline);
    if (!timeline->print) print_head(timeline);
    etalon_timeline_story_init(&timeline->story, show, timeline);
    timeline->story.period_ns = period_of(timeline);
    for (uint64_t i = query->from; i < query->to; i++) tell(timeline, i);
    tell_absent(timeline, true);
    etalon_timeline_story_end(&timeline->story);
    if (!timeline->print) printf("\n%zu findings\n", timeline->story.findings);
    if (timeline->tree.any_altered) return ETALON_MALFEASANCE;
    return timeline->failed || timeline->search.malformed ? ETALON_FAILED : ETALON_FINE;
}

static bool choose_format(const char *format, struct timeline *timeline) {
    static const struct {
        const char *name;
        void (*print)(const struct etalon_timeline_told *told, struct json *json);
    } formats[] = {{"text", NULL},
                   {"json", etalon_timeline_lines},
                   {"timesketch", etalon_timeline_timesketch},
                   {"ocsf", etalon_timeline_ocsf}};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (!format || strcmp(format, formats[i].name) == 0) {
            timeline->print = formats[i].print;
            return true;
        }
    fprintf(stderr, "etalon: --format: '%s' is not text, json, timesketch or ocsf\n", format);
    return false;
}

enum etalon_exit etalon_timeline(const struct etalon_arguments *arguments,
                                 const struct etalon_output *output) {
    const char *path = arguments->operand ? arguments->operand : arguments->ledger;
    if (arguments->operand && arguments->ledger) {
        fputs("etalon: timeline takes --ledger DIR or a BUNDLE, not both\n", stderr);
        return ETALON_USAGE;
    }
    struct timeline *timeline = calloc(1, sizeof *timeline);
    if (!timeline) return ETALON_FAILED;
    timeline->output = output;
    enum etalon_exit code = ETALON_USAGE;
    if (choose_format(arguments->format, timeline))
        code = etalon_ledger_tree_open(arguments, path, &timeline->tree);
    else
        path = NULL;
    if (code == ETALON_FINE) {
        etalon_timeline_bounds_read(arguments, &timeline->tree, &timeline->bounds);
        code = etalon_ledger_search_open(arguments, &timeline->tree, &timeline->search);
        if (code == ETALON_FINE) code = run(timeline);
        etalon_ledger_search_close(&timeline->search);
        etalon_timeline_bounds_free(&timeline->bounds);
        etalon_ledger_tree_close(&timeline->tree);
    }
    free(timeline);
    return code;
}

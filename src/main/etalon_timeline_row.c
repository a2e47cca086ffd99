/* What every form says of a row. */
#include "main/etalon_timeline_row.h"

#include "base/text.h"

const char *etalon_timeline_row_weight(enum etalon_timeline_weight weight) {
    static const char *const names[] = {
        [ETALON_TIMELINE_ROUTINE] = "routine",
        [ETALON_TIMELINE_CHANGE] = "change",
        [ETALON_TIMELINE_WARNING] = "warning",
        [ETALON_TIMELINE_FINDING] = "finding",
    };
    return names[weight];
}

static void time_or_null(struct json *json, const char *key, bool has, struct utc utc) {
    char text[TEXT_BYTES];
    if (has)
        json_string(json, key, text_utc(utc, text));
    else
        json_null(json, key);
}

static void place(const struct etalon_timeline_told *told, struct json *json) {
    const struct etalon_timeline_row *row = told->row;
    char hash[MERKLE_HASH_TEXT_BYTES];
    json_string(json, "log_origin", etalon_ledger_tree_origin(told->tree));
    json_uint(json, "leaf_index", row->entry->index);
    if (!row->no_leaf)
        json_string(json, "leaf_hash", merkle_hash_text(&row->entry->leaf, hash));
    else
        json_null(json, "leaf_hash");
    if (row->last != row->entry->index) json_uint(json, "last_index", row->last);
    if (row->other != UINT64_MAX) json_uint(json, "intent_index", row->other);
}

void etalon_timeline_row_json(const struct etalon_timeline_told *told, struct json *json) {
    const struct etalon_timeline_interval *interval = &told->interval;
    const struct etalon_entry *entry = told->row->entry;
    time_or_null(json, "claimed_utc", told->time == ETALON_TIMELINE_CLAIMED, told->utc);
    if (told->time == ETALON_TIMELINE_CLAIMED)
        json_double(json, "claimed_radius_s", entry->radius_s);
    else
        json_null(json, "claimed_radius_s");
    if (told->time == ETALON_TIMELINE_DERIVED) time_or_null(json, "derived_utc", true, told->utc);
    json_string(json, "boot_id", entry->boot);
    json_int(json, "counter_ns", entry->counter);
    time_or_null(json, "not_before", interval->has_not_before,
                 (struct utc){interval->not_before_s * NS_PER_S});
    time_or_null(json, "not_after", interval->has_not_after,
                 (struct utc){interval->not_after_s * NS_PER_S});
    if (interval->not_after_by) json_string(json, "not_after_by", interval->not_after_by);
    place(told, json);
    json_string(json, "job", entry->job);
    json_int(json, "pid", entry->pid);
    json_string(json, "kind", entry->kind);
    json_string(json, "what", told->row->what);
    json_string(json, "weight", etalon_timeline_row_weight(told->row->weight));
    if (told->row->rule) json_string(json, "rule", told->row->rule);
}

/* The timeline for Timesketch (github.com/google/timesketch, "JSONL"): message, datetime (ISO 8601)
 * and timestamp_desc are what it needs; all other members become fields of the event. */
#include <stdio.h>

#include "base/text.h"
#include "main/etalon_timeline_row.h"

/* An event must have a time: the best that is known, and its name says which. */
static struct utc best_time(const struct etalon_timeline_told *told, const char **description) {
    static const char *const names[] = {
        [ETALON_TIMELINE_CLAIMED] = "Claimed time",
        [ETALON_TIMELINE_DERIVED] = "Time derived from the local counter",
    };
    *description = told->time == ETALON_TIMELINE_UNKNOWN ? "" : names[told->time];
    if (told->time != ETALON_TIMELINE_UNKNOWN) return told->utc;
    if (told->interval.has_not_after) {
        *description = "Not after, by witnesses";
        return (struct utc){told->interval.not_after_s * NS_PER_S};
    }
    *description = "Time not known";
    return (struct utc){0};
}

void etalon_timeline_timesketch(const struct etalon_timeline_told *told, struct json *json) {
    char datetime[TEXT_BYTES], message[ETALON_TIMELINE_TEXT_BYTES + 80];
    const char *description;
    struct utc utc = best_time(told, &description);
    text_utc(utc, datetime);
    snprintf(message, sizeof message, "[%s] %s%s%s", told->row->what,
             told->row->rule ? told->row->rule : "", told->row->rule ? ": " : "", told->row->text);
    json_open_object(json, NULL);
    json_string(json, "message", message);
    json_string(json, "datetime", datetime);
    json_string(json, "timestamp_desc", description);
    json_int(json, "timestamp", utc.ns / 1000);
    json_string(json, "data_type", "etalon:ledger:entry");
    json_open_array(json, "tag");
    json_string(json, NULL, etalon_timeline_row_weight(told->row->weight));
    json_close_array(json);
    etalon_timeline_row_json(told, json);
    json_close_object(json);
}

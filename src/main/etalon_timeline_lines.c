/* The timeline as JSON lines. */
#include "base/json.h"
#include "main/etalon_timeline_row.h"

void etalon_timeline_lines(const struct etalon_timeline_told *told, struct json *json) {
    json_open_object(json, NULL);
    json_string(json, "text", told->row->text);
    etalon_timeline_row_json(told, json);
    json_close_object(json);
}

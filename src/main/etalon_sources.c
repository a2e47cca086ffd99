/* etalon sources: verdicts of the keeper and associations of the source job, side by side. */
#include "main/etalon_sources.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "main/etalon_keys.h"
#include "main/etalon_table.h"

struct verdict_row {
    char mark;
    enum etalon_colour colour;
    const char *reason;
};

static const struct verdict_row verdict_rows[VERDICT_COUNT] = {
    [VERDICT_NO_DATA] = {'?', DIM, "nothing usable was received yet, or it is too long ago"},
    [VERDICT_NOSELECT] = {'n', DIM, "measured only, as configured"},
    [VERDICT_DISTANT] = {'d', YELLOW, "its root distance is over maxdistance"},
    [VERDICT_FALSETICKER] = {'x', RED, "its interval misses what the majority agrees on"},
    [VERDICT_UNAGREED] = {'~', YELLOW, "there is no majority that agrees"},
    [VERDICT_OUTLIER] = {'-', PLAIN, "agrees, but others agree more closely"},
    [VERDICT_SURVIVOR] = {'+', GREEN, "takes part in the combination"},
    [VERDICT_REFERENCE] = {'*', GREEN, "takes part, with the least distance to its root"},
};

bool etalon_sources_known(const struct etalon_view *view, size_t source) {
    return view->has_verdict[source] || view->has_association[source];
}

enum verdict etalon_sources_verdict(const struct etalon_view *view, size_t source) {
    return view->has_verdict[source] ? (enum verdict)view->verdict[source].verdict
                                     : VERDICT_NO_DATA;
}

char etalon_sources_mark(enum verdict verdict) {
    return verdict_rows[verdict].mark;
}

enum etalon_colour etalon_sources_colour(enum verdict verdict) {
    return verdict_rows[verdict].colour;
}

const char *etalon_sources_reason(enum verdict verdict) {
    return verdict_rows[verdict].reason;
}

void etalon_sources_legend(const struct etalon_view *view, const struct etalon_output *output) {
    bool seen[VERDICT_COUNT] = {false};
    for (size_t i = 0; i < ETALON_VIEW_SOURCES; i++)
        if (etalon_sources_known(view, i)) seen[etalon_sources_verdict(view, i)] = true;
    for (int verdict = VERDICT_COUNT - 1; verdict >= 0; verdict--)
        if (seen[verdict])
            printf("%s%c %-11s %s%s\n", etalon_output_colour(output, DIM),
                   verdict_rows[verdict].mark, message_verdict_name((enum verdict)verdict),
                   verdict_rows[verdict].reason, etalon_output_colour(output, PLAIN));
}

enum etalon_exit etalon_sources_exit(const struct etalon_view *view) {
    for (size_t i = 0; i < ETALON_VIEW_SOURCES; i++)
        if (etalon_sources_verdict(view, i) >= VERDICT_SURVIVOR) return ETALON_FINE;
    return ETALON_NOT_SYNCHRONISED;
}

static int polls_answered(uint8_t reach) {
    return __builtin_popcount(reach);
}

static void association_cells(struct etalon_table *table, const struct message_association *a) {
    char poll[TEXT_BYTES];
    if (a->state == ASSOCIATION_POLLING) {
        etalon_table_cell(table, 3, "%s", text_age(ldexp(1, a->poll_log2s), poll));
        etalon_table_cell(table, 4, "%d/8", polls_answered(a->reach));
    } else {
        etalon_table_cell(table, 3, "%s",
                          message_association_name((enum association_state)a->state));
    }
}

static void verdict_cells(struct etalon_table *table, const struct message_verdict *v,
                          struct mono now) {
    char a[TEXT_BYTES], b[TEXT_BYTES];
    if (v->last.ns) etalon_table_cell(table, 5, "%s", text_age(mono_seconds(now, v->last), a));
    if (v->samples == 0) return;
    etalon_table_cell(table, 2, "%u", (unsigned)v->stratum);
    etalon_table_cell(table, 6, "%s", text_signed_seconds(v->offset_s, a));
    etalon_table_cell(table, 7, "%s .. %s", text_signed_seconds(v->lower_s, a),
                      text_signed_seconds(v->upper_s, b));
    etalon_table_cell(table, 8, "%s", text_seconds(v->delay_s, a));
    etalon_table_cell(table, 9, "%s", text_seconds(v->jitter_s, a));
    etalon_table_cell(table, 10, "%.0f %%", v->weight * 100);
}

static void source_row(const struct etalon_view *view, size_t source, struct etalon_table *table) {
    enum verdict verdict = etalon_sources_verdict(view, source);
    char name[ETALON_VIEW_NAME_BYTES];
    if (!etalon_table_row(table, verdict_rows[verdict].colour)) return;
    etalon_table_cell(table, 0, "%c", verdict_rows[verdict].mark);
    etalon_table_cell(table, 1, "%s", etalon_view_name(view, source, name));
    if (view->has_association[source]) association_cells(table, &view->association[source]);
    if (view->has_verdict[source]) verdict_cells(table, &view->verdict[source], view->now);
    etalon_table_cell(table, 11, "%s", message_verdict_name(verdict));
}

/* What went wrong with a source's packets, where something did. */
static void print_troubles(const struct etalon_view *view) {
    char name[ETALON_VIEW_NAME_BYTES];
    for (size_t i = 0; i < ETALON_VIEW_SOURCES; i++) {
        const struct message_association *a = &view->association[i];
        if (!view->has_association[i] || (a->last_drop == ERR_OK && a->kisses == 0)) continue;
        printf("%s: dropped ", etalon_view_name(view, i, name));
        if (!etalon_view_drops_print(a->drops)) printf("nothing");
        if (a->kisses) printf("; %" PRIu64 " kisses-o'-death", a->kisses);
        putchar('\n');
    }
}

void etalon_sources_print(const struct etalon_view *view, const struct etalon_output *output) {
    static struct etalon_table table;
    etalon_table_head(&table, "|source|>stratum|>poll|>reach|>last|>offset|interval|>delay|>jitter|"
                              ">weight|verdict");
    for (size_t i = 0; i < ETALON_VIEW_SOURCES; i++)
        if (etalon_sources_known(view, i)) source_row(view, i, &table);
    if (table.rows == 1) {
        printf("no source is known\n");
        return;
    }
    etalon_table_print(&table, output);
    putchar('\n');
    etalon_sources_legend(view, output);
    etalon_keys_sources_print(view, output);
    print_troubles(view);
}

static void verdict_json(const struct etalon_view *view, size_t source, struct json *json) {
    const struct message_verdict *v = &view->verdict[source];
    char id[TEXT_BYTES];
    json_uint(json, "samples", v->samples);
    if (v->last.ns) json_double(json, "last_s", mono_seconds(view->now, v->last));
    if (v->samples == 0) return;
    json_uint(json, "stratum", v->stratum);
    json_uint(json, "leap", v->leap);
    json_string(json, "reference_id", text_reference_id(v->reference_id, v->stratum, id));
    json_double(json, "offset_s", v->offset_s);
    json_double(json, "lower_s", v->lower_s);
    json_double(json, "upper_s", v->upper_s);
    json_double(json, "jitter_s", v->jitter_s);
    json_double(json, "delay_s", v->delay_s);
    json_double(json, "root_delay_s", v->root_delay_s);
    json_double(json, "root_dispersion_s", v->root_dispersion_s);
    json_double(json, "weight", v->weight);
    json_double(json, "frequency", v->frequency);
}

static void association_json(const struct message_association *a, struct json *json) {
    char text[ADDR_TEXT_BYTES];
    json_string(json, "host", a->name);
    json_string(json, "state", message_association_name((enum association_state)a->state));
    json_string(json, "address", addr_text(&a->addr, text));
    json_uint(json, "port", a->addr.port);
    json_int(json, "poll_log2s", a->poll_log2s);
    json_uint(json, "reach", a->reach);
    json_uint(json, "sent", a->sent);
    json_uint(json, "received", a->received);
    json_uint(json, "kisses", a->kisses);
    json_bool(json, "kernel_stamps", a->kernel_stamps);
    etalon_keys_source_json(a, json);
    etalon_view_drops_json(a->drops, json);
}

static void source_json(const struct etalon_view *view, size_t source, struct json *json) {
    enum verdict verdict = etalon_sources_verdict(view, source);
    char name[ETALON_VIEW_NAME_BYTES];
    json_open_object(json, NULL);
    json_uint(json, "source", source);
    json_string(json, "name", etalon_view_name(view, source, name));
    json_string(json, "verdict", message_verdict_name(verdict));
    json_string(json, "reason", verdict_rows[verdict].reason);
    if (view->has_association[source]) association_json(&view->association[source], json);
    if (view->has_verdict[source]) verdict_json(view, source, json);
    json_close_object(json);
}

void etalon_sources_json(const struct etalon_view *view, struct json *json, const char *key) {
    json_open_array(json, key);
    for (size_t i = 0; i < ETALON_VIEW_SOURCES; i++)
        if (etalon_sources_known(view, i)) source_json(view, i, json);
    json_close_array(json);
}

/* etalon selection. The scale is made from what is combined, so that one source that is wrong by
 * a second does not shrink the others to a dot: it is shown by an arrow at the edge. */
#include "main/etalon_selection.h"

#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "main/etalon_sources.h"
#include "main/etalon_table.h"

enum { BAR_COLUMNS = 51 };

static bool has_interval(const struct etalon_view *view, size_t source) {
    return view->has_verdict[source] && view->verdict[source].samples > 0 &&
           view->verdict[source].verdict != VERDICT_NO_DATA;
}

static double radius_now(const struct etalon_view *view) {
    return view->has_tracking && view->tracking.clock.generation
               ? line_radius(&view->tracking.clock.line, view->now)
               : 0;
}

/* Half width of the scale: Etalon's own interval and those that are combined, or all of them where
 * none is. Wider and farther ones get arrows. */
static double reach_of(const struct etalon_view *view) {
    double used = radius_now(view), any = 0;
    for (size_t i = 0; i < ETALON_VIEW_SOURCES; i++) {
        if (!has_interval(view, i)) continue;
        const struct message_verdict *v = &view->verdict[i];
        double reach = fmax(fabs(v->lower_s), fabs(v->upper_s));
        any = fmax(any, reach);
        if (v->verdict >= VERDICT_SURVIVOR) used = fmax(used, reach);
    }
    double reach = etalon_sources_exit(view) == ETALON_FINE ? used : fmax(used, any);
    return reach > 0 && isfinite(reach) ? reach * 1.5 : 1;
}

/* The scale in words: its ends, with zero in the middle. */
static void ruler_cell(double reach, struct etalon_table *table, size_t column) {
    enum { HALF = BAR_COLUMNS / 2 };
    char left[TEXT_BYTES], right[TEXT_BYTES];
    etalon_table_cell(table, column, "%-*.*s0%*.*s", HALF, HALF, text_signed_seconds(-reach, left),
                      HALF, HALF, text_signed_seconds(reach, right));
}

static void own_row(const struct etalon_view *view, const struct text_scale *scale,
                    struct etalon_table *table) {
    char bar[TEXT_BAR_BYTES], radius[TEXT_BYTES];
    double r = radius_now(view);
    if (r == 0 || !etalon_table_row(table, BOLD)) return;
    etalon_table_cell(table, 1, "etalon");
    etalon_table_cell(table, 2, "%s", text_bar(scale, -r, 0, r, bar));
    etalon_table_cell(table, 3, "%s", text_signed_seconds(0, radius));
    etalon_table_cell(table, 4, "%s", text_seconds(r, radius));
    etalon_table_cell(table, 5, "what is served");
}

static void source_row(const struct etalon_view *view, size_t source,
                       const struct text_scale *scale, struct etalon_table *table) {
    const struct message_verdict *v = &view->verdict[source];
    enum verdict verdict = etalon_sources_verdict(view, source);
    char name[ETALON_VIEW_NAME_BYTES], bar[TEXT_BAR_BYTES], text[TEXT_BYTES];
    if (!etalon_table_row(table, etalon_sources_colour(verdict))) return;
    etalon_table_cell(table, 0, "%c", etalon_sources_mark(verdict));
    etalon_table_cell(table, 1, "%s", etalon_view_name(view, source, name));
    etalon_table_cell(table, 5, "%s", message_verdict_name(verdict));
    if (!has_interval(view, source)) return;
    etalon_table_cell(table, 2, "%s", text_bar(scale, v->lower_s, v->offset_s, v->upper_s, bar));
    etalon_table_cell(table, 3, "%s", text_signed_seconds(v->offset_s, text));
    etalon_table_cell(table, 4, "%s", text_seconds((v->upper_s - v->lower_s) / 2, text));
}

void etalon_selection_print(const struct etalon_view *view, const struct etalon_output *output) {
    static struct etalon_table table;
    struct text_scale scale = {.width = BAR_COLUMNS, .utf8 = output->utf8};
    scale.high = reach_of(view);
    scale.low = -scale.high;
    if (view->has_tracking)
        printf("%u of %u sources agree, %u have a usable interval\n\n",
               (unsigned)view->tracking.agreeing, (unsigned)view->tracking.sources,
               (unsigned)view->tracking.selectable);
    etalon_table_head(&table, "|source||>offset|>bound|verdict");
    ruler_cell(scale.high, &table, 2);
    own_row(view, &scale, &table);
    for (size_t i = 0; i < ETALON_VIEW_SOURCES; i++)
        if (etalon_sources_known(view, i)) source_row(view, i, &scale, &table);
    etalon_table_print(&table, output);
    putchar('\n');
    etalon_sources_legend(view, output);
}

static void candidate_json(const struct etalon_view *view, size_t source, struct json *json) {
    const struct message_verdict *v = &view->verdict[source];
    enum verdict verdict = etalon_sources_verdict(view, source);
    char name[ETALON_VIEW_NAME_BYTES];
    json_open_object(json, NULL);
    json_uint(json, "source", source);
    json_string(json, "name", etalon_view_name(view, source, name));
    json_string(json, "verdict", message_verdict_name(verdict));
    json_string(json, "reason", etalon_sources_reason(verdict));
    json_bool(json, "agrees", verdict >= VERDICT_OUTLIER);
    if (has_interval(view, source)) {
        json_double(json, "offset_s", v->offset_s);
        json_double(json, "lower_s", v->lower_s);
        json_double(json, "upper_s", v->upper_s);
        json_double(json, "weight", v->weight);
    }
    json_close_object(json);
}

void etalon_selection_json(const struct etalon_view *view, struct json *json) {
    double radius = radius_now(view);
    json_open_object(json, NULL);
    if (view->has_tracking) {
        json_uint(json, "sources", view->tracking.sources);
        json_uint(json, "selectable", view->tracking.selectable);
        json_uint(json, "agreeing", view->tracking.agreeing);
    }
    if (radius > 0) {
        json_double(json, "lower_s", -radius);
        json_double(json, "upper_s", radius);
    }
    json_open_array(json, "candidates");
    for (size_t i = 0; i < ETALON_VIEW_SOURCES; i++)
        if (etalon_sources_known(view, i)) candidate_json(view, i, json);
    json_close_array(json);
    json_close_object(json);
}

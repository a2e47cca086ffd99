/* Numbers have five digits: more than the intervals are worth, and what published tables have. */
#include "main/etalon_stability_table.h"

#include <stdio.h>
#include <stdlib.h>

#include "clock/stability_noise.h"

enum { JSON_ROW_BYTES = 256, JSON_FRAME_BYTES = 16384 };

static void print_row(enum stability_kind kind, const struct etalon_stability_row *row) {
    printf("%11.6g  %9zu", row->tau_s, row->terms);
    if (row->edf > 0)
        printf("  %10.*f  %11.4e  %11.4e  %11.4e", row->edf < 1e4 ? 1 : 0, row->edf, row->deviation,
               row->low, row->high);
    else
        printf("  %10s  %11.4e  %11s  %11s", "-", row->deviation, "-", "-");
    printf("  %s\n", stability_differences(kind) > 1 ? stability_noise_name(row->alpha) : "-");
}

static void print_kind(const struct etalon_stability_result *result, enum stability_kind kind,
                       const struct etalon_output *output) {
    const char *bold = etalon_output_colour(output, BOLD),
               *plain = etalon_output_colour(output, PLAIN);
    printf("\n%s%s: %s%s%s\n", bold, stability_name(kind), stability_title(kind),
           stability_is_time(kind) ? ", seconds" : "", plain);
    if (result->of[kind].count == 0) {
        puts("too few values for it");
        return;
    }
    printf("%s%11s  %9s  %10s  %11s  %11s  %11s  %s%s\n", bold, "tau/s", "terms", "edf",
           "deviation", "low", "high", "noise", plain);
    for (size_t i = 0; i < result->of[kind].count; i++) print_row(kind, &result->of[kind].rows[i]);
}

void etalon_stability_table(const struct etalon_stability_result *result,
                            const struct etalon_output *output) {
    char name[256];
    printf("%s: %zu phase points, one each %.6g s; low to high: %.4g %% confidence\n",
           etalon_output_clean(result->name, name, sizeof name), result->points, result->tau0_s,
           result->confidence * 100);
    for (int kind = 0; kind < STABILITY_KINDS; kind++)
        if (result->of[kind].rows) print_kind(result, (enum stability_kind)kind, output);
}

static void row_json(enum stability_kind kind, const struct etalon_stability_row *row,
                     struct json *json) {
    json_open_object(json, NULL);
    json_double(json, "tau_s", row->tau_s);
    json_uint(json, "terms", row->terms);
    json_double(json, "deviation", row->deviation);
    if (row->edf > 0) {
        json_double(json, "edf", row->edf);
        json_double(json, "low", row->low);
        json_double(json, "high", row->high);
    }
    if (stability_differences(kind) > 1 && row->alpha != STABILITY_NOISE_UNKNOWN) {
        json_int(json, "alpha", row->alpha);
        json_string(json, "noise", stability_noise_name(row->alpha));
    }
    json_close_object(json);
}

static void kind_json(const struct etalon_stability_result *result, enum stability_kind kind,
                      struct json *json) {
    json_open_object(json, NULL);
    json_string(json, "name", stability_name(kind));
    json_string(json, "title", stability_title(kind));
    json_string(json, "unit", stability_is_time(kind) ? "s" : "1");
    json_open_array(json, "rows");
    for (size_t i = 0; i < result->of[kind].count; i++)
        row_json(kind, &result->of[kind].rows[i], json);
    json_close_array(json);
    json_close_object(json);
}

bool etalon_stability_table_json(const struct etalon_stability_result *result) {
    size_t rows = 0;
    for (int kind = 0; kind < STABILITY_KINDS; kind++) rows += result->of[kind].count;
    size_t room = JSON_FRAME_BYTES + rows * JSON_ROW_BYTES;
    char *text = malloc(room);
    if (!text) return false;
    struct json json;
    json_init(&json, text, room);
    json_open_object(&json, NULL);
    json_string(&json, "file", result->name);
    json_uint(&json, "points", result->points);
    json_double(&json, "tau0_s", result->tau0_s);
    json_double(&json, "confidence", result->confidence);
    json_open_array(&json, "statistics");
    for (int kind = 0; kind < STABILITY_KINDS; kind++)
        if (result->of[kind].rows) kind_json(result, (enum stability_kind)kind, &json);
    json_close_array(&json);
    json_close_object(&json);
    bool right = etalon_output_json_print(&json);
    free(text);
    return right;
}

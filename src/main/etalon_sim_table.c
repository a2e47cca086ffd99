/* See the header. */
#include "main/etalon_sim_table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { ROWS_SHOWN = 24, JSON_RUN_BYTES = 1600, JSON_NODE_BYTES = 160, JSON_FRAME_BYTES = 4096 };

static const double year_s = 365.25 * 86400;

uint64_t etalon_sim_table_findings(const struct etalon_sim_table *table) {
    uint64_t findings = 0;
    for (uint64_t i = 0; i < table->count; i++)
        if (table->has[i]) findings += table->runs[i].findings;
    return findings;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* A column of the runs that were done, ascending; NULL: no memory, or none was done. */
static double *column(const struct etalon_sim_table *table, size_t offset) {
    double *values = calloc(table->done + 1, sizeof *values);
    uint64_t count = 0;
    if (!values) return NULL;
    for (uint64_t i = 0; i < table->count && count < table->done; i++)
        if (table->has[i])
            memcpy(&values[count++], (const char *)&table->runs[i] + offset, sizeof *values);
    qsort(values, count, sizeof *values, by_size);
    return values;
}

static void print_summary_row(const struct etalon_sim_table *table, const char *name,
                              size_t offset) {
    char least[TEXT_BYTES], middle[TEXT_BYTES], most[TEXT_BYTES];
    double *values = column(table, offset);
    if (values)
        printf("  %-14s %12s %12s %12s\n", name, text_seconds(values[0], least),
               text_seconds(values[table->done / 2], middle),
               text_seconds(values[table->done - 1], most));
    free(values);
}

static void print_summary(const struct etalon_sim_table *table) {
    double simulated_s = 0, cpu_s = 0;
    uint64_t findings = etalon_sim_table_findings(table), requests = 0;
    for (uint64_t i = 0; i < table->count; i++) {
        if (!table->has[i]) continue;
        simulated_s += table->runs[i].simulated_s;
        cpu_s += table->runs[i].cpu_s;
        requests += table->runs[i].requests;
    }
    printf("\n  %-14s %12s %12s %12s\n", "of all seeds", "least", "median", "most");
    print_summary_row(table, "rms error", offsetof(struct etalon_sim_run, rms_s));
    print_summary_row(table, "largest error", offsetof(struct etalon_sim_run, max_s));
    print_summary_row(table, "largest bound", offsetof(struct etalon_sim_run, bound_s));
    printf("\n%" PRIu64 " of %" PRIu64 " seeds, %.3g simulated years, %.1f requests an hour, "
           "%" PRIu64 " finding%s\n"
           "%.3g years a second in all, %.0f times real time on one core\n",
           table->done, table->count, simulated_s / year_s, (double)requests / (simulated_s / 3600),
           findings, findings == 1 ? "" : "s", simulated_s / year_s / table->wall_s,
           simulated_s / cpu_s);
}

static void print_run(const struct etalon_sim_run *run, const struct etalon_output *output) {
    char rms[TEXT_BYTES], most[TEXT_BYTES], bound[TEXT_BYTES], outside[TEXT_BYTES];
    bool clean = run->findings == 0;
    printf("%s%10" PRIu64 " %12s %12s %12s %9" PRIu64 " %8" PRIu64 " %10s %9.0f  %016" PRIx64
           "  %s%s\n",
           clean ? "" : etalon_output_colour(output, RED), run->seed, text_seconds(run->rms_s, rms),
           text_seconds(run->max_s, most), text_seconds(run->bound_s, bound), run->requests,
           run->findings, run->outside_s > 0 ? text_age(run->outside_s, outside) : "-",
           run->simulated_s / run->cpu_s, run->trace, run->ends,
           clean ? "" : etalon_output_colour(output, PLAIN));
    uint64_t shown = run->findings < ETALON_SIM_TEXTS ? run->findings : ETALON_SIM_TEXTS;
    for (uint64_t i = 0; i < shown; i++)
        printf("    seed %" PRIu64 ", at %s\n", run->seed, run->texts[i]);
    if (run->findings > shown) printf("    and %" PRIu64 " more\n", run->findings - shown);
}

/* The largest error that is not shown any more; with few seeds all are. */
static double least_shown(const struct etalon_sim_table *table) {
    double least = -1, *values = NULL;
    if (table->done <= ROWS_SHOWN) return least;
    values = column(table, offsetof(struct etalon_sim_run, max_s));
    if (values) least = values[table->done - ROWS_SHOWN];
    free(values);
    return least;
}

bool etalon_sim_table_print(const struct etalon_sim_table *table,
                            const struct etalon_output *output) {
    const char *bold = etalon_output_colour(output, BOLD);
    double least = least_shown(table);
    printf("%s%s%s: %s\n", bold, table->scenario->name, etalon_output_colour(output, PLAIN),
           table->scenario->about);
    if (table->done == 0) {
        puts("no run was completed");
        return true;
    }
    if (least >= 0)
        printf("the %d seeds with the largest errors, and all with findings\n", ROWS_SHOWN);
    printf("%s%10s %12s %12s %12s %9s %8s %10s %9s  %-16s  %s%s\n", bold, "seed", "rms", "max",
           "bound", "requests", "findings", "outside", "x real", "trace", "ends",
           etalon_output_colour(output, PLAIN));
    for (uint64_t i = 0; i < table->count; i++)
        if (table->has[i] && (table->runs[i].max_s >= least || table->runs[i].findings > 0))
            print_run(&table->runs[i], output);
    print_summary(table);
    return true;
}

static void nodes_json(const struct etalon_sim_run *run, struct json *json) {
    json_open_array(json, "nodes");
    for (uint32_t i = 0; i < run->node_count; i++) {
        json_open_object(json, NULL);
        json_double(json, "rms_s", run->nodes[i].rms_s);
        json_double(json, "max_s", run->nodes[i].max_s);
        json_double(json, "bound_s", run->nodes[i].bound_s);
        json_double(json, "outside_s", run->nodes[i].outside_s);
        json_close_object(json);
    }
    json_close_array(json);
}

static void run_json(const struct etalon_sim_run *run, struct json *json) {
    char trace[20];
    snprintf(trace, sizeof trace, "%016" PRIx64, run->trace);
    json_open_object(json, NULL);
    json_uint(json, "seed", run->seed);
    json_double(json, "rms_s", run->rms_s);
    json_double(json, "max_s", run->max_s);
    json_double(json, "bound_s", run->bound_s);
    json_double(json, "outside_s", run->outside_s);
    json_uint(json, "requests", run->requests);
    json_uint(json, "replies", run->replies);
    json_uint(json, "jumps", run->jumps);
    json_string(json, "trace", trace);
    json_string(json, "ends", run->ends);
    json_double(json, "simulated_s", run->simulated_s);
    json_double(json, "cpu_s", run->cpu_s);
    json_uint(json, "findings", run->findings);
    json_open_array(json, "texts");
    for (uint64_t i = 0; i < run->findings && i < ETALON_SIM_TEXTS; i++)
        json_string(json, NULL, run->texts[i]);
    json_close_array(json);
    nodes_json(run, json);
    json_close_object(json);
}

bool etalon_sim_table_json(const struct etalon_sim_table *table) {
    struct json json;
    size_t run_room = JSON_RUN_BYTES + (size_t)table->scenario->setting.nodes * JSON_NODE_BYTES;
    size_t room = JSON_FRAME_BYTES + table->done * run_room;
    char *text = malloc(room);
    if (!text) return false;
    json_init(&json, text, room);
    json_open_object(&json, NULL);
    json_string(&json, "scenario", table->scenario->name);
    json_string(&json, "about", table->scenario->about);
    json_string(&json, "needs", scenario_needs_name(table->scenario->needs));
    json_uint(&json, "seeds", table->count);
    json_uint(&json, "done", table->done);
    json_double(&json, "wall_s", table->wall_s);
    json_uint(&json, "findings", etalon_sim_table_findings(table));
    json_open_array(&json, "runs");
    for (uint64_t i = 0; i < table->count; i++)
        if (table->has[i]) run_json(&table->runs[i], &json);
    json_close_array(&json);
    json_close_object(&json);
    bool right = !json.failed && puts(text) >= 0;
    free(text);
    return right;
}

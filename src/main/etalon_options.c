/* etalon options. Everything shown comes from the one table that the parser uses. */
#include "main/etalon_options.h"

#include <stdio.h>
#include <string.h>

#include "config/option.h"

static void print_suboption(const struct option_suboption *sub) {
    char name[64];
    snprintf(name, sizeof name, "%s%s%s", sub->name, sub->argument ? " " : "",
             sub->argument ? sub->argument : "");
    printf("        %-20s %s", name, sub->help);
    if (sub->fallback) printf(" Default: %s.", sub->fallback);
    putchar('\n');
}

static void print_entry(const struct option_entry *entry, const struct etalon_output *output) {
    printf("%s%s%s%s%s\n    %s", etalon_output_colour(output, BOLD), entry->name,
           etalon_output_colour(output, PLAIN), entry->arguments && *entry->arguments ? " " : "",
           entry->arguments ? entry->arguments : "", entry->help);
    if (entry->fallback) printf(" Default: %s.", entry->fallback);
    putchar('\n');
    for (const struct option_suboption *sub = entry->suboptions; sub && sub->name; sub++)
        print_suboption(sub);
}

void etalon_options_print(const struct etalon_output *output) {
    for (size_t i = 0; i < option_count; i++) print_entry(&option_table[i], output);
}

static void string_or_null(struct json *json, const char *key, const char *value) {
    if (value)
        json_string(json, key, value);
    else
        json_null(json, key);
}

static void entry_json(const struct option_entry *entry, struct json *json) {
    json_open_object(json, NULL);
    json_string(json, "name", entry->name);
    json_string(json, "arguments", entry->arguments ? entry->arguments : "");
    string_or_null(json, "default", entry->fallback);
    json_string(json, "help", entry->help);
    json_open_array(json, "suboptions");
    for (const struct option_suboption *sub = entry->suboptions; sub && sub->name; sub++) {
        json_open_object(json, NULL);
        json_string(json, "name", sub->name);
        string_or_null(json, "argument", sub->argument);
        string_or_null(json, "default", sub->fallback);
        json_string(json, "help", sub->help);
        json_close_object(json);
    }
    json_close_array(json);
    json_close_object(json);
}

void etalon_options_json(struct json *json) {
    json_open_array(json, NULL);
    for (size_t i = 0; i < option_count; i++) entry_json(&option_table[i], json);
    json_close_array(json);
}

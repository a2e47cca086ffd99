/* The option table: complete rows, its defaults equal the built-in ones, names that are near. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include "config/directive.h"
#include "config/option.h"
#include "config/parse.h"

static void must_parse(const char *text, struct config *out) {
    struct config_error error = {0};
    enum err err = parse_text("test", text, strlen(text), NULL, out, &error);
    if (err) fail_msg("%s\n%u:%u: %s", text, error.place.line, error.place.column, error.text);
}

static void rows_are_complete(void **state) {
    (void)state;
    assert_true(option_count > 0);
    for (size_t i = 0; i < option_count; i++) {
        const struct option_entry *entry = &option_table[i];
        assert_non_null(entry->apply);
        bool flag = entry->values && entry->values[0].rule.kind == OPTION_FLAG;
        assert_int_equal(strlen(entry->arguments) > 0, !flag);
        assert_int_equal(entry->help[strlen(entry->help) - 1], '.');
        assert_ptr_equal(option_find(entry->name), entry); /* no name stands twice */
        assert_null(option_unsupported(entry->name));
        assert_int_equal(entry->apply == directive_values, entry->values != NULL);
        assert_int_equal(strstr(entry->arguments, "[OPTION]...") != NULL,
                         entry->suboptions != NULL);
    }
}

static void values_are_in_the_synopsis(void **state) {
    (void)state;
    for (size_t i = 0; i < option_count; i++) {
        const struct option_entry *entry = &option_table[i];
        char synopsis[128] = "";
        for (const struct option_value *v = entry->values; v && v->rule.kind; v++) {
            if (v != entry->values) strcat(synopsis, " ");
            strcat(synopsis, v->name);
        }
        if (entry->values) assert_string_equal(synopsis, entry->arguments);
    }
}

static void suboptions_are_complete(void **state) {
    (void)state;
    for (size_t i = 0; i < option_count; i++) {
        const struct option_suboption *first = option_table[i].suboptions;
        for (const struct option_suboption *sub = first; sub && sub->name; sub++) {
            assert_int_equal(sub->rule.kind == OPTION_FLAG, sub->argument == NULL);
            assert_true(sub->rule.kind != OPTION_END && sub->rule.bytes > 0);
            assert_int_equal(sub->help[strlen(sub->help) - 1], '.');
            assert_null(option_unsupported_suboption(option_table[i].name, sub->name));
            for (const struct option_suboption *other = first; other < sub; other++)
                assert_string_not_equal(other->name, sub->name);
        }
    }
}

static void defaults_are_the_built_in_ones(void **state) {
    (void)state;
    static struct config built_in, parsed;
    unsigned compared = 0;
    for (size_t i = 0; i < option_count; i++) {
        const struct option_entry *entry = &option_table[i];
        if (!entry->fallback) continue;
        bool ledger = strncmp(entry->name, "ledger", 6) == 0;
        const char *before = strcmp(entry->name, "minsources") == 0 ? "server a\n" : "";
        if (ledger) before = "ledger /l\nledgerkey /k\n";
        char text[256];
        snprintf(text, sizeof text, "%s%s %s\n", before, entry->name, entry->fallback);
        must_parse(before, &built_in);
        must_parse(text, &parsed);
        assert_memory_equal(&parsed, &built_in, sizeof parsed);
        compared++;
    }
    assert_true(compared >= 9);
    must_parse("", &parsed);
    config_default(&built_in);
    assert_memory_equal(&parsed, &built_in, sizeof parsed);
}

static void suboption_defaults_are_the_built_in_ones(void **state) {
    (void)state;
    static struct config plain, written;
    unsigned compared = 0;
    for (size_t i = 0; i < option_count; i++) {
        const struct option_suboption *sub = option_table[i].suboptions;
        const char *name = strcmp(option_table[i].name, "local") == 0 ? "" : "ntp.example.net";
        for (; sub && sub->name; sub++) {
            if (!sub->fallback) continue;
            char text[256];
            snprintf(text, sizeof text, "%s %s", option_table[i].name, name);
            must_parse(text, &plain);
            snprintf(text, sizeof text, "%s %s %s %s", option_table[i].name, name, sub->name,
                     sub->fallback);
            must_parse(text, &written);
            assert_memory_equal(&plain, &written, sizeof plain);
            compared++;
        }
    }
    assert_true(compared >= 15);
}

static void found_in_any_case(void **state) {
    (void)state;
    assert_string_equal(option_find("MakeStep")->name, "makestep");
    assert_null(option_find("makeste"));
    assert_null(option_find(""));
}

static void nearest_names(void **state) {
    (void)state;
    assert_string_equal(option_nearest("servr"), "server");
    assert_string_equal(option_nearest("SEVRER"), "server");
    assert_string_equal(option_nearest("max_distance"), "maxdistance");
    assert_string_equal(option_nearest("leapsecslist"), "leapseclist");
    assert_null(option_nearest("zzz"));
    assert_null(option_nearest("a"));
    assert_null(option_nearest("a-word-that-is-longer-than-any-name-of-the-table"));
    const struct option_entry *server = option_find("server");
    assert_string_equal(option_nearest_suboption(server, "ibrust"), "iburst");
    assert_string_equal(option_nearest_suboption(server, "min_poll"), "minpoll");
    assert_null(option_nearest_suboption(server, "colour"));
    assert_null(option_nearest_suboption(option_find("port"), "iburst"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_complete),
        cmocka_unit_test(values_are_in_the_synopsis),
        cmocka_unit_test(suboptions_are_complete),
        cmocka_unit_test(defaults_are_the_built_in_ones),
        cmocka_unit_test(suboption_defaults_are_the_built_in_ones),
        cmocka_unit_test(found_in_any_case),
        cmocka_unit_test(nearest_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

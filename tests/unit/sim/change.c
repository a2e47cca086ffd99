/* sim/change: every candidate differs, is accepted by the parser as its directives are written, and
 * does what they say. */
#include "sim/change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "config/parse.h"
#include "sim/directives.h"

static struct subject before, after;
static struct directives lines, other;
static char diff[DIRECTIVES_DIFF_BYTES];

static void read_subject(const char *text) {
    static struct config config;
    static struct config_error error;
    memset(&config, 0, sizeof config);
    assert_int_equal(parse_text("test", text, strlen(text), NULL, &config, &error), ERR_OK);
    subject_init(&before, &config);
}

static const char *diff_of(const struct change *change) {
    change_apply(change, &before, &after);
    directives_of(&before, &lines);
    directives_of(&after, &other);
    return directives_diff(&lines, &other, diff);
}

static bool has(enum change_kind kind, struct change *out) {
    struct change changes[CHANGE_CANDIDATES_MAX];
    size_t count = change_candidates(&before, changes);
    for (size_t i = 0; i < count; i++)
        if (changes[i].kind == kind) {
            *out = changes[i];
            return true;
        }
    return false;
}

static void expect_accepted(const struct subject *subject, const char *name) {
    static char text[sizeof lines.lines];
    static struct config config;
    static struct config_error error;
    size_t length = 0;
    directives_of(subject, &other);
    for (size_t i = 0; i < other.count; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s\n", other.lines[i]);
    if (parse_text(name, text, length, NULL, &config, &error) != ERR_OK)
        fail_msg("%s:%u: %s", name, (unsigned)error.place.line, error.text);
    assert_int_equal(config.source_count, subject->config.source_count);
    assert_int_equal(config.min_sources, subject->config.min_sources);
    assert_true(config.max_bound_s == subject->config.max_bound_s);
    assert_true(config.makestep_limit == subject->config.makestep_limit);
    for (uint32_t i = 0; i < config.source_count; i++)
        assert_int_equal(config.sources[i].nts, subject->config.sources[i].nts);
}

static void every_candidate_differs_and_is_accepted(void **state) {
    (void)state;
    static const char limited[] =
        "server a.a.example nts\nserver b.b.example nts\nserver c.c.example nts trust\n"
        "minsources 2\nmaxbound 0.05\nlocal bound 0.04\nmaxchange 1 1 1\ndriftfile /d\n";
    static const char *const texts[] = {
        "pool pool.a.example iburst\n",
        "pool pool.a.example maxsources 8\nminsources 6\nmakestep 0.1 -1\n",
        "server ntp.a.example iburst nts\nserver ntp.b.example\nserver 192.0.2.1 maxpoll 6\n",
        limited,
    };
    struct change changes[CHANGE_CANDIDATES_MAX];
    char name[CHANGE_REASON_BYTES], again[CHANGE_REASON_BYTES];
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        read_subject(texts[i]);
        expect_accepted(&before, "before");
        size_t count = change_candidates(&before, changes);
        assert_true(count >= 5);
        for (size_t k = 0; k < count; k++) {
            assert_true(diff_of(&changes[k])[0] != '\0');
            expect_accepted(&after, change_name(&changes[k], name));
            assert_true(strlen(change_title(&changes[k], again)) > 5);
            for (size_t n = 0; n < k; n++)
                assert_string_not_equal(change_name(&changes[n], again), name);
        }
    }
}

static void the_diff_is_what_to_do(void **state) {
    (void)state;
    struct change change;
    read_subject("pool pool.a.example iburst\nserver ntp.b.example iburst\n");
    assert_true(has(CHANGE_NTS, &change));
    assert_string_equal(diff_of(&change), "- server ntp.b.example iburst\n"
                                          "+ server ntp.b.example iburst nts\n");
    assert_true(has(CHANGE_PIN, &change));
    assert_string_equal(diff_of(&change), "- server ntp.b.example iburst\n"
                                          "+ server ADDRESS-OF-ntp.b.example iburst\n");
    assert_true(has(CHANGE_ADD, &change));
    assert_string_equal(diff_of(&change), "+ server NEW-1 iburst\n");
    assert_true(has(CHANGE_MAXBOUND, &change));
    assert_string_equal(diff_of(&change), "+ maxbound 0.1\n");
    assert_true(has(CHANGE_REPLACE_NTS, &change));
    assert_string_equal(diff_of(&change), "- pool pool.a.example iburst\n"
                                          "+ server NEW-1 iburst nts\n+ server NEW-2 iburst nts\n"
                                          "+ server NEW-3 iburst nts\n+ server NEW-4 iburst nts\n");
}

static void what_is_there_already_is_no_candidate(void **state) {
    (void)state;
    struct change change;
    read_subject("server ntp.a.example nts maxpoll 4 minpoll 4\nmaxbound 0.01\nmaxdistance 0.01\n"
                 "maxchange 1 1 1\ndriftfile /d\nmaxclockerror 0.5\nmakestep 1 3\n");
    assert_false(has(CHANGE_NTS, &change));
    assert_false(has(CHANGE_PIN, &change));
    assert_false(has(CHANGE_REPLACE, &change));
    assert_false(has(CHANGE_TRUST, &change));
    assert_false(has(CHANGE_MINSOURCES, &change));
    assert_false(has(CHANGE_MAXDISTANCE, &change));
    assert_false(has(CHANGE_MAXBOUND, &change));
    assert_false(has(CHANGE_MAXCLOCKERROR, &change));
    assert_false(has(CHANGE_POLL, &change));
    assert_false(has(CHANGE_MAKESTEP, &change));
    assert_false(has(CHANGE_MAXCHANGE, &change));
    assert_false(has(CHANGE_DRIFTFILE, &change));
    assert_true(has(CHANGE_ADD, &change));
}

static void a_long_diff_says_that_it_was_cut(void **state) {
    (void)state;
    static char text[8192];
    size_t length = 0;
    for (int i = 0; i < 60; i++)
        length += (size_t)snprintf(text + length, sizeof text - length,
                                   "server a-rather-long-name-%d.of-a-time-server.example\n", i);
    struct change change;
    read_subject(text);
    assert_true(has(CHANGE_NTS, &change));
    diff_of(&change);
    assert_true(strlen(diff) < DIRECTIVES_DIFF_BYTES);
    assert_string_equal(diff + strlen(diff) - 4, "...\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_candidate_differs_and_is_accepted),
        cmocka_unit_test(the_diff_is_what_to_do),
        cmocka_unit_test(what_is_there_already_is_no_candidate),
        cmocka_unit_test(a_long_diff_says_that_it_was_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

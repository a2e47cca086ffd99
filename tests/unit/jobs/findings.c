/* Findings that come in: whole lines, each once, few at a time; over restarts, and whatever becomes
 * of the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/findings.h"
#include "ledger/memory_store.h"

static struct memory_store memory;
static struct ledger_store store;
static struct findings findings;
static struct mono now;

static int set_up(void **state) {
    (void)state;
    store = memory_store_of(&memory);
    findings_init(&findings, &store);
    now = (struct mono){NS_PER_S};
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    memory_free(&memory);
    return 0;
}

static void write_inbox(const char *text, size_t length) {
    assert_int_equal(memory_put(&memory, FINDINGS_INBOX, text, length), ERR_OK);
}

static void put(const char *text) {
    write_inbox(text, strlen(text));
}

/* At the next time for it. */
static enum err look(void) {
    now = mono_add(now, 5 * NS_PER_S);
    assert_true(findings_due(&findings, now));
    return findings_take(&findings);
}

static void assert_taken(const char *line) {
    assert_int_equal(look(), ERR_OK);
    assert_string_equal(findings.line, line);
    assert_false(findings.cut);
    findings_pass(&findings);
}

static void restart(void) {
    findings_init(&findings, &store);
}

static void takes_whole_lines_once(void **state) {
    (void)state;
    assert_int_equal(look(), ERR_STALE); /* no inbox */
    assert_false(findings_due(&findings, mono_add(now, NS_PER_S)));
    put("one\ntwo\nthr");
    assert_taken("one");
    assert_int_equal(findings_take(&findings), ERR_OK);
    assert_string_equal(findings.line, "two");
    assert_int_equal(findings_take(&findings), ERR_OK); /* not passed: again */
    assert_string_equal(findings.line, "two");
    findings_pass(&findings);
    assert_int_equal(look(), ERR_STALE); /* somebody is writing */
    put("one\ntwo\nthree\n\nfive\n");
    assert_taken("three");
    assert_taken("");
    assert_taken("five");
    assert_int_equal(look(), ERR_STALE);
}

static void remembers_over_a_restart(void **state) {
    (void)state;
    put("one\ntwo\nthree\n");
    assert_taken("one");
    findings_keep(&findings);
    assert_taken("two");
    restart(); /* before it was durable */
    assert_taken("two");
    findings_keep(&findings);
    unsigned puts = memory.puts;
    findings_keep(&findings); /* nothing new */
    assert_int_equal(memory.puts, puts);
    restart();
    assert_taken("three");
}

static void damaged_memories_count_as_none(void **state) {
    static const char *const texts[] = {
        "", "\n", "4", "4 \n", "-4\n", "+4\n", " 4\n", "x\n", "99999999999999999999\n"};
    (void)state;
    put("one\ntwo\n");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(memory_put(&memory, FINDINGS_READ, texts[i], strlen(texts[i])), ERR_OK);
        restart();
        assert_taken("one");
    }
    assert_int_equal(memory_put(&memory, FINDINGS_READ, "4\n", 2), ERR_OK);
    restart();
    assert_taken("two");
}

static void another_file_is_read_from_its_start(void **state) {
    (void)state;
    put("one\ntwo\n");
    assert_taken("one");
    assert_taken("two");
    findings_keep(&findings);
    put("1\n"); /* shorter */
    assert_int_equal(look(), ERR_DAMAGED);
    assert_taken("1");
    put("a longer line\n");
    assert_int_equal(look(), ERR_DAMAGED);
    assert_taken("a longer line");
    memory_drop(&memory, FINDINGS_INBOX);
    assert_int_equal(look(), ERR_DAMAGED);
    assert_int_equal(look(), ERR_STALE);
    findings_keep(&findings);
    restart();
    put("new\n");
    assert_taken("new");
}

static void long_lines_are_cut(void **state) {
    static char text[4 * LIMIT_FINDING_BYTES];
    (void)state;
    for (size_t longer = 0; longer < 3; longer++) {
        for (size_t before = 0; before < 2; before++) {
            size_t length = LIMIT_FINDING_BYTES + longer, at = 0;
            findings_init(&findings, &store);
            memory_drop(&memory, FINDINGS_READ);
            if (before) text[at++] = '\n';
            memset(text + at, 'x', length);
            memcpy(text + at + length, "\nlast\n", 6);
            write_inbox(text, at + length + 6);
            if (before) assert_taken("");
            assert_int_equal(look(), ERR_OK);
            assert_int_equal(strlen(findings.line), LIMIT_FINDING_BYTES);
            assert_int_equal(findings.cut, longer > 0);
            findings_pass(&findings);
            assert_taken("last");
        }
    }
}

static void a_line_without_an_end(void **state) {
    static char text[4 * LIMIT_FINDING_BYTES];
    (void)state;
    memset(text, 'x', sizeof text);
    write_inbox(text, sizeof text);
    assert_int_equal(look(), ERR_OK);
    assert_true(findings.cut);
    findings_pass(&findings);
    for (int i = 0; i < 10; i++) assert_int_equal(look(), ERR_STALE);
    findings_keep(&findings); /* not in the middle of a line */
    assert_null(memory_find(&memory, FINDINGS_READ));
    text[sizeof text - 5] = '\n';
    memcpy(text + sizeof text - 4, "end\n", 4);
    write_inbox(text, sizeof text);
    findings_init(&findings, &store);
    assert_int_equal(look(), ERR_OK);
    findings_pass(&findings);
    assert_taken("end");
}

static void zero_bytes_do_not_hide_the_rest(void **state) {
    (void)state;
    write_inbox("a\0b\nc\n", 6);
    assert_taken("a b");
    assert_taken("c");
}

static void the_disk_refuses(void **state) {
    (void)state;
    put("one\ntwo\n");
    memory.fails = ERR_IO;
    memory.failing = FINDINGS_INBOX;
    assert_int_equal(look(), ERR_IO);
    memory.failing = FINDINGS_READ;
    restart();
    now = mono_add(now, 5 * NS_PER_S);
    assert_false(findings_due(&findings, now)); /* nobody knows how far it was read */
    memory.fails = ERR_OK;
    assert_taken("one");
    memory.fails = ERR_FULL;
    findings_keep(&findings);
    memory.fails = ERR_OK;
    assert_taken("two");
    findings_keep(&findings);
    restart();
    assert_int_equal(look(), ERR_STALE);
}

static void without_a_store_nothing_is_looked_at(void **state) {
    (void)state;
    findings_init(&findings, NULL);
    assert_true(findings.next.ns == MONO_NEVER.ns);
    assert_false(findings_due(&findings, now));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(takes_whole_lines_once),
        TEST(remembers_over_a_restart),
        TEST(damaged_memories_count_as_none),
        TEST(another_file_is_read_from_its_start),
        TEST(long_lines_are_cut),
        TEST(a_line_without_an_end),
        TEST(zero_bytes_do_not_hide_the_rest),
        TEST(the_disk_refuses),
        TEST(without_a_store_nothing_is_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

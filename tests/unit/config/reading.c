/* Files to lines to words: comments, line ends, control characters, nesting, sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config_text.h"

static const struct fake_file files[] = {
    {"/c/bad.conf", "port 11123\nsever ntp.example.net\n"},
    {"/c/chain0.conf", "include /c/chain1.conf\n"},
    {"/c/chain1.conf", "include /c/chain2.conf\n"},
    {"/c/chain2.conf", "include /c/chain3.conf\n"},
    {"/c/chain3.conf", "include /c/chain4.conf\n"},
    {"/c/chain4.conf", "include /c/chain5.conf\n"},
    {"/c/chain5.conf", "include /c/chain6.conf\n"},
    {"/c/chain6.conf", "include /c/chain7.conf\n"},
    {"/c/chain7.conf", "include /c/chain8.conf\n"},
    {"/c/chain8.conf", "include /c/chain9.conf\n"},
    {"/c/chain9.conf", "port 11123\n# a comment that ends the file"},
    {"/c/dir/10.conf", "server a.example.net\n"},
    {"/c/dir/20.conf", "server b.example.net\n"},
    {"/c/dir/note.txt", "not a configuration\n"},
    {"/c/deep.conf", "include /c/chain0.conf\n"},
    {"/c/loop.conf", "include /c/loop2.conf\n"},
    {"/c/loop2.conf", "\n  include /c/loop.conf\n"},
    {"/c/top.conf", "include /c/dir/10.conf\nport 11123\ninclude /c/dir/20.conf"},
    {NULL, NULL},
};

static void empty_is_the_default(void **state) {
    (void)state;
    static struct config built_in;
    config_default(&built_in);
    static const char *const texts[] = {
        "", "\n\n", "# a\n% b\n! c\n; d\n  \t # e\n", "\r\n# a\r\n", "   ", "#",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        good(texts[i]);
        assert_memory_equal(&config, &built_in, sizeof config);
    }
}

static void control_characters(void **state) {
    (void)state;
    static const char nul[] = "port 1\n#\0\n";
    assert_int_equal(parse_text("t", nul, sizeof nul - 1, NULL, &config, &error), ERR_SYNTAX);
    assert_int_equal(error.place.line, 2);
    assert_int_equal(error.place.column, 2);
    assert_non_null(strstr(error.text, "NUL byte"));
    static const struct fault faults[] = {
        {"port \x1b[31m1", ERR_SYNTAX, NULL, 1, 6, "control character (byte 0x1b)"},
        {"port\r 1\r\n", ERR_SYNTAX, NULL, 1, 5, "byte 0x0d"},
        {"\xef\xbb\xbfport 1", ERR_SYNTAX, NULL, 1, 1, "byte order mark"},
    };
    EXPECT(faults);
}

static void long_lines(void **state) {
    (void)state;
    static char text[2 * LIMIT_CONFIG_LINE_BYTES];
    memset(text, ' ', sizeof text);
    memcpy(text, "port 11123", 10);
    text[LIMIT_CONFIG_LINE_BYTES - 1] = '\n';
    text[LIMIT_CONFIG_LINE_BYTES] = '\0';
    good(text);
    assert_int_equal(config.port, 11123);
    text[LIMIT_CONFIG_LINE_BYTES - 1] = ' ';
    text[LIMIT_CONFIG_LINE_BYTES] = '\n';
    text[LIMIT_CONFIG_LINE_BYTES + 1] = '\0';
    const struct fault fault = {text, ERR_TOO_LONG, NULL, 1, LIMIT_CONFIG_LINE_BYTES, "1023 bytes"};
    expect_faults(&fault, 1);
}

static void nesting(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"include /c/loop.conf", ERR_SYNTAX, "/c/loop2.conf", 2, 11,
         "/c/loop.conf would include itself"},
        {"include test.conf", ERR_SYNTAX, NULL, 1, 9, "would include itself"},
        {"include /c/deep.conf", ERR_FULL, "/c/chain8.conf", 1, 9, "nested more than 10 deep"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) expect_fault(files, &faults[i]);
}

static void an_unreadable_first_file(void **state) {
    (void)state;
    struct fake_files fake = {files};
    struct config_loader loader = fake_loader(&fake);
    assert_int_equal(parse_file("/c/none.conf", &loader, &config, &error), ERR_IO);
    assert_string_equal(error.place.file, "/c/none.conf");
    assert_int_equal(error.place.line, 1);
    assert_int_equal(error.place.column, 1);
    assert_string_equal(error.text, "cannot read /c/none.conf: No such file or directory");
}

static enum err read_large(void *context, const char *path, char *text, size_t room, size_t *length,
                           const char **why) {
    const size_t *large = context;
    (void)path;
    (void)why;
    if (*large > room) return ERR_TOO_LONG;
    memset(text, '\n', *large);
    *length = *large;
    return ERR_OK;
}

static void large_files(void **state) {
    (void)state;
    size_t large = LIMIT_CONFIG_FILE_BYTES;
    struct config_loader loader = {.context = &large, .read = read_large};
    assert_int_equal(parse_file("large.conf", &loader, &config, &error), ERR_OK);
    large++;
    assert_int_equal(parse_file("large.conf", &loader, &config, &error), ERR_TOO_LONG);
    assert_int_equal(error.place.line, 1);
    assert_non_null(strstr(error.text, "large.conf is too large"));
}

static void many_files(void **state) {
    (void)state;
    static char text[LIMIT_CONFIG_FILES * 32 + 64];
    size_t empty = 0, length = 0;
    struct config_loader loader = {.context = &empty, .read = read_large};
    for (int i = 0; i <= LIMIT_CONFIG_FILES; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "include /f%d\n", i);
    assert_int_equal(parse_text("t", text, length, &loader, &config, &error), ERR_FULL);
    assert_int_equal(error.place.line, LIMIT_CONFIG_FILES + 1);
    assert_int_equal(error.place.column, 9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_is_the_default),
        cmocka_unit_test(control_characters),
        cmocka_unit_test(long_lines),
        cmocka_unit_test(nesting),
        cmocka_unit_test(an_unreadable_first_file),
        cmocka_unit_test(large_files),
        cmocka_unit_test(many_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

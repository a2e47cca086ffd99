/* Lines to directives: what is no directive, what stands twice, what contradicts elsewhere; the
 * sample files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config_text.h"

static const struct fake_file files[] = {
    {"/c/chain9.conf", "port 11123\n"},
    {"/c/top.conf", "server a.example.net\nport 11123\nserver b.example.net"},
    {NULL, NULL},
};

static void a_file(void **state) {
    (void)state;
    struct fake_files fake = {files};
    struct config_loader loader = fake_loader(&fake);
    assert_int_equal(parse_file("/c/top.conf", &loader, &config, &error), ERR_OK);
    assert_int_equal(config.source_count, 2);
}

static void unknown_and_unsupported(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"port 1\n  sever a", ERR_KIND, NULL, 2, 3,
         "unknown directive \"sever\"; did you mean \"server\"?"},
        {"frobnicate", ERR_KIND, NULL, 1, 1,
         "unknown directive \"frobnicate\"; \"etalon options\""},
        {"rtcsync", ERR_KIND, NULL, 1, 1, "rtcsync is not supported: the real-time clock"},
        {"\trefclock PHC /dev/ptp0", ERR_KIND, NULL, 1, 2, "refclock is not supported"},
        {"NtsProcesses 4", ERR_KIND, NULL, 1, 1, "one process, the keyer"},
        {"ntsserverkey /k", ERR_SYNTAX, NULL, 1, 1, "belong together; ntsservercert is missing"},
        {"\nntsservercert /c", ERR_SYNTAX, NULL, 2, 1, "ntsserverkey is missing"},
        {"ntsservercert /c\nntsserverkey /k\nntsrotate 0", ERR_SYNTAX, NULL, 3, 1, "in ntsdumpdir"},
        {"ntsfleetsecret /s\nntsrotate 0", ERR_SYNTAX, NULL, 1, 1, "contradicts ntsrotate 0"},
        {"server a nts\nnosystemcert", ERR_SYNTAX, NULL, 2, 1, "trusts nobody"},
        {"ntsntpserver a/b", ERR_SYNTAX, NULL, 1, 14, "no host name or address"},
        {"maxntsconnections 0", ERR_RANGE, NULL, 1, 19, "1 to 1024"},
        {"nosystemcert yes", ERR_TRAILING, NULL, 1, 14, "too much here"},
        {"keyfile /k", ERR_KIND, NULL, 1, 1, "authenticate servers by NTS"},
    };
    EXPECT(faults);
}

static void the_ledger(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"ledger /l", ERR_SYNTAX, NULL, 1, 1, "ledgerkey (make one with `etalon ledger keygen`)"},
        {"port 1\n ledgerkey /k", ERR_SYNTAX, NULL, 2, 2, "belong together; ledger is missing"},
        {"ledgerpolicy /p", ERR_SYNTAX, NULL, 1, 1, "ledgerpolicy means nothing without a ledger"},
        {"ledgerformerkey /k", ERR_SYNTAX, NULL, 1, 1, "means nothing without a ledger"},
        {"\nledgerkeep 1", ERR_SYNTAX, NULL, 2, 1, "ledgerkeep means nothing without a ledger"},
        {"ledgerport 80", ERR_SYNTAX, NULL, 1, 1, "ledgerport means nothing without a ledger"},
        {"ledger /l\nledger /m", ERR_SYNTAX, NULL, 2, 1, "ledger was given already"},
        {"ledgerkeep 4294967296", ERR_RANGE, NULL, 1, 12, "0 to 4294967295"},
        {"ledgerkeep -1", ERR_RANGE, NULL, 1, 12, "0 to 4294967295"},
        {"ledgerport 65536", ERR_RANGE, NULL, 1, 12, "0 to 65535"},
        {"ledger", ERR_SHORT, NULL, 1, 1, "ledger needs DIRECTORY"},
    };
    EXPECT(faults);
    good("ledger /l\nledgerkey /k\nledgerformerkey /f\nledgerpolicy /p\nledgerkeep 4294967295\n"
         "ledgerport 65535\n");
    assert_string_equal(config.ledger.dir, "/l");
    assert_string_equal(config.ledger.key, "/k");
    assert_string_equal(config.ledger.former_key, "/f");
    assert_string_equal(config.ledger.policy, "/p");
    assert_int_equal(config.ledger.keep, UINT32_MAX);
    assert_int_equal(config.ledger.port, 65535);
    good("ledgerkey /k\nledger /l\n"); /* in whatever order */
    assert_int_equal(config.ledger.keep, 0);
    good("");
    assert_int_equal(config.ledger.dir[0], '\0');
}

static void twice_and_against_each_other(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"port 1\nmaxbound 1\n  PORT 2", ERR_SYNTAX, NULL, 3, 3,
         "port was given already at test.conf:1"},
        {"local\nlocal stratum 5", ERR_SYNTAX, NULL, 2, 1, "local was given already"},
        {"minsources 2\nserver a\nserver b noselect", ERR_RANGE, NULL, 1, 1,
         "minsources 2 can never be met: 1 sources"},
        {"local bound 2", ERR_RANGE, NULL, 1, 1, "not below maxbound 1 s"},
        {"maxbound 0.1\n local", ERR_RANGE, NULL, 2, 2, "local has bound 0.5 s"},
    };
    EXPECT(faults);
}

static void twice_in_two_files(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"port 1\ninclude /c/top.conf", ERR_SYNTAX, "/c/top.conf", 2, 1,
         "given already at test.conf:1"},
        {"include /c/chain9.conf\nport 2", ERR_SYNTAX, NULL, 2, 1, "already at /c/chain9.conf:1"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) expect_fault(files, &faults[i]);
}

static void long_word(void **state) {
    (void)state;
    char text[1000];
    const struct fault directive = {text, ERR_KIND, NULL, 1, 1, "unknown directive \"a0"};
    snprintf(text, sizeof text, "a%0900d", 1);
    expect_faults(&directive, 1);
}

/* The build folder is somewhere below the source tree, as a rule. */
static char *read_sample(const char *name, size_t *length) {
    static char text[8192];
    FILE *file = NULL;
    for (const char *up = "../../../../../"; !file; up += 3) {
        char path[256];
        snprintf(path, sizeof path, "%sconf/%s", up, name);
        file = fopen(path, "rb");
        if (*up == '\0') break;
    }
    if (!file) return NULL;
    *length = fread(text, 1, sizeof text, file);
    fclose(file);
    return text;
}

static void samples(void **state) {
    (void)state;
    static const char *const names[] = {"etalon.conf", "client.conf", "server.conf",
                                        "pool.conf",   "four.conf",   "hardened.conf"};
    static const struct fake_file none = {NULL, NULL};
    struct fake_files fake = {&none};
    struct config_loader loader = fake_loader(&fake);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t length = 0;
        const char *text = read_sample(names[i], &length);
        if (!text) skip(); /* built outside the source tree */
        if (parse_text(names[i], text, length, &loader, &config, &error) != ERR_OK)
            fail_msg("%s:%u:%u: %s", error.place.file, error.place.line, error.place.column,
                     error.text);
        assert_true(config.source_count >= 4 && config.user[0] && config.drift_file[0]);
        if (strcmp(names[i], "pool.conf") != 0) /* which is no example to follow */
            assert_true(config.min_sources >= 2 && config.leap_file[0]);
        assert_int_equal(config.serves, i == 2);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file),
        cmocka_unit_test(unknown_and_unsupported),
        cmocka_unit_test(the_ledger),
        cmocka_unit_test(twice_and_against_each_other),
        cmocka_unit_test(twice_in_two_files),
        cmocka_unit_test(long_word),
        cmocka_unit_test(samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

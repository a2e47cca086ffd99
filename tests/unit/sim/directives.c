/* sim/directives: a configuration as an operator would write it. */
#include "sim/directives.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/parse.h"

static void lines_as_written(void **state) {
    (void)state;
    static const char text[] =
        "server ntp.a.example iburst minpoll 4 maxpoll 6 nts trust require prefer port 1123\n"
        "server ntp.b.example version 3 offset -0.001 noselect\n"
        "pool pool.c.example maxsources 2\n"
        "pool pool.d.example iburst\n"
        "minsources 2\nmaxdistance 0.1\nlocal stratum 5 distance 0.2 bound 0.1\n"
        "makestep 0.5 -1\nmaxslewrate 100\nmaxchange 1 10 3\nmaxclockerror 1\nmaxdrift 50\n"
        "maxbound 0.2\ndriftfile /var/lib/drift\nport 1123\nallow\n";
    static const char *const expected[] = {
        "server ntp.a.example iburst minpoll 4 maxpoll 6 nts trust require prefer port 1123",
        "server ntp.b.example noselect version 3 offset -0.001",
        "pool pool.c.example maxsources 2",
        "pool pool.d.example iburst",
        "minsources 2",
        "maxdistance 0.1",
        "local stratum 5 distance 0.2 bound 0.1",
        "makestep 0.5 -1",
        "maxslewrate 100",
        "maxchange 1 10 3",
        "maxclockerror 1",
        "maxdrift 50",
        "maxbound 0.2",
        "driftfile /var/lib/drift",
    };
    static struct config config;
    static struct config_error error;
    static struct subject subject;
    static struct directives directives;
    char diff[DIRECTIVES_DIFF_BYTES];
    if (parse_text("test", text, strlen(text), NULL, &config, &error) != ERR_OK)
        fail_msg("%s", error.text);
    subject_init(&subject, &config);
    directives_of(&subject, &directives);
    assert_int_equal(directives.count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < directives.count; i++)
        assert_string_equal(directives.lines[i], expected[i]);
    assert_string_equal(directives_diff(&directives, &directives, diff), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(lines_as_written)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of base/check: a failed CHECK says where and ends the process with SIGABRT. */
#include "base/check.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Runs CHECK(length < 4) in a child; returns its wait status and what it wrote to stderr. */
static int status_of_check(size_t length, char *text, size_t room) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        /* cmocka catches SIGABRT in this process; the default is what a job has. */
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
        CHECK(length < 4);
        _exit(0);
    }
    close(ends[1]);
    ssize_t got = read(ends[0], text, room - 1);
    text[got > 0 ? got : 0] = '\0';
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void a_true_condition_passes(void **state) {
    (void)state;
    char text[256];
    int status = status_of_check(3, text, sizeof text);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_string_equal(text, "");
}

static void a_false_condition_says_where_and_aborts(void **state) {
    (void)state;
    char text[256];
    int status = status_of_check(4, text, sizeof text);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(text, "CHECK(length < 4)"));
    assert_non_null(strstr(text, "tests/unit/base/check.c:"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_true_condition_passes),
        cmocka_unit_test(a_false_condition_says_where_and_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Effects are appended in order, texts are cut to the limit, and a full outbox is a bug. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jobs/job.h"

static struct outbox *outbox_create(void) {
    struct outbox *outbox = calloc(1, sizeof *outbox);
    assert_non_null(outbox);
    return outbox;
}

static void effects_keep_their_order(void **state) {
    (void)state;
    struct outbox *outbox = outbox_create();
    job_effect(outbox, EFFECT_CLOSE)->close = 7;
    const struct message message = {.kind = MESSAGE_POLL, .poll = {3, -2}};
    job_post(outbox, JOB_SOURCE, &message);
    job_log(outbox, LOG_LEVEL_WARNING, "%s of %d", "one", 2);
    assert_int_equal(outbox->count, 3);
    assert_int_equal(outbox->effects[0].kind, EFFECT_CLOSE);
    assert_int_equal(outbox->effects[0].close, 7);
    assert_int_equal(outbox->effects[1].kind, EFFECT_POST);
    assert_int_equal(outbox->effects[1].post.to, JOB_SOURCE);
    assert_int_equal(outbox->effects[1].post.message.poll.poll_log2s, -2);
    assert_int_equal(outbox->effects[2].kind, EFFECT_LOG);
    assert_int_equal(outbox->effects[2].log.level, LOG_LEVEL_WARNING);
    assert_string_equal(outbox->effects[2].log.text, "one of 2");
    free(outbox);
}

static void long_lines_are_cut(void **state) {
    (void)state;
    struct outbox *outbox = outbox_create();
    char text[2 * LIMIT_LOG_LINE_BYTES];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    job_log(outbox, LOG_LEVEL_INFO, "%s", text);
    assert_int_equal(strlen(outbox->effects[0].log.text), LIMIT_LOG_LINE_BYTES - 1);
    free(outbox);
}

static void a_full_outbox_aborts(void **state) {
    (void)state;
    struct outbox *outbox = outbox_create();
    while (outbox->count < LIMIT_OUTBOX_EFFECTS) job_effect(outbox, EFFECT_CLOSE);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        if (!freopen("/dev/null", "w", stderr)) _exit(2);
        job_effect(outbox, EFFECT_CLOSE);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    free(outbox);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(effects_keep_their_order),
        cmocka_unit_test(long_lines_are_cut),
        cmocka_unit_test(a_full_outbox_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

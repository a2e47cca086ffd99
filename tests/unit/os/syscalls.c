/* The filters, tried from inside: each job is killed for what another may do. */
#include "os/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { KILLED = 1000, NO_FILTER = 99 };

/* Exit code of attempt() in a child under that job's filter, KILLED if the filter killed it. */
static int under(enum job_id job, bool steers, int (*attempt)(void)) {
    pid_t pid = fork();
    if (pid == 0) {
        const char *why;
        const struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        int code = syscalls_restrict(job, steers, &why) ? attempt() : NO_FILTER;
        /* Not _exit(): a sanitizer makes system calls of its own before it. */
        for (;;) syscall(SYS_exit_group, code);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) return KILLED;
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int nothing(void) {
    return 3;
}

/* Asks only: modes 0 changes nothing. */
static int look_at_the_clock(void) {
    struct timex timex = {.modes = 0};
    return clock_adjtime(CLOCK_REALTIME, &timex) >= 0 ? 0 : 1;
}

static int look_at_another_clock(void) {
    struct timex timex = {.modes = 0};
    return clock_adjtime(CLOCK_TAI, &timex) >= 0 ? 0 : 1;
}

static int open_udp(void) {
    return socket(AF_INET, SOCK_DGRAM, 0) >= 0 ? 0 : 1;
}

static int open_tcp(void) {
    return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : 1;
}

static int read_a_file(void) {
    char byte;
    return read(STDIN_FILENO, &byte, 0) == 0 ? 0 : 1;
}

static int make_memory_executable(void) {
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
           MAP_FAILED;
}

static int open_to_read(void) {
    return openat(AT_FDCWD, "/dev/null", O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC) >= 0 ? 0
                                                                                              : 1;
}

static int open_to_write(void) {
    return openat(AT_FDCWD, "/dev/null", O_WRONLY | O_NOFOLLOW | O_CLOEXEC) >= 0 ? 0 : 1;
}

static int execute(void) {
    char name[] = "/bin/true";
    char *arguments[] = {name, NULL};
    execv(name, arguments);
    return errno == EPERM ? 4 : 5;
}

static int read_scheduling(void) {
    errno = 0;
    return getpriority(PRIO_PROCESS, 0) == -1 && errno == EPERM ? 4 : 5;
}

static int make_a_child(void) {
    pid_t pid = fork();
    if (pid == 0) _exit(0);
    return pid > 0 ? 0 : 1;
}

/* Of no socket: what matters is that the call may be made. */
static int ask_for(int option) {
    int value;
    socklen_t length = sizeof value;
    return getsockopt(STDERR_FILENO, SOL_SOCKET, option, &value, &length) != 0 && errno != EPERM
               ? 0
               : 1;
}

static int ask_who_is_there(void) {
    return ask_for(SO_PEERCRED);
}

static int ask_for_errors(void) {
    return ask_for(SO_ERROR);
}

static const enum job_id strict[] = {JOB_KEEPER, JOB_SOURCE,    JOB_SERVER,
                                     JOB_STATUS, JOB_ROUGHTIME, JOB_MIRROR};

static void all_can_be_loaded(void **state) {
    (void)state;
    for (enum job_id job = JOB_PARENT; job < JOB_COUNT; job++)
        assert_int_equal(under(job, true, nothing), 3);
}

static void only_a_steering_keeper_reaches_the_clock(void **state) {
    (void)state;
    assert_int_equal(under(JOB_KEEPER, true, look_at_the_clock), 0);
    assert_int_equal(under(JOB_KEEPER, true, look_at_another_clock), KILLED);
    assert_int_equal(under(JOB_KEEPER, false, look_at_the_clock), KILLED);
    assert_int_equal(under(JOB_SOURCE, true, look_at_the_clock), KILLED);
    assert_int_equal(under(JOB_SERVER, true, look_at_the_clock), KILLED);
    assert_int_equal(under(JOB_STATUS, true, look_at_the_clock), KILLED);
    assert_int_equal(under(JOB_RESOLVER, true, look_at_the_clock), 1);
}

static void only_the_source_opens_sockets(void **state) {
    (void)state;
    assert_int_equal(under(JOB_SOURCE, false, open_udp), 0);
    assert_int_equal(under(JOB_SOURCE, false, open_tcp), KILLED);
    assert_int_equal(under(JOB_KEEPER, true, open_udp), KILLED);
    assert_int_equal(under(JOB_SERVER, false, open_udp), KILLED);
    assert_int_equal(under(JOB_STATUS, false, open_udp), KILLED);
}

static void none_reads_executes_or_multiplies(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof strict / sizeof strict[0]; i++) {
        assert_int_equal(under(strict[i], true, read_a_file), KILLED);
        assert_int_equal(under(strict[i], true, make_memory_executable), KILLED);
        assert_int_equal(under(strict[i], true, execute), KILLED);
        assert_int_equal(under(strict[i], true, make_a_child), KILLED);
    }
    assert_int_equal(under(JOB_PARENT, true, execute), KILLED);
    assert_int_equal(under(JOB_PARENT, true, make_a_child), 0);
}

static void the_mirror_only_looks(void **state) {
    (void)state;
    assert_int_equal(under(JOB_MIRROR, false, open_to_read), 0);
    assert_int_equal(under(JOB_MIRROR, false, open_to_write), KILLED);
    assert_int_equal(under(JOB_MIRROR, false, open_tcp), KILLED);
    assert_int_equal(under(JOB_STATUS, false, open_to_read), KILLED);
    assert_int_equal(under(JOB_RECORDER, false, open_to_write), 0);
    assert_int_equal(under(JOB_RECORDER, false, open_tcp), KILLED);
}

static void the_status_job_asks_who_is_there(void **state) {
    (void)state;
    assert_int_equal(under(JOB_STATUS, false, ask_who_is_there), 0);
    assert_int_equal(under(JOB_STATUS, false, ask_for_errors), KILLED);
    assert_int_equal(under(JOB_SOURCE, false, ask_who_is_there), KILLED);
    assert_int_equal(under(JOB_MIRROR, false, ask_who_is_there), KILLED);
}

/* It loads what the system's name service asks for: refused calls fail, they do not kill. */
static void the_resolver_is_refused(void **state) {
    (void)state;
    assert_int_equal(under(JOB_RESOLVER, false, execute), 4);
    assert_int_equal(under(JOB_RESOLVER, false, read_scheduling), 4);
    assert_int_equal(under(JOB_RESOLVER, false, open_udp), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_status_job_asks_who_is_there),
        cmocka_unit_test(all_can_be_loaded),
        cmocka_unit_test(only_a_steering_keeper_reaches_the_clock),
        cmocka_unit_test(only_the_source_opens_sockets),
        cmocka_unit_test(none_reads_executes_or_multiplies),
        cmocka_unit_test(the_mirror_only_looks),
        cmocka_unit_test(the_resolver_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

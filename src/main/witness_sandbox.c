/* The sandbox of a witness: one process, one list of system calls; and that of the clients. Calls
 * outside of it fail with EPERM and do not end the process, because libmicrohttpd and GnuTLS choose
 * theirs themselves. */
#include "main/witness_sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "os/landlock.h"
#include "os/sandbox.h"

static const int allowed[] = {
    /* waiting, memory, ending */
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom),
    SCMP_SYS(getrusage),
    SCMP_SYS(sysinfo),
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(restart_syscall),
    /* connections */
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(shutdown),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(fcntl),
    SCMP_SYS(close),
    /* the state, within what Landlock leaves */
    SCMP_SYS(openat),
    SCMP_SYS(open),
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(lseek),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(stat),
    SCMP_SYS(statx),
    SCMP_SYS(fsync),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
};

static bool add_rules(scmp_filter_ctx filter) {
    const struct scmp_arg_cmp data = {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0};
    const struct scmp_arg_cmp self = {0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0};
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        int result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
        /* -EDOM: this architecture has no such call. */
        if (result != 0 && result != -EDOM) return false;
    }
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &data) == 0 &&
           seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, &data) == 0 &&
           seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &self) == 0;
}

static bool restrict_calls(void) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter) return false;
    (void)seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    bool done = add_rules(filter) && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return done;
}

/* text says how far it got. */
static void restrict_files(const struct landlock_rules *rules, char text[24]) {
    int abi = sandbox_left_off() ? 0 : landlock_enter(rules);
    snprintf(text, 24, "no-landlock");
    if (abi > 0) snprintf(text, 24, "landlock-%d", abi);
}

static bool drop_privileges(void) {
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none); /* a key may be in memory */
    tzset();                             /* it would be read from a file later */
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

static void say(char achieved[WITNESS_SANDBOX_TEXT_BYTES], const char *calls, const char *files,
                bool nnp, unsigned uid) {
    snprintf(achieved, WITNESS_SANDBOX_TEXT_BYTES, "%s%s %s uid=%u%s", calls, files,
             nnp ? "nnp" : "no-nnp", uid,
             sandbox_left_off() ? " (left off in a sanitizer build)" : "");
}

void witness_sandbox_enter(const char *modify, char achieved[WITNESS_SANDBOX_TEXT_BYTES]) {
    const struct landlock_path paths[] = {{modify, LANDLOCK_MODIFY}};
    const struct landlock_rules rules = {.paths = paths, .path_count = 1};
    const struct rlimit none = {0, 0};
    char files[24];
    (void)setrlimit(RLIMIT_NPROC, &none);
    unsigned uid = (unsigned)geteuid(); /* not to be asked for later */
    bool nnp = drop_privileges();
    restrict_files(&rules, files);
    bool seccomp = !sandbox_left_off() && restrict_calls();
    say(achieved, seccomp ? "seccomp " : "no-seccomp ", files, nnp, uid);
}

void witness_sandbox_client(const char *modify, const char *const *places, size_t count,
                            char achieved[WITNESS_SANDBOX_TEXT_BYTES]) {
    static const char *const system[] = {
        "/etc", "/usr", "/lib", "/lib64", "/run", "/var/lib/misc", "/var/lib/ca-certificates"};
    enum { SYSTEM = sizeof system / sizeof system[0] };
    struct landlock_path paths[1 + SYSTEM + WITNESS_SANDBOX_PLACES] = {{modify, LANDLOCK_MODIFY}};
    struct landlock_rules rules = {.may_connect = true, .paths = paths, .path_count = 1};
    char files[24];
    for (size_t i = 0; i < SYSTEM; i++)
        paths[rules.path_count++] = (struct landlock_path){system[i], LANDLOCK_READ};
    for (size_t i = 0; i < count && i < WITNESS_SANDBOX_PLACES; i++)
        if (places[i]) paths[rules.path_count++] = (struct landlock_path){places[i], LANDLOCK_READ};
    bool nnp = drop_privileges();
    restrict_files(&rules, files);
    say(achieved, "", files, nnp, (unsigned)geteuid());
}

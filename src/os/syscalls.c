/* The system calls each job may make. Keep the lists short: a call that a job does not need is one
 * that whoever breaks into it does not have. */
#include "os/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

/* Waiting, the heap, dying. */
static const int common[] = {
    SCMP_SYS(poll),         SCMP_SYS(ppoll),        SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres), SCMP_SYS(getrandom),    SCMP_SYS(brk),
    SCMP_SYS(munmap),       SCMP_SYS(madvise),      SCMP_SYS(futex),
    SCMP_SYS(close),        SCMP_SYS(exit),         SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(getpid),       SCMP_SYS(gettid),       SCMP_SYS(restart_syscall),
};
static const int messages[] = {SCMP_SYS(sendto), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg)};
static const int source_calls[] = {SCMP_SYS(connect), SCMP_SYS(getsockname)};
static const int server_calls[] = {SCMP_SYS(recvmmsg), SCMP_SYS(sendmmsg), SCMP_SYS(sendto)};
static const int status_calls[] = {SCMP_SYS(accept4)};
static const int roughtime_calls[] = {SCMP_SYS(recvmmsg), SCMP_SYS(sendmmsg), SCMP_SYS(recvmsg),
                                      SCMP_SYS(sendmsg), SCMP_SYS(accept4)};
static const int keyer_calls[] = {SCMP_SYS(accept4), SCMP_SYS(connect)};
/* Files below the ledger's folder, which Landlock keeps to. */
static const int recorder_calls[] = {
    SCMP_SYS(openat),
    SCMP_SYS(openat2),
    SCMP_SYS(read),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(pwrite64),
    SCMP_SYS(fdatasync),
    SCMP_SYS(fsync),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(unlinkat),
    SCMP_SYS(mkdirat),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(getdents64),
    SCMP_SYS(lseek),
    SCMP_SYS(ftruncate),
    SCMP_SYS(fallocate),
    SCMP_SYS(flock),
    SCMP_SYS(fcntl),
    SCMP_SYS(fchmod),
    SCMP_SYS(sync_file_range),
    SCMP_SYS(sync_file_range2),
};
/* Files of the ledger, for reading only. */
static const int mirror_calls[] = {SCMP_SYS(accept4),  SCMP_SYS(fstat),      SCMP_SYS(newfstatat),
                                   SCMP_SYS(sendfile), SCMP_SYS(sendfile64), SCMP_SYS(shutdown)};
/* What getaddrinfo() and its modules are known to do. */
static const int resolver_calls[] = {
    SCMP_SYS(read),
    SCMP_SYS(openat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(fstat),
    SCMP_SYS(stat),
    SCMP_SYS(statx),
    SCMP_SYS(lseek),
    SCMP_SYS(pread64),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getdents64),
    SCMP_SYS(fcntl),
    SCMP_SYS(ioctl),
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(setsockopt),
    SCMP_SYS(getsockopt),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(recvmsg),
    SCMP_SYS(recvmmsg),
    SCMP_SYS(shutdown),
    SCMP_SYS(uname),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(sysinfo),
    SCMP_SYS(mremap),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_settime),
    SCMP_SYS(eventfd2),
    SCMP_SYS(fstatfs),
    SCMP_SYS(getppid),
};
/* What no process of ours ever does. */
static const int denied[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(reboot),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(adjtimex),
    SCMP_SYS(personality),
    SCMP_SYS(quotactl),
    SCMP_SYS(acct),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
    SCMP_SYS(open_by_handle_at),
};

static bool allow(scmp_filter_ctx filter, const int *calls, size_t count) {
    for (size_t i = 0; i < count; i++) {
        int result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
        /* -EDOM: this architecture has no such call. */
        if (result != 0 && result != -EDOM) return false;
    }
    return true;
}

/* Allows a call only where one argument has that value. */
static bool allow_where(scmp_filter_ctx filter, int call, unsigned argument, int value) {
    const struct scmp_arg_cmp is = {argument, SCMP_CMP_EQ, (scmp_datum_t)value, 0};
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &is) == 0;
}

/* The same for two arguments that follow each other. */
static bool allow_where_both(scmp_filter_ctx filter, int call, unsigned argument, int value,
                             int next) {
    const struct scmp_arg_cmp are[] = {{argument, SCMP_CMP_EQ, (scmp_datum_t)value, 0},
                                       {argument + 1, SCMP_CMP_EQ, (scmp_datum_t)next, 0}};
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 2, are) == 0;
}

/* For mmap and mprotect: memory is never made executable. */
static bool allow_data_only(scmp_filter_ctx filter, int call) {
    const struct scmp_arg_cmp data = {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0};
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &data) == 0;
}

/* Lines go to standard error only, signals to nobody else. */
static bool allow_common(scmp_filter_ctx filter) {
    return allow(filter, common, COUNT(common)) &&
           allow_where(filter, SCMP_SYS(write), 0, STDERR_FILENO) &&
           allow_where(filter, SCMP_SYS(tgkill), 0, getpid());
}

static bool allow_keeper(scmp_filter_ctx filter, bool steers) {
    return allow(filter, messages, COUNT(messages)) &&
           (!steers || allow_where(filter, SCMP_SYS(clock_adjtime), 0, CLOCK_REALTIME));
}

static bool allow_source(scmp_filter_ctx filter) {
    return allow(filter, messages, COUNT(messages)) &&
           allow(filter, source_calls, COUNT(source_calls)) &&
           allow_where_both(filter, SCMP_SYS(socket), 0, AF_INET, SOCK_DGRAM) &&
           allow_where_both(filter, SCMP_SYS(socket), 0, AF_INET6, SOCK_DGRAM) &&
           allow_where_both(filter, SCMP_SYS(setsockopt), 1, SOL_SOCKET, SO_TIMESTAMPING) &&
           allow_where_both(filter, SCMP_SYS(getsockopt), 1, SOL_SOCKET, SO_ERROR);
}

static bool allow_keyer(scmp_filter_ctx filter) {
    const int stream = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    return allow(filter, messages, COUNT(messages)) &&
           allow(filter, keyer_calls, COUNT(keyer_calls)) &&
           /* glibc's qsort asks for the memory there is, OpenSSL may ask for the time this way. */
           allow(filter, (const int[]){SCMP_SYS(sysinfo), SCMP_SYS(gettimeofday)}, 2) &&
           allow_where_both(filter, SCMP_SYS(socket), 0, AF_INET, stream) &&
           allow_where_both(filter, SCMP_SYS(socket), 0, AF_INET6, stream) &&
           allow_where_both(filter, SCMP_SYS(getsockopt), 1, SOL_SOCKET, SO_ERROR);
}

/* Modules of the name service switch are shared objects: they are mapped executable. */
static bool allow_resolver(scmp_filter_ctx filter) {
    return allow(filter, (const int[]){SCMP_SYS(mmap), SCMP_SYS(mprotect)}, 2) &&
           allow_where(filter, SCMP_SYS(socket), 0, AF_INET) &&
           allow_where(filter, SCMP_SYS(socket), 0, AF_INET6) &&
           allow_where(filter, SCMP_SYS(socket), 0, AF_UNIX) &&
           allow_where(filter, SCMP_SYS(socket), 0, AF_NETLINK) &&
           allow(filter, messages, COUNT(messages)) &&
           allow(filter, resolver_calls, COUNT(resolver_calls));
}

/* UDP out, and nothing of the kernel's stamps. */
static bool allow_witness(scmp_filter_ctx filter) {
    const int type = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    return allow_where(filter, SCMP_SYS(connect), 2, sizeof(struct sockaddr_in)) &&
           allow_where(filter, SCMP_SYS(connect), 2, sizeof(struct sockaddr_in6)) &&
           allow_where_both(filter, SCMP_SYS(socket), 0, AF_INET, type) &&
           allow_where_both(filter, SCMP_SYS(socket), 0, AF_INET6, type) &&
           allow_where_both(filter, SCMP_SYS(getsockopt), 1, SOL_SOCKET, SO_ERROR);
}

/* Nothing is opened for writing, whatever the path. */
static bool allow_mirror(scmp_filter_ctx filter) {
    const int file = O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC;
    const int folder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    return allow(filter, messages, COUNT(messages)) &&
           allow(filter, mirror_calls, COUNT(mirror_calls)) &&
           allow_where(filter, SCMP_SYS(fcntl), 1, F_DUPFD_CLOEXEC) &&
           allow_where(filter, SCMP_SYS(openat), 2, file) &&
           allow_where(filter, SCMP_SYS(openat), 2, folder);
}

static bool deny(scmp_filter_ctx filter) {
    for (size_t i = 0; i < COUNT(denied); i++) {
        int result = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, denied[i], 0);
        if (result != 0 && result != -EDOM) return false;
    }
    return true;
}

static bool add_rules(scmp_filter_ctx filter, enum job_id job, bool steers) {
    if (job == JOB_PARENT) return deny(filter);
    if (!allow_common(filter)) return false;
    if (job == JOB_RESOLVER) return allow_resolver(filter);
    if (!allow_data_only(filter, SCMP_SYS(mmap)) || !allow_data_only(filter, SCMP_SYS(mprotect)))
        return false;
    switch (job) {
    case JOB_KEEPER:
        return allow_keeper(filter, steers);
    case JOB_SOURCE:
        return allow_source(filter);
    case JOB_SERVER:
        return allow(filter, server_calls, COUNT(server_calls));
    case JOB_STATUS:
        return allow(filter, messages, COUNT(messages)) &&
               allow(filter, status_calls, COUNT(status_calls)) &&
               allow_where_both(filter, SCMP_SYS(getsockopt), 1, SOL_SOCKET, SO_PEERCRED);
    case JOB_RECORDER:
        return allow(filter, messages, COUNT(messages)) &&
               allow(filter, recorder_calls, COUNT(recorder_calls));
    case JOB_KEYER:
        return allow_keyer(filter);
    case JOB_WITNESS:
        return allow(filter, messages, COUNT(messages)) && allow_witness(filter);
    case JOB_MIRROR:
        return allow_mirror(filter);
    case JOB_ROUGHTIME:
        return allow(filter, messages, COUNT(messages)) &&
               allow(filter, roughtime_calls, COUNT(roughtime_calls));
    default:
        return false;
    }
}

static uint32_t default_action(enum job_id job) {
    if (job == JOB_PARENT) return SCMP_ACT_ALLOW;
    return job == JOB_RESOLVER ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_KILL_PROCESS;
}

bool syscalls_restrict(enum job_id job, bool steers, const char **why) {
    scmp_filter_ctx filter = seccomp_init(default_action(job));
    *why = "seccomp_init";
    if (!filter) return false;
    (void)seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    *why = "building the list of system calls";
    bool done = add_rules(filter, job, steers);
    if (done) {
        *why = "seccomp_load";
        done = seccomp_load(filter) == 0;
    }
    seccomp_release(filter);
    return done;
}

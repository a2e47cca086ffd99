/* What a process gives up. Invariant: rights only shrink. */
#include "os/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "os/landlock.h"
#include "os/log.h"
#include "os/syscalls.h"

#if defined(__SANITIZE_ADDRESS__)
enum { UNDER_SANITIZER = 1 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { UNDER_SANITIZER = 1 };
#else
enum { UNDER_SANITIZER = 0 };
#endif
#else
enum { UNDER_SANITIZER = 0 };
#endif

bool sandbox_left_off(void) {
    return UNDER_SANITIZER;
}

static bool failed(const char *what, char *why, size_t why_room) {
    snprintf(why, why_room, "%s: %s", what, strerror(errno));
    return false;
}

/* Leaves CAP_SYS_TIME if keep_time and if it was there, and nothing else. */
static bool set_capabilities(bool keep_time) {
    const cap_value_t time_only[] = {CAP_SYS_TIME};
    cap_flag_value_t have = CAP_CLEAR;
    cap_t now = cap_get_proc(), wanted = cap_init();
    bool done = now && wanted;
    if (done && keep_time) {
        (void)cap_get_flag(now, CAP_SYS_TIME, CAP_PERMITTED, &have);
        if (have == CAP_SET)
            done = cap_set_flag(wanted, CAP_PERMITTED, 1, time_only, CAP_SET) == 0 &&
                   cap_set_flag(wanted, CAP_EFFECTIVE, 1, time_only, CAP_SET) == 0;
    }
    done = done && cap_set_proc(wanted) == 0;
    if (now) cap_free(now);
    if (wanted) cap_free(wanted);
    return done;
}

/* What may not come back by any exec; needs CAP_SETPCAP, so root only. */
static void empty_bounding_set(void) {
    for (cap_value_t cap = 0; cap_get_bound(cap) >= 0; cap++) (void)cap_drop_bound(cap);
}

static bool become(const struct passwd *user, bool keep_time) {
    if (prctl(PR_SET_KEEPCAPS, keep_time ? 1 : 0, 0, 0, 0) != 0) return false;
    return setgroups(1, &user->pw_gid) == 0 &&
           setresgid(user->pw_gid, user->pw_gid, user->pw_gid) == 0 &&
           setresuid(user->pw_uid, user->pw_uid, user->pw_uid) == 0;
}

static bool leave_root(const char *user, bool keep_time, char *why, size_t why_room) {
    empty_bounding_set();
    if (user[0] == '\0') return true;
    const struct passwd *entry = getpwnam(user);
    if (!entry) {
        snprintf(why, why_room, "there is no user %s", user);
        return false;
    }
    return become(entry, keep_time) || failed("cannot become another user", why, why_room);
}

bool sandbox_drop_root(const char *user, bool keep_time, char *why, size_t why_room) {
    if (geteuid() == 0 && !leave_root(user, keep_time, why, why_room)) return false;
    /* The leak check at exit looks into its own process. */
    if (UNDER_SANITIZER) (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    if (!set_capabilities(keep_time)) return failed("cannot drop capabilities", why, why_room);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("no-new-privs", why, why_room);
    return true;
}

static void limit(int resource, rlim_t value) {
    const struct rlimit both = {value, value};
    (void)setrlimit((__rlimit_resource_t)resource, &both);
}

/* As many as the job needs, or as there may be. */
static void raise_descriptors(rlim_t wanted) {
    struct rlimit now;
    if (getrlimit(RLIMIT_NOFILE, &now) == 0 && wanted > now.rlim_max) wanted = now.rlim_max;
    limit(RLIMIT_NOFILE, wanted);
}

static void set_limits(enum job_id job) {
    enum { DESCRIPTORS = 128, KEYER_DESCRIPTORS = DESCRIPTORS + LIMIT_NTS_CONNECTIONS };
    struct stat log;
    limit(RLIMIT_CORE, 0); /* memory of a time server is nobody's reading */
    if (job == JOB_PARENT) return;
    limit(RLIMIT_NPROC, 0);
    raise_descriptors(job == JOB_KEYER ? KEYER_DESCRIPTORS : DESCRIPTORS);
    /* A log that is redirected into a file must go on. */
    if (job != JOB_RECORDER && fstat(STDERR_FILENO, &log) == 0 && !S_ISREG(log.st_mode))
        limit(RLIMIT_FSIZE, 0);
}

static int enter_landlock(const struct sandbox_wish *wish) {
    static const struct landlock_path names[] = {
        {"/etc", LANDLOCK_READ},   {"/usr", LANDLOCK_READ}, {"/lib", LANDLOCK_READ},
        {"/lib64", LANDLOCK_READ}, {"/run", LANDLOCK_READ}, {"/var/lib/misc", LANDLOCK_READ},
    };
    struct landlock_path own[6];
    struct landlock_rules rules = {
        .paths = own, .tcp_ports = wish->tcp_ports, .tcp_port_count = wish->tcp_port_count};
    if (wish->modify_dir)
        own[rules.path_count++] = (struct landlock_path){wish->modify_dir, LANDLOCK_MODIFY};
    if (wish->keys_dir)
        own[rules.path_count++] = (struct landlock_path){wish->keys_dir, LANDLOCK_MODIFY};
    if (wish->reports_dir)
        own[rules.path_count++] = (struct landlock_path){wish->reports_dir, LANDLOCK_MODIFY};
    if (wish->ledger_dir)
        own[rules.path_count++] = (struct landlock_path){wish->ledger_dir, LANDLOCK_TREE};
    if (wish->public_dir)
        own[rules.path_count++] = (struct landlock_path){wish->public_dir, LANDLOCK_READ};
    if (wish->remove_dir)
        own[rules.path_count++] = (struct landlock_path){wish->remove_dir, LANDLOCK_REMOVE};
    if (wish->job == JOB_RESOLVER) {
        rules.paths = names;
        rules.path_count = sizeof names / sizeof names[0];
    }
    /* What the resolver may read, its parent must be able to pass on. */
    rules.may_read = wish->job == JOB_PARENT;
    rules.dns_over_tcp = wish->job == JOB_PARENT || wish->job == JOB_RESOLVER;
    return landlock_enter(&rules);
}

static void describe_who(char *out, size_t room) {
    errno = 0;
    const struct passwd *entry = getpwuid(geteuid());
    if (entry)
        snprintf(out, room, "%.24s", entry->pw_name);
    else
        snprintf(out, room, "%u", (unsigned)geteuid());
}

static const char *describe_capabilities(void) {
    cap_t now = cap_get_proc(), none = cap_init();
    const char *text = "unknown";
    if (now && none) text = cap_compare(now, none) == 0 ? "none" : "sys_time";
    if (now) cap_free(now);
    if (none) cap_free(none);
    return text;
}

/* What the C library would open files for later is read before the door closes. */
static void warm_up(enum job_id job) {
    struct addrinfo *list = NULL;
    tzset();
    if (job == JOB_RESOLVER && getaddrinfo("localhost", NULL, NULL, &list) == 0) freeaddrinfo(list);
}

void sandbox_enter(const struct sandbox_wish *wish, char achieved[SANDBOX_TEXT_BYTES]) {
    char who[25];
    const char *why = "left off in a sanitizer build";
    bool steers = wish->job != JOB_PARENT && wish->steers;
    describe_who(who, sizeof who);
    warm_up(wish->job);
    set_limits(wish->job);
    if (wish->job != JOB_PARENT && !set_capabilities(steers))
        log_line(LOG_LEVEL_WARNING, "capabilities could not be dropped: %s", strerror(errno));
    const char *capabilities = describe_capabilities();
    bool nnp = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    int abi = UNDER_SANITIZER ? 0 : enter_landlock(wish);
    char landlock[24] = "no-landlock";
    if (abi > 0) snprintf(landlock, sizeof landlock, "landlock-%d", abi);
    bool seccomp = !UNDER_SANITIZER && syscalls_restrict(wish->job, wish->steers, &why);
    if (!seccomp) log_line(LOG_LEVEL_WARNING, "no system call filter: %s", why);
    snprintf(achieved, SANDBOX_TEXT_BYTES, "%s %s %s user=%s caps=%s",
             seccomp ? "seccomp" : "no-seccomp", landlock, nnp ? "nnp" : "no-nnp", who,
             capabilities);
}

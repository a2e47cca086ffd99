/* See the header. Invariant: every process that was started here has ended, and was waited for,
 * when etalon_pool_run returns. */
#include "main/etalon_pool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { JOBS_MAX = 64, BAR_COLUMNS = 40, TICK_MS = 200 };

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number) {
    (void)signal_number;
    interrupted = 1;
}

struct run {
    const struct etalon_pool *pool;
    _Atomic uint64_t *next;
    struct etalon_pool_results results;
    pid_t children[JOBS_MAX];
    unsigned jobs;
    int ends[2]; /* each task done is a byte in this pipe */
    bool bar;
};

static void child(struct run *run) {
    const struct etalon_pool *pool = run->pool;
    signal(SIGINT, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(run->ends[0]);
    for (;;) {
        uint64_t task = atomic_fetch_add(run->next, 1);
        if (task >= pool->count) break;
        pool->work(pool->context, task, run->results.results + task * pool->result_bytes);
        atomic_thread_fence(memory_order_release);
        run->results.has[task] = true;
        if (write(run->ends[1], "", 1) != 1) break;
    }
    _exit(0);
}

static bool map(struct run *run) {
    const struct etalon_pool *pool = run->pool;
    struct etalon_pool_results *r = &run->results;
    size_t head = 64, flags = (pool->count + 63) / 64 * 64;
    r->bytes = head + flags + pool->count * pool->result_bytes;
    r->mapping = mmap(NULL, r->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (r->mapping == MAP_FAILED) {
        r->mapping = NULL;
        return false;
    }
    run->next = r->mapping;
    r->has = (bool *)r->mapping + head;
    r->results = (unsigned char *)r->mapping + head + flags;
    return true;
}

static unsigned processors(const struct etalon_pool *pool) {
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t jobs = pool->jobs > 0 ? pool->jobs : online > 0 ? (uint64_t)online : 1;
    if (jobs > JOBS_MAX) jobs = JOBS_MAX;
    return (unsigned)(jobs > pool->count ? pool->count : jobs);
}

static bool start(struct run *run) {
    fflush(NULL);
    for (unsigned i = 0; i < processors(run->pool); i++) {
        pid_t pid = fork();
        if (pid == 0) child(run);
        if (pid < 0) return run->jobs > 0; /* fewer will do */
        run->children[run->jobs++] = pid;
    }
    return true;
}

static void draw_bar(const struct run *run) {
    if (!run->bar) return;
    uint64_t filled = run->results.done * BAR_COLUMNS / run->pool->count;
    fprintf(stderr, "\r[%.*s%.*s] %llu of %llu %s", (int)filled,
            "########################################", (int)(BAR_COLUMNS - filled),
            "                                        ", (unsigned long long)run->results.done,
            (unsigned long long)run->pool->count, run->pool->what);
    fflush(stderr);
}

/* Until all children have closed the pipe, or somebody interrupts. */
static void follow(struct run *run) {
    char bytes[256];
    struct pollfd fd = {.fd = run->ends[0], .events = POLLIN};
    while (!interrupted) {
        int ready = poll(&fd, 1, TICK_MS);
        if (ready < 0 && errno != EINTR) break;
        if (ready <= 0) continue;
        ssize_t got = read(run->ends[0], bytes, sizeof bytes);
        if (got <= 0) break;
        run->results.done += (uint64_t)got;
        draw_bar(run);
    }
}

/* True: all of them ended well. */
static bool reap(struct run *run) {
    bool well = true;
    for (unsigned i = 0; i < run->jobs; i++) {
        int status = 0;
        if (interrupted) kill(run->children[i], SIGKILL);
        while (waitpid(run->children[i], &status, 0) < 0 && errno == EINTR) continue;
        well &= WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    return well;
}

static void count_done(struct run *run) {
    run->results.done = 0;
    for (uint64_t i = 0; i < run->pool->count; i++) run->results.done += run->results.has[i];
}

static struct etalon_pool_results fail(struct run *run, const char *what) {
    fprintf(stderr, "etalon: %s: %s\n", what, strerror(errno));
    run->results.end = ETALON_POOL_FAILED;
    return run->results;
}

struct etalon_pool_results etalon_pool_run(const struct etalon_pool *pool) {
    struct run run = {.pool = pool, .bar = pool->what && isatty(STDERR_FILENO)};
    struct sigaction ours = {.sa_handler = on_interrupt}, before;
    if (!map(&run)) return fail(&run, "memory for the results");
    if (pipe(run.ends) != 0) return fail(&run, "pipe");
    interrupted = 0;
    sigaction(SIGINT, &ours, &before);
    bool started = start(&run);
    close(run.ends[1]);
    draw_bar(&run);
    if (started) follow(&run);
    bool well = reap(&run);
    close(run.ends[0]);
    sigaction(SIGINT, &before, NULL);
    if (run.bar) fputs("\r\033[K", stderr);
    count_done(&run);
    if (!started) return fail(&run, "fork");
    run.results.end = interrupted ? ETALON_POOL_INTERRUPTED
                      : well      ? ETALON_POOL_DONE
                                  : ETALON_POOL_FAILED;
    if (run.results.end == ETALON_POOL_FAILED) fputs("etalon: a process died\n", stderr);
    return run.results;
}

void etalon_pool_free(struct etalon_pool_results *results) {
    if (results->mapping) munmap(results->mapping, results->bytes);
    *results = (struct etalon_pool_results){0};
}

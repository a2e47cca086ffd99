/* See the header. Invariant: a task is taken by one process only (a shared counter), and is done
 * when its state says so, which is written after its result. */
#include "os/crew.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/process.h"

enum { CREW_JOBS_MAX = 256, TELL_NS = 100 * 1000 * 1000 };
enum state { STATE_LEFT, STATE_TAKEN, STATE_DONE };

/* At the start of the shared memory; results follow, then a state for each task. */
struct shared {
    atomic_size_t next, done;
};

struct team {
    pid_t pids[CREW_JOBS_MAX];
    unsigned count;
};

static size_t aligned(size_t bytes) {
    return (bytes + 63) / 64 * 64;
}

static size_t shared_bytes(const struct crew *crew) {
    return aligned(sizeof(struct shared)) + aligned(crew->tasks * crew->result_bytes) + crew->tasks;
}

static struct shared *shared_of(const struct crew *crew) {
    return (struct shared *)(void *)(crew->results - aligned(sizeof(struct shared)));
}

static _Atomic uint8_t *state_of(const struct crew *crew, size_t task) {
    return (_Atomic uint8_t *)(crew->results + aligned(crew->tasks * crew->result_bytes) + task);
}

bool crew_did(const struct crew *crew, size_t task) {
    return atomic_load(state_of(crew, task)) == STATE_DONE;
}

/* In a child. */
__attribute__((noreturn)) static void work(const struct crew *crew) {
    struct shared *shared = shared_of(crew);
    for (size_t task; (task = atomic_fetch_add(&shared->next, 1)) < crew->tasks;) {
        atomic_store(state_of(crew, task), STATE_TAKEN);
        crew->work(crew->context, task, crew->results + task * crew->result_bytes);
        atomic_store(state_of(crew, task), STATE_DONE);
        atomic_fetch_add(&shared->done, 1);
    }
    _exit(0);
}

static unsigned jobs_of(const struct crew *crew) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t jobs = crew->jobs ? crew->jobs : processors > 0 ? (size_t)processors : 1;
    if (jobs > crew->tasks) jobs = crew->tasks;
    return (unsigned)(jobs < CREW_JOBS_MAX ? jobs : CREW_JOBS_MAX);
}

static void start(const struct crew *crew, struct team *team) {
    for (unsigned i = jobs_of(crew); i > 0; i--) {
        pid_t pid = process_fork("crew");
        if (pid == 0) work(crew);
        if (pid > 0) team->pids[team->count++] = pid;
    }
}

/* False: one of them came to a bad end. */
static bool collect(struct team *team, int options) {
    bool well = true;
    for (unsigned i = 0; i < team->count;) {
        int status = 0;
        pid_t pid = waitpid(team->pids[i], &status, options);
        if (pid == 0 || (pid < 0 && errno == EINTR)) {
            i++;
            continue;
        }
        well &= pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
        team->pids[i] = team->pids[--team->count];
    }
    return well;
}

static void dismiss(struct team *team) {
    for (unsigned i = 0; i < team->count; i++) kill(team->pids[i], SIGKILL);
    while (team->count > 0) (void)collect(team, 0);
}

static enum crew_end oversee(struct crew *crew, struct team *team) {
    const struct timespec pause = {.tv_nsec = TELL_NS};
    enum crew_end end = team->count > 0 || crew->tasks == 0 ? CREW_DONE : CREW_FAILED;
    while (team->count > 0) {
        nanosleep(&pause, NULL); /* a signal ends it */
        if (!collect(team, WNOHANG)) end = CREW_FAILED;
        if (crew->stop && *crew->stop) end = CREW_INTERRUPTED;
        if (end != CREW_DONE) dismiss(team);
        if (crew->tell) crew->tell(crew->context, atomic_load(&shared_of(crew)->done));
    }
    return end;
}

static void finish(struct crew *crew) {
    crew->done = 0;
    crew->failed_task = SIZE_MAX;
    for (size_t i = 0; i < crew->tasks; i++) {
        crew->done += crew_did(crew, i);
        if (crew->failed_task == SIZE_MAX && atomic_load(state_of(crew, i)) == STATE_TAKEN)
            crew->failed_task = i;
        if (!crew_did(crew, i))
            memset(crew->results + i * crew->result_bytes, 0, crew->result_bytes);
    }
}

enum crew_end crew_run(struct crew *crew) {
    struct team team = {.count = 0};
    void *memory =
        mmap(NULL, shared_bytes(crew), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    crew->results = NULL;
    if (memory == MAP_FAILED) return CREW_FAILED;
    crew->results = (uint8_t *)memory + aligned(sizeof(struct shared));
    start(crew, &team);
    enum crew_end end = oversee(crew, &team);
    finish(crew);
    return end;
}

void crew_release(struct crew *crew) {
    if (crew->results) munmap(shared_of(crew), shared_bytes(crew));
    crew->results = NULL;
}

/* The parent process. Order of the start: everything that needs root is open already; drop root;
 * enter the parent's own sandbox, which its jobs inherit; start the jobs; watch. */
#include "main/etalond_parent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "main/etalond_jobs.h"
#include "main/etalond_setup.h"
#include "os/log.h"
#include "os/notify.h"
#include "os/sandbox.h"
#include "os/supervise.h"

struct parent {
    struct etalond *etalond;
    struct supervise supervise;
    struct timespec leaps_changed;
    char sandbox[SANDBOX_TEXT_BYTES];
};

static void run_job(void *context, enum job_id job, uint8_t instance, int ready_fd) {
    struct parent *parent = context;
    etalond_jobs_become(parent->etalond, job, instance, ready_fd);
}

static void take_message(void *context, const struct message *message) {
    struct parent *parent = context;
    if (message->kind == MESSAGE_DRIFT) etalond_setup_keep_drift(parent->etalond, &message->drift);
}

static void say_ready(void *context) {
    struct parent *parent = context;
    log_line(LOG_LEVEL_INFO, "ready: etalond " ETALON_VERSION ", %zu jobs",
             parent->supervise.count);
    notify_send("READY=1");
    background_tell(&parent->etalond->background, ETALOND_FINE);
}

/* True if the leap second list is another file than when last asked. */
static bool leaps_touched(struct parent *parent) {
    struct stat about;
    const char *path = parent->etalond->config.leap_file;
    if (path[0] == '\0' || stat(path, &about) != 0) return false;
    struct timespec before = parent->leaps_changed;
    parent->leaps_changed = about.st_mtim;
    return before.tv_sec != about.st_mtim.tv_sec || before.tv_nsec != about.st_mtim.tv_nsec;
}

/* A keeper takes its table at the start and goes on from the clock page, so a new list is given to
 * a new keeper. */
static void look_around(void *context) {
    struct parent *parent = context;
    if (!leaps_touched(parent) || !etalond_setup_leaps(parent->etalond)) return;
    log_line(LOG_LEVEL_INFO, "the leap second list is new: restarting the keeper with it");
    supervise_restart(&parent->supervise, JOB_KEEPER);
}

static void add_jobs(struct parent *parent) {
    const struct etalond *etalond = parent->etalond;
    struct supervise *supervise = &parent->supervise;
    if (etalond->status_listener >= 0) supervise_add(supervise, JOB_STATUS, 0);
    supervise_add(supervise, JOB_KEEPER, 0);
    if (etalond_setup_resolves(&etalond->config)) supervise_add(supervise, JOB_RESOLVER, 0);
    if (etalond->config.source_count > 0) supervise_add(supervise, JOB_SOURCE, 0);
    for (uint32_t i = 0; i < LIMIT_SERVER_JOBS; i++)
        if (etalond->ntp[i].count > 0) supervise_add(supervise, JOB_SERVER, (uint8_t)i);
}

/* The directory of a file, or NULL if no file is configured. */
static const char *directory_of(const char *path, char out[LIMIT_PATH_BYTES]) {
    if (path[0] == '\0') return NULL;
    snprintf(out, LIMIT_PATH_BYTES, "%s", path);
    char *slash = strrchr(out, '/');
    if (!slash) return ".";
    slash[slash == out] = '\0';
    return out;
}

static void enter_sandbox(struct parent *parent) {
    const struct etalond *etalond = parent->etalond;
    char drift[LIMIT_PATH_BYTES], status[LIMIT_PATH_BYTES];
    struct sandbox_wish wish = {.job = JOB_PARENT, .steers = etalond->steers};
    wish.modify_dir = directory_of(etalond->config.drift_file, drift);
    if (etalond->status_listener >= 0)
        wish.remove_dir = directory_of(etalond->config.status_socket, status);
    if (wish.modify_dir && faccessat(AT_FDCWD, wish.modify_dir, W_OK, AT_EACCESS) != 0)
        log_line(LOG_LEVEL_WARNING, "drift file %s will not be kept: %s: %s",
                 etalond->config.drift_file, wish.modify_dir, strerror(errno));
    sandbox_enter(&wish, parent->sandbox);
    log_line(LOG_LEVEL_INFO, "sandbox: %s", parent->sandbox);
}

static bool prepare(struct etalond *etalond) {
    const char *what = "";
    char why[256];
    if (!page_create(&etalond->page, &what)) {
        log_line(LOG_LEVEL_ERROR, "%s: %s", what, strerror(errno));
        return false;
    }
    if (!etalond->page.sealed)
        log_line(LOG_LEVEL_WARNING, "this kernel cannot seal the clock page");
    if (!mailbox_open_all(&etalond->boxes)) {
        log_line(LOG_LEVEL_ERROR, "sockets between the jobs: %s", strerror(errno));
        return false;
    }
    if (etalond->status_listener < 0) mailbox_close(&etalond->boxes, JOB_STATUS);
    if (geteuid() == 0 && etalond->config.user[0] == '\0')
        log_line(LOG_LEVEL_WARNING, "started as root and no other user is configured: name one "
                                    "with `user` or -u");
    if (!sandbox_drop_root(etalond->config.user, etalond->steers, why, sizeof why)) {
        log_line(LOG_LEVEL_ERROR, "%s", why);
        return false;
    }
    return true;
}

enum etalond_exit etalond_parent_run(struct etalond *etalond) {
    static struct parent parent;
    parent.etalond = etalond;
    (void)leaps_touched(&parent);
    notify_init();
    if (!prepare(etalond)) return ETALOND_FAILED;
    parent.supervise = (struct supervise){.boxes = &etalond->boxes,
                                          .background = &etalond->background,
                                          .run = run_job,
                                          .message = take_message,
                                          .ready = say_ready,
                                          .tick = look_around,
                                          .context = &parent,
                                          .sandbox = parent.sandbox};
    supervise_init(&parent.supervise);
    add_jobs(&parent);
    enter_sandbox(&parent);
    supervise_run(&parent.supervise);
    etalond_setup_save_drift(etalond);
    notify_send("STOPPING=1");
    if (etalond->status_listener >= 0) (void)unlink(etalond->config.status_socket);
    log_line(LOG_LEVEL_INFO, "stopped");
    background_forward(&etalond->background);
    return ETALOND_FINE;
}

/* The parent process. Order of the start: everything that needs root is open already; drop root;
 * enter the parent's own sandbox, which its jobs inherit; start the jobs; watch. */
#include "main/etalond_parent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobs/record.h"
#include "main/etalond_evidence.h"
#include "main/etalond_jobs.h"
#include "main/etalond_keyer.h"
#include "main/etalond_ledger.h"
#include "main/etalond_setup.h"
#include "os/log.h"
#include "os/notify.h"
#include "os/sandbox.h"
#include "os/supervise.h"
#include "os/watch.h"

struct parent {
    struct etalond *etalond;
    struct supervise supervise;
    struct timespec leaps_changed, delegation_changed;
    struct timespec certificate_changed, key_changed, cookie_keys_changed, fleet_changed;
    char sandbox[SANDBOX_TEXT_BYTES];
};

static void run_job(void *context, enum job_id job, uint8_t instance, int ready_fd) {
    struct parent *parent = context;
    etalond_jobs_become(parent->etalond, job, instance, ready_fd);
}

static void take_message(void *context, const struct message *message) {
    struct parent *parent = context;
    if (message->kind == MESSAGE_DRIFT) etalond_setup_keep_drift(parent->etalond, &message->drift);
    etalond_keyer_keep(parent->etalond, message);
    if (message->kind == MESSAGE_EVIDENCE)
        etalond_evidence_take(parent->etalond, &message->evidence);
    if (message->kind == MESSAGE_EVIDENCE) {
        const struct record part = {.kind = RECORD_EVIDENCE, .evidence = message->evidence};
        struct message record;
        record_build(&part, JOB_PARENT, &record);
        (void)mailbox_post(&parent->etalond->boxes, JOB_RECORDER, &record);
    }
}

static void say_ready(void *context) {
    struct parent *parent = context;
    parent->etalond->ledger_made = false; /* it has begun: nobody begins another one in its place */
    log_line(LOG_LEVEL_INFO, "ready: etalond " ETALON_VERSION ", %zu jobs",
             parent->supervise.count);
    notify_send("READY=1");
    background_tell(&parent->etalond->background, ETALOND_FINE);
}

/* True if a file is another one than when last asked. */
static bool touched(const char *path, struct timespec *changed) {
    struct stat about;
    if (path[0] == '\0' || stat(path, &about) != 0) return false;
    struct timespec before = *changed;
    *changed = about.st_mtim;
    return before.tv_sec != about.st_mtim.tv_sec || before.tv_nsec != about.st_mtim.tv_nsec;
}

static bool leaps_touched(struct parent *parent) {
    return touched(parent->etalond->config.leap_file, &parent->leaps_changed);
}

static bool delegation_touched(struct parent *parent) {
    return parent->etalond->has_roughtime &&
           touched(parent->etalond->config.roughtime_delegation, &parent->delegation_changed);
}

/* Files that a keyer reads at its start. */
static bool keyer_touched(struct parent *parent) {
    const struct config_nts *nts = &parent->etalond->config.nts;
    char keys[LIMIT_PATH_BYTES + 16] = "";
    if (nts->rotate_s == 0) snprintf(keys, sizeof keys, "%s/ntskeys", nts->dump_dir);
    bool certificate = touched(nts->server_cert, &parent->certificate_changed);
    bool key = touched(nts->server_key, &parent->key_changed);
    bool cookie_keys = touched(keys, &parent->cookie_keys_changed);
    bool fleet = touched(nts->fleet_secret, &parent->fleet_changed);
    return certificate || key || cookie_keys || fleet;
}

/* The cookie keys stay in their page, the ports open, and clients wait in their queue meanwhile. A
 * certificate that cannot be used does not get that far. */
static void renew_keyer(struct parent *parent) {
    if (!keyer_touched(parent)) return;
    if (!etalond_keyer_check(parent->etalond)) {
        log_line(LOG_LEVEL_ERROR, "the new certificate cannot be used: going on with the old one");
        return;
    }
    log_line(LOG_LEVEL_INFO, "certificate or keys for NTS are new: restarting the keyer with them");
    supervise_restart(&parent->supervise, JOB_KEYER);
}

/* A keeper takes its table at the start and goes on from the clock page, so a new list is given to
 * a new keeper. */
static void look_around(void *context) {
    struct parent *parent = context;
    renew_keyer(parent);
    if (delegation_touched(parent) && etalond_setup_roughtime_key(parent->etalond)) {
        log_line(LOG_LEVEL_INFO, "the Roughtime delegation is new: restarting its job with it");
        supervise_restart(&parent->supervise, JOB_ROUGHTIME);
    }
    if (!leaps_touched(parent) || !etalond_setup_leaps(parent->etalond)) return;
    etalond_ledger_leaps(parent->etalond);
    log_line(LOG_LEVEL_INFO, "the leap second list is new: restarting the keeper with it");
    supervise_restart(&parent->supervise, JOB_KEEPER);
}

/* All that look_around() looks at. */
static int watch_files(const struct etalond *etalond) {
    const struct config *config = &etalond->config;
    const struct config_nts *nts = &config->nts;
    char keys[LIMIT_PATH_BYTES + 16] = "";
    int fd = watch_open();
    if (nts->rotate_s == 0) snprintf(keys, sizeof keys, "%s/ntskeys", nts->dump_dir);
    const char *const paths[] = {
        nts->server_cert,  nts->server_key,   keys,
        nts->fleet_secret, config->leap_file, config->roughtime_delegation};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) watch_file(fd, paths[i]);
    return fd;
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
    if (etalond->has_roughtime) supervise_add(supervise, JOB_ROUGHTIME, 0);
    if (etalond->config.roughtime_count > 0) supervise_add(supervise, JOB_WITNESS, 0);
    if (etalond_keyer_wanted(&etalond->config)) supervise_add(supervise, JOB_KEYER, 0);
    if (etalond_ledger_wanted(&etalond->config)) supervise_add(supervise, JOB_RECORDER, 0);
    if (etalond->mirror_folder >= 0) supervise_add(supervise, JOB_MIRROR, 0);
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
    uint16_t ports[ETALOND_KEYER_PORTS];
    struct sandbox_wish wish = {.job = JOB_PARENT, .steers = etalond->steers, .tcp_ports = ports};
    wish.tcp_port_count = etalond_keyer_ports(&etalond->config, ports);
    if (etalond->config.nts.dump_dir[0] != '\0') wish.keys_dir = etalond->config.nts.dump_dir;
    if (etalond_ledger_wanted(&etalond->config)) wish.ledger_dir = etalond->config.ledger.dir;
    if (etalond->config.roughtime_reports[0] != '\0')
        wish.reports_dir = etalond->config.roughtime_reports;
    wish.modify_dir = directory_of(etalond->config.drift_file, drift);
    if (etalond->status_listener >= 0)
        wish.remove_dir = directory_of(etalond->config.status_socket, status);
    if (wish.modify_dir && faccessat(AT_FDCWD, wish.modify_dir, W_OK, AT_EACCESS) != 0)
        log_line(LOG_LEVEL_WARNING, "drift file %s will not be kept: %s: %s",
                 etalond->config.drift_file, wish.modify_dir, strerror(errno));
    if (wish.keys_dir && faccessat(AT_FDCWD, wish.keys_dir, W_OK, AT_EACCESS) != 0)
        log_line(LOG_LEVEL_WARNING,
                 "ntsdumpdir %s cannot be written: %s; keys and cookies will not "
                 "be kept",
                 wish.keys_dir, strerror(errno));
    sandbox_enter(&wish, parent->sandbox);
    log_line(LOG_LEVEL_INFO, "sandbox: %s", parent->sandbox);
}

static bool prepare(struct etalond *etalond) {
    const char *what = "";
    char why[256];
    bool done = page_create(&etalond->page, "etalon-clock-page", sizeof(struct clock_page), &what);
    if (done && etalond_keyer_serves(&etalond->config))
        done = page_create(&etalond->key_page, "etalon-key-page", sizeof(struct key_page), &what);
    if (!done) {
        log_line(LOG_LEVEL_ERROR, "%s: %s", what, strerror(errno));
        return false;
    }
    if (!etalond->page.sealed) log_line(LOG_LEVEL_WARNING, "this kernel cannot seal shared pages");
    if (!mailbox_open_all(&etalond->boxes)) {
        log_line(LOG_LEVEL_ERROR, "sockets between the jobs: %s", strerror(errno));
        return false;
    }
    if (etalond->status_listener < 0) mailbox_close(&etalond->boxes, JOB_STATUS);
    if (!etalond_ledger_wanted(&etalond->config)) mailbox_close(&etalond->boxes, JOB_RECORDER);
    mailbox_record_log(&etalond->boxes);
    if (geteuid() == 0 && etalond->config.user[0] == '\0')
        log_line(LOG_LEVEL_WARNING, "started as root and no other user is configured: name one "
                                    "with `user` or -u");
    if (!sandbox_drop_root(etalond->config.user, etalond->steers, why, sizeof why)) {
        log_line(LOG_LEVEL_ERROR, "%s", why);
        return false;
    }
    return etalond_keyer_check(etalond);
}

enum etalond_exit etalond_parent_run(struct etalond *etalond) {
    static struct parent parent;
    parent.etalond = etalond;
    (void)leaps_touched(&parent);
    (void)delegation_touched(&parent);
    (void)keyer_touched(&parent);
    notify_init();
    if (!prepare(etalond)) return ETALOND_FAILED;
    parent.supervise = (struct supervise){.boxes = &etalond->boxes,
                                          .background = &etalond->background,
                                          .run = run_job,
                                          .message = take_message,
                                          .ready = say_ready,
                                          .tick = look_around,
                                          .context = &parent,
                                          .watch = watch_files(etalond),
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

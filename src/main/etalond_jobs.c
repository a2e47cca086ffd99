/* Building the jobs. Invariant: a job's process keeps no descriptor and no mapping but its own. */
#include "main/etalond_jobs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "crypto/wipe.h"
#include "main/etalond_keyer.h"
#include "main/etalond_ledger.h"
#include "main/etalond_setup.h"
#include "os/clocks.h"
#include "os/log.h"
#include "os/loop.h"
#include "os/process.h"
#include "os/resolver.h"
#include "os/sandbox.h"
#include "os/witness.h"

/* A loop with everything that any job may need beside it. */
struct hosted {
    struct loop loop;
    struct upstream upstream;
    struct control control;
    struct steering steering;
    struct server server;
    struct roughtime roughtime;
    struct keyer keyer;
    struct mirror_sockets mirror;
};

static void *allocate(size_t bytes) {
    void *memory = calloc(1, bytes);
    CHECK(memory);
    return memory;
}

static void host_keeper(struct etalond *etalond, struct hosted *hosted) {
    struct keeper_start start = {.config = &etalond->config,
                                 .leaps = &etalond->leaps,
                                 .page = etalond->page.writer,
                                 .steers = etalond->steers,
                                 .has_drift = etalond->has_drift,
                                 .drift = etalond->drift,
                                 .recorded = etalond_ledger_wanted(&etalond->config)};
    hosted->loop.node.keeper = keeper_init(allocate(keeper_bytes(&etalond->config)), &start);
    steering_init(&hosted->steering, etalond->steers, etalond->page.reader);
    hosted->loop.steering = &hosted->steering;
}

static void host_source(struct etalond *etalond, struct hosted *hosted) {
    hosted->loop.node.source =
        source_init(allocate(source_bytes(&etalond->config)), &etalond->config);
    etalond_keyer_resume(etalond, hosted->loop.node.source);
    upstream_init(&hosted->upstream);
    hosted->loop.upstream = &hosted->upstream;
}

static void host_server(struct etalond *etalond, struct hosted *hosted, uint8_t instance) {
    server_init(&hosted->server, &etalond->config, instance, clocks_precision_log2s(),
                etalond->key_page.reader);
    hosted->loop.node.server = &hosted->server;
    hosted->loop.serve = serve_create(&etalond->ntp[instance], etalond->page.reader,
                                      &hosted->server, etalond->arguments.single);
}

static void host_roughtime(struct etalond *etalond, struct hosted *hosted) {
    enum err err = roughtime_init(&hosted->roughtime, &etalond->config, &etalond->roughtime_key);
    if (err != ERR_OK) {
        log_line(LOG_LEVEL_ERROR, "Roughtime cannot be served: %s", err_text(err));
        _exit(1);
    }
    hosted->loop.node.roughtime = &hosted->roughtime;
    hosted->loop.roughtime = roughtime_sockets_create(
        &etalond->roughtime, etalond->page.reader, &hosted->roughtime, etalond->arguments.single);
}

static void host_keyer(struct etalond *etalond, struct hosted *hosted) {
    hosted->loop.keyer = etalond_keyer_create(etalond, &hosted->keyer);
    hosted->loop.node.keyer = &hosted->keyer;
}

static void host_status(struct etalond *etalond, struct hosted *hosted) {
    hosted->loop.node.status =
        status_init(allocate(status_bytes(&etalond->config)), &etalond->config);
    control_init(&hosted->control, etalond->status_listener, hosted->loop.node.status,
                 etalond_ledger_wanted(&etalond->config));
    hosted->loop.control = &hosted->control;
}

static void host_recorder(struct etalond *etalond, struct hosted *hosted) {
    hosted->loop.node.recorder = etalond_ledger_recorder(etalond);
    if (!hosted->loop.node.recorder) _exit(1); /* and the parent tries again, later and later */
}

static void host_mirror(const struct etalond *etalond, struct hosted *hosted) {
    mirror_sockets_init(&hosted->mirror, &etalond->mirror, etalond->mirror_folder);
    hosted->loop.mirror = &hosted->mirror;
}

static size_t keep_all(const struct listen_sockets *sockets, int *keep) {
    for (size_t i = 0; i < sockets->count; i++) keep[i] = sockets->fd[i];
    return sockets->count;
}

/* Closes what belongs to other jobs. */
static void keep_own(struct etalond *etalond, enum job_id job, uint8_t instance, int ready_fd) {
    enum { SOCKETS_MAX = 2 * ROUGHTIME_SOCKETS_PORTS * LISTEN_SOCKETS };
    int keep[1 + 4 * JOB_COUNT + SOCKETS_MAX + 2];
    size_t count = 0;
    keep[count++] = ready_fd;
    mailbox_restrict(&etalond->boxes, job);
    for (int i = 0; i < JOB_COUNT; i++) {
        keep[count++] = etalond->boxes.of[i].read_end;
        keep[count++] = etalond->boxes.of[i].write_end;
        keep[count++] = etalond->boxes.to_recorder[i].read_end;
        keep[count++] = etalond->boxes.to_recorder[i].write_end;
    }
    if (job == JOB_STATUS) keep[count++] = etalond->status_listener;
    for (size_t i = 0; job == JOB_SERVER && i < etalond->ntp[instance].count; i++)
        keep[count++] = etalond->ntp[instance].fd[i];
    for (size_t i = 0; job == JOB_ROUGHTIME && i < ROUGHTIME_SOCKETS_PORTS; i++) {
        count += keep_all(&etalond->roughtime.udp[i], keep + count);
        count += keep_all(&etalond->roughtime.tcp[i], keep + count);
    }
    if (job == JOB_KEYER) count += keep_all(&etalond->key_listeners, keep + count);
    if (job == JOB_RECORDER) keep[count++] = etalond->ledger_folder;
    if (job == JOB_MIRROR) {
        count += keep_all(&etalond->mirror, keep + count);
        keep[count++] = etalond->mirror_folder;
    }
    process_keep_only(keep, count);
    if (job != JOB_KEEPER) page_renounce(&etalond->page);
    if (job != JOB_KEYER) page_renounce(&etalond->key_page);
    if (job != JOB_KEYER && job != JOB_SERVER) page_forget(&etalond->key_page);
}

static void enter_sandbox(const struct etalond *etalond, enum job_id job, int ready_fd) {
    char achieved[SANDBOX_TEXT_BYTES];
    uint16_t ports[ETALOND_KEYER_PORTS];
    char public[LIMIT_PATH_BYTES + 8];
    struct sandbox_wish wish = {.job = job, .steers = job == JOB_KEEPER && etalond->steers};
    if (job == JOB_RECORDER) wish.ledger_dir = etalond->config.ledger.dir;
    if (job == JOB_MIRROR) {
        snprintf(public, sizeof public, "%s/public", etalond->config.ledger.dir);
        wish.public_dir = public;
    }
    if (job == JOB_KEYER) {
        wish.tcp_ports = ports;
        wish.tcp_port_count = etalond_keyer_ports(&etalond->config, ports);
    }
    sandbox_enter(&wish, achieved);
    log_line(LOG_LEVEL_INFO, "sandbox: %s", achieved);
    process_report(ready_fd, achieved);
}

void etalond_jobs_become(struct etalond *etalond, enum job_id job, uint8_t instance, int ready_fd) {
    struct hosted *hosted = allocate(sizeof *hosted);
    keep_own(etalond, job, instance, ready_fd);
    loop_init(&hosted->loop);
    hosted->loop.self = job;
    hosted->loop.boxes = &etalond->boxes;
    mailbox_record_log(&etalond->boxes);
    if (job == JOB_KEEPER) host_keeper(etalond, hosted);
    if (job == JOB_SOURCE) host_source(etalond, hosted);
    if (job == JOB_SERVER) host_server(etalond, hosted, instance);
    if (job == JOB_STATUS) host_status(etalond, hosted);
    if (job == JOB_ROUGHTIME) host_roughtime(etalond, hosted);
    if (job == JOB_KEYER) host_keyer(etalond, hosted);
    if (job == JOB_RECORDER) host_recorder(etalond, hosted);
    if (job == JOB_MIRROR) host_mirror(etalond, hosted);
    wipe(etalond->ledger_key, sizeof etalond->ledger_key);
    wipe(etalond->ledger_former_key, sizeof etalond->ledger_former_key);
    wipe(&etalond->roughtime_key, sizeof etalond->roughtime_key);
    if (job == JOB_WITNESS) witness_warm_up();
    /* They have last words; the others are ended by the signal. */
    if (job == JOB_SOURCE || job == JOB_RECORDER)
        hosted->loop.stop = process_stop_on((const int[]){SIGTERM}, 1);
    enter_sandbox(etalond, job, ready_fd);
    if (job == JOB_RESOLVER) resolver_run(&etalond->boxes);
    if (job == JOB_WITNESS) witness_run(&etalond->boxes, &etalond->config, etalond->page.reader);
    loop_run(&hosted->loop);
    if (job == JOB_RECORDER) loop_end(&hosted->loop);
    _exit(0);
}

static void keep(void *context, const struct message *message) {
    if (message->kind == MESSAGE_DRIFT) etalond_setup_keep_drift(context, &message->drift);
    etalond_keyer_keep(context, message);
}

void etalond_jobs_run_all(struct etalond *etalond, const volatile sig_atomic_t *stop) {
    static struct hosted *hosted; /* lives as long as the process */
    hosted = allocate(sizeof *hosted);
    etalond->page.writer = allocate(sizeof(struct clock_page));
    etalond->page.reader = etalond->page.writer;
    if (etalond_keyer_serves(&etalond->config)) {
        etalond->key_page.writer = allocate(sizeof(struct key_page));
        etalond->key_page.reader = etalond->key_page.writer;
    }
    loop_init(&hosted->loop);
    hosted->loop.stop = stop;
    hosted->loop.parent = keep;
    hosted->loop.parent_context = etalond;
    if (etalond_ledger_wanted(&etalond->config)) {
        host_recorder(etalond, hosted);
        loop_record_log(&hosted->loop);
    }
    host_keeper(etalond, hosted);
    if (etalond->config.source_count > 0) host_source(etalond, hosted);
    if (etalond_setup_serves(&etalond->config)) host_server(etalond, hosted, 0);
    if (etalond->has_roughtime) host_roughtime(etalond, hosted);
    if (etalond_keyer_wanted(&etalond->config)) host_keyer(etalond, hosted);
    host_status(etalond, hosted);
    if (etalond->mirror_folder >= 0) host_mirror(etalond, hosted);
    log_line(LOG_LEVEL_INFO, "ready: etalond " ETALON_VERSION ", one process, no sandbox");
    loop_run(&hosted->loop);
    loop_end(&hosted->loop);
}

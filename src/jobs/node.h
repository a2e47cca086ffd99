/* Jobs that live together: a node hosts any set of them, hands messages among them at once and
 * leaves everything else in the outbox for its world. A process of the daemon hosts one job,
 * `--single` and the simulator host all. */
#pragma once

#include "config/config.h"
#include "jobs/job.h"
#include "jobs/keeper.h"
#include "jobs/keyer.h"
#include "jobs/recorder.h"
#include "jobs/roughtime.h"
#include "jobs/server.h"
#include "jobs/source.h"
#include "jobs/status.h"

struct node {
    struct keeper *keeper; /* NULL: not hosted here */
    struct source *source;
    struct server *server;
    struct status *status;
    struct roughtime *roughtime;
    struct keyer *keyer;
    struct recorder *recorder;
    struct mono wake[JOB_COUNT]; /* when each hosted job wants to be woken */
    struct outbox scratch;
};

/* All jobs but those given NULL are hosted; wakes are set to MONO_NEVER. */
void node_init(struct node *node);
bool node_hosts(const struct node *node, enum job_id job);
/* Gives the event to that job and to the hosted receivers of what it posts, until all is quiet.
 * Effects for the world (POST to jobs not hosted here among them) are appended to out. */
void node_step(struct node *node, enum job_id job, const struct event *event, struct outbox *out);
/* Earliest wake of the hosted jobs. */
struct mono node_wake(const struct node *node);
/* WAKE to every hosted job whose time has come. event.kind is set here. */
void node_run(struct node *node, struct event event, struct outbox *out);

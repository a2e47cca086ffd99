/* The recorder: reports of the jobs in, entries of the ledger out. It alone holds the ledger's
 * directory and the key that signs its checkpoints, and it hears no network.
 *
 * What is an intent is made durable at once, together with all that waits (group commit), and then
 * answered; the rest within a second. Checkpoints follow within a second of a commit. While the
 * disk refuses, entries are kept as far as they fit, intents are answered with the reason, and what
 * was lost meanwhile is counted and becomes an entry itself. */
#pragma once

#include "clock/clock_page.h"
#include "config/config.h"
#include "jobs/cosigned.h"
#include "jobs/entry.h"
#include "jobs/findings.h"
#include "jobs/job.h"
#include "ledger/ledger_log.h"

enum { RECORDER_BOOT_BYTES = 40, RECORDER_INTENTS = 16 };

struct recorder_start {
    const struct config *config;   /* outlives the recorder */
    const struct clock_page *page; /* NULL: entries carry no time */
    struct ledger_log *log;        /* opened */
    const char *boot;              /* id of this boot of the machine */
    int32_t pid;                   /* of the recorder */
    const struct policy *policy;   /* of the witnesses; NULL: none */
    const struct ledger_store *store;
};

/* Bytes of entries that a job may still cause. */
struct recorder_budget {
    bool begun;
    struct mono at;
    double bytes;
};

struct recorder {
    struct recorder_start start;
    struct mono commit_at, publish_at, prune_at, report_at;
    struct mono published_at;
    bool failing;             /* the last commit was refused, and it was logged */
    bool behind;              /* likewise the last publication */
    bool broken;              /* the log must not be used any more */
    uint64_t lost[JOB_COUNT]; /* records that found no room, not yet an entry */
    struct mono losses_at;    /* not to be told before */
    struct recorder_budget budgets[JOB_COUNT];
    uint64_t lost_ever;
    uint32_t sequences[JOB_COUNT];      /* last seen of each job, */
    int32_t senders[JOB_COUNT];         /* and of which process: each counts for itself */
    uint32_t intents[RECORDER_INTENTS]; /* staged, to be answered */
    size_t intent_count;
    struct mono now;
    struct cosigned cosigned;
    struct findings findings;
    uint64_t findings_end; /* index after the last of them: durable below it */
    char entry[ENTRY_BYTES + 1];
};

void recorder_init(struct recorder *recorder, const struct recorder_start *start);
void recorder_step(struct recorder *recorder, const struct event *event, struct outbox *outbox);
/* An entry of the recorder's own, staged: what it was started with, what it found, what came in
 * from witnesses. ERR_FULL: no room, or too long. */
MUST_USE enum err recorder_note(struct recorder *recorder, const char *kind, struct mono now,
                                void (*fill)(struct json *json, const void *context),
                                const void *context);
/* Commits and publishes all that is staged: the orderly end. */
void recorder_end(struct recorder *recorder, struct outbox *outbox);

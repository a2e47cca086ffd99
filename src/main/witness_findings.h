/* What was found, kept as evidence: one JSON file for each finding, and a line in DIR/findings.
 *
 *     DIR/<kind>-<16 hex of the origin's hash>-<size>-<16 hex of the finding's hash>.json
 *     DIR/... .split     both notes, for split views: proof to anybody who has the log's key
 *     DIR/findings       {"v":1,"time":...,"kind":...,"origin":...,"size":...,"by":...,"text":...,
 *                         "evidence":"<file>"}, one a line
 *
 * The same finding is kept once: notes are told apart by origin, size and root, and not by lines
 * that anybody can write below them. Of each kind so many are kept of one log that nobody can fill
 * the disk, nor use up the room for evidence against another log; so many lines a minute go to the
 * program's own log. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/times.h"

enum witness_findings_kind {
    WITNESS_FINDINGS_SPLIT,     /* one log, one size, two roots: proven */
    WITNESS_FINDINGS_FORK,      /* the tree that was seen is not part of the one shown now */
    WITNESS_FINDINGS_SMALLER,   /* a checkpoint smaller than one that was seen */
    WITNESS_FINDINGS_BAD_PROOF, /* a consistency proof that does not hold */
    WITNESS_FINDINGS_SIGNATURE, /* a signature that does not verify, or is not there */
    WITNESS_FINDINGS_AHEAD,     /* a witness has seen more than the log shows */
    WITNESS_FINDINGS_STALL,     /* nothing new for too long */
    WITNESS_FINDINGS_KINDS
};

struct witness_findings_item {
    enum witness_findings_kind kind;
    const char *origin;
    uint64_t size;
    const char *by;            /* who showed it: an address, a URL, a witness's name */
    bool by_counts;            /* the same from another one is another finding */
    const char *text;          /* for people */
    const char *known, *shown; /* notes, or NULL: the one that was known, the one that is shown */
    size_t known_length, shown_length;
};

enum { WITNESS_FINDINGS_ORIGIN_BYTES = 17, WITNESS_FINDINGS_LOGS = 2 * LIMIT_WITNESS_LOGS };

/* How many files there are against one log; if there are more logs, the last one stands for those.
 */
struct witness_findings_log {
    char origin[WITNESS_FINDINGS_ORIGIN_BYTES]; /* hex, as in the names */
    unsigned kept[WITNESS_FINDINGS_KINDS];
};

struct witness_findings {
    const char *directory;
    size_t count;
    struct witness_findings_log log[WITNESS_FINDINGS_LOGS];
    uint64_t seen[WITNESS_FINDINGS_KINDS];
    struct mono period; /* of the log lines */
    unsigned told;
};

/* Counts what is there. False: the directory is not there, or cannot be read. */
bool witness_findings_open(struct witness_findings *findings, const char *directory,
                           const char **why);
const char *witness_findings_name(enum witness_findings_kind kind);
/* Counts, tells the log, and keeps it unless it is kept already. True: it is new. */
bool witness_findings_add(struct witness_findings *findings,
                          const struct witness_findings_item *item);

/* What etalon-verify found out, for people (plain English) and for programs (JSON). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "ledger/entry_facts.h"
#include "ledger/policy.h"

/* For scripts; documented in etalon-verify(1). */
enum verify_exit {
    VERIFY_PROVEN = 0,
    VERIFY_REFUTED = 1,    /* something contradicts something: altered, forged or forked */
    VERIFY_USAGE = 2,      /* the command line is wrong, or a file cannot be read */
    VERIFY_INCOMPLETE = 3, /* nothing contradicts, but something that was asked for is missing */
    VERIFY_UNAUTHENTICATED = 4, /* holds together, by a key that only the bundle itself names */
};

enum verify_level { VERIFY_CONTRADICTION, VERIFY_GAP, VERIFY_NOTE, VERIFY_LEVELS };

enum { VERIFY_FINDINGS = 24, VERIFY_FINDING_BYTES = 384 };

/* Findings of one level; more than fit are counted. */
struct verify_findings {
    size_t count;
    char text[VERIFY_FINDINGS][VERIFY_FINDING_BYTES];
};

/* A time that a quorum of witnesses vouches for: entries below size existed by then. */
struct verify_bound {
    bool known;
    uint64_t size, time_s;
};

struct verify_witness {
    uint64_t cosigned, first_s, last_s;
};

struct verify_report {
    const char *path;
    const char *what;   /* "bundle", "folder", "proof" */
    size_t files, sums; /* sums: files that match SHA256SUMS */
    struct verify_findings findings[VERIFY_LEVELS];

    struct policy policy; /* what is trusted; its witnesses are those below */
    bool has_policy, authenticated;

    bool has_checkpoint, is_signed, has_root; /* the newest one; has_root: made again from tiles */
    bool is_foreign;                          /* signed, if at all, by keys that are not trusted */
    struct checkpoint checkpoint;
    struct policy_result newest;   /* what the policy says of it */
    char key[NOTE_KEY_TEXT_BYTES]; /* that signed it */

    bool has_asked; /* the manifest's range; a claim of who made the bundle */
    uint64_t asked_from, asked_to;

    uint64_t entries, first, last; /* proven to stand in the tree; not always without gaps */
    uint64_t pruned;               /* announced by an entry of the log */
    uint64_t tiles, checkpoints, proofs;

    uint64_t timed, boots, opaque; /* entries with a claimed time; those that are no JSON object */
    struct utc earliest, latest;

    /* The earliest over all entries here, and over those asked for; the newest there is. */
    struct verify_bound whole, asked, part;
    uint64_t allowed_tail; /* newest entries that may still be without a quorum */
    struct verify_witness witnesses[LIMIT_POLICY_WITNESSES];
};

__attribute__((format(printf, 3, 4))) void
verify_report_add(struct verify_report *report, enum verify_level level, const char *format, ...);
enum verify_exit verify_report_exit(const struct verify_report *report);
void verify_report_print(const struct verify_report *report);
/* False if it did not fit. */
bool verify_report_json(const struct verify_report *report);

/* Entries of the ledger: one JSON object each, whose exact bytes are the leaf. The members of every
 * kind are documented in etalon-ledger(5).
 *
 * Invariant: an entry of a record is a function of (head, record, names of the sources), so that
 * whoever has the raw bytes can make the readable members again and compare (`etalon replay`). */
#pragma once

#include "config/config.h"
#include "jobs/record.h"

enum { ENTRY_VERSION = 1, ENTRY_BYTES = 65535 };

struct entry_head {
    const char *kind;
    const char *job;     /* who says so */
    int32_t pid;         /* that the kernel vouches for; 0: unknown */
    const char *boot;    /* boot id: the counter means nothing without it */
    uint32_t sequence;   /* of what that process posted; 0: the recorder's own */
    struct mono counter; /* when it was posted */
    bool has_time;       /* Etalon's interval at that counter: */
    struct utc utc;
    double radius_s;
};

/* Of a record. ERR_FULL: does not fit ENTRY_BYTES; else as record_parse: what the bytes say is not
 * a record, and the entry has them as "raw" alone, under the kind "malformed" (it is made all the
 * same, *length tells). */
enum err entry_of_record(const struct entry_head *head, const struct message_record *record,
                         const struct config *config, char out[ENTRY_BYTES + 1], size_t *length);

/* The recorder's own entries: the head, then what `fill` adds. ERR_FULL. */
struct json;
MUST_USE enum err entry_of(const struct entry_head *head,
                           void (*fill)(struct json *json, const void *context),
                           const void *context, char out[ENTRY_BYTES + 1], size_t *length);

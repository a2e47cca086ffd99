/* Entries of the ledger, read with json-c. (base/json writes JSON; its names and json-c's do not go
 * into one file.) An entry is what somebody else wrote: depth, types and ranges are checked, and
 * texts come out without control characters. Unknown kinds and members are passed over. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/times.h"
#include "ledger/merkle.h"

enum {
    ETALON_ENTRY_WORD_BYTES = 40, /* of a kind, a job, a boot id */
    ETALON_ENTRY_NAME_BYTES = 256,
    ETALON_ENTRY_WHY_BYTES = 160,
};

struct json_object;

struct etalon_entry {
    uint64_t index;
    struct merkle_hash leaf;
    const char *bytes; /* exact, not terminated; of whoever reads the ledger */
    size_t length;
    char kind[ETALON_ENTRY_WORD_BYTES], job[ETALON_ENTRY_WORD_BYTES], boot[ETALON_ENTRY_WORD_BYTES];
    char source[ETALON_ENTRY_NAME_BYTES]; /* that it speaks of; empty: none */
    int64_t pid, sequence, counter;
    bool has_utc; /* Etalon's own interval when it was recorded: a claim */
    struct utc utc;
    double radius_s;
    struct json_object *root;
};

/* Fills all but index and leaf, which are kept. False: what is wrong stands in why, and nothing is
 * to be freed. */
bool etalon_entry_read(const void *bytes, size_t length, struct etalon_entry *out,
                       char why[ETALON_ENTRY_WHY_BYTES]);
void etalon_entry_free(struct etalon_entry *entry);

/* Members. A dot leads into an object: "line.rate". False (and *out untouched) if it is not there
 * or of another type; a number must be finite. */
bool etalon_entry_int(const struct etalon_entry *entry, const char *key, int64_t *out);
bool etalon_entry_number(const struct etalon_entry *entry, const char *key, double *out);
bool etalon_entry_bool(const struct etalon_entry *entry, const char *key);
/* The text as it is, not for a terminal; NULL: it is none, or has a zero in it. */
const char *etalon_entry_raw(const struct etalon_entry *entry, const char *key);
/* Printable ASCII, cut to room; empty if it is no text. Returns out. (etalon_entry_text.c) */
const char *etalon_entry_text(const struct etalon_entry *entry, const char *key, char *out,
                              size_t room);
/* The very text of a member, newlines and all, zero-terminated; to be freed. False: it is no text,
 * or has a zero byte in it. */
bool etalon_entry_string(const struct etalon_entry *entry, const char *key, char **out,
                         size_t *length);
bool etalon_entry_utc(const struct etalon_entry *entry, const char *key, struct utc *out);
/* How many elements an array has; 0 if it is none. */
size_t etalon_entry_count(const struct etalon_entry *entry, const char *key);
/* Each member in turn: its name and its value as compact JSON, or the text itself of a string. */
void etalon_entry_each(const struct etalon_entry *entry,
                       void (*visit)(void *context, const char *key, const char *value),
                       void *context);

/* The story that entries tell: what changed stands by itself, what is routine is summed up, and
 * what does not fit together is found. Entries go in, in the order of the log; rows come out. */
#pragma once

#include "main/etalon_entry.h"

enum etalon_timeline_weight {
    ETALON_TIMELINE_ROUTINE, /* a summary of many entries */
    ETALON_TIMELINE_CHANGE,
    ETALON_TIMELINE_WARNING,
    ETALON_TIMELINE_FINDING, /* an alarm, or entries that contradict each other */
};

enum {
    ETALON_TIMELINE_TEXT_BYTES = 600,
    ETALON_TIMELINE_PENDING = 64, /* intents that wait for their effect */
    ETALON_TIMELINE_FILES = 16,   /* configuration files whose hash is remembered */
};

struct etalon_timeline_row {
    const struct etalon_entry *entry; /* what the row is proven by; its root may be gone */
    uint64_t last;                    /* of a summary: up to which entry; else the entry */
    uint64_t other;                   /* the intent of an effect; UINT64_MAX: none */
    enum etalon_timeline_weight weight;
    const char *what; /* its kind, or "routine", "step", "finding", ... */
    const char *rule; /* of a finding: which; else NULL */
    bool no_leaf;     /* the entry is not here */
    char text[ETALON_TIMELINE_TEXT_BYTES];
};

struct etalon_timeline_pending {
    int64_t number;
    uint64_t index;
    double frequency, offset_s;
    char act[16];
    struct etalon_entry entry; /* without its root */
};

struct etalon_timeline_file {
    char name[ETALON_ENTRY_NAME_BYTES], sha256[80];
};

/* What is routine and was not told yet. */
struct etalon_timeline_sum {
    struct etalon_entry first; /* without its root */
    uint64_t last, samples, receipts, dropped, journals, corrections, notices, offsets, others,
        parts, roles, overtaken;
    double largest_s;    /* offset of a sample */
    double correction_s; /* largest one of the line */
    char source[ETALON_ENTRY_NAME_BYTES];
    bool any;
};

struct etalon_timeline_story {
    void (*show)(void *context, const struct etalon_timeline_row *row);
    void *context;
    int64_t period_ns; /* by the local counter, that a summary spans at most; 0: any */
    struct etalon_timeline_sum sum;
    /* The keeper whose intents are followed: */
    char boot[ETALON_ENTRY_WORD_BYTES];
    int64_t keeper;      /* its process */
    bool from_beginning; /* its first intent was seen */
    int64_t least;       /* number of an intent that was seen; 0: none yet */
    struct etalon_timeline_pending pending[ETALON_TIMELINE_PENDING];
    size_t pending_count;
    struct etalon_timeline_file files[ETALON_TIMELINE_FILES];
    size_t file_count, findings;
};

void etalon_timeline_story_init(struct etalon_timeline_story *story,
                                void (*show)(void *context, const struct etalon_timeline_row *row),
                                void *context);
void etalon_timeline_story_take(struct etalon_timeline_story *story,
                                const struct etalon_entry *entry);
/* Entries from first to last cannot be told, and why; a finding if there is a rule for it. leaf:
 * NULL if nothing is here. */
void etalon_timeline_story_lack(struct etalon_timeline_story *story, uint64_t first, uint64_t last,
                                const struct merkle_hash *leaf, const char *rule, const char *text);
/* What is left: the last summary, and intents without an effect. */
void etalon_timeline_story_end(struct etalon_timeline_story *story);

/* Records: what jobs tell the recorder, each of which becomes one entry of the ledger.
 *
 * `bytes` is the machine's own encoding, from which the readable members of an entry are made and
 * which `etalon replay` reads; see etalon-ledger(5). A record is a report, never a request, but for
 * an intent: the keeper waits until that is durable (MESSAGE_RECORDED). */
#pragma once

#include "base/err.h"
#include "clock/leap.h"
#include "jobs/message.h"

enum record_kind {
    RECORD_BEGIN = 1,   /* keeper: what it starts with */
    RECORD_JOURNAL,     /* keeper: inputs, for replay (jobs/journal) */
    RECORD_SAMPLE,      /* keeper: an exchange as it was taken */
    RECORD_INTENT,      /* keeper: what will be done */
    RECORD_EFFECT,      /* keeper: what was done, read back */
    RECORD_VERDICT,     /* keeper: the verdict on a source changed */
    RECORD_RECEIPT,     /* source: a packet came */
    RECORD_ASSOCIATION, /* source: the state of an association changed */
    RECORD_KEYING,      /* keyer: a new cookie key */
    RECORD_PROCESS,     /* parent: a job started, is ready, or ended */
    RECORD_NOTICE,      /* any job: a line of its log, alarms among them */
    RECORD_REQUEST,     /* status: somebody asked for something on the control socket */
    RECORD_EVIDENCE,    /* parent: a part of the proof that a Roughtime server lied */
    RECORD_KIND_COUNT
};

/* Stable names, as in an entry's "kind". */
const char *record_kind_name(enum record_kind kind);

/* Everything that the decisions of a keeper follow from beside its inputs and the configuration. */
struct record_begin {
    bool steers, has_drift, continued;
    struct message_drift drift; /* if has_drift */
    struct clock_state page;    /* if continued: of the keeper before */
    struct leap_table leaps;
};

enum {
    RECORD_JOURNAL_BYTES = 3000,
    RECORD_DIGEST_BYTES = 32,
    RECORD_VERDICTS = LIMIT_SOURCES + 1, /* the local reference stands behind the sources */
    RECORD_REQUEST_BYTES = 48,
};

struct record_journal {
    uint16_t events;
    /* SHA-256 chain over all that the keeper did since its start, see jobs/journal. */
    uint8_t digest[RECORD_DIGEST_BYTES];
    uint16_t length;
    uint8_t bytes[RECORD_JOURNAL_BYTES];
};

struct record_sample {
    struct mono now; /* when the keeper took it */
    struct exchange exchange;
};

enum record_act {
    RECORD_ACT_LINE,        /* the line is bent towards a new target */
    RECORD_ACT_STEP,        /* the line is drawn for the first time, or stepped */
    RECORD_ACT_KERNEL_STEP, /* CLOCK_REALTIME is stepped */
    RECORD_ACT_COUNT
};
const char *record_act_name(enum record_act act);

struct record_intent {
    uint32_t number; /* counts on from the counter in ms at the keeper's start */
    uint8_t act;     /* enum record_act */
    struct mono now;
    double offset_s;    /* the target minus the line now; KERNEL_STEP: what will be added */
    double frequency;   /* s/s: rate of the line over the counter, without the slew */
    double radius_s;    /* of the line on its way and at its target, now */
    double radius_rate; /* s/s */
    uint64_t updates;
    uint16_t voters, agreeing;
    uint16_t reference;                /* source; UINT16_MAX: none */
    uint16_t count;                    /* of verdicts */
    uint8_t verdicts[RECORD_VERDICTS]; /* enum verdict by source */
};

struct record_effect {
    uint32_t number; /* of the intent that it carries out */
    struct mono now;
    struct clock_state line; /* read back from the clock page */
    bool steers;             /* the rest speaks of the kernel's clock */
    double kernel_asked;     /* s/s: frequency last asked for */
    bool has_kernel_read;
    double kernel_read;     /* s/s: the frequency that it says it has */
    double kernel_offset_s; /* CLOCK_REALTIME minus Etalon's UTC */
};

struct record_verdict {
    uint8_t before; /* enum verdict */
    struct message_verdict verdict;
};

enum record_fate { RECORD_FATE_RUNS, RECORD_FATE_EXITED, RECORD_FATE_KILLED, RECORD_FATE_COUNT };
const char *record_fate_name(enum record_fate fate);

struct record_process {
    uint8_t fate;                   /* enum record_fate */
    uint8_t code;                   /* exit code, or number of the signal; 0: it runs */
    struct message_process process; /* pid: also of one that ended */
};

struct record_receipt {
    uint8_t err; /* enum err: ERR_OK, or why the packet was dropped */
    struct addr from, local;
    struct mono sent, received;
    double sent_error_s, received_error_s; /* of those stamps */
    struct utc pivot;                      /* of the NTP era */
    bool kernel_stamp, nts;
    uint16_t source, request_length, reply_length;
    uint8_t request[RECORD_REQUEST_BYTES]; /* header; "": no request was out */
    uint8_t reply[LIMIT_DATAGRAM_BYTES];
};

struct record_notice {
    uint8_t level; /* enum log_level */
    char text[LIMIT_LOG_LINE_BYTES];
};

/* A request on the control socket. */
struct record_request {
    uint32_t uid;
    int32_t pid;
    char text[LIMIT_LOG_LINE_BYTES];
};

struct record {
    enum record_kind kind;
    union {
        struct record_begin begin;
        struct record_journal journal;
        struct record_sample sample;
        struct record_intent intent;
        struct record_effect effect;
        struct record_verdict verdict;
        struct record_receipt receipt;
        struct message_association association;
        struct message_keying keying;
        struct record_process process;
        struct record_notice notice;
        struct record_request request;
        struct message_evidence evidence;
    };
};

/* Encodes into a message of kind MESSAGE_RECORD (job, kind and bytes; sequence and counter are the
 * world's to fill in when it posts it). */
void record_build(const struct record *record, enum job_id job, struct message *out);
/* Decodes what stands in a message or in the "raw" of an entry. ERR_KIND, ERR_SHORT, ERR_TRAILING,
 * ERR_RANGE. */
MUST_USE enum err record_parse(enum record_kind kind, const uint8_t *bytes, size_t length,
                               struct record *out);

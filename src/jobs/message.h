/* Messages between jobs: typed questions and reports, never commands to do something privileged.
 *
 * In one process they travel as structs; between processes encoded (message_build/parse), and the
 * receiving side trusts them no more than a peer's packet. Having the write end of a job's mailbox
 * is the right to talk to it; see ARCHITECTURE.md for who has which. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/limits.h"
#include "clock/clock_page.h"
#include "clock/exchange.h"
#include "proto/nts_client.h"

enum job_id {
    JOB_PARENT,
    JOB_KEEPER,
    JOB_SOURCE,
    JOB_SERVER,
    JOB_RESOLVER,
    JOB_STATUS,
    JOB_ROUGHTIME,
    JOB_WITNESS,
    JOB_KEYER,
    JOB_RECORDER,
    JOB_MIRROR,
    JOB_COUNT
};

/* Lower-case name: "keeper". */
const char *message_job_name(enum job_id job);

enum message_kind {
    MESSAGE_EXCHANGE = 1, /* source   -> keeper    a measurement */
    MESSAGE_FORGET,       /* source   -> keeper    an association moved to another server */
    MESSAGE_POLL,         /* keeper   -> source    how often to ask */
    MESSAGE_RESOLVE,      /* source   -> resolver  a name to look up */
    MESSAGE_RESOLVED,     /* resolver -> source    its addresses */
    MESSAGE_DRIFT,        /* keeper   -> parent    frequency to be kept across restarts */
    MESSAGE_TRACKING,     /* keeper   -> status    the timescale */
    MESSAGE_VERDICT,      /* keeper   -> status    what is thought of one source */
    MESSAGE_ASSOCIATION,  /* source   -> status    what passed between us and one server */
    MESSAGE_SERVING,      /* server   -> status    requests and drops */
    MESSAGE_PROCESS,      /* parent   -> status    a job's process */
    MESSAGE_ASK,          /* client   -> status    show me (control socket) */
    MESSAGE_END,          /* status   -> client    that was all (control socket) */
    MESSAGE_NTS_WANT,     /* source   -> keyer     keys for one association */
    MESSAGE_NTS_GRANT,    /* keyer    -> source    the keys, or why there are none */
    MESSAGE_NTS_KEEP,     /* source   -> parent    keys to be kept across restarts */
    MESSAGE_NTS_DUMP,     /* keyer    -> parent    cookie keys to be kept, as the file's text */
    MESSAGE_KEYING,       /* keyer    -> status    key establishments */
    MESSAGE_BOUND,        /* witness  -> keeper, keyer  what Roughtime servers proved */
    MESSAGE_EVIDENCE,     /* witness  -> parent    a part of the proof that one of them lied */
    MESSAGE_ROUGHTIME,    /* roughtime -> status   requests, batches, drops */
    MESSAGE_RECORD,       /* any job  -> recorder  an entry for the ledger */
    MESSAGE_RECORDED,     /* recorder -> keeper    whether an intent is durable */
    MESSAGE_LEDGER,       /* recorder -> status    how the ledger stands */
    MESSAGE_KIND_COUNT
};

struct message_poll {
    uint16_t source;
    int8_t poll_log2s;
};

struct message_resolve {
    uint16_t source;
    char name[LIMIT_HOST_NAME_BYTES];
};

struct message_resolved {
    uint16_t source;
    uint8_t count;                          /* 0: the look-up failed, try again later */
    struct addr addresses[LIMIT_ADDRESSES]; /* port 0 */
};

struct message_drift {
    double frequency;       /* s/s: rate of the line over the counter */
    double frequency_error; /* s/s: half width of what it may be */
};

enum tracking_mode {
    TRACKING_STARTING,  /* no agreement yet */
    TRACKING_LOCKED,    /* a majority agrees and the line follows it */
    TRACKING_HOLDOVER,  /* agreement was lost; the bound grows */
    TRACKING_WITHDRAWN, /* the bound cannot be shown any more */
};
const char *message_tracking_name(enum tracking_mode mode);

struct message_tracking {
    struct clock_state clock;               /* as published */
    struct mono now;                        /* when this was written */
    uint8_t mode;                           /* enum tracking_mode */
    uint16_t sources, selectable, agreeing; /* configured; with a usable interval; truechimers */
    uint16_t reference;         /* index of the source that gives root delay; UINT16_MAX: none */
    double offset_s;            /* last estimate minus line: what is still to be slewed */
    double jitter_s;            /* of that estimate, one sigma */
    double frequency_error;     /* s/s: half width */
    double slew_rate;           /* s/s: works off the offset, beside line.rate */
    bool steers;                /* the kernel clock is steered */
    double kernel_offset_s;     /* CLOCK_REALTIME minus Etalon's UTC at now */
    double kernel_frequency;    /* s/s: last frequency asked of the kernel */
    uint64_t kernel_steps_seen; /* CLOCK_REALTIME moved by somebody else */
    double kernel_step_last_s;  /* by how much, last */
    struct mono kernel_step_at;
    uint64_t updates; /* of the line by evidence */
    uint64_t steps;   /* of the line: only where makestep allows it */
    uint64_t alarms;  /* contradictions between the sources' majority and the oscillator */
    bool leap_table_valid;
};

/* Why a source is or is not used, in the order of the tests. */
enum verdict {
    VERDICT_NO_DATA,     /* nothing usable received yet, or too long ago */
    VERDICT_NOSELECT,    /* measured only */
    VERDICT_DISTANT,     /* root distance over maxdistance, or no stratum left below it */
    VERDICT_FALSETICKER, /* its interval misses what the majority agrees on */
    VERDICT_UNAGREED,    /* there is no majority */
    VERDICT_OUTLIER,     /* agrees, but clustering found better ones */
    VERDICT_SURVIVOR,    /* takes part in the combination */
    VERDICT_REFERENCE,   /* the survivor with the least root distance */
    VERDICT_COUNT
};
const char *message_verdict_name(enum verdict verdict);

struct message_verdict {
    uint16_t source; /* config source_count: the local reference */
    uint8_t verdict; /* enum verdict */
    uint8_t stratum, leap;
    uint32_t reference_id;
    uint16_t samples;
    double offset_s;         /* estimate minus line, now */
    double lower_s, upper_s; /* the source's interval around the line, now */
    double jitter_s, delay_s;
    double root_delay_s, root_dispersion_s;
    double weight;    /* in the combination, 0..1 */
    double frequency; /* s/s, of the source's estimate minus the line's rate */
    struct mono last; /* newest exchange (t4); 0 ns: none */
};

enum association_state {
    ASSOCIATION_RESOLVING,
    ASSOCIATION_POLLING,
    ASSOCIATION_REFUSED,
    ASSOCIATION_STATE_COUNT
};
const char *message_association_name(enum association_state state);

/* How far an association is with its keys. */
enum association_auth {
    ASSOCIATION_AUTH_NONE,   /* plain NTP, as configured */
    ASSOCIATION_AUTH_KEYING, /* no keys yet */
    ASSOCIATION_AUTH_KEYED,
    ASSOCIATION_AUTH_SPENT, /* keys, but no cookie left to ask with */
    ASSOCIATION_AUTH_COUNT
};
const char *message_auth_name(enum association_auth auth);

struct message_association {
    uint16_t source;
    uint8_t state; /* enum association_state; REFUSED: kiss DENY or RSTR */
    char name[LIMIT_HOST_NAME_BYTES];
    struct addr addr;
    int8_t poll_log2s;
    uint8_t reach;           /* RFC 5905 section 9.2: last eight polls, newest in bit 0 */
    uint64_t sent, received; /* received: good replies */
    uint64_t kisses;
    uint64_t drops[ERR_COUNT];
    uint8_t last_drop;  /* enum err, ERR_OK if none */
    bool kernel_stamps; /* the last good reply had kernel stamps both ways */
    uint8_t auth;       /* enum association_auth */
    uint8_t cookies;    /* left */
    uint8_t
        last_refusal; /* enum err: why the last key establishment failed, ERR_OK if it did not */
    uint64_t naks, establishments, establishments_failed;
};

struct message_serving {
    uint8_t instance;                      /* of the server jobs, 0.. */
    uint64_t received, replied, withdrawn; /* withdrawn: replies with LI = 3 */
    uint64_t drops[ERR_COUNT];
    bool withdrawing;
    uint64_t nts_received, nts_replied, nts_naks; /* replied: authenticated ones */
};

struct message_process {
    uint8_t job, instance; /* enum job_id */
    int32_t pid;           /* 0: not running */
    uint32_t restarts;
    char sandbox[96]; /* what was achieved, for people */
};

/* UTC at the counter reading `at` is inside [low, high], signed by independent servers. */
struct message_bound {
    struct mono at;
    struct utc low, high;
};

enum { MESSAGE_EVIDENCE_BYTES = 1024 };

struct message_evidence {
    uint32_t offset, total; /* in the text of the report */
    uint16_t length;
    uint8_t bytes[MESSAGE_EVIDENCE_BYTES];
};

struct message_roughtime {
    uint64_t requests, replies, batches;
    uint64_t greased;              /* replies spoilt on purpose, counted in replies too */
    uint64_t connections;          /* taken over TCP */
    uint64_t connections_cut;      /* refused, too slow, or talked nonsense */
    uint64_t drops[ERR_COUNT];     /* requests without a reply */
    int64_t delegation_ends_utc_s; /* MAXT of the delegation */
    bool silent;                   /* no bound can be shown, or the delegation is not in force */
};

struct message_nts_want {
    uint16_t source;
    char name[LIMIT_HOST_NAME_BYTES]; /* that the certificate must cover */
    struct addr addr;                 /* where to ask, with port */
};

struct message_nts_grant {
    uint16_t source;
    uint8_t err;      /* enum err; the rest but addr only counts with ERR_OK */
    struct addr addr; /* who was asked, with port */
    struct nts_credentials credentials;
    char server[LIMIT_HOST_NAME_BYTES]; /* NTP server to ask; "": the host that gave the keys */
    uint16_t port;                      /* its NTP port */
};

/* What one association needs to go on after a restart without a new key establishment. */
struct message_nts_keep {
    char name[LIMIT_HOST_NAME_BYTES]; /* as configured, */
    uint16_t ke_port;                 /* and these two tell associations apart */
    uint8_t member;
    struct addr host, server; /* gave the keys; is asked for time; both with port */
    int64_t age_ns;           /* of the keys */
    struct nts_credentials credentials;
    char covers[LIMIT_HOST_NAME_BYTES]; /* name that the keys are for; "": only for that server */
};

struct message_nts_dump {
    uint16_t length;
    char text[NTS_KEYS_TEXT_BYTES];
};

struct message_keying {
    uint64_t accepted, refused; /* connections; refused: too many, in all or from one address */
    uint64_t served;            /* clients that got keys */
    uint64_t drops[ERR_COUNT];  /* those that got none */
    uint16_t open;              /* now */
    uint64_t asked, granted;    /* key establishments of our own */
    bool has_keys;
    uint32_t key_id; /* of the current cookie key */
    int64_t key_age_ns;
    uint64_t rotations;
    int64_t certificate_ends_utc_s; /* 0: no certificate */
};

enum { MESSAGE_RECORD_BYTES = 3800 };

/* See jobs/record for what the bytes are. */
struct message_record {
    uint8_t job;         /* enum job_id: who says so */
    uint8_t kind;        /* enum record_kind */
    uint32_t sequence;   /* of what that process posted, from 1; a gap is a loss */
    struct mono counter; /* when it was posted */
    uint16_t length;
    uint8_t bytes[MESSAGE_RECORD_BYTES];
};

struct message_recorded {
    uint32_t intent; /* its number */
    uint8_t err;     /* enum err: ERR_OK, or why it is not durable */
};

struct message_ledger {
    uint64_t entries;         /* durable */
    uint64_t published;       /* in the last checkpoint */
    struct mono published_at; /* when it was signed */
    uint64_t cosigned;        /* size of the newest checkpoint that enough witnesses cosigned */
    uint64_t pruned;          /* the least index that is kept */
    uint64_t lost;            /* records that found no room, ever */
    bool failing;             /* the disk refuses */
};

struct message {
    enum message_kind kind;
    union {
        struct exchange exchange;
        uint16_t forget; /* source */
        struct message_poll poll;
        struct message_resolve resolve;
        struct message_resolved resolved;
        struct message_drift drift;
        struct message_tracking tracking;
        struct message_verdict verdict;
        struct message_association association;
        struct message_serving serving;
        struct message_process process;
        struct message_roughtime roughtime;
        struct message_bound bound;
        struct message_evidence evidence;
        struct message_nts_want nts_want;
        struct message_nts_grant nts_grant;
        struct message_nts_keep nts_keep;
        struct message_nts_dump nts_dump;
        struct message_keying keying;
        struct message_record record;
        struct message_recorded recorded;
        struct message_ledger ledger;
    };
};

/* Whether messages of that kind hold keys, so that what they were in is to be wiped. */
bool message_is_secret(enum message_kind kind);
/* Copies what that kind uses: a message is as large as its largest kind. */
void message_copy(struct message *to, const struct message *from);
/* Encodes; returns the length (<= LIMIT_MESSAGE_BYTES, always fits). Ranges are the reader's
 * affair. Of an address only what its family uses is sent; of resolved ones no port. */
size_t message_build(const struct message *message, uint8_t out[LIMIT_MESSAGE_BYTES]);
/* Decodes and checks every range: enums, source < LIMIT_SOURCES (for a verdict also LIMIT_SOURCES,
 * the local reference), finite doubles with their signs, |rate| <= 1, times within 2^62 ns of zero
 * (void_after and next_leap may be INT64_MAX), the invariants of struct exchange, texts that fit
 * and hold no control characters. ERR_KIND, ERR_SHORT, ERR_TRAILING, ERR_RANGE. */
MUST_USE enum err message_parse(const uint8_t *bytes, size_t length, struct message *out);

/* What the operator asked for: the whole configuration as plain values, after all checks.
 * Filled by config/parse through the option table (config/option); nothing else writes it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/limits.h"

/* Where a directive stands: for messages. line and column count from 1. */
struct config_place {
    char file[LIMIT_PATH_BYTES];
    uint32_t line, column;
};

struct config_source {
    char name[LIMIT_HOST_NAME_BYTES]; /* host name or numeric address, as written */
    struct addr addr;                 /* set (with port) if name is numeric, else ADDR_NONE */
    uint16_t port;
    bool is_pool;
    uint8_t pool_member; /* 0.. within the pool; 0 for a server */
    bool iburst, trust, require, prefer, noselect;
    bool nts;          /* authenticated by NTS (RFC 8915), or not asked at all */
    uint16_t nts_port; /* TCP port of its key establishment */
    uint8_t version;   /* NTP version to send: 3 or 4 */
    int8_t minpoll_log2s, maxpoll_log2s;
    double offset_s; /* correction the operator declares for this source */
    uint32_t line;   /* of the directive */
};

/* A Roughtime server that is asked. */
struct config_roughtime {
    struct addr addr; /* with port */
    uint8_t key[32];  /* long-term public key */
};

struct config_local {
    bool enabled;
    uint8_t stratum;
    double distance_s; /* used when the timescale's radius exceeds this (chrony's meaning) */
    double offset_s;   /* added to the host clock: a declared error of it */
    double bound_s;    /* the host clock + offset is taken to be right within this */
};

/* Network Time Security: what this host offers as a server, and whom it trusts as a client. */
struct config_nts {
    char server_cert[LIMIT_PATH_BYTES]; /* PEM chain; empty: no NTS server */
    char server_key[LIMIT_PATH_BYTES];
    char ntp_server[LIMIT_HOST_NAME_BYTES]; /* told to clients; empty: the host they are talking to
                                             */
    char dump_dir[LIMIT_PATH_BYTES];        /* cookie keys and our own cookies; empty: not kept */
    char fleet_secret[LIMIT_PATH_BYTES];    /* empty: cookie keys are random */
    char trusted[LIMIT_PATH_BYTES];         /* file or directory, beside the system's */
    bool no_system_certs;
    uint16_t port;            /* key establishment, TCP */
    uint16_t connections_max; /* at one time */
    uint32_t rotate_s;        /* life of a cookie key; 0: managed by somebody else */
    uint32_t refresh_s;       /* a client's keys are renewed after this */
};

/* The ledger: evidence of what was measured, decided and done. */
struct config_ledger {
    char dir[LIMIT_PATH_BYTES];        /* empty: no ledger is kept */
    char key[LIMIT_PATH_BYTES];        /* signs its checkpoints */
    char former_key[LIMIT_PATH_BYTES]; /* empty, or the key before it: a rotation is finished */
    char policy[LIMIT_PATH_BYTES];     /* of its witnesses; empty: none */
    uint32_t keep;                     /* entries; older ones are pruned; 0: all are kept */
    uint16_t port;                     /* public/ is served over HTTP on loopback; 0: not */
};

struct config_access_rule {
    bool allow;
    struct addr net; /* family ADDR_NONE: every address */
    uint8_t prefix_bits;
};

struct config {
    /* One entry for each association: a pool stands here pool_size times. */
    struct config_source sources[LIMIT_SOURCES];
    uint32_t source_count;
    struct config_local local;
    struct config_access_rule access[LIMIT_ACCESS_RULES];
    uint32_t access_count;
    bool serves;                            /* some allow rule exists, so the NTP port is opened */
    struct addr bind[LIMIT_BIND_ADDRESSES]; /* none: any IPv4 and any IPv6 */
    uint32_t bind_count;
    uint16_t port; /* NTP server port; 0: do not serve */
    uint8_t server_jobs;
    char user[LIMIT_USER_NAME_BYTES];     /* empty: stay who we are */
    char drift_file[LIMIT_PATH_BYTES];    /* empty: none */
    char leap_file[LIMIT_PATH_BYTES];     /* empty: none */
    char status_socket[LIMIT_PATH_BYTES]; /* empty: none */
    double makestep_threshold_s;          /* 0: never step */
    int32_t makestep_limit;               /* updates in which steps are allowed; < 0: always */
    double max_slew_rate;                 /* s/s */
    double max_change_s;                  /* largest change of an update; 0: no limit */
    int32_t max_change_start, max_change_ignore;
    double max_distance_s;  /* of a source: root distance at which it is refused */
    double max_clock_error; /* s/s: tolerance of the oscillator (RFC 5905 PHI) */
    double max_drift;       /* s/s: largest frequency error of the oscillator */
    double max_bound_s;     /* served time is withdrawn beyond this radius */
    uint32_t min_sources;
    struct config_nts nts;
    struct config_ledger ledger;
    /* Roughtime: served where a delegation is named; the access rules hold for it too. */
    char roughtime_delegation[LIMIT_PATH_BYTES]; /* empty: not served */
    uint16_t roughtime_port;                     /* UDP and TCP; 0: not served there */
    uint16_t roughtime_old_port;                 /* UDP and TCP beside it; 0: none */
    struct config_roughtime roughtime[LIMIT_ROUGHTIME_SERVERS]; /* asked: none, or at least 3 */
    uint32_t roughtime_count;
    char roughtime_reports[LIMIT_PATH_BYTES]; /* directory for evidence; empty: none */
    double roughtime_grease;                  /* probability that a reply is spoilt on purpose */
    uint8_t roughtime_context; /* enum config_roughtime_context: what version 1 is signed with */
};

/* The RFC's text writes "Roughtime v1 ...", the vectors of its Appendix B "RoughTime v1 ...". */
enum config_roughtime_context { CONFIG_ROUGHTIME_RFC, CONFIG_ROUGHTIME_APPENDIX_B };

/* The built-in defaults, before any directive. */
void config_default(struct config *config);

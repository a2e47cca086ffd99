/* Every limit of the system, with its unit last in the name. Memory is sized from these and from
 * the configuration at start; nothing grows afterwards. */
#pragma once

#include <stdint.h>

enum {
    LIMIT_SOURCES = 64,             /* associations, pools counted by their members */
    LIMIT_POOL_SOURCES = 16,        /* members of one pool */
    LIMIT_POOL_SOURCES_DEFAULT = 4, /* chrony's default of maxsources */
    LIMIT_SAMPLES = 64,             /* exchanges kept for each source */
    LIMIT_TRACK_SAMPLES = 192,      /* exchanges kept for all sources together */
    LIMIT_ADDRESSES = 8,            /* addresses taken from one DNS answer */
    LIMIT_HOST_NAME_BYTES = 256,    /* with the terminating zero (RFC 1035: 253 characters) */
    LIMIT_PATH_BYTES = 256,
    LIMIT_USER_NAME_BYTES = 33,
    LIMIT_DATAGRAM_BYTES = 1500, /* larger datagrams are dropped whole */
    LIMIT_REPLY_BYTES = 1500,
    LIMIT_EXTENSION_FIELDS = 32, /* extension fields looked at in one packet */
    LIMIT_LEAPS = 128,           /* leap seconds in a table; 28 by 2026 */
    LIMIT_ACCESS_RULES = 256,
    LIMIT_BIND_ADDRESSES = 8,
    LIMIT_SERVER_JOBS = 16,
    LIMIT_MESSAGE_BYTES = 4096, /* one encoded message between jobs */
    LIMIT_LOG_LINE_BYTES = 256,
    LIMIT_OUTBOX_EFFECTS = 512,
    LIMIT_CONFIG_FILE_BYTES = 1 << 20,
    LIMIT_CONFIG_LINE_BYTES = 1024,
    LIMIT_CONFIG_DEPTH = 10, /* nested include */
    LIMIT_CONFIG_FILES = 256,
    LIMIT_STATUS_CLIENTS = 16,
    LIMIT_NTS_CONNECTIONS = 1024,       /* key establishments served at one time, at most */
    LIMIT_NTS_ADDRESS_CONNECTIONS = 16, /* of them from one address (IPv6: one /64) */
    LIMIT_NTS_HANDSHAKE_S = 5,          /* from accept to the last byte, whatever comes between */
    LIMIT_PEM_BYTES = 512 << 10,        /* certificates or a key read from one file */
    LIMIT_NTS_REQUEST_BYTES = 1232,     /* that we send: fits the least MTU of IPv6 (RFC 8200) */
    LIMIT_NTS_EPOCHS = 1 << 20,         /* that a fleet's secret is advanced over at one time */
    LIMIT_ROOT_DISTANCE_S = 16,    /* RFC 5905 MAXDISP: beyond it a server is not synchronised */
    LIMIT_STRATUM = 15,            /* RFC 5905 MAXSTRAT - 1 */
    LIMIT_POLL_MIN_LOG2S = -2,     /* 0.25 s: for LANs and simulations only */
    LIMIT_POLL_MAX_LOG2S = 17,     /* RFC 5905 MAXPOLL */
    LIMIT_ROUGHTIME_BATCH = 256,   /* requests under one signature */
    LIMIT_ROUGHTIME_TAGS = 32,     /* in one message; 7 are in use */
    LIMIT_ROUGHTIME_VERSIONS = 32, /* in VER (RFC 10049 section 5.1.1) */
    LIMIT_ROUGHTIME_DEPTH = 32,    /* hashes in PATH (RFC 10049 section 5.2.4) */
    LIMIT_ROUGHTIME_SIGNED_BYTES = 256,          /* SREP or DELE; 96 and 72 are in use */
    LIMIT_ROUGHTIME_MESSAGE_PADDED_BYTES = 1024, /* of a request (RFC 10049 section 5.1) */
    LIMIT_ROUGHTIME_REQUEST_MIN_BYTES = 1012,    /* message on UDP; some pad the packet to 1024 */
    LIMIT_ROUGHTIME_REQUEST_BYTES = 1036,        /* packet that the client sends */
    LIMIT_ROUGHTIME_REPLY_BYTES = 1024,          /* packet that the server sends */
    LIMIT_ROUGHTIME_RESPONSE_BYTES = 2048,       /* packet that the client takes */
    LIMIT_ROUGHTIME_SERVERS = 16,                /* in one chain */
    LIMIT_ROUGHTIME_WAIT_US = 1000,       /* for a batch to fill, while requests come in numbers */
    LIMIT_ROUGHTIME_GAP_US = 100,         /* without a request: the batch is signed */
    LIMIT_ROUGHTIME_CONNECTIONS = 64,     /* TCP, at one time */
    LIMIT_ROUGHTIME_HOST_CONNECTIONS = 8, /* of them from one address */
    LIMIT_ROUGHTIME_FRAME_MS = 5000, /* for a TCP client to complete a request or take a reply */
    LIMIT_ROUGHTIME_REPORT_BYTES = 1 << 18, /* of evidence as text */
    LIMIT_ROUGHTIME_PERIOD_S = 4 * 3600,    /* between two chains of questions */
    LIMIT_ROUGHTIME_WARN_S = 3 * 86400,     /* warning before the delegation ends */
    LIMIT_TLS_CERTIFICATES = 8,             /* chains of one server, told apart by their names */
    LIMIT_TLS_CHAIN_CERTIFICATES = 8,       /* certificates in one chain file */
    LIMIT_TLS_SERVER_INPUT_BYTES = 16384,   /* all that one client may send on a connection */
    LIMIT_TLS_CLIENT_INPUT_BYTES = 65536,   /* all that a server may: mostly its certificates */
    LIMIT_NTS_KE_REQUEST_BYTES = 1024,      /* records of a request; common clients send 16 to 40 */
    LIMIT_NTS_KE_RESPONSE_BYTES = 4096,
    LIMIT_RECEIPT_DROPS = 4,      /* dropped packets that are recorded for each request */
    LIMIT_NTS_COOKIES = 8,        /* RFC 8915 section 4.1.6: a server should send eight */
    LIMIT_NTS_COOKIE_BYTES = 256, /* a cookie of another server that we are willing to carry */
    /* etalon-witness */
    LIMIT_WITNESS_CONNECTIONS = 128,     /* served at one time */
    LIMIT_WITNESS_SITE_CONNECTIONS = 16, /* of them from one address (IPv6: one /64) */
    LIMIT_WITNESS_PATIENCE_S = 10,       /* for a request to come and its reply to be taken */
    LIMIT_WITNESS_LOGS = 64,             /* that one witness watches, or one `follow` */
    LIMIT_WITNESS_EVIDENCE_FILES = 256,  /* of each kind against one log, kept in one directory */
    LIMIT_WITNESS_FINDINGS_TOLD = 20,    /* log lines about findings in a minute */
    /* ledger/: notes, checkpoints, policies, witnesses */
    LIMIT_NOTE_BYTES = 128 << 10,       /* 16 post-quantum signatures and more fit */
    LIMIT_NOTE_SIGNATURES = 64,         /* at least 16 (signed-note) */
    LIMIT_NOTE_NAME_BYTES = 256,        /* name of a key, origin of a log; with the zero */
    LIMIT_CHECKPOINT_BODY_BYTES = 2048, /* with extension lines of other logs */
    LIMIT_URL_BYTES = 512,              /* with the zero */
    LIMIT_POLICY_BYTES = 256 << 10,
    LIMIT_POLICY_LOGS = 32, /* at least 32 of each (tlog-policy) */
    LIMIT_POLICY_WITNESSES = 32,
    LIMIT_POLICY_GROUPS = 32,
    LIMIT_WITNESS_PROOF_HASHES = 63,       /* in one request (tlog-witness) */
    LIMIT_WITNESS_LOG_KEYS = 8,            /* of one log: more than one while keys are rotated */
    LIMIT_WITNESS_SIGNERS = 4,             /* keys of one witness */
    LIMIT_WITNESS_LINES_BYTES = 2048,      /* cosignatures in one reply: a line for each signer */
    LIMIT_WITNESS_ANSWER_BYTES = 32 << 10, /* lines that we take from a witness */
    LIMIT_WITNESS_RECORD_BYTES = 8192,     /* a body, and a line for each signer and key */
    LIMIT_WITNESS_STALL_S = 3600,          /* without a cosignature, until it is a finding */
    /* ledger/bundle, ledger/entry_facts, etalon-verify */
    LIMIT_BUNDLE_MEMBERS = 1 << 17,          /* files in one bundle */
    LIMIT_BUNDLE_MEMBER_BYTES = 256 * 65537, /* the largest: 256 entries and their lengths */
    LIMIT_ENTRY_DEPTH = 32,                  /* objects and arrays inside each other */
    /* ledger/: the log on disk */
    LIMIT_LEDGER_BATCH_ENTRIES = 1024,     /* made durable by one sync */
    LIMIT_LEDGER_BATCH_BYTES = 256 << 10,  /* the same, with the journal's header */
    LIMIT_LEDGER_JOURNAL_BYTES = 16 << 20, /* entries that wait for a checkpoint; on disk */
    LIMIT_LEDGER_JOURNAL_MIN_BYTES = 2 * LIMIT_LEDGER_BATCH_BYTES,
    LIMIT_LEDGER_JOURNAL_MAX_BYTES = 1 << 30,
    LIMIT_LEDGER_KEEP_ENTRIES = 65536,    /* the newest, which are never pruned */
    LIMIT_LEDGER_PART_BUNDLES = 8,        /* written by one part of a publication */
    LIMIT_LEDGER_PRUNE_BUNDLES = 1024,    /* removed by one pruning */
    LIMIT_LEDGER_CHECKPOINT_BYTES = 4096, /* our own: a body and two signatures at most */
    LIMIT_LEDGER_VKEY_BYTES = 64 << 10,   /* all keys that a log ever had */
    /* the mirror, and findings of witnesses */
    LIMIT_MIRROR_CONNECTIONS = 32,   /* at one time; each may have a file open */
    LIMIT_MIRROR_HEAD_BYTES = 8192,  /* of a request: its first line and its fields */
    LIMIT_MIRROR_PATIENCE_S = 10,    /* for a whole request to come */
    LIMIT_MIRROR_RATE_BYTES = 65536, /* in a second, below which a reader is cut off */
    LIMIT_FINDING_BYTES = 4096,      /* one line of findings; the rest of it is left out */
    LIMIT_FINDINGS_LOOK = 2,         /* lines that are taken every five seconds */
    /* etalon stability */
    LIMIT_STABILITY_POINTS = 1 << 25, /* read from one file: a year of seconds is 31.5 million */
};

/* End of the delegations taken, seconds of UTC: in nanoseconds it still fits 63 bits (2242). */
#define LIMIT_ROUGHTIME_UTC_S (INT64_C(1) << 33)

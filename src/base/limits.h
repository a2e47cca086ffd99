/* Every limit of the system, with its unit last in the name. Memory is sized from these and from
 * the configuration at start; nothing grows afterwards. */
#pragma once

enum {
    LIMIT_SOURCES = 64,             /* associations, pools counted by their members */
    LIMIT_POOL_SOURCES = 16,        /* members of one pool */
    LIMIT_POOL_SOURCES_DEFAULT = 4, /* chrony's default of maxsources */
    LIMIT_SAMPLES = 32,             /* exchanges kept for each source */
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
    LIMIT_MESSAGE_BYTES = 2048, /* one encoded message between jobs */
    LIMIT_LOG_LINE_BYTES = 256,
    LIMIT_OUTBOX_EFFECTS = 512,
    LIMIT_CONFIG_FILE_BYTES = 1 << 20,
    LIMIT_CONFIG_LINE_BYTES = 1024,
    LIMIT_CONFIG_DEPTH = 10, /* nested include */
    LIMIT_CONFIG_FILES = 256,
    LIMIT_STATUS_CLIENTS = 16,
    LIMIT_ROOT_DISTANCE_S = 16, /* RFC 5905 MAXDISP: beyond it a server is not synchronised */
    LIMIT_STRATUM = 15,         /* RFC 5905 MAXSTRAT - 1 */
    LIMIT_POLL_MIN_LOG2S = -2,  /* 0.25 s: for LANs and simulations only */
    LIMIT_POLL_MAX_LOG2S = 17,  /* RFC 5905 MAXPOLL */
};

/* One association of the source job: when its server is asked, and what became of the replies
 * (RFC 5905 sections 9 and 13, the poll process; section 7.4, kiss-o'-death).
 *
 * It never touches another association and never gives up for good: a refusal ends after a time,
 * a raised poll interval sinks again. Which address it asks is decided in jobs/source. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/times.h"
#include "config/config.h"
#include "jobs/job.h"
#include "jobs/keying.h"
#include "jobs/receipts.h"
#include "proto/ntp_client.h"

/* An answer to MESSAGE_RESOLVE that is wanted, and how patiently. */
struct association_lookup {
    bool wanted;
    bool asked;       /* the resolver owes an answer */
    uint8_t owed;     /* answers to come for the present name, */
    uint8_t former;   /* and before them for another one: they are for nobody */
    bool for_host;    /* what is wanted is another host to ask for keys, not for time */
    bool told;        /* that it failed was logged */
    uint8_t tries;    /* since the last good reply */
    struct mono last; /* question, */
    struct mono at;   /* and when to ask next */
};

struct association {
    const struct config_source *config;
    struct ntp_client client;
    struct keying keying; /* NTS */
    struct receipts receipts;
    struct message_association report; /* as shown to status; .addr ADDR_NONE: has none yet */
    struct association_lookup lookup;
    struct mono poll_at;     /* next request */
    struct mono close_at;    /* end of the wait for a reply; MONO_NEVER: no socket is open */
    struct mono sent;        /* newest request */
    struct mono reported;    /* newest report, */
    struct mono report_at;   /* and the next one */
    struct mono floor_until; /* floor sinks by one then */
    double stretch;          /* 1..1.04: factor on the present wait */
    int8_t advice_log2s;     /* the keeper's */
    int8_t floor_log2s;      /* least poll, minpoll or what RATE made of it */
    uint8_t gaps_left;       /* short waits of a burst still to come */
    uint8_t unanswered;      /* polls since the last good reply; stops at 255 */
    uint8_t newest_drop;     /* enum err of the newest drop since the last good reply */
    uint8_t told;            /* what the log last said of it */
    bool kernel_sent;        /* the newest request was stamped by the kernel */
    uint32_t server_id;      /* reference id of whoever follows this server */
    struct addr local;       /* of the newest reply, */
    uint32_t local_id;       /* and the reference id that stands for it */
};

/* Reports at once, polls nothing until association_begin. refresh_s: age at which keys of NTS are
 * established anew. */
void association_init(struct association *a, const struct config_source *config, uint16_t index,
                      double refresh_s, struct mono now);
/* Asks at that address from `at` on, with all counters and estimates started afresh. */
void association_begin(struct association *a, const struct addr *addr, struct mono now,
                       struct mono at, struct outbox *outbox);
/* Under NTS: asks another address with the keys that it has, from now on. */
void association_redirect(struct association *a, const struct addr *addr, struct mono now,
                          struct outbox *outbox);
/* Under NTS: has no server, and asks for keys not before `at`. */
void association_decline(struct association *a, struct mono now, struct mono at,
                         struct outbox *outbox);
/* Under NTS: the keyer's answer. ERR_OK: *server is where to ask, and is to be given to
 * association_redirect; ADDR_NONE if keying.server has to be looked up first. */
MUST_USE enum err association_granted(struct association *a, const struct event *event,
                                      struct addr *server, struct outbox *outbox);
/* Has no address any more. */
void association_release(struct association *a, struct mono now, struct outbox *outbox);
/* The server does not want to be asked before `until`. */
void association_refuse(struct association *a, struct mono now, struct mono until,
                        struct outbox *outbox);
/* The keeper's advice, clamped to minpoll..maxpoll. A shorter wait brings the next poll forward. */
void association_advise(struct association *a, int8_t poll_log2s, struct mono now);

/* Asks or stops waiting, if it is time. At most 3 effects. */
void association_wake(struct association *a, const struct event *event, struct outbox *outbox);
void association_stamped(struct association *a, const struct event *event);
void association_unsent(struct association *a, const struct event *event, struct outbox *outbox);
/* A datagram: counted, and posted to the keeper if it is a measurement. At most 4 effects. ERR_OK,
 * or the reason for which it was dropped; *denied is set if the server refuses to be asked. */
enum err association_reply(struct association *a, const struct event *event, struct utc pivot,
                           bool *denied, struct outbox *outbox);

/* No good reply for so many polls that another address of its name is worth a try. */
bool association_lost(const struct association *a);
/* Tells status, if it is time. At most 1 effect. */
void association_report(struct association *a, struct mono now, struct outbox *outbox);
/* Gives what is to be kept across a restart to the parent. At most 1 effect. */
void association_stop(struct association *a, struct mono now, struct outbox *outbox);
/* When it wants to be woken. */
struct mono association_due(const struct association *a);
/* "name (address:port)", or the address alone where the name is one. */
enum { ASSOCIATION_LABEL_BYTES = LIMIT_HOST_NAME_BYTES + ADDR_TEXT_BYTES + 4 };
const char *association_label(const struct association *a, char out[ASSOCIATION_LABEL_BYTES]);

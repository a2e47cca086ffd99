/* The keys of one association under NTS: when they are asked of the keyer, what is done with its
 * answer, and what is kept across restarts (RFC 8915 sections 4 and 5.7).
 *
 * Invariants: an association that is to be authenticated sends nothing without a cookie, whatever
 * happens; what goes to a host are cookies that were granted for its name or address; two key
 * establishments are never closer than the wait for the last one, which doubles (with jitter) while
 * they fail.
 *
 * Who gives keys and who gives time are two hosts, each found and remembered for itself: of a name
 * with two addresses one may be silent for the one and not for the other. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "jobs/job.h"
#include "proto/nts_client.h"

struct keying {
    const struct config_source *config;
    double refresh_s;
    struct nts_client client;
    struct addr host;     /* whom to ask for keys, with port; ADDR_NONE: not known yet */
    struct addr asked_at; /* whom the keyer was told to ask */
    bool asked;           /* the keyer owes an answer */
    bool nak_counted;     /* of the newest request */
    uint8_t tries;        /* since the last establishment that went well */
    uint8_t naks_in_row;  /* answers of NTSN since the last good reply */
    struct mono at;       /* not to ask again before this */
    struct mono keep_at;  /* when cookies are to be given to the parent again */
    char server[LIMIT_HOST_NAME_BYTES]; /* name that the keys are for; "": the configured one */
    uint16_t server_port;
    bool fixed;   /* they are for one address, whatever a name says */
    bool looking; /* that name has to be looked up before anything is sent */
    uint64_t naks, establishments, failures;
    uint8_t last_refusal; /* enum err */
};

void keying_init(struct keying *keying, const struct config_source *config, double refresh_s,
                 struct mono now);
bool keying_wanted(const struct keying *keying); /* this association is to be authenticated */
/* Keys can be asked for at that address (any port). */
void keying_host(struct keying *keying, const struct addr *host);
/* Any host of the configured name may be asked for keys; of a pool's name each is one for itself.
 */
bool keying_by_name(const struct keying *keying);
/* There are keys, and they are good at every address of the configured name. */
bool keying_covers_name(const struct keying *keying);
/* Forgets keys, cookies and the host. */
void keying_forget(struct keying *keying, struct mono now);

/* When a request to that server is due: posts a question to the keyer if it is time for one. At
 * most 1 effect. */
void keying_ask(struct keying *keying, uint16_t source, const struct addr *server,
                const struct event *event, struct outbox *outbox);
/* Whether a request can be sent. If not, when to look again. */
bool keying_ready(const struct keying *keying);
struct mono keying_retry(const struct keying *keying, struct mono now);

/* The keyer's answer. *server comes as who is asked for time. ERR_OK:
 * keys and cookies were taken, and *server is where to ask with them, who was asked before if they
 * are good there; ADDR_NONE if keying->server has to be looked up first. Else why there are none.
 */
MUST_USE enum err keying_grant(struct keying *keying, const struct message_nts_grant *grant,
                               const struct event *event, uint16_t default_port,
                               struct addr *server);
/* The keys that were just granted cannot be used: others are asked for, not before `at`. */
void keying_decline(struct keying *keying, struct mono now, struct mono at);
/* A request goes out; after each datagram: what became of it. */
void keying_requested(struct keying *keying);
void keying_replied(struct keying *keying, enum err err);

/* What to keep; false: nothing now. server: whom we ask for time. At most 1 effect. */
bool keying_keep(struct keying *keying, const struct addr *server, struct mono now,
                 struct outbox *outbox);
/* The same at the stop, however short a time ago it was kept last. */
void keying_keep_last(struct keying *keying, const struct addr *server, struct mono now,
                      struct outbox *outbox);
/* What was kept is of this association, and could be used. */
MUST_USE bool keying_resume(struct keying *keying, const struct message_nts_keep *kept,
                            struct mono now);

/* Fills what a report says of keys. */
void keying_report(const struct keying *keying, struct message_association *report);

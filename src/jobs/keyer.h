/* The keyer job: it alone establishes keys for NTS (RFC 8915 section 4), on both sides, and it
 * alone changes the cookie keys, which the server jobs read from the key page. It speaks TLS with
 * strangers over TCP, and can neither touch a clock nor hear an NTP packet.
 *
 * Here are its keys, counters and questions; one connection each is in jobs/keyer_host (we are the
 * server) and jobs/keyer_guest (we are the client); the sockets are the world's.
 *
 * Where cookie keys come from: from the key page, if it has some (the keyer was started again);
 * from the file ntskeys; else they are made, and rotated every `ntsrotate`. With `ntsrotate 0` only
 * the file counts. With a fleet's secret they are derived for the epoch, which needs the time:
 * before Etalon knows it there are none, and no client is served.
 *
 * Certificates are judged by Etalon's own time. While that is not known, by a floor: a time that
 * has certainly passed, because the program was built then, or the drift file was written, or time
 * was known once, or several Roughtime servers prove it. What had ended before the floor is
 * refused; what begins after it is accepted. */
#pragma once

#include "clock/clock_page.h"
#include "config/config.h"
#include "crypto/nonce.h"
#include "jobs/job.h"
#include "jobs/key_page.h"
#include "proto/nts_ke.h"

enum { KEYER_EFFECTS_MAX = 8 };

struct keyer_start {
    const struct config *config;
    const struct clock_page *clock;
    struct key_page *page; /* NULL: nobody is served */
    const char *keys_text; /* of ntskeys; NULL: there is no such file */
    size_t keys_length;
    const struct nts_fleet *fleet; /* NULL: none */
    struct utc floor;
    int64_t certificate_ends_utc_s;
};

struct keyer {
    const struct config *config;
    const struct clock_page *clock;
    struct key_page *page;
    bool has_keys, has_file_keys, has_fleet;
    enum nts_cookie_format format; /* of the key file: that of the one that was read */
    struct nts_keys keys;
    struct nts_fleet fleet;
    struct nonce nonces;
    struct utc floor; /* has certainly passed at floor_at; the counter carries it on */
    struct mono floor_at;
    bool has_proven;
    struct message_bound proven; /* the newest that Roughtime servers proved */
    struct mono next_report, next_dump;
    bool recorded; /* a cookie key was, this one: */
    uint32_t recorded_key;
    uint64_t reported;
    bool told_floor, told_proven, told_waiting;
    struct message_keying report;
    bool wanted[LIMIT_SOURCES]; /* a question of the source job waits to be taken */
    struct message_nts_want wants[LIMIT_SOURCES];
};

/* What stands in start is copied, but for config, clock and page. Text that is no key file: the
 * line is returned, else 0; it is then as if there were no file. now: for the age of the keys. */
unsigned keyer_init(struct keyer *keyer, const struct keyer_start *start, struct mono now);
void keyer_step(struct keyer *keyer, const struct event *event, struct outbox *outbox);
void keyer_wipe(struct keyer *keyer);
/* A fleet's secret as text: "EPOCH SECRET", a decimal number and 64 hexadecimal digits, on one
 * line.
 */
MUST_USE enum err keyer_fleet_parse(const char *text, size_t length, struct nts_fleet *out);

/* A time to judge certificates by. False: it is only the floor. */
bool keyer_time(const struct keyer *keyer, struct mono now, struct utc *out);
/* Takes the question of some source that waits; false: none does. */
bool keyer_take_want(struct keyer *keyer, struct message_nts_want *out);
/* The algorithms of NTS that are spoken, the best first. */
extern const struct nts_ke_aeads keyer_aeads;

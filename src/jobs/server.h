/* The server job: requests in, replies from the clock page out. Its hot path is a plain call. */
#pragma once

#include "clock/clock_page.h"
#include "config/config.h"
#include "jobs/job.h"
#include "proto/ntp_server.h"

struct server {
    const struct config *config;
    int8_t precision_log2s;
    struct mono next_report; /* at the latest, also if nothing changed */
    uint64_t reported;       /* requests in the last report */
    struct message_serving serving;
};

void server_init(struct server *server, const struct config *config, uint8_t instance,
                 int8_t precision_log2s);
/* One datagram. ERR_OK: 48 bytes in out are to be sent back to where it came from. Every other
 * result is counted. clock: a snapshot of the page (NULL if it could not be read). */
MUST_USE enum err server_answer(struct server *server, const struct clock_state *clock,
                                struct ntp_server_times times, const struct addr *from,
                                const uint8_t *request, size_t length,
                                uint8_t out[NTP_PACKET_HEADER_BYTES]);
/* START and WAKE: reports to status once a second. */
void server_step(struct server *server, const struct event *event, struct outbox *outbox);

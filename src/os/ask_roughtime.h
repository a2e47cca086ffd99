/* One Roughtime exchange of a command-line tool, over UDP or TCP, from a fresh socket. */
#pragma once

#include "os/ask.h"

struct ask_roughtime_call {
    struct addr server;
    bool tcp;
    double timeout_s;
    const uint8_t *request;
    size_t length;
    /* Judges a packet that came back; anything but ERR_OK is dropped and the wait goes on. */
    enum err (*judge)(void *context, const uint8_t *packet, size_t length, struct mono received);
    void *context;
};

/* ERR_OK: a packet was accepted by judge. ERR_STALE: none in time; ERR_IO: nobody listens, or it
 * cannot be sent. why explains it, also with the last refusal of judge. */
MUST_USE enum err ask_roughtime(const struct ask_roughtime_call *call, char why[ASK_WHY_BYTES]);

/* Taking connections from a listening socket, which stays readable when there is no descriptor left
 * for one more: to wait for it then would be to spin. So it is left alone until a connection has
 * ended, or for a second, as descriptors may be wanting for other reasons. */
#pragma once

#include <stdbool.h>

#include "base/addr.h"
#include "base/times.h"

/* All zero at the start. */
struct intake {
    bool shut; /* not to be waited for */
    bool told;
    struct mono until;
};

/* The next connection, non-blocking; -1: there is none, or none can be taken now. *peer: family
 * ADDR_NONE if it has no IP address. what: for the log. */
int intake_accept(struct intake *intake, const char *what, int listener, struct mono now,
                  struct addr *peer);
/* A connection has ended. */
void intake_open(struct intake *intake);
/* Opens it again when the time has come. */
void intake_expire(struct intake *intake, struct mono now);

/* The control socket: people's questions in, the status job's answers out.
 *
 * One packet is one encoded message. A client sends MESSAGE_ASK and gets everything there is to
 * show, ended by MESSAGE_END; then it may ask again. Nothing else is understood, nothing can be
 * changed. Clients are few (LIMIT_STATUS_CLIENTS), and one that does not read, asks for nothing or
 * talks nonsense is cut off. */
#pragma once

#include <poll.h>

#include "jobs/record.h"
#include "jobs/status.h"
#include "os/intake.h"

enum { CONTROL_POLLS = LIMIT_STATUS_CLIENTS + 1 };

/* Who asked, for the ledger: at most one a second is told, the newest, with a count of the rest. */
struct control_asked {
    bool waits;
    struct record_request newest;
    unsigned others;
    struct mono next; /* not to be told before */
};

struct control {
    int listener; /* -1: none */
    bool recorded;
    struct control_asked asked;
    struct intake intake;
    const struct status *status;
    struct control_client {
        int fd;                /* -1: free */
        bool answering, known; /* it asked before */
        size_t index;          /* of the next message of the answer */
        struct mono deadline;
    } clients[LIMIT_STATUS_CLIENTS];
};

/* recorded: who asks is noted, once for each connection. */
void control_init(struct control *control, int listener, const struct status *status,
                  bool recorded);
/* Appends what is to be waited for (room for CONTROL_POLLS); returns how many. */
size_t control_fill(const struct control *control, struct pollfd *fds);
void control_ready(struct control *control, const struct pollfd *ready, struct mono now);
/* True: *out is to be recorded. */
bool control_asked(struct control *control, struct mono now, struct record_request *out);
/* Cuts off clients whose time is over. */
void control_expire(struct control *control, struct mono now);

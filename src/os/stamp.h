/* Kernel timestamps of UDP packets (SO_TIMESTAMPING, software stamps): asking for them and finding
 * them in control messages. The stamps are CLOCK_REALTIME; os/clocks brings them onto the counter.
 *
 * A socket that sends one request only needs no packet ids: a transmit stamp on its error queue
 * can belong to nothing else. */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

#include "base/addr.h"
#include "base/times.h"

/* Room for every control message asked for here, with some to spare. */
enum { STAMP_CONTROL_BYTES = 256 };

/* Stamps of received packets, and of sent ones if `sent`. False: the kernel gives none; the socket
 * works all the same. Transmit stamps are announced by poll() with POLLERR, and with POLLPRI where
 * asked for. */
bool stamp_enable(int socket, bool sent);
/* Own address of every received packet (IP_PKTINFO, IPV6_RECVPKTINFO). */
bool stamp_enable_local(int socket, int family);

struct stamp {
    bool found;
    struct utc realtime;
    bool local_found;
    struct addr local; /* address the packet was sent to; port 0 */
    int interface;     /* it came in by, with local_found */
};

/* Looks through the control messages of a received message. */
void stamp_read(struct msghdr *message, struct stamp *out);

/* Makes a reply leave from the address that the request was sent to, and for link-local peers by
 * that interface. control: aligned room that lives as long as the reply. */
void stamp_answer_from(const struct stamp *stamp, const struct addr *peer,
                       uint8_t control[STAMP_CONTROL_BYTES], struct msghdr *reply);

/* Takes one message off the error queue. True: a transmit stamp, in *out. False: nothing there,
 * or an error report, which is dropped. */
bool stamp_sent(int socket, struct utc *out);

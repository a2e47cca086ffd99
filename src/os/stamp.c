/* Kernel timestamps of UDP packets.
 * Source: Documentation/networking/timestamping.rst of the Linux kernel. */
#include "os/stamp.h"

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>

bool stamp_enable(int socket, bool sent) {
    int flags = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE;
    if (sent) flags |= SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY;
    return setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags) == 0;
}

bool stamp_enable_local(int socket, int family) {
    int on = 1;
    if (family == AF_INET6)
        return setsockopt(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) == 0;
    return setsockopt(socket, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) == 0;
}

static void take_times(const struct cmsghdr *control, struct stamp *out) {
    struct timespec times[3];
    if (control->cmsg_len < CMSG_LEN(sizeof times)) return;
    memcpy(times, CMSG_DATA(control), sizeof times);
    if (times[0].tv_sec == 0 && times[0].tv_nsec == 0) return;
    out->found = true;
    out->realtime = (struct utc){(int64_t)times[0].tv_sec * NS_PER_S + times[0].tv_nsec};
}

static void take_ipv4(const struct cmsghdr *control, struct stamp *out) {
    struct in_pktinfo info;
    if (control->cmsg_len < CMSG_LEN(sizeof info)) return;
    memcpy(&info, CMSG_DATA(control), sizeof info);
    out->local_found = true;
    out->local = (struct addr){.family = ADDR_IPV4};
    memcpy(out->local.bytes, &info.ipi_addr, sizeof info.ipi_addr);
    out->interface = info.ipi_ifindex;
}

static void take_ipv6(const struct cmsghdr *control, struct stamp *out) {
    struct in6_pktinfo info;
    if (control->cmsg_len < CMSG_LEN(sizeof info)) return;
    memcpy(&info, CMSG_DATA(control), sizeof info);
    out->local_found = true;
    out->local = (struct addr){.family = ADDR_IPV6};
    memcpy(out->local.bytes, &info.ipi6_addr, sizeof info.ipi6_addr);
    out->interface = (int)info.ipi6_ifindex;
}

void stamp_read(struct msghdr *message, struct stamp *out) {
    *out = (struct stamp){.found = false};
    if (message->msg_controllen == 0) return;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPING)
            take_times(c, out);
        else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
            take_ipv4(c, out);
        else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
            take_ipv6(c, out);
    }
}

void stamp_answer_from(const struct stamp *stamp, const struct addr *peer,
                       uint8_t control[STAMP_CONTROL_BYTES], struct msghdr *reply) {
    struct cmsghdr *head = (struct cmsghdr *)control;
    if (!stamp->local_found) return;
    reply->msg_control = control;
    if (stamp->local.family == ADDR_IPV4) {
        struct in_pktinfo info = {.ipi_ifindex = 0};
        memcpy(&info.ipi_spec_dst, stamp->local.bytes, 4);
        *head = (struct cmsghdr){CMSG_LEN(sizeof info), IPPROTO_IP, IP_PKTINFO};
        memcpy(CMSG_DATA(head), &info, sizeof info);
        reply->msg_controllen = CMSG_SPACE(sizeof info);
    } else {
        struct in6_pktinfo info = {.ipi6_ifindex = 0};
        memcpy(&info.ipi6_addr, stamp->local.bytes, 16);
        if (peer->scope != 0) info.ipi6_ifindex = (unsigned)stamp->interface;
        *head = (struct cmsghdr){CMSG_LEN(sizeof info), IPPROTO_IPV6, IPV6_PKTINFO};
        memcpy(CMSG_DATA(head), &info, sizeof info);
        reply->msg_controllen = CMSG_SPACE(sizeof info);
    }
}

bool stamp_sent(int socket, struct utc *out) {
    uint8_t bytes[512];
    _Alignas(struct cmsghdr) uint8_t control[STAMP_CONTROL_BYTES];
    struct iovec iov = {bytes, sizeof bytes};
    struct msghdr message = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    if (recvmsg(socket, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return false;
    struct stamp stamp;
    stamp_read(&message, &stamp);
    if (stamp.found) *out = stamp.realtime;
    return stamp.found;
}

/* Names to addresses, through getaddrinfo(3). */
#include "os/resolver.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "os/log.h"
#include "os/sockaddr.h"

static void take_addresses(const struct addrinfo *list, struct message_resolved *out) {
    for (const struct addrinfo *i = list; i && out->count < LIMIT_ADDRESSES; i = i->ai_next) {
        union sockaddr_any any;
        struct addr addr;
        if (i->ai_addrlen > sizeof any) continue;
        memcpy(&any, i->ai_addr, i->ai_addrlen);
        if (!sockaddr_to(&any, i->ai_addrlen, &addr)) continue;
        addr.port = 0;
        out->addresses[out->count++] = addr;
    }
}

void resolver_look_up(const struct message_resolve *question, struct message *answer) {
    *answer = (struct message){.kind = MESSAGE_RESOLVED,
                               .resolved = {.source = question->source, .count = 0}};
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM}, *list = NULL;
    int error = getaddrinfo(question->name, NULL, &hints, &list);
    if (error != 0) {
        log_line(LOG_LEVEL_WARNING, "%s cannot be looked up: %s; trying again later",
                 question->name, error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error));
        return;
    }
    take_addresses(list, &answer->resolved);
    freeaddrinfo(list);
}

void resolver_run(struct mailboxes *boxes) {
    for (;;) {
        struct message question, answer;
        struct pollfd inbox = {.fd = boxes->of[JOB_RESOLVER].read_end, .events = POLLIN};
        if (poll(&inbox, 1, -1) < 0 && errno != EINTR) abort();
        if (mailbox_take(boxes, JOB_RESOLVER, &question) != ERR_OK) continue;
        resolver_look_up(&question.resolve, &answer);
        mailbox_post(boxes, JOB_SOURCE, &answer);
    }
}

/* The set of associations: who is due, who asks which address. Invariants: due[i] is the earliest
 * deadline of association i; after a wake no deadline of a served association lies in the past, so
 * portions always get through the queue; no address and port stands in two associations. */
#include "jobs/source.h"

#include <string.h>

#include "base/check.h"
#include "crypto/wipe.h"
#include "jobs/association.h"

enum {
    PORTION = 16, /* associations served by one wake, or given an address by one answer */
    START_SPREAD_S = 1,
    START_SPREAD_PARTS = 20, /* of it for each further source */
    LOOKUP_WAIT_MIN_S = 2,
    LOOKUP_WAIT_MAX_S = 64 * 60,
    LOOKUP_ANSWER_S = 30, /* a look-up without any answer is asked again */
    REFUSAL_MIN_S = 3600,
    TAKEN_WAIT_S = 3600, /* keys were for an address that another source has */
    REFUSAL_MAX_S = 24 * 3600,
};
/* Request, report, look-up and log for a due one; eight for an address that changes its owner. */
_Static_assert(PORTION * 8 <= SOURCE_EFFECTS_MAX, "a portion must fit");
_Static_assert(LIMIT_SOURCES * 3 <= SOURCE_EFFECTS_MAX,
               "report, record and log of each, at the start");
_Static_assert(SOURCE_EFFECTS_MAX <= LIMIT_OUTBOX_EFFECTS / 2, "others write into it, too");

/* 2020-01-01 and 68 years later: between them the era of every host clock is plausible. */
static const struct utc pivot_first = {INT64_C(1577836800) * NS_PER_S};
static const struct utc pivot_last = {INT64_C(3723753600) * NS_PER_S};

struct refusal {
    struct addr addr;
    struct mono until;
    uint8_t times;
};

struct source {
    uint32_t count;
    bool recorded; /* there is a ledger */
    double refresh_s;
    struct utc pivot; /* the host's clock, made plausible, */
    struct mono pivot_at;
    struct refusal refusals[LIMIT_SOURCES];
    struct mono due[LIMIT_SOURCES];
    struct association associations[];
};

size_t source_bytes(const struct config *config) {
    return sizeof(struct source) + config->source_count * sizeof(struct association);
}

struct source *source_init(void *memory, const struct config *config) {
    CHECK(config->source_count <= LIMIT_SOURCES);
    struct source *source = memory;
    memset(source, 0, sizeof *source);
    source->count = config->source_count;
    source->refresh_s = config->nts.refresh_s;
    source->recorded = config->ledger.dir[0] != '\0';
    source->pivot = pivot_first;
    for (uint32_t i = 0; i < source->count; i++) {
        association_init(&source->associations[i], &config->sources[i], (uint16_t)i,
                         source->refresh_s, (struct mono){0});
        source->due[i] = MONO_NEVER;
    }
    return source;
}

bool source_resume(struct source *source, const struct message_nts_keep *kept, struct mono now) {
    for (uint32_t i = 0; i < source->count; i++) {
        struct association *a = &source->associations[i];
        if (!keying_resume(&a->keying, kept, now)) continue;
        a->report.addr = kept->server; /* to be asked from the start on */
        return true;
    }
    return false;
}

static void note_host_clock(struct source *source, const struct kernel_reading *kernel) {
    source->pivot_at = kernel->counter;
    source->pivot = kernel->realtime;
    if (source->pivot.ns < pivot_first.ns) source->pivot = pivot_first;
    if (source->pivot.ns > pivot_last.ns) source->pivot = pivot_last;
}

/* Under NTS the keys may be for another server, which is then the one to be looked up, unless who
 * gives keys is. */
static bool is_redirected(const struct association *a) {
    return a->keying.server[0] != '\0' && !a->lookup.for_host;
}

static const char *name_of(const struct association *a) {
    return is_redirected(a) ? a->keying.server : a->config->name;
}

static uint16_t port_of(const struct association *a) {
    bool negotiated = is_redirected(a) || keying_covers_name(&a->keying);
    return negotiated ? a->keying.server_port : a->config->port;
}

static bool is_named(const struct association *a) {
    return a->config->addr.family == ADDR_NONE || is_redirected(a);
}

static bool goes_by(const struct association *a, const char *name) {
    return strcmp(name_of(a), name) == 0;
}

static struct association *owner_of(struct source *source, const struct addr *addr) {
    for (uint32_t i = 0; i < source->count; i++)
        if (addr_same(&source->associations[i].report.addr, addr)) return &source->associations[i];
    return NULL;
}

/* --- refusals --- */

static struct refusal *refusal_of(struct source *source, const struct addr *addr) {
    struct refusal *oldest = &source->refusals[0];
    for (int i = 0; i < LIMIT_SOURCES; i++) {
        struct refusal *refusal = &source->refusals[i];
        if (refusal->times > 0 && addr_same(&refusal->addr, addr)) return refusal;
        if (mono_before(refusal->until, oldest->until)) oldest = refusal;
    }
    return oldest;
}

static bool is_refused(struct source *source, const struct addr *addr, struct mono now) {
    const struct refusal *refusal = refusal_of(source, addr);
    return refusal->times > 0 && addr_same(&refusal->addr, addr) &&
           mono_before(now, refusal->until);
}

/* Remembers it and returns its end. Refusals in a row make it longer. */
static struct mono note_refusal(struct source *source, const struct addr *addr, struct mono now) {
    struct refusal *refusal = refusal_of(source, addr);
    bool again = refusal->times > 0 && addr_same(&refusal->addr, addr) &&
                 mono_seconds(now, refusal->until) < REFUSAL_MAX_S;
    if (!again) *refusal = (struct refusal){.addr = *addr};
    int64_t wait_s = REFUSAL_MIN_S;
    for (int i = 0; i < refusal->times && wait_s < REFUSAL_MAX_S; i++) wait_s *= 2;
    if (wait_s > REFUSAL_MAX_S) wait_s = REFUSAL_MAX_S;
    refusal->until = mono_add(now, wait_s * NS_PER_S);
    if (refusal->times < UINT8_MAX) refusal->times++;
    return refusal->until;
}

/* --- looking up names --- */

static int64_t lookup_wait_ns(uint8_t tries) {
    int64_t wait_s = LOOKUP_WAIT_MIN_S;
    for (int i = 1; i < tries && wait_s < LOOKUP_WAIT_MAX_S; i++) wait_s *= 2;
    return (wait_s < LOOKUP_WAIT_MAX_S ? wait_s : LOOKUP_WAIT_MAX_S) * NS_PER_S;
}

/* What is to be looked up may be another name from now on. */
static void rename_lookup(struct association *a) {
    a->lookup.asked = false;
    a->lookup.former = (uint8_t)(a->lookup.former + a->lookup.owed);
    a->lookup.owed = 0;
}

static void set_purpose(struct association *a, bool for_host) {
    if (a->lookup.for_host != for_host) rename_lookup(a);
    a->lookup.for_host = for_host;
}

static void begin_lookup(struct association *a, bool for_host, struct mono now) {
    set_purpose(a, for_host);
    a->lookup.wanted = true;
    struct mono soonest = mono_add(a->lookup.last, lookup_wait_ns(a->lookup.tries));
    a->lookup.at = a->lookup.tries == 0 || mono_before(soonest, now) ? now : soonest;
}

/* Wants another address, where the source has a name that can give one. */
static void want_lookup(struct association *a, struct mono now) {
    if (a->lookup.wanted && !a->lookup.for_host) return;
    bool named = a->config->addr.family == ADDR_NONE || a->keying.server[0] != '\0';
    if (named) begin_lookup(a, false, now);
}

/* Wants another host to ask for keys; who is asked for time stays. */
static void want_host(struct association *a, struct mono now) {
    if (!a->lookup.wanted && keying_by_name(&a->keying)) begin_lookup(a, true, now);
}

/* The present address will do. */
static void end_lookup(struct association *a) {
    set_purpose(a, false);
    a->lookup.wanted = a->lookup.asked = false;
    a->lookup.at = MONO_NEVER;
}

static void postpone_lookup(struct association *a, struct mono now) {
    a->lookup.at = mono_add(now, lookup_wait_ns(a->lookup.tries));
}

/* Another association of the same name that is waiting for an answer: it will serve both. */
static const struct association *asked_already(const struct source *source,
                                               const struct association *a, struct mono now) {
    for (uint32_t i = 0; i < source->count; i++) {
        const struct association *other = &source->associations[i];
        if (other != a && other->lookup.asked && mono_before(now, other->lookup.at) &&
            goes_by(a, name_of(other)))
            return other;
    }
    return NULL;
}

static void look_up(struct source *source, struct association *a, struct mono now,
                    struct outbox *outbox) {
    if (a->lookup.tries < UINT8_MAX) a->lookup.tries++;
    const struct association *other = asked_already(source, a, now);
    if (other) {
        a->lookup.at = other->lookup.at;
        return;
    }
    int64_t wait_ns = lookup_wait_ns(a->lookup.tries), answer_ns = LOOKUP_ANSWER_S * NS_PER_S;
    a->lookup.asked = true;
    a->lookup.last = now;
    if (a->lookup.owed + a->lookup.former < UINT8_MAX) a->lookup.owed++;
    a->lookup.at = mono_add(now, wait_ns > answer_ns ? wait_ns : answer_ns);
    struct effect *effect = job_effect(outbox, EFFECT_POST);
    effect->post.to = JOB_RESOLVER;
    effect->post.message.kind = MESSAGE_RESOLVE;
    effect->post.message.resolve.source = a->report.source;
    memcpy(effect->post.message.resolve.name, name_of(a), sizeof effect->post.message.resolve.name);
}

/* Unspecified and multicast addresses name no server. */
static bool names_a_host(const struct addr *addr) {
    static const uint8_t zero[16];
    if (memcmp(addr->bytes, zero, sizeof zero) == 0) return false;
    if (addr->family == ADDR_IPV4) return addr->bytes[0] < 224;
    return addr->family == ADDR_IPV6 && addr->bytes[0] != 0xff;
}

/* Whether a may take the address; *holder: the pool member that must give it up. */
static bool may_take(struct source *source, const struct association *a, const struct addr *addr,
                     struct mono now, struct association **holder) {
    *holder = owner_of(source, addr);
    /* The host that gave keys may itself be the server that they name. */
    if (*holder == a && a->keying.looking) *holder = NULL;
    if (!names_a_host(addr) || is_refused(source, addr, now)) return false;
    return !*holder || (!a->config->is_pool && (*holder)->config->is_pool);
}

/* The address after the present one in the answer (so that all get their turn), a free one if
 * there is any. */
static bool pick(struct source *source, const struct association *a,
                 const struct message_resolved *answer, struct mono now, struct addr *out,
                 struct association **holder) {
    struct addr candidates[LIMIT_ADDRESSES];
    size_t count = answer->count < LIMIT_ADDRESSES ? answer->count : LIMIT_ADDRESSES, first = 0;
    for (size_t i = 0; i < count; i++) {
        candidates[i] = answer->addresses[i];
        candidates[i].port = port_of(a);
        if (addr_same(&candidates[i], &a->report.addr)) first = i + 1;
    }
    struct association *held_by = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct addr *candidate = &candidates[(first + i) % count];
        struct association *owner;
        if (!may_take(source, a, candidate, now, &owner)) continue;
        if (held_by && owner) continue;
        held_by = owner;
        *out = *candidate;
        *holder = owner;
        if (!owner) return true;
    }
    return held_by != NULL;
}

/* The keeper may know exchanges with the former server, also from before this process started. */
static void forget(const struct association *a, struct outbox *outbox) {
    struct effect *effect = job_effect(outbox, EFFECT_POST);
    effect->post.to = JOB_KEEPER;
    effect->post.message.kind = MESSAGE_FORGET;
    effect->post.message.forget = a->report.source;
}

static void settle(struct source *source, struct association *a, struct mono now,
                   struct outbox *outbox) {
    association_report(a, now, outbox);
    source->due[a->report.source] = association_due(a);
}

static void dispossess(struct source *source, struct association *a, struct mono now,
                       struct outbox *outbox) {
    char label[ASSOCIATION_LABEL_BYTES];
    job_log(outbox, LOG_LEVEL_INFO, "%s: left to the server configured by name",
            association_label(a, label));
    association_release(a, now, outbox);
    rename_lookup(a);
    forget(a, outbox);
    want_lookup(a, now);
    settle(source, a, now, outbox);
}

static void move_to(struct source *source, struct association *a, const struct addr *addr,
                    struct mono now, struct outbox *outbox) {
    char text[ADDR_TEXT_BYTES];
    const char *name = name_of(a);
    job_log(outbox, LOG_LEVEL_INFO, "%s: using %s", name, addr_text_port(addr, text));
    forget(a, outbox);
    if (is_redirected(a) || keying_covers_name(&a->keying))
        association_redirect(a, addr, now, outbox);
    else
        association_begin(a, addr, now, now, outbox);
    end_lookup(a);
    a->lookup.told = false;
    settle(source, a, now, outbox);
}

static void tell_lookup_failed(struct association *a, bool answered, struct outbox *outbox) {
    if (a->lookup.told) return;
    a->lookup.told = true;
    job_log(outbox, LOG_LEVEL_WARNING, "%s: %s; trying again", a->config->name,
            answered ? "no further address is to be had" : "the name could not be looked up");
}

/* The next address, in turn. */
static void use_host(struct source *source, struct association *a,
                     const struct message_resolved *answer, struct mono now,
                     struct outbox *outbox) {
    size_t count = answer->count < LIMIT_ADDRESSES ? answer->count : LIMIT_ADDRESSES, next = 0;
    for (size_t i = 0; i < count; i++)
        if (addr_same_host(&answer->addresses[i], &a->keying.host)) next = i + 1;
    for (size_t i = 0; i < count; i++) {
        const struct addr *candidate = &answer->addresses[(next + i) % count];
        if (!names_a_host(candidate)) continue;
        keying_host(&a->keying, candidate);
        break;
    }
    if (count == 0) tell_lookup_failed(a, false, outbox);
    end_lookup(a);
    settle(source, a, now, outbox);
}

/* One association's use of an answer. Where nothing better was found, one that is being polled
 * goes on as before until it is found lost again. */
static void use_answer(struct source *source, struct association *a,
                       const struct message_resolved *answer, struct mono now,
                       struct outbox *outbox) {
    struct addr addr;
    struct association *holder = NULL;
    if (a->lookup.for_host) {
        use_host(source, a, answer, now, outbox);
        return;
    }
    if (pick(source, a, answer, now, &addr, &holder)) {
        if (holder) dispossess(source, holder, now, outbox);
        move_to(source, a, &addr, now, outbox);
        return;
    }
    if (a->report.state == ASSOCIATION_POLLING && !a->keying.looking)
        end_lookup(a);
    else
        postpone_lookup(a, now);
    tell_lookup_failed(a, answer->count > 0, outbox);
    settle(source, a, now, outbox);
}

/* Answers come in the order of the questions. */
static bool is_for_former_name(struct association_lookup *lookup) {
    if (lookup->former == 0) {
        if (lookup->owed > 0) lookup->owed--;
        return false;
    }
    lookup->former--;
    return true;
}

/* One answer serves every association of that name which wants one. */
static void resolved(struct source *source, const struct message_resolved *answer, struct mono now,
                     struct outbox *outbox) {
    if (answer->source >= source->count) return;
    struct association *asker = &source->associations[answer->source];
    if (!is_named(asker) || is_for_former_name(&asker->lookup)) return;
    char name[LIMIT_HOST_NAME_BYTES]; /* what is done with the answer may change the asker's */
    memcpy(name, name_of(asker), sizeof name);
    int portion = PORTION;
    for (uint32_t i = 0; i < source->count; i++) {
        struct association *a = &source->associations[i];
        if (!a->lookup.wanted || !goes_by(a, name)) continue;
        a->lookup.asked = false;
        if (portion-- > 0)
            use_answer(source, a, answer, now, outbox);
        else
            postpone_lookup(a, now);
        source->due[i] = association_due(a);
    }
}

/* --- events --- */

static void start_one(struct source *source, struct association *a, const struct event *event,
                      struct outbox *outbox) {
    const struct config_source *config = a->config;
    struct keying kept = a->keying;
    struct addr server = a->report.addr;
    association_init(a, config, a->report.source, source->refresh_s, event->now);
    a->receipts.on = source->recorded;
    int64_t spread_ns = START_SPREAD_S * NS_PER_S / START_SPREAD_PARTS * (source->count - 1);
    if (spread_ns > START_SPREAD_S * NS_PER_S) spread_ns = START_SPREAD_S * NS_PER_S;
    int64_t wait_ns = (int64_t)((double)spread_ns * entropy_unit(event->entropy));
    if (keying_ready(&kept) && !owner_of(source, &server)) {
        a->keying = kept;
        association_redirect(a, &server, event->now, outbox);
    } else if (is_named(a)) {
        want_lookup(a, event->now);
    } else if (!owner_of(source, &config->addr)) {
        association_begin(a, &config->addr, event->now, mono_add(event->now, wait_ns), outbox);
    } else {
        job_log(outbox, LOG_LEVEL_WARNING, "%s: configured twice, so not polled a second time",
                config->name);
    }
    wipe(&kept, sizeof kept);
    settle(source, a, event->now, outbox);
}

static void wake_one(struct source *source, struct association *a, const struct event *event,
                     struct outbox *outbox) {
    association_wake(a, event, outbox);
    if (association_lost(a)) want_lookup(a, event->now);
    if (a->lookup.wanted && !mono_before(event->now, a->lookup.at))
        look_up(source, a, event->now, outbox);
    settle(source, a, event->now, outbox);
}

static void wake(struct source *source, const struct event *event, struct outbox *outbox) {
    int portion = PORTION;
    for (uint32_t i = 0; i < source->count && portion > 0; i++) {
        if (mono_before(event->now, source->due[i])) continue;
        wake_one(source, &source->associations[i], event, outbox);
        portion--;
    }
}

static void datagram(struct source *source, struct association *a, const struct event *event,
                     struct outbox *outbox) {
    bool denied;
    struct utc pivot = utc_add(source->pivot, mono_diff(event->now, source->pivot_at));
    enum err err = association_reply(a, event, pivot, &denied, outbox);
    if (err == ERR_OK) {
        end_lookup(a);
        a->lookup.tries = 0;
        a->lookup.told = false;
    } else if (denied) {
        char label[ASSOCIATION_LABEL_BYTES];
        struct mono until = note_refusal(source, &a->report.addr, event->now);
        job_log(outbox, LOG_LEVEL_WARNING, "%s: refuses to be asked; left alone for %.0f h",
                association_label(a, label), mono_seconds(until, event->now) / 3600);
        association_refuse(a, event->now, until, outbox);
        want_lookup(a, event->now);
    }
}

static void unsent(struct association *a, const struct event *event, struct outbox *outbox) {
    association_unsent(a, event, outbox);
    /* An address that never answered and cannot even be sent to: often the wrong IP version. */
    if (a->report.received == 0) want_lookup(a, event->now);
}

/* Its keys are for a server that is a source already. That may end: so it asks again, at another
 * host of its name or, in an hour, the same one. */
static void decline(struct association *a, const struct addr *server, struct mono now,
                    struct outbox *outbox) {
    char text[ADDR_TEXT_BYTES];
    job_log(outbox, LOG_LEVEL_WARNING,
            "%s: its keys are for %s, which is a source already; asking again later",
            a->config->name, addr_text_port(server, text));
    forget(a, outbox);
    association_decline(a, now, mono_add(now, TAKEN_WAIT_S * NS_PER_S), outbox);
    rename_lookup(a);
    want_lookup(a, now);
}

/* The server that the keys are for, by address. */
static void turn_to(struct source *source, struct association *a, const struct addr *server,
                    struct mono now, struct outbox *outbox) {
    struct association *owner = owner_of(source, server);
    if (owner && owner != a && (a->config->is_pool || !owner->config->is_pool)) {
        decline(a, server, now, outbox);
        return;
    }
    if (owner && owner != a) dispossess(source, owner, now, outbox);
    end_lookup(a);
    if (owner != a) forget(a, outbox);
    association_redirect(a, server, now, outbox);
}

/* Keys have come: on with them to the server that they are for. */
static void granted(struct source *source, struct association *a, const struct event *event,
                    struct outbox *outbox) {
    struct addr server;
    enum err err = association_granted(a, event, &server, outbox);
    if (err == ERR_OK) rename_lookup(a);
    if (err == ERR_OK && server.family == ADDR_NONE) {
        end_lookup(a);
        a->lookup.tries = 0;
        want_lookup(a, event->now);
    } else if (err == ERR_OK) {
        turn_to(source, a, &server, event->now, outbox);
    } else if (err != ERR_UNSOLICITED) {
        want_host(a, event->now);
        if (a->config->is_pool && !keying_ready(&a->keying)) want_lookup(a, event->now);
    }
    settle(source, a, event->now, outbox);
}

static void message(struct source *source, const struct event *event, struct outbox *outbox) {
    const struct message *message = event->message;
    if (message->kind == MESSAGE_RESOLVED) {
        resolved(source, &message->resolved, event->now, outbox);
    } else if (message->kind == MESSAGE_NTS_GRANT && message->nts_grant.source < source->count) {
        granted(source, &source->associations[message->nts_grant.source], event, outbox);
    } else if (message->kind == MESSAGE_POLL && message->poll.source < source->count) {
        struct association *a = &source->associations[message->poll.source];
        association_advise(a, message->poll.poll_log2s, event->now);
        settle(source, a, event->now, outbox);
    }
}

static void socket_event(struct source *source, const struct event *event, struct outbox *outbox) {
    CHECK(event->source < source->count);
    struct association *a = &source->associations[event->source];
    if (event->kind == EVENT_DATAGRAM)
        datagram(source, a, event, outbox);
    else if (event->kind == EVENT_SENT)
        association_stamped(a, event);
    else
        unsent(a, event, outbox);
    settle(source, a, event->now, outbox);
}

void source_step(struct source *source, const struct event *event, struct outbox *outbox) {
    switch (event->kind) {
    case EVENT_START:
        note_host_clock(source, &event->kernel);
        for (uint32_t i = 0; i < source->count; i++)
            start_one(source, &source->associations[i], event, outbox);
        break;
    case EVENT_WAKE:
        note_host_clock(source, &event->kernel);
        wake(source, event, outbox);
        break;
    case EVENT_MESSAGE:
        message(source, event, outbox);
        break;
    case EVENT_STOP:
        for (uint32_t i = 0; i < source->count; i++)
            association_stop(&source->associations[i], event->now, outbox);
        return;
    default:
        socket_event(source, event, outbox);
        break;
    }
    outbox->wake = MONO_NEVER;
    for (uint32_t i = 0; i < source->count; i++)
        outbox->wake = mono_min(outbox->wake, source->due[i]);
}

/* Messages between jobs on the wire: one octet of kind, then the fields, big-endian.
 *
 * Each kind has one list of fields, visited both to write and to read it, so that the two cannot
 * drift apart. Invariants: what was parsed is in range and builds again to the same bytes; times
 * are within 2^62 ns of zero, so that no difference of two of them overflows. */
#include "jobs/message.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "clock/leap.h"

/* Exactly one of in and out is set. */
struct codec {
    struct reader *in;
    struct writer *out;
    bool wrong; /* some field that was read is outside its range */
};

static void refuse_unless(struct codec *c, bool in_range) {
    if (c->in && !in_range) c->wrong = true;
}

/* Writes the low octets of value, or returns what is read in its place. */
static uint64_t visit_bits(struct codec *c, size_t octets, uint64_t value) {
    uint8_t bytes[8];
    if (c->in) {
        bytes_get(c->in, bytes, octets);
        value = 0;
        for (size_t i = 0; i < octets; i++) value = value << 8 | bytes[i];
        return value;
    }
    for (size_t i = 0; i < octets; i++) bytes[i] = (uint8_t)(value >> 8 * (octets - 1 - i));
    bytes_put(c->out, bytes, octets);
    return value;
}

static void visit_u8(struct codec *c, uint8_t *value, uint8_t least, uint8_t most) {
    *value = (uint8_t)visit_bits(c, 1, *value);
    refuse_unless(c, *value >= least && *value <= most);
}

static void visit_i8(struct codec *c, int8_t *value) {
    *value = (int8_t)visit_bits(c, 1, (uint8_t)*value);
}

static void visit_bool(struct codec *c, bool *value) {
    uint8_t octet = *value;
    visit_u8(c, &octet, 0, 1);
    *value = octet != 0;
}

static void visit_u16(struct codec *c, uint16_t *value) {
    *value = (uint16_t)visit_bits(c, 2, *value);
}

static void visit_u32(struct codec *c, uint32_t *value) {
    *value = (uint32_t)visit_bits(c, 4, *value);
}

static void visit_i32(struct codec *c, int32_t *value) {
    *value = (int32_t)visit_bits(c, 4, (uint32_t)*value);
}

static void visit_u64(struct codec *c, uint64_t *value) {
    *value = visit_bits(c, 8, *value);
}

/* A time or a deadline; only deadlines may be "never". */
static void visit_ns(struct codec *c, int64_t *ns, bool or_never) {
    const int64_t limit = INT64_C(1) << 62;
    *ns = (int64_t)visit_bits(c, 8, (uint64_t)*ns);
    refuse_unless(c, (*ns > -limit && *ns < limit) || (or_never && *ns == INT64_MAX));
}

static void visit_f64(struct codec *c, double *value, double least, double most) {
    uint64_t bits;
    memcpy(&bits, value, sizeof bits);
    bits = visit_bits(c, sizeof bits, bits);
    memcpy(value, &bits, sizeof bits);
    refuse_unless(c, *value >= least && *value <= most);
}

static void visit_finite(struct codec *c, double *value) {
    visit_f64(c, value, -DBL_MAX, DBL_MAX);
}

static void visit_positive(struct codec *c, double *value) {
    visit_f64(c, value, 0, DBL_MAX);
}

/* A frequency in s/s: no clock gains or loses more than a second in a second. */
static void visit_rate(struct codec *c, double *value) {
    visit_f64(c, value, -1, 1);
}

/* Length, then that many octets. No control characters: names end up on terminals. */
static void visit_text(struct codec *c, char *text, size_t room) {
    uint16_t length = c->in ? 0 : (uint16_t)strnlen(text, room - 1);
    visit_u16(c, &length);
    if (c->out) {
        bytes_put(c->out, text, length);
        return;
    }
    bool fits = length < room;
    refuse_unless(c, fits);
    if (!fits) return;
    bytes_get(c->in, text, length);
    text[length] = '\0';
    for (size_t i = 0; i < length; i++)
        refuse_unless(c, (unsigned char)text[i] >= ' ' && text[i] != 0x7f);
}

static void visit_host(struct codec *c, struct addr *addr) {
    visit_u8(c, &addr->family, 0, ADDR_IPV6);
    if (addr->family == ADDR_NONE) return;
    refuse_unless(c, addr->family == ADDR_IPV4 || addr->family == ADDR_IPV6);
    size_t length = addr_length(addr);
    if (c->in)
        bytes_get(c->in, addr->bytes, length);
    else
        bytes_put(c->out, addr->bytes, length);
    if (addr->family == ADDR_IPV6) visit_u32(c, &addr->scope);
}

static void visit_source(struct codec *c, uint16_t *source) {
    visit_u16(c, source);
    refuse_unless(c, *source < LIMIT_SOURCES);
}

/* Sources, and behind them the local reference. */
static void visit_source_or_local(struct codec *c, uint16_t *source) {
    visit_u16(c, source);
    refuse_unless(c, *source <= LIMIT_SOURCES);
}

static void visit_counters(struct codec *c, uint64_t counters[ERR_COUNT]) {
    for (size_t i = 0; i < ERR_COUNT; i++) visit_u64(c, &counters[i]);
}

static void visit_exchange(struct codec *c, struct message *m) {
    struct exchange *x = &m->exchange;
    visit_source(c, &x->source);
    visit_u8(c, &x->stratum, 1, LIMIT_STRATUM);
    visit_u8(c, &x->leap, LEAP_NONE, LEAP_DELETE);
    visit_u8(c, &x->version, 3, 4);
    visit_i8(c, &x->poll_log2s);
    visit_u32(c, &x->reference_id);
    visit_u32(c, &x->source_reference_id);
    visit_ns(c, &x->t1.ns, false);
    visit_ns(c, &x->t4.ns, false);
    visit_ns(c, &x->t2.ns, false);
    visit_ns(c, &x->t3.ns, false);
    refuse_unless(c, x->t1.ns <= x->t4.ns && x->t2.ns <= x->t3.ns);
    visit_f64(c, &x->root_delay_s, 0, 2 * LIMIT_ROOT_DISTANCE_S);
    visit_f64(c, &x->root_dispersion_s, 0, LIMIT_ROOT_DISTANCE_S);
    visit_f64(c, &x->precision_s, 0, LIMIT_ROOT_DISTANCE_S);
    visit_positive(c, &x->stamp_error_s);
}

static void visit_forget(struct codec *c, struct message *m) {
    visit_source(c, &m->forget);
}

static void visit_poll(struct codec *c, struct message *m) {
    visit_source(c, &m->poll.source);
    visit_i8(c, &m->poll.poll_log2s);
    refuse_unless(c, m->poll.poll_log2s >= LIMIT_POLL_MIN_LOG2S &&
                         m->poll.poll_log2s <= LIMIT_POLL_MAX_LOG2S);
}

static void visit_resolve(struct codec *c, struct message *m) {
    visit_source(c, &m->resolve.source);
    visit_text(c, m->resolve.name, sizeof m->resolve.name);
    refuse_unless(c, m->resolve.name[0] != '\0');
}

static void visit_resolved(struct codec *c, struct message *m) {
    struct message_resolved *x = &m->resolved;
    visit_source(c, &x->source);
    visit_u8(c, &x->count, 0, LIMIT_ADDRESSES);
    for (size_t i = 0; i < x->count && i < LIMIT_ADDRESSES; i++) {
        visit_host(c, &x->addresses[i]);
        refuse_unless(c, x->addresses[i].family != ADDR_NONE);
    }
}

static void visit_drift(struct codec *c, struct message *m) {
    visit_rate(c, &m->drift.frequency);
    visit_positive(c, &m->drift.frequency_error);
}

static void visit_line(struct codec *c, struct line *line) {
    visit_ns(c, &line->m0.ns, false);
    visit_ns(c, &line->tai0.ns, false);
    visit_rate(c, &line->rate);
    visit_rate(c, &line->slew);
    visit_positive(c, &line->slew_s);
    visit_positive(c, &line->radius_s);
    visit_positive(c, &line->radius_rate);
}

static void visit_clock(struct codec *c, struct clock_state *x) {
    visit_line(c, &x->line);
    visit_ns(c, &x->void_after.ns, true);
    visit_bool(c, &x->synchronised);
    visit_u8(c, &x->stratum, x->synchronised ? 1 : 0, LIMIT_STRATUM + 1);
    visit_u32(c, &x->reference_id);
    visit_ns(c, &x->reference_time.ns, false);
    visit_positive(c, &x->root_delay_s);
    visit_positive(c, &x->bound_max_s);
    visit_i32(c, &x->tai_utc_s);
    visit_i32(c, &x->tai_utc_after_s);
    visit_ns(c, &x->next_leap.ns, true);
    visit_ns(c, &x->leaps_until_utc_s, false);
    visit_u64(c, &x->generation);
    visit_bool(c, &x->latched);
    visit_bool(c, &x->refuted);
    visit_u64(c, &x->updates);
    visit_u64(c, &x->heard);
    visit_ns(c, &x->suspended_ns, false);
}

static void visit_tracking(struct codec *c, struct message *m) {
    struct message_tracking *x = &m->tracking;
    visit_clock(c, &x->clock);
    visit_ns(c, &x->now.ns, false);
    visit_u8(c, &x->mode, TRACKING_STARTING, TRACKING_WITHDRAWN);
    visit_source_or_local(c, &x->sources);
    visit_u16(c, &x->selectable);
    visit_u16(c, &x->agreeing);
    visit_u16(c, &x->reference);
    refuse_unless(c, x->reference <= LIMIT_SOURCES || x->reference == UINT16_MAX);
    visit_finite(c, &x->offset_s);
    visit_positive(c, &x->jitter_s);
    visit_positive(c, &x->frequency_error);
    visit_rate(c, &x->slew_rate);
    visit_bool(c, &x->steers);
    visit_finite(c, &x->kernel_offset_s);
    visit_rate(c, &x->kernel_frequency);
    visit_u64(c, &x->kernel_steps_seen);
    visit_finite(c, &x->kernel_step_last_s);
    visit_ns(c, &x->kernel_step_at.ns, false);
    visit_u64(c, &x->updates);
    visit_u64(c, &x->steps);
    visit_u64(c, &x->alarms);
    visit_bool(c, &x->leap_table_valid);
}

static void visit_verdict(struct codec *c, struct message *m) {
    struct message_verdict *x = &m->verdict;
    visit_source_or_local(c, &x->source);
    visit_u8(c, &x->verdict, 0, VERDICT_COUNT - 1);
    visit_u8(c, &x->stratum, 0, LIMIT_STRATUM + 1);
    visit_u8(c, &x->leap, LEAP_NONE, LEAP_ALARM);
    visit_u32(c, &x->reference_id);
    visit_u16(c, &x->samples);
    visit_finite(c, &x->offset_s);
    visit_finite(c, &x->lower_s);
    visit_finite(c, &x->upper_s);
    visit_positive(c, &x->jitter_s);
    visit_finite(c, &x->delay_s);
    visit_positive(c, &x->root_delay_s);
    visit_positive(c, &x->root_dispersion_s);
    visit_f64(c, &x->weight, 0, 1);
    visit_rate(c, &x->frequency);
    visit_ns(c, &x->last.ns, false);
}

static void visit_association(struct codec *c, struct message *m) {
    struct message_association *x = &m->association;
    visit_source(c, &x->source);
    visit_u8(c, &x->state, 0, ASSOCIATION_STATE_COUNT - 1);
    visit_text(c, x->name, sizeof x->name);
    visit_host(c, &x->addr);
    visit_u16(c, &x->addr.port);
    visit_i8(c, &x->poll_log2s);
    visit_u8(c, &x->reach, 0, UINT8_MAX);
    visit_u64(c, &x->sent);
    visit_u64(c, &x->received);
    visit_u64(c, &x->kisses);
    visit_counters(c, x->drops);
    visit_u8(c, &x->last_drop, 0, ERR_COUNT - 1);
    visit_bool(c, &x->kernel_stamps);
    visit_u8(c, &x->auth, 0, ASSOCIATION_AUTH_COUNT - 1);
    visit_u8(c, &x->cookies, 0, LIMIT_NTS_COOKIES);
    visit_u8(c, &x->last_refusal, 0, ERR_COUNT - 1);
    visit_u64(c, &x->naks);
    visit_u64(c, &x->establishments);
    visit_u64(c, &x->establishments_failed);
}

static void visit_serving(struct codec *c, struct message *m) {
    struct message_serving *x = &m->serving;
    visit_u8(c, &x->instance, 0, LIMIT_SERVER_JOBS - 1);
    visit_u64(c, &x->received);
    visit_u64(c, &x->replied);
    visit_u64(c, &x->withdrawn);
    visit_counters(c, x->drops);
    visit_u64(c, &x->nts_received);
    visit_u64(c, &x->nts_replied);
    visit_u64(c, &x->nts_naks);
    visit_bool(c, &x->withdrawing);
}

static void visit_process(struct codec *c, struct message *m) {
    struct message_process *x = &m->process;
    visit_u8(c, &x->job, 0, JOB_COUNT - 1);
    visit_u8(c, &x->instance, 0, LIMIT_SERVER_JOBS - 1);
    visit_i32(c, &x->pid);
    refuse_unless(c, x->pid >= 0);
    visit_u32(c, &x->restarts);
    visit_text(c, x->sandbox, sizeof x->sandbox);
}

static void visit_bound(struct codec *c, struct message *m) {
    struct message_bound *x = &m->bound;
    visit_ns(c, &x->at.ns, false);
    visit_ns(c, &x->low.ns, false);
    visit_ns(c, &x->high.ns, false);
    refuse_unless(c, x->at.ns >= 0 && x->low.ns >= 0 && x->low.ns <= x->high.ns);
}

static void visit_evidence(struct codec *c, struct message *m) {
    struct message_evidence *x = &m->evidence;
    visit_u32(c, &x->offset);
    visit_u32(c, &x->total);
    visit_u16(c, &x->length);
    bool fits = x->length > 0 && x->length <= MESSAGE_EVIDENCE_BYTES &&
                x->total <= LIMIT_ROUGHTIME_REPORT_BYTES && x->offset < x->total &&
                x->length <= x->total - x->offset;
    refuse_unless(c, fits);
    if (!fits) return;
    if (c->in)
        bytes_get(c->in, x->bytes, x->length);
    else
        bytes_put(c->out, x->bytes, x->length);
}

static void visit_roughtime(struct codec *c, struct message *m) {
    struct message_roughtime *x = &m->roughtime;
    visit_u64(c, &x->requests);
    visit_u64(c, &x->replies);
    visit_u64(c, &x->batches);
    visit_u64(c, &x->greased);
    visit_u64(c, &x->connections);
    visit_u64(c, &x->connections_cut);
    visit_counters(c, x->drops);
    visit_ns(c, &x->delegation_ends_utc_s, false);
    refuse_unless(c, x->delegation_ends_utc_s >= 0 &&
                         x->delegation_ends_utc_s < LIMIT_ROUGHTIME_UTC_S);
    visit_bool(c, &x->silent);
}

/* Octets that are not text; a length that does not fit leaves them untouched. */
static void visit_octets(struct codec *c, uint8_t *octets, uint16_t *length, size_t room) {
    visit_u16(c, length);
    refuse_unless(c, *length <= room);
    if (*length > room) return;
    if (c->in)
        bytes_get(c->in, octets, *length);
    else
        bytes_put(c->out, octets, *length);
}

static void visit_key(struct codec *c, uint8_t key[NTS_KEY_BYTES]) {
    if (c->in)
        bytes_get(c->in, key, NTS_KEY_BYTES);
    else
        bytes_put(c->out, key, NTS_KEY_BYTES);
}

/* Whether algorithm and cookies can be used is for proto/nts_client to say. */
static void visit_credentials(struct codec *c, struct nts_credentials *x) {
    uint8_t count = (uint8_t)x->count;
    visit_u16(c, &x->session.aead);
    visit_key(c, x->session.c2s);
    visit_key(c, x->session.s2c);
    visit_u8(c, &count, 0, LIMIT_NTS_COOKIES);
    x->count = count;
    for (size_t i = 0; i < count && i < LIMIT_NTS_COOKIES; i++)
        visit_octets(c, x->cookies[i].bytes, &x->cookies[i].length, sizeof x->cookies[i].bytes);
}

static void visit_address(struct codec *c, struct addr *addr) {
    visit_host(c, addr);
    visit_u16(c, &addr->port);
    refuse_unless(c, addr->family != ADDR_NONE);
}

static void visit_nts_want(struct codec *c, struct message *m) {
    visit_source(c, &m->nts_want.source);
    visit_text(c, m->nts_want.name, sizeof m->nts_want.name);
    refuse_unless(c, m->nts_want.name[0] != '\0');
    visit_address(c, &m->nts_want.addr);
}

static void visit_nts_grant(struct codec *c, struct message *m) {
    struct message_nts_grant *x = &m->nts_grant;
    visit_source(c, &x->source);
    visit_u8(c, &x->err, 0, ERR_COUNT - 1);
    visit_address(c, &x->addr);
    visit_credentials(c, &x->credentials);
    visit_text(c, x->server, sizeof x->server);
    visit_u16(c, &x->port);
}

static void visit_nts_keep(struct codec *c, struct message *m) {
    struct message_nts_keep *x = &m->nts_keep;
    visit_text(c, x->name, sizeof x->name);
    refuse_unless(c, x->name[0] != '\0' && !strchr(x->name, '/'));
    visit_u16(c, &x->ke_port);
    visit_u8(c, &x->member, 0, LIMIT_POOL_SOURCES - 1);
    visit_address(c, &x->host);
    visit_address(c, &x->server);
    visit_ns(c, &x->age_ns, false);
    refuse_unless(c, x->age_ns >= 0);
    visit_credentials(c, &x->credentials);
    visit_text(c, x->covers, sizeof x->covers);
}

static void visit_nts_dump(struct codec *c, struct message *m) {
    visit_octets(c, (uint8_t *)m->nts_dump.text, &m->nts_dump.length, sizeof m->nts_dump.text);
}

static void visit_keying(struct codec *c, struct message *m) {
    struct message_keying *x = &m->keying;
    visit_u64(c, &x->accepted);
    visit_u64(c, &x->refused);
    visit_u64(c, &x->served);
    visit_counters(c, x->drops);
    visit_u16(c, &x->open);
    visit_u64(c, &x->asked);
    visit_u64(c, &x->granted);
    visit_bool(c, &x->has_keys);
    visit_u32(c, &x->key_id);
    visit_ns(c, &x->key_age_ns, false);
    visit_u64(c, &x->rotations);
    visit_ns(c, &x->certificate_ends_utc_s, false);
    refuse_unless(c, x->certificate_ends_utc_s >= 0 &&
                         x->certificate_ends_utc_s <= INT64_MAX / NS_PER_S);
}

static void visit_nothing(struct codec *c, struct message *m) {
    (void)c;
    (void)m;
}

static void (*const visits[MESSAGE_KIND_COUNT])(struct codec *, struct message *) = {
    [MESSAGE_EXCHANGE] = visit_exchange,
    [MESSAGE_FORGET] = visit_forget,
    [MESSAGE_POLL] = visit_poll,
    [MESSAGE_RESOLVE] = visit_resolve,
    [MESSAGE_RESOLVED] = visit_resolved,
    [MESSAGE_DRIFT] = visit_drift,
    [MESSAGE_TRACKING] = visit_tracking,
    [MESSAGE_VERDICT] = visit_verdict,
    [MESSAGE_ASSOCIATION] = visit_association,
    [MESSAGE_SERVING] = visit_serving,
    [MESSAGE_PROCESS] = visit_process,
    [MESSAGE_ROUGHTIME] = visit_roughtime,
    [MESSAGE_BOUND] = visit_bound,
    [MESSAGE_EVIDENCE] = visit_evidence,
    [MESSAGE_NTS_WANT] = visit_nts_want,
    [MESSAGE_NTS_GRANT] = visit_nts_grant,
    [MESSAGE_NTS_KEEP] = visit_nts_keep,
    [MESSAGE_NTS_DUMP] = visit_nts_dump,
    [MESSAGE_KEYING] = visit_keying,
    [MESSAGE_ASK] = visit_nothing,
    [MESSAGE_END] = visit_nothing,
};

static bool kind_known(unsigned kind) {
    return kind < MESSAGE_KIND_COUNT && visits[kind];
}

size_t message_build(const struct message *message, uint8_t out[LIMIT_MESSAGE_BYTES]) {
    CHECK(kind_known(message->kind));
    struct writer w = writer_of(out, LIMIT_MESSAGE_BYTES);
    struct codec c = {.out = &w};
    struct message copy = *message; /* the visitors take it as theirs to write, and do not */
    bytes_put_u8(&w, (uint8_t)message->kind);
    visits[message->kind](&c, &copy);
    CHECK(!w.failed);
    return writer_length(&w);
}

enum err message_parse(const uint8_t *bytes, size_t length, struct message *out) {
    struct reader r = reader_of(bytes, length);
    struct codec c = {.in = &r};
    uint8_t kind = bytes_get_u8(&r);
    if (r.failed) return ERR_SHORT;
    if (!kind_known(kind)) return ERR_KIND;
    struct message message;
    memset(&message, 0, sizeof message);
    message.kind = kind;
    visits[kind](&c, &message);
    if (r.failed) return ERR_SHORT;
    if (c.wrong) return ERR_RANGE;
    enum err err = bytes_finish(&r);
    if (err == ERR_OK) *out = message;
    return err;
}

bool message_is_secret(enum message_kind kind) {
    return kind == MESSAGE_NTS_GRANT || kind == MESSAGE_NTS_KEEP || kind == MESSAGE_NTS_DUMP;
}

static const char *name_at(const char *const names[], size_t count, size_t index) {
    return index < count ? names[index] : "unknown";
}

const char *message_job_name(enum job_id job) {
    static const char *const names[] = {
        [JOB_PARENT] = "parent",       [JOB_KEEPER] = "keeper",     [JOB_SOURCE] = "source",
        [JOB_SERVER] = "server",       [JOB_RESOLVER] = "resolver", [JOB_STATUS] = "status",
        [JOB_ROUGHTIME] = "roughtime", [JOB_KEYER] = "keyer",       [JOB_WITNESS] = "witness",
    };
    return name_at(names, JOB_COUNT, job);
}

const char *message_tracking_name(enum tracking_mode mode) {
    static const char *const names[] = {
        [TRACKING_STARTING] = "starting",
        [TRACKING_LOCKED] = "locked",
        [TRACKING_HOLDOVER] = "holdover",
        [TRACKING_WITHDRAWN] = "withdrawn",
    };
    return name_at(names, TRACKING_WITHDRAWN + 1, mode);
}

const char *message_verdict_name(enum verdict verdict) {
    static const char *const names[] = {
        [VERDICT_NO_DATA] = "no-data",   [VERDICT_NOSELECT] = "noselect",
        [VERDICT_DISTANT] = "distant",   [VERDICT_FALSETICKER] = "falseticker",
        [VERDICT_UNAGREED] = "unagreed", [VERDICT_OUTLIER] = "outlier",
        [VERDICT_SURVIVOR] = "survivor", [VERDICT_REFERENCE] = "reference",
    };
    return name_at(names, VERDICT_COUNT, verdict);
}

const char *message_association_name(enum association_state state) {
    static const char *const names[] = {
        [ASSOCIATION_RESOLVING] = "resolving",
        [ASSOCIATION_POLLING] = "polling",
        [ASSOCIATION_REFUSED] = "refused",
    };
    return name_at(names, ASSOCIATION_STATE_COUNT, state);
}

const char *message_auth_name(enum association_auth auth) {
    static const char *const names[] = {
        [ASSOCIATION_AUTH_NONE] = "none",
        [ASSOCIATION_AUTH_KEYING] = "keying",
        [ASSOCIATION_AUTH_KEYED] = "keyed",
        [ASSOCIATION_AUTH_SPENT] = "spent",
    };
    return name_at(names, ASSOCIATION_AUTH_COUNT, auth);
}

/* Messages between jobs on the wire: one octet of kind, then the fields, big-endian.
 *
 * Each kind has one list of fields, visited both to write and to read it, so that the two cannot
 * drift apart. Invariants: what was parsed is in range and builds again to the same bytes; times
 * are within 2^62 ns of zero, so that no difference of two of them overflows. */
#include "jobs/message.h"

#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "clock/leap.h"
#include "jobs/codec.h"

static void visit_exchange(struct codec *c, struct message *m) {
    codec_exchange(c, &m->exchange);
}

static void visit_forget(struct codec *c, struct message *m) {
    codec_source(c, &m->forget);
}

static void visit_poll(struct codec *c, struct message *m) {
    codec_source(c, &m->poll.source);
    codec_i8(c, &m->poll.poll_log2s);
    codec_require(c, m->poll.poll_log2s >= LIMIT_POLL_MIN_LOG2S &&
                         m->poll.poll_log2s <= LIMIT_POLL_MAX_LOG2S);
}

static void visit_resolve(struct codec *c, struct message *m) {
    codec_source(c, &m->resolve.source);
    codec_text(c, m->resolve.name, sizeof m->resolve.name);
    codec_require(c, m->resolve.name[0] != '\0');
}

static void visit_resolved(struct codec *c, struct message *m) {
    struct message_resolved *x = &m->resolved;
    codec_source(c, &x->source);
    codec_u8(c, &x->count, 0, LIMIT_ADDRESSES);
    for (size_t i = 0; i < x->count && i < LIMIT_ADDRESSES; i++) {
        codec_host(c, &x->addresses[i]);
        codec_require(c, x->addresses[i].family != ADDR_NONE);
    }
}

static void visit_drift(struct codec *c, struct message *m) {
    codec_rate(c, &m->drift.frequency);
    codec_positive(c, &m->drift.frequency_error);
}

static void visit_tracking(struct codec *c, struct message *m) {
    struct message_tracking *x = &m->tracking;
    codec_clock(c, &x->clock);
    codec_ns(c, &x->now.ns, false);
    codec_u8(c, &x->mode, TRACKING_STARTING, TRACKING_WITHDRAWN);
    codec_source_or_local(c, &x->sources);
    codec_u16(c, &x->selectable);
    codec_u16(c, &x->agreeing);
    codec_u16(c, &x->reference);
    codec_require(c, x->reference <= LIMIT_SOURCES || x->reference == UINT16_MAX);
    codec_finite(c, &x->offset_s);
    codec_positive(c, &x->jitter_s);
    codec_positive(c, &x->frequency_error);
    codec_rate(c, &x->slew_rate);
    codec_bool(c, &x->steers);
    codec_finite(c, &x->kernel_offset_s);
    codec_rate(c, &x->kernel_frequency);
    codec_u64(c, &x->kernel_steps_seen);
    codec_finite(c, &x->kernel_step_last_s);
    codec_ns(c, &x->kernel_step_at.ns, false);
    codec_u64(c, &x->updates);
    codec_u64(c, &x->steps);
    codec_u64(c, &x->alarms);
    codec_bool(c, &x->leap_table_valid);
}

static void visit_verdict(struct codec *c, struct message *m) {
    struct message_verdict *x = &m->verdict;
    codec_source_or_local(c, &x->source);
    codec_u8(c, &x->verdict, 0, VERDICT_COUNT - 1);
    codec_u8(c, &x->stratum, 0, LIMIT_STRATUM + 1);
    codec_u8(c, &x->leap, LEAP_NONE, LEAP_ALARM);
    codec_u32(c, &x->reference_id);
    codec_u16(c, &x->samples);
    codec_finite(c, &x->offset_s);
    codec_finite(c, &x->lower_s);
    codec_finite(c, &x->upper_s);
    codec_positive(c, &x->jitter_s);
    codec_finite(c, &x->delay_s);
    codec_positive(c, &x->root_delay_s);
    codec_positive(c, &x->root_dispersion_s);
    codec_f64(c, &x->weight, 0, 1);
    codec_rate(c, &x->frequency);
    codec_ns(c, &x->last.ns, false);
}

static void visit_association(struct codec *c, struct message *m) {
    struct message_association *x = &m->association;
    codec_source(c, &x->source);
    codec_u8(c, &x->state, 0, ASSOCIATION_STATE_COUNT - 1);
    codec_text(c, x->name, sizeof x->name);
    codec_host(c, &x->addr);
    codec_u16(c, &x->addr.port);
    codec_i8(c, &x->poll_log2s);
    codec_u8(c, &x->reach, 0, UINT8_MAX);
    codec_u64(c, &x->sent);
    codec_u64(c, &x->received);
    codec_u64(c, &x->kisses);
    codec_counters(c, x->drops);
    codec_u8(c, &x->last_drop, 0, ERR_COUNT - 1);
    codec_bool(c, &x->kernel_stamps);
    codec_u8(c, &x->auth, 0, ASSOCIATION_AUTH_COUNT - 1);
    codec_u8(c, &x->cookies, 0, LIMIT_NTS_COOKIES);
    codec_u8(c, &x->last_refusal, 0, ERR_COUNT - 1);
    codec_u64(c, &x->naks);
    codec_u64(c, &x->establishments);
    codec_u64(c, &x->establishments_failed);
}

static void visit_serving(struct codec *c, struct message *m) {
    struct message_serving *x = &m->serving;
    codec_u8(c, &x->instance, 0, LIMIT_SERVER_JOBS - 1);
    codec_u64(c, &x->received);
    codec_u64(c, &x->replied);
    codec_u64(c, &x->withdrawn);
    codec_counters(c, x->drops);
    codec_u64(c, &x->nts_received);
    codec_u64(c, &x->nts_replied);
    codec_u64(c, &x->nts_naks);
    codec_bool(c, &x->withdrawing);
}

static void visit_process(struct codec *c, struct message *m) {
    struct message_process *x = &m->process;
    codec_u8(c, &x->job, 0, JOB_COUNT - 1);
    codec_u8(c, &x->instance, 0, LIMIT_SERVER_JOBS - 1);
    codec_i32(c, &x->pid);
    codec_require(c, x->pid >= 0);
    codec_u32(c, &x->restarts);
    codec_text(c, x->sandbox, sizeof x->sandbox);
}

static void visit_bound(struct codec *c, struct message *m) {
    struct message_bound *x = &m->bound;
    codec_ns(c, &x->at.ns, false);
    codec_ns(c, &x->low.ns, false);
    codec_ns(c, &x->high.ns, false);
    codec_require(c, x->at.ns >= 0 && x->low.ns >= 0 && x->low.ns <= x->high.ns);
}

static void visit_evidence(struct codec *c, struct message *m) {
    struct message_evidence *x = &m->evidence;
    codec_u32(c, &x->offset);
    codec_u32(c, &x->total);
    codec_u16(c, &x->length);
    bool fits = x->length > 0 && x->length <= MESSAGE_EVIDENCE_BYTES &&
                x->total <= LIMIT_ROUGHTIME_REPORT_BYTES && x->offset < x->total &&
                x->length <= x->total - x->offset;
    codec_require(c, fits);
    if (!fits) return;
    if (c->in)
        bytes_get(c->in, x->bytes, x->length);
    else
        bytes_put(c->out, x->bytes, x->length);
}

static void visit_roughtime(struct codec *c, struct message *m) {
    struct message_roughtime *x = &m->roughtime;
    codec_u64(c, &x->requests);
    codec_u64(c, &x->replies);
    codec_u64(c, &x->batches);
    codec_u64(c, &x->greased);
    codec_u64(c, &x->connections);
    codec_u64(c, &x->connections_cut);
    codec_counters(c, x->drops);
    codec_ns(c, &x->delegation_ends_utc_s, false);
    codec_require(c, x->delegation_ends_utc_s >= 0 &&
                         x->delegation_ends_utc_s < LIMIT_ROUGHTIME_UTC_S);
    codec_bool(c, &x->silent);
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
    codec_u16(c, &x->session.aead);
    visit_key(c, x->session.c2s);
    visit_key(c, x->session.s2c);
    codec_u8(c, &count, 0, LIMIT_NTS_COOKIES);
    x->count = count;
    for (size_t i = 0; i < count && i < LIMIT_NTS_COOKIES; i++)
        codec_octets(c, x->cookies[i].bytes, &x->cookies[i].length, sizeof x->cookies[i].bytes);
}

static void visit_nts_want(struct codec *c, struct message *m) {
    codec_source(c, &m->nts_want.source);
    codec_text(c, m->nts_want.name, sizeof m->nts_want.name);
    codec_require(c, m->nts_want.name[0] != '\0');
    codec_address(c, &m->nts_want.addr);
}

static void visit_nts_grant(struct codec *c, struct message *m) {
    struct message_nts_grant *x = &m->nts_grant;
    codec_source(c, &x->source);
    codec_u8(c, &x->err, 0, ERR_COUNT - 1);
    codec_address(c, &x->addr);
    visit_credentials(c, &x->credentials);
    codec_text(c, x->server, sizeof x->server);
    codec_u16(c, &x->port);
}

static void visit_nts_keep(struct codec *c, struct message *m) {
    struct message_nts_keep *x = &m->nts_keep;
    codec_text(c, x->name, sizeof x->name);
    codec_require(c, x->name[0] != '\0' && !strchr(x->name, '/'));
    codec_u16(c, &x->ke_port);
    codec_u8(c, &x->member, 0, LIMIT_POOL_SOURCES - 1);
    codec_address(c, &x->host);
    codec_address(c, &x->server);
    codec_ns(c, &x->age_ns, false);
    codec_require(c, x->age_ns >= 0);
    visit_credentials(c, &x->credentials);
    codec_text(c, x->covers, sizeof x->covers);
}

static void visit_nts_dump(struct codec *c, struct message *m) {
    codec_octets(c, (uint8_t *)m->nts_dump.text, &m->nts_dump.length, sizeof m->nts_dump.text);
}

static void visit_keying(struct codec *c, struct message *m) {
    struct message_keying *x = &m->keying;
    codec_u64(c, &x->accepted);
    codec_u64(c, &x->refused);
    codec_u64(c, &x->served);
    codec_counters(c, x->drops);
    codec_u16(c, &x->open);
    codec_u64(c, &x->asked);
    codec_u64(c, &x->granted);
    codec_bool(c, &x->has_keys);
    codec_u32(c, &x->key_id);
    codec_ns(c, &x->key_age_ns, false);
    codec_u64(c, &x->rotations);
    codec_ns(c, &x->certificate_ends_utc_s, false);
    codec_require(c, x->certificate_ends_utc_s >= 0 &&
                         x->certificate_ends_utc_s <= INT64_MAX / NS_PER_S);
}

static void visit_record(struct codec *c, struct message *m) {
    struct message_record *x = &m->record;
    codec_u8(c, &x->job, 0, JOB_COUNT - 1);
    codec_u8(c, &x->kind, 1, UINT8_MAX);
    codec_u32(c, &x->sequence);
    codec_ns(c, &x->counter.ns, false);
    codec_octets(c, x->bytes, &x->length, sizeof x->bytes);
}

static void visit_recorded(struct codec *c, struct message *m) {
    codec_u32(c, &m->recorded.intent);
    codec_u8(c, &m->recorded.err, 0, ERR_COUNT - 1);
}

static void visit_ledger(struct codec *c, struct message *m) {
    struct message_ledger *x = &m->ledger;
    codec_u64(c, &x->entries);
    codec_u64(c, &x->published);
    codec_ns(c, &x->published_at.ns, false);
    codec_u64(c, &x->cosigned);
    codec_u64(c, &x->pruned);
    codec_u64(c, &x->lost);
    codec_bool(c, &x->failing);
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
    [MESSAGE_RECORD] = visit_record,
    [MESSAGE_RECORDED] = visit_recorded,
    [MESSAGE_LEDGER] = visit_ledger,
    [MESSAGE_ASK] = visit_nothing,
    [MESSAGE_END] = visit_nothing,
};

static const size_t extents[MESSAGE_KIND_COUNT] = {
    [MESSAGE_EXCHANGE] = sizeof(((struct message *)NULL)->exchange),
    [MESSAGE_FORGET] = sizeof(((struct message *)NULL)->forget),
    [MESSAGE_POLL] = sizeof(((struct message *)NULL)->poll),
    [MESSAGE_RESOLVE] = sizeof(((struct message *)NULL)->resolve),
    [MESSAGE_RESOLVED] = sizeof(((struct message *)NULL)->resolved),
    [MESSAGE_DRIFT] = sizeof(((struct message *)NULL)->drift),
    [MESSAGE_TRACKING] = sizeof(((struct message *)NULL)->tracking),
    [MESSAGE_VERDICT] = sizeof(((struct message *)NULL)->verdict),
    [MESSAGE_ASSOCIATION] = sizeof(((struct message *)NULL)->association),
    [MESSAGE_SERVING] = sizeof(((struct message *)NULL)->serving),
    [MESSAGE_PROCESS] = sizeof(((struct message *)NULL)->process),
    [MESSAGE_ROUGHTIME] = sizeof(((struct message *)NULL)->roughtime),
    [MESSAGE_BOUND] = sizeof(((struct message *)NULL)->bound),
    [MESSAGE_EVIDENCE] = sizeof(((struct message *)NULL)->evidence),
    [MESSAGE_NTS_WANT] = sizeof(((struct message *)NULL)->nts_want),
    [MESSAGE_NTS_GRANT] = sizeof(((struct message *)NULL)->nts_grant),
    [MESSAGE_NTS_KEEP] = sizeof(((struct message *)NULL)->nts_keep),
    [MESSAGE_NTS_DUMP] = sizeof(((struct message *)NULL)->nts_dump),
    [MESSAGE_KEYING] = sizeof(((struct message *)NULL)->keying),
    [MESSAGE_RECORD] = sizeof(((struct message *)NULL)->record),
    [MESSAGE_RECORDED] = sizeof(((struct message *)NULL)->recorded),
    [MESSAGE_LEDGER] = sizeof(((struct message *)NULL)->ledger),
};

static size_t extent(enum message_kind kind) {
    return offsetof(struct message, exchange) + (kind < MESSAGE_KIND_COUNT ? extents[kind] : 0);
}

void message_copy(struct message *to, const struct message *from) {
    memcpy(to, from, extent(from->kind));
}

static bool kind_known(unsigned kind) {
    return kind < MESSAGE_KIND_COUNT && visits[kind];
}

size_t message_build(const struct message *message, uint8_t out[LIMIT_MESSAGE_BYTES]) {
    CHECK(kind_known(message->kind));
    struct writer w = writer_of(out, LIMIT_MESSAGE_BYTES);
    struct codec c = {.out = &w};
    struct message copy; /* the visitors take it as theirs to write, and do not */
    message_copy(&copy, message);
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
    memset(&message, 0, extent(kind));
    message.kind = kind;
    visits[kind](&c, &message);
    if (r.failed) return ERR_SHORT;
    if (c.wrong) return ERR_RANGE;
    enum err err = bytes_finish(&r);
    if (err == ERR_OK) message_copy(out, &message);
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
        [JOB_RECORDER] = "recorder",   [JOB_MIRROR] = "mirror",
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

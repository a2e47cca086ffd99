/* Encoding of records. Invariant: what was parsed is in range and builds again to the same bytes.
 */
#include "jobs/record.h"

#include <string.h>

#include "base/check.h"
#include "jobs/codec.h"

/* Ascending, and such that nothing that is reckoned with them overflows. */
static void visit_leaps(struct codec *c, struct leap_table *x) {
    const int64_t most_s = (INT64_C(1) << 62) / NS_PER_S;
    enum { TAI_UTC_MOST_S = 1000 };
    codec_ns(c, &x->expires_utc_s, false);
    codec_require(c, x->expires_utc_s >= 0 && x->expires_utc_s < most_s);
    codec_u32(c, &x->count);
    codec_require(c, x->count <= LIMIT_LEAPS);
    for (uint32_t i = 0; i < x->count && i < LIMIT_LEAPS; i++) {
        struct leap_entry *entry = &x->entries[i];
        codec_ns(c, &entry->utc_s, false);
        codec_i32(c, &entry->tai_utc_s);
        codec_require(c, i == 0 || entry->utc_s > x->entries[i - 1].utc_s);
        codec_require(c, entry->utc_s > -most_s && entry->utc_s < most_s);
        codec_require(c, entry->tai_utc_s > -TAI_UTC_MOST_S && entry->tai_utc_s < TAI_UTC_MOST_S);
    }
}

static void visit_begin(struct codec *c, struct record *r) {
    struct record_begin *x = &r->begin;
    codec_bool(c, &x->steers);
    codec_bool(c, &x->has_drift);
    codec_bool(c, &x->continued);
    if (x->has_drift) {
        codec_rate(c, &x->drift.frequency);
        codec_positive(c, &x->drift.frequency_error);
    }
    if (x->continued) codec_clock(c, &x->page);
    visit_leaps(c, &x->leaps);
}

static void octets(struct codec *c, uint8_t *bytes, size_t length) {
    if (c->in)
        bytes_get(c->in, bytes, length);
    else
        bytes_put(c->out, bytes, length);
}

static void visit_journal(struct codec *c, struct record *r) {
    struct record_journal *x = &r->journal;
    codec_u16(c, &x->events);
    octets(c, x->digest, sizeof x->digest);
    codec_octets(c, x->bytes, &x->length, sizeof x->bytes);
}

static void visit_sample(struct codec *c, struct record *r) {
    codec_ns(c, &r->sample.now.ns, false);
    codec_exchange(c, &r->sample.exchange);
}

static void visit_intent(struct codec *c, struct record *r) {
    struct record_intent *x = &r->intent;
    codec_u32(c, &x->number);
    codec_u8(c, &x->act, 0, RECORD_ACT_COUNT - 1);
    codec_ns(c, &x->now.ns, false);
    codec_finite(c, &x->offset_s);
    codec_rate(c, &x->frequency);
    codec_positive(c, &x->radius_s);
    codec_positive(c, &x->radius_rate);
    codec_u64(c, &x->updates);
    codec_u16(c, &x->voters);
    codec_u16(c, &x->agreeing);
    codec_u16(c, &x->reference);
    codec_require(c, x->reference <= LIMIT_SOURCES || x->reference == UINT16_MAX);
    codec_u16(c, &x->count);
    codec_require(c, x->count <= RECORD_VERDICTS);
    for (size_t i = 0; i < x->count && i < RECORD_VERDICTS; i++)
        codec_u8(c, &x->verdicts[i], 0, VERDICT_COUNT - 1);
}

static void visit_effect(struct codec *c, struct record *r) {
    struct record_effect *x = &r->effect;
    codec_u32(c, &x->number);
    codec_ns(c, &x->now.ns, false);
    codec_clock(c, &x->line);
    codec_bool(c, &x->steers);
    codec_rate(c, &x->kernel_asked);
    codec_bool(c, &x->has_kernel_read);
    codec_rate(c, &x->kernel_read);
    codec_finite(c, &x->kernel_offset_s);
}

static void visit_receipt(struct codec *c, struct record *r) {
    struct record_receipt *x = &r->receipt;
    codec_u8(c, &x->err, 0, ERR_COUNT - 1);
    codec_address(c, &x->from);
    codec_host(c, &x->local);
    codec_ns(c, &x->sent.ns, true);
    codec_ns(c, &x->received.ns, false);
    codec_positive(c, &x->sent_error_s);
    codec_positive(c, &x->received_error_s);
    codec_ns(c, &x->pivot.ns, false);
    codec_bool(c, &x->kernel_stamp);
    codec_bool(c, &x->nts);
    codec_source(c, &x->source);
    codec_octets(c, x->request, &x->request_length, sizeof x->request);
    codec_octets(c, x->reply, &x->reply_length, sizeof x->reply);
}

static void visit_notice(struct codec *c, struct record *r) {
    codec_u8(c, &r->notice.level, 0, UINT8_MAX);
    codec_text(c, r->notice.text, sizeof r->notice.text);
}

static void visit_request(struct codec *c, struct record *r) {
    codec_u32(c, &r->request.uid);
    codec_i32(c, &r->request.pid);
    codec_text(c, r->request.text, sizeof r->request.text);
}

static void (*const visits[RECORD_KIND_COUNT])(struct codec *, struct record *) = {
    [RECORD_BEGIN] = visit_begin,   [RECORD_JOURNAL] = visit_journal,
    [RECORD_SAMPLE] = visit_sample, [RECORD_INTENT] = visit_intent,
    [RECORD_EFFECT] = visit_effect, [RECORD_RECEIPT] = visit_receipt,
    [RECORD_NOTICE] = visit_notice, [RECORD_REQUEST] = visit_request,
};

/* Records that are what another message says. */
static enum message_kind message_in(enum record_kind kind) {
    switch (kind) {
    case RECORD_VERDICT:
        return MESSAGE_VERDICT;
    case RECORD_ASSOCIATION:
        return MESSAGE_ASSOCIATION;
    case RECORD_KEYING:
        return MESSAGE_KEYING;
    case RECORD_PROCESS:
        return MESSAGE_PROCESS;
    case RECORD_EVIDENCE:
        return MESSAGE_EVIDENCE;
    default:
        return 0;
    }
}

static void put_message(struct codec *c, const struct record *r) {
    struct message message = {.kind = message_in(r->kind)};
    uint8_t bytes[LIMIT_MESSAGE_BYTES];
    if (r->kind == RECORD_VERDICT) {
        bytes_put_u8(c->out, r->verdict.before);
        message.verdict = r->verdict.verdict;
    } else if (r->kind == RECORD_PROCESS) {
        bytes_put_u8(c->out, r->process.fate);
        bytes_put_u8(c->out, r->process.code);
        message.process = r->process.process;
    } else if (r->kind == RECORD_ASSOCIATION) {
        message.association = r->association;
    } else if (r->kind == RECORD_KEYING) {
        message.keying = r->keying;
    } else {
        message.evidence = r->evidence;
    }
    bytes_put(c->out, bytes, message_build(&message, bytes));
}

static enum err take_message(enum record_kind kind, const uint8_t *bytes, size_t length,
                             struct record *r) {
    struct message message;
    size_t head = kind == RECORD_VERDICT ? 1 : kind == RECORD_PROCESS ? 2 : 0;
    if (length <= head) return ERR_SHORT;
    if (kind == RECORD_VERDICT && bytes[0] >= VERDICT_COUNT) return ERR_RANGE;
    if (kind == RECORD_PROCESS && bytes[0] >= RECORD_FATE_COUNT) return ERR_RANGE;
    enum err err = message_parse(bytes + head, length - head, &message);
    if (err != ERR_OK) return err;
    if (message.kind != message_in(kind)) return ERR_KIND;
    r->kind = kind;
    if (kind == RECORD_VERDICT)
        r->verdict = (struct record_verdict){bytes[0], message.verdict};
    else if (kind == RECORD_ASSOCIATION)
        r->association = message.association;
    else if (kind == RECORD_KEYING)
        r->keying = message.keying;
    else if (kind == RECORD_PROCESS)
        r->process = (struct record_process){bytes[0], bytes[1], message.process};
    else
        r->evidence = message.evidence;
    return ERR_OK;
}

void record_build(const struct record *record, enum job_id job, struct message *out) {
    struct message_record *to = &out->record;
    struct writer w = writer_of(to->bytes, sizeof to->bytes);
    struct codec c = {.out = &w};
    struct record copy = *record; /* the visitors take it as theirs to write, and do not */
    out->kind = MESSAGE_RECORD;
    to->job = (uint8_t)job;
    to->kind = (uint8_t)record->kind;
    to->sequence = 0;
    to->counter = (struct mono){0};
    if (message_in(record->kind) != 0)
        put_message(&c, record);
    else
        visits[record->kind](&c, &copy);
    CHECK(!w.failed);
    to->length = (uint16_t)writer_length(&w);
}

enum err record_parse(enum record_kind kind, const uint8_t *bytes, size_t length,
                      struct record *out) {
    if (kind >= RECORD_KIND_COUNT) return ERR_KIND;
    if (message_in(kind) != 0) return take_message(kind, bytes, length, out);
    if (!visits[kind]) return ERR_KIND;
    struct reader r = reader_of(bytes, length);
    struct codec c = {.in = &r};
    struct record record;
    memset(&record, 0, sizeof record);
    record.kind = kind;
    visits[kind](&c, &record);
    if (r.failed) return ERR_SHORT;
    if (c.wrong) return ERR_RANGE;
    enum err err = bytes_finish(&r);
    if (err == ERR_OK) *out = record;
    return err;
}

const char *record_kind_name(enum record_kind kind) {
    static const char *const names[RECORD_KIND_COUNT] = {
        [RECORD_BEGIN] = "begin",       [RECORD_JOURNAL] = "journal",
        [RECORD_SAMPLE] = "sample",     [RECORD_INTENT] = "intent",
        [RECORD_EFFECT] = "effect",     [RECORD_VERDICT] = "verdict",
        [RECORD_RECEIPT] = "receipt",   [RECORD_KEYING] = "keying",
        [RECORD_PROCESS] = "process",   [RECORD_NOTICE] = "notice",
        [RECORD_REQUEST] = "request",   [RECORD_ASSOCIATION] = "association",
        [RECORD_EVIDENCE] = "evidence",
    };
    return kind < RECORD_KIND_COUNT && names[kind] ? names[kind] : "unknown";
}

const char *record_fate_name(enum record_fate fate) {
    static const char *const names[RECORD_FATE_COUNT] = {"runs", "exited", "killed"};
    return fate < RECORD_FATE_COUNT ? names[fate] : "unknown";
}

const char *record_act_name(enum record_act act) {
    static const char *const names[RECORD_ACT_COUNT] = {"line", "step", "kernel-step"};
    return act < RECORD_ACT_COUNT ? names[act] : "unknown";
}

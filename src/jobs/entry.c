/* JSON of the entries. Every kind has one function that writes its members. */
#include "jobs/entry.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/text.h"
#include "jobs/job.h"

static void write_head(struct json *json, const struct entry_head *head) {
    char utc[TEXT_BYTES];
    json_int(json, "v", ENTRY_VERSION);
    json_string(json, "kind", head->kind);
    json_string(json, "job", head->job);
    json_int(json, "pid", head->pid);
    json_string(json, "boot", head->boot);
    json_uint(json, "seq", head->sequence);
    json_int(json, "counter", head->counter.ns);
    if (head->has_time) {
        json_string(json, "utc", text_utc(head->utc, utc));
        json_double(json, "radius", head->radius_s);
    } else {
        json_null(json, "utc");
        json_null(json, "radius");
    }
}

static void write_base64(struct json *json, const char *key, const uint8_t *bytes, size_t length) {
    char text[BASE64_TEXT_BYTES(MESSAGE_RECORD_BYTES)];
    json_string(json, key, base64_text(bytes, length, text, sizeof text));
}

static void write_address(struct json *json, const char *key, const struct addr *addr) {
    char text[ADDR_TEXT_BYTES];
    if (addr->family == ADDR_NONE)
        json_null(json, key);
    else
        json_string(json, key, addr->port ? addr_text_port(addr, text) : addr_text(addr, text));
}

static void write_source(struct json *json, const char *key, uint16_t source,
                         const struct config *config) {
    if (source < config->source_count)
        json_string(json, key, config->sources[source].name);
    else if (source == UINT16_MAX)
        json_null(json, key);
    else
        json_string(json, key, "local");
}

static void write_utc(struct json *json, const char *key, struct utc utc) {
    char text[TEXT_BYTES];
    json_string(json, key, text_utc(utc, text));
}

static void write_line(struct json *json, const struct clock_state *clock) {
    const struct line *line = &clock->line;
    json_open_object(json, "line");
    json_int(json, "counter", line->m0.ns);
    json_int(json, "tai", line->tai0.ns);
    json_double(json, "rate", line->rate);
    json_double(json, "slew", line->slew);
    json_double(json, "slew_s", line->slew_s);
    json_double(json, "radius", line->radius_s);
    json_double(json, "radius_rate", line->radius_rate);
    json_bool(json, "synchronised", clock->synchronised);
    json_uint(json, "stratum", clock->stratum);
    json_int(json, "tai_utc", clock->tai_utc_s);
    json_uint(json, "generation", clock->generation);
    json_close_object(json);
}

static void write_begin(struct json *json, const struct record *r, const struct config *config) {
    (void)config;
    json_bool(json, "steers", r->begin.steers);
    json_bool(json, "continued", r->begin.continued);
    if (r->begin.continued) write_line(json, &r->begin.page);
    if (r->begin.has_drift) json_double(json, "frequency", r->begin.drift.frequency);
    json_int(json, "leap_table_expires", r->begin.leaps.expires_utc_s);
    json_uint(json, "leap_seconds", r->begin.leaps.count);
}

static void write_journal(struct json *json, const struct record *r, const struct config *config) {
    char digest[2 * RECORD_DIGEST_BYTES + 1];
    (void)config;
    for (size_t i = 0; i < RECORD_DIGEST_BYTES; i++)
        snprintf(digest + 2 * i, 3, "%02x", r->journal.digest[i]);
    json_uint(json, "events", r->journal.events);
    json_string(json, "digest", digest);
}

static void write_sample(struct json *json, const struct record *r, const struct config *config) {
    const struct exchange *x = &r->sample.exchange;
    json_uint(json, "source", x->source);
    write_source(json, "name", x->source, config);
    json_int(json, "taken", r->sample.now.ns);
    json_int(json, "t1", x->t1.ns);
    write_utc(json, "t2", x->t2);
    write_utc(json, "t3", x->t3);
    json_int(json, "t4", x->t4.ns);
    json_double(json, "delay",
                s_from_ns(mono_diff(x->t4, x->t1)) - s_from_ns(utc_diff(x->t3, x->t2)));
    json_uint(json, "stratum", x->stratum);
    json_uint(json, "leap", x->leap);
    json_double(json, "root_delay", x->root_delay_s);
    json_double(json, "root_dispersion", x->root_dispersion_s);
    json_double(json, "stamp_error", x->stamp_error_s);
}

static void write_intent(struct json *json, const struct record *r, const struct config *config) {
    const struct record_intent *x = &r->intent;
    json_uint(json, "intent", x->number);
    json_string(json, "act", record_act_name(x->act));
    json_double(json, "offset", x->offset_s);
    json_double(json, "frequency", x->frequency);
    json_double(json, "line_radius", x->radius_s);
    json_double(json, "radius_rate", x->radius_rate);
    json_uint(json, "updates", x->updates);
    json_uint(json, "voters", x->voters);
    json_uint(json, "agreeing", x->agreeing);
    write_source(json, "reference", x->reference, config);
    json_open_array(json, "verdicts");
    for (size_t i = 0; i < x->count; i++)
        json_string(json, NULL, message_verdict_name(x->verdicts[i]));
    json_close_array(json);
}

static void write_effect(struct json *json, const struct record *r, const struct config *config) {
    const struct record_effect *x = &r->effect;
    (void)config;
    json_uint(json, "intent", x->number);
    write_line(json, &x->line);
    json_bool(json, "steers", x->steers);
    if (!x->steers) return;
    json_double(json, "kernel_frequency_asked", x->kernel_asked);
    if (x->has_kernel_read)
        json_double(json, "kernel_frequency_read", x->kernel_read);
    else
        json_null(json, "kernel_frequency_read");
    json_double(json, "kernel_offset", x->kernel_offset_s);
}

static void write_verdict(struct json *json, const struct record *r, const struct config *config) {
    const struct message_verdict *x = &r->verdict.verdict;
    json_uint(json, "source", x->source);
    write_source(json, "name", x->source, config);
    json_string(json, "verdict", message_verdict_name(x->verdict));
    json_string(json, "before", message_verdict_name(r->verdict.before));
    json_double(json, "offset", x->offset_s);
    json_double(json, "lower", x->lower_s);
    json_double(json, "upper", x->upper_s);
    json_uint(json, "samples", x->samples);
}

static void write_receipt(struct json *json, const struct record *r, const struct config *config) {
    const struct record_receipt *x = &r->receipt;
    json_uint(json, "source", x->source);
    write_source(json, "name", x->source, config);
    write_address(json, "from", &x->from);
    write_address(json, "local", &x->local);
    if (x->err == ERR_OK)
        json_null(json, "error");
    else
        json_string(json, "error", err_name(x->err));
    json_bool(json, "nts", x->nts);
    json_bool(json, "kernel_stamp", x->kernel_stamp);
    json_int(json, "received", x->received.ns);
    write_base64(json, "request", x->request, x->request_length);
    write_base64(json, "reply", x->reply, x->reply_length);
}

static void write_association(struct json *json, const struct record *r,
                              const struct config *config) {
    const struct message_association *x = &r->association;
    json_uint(json, "source", x->source);
    write_source(json, "name", x->source, config);
    write_address(json, "address", &x->addr);
    json_string(json, "state", message_association_name(x->state));
    json_string(json, "auth", message_auth_name(x->auth));
    json_bool(json, "reachable", x->reach != 0);
    json_uint(json, "sent", x->sent);
    json_uint(json, "received", x->received);
}

static void write_keying(struct json *json, const struct record *r, const struct config *config) {
    const struct message_keying *x = &r->keying;
    (void)config;
    json_bool(json, "has_keys", x->has_keys);
    json_uint(json, "key_id", x->key_id);
    json_uint(json, "rotations", x->rotations);
    json_int(json, "certificate_ends", x->certificate_ends_utc_s);
}

static void write_process(struct json *json, const struct record *r, const struct config *config) {
    const struct message_process *x = &r->process.process;
    (void)config;
    json_string(json, "name", message_job_name(x->job));
    json_uint(json, "instance", x->instance);
    json_int(json, "process", x->pid);
    json_uint(json, "restarts", x->restarts);
    json_string(json, "sandbox", x->sandbox);
    json_string(json, "fate", record_fate_name(r->process.fate));
    json_uint(json, "code", r->process.code);
}

static void write_notice(struct json *json, const struct record *r, const struct config *config) {
    static const char *const levels[] = {"debug", "info", "warning", "error"};
    (void)config;
    json_string(json, "level", r->notice.level <= LOG_LEVEL_ERROR ? levels[r->notice.level] : "?");
    json_string(json, "text", r->notice.text);
}

/* A part of a report that somebody lied (RFC 10049); the parts follow each other. */
static void write_evidence(struct json *json, const struct record *r, const struct config *config) {
    const struct message_evidence *x = &r->evidence;
    char text[MESSAGE_EVIDENCE_BYTES + 1];
    (void)config;
    memcpy(text, x->bytes, x->length);
    text[x->length] = '\0';
    json_uint(json, "offset", x->offset);
    json_uint(json, "total", x->total);
    json_string(json, "text", text);
}

static void write_request(struct json *json, const struct record *r, const struct config *config) {
    (void)config;
    json_uint(json, "uid", r->request.uid);
    json_int(json, "process", r->request.pid);
    json_string(json, "text", r->request.text);
}

static void (*const writers[RECORD_KIND_COUNT])(struct json *, const struct record *,
                                                const struct config *) = {
    [RECORD_BEGIN] = write_begin,       [RECORD_JOURNAL] = write_journal,
    [RECORD_SAMPLE] = write_sample,     [RECORD_INTENT] = write_intent,
    [RECORD_EFFECT] = write_effect,     [RECORD_VERDICT] = write_verdict,
    [RECORD_RECEIPT] = write_receipt,   [RECORD_ASSOCIATION] = write_association,
    [RECORD_KEYING] = write_keying,     [RECORD_PROCESS] = write_process,
    [RECORD_NOTICE] = write_notice,     [RECORD_REQUEST] = write_request,
    [RECORD_EVIDENCE] = write_evidence,
};

/* An alarm is a notice that no search may miss. */
static const char *kind_of(const struct record *r) {
    bool alarm = r->kind == RECORD_NOTICE && strncmp(r->notice.text, "alarm: ", 7) == 0;
    return alarm ? "alarm" : record_kind_name(r->kind);
}

enum err entry_of_record(const struct entry_head *head, const struct message_record *record,
                         const struct config *config, char out[ENTRY_BYTES + 1], size_t *length) {
    struct json json;
    struct record r;
    struct entry_head own = *head;
    enum err err = record_parse(record->kind, record->bytes, record->length, &r);
    own.kind = err == ERR_OK ? kind_of(&r) : "malformed";
    json_init(&json, out, ENTRY_BYTES + 1);
    json_open_object(&json, NULL);
    write_head(&json, &own);
    if (err == ERR_OK) writers[r.kind](&json, &r, config);
    write_base64(&json, "raw", record->bytes, record->length);
    json_close_object(&json);
    *length = json.length;
    return json.failed ? ERR_FULL : err;
}

enum err entry_of(const struct entry_head *head,
                  void (*fill)(struct json *json, const void *context), const void *context,
                  char out[ENTRY_BYTES + 1], size_t *length) {
    struct json json;
    json_init(&json, out, ENTRY_BYTES + 1);
    json_open_object(&json, NULL);
    write_head(&json, head);
    fill(&json, context);
    json_close_object(&json);
    if (json.failed) return ERR_FULL;
    *length = json.length;
    return ERR_OK;
}

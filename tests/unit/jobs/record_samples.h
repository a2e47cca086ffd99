/* One record of each kind, with values at the edges: those that are as long as they can be. Made in
 * place, since a record is large. Included by the tests of records, entries and the recorder. */
#pragma once

#include <string.h>

#include "jobs/record.h"

static const struct addr sample_ipv4 = {.family = ADDR_IPV4, .bytes = {192, 0, 2, 1}, .port = 123};
static const struct addr sample_ipv6 = {
    .family = ADDR_IPV6, .bytes = {0xfe, 0x80, [15] = 1}, .port = 123, .scope = 0x01020304};
static const int64_t sample_utc_ns = INT64_C(1790000000123456789);

static inline struct clock_state sample_clock(void) {
    return (struct clock_state){.line = {.m0 = {5},
                                         .tai0 = {INT64_C(1790000037000000000)},
                                         .rate = -4e-5,
                                         .slew = 1e-3,
                                         .slew_s = 2,
                                         .radius_s = 0.01,
                                         .radius_rate = 1e-6},
                                .void_after = MONO_NEVER,
                                .synchronised = true,
                                .stratum = 2,
                                .reference_id = 7,
                                .reference_time = {INT64_C(1790000036000000000)},
                                .root_delay_s = 0.02,
                                .bound_max_s = 0.1,
                                .tai_utc_s = 37,
                                .tai_utc_after_s = 36,
                                .next_leap = {INT64_MAX},
                                .generation = UINT64_MAX,
                                .latched = true,
                                .updates = 8,
                                .heard = 3,
                                .suspended_ns = 1};
}

static inline struct exchange sample_exchange(void) {
    return (struct exchange){.source = LIMIT_SOURCES - 1,
                             .stratum = LIMIT_STRATUM,
                             .leap = LEAP_DELETE,
                             .version = 4,
                             .poll_log2s = -2,
                             .reference_id = 0x50505300,
                             .source_reference_id = 0xc0000201,
                             .t1 = {-5},
                             .t4 = {7},
                             .t2 = {INT64_C(1790000000123456789)},
                             .t3 = {INT64_C(1790000000123456790)},
                             .root_delay_s = 31.9,
                             .root_dispersion_s = 0.25,
                             .precision_s = 0x1p-20,
                             .stamp_error_s = 1e-9};
}

static inline void sample_begin(struct record_begin *x) {
    *x = (struct record_begin){.steers = true,
                               .has_drift = true,
                               .continued = true,
                               .drift = {-1e-4, 1e-6},
                               .page = sample_clock(),
                               .leaps = {.expires_utc_s = 1800000000, .count = LIMIT_LEAPS}};
    for (uint32_t i = 0; i < LIMIT_LEAPS; i++)
        x->leaps.entries[i] = (struct leap_entry){1000000000 + i, (int32_t)(32 + i)};
}

static inline void sample_intent(struct record_intent *x) {
    *x = (struct record_intent){.number = UINT32_MAX,
                                .act = RECORD_ACT_KERNEL_STEP,
                                .now = {77},
                                .offset_s = -0.25,
                                .frequency = 4e-5,
                                .radius_s = 0.01,
                                .radius_rate = 1e-6,
                                .updates = 9,
                                .voters = 4,
                                .agreeing = 3,
                                .reference = 2,
                                .count = RECORD_VERDICTS};
    for (size_t i = 0; i < RECORD_VERDICTS; i++) x->verdicts[i] = (uint8_t)(i % VERDICT_COUNT);
}

static inline void sample_receipt(struct record_receipt *x) {
    *x = (struct record_receipt){.err = ERR_ORIGIN,
                                 .from = sample_ipv6,
                                 .local = sample_ipv4,
                                 .sent = {100},
                                 .received = {200},
                                 .sent_error_s = 1e-6,
                                 .received_error_s = 2e-6,
                                 .pivot = {INT64_C(1790000000000000000)},
                                 .kernel_stamp = true,
                                 .nts = true,
                                 .source = 1,
                                 .request_length = RECORD_REQUEST_BYTES,
                                 .reply_length = LIMIT_DATAGRAM_BYTES};
    memset(x->request, 0x23, sizeof x->request);
    memset(x->reply, 0xa5, sizeof x->reply);
}

static inline void sample_association(struct message_association *x) {
    *x = (struct message_association){.source = 3,
                                      .state = ASSOCIATION_POLLING,
                                      .addr = sample_ipv6,
                                      .poll_log2s = 6,
                                      .reach = 0377,
                                      .sent = 10,
                                      .received = 8,
                                      .last_drop = ERR_COUNT - 1,
                                      .auth = ASSOCIATION_AUTH_KEYED,
                                      .cookies = LIMIT_NTS_COOKIES};
    memset(x->name, 'n', LIMIT_HOST_NAME_BYTES - 1);
    for (size_t i = 0; i < ERR_COUNT; i++) x->drops[i] = UINT64_MAX - i;
}

static inline void sample_journal(struct record_journal *x) {
    *x = (struct record_journal){.events = 3, .length = RECORD_JOURNAL_BYTES};
    for (size_t i = 0; i < sizeof x->digest; i++) x->digest[i] = (uint8_t)(0xf0 + i);
    memset(x->bytes, 0xff, sizeof x->bytes);
}

static inline void sample_evidence(struct message_evidence *x) {
    *x = (struct message_evidence){
        .offset = 7, .total = 7 + MESSAGE_EVIDENCE_BYTES, .length = MESSAGE_EVIDENCE_BYTES};
    memset(x->bytes, '"', sizeof x->bytes); /* each takes two octets of JSON */
}

static inline void sample_verdict(struct record_verdict *x) {
    *x = (struct record_verdict){.before = VERDICT_NO_DATA,
                                 .verdict = {.source = LIMIT_SOURCES,
                                             .verdict = VERDICT_FALSETICKER,
                                             .stratum = 16,
                                             .leap = LEAP_ALARM,
                                             .reference_id = 1,
                                             .samples = 32,
                                             .offset_s = -0.5,
                                             .lower_s = -1,
                                             .upper_s = 1,
                                             .weight = 1,
                                             .last = {99}}};
}

static inline void sample_record(enum record_kind kind, struct record *out) {
    memset(out, 0, sizeof *out);
    out->kind = kind;
    switch (kind) {
    case RECORD_BEGIN:
        sample_begin(&out->begin);
        break;
    case RECORD_JOURNAL:
        sample_journal(&out->journal);
        break;
    case RECORD_SAMPLE:
        out->sample = (struct record_sample){{8}, sample_exchange()};
        break;
    case RECORD_INTENT:
        sample_intent(&out->intent);
        break;
    case RECORD_EFFECT:
        out->effect =
            (struct record_effect){5, {78}, sample_clock(), true, 4e-5, true, 3.9e-5, -1e-6};
        break;
    case RECORD_VERDICT:
        sample_verdict(&out->verdict);
        break;
    case RECORD_RECEIPT:
        sample_receipt(&out->receipt);
        break;
    case RECORD_ASSOCIATION:
        sample_association(&out->association);
        break;
    case RECORD_KEYING:
        out->keying = (struct message_keying){1, 2, 3, {4, 5}, 6, 7, 8, true, 9, 10, 11, 12};
        break;
    case RECORD_PROCESS:
        out->process = (struct record_process){
            RECORD_FATE_KILLED, 9, {JOB_STATUS, 1, INT32_MAX, 3, "seccomp, Landlock 7"}};
        break;
    case RECORD_NOTICE:
        out->notice.level = 2;
        memset(out->notice.text, '\\', LIMIT_LOG_LINE_BYTES - 1);
        break;
    case RECORD_REQUEST:
        out->request = (struct record_request){1000, 4711, "signal HUP"};
        break;
    case RECORD_EVIDENCE:
        sample_evidence(&out->evidence);
        break;
    case RECORD_KIND_COUNT:
        break;
    }
}

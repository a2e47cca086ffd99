/* Receipts. Invariant: at most LIMIT_RECEIPT_DROPS dropped packets of a request are recorded. */
#include "jobs/receipts.h"

#include <string.h>

void receipts_request(struct receipts *receipts, const uint8_t *bytes, size_t length) {
    size_t kept = length < RECORD_REQUEST_BYTES ? length : RECORD_REQUEST_BYTES;
    receipts->request_length = (uint16_t)kept;
    memcpy(receipts->request, bytes, kept);
    receipts->drops_left = LIMIT_RECEIPT_DROPS;
}

static void post(const struct record *record, struct outbox *outbox) {
    struct effect *effect = job_effect(outbox, EFFECT_POST);
    effect->post.to = JOB_RECORDER;
    record_build(record, JOB_SOURCE, &effect->post.message);
}

void receipts_reply(struct receipts *receipts, const struct event *event,
                    const struct ntp_client *client, struct utc pivot, enum err err, bool nts,
                    struct outbox *outbox) {
    struct record record = {.kind = RECORD_RECEIPT};
    struct record_receipt *x = &record.receipt;
    if (!receipts->on || (err != ERR_OK && receipts->drops_left == 0)) return;
    if (err != ERR_OK) receipts->drops_left--;
    x->err = (uint8_t)err;
    x->from = event->from;
    x->local = event->local;
    x->sent = client->sent;
    x->received = event->stamp;
    x->sent_error_s = client->sent_error_s;
    x->received_error_s = event->stamp_error_s;
    x->pivot = pivot;
    x->kernel_stamp = event->kernel_stamp;
    x->nts = nts;
    x->source = event->source;
    x->request_length = receipts->request_length;
    memcpy(x->request, receipts->request, x->request_length);
    x->reply_length = (uint16_t)(event->length < sizeof x->reply ? event->length : sizeof x->reply);
    memcpy(x->reply, event->bytes, x->reply_length);
    post(&record, outbox);
}

void receipts_state(struct receipts *receipts, const struct message_association *report,
                    struct outbox *outbox) {
    bool reachable = report->reach != 0;
    bool same = receipts->any && reachable == receipts->reachable &&
                report->state == receipts->state && report->auth == receipts->auth &&
                addr_same(&report->addr, &receipts->addr);
    if (!receipts->on || same) return;
    receipts->any = true;
    receipts->reachable = reachable;
    receipts->state = report->state;
    receipts->auth = report->auth;
    receipts->addr = report->addr;
    struct record record = {.kind = RECORD_ASSOCIATION, .association = *report};
    post(&record, outbox);
}

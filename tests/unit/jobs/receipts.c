/* Receipts: each accepted reply whole, a few of the drops of each request, changes of state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "jobs/receipts.h"

static struct receipts receipts;
static struct outbox outbox;
static struct record record;
static uint8_t bytes[LIMIT_DATAGRAM_BYTES + 100];
static const struct ntp_client client = {.sent = {100}, .sent_error_s = 1e-6};

static int set_up(void **state) {
    (void)state;
    receipts = (struct receipts){.on = true};
    outbox.count = 0;
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 7);
    return 0;
}

static void reply(enum err err, size_t length) {
    struct event event = {.kind = EVENT_DATAGRAM,
                          .source = 3,
                          .bytes = bytes,
                          .length = length,
                          .from = {.family = ADDR_IPV4, .bytes = {192, 0, 2, 1}, .port = 123},
                          .local = {.family = ADDR_IPV4, .bytes = {192, 0, 2, 9}, .port = 4000},
                          .stamp = {200},
                          .stamp_error_s = 2e-6,
                          .kernel_stamp = true};
    receipts_reply(&receipts, &event, &client, (struct utc){NS_PER_S}, err, true, &outbox);
}

static void expect_record(void) {
    const struct effect *effect = &outbox.effects[outbox.count - 1];
    assert_int_equal(effect->kind, EFFECT_POST);
    assert_int_equal(effect->post.to, JOB_RECORDER);
    const struct message_record *m = &effect->post.message.record;
    assert_int_equal(m->job, JOB_SOURCE);
    assert_int_equal(record_parse(m->kind, m->bytes, m->length, &record), ERR_OK);
}

static void a_reply_is_recorded_whole(void **state) {
    (void)state;
    receipts_request(&receipts, bytes + 50, 200); /* of which the header is kept */
    reply(ERR_OK, 300);
    assert_int_equal(outbox.count, 1);
    expect_record();
    const struct record_receipt *x = &record.receipt;
    assert_int_equal(record.kind, RECORD_RECEIPT);
    assert_int_equal(x->err, ERR_OK);
    assert_int_equal(x->source, 3);
    assert_int_equal(x->request_length, RECORD_REQUEST_BYTES);
    assert_memory_equal(x->request, bytes + 50, RECORD_REQUEST_BYTES);
    assert_int_equal(x->reply_length, 300);
    assert_memory_equal(x->reply, bytes, 300);
    assert_true(x->sent.ns == 100 && x->received.ns == 200 && x->pivot.ns == NS_PER_S);
    assert_true(x->sent_error_s == 1e-6 && x->received_error_s == 2e-6);
    assert_true(x->kernel_stamp && x->nts && x->from.port == 123 && x->from.bytes[3] == 1);
    assert_int_equal(x->local.bytes[3], 9);
}

static void whatever_length_it_has(void **state) {
    (void)state;
    reply(ERR_SHORT, 0);
    assert_int_equal(outbox.count, 0); /* no request is out: strangers are not recorded */
    receipts_request(&receipts, bytes, 7);
    reply(ERR_SHORT, 0);
    expect_record();
    assert_int_equal(record.receipt.request_length, 7);
    assert_int_equal(record.receipt.reply_length, 0);
    reply(ERR_TOO_LONG, sizeof bytes);
    expect_record();
    assert_int_equal(record.receipt.reply_length, LIMIT_DATAGRAM_BYTES);
    assert_int_equal(record.receipt.err, ERR_TOO_LONG);
}

/* A flood of forgeries fills no disk, and hides no true reply. */
static void a_few_drops_of_each_request(void **state) {
    (void)state;
    for (size_t request = 0; request < 3; request++) {
        outbox.count = 0;
        receipts_request(&receipts, bytes, NTP_PACKET_HEADER_BYTES);
        for (int i = 0; i < 1000; i++) reply(ERR_ORIGIN, 48);
        assert_int_equal(outbox.count, LIMIT_RECEIPT_DROPS);
        reply(ERR_OK, 48);
        assert_int_equal(outbox.count, LIMIT_RECEIPT_DROPS + 1);
        expect_record();
        assert_int_equal(record.receipt.err, ERR_OK);
    }
}

static void changes_of_state(void **state) {
    struct message_association report = {.source = 3, .name = "ntp.example"};
    (void)state;
    receipts_state(&receipts, &report, &outbox);
    assert_int_equal(outbox.count, 1); /* the first is one */
    expect_record();
    assert_int_equal(record.kind, RECORD_ASSOCIATION);
    report.sent = 5;
    receipts_state(&receipts, &report, &outbox);
    assert_int_equal(outbox.count, 1); /* counters are none */
    report.reach = 1;
    receipts_state(&receipts, &report, &outbox);
    assert_int_equal(outbox.count, 2);
    report.reach = 3;
    receipts_state(&receipts, &report, &outbox);
    assert_int_equal(outbox.count, 2); /* still reachable */
    report.reach = 0;
    receipts_state(&receipts, &report, &outbox);
    report.state = ASSOCIATION_REFUSED;
    receipts_state(&receipts, &report, &outbox);
    report.auth = ASSOCIATION_AUTH_KEYING;
    receipts_state(&receipts, &report, &outbox);
    report.addr = (struct addr){.family = ADDR_IPV4, .bytes = {192, 0, 2, 2}, .port = 123};
    receipts_state(&receipts, &report, &outbox);
    assert_int_equal(outbox.count, 6);
    expect_record();
    assert_true(addr_same(&record.association.addr, &report.addr));
}

static void without_a_ledger(void **state) {
    struct message_association report = {.source = 3};
    (void)state;
    receipts.on = false;
    receipts_request(&receipts, bytes, 48);
    reply(ERR_OK, 48);
    reply(ERR_ORIGIN, 48);
    receipts_state(&receipts, &report, &outbox);
    assert_int_equal(outbox.count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_reply_is_recorded_whole, set_up),
        cmocka_unit_test_setup(whatever_length_it_has, set_up),
        cmocka_unit_test_setup(a_few_drops_of_each_request, set_up),
        cmocka_unit_test_setup(changes_of_state, set_up),
        cmocka_unit_test_setup(without_a_ledger, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

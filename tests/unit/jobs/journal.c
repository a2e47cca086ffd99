/* The keeper's diary: what is read from a page is bit for bit what was taken, and damage is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "jobs/journal.h"

enum { EVENTS = 3000, PAGES = 256 };

static struct journal journal;
static struct outbox outbox;
static struct event events[EVENTS];
static struct message messages[EVENTS];
static struct record pages[PAGES];
static size_t page_count, sample_count;
static struct journal_cursor cursor;

/* xorshift: the same events in every run. */
static uint64_t randomness(void) {
    static uint64_t x = 0x9e3779b97f4a7c15;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x;
}

static int64_t random_ns(int64_t most) {
    return (int64_t)(randomness() % (uint64_t)(2 * most)) - most;
}

/* Takes the records out of the outbox; the first is a page. */
static void collect(void) {
    for (size_t i = 0; i < outbox.count; i++) {
        const struct effect *effect = &outbox.effects[i];
        assert_int_equal(effect->kind, EFFECT_POST);
        assert_int_equal(effect->post.to, JOB_RECORDER);
        const struct message_record *record = &effect->post.message.record;
        assert_true(page_count < PAGES);
        assert_int_equal(
            record_parse(record->kind, record->bytes, record->length, &pages[page_count]), ERR_OK);
        if (record->kind == RECORD_SAMPLE)
            sample_count++;
        else
            page_count++;
    }
    outbox.count = 0;
}

static void random_message(struct message *m) {
    switch (randomness() % 3) {
    case 0:
        *m = (struct message){.kind = MESSAGE_FORGET, .forget = randomness() % LIMIT_SOURCES};
        break;
    case 1:
        *m = (struct message){
            .kind = MESSAGE_RECORDED,
            .recorded = {(uint32_t)randomness(), (uint8_t)(randomness() % ERR_COUNT)}};
        break;
    default:
        *m = (struct message){.kind = MESSAGE_BOUND};
        m->bound.at.ns = (int64_t)(randomness() >> 3);
        m->bound.low.ns = (int64_t)(randomness() >> 3);
        m->bound.high.ns = m->bound.low.ns + (int64_t)(randomness() % NS_PER_S);
    }
}

static double random_small(void) {
    return (double)random_ns(1000000) / 3e9;
}

static void random_event(size_t i, struct mono *now) {
    struct event *event = &events[i];
    now->ns += random_ns(NS_PER_S) + NS_PER_S / 2;
    *event = (struct event){.kind = i == 0 ? EVENT_START : EVENT_WAKE, .now = *now};
    if (i > 0 && randomness() % 4 == 0) {
        random_message(&messages[i]);
        event->kind = EVENT_MESSAGE;
        event->message = &messages[i];
        return;
    }
    event->kernel = (struct kernel_reading){
        .counter.ns = now->ns + random_ns(1000),
        .realtime.ns = now->ns + INT64_C(1790000000000000000) + random_ns(INT64_C(1) << 50),
        .error_s = randomness() % 2 ? random_small() : 1e-6,
        .suspended_ns = randomness() % 8 ? 0 : (int64_t)(randomness() % (1000 * NS_PER_S)),
        .has_adjusted = randomness() % 2,
    };
    if (event->kernel.has_adjusted) event->kernel.adjusted = random_small();
}

static void begin(bool on) {
    journal_init(&journal, on);
    outbox.count = 0;
    page_count = sample_count = 0;
}

static void expect_same_event(const struct event *is, const struct event *was) {
    static uint8_t a[LIMIT_MESSAGE_BYTES], b[LIMIT_MESSAGE_BYTES];
    assert_int_equal(is->kind, was->kind);
    assert_true(is->now.ns == was->now.ns);
    assert_null(is->entropy);
    if (was->kind == EVENT_MESSAGE) {
        size_t length = message_build(is->message, a);
        assert_int_equal(length, message_build(was->message, b));
        assert_memory_equal(a, b, length);
        return;
    }
    const struct kernel_reading *x = &is->kernel, *y = &was->kernel;
    assert_true(x->counter.ns == y->counter.ns && x->realtime.ns == y->realtime.ns);
    assert_true(x->suspended_ns == y->suspended_ns && x->has_adjusted == y->has_adjusted);
    assert_memory_equal(&x->error_s, &y->error_s, sizeof x->error_s);
    assert_memory_equal(&x->adjusted, &y->adjusted, sizeof x->adjusted);
}

static void random_events_come_back(void **state) {
    struct mono now = {123};
    size_t at = 0;
    (void)state;
    begin(true);
    for (size_t i = 0; i < EVENTS; i++) {
        random_event(i, &now);
        journal_take(&journal, &events[i], &outbox);
        collect();
    }
    journal_flush(&journal, &outbox);
    collect();
    assert_true(page_count > 10);
    for (size_t p = 0; p < page_count; p++) {
        size_t first = at;
        struct event event;
        bool end;
        journal_open(&cursor, &pages[p].journal);
        for (;;) {
            assert_int_equal(journal_next(&cursor, &event, &end), ERR_OK);
            if (end) break;
            expect_same_event(&event, &events[at++]);
        }
        assert_int_equal(pages[p].journal.events, at - first);
    }
    assert_int_equal(at, EVENTS);
}

/* Wakes, two a second, must not fill the disk: what changes little takes few octets. */
static void ordinary_wakes_are_short(void **state) {
    (void)state;
    begin(true);
    for (int64_t i = 0; i < 100; i++) {
        struct event event = {.kind = EVENT_WAKE, .now.ns = i * NS_PER_S / 2 + 12345};
        event.kernel = (struct kernel_reading){
            .counter.ns = event.now.ns + 40, .realtime.ns = event.now.ns * 1000, .error_s = 1e-7};
        event.kernel.realtime.ns = event.now.ns + INT64_C(1790000000000000000) + i % 100;
        journal_take(&journal, &event, &outbox);
    }
    assert_int_equal(journal.page.events, 100);
    assert_true(journal.page.length < 100 * 13);
    assert_int_equal(outbox.count, 0);
}

/* An exchange is a record of its own, and what came before it is posted before it. */
static void exchanges_stand_between_pages(void **state) {
    struct message message = {.kind = MESSAGE_EXCHANGE};
    struct event wake = {.kind = EVENT_WAKE, .now = {5}};
    struct event told = {.kind = EVENT_MESSAGE, .now = {6}, .message = &message};
    (void)state;
    message.exchange = (struct exchange){.source = 1, .stratum = 2, .version = 4, .t4 = {3}};
    begin(true);
    journal_take(&journal, &wake, &outbox);
    journal_take(&journal, &told, &outbox);
    assert_int_equal(outbox.count, 2);
    assert_int_equal(outbox.effects[0].post.message.record.kind, RECORD_JOURNAL);
    assert_int_equal(outbox.effects[1].post.message.record.kind, RECORD_SAMPLE);
    collect();
    journal_take(&journal, &told, &outbox); /* nothing came in between: no empty page */
    assert_int_equal(outbox.count, 1);
    assert_int_equal(outbox.effects[0].post.message.record.kind, RECORD_SAMPLE);
    const struct message_record *record = &outbox.effects[0].post.message.record;
    static struct record parsed;
    assert_int_equal(record_parse(record->kind, record->bytes, record->length, &parsed), ERR_OK);
    assert_true(parsed.sample.now.ns == 6 && parsed.sample.exchange.t4.ns == 3);
}

static void without_a_ledger_nothing_is_kept(void **state) {
    struct event wake = {.kind = EVENT_WAKE, .now = {5}};
    struct clock_state clock = {.void_after = MONO_NEVER};
    (void)state;
    begin(false);
    journal_take(&journal, &wake, &outbox);
    journal_chain_clock(&journal, &clock);
    journal_flush(&journal, &outbox);
    assert_int_equal(outbox.count, 0);
    assert_int_equal(journal.page.events, 0);
}

static void the_chain_knows_every_effect(void **state) {
    static const uint8_t nothing[RECORD_DIGEST_BYTES];
    uint8_t before[RECORD_DIGEST_BYTES];
    struct clock_state clock = {.void_after = MONO_NEVER, .generation = 1};
    struct message drift = {.kind = MESSAGE_DRIFT, .drift = {1e-6, 1e-7}};
    (void)state;
    begin(true);
    job_post(&outbox, JOB_PARENT, &drift);
    job_log(&outbox, LOG_LEVEL_INFO, "a line");
    job_effect(&outbox, EFFECT_STEER)->steer.frequency = 1e-5;
    outbox.effects[2].steer.step_s = 0;
    for (size_t i = 0; i < 3; i++) {
        memcpy(before, journal.page.digest, sizeof before);
        journal_chain(&journal, &outbox, 2 - i);
        assert_memory_not_equal(journal.page.digest, before, sizeof before);
    }
    memcpy(before, journal.page.digest, sizeof before);
    journal_chain_clock(&journal, &clock);
    assert_memory_not_equal(journal.page.digest, before, sizeof before);
    /* What is compared record by record is not in it. */
    begin(true);
    struct message record = {.kind = MESSAGE_RECORD, .record = {.kind = RECORD_NOTICE}};
    job_post(&outbox, JOB_RECORDER, &record);
    journal_chain(&journal, &outbox, 0);
    assert_memory_equal(journal.page.digest, nothing, sizeof nothing);
    /* It goes on over the pages. */
    struct event wake = {.kind = EVENT_WAKE, .now = {5}};
    journal_chain_clock(&journal, &clock);
    memcpy(before, journal.page.digest, sizeof before);
    journal_take(&journal, &wake, &outbox);
    journal_flush(&journal, &outbox);
    assert_memory_equal(journal.page.digest, before, sizeof before);
}

/* Reads all of a page; the last error. */
static enum err read_page(const struct record_journal *page) {
    struct event event;
    bool end = false;
    journal_open(&cursor, page);
    for (size_t i = 0; i <= RECORD_JOURNAL_BYTES; i++) {
        enum err err = journal_next(&cursor, &event, &end);
        if (err != ERR_OK || end) return err;
    }
    return ERR_FULL; /* it would never end */
}

static void damaged_pages(void **state) {
    static struct record_journal page;
    struct mono now = {0};
    (void)state;
    begin(true);
    for (size_t i = 0; page_count == 0; i++) {
        random_event(i, &now);
        journal_take(&journal, &events[i], &outbox);
        collect();
    }
    page = pages[0].journal;
    assert_int_equal(read_page(&page), ERR_OK);
    size_t refused = 0;
    for (page.length = 1; page.length < pages[0].journal.length; page.length++)
        refused += read_page(&page) != ERR_OK;
    assert_true(refused > page.length / 2u); /* the others end between two events */
    page.length = pages[0].journal.length;
    for (size_t i = 0; i < page.length; i++) {
        page.bytes[i] ^= 0x80;
        assert_int_not_equal(read_page(&page), ERR_FULL);
        page.bytes[i] ^= 0x80;
    }
}

static enum err read_octets(const uint8_t *octets, size_t length) {
    static struct record_journal page;
    page.events = 1;
    page.length = (uint16_t)length;
    memcpy(page.bytes, octets, length);
    return read_page(&page);
}

static void what_no_keeper_writes(void **state) {
    static const uint8_t kind[] = {EVENT_DATAGRAM, 0};
    static const uint8_t far[] = {EVENT_WAKE, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                  0xff,       0xff, 0xff, 1,    0,    0,    0};
    static const uint8_t nan[] = {EVENT_WAKE, 0, 2, 0, 0, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0};
    static const uint8_t poll[] = {EVENT_MESSAGE, 0, 0, 4, MESSAGE_POLL, 0, 1, 6};
    static const uint8_t longer[] = {EVENT_MESSAGE, 0, 0xff, 0xff, MESSAGE_FORGET, 0, 1};
    static const uint8_t wrong[] = {EVENT_MESSAGE, 0, 0, 3, MESSAGE_FORGET, 0xff, 0xff};
    (void)state;
    assert_int_equal(read_octets(kind, sizeof kind), ERR_KIND);
    assert_int_equal(read_octets(far, sizeof far), ERR_RANGE);
    assert_int_equal(read_octets(nan, sizeof nan), ERR_RANGE);
    assert_int_equal(read_octets(poll, sizeof poll), ERR_KIND); /* no keeper is given that */
    assert_int_equal(read_octets(longer, sizeof longer), ERR_SHORT);
    assert_int_equal(read_octets(wrong, sizeof wrong), ERR_RANGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_events_come_back),
        cmocka_unit_test(ordinary_wakes_are_short),
        cmocka_unit_test(exchanges_stand_between_pages),
        cmocka_unit_test(without_a_ledger_nothing_is_kept),
        cmocka_unit_test(the_chain_knows_every_effect),
        cmocka_unit_test(damaged_pages),
        cmocka_unit_test(what_no_keeper_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The recorder over a ledger in memory: what it answers when, what it tells of losses, and that it
 * goes on, or stops, as the disk allows. */
#include "ledger/log_fixture.h"

#include "base/json.h"
#include "jobs/record_samples.h"
#include "jobs/recorder.h"

enum { ANSWERS = 128, KEEPER_PID = 40 };

static struct recorder recorder;
static struct outbox outbox;
static struct config config;
static struct clock_page page;
static struct record record;
static struct message message;
static struct mono now;
static uint32_t sequence;
static unsigned alarms, others; /* lines of the log */
static size_t answer_count;
static struct message_recorded answers[ANSWERS];
static struct message_ledger told;

static void step(struct event *event) {
    event->now = now;
    outbox.count = 0;
    outbox.wake = MONO_NEVER;
    recorder_step(&recorder, event, &outbox);
    assert_true(outbox.wake.ns > now.ns || recorder.commit_at.ns == now.ns); /* never spins */
    for (size_t i = 0; i < outbox.count; i++) {
        const struct effect *effect = &outbox.effects[i];
        if (effect->kind == EFFECT_LOG) {
            bool alarm = strncmp(effect->log.text, "alarm: the ledger cannot ", 25) == 0;
            alarm ? alarms++ : others++;
            continue;
        }
        assert_int_equal(effect->kind, EFFECT_POST);
        if (effect->post.message.kind == MESSAGE_LEDGER) {
            assert_int_equal(effect->post.to, JOB_STATUS);
            told = effect->post.message.ledger;
            continue;
        }
        assert_int_equal(effect->post.to, JOB_KEEPER);
        assert_int_equal(effect->post.message.kind, MESSAGE_RECORDED);
        assert_true(answer_count < ANSWERS);
        answers[answer_count++] = effect->post.message.recorded;
    }
}

static void wake_after(int64_t ns) {
    struct event event = {.kind = EVENT_WAKE};
    now.ns += ns;
    step(&event);
}

/* The wakes that it asks for, for so long. */
static void run(double s) {
    struct mono end = mono_add(now, ns_from_s(s));
    while (outbox.wake.ns <= end.ns) wake_after(outbox.wake.ns - now.ns);
    now = end;
}

static void begin_with(const struct policy *policy) {
    struct event event = {.kind = EVENT_START};
    settings.journal_bytes = 4 << 20;
    assert_int_equal(open_log(), ERR_OK);
    struct recorder_start first = {.config = &config,
                                   .page = &page,
                                   .log = &the_log,
                                   .boot = "00112233445566778899aabbccddeeff",
                                   .pid = 77,
                                   .policy = policy,
                                   .store = &store};
    recorder_init(&recorder, &first);
    step(&event);
}

static void begin(void) {
    config_default(&config);
    memset(&page, 0, sizeof page);
    now = (struct mono){1000 * NS_PER_S};
    sequence = alarms = others = 0;
    answer_count = 0;
    begin_with(NULL);
}

static void give_message(uint32_t number, int32_t sender) {
    struct event event = {.kind = EVENT_MESSAGE, .message = &message, .sender = sender};
    message.record.sequence = number;
    message.record.counter = now;
    step(&event);
}

static void give(enum record_kind kind) {
    sample_record(kind, &record);
    record_build(&record, JOB_KEEPER, &message);
    give_message(++sequence, KEEPER_PID);
}

static void give_intent(uint32_t number) {
    sample_record(RECORD_INTENT, &record);
    record.intent.number = number;
    record_build(&record, JOB_KEEPER, &message);
    give_message(++sequence, KEEPER_PID);
}

static void give_many(enum record_kind kind, size_t count) {
    for (size_t i = 0; i < count; i++) give(kind);
}

/* How often the published entries say that. */
static unsigned says(const char *text) {
    unsigned count = 0;
    for (size_t i = 0; i < MEMORY_FILES; i++) {
        const struct memory_file *file = &memory.files[i];
        if (!file->bytes || strncmp(file->path, "public/tile/entries/", 20) != 0) continue;
        if (strstr(file->path, ".p/") && ledger_log_published(&the_log)->size % TILE_WIDTH !=
                                             strtoull(strstr(file->path, ".p/") + 3, NULL, 10))
            continue; /* an older part of the same bundle */
        const uint8_t *at = file->bytes, *end = at + file->length;
        while ((at = memmem(at, (size_t)(end - at), text, strlen(text)))) count++, at++;
    }
    return count;
}

static void an_intent_is_durable_before_the_answer(void **state) {
    (void)state;
    begin();
    give_intent(5);
    unsigned syncs = memory.syncs;
    assert_int_equal(answer_count, 0);
    assert_int_equal(ledger_log_committed(&the_log), 0);
    assert_true(outbox.wake.ns == now.ns); /* at once, after all that waits was taken */
    wake_after(0);
    assert_int_equal(memory.syncs, syncs + 1);
    assert_int_equal(ledger_log_committed(&the_log), 1);
    assert_int_equal(answer_count, 1);
    assert_int_equal(answers[0].intent, 5);
    assert_int_equal(answers[0].err, ERR_OK);
    run(5);
    assert_int_equal(answer_count, 1);
    assert_int_equal(says("\"kind\":\"intent\""), 1);
}

static void one_sync_for_all_that_waits(void **state) {
    (void)state;
    begin();
    unsigned syncs = memory.syncs;
    give_many(RECORD_SAMPLE, 10);
    for (uint32_t i = 1; i <= 3; i++) give_intent(i);
    give_many(RECORD_RECEIPT, 5);
    wake_after(0);
    assert_int_equal(memory.syncs, syncs + 1);
    assert_int_equal(ledger_log_committed(&the_log), 18);
    assert_int_equal(answer_count, 3);
    for (uint32_t i = 0; i < 3; i++) assert_int_equal(answers[i].intent, i + 1);
    /* More intents than there is room to remember: each is answered, once. */
    for (uint32_t i = 4; i <= 63; i++) give_intent(i);
    wake_after(0);
    assert_int_equal(answer_count, 63);
    for (uint32_t i = 0; i < 63; i++) {
        assert_int_equal(answers[i].intent, i + 1);
        assert_int_equal(answers[i].err, ERR_OK);
    }
}

static void the_rest_follows_within_a_second(void **state) {
    (void)state;
    begin();
    give(RECORD_SAMPLE);
    wake_after(NS_PER_S / 2);
    assert_int_equal(ledger_log_committed(&the_log), 0);
    assert_true(outbox.wake.ns == now.ns + NS_PER_S / 2);
    wake_after(NS_PER_S / 2);
    assert_int_equal(ledger_log_committed(&the_log), 1);
    assert_int_equal(ledger_log_published(&the_log)->size, 0);
    run(1);
    assert_int_equal(ledger_log_published(&the_log)->size, 1);
    run(6);
    assert_int_equal(told.entries, 1);
    assert_int_equal(told.published, 1);
    assert_true(told.published_at.ns != 0 && !told.failing);
    unsigned syncs = memory.syncs, puts = memory.puts;
    run(60); /* with nothing to do it does nothing */
    assert_true(memory.syncs == syncs && memory.puts == puts);
}

static void who_says_it_and_when(void **state) {
    struct clock_state clock = sample_clock();
    (void)state;
    begin();
    give(RECORD_SAMPLE);
    clock.line.m0 = now;
    clock_page_publish(&page, &clock);
    give(RECORD_SAMPLE);
    run(3);
    assert_int_equal(says("\"job\":\"keeper\",\"pid\":40,"), 2);
    assert_int_equal(says("\"seq\":1,\"counter\":1000000000000,\"utc\":null,\"radius\":null"), 1);
    assert_int_equal(says("\"seq\":2,\"counter\":1000000000000,\"utc\":\"2026-09-21T14:13:2"), 1);
}

static void a_full_disk_says_no(void **state) {
    (void)state;
    begin();
    memory.fails = ERR_FULL;
    memory.failing = STORE_JOURNAL;
    give(RECORD_SAMPLE);
    give_intent(1);
    wake_after(0);
    assert_int_equal(answer_count, 1);
    assert_int_equal(answers[0].err, ERR_FULL);
    assert_int_equal(alarms, 1);
    run(10);
    assert_int_equal(alarms, 1);
    assert_true(told.failing);
    give_intent(2);
    wake_after(0);
    assert_int_equal(answers[1].err, ERR_FULL);
    memory.fails = ERR_OK;
    run(1.5);
    assert_int_equal(others, 1);
    give_intent(3);
    wake_after(0);
    assert_int_equal(answer_count, 3);
    assert_int_equal(answers[2].err, ERR_OK);
    run(6);
    assert_false(told.failing);
    assert_int_equal(told.lost, 0); /* all found room until the disk had some */
    assert_int_equal(says("\"kind\":\"intent\""), 3);
}

static void what_is_lost_is_counted(void **state) {
    (void)state;
    begin();
    memory.fails = ERR_IO;
    memory.failing = STORE_JOURNAL;
    give_many(RECORD_KEYING, LIMIT_LEDGER_BATCH_ENTRIES + 100);
    uint64_t kept = ledger_log_next(&the_log), lost = recorder.lost_ever;
    assert_true(lost >= 99 && kept + lost == LIMIT_LEDGER_BATCH_ENTRIES + 100);
    give_intent(9);
    assert_int_equal(answer_count, 1); /* there is no room for it: at once */
    assert_int_equal(answers[0].intent, 9);
    assert_int_not_equal(answers[0].err, ERR_OK);
    run(7);
    assert_int_equal(told.lost, lost + 1);
    memory.fails = ERR_OK;
    run(2);
    assert_int_equal(says("\"kind\":\"lost\""), 0);
    give(RECORD_SAMPLE); /* before the next one it is told */
    give(RECORD_SAMPLE);
    run(3);
    char wanted[64];
    snprintf(wanted, sizeof wanted, "\"records\":%llu}", (unsigned long long)lost + 1);
    assert_int_equal(says("\"kind\":\"lost\""), 1);
    assert_int_equal(says(wanted), 1);
    assert_int_equal(says("\"kind\":\"gap\""), 0); /* they had come */
}

static void what_does_not_arrive_is_told(void **state) {
    (void)state;
    begin();
    give(RECORD_SAMPLE);
    give(RECORD_SAMPLE);
    sequence += 3;
    give(RECORD_SAMPLE);
    run(3);
    assert_int_equal(says("\"kind\":\"gap\""), 1);
    assert_int_equal(says("\"name\":\"keeper\",\"before\":6}"), 1);
    /* Another process of that job counts for itself, and so does each other job. */
    give_message(1, KEEPER_PID + 1);
    give_message(2, KEEPER_PID + 1);
    give_message(50, KEEPER_PID + 2);
    message.record.job = JOB_SERVER;
    give_message(9, 60);
    give_message(12, 61); /* two servers take turns */
    give_message(10, 60);
    give_message(13, 61);
    run(3);
    assert_int_equal(says("\"kind\":\"gap\""), 2); /* of the one that began with 50 */
    /* In one process nobody counts. */
    give_message(0, 0);
    give_message(0, 0);
    run(3);
    assert_int_equal(says("\"kind\":\"gap\""), 2);
}

static void a_broken_log_says_no_and_never_signs(void **state) {
    static const char forged[] = "unit.example/ledger\n7\n";
    (void)state;
    begin();
    give(RECORD_SAMPLE);
    run(3);
    uint64_t size = ledger_log_published(&the_log)->size;
    assert_int_equal(memory_put(&memory, STORE_CHECKPOINT, forged, sizeof forged - 1), ERR_OK);
    give_intent(1);
    wake_after(0);
    run(2);
    assert_int_equal(answers[0].err, ERR_OK); /* that one was durable in time */
    assert_int_equal(alarms, 1);
    assert_true(recorder.broken);
    unsigned puts = memory.puts, writes = memory.writes;
    give_intent(2);
    give(RECORD_SAMPLE);
    run(700);
    assert_int_equal(answer_count, 2);
    assert_int_equal(answers[1].err, ERR_DAMAGED);
    assert_int_equal(ledger_log_published(&the_log)->size, size);
    outbox.count = 0;
    recorder_end(&recorder, &outbox);
    assert_true(memory.puts == puts && memory.writes == writes);
    assert_memory_equal(memory_find(&memory, STORE_CHECKPOINT)->bytes, forged, sizeof forged - 1);
    assert_true(told.failing);
}

/* The journal has room, the tiles have none: time may move, and there is one alarm. */
static void checkpoints_wait_for_room(void **state) {
    (void)state;
    begin();
    memory.fails = ERR_FULL;
    memory.failing = "public/";
    for (uint32_t i = 1; i <= 10; i++) {
        give_intent(i);
        run(1.5);
        assert_int_equal(answers[i - 1].err, ERR_OK);
    }
    assert_int_equal(alarms, 1);
    assert_int_equal(others, 0);
    assert_true(told.failing);
    assert_int_equal(ledger_log_published(&the_log)->size, 0);
    memory.fails = ERR_OK;
    run(6);
    assert_int_equal(alarms + others, 2);
    assert_false(told.failing);
    assert_int_equal(ledger_log_published(&the_log)->size, 10);
}

/* With the journal full, too, nothing is taken; with room again, all goes on. */
static void a_full_journal(void **state) {
    (void)state;
    begin();
    memory.fails = ERR_FULL;
    memory.failing = "public/";
    for (uint32_t i = 0; i < 3000 && recorder.lost_ever == 0; i++) {
        give(RECORD_RECEIPT);
        if (i % 50 == 0) wake_after(NS_PER_S);
    }
    assert_true(recorder.lost_ever > 0);
    give_intent(1);
    wake_after(0);
    assert_int_equal(answers[0].err, ERR_FULL);
    memory.fails = ERR_OK;
    run(3);
    give_intent(2);
    wake_after(0);
    assert_int_equal(answers[1].err, ERR_OK);
    run(3);
    assert_int_equal(says("\"kind\":\"lost\""), 1);
}

static void old_entries_are_pruned(void **state) {
    (void)state;
    begin();
    config.ledger.keep = 300;
    begin_with(NULL);
    for (int i = 0; i < 10; i++) {
        give_many(RECORD_KEYING, 100);
        run(3);
    }
    assert_int_equal(ledger_log_pruned(&the_log), 0);
    /* An intent that waits while a pruning commits all is answered all the same. */
    now = recorder.prune_at;
    give_intent(4);
    assert_int_equal(answer_count, 0);
    wake_after(0);
    assert_int_equal(ledger_log_pruned(&the_log), 512);
    assert_int_equal(answer_count, 1);
    assert_int_equal(answers[0].err, ERR_OK);
    run(6);
    assert_int_equal(told.pruned, 512);
    assert_int_equal(says("\"kind\":\"pruned\""), 1);
    assert_int_equal(says("\"from\":0,\"to\":512,\"root\":\""), 1);
    assert_null(memory_find(&memory, "public/tile/entries/000"));
    assert_non_null(memory_find(&memory, "public/tile/0/000"));
}

static void the_end_leaves_nothing(void **state) {
    (void)state;
    begin();
    give(RECORD_SAMPLE);
    give_intent(1);
    outbox.count = 0;
    recorder_end(&recorder, &outbox);
    assert_int_equal(outbox.count, 1); /* the keeper is answered, if it lives still */
    assert_int_equal(ledger_log_published(&the_log)->size, 2);
    begin_with(NULL);
    assert_int_equal(opened.recovered, 0);
    assert_int_equal(opened.published, 2);
}

static void write_something(struct json *json, const void *context) {
    json_string(json, "found", context);
}

static void its_own_entries(void **state) {
    static char large[ENTRY_BYTES];
    (void)state;
    begin();
    assert_int_equal(recorder_note(&recorder, "start", now, write_something, "nothing"), ERR_OK);
    memset(large, 'x', sizeof large - 1);
    assert_int_equal(recorder_note(&recorder, "start", now, write_something, large), ERR_FULL);
    wake_after(0);
    run(3);
    assert_int_equal(says("\"kind\":\"start\",\"job\":\"recorder\",\"pid\":77,"), 1);
    assert_int_equal(says("\"found\":\"nothing\"}"), 1);
}

/* What is no record is evidence too; what only looks like an intent is not answered. */
static void malformed_records_and_strangers(void **state) {
    (void)state;
    begin();
    sample_record(RECORD_INTENT, &record);
    record_build(&record, JOB_SERVER, &message);
    give_message(1, 50); /* a server has no intents */
    record_build(&record, JOB_KEEPER, &message);
    message.record.length--;
    give_message(2, KEEPER_PID);
    message.record.kind = 250;
    give_message(3, KEEPER_PID);
    run(3);
    assert_int_equal(answer_count, 0);
    assert_int_equal(says("\"kind\":\"malformed\",\"job\":\"keeper\",\"pid\":40,"), 2);
    assert_int_equal(says("\"kind\":\"intent\",\"job\":\"server\",\"pid\":50,"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(an_intent_is_durable_before_the_answer),
        TEST(one_sync_for_all_that_waits),
        TEST(the_rest_follows_within_a_second),
        TEST(who_says_it_and_when),
        TEST(a_full_disk_says_no),
        TEST(what_is_lost_is_counted),
        TEST(what_does_not_arrive_is_told),
        TEST(a_broken_log_says_no_and_never_signs),
        TEST(checkpoints_wait_for_room),
        TEST(a_full_journal),
        TEST(old_entries_are_pruned),
        TEST(the_end_leaves_nothing),
        TEST(its_own_entries),
        TEST(malformed_records_and_strangers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

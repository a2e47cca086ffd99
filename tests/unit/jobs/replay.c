/* Replay: a keeper's records give the same records again; what was changed, left out or put in is
 * noticed; what cannot be run again is counted. */
#include "keeper_ledger.h"

#include "jobs/replay.h"

enum { KEPT = 4000 };

static struct kept {
    uint8_t kind;
    uint16_t length;
    uint8_t bytes[MESSAGE_RECORD_BYTES];
} kept[KEPT];
static size_t kept_count;
static struct replay replay;
static struct config config; /* of the keeper that was recorded */
static void *memory;

static void keep(void *context, const struct message_record *record) {
    (void)context;
    assert_true(kept_count < KEPT);
    struct kept *k = &kept[kept_count++];
    k->kind = record->kind;
    k->length = record->length;
    memcpy(k->bytes, record->bytes, record->length);
}

/* Ten minutes, in which the host clock is stepped, and another keeper begins in the middle. */
static int set_up(void **state) {
    struct bench *b = bench_new(true, true);
    (void)state;
    kept_count = 0;
    b->steered = true;
    b->record = keep;
    bench_run(b, 200);
    b->realtime_error_s = 3;
    bench_run(b, 100);
    bench_begin(b, true, true);
    bench_run(b, 300);
    config = b->config;
    memory = malloc(keeper_bytes(&config));
    bench_free(b);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    free(memory);
    return 0;
}

static void begin(void) {
    replay_init(&replay, &config, memory);
}

static enum err take(size_t i) {
    return replay_take(&replay, i, kept[i].kind, kept[i].bytes, kept[i].length);
}

/* All but those from `without` on; the first error. */
static enum err run(size_t without, size_t count) {
    begin();
    for (size_t i = 0; i < kept_count; i++) {
        if (i >= without && i < without + count) continue;
        enum err err = take(i);
        if (err != ERR_OK) return err;
    }
    replay_end(&replay);
    return replay.differs ? ERR_PROOF : ERR_OK;
}

/* The number of that record of a kind, from the middle on. */
static size_t find(enum record_kind kind) {
    for (size_t i = kept_count / 3; i < kept_count; i++)
        if (kept[i].kind == kind) return i;
    fail_msg("there is no %s", record_kind_name(kind));
    return 0;
}

static void the_same_comes_out(void **state) {
    (void)state;
    assert_int_equal(run(KEPT, 0), ERR_OK);
    assert_int_equal(replay.keepers, 2);
    assert_true(replay.events > 1000);
    assert_true(replay.records > 100);
    assert_true(replay.records + replay.unreplayable >= kept_count - 2);
    assert_true(replay.unreplayable < 10);
    assert_false(replay.differs);
}

static void a_changed_record_is_noticed(void **state) {
    static const uint8_t kinds[] = {RECORD_JOURNAL, RECORD_INTENT, RECORD_EFFECT};
    (void)state;
    for (size_t k = 0; k < sizeof kinds; k++) {
        size_t i = find(kinds[k]);
        uint8_t *last = &kept[i].bytes[kinds[k] == RECORD_INTENT ? 20 : kept[i].length - 1];
        *last ^= 1;
        assert_int_not_equal(run(KEPT, 0), ERR_OK);
        if (replay.differs) assert_true(replay.differs_index >= i);
        *last ^= 1;
    }
    assert_int_equal(run(KEPT, 0), ERR_OK);
}

/* A decision that was put in, taken out, or moved. */
static void records_out_of_order(void **state) {
    static struct kept other;
    (void)state;
    size_t i = find(RECORD_INTENT);
    assert_int_equal(run(i, 1), ERR_PROOF);
    assert_int_equal(replay.differs_index, i + 1); /* the first that stands where it should */
    begin();
    enum err err = ERR_OK;
    for (size_t k = 0; k < kept_count && err == ERR_OK; k++) {
        err = take(k);
        if (k == i && err == ERR_OK) err = take(k); /* twice */
    }
    assert_int_equal(err, ERR_PROOF);
    assert_true(replay.differs);
    assert_int_equal(take(0), ERR_PROOF); /* and it stays said */
    other = kept[i];
    kept[i] = kept[i + 1];
    kept[i + 1] = other;
    assert_int_equal(run(KEPT, 0), ERR_PROOF);
    kept[i + 1] = kept[i];
    kept[i] = other;
}

/* What is known to be missing is no contradiction: nothing is said until a keeper begins. */
static void gaps_are_counted_not_guessed(void **state) {
    size_t second = 0;
    (void)state;
    for (size_t i = 1; i < kept_count; i++)
        if (kept[i].kind == RECORD_BEGIN) second = i;
    begin();
    for (size_t i = 0; i < kept_count; i++) {
        if (i == 20) replay_gap(&replay);
        if (i < 20 || i >= 30) assert_int_equal(take(i), ERR_OK);
    }
    replay_end(&replay);
    assert_false(replay.differs);
    assert_int_equal(replay.keepers, 2);
    assert_true(replay.unreplayable >= second - 30);
    /* Nothing before the first keeper's beginning can be run. */
    begin();
    assert_int_equal(take(5), ERR_OK);
    assert_int_equal(replay.keepers, 0);
    assert_int_equal(replay.unreplayable, 1);
}

/* Where a keeper ends, a little is left over; what is more than that cannot be its last words. */
static void last_words(void **state) {
    (void)state;
    assert_int_equal(run(KEPT, 0), ERR_OK);
    assert_int_equal(replay.tail, replay.unreplayable);
    assert_true(replay.tail < 10);
    begin();
    assert_int_equal(take(0), ERR_OK);
    const struct kept sample = kept[find(RECORD_VERDICT)];
    for (uint64_t i = 1; i <= REPLAY_TAIL + 20; i++)
        assert_int_equal(replay_take(&replay, i, sample.kind, sample.bytes, sample.length), ERR_OK);
    replay_end(&replay);
    assert_int_equal(replay.tail, REPLAY_TAIL);
    assert_true(replay.unreplayable >= REPLAY_TAIL + 20);
    /* After a gap there are none. */
    begin();
    for (size_t i = 0; i < 20; i++) assert_int_equal(take(i), ERR_OK);
    replay_gap(&replay);
    assert_int_equal(take(20), ERR_OK);
    replay_end(&replay);
    assert_int_equal(replay.tail, 0);
}

static void what_cannot_be_read(void **state) {
    (void)state;
    begin();
    assert_int_equal(replay_take(&replay, 0, RECORD_KIND_COUNT, kept[0].bytes, kept[0].length),
                     ERR_KIND);
    assert_int_equal(replay_take(&replay, 0, RECORD_BEGIN, kept[0].bytes, 1), ERR_SHORT);
    assert_int_equal(take(0), ERR_OK);
    size_t i = find(RECORD_JOURNAL);
    struct record record;
    static struct message message;
    assert_int_equal(record_parse(RECORD_JOURNAL, kept[i].bytes, kept[i].length, &record), ERR_OK);
    record.journal.bytes[0] = 0x70;
    record_build(&record, JOB_KEEPER, &message);
    assert_int_equal(
        replay_take(&replay, 1, RECORD_JOURNAL, message.record.bytes, message.record.length),
        ERR_KIND);
}

/* Another configuration decides otherwise. */
static void another_configuration(void **state) {
    (void)state;
    config.local.bound_s = 0.02;
    assert_int_equal(run(KEPT, 0), ERR_PROOF);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_same_comes_out),   TEST(a_changed_record_is_noticed),
        TEST(records_out_of_order), TEST(gaps_are_counted_not_guessed),
        TEST(what_cannot_be_read),  TEST(another_configuration),
        TEST(last_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

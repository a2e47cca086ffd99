/* Replay. Invariant: a record counts as the same only if kind and bytes are. */
#include "jobs/replay.h"

#include <string.h>

#include "crypto/hash.h"
#include "jobs/journal.h"

void replay_init(struct replay *replay, const struct config *config, void *memory) {
    memset(replay, 0, sizeof *replay);
    replay->config = config;
    replay->memory = memory;
}

void replay_gap(struct replay *replay) {
    replay->keeper = NULL;
    if (!replay->ahead) replay->unreplayable += replay->count;
    replay->count = 0;
}

void replay_end(struct replay *replay) {
    size_t left = replay->keeper && !replay->ahead ? replay->count : 0;
    replay->tail += left < REPLAY_TAIL ? left : REPLAY_TAIL;
    replay_gap(replay);
}

static void digest_of(enum record_kind kind, const uint8_t *bytes, size_t length,
                      struct replay_pending *out) {
    const struct hash_piece piece = {bytes, length};
    out->kind = (uint8_t)kind;
    hash_sha256(&piece, 1, out->digest);
}

/* Meets it with what the other side has, or keeps it for later. */
static enum err meet(struct replay *replay, bool made, const struct replay_pending *is) {
    if (replay->differs) return ERR_PROOF;
    if (replay->count == 0) replay->ahead = made;
    if (replay->ahead == made) {
        if (replay->count == REPLAY_PENDING) return ERR_FULL;
        replay->pending[(replay->first + replay->count++) % REPLAY_PENDING] = *is;
        return ERR_OK;
    }
    const struct replay_pending *other = &replay->pending[replay->first];
    const struct replay_pending *recorded = made ? other : is;
    if (other->kind == is->kind && memcmp(other->digest, is->digest, sizeof is->digest) == 0) {
        replay->first = (replay->first + 1) % REPLAY_PENDING;
        replay->count--;
        replay->records++;
        return ERR_OK;
    }
    replay->differs = true;
    replay->differs_index = recorded->index;
    replay->differs_kind = recorded->kind;
    return ERR_PROOF;
}

static enum err meet_recorded(struct replay *replay, uint64_t index, enum record_kind kind,
                              const uint8_t *bytes, size_t length) {
    struct replay_pending is = {.index = index};
    digest_of(kind, bytes, length, &is);
    return meet(replay, false, &is);
}

static void meet_made(struct replay *replay, const struct message_record *record) {
    struct replay_pending is = {.index = 0};
    digest_of(record->kind, record->bytes, record->length, &is);
    if (meet(replay, true, &is) == ERR_FULL) replay->overrun = true;
}

static void step(struct replay *replay, const struct event *event) {
    replay->outbox.count = 0;
    keeper_step(replay->keeper, event, &replay->outbox);
    replay->events++;
    for (size_t i = 0; i < replay->outbox.count; i++) {
        const struct effect *effect = &replay->outbox.effects[i];
        if (effect->kind == EFFECT_POST && effect->post.to == JOB_RECORDER)
            meet_made(replay, &effect->post.message.record);
    }
}

static void begin(struct replay *replay, const struct record_begin *x) {
    struct keeper_start start = {.config = replay->config,
                                 .leaps = &x->leaps,
                                 .page = &replay->page,
                                 .steers = x->steers,
                                 .has_drift = x->has_drift,
                                 .drift = x->drift,
                                 .recorded = true};
    replay_end(replay);
    memset(&replay->page, 0, sizeof replay->page);
    if (x->continued) clock_page_publish(&replay->page, &x->page);
    memset(replay->memory, 0, keeper_bytes(replay->config));
    replay->keeper = keeper_init(replay->memory, &start);
    replay->keepers++;
}

static enum err run_journal(struct replay *replay, const struct record_journal *page) {
    struct journal_cursor cursor;
    struct event event;
    bool end = false;
    journal_open(&cursor, page);
    for (;;) {
        enum err err = journal_next(&cursor, &event, &end);
        if (err != ERR_OK || end) return err;
        step(replay, &event);
    }
}

static void run_sample(struct replay *replay, const struct record_sample *sample) {
    struct message message = {.kind = MESSAGE_EXCHANGE, .exchange = sample->exchange};
    struct event event = {.kind = EVENT_MESSAGE, .now = sample->now, .message = &message};
    step(replay, &event);
}

enum err replay_take(struct replay *replay, uint64_t index, enum record_kind kind,
                     const uint8_t *bytes, size_t length) {
    struct record record;
    enum err err = record_parse(kind, bytes, length, &record);
    if (err != ERR_OK) return err;
    if (replay->differs) return ERR_PROOF;
    if (kind == RECORD_NOTICE) return ERR_OK; /* the world made it of a log line, see the chain */
    if (kind == RECORD_BEGIN) begin(replay, &record.begin);
    if (!replay->keeper) {
        replay->unreplayable++;
        return ERR_OK;
    }
    err = meet_recorded(replay, index, kind, bytes, length);
    if (err == ERR_OK && kind == RECORD_JOURNAL) err = run_journal(replay, &record.journal);
    if (err == ERR_OK && kind == RECORD_SAMPLE) run_sample(replay, &record.sample);
    if (err != ERR_OK) return err;
    if (replay->overrun) return ERR_FULL;
    return replay->differs ? ERR_PROOF : ERR_OK;
}

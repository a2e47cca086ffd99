/* Packing of the keeper's inputs. Invariant: what journal_next gives back is, bit for bit, what
 * journal_take was given; each page can be read by itself. */
#include "jobs/journal.h"

#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "crypto/hash.h"
#include "jobs/codec.h"

/* The longest event: a message with its head, or a wake with everything new. */
enum { EVENT_BYTES = 400 };

static void put_varint(struct writer *w, int64_t value) {
    uint64_t bits = (uint64_t)value << 1 ^ (uint64_t)(value < 0 ? -1 : 0);
    for (; bits >= 0x80; bits >>= 7) bytes_put_u8(w, (uint8_t)(bits | 0x80));
    bytes_put_u8(w, (uint8_t)bits);
}

static int64_t get_varint(struct reader *r) {
    uint64_t bits = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t octet = bytes_get_u8(r);
        bits |= (uint64_t)(octet & 0x7f) << shift;
        if (octet < 0x80) break;
    }
    return (int64_t)(bits >> 1 ^ (~(bits & 1) + 1));
}

/* Whatever a damaged page says, nothing overflows; what is out of range is refused afterwards. */
static int64_t plus(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static bool in_range(int64_t ns) {
    const int64_t limit = INT64_C(1) << 62;
    return ns > -limit && ns < limit;
}

/* What differs from the event before. */
enum { NEW_SUSPENDED = 1, NEW_ERROR = 2, NEW_ADJUSTED = 4, HAS_ADJUSTED = 8 };

static bool same_bits(double a, double b) {
    uint64_t x, y;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    return x == y;
}

static void put_reading(struct journal *j, struct writer *w, const struct kernel_reading *kernel,
                        struct mono now) {
    int64_t realtime_ns = kernel->realtime.ns - kernel->counter.ns;
    uint8_t flags = kernel->has_adjusted ? HAS_ADJUSTED : 0;
    if (kernel->suspended_ns != j->suspended_ns) flags |= NEW_SUSPENDED;
    if (!same_bits(kernel->error_s, j->error_s)) flags |= NEW_ERROR;
    if (!same_bits(kernel->adjusted, j->adjusted)) flags |= NEW_ADJUSTED;
    bytes_put_u8(w, flags);
    put_varint(w, mono_diff(kernel->counter, now));
    put_varint(w, realtime_ns - j->realtime_ns);
    if (flags & NEW_SUSPENDED) put_varint(w, kernel->suspended_ns - j->suspended_ns);
    if (flags & NEW_ERROR) bytes_put_f64(w, kernel->error_s);
    if (flags & NEW_ADJUSTED) bytes_put_f64(w, kernel->adjusted);
    j->realtime_ns = realtime_ns;
    j->suspended_ns = kernel->suspended_ns;
    j->error_s = kernel->error_s;
    j->adjusted = kernel->adjusted;
}

static void get_reading(struct journal *j, struct reader *r, struct kernel_reading *kernel,
                        struct mono now) {
    uint8_t flags = bytes_get_u8(r);
    kernel->counter.ns = plus(now.ns, get_varint(r));
    j->realtime_ns = plus(j->realtime_ns, get_varint(r));
    if (flags & NEW_SUSPENDED) j->suspended_ns = plus(j->suspended_ns, get_varint(r));
    if (flags & NEW_ERROR) j->error_s = bytes_get_f64(r);
    if (flags & NEW_ADJUSTED) j->adjusted = bytes_get_f64(r);
    kernel->realtime.ns = plus(j->realtime_ns, kernel->counter.ns);
    kernel->suspended_ns = j->suspended_ns;
    kernel->error_s = j->error_s;
    kernel->adjusted = j->adjusted;
    kernel->has_adjusted = (flags & HAS_ADJUSTED) != 0;
}

static void new_page(struct journal *j) {
    j->page.events = j->page.length = 0;
    j->now = (struct mono){0};
    j->realtime_ns = j->suspended_ns = 0;
    j->error_s = j->adjusted = 0;
}

void journal_init(struct journal *journal, bool on) {
    memset(journal, 0, sizeof *journal);
    journal->on = on;
}

void journal_flush(struct journal *journal, struct outbox *outbox) {
    if (!journal->on || journal->page.events == 0) return;
    struct record record = {.kind = RECORD_JOURNAL, .journal = journal->page};
    struct effect *effect = job_effect(outbox, EFFECT_POST);
    effect->post.to = JOB_RECORDER;
    record_build(&record, JOB_KEEPER, &effect->post.message);
    new_page(journal);
}

static void take_sample(struct journal *journal, const struct event *event, struct outbox *outbox) {
    struct record record = {.kind = RECORD_SAMPLE};
    record.sample = (struct record_sample){event->now, event->message->exchange};
    journal_flush(journal, outbox);
    struct effect *effect = job_effect(outbox, EFFECT_POST);
    effect->post.to = JOB_RECORDER;
    record_build(&record, JOB_KEEPER, &effect->post.message);
}

static bool is_kept(const struct event *event) {
    if (event->kind == EVENT_START || event->kind == EVENT_WAKE) return true;
    if (event->kind != EVENT_MESSAGE) return false;
    enum message_kind kind = event->message->kind;
    return kind == MESSAGE_FORGET || kind == MESSAGE_BOUND || kind == MESSAGE_RECORDED;
}

void journal_take(struct journal *journal, const struct event *event, struct outbox *outbox) {
    if (!journal->on) return;
    if (event->kind == EVENT_MESSAGE && event->message->kind == MESSAGE_EXCHANGE)
        take_sample(journal, event, outbox);
    if (!is_kept(event)) return;
    struct record_journal *page = &journal->page;
    if (page->length + EVENT_BYTES > RECORD_JOURNAL_BYTES) journal_flush(journal, outbox);
    struct writer w = writer_of(page->bytes + page->length, EVENT_BYTES);
    bytes_put_u8(&w, (uint8_t)event->kind);
    put_varint(&w, mono_diff(event->now, journal->now));
    if (event->kind == EVENT_MESSAGE) {
        uint8_t bytes[LIMIT_MESSAGE_BYTES];
        size_t length = message_build(event->message, bytes);
        bytes_put_u16(&w, (uint16_t)length);
        bytes_put(&w, bytes, length);
    } else {
        put_reading(journal, &w, &event->kernel, event->now);
    }
    CHECK(!w.failed);
    journal->now = event->now;
    page->length = (uint16_t)(page->length + writer_length(&w));
    page->events++;
}

static void chain(struct journal *journal, uint8_t what, const void *bytes, size_t length) {
    uint8_t *digest = journal->page.digest;
    struct hash_piece pieces[] = {
        {digest, RECORD_DIGEST_BYTES}, {&what, sizeof what}, {bytes, length}};
    hash_sha256(pieces, sizeof pieces / sizeof pieces[0], digest);
}

static void chain_post(struct journal *journal, const struct effect *effect) {
    uint8_t bytes[1 + LIMIT_MESSAGE_BYTES];
    if (effect->post.to == JOB_RECORDER) return; /* compared one by one */
    bytes[0] = (uint8_t)effect->post.to;
    size_t length = message_build(&effect->post.message, bytes + 1);
    chain(journal, EFFECT_POST, bytes, 1 + length);
}

static void chain_steer(struct journal *journal, const struct effect *effect) {
    uint8_t bytes[16];
    struct writer w = writer_of(bytes, sizeof bytes);
    bytes_put_f64(&w, effect->steer.frequency);
    bytes_put_f64(&w, effect->steer.step_s);
    chain(journal, EFFECT_STEER, bytes, writer_length(&w));
}

void journal_chain(struct journal *journal, const struct outbox *outbox, size_t first) {
    for (size_t i = first; journal->on && i < outbox->count; i++) {
        const struct effect *effect = &outbox->effects[i];
        if (effect->kind == EFFECT_POST) chain_post(journal, effect);
        if (effect->kind == EFFECT_STEER) chain_steer(journal, effect);
        if (effect->kind == EFFECT_LOG)
            chain(journal, EFFECT_LOG, effect->log.text, strlen(effect->log.text));
    }
}

void journal_chain_clock(struct journal *journal, const struct clock_state *state) {
    enum { PUBLISHED = 0xff };
    uint8_t bytes[LIMIT_MESSAGE_BYTES];
    if (!journal->on) return;
    struct writer w = writer_of(bytes, sizeof bytes);
    struct codec c = {.out = &w};
    struct clock_state copy = *state;
    codec_clock(&c, &copy);
    chain(journal, PUBLISHED, bytes, writer_length(&w));
}

void journal_open(struct journal_cursor *cursor, const struct record_journal *page) {
    memset(cursor, 0, sizeof *cursor);
    cursor->state.page = *page;
}

static enum err get_message(struct reader *r, struct message *out) {
    uint16_t length = bytes_get_u16(r);
    const uint8_t *bytes = bytes_take(r, length);
    if (!bytes) return ERR_SHORT;
    enum err err = message_parse(bytes, length, out);
    if (err != ERR_OK) return err;
    bool kept =
        out->kind == MESSAGE_FORGET || out->kind == MESSAGE_BOUND || out->kind == MESSAGE_RECORDED;
    return kept ? ERR_OK : ERR_KIND;
}

enum err journal_next(struct journal_cursor *cursor, struct event *event, bool *end) {
    struct journal *j = &cursor->state;
    struct reader r = reader_of(j->page.bytes + cursor->at, j->page.length - cursor->at);
    *end = reader_left(&r) == 0;
    if (*end) return ERR_OK;
    struct event read = {.kind = bytes_get_u8(&r)};
    enum err err = ERR_OK;
    read.now.ns = plus(j->now.ns, get_varint(&r));
    if (read.kind == EVENT_MESSAGE)
        err = get_message(&r, &cursor->message);
    else if (read.kind == EVENT_START || read.kind == EVENT_WAKE)
        get_reading(j, &r, &read.kernel, read.now);
    else
        err = ERR_KIND;
    bool fits = in_range(read.now.ns) && in_range(read.kernel.counter.ns) &&
                in_range(read.kernel.realtime.ns) && in_range(read.kernel.suspended_ns) &&
                isfinite(read.kernel.error_s) && isfinite(read.kernel.adjusted);
    if (err == ERR_OK && !fits) err = ERR_RANGE;
    if (r.failed) err = ERR_SHORT;
    if (err != ERR_OK) return err;
    if (read.kind == EVENT_MESSAGE) read.message = &cursor->message;
    j->now = read.now;
    cursor->at = j->page.length - reader_left(&r);
    *event = read;
    return ERR_OK;
}

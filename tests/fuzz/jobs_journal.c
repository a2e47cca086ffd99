/* Pages of the keeper's diary: any bytes end, in order or with an error, and what was read can be
 * taken again and comes back the same. */
#include <string.h>

#include "base/check.h"
#include "jobs/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct record_journal page;
static struct journal_cursor cursor, second;
static struct journal journal;
static struct outbox outbox;

static void check_range(int64_t ns) {
    CHECK(ns > -(INT64_C(1) << 62) && ns < INT64_C(1) << 62);
}

/* One page holds one event. */
static void check_again(const struct event *event) {
    struct event read;
    bool end;
    journal_init(&journal, true);
    outbox.count = 0;
    journal_take(&journal, event, &outbox);
    CHECK(outbox.count == 0 && journal.page.events == 1);
    journal_open(&second, &journal.page);
    CHECK(journal_next(&second, &read, &end) == ERR_OK && !end);
    CHECK(read.kind == event->kind && read.now.ns == event->now.ns);
    CHECK(read.kernel.realtime.ns == event->kernel.realtime.ns);
    CHECK(read.kernel.counter.ns == event->kernel.counter.ns);
    CHECK(read.kernel.suspended_ns == event->kernel.suspended_ns);
    CHECK(memcmp(&read.kernel.error_s, &event->kernel.error_s, sizeof(double)) == 0);
    CHECK(memcmp(&read.kernel.adjusted, &event->kernel.adjusted, sizeof(double)) == 0);
    CHECK(journal_next(&second, &read, &end) == ERR_OK && end);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length > RECORD_JOURNAL_BYTES) return 0;
    page.length = (uint16_t)length;
    memcpy(page.bytes, bytes, length);
    journal_open(&cursor, &page);
    for (size_t count = 0;; count++) {
        struct event event;
        bool end = false;
        CHECK(count <= length);
        if (journal_next(&cursor, &event, &end) != ERR_OK || end) return 0;
        check_range(event.now.ns);
        check_range(event.kernel.counter.ns);
        check_range(event.kernel.realtime.ns);
        check_again(&event);
    }
}

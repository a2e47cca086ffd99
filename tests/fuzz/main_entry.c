/* Entries of a ledger as `etalon ledger` and `etalon timeline` read them, one a line: whatever they
 * are, what comes out is printable ASCII, and every entry that is taken is told. */
#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "main/etalon_entry_text.h"
#include "main/etalon_timeline_story.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t room) {
    CHECK(memchr(text, '\0', room) != NULL);
    for (; *text; text++) CHECK(*text >= ' ' && *text < 0x7f);
}

static void show(void *context, const struct etalon_timeline_row *row) {
    uint64_t *told = context;
    check_text(row->text, sizeof row->text);
    CHECK(row->entry && row->what && row->last >= row->entry->index);
    CHECK((row->weight == ETALON_TIMELINE_FINDING) == (row->rule != NULL));
    ++*told;
}

static void visit(void *context, const char *key, const char *value) {
    size_t *members = context;
    CHECK(key && value);
    ++*members;
}

static void take(struct etalon_timeline_story *story, struct etalon_entry *entry) {
    char text[ETALON_ENTRY_TEXT_BYTES];
    size_t members = 0;
    check_text(etalon_entry_text_line(entry, text), sizeof text);
    check_text(entry->kind, sizeof entry->kind);
    check_text(entry->source, sizeof entry->source);
    CHECK(entry->pid >= 0 && entry->counter >= 0 && etalon_entry_text_colour(entry) < COLOUR_COUNT);
    etalon_entry_each(entry, visit, &members);
    CHECK(members >= 7); /* the common ones */
    etalon_timeline_story_take(story, entry);
    etalon_entry_free(entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct etalon_timeline_story story;
    uint64_t told = 0, taken = 0, index = 0;
    etalon_timeline_story_init(&story, show, &told);
    story.period_ns = 3 * NS_PER_S;
    for (size_t at = 0; at < size; index++) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t length = end ? (size_t)(end - data) - at : size - at;
        struct etalon_entry entry = {.index = index};
        char why[ETALON_ENTRY_WHY_BYTES] = "";
        if (etalon_entry_read(data + at, length, &entry, why)) {
            taken++;
            take(&story, &entry);
        } else {
            CHECK(why[0] != '\0');
            check_text(why, sizeof why);
        }
        at += length + 1;
    }
    etalon_timeline_story_end(&story);
    CHECK(taken == 0 || told > 0 || story.pending_count == 0);
    return 0;
}

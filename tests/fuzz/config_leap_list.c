/* Any text as leap-seconds.list. Invariants: refusal leaves the table alone and names a line of
 * the text; an accepted table ascends by single seconds at midnights. */
#include <string.h>

#include "base/check.h"
#include "config/leap_list.h"

static void check_table(const struct leap_table *table) {
    CHECK(table->count > 0 && table->count <= LIMIT_LEAPS);
    CHECK(table->expires_utc_s > table->entries[0].utc_s);
    for (uint32_t i = 0; i < table->count; i++) {
        const struct leap_entry *entry = &table->entries[i];
        CHECK(entry->utc_s % 86400 == 0 && entry->utc_s < INT64_C(9000000000));
        if (i == 0) continue;
        int32_t change = entry->tai_utc_s - entry[-1].tai_utc_s;
        CHECK(entry->utc_s > entry[-1].utc_s && (change == 1 || change == -1));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct leap_table table, untouched;
    size_t line = 0;
    memset(&untouched, 0x5a, sizeof untouched);
    memcpy(&table, &untouched, sizeof table);
    if (leap_list_parse((const char *)bytes, length, &table, &line) == ERR_OK) {
        check_table(&table);
        CHECK(line == 0);
        return 0;
    }
    size_t lines = 1;
    for (size_t i = 0; i < length; i++) lines += bytes[i] == '\n';
    CHECK(line >= 1 && line <= lines);
    CHECK(memcmp(&table, &untouched, sizeof table) == 0);
    return 0;
}

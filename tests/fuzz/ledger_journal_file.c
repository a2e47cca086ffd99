/* Records of the journal and pages of the file `signed`: what is taken is, built again, the same
 * bytes; nothing outside of the input is looked at. */
#include <string.h>

#include "base/check.h"
#include "ledger/journal_file.h"
#include "ledger/signed_file.h"
#include "ledger/tile.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct journal_record record, again;

static void check_again(void) {
    struct reader bundle = reader_of(record.bytes + JOURNAL_HEADER_BYTES, record.length);
    uint32_t used = JOURNAL_HEADER_BYTES + record.length;
    journal_file_start(&again, record.base, record.first);
    for (uint32_t i = 0; i < record.count; i++) {
        const uint8_t *entry;
        size_t length;
        CHECK(tile_entries_next(&bundle, &entry, &length) == ERR_OK);
        CHECK(journal_file_add(&again, entry, length) == ERR_OK);
    }
    CHECK(reader_left(&bundle) == 0);
    CHECK(journal_file_seal(&again) >= used && memcmp(again.bytes, record.bytes, used) == 0);
}

static void check_header(void) {
    struct journal_header header;
    if (journal_file_parse_header(record.bytes, &header) != ERR_OK) return;
    CHECK(header.base <= header.first && header.first + header.count <= MERKLE_SIZE_MAX);
    CHECK(journal_file_extent(header.length) <= LIMIT_LEDGER_BATCH_BYTES);
}

/* The input is the beginning of two pages. */
static void check_signed(const uint8_t *bytes, size_t length) {
    static uint8_t file[SIGNED_FILE_BYTES], page[SIGNED_PAGE_BYTES];
    struct signed_file found;
    memset(file, 0, sizeof file);
    for (size_t i = 0; i < length && i < 512; i++)
        file[i / 256 * SIGNED_PAGE_BYTES + i % 256] = bytes[i];
    if (signed_file_parse(file, sizeof file, &found) != ERR_OK) return;
    signed_file_build(&found, page);
    CHECK(memcmp(page, file + signed_file_offset(found.sequence), 92) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    check_signed(bytes, length);
    if (length > sizeof record.bytes) return 0;
    memset(record.bytes, 0, JOURNAL_HEADER_BYTES);
    if (length) memcpy(record.bytes, bytes, length);
    if (length >= JOURNAL_HEADER_BYTES) check_header();
    if (journal_file_parse(&record, length) == ERR_OK) check_again();
    return 0;
}

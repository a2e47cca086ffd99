/* Records of the journal. Invariant: what journal_file_parse takes is, byte for byte but for the
 * padding, what journal_file_seal made. */
#include "ledger/journal_file.h"

#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "crypto/hash.h"
#include "ledger/tile.h"

_Static_assert(LIMIT_LEDGER_BATCH_BYTES % JOURNAL_PAGE_BYTES == 0, "a record fills whole pages");
_Static_assert(LIMIT_LEDGER_BATCH_BYTES >= JOURNAL_HEADER_BYTES + 2 + TILE_ENTRY_BYTES,
               "the longest entry fits a record");

static const uint8_t magic[8] = {'E', 'T', 'J', 'R', 'N', 'L', 0, 1};
enum { HASHED_HEADER_BYTES = JOURNAL_HEADER_BYTES - HASH_SHA256_BYTES };

uint32_t journal_file_extent(uint32_t length) {
    uint32_t pages = (JOURNAL_HEADER_BYTES + length + JOURNAL_PAGE_BYTES - 1) / JOURNAL_PAGE_BYTES;
    return pages * JOURNAL_PAGE_BYTES;
}

void journal_file_start(struct journal_record *record, uint64_t base, uint64_t first) {
    record->base = base;
    record->first = first;
    record->count = record->length = 0;
}

enum err journal_file_add(struct journal_record *record, const void *entry, size_t length) {
    if (length > TILE_ENTRY_BYTES) return ERR_TOO_LONG;
    size_t used = JOURNAL_HEADER_BYTES + record->length;
    struct writer w = writer_of(record->bytes + used, sizeof record->bytes - used);
    if (record->count == LIMIT_LEDGER_BATCH_ENTRIES) return ERR_FULL;
    if (tile_entries_put(&w, entry, length) != ERR_OK) return ERR_FULL;
    merkle_leaf(entry, length, &record->leaves[record->count++]);
    record->length += (uint32_t)writer_length(&w);
    return ERR_OK;
}

static void hash_record(const struct journal_record *record, uint8_t out[HASH_SHA256_BYTES]) {
    const struct hash_piece pieces[] = {
        {record->bytes, HASHED_HEADER_BYTES},
        {record->leaves, record->count * sizeof record->leaves[0]},
    };
    hash_sha256(pieces, 2, out);
}

uint32_t journal_file_seal(struct journal_record *record) {
    CHECK(record->count > 0);
    struct writer w = writer_of(record->bytes, JOURNAL_HEADER_BYTES);
    bytes_put(&w, magic, sizeof magic);
    bytes_put_u64(&w, record->base);
    bytes_put_u64(&w, record->first);
    bytes_put_u32(&w, record->count);
    bytes_put_u32(&w, record->length);
    hash_record(record, record->bytes + HASHED_HEADER_BYTES);
    uint32_t used = JOURNAL_HEADER_BYTES + record->length;
    uint32_t extent = journal_file_extent(record->length);
    memset(record->bytes + used, 0, extent - used);
    return extent;
}

static bool possible(const struct journal_header *header) {
    return header->base <= header->first && header->first <= MERKLE_SIZE_MAX - header->count &&
           header->count > 0 && header->count <= LIMIT_LEDGER_BATCH_ENTRIES &&
           header->length >= 2 * header->count &&
           header->length <= LIMIT_LEDGER_BATCH_BYTES - JOURNAL_HEADER_BYTES;
}

enum err journal_file_parse_header(const uint8_t bytes[JOURNAL_HEADER_BYTES],
                                   struct journal_header *out) {
    if (memcmp(bytes, magic, sizeof magic) != 0) return ERR_SYNTAX;
    struct reader r = reader_of(bytes + sizeof magic, JOURNAL_HEADER_BYTES - sizeof magic);
    struct journal_header header = {.base = bytes_get_u64(&r), .first = bytes_get_u64(&r)};
    header.count = bytes_get_u32(&r);
    header.length = bytes_get_u32(&r);
    bytes_get(&r, header.hash, sizeof header.hash);
    enum err err = bytes_finish(&r);
    if (err != ERR_OK) return err;
    if (!possible(&header)) return ERR_RANGE;
    *out = header;
    return ERR_OK;
}

enum err journal_file_parse(struct journal_record *record, size_t length) {
    struct journal_header header;
    if (length < JOURNAL_HEADER_BYTES) return ERR_SHORT;
    enum err err = journal_file_parse_header(record->bytes, &header);
    if (err != ERR_OK) return err;
    if (header.length > length - JOURNAL_HEADER_BYTES) return ERR_SHORT;
    err = tile_entries_leaves(record->bytes + JOURNAL_HEADER_BYTES, header.length, header.count,
                              record->leaves);
    if (err != ERR_OK) return ERR_PROOF;
    uint8_t hash[HASH_SHA256_BYTES];
    record->base = header.base;
    record->first = header.first;
    record->count = header.count;
    record->length = header.length;
    hash_record(record, hash);
    return memcmp(hash, header.hash, sizeof hash) == 0 ? ERR_OK : ERR_PROOF;
}

/* The journal (write-ahead file): what was acknowledged and is in no checkpoint yet.
 *
 * A file of fixed length, written with zeros when it is made so that a sync has no metadata to
 * write. Records begin at multiples of a page and fill whole pages: a page that holds acknowledged
 * entries is not written again, and so cannot be torn, before they are in a checkpoint. Then the
 * file is written from its start again; what a former turn left behind is told by its indices.
 *
 *     8  "ETJRNL\0\1"     8  base: index of the first entry of this turn
 *     8  first index      4  count of entries      4  length of the entries in bytes
 *    32  SHA-256 of the 32 bytes before and the leaf hashes (RFC 6962) of the entries
 *        entries: length (2 bytes) and bytes each, as in an entry bundle; zeros to the page's end
 *
 * All big-endian. One record is one commit, one write and one sync. A record that does not verify
 * was never acknowledged if nothing follows it, and is damage if something does. (So damage to the
 * very last record passes for an unfinished write, unless `signed` already covers its entries.) */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "ledger/merkle.h"

enum { JOURNAL_PAGE_BYTES = 4096, JOURNAL_HEADER_BYTES = 64 };

struct journal_header {
    uint64_t base, first;
    uint32_t count, length;
    uint8_t hash[MERKLE_HASH_BYTES];
};

/* A place in the journal, and the index of the entry that belongs there. */
struct journal_cursor {
    uint64_t base, index;
    uint32_t offset;
};

/* One record in memory, built up or read back. */
struct journal_record {
    uint64_t base, first;
    uint32_t count, length; /* length: of the entries */
    struct merkle_hash leaves[LIMIT_LEDGER_BATCH_ENTRIES];
    uint8_t bytes[LIMIT_LEDGER_BATCH_BYTES]; /* from the header to the end of the last page */
};

/* Bytes that a record of that many bytes of entries takes in the file. */
uint32_t journal_file_extent(uint32_t length);

void journal_file_start(struct journal_record *record, uint64_t base, uint64_t first);
/* ERR_TOO_LONG: above TILE_ENTRY_BYTES; ERR_FULL: the record has no room. */
MUST_USE enum err journal_file_add(struct journal_record *record, const void *entry, size_t length);
/* Fills in header and padding; returns the bytes to be written. */
uint32_t journal_file_seal(struct journal_record *record);

/* ERR_SYNTAX: no header; ERR_RANGE: one that cannot be (count, length, indices). */
MUST_USE enum err journal_file_parse_header(const uint8_t bytes[JOURNAL_HEADER_BYTES],
                                            struct journal_header *out);
/* Checks the record in record->bytes, of which length bytes are there, and fills in the rest.
 * ERR_SHORT: it ends beyond them; ERR_PROOF: the hash is not that of the entries; as above. On an
 * error only record->bytes is of use. */
MUST_USE enum err journal_file_parse(struct journal_record *record, size_t length);

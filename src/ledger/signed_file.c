/* Pages of the file `signed`. Invariant: a page counts only if its hash covers it and it stands
 * where its sequence belongs. */
#include "ledger/signed_file.h"

#include <string.h>

#include "base/bytes.h"
#include "crypto/hash.h"

static const uint8_t magic[8] = {'E', 'T', 'S', 'I', 'G', 'N', 0, 1};
enum { HASHED_BYTES = 8 + 8 + 8 + 4 + MERKLE_HASH_BYTES };

uint64_t signed_file_offset(uint64_t sequence) {
    return sequence % 2 * SIGNED_PAGE_BYTES;
}

static void hash_page(const uint8_t *page, uint8_t out[HASH_SHA256_BYTES]) {
    const struct hash_piece piece = {page, HASHED_BYTES};
    hash_sha256(&piece, 1, out);
}

void signed_file_build(const struct signed_file *intention, uint8_t out[SIGNED_PAGE_BYTES]) {
    struct writer w = writer_of(out, SIGNED_PAGE_BYTES);
    memset(out, 0, SIGNED_PAGE_BYTES);
    bytes_put(&w, magic, sizeof magic);
    bytes_put_u64(&w, intention->sequence);
    bytes_put_u64(&w, intention->size);
    bytes_put_u32(&w, intention->journal_bytes);
    bytes_put(&w, &intention->root, sizeof intention->root);
    hash_page(out, out + HASHED_BYTES);
}

static bool parse_page(const uint8_t *file, unsigned page, struct signed_file *out) {
    const uint8_t *start = file + page * SIGNED_PAGE_BYTES;
    struct reader r = reader_of(start, SIGNED_PAGE_BYTES);
    uint8_t hash[HASH_SHA256_BYTES];
    hash_page(start, hash);
    if (memcmp(bytes_take(&r, sizeof magic), magic, sizeof magic) != 0) return false;
    struct signed_file found = {.sequence = bytes_get_u64(&r), .size = bytes_get_u64(&r)};
    found.journal_bytes = bytes_get_u32(&r);
    bytes_get(&r, &found.root, sizeof found.root);
    if (memcmp(bytes_take(&r, sizeof hash), hash, sizeof hash) != 0) return false;
    if (found.sequence % 2 != page || found.size > MERKLE_SIZE_MAX) return false;
    *out = found;
    return true;
}

enum err signed_file_parse(const uint8_t *bytes, size_t length, struct signed_file *out) {
    struct signed_file pages[2];
    if (length != SIGNED_FILE_BYTES) return ERR_SHORT;
    bool first = parse_page(bytes, 0, &pages[0]), second = parse_page(bytes, 1, &pages[1]);
    if (!first && !second) return ERR_DAMAGED;
    *out = pages[second && (!first || pages[1].sequence > pages[0].sequence)];
    return ERR_OK;
}

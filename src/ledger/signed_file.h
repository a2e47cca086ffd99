/* What was last meant to be signed: size and root of the tree, on disk before a checkpoint exists.
 *
 * Two pages in turn, each "ETSIGN\0\1", sequence (8), size (8), bytes of the journal (4), root
 * (32), SHA-256 of all before it (32), zeros; big-endian. The page with the higher sequence counts;
 * a torn write leaves the other. With it a checkpoint that is smaller than one that may have been
 * given out, or another one of the same size, is found out. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "ledger/merkle.h"

enum { SIGNED_PAGE_BYTES = 4096, SIGNED_FILE_BYTES = 2 * SIGNED_PAGE_BYTES };

struct signed_file {
    uint64_t sequence, size;
    uint32_t journal_bytes;
    struct merkle_hash root;
};

void signed_file_build(const struct signed_file *intention, uint8_t out[SIGNED_PAGE_BYTES]);
/* Where in the file a page of that sequence goes. */
uint64_t signed_file_offset(uint64_t sequence);
/* The newer of the pages that are whole. ERR_SHORT: not SIGNED_FILE_BYTES; ERR_DAMAGED: none is. */
MUST_USE enum err signed_file_parse(const uint8_t *bytes, size_t length, struct signed_file *out);

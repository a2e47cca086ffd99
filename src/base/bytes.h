/* Bounded reading and writing of big-endian bytes.
 *
 * Both carry a sticky failure: past the end a reader yields zeros and a writer drops bytes, and
 * both remember it. A parser reads all its fields and asks once at the end; it must consume its
 * block exactly (reader_finish). Out-parameters are thus never half-filled from short input. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct reader {
    const uint8_t *at, *end;
    bool failed;
};

struct writer {
    uint8_t *start, *at, *end;
    bool failed;
};

static inline struct reader reader_of(const void *bytes, size_t length) {
    return (struct reader){bytes, (const uint8_t *)bytes + length, false};
}

static inline size_t reader_left(const struct reader *r) {
    return (size_t)(r->end - r->at);
}

/* The next length bytes, or NULL (and failed) where fewer are left. */
const uint8_t *bytes_take(struct reader *r, size_t length);
uint8_t bytes_get_u8(struct reader *r);
uint16_t bytes_get_u16(struct reader *r);
uint32_t bytes_get_u32(struct reader *r);
uint64_t bytes_get_u64(struct reader *r);
double bytes_get_f64(struct reader *r); /* IEEE 754 binary64, big-endian */
/* Copies length bytes into out, zeros where too few are left. */
void bytes_get(struct reader *r, void *out, size_t length);
/* ERR_OK only if nothing failed and everything was consumed; else ERR_SHORT or ERR_TRAILING. */
MUST_USE enum err bytes_finish(const struct reader *r);

static inline struct writer writer_of(void *bytes, size_t room) {
    return (struct writer){bytes, bytes, (uint8_t *)bytes + room, false};
}

static inline size_t writer_length(const struct writer *w) {
    return (size_t)(w->at - w->start);
}

void bytes_put_u8(struct writer *w, uint8_t value);
void bytes_put_u16(struct writer *w, uint16_t value);
void bytes_put_u32(struct writer *w, uint32_t value);
void bytes_put_u64(struct writer *w, uint64_t value);
void bytes_put_f64(struct writer *w, double value);
void bytes_put(struct writer *w, const void *bytes, size_t length);

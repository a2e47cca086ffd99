/* Bounded big-endian reader and writer. Invariant: at <= end, and failed never clears. */
#include "base/bytes.h"

#include <string.h>

const uint8_t *bytes_take(struct reader *r, size_t length) {
    if (reader_left(r) < length) {
        r->failed = true;
        r->at = r->end;
        return NULL;
    }
    const uint8_t *taken = r->at;
    r->at += length;
    return taken;
}

static uint64_t get_unsigned(struct reader *r, size_t length) {
    const uint8_t *taken = bytes_take(r, length);
    uint64_t value = 0;
    for (size_t i = 0; taken && i < length; i++) value = value << 8 | taken[i];
    return value;
}

uint8_t bytes_get_u8(struct reader *r) {
    return (uint8_t)get_unsigned(r, 1);
}
uint16_t bytes_get_u16(struct reader *r) {
    return (uint16_t)get_unsigned(r, 2);
}
uint32_t bytes_get_u32(struct reader *r) {
    return (uint32_t)get_unsigned(r, 4);
}
uint64_t bytes_get_u64(struct reader *r) {
    return get_unsigned(r, 8);
}

double bytes_get_f64(struct reader *r) {
    uint64_t bits = get_unsigned(r, 8);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

void bytes_get(struct reader *r, void *out, size_t length) {
    const uint8_t *taken = bytes_take(r, length);
    if (taken)
        memcpy(out, taken, length);
    else
        memset(out, 0, length);
}

enum err bytes_finish(const struct reader *r) {
    if (r->failed) return ERR_SHORT;
    return r->at == r->end ? ERR_OK : ERR_TRAILING;
}

void bytes_put(struct writer *w, const void *bytes, size_t length) {
    if (w->failed || (size_t)(w->end - w->at) < length) {
        w->failed = true;
        return;
    }
    if (length) memcpy(w->at, bytes, length);
    w->at += length;
}

static void put_unsigned(struct writer *w, uint64_t value, size_t length) {
    uint8_t bytes[8];
    for (size_t i = 0; i < length; i++) bytes[i] = (uint8_t)(value >> 8 * (length - 1 - i));
    bytes_put(w, bytes, length);
}

void bytes_put_u8(struct writer *w, uint8_t value) {
    put_unsigned(w, value, 1);
}
void bytes_put_u16(struct writer *w, uint16_t value) {
    put_unsigned(w, value, 2);
}
void bytes_put_u32(struct writer *w, uint32_t value) {
    put_unsigned(w, value, 4);
}
void bytes_put_u64(struct writer *w, uint64_t value) {
    put_unsigned(w, value, 8);
}

void bytes_put_f64(struct writer *w, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_unsigned(w, bits, 8);
}

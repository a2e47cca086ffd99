/* See the header. */
#include "sim/trace.h"

#include <string.h>

void trace_init(struct trace *trace) {
    *trace = (struct trace){.hash = UINT64_C(0xcbf29ce484222325)};
}

void trace_u64(struct trace *trace, uint64_t value) {
    uint64_t hash = (trace->hash ^ value) * UINT64_C(0x100000001b3);
    trace->hash = hash ^ hash >> 32;
    trace->words++;
}

void trace_i64(struct trace *trace, int64_t value) {
    trace_u64(trace, (uint64_t)value);
}

void trace_f64(struct trace *trace, double value) {
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    trace_u64(trace, bits);
}

void trace_bytes(struct trace *trace, const void *bytes, size_t length) {
    const uint8_t *at = bytes;
    trace_u64(trace, length);
    for (; length >= 8; length -= 8, at += 8) {
        uint64_t word = 0;
        memcpy(&word, at, 8);
        trace_u64(trace, word);
    }
    if (length > 0) {
        uint64_t word = 0;
        memcpy(&word, at, length);
        trace_u64(trace, word);
    }
}

/* A running hash over everything that happened: two runs with the same hash did the same.
 * FNV-1a, taken 64 bits at a time and folded, so that it costs little beside the run itself. It
 * detects differences; it does not resist anybody. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct trace {
    uint64_t hash;
    uint64_t words;
};

void trace_init(struct trace *trace);
void trace_u64(struct trace *trace, uint64_t value);
void trace_i64(struct trace *trace, int64_t value);
void trace_f64(struct trace *trace, double value); /* its bits */
/* Length and bytes. */
void trace_bytes(struct trace *trace, const void *bytes, size_t length);

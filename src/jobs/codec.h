/* Fields of messages between jobs: big-endian, each named once and visited both to write and to
 * read, so that writer and reader cannot drift apart.
 *
 * Reading, a field outside its range makes the codec wrong; what is then in the struct must not be
 * used. Writing, ranges are the reader's affair. Times are within 2^62 ns of zero, so that no
 * difference of two of them overflows. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/bytes.h"
#include "base/err.h"
#include "clock/clock_state.h"
#include "clock/exchange.h"

/* Exactly one of in and out is set. */
struct codec {
    struct reader *in;
    struct writer *out;
    bool wrong; /* some field that was read is outside its range */
};

void codec_require(struct codec *c, bool in_range);
void codec_u8(struct codec *c, uint8_t *value, uint8_t least, uint8_t most);
void codec_i8(struct codec *c, int8_t *value);
void codec_bool(struct codec *c, bool *value);
void codec_u16(struct codec *c, uint16_t *value);
void codec_u32(struct codec *c, uint32_t *value);
void codec_i32(struct codec *c, int32_t *value);
void codec_u64(struct codec *c, uint64_t *value);
/* A time or a deadline; only deadlines may be "never". */
void codec_ns(struct codec *c, int64_t *ns, bool or_never);
void codec_f64(struct codec *c, double *value, double least, double most);
void codec_finite(struct codec *c, double *value);
void codec_positive(struct codec *c, double *value);
/* A frequency in s/s: no clock gains or loses more than a second in a second. */
void codec_rate(struct codec *c, double *value);
/* Length, then that many octets. No control characters: names end up on terminals. */
void codec_text(struct codec *c, char *text, size_t room);
/* Octets that are not text; a length that does not fit leaves them untouched. */
void codec_octets(struct codec *c, uint8_t *octets, uint16_t *length, size_t room);
void codec_host(struct codec *c, struct addr *addr);
/* With its port; there must be one. */
void codec_address(struct codec *c, struct addr *addr);
void codec_source(struct codec *c, uint16_t *source);
/* Sources, and behind them the local reference. */
void codec_source_or_local(struct codec *c, uint16_t *source);
void codec_counters(struct codec *c, uint64_t counters[ERR_COUNT]);
void codec_line(struct codec *c, struct line *line);
void codec_clock(struct codec *c, struct clock_state *x);
void codec_exchange(struct codec *c, struct exchange *x);

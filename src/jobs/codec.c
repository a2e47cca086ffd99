/* Fields, each visited both to write and to read it. Invariant: what was read is in range, or the
 * codec is wrong. */
#include "jobs/codec.h"

#include <float.h>
#include <string.h>

#include "base/bytes.h"
#include "clock/leap.h"

void codec_require(struct codec *c, bool in_range) {
    if (c->in && !in_range) c->wrong = true;
}

/* Writes the low octets of value, or returns what is read in its place. */
static uint64_t codec_bits(struct codec *c, size_t octets, uint64_t value) {
    uint8_t bytes[8];
    if (c->in) {
        bytes_get(c->in, bytes, octets);
        value = 0;
        for (size_t i = 0; i < octets; i++) value = value << 8 | bytes[i];
        return value;
    }
    for (size_t i = 0; i < octets; i++) bytes[i] = (uint8_t)(value >> 8 * (octets - 1 - i));
    bytes_put(c->out, bytes, octets);
    return value;
}

void codec_u8(struct codec *c, uint8_t *value, uint8_t least, uint8_t most) {
    *value = (uint8_t)codec_bits(c, 1, *value);
    codec_require(c, *value >= least && *value <= most);
}

void codec_i8(struct codec *c, int8_t *value) {
    *value = (int8_t)codec_bits(c, 1, (uint8_t)*value);
}

void codec_bool(struct codec *c, bool *value) {
    uint8_t octet = *value;
    codec_u8(c, &octet, 0, 1);
    *value = octet != 0;
}

void codec_u16(struct codec *c, uint16_t *value) {
    *value = (uint16_t)codec_bits(c, 2, *value);
}

void codec_u32(struct codec *c, uint32_t *value) {
    *value = (uint32_t)codec_bits(c, 4, *value);
}

void codec_i32(struct codec *c, int32_t *value) {
    *value = (int32_t)codec_bits(c, 4, (uint32_t)*value);
}

void codec_u64(struct codec *c, uint64_t *value) {
    *value = codec_bits(c, 8, *value);
}

void codec_ns(struct codec *c, int64_t *ns, bool or_never) {
    const int64_t limit = INT64_C(1) << 62;
    *ns = (int64_t)codec_bits(c, 8, (uint64_t)*ns);
    codec_require(c, (*ns > -limit && *ns < limit) || (or_never && *ns == INT64_MAX));
}

void codec_f64(struct codec *c, double *value, double least, double most) {
    uint64_t bits;
    memcpy(&bits, value, sizeof bits);
    bits = codec_bits(c, sizeof bits, bits);
    memcpy(value, &bits, sizeof bits);
    codec_require(c, *value >= least && *value <= most);
}

void codec_finite(struct codec *c, double *value) {
    codec_f64(c, value, -DBL_MAX, DBL_MAX);
}

void codec_positive(struct codec *c, double *value) {
    codec_f64(c, value, 0, DBL_MAX);
}

void codec_rate(struct codec *c, double *value) {
    codec_f64(c, value, -1, 1);
}

void codec_text(struct codec *c, char *text, size_t room) {
    uint16_t length = c->in ? 0 : (uint16_t)strnlen(text, room - 1);
    codec_u16(c, &length);
    if (c->out) {
        bytes_put(c->out, text, length);
        return;
    }
    bool fits = length < room;
    codec_require(c, fits);
    if (!fits) return;
    bytes_get(c->in, text, length);
    text[length] = '\0';
    for (size_t i = 0; i < length; i++)
        codec_require(c, (unsigned char)text[i] >= ' ' && text[i] != 0x7f);
}

void codec_octets(struct codec *c, uint8_t *octets, uint16_t *length, size_t room) {
    codec_u16(c, length);
    codec_require(c, *length <= room);
    if (*length > room) return;
    if (c->in)
        bytes_get(c->in, octets, *length);
    else
        bytes_put(c->out, octets, *length);
}

void codec_host(struct codec *c, struct addr *addr) {
    codec_u8(c, &addr->family, 0, ADDR_IPV6);
    if (addr->family == ADDR_NONE) return;
    codec_require(c, addr->family == ADDR_IPV4 || addr->family == ADDR_IPV6);
    size_t length = addr_length(addr);
    if (c->in)
        bytes_get(c->in, addr->bytes, length);
    else
        bytes_put(c->out, addr->bytes, length);
    if (addr->family == ADDR_IPV6) codec_u32(c, &addr->scope);
}

void codec_address(struct codec *c, struct addr *addr) {
    codec_host(c, addr);
    codec_u16(c, &addr->port);
    codec_require(c, addr->family != ADDR_NONE);
}

void codec_source(struct codec *c, uint16_t *source) {
    codec_u16(c, source);
    codec_require(c, *source < LIMIT_SOURCES);
}

void codec_source_or_local(struct codec *c, uint16_t *source) {
    codec_u16(c, source);
    codec_require(c, *source <= LIMIT_SOURCES);
}

void codec_counters(struct codec *c, uint64_t counters[ERR_COUNT]) {
    for (size_t i = 0; i < ERR_COUNT; i++) codec_u64(c, &counters[i]);
}

void codec_line(struct codec *c, struct line *line) {
    codec_ns(c, &line->m0.ns, false);
    codec_ns(c, &line->tai0.ns, false);
    codec_rate(c, &line->rate);
    codec_rate(c, &line->slew);
    codec_positive(c, &line->slew_s);
    codec_positive(c, &line->radius_s);
    codec_positive(c, &line->radius_rate);
}

void codec_clock(struct codec *c, struct clock_state *x) {
    codec_line(c, &x->line);
    codec_ns(c, &x->void_after.ns, true);
    codec_bool(c, &x->synchronised);
    codec_u8(c, &x->stratum, x->synchronised ? 1 : 0, LIMIT_STRATUM + 1);
    codec_u32(c, &x->reference_id);
    codec_ns(c, &x->reference_time.ns, false);
    codec_positive(c, &x->root_delay_s);
    codec_positive(c, &x->bound_max_s);
    codec_i32(c, &x->tai_utc_s);
    codec_i32(c, &x->tai_utc_after_s);
    codec_ns(c, &x->next_leap.ns, true);
    codec_ns(c, &x->leaps_until_utc_s, false);
    codec_u64(c, &x->generation);
    codec_bool(c, &x->latched);
    codec_bool(c, &x->refuted);
    codec_u64(c, &x->updates);
    codec_u64(c, &x->heard);
    codec_ns(c, &x->suspended_ns, false);
}

void codec_exchange(struct codec *c, struct exchange *x) {
    codec_source(c, &x->source);
    codec_u8(c, &x->stratum, 1, LIMIT_STRATUM);
    codec_u8(c, &x->leap, LEAP_NONE, LEAP_DELETE);
    codec_u8(c, &x->version, 3, 4);
    codec_i8(c, &x->poll_log2s);
    codec_u32(c, &x->reference_id);
    codec_u32(c, &x->source_reference_id);
    codec_ns(c, &x->t1.ns, false);
    codec_ns(c, &x->t4.ns, false);
    codec_ns(c, &x->t2.ns, false);
    codec_ns(c, &x->t3.ns, false);
    codec_require(c, x->t1.ns <= x->t4.ns && x->t2.ns <= x->t3.ns);
    codec_f64(c, &x->root_delay_s, 0, 2 * LIMIT_ROOT_DISTANCE_S);
    codec_f64(c, &x->root_dispersion_s, 0, LIMIT_ROOT_DISTANCE_S);
    codec_f64(c, &x->precision_s, 0, LIMIT_ROOT_DISTANCE_S);
    codec_positive(c, &x->stamp_error_s);
}

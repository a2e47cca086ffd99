/* Bundles. Invariant: names ascend, and every header is the one that bundle_header makes. */
#include "ledger/bundle.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "ledger/checkpoint.h"

/* Where the fields of a ustar header stand, and what is always the same in ours. */
enum {
    MODE_AT = 100,
    OWNER_AT = 108,
    GROUP_AT = 116,
    SIZE_AT = 124,
    DATE_AT = 136,
    SUM_AT = 148,
    SUM_BYTES = 8,
    TYPE_AT = 156,
    MAGIC_AT = 257,
    MAGIC_BYTES = 8,
    SIZE_DIGITS = 11,
};

static const char magic[MAGIC_BYTES] = {'u', 's', 't', 'a', 'r', '\0', '0', '0'};

struct plain_name {
    const char *text;
    enum bundle_kind kind;
};

static const struct plain_name plain_names[] = {
    {"SHA256SUMS", BUNDLE_SUMS},       {"VERIFY.md", BUNDLE_GUIDE},
    {"checkpoint", BUNDLE_CHECKPOINT}, {"manifest.json", BUNDLE_MANIFEST},
    {"policy", BUNDLE_POLICY},         {"vkey", BUNDLE_VKEY},
};

enum { PLAIN_NAMES = sizeof plain_names / sizeof plain_names[0] };

/* "<before><number><after>" */
static bool numbered(const char *name, const char *before, const char *after, uint64_t *out) {
    size_t first = strlen(before), last = strlen(after), length = strlen(name);
    if (length <= first + last) return false;
    if (strncmp(name, before, first) != 0 || strcmp(name + length - last, after) != 0) return false;
    return checkpoint_decimal(name + first, length - first - last, out) == ERR_OK;
}

enum err bundle_name_parse(const char *name, struct bundle_name *out) {
    struct bundle_name parsed = {0};
    for (size_t i = 0; i < PLAIN_NAMES; i++)
        if (strcmp(plain_names[i].text, name) == 0) {
            *out = (struct bundle_name){.kind = plain_names[i].kind};
            return ERR_OK;
        }
    if (numbered(name, "cosigned/", "", &parsed.number))
        parsed.kind = BUNDLE_COSIGNED;
    else if (numbered(name, "proof/", ".tlog-proof", &parsed.number))
        parsed.kind = BUNDLE_PROOF;
    else if (tile_path_parse(name, strlen(name), &parsed.tile) == ERR_OK)
        parsed.kind = BUNDLE_TILE;
    else
        return ERR_SYNTAX;
    *out = parsed;
    return ERR_OK;
}

const char *bundle_name_text(const struct bundle_name *name, char out[BUNDLE_NAME_BYTES]) {
    char path[TILE_PATH_BYTES];
    const char *text = "";
    for (size_t i = 0; i < PLAIN_NAMES; i++)
        if (plain_names[i].kind == name->kind) text = plain_names[i].text;
    if (name->kind == BUNDLE_COSIGNED)
        snprintf(out, BUNDLE_NAME_BYTES, "cosigned/%" PRIu64, name->number);
    else if (name->kind == BUNDLE_PROOF)
        snprintf(out, BUNDLE_NAME_BYTES, "proof/%" PRIu64 ".tlog-proof", name->number);
    else
        snprintf(out, BUNDLE_NAME_BYTES, "%s",
                 name->kind == BUNDLE_TILE ? tile_path(&name->tile, path) : text);
    return out;
}

/* The sum of all bytes, with those of the sum itself taken as spaces. */
static unsigned checksum(const uint8_t block[BUNDLE_BLOCK_BYTES]) {
    unsigned sum = SUM_BYTES * ' ';
    for (size_t i = 0; i < BUNDLE_BLOCK_BYTES; i++)
        if (i < SUM_AT || i >= SUM_AT + SUM_BYTES) sum += block[i];
    return sum;
}

static void put_sum(uint8_t block[BUNDLE_BLOCK_BYTES], unsigned sum) {
    char text[16];
    snprintf(text, sizeof text, "%06o", sum);
    memcpy(block + SUM_AT, text, 7);
    block[SUM_AT + 7] = ' ';
}

void bundle_header(const char *name, uint64_t length, uint8_t out[BUNDLE_BLOCK_BYTES]) {
    CHECK(strlen(name) < BUNDLE_NAME_BYTES && length <= LIMIT_BUNDLE_MEMBER_BYTES);
    char size[24];
    memset(out, 0, BUNDLE_BLOCK_BYTES);
    memcpy(out, name, strlen(name) + 1);
    memcpy(out + MODE_AT, "0000644", 8);
    memcpy(out + OWNER_AT, "0000000", 8);
    memcpy(out + GROUP_AT, "0000000", 8);
    snprintf(size, sizeof size, "%011" PRIo64, length);
    memcpy(out + SIZE_AT, size, SIZE_DIGITS);
    memcpy(out + DATE_AT, "00000000000", SIZE_DIGITS + 1);
    out[TYPE_AT] = '0';
    memcpy(out + MAGIC_AT, magic, MAGIC_BYTES);
    put_sum(out, checksum(out));
}

size_t bundle_padding(uint64_t length) {
    return (size_t)(-length % BUNDLE_BLOCK_BYTES);
}

struct bundle_reader bundle_reader_of(const uint8_t *bytes, size_t length) {
    return (struct bundle_reader){.bytes = bytes, .length = length, .why = ""};
}

bool bundle_looks_right(const uint8_t *bytes, size_t length) {
    return length >= BUNDLE_BLOCK_BYTES && memcmp(bytes + MAGIC_AT, "ustar", 5) == 0;
}

static enum err refuse(struct bundle_reader *reader, enum err err, const char *why) {
    reader->why = why;
    return err;
}

static bool is_zero(const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (bytes[i]) return false;
    return true;
}

/* The name as far as it may be shown: the file may hold anything. */
static void keep_name(struct bundle_reader *reader, const uint8_t *block) {
    size_t length = 0;
    for (; length + 1 < BUNDLE_NAME_BYTES && block[length]; length++)
        reader->name[length] =
            block[length] > ' ' && block[length] < 0x7f ? (char)block[length] : '?';
    reader->name[length] = '\0';
}

static bool size_of(const uint8_t *field, uint64_t *out) {
    uint64_t value = 0;
    for (size_t i = 0; i < SIZE_DIGITS; i++) {
        if (field[i] < '0' || field[i] > '7') return false;
        value = value << 3 | (uint64_t)(field[i] - '0');
    }
    *out = value;
    return field[SIZE_DIGITS] == '\0';
}

static bool sum_is_right(const uint8_t *block) {
    uint8_t right[BUNDLE_BLOCK_BYTES] = {0};
    put_sum(right, checksum(block));
    return memcmp(block + SUM_AT, right + SUM_AT, SUM_BYTES) == 0;
}

/* Two blocks of zeros, and nothing behind them. */
static enum err end(struct bundle_reader *reader) {
    snprintf(reader->name, sizeof reader->name, "%s", "the end");
    size_t left = reader->length - reader->at;
    if (left < BUNDLE_END_BYTES) return refuse(reader, ERR_SHORT, "the bundle is cut off");
    if (!is_zero(reader->bytes + reader->at, BUNDLE_END_BYTES))
        return refuse(reader, ERR_SYNTAX, "a member follows a block of zeros");
    if (left > BUNDLE_END_BYTES)
        return refuse(reader, ERR_TRAILING, "bytes follow the end of the bundle");
    return ERR_OK;
}

/* The fields of a header that has a right checksum. */
static enum err read_header(struct bundle_reader *reader, const uint8_t *block,
                            struct bundle_member *out, uint64_t *length) {
    uint8_t ours[BUNDLE_BLOCK_BYTES];
    if (memcmp(block + MAGIC_AT, magic, MAGIC_BYTES) != 0)
        return refuse(reader, ERR_VERSION, "its header is not that of POSIX ustar");
    if (block[TYPE_AT] != '0')
        return refuse(reader, ERR_KIND, "is a link, a folder or a device, not a regular file");
    if (memchr(block, 0, BUNDLE_NAME_BYTES) == NULL ||
        bundle_name_parse((const char *)block, &out->parsed) != ERR_OK)
        return refuse(reader, ERR_SYNTAX, "no bundle holds a file of that name");
    if (!size_of(block + SIZE_AT, length))
        return refuse(reader, ERR_SYNTAX, "its size is no octal number");
    if (*length > LIMIT_BUNDLE_MEMBER_BYTES)
        return refuse(reader, ERR_TOO_LONG, "is larger than a member may be");
    bundle_header((const char *)block, *length, ours);
    if (memcmp(ours, block, sizeof ours) != 0)
        return refuse(reader, ERR_SYNTAX, "its header holds more than a name and a size");
    return ERR_OK;
}

static enum err read_member(struct bundle_reader *reader, struct bundle_member *out) {
    const uint8_t *block = reader->bytes + reader->at;
    char before[BUNDLE_NAME_BYTES];
    uint64_t length;
    memcpy(before, reader->name, sizeof before);
    keep_name(reader, block);
    if (!sum_is_right(block))
        return refuse(reader, ERR_SYNTAX, "the checksum of its header is wrong");
    enum err err = read_header(reader, block, out, &length);
    if (err != ERR_OK) return err;
    int order = reader->count > 0 ? strcmp(reader->name, before) : 1;
    if (order == 0) return refuse(reader, ERR_DUPLICATE, "stands there twice");
    if (order < 0) return refuse(reader, ERR_SYNTAX, "is out of order: names must ascend");
    if (reader->count >= LIMIT_BUNDLE_MEMBERS)
        return refuse(reader, ERR_TOO_LONG, "is one member more than a bundle may have");
    uint64_t padded = length + bundle_padding(length);
    if (padded > reader->length - reader->at - BUNDLE_BLOCK_BYTES)
        return refuse(reader, ERR_SHORT, "the bundle is cut off in it");
    out->bytes = block + BUNDLE_BLOCK_BYTES;
    out->length = (size_t)length;
    if (!is_zero(out->bytes + length, (size_t)(padded - length)))
        return refuse(reader, ERR_TRAILING, "bytes are hidden in the padding behind it");
    reader->at += BUNDLE_BLOCK_BYTES + (size_t)padded;
    reader->count++;
    return ERR_OK;
}

enum err bundle_next(struct bundle_reader *reader, struct bundle_member *out, bool *more) {
    struct bundle_member member = {0};
    enum err err;
    if (reader->length - reader->at < BUNDLE_BLOCK_BYTES ||
        is_zero(reader->bytes + reader->at, BUNDLE_BLOCK_BYTES)) {
        err = end(reader);
        if (err == ERR_OK) *more = false;
        return err;
    }
    err = read_member(reader, &member);
    if (err != ERR_OK) return err;
    memcpy(member.name, reader->name, sizeof member.name);
    *out = member;
    *more = true;
    return ERR_OK;
}

static int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum err bundle_sum_parse(const char **at, const char *end, struct bundle_sum *out) {
    enum { HEX = 2 * HASH_SHA256_BYTES, NAME_AT = HEX + 2 };
    struct bundle_sum sum = {0};
    const char *line = *at, *stop = memchr(line, '\n', (size_t)(end - line));
    if (!stop || stop - line <= NAME_AT || stop - line >= NAME_AT + BUNDLE_NAME_BYTES)
        return ERR_SYNTAX;
    for (size_t i = 0; i < HASH_SHA256_BYTES; i++) {
        int high = digit_of(line[2 * i]), low = digit_of(line[2 * i + 1]);
        if (high < 0 || low < 0) return ERR_SYNTAX;
        sum.hash[i] = (uint8_t)(high << 4 | low);
    }
    if (line[HEX] != ' ' || line[HEX + 1] != ' ') return ERR_SYNTAX;
    for (const char *c = line + NAME_AT; c < stop; c++)
        if (*c <= ' ' || *c >= 0x7f) return ERR_SYNTAX;
    memcpy(sum.name, line + NAME_AT, (size_t)(stop - line - NAME_AT));
    *out = sum;
    *at = stop + 1;
    return ERR_OK;
}

size_t bundle_sum_text(const struct bundle_sum *sum, char out[BUNDLE_NAME_BYTES + 80]) {
    size_t length = 0;
    for (size_t i = 0; i < HASH_SHA256_BYTES; i++)
        length += (size_t)snprintf(out + length, 3, "%02x", sum->hash[i]);
    return length +
           (size_t)snprintf(out + length, BUNDLE_NAME_BYTES + 80 - length, "  %s\n", sum->name);
}

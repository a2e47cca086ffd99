/* leap-seconds.list. Invariant: the table is written only if every line was right, the hash (if
 * there is one) fits, and the offsets ascend in time by one second each.
 *
 * The hash is SHA-1 over the digits of update, expiry and data lines in their order, without
 * blanks and comments; it stands as five hexadecimal words (the IERS's description beside the
 * list; leading zeros of a word may be missing). It guards against damage, not against forgers. */
#include "config/leap_list.h"

#include <string.h>

#include "crypto/hash.h"

/* 1900-01-01 to 1970-01-01, RFC 5905 section 6. */
#define UNIX_FROM_NTP_S INT64_C(2208988800)
#define DAY_S           86400

enum {
    NUMBER_DIGITS_MAX = 10, /* keeps instants far inside int64 nanoseconds */
    LEAP_OFFSET_MAX_S = 999,
    HASH_WORDS = HASH_SHA1_BYTES / 4,
    HASHED_BYTES_MAX = 2 * NUMBER_DIGITS_MAX * (LIMIT_LEAPS + 1),
};

struct list {
    struct leap_table table;
    bool has_expiry, has_update, has_hash;
    size_t hash_line;
    uint8_t hash[HASH_SHA1_BYTES];
    char hashed[HASHED_BYTES_MAX];
    size_t hashed_length;
};

/* What is left of a line. */
struct cursor {
    const char *at, *end;
};

static void skip_blanks(struct cursor *c) {
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t')) c->at++;
}

/* A decimal number that stands alone; its digits go to what is hashed. */
static enum err take_number(struct list *list, struct cursor *c, int64_t *out) {
    skip_blanks(c);
    const char *start = c->at;
    int64_t value = 0;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
        if (c->at - start == NUMBER_DIGITS_MAX) return ERR_RANGE;
        value = 10 * value + (*c->at - '0');
    }
    size_t digits = (size_t)(c->at - start);
    if (digits == 0) return ERR_SYNTAX;
    if (c->at < c->end && *c->at != ' ' && *c->at != '\t' && *c->at != '#') return ERR_SYNTAX;
    if (list->hashed_length + digits > sizeof list->hashed) return ERR_FULL;
    memcpy(list->hashed + list->hashed_length, start, digits);
    list->hashed_length += digits;
    *out = value;
    return ERR_OK;
}

static enum err take_end(struct cursor *c) {
    skip_blanks(c);
    return c->at == c->end || *c->at == '#' ? ERR_OK : ERR_SYNTAX;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static enum err take_hash_word(struct cursor *c, uint8_t out[4]) {
    uint32_t value = 0;
    unsigned digits = 0;
    skip_blanks(c);
    for (; c->at < c->end && hex_digit(*c->at) >= 0; c->at++, digits++)
        value = value << 4 | (uint32_t)hex_digit(*c->at);
    if (digits == 0 || digits > 8) return ERR_SYNTAX;
    for (int i = 0; i < 4; i++) out[i] = (uint8_t)(value >> (24 - 8 * i));
    return ERR_OK;
}

static enum err take_hash(struct list *list, struct cursor *c, size_t line) {
    if (list->has_hash) return ERR_SYNTAX;
    for (int i = 0; i < HASH_WORDS; i++) {
        enum err err = take_hash_word(c, list->hash + 4 * i);
        if (err) return err;
    }
    list->has_hash = true;
    list->hash_line = line;
    return take_end(c);
}

static enum err take_date(struct list *list, struct cursor *c, bool *seen, int64_t *out) {
    int64_t ntp_s;
    if (*seen) return ERR_SYNTAX;
    *seen = true;
    enum err err = take_number(list, c, &ntp_s);
    if (err) return err;
    *out = ntp_s - UNIX_FROM_NTP_S;
    return take_end(c);
}

static enum err take_comment(struct list *list, struct cursor *c, size_t line) {
    char mark = c->end - c->at > 1 ? c->at[1] : ' ';
    int64_t ignored;
    if (mark != '$' && mark != '@' && mark != 'h') return ERR_OK;
    c->at += 2;
    if (mark == 'h') return take_hash(list, c, line);
    if (mark == '$') return take_date(list, c, &list->has_update, &ignored);
    return take_date(list, c, &list->has_expiry, &list->table.expires_utc_s);
}

static enum err add_entry(struct leap_table *table, struct leap_entry entry) {
    if (table->count == LIMIT_LEAPS) return ERR_FULL;
    if (entry.utc_s % DAY_S != 0) return ERR_RANGE;
    if (table->count) {
        const struct leap_entry *last = &table->entries[table->count - 1];
        int32_t change = entry.tai_utc_s - last->tai_utc_s;
        if (entry.utc_s <= last->utc_s || (change != 1 && change != -1)) return ERR_RANGE;
    }
    table->entries[table->count++] = entry;
    return ERR_OK;
}

static enum err take_entry(struct list *list, struct cursor *c) {
    int64_t ntp_s, tai_utc_s;
    enum err err = take_number(list, c, &ntp_s);
    if (!err) err = take_number(list, c, &tai_utc_s);
    if (!err) err = take_end(c);
    if (err) return err;
    if (tai_utc_s > LEAP_OFFSET_MAX_S) return ERR_RANGE;
    return add_entry(&list->table,
                     (struct leap_entry){ntp_s - UNIX_FROM_NTP_S, (int32_t)tai_utc_s});
}

static enum err take_line(struct list *list, struct cursor *c, size_t line) {
    if (c->at < c->end && c->end[-1] == '\r') c->end--;
    skip_blanks(c);
    if (c->at == c->end) return ERR_OK;
    return *c->at == '#' ? take_comment(list, c, line) : take_entry(list, c);
}

/* What only the whole list can show; *line stays that of its end where no line is to blame. */
static enum err check_whole(const struct list *list, size_t *line) {
    uint8_t hash[HASH_SHA1_BYTES];
    const struct leap_table *table = &list->table;
    if (table->count == 0 || !list->has_expiry) return ERR_SYNTAX;
    if (table->expires_utc_s <= table->entries[0].utc_s) return ERR_RANGE;
    if (!list->has_hash) return ERR_OK;
    hash_sha1(list->hashed, list->hashed_length, hash);
    if (memcmp(hash, list->hash, sizeof hash) == 0) return ERR_OK;
    *line = list->hash_line;
    return ERR_SYNTAX;
}

enum err leap_list_parse(const char *text, size_t length, struct leap_table *out, size_t *line) {
    struct list list = {0};
    size_t number = 0;
    for (size_t at = 0; at < length;) {
        const char *newline = memchr(text + at, '\n', length - at);
        size_t bytes = newline ? (size_t)(newline - text) - at : length - at;
        struct cursor cursor = {text + at, text + at + bytes};
        enum err err = take_line(&list, &cursor, ++number);
        if (err) {
            *line = number;
            return err;
        }
        at += bytes + 1;
    }
    enum err err = check_whole(&list, &number);
    if (err)
        *line = number ? number : 1;
    else
        *out = list.table;
    return err;
}

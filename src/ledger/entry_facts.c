/* A scanner of JSON (RFC 8259). Invariant: at never passes end, and every byte is read once. */
#include "ledger/entry_facts.h"

#include <string.h>

#include "base/limits.h"
#include "ledger/checkpoint.h"

struct scan {
    const char *at, *end;
    enum err err; /* the first thing that was wrong; sticky */
};

struct span {
    const char *text;
    size_t length;
};

static void fail(struct scan *scan, enum err err) {
    if (scan->err == ERR_OK) scan->err = err;
    scan->at = scan->end;
}

static void skip_space(struct scan *scan) {
    while (scan->at < scan->end && strchr(" \t\n\r", *scan->at) && *scan->at) scan->at++;
}

/* The next character that is no space is taken if it is that one. */
static bool take(struct scan *scan, char c) {
    skip_space(scan);
    if (scan->at == scan->end || *scan->at != c) return false;
    scan->at++;
    return true;
}

static void need(struct scan *scan, char c) {
    if (!take(scan, c)) fail(scan, ERR_SYNTAX);
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static void skip_escape(struct scan *scan) {
    if (scan->at == scan->end || !*scan->at || !strchr("\"\\/bfnrtu", *scan->at)) {
        fail(scan, ERR_SYNTAX);
        return;
    }
    if (*scan->at++ != 'u') return;
    for (int i = 0; i < 4; i++) {
        if (scan->at == scan->end || !*scan->at || !strchr("0123456789abcdefABCDEF", *scan->at)) {
            fail(scan, ERR_SYNTAX);
            return;
        }
        scan->at++;
    }
}

/* A string, its quotes left out; of one with escapes *plain is false. */
static struct span take_string(struct scan *scan, bool *plain) {
    *plain = true;
    need(scan, '"');
    const char *start = scan->at;
    while (scan->at < scan->end && *scan->at != '"') {
        unsigned char c = (unsigned char)*scan->at++;
        if (c < ' ') fail(scan, ERR_SYNTAX);
        if (c != '\\') continue;
        *plain = false;
        skip_escape(scan);
    }
    struct span span = {start, (size_t)(scan->at - start)};
    if (scan->at == scan->end) fail(scan, ERR_SYNTAX);
    if (scan->err == ERR_OK) scan->at++;
    return span;
}

static void skip_digits(struct scan *scan) {
    const char *start = scan->at;
    while (scan->at < scan->end && is_digit(*scan->at)) scan->at++;
    if (scan->at == start) fail(scan, ERR_SYNTAX);
}

static void skip_number(struct scan *scan) {
    if (*scan->at == '-') scan->at++;
    const char *start = scan->at;
    skip_digits(scan);
    if (scan->at - start > 1 && *start == '0') fail(scan, ERR_SYNTAX);
    if (scan->at < scan->end && *scan->at == '.') {
        scan->at++;
        skip_digits(scan);
    }
    if (scan->at < scan->end && (*scan->at == 'e' || *scan->at == 'E')) {
        scan->at++;
        if (scan->at < scan->end && (*scan->at == '+' || *scan->at == '-')) scan->at++;
        skip_digits(scan);
    }
}

static void skip_scalar(struct scan *scan) {
    static const char *const words[] = {"true", "false", "null"};
    bool plain;
    skip_space(scan);
    if (scan->at == scan->end) {
        fail(scan, ERR_SYNTAX);
        return;
    }
    if (*scan->at == '"') {
        take_string(scan, &plain);
        return;
    }
    for (size_t i = 0; i < 3; i++) {
        size_t length = strlen(words[i]);
        if ((size_t)(scan->end - scan->at) < length || memcmp(scan->at, words[i], length) != 0)
            continue;
        scan->at += length;
        return;
    }
    skip_number(scan);
}

static void skip_key(struct scan *scan) {
    bool plain;
    take_string(scan, &plain);
    need(scan, ':');
}

/* Any value. Open brackets are remembered one by one, so nothing recurses. */
static void skip_value(struct scan *scan) {
    char closing[LIMIT_ENTRY_DEPTH];
    size_t depth = 0;
    for (;;) {
        bool object = take(scan, '{');
        if (object || take(scan, '[')) {
            if (depth == LIMIT_ENTRY_DEPTH) {
                fail(scan, ERR_TOO_LONG);
                return;
            }
            closing[depth++] = object ? '}' : ']';
            if (!take(scan, closing[depth - 1])) {
                if (object) skip_key(scan);
                continue;
            }
            depth--;
        } else {
            skip_scalar(scan);
        }
        while (depth > 0 && scan->err == ERR_OK && take(scan, closing[depth - 1])) depth--;
        if (depth == 0 || scan->err != ERR_OK) return;
        need(scan, ',');
        if (closing[depth - 1] == '}') skip_key(scan);
    }
}

/* The members that are looked at; each is a bit of what was seen. */
enum member { KIND, BOOT, ROOT, COUNTER, UTC, FROM, TO, SIZE, MEMBERS };

static enum member member_of(struct span key) {
    static const char *const names[MEMBERS] = {"kind", "boot", "root", "counter",
                                               "utc",  "from", "to",   "size"};
    for (size_t i = 0; i < MEMBERS; i++)
        if (strlen(names[i]) == key.length && memcmp(names[i], key.text, key.length) == 0)
            return (enum member)i;
    return MEMBERS;
}

static void keep_text(struct span value, char *out, size_t room) {
    if (value.length >= room) return;
    for (size_t i = 0; i < value.length; i++)
        if (value.text[i] < ' ' || value.text[i] == 0x7f) return;
    memcpy(out, value.text, value.length);
    out[value.length] = '\0';
}

static void keep_string(struct entry_facts *facts, enum member member, struct span value) {
    if (member == KIND) keep_text(value, facts->kind, sizeof facts->kind);
    if (member == BOOT) keep_text(value, facts->boot, sizeof facts->boot);
    if (member == ROOT) keep_text(value, facts->root, sizeof facts->root);
    if (member == UTC)
        facts->has_utc = entry_facts_parse_utc(value.text, value.length, &facts->utc) == ERR_OK;
}

/* Numbers that are no plain whole ones are as if they were missing. */
static void keep_number(struct entry_facts *facts, enum member member, struct span value,
                        unsigned *numbers) {
    uint64_t *const fields[MEMBERS] = {[COUNTER] = &facts->counter,
                                       [FROM] = &facts->from,
                                       [TO] = &facts->to,
                                       [SIZE] = &facts->size};
    if (fields[member] && checkpoint_decimal(value.text, value.length, fields[member]) == ERR_OK)
        *numbers |= 1u << member;
}

static void read_member(struct scan *scan, struct entry_facts *facts, unsigned *seen,
                        unsigned *numbers) {
    bool plain_key, plain = false;
    skip_space(scan);
    struct span key = take_string(scan, &plain_key);
    need(scan, ':');
    skip_space(scan);
    if (!plain_key) fail(scan, ERR_SYNTAX);
    enum member member = member_of(key);
    bool text = scan->at < scan->end && *scan->at == '"';
    struct span value = {scan->at, 0};
    if (text)
        value = take_string(scan, &plain);
    else
        skip_value(scan);
    if (!text) value.length = (size_t)(scan->at - value.text);
    if (member == MEMBERS || scan->err != ERR_OK) return;
    if (*seen & 1u << member) fail(scan, ERR_DUPLICATE);
    *seen |= 1u << member;
    if (text && plain) keep_string(facts, member, value);
    if (!text) keep_number(facts, member, value, numbers);
}

enum err entry_facts_parse(const char *text, size_t length, struct entry_facts *out) {
    struct scan scan = {text, text + length, ERR_OK};
    struct entry_facts facts = {0};
    unsigned seen = 0, numbers = 0;
    need(&scan, '{');
    if (!take(&scan, '}')) {
        do read_member(&scan, &facts, &seen, &numbers);
        while (scan.err == ERR_OK && take(&scan, ','));
        need(&scan, '}');
    }
    skip_space(&scan);
    if (scan.at != scan.end) fail(&scan, ERR_SYNTAX);
    if (scan.err != ERR_OK) return scan.err;
    facts.has_counter = numbers & 1u << COUNTER;
    facts.has_range = (numbers & 1u << FROM) && (numbers & 1u << TO);
    facts.has_size = numbers & 1u << SIZE;
    *out = facts;
    return ERR_OK;
}

/* Decimal digits at a place; -1 if one of them is none. */
static int64_t digits_at(const char *text, size_t count) {
    int64_t value = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_digit(text[i])) return -1;
        value = 10 * value + (text[i] - '0');
    }
    return value;
}

static int64_t days_of_month(int64_t year, int64_t month) {
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

/* Days from 1970-01-01 to a date of the years 1970 to 2261. */
static int64_t days_of(int64_t year, int64_t month, int64_t day) {
    int64_t before = year - 1;
    int64_t days = 365 * (year - 1970) + (before / 4 - before / 100 + before / 400) - 477 + day - 1;
    for (int64_t m = 1; m < month; m++) days += days_of_month(year, m);
    return days;
}

/* Nanoseconds of ".123456789", or of nothing; -1 if it is neither. */
static int64_t fraction_of(const char *text, size_t length) {
    if (length == 0) return 0;
    if (text[0] != '.' || length < 2 || length > 10) return -1;
    int64_t value = digits_at(text + 1, length - 1);
    for (size_t i = length; value >= 0 && i < 10; i++) value *= 10;
    return value;
}

enum err entry_facts_parse_utc(const char *text, size_t length, struct utc *out) {
    static const char form[] = "dddd-dd-ddTdd:dd:dd";
    enum { FORM = sizeof form - 1 };
    if (length <= FORM || text[length - 1] != 'Z') return ERR_SYNTAX;
    for (size_t i = 0; i < FORM; i++)
        if (form[i] == 'd' ? !is_digit(text[i]) : text[i] != form[i]) return ERR_SYNTAX;
    int64_t fraction = fraction_of(text + FORM, length - FORM - 1);
    if (fraction < 0) return ERR_SYNTAX;
    int64_t year = digits_at(text, 4), month = digits_at(text + 5, 2), day = digits_at(text + 8, 2);
    int64_t hour = digits_at(text + 11, 2), minute = digits_at(text + 14, 2);
    int64_t second = digits_at(text + 17, 2);
    if (year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1 || hour > 23 ||
        minute > 59 || second > 60 || day > days_of_month(year, month))
        return ERR_RANGE;
    int64_t seconds = (days_of(year, month, day) * 24 + hour) * 3600 + minute * 60 + second;
    *out = (struct utc){seconds * NS_PER_S + fraction};
    return ERR_OK;
}

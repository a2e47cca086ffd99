/* Words to values. Numbers are decimal, written as in the C locale; nothing that strtod also
 * takes (hexadecimal, inf, nan, leading blanks) is a number here. */
#include "config/value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"

static bool parse_real(const char *word, double *out) {
    if (word[strspn(word, "0123456789+-.eE")] != '\0') return false;
    char *end;
    *out = strtod(word, &end);
    return end != word && *end == '\0';
}

static bool parse_integer(const char *word, long long *out) {
    const char *digits = word + (*word == '-' || *word == '+');
    if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0') return false;
    *out = strtoll(word, NULL, 10);
    return true;
}

static enum err refuse_range(struct reading *r, const struct option_rule *rule, const char *owner,
                             const char *word) {
    return reading_refuse(r, word, ERR_RANGE, "%s: %.40s is out of range: %.10g to %.10g%s%s",
                          owner, word, rule->min, rule->max, rule->unit ? " " : "",
                          rule->unit ? rule->unit : "");
}

static enum err store_real(struct reading *r, const struct option_rule *rule, const char *owner,
                           const char *word, void *field) {
    double value;
    CHECK(rule->bytes == sizeof value);
    if (!parse_real(word, &value))
        return reading_refuse(r, word, ERR_SYNTAX, "%s: \"%.80s\" is not a number", owner, word);
    if (!(value >= rule->min && value <= rule->max)) return refuse_range(r, rule, owner, word);
    value *= rule->scale;
    memcpy(field, &value, sizeof value);
    return ERR_OK;
}

static enum err store_integer(struct reading *r, const struct option_rule *rule, const char *owner,
                              const char *word, void *field) {
    long long value;
    if (!parse_integer(word, &value))
        return reading_refuse(r, word, ERR_SYNTAX, "%s: \"%.80s\" is not a whole number", owner,
                              word);
    if (!((double)value >= rule->min && (double)value <= rule->max))
        return refuse_range(r, rule, owner, word);
    uint8_t u8 = (uint8_t)value;
    uint16_t u16 = (uint16_t)value;
    uint32_t u32 = (uint32_t)value;
    CHECK(rule->bytes == 1 || rule->bytes == 2 || rule->bytes == 4);
    memcpy(field,
           rule->bytes == 1   ? (void *)&u8
           : rule->bytes == 2 ? (void *)&u16
                              : (void *)&u32,
           rule->bytes);
    return ERR_OK;
}

static enum err store_text(struct reading *r, const struct option_rule *rule, const char *owner,
                           const char *word, char *field) {
    size_t most = rule->max > 0 ? (size_t)rule->max : rule->bytes - 1;
    CHECK(most < rule->bytes);
    if (strlen(word) > most)
        return reading_refuse(r, word, ERR_TOO_LONG, "%s: \"%.40s...\" is longer than %zu bytes",
                              owner, word, most);
    bool none = rule->kind == OPTION_PATH_OR_NONE && strcasecmp(word, "none") == 0;
    snprintf(field, rule->bytes, "%s", none ? "" : word);
    return ERR_OK;
}

static enum err store_user(struct reading *r, const struct option_rule *rule, const char *owner,
                           const char *word, char *field) {
    size_t good = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
    if (word[good] != '\0' || word[0] == '-')
        return reading_refuse(r, word, ERR_SYNTAX, "%s: \"%.80s\" is not a user name", owner, word);
    return store_text(r, rule, owner, word, field);
}

static enum err store_host(struct reading *r, const struct option_rule *rule, const char *owner,
                           const char *word, char *field) {
    struct addr addr;
    size_t good = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
    if (addr_parse(word, 0, &addr) != ERR_OK && (word[good] != '\0' || strchr("-.", word[0])))
        return reading_refuse(r, word, ERR_SYNTAX, "%s: \"%.80s\" is no host name or address",
                              owner, word);
    return store_text(r, rule, owner, word, field);
}

enum err value_store(struct reading *r, const struct option_rule *rule, const char *owner,
                     const char *word, void *base) {
    void *field = (char *)base + rule->field;
    switch (rule->kind) {
    case OPTION_FLAG:
        *(bool *)field = true;
        return ERR_OK;
    case OPTION_INTEGER:
        return store_integer(r, rule, owner, word, field);
    case OPTION_REAL:
        return store_real(r, rule, owner, word, field);
    case OPTION_PATH:
    case OPTION_PATH_OR_NONE:
        return store_text(r, rule, owner, word, field);
    case OPTION_USER:
        return store_user(r, rule, owner, word, field);
    case OPTION_HOST:
        return store_host(r, rule, owner, word, field);
    case OPTION_END:
        break;
    }
    CHECK(rule->kind != OPTION_END); /* a row of the table without a kind */
    return ERR_KIND;
}

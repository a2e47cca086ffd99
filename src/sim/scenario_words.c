/* See the header. */
#include "sim/scenario_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char blanks[] = " \t\r";

const char *scenario_words_next(struct scenario_reading *r) {
    r->next += strspn(r->next, blanks);
    if (*r->next == '\0') return NULL;
    const char *word = r->next;
    r->next += strcspn(r->next, blanks);
    if (*r->next != '\0') *r->next++ = '\0';
    return word;
}

const char *scenario_words_rest(struct scenario_reading *r) {
    char *rest = r->next + strspn(r->next, blanks);
    size_t length = strlen(rest);
    while (length > 0 && strchr(blanks, rest[length - 1]) != NULL) rest[--length] = '\0';
    r->next = rest + length;
    return rest;
}

enum err scenario_words_end(struct scenario_reading *r) {
    const char *word = scenario_words_next(r);
    return word ? scenario_words_refuse(r, word, ERR_SYNTAX, "\"%.40s\" is too much here", word)
                : ERR_OK;
}

enum err scenario_words_refuse(struct scenario_reading *r, const char *word, enum err why,
                               const char *format, ...) {
    struct config_error *error = r->error;
    bool inside = word && word >= r->text && word < r->text + sizeof r->text;
    snprintf(error->place.file, sizeof error->place.file, "%s", r->file);
    error->place.line = r->line > 0 ? r->line : 1;
    error->place.column = inside ? (uint32_t)(word - r->text) + 1 : 1;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return why;
}

/* A bound in the unit that it is written in. */
static const char *bound_text(enum quantity_kind kind, double bound, char out[32]) {
    const char *unit = kind == QUANTITY_TIME ? " s" : kind == QUANTITY_RATE ? " s/s" : "";
    double scale = kind == QUANTITY_SHARE ? 100 : 1;
    snprintf(out, 32, "%.6g%s", bound * scale, kind == QUANTITY_SHARE ? "%" : unit);
    return out;
}

enum err scenario_words_value(struct scenario_reading *r, const char *owner, const char *word,
                              const struct quantity *quantity, double *out) {
    char low[32], high[32];
    if (word == NULL)
        return scenario_words_refuse(r, NULL, ERR_SHORT, "%s needs %s", owner,
                                     quantity_name(quantity->kind));
    enum err err = quantity_parse(word, quantity, out);
    if (err == ERR_SYNTAX)
        return scenario_words_refuse(r, word, err, "%s: \"%.40s\" is not %s", owner, word,
                                     quantity_name(quantity->kind));
    if (err != ERR_OK)
        return scenario_words_refuse(r, word, err, "%s: %.40s is out of range: %s to %s", owner,
                                     word, bound_text(quantity->kind, quantity->min, low),
                                     bound_text(quantity->kind, quantity->max, high));
    return ERR_OK;
}

enum err scenario_words_store(struct scenario_reading *r, const struct scenario_field *field,
                              void *base) {
    double value = 0;
    enum err err =
        scenario_words_value(r, field->word, scenario_words_next(r), &field->quantity, &value);
    if (err == ERR_OK) memcpy((char *)base + field->offset, &value, sizeof value);
    return err;
}

/* One number of a server, from 1; advances *text. 0: there is none, or it is too large. */
static uint32_t server_number(const char **text) {
    size_t digits = strspn(*text, "0123456789");
    if (digits == 0 || digits > 3) return 0;
    uint32_t number = (uint32_t)strtoul(*text, NULL, 10);
    *text += digits;
    return number <= LIMIT_SOURCES ? number : 0;
}

/* 1,3-5 */
static bool parse_list(const char *text, uint64_t *mask) {
    for (*mask = 0;; text++) {
        uint32_t from = server_number(&text), to = from;
        if (from > 0 && *text == '-') {
            text++;
            to = server_number(&text);
        }
        if (from == 0 || to < from) return false;
        for (uint32_t i = from; i <= to; i++) *mask |= UINT64_C(1) << (i - 1);
        if (*text == '\0') return true;
        if (*text != ',') return false;
    }
}

static const struct {
    const char *word;
    enum selector_kind kind;
} selector_words[] = {
    {"all", SELECTOR_ALL},
    {"minority", SELECTOR_MINORITY},
    {"half", SELECTOR_HALF},
    {"majority", SELECTOR_MAJORITY},
    {"authenticated", SELECTOR_AUTHENTICATED},
    {"unauthenticated", SELECTOR_UNAUTHENTICATED},
    {"operator", SELECTOR_OPERATOR},
};

static enum err take_selector(struct scenario_reading *r, const char *owner, const char *word,
                              struct selector *out) {
    static const struct quantity count = {QUANTITY_COUNT, 1, LIMIT_SOURCES};
    double value = 0;
    *out = (struct selector){.kind = SELECTOR_LIST};
    if (word == NULL)
        return scenario_words_refuse(r, NULL, ERR_SHORT, "%s needs to say which servers", owner);
    for (size_t i = 0; i < sizeof selector_words / sizeof selector_words[0]; i++) {
        if (strcmp(word, selector_words[i].word) != 0) continue;
        out->kind = selector_words[i].kind;
        return ERR_OK;
    }
    if (strcmp(word, "one") == 0 || strcmp(word, "first") == 0) {
        out->kind = SELECTOR_FIRST;
        out->count = 1;
        if (*word == 'o') return ERR_OK;
        enum err err = scenario_words_value(r, "first", scenario_words_next(r), &count, &value);
        out->count = (uint32_t)value;
        return err;
    }
    if (parse_list(word, &out->mask)) return ERR_OK;
    return scenario_words_refuse(
        r, word, ERR_SYNTAX,
        "%s: \"%.40s\" names no servers: write numbers from 1 to %d (2 or "
        "1,3-5), all, one, first N, minority, half, majority, authenticated or "
        "unauthenticated",
        owner, word, LIMIT_SOURCES);
}

enum err scenario_words_selector(struct scenario_reading *r, const char *owner,
                                 struct selector *out) {
    const char *word = scenario_words_next(r);
    if (!r->has_servers)
        return scenario_words_refuse(r, word, ERR_MISSING,
                                     "%s: write \"servers N\" on a line before this one", owner);
    enum err err = take_selector(r, owner, word, out);
    uint32_t needs = err ? 0 : selector_needs(out), there = r->scenario.setting.sources;
    if (needs > there)
        return scenario_words_refuse(r, word, ERR_RANGE, "%s: there is no server %u, only %u",
                                     owner, needs, there);
    return err;
}

uint64_t scenario_words_mask(const struct scenario_reading *r, const struct selector *selector) {
    const struct selector_crowd crowd = {
        .count = r->scenario.setting.sources, .voters = UINT64_MAX, .authenticated = 0};
    return selector_mask(selector, &crowd);
}

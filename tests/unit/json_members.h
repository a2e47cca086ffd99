/* A strict reader of RFC 8259 for tests: whether a text is one JSON value, and, if that is an
 * object, the names of its members in order. Control characters, what is not UTF-8, wrong escapes
 * and numbers are refused. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/utf8.h"

enum { JSON_MEMBERS_MAX = 64, JSON_MEMBERS_NAME_BYTES = 32, JSON_MEMBERS_DEPTH = 8 };

struct json_members {
    const char *at, *end;
    unsigned depth;
    size_t count;
    char names[JSON_MEMBERS_MAX][JSON_MEMBERS_NAME_BYTES];
    struct {
        const char *text; /* of the value, as it stands there */
        size_t length;
    } values[JSON_MEMBERS_MAX];
};

static inline bool json_members_take(struct json_members *j, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(j->end - j->at) < length || memcmp(j->at, word, length) != 0) return false;
    j->at += length;
    return true;
}

static inline size_t json_members_digits(struct json_members *j) {
    const char *start = j->at;
    while (j->at < j->end && *j->at >= '0' && *j->at <= '9') j->at++;
    return (size_t)(j->at - start);
}

static inline bool json_members_number(struct json_members *j) {
    (void)json_members_take(j, "-");
    if (!json_members_take(j, "0") && json_members_digits(j) == 0) return false;
    if (json_members_take(j, ".") && json_members_digits(j) == 0) return false;
    if (!json_members_take(j, "e") && !json_members_take(j, "E")) return true;
    if (!json_members_take(j, "+")) (void)json_members_take(j, "-");
    return json_members_digits(j) > 0;
}

static inline bool json_members_escape(struct json_members *j) {
    if (j->at == j->end) return false;
    char kind = *j->at++;
    if (kind != 'u') return kind != '\0' && strchr("\"\\/bfnrt", kind) != NULL;
    for (int i = 0; i < 4; i++, j->at++)
        if (j->at == j->end || *j->at == '\0' || !strchr("0123456789abcdefABCDEF", *j->at))
            return false;
    return true;
}

static inline bool json_members_string(struct json_members *j) {
    if (!json_members_take(j, "\"")) return false;
    while (j->at < j->end) {
        if (json_members_take(j, "\"")) return true;
        if (json_members_take(j, "\\")) {
            if (!json_members_escape(j)) return false;
            continue;
        }
        size_t length = utf8_length(j->at, (size_t)(j->end - j->at));
        if (length == 0 || (unsigned char)*j->at < ' ') return false;
        j->at += length;
    }
    return false;
}

static inline bool json_members_value(struct json_members *j);

static inline bool json_members_keep(struct json_members *j, const char *name, size_t length) {
    if (j->depth != 1) return true;
    if (j->count == JSON_MEMBERS_MAX || length >= JSON_MEMBERS_NAME_BYTES) return false;
    memcpy(j->names[j->count], name, length);
    j->names[j->count][length] = '\0';
    return true;
}

static inline bool json_members_member(struct json_members *j) {
    const char *name = j->at + 1;
    if (!json_members_string(j)) return false;
    if (!json_members_keep(j, name, (size_t)(j->at - 1 - name))) return false;
    if (!json_members_take(j, ":")) return false;
    const char *value = j->at;
    if (!json_members_value(j)) return false;
    if (j->depth != 1) return true;
    j->values[j->count].text = value;
    j->values[j->count++].length = (size_t)(j->at - value);
    return true;
}

static inline bool json_members_list(struct json_members *j, const char *close, bool named) {
    if (++j->depth > JSON_MEMBERS_DEPTH) return false;
    if (!json_members_take(j, close)) {
        do
            if (named ? !json_members_member(j) : !json_members_value(j)) return false;
        while (json_members_take(j, ","));
        if (!json_members_take(j, close)) return false;
    }
    j->depth--;
    return true;
}

static inline bool json_members_value(struct json_members *j) {
    if (json_members_take(j, "{")) return json_members_list(j, "}", true);
    if (json_members_take(j, "[")) return json_members_list(j, "]", false);
    if (j->at < j->end && *j->at == '"') return json_members_string(j);
    return json_members_take(j, "true") || json_members_take(j, "false") ||
           json_members_take(j, "null") || json_members_number(j);
}

/* True: the text is one object, without white space around its parts. */
static inline bool json_members_read(struct json_members *j, const char *text, size_t length) {
    memset(j, 0, sizeof *j);
    j->at = text;
    j->end = text + length;
    return length > 0 && *text == '{' && json_members_value(j) && j->at == j->end;
}

/* JSON writer (RFC 8259). Invariant: length < room, and text[length] is always zero. */
#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

void json_init(struct json *json, char *text, size_t room) {
    *json = (struct json){.text = text, .room = room};
    text[0] = '\0';
}

static void put(struct json *json, const char *bytes, size_t length) {
    if (json->failed || json->room - json->length <= length) {
        json->failed = true;
        return;
    }
    memcpy(json->text + json->length, bytes, length);
    json->length += length;
    json->text[json->length] = '\0';
}

static void put_text(struct json *json, const char *text) {
    put(json, text, strlen(text));
}

static void put_string(struct json *json, const char *value) {
    put(json, "\"", 1);
    for (const unsigned char *s = (const unsigned char *)value; *s;) {
        size_t length = utf8_length(s, 4); /* the zero at the end stops it */
        if (length == 0) {
            put_text(json, "\\ufffd");
            s++;
            continue;
        }
        char escape[8];
        if (*s == '"' || *s == '\\') {
            snprintf(escape, sizeof escape, "\\%c", *s);
            put_text(json, escape);
        } else if (*s < 0x20) {
            snprintf(escape, sizeof escape, "\\u%04x", (unsigned)*s);
            put_text(json, escape);
        } else {
            put(json, (const char *)s, length);
        }
        s += length;
    }
    put(json, "\"", 1);
}

static void begin(struct json *json, const char *key) {
    if (json->comma) put(json, ",", 1);
    json->comma = true;
    if (!key) return;
    put_string(json, key);
    put(json, ":", 1);
}

static void open_with(struct json *json, const char *key, const char *bracket) {
    begin(json, key);
    put_text(json, bracket);
    json->comma = false;
}

static void close_with(struct json *json, const char *bracket) {
    put_text(json, bracket);
    json->comma = true;
}

void json_open_object(struct json *json, const char *key) {
    open_with(json, key, "{");
}
void json_close_object(struct json *json) {
    close_with(json, "}");
}
void json_open_array(struct json *json, const char *key) {
    open_with(json, key, "[");
}
void json_close_array(struct json *json) {
    close_with(json, "]");
}

static void put_value(struct json *json, const char *key, const char *format, ...) {
    char text[40];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    begin(json, key);
    put_text(json, text);
}

void json_string(struct json *json, const char *key, const char *value) {
    begin(json, key);
    put_string(json, value);
}

void json_int(struct json *json, const char *key, int64_t value) {
    put_value(json, key, "%" PRId64, value);
}

void json_uint(struct json *json, const char *key, uint64_t value) {
    put_value(json, key, "%" PRIu64, value);
}

void json_double(struct json *json, const char *key, double value) {
    if (!isfinite(value)) {
        json_null(json, key);
        return;
    }
    /* The fewest digits that read back as the same value; 17 always do. */
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    put_value(json, key, "%s", text);
}

void json_bool(struct json *json, const char *key, bool value) {
    put_value(json, key, "%s", value ? "true" : "false");
}

void json_null(struct json *json, const char *key) {
    put_value(json, key, "null");
}

/* A JSON writer into a fixed buffer (RFC 8259). Commas and escapes are its affair.
 *
 * The text is valid JSON once every opened object and array was closed and failed is false;
 * what does not fit sets failed and is dropped. Numbers: doubles print with the fewest of 15 to 17
 * significant digits that read back exactly, and not-a-number or infinite ones as null. Bytes that
 * are not UTF-8 are replaced. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json {
    char *text;
    size_t room, length;
    bool failed;
    bool comma; /* the next value needs a comma before it */
};

/* room > 0; the text is always zero-terminated. */
void json_init(struct json *json, char *text, size_t room);
/* key is NULL inside arrays and for the outermost value. */
void json_open_object(struct json *json, const char *key);
void json_close_object(struct json *json);
void json_open_array(struct json *json, const char *key);
void json_close_array(struct json *json);
void json_string(struct json *json, const char *key, const char *value);
void json_int(struct json *json, const char *key, int64_t value);
void json_uint(struct json *json, const char *key, uint64_t value);
void json_double(struct json *json, const char *key, double value);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);

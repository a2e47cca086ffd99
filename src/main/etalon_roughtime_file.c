/* JSON files of Roughtime, read with json-c. Invariant: what is handed out fits its limits. */
#include "main/etalon_roughtime_file.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "os/storage.h"

enum { FILE_BYTES = 1 << 20, FILE_DEPTH = 16 };

__attribute__((format(printf, 2, 3))) static bool refuse(const char *path, const char *format,
                                                         ...) {
    va_list values;
    va_start(values, format);
    fprintf(stderr, "etalon: %s: ", path);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    va_end(values);
    return false;
}

/* NULL: said why. */
static struct json_object *parse(const char *path, const char *text, size_t length) {
    struct json_tokener *tokener = json_tokener_new_ex(FILE_DEPTH);
    if (!tokener) return NULL;
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *root = json_tokener_parse_ex(tokener, text, (int)length);
    if (!root) {
        size_t line = 1, end = json_tokener_get_parse_end(tokener);
        for (size_t i = 0; i < end && i < length; i++) line += text[i] == '\n';
        enum json_tokener_error error = json_tokener_get_error(tokener);
        refuse(path, "line %zu: %s", line,
               error == json_tokener_continue ? "the JSON text ends too early"
                                              : json_tokener_error_desc(error));
    }
    json_tokener_free(tokener);
    return root;
}

static struct json_object *load(const char *path) {
    static char text[FILE_BYTES];
    size_t length = 0;
    const char *why = "";
    if (storage_read(path, text, sizeof text - 1, &length, &why) != ERR_OK) {
        refuse(path, "%s", why);
        return NULL;
    }
    text[length] = '\0'; /* ends a number at the top, for the tokener */
    return parse(path, text, length + 1);
}

/* A member; NULL if object is none, or has none of that name. */
static struct json_object *member(const struct json_object *object, const char *key) {
    struct json_object *value = NULL;
    if (!json_object_is_type(object, json_type_object)) return NULL;
    return json_object_object_get_ex(object, key, &value) ? value : NULL;
}

/* The text of a string member without NUL bytes; NULL if it is none. */
static const char *text_of(const struct json_object *object, const char *key) {
    struct json_object *value = member(object, key);
    if (!json_object_is_type(value, json_type_string)) return NULL;
    const char *text = json_object_get_string(value);
    return strlen(text) == (size_t)json_object_get_string_len(value) ? text : NULL;
}

static size_t elements(const struct json_object *array) {
    return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

/* The bytes of a base64 member; least and most of them. False: missing or not so. */
static bool get_bytes(const struct json_object *object, const char *key, size_t least, size_t most,
                      uint8_t *out, size_t *length) {
    const char *text = text_of(object, key);
    return text && base64_bytes(text, strlen(text), out, most, length) == ERR_OK &&
           *length >= least;
}

static bool get_exactly(const struct json_object *object, const char *key, size_t length,
                        uint8_t *out) {
    size_t got;
    return get_bytes(object, key, length, length, out, &got);
}

bool etalon_roughtime_file_key(const char *text, uint8_t out[ED25519_PUBLIC_BYTES]) {
    size_t length;
    return base64_bytes(text, strlen(text), out, ED25519_PUBLIC_BYTES, &length) == ERR_OK &&
           length == ED25519_PUBLIC_BYTES;
}

/* Copies a text that fits and has no control characters. */
static bool copy_text(const char *text, char *out, size_t room) {
    if (!text || strlen(text) == 0 || strlen(text) >= room) return false;
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f) return false;
    snprintf(out, room, "%s", text);
    return true;
}

static bool choose_address(const struct json_object *server, bool tcp,
                           struct etalon_roughtime_server *out) {
    const struct json_object *addresses = member(server, "addresses");
    for (size_t i = 0; i < elements(addresses); i++) {
        const struct json_object *address = json_object_array_get_idx(addresses, i);
        const char *protocol = text_of(address, "protocol");
        if (!protocol || strcmp(protocol, tcp ? "tcp" : "udp") != 0) continue;
        return copy_text(text_of(address, "address"), out->address, sizeof out->address);
    }
    return false;
}

enum taken { TAKEN, LEFT_OUT, BROKEN };

static enum taken take_server(const char *path, const struct json_object *server, size_t number,
                              bool tcp, struct etalon_roughtime_server *out) {
    const char *type = text_of(server, "publicKeyType");
    const struct json_object *version = member(server, "version");
    if (!copy_text(text_of(server, "name"), out->name, sizeof out->name)) {
        refuse(path, "server %zu has no usable name", number);
        return BROKEN;
    }
    if (!type || strcmp(type, "ed25519") != 0 || !json_object_is_type(version, json_type_int) ||
        !get_exactly(server, "publicKey", ED25519_PUBLIC_BYTES, out->key)) {
        refuse(path, "server \"%s\" lacks a version, publicKeyType ed25519 or its publicKey",
               out->name);
        return BROKEN;
    }
    int64_t value = json_object_get_int64(version);
    out->version = (uint32_t)value;
    if (value < 0 || value > UINT32_MAX || !roughtime_proof_speaks(out->version)) {
        refuse(path, "server \"%s\" is left out: its version is not spoken here", out->name);
        return LEFT_OUT;
    }
    if (choose_address(server, tcp, out)) return TAKEN;
    refuse(path, "server \"%s\" is left out: it has no %s address", out->name, tcp ? "TCP" : "UDP");
    return LEFT_OUT;
}

bool etalon_roughtime_file_list(const char *path, bool tcp, struct etalon_roughtime_list *out) {
    struct json_object *root = load(path);
    const struct json_object *servers = member(root, "servers");
    if (!root) return false;
    bool right = json_object_is_type(servers, json_type_array);
    if (!right) refuse(path, "is no list of Roughtime servers");
    out->count = 0;
    for (size_t i = 0; i < elements(servers); i++) {
        const struct json_object *server = json_object_array_get_idx(servers, i);
        if (out->count == LIMIT_ROUGHTIME_SERVERS) {
            refuse(path, "only the first %zu servers are used", out->count);
            break;
        }
        enum taken taken = take_server(path, server, i + 1, tcp, &out->servers[out->count]);
        if (taken == TAKEN) out->count++;
        right = right && taken != BROKEN;
    }
    json_object_put(root);
    return right;
}

static bool take_response(const struct json_object *from, struct etalon_roughtime_response *out) {
    struct roughtime_chain_link *link = &out->link;
    out->has_rand = member(from, "rand") != NULL;
    if (out->has_rand && !get_exactly(from, "rand", sizeof link->rand, link->rand)) return false;
    return get_exactly(from, "publicKey", sizeof out->key, out->key) &&
           get_bytes(from, "request", 1, sizeof link->request, link->request,
                     &link->request_length) &&
           get_bytes(from, "response", 1, sizeof link->response, link->response,
                     &link->response_length);
}

bool etalon_roughtime_file_report(const char *path, struct etalon_roughtime_report *out) {
    struct json_object *root = load(path);
    if (!root) return false;
    const struct json_object *responses = member(root, "responses");
    bool right = elements(responses) > 0;
    if (!right) refuse(path, "is no malfeasance report of Roughtime");
    if (right && elements(responses) > ETALON_ROUGHTIME_RESPONSES)
        right = refuse(path, "has more than %d responses", ETALON_ROUGHTIME_RESPONSES);
    out->count = 0;
    for (size_t i = 0; right && i < elements(responses); i++) {
        const struct json_object *response = json_object_array_get_idx(responses, i);
        if (!take_response(response, &out->responses[out->count++]))
            right = refuse(path,
                           "response %zu lacks publicKey, request or response, or one of them "
                           "is not base64 of a fitting length",
                           i + 1);
    }
    json_object_put(root);
    return right;
}

/* Requests to the mirror. Source: c2sp.org/tlog-tiles for names, types and caching; RFC 9110 for
 * the rest. There is no Date in a reply: this process has no right to the time. */
#include "jobs/mirror.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool is(const char *path, size_t length, const char *name) {
    return length == strlen(name) && memcmp(path, name, length) == 0;
}

/* cosigned/<size>: a decimal number without leading zeros. */
static bool is_cosigned(const char *path, size_t length) {
    static const char folder[] = "cosigned/";
    enum { NAME = sizeof folder - 1, DIGITS_MAX = 19 };
    if (length <= NAME || length > NAME + DIGITS_MAX || memcmp(path, folder, NAME) != 0)
        return false;
    for (size_t i = NAME; i < length; i++)
        if (path[i] < '0' || path[i] > '9') return false;
    return path[NAME] != '0';
}

static bool find_kind(const char *path, size_t length, enum mirror_kind *out) {
    struct tile tile;
    if (is(path, length, "checkpoint"))
        *out = MIRROR_NOTE;
    else if (is(path, length, "vkey") || is(path, length, "pruned") || is_cosigned(path, length))
        *out = MIRROR_TEXT;
    else if (tile_path_parse(path, length, &tile) == ERR_OK)
        *out = MIRROR_TILE;
    else
        return false;
    return true;
}

/* Of one that was understood. */
static void judge(const struct http_request *request, struct mirror_answer *out) {
    out->taken = request->length;
    out->keeps = request->keeps && !request->has_body;
    out->head_only = request->method == HTTP_REQUEST_HEAD;
    out->status = 405;
    if (request->method == HTTP_REQUEST_OTHER) return;
    out->status = 400;
    if (request->has_body || request->path[0] != '/') return;
    out->status = 404;
    const char *path = request->path + 1;
    size_t length = request->path_length - 1;
    if (length >= sizeof out->path || !find_kind(path, length, &out->kind)) return;
    memcpy(out->path, path, length);
    out->path[length] = '\0';
    out->status = 200;
}

bool mirror_judge(const char *text, size_t length, bool full, struct mirror_answer *out) {
    struct http_request request;
    enum err err = http_request_parse(text, length, &request);
    if (err == ERR_SHORT && !full) return false;
    *out = (struct mirror_answer){.status = 400, .taken = length};
    if (err == ERR_SHORT) out->status = 431;
    if (err == ERR_VERSION) out->status = 505;
    if (err == ERR_OK) judge(&request, out);
    return true;
}

void mirror_withdraw(struct mirror_answer *answer, enum err err) {
    answer->status = err == ERR_MISSING ? 404 : 503;
}

static const char *phrase_of(unsigned status) {
    switch (status) {
    case 400:
        return "Bad Request";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 431:
        return "Request Header Fields Too Large";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return "Service Unavailable";
    }
}

static int refusal(const struct mirror_answer *answer, char out[MIRROR_HEAD_BYTES]) {
    const char *phrase = phrase_of(answer->status);
    return snprintf(out, MIRROR_HEAD_BYTES,
                    "HTTP/1.1 %u %s\r\n"
                    "Content-Type: text/plain; charset=utf-8\r\n"
                    "Content-Length: %zu\r\n"
                    "Cache-Control: no-store\r\n"
                    "%s%s\r\n%s%s",
                    answer->status, phrase, strlen(phrase) + 1,
                    answer->status == 405 ? "Allow: GET, HEAD\r\n" : "",
                    answer->keeps ? "" : "Connection: close\r\n", answer->head_only ? "" : phrase,
                    answer->head_only ? "" : "\n");
}

size_t mirror_head(const struct mirror_answer *answer, uint64_t size, char out[MIRROR_HEAD_BYTES]) {
    static const char *const caching[] = {
        [MIRROR_NOTE] = "max-age=2",
        [MIRROR_TEXT] = "max-age=60",
        [MIRROR_TILE] = "public, max-age=31536000, immutable",
    };
    if (answer->status != 200) return (size_t)refusal(answer, out);
    return (size_t)snprintf(
        out, MIRROR_HEAD_BYTES,
        "HTTP/1.1 200 OK\r\n"
        "Content-Type: %s\r\n"
        "Content-Length: %" PRIu64 "\r\n"
        "Cache-Control: %s\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "%s\r\n",
        answer->kind == MIRROR_TILE ? "application/octet-stream" : "text/plain; charset=utf-8",
        size, caching[answer->kind], answer->keeps ? "" : "Connection: close\r\n");
}

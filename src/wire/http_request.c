/* Heads of HTTP requests. Source: RFC 9112 sections 2 to 5, 9.3; RFC 9110 section 5.6. Invariant:
 * nothing is looked at before the empty line that ends the head is there. */
#include "wire/http_request.h"

#include <string.h>
#include <strings.h>

struct piece {
    const char *at;
    size_t length;
};

/* What the fields say, all together. */
struct fields {
    unsigned hosts, lengths;
    bool has_body, close;
};

static bool is_token_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_token(struct piece piece) {
    for (size_t i = 0; i < piece.length; i++)
        if (!is_token_char(piece.at[i])) return false;
    return piece.length > 0;
}

static bool is_visible(struct piece piece) {
    for (size_t i = 0; i < piece.length; i++)
        if (piece.at[i] <= 0x20 || piece.at[i] >= 0x7f) return false;
    return piece.length > 0;
}

/* Text of a field: no control characters but the tab. */
static bool is_text(struct piece piece) {
    for (size_t i = 0; i < piece.length; i++) {
        unsigned char c = (unsigned char)piece.at[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) return false;
    }
    return true;
}

static bool is(struct piece piece, const char *word) {
    return piece.length == strlen(word) && strncasecmp(piece.at, word, piece.length) == 0;
}

/* The bytes before the mark, which is taken off the text as well. False: there is no such mark. */
static bool split(struct piece *text, const char *mark, struct piece *out) {
    size_t width = strlen(mark);
    const char *at = memmem(text->at, text->length, mark, width);
    if (!at) return false;
    *out = (struct piece){text->at, (size_t)(at - text->at)};
    *text = (struct piece){at + width, text->length - out->length - width};
    return true;
}

static struct piece trimmed(struct piece piece) {
    while (piece.length > 0 && (piece.at[0] == ' ' || piece.at[0] == '\t')) {
        piece.at++;
        piece.length--;
    }
    while (piece.length > 0 &&
           (piece.at[piece.length - 1] == ' ' || piece.at[piece.length - 1] == '\t'))
        piece.length--;
    return piece;
}

/* "http://host/path" is asked of proxies, but a server must understand it. */
static struct piece path_of(struct piece target) {
    static const char scheme[] = "http://";
    const size_t width = sizeof scheme - 1;
    if (target.length < width || strncasecmp(target.at, scheme, width) != 0) return target;
    const char *slash = memchr(target.at + width, '/', target.length - width);
    if (!slash) return (struct piece){target.at + width - 1, 1};
    return (struct piece){slash, target.length - (size_t)(slash - target.at)};
}

static enum http_request_method method_of(struct piece name) {
    if (name.length == 3 && memcmp(name.at, "GET", 3) == 0) return HTTP_REQUEST_GET;
    if (name.length == 4 && memcmp(name.at, "HEAD", 4) == 0) return HTTP_REQUEST_HEAD;
    return HTTP_REQUEST_OTHER;
}

/* METHOD TARGET HTTP/1.x; *minor is that x. */
static enum err take_first_line(struct piece line, struct http_request *out, char *minor) {
    struct piece method, target;
    if (!split(&line, " ", &method) || !is_token(method)) return ERR_SYNTAX;
    if (!split(&line, " ", &target) || !is_visible(target)) return ERR_SYNTAX;
    bool http = line.length == 8 && memcmp(line.at, "HTTP/", 5) == 0 && line.at[6] == '.' &&
                line.at[5] >= '0' && line.at[5] <= '9' && line.at[7] >= '0' && line.at[7] <= '9';
    if (!http) return ERR_SYNTAX;
    if (line.at[5] != '1') return ERR_VERSION;
    struct piece path = path_of(target);
    out->method = method_of(method);
    out->path = path.at;
    out->path_length = path.length;
    *minor = line.at[7];
    return ERR_OK;
}

static bool take_length(struct piece value, struct fields *fields) {
    for (size_t i = 0; i < value.length; i++) {
        if (value.at[i] < '0' || value.at[i] > '9') return false;
        fields->has_body |= value.at[i] != '0';
    }
    return value.length > 0 && fields->lengths++ == 0;
}

static void take_connection(struct piece value, struct fields *fields) {
    struct piece one;
    while (split(&value, ",", &one)) fields->close |= is(trimmed(one), "close");
    fields->close |= is(trimmed(value), "close");
}

static bool take_field(struct piece line, struct fields *fields) {
    struct piece name;
    if (!split(&line, ":", &name) || !is_token(name) || !is_text(line)) return false;
    struct piece value = trimmed(line);
    if (is(name, "Content-Length")) return take_length(value, fields);
    if (is(name, "Transfer-Encoding")) fields->has_body = true;
    if (is(name, "Connection")) take_connection(value, fields);
    if (is(name, "Host")) fields->hosts++;
    return true;
}

enum err http_request_parse(const char *text, size_t length, struct http_request *out) {
    struct piece all = {text, length}, head, line;
    struct http_request request = {.has_body = false};
    struct fields fields = {.hosts = 0};
    char minor;
    /* A client that ends its former request with a line too many is forgiven. */
    if (length >= 2 && memcmp(text, "\r\n", 2) == 0) all = (struct piece){text + 2, length - 2};
    if (!split(&all, "\r\n\r\n", &head)) return ERR_SHORT;
    request.length = (size_t)(all.at - text);
    head.length += 2; /* each line with its end */
    if (!split(&head, "\r\n", &line)) return ERR_SYNTAX;
    enum err err = take_first_line(line, &request, &minor);
    if (err != ERR_OK) return err;
    while (split(&head, "\r\n", &line))
        if (!take_field(line, &fields)) return ERR_SYNTAX;
    if (fields.hosts > 1 || (fields.hosts == 0 && minor != '0')) return ERR_SYNTAX;
    request.has_body = fields.has_body;
    request.keeps = minor != '0' && !fields.close;
    *out = request;
    return ERR_OK;
}

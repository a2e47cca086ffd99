/* The head of an HTTP/1.x request (RFC 9112), as much of it as a server of files must know. Strict:
 * what the grammar does not allow is refused and never mended, because two readers that mend
 * differently can be played off against each other. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum http_request_method { HTTP_REQUEST_GET, HTTP_REQUEST_HEAD, HTTP_REQUEST_OTHER };

struct http_request {
    enum http_request_method method;
    const char *path; /* into the text: from the first '/', with a query if there is one; of what */
    size_t path_length; /* has no path ("*"): the target as it stands */
    size_t length;      /* of the head, with the empty line that ends it */
    bool has_body;      /* something follows that is not the next request */
    bool keeps;         /* the connection is meant to go on */
};

/* ERR_SHORT: the head is not complete yet; ERR_VERSION: not HTTP/1.x; ERR_SYNTAX: not a request. */
MUST_USE enum err http_request_parse(const char *text, size_t length, struct http_request *out);

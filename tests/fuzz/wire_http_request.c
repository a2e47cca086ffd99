/* Any bytes as the head of an HTTP request. Invariants: nothing is taken beyond the text; a request
 * is the same whatever follows it, and is none before its last byte. */
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "wire/http_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    const char *text = (const char *)bytes;
    struct http_request request, again;
    if (http_request_parse(text, length, &request) != ERR_OK) return 0;
    CHECK(request.length <= length && request.path_length > 0);
    CHECK(request.path >= text && request.path + request.path_length < text + request.length);
    CHECK(http_request_parse(text, request.length, &again) == ERR_OK);
    CHECK(again.path == request.path && again.path_length == request.path_length);
    CHECK(again.length == request.length && again.method == request.method);
    CHECK(again.keeps == request.keeps && again.has_body == request.has_body);
    CHECK(http_request_parse(text, request.length - 1, &again) == ERR_SHORT);
    return 0;
}

/* The malfeasance report of Roughtime. */
#include "wire/roughtime_report.h"

#include "base/base64.h"
#include "base/check.h"

static void put_bytes(struct json *json, const char *key, const uint8_t *bytes, size_t length) {
    char text[BASE64_TEXT_BYTES(LIMIT_ROUGHTIME_RESPONSE_BYTES)];
    CHECK(length <= LIMIT_ROUGHTIME_RESPONSE_BYTES);
    json_string(json, key, base64_text(bytes, length, text, sizeof text));
}

void roughtime_report_json(const struct roughtime_report_entry *entries, size_t count,
                           struct json *json) {
    json_open_object(json, NULL);
    json_open_array(json, "responses");
    for (size_t i = 0; i < count; i++) {
        const struct roughtime_report_entry *e = &entries[i];
        json_open_object(json, NULL);
        if (e->rand) put_bytes(json, "rand", e->rand, ROUGHTIME_REPORT_RAND_BYTES);
        put_bytes(json, "publicKey", e->public_key, ROUGHTIME_REPORT_KEY_BYTES);
        put_bytes(json, "request", e->request, e->request_length);
        put_bytes(json, "response", e->response, e->response_length);
        json_close_object(json);
    }
    json_close_array(json);
    json_close_object(json);
}

/* The malfeasance report of Roughtime as JSON (RFC 10049 section 8.4.1,
 * application/roughtime-malfeasance+json): responses in the order in which they were asked for,
 * each with the request that it answers. Who reads one is in main/etalon_roughtime_file; nothing
 * that hears a network reads JSON. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "base/limits.h"

enum {
    ROUGHTIME_REPORT_KEY_BYTES = 32,
    ROUGHTIME_REPORT_RAND_BYTES = 32,
    ROUGHTIME_REPORT_ENTRIES = 2 * LIMIT_ROUGHTIME_SERVERS,
    /* Text of a report as long as can be. */
    ROUGHTIME_REPORT_TEXT_BYTES =
        ROUGHTIME_REPORT_ENTRIES *
            ((LIMIT_ROUGHTIME_REQUEST_BYTES + LIMIT_ROUGHTIME_RESPONSE_BYTES) * 4 / 3 + 256) +
        64
};

struct roughtime_report_entry {
    const uint8_t *rand; /* NULL: left out, as in the first */
    const uint8_t *public_key;
    const uint8_t *request, *response; /* packets, framing included */
    size_t request_length, response_length;
};

/* Adds the outermost object. Lengths are within the limits (it is checked). */
void roughtime_report_json(const struct roughtime_report_entry *entries, size_t count,
                           struct json *json);

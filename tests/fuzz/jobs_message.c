/* Messages between jobs: what parses builds again to the same bytes, and its names are known. */
#include <string.h>

#include "base/check.h"
#include "jobs/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_ranges(const struct message *m) {
    if (m->kind == MESSAGE_EXCHANGE) {
        CHECK(mono_diff(m->exchange.t4, m->exchange.t1) >= 0);
        CHECK(utc_diff(m->exchange.t3, m->exchange.t2) >= 0);
    }
    if (m->kind == MESSAGE_RESOLVE) CHECK(strlen(m->resolve.name) < LIMIT_HOST_NAME_BYTES);
    if (m->kind == MESSAGE_RESOLVED) CHECK(m->resolved.count <= LIMIT_ADDRESSES);
    if (m->kind == MESSAGE_PROCESS) CHECK(strcmp(message_job_name(m->process.job), "unknown") != 0);
    if (m->kind == MESSAGE_VERDICT)
        CHECK(strcmp(message_verdict_name(m->verdict.verdict), "unknown") != 0);
    if (m->kind == MESSAGE_TRACKING)
        CHECK(strcmp(message_tracking_name(m->tracking.mode), "unknown") != 0);
    if (m->kind == MESSAGE_ASSOCIATION) {
        char text[ADDR_TEXT_BYTES];
        CHECK(strcmp(message_association_name(m->association.state), "unknown") != 0);
        CHECK(strlen(addr_text_port(&m->association.addr, text)) < sizeof text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct message message;
    if (message_parse(bytes, length, &message) != ERR_OK) return 0;
    CHECK(length <= LIMIT_MESSAGE_BYTES);
    uint8_t again[LIMIT_MESSAGE_BYTES];
    CHECK(message_build(&message, again) == length);
    CHECK(memcmp(again, bytes, length) == 0);
    check_ranges(&message);
    return 0;
}

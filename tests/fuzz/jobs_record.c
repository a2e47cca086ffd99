/* Records: what parses builds again to the same bytes; and whatever the bytes are, the entry made
 * of them is one JSON object that checkers can read. First octet: the kind. */
#include <stdio.h>

#include "base/check.h"
#include "jobs/entry.h"
#include "jobs/record.h"
#include "ledger/entry_facts.h"

#include "../unit/json_members.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct record record;
static struct message again;
static struct message_record raw;
static struct config config;
static struct json_members members;
static char entry[ENTRY_BYTES + 1];

static void check_entry(enum err wanted) {
    static const struct entry_head head = {
        .job = "keeper", .boot = "00112233445566778899aabbccddeeff", .counter = {1}};
    struct entry_facts facts;
    size_t size = 0;
    CHECK(entry_of_record(&head, &raw, &config, entry, &size) == wanted);
    CHECK(json_members_read(&members, entry, size));
    CHECK(strcmp(members.names[members.count - 1], "raw") == 0);
    CHECK(entry_facts_parse(entry, size, &facts) == ERR_OK);
    if (wanted != ERR_OK) CHECK(strcmp(facts.kind, "malformed") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length == 0 || length > 1 + MESSAGE_RECORD_BYTES) return 0;
    config_default(&config);
    config.source_count = 2;
    snprintf(config.sources[1].name, sizeof config.sources[1].name, "\"\\\xff");
    raw.kind = bytes[0];
    raw.length = (uint16_t)(length - 1);
    memcpy(raw.bytes, bytes + 1, raw.length);
    enum err err = record_parse(raw.kind, raw.bytes, raw.length, &record);
    check_entry(err);
    if (err != ERR_OK) return 0;
    record_build(&record, JOB_KEEPER, &again);
    CHECK(again.record.length == raw.length);
    CHECK(memcmp(again.record.bytes, raw.bytes, raw.length) == 0);
    return 0;
}

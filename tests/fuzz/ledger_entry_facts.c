/* Any bytes as an entry and as a time. Invariants: texts are printable and end, a refusal touches
 * nothing, spaces around an object change nothing, and a time that is taken is one that the
 * calendar writes the same way. */
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "ledger/entry_facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { ROOM = 1 << 16 };

static void check_text(const char *text, size_t room) {
    size_t length = strnlen(text, room);
    CHECK(length < room);
    for (size_t i = 0; i < length; i++)
        CHECK((unsigned char)text[i] >= ' ' && (unsigned char)text[i] != 0x7f);
}

static void check_entry(const char *text, size_t length) {
    static char wider[ROOM + 2];
    struct entry_facts facts, again;
    memset(&facts, 0x5a, sizeof facts);
    memcpy(&again, &facts, sizeof facts);
    if (entry_facts_parse(text, length, &facts) != ERR_OK) {
        CHECK(memcmp(&facts, &again, sizeof facts) == 0);
        return;
    }
    check_text(facts.kind, sizeof facts.kind);
    check_text(facts.boot, sizeof facts.boot);
    check_text(facts.root, sizeof facts.root);
    wider[0] = ' ';
    memcpy(wider + 1, text, length);
    wider[length + 1] = '\n';
    CHECK(entry_facts_parse(wider, length + 2, &again) == ERR_OK);
    CHECK(strcmp(facts.kind, again.kind) == 0 && facts.has_utc == again.has_utc);
    CHECK(entry_facts_parse(text, length - 1, &again) != ERR_OK ||
          strchr(" \t\r\n", text[length - 1]));
}

static void check_utc(const char *text, size_t length) {
    struct utc utc;
    char again[TEXT_BYTES];
    if (entry_facts_parse_utc(text, length, &utc) != ERR_OK) return;
    text_utc(utc, again);
    if (memcmp(text + 17, "60", 2) != 0) CHECK(memcmp(again, text, 19) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length > ROOM) return 0;
    check_entry((const char *)bytes, length);
    check_utc((const char *)bytes, length);
    return 0;
}

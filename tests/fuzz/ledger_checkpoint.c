/* Any text as a checkpoint, as its body, and as a cosigned one. Invariants: one reading only (what
 * is read is written back the same, but for extension lines); nothing opens that was not signed. */
#include <string.h>

#include "../unit/ledger/signing.h"
#include "base/check.h"

static void check_body(const char *text, size_t length) {
    struct checkpoint checkpoint = {.size = 77}, again;
    char back[LIMIT_CHECKPOINT_BODY_BYTES];
    size_t used = 0;
    if (checkpoint_parse(text, length, &checkpoint) != ERR_OK) {
        CHECK(checkpoint.size == 77 && checkpoint.origin[0] == '\0');
        return;
    }
    CHECK(checkpoint_build(&checkpoint, back, &used) == ERR_OK);
    CHECK(used <= length && memcmp(back, text, used) == 0);
    CHECK(checkpoint_parse(back, used, &again) == ERR_OK);
    CHECK(memcmp(&checkpoint, &again, sizeof again) == 0);
}

static void check_decimal(const char *text, size_t length) {
    uint64_t value = 0;
    char back[24];
    if (checkpoint_decimal(text, length, &value) != ERR_OK) return;
    CHECK(value <= MERKLE_SIZE_MAX);
    CHECK(snprintf(back, sizeof back, "%llu", (unsigned long long)value) == (int)length);
    CHECK(memcmp(back, text, length) == 0);
}

/* No forger is that good: whatever opens must be the signed example. */
static void check_note(const char *text, size_t length) {
    const struct note_key keys[] = {signing_key(SIGNING_VKEY), signing_key(SIGNING_WKEY)};
    struct checkpoint checkpoint;
    struct note note;
    uint64_t time_s = 0;
    if (note_parse(text, length, &note) != ERR_OK) return;
    check_body(note.body, note.body_length);
    bool example = note.body_length == strlen(SIGNING_BODY) &&
                   memcmp(note.body, SIGNING_BODY, note.body_length) == 0;
    if (cosignature_verify(&note, &keys[1], &time_s) == ERR_OK)
        CHECK(example && time_s == SIGNING_TIME);
    if (checkpoint_open(text, length, SIGNING_LOG, keys, 2, &checkpoint) == ERR_OK)
        CHECK(example && checkpoint.size == 42);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    const char *text = (const char *)bytes;
    check_body(text, length);
    check_decimal(text, length);
    check_note(text, length);
    return 0;
}

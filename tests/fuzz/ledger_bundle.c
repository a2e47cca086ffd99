/* Any bytes as a bundle, its names and its sums. Invariants: members lie inside the bytes, names
 * ascend and are of the grammar, and a bundle that is taken is, byte for byte, the one that its
 * members make. The input is read as it is and once more with right checksums, so that the fuzzer
 * gets past them. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "ledger/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { ROOM = 1 << 16 };

static void check_name(const char *name) {
    struct bundle_name parsed;
    char again[BUNDLE_NAME_BYTES];
    if (bundle_name_parse(name, &parsed) != ERR_OK) return;
    CHECK(strcmp(bundle_name_text(&parsed, again), name) == 0);
    CHECK(name[0] != '/' && name[0] != '.' && !strstr(name, "/.") && !strstr(name, "//"));
}

static void check_member(const uint8_t *bytes, size_t length, const struct bundle_member *member) {
    CHECK(member->bytes >= bytes && member->length <= length);
    CHECK(member->bytes + member->length <= bytes + length);
    check_name(member->name);
}

static void check_bundle(const uint8_t *bytes, size_t length) {
    static uint8_t again[ROOM];
    struct bundle_reader reader = bundle_reader_of(bytes, length);
    struct bundle_member member;
    char before[BUNDLE_NAME_BYTES] = "";
    size_t at = 0;
    memset(again, 0, sizeof again);
    for (bool more = true; more;) {
        if (bundle_next(&reader, &member, &more) != ERR_OK) {
            CHECK(reader.why[0] != '\0' && reader.at <= length);
            return;
        }
        if (!more) break;
        check_member(bytes, length, &member);
        CHECK(strcmp(before, member.name) < 0);
        memcpy(before, member.name, sizeof before);
        bundle_header(member.name, member.length, again + at);
        memcpy(again + at + BUNDLE_BLOCK_BYTES, member.bytes, member.length);
        at += BUNDLE_BLOCK_BYTES + member.length + bundle_padding(member.length);
    }
    CHECK(at + BUNDLE_END_BYTES == length && memcmp(again, bytes, length) == 0);
}

/* Every block that is not of zeros gets the checksum of a header. */
static void seal(uint8_t *bytes, size_t length) {
    for (; length >= BUNDLE_BLOCK_BYTES;
         bytes += BUNDLE_BLOCK_BYTES, length -= BUNDLE_BLOCK_BYTES) {
        unsigned sum = 8 * ' ';
        char text[16];
        for (size_t i = 0; i < BUNDLE_BLOCK_BYTES; i++)
            if (i < 148 || i >= 156) sum += bytes[i];
        if (sum == 8 * ' ') continue;
        snprintf(text, sizeof text, "%06o", sum);
        memcpy(bytes + 148, text, 7);
        bytes[155] = ' ';
    }
}

static void check_sums(const char *text, size_t length) {
    const char *at = text, *end = text + length;
    struct bundle_sum sum;
    while (at < end) {
        const char *line = at;
        char again[BUNDLE_NAME_BYTES + 80];
        if (bundle_sum_parse(&at, end, &sum) != ERR_OK) return;
        CHECK(at > line && at <= end);
        CHECK(bundle_sum_text(&sum, again) == (size_t)(at - line));
        CHECK(memcmp(again, line, (size_t)(at - line)) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static uint8_t sealed[ROOM];
    char name[BUNDLE_NAME_BYTES] = "";
    if (length > ROOM) return 0;
    check_bundle(bytes, length);
    memcpy(sealed, bytes, length);
    seal(sealed, length);
    check_bundle(sealed, length);
    check_sums((const char *)bytes, length);
    memcpy(name, bytes, length < sizeof name ? length : sizeof name - 1);
    check_name(name);
    return 0;
}

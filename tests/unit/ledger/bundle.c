/* Bundles: names of the grammar and no others, a bundle that is written and read back, and every
 * way in which a container can be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "ledger/bundle.h"

enum { ROOM = 16 << 10 };

struct made {
    uint8_t bytes[ROOM];
    size_t length;
};

static void add(struct made *made, const char *name, const void *bytes, size_t length) {
    bundle_header(name, length, made->bytes + made->length);
    made->length += BUNDLE_BLOCK_BYTES;
    memcpy(made->bytes + made->length, bytes, length);
    made->length += length + bundle_padding(length);
}

/* SHA256SUMS (empty), checkpoint, tile/0/000. */
static struct made *sample(void) {
    static struct made made;
    memset(&made, 0, sizeof made);
    add(&made, "SHA256SUMS", "", 0);
    add(&made, "checkpoint", "text", 4);
    add(&made, "tile/0/000.p/16", made.bytes, 512);
    made.length += BUNDLE_END_BYTES;
    return &made;
}

/* The checksum of the header at that offset is made right again. */
static void seal(struct made *made, size_t at) {
    uint8_t *block = made->bytes + at;
    unsigned sum = 0;
    char text[16];
    memset(block + 148, ' ', 8);
    for (size_t i = 0; i < BUNDLE_BLOCK_BYTES; i++) sum += block[i];
    snprintf(text, sizeof text, "%06o", sum);
    memcpy(block + 148, text, 7);
}

static void names_of_the_grammar(void **state) {
    (void)state;
    static const struct {
        const char *name;
        enum bundle_kind kind;
        uint64_t number;
    } names[] = {{"SHA256SUMS", BUNDLE_SUMS, 0},
                 {"VERIFY.md", BUNDLE_GUIDE, 0},
                 {"checkpoint", BUNDLE_CHECKPOINT, 0},
                 {"cosigned/0", BUNDLE_COSIGNED, 0},
                 {"cosigned/9223372036854775807", BUNDLE_COSIGNED, INT64_MAX},
                 {"manifest.json", BUNDLE_MANIFEST, 0},
                 {"policy", BUNDLE_POLICY, 0},
                 {"proof/1234.tlog-proof", BUNDLE_PROOF, 1234},
                 {"tile/0/x001/x234/067", BUNDLE_TILE, 0},
                 {"tile/entries/000.p/255", BUNDLE_TILE, 0},
                 {"vkey", BUNDLE_VKEY, 0}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct bundle_name name;
        char text[BUNDLE_NAME_BYTES];
        assert_int_equal(bundle_name_parse(names[i].name, &name), ERR_OK);
        assert_int_equal(name.kind, names[i].kind);
        assert_int_equal(name.number, names[i].number);
        assert_string_equal(bundle_name_text(&name, text), names[i].name);
    }
}

static void no_other_names(void **state) {
    (void)state;
    static const char *const names[] = {"",
                                        "/",
                                        "..",
                                        "../checkpoint",
                                        "/checkpoint",
                                        "./checkpoint",
                                        "checkpoint/",
                                        "Checkpoint",
                                        "cosigned/",
                                        "cosigned/01",
                                        "cosigned/+1",
                                        "cosigned/9223372036854775808",
                                        "proof/1",
                                        "proof/.tlog-proof",
                                        "proof/../vkey.tlog-proof",
                                        "tile/0/../000",
                                        "tile/0/000.p/0",
                                        "tile/0/000.p/256",
                                        "tile/64/000",
                                        "journal-0",
                                        "lock"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct bundle_name name = {.number = 77};
        assert_int_equal(bundle_name_parse(names[i], &name), ERR_SYNTAX);
        assert_int_equal(name.number, 77);
    }
}

static void what_is_written_is_read(void **state) {
    (void)state;
    const struct made *made = sample();
    struct bundle_reader reader = bundle_reader_of(made->bytes, made->length);
    struct bundle_member member;
    bool more = false;
    assert_true(bundle_looks_right(made->bytes, made->length));
    assert_int_equal(bundle_next(&reader, &member, &more), ERR_OK);
    assert_true(more && member.parsed.kind == BUNDLE_SUMS && member.length == 0);
    assert_int_equal(bundle_next(&reader, &member, &more), ERR_OK);
    assert_string_equal(member.name, "checkpoint");
    assert_true(more && member.length == 4);
    assert_memory_equal(member.bytes, "text", 4);
    assert_int_equal(bundle_next(&reader, &member, &more), ERR_OK);
    assert_true(more && member.parsed.tile.width == 16 && member.length == 512);
    assert_int_equal(bundle_next(&reader, &member, &more), ERR_OK);
    assert_false(more);
    assert_int_equal(reader.count, 3);
}

/* The bundle must be refused with that error and word, at the member of that name. */
static void refused(const struct made *made, enum err err, const char *name, const char *why) {
    struct bundle_reader reader = bundle_reader_of(made->bytes, made->length);
    struct bundle_member member = {.length = 99};
    bool more = true;
    enum err got = ERR_OK;
    while (more && got == ERR_OK) got = bundle_next(&reader, &member, &more);
    assert_int_equal(got, err);
    assert_string_equal(reader.name, name);
    assert_non_null(strstr(reader.why, why));
}

enum { CHECKPOINT_AT = BUNDLE_BLOCK_BYTES, TILE_AT = 3 * BUNDLE_BLOCK_BYTES };

static void broken_headers(void **state) {
    (void)state;
    static const struct {
        size_t at;
        char value;
        enum err err;
        const char *name, *why;
    } changes[] = {
        {0, 'C', ERR_SYNTAX, "Checkpoint", "no bundle holds"},
        {0, '\033', ERR_SYNTAX, "?heckpoint", "no bundle holds"},
        {4, '/', ERR_SYNTAX, "chec/point", "no bundle holds"},
        {20, 'x', ERR_SYNTAX, "checkpoint", "more than a name and a size"},
        {106, '7', ERR_SYNTAX, "checkpoint", "more than a name and a size"},
        {114, '1', ERR_SYNTAX, "checkpoint", "more than a name and a size"},
        {124, '7', ERR_TOO_LONG, "checkpoint", "larger than"},
        {124, ' ', ERR_SYNTAX, "checkpoint", "octal"},
        {125, '8', ERR_SYNTAX, "checkpoint", "octal"},
        {135, ' ', ERR_SYNTAX, "checkpoint", "octal"},
        {140, '1', ERR_SYNTAX, "checkpoint", "more than a name and a size"},
        {156, '2', ERR_KIND, "checkpoint", "link"},
        {156, '\0', ERR_KIND, "checkpoint", "link"},
        {157, 'a', ERR_SYNTAX, "checkpoint", "more than a name and a size"},
        {257, 'U', ERR_VERSION, "checkpoint", "ustar"},
        {263, ' ', ERR_VERSION, "checkpoint", "ustar"},
        {265, 'r', ERR_SYNTAX, "checkpoint", "more than a name and a size"},
        {345, '.', ERR_SYNTAX, "checkpoint", "more than a name and a size"},
        {511, 1, ERR_SYNTAX, "checkpoint", "more than a name and a size"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct made *made = sample();
        made->bytes[CHECKPOINT_AT + changes[i].at] = (uint8_t)changes[i].value;
        refused(made, ERR_SYNTAX, changes[i].name, "checksum");
        seal(made, CHECKPOINT_AT);
        refused(made, changes[i].err, changes[i].name, changes[i].why);
    }
}

static void sizes_and_ends(void **state) {
    (void)state;
    struct made *made = sample();
    for (size_t length = 0; length < made->length; length += 100) {
        struct made part = *made;
        struct bundle_reader reader = bundle_reader_of(part.bytes, length);
        struct bundle_member member;
        bool more = true;
        enum err err = ERR_OK;
        while (more && err == ERR_OK) err = bundle_next(&reader, &member, &more);
        assert_int_equal(err, ERR_SHORT);
    }
    made->length += BUNDLE_BLOCK_BYTES;
    refused(made, ERR_TRAILING, "the end", "follow the end");
    made->length -= BUNDLE_BLOCK_BYTES;
    made->bytes[made->length - 1] = 1;
    refused(made, ERR_SYNTAX, "the end", "follows a block of zeros");
    made = sample();
    made->bytes[TILE_AT - 1] = 1;
    refused(made, ERR_TRAILING, "checkpoint", "padding");
    made = sample();
    memcpy(made->bytes + CHECKPOINT_AT + 124, "00000100000", 11);
    seal(made, CHECKPOINT_AT);
    refused(made, ERR_SHORT, "checkpoint", "cut off in it");
}

static void order_of_names(void **state) {
    (void)state;
    static struct made made;
    memset(&made, 0, sizeof made);
    add(&made, "checkpoint", "", 0);
    add(&made, "checkpoint", "", 0);
    made.length += BUNDLE_END_BYTES;
    refused(&made, ERR_DUPLICATE, "checkpoint", "twice");
    memset(&made, 0, sizeof made);
    add(&made, "vkey", "", 0);
    add(&made, "policy", "", 0);
    made.length += BUNDLE_END_BYTES;
    refused(&made, ERR_SYNTAX, "policy", "out of order");
    memset(&made, 0, sizeof made);
    made.length = BUNDLE_END_BYTES;
    struct bundle_reader reader = bundle_reader_of(made.bytes, made.length);
    struct bundle_member member;
    bool more = true;
    assert_int_equal(bundle_next(&reader, &member, &more), ERR_OK);
    assert_false(more);
}

static void more_members_than_allowed(void **state) {
    (void)state;
    size_t length = ((size_t)LIMIT_BUNDLE_MEMBERS + 1) * BUNDLE_BLOCK_BYTES + BUNDLE_END_BYTES;
    uint8_t *bytes = calloc(1, length);
    assert_non_null(bytes);
    for (size_t i = 0; i <= LIMIT_BUNDLE_MEMBERS; i++) {
        char name[BUNDLE_NAME_BYTES];
        snprintf(name, sizeof name, "cosigned/%zu", 100000000 + i);
        bundle_header(name, 0, bytes + i * BUNDLE_BLOCK_BYTES);
    }
    struct bundle_reader reader = bundle_reader_of(bytes, length);
    struct bundle_member member;
    bool more = true;
    enum err err = ERR_OK;
    while (more && err == ERR_OK) err = bundle_next(&reader, &member, &more);
    assert_int_equal(err, ERR_TOO_LONG);
    assert_int_equal(reader.count, LIMIT_BUNDLE_MEMBERS);
    free(bytes);
}

static void sums(void **state) {
    (void)state;
    struct bundle_sum sum = {.name = "tile/0/000"}, back;
    char text[BUNDLE_NAME_BYTES + 80];
    for (size_t i = 0; i < sizeof sum.hash; i++) sum.hash[i] = (uint8_t)(i * 9);
    size_t length = bundle_sum_text(&sum, text);
    assert_int_equal(length, strlen(text));
    assert_int_equal(length, 64 + 2 + 10 + 1);
    const char *at = text;
    assert_int_equal(bundle_sum_parse(&at, text + length, &back), ERR_OK);
    assert_ptr_equal(at, text + length);
    assert_memory_equal(&sum, &back, sizeof sum);
    for (size_t i = 0; i < length; i++) {
        char wrong[BUNDLE_NAME_BYTES + 80];
        memcpy(wrong, text, length);
        wrong[i] = '\t';
        at = wrong;
        assert_int_equal(bundle_sum_parse(&at, wrong + length, &back), ERR_SYNTAX);
        assert_ptr_equal(at, wrong);
        at = text;
        assert_int_equal(bundle_sum_parse(&at, text + i, &back), ERR_SYNTAX);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_the_grammar),
        cmocka_unit_test(no_other_names),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(broken_headers),
        cmocka_unit_test(sizes_and_ends),
        cmocka_unit_test(order_of_names),
        cmocka_unit_test(more_members_than_allowed),
        cmocka_unit_test(sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

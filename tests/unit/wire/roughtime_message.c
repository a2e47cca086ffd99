/* Roughtime messages: what is refused and why, building, framing of datagrams and streams. */
#include "wire/roughtime_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Two tags: SIG with 4 bytes, NONC with 8. */
static const uint8_t two_tags[] = {2,   0,   0,   0,   4,   0,   0, 0, 'S', 'I', 'G', 0, 'N', 'O',
                                   'N', 'C', 'a', 'b', 'c', 'd', 1, 2, 3,   4,   5,   6, 7,   8};
enum { TWO_TAGS = sizeof two_tags };

static enum err parse_patched(size_t at, uint8_t value, size_t length) {
    uint8_t bytes[TWO_TAGS];
    struct roughtime_message message;
    memcpy(bytes, two_tags, sizeof bytes);
    bytes[at] = value;
    return roughtime_message_parse(bytes, length, &message);
}

static void well_formed(void **state) {
    (void)state;
    struct roughtime_message message;
    const uint8_t *value;
    assert_int_equal(roughtime_message_parse(two_tags, TWO_TAGS, &message), ERR_OK);
    assert_int_equal(message.count, 2);
    assert_int_equal(roughtime_message_value(&message, ROUGHTIME_MESSAGE_SIG, 4, &value), ERR_OK);
    assert_ptr_equal(value, two_tags + 16);
    assert_int_equal(roughtime_message_value(&message, ROUGHTIME_MESSAGE_NONC, 8, &value), ERR_OK);
    assert_ptr_equal(value, two_tags + 20);
    assert_int_equal(roughtime_message_u64(value), UINT64_C(0x0807060504030201));
    assert_int_equal(roughtime_message_value(&message, ROUGHTIME_MESSAGE_NONC, 4, &value),
                     ERR_RANGE);
    assert_int_equal(roughtime_message_value(&message, ROUGHTIME_MESSAGE_TYPE, 4, &value), ERR_TAG);
    assert_null(roughtime_message_find(&message, 0));
}

static void values_may_be_empty(void **state) {
    (void)state;
    static const uint8_t one[] = {1, 0, 0, 0, 'P', 'A', 'T', 'H'};
    struct roughtime_message message;
    assert_int_equal(roughtime_message_parse(one, sizeof one, &message), ERR_OK);
    assert_int_equal(message.fields[0].length, 0);
    assert_int_equal(parse_patched(4, 0, TWO_TAGS), ERR_OK);  /* all to the second */
    assert_int_equal(parse_patched(4, 12, TWO_TAGS), ERR_OK); /* all to the first */
}

static void malformed(void **state) {
    (void)state;
    for (size_t length = 0; length < TWO_TAGS; length++)
        assert_int_equal(parse_patched(0, 2, length), length < 16                 ? ERR_SHORT
                                                      : length < 20 || length % 4 ? ERR_RANGE
                                                                                  : ERR_OK);
    assert_int_equal(parse_patched(0, 0, TWO_TAGS), ERR_RANGE);
    assert_int_equal(parse_patched(0, 4, TWO_TAGS), ERR_SHORT);
    assert_int_equal(parse_patched(0, LIMIT_ROUGHTIME_TAGS, TWO_TAGS), ERR_SHORT);
    assert_int_equal(parse_patched(0, LIMIT_ROUGHTIME_TAGS + 1, TWO_TAGS), ERR_FULL);
    assert_int_equal(parse_patched(3, 0xff, TWO_TAGS), ERR_FULL);
    assert_int_equal(parse_patched(4, 5, TWO_TAGS), ERR_RANGE);  /* no multiple of 4 */
    assert_int_equal(parse_patched(4, 16, TWO_TAGS), ERR_RANGE); /* outside */
    assert_int_equal(parse_patched(7, 0x80, TWO_TAGS), ERR_RANGE);
    assert_int_equal(parse_patched(15, 0, TWO_TAGS), ERR_OK);       /* still more than SIG */
    assert_int_equal(parse_patched(11, 'Z', TWO_TAGS), ERR_SYNTAX); /* more than NONC */
}

static void offsets_descend_or_tags_repeat(void **state) {
    (void)state;
    uint8_t three[24 + 8] = {3, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 'A', 0, 0, 0, 'B', 0, 0, 0, 'C'};
    struct roughtime_message message;
    assert_int_equal(roughtime_message_parse(three, sizeof three, &message), ERR_RANGE);
    three[8] = 4;
    assert_int_equal(roughtime_message_parse(three, sizeof three, &message), ERR_OK);
    three[16] = 'A';
    assert_int_equal(roughtime_message_parse(three, sizeof three, &message), ERR_SYNTAX);
}

static void tags_ascend_as_numbers(void **state) {
    (void)state;
    /* "B\0\0A" is more than "A\0\0B" as text, and less as a number. */
    uint8_t bytes[16] = {2, 0, 0, 0, 0, 0, 0, 0, 'A', 0, 0, 'B', 'B', 0, 0, 'A'};
    struct roughtime_message message;
    assert_int_equal(roughtime_message_parse(bytes, sizeof bytes, &message), ERR_SYNTAX);
}

static void building(void **state) {
    (void)state;
    static const uint8_t numbers[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const struct roughtime_message_field fields[] = {
        {ROUGHTIME_MESSAGE_SIG, 4, (const uint8_t *)"abcd"},
        {ROUGHTIME_MESSAGE_NONC, 8, numbers},
    };
    uint8_t out[64];
    assert_int_equal(roughtime_message_length(fields, 2), TWO_TAGS);
    assert_int_equal(roughtime_message_build(fields, 2, out, TWO_TAGS), TWO_TAGS);
    assert_memory_equal(out, two_tags, TWO_TAGS);
    assert_int_equal(roughtime_message_build_packet(fields, 2, out, sizeof out), TWO_TAGS + 12);
    assert_memory_equal(out, "ROUGHTIM\x1c\0\0", 12);
    assert_memory_equal(out + 12, two_tags, TWO_TAGS);
}

static void zeros_where_there_is_no_value(void **state) {
    (void)state;
    static const uint8_t zeros[12];
    const struct roughtime_message_field field = {ROUGHTIME_MESSAGE_ZZZZ, 12, NULL};
    uint8_t out[20];
    memset(out, 0xee, sizeof out);
    assert_int_equal(roughtime_message_build(&field, 1, out, sizeof out), 20);
    assert_memory_equal(out, "\1\0\0\0ZZZZ", 8);
    assert_memory_equal(out + 8, zeros, sizeof zeros);
}

static void numbers(void **state) {
    (void)state;
    uint8_t bytes[8];
    roughtime_message_put_u64(bytes, UINT64_C(0xfedcba9876543210));
    assert_memory_equal(bytes, "\x10\x32\x54\x76\x98\xba\xdc\xfe", 8);
    assert_int_equal(roughtime_message_u64(bytes), UINT64_C(0xfedcba9876543210));
    assert_int_equal(roughtime_message_u32(bytes + 4), UINT32_C(0xfedcba98));
}

static void datagrams(void **state) {
    (void)state;
    uint8_t packet[] = "ROUGHTIM\x08\0\0\0abcdefgh";
    const size_t length = sizeof packet - 1;
    for (size_t cut = 0; cut < length; cut++)
        assert_int_equal(roughtime_message_unframe(packet, cut), ERR_SHORT);
    assert_int_equal(roughtime_message_unframe(packet, length), ERR_OK);
    assert_int_equal(roughtime_message_unframe(packet, length + 1), ERR_TRAILING);
    packet[7] = 'E';
    assert_int_equal(roughtime_message_unframe(packet, length), ERR_KIND);
    packet[7] = 'M';
    memset(packet + 8, 0xff, 4); /* longer than anything */
    assert_int_equal(roughtime_message_unframe(packet, length), ERR_SHORT);
}

static void streams(void **state) {
    (void)state;
    static const uint8_t stream[] = "ROUGHTIM\x04\0\0\0abcdROUGHTIM\0\0\0\0ROUGH";
    size_t length = 99;
    for (size_t available = 0; available < 16; available++)
        assert_int_equal(roughtime_message_extract(stream, available, 16, &length), ERR_SHORT);
    assert_int_equal(length, 99);
    for (size_t available = 16; available < sizeof stream; available++) {
        assert_int_equal(roughtime_message_extract(stream, available, 16, &length), ERR_OK);
        assert_int_equal(length, 16);
    }
    assert_int_equal(roughtime_message_extract(stream + 16, 17, 16, &length), ERR_OK);
    assert_int_equal(length, 12);
    assert_int_equal(roughtime_message_extract(stream + 28, 5, 16, &length), ERR_SHORT);
    assert_int_equal(roughtime_message_extract(stream, 12, 15, &length), ERR_TOO_LONG);
    /* What cannot become a frame is seen at the first byte. */
    assert_int_equal(roughtime_message_extract(stream + 1, 1, 16, &length), ERR_KIND);
    assert_int_equal(roughtime_message_extract((const uint8_t *)"ROX", 3, 16, &length), ERR_KIND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed),
        cmocka_unit_test(values_may_be_empty),
        cmocka_unit_test(malformed),
        cmocka_unit_test(offsets_descend_or_tags_repeat),
        cmocka_unit_test(tags_ascend_as_numbers),
        cmocka_unit_test(building),
        cmocka_unit_test(zeros_where_there_is_no_value),
        cmocka_unit_test(numbers),
        cmocka_unit_test(datagrams),
        cmocka_unit_test(streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Leap arithmetic around real and invented leap seconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock/leap.h"

enum { END_2016 = 1483228800, DAY = 86400 };

static const struct leap_table table = {
    .expires_utc_s = END_2016 + 400 * DAY,
    .count = 3,
    .entries = {{63072000, 10}, {1435708800, 36}, {END_2016, 37}},
};

static struct utc utc_at(int64_t s, int64_t ns) {
    return (struct utc){s * NS_PER_S + ns};
}
static struct tai tai_at(int64_t s, int64_t ns) {
    return (struct tai){s * NS_PER_S + ns};
}

static void offset_follows_the_table(void **state) {
    (void)state;
    assert_int_equal(leap_offset_at(&table, utc_at(0, 0)), 10);
    assert_int_equal(leap_offset_at(&table, utc_at(END_2016, -1)), 36);
    assert_int_equal(leap_offset_at(&table, utc_at(END_2016, 0)), 37);
}

static void inserted_second_repeats_the_count(void **state) {
    (void)state;
    int64_t leap = END_2016 + 36; /* TAI second in which 23:59:60 begins */
    assert_int_equal(leap_utc_from_tai(&table, tai_at(leap, -1)).ns, utc_at(END_2016, -1).ns);
    assert_int_equal(leap_utc_from_tai(&table, tai_at(leap, 0)).ns, utc_at(END_2016 - 1, 0).ns);
    assert_int_equal(leap_utc_from_tai(&table, tai_at(leap + 1, 0)).ns, utc_at(END_2016, 0).ns);
    assert_int_equal(leap_tai_from_utc(&table, utc_at(END_2016, -1)).ns, tai_at(leap, -1).ns);
}

static void conversion_is_inverse_away_from_the_leap(void **state) {
    (void)state;
    for (int64_t s = END_2016 - 100000; s < END_2016 + 100000; s += 997) {
        if (s >= END_2016 - 1 && s < END_2016) continue;
        struct tai tai = leap_tai_from_utc(&table, utc_at(s, 123));
        assert_int_equal(leap_utc_from_tai(&table, tai).ns, utc_at(s, 123).ns);
    }
}

static void indicator_warns_on_the_last_day_only(void **state) {
    (void)state;
    int64_t begin = END_2016 - DAY + 36;
    assert_int_equal(leap_indicator_at(&table, tai_at(begin, -1)), LEAP_NONE);
    assert_int_equal(leap_indicator_at(&table, tai_at(begin, 0)), LEAP_INSERT);
    assert_int_equal(leap_indicator_at(&table, tai_at(END_2016 + 36, NS_PER_S - 1)), LEAP_INSERT);
    assert_int_equal(leap_indicator_at(&table, tai_at(END_2016 + 37, 0)), LEAP_NONE);
}

static void next_is_the_instant_of_change(void **state) {
    (void)state;
    struct tai at;
    int32_t after;
    assert_true(leap_next(&table, tai_at(END_2016, 0), &at, &after));
    assert_int_equal(at.ns, tai_at(END_2016 + 36, 0).ns);
    assert_int_equal(after, 37);
    assert_false(leap_next(&table, at, &at, &after));
}

static void deleted_second_is_left_out(void **state) {
    (void)state;
    struct leap_table deleting = table;
    deleting.entries[2].tai_utc_s = 35;
    struct tai at;
    int32_t after;
    assert_true(leap_next(&deleting, tai_at(END_2016 - DAY, 0), &at, &after));
    assert_int_equal(leap_utc_from_tai(&deleting, tai_add(at, -1)).ns, utc_at(END_2016 - 1, -1).ns);
    assert_int_equal(leap_utc_from_tai(&deleting, at).ns, utc_at(END_2016, 0).ns);
    assert_int_equal(leap_indicator_at(&deleting, tai_add(at, -1)), LEAP_DELETE);
}

static void announcement_counts_only_without_a_list(void **state) {
    (void)state;
    struct leap_table listed = table, unlisted;
    leap_default(&unlisted);
    int64_t june_2028 = 1845849600; /* 2028-06-29 */
    assert_false(leap_announce(&listed, utc_at(END_2016 + 100 * DAY, 0), LEAP_INSERT));
    assert_false(leap_announce(&unlisted, utc_at(june_2028, 0), LEAP_NONE));
    assert_false(leap_announce(&unlisted, utc_at(june_2028 + 5 * DAY, 0), LEAP_INSERT));
    assert_true(leap_announce(&unlisted, utc_at(june_2028, 0), LEAP_INSERT));
    assert_false(leap_announce(&unlisted, utc_at(june_2028, 0), LEAP_INSERT));
    assert_int_equal(unlisted.entries[1].utc_s, 1846022400); /* 2028-07-01 */
    assert_int_equal(unlisted.entries[1].tai_utc_s, 38);
}

static void default_is_one_value_at_all_times(void **state) {
    (void)state;
    struct leap_table plain;
    leap_default(&plain);
    assert_int_equal(leap_offset_at(&plain, utc_at(0, 0)), 37);
    assert_int_equal(leap_offset_at(&plain, utc_at(END_2016 + 30000000, 0)), 37);
    assert_int_equal(leap_utc_from_tai(&plain, tai_at(1262304037, 5)).ns, utc_at(1262304000, 5).ns);
    assert_false(leap_valid_at(&plain, utc_at(0, 0)));
}

static void announcement_can_be_taken_back_until_it_passed(void **state) {
    (void)state;
    struct leap_table plain, listed = table;
    leap_default(&plain);
    int64_t june_2028 = 1845849600;
    assert_true(leap_announce(&plain, utc_at(june_2028, 0), LEAP_INSERT));
    assert_false(leap_revoke(&plain, utc_at(june_2028 + 3 * DAY, 0)));
    assert_true(leap_revoke(&plain, utc_at(june_2028, 0)));
    assert_false(leap_revoke(&plain, utc_at(june_2028, 0)));
    assert_false(leap_revoke(&listed, utc_at(END_2016 - DAY, 0))); /* the list said so */
}

static void former_knowledge_is_restored(void **state) {
    (void)state;
    struct leap_table plain;
    int32_t after;
    struct tai at, tai = tai_at(1846022400 + 100 + 38, 0), next = tai_at(1861920000 + 38, 0);
    leap_default(&plain);
    leap_restore(&plain, tai, 38, next, 39);
    assert_int_equal(leap_utc_from_tai(&plain, tai).ns, utc_at(1846022400 + 100, 0).ns);
    assert_true(leap_next(&plain, tai, &at, &after));
    assert_int_equal(at.ns, next.ns);
    assert_int_equal(after, 39);
    leap_default(&plain);
    leap_restore(&plain, tai, 37, tai, 37);
    assert_int_equal(plain.count, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offset_follows_the_table),
        cmocka_unit_test(inserted_second_repeats_the_count),
        cmocka_unit_test(conversion_is_inverse_away_from_the_leap),
        cmocka_unit_test(indicator_warns_on_the_last_day_only),
        cmocka_unit_test(next_is_the_instant_of_change),
        cmocka_unit_test(deleted_second_is_left_out),
        cmocka_unit_test(announcement_counts_only_without_a_list),
        cmocka_unit_test(default_is_one_value_at_all_times),
        cmocka_unit_test(announcement_can_be_taken_back_until_it_passed),
        cmocka_unit_test(former_knowledge_is_restored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* leap-seconds.list: the data lines as published in 2026, every fault with its line, and the
 * system's own copy where there is one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include "config/leap_list.h"

#define DATA                                                                                       \
    "2272060800\t10\t# 1 Jan 1972\n2287785600\t11\n2303683200\t12\n2335219200\t13\n"               \
    "2366755200\t14\n2398291200\t15\n2429913600\t16\n2461449600\t17\n2492985600\t18\n"             \
    "2524521600\t19\n2571782400\t20\n2603318400\t21\n2634854400\t22\n2698012800\t23\n"             \
    "2776982400\t24\n2840140800\t25\n2871676800\t26\n2918937600\t27\n2950473600\t28\n"             \
    "2982009600\t29\n3029443200\t30\n3076704000\t31\n3124137600\t32\n3345062400\t33\n"             \
    "3439756800\t34\n3550089600\t35\n3644697600\t36\n3692217600      37      # 1 Jan 2017\n"
#define HEAD "# comment\n#\n#$\t3992312697\n#\tdays\n#@\t4023129600\n"
#define HASH "#h\ta9bad145 84c31c70 758402aa b37bfd54 5923836a\n"

static struct leap_table table;
static size_t line;

static enum err parse(const char *text) {
    return leap_list_parse(text, strlen(text), &table, &line);
}

static void published_list(void **state) {
    (void)state;
    static const char *const texts[] = {HEAD DATA HASH, HEAD DATA, HASH HEAD DATA};
    for (size_t i = 0; i < 3; i++) {
        memset(&table, 0, sizeof table);
        assert_int_equal(parse(texts[i]), ERR_OK);
        assert_int_equal(table.count, 28);
        assert_int_equal(table.expires_utc_s, 1814140800); /* 2027-06-28 */
        assert_int_equal(table.entries[0].utc_s, 63072000);
        assert_int_equal(table.entries[0].tai_utc_s, 10);
        assert_int_equal(table.entries[27].utc_s, 1483228800);
        assert_int_equal(table.entries[27].tai_utc_s, 37);
    }
}

static void carriage_returns(void **state) {
    (void)state;
    assert_int_equal(parse("#$ 1\r\n#@ 4023129600\r\n\r\n2272060800 10\r\n2287785600 11"), ERR_OK);
    assert_int_equal(table.count, 2);
}

static void a_second_less(void **state) {
    (void)state;
    assert_int_equal(parse("#@ 4023129600\n2272060800 10\n2287785600 9\n"), ERR_OK);
    assert_int_equal(table.entries[1].tai_utc_s, 9);
}

static void short_words_of_the_hash(void **state) {
    (void)state;
    static const char list[] = "#$ 2839\n#@ 4023129600\n2272060800 10\n#h %s\n";
    static const struct {
        const char *words;
        enum err err;
    } cases[] = {
        {"00cfaf1e 383954b6 be613e94 062e43bd 2a66eb26", ERR_OK},
        {"CFAF1E 383954B6 BE613E94 62E43BD 2A66EB26", ERR_OK}, /* zeros left out, as some have it */
        {"10cfaf1e 383954b6 be613e94 062e43bd 2a66eb26", ERR_SYNTAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[256];
        snprintf(text, sizeof text, list, cases[i].words);
        assert_int_equal(parse(text), cases[i].err);
    }
}

static void faults(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum err err;
        size_t line;
    } cases[] = {
        {"", ERR_SYNTAX, 1},
        {"#@ 4023129600\n", ERR_SYNTAX, 1},                   /* no data */
        {"#\n2272060800 10\n", ERR_SYNTAX, 2},                /* no expiry */
        {"#@ 4023129600\n2272060800\n", ERR_SYNTAX, 2},       /* no offset */
        {"#@ 4023129600\n2272060800 10 11\n", ERR_SYNTAX, 2}, /* too much */
        {"#@ 4023129600\n2272060800 x\n", ERR_SYNTAX, 2},     /* no number */
        {"#@ 4023129600\n2272060800 -10\n", ERR_SYNTAX, 2},   /* no number */
        {"#@ 4023129600\n22720608001 10\n", ERR_RANGE, 2},    /* too many digits */
        {"#@ 4023129600\n2272060800 1000\n", ERR_RANGE, 2},   /* offset too large */
        {"#@ 4023129600\n2272060801 10\n", ERR_RANGE, 2},     /* not at midnight */
        {"#@\n2272060800 10\n", ERR_SYNTAX, 1},               /* empty expiry */
        {"#@ 1\n#@ 2\n2272060800 10\n", ERR_SYNTAX, 2},       /* two of them */
        {"#$ 1\n#$ 2\n", ERR_SYNTAX, 2},                      /* two updates */
        {"#@ 1\n2272060800 10\n", ERR_RANGE, 2},              /* expired before it began */
        {"#@ 4023129600\n2287785600 10\n2272060800 11\n", ERR_RANGE, 3}, /* runs backwards */
        {"#@ 4023129600\n2272060800 10\n2272060800 11\n", ERR_RANGE, 3}, /* stands still */
        {"#@ 4023129600\n2272060800 10\n2287785600 12\n", ERR_RANGE, 3}, /* two seconds */
        {"#@ 4023129600\n2272060800 10\n2287785600 10\n", ERR_RANGE, 3}, /* none */
        {HEAD DATA "#h 1 2 3 4\n", ERR_SYNTAX, 34},                      /* four words */
        {HEAD DATA "#h 1 2 3 4 5 6\n", ERR_SYNTAX, 34},                  /* six */
        {HEAD DATA "#h 1 2 3 4 123456789\n", ERR_SYNTAX, 34},            /* nine digits */
        {HEAD DATA "#h 1 2 3 4 5\n# end\n", ERR_SYNTAX, 34},             /* another hash */
        {HEAD DATA HASH HASH, ERR_SYNTAX, 35},                           /* two of them */
        {HEAD "2272060800 10\n" HASH, ERR_SYNTAX, 7},                    /* hash of other data */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct leap_table untouched;
        memset(&untouched, 0x5a, sizeof untouched);
        table = untouched;
        enum err err = parse(cases[i].text);
        if (err != cases[i].err || line != cases[i].line)
            fail_msg("case %zu: %s at %zu", i, err_name(err), line);
        assert_memory_equal(&table, &untouched, sizeof table);
    }
}

static void every_truncation_is_safe(void **state) {
    (void)state;
    static const char text[] = HEAD DATA HASH;
    size_t whole = sizeof text - 1;
    for (size_t length = 0; length < whole; length++) {
        enum err err = leap_list_parse(text, length, &table, &line);
        if (err == ERR_OK) assert_true(table.count > 0 && table.count <= 28);
    }
    assert_int_equal(leap_list_parse(text, whole, &table, &line), ERR_OK);
}

static void every_changed_digit_is_found(void **state) {
    (void)state;
    char text[] = HEAD DATA HASH;
    size_t from = strstr(text, "#$") - text, to = strstr(text, "#h") - text;
    const char *comment = strstr(text, "# 1 Jan 1972");
    for (size_t i = from; i < to; i++) {
        char *c = &text[i];
        bool in_comment = (c >= comment && c < comment + 12) || (c > strstr(text, "# 1 Jan 2017"));
        if (*c < '0' || *c > '9' || in_comment) continue;
        char right = *c;
        *c = right == '9' ? '8' : (char)(right + 1);
        assert_int_not_equal(parse(text), ERR_OK);
        *c = right;
    }
    assert_int_equal(parse(text), ERR_OK);
}

static void too_many_entries(void **state) {
    (void)state;
    static char text[(LIMIT_LEAPS + 2) * 32];
    size_t length = (size_t)snprintf(text, sizeof text, "#@ 4023129600\n");
    for (int i = 0; i < LIMIT_LEAPS; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%lld %d\n",
                                   2272060800LL + 86400LL * i, 10 + i);
    assert_int_equal(parse(text), ERR_OK);
    assert_int_equal(table.count, LIMIT_LEAPS);
    snprintf(text + length, sizeof text - length, "4000060800 %d\n", 10 + LIMIT_LEAPS);
    assert_int_equal(parse(text), ERR_FULL);
    assert_int_equal(line, LIMIT_LEAPS + 2);
}

static void list_of_this_system(void **state) {
    (void)state;
    static char text[65536];
    FILE *file = fopen("/usr/share/zoneinfo/leap-seconds.list", "rb");
    if (!file) skip();
    size_t length = fread(text, 1, sizeof text, file);
    fclose(file);
    assert_int_equal(leap_list_parse(text, length, &table, &line), ERR_OK);
    assert_true(table.count >= 28);
    assert_int_equal(table.entries[27].tai_utc_s, 37);
    assert_true(table.expires_utc_s > 1483228800);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_list),
        cmocka_unit_test(carriage_returns),
        cmocka_unit_test(a_second_less),
        cmocka_unit_test(short_words_of_the_hash),
        cmocka_unit_test(faults),
        cmocka_unit_test(every_truncation_is_safe),
        cmocka_unit_test(every_changed_digit_is_found),
        cmocka_unit_test(too_many_entries),
        cmocka_unit_test(list_of_this_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

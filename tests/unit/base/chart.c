/* Axes: rounding, places, ticks, labels, and a frame that holds them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/chart.h"
#include "near.h"

static struct chart_axis axis(bool logarithmic, double low, double high) {
    return (struct chart_axis){.logarithmic = logarithmic,
                               .low = low,
                               .high = high,
                               .from = 0,
                               .to = 100,
                               .label = "x / m"};
}

static void rounds_to_decades(void **state) {
    (void)state;
    struct chart_axis a = axis(true, 2.3e-13, 0.9e-9);
    assert_true(chart_axis_round(&a));
    assert_near(a.low, 1e-13, 1e-27);
    assert_near(a.high, 1e-9, 1e-23);
    a = axis(true, 100, 100);
    assert_true(chart_axis_round(&a));
    assert_true(a.low == 100 && a.high == 1000);
    a = axis(true, 1e-12, 1e-3); /* whole decades stay */
    assert_true(chart_axis_round(&a));
    assert_near(a.low, 1e-12, 1e-26);
    assert_near(a.high, 1e-3, 1e-17);
}

static void rounds_to_ticks(void **state) {
    (void)state;
    struct chart_axis a = axis(false, -0.13, 0.94);
    assert_true(chart_axis_round(&a));
    assert_near(a.low, -0.2, 1e-12);
    assert_near(a.high, 1, 1e-12);
    a = axis(false, 3, 3);
    assert_true(chart_axis_round(&a));
    assert_true(a.low < 3 && a.high > 3);
    a = axis(false, 0, 0);
    assert_true(chart_axis_round(&a));
    assert_true(a.low == -1 && a.high == 1);
}

static void refuses_what_fits_no_axis(void **state) {
    (void)state;
    const double rows[][2] = {{NAN, 1}, {0, INFINITY}, {2, 1}, {-INFINITY, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int logarithmic = 0; logarithmic < 2; logarithmic++) {
            struct chart_axis a = axis(logarithmic, rows[i][0], rows[i][1]);
            assert_false(chart_axis_round(&a));
        }
    struct chart_axis a = axis(true, 0, 1);
    assert_false(chart_axis_round(&a));
    a = axis(true, -1, 1);
    assert_false(chart_axis_round(&a));
}

static void places(void **state) {
    (void)state;
    struct chart_axis a = axis(true, 1e-3, 1e1);
    assert_near(chart_place(&a, 1e-3), 0, 1e-9);
    assert_near(chart_place(&a, 0.1), 50, 1e-9);
    assert_near(chart_place(&a, 10), 100, 1e-9);
    assert_true(chart_place(&a, 0) < 0 && isfinite(chart_place(&a, 0)));
    a = axis(false, -1, 1);
    a.from = 200; /* y grows downwards */
    assert_near(chart_place(&a, 0), 150, 1e-9);
    assert_near(chart_place(&a, 3), 0, 1e-9);
}

static void expect_labels(struct chart_axis a, const char *expected) {
    double ticks[CHART_TICKS];
    char all[1024] = "", label[CHART_LABEL_BYTES];
    size_t count = chart_ticks(&a, ticks);
    for (size_t i = 0; i < count; i++) {
        strcat(all, i ? " " : "");
        strcat(all, chart_tick_label(&a, ticks[i], label));
    }
    assert_string_equal(all, expected);
}

static void ticks_and_labels(void **state) {
    (void)state;
    expect_labels(axis(true, 1e-4, 1e4), "10⁻⁴ 10⁻³ 0.01 0.1 1 10 100 10³ 10⁴");
    expect_labels(axis(true, 1e-12, 1e-10), "10⁻¹² 10⁻¹¹ 10⁻¹⁰");
    expect_labels(axis(true, 1e-30, 1e-3),
                  "10⁻³⁰ 10⁻²⁷ 10⁻²⁴ 10⁻²¹ 10⁻¹⁸ 10⁻¹⁵ 10⁻¹² 10⁻⁹ 10⁻⁶ 10⁻³");
    expect_labels(axis(false, 0, 1), "0 0.2 0.4 0.6 0.8 1");
    expect_labels(axis(false, -3, 4), "-3 -2 -1 0 1 2 3 4");
    expect_labels(axis(false, 0, 4e-6), "0 1e-06 2e-06 3e-06 4e-06");
}

static void frame(void **state) {
    (void)state;
    char text[1 << 15];
    struct svg svg;
    struct chart chart = {.x = {true, 1, 100, 50, 350, "τ / s", 0, false},
                          .y = {false, 0, 1, 200, 20, "share", 0, false},
                          .title = "Title"};
    svg_open(&svg, text, sizeof text, 400, 250, "t", "");
    chart_frame(&chart, &svg);
    svg_close(&svg);
    assert_false(svg.failed);
    assert_non_null(strstr(text, "<rect class=\"chart-area\" x=\"50.00\" y=\"20.00\" "
                                 "width=\"300.00\" height=\"180.00\"/>"));
    assert_non_null(strstr(text, ">τ / s</text>"));
    assert_non_null(strstr(text, ">share</text>"));
    assert_non_null(strstr(text, ">Title</text>"));
    assert_non_null(strstr(text, "x=\"200.00\" y=\"220.00\">10</text>"));
    size_t fine = 0;
    for (const char *at = text; (at = strstr(at, "\"chart-fine\"")) != NULL; at++) fine++;
    assert_int_equal(fine, 16);
}

static struct chart_axis both_ways(double threshold, double size) {
    struct chart_axis a = axis(false, -size, size);
    a.threshold = threshold;
    a.seconds = true;
    return a;
}

/* Decades both ways from zero, and a linear stretch between the two least. */
static void symmetric(void **state) {
    (void)state;
    struct chart_axis a = both_ways(1e-6, 23e-3);
    double tick[CHART_TICKS];
    char label[CHART_LABEL_BYTES];
    assert_true(chart_axis_round(&a));
    assert_near(a.low, -0.1, 1e-12);
    assert_near(a.high, 0.1, 1e-12);
    assert_near(chart_place(&a, 0), 50, 1e-9);
    assert_near(chart_place(&a, 1e-6), 50 + 50 / 6.0, 1e-9);
    assert_near(chart_place(&a, 0.5e-6), 50 + 25 / 6.0, 1e-9);
    assert_near(chart_place(&a, -1e-3), 50 - 200 / 6.0, 1e-9);
    assert_int_equal(chart_ticks(&a, tick), 13);
    assert_near(tick[0], -0.1, 1e-12);
    assert_true(tick[6] == 0);
    assert_string_equal(chart_tick_label(&a, tick[0], label), "-100 ms");
    assert_string_equal(chart_tick_label(&a, tick[6], label), "0");
    assert_string_equal(chart_tick_label(&a, tick[8], label), "10 µs");
    assert_string_equal(chart_tick_label(&a, 2, label), "2 s");
    a = both_ways(1e-6, NAN);
    assert_false(chart_axis_round(&a));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounds_to_decades),
        cmocka_unit_test(rounds_to_ticks),
        cmocka_unit_test(refuses_what_fits_no_axis),
        cmocka_unit_test(places),
        cmocka_unit_test(ticks_and_labels),
        cmocka_unit_test(frame),
        cmocka_unit_test(symmetric),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

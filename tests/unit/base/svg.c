/* The SVG writer: what it writes, escapes, refuses, and what it does without room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/svg.h"

static void whole_picture(void **state) {
    (void)state;
    char text[2048];
    struct svg svg;
    svg_open(&svg, text, sizeof text, 100, 50, "a < b & \"c\"", ".x{fill:red}\n");
    svg_group(&svg, "all");
    svg_line(&svg, 0, 1, 2, 3.456, "x");
    svg_box(&svg, 1, 2, -3, 4, "x");
    svg_dot(&svg, 5, 6, 1.5, "x");
    svg_words(&svg, 7, 8, SVG_END, "x", "10⁻¹² > 0\x01\xff");
    svg_words_upright(&svg, 9, 10, "x", "up");
    svg_path(&svg, "x");
    svg_path_point(&svg, 1, 2);
    svg_path_point(&svg, 3, 4);
    svg_end_path(&svg);
    svg_end_group(&svg);
    svg_close(&svg);
    assert_false(svg.failed);
    assert_string_equal(
        text, "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"100\" height=\"50\" "
              "viewBox=\"0 0 100 50\">\n"
              "<title>a &lt; b &amp; \"c\"</title>\n<style>\n.x{fill:red}\n</style>\n"
              "<g class=\"all\">\n"
              "<line class=\"x\" x1=\"0.00\" y1=\"1.00\" x2=\"2.00\" y2=\"3.46\"/>\n"
              "<rect class=\"x\" x=\"1.00\" y=\"2.00\" width=\"0.00\" height=\"4.00\"/>\n"
              "<circle class=\"x\" cx=\"5.00\" cy=\"6.00\" r=\"1.50\"/>\n"
              "<text class=\"x\" text-anchor=\"end\" x=\"7.00\" y=\"8.00\">10⁻¹² &gt; 0?\?</text>\n"
              "<text class=\"x\" text-anchor=\"middle\" transform=\"translate(9.00 10.00) "
              "rotate(-90)\">up</text>\n"
              "<polyline class=\"x\" points=\"1.00,2.00 3.00,4.00 \"/>\n"
              "</g>\n</svg>\n");
    assert_int_equal(svg.length, strlen(text));
}

static void wild_numbers_stay_numbers(void **state) {
    (void)state;
    char text[1024];
    struct svg svg;
    svg_open(&svg, text, sizeof text, 10, 10, "", "");
    svg_line(&svg, NAN, INFINITY, 1e300, -1e300, "x");
    svg_close(&svg);
    assert_false(svg.failed);
    assert_non_null(strstr(text, "x1=\"0.00\" y1=\"0.00\" x2=\"100000.00\" y2=\"-100000.00\""));
}

/* Any room: it stays terminated within it, and is whole or failed. */
static void no_room(void **state) {
    (void)state;
    char text[400];
    for (size_t room = 1; room < sizeof text; room++) {
        struct svg svg;
        memset(text, 'z', sizeof text);
        svg_open(&svg, text, room, 10, 10, "title", "");
        svg_dot(&svg, 1, 2, 3, "x");
        svg_close(&svg);
        assert_true(svg.length < room && text[svg.length] == '\0' && text[room] == 'z');
        assert_true(svg.failed != (strstr(text, "</svg>") != NULL));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_picture),
        cmocka_unit_test(wild_numbers_stay_numbers),
        cmocka_unit_test(no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

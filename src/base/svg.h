/* An SVG writer into a fixed buffer: a picture of its own, without fonts, scripts or links.
 *
 * Shapes name a class; the style sheet that is handed in says what it looks like. Lengths are in
 * pixels, y grows downwards. What does not fit sets failed and is dropped. Text is UTF-8; what XML
 * reserves is escaped, and what it forbids is replaced. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct svg {
    char *text;
    size_t room, length;
    bool failed;
};

enum svg_anchor { SVG_START, SVG_MIDDLE, SVG_END };

/* room > 0; the text is always zero-terminated. style: CSS rules. */
void svg_open(struct svg *svg, char *text, size_t room, double width, double height,
              const char *title, const char *style);
/* Ends the picture; it is whole if failed is false then. */
void svg_close(struct svg *svg);
/* What is drawn until svg_end_group belongs together. */
void svg_group(struct svg *svg, const char *class);
void svg_end_group(struct svg *svg);
void svg_line(struct svg *svg, double x1, double y1, double x2, double y2, const char *class);
void svg_box(struct svg *svg, double x, double y, double width, double height, const char *class);
void svg_dot(struct svg *svg, double x, double y, double radius, const char *class);
void svg_words(struct svg *svg, double x, double y, enum svg_anchor anchor, const char *class,
               const char *words);
/* The same, read from below upwards. */
void svg_words_upright(struct svg *svg, double x, double y, const char *class, const char *words);
/* A line through points: begun, one or more points, ended. */
void svg_path(struct svg *svg, const char *class);
void svg_path_point(struct svg *svg, double x, double y);
void svg_end_path(struct svg *svg);

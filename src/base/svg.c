/* SVG writer. Invariant: length < room, and text[length] is always zero. */
#include "base/svg.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static void put(struct svg *svg, const char *bytes, size_t length) {
    if (svg->failed || svg->room - svg->length <= length) {
        svg->failed = true;
        return;
    }
    memcpy(svg->text + svg->length, bytes, length);
    svg->length += length;
    svg->text[svg->length] = '\0';
}

__attribute__((format(printf, 2, 3))) static void put_format(struct svg *svg, const char *format,
                                                             ...) {
    char text[256];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(text, sizeof text, format, values);
    va_end(values);
    if (length < 0 || (size_t)length >= sizeof text)
        svg->failed = true;
    else
        put(svg, text, (size_t)length);
}

/* A coordinate with two digits; one that is none, or far away, would break the picture. */
static double bounded(double value) {
    return isfinite(value) ? fmax(-1e5, fmin(1e5, value)) : 0;
}

static void put_words(struct svg *svg, const char *words) {
    for (const unsigned char *s = (const unsigned char *)words; *s;) {
        size_t length = utf8_length(s, 4); /* the zero at the end stops it */
        if (length == 0 || *s < 0x20) {
            put(svg, "?", 1);
            s++;
            continue;
        }
        if (*s == '&')
            put(svg, "&amp;", 5);
        else if (*s == '<')
            put(svg, "&lt;", 4);
        else if (*s == '>')
            put(svg, "&gt;", 4);
        else
            put(svg, (const char *)s, length);
        s += length;
    }
}

void svg_open(struct svg *svg, char *text, size_t room, double width, double height,
              const char *title, const char *style) {
    *svg = (struct svg){.text = text, .room = room};
    text[0] = '\0';
    put_format(svg,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"%.0f\" "
               "height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\">\n<title>",
               width, height, width, height);
    put_words(svg, title);
    put_format(svg, "</title>\n<style>\n");
    put(svg, style, strlen(style));
    put_format(svg, "</style>\n");
}

void svg_close(struct svg *svg) {
    put_format(svg, "</svg>\n");
}

void svg_group(struct svg *svg, const char *class) {
    put_format(svg, "<g class=\"%s\">\n", class);
}

void svg_end_group(struct svg *svg) {
    put_format(svg, "</g>\n");
}

void svg_line(struct svg *svg, double x1, double y1, double x2, double y2, const char *class) {
    put_format(svg, "<line class=\"%s\" x1=\"%.2f\" y1=\"%.2f\" x2=\"%.2f\" y2=\"%.2f\"/>\n", class,
               bounded(x1), bounded(y1), bounded(x2), bounded(y2));
}

void svg_box(struct svg *svg, double x, double y, double width, double height, const char *class) {
    put_format(svg, "<rect class=\"%s\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"/>\n",
               class, bounded(x), bounded(y), fmax(0, bounded(width)), fmax(0, bounded(height)));
}

void svg_dot(struct svg *svg, double x, double y, double radius, const char *class) {
    put_format(svg, "<circle class=\"%s\" cx=\"%.2f\" cy=\"%.2f\" r=\"%.2f\"/>\n", class,
               bounded(x), bounded(y), fmax(0, bounded(radius)));
}

void svg_words(struct svg *svg, double x, double y, enum svg_anchor anchor, const char *class,
               const char *words) {
    static const char *const anchors[] = {"start", "middle", "end"};
    put_format(svg, "<text class=\"%s\" text-anchor=\"%s\" x=\"%.2f\" y=\"%.2f\">", class,
               anchors[anchor], bounded(x), bounded(y));
    put_words(svg, words);
    put_format(svg, "</text>\n");
}

void svg_words_upright(struct svg *svg, double x, double y, const char *class, const char *words) {
    put_format(
        svg,
        "<text class=\"%s\" text-anchor=\"middle\" transform=\"translate(%.2f %.2f) rotate(-90)\">",
        class, bounded(x), bounded(y));
    put_words(svg, words);
    put_format(svg, "</text>\n");
}

void svg_path(struct svg *svg, const char *class) {
    put_format(svg, "<polyline class=\"%s\" points=\"", class);
}

void svg_path_point(struct svg *svg, double x, double y) {
    put_format(svg, "%.2f,%.2f ", bounded(x), bounded(y));
}

void svg_end_path(struct svg *svg) {
    put_format(svg, "\"/>\n");
}

/* See the header. Invariant: length < room, and text[length] is zero. */
#include "main/etalon_rehearse_page.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { ROOM = 4 << 20, FORMAT_BYTES = 1024 };

bool etalon_rehearse_page_begin(struct etalon_rehearse_page *page) {
    *page = (struct etalon_rehearse_page){.text = malloc(ROOM), .room = ROOM};
    if (page->text) page->text[0] = '\0';
    return page->text != NULL;
}

void etalon_rehearse_page_end(struct etalon_rehearse_page *page) {
    free(page->text);
    page->text = NULL;
}

static void put(struct etalon_rehearse_page *page, const char *bytes, size_t length) {
    if (page->failed || page->room - page->length <= length) {
        page->failed = true;
        return;
    }
    memcpy(page->text + page->length, bytes, length);
    page->length += length;
    page->text[page->length] = '\0';
}

void etalon_rehearse_page_raw(struct etalon_rehearse_page *page, const char *markup) {
    put(page, markup, strlen(markup));
}

static const char *escape_of(char c) {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    default:
        return NULL;
    }
}

void etalon_rehearse_page_words(struct etalon_rehearse_page *page, const char *words) {
    for (const unsigned char *s = (const unsigned char *)words; *s;) {
        size_t length = utf8_length(s, 4); /* the zero at the end stops it */
        const char *escape = escape_of((char)*s);
        bool control = *s < 0x20 && *s != '\n';
        if (length == 0 || control)
            put(page, "?", 1);
        else if (escape)
            etalon_rehearse_page_raw(page, escape);
        else
            put(page, (const char *)s, length);
        s += length > 0 ? length : 1;
    }
}

void etalon_rehearse_page_format(struct etalon_rehearse_page *page, const char *format, ...) {
    char text[FORMAT_BYTES];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(text, sizeof text, format, values);
    va_end(values);
    if (length < 0 || (size_t)length >= sizeof text)
        page->failed = true;
    else
        put(page, text, (size_t)length);
}

void etalon_rehearse_page_element(struct etalon_rehearse_page *page, const char *tag,
                                  const char *class, const char *words) {
    if (class)
        etalon_rehearse_page_format(page, "<%s class=\"%s\">", tag, class);
    else
        etalon_rehearse_page_format(page, "<%s>", tag);
    etalon_rehearse_page_words(page, words);
    etalon_rehearse_page_format(page, "</%s>\n", tag);
}

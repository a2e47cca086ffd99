/* Text of an HTML page that grows in one buffer: markup as it is, words escaped. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct etalon_rehearse_page {
    char *text;
    size_t room, length;
    bool failed; /* something did not fit, and was dropped */
};

/* False: no memory. */
bool etalon_rehearse_page_begin(struct etalon_rehearse_page *page);
void etalon_rehearse_page_end(struct etalon_rehearse_page *page);
void etalon_rehearse_page_raw(struct etalon_rehearse_page *page, const char *markup);
void etalon_rehearse_page_words(struct etalon_rehearse_page *page, const char *words);
/* Markup with values; a value that is a text must need no escaping. */
__attribute__((format(printf, 2, 3))) void
etalon_rehearse_page_format(struct etalon_rehearse_page *page, const char *format, ...);
/* <tag>words</tag>; class NULL: none. */
void etalon_rehearse_page_element(struct etalon_rehearse_page *page, const char *tag,
                                  const char *class, const char *words);

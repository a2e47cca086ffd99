/* Standard output of etalon. Escape sequences leave this file only if colour is set. */
#include "main/etalon_output.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct etalon_output etalon_output_probe(void) {
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    struct etalon_output output = {.terminal = isatty(STDOUT_FILENO) == 1};
    output.colour =
        output.terminal && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
    /* Only the character set: numbers keep their decimal point. */
    setlocale(LC_CTYPE, "");
    output.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    return output;
}

const char *etalon_output_colour(const struct etalon_output *output, enum etalon_colour colour) {
    static const char *const sequences[COLOUR_COUNT] = {
        [PLAIN] = "\033[0m",  [BOLD] = "\033[1m",    [DIM] = "\033[2m",
        [GREEN] = "\033[32m", [YELLOW] = "\033[33m", [RED] = "\033[31m",
    };
    return output->colour ? sequences[colour] : "";
}

const char *etalon_output_plus_minus(const struct etalon_output *output) {
    return output->utf8 ? "±" : "+-";
}

const char *etalon_output_clean(const char *text, char *out, size_t room) {
    size_t length = 0;
    for (; text[length] && length + 1 < room; length++) {
        unsigned char c = (unsigned char)text[length];
        out[length] = (char)(c < 0x20 || c >= 0x7f ? '?' : c);
    }
    out[length] = '\0';
    return out;
}

void etalon_output_json_begin(struct json *json) {
    static char text[1 << 20];
    json_init(json, text, sizeof text);
}

bool etalon_output_json_print(const struct json *json) {
    if (json->failed) fputs("etalon: the JSON text is longer than its limit\n", stderr);
    if (!json->failed) puts(json->text);
    return !json->failed;
}

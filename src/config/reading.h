/* A configuration while it is being read: the scratch it is parsed into, the files that are open
 * (one inside the other), the words of the current line, and how a line is refused.
 *
 * Internal to config/. A word points into the current line and is gone with it, so whoever opens
 * another file has taken all words of the line before. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "config/config.h"
#include "config/option.h"
#include "config/parse.h"

struct reading_file {
    const char *name;
    uint32_t line;
    const struct reading_file *outer; /* that includes this one; NULL for the first */
};

struct reading {
    const struct config_loader *loader; /* NULL: no other file can be read */
    enum err (*take_line)(struct reading *reading);
    struct config config; /* scratch: becomes the result only when all was right */
    struct config_error error;
    struct reading_file *file; /* the innermost open file */
    uint32_t files;            /* read so far */
    char line[LIMIT_CONFIG_LINE_BYTES];
    char *next; /* where the next word of line is looked for */
    char *text; /* room for the text of open files */
    size_t text_used;
    struct config_place first[OPTION_ROWS_MAX]; /* of single directives; line 0: not given */
    struct config_place source_places[LIMIT_SOURCES];
};

/* Feeds each line of text to take_line, until one is refused. */
MUST_USE enum err reading_text(struct reading *reading, const char *name, const char *text,
                               size_t length);
/* Opens the file at path and reads its lines. place: where it is asked for. */
MUST_USE enum err reading_path(struct reading *reading, const struct config_place *place,
                               const char *path);
/* The next word of the line, NULL at its end. */
const char *reading_word(struct reading *reading);
/* ERR_OK at the end of the line; else refuses the word that is too much. */
MUST_USE enum err reading_end(struct reading *reading, const struct option_entry *entry);
/* Of a word of the current line. */
struct config_place reading_place(const struct reading *reading, const char *word);
/* Fills error with the place of word (or with place) and the message; returns why. */
MUST_USE enum err reading_refuse(struct reading *reading, const char *word, enum err why,
                                 const char *format, ...) __attribute__((format(printf, 4, 5)));
MUST_USE enum err reading_refuse_at(struct reading *reading, const struct config_place *place,
                                    enum err why, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

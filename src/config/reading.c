/* Files to lines to words. Invariant: r->line is zero-terminated and holds no control character
 * but tabs; r->next points into it. */
#include "config/reading.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char blanks[] = " \t";

struct config_place reading_place(const struct reading *r, const char *word) {
    struct config_place place = {.line = 1, .column = (uint32_t)(word - r->line) + 1};
    if (r->file) {
        snprintf(place.file, sizeof place.file, "%s", r->file->name);
        place.line = r->file->line;
    }
    return place;
}

static void fill_error(struct reading *r, const struct config_place *place, const char *format,
                       va_list arguments) {
    struct config_place copy = *place; /* it may be a part of what is overwritten */
    vsnprintf(r->error.text, sizeof r->error.text, format, arguments);
    r->error.place = copy;
}

enum err reading_refuse(struct reading *r, const char *word, enum err why, const char *format,
                        ...) {
    struct config_place place = reading_place(r, word);
    va_list arguments;
    va_start(arguments, format);
    fill_error(r, &place, format, arguments);
    va_end(arguments);
    return why;
}

enum err reading_refuse_at(struct reading *r, const struct config_place *place, enum err why,
                           const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fill_error(r, place, format, arguments);
    va_end(arguments);
    return why;
}

const char *reading_word(struct reading *r) {
    char *word = r->next + strspn(r->next, blanks);
    size_t length = strcspn(word, blanks);
    r->next = word + length;
    if (*r->next) *r->next++ = '\0';
    return length ? word : NULL;
}

enum err reading_end(struct reading *r, const struct option_entry *entry) {
    const char *word = reading_word(r);
    if (!word) return ERR_OK;
    return reading_refuse(r, word, ERR_TRAILING, "\"%.80s\" is too much here; write: %s %s", word,
                          entry->name, entry->arguments);
}

/* The first byte that text may not hold: control characters, but not tabs. NULL: all is well. */
static const char *find_control(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) return text + i;
    }
    return NULL;
}

static enum err check_bytes(struct reading *r, const char *text, size_t length) {
    struct config_place place = reading_place(r, r->line);
    const char *control = find_control(text, length);
    if (control) {
        place.column = (uint32_t)(control - text) + 1;
        return reading_refuse_at(
            r, &place, ERR_SYNTAX, "a %s (byte 0x%02x) stands here; a configuration is plain text",
            *control ? "control character" : "NUL byte", (unsigned)(unsigned char)*control);
    }
    if (length >= LIMIT_CONFIG_LINE_BYTES) {
        place.column = LIMIT_CONFIG_LINE_BYTES;
        return reading_refuse_at(r, &place, ERR_TOO_LONG,
                                 "the line is longer than %d bytes; shorten it",
                                 LIMIT_CONFIG_LINE_BYTES - 1);
    }
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        return reading_refuse_at(r, &place, ERR_SYNTAX,
                                 "a byte order mark stands here; save the file without one");
    return ERR_OK;
}

static enum err read_line(struct reading *r, const char *text, size_t length) {
    if (length && text[length - 1] == '\r') length--;
    enum err err = check_bytes(r, text, length);
    if (err) return err;
    memcpy(r->line, text, length);
    r->line[length] = '\0';
    r->next = r->line;
    return r->take_line(r);
}

enum err reading_text(struct reading *r, const char *name, const char *text, size_t length) {
    struct reading_file *outer = r->file;
    struct reading_file file = {.name = name, .outer = outer};
    enum err err = ERR_OK;
    r->file = &file;
    for (size_t at = 0; at < length && !err;) {
        const char *newline = memchr(text + at, '\n', length - at);
        size_t line = newline ? (size_t)(newline - text) - at : length - at;
        file.line++;
        err = read_line(r, text + at, line);
        at += line + 1;
    }
    r->file = outer;
    return err;
}

static enum err check_nesting(struct reading *r, const struct config_place *place,
                              const char *path) {
    if (!r->loader)
        return reading_refuse_at(r, place, ERR_IO, "%s: no other file can be read from here", path);
    unsigned open = 0;
    for (const struct reading_file *file = r->file; file; file = file->outer, open++)
        if (strcmp(file->name, path) == 0)
            return reading_refuse_at(r, place, ERR_SYNTAX,
                                     "%s would include itself; remove one of the includes", path);
    if (open > LIMIT_CONFIG_DEPTH)
        return reading_refuse_at(r, place, ERR_FULL, "%s: files are nested more than %d deep", path,
                                 LIMIT_CONFIG_DEPTH);
    if (r->files >= LIMIT_CONFIG_FILES)
        return reading_refuse_at(r, place, ERR_FULL, "%s: more than %d files are read", path,
                                 LIMIT_CONFIG_FILES);
    return ERR_OK;
}

static enum err refuse_file(struct reading *r, const struct config_place *place, enum err err,
                            const char *path, const char *why) {
    if (err == ERR_TOO_LONG)
        return reading_refuse_at(r, place, err,
                                 "%s is too large: a file, with those that include it, may have "
                                 "%d bytes",
                                 path, LIMIT_CONFIG_FILE_BYTES);
    return reading_refuse_at(r, place, err, "cannot read %s: %s", path, why ? why : err_text(err));
}

enum err reading_path(struct reading *r, const struct config_place *place, const char *path) {
    enum err err = check_nesting(r, place, path);
    if (err) return err;
    char *text = r->text + r->text_used;
    size_t room = LIMIT_CONFIG_FILE_BYTES - r->text_used, length = 0;
    const char *why = NULL;
    err = r->loader->read(r->loader->context, path, text, room, &length, &why);
    if (!err && length > room) err = ERR_TOO_LONG;
    if (err) return refuse_file(r, place, err, path, why);
    r->files++;
    r->text_used += length;
    err = reading_text(r, path, text, length);
    r->text_used -= length;
    return err;
}

/* Log lines. Invariant: what a peer can put into a line never holds a control character. */
#include "os/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

/* Lines from before there was anybody to hand them to. */
enum { EARLY_LINES = 32 };
static struct {
    size_t count;
    bool over;
    struct {
        enum log_level level;
        char text[LIMIT_LOG_LINE_BYTES];
    } lines[EARLY_LINES];
} early;

static struct {
    enum log_style style;
    bool debug;
    const char *name, *program;
    void (*copy)(void *context, enum log_level level, const char *text);
    void *context;
} setup;

void log_setup(enum log_style style, bool debug) {
    setup.style = style;
    setup.debug = debug;
}

void log_restyle(enum log_style style) {
    setup.style = style;
}

void log_program(const char *program) {
    setup.program = program;
}

void log_name(const char *name) {
    setup.name = name;
}

void log_copy(void (*copy)(void *context, enum log_level level, const char *text), void *context) {
    setup.copy = copy;
    setup.context = context;
    for (size_t i = 0; copy && i < early.count; i++)
        copy(context, early.lines[i].level, early.lines[i].text);
    early.count = 0;
    early.over = true;
}

static void hand_on(enum log_level level, const char *text) {
    if (level == LOG_LEVEL_DEBUG) return;
    if (setup.copy) setup.copy(setup.context, level, text);
    if (early.over || early.count == EARLY_LINES) return;
    early.lines[early.count].level = level;
    snprintf(early.lines[early.count++].text, LIMIT_LOG_LINE_BYTES, "%s", text);
}

static int syslog_priority(enum log_level level) {
    static const int priorities[] = {
        [LOG_LEVEL_DEBUG] = LOG_DEBUG,
        [LOG_LEVEL_INFO] = LOG_INFO,
        [LOG_LEVEL_WARNING] = LOG_WARNING,
        [LOG_LEVEL_ERROR] = LOG_ERR,
    };
    return priorities[level];
}

static size_t write_head(char *out, size_t room, enum log_level level) {
    char head[32];
    if (setup.style == LOG_STYLE_PRIORITIES) {
        snprintf(head, sizeof head, "<%d>", syslog_priority(level));
    } else {
        time_t now = time(NULL);
        struct tm tm;
        if (!gmtime_r(&now, &tm) || !strftime(head, sizeof head, "%Y-%m-%dT%H:%M:%SZ ", &tm))
            head[0] = '\0';
    }
    const char *open = setup.name ? "[" : "", *close = setup.name ? "]" : "";
    int length =
        snprintf(out, room, "%s%s%s%s%s: ", head, setup.program ? setup.program : "etalond", open,
                 setup.name ? setup.name : "", close);
    return length < 0 ? 0 : (size_t)length;
}

void log_line(enum log_level level, const char *format, ...) {
    if (level == LOG_LEVEL_DEBUG && !setup.debug) return;
    char line[2 * LIMIT_PATH_BYTES + LIMIT_LOG_LINE_BYTES];
    size_t start = write_head(line, sizeof line - 1, level);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line + start, sizeof line - 1 - start, format, arguments);
    va_end(arguments);
    size_t length = strlen(line);
    for (size_t i = start; i < length; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f) line[i] = '?';
    hand_on(level, line + start);
    line[length++] = '\n';
    /* A log that cannot be written is no reason to stop keeping time. */
    if (write(STDERR_FILENO, line, length) < 0) return;
}

void log_forward(const char *line) {
    bool is_marked = line[0] == '<' && line[1] >= '0' && line[1] <= '7' && line[2] == '>';
    int priority = is_marked ? line[1] - '0' : LOG_INFO;
    /* The lines carry their program's name already, which syslog() wants to add itself:
     * "etalond[keeper]: text" becomes "keeper: text". */
    const char *text = is_marked ? line + 3 : line;
    if (strncmp(text, "etalond", 7) == 0) text += 7;
    if (strncmp(text, ": ", 2) == 0) text += 2;
    size_t name = text[0] == '[' ? strcspn(text, "]") : 0;
    openlog("etalond", 0, LOG_DAEMON);
    if (name > 0 && text[name] == ']')
        syslog((priority & LOG_PRIMASK) | LOG_DAEMON, "%.*s%s", (int)name - 1, text + 1,
               text + name + 1);
    else
        syslog((priority & LOG_PRIMASK) | LOG_DAEMON, "%s", text);
}

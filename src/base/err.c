/* Names and texts of the one error table. Invariant: err_name is what counters are called. */
#include "base/err.h"

static const char *const names[ERR_COUNT] = {
#define ERR_NAME(name, text) [ERR_##name] = #name,
    ERR_TABLE(ERR_NAME)
#undef ERR_NAME
};

static const char *const texts[ERR_COUNT] = {
#define ERR_TEXT(name, text) [ERR_##name] = text,
    ERR_TABLE(ERR_TEXT)
#undef ERR_TEXT
};

const char *err_name(enum err err) {
    return (unsigned)err < ERR_COUNT ? names[err] : "UNKNOWN";
}

const char *err_text(enum err err) {
    return (unsigned)err < ERR_COUNT ? texts[err] : "unknown error";
}

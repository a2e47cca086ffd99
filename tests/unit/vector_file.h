/* Reading a file of tests/vectors, for unit tests and fuzz targets. */
#pragma once

#include <stdio.h>
#include <stdlib.h>

struct vector_file {
    char text[4096];
    size_t length;
};

/* Ends the test if it is not there, or too long. */
static inline struct vector_file vector_file(const char *name) {
    struct vector_file out;
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", ETALON_VECTORS, name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        abort();
    }
    out.length = fread(out.text, 1, sizeof out.text, file);
    fclose(file);
    if (out.length == sizeof out.text) abort();
    return out;
}

/* A failed CHECK prints where and aborts: the parent sees SIGABRT and restarts the job. */
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void check_failed(const char *condition, const char *file, int line) {
    fprintf(stderr, "etalon: bug: CHECK(%s) failed at %s:%d\n", condition, file, line);
    abort();
}

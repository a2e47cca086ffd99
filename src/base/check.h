/* CHECK(): for our own bugs only, always on, also in release builds.
 * Input from a peer, a file or an operator must never reach a failing CHECK. */
#pragma once

_Noreturn void check_failed(const char *condition, const char *file, int line);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (__builtin_expect(!(condition), 0)) check_failed(#condition, __FILE__, __LINE__);       \
    } while (0)

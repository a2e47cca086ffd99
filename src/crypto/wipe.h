/* Erasing secrets so that the compiler does not leave it out. */
#pragma once

#include <stddef.h>

void wipe(void *secret, size_t length);

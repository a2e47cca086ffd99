/* Erasing secrets. Invariant: the bytes are zero afterwards, whatever the optimiser knows. */
#include "crypto/wipe.h"

#include <string.h>

void wipe(void *secret, size_t length) {
    explicit_bzero(secret, length);
}

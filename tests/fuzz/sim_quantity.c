/* Any word as a value of each kind: refused, or within its limits. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "sim/quantity.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    char word[128];
    if (length >= sizeof word) return 0;
    memcpy(word, bytes, length);
    word[length] = '\0';
    for (int kind = QUANTITY_TIME; kind <= QUANTITY_COUNT; kind++) {
        const struct quantity quantity = {(enum quantity_kind)kind, -10, 10};
        double value = NAN;
        if (quantity_parse(word, &quantity, &value) == ERR_OK)
            CHECK(value >= -10 && value <= 10);
        else
            CHECK(isnan(value));
    }
    return 0;
}

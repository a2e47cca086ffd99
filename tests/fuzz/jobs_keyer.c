/* A fleet's secret as text. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "jobs/keyer.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct nts_fleet fleet, untouched;
    memset(&fleet, 0x5a, sizeof fleet);
    untouched = fleet;
    enum err err = keyer_fleet_parse((const char *)bytes, length, &fleet);
    CHECK(err == ERR_OK || err == ERR_SYNTAX || err == ERR_RANGE);
    if (err != ERR_OK) CHECK(memcmp(&fleet, &untouched, sizeof fleet) == 0);
    if (err == ERR_OK) CHECK(length >= 1 + 1 + 2 * NTS_FLEET_SECRET_BYTES);
    return 0;
}

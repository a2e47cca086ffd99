/* Evidence against Roughtime servers. Invariant: what is written came whole and in order. */
#include "main/etalond_evidence.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "os/clocks.h"
#include "os/log.h"
#include "os/storage.h"

static char report[LIMIT_ROUGHTIME_REPORT_BYTES];
static size_t filled;

static void keep(const struct etalond *etalond, size_t length) {
    struct kernel_reading now;
    char path[LIMIT_PATH_BYTES + 48];
    const char *directory = etalond->config.roughtime_reports, *why = "";
    if (directory[0] == '\0') {
        log_line(LOG_LEVEL_WARNING, "no `roughtimereports`: the evidence is not kept");
        return;
    }
    clocks_read(&now);
    snprintf(path, sizeof path, "%s/roughtime-%" PRId64 ".json", directory,
             now.realtime.ns / 1000000);
    if (storage_replace(path, report, length, &why) == ERR_OK)
        log_line(LOG_LEVEL_WARNING, "the evidence is in %s: see `etalon roughtime verify`", path);
    else
        log_line(LOG_LEVEL_ERROR, "the evidence cannot be written to %s: %s", path, why);
}

void etalond_evidence_take(const struct etalond *etalond, const struct message_evidence *part) {
    if (part->offset == 0) filled = 0;
    if (part->offset != filled || part->total > sizeof report) return; /* a part was lost */
    memcpy(report + filled, part->bytes, part->length);
    filled += part->length;
    if (filled != part->total) return;
    filled = 0;
    keep(etalond, part->total);
}

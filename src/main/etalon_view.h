/* What the daemon answered, gathered: one snapshot that status, sources, selection and watch show
 * each in their own way. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "jobs/message.h"
#include "main/etalon_arguments.h"
#include "main/etalon_output.h"
#include "os/ask.h"

enum {
    ETALON_VIEW_SOURCES = LIMIT_SOURCES + 1, /* the last one: the local reference */
    ETALON_VIEW_PROCESSES = JOB_COUNT + LIMIT_SERVER_JOBS,
    ETALON_VIEW_NAME_BYTES = LIMIT_HOST_NAME_BYTES,
};

struct etalon_view {
    struct mono now; /* when the answer was complete */
    bool has_tracking;
    struct message_tracking tracking;
    bool has_verdict[ETALON_VIEW_SOURCES], has_association[ETALON_VIEW_SOURCES];
    struct message_verdict verdict[ETALON_VIEW_SOURCES];
    struct message_association association[ETALON_VIEW_SOURCES];
    bool has_roughtime, has_keying, has_ledger;
    struct message_keying keying;
    struct message_roughtime roughtime;
    struct message_ledger ledger;
    size_t serving_count, process_count;
    struct message_serving serving[LIMIT_SERVER_JOBS];
    struct message_process process[ETALON_VIEW_PROCESSES];
};

/* Asks the daemon; says nothing. As ask_status. */
enum err etalon_view_try(const char *path, double timeout_s, struct etalon_view *out,
                         char why[ASK_WHY_BYTES]);
/* Asks the daemon. Anything but ETALON_FINE: said on standard error. */
enum etalon_exit etalon_view_ask(const char *path, double timeout_s, struct etalon_view *out);
/* ETALON_FINE if time is served from this snapshot, else ETALON_NOT_SYNCHRONISED. */
enum etalon_exit etalon_view_exit(const struct etalon_view *view);
bool etalon_view_serves(const struct etalon_view *view);
/* How the source is called: name as configured, with port where it is not 123; "local". */
const char *etalon_view_name(const struct etalon_view *view, size_t source,
                             char out[ETALON_VIEW_NAME_BYTES]);
/* Sum of the server jobs. */
struct message_serving etalon_view_served(const struct etalon_view *view);
/* {"ZERO_ORIGIN": 3, ...}: those that are not zero. */
void etalon_view_drops_json(const uint64_t drops[ERR_COUNT], struct json *json);
/* "3 NTP mode not answered, 1 address not allowed"; false (and nothing printed) if all are zero. */
bool etalon_view_drops_print(const uint64_t drops[ERR_COUNT]);

/* A snapshot of the daemon. Messages were checked by message_parse, so indices are in range; a
 * message that comes twice replaces the former one. */
#include "main/etalon_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "os/ask.h"
#include "os/clocks.h"
#include "wire/ntp_packet.h"

static void take_serving(struct etalon_view *view, const struct message_serving *serving) {
    size_t i = 0;
    while (i < view->serving_count && view->serving[i].instance != serving->instance) i++;
    if (i == LIMIT_SERVER_JOBS) return;
    view->serving[i] = *serving;
    if (i == view->serving_count) view->serving_count++;
}

static void take_process(struct etalon_view *view, const struct message_process *process) {
    if (view->process_count < ETALON_VIEW_PROCESSES)
        view->process[view->process_count++] = *process;
}

static void take(void *context, const struct message *message) {
    struct etalon_view *view = context;
    if (message->kind == MESSAGE_TRACKING) {
        view->tracking = message->tracking;
        view->has_tracking = true;
    } else if (message->kind == MESSAGE_VERDICT) {
        view->verdict[message->verdict.source] = message->verdict;
        view->has_verdict[message->verdict.source] = true;
    } else if (message->kind == MESSAGE_ASSOCIATION) {
        view->association[message->association.source] = message->association;
        view->has_association[message->association.source] = true;
    } else if (message->kind == MESSAGE_SERVING) {
        take_serving(view, &message->serving);
    } else if (message->kind == MESSAGE_ROUGHTIME) {
        view->roughtime = message->roughtime;
        view->has_roughtime = true;
    } else if (message->kind == MESSAGE_KEYING) {
        view->keying = message->keying;
        view->has_keying = true;
    } else if (message->kind == MESSAGE_LEDGER) {
        view->ledger = message->ledger;
        view->has_ledger = true;
    } else if (message->kind == MESSAGE_PROCESS) {
        take_process(view, &message->process);
    }
}

enum err etalon_view_try(const char *path, double timeout_s, struct etalon_view *out,
                         char why[ASK_WHY_BYTES]) {
    memset(out, 0, sizeof *out);
    enum err err = ask_status(path, timeout_s, take, out, why);
    out->now = clocks_mono();
    return err;
}

enum etalon_exit etalon_view_ask(const char *path, double timeout_s, struct etalon_view *out) {
    char why[ASK_WHY_BYTES];
    enum err err = etalon_view_try(path, timeout_s, out, why);
    if (err == ERR_OK) return ETALON_FINE;
    fflush(stdout);
    fprintf(stderr, "etalon: %s\n", why);
    return err == ERR_IO || err == ERR_STALE ? ETALON_NO_ANSWER : ETALON_FAILED;
}

bool etalon_view_serves(const struct etalon_view *view) {
    return view->has_tracking && clock_state_serves(&view->tracking.clock, view->now);
}

enum etalon_exit etalon_view_exit(const struct etalon_view *view) {
    return etalon_view_serves(view) ? ETALON_FINE : ETALON_NOT_SYNCHRONISED;
}

const char *etalon_view_name(const struct etalon_view *view, size_t source,
                             char out[ETALON_VIEW_NAME_BYTES]) {
    if (source >= ETALON_VIEW_SOURCES || !view->has_association[source]) {
        bool local = view->has_tracking && source == view->tracking.sources;
        snprintf(out, ETALON_VIEW_NAME_BYTES, local ? "local" : "source %u", (unsigned)source + 1);
        return out;
    }
    const struct message_association *a = &view->association[source];
    char numeric[ADDR_TEXT_BYTES], name[200];
    etalon_output_clean(a->name, name, sizeof name);
    if (strcmp(name, addr_text(&a->addr, numeric)) == 0 && a->addr.port != NTP_PACKET_PORT)
        snprintf(out, ETALON_VIEW_NAME_BYTES, "%s", addr_text_port(&a->addr, numeric));
    else if (a->addr.family != ADDR_NONE && a->addr.port != NTP_PACKET_PORT)
        snprintf(out, ETALON_VIEW_NAME_BYTES, "%s:%u", name, (unsigned)a->addr.port);
    else
        snprintf(out, ETALON_VIEW_NAME_BYTES, "%s", name);
    return out;
}

struct message_serving etalon_view_served(const struct etalon_view *view) {
    struct message_serving sum = {.instance = 0};
    for (size_t i = 0; i < view->serving_count; i++) {
        const struct message_serving *one = &view->serving[i];
        sum.received += one->received;
        sum.replied += one->replied;
        sum.withdrawn += one->withdrawn;
        sum.withdrawing |= one->withdrawing;
        sum.nts_received += one->nts_received;
        sum.nts_replied += one->nts_replied;
        sum.nts_naks += one->nts_naks;
        for (size_t err = 0; err < ERR_COUNT; err++) sum.drops[err] += one->drops[err];
    }
    return sum;
}

void etalon_view_drops_json(const uint64_t drops[ERR_COUNT], struct json *json) {
    json_open_object(json, "drops");
    for (size_t err = ERR_OK + 1; err < ERR_COUNT; err++)
        if (drops[err]) json_uint(json, err_name((enum err)err), drops[err]);
    json_close_object(json);
}

bool etalon_view_drops_print(const uint64_t drops[ERR_COUNT]) {
    bool any = false;
    for (size_t err = ERR_OK + 1; err < ERR_COUNT; err++) {
        if (!drops[err]) continue;
        printf("%s%" PRIu64 " %s", any ? ", " : "", drops[err], err_text((enum err)err));
        any = true;
    }
    return any;
}

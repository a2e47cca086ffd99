/* etalon status. What is shown is computed for the moment of the answer from the published line,
 * not from the moment of the keeper's report. */
#include "main/etalon_status.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "clock/clock_page.h"
#include "main/etalon_keys.h"
#include "main/etalon_table.h"

/* The keeper reports once a second; when it is silent for longer, say so. */
static const double report_age_max_s = 3;

const char *etalon_status_leap(unsigned leap) {
    static const char *const texts[] = {
        [LEAP_NONE] = "no leap second is announced",
        [LEAP_INSERT] = "the last minute of this day has 61 seconds",
        [LEAP_DELETE] = "the last minute of this day has 59 seconds",
        [LEAP_ALARM] = "not synchronised",
    };
    return leap <= LEAP_ALARM ? texts[leap] : "out of range";
}

static const char *job_name(const struct message_process *process, char out[32]) {
    const char *name = message_job_name((enum job_id)process->job);
    snprintf(out, 32, process->job == JOB_SERVER ? "%s %u" : "%s", name,
             (unsigned)process->instance + 1);
    return out;
}

static void print_head(const struct etalon_view *view, const struct etalon_output *output) {
    const struct message_tracking *t = &view->tracking;
    bool serves = etalon_view_serves(view);
    enum etalon_colour colour = !serves ? RED : t->mode == TRACKING_LOCKED ? GREEN : YELLOW;
    const char *mode = message_tracking_name((enum tracking_mode)t->mode);
    printf("%s%s%s, ", etalon_output_colour(output, colour), mode,
           etalon_output_colour(output, PLAIN));
    if (serves)
        printf("stratum %u, ", (unsigned)t->clock.stratum);
    else
        printf("no time is served (leap indicator 3, stratum 16), ");
    printf("%u of %u sources agree\n", (unsigned)t->agreeing, (unsigned)t->sources);
    double age_s = mono_seconds(view->now, t->now);
    char age[TEXT_BYTES];
    if (age_s > report_age_max_s)
        printf("%sthe keeper has not reported for %s%s\n", etalon_output_colour(output, RED),
               text_age(age_s, age), etalon_output_colour(output, PLAIN));
}

static void print_time(const struct etalon_view *view, const struct etalon_output *output) {
    const struct message_tracking *t = &view->tracking;
    char utc[TEXT_BYTES], bound[TEXT_BYTES], age[TEXT_BYTES], limit[TEXT_BYTES];
    if (t->clock.generation == 0) {
        printf("time          not known yet\n");
        return;
    }
    printf("time          %s %s %s\n", text_utc(clock_state_utc(&t->clock, view->now), utc),
           etalon_output_plus_minus(output),
           text_seconds(line_radius(&t->clock.line, view->now), bound));
    printf(
        "              compared with its sources %s ago; withdrawn beyond %s %s\n",
        text_age(s_from_ns(tai_diff(line_tai(&t->clock.line, view->now), t->clock.reference_time)),
                 age),
        etalon_output_plus_minus(output), text_seconds(t->clock.bound_max_s, limit));
}

static void print_reference(const struct etalon_view *view) {
    const struct message_tracking *t = &view->tracking;
    char name[ETALON_VIEW_NAME_BYTES], id[TEXT_BYTES], delay[TEXT_BYTES], dispersion[TEXT_BYTES];
    if (!t->clock.synchronised) return;
    printf("reference     %s, root delay %s, root dispersion %s\n",
           t->reference == UINT16_MAX
               ? text_reference_id(t->clock.reference_id, t->clock.stratum, id)
               : etalon_view_name(view, t->reference, name),
           text_seconds(t->clock.root_delay_s, delay),
           text_seconds(clock_state_dispersion(&t->clock, view->now), dispersion));
}

static void print_line(const struct etalon_view *view, const struct etalon_output *output) {
    const struct message_tracking *t = &view->tracking;
    char offset[TEXT_BYTES], slew[TEXT_BYTES], jitter[TEXT_BYTES], rate[TEXT_BYTES],
        error[TEXT_BYTES];
    printf("offset        %s left to slew, at %s; jitter %s\n",
           text_signed_seconds(t->offset_s, offset), text_signed_rate(t->slew_rate, slew),
           text_seconds(t->jitter_s, jitter));
    printf("frequency     %s %s %s, of time over the local counter\n",
           text_signed_rate(t->clock.line.rate, rate), etalon_output_plus_minus(output),
           text_rate(t->frequency_error, error));
    printf("updates       %" PRIu64 ", %" PRIu64 " of them steps, %" PRIu64 " alarms\n", t->updates,
           t->steps, t->alarms);
}

static void print_leap(const struct etalon_view *view) {
    const struct message_tracking *t = &view->tracking;
    if (t->clock.generation == 0) return;
    printf("leap          %s; TAI - UTC is %d s; the leap second table %s\n",
           etalon_status_leap(clock_state_leap(&t->clock, view->now)), (int)t->clock.tai_utc_s,
           t->leap_table_valid ? "is valid" : "has expired or is missing");
}

static void print_kernel(const struct etalon_view *view, const struct etalon_output *output) {
    const struct message_tracking *t = &view->tracking;
    char offset[TEXT_BYTES], rate[TEXT_BYTES], step[TEXT_BYTES], age[TEXT_BYTES];
    printf("kernel clock  %s from this time, ", text_signed_seconds(t->kernel_offset_s, offset));
    if (t->steers)
        printf("steered: frequency %s\n", text_signed_rate(t->kernel_frequency, rate));
    else
        printf("not steered\n");
    if (t->kernel_steps_seen == 0) return;
    printf("              %ssteps by somebody else: %" PRIu64 ", the last %s, %s ago%s\n",
           etalon_output_colour(output, YELLOW), t->kernel_steps_seen,
           text_signed_seconds(t->kernel_step_last_s, step),
           text_age(mono_seconds(view->now, t->kernel_step_at), age),
           etalon_output_colour(output, PLAIN));
}

static bool any_drop(const uint64_t drops[ERR_COUNT]) {
    for (size_t err = ERR_OK + 1; err < ERR_COUNT; err++)
        if (drops[err] != 0) return true;
    return false;
}

static void print_served(const struct etalon_view *view) {
    if (view->serving_count == 0) return;
    struct message_serving sum = etalon_view_served(view);
    printf("requests      %" PRIu64 " received, %" PRIu64 " answered", sum.received, sum.replied);
    if (sum.withdrawn) printf(", %" PRIu64 " of them with \"not synchronised\"", sum.withdrawn);
    if (any_drop(sum.drops)) {
        printf("\n              dropped: ");
        etalon_view_drops_print(sum.drops);
    }
    putchar('\n');
}

static double mean_batch(const struct message_roughtime *r) {
    return r->batches ? (double)r->replies / (double)r->batches : 0;
}

static void print_roughtime(const struct etalon_view *view, const struct etalon_output *output) {
    const struct message_roughtime *r = &view->roughtime;
    char until[TEXT_BYTES];
    if (!view->has_roughtime) return;
    printf("roughtime     %" PRIu64 " requests, %" PRIu64 " answered in %" PRIu64
           " batches of %.3g on the average",
           r->requests, r->replies, r->batches, mean_batch(r));
    if (r->greased) printf(", %" PRIu64 " of them spoilt on purpose", r->greased);
    printf("\n              %" PRIu64 " connections, %" PRIu64 " refused or cut off\n",
           r->connections, r->connections_cut);
    printf("              delegation until %s\n",
           text_utc((struct utc){r->delegation_ends_utc_s * NS_PER_S}, until));
    if (r->silent)
        printf("              %ssilent: no bound can be shown, or the delegation is not in "
               "force%s\n",
               etalon_output_colour(output, RED), etalon_output_colour(output, PLAIN));
    if (!any_drop(r->drops)) return;
    printf("              dropped: ");
    etalon_view_drops_print(r->drops);
    putchar('\n');
}

static void print_ledger(const struct etalon_view *view, const struct etalon_output *output) {
    const struct message_ledger *l = &view->ledger;
    char age[TEXT_BYTES];
    if (!view->has_ledger) return;
    printf("ledger        %" PRIu64 " entries, %" PRIu64 " in the checkpoint", l->entries,
           l->published);
    if (l->published_at.ns != 0)
        printf(" of %s ago", text_age(mono_seconds(view->now, l->published_at), age));
    if (l->cosigned != 0) printf(", %" PRIu64 " cosigned by witnesses", l->cosigned);
    putchar('\n');
    if (l->failing)
        printf("              %sthe disk refuses: what would move time waits%s\n",
               etalon_output_colour(output, RED), etalon_output_colour(output, PLAIN));
    if (l->lost != 0)
        printf("              %s%" PRIu64 " records were lost%s\n",
               etalon_output_colour(output, RED), l->lost, etalon_output_colour(output, PLAIN));
}

static void print_processes(const struct etalon_view *view, const struct etalon_output *output) {
    static struct etalon_table table;
    if (view->process_count == 0) return;
    etalon_table_head(&table, "job|>pid|>restarts|sandbox");
    for (size_t i = 0; i < view->process_count; i++) {
        const struct message_process *process = &view->process[i];
        char name[32], sandbox[sizeof process->sandbox];
        etalon_table_row(&table, process->pid ? PLAIN : RED);
        etalon_table_cell(&table, 0, "%s", job_name(process, name));
        etalon_table_cell(&table, 1, process->pid ? "%d" : "-", (int)process->pid);
        etalon_table_cell(&table, 2, "%u", (unsigned)process->restarts);
        etalon_table_cell(&table, 3, "%s",
                          etalon_output_clean(process->sandbox, sandbox, sizeof sandbox));
    }
    putchar('\n');
    etalon_table_print(&table, output);
}

void etalon_status_print(const struct etalon_view *view, const struct etalon_output *output) {
    if (view->has_tracking) {
        print_head(view, output);
        print_time(view, output);
        print_reference(view);
        print_line(view, output);
        print_leap(view);
        print_kernel(view, output);
    } else {
        printf("the keeper has not reported yet\n");
    }
    print_served(view);
    print_roughtime(view, output);
    etalon_keys_print(view, output);
    print_ledger(view, output);
    print_processes(view, output);
}

static void time_json(const struct etalon_view *view, struct json *json) {
    const struct message_tracking *t = &view->tracking;
    const struct clock_state *clock = &t->clock;
    struct utc utc = clock_state_utc(clock, view->now);
    char text[TEXT_BYTES], name[ETALON_VIEW_NAME_BYTES];
    json_string(json, "utc", text_utc(utc, text));
    json_int(json, "utc_ns", utc.ns);
    json_double(json, "bound_s", line_radius(&clock->line, view->now));
    json_double(json, "bound_max_s", clock->bound_max_s);
    json_double(json, "age_s",
                s_from_ns(tai_diff(line_tai(&clock->line, view->now), clock->reference_time)));
    json_string(json, "reference_id", text_reference_id(clock->reference_id, clock->stratum, text));
    if (t->reference == UINT16_MAX)
        json_null(json, "reference");
    else
        json_string(json, "reference", etalon_view_name(view, t->reference, name));
    json_double(json, "root_delay_s", clock->root_delay_s);
    json_double(json, "root_dispersion_s", clock_state_dispersion(clock, view->now));
    json_uint(json, "leap", clock_state_leap(clock, view->now));
    json_int(json, "tai_utc_s", clock->tai_utc_s);
    json_bool(json, "leap_table_valid", t->leap_table_valid);
}

static void kernel_json(const struct etalon_view *view, struct json *json) {
    const struct message_tracking *t = &view->tracking;
    json_open_object(json, "kernel");
    json_bool(json, "steered", t->steers);
    json_double(json, "offset_s", t->kernel_offset_s);
    json_double(json, "frequency", t->kernel_frequency);
    json_uint(json, "steps_seen", t->kernel_steps_seen);
    if (t->kernel_steps_seen) {
        json_double(json, "step_last_s", t->kernel_step_last_s);
        json_double(json, "step_age_s", mono_seconds(view->now, t->kernel_step_at));
    }
    json_close_object(json);
}

static void tracking_json(const struct etalon_view *view, struct json *json) {
    const struct message_tracking *t = &view->tracking;
    json_string(json, "mode", message_tracking_name((enum tracking_mode)t->mode));
    json_uint(json, "stratum", etalon_view_serves(view) ? t->clock.stratum : LIMIT_STRATUM + 1);
    json_uint(json, "sources", t->sources);
    json_uint(json, "selectable", t->selectable);
    json_uint(json, "agreeing", t->agreeing);
    json_double(json, "report_age_s", mono_seconds(view->now, t->now));
    if (t->clock.generation) time_json(view, json);
    json_double(json, "offset_s", t->offset_s);
    json_double(json, "jitter_s", t->jitter_s);
    json_double(json, "slew_rate", t->slew_rate);
    json_double(json, "frequency", t->clock.line.rate);
    json_double(json, "frequency_error", t->frequency_error);
    json_uint(json, "updates", t->updates);
    json_uint(json, "steps", t->steps);
    json_uint(json, "alarms", t->alarms);
    kernel_json(view, json);
}

static void served_json(const struct etalon_view *view, struct json *json) {
    struct message_serving sum = etalon_view_served(view);
    json_open_object(json, "requests");
    json_uint(json, "received", sum.received);
    json_uint(json, "replied", sum.replied);
    json_uint(json, "withdrawn", sum.withdrawn);
    etalon_view_drops_json(sum.drops, json);
    json_close_object(json);
}

static void roughtime_json(const struct etalon_view *view, struct json *json) {
    const struct message_roughtime *r = &view->roughtime;
    if (!view->has_roughtime) return;
    json_open_object(json, "roughtime");
    json_uint(json, "requests", r->requests);
    json_uint(json, "replies", r->replies);
    json_uint(json, "batches", r->batches);
    json_double(json, "batch_mean", mean_batch(r));
    json_uint(json, "greased", r->greased);
    json_uint(json, "connections", r->connections);
    json_uint(json, "connections_cut", r->connections_cut);
    json_int(json, "delegation_ends_utc_s", r->delegation_ends_utc_s);
    json_bool(json, "silent", r->silent);
    etalon_view_drops_json(r->drops, json);
    json_close_object(json);
}

static void ledger_json(const struct etalon_view *view, struct json *json) {
    const struct message_ledger *l = &view->ledger;
    if (!view->has_ledger) return;
    json_open_object(json, "ledger");
    json_uint(json, "entries", l->entries);
    json_uint(json, "published", l->published);
    json_double(json, "published_age_s", mono_seconds(view->now, l->published_at));
    json_uint(json, "cosigned", l->cosigned);
    json_uint(json, "pruned", l->pruned);
    json_uint(json, "lost", l->lost);
    json_bool(json, "failing", l->failing);
    json_close_object(json);
}

static void processes_json(const struct etalon_view *view, struct json *json) {
    json_open_array(json, "jobs");
    for (size_t i = 0; i < view->process_count; i++) {
        const struct message_process *process = &view->process[i];
        json_open_object(json, NULL);
        json_string(json, "job", message_job_name((enum job_id)process->job));
        json_uint(json, "instance", process->instance);
        json_int(json, "pid", process->pid);
        json_uint(json, "restarts", process->restarts);
        json_string(json, "sandbox", process->sandbox);
        json_close_object(json);
    }
    json_close_array(json);
}

void etalon_status_json(const struct etalon_view *view, struct json *json, const char *key) {
    json_open_object(json, key);
    json_bool(json, "serves", etalon_view_serves(view));
    if (view->has_tracking) tracking_json(view, json);
    served_json(view, json);
    roughtime_json(view, json);
    etalon_keys_json(view, json);
    ledger_json(view, json);
    processes_json(view, json);
    json_close_object(json);
}

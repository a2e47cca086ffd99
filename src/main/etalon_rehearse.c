/* etalon rehearse. It reads the configuration, asks a running daemon (on its local socket, nobody
 * else) what it measures, and simulates. */
#include "main/etalon_rehearse.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/parse.h"
#include "crypto/hash.h"
#include "main/etalon_rehearse_html.h"
#include "main/etalon_rehearse_json.h"
#include "main/etalon_rehearse_plan.h"
#include "main/etalon_rehearse_text.h"
#include "main/etalon_rehearse_words.h"
#include "main/etalon_view.h"
#include "os/ask.h"
#include "os/storage.h"

#define CONFIG_FILE "/etc/etalon/etalon.conf"

enum { JOBS_MAX = 256, HOURS_MIN = 10, HOURS_MAX = 168, HOURS_DEFAULT = 24, QUICK_HOURS = 10 };
static const double settle_s = 7200, daemon_wait_s = 1;

__attribute__((format(printf, 1, 2))) static bool refuse(const char *format, ...) {
    va_list values;
    va_start(values, format);
    fputs("etalon: rehearse: ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    va_end(values);
    return false;
}

static bool whole(const char *text, uint64_t low, uint64_t high, uint64_t *out) {
    char *end;
    errno = 0;
    if (*text < '0' || *text > '9') return false;
    *out = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0' && *out >= low && *out <= high;
}

static bool read_numbers(const struct etalon_arguments *arguments,
                         struct etalon_rehearse_report *report) {
    uint64_t seed = 1, hours = report->quick ? QUICK_HOURS : HOURS_DEFAULT, jobs = 0;
    if (arguments->seeds && !whole(arguments->seeds, 0, UINT64_MAX, &seed))
        return refuse("--seed: '%s' is not a whole number", arguments->seeds);
    if (arguments->hours && !whole(arguments->hours, HOURS_MIN, HOURS_MAX, &hours))
        return refuse("--hours: '%s' is not %d to %d: attacks last until the ninth hour",
                      arguments->hours, HOURS_MIN, HOURS_MAX);
    if (arguments->hours && report->quick)
        return refuse("--hours and --quick exclude each other: a quick run ends with its attack");
    if (arguments->jobs && !whole(arguments->jobs, 1, JOBS_MAX, &jobs))
        return refuse("--jobs: '%s' is not 1 to %d", arguments->jobs, JOBS_MAX);
    report->seed = seed;
    report->hours = (double)hours;
    report->jobs = (unsigned)jobs;
    return true;
}

static bool is_asked_for(const char *names, const char *name) {
    size_t length = strlen(name);
    for (; names; names = strchr(names, ',') ? strchr(names, ',') + 1 : NULL)
        if (strncmp(names, name, length) == 0 && (names[length] == ',' || names[length] == '\0'))
            return true;
    return false;
}

/* The first of the names that is no attack, or NULL. */
static const char *unknown_name(const char *names, const struct attack *attacks, size_t count,
                                size_t *length) {
    for (; names; names = strchr(names, ',') ? strchr(names, ',') + 1 : NULL) {
        bool known = false;
        *length = strcspn(names, ",");
        for (size_t i = 0; i < count; i++)
            known |= strlen(attacks[i].scenario.name) == *length &&
                     strncmp(names, attacks[i].scenario.name, *length) == 0;
        if (!known) return names;
    }
    return NULL;
}

static bool read_attacks(const char *names, struct attack *attacks, size_t *count) {
    struct config_error error;
    size_t length = 0, kept = 0;
    *count = attack_count();
    if (*count > ATTACK_MAX) return refuse("more than %d attacks", ATTACK_MAX);
    for (size_t i = 0; i < *count; i++)
        if (!attack_load(i, &attacks[i], &error))
            return refuse("%s:%u: %s", error.place.file, (unsigned)error.place.line, error.text);
    const char *unknown = unknown_name(names, attacks, *count, &length);
    if (unknown)
        return refuse("there is no attack '%.*s'; --list shows them", (int)length, unknown);
    for (size_t i = 0; i < *count; i++)
        if (!names || is_asked_for(names, attacks[i].scenario.name)) attacks[kept++] = attacks[i];
    *count = kept;
    return true;
}

/* Where none runs, or one of another configuration, figures are assumed, and the report says so. */
static bool ask_daemon(struct subject *subject) {
    static struct etalon_view view;
    char why[ASK_WHY_BYTES];
    bool any = false;
    const char *socket = subject->config.status_socket;
    if (!socket[0] || etalon_view_try(socket, daemon_wait_s, &view, why) != ERR_OK) return false;
    for (size_t i = 0; i < ETALON_VIEW_SOURCES; i++)
        if (view.has_association[i] && view.has_verdict[i])
            any |= subject_measured(subject, &view.association[i], &view.verdict[i]);
    if (any && view.has_tracking) subject_oscillator(subject, &view.tracking);
    return any;
}

static bool read_subject(const char *file, struct subject *subject) {
    static struct config config;
    static struct config_error error;
    config_default(&config);
    if (parse_file(file, &storage_config_loader, &config, &error) != ERR_OK) {
        fprintf(stderr, "etalon: %s:%u:%u: %s\n", error.place.file, (unsigned)error.place.line,
                (unsigned)error.place.column, error.text);
        return false;
    }
    subject_init(subject, &config);
    if (config.source_count == 0)
        return refuse("%s configures no source: there is nothing to be attacked", file);
    return true;
}

static void hash_subject(const struct subject *subject, char out[ETALON_REHEARSE_HASH_BYTES]) {
    static struct directives directives;
    uint8_t digest[HASH_SHA256_BYTES];
    directives_of(subject, &directives);
    static char text[sizeof directives.lines];
    size_t length = 0;
    for (size_t i = 0; i < directives.count; i++)
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "%s\n", directives.lines[i]);
    hash_sha256(&(struct hash_piece){text, length}, 1, digest);
    for (size_t i = 0; i < sizeof digest; i++) snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static enum etalon_exit show(const struct etalon_arguments *arguments,
                             const struct etalon_output *output,
                             const struct etalon_rehearse_report *report) {
    bool right = true;
    if (arguments->json)
        right = etalon_rehearse_json(report);
    else
        etalon_rehearse_text(report, output);
    if (output->terminal && !arguments->json) printf("  (it took %.0f s)\n", report->wall_s);
    if (arguments->html) right &= etalon_rehearse_html(report, arguments->html);
    if (!right) return ETALON_FAILED;
    if (etalon_rehearse_report_has_findings(report)) return ETALON_NOT_SYNCHRONISED;
    return report->interrupted ? ETALON_PARTLY : ETALON_FINE;
}

enum etalon_exit etalon_rehearse(const struct etalon_arguments *arguments,
                                 const struct etalon_output *output) {
    static struct attack attacks[ATTACK_MAX];
    struct etalon_rehearse_report report = {
        .file = arguments->config ? arguments->config : CONFIG_FILE,
        .version = ETALON_VERSION,
        .quick = arguments->quick,
        .settle_s = settle_s,
        .attacks = attacks,
    };
    if (!read_numbers(arguments, &report) ||
        !read_attacks(arguments->attacks, attacks, &report.attack_count))
        return ETALON_USAGE;
    if (arguments->list_attacks) {
        if (arguments->json)
            return etalon_rehearse_json_list(&report) ? ETALON_FINE : ETALON_FAILED;
        etalon_rehearse_text_list(attacks, report.attack_count, output);
        return ETALON_FINE;
    }
    report.variants = calloc(ETALON_REHEARSE_VARIANTS, sizeof *report.variants);
    if (!report.variants) return refuse("not enough memory"), ETALON_FAILED;
    enum etalon_exit code = ETALON_USAGE;
    if (read_subject(report.file, &report.variants[0].subject)) {
        report.variant_count = 1;
        hash_subject(&report.variants[0].subject, report.hash);
        report.measured = ask_daemon(&report.variants[0].subject);
        code = etalon_rehearse_plan(&report) ? show(arguments, output, &report) : ETALON_FAILED;
    }
    free(report.variants);
    return code;
}

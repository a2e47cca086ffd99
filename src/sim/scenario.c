/* The world where a scenario says nothing: a plain crystal, ordinary servers on a quiet WAN. */
#include "sim/scenario.h"

/* 1e-9 at one second, wandering some 6e-9 in an hour. */
static const struct oscillator_model crystal = {
    .offset = 5e-6, .white_fm = 1e-9, .walk_fm = 1e-10, .ageing = 1e-9};
static const struct path_model wan = {.forward_s = 10e-3, .backward_s = 10e-3, .jitter_s = 1e-3};
static const struct remote_model good_server = {
    .stratum = 1, .error_s = 50e-6, .root_dispersion = 100e-6, .service_s = 30e-6};
static const double duration_s = 4 * 3600, sample_s = 1, probe_s = 16;
static const int64_t plain_day_utc_s = INT64_C(1788264000); /* 2026-09-01 12:00 */

static double or_else(double value, double fallback) {
    return value > 0 ? value : fallback;
}

struct scenario scenario_complete(const struct scenario *scenario) {
    struct scenario full = *scenario;
    if (full.server_options == NULL) full.server_options = "iburst";
    if (full.config == NULL) full.config = "";
    if (full.oscillator == NULL) full.oscillator = &crystal;
    if (full.path == NULL) full.path = &wan;
    if (full.remote == NULL) full.remote = &good_server;
    if (full.start_utc_s == 0) full.start_utc_s = plain_day_utc_s;
    full.duration_s = or_else(full.duration_s, duration_s);
    full.sample_s = or_else(full.sample_s, sample_s);
    full.probe_s = or_else(full.probe_s, probe_s);
    return full;
}

/* The built-in defaults. Invariant: they equal the "fallback" texts of the option table; the unit
 * test of config/option parses those and compares.
 *
 * max_clock_error is PHI of RFC 5905 (15 ppm), not chrony's 1 ppm: it is the rate at which the
 * radius grows while no source is heard, and a bare crystal in a warm case does change by more
 * than 1 ppm. A smaller value is a promise about the hardware that only its owner can make.
 * The bound of local is below max_bound_s, because what is served adds the growth since then. */
#include "config/config.h"

#include <stdio.h>
#include <string.h>

#define PPM 1e-6

void config_default(struct config *config) {
    memset(config, 0, sizeof *config); /* also between the members: configurations get compared */
    config->local.stratum = 10;
    config->local.distance_s = 1.0;
    config->local.bound_s = 0.5;
    config->port = 123;
    config->server_jobs = 1;
    config->max_slew_rate = 500 * PPM;
    config->max_distance_s = 3.0;
    config->max_clock_error = 15 * PPM;
    config->max_drift = 500 * PPM;
    config->max_bound_s = 1.0;
    config->min_sources = 1;
    config->nts.port = 4460;
    config->nts.connections_max = 100;
    config->nts.rotate_s = 604800;
    config->nts.refresh_s = 2419200;
    config->roughtime_port = 5319;
    snprintf(config->status_socket, sizeof config->status_socket, "/run/etalon/status.sock");
}

/* What one exchange says of the server's clock against this host's, and how sure that is. */
#pragma once

#include <stdbool.h>

#include "os/ask.h"

/* Differences are server minus this host's CLOCK_REALTIME. */
struct etalon_measure {
    bool has_offset; /* the server wrote its two timestamps */
    bool has_bound;  /* and vouches for them */
    double offset_s, delay_s;
    double bound_s; /* the sum of all below */
    double half_delay_s, half_root_delay_s, root_dispersion_s, precision_s, stamps_s, drift_s;
    bool host_inside; /* this host's clock lies in the interval offset +- bound */
    struct utc reference, receive, transmit; /* the header's timestamps; 0 ns if not set */
};

void etalon_measure_from(const struct ask_answer *answer, struct etalon_measure *out);

/* A network path between a host and one remote server: delay each way, with a floor, a jitter
 * on top (exponential, so that datagrams overtake each other), loss, duplication, and an attacker
 * on the path who repeats what he saw. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sim/prng.h"

struct path_model {
    double forward_s, backward_s; /* floors: to the server, and back */
    double jitter_s;              /* mean of what comes on top, each way */
    double loss;                  /* probability, each way */
    double duplicate;             /* probability that a datagram arrives twice */
    bool replays;                 /* each request is answered by the reply to an earlier one, too */
    bool reflects;                /* each request is sent back to where it came from, too */
};

struct path {
    struct path_model model;
    struct prng draws;
    uint64_t carried, lost, duplicated;
};

enum path_direction { PATH_FORWARD, PATH_BACKWARD };
enum { PATH_COPIES_MAX = 2 };

void path_init(struct path *path, const struct path_model *model, struct prng draws);
/* How one datagram fares: returns the number of copies that arrive (0..2) and their delays. */
int path_carry(struct path *path, enum path_direction direction, int64_t delay_ns[PATH_COPIES_MAX]);

/* A network path between a host and one remote server: delay each way with a floor, a jitter on
 * top, loss, duplication, reordering, changes of route; and what a scenario adds to it.
 *
 * Jitter: exponential; gamma (a sum of `shape` exponentials); bimodal (a share of the datagrams
 * takes a second, longer way); bursty (a queue that is full for a while: neighbours share its
 * fate); Gaussian around the floor, as stamps of hardware have it. Datagrams overtake each other.
 * Every draw is made whatever becomes of the datagram, so that a change of one probability leaves
 * the delays of the others in place. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/times.h"
#include "sim/prng.h"

enum path_jitter {
    PATH_JITTER_EXPONENTIAL,
    PATH_JITTER_GAMMA,
    PATH_JITTER_BIMODAL,
    PATH_JITTER_BURSTY,
    PATH_JITTER_GAUSSIAN,
};

struct path_model {
    double forward_s, backward_s; /* floors: to the server, and back */
    double spread;                /* the floors of this path are scaled by 1 +- that, drawn once */
    enum path_jitter jitter;
    double jitter_s;  /* mean of what comes on top, each way; sigma if Gaussian */
    double shape;     /* gamma: exponentials in the sum */
    double second_s;  /* bimodal: the longer way; bursty: mean while the queue is full */
    double share;     /* bimodal: of the datagrams; bursty: of the time */
    double burst_s;   /* bursty: mean time that the queue stays full */
    double loss;      /* probability, each way */
    double duplicate; /* probability that a datagram arrives twice */
    double reorder;   /* probability that it is held back, ... */
    double hold_s;    /* ... by up to that */
    double route_s, route_every_s; /* so often on average the floors change by up to so much */
};

enum path_direction { PATH_FORWARD, PATH_BACKWARD, PATH_DIRECTIONS };
enum { PATH_COPIES_MAX = 2 };

/* One way of the path. */
struct path_way {
    double added_s;       /* by the scenario */
    double ramp;          /* s/s, ... */
    struct tai ramp_from; /* ... since then */
    double loss_added;    /* beside the model's */
    double route_s;       /* of the present route */
    bool full;            /* the queue, until ... */
    struct tai queue_until;
};

struct path {
    struct path_model model;
    double scale; /* of the floors */
    struct path_way ways[PATH_DIRECTIONS];
    struct tai route_until;
    struct prng draws, weather; /* weather: queues and routes */
    uint64_t carried, lost, duplicated, routes;
};

/* length: draws the scale; weather: queues and routes. */
void path_init(struct path *path, const struct path_model *model, struct prng draws,
               struct prng weather, struct tai now);
/* How one datagram that enters at now fares: returns the number of copies that arrive (0..2) and
 * their delays. now never goes back. */
int path_carry(struct path *path, enum path_direction direction, struct tai now,
               int64_t delay_ns[PATH_COPIES_MAX]);
/* The least delay at now. */
double path_floor_s(const struct path *path, enum path_direction direction, struct tai now);

/* See the header. */
#include "sim/path.h"

#include <math.h>

static const double floor_least_s = 1e-6; /* no datagram is faster, whatever is taken away */

void path_init(struct path *path, const struct path_model *model, struct prng draws,
               struct prng weather, struct tai now) {
    *path = (struct path){.model = *model, .draws = draws, .weather = weather};
    path->scale = prng_uniform(&path->weather, 1 - model->spread, 1 + model->spread);
    path->route_until = now;
    for (int i = 0; i < PATH_DIRECTIONS; i++) path->ways[i].queue_until = now;
}

double path_floor_s(const struct path *path, enum path_direction direction, struct tai now) {
    const struct path_way *way = &path->ways[direction];
    const struct path_model *model = &path->model;
    double floor_s = direction == PATH_FORWARD ? model->forward_s : model->backward_s;
    floor_s = floor_s * path->scale + way->route_s + way->added_s;
    if (way->ramp != 0) floor_s += way->ramp * s_from_ns(tai_diff(now, way->ramp_from));
    return fmax(floor_s, floor_least_s);
}

/* The route is one until it changes; the first one is the model's. */
static void change_routes(struct path *path, struct tai now) {
    const struct path_model *model = &path->model;
    if (model->route_every_s <= 0) return;
    while (tai_diff(now, path->route_until) >= 0) {
        double lasts_s = prng_exponential(&path->weather, model->route_every_s);
        path->route_until = tai_add(path->route_until, ns_from_s(lasts_s) + 1);
        for (int i = 0; i < PATH_DIRECTIONS; i++) {
            double route_s = prng_uniform(&path->weather, 0, model->route_s);
            path->ways[i].route_s = path->routes == 0 ? 0 : route_s;
        }
        path->routes++;
    }
}

/* Full and free times follow each other, both exponential. */
static bool is_full(struct path *path, struct path_way *way, struct tai now) {
    const struct path_model *model = &path->model;
    while (tai_diff(now, way->queue_until) >= 0) {
        double free_s = model->burst_s * (1 / model->share - 1);
        way->full = !way->full;
        double lasts_s = prng_exponential(&path->weather, way->full ? model->burst_s : free_s);
        way->queue_until = tai_add(way->queue_until, ns_from_s(lasts_s) + 1);
    }
    return way->full;
}

static double draw_jitter(struct path *path, struct path_way *way, struct tai now) {
    const struct path_model *model = &path->model;
    struct prng *draws = &path->draws;
    double jitter_s = 0;
    bool longer;
    switch (model->jitter) {
    case PATH_JITTER_GAMMA:
        for (int i = 0; i < (int)model->shape; i++)
            jitter_s += prng_exponential(draws, model->jitter_s / model->shape);
        return jitter_s;
    case PATH_JITTER_BIMODAL:
        longer = prng_chance(draws, model->share);
        return (longer ? model->second_s : 0) + prng_exponential(draws, model->jitter_s);
    case PATH_JITTER_BURSTY:
        longer = model->share > 0 && is_full(path, way, now);
        return prng_exponential(draws, longer ? model->second_s : model->jitter_s);
    case PATH_JITTER_GAUSSIAN:
        return model->jitter_s * prng_normal(draws);
    case PATH_JITTER_EXPONENTIAL:
        break;
    }
    return prng_exponential(draws, model->jitter_s);
}

int path_carry(struct path *path, enum path_direction direction, struct tai now,
               int64_t delay_ns[PATH_COPIES_MAX]) {
    const struct path_model *model = &path->model;
    struct path_way *way = &path->ways[direction];
    bool lost = prng_chance(&path->draws, fmin(1, model->loss + way->loss_added));
    bool twice = prng_chance(&path->draws, model->duplicate);
    change_routes(path, now);
    double floor_s = path_floor_s(path, direction, now);
    for (int i = 0; i < PATH_COPIES_MAX; i++) {
        double delay_s = floor_s + draw_jitter(path, way, now);
        if (model->reorder > 0 && prng_chance(&path->draws, model->reorder))
            delay_s += prng_uniform(&path->draws, 0, model->hold_s);
        delay_ns[i] = ns_from_s(fmax(delay_s, floor_least_s));
    }
    path->carried++;
    path->lost += lost;
    path->duplicated += twice && !lost;
    return lost ? 0 : twice ? 2 : 1;
}

/* See the header. The same number of draws is made whatever becomes of the datagram, so that a
 * change of one probability leaves the delays of the others in place. */
#include "sim/path.h"

#include "base/times.h"

void path_init(struct path *path, const struct path_model *model, struct prng draws) {
    *path = (struct path){.model = *model, .draws = draws};
}

static int64_t draw_delay(struct path *path, enum path_direction direction) {
    const struct path_model *model = &path->model;
    double floor_s = direction == PATH_FORWARD ? model->forward_s : model->backward_s;
    return ns_from_s(floor_s + prng_exponential(&path->draws, model->jitter_s));
}

int path_carry(struct path *path, enum path_direction direction,
               int64_t delay_ns[PATH_COPIES_MAX]) {
    bool lost = prng_chance(&path->draws, path->model.loss);
    bool twice = prng_chance(&path->draws, path->model.duplicate);
    for (int i = 0; i < PATH_COPIES_MAX; i++) delay_ns[i] = draw_delay(path, direction);
    path->carried++;
    path->lost += lost;
    path->duplicated += twice && !lost;
    return lost ? 0 : twice ? 2 : 1;
}

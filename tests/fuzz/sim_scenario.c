/* Any text as a scenario. Invariants: refusal leaves the result alone and has a place inside the
 * text; what is accepted has every number within what the world can take, and can be created. */
#include <math.h>
#include <string.h>

#include "base/check.h"
#include "sim/world.h"

static void check_path(const struct path_model *path) {
    CHECK(path->forward_s >= 0 && path->backward_s >= 0 && path->jitter_s >= 0);
    CHECK(path->loss >= 0 && path->loss <= 1 && path->duplicate >= 0 && path->duplicate <= 1);
    CHECK(path->reorder >= 0 && path->reorder <= 1 && path->spread >= 0 && path->spread < 1);
    CHECK(path->shape >= 1 && path->shape <= 32);
    CHECK(path->jitter != PATH_JITTER_BURSTY || (path->burst_s > 0 && path->share > 0));
}

static void check_action(const struct scenario *scenario, const struct action *action) {
    CHECK(action->at_s >= 0 && action->at_s <= scenario->duration_s);
    CHECK(action->until_s == 0 || action->until_s > action->at_s);
    CHECK(action->until_s <= scenario->duration_s);
    CHECK(selector_needs(&action->who) <= scenario->setting.sources);
    CHECK(action->node < scenario->setting.nodes);
    CHECK(isfinite(action->value) && isfinite(action->more));
    CHECK(memchr(action->text, '\0', sizeof action->text));
}

/* As the world wants it; nothing is run, as that may take long. */
static void check_scenario(const struct scenario *scenario) {
    struct config_error error;
    CHECK(scenario->about[0] && scenario->setting.sources >= 1);
    CHECK(scenario->setting.sources <= LIMIT_SOURCES && scenario->duration_s > 0);
    CHECK(scenario->setting.nodes >= 1 && scenario->setting.nodes <= SETTING_NODES_MAX);
    for (uint32_t i = 0; i < scenario->action_count; i++)
        check_action(scenario, &scenario->actions[i]);
    for (uint32_t i = 0; i < LIMIT_SOURCES; i++) check_path(&scenario->setting.paths[i]);
    struct world *world = world_create(scenario, NULL, 1, &error);
    CHECK(world != NULL);
    world_destroy(world);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static struct scenario scenario, untouched;
    struct config_error error;
    memset(&scenario, 0x5a, sizeof scenario);
    memset(&untouched, 0x5a, sizeof untouched);
    if (scenario_parse("fuzz.scenario", (const char *)bytes, length, &scenario, &error) == ERR_OK) {
        check_scenario(&scenario);
        return 0;
    }
    CHECK(memcmp(&scenario, &untouched, sizeof scenario) == 0);
    CHECK(error.place.line >= 1 && error.place.column >= 1 && error.text[0]);
    return 0;
}

/* See the header. */
#include "sim/scenario.h"

#include <string.h>

#include "base/check.h"

const char *scenario_needs_name(enum scenario_needs needs) {
    static const char *const names[SCENARIO_NEEDS_COUNT] = {
        [SCENARIO_NEEDS_NONE] = "none",       [SCENARIO_NEEDS_OFF_PATH] = "off-path",
        [SCENARIO_NEEDS_ON_PATH] = "on-path", [SCENARIO_NEEDS_SERVER] = "server",
        [SCENARIO_NEEDS_HOST] = "host",       [SCENARIO_NEEDS_RESOLVER] = "resolver",
        [SCENARIO_NEEDS_GNSS] = "gnss",       [SCENARIO_NEEDS_OPERATOR] = "operator",
    };
    return names[needs];
}

void scenario_default(struct scenario *scenario) {
    memset(scenario, 0, sizeof *scenario);
    scenario->duration_s = 4 * 3600;
    scenario->sample_s = 1;
    scenario->probe_s = 16;
    setting_default(&scenario->setting);
}

void scenario_expect_nothing(struct scenario *scenario) {
    scenario->expect = (struct expectation){.may_withdraw = true, .may_be_either = UINT64_MAX};
}

void scenario_add(struct scenario *scenario, const struct action *action) {
    CHECK(scenario->action_count < SCENARIO_ACTIONS_MAX);
    scenario->actions[scenario->action_count++] = *action;
}

/* See the header. Invariant: whom an attack hits follows from the subject alone, so the same attack
 * hits others when the subject changes, and is the same attack nevertheless. */
#include "sim/attack.h"

#include <math.h>
#include <string.h>

#include "base/check.h"
#include "sim/catalogue.h"

static const char group[] = "attacks";
static const double daemon_sample_s = 15;
static const double receiver_s = 1e-6; /* how well one keeps the host clock */

static bool is_attack(const struct catalogue_entry *entry) {
    return strcmp(entry->group, group) == 0;
}

size_t attack_count(void) {
    size_t count = 0;
    for (size_t i = 0; i < catalogue_count; i++) count += is_attack(&catalogue_entries[i]);
    return count;
}

static const struct catalogue_entry *entry_of(size_t index) {
    for (size_t i = 0; i < catalogue_count; i++)
        if (is_attack(&catalogue_entries[i]) && index-- == 0) return &catalogue_entries[i];
    return NULL;
}

static void find_times(struct attack *attack) {
    const struct scenario *scenario = &attack->scenario;
    attack->begin_s = scenario->duration_s;
    attack->end_s = 0;
    for (uint32_t i = 0; i < scenario->action_count; i++) {
        const struct action *action = &scenario->actions[i];
        attack->begin_s = fmin(attack->begin_s, action->at_s);
        attack->end_s = fmax(attack->end_s, fmax(action->at_s, action->until_s));
    }
}

bool attack_load(size_t index, struct attack *out, struct config_error *error) {
    const struct catalogue_entry *entry = entry_of(index);
    CHECK(entry != NULL);
    if (scenario_parse(entry->name, entry->text, entry->length, &out->scenario, error) != ERR_OK)
        return false;
    find_times(out);
    return true;
}

/* The servers that the attacker's choice means for this subject. */
static uint64_t mask_of(const struct selector *selector, const struct subject *subject) {
    uint32_t voters = (uint32_t)__builtin_popcountll(subject_voters(subject));
    switch (selector->kind) {
    case SELECTOR_FIRST:
        return subject_share(subject, selector->count);
    case SELECTOR_MINORITY:
        return subject_share(subject, voters > 0 ? (voters - 1) / 2 : 0);
    case SELECTOR_HALF:
        return subject_share(subject, (voters + 1) / 2);
    case SELECTOR_MAJORITY:
        return subject_share(subject, voters / 2 + 1);
    case SELECTOR_OPERATOR:
        return subject_largest_operator(subject);
    case SELECTOR_AUTHENTICATED:
        return subject->authenticated;
    case SELECTOR_UNAUTHENTICATED:
        return subject_all(subject) & ~subject->authenticated;
    case SELECTOR_LIST:
        return selector->mask & subject_all(subject);
    default:
        return subject_all(subject);
    }
}

static void lay_paths(const struct subject *subject, struct setting *setting) {
    for (uint32_t i = 0; i < subject->config.source_count; i++) {
        const struct subject_path *path = &subject->paths[i];
        setting->paths[i].forward_s = setting->paths[i].backward_s = path->delay_s / 2;
        setting->paths[i].spread = 0;
        setting->paths[i].jitter_s = path->jitter_s;
        setting->remotes[i].stratum = path->stratum > 0 ? path->stratum : 1;
        setting->remotes[i].root_delay_s = path->root_delay_s;
        setting->remotes[i].root_dispersion = path->root_dispersion_s;
        setting->remotes[i].error_s = (path->root_delay_s / 2 + path->root_dispersion_s) / 4;
    }
}

/* Servers and paths come first in the table of actions. */
static bool is_on_servers(enum action_kind kind) {
    return kind < ACTION_RESOLVER_POISON;
}

/* Whether the kernel's clock has a part in it: served time does not need it, and a keeper that
 * looks at it every half second takes its time to simulate. */
static bool is_on_machine(const struct attack *attack) {
    for (uint32_t i = 0; attack && i < attack->scenario.action_count; i++)
        if (attack->scenario.actions[i].kind >= ACTION_CLOCK_STEP) return true;
    return false;
}

void attack_world(const struct attack *attack, const struct subject *subject, double duration_s,
                  struct scenario *out) {
    scenario_default(out);
    struct setting *setting = &out->setting;
    if (attack) *out = attack->scenario;
    out->sample_s = daemon_sample_s;
    out->duration_s = duration_s;
    out->probe_s = duration_s;
    scenario_expect_nothing(out);
    setting->start_utc_s = INT64_C(1788292800); /* 2026-09-01 20:00: midnight is near */
    setting->sources = subject->config.source_count;
    setting->nodes = 1;
    setting->oscillator = subject->oscillator;
    setting->steers = !subject->referenced && is_on_machine(attack);
    setting->reference_s = subject->referenced ? receiver_s : 0;
    setting->record_s = subject->config.ledger.dir[0] != '\0' ? 5e-3 : 0;
    lay_paths(subject, setting);
    for (uint32_t i = 0; i < out->action_count; i++) {
        struct action *action = &out->actions[i];
        struct selector who = {.kind = SELECTOR_LIST, .mask = mask_of(&action->who, subject)};
        if (is_on_servers(action->kind)) action->who = who;
    }
}

static bool is_forgery(enum action_kind kind) {
    return kind == ACTION_PATH_REWRITE || kind == ACTION_PATH_REWRITE_DRIFT ||
           kind == ACTION_PATH_KISS || kind == ACTION_PATH_SPOOF || kind == ACTION_PATH_SPOOF_KISS;
}

uint64_t attack_hits(const struct attack *attack, const struct subject *subject) {
    uint64_t hits = 0;
    for (uint32_t i = 0; i < attack->scenario.action_count; i++) {
        const struct action *action = &attack->scenario.actions[i];
        uint64_t mask = 0;
        if (is_on_servers(action->kind)) mask = mask_of(&action->who, subject);
        if (action->kind == ACTION_RESOLVER_POISON) mask = subject->named;
        if (action->kind == ACTION_OPERATOR_OFFSET) mask = subject_all(subject);
        if (is_forgery(action->kind)) mask &= ~subject->authenticated;
        hits |= mask;
    }
    return hits;
}

const char *attack_needs_text(enum scenario_needs needs) {
    static const char *const texts[SCENARIO_NEEDS_COUNT] = {
        [SCENARIO_NEEDS_NONE] = "nobody: an accident",
        [SCENARIO_NEEDS_OFF_PATH] = "a machine anywhere that can forge source addresses",
        [SCENARIO_NEEDS_ON_PATH] = "a place on the network path: access point, router, route",
        [SCENARIO_NEEDS_SERVER] = "the time servers, by break-in or by running them",
        [SCENARIO_NEEDS_HOST] = "this machine, its hypervisor or its room",
        [SCENARIO_NEEDS_RESOLVER] = "what answers the look-ups of names",
        [SCENARIO_NEEDS_GNSS] = "the radio around receivers, or what feeds them",
        [SCENARIO_NEEDS_OPERATOR] = "an account that may change the configuration",
    };
    return texts[needs];
}

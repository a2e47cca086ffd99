/* See the header. Order of the candidates: from sources over voting to limits. */
#include "sim/change.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"

enum { REPLACEMENTS = 4, ADDED_MAX = 2, POLL_FAST = 4, POLL_MEDIUM = 6 };
static const double distance_s = 0.1, bound_s = 0.1, narrow_bound_s = 0.05;
static const double measured_clock_error = 1e-6;
static const double local_bound_s = 1e-3, step_threshold_s = 1, change_s = 1;
enum { STEP_UPDATES = 3, CHANGE_START = 10, CHANGE_IGNORE = 3 };

static uint64_t pools(const struct subject *subject) {
    uint64_t mask = 0;
    for (uint32_t i = 0; i < subject->config.source_count; i++)
        if (subject->config.sources[i].is_pool) mask |= UINT64_C(1) << i;
    return mask;
}

static uint32_t size_of(uint64_t mask) {
    return (uint32_t)__builtin_popcountll(mask);
}

static bool any_flag(const struct subject *subject, bool require) {
    for (uint32_t i = 0; i < subject->config.source_count; i++)
        if (require ? subject->config.sources[i].require : subject->config.sources[i].trust)
            return true;
    return false;
}

static int8_t highest_maxpoll(const struct subject *subject) {
    int8_t highest = LIMIT_POLL_MIN_LOG2S;
    for (uint32_t i = 0; i < subject->config.source_count; i++)
        if (subject->config.sources[i].maxpoll_log2s > highest)
            highest = subject->config.sources[i].maxpoll_log2s;
    return highest;
}

static void offer(struct change *out, size_t *count, bool sensible, struct change change) {
    if (!sensible) return;
    CHECK(*count < CHANGE_CANDIDATES_MAX);
    out[(*count)++] = change;
}

static void offer_sources(const struct subject *subject, struct change *out, size_t *count) {
    uint64_t in_pools = pools(subject), servers = subject_all(subject) & ~in_pools;
    uint32_t room = LIMIT_SOURCES - subject->config.source_count;
    for (uint32_t n = 1; n <= ADDED_MAX; n++) {
        offer(out, count, n <= room, (struct change){CHANGE_ADD, n, 0});
        offer(out, count, n <= room, (struct change){CHANGE_ADD_NTS, n, 0});
    }
    offer(out, count, (servers & ~subject->authenticated) != 0, (struct change){CHANGE_NTS, 0, 0});
    uint32_t left = size_of(subject_voters(subject) & ~in_pools) + REPLACEMENTS;
    bool fits = in_pools != 0 && room + size_of(in_pools) >= REPLACEMENTS &&
                subject->config.min_sources <= left;
    offer(out, count, fits, (struct change){CHANGE_REPLACE, REPLACEMENTS, 0});
    offer(out, count, fits, (struct change){CHANGE_REPLACE_NTS, REPLACEMENTS, 0});
    offer(out, count, (servers & subject->named & ~subject->authenticated) != 0,
          (struct change){CHANGE_PIN, 0, 0});
}

static void offer_votes(const struct subject *subject, struct change *out, size_t *count) {
    uint64_t voters = subject_voters(subject);
    bool mixed = (voters & subject->authenticated) != 0 && (voters & ~subject->authenticated) != 0;
    uint32_t majority = size_of(voters) / 2 + 1, now = subject->config.min_sources;
    offer(out, count, mixed && !any_flag(subject, false), (struct change){CHANGE_TRUST, 0, 0});
    offer(out, count, mixed && !any_flag(subject, true), (struct change){CHANGE_REQUIRE, 0, 0});
    offer(out, count, now < 2 && size_of(voters) >= 2, (struct change){CHANGE_MINSOURCES, 2, 0});
    offer(out, count, now < majority && majority > 2 && majority <= size_of(voters),
          (struct change){CHANGE_MINSOURCES, majority, 0});
}

static void offer_limits(const struct subject *subject, struct change *out, size_t *count) {
    const struct config *config = &subject->config;
    offer(out, count, config->max_distance_s > distance_s,
          (struct change){CHANGE_MAXDISTANCE, 0, distance_s});
    bool above_local = !config->local.enabled || config->local.bound_s < narrow_bound_s;
    offer(out, count, above_local && config->max_bound_s > bound_s,
          (struct change){CHANGE_MAXBOUND, 0, bound_s});
    offer(out, count, above_local && config->max_bound_s > narrow_bound_s,
          (struct change){CHANGE_MAXBOUND, 0, narrow_bound_s});
    offer(out, count, config->max_clock_error > measured_clock_error,
          (struct change){CHANGE_MAXCLOCKERROR, 0, measured_clock_error});
    offer(out, count, highest_maxpoll(subject) > POLL_MEDIUM,
          (struct change){CHANGE_POLL, POLL_MEDIUM, 0});
    offer(out, count, highest_maxpoll(subject) > POLL_FAST,
          (struct change){CHANGE_POLL, POLL_FAST, 0});
    offer(out, count, !config->local.enabled && config->max_bound_s > local_bound_s,
          (struct change){CHANGE_LOCAL, 0, local_bound_s});
    offer(out, count, config->makestep_threshold_s > 0 && config->makestep_limit < 0,
          (struct change){CHANGE_MAKESTEP, 0, 0});
    offer(out, count, !(config->max_change_s > 0), (struct change){CHANGE_MAXCHANGE, 0, change_s});
    offer(out, count, config->drift_file[0] == '\0', (struct change){CHANGE_DRIFTFILE, 0, 0});
}

size_t change_candidates(const struct subject *subject, struct change out[CHANGE_CANDIDATES_MAX]) {
    size_t count = 0;
    offer_sources(subject, out, &count);
    offer_votes(subject, out, &count);
    offer_limits(subject, out, &count);
    return count;
}

static void add(struct subject *subject, uint32_t number, bool nts) {
    for (uint32_t i = 0; i < number; i++) subject_add_source(subject, nts);
}

static void authenticate(struct subject *subject) {
    for (uint32_t i = 0; i < subject->config.source_count; i++) {
        if (subject->config.sources[i].is_pool) continue;
        subject->config.sources[i].nts = true;
        subject->config.sources[i].version = 4;
        subject->authenticated |= UINT64_C(1) << i;
    }
}

static void pin(struct subject *subject) {
    for (uint32_t i = 0; i < subject->config.source_count; i++)
        if (!subject->config.sources[i].is_pool && !subject->config.sources[i].nts)
            subject->named &= ~(UINT64_C(1) << i);
}

static void flag_authenticated(struct subject *subject, bool require) {
    for (uint32_t i = 0; i < subject->config.source_count; i++) {
        struct config_source *source = &subject->config.sources[i];
        if (!source->nts || source->noselect) continue;
        source->require |= require;
        source->trust |= !require;
    }
}

static void poll_at_most(struct subject *subject, int8_t maxpoll) {
    for (uint32_t i = 0; i < subject->config.source_count; i++) {
        struct config_source *source = &subject->config.sources[i];
        if (source->maxpoll_log2s > maxpoll) source->maxpoll_log2s = maxpoll;
        if (source->minpoll_log2s > maxpoll) source->minpoll_log2s = maxpoll;
    }
}

static void refer(struct subject *subject, double within_s) {
    subject->referenced = true;
    subject->config.local = (struct config_local){
        .enabled = true, .stratum = 1, .distance_s = within_s, .bound_s = within_s};
}

static void limit_change(struct config *config, double value_s) {
    config->max_change_s = value_s;
    config->max_change_start = CHANGE_START;
    config->max_change_ignore = CHANGE_IGNORE;
}

static void apply_limit(const struct change *change, struct subject *after) {
    struct config *config = &after->config;
    switch (change->kind) {
    case CHANGE_MINSOURCES:
        config->min_sources = change->number;
        break;
    case CHANGE_MAXDISTANCE:
        config->max_distance_s = change->value;
        break;
    case CHANGE_MAXBOUND:
        config->max_bound_s = change->value;
        break;
    case CHANGE_MAXCLOCKERROR:
        config->max_clock_error = change->value;
        break;
    case CHANGE_MAKESTEP:
        config->makestep_threshold_s = step_threshold_s;
        config->makestep_limit = STEP_UPDATES;
        break;
    case CHANGE_MAXCHANGE:
        limit_change(config, change->value);
        break;
    default:
        snprintf(config->drift_file, sizeof config->drift_file, "/var/lib/etalon/drift");
        break;
    }
}

void change_apply(const struct change *change, const struct subject *before,
                  struct subject *after) {
    *after = *before;
    switch (change->kind) {
    case CHANGE_ADD:
    case CHANGE_ADD_NTS:
        add(after, change->number, change->kind == CHANGE_ADD_NTS);
        break;
    case CHANGE_REPLACE:
    case CHANGE_REPLACE_NTS:
        subject_remove(after, pools(before));
        add(after, change->number, change->kind == CHANGE_REPLACE_NTS);
        break;
    case CHANGE_NTS:
        authenticate(after);
        break;
    case CHANGE_PIN:
        pin(after);
        break;
    case CHANGE_TRUST:
    case CHANGE_REQUIRE:
        flag_authenticated(after, change->kind == CHANGE_REQUIRE);
        break;
    case CHANGE_POLL:
        poll_at_most(after, (int8_t)change->number);
        break;
    case CHANGE_LOCAL:
        refer(after, change->value);
        break;
    default:
        apply_limit(change, after);
        break;
    }
}

struct change_row {
    const char *name, *title, *caution;
};

static const struct change_row rows[CHANGE_KINDS] = {
    [CHANGE_ADD] = {"add", "more sources of further operators", ""},
    [CHANGE_ADD_NTS] = {"add-nts", "more sources of further operators, with nts", ""},
    [CHANGE_NTS] = {"nts", "nts on every server",
                    "only where the server offers NTS: ask its operator, or try it with noselect"},
    [CHANGE_REPLACE] = {"replace-pool", "four servers of four operators in place of the pool", ""},
    [CHANGE_REPLACE_NTS] = {"replace-pool-nts",
                            "four servers of four operators in place of the pool, all with nts",
                            ""},
    [CHANGE_PIN] = {"pin", "addresses in place of the names of servers without nts",
                    "an address that its operator gives up has to be noticed by you"},
    [CHANGE_TRUST] = {"trust", "only sources with nts vote (trust)",
                      "the others are measured and do not count while a trusted one does"},
    [CHANGE_REQUIRE] = {"require", "a source with nts must agree (require)",
                        "without any of them there is no time"},
    [CHANGE_MINSOURCES] = {"minsources", "so many sources must agree",
                           "while fewer can be reached there is no time"},
    [CHANGE_MAXDISTANCE] = {"maxdistance", "sources farther from their root are refused", ""},
    [CHANGE_MAXBOUND] = {"maxbound", "time is withdrawn where it is known less well", ""},
    [CHANGE_MAXCLOCKERROR] = {"maxclockerror", "the oscillator is taken at its word",
                              "only if you have measured it over the temperatures that it sees"},
    [CHANGE_POLL] = {"maxpoll", "sources are asked more often",
                     "only where their operators agree to that many requests"},
    [CHANGE_LOCAL] = {"local", "a receiver of your own as local reference",
                      "a receiver must keep the host clock, and etalond run with -x; that it is "
                      "jammed or spoofed itself is not tried here"},
    [CHANGE_MAKESTEP] = {"makestep", "the clock is stepped in the first updates only", ""},
    [CHANGE_MAXCHANGE] = {"maxchange", "large corrections are refused",
                          "after three refusals time is withdrawn until a restart"},
    [CHANGE_DRIFTFILE] = {"driftfile", "the frequency is kept between runs", ""},
};

static bool has_number(const struct change *change) {
    return change->kind == CHANGE_ADD || change->kind == CHANGE_ADD_NTS ||
           change->kind == CHANGE_MINSOURCES || change->kind == CHANGE_POLL;
}

const char *change_title(const struct change *change, char out[CHANGE_REASON_BYTES]) {
    const char *title = rows[change->kind].title;
    bool adds = change->kind == CHANGE_ADD || change->kind == CHANGE_ADD_NTS;
    if (adds && change->number == 1)
        snprintf(out, CHANGE_REASON_BYTES, "one more source, of another operator%s",
                 change->kind == CHANGE_ADD_NTS ? ", with nts" : "");
    else if (adds)
        snprintf(out, CHANGE_REASON_BYTES, "%u %s", (unsigned)change->number, title);
    else if (change->kind == CHANGE_MINSOURCES)
        snprintf(out, CHANGE_REASON_BYTES, "%u sources must agree", (unsigned)change->number);
    else if (change->kind == CHANGE_POLL)
        snprintf(out, CHANGE_REASON_BYTES, "%s, every %u s at least", title, 1U << change->number);
    else
        snprintf(out, CHANGE_REASON_BYTES, "%s", title);
    return out;
}

const char *change_name(const struct change *change, char out[CHANGE_REASON_BYTES]) {
    const char *name = rows[change->kind].name;
    if (has_number(change))
        snprintf(out, CHANGE_REASON_BYTES, "%s-%u", name, (unsigned)change->number);
    else if (change->kind == CHANGE_MAXBOUND)
        snprintf(out, CHANGE_REASON_BYTES, "%s-%g", name, change->value);
    else
        snprintf(out, CHANGE_REASON_BYTES, "%s", name);
    return out;
}

const char *change_caution(const struct change *change) {
    return rows[change->kind].caution;
}

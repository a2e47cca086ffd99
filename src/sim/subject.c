/* See the header. */
#include "sim/subject.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"

/* Assumed where nothing is measured: a WAN, each source at another distance. */
static const double nearest_delay_s = 12e-3, farther_s = 4e-3, assumed_jitter_s = 1e-3;
static const double assumed_dispersion_s = 1e-3;
enum { DISTANCES = 5, ASSUMED_STRATUM = 2 };
/* An ordinary crystal: 1e-9 at one second, wandering some 6e-9 in an hour. */
static const struct oscillator_model crystal = {
    .offset = 5e-6, .white_fm = 1e-9, .walk_fm = 1e-10, .ageing = 1e-9};

static uint64_t bit(uint32_t source) {
    return UINT64_C(1) << source;
}

static struct subject_path assumed_path(uint32_t source) {
    return (struct subject_path){.delay_s = nearest_delay_s + farther_s * (source % DISTANCES),
                                 .jitter_s = assumed_jitter_s,
                                 .root_delay_s = assumed_dispersion_s,
                                 .root_dispersion_s = assumed_dispersion_s,
                                 .stratum = ASSUMED_STRATUM};
}

void subject_init(struct subject *subject, const struct config *config) {
    *subject = (struct subject){.config = *config, .oscillator = crystal};
    operators_find(config, &subject->operators);
    for (uint32_t i = 0; i < config->source_count; i++) {
        if (config->sources[i].addr.family == ADDR_NONE) subject->named |= bit(i);
        if (config->sources[i].nts) subject->authenticated |= bit(i);
        subject->paths[i] = assumed_path(i);
    }
}

bool subject_measured(struct subject *subject, const struct message_association *association,
                      const struct message_verdict *verdict) {
    for (uint32_t i = 0; i < subject->config.source_count; i++) {
        struct subject_path *path = &subject->paths[i];
        if (path->measured || strcasecmp(subject->config.sources[i].name, association->name) != 0)
            continue;
        if (verdict->samples == 0 || !(verdict->delay_s > 0) || !(verdict->jitter_s >= 0))
            return true;
        *path = (struct subject_path){.measured = true,
                                      .delay_s = verdict->delay_s,
                                      .jitter_s = verdict->jitter_s,
                                      .root_delay_s = verdict->root_delay_s,
                                      .root_dispersion_s = verdict->root_dispersion_s,
                                      .stratum = verdict->stratum};
        return true;
    }
    return false;
}

/* The line runs by its rate faster than the counter, so the counter is slow by as much. */
void subject_oscillator(struct subject *subject, const struct message_tracking *tracking) {
    if (tracking->mode != TRACKING_LOCKED || !(tracking->frequency_error > 0)) return;
    subject->oscillator.offset = -tracking->clock.line.rate;
    subject->oscillator_measured = true;
}

uint32_t subject_add_source(struct subject *subject, bool authenticated) {
    uint32_t index = subject->config.source_count;
    CHECK(index < LIMIT_SOURCES);
    struct config_source *source = &subject->config.sources[index];
    memset(source, 0, sizeof *source); /* also between the members: configurations get compared */
    *source = (struct config_source){.port = 123,
                                     .iburst = true,
                                     .nts = authenticated,
                                     .nts_port = 4460,
                                     .version = 4,
                                     .minpoll_log2s = 6,
                                     .maxpoll_log2s = 10};
    snprintf(source->name, sizeof source->name, "NEW-%u", (unsigned)++subject->added);
    subject->config.source_count++;
    subject->operators.of[index] = (uint8_t)subject->operators.count++;
    subject->named |= bit(index);
    if (authenticated) subject->authenticated |= bit(index);
    subject->paths[index] = assumed_path(index);
    return index;
}

static uint64_t move_up(uint64_t mask, uint64_t removed) {
    uint64_t left = 0;
    for (uint32_t from = 0, to = 0; from < LIMIT_SOURCES; from++) {
        if (removed & bit(from)) continue;
        if (mask & bit(from)) left |= bit(to);
        to++;
    }
    return left;
}

void subject_remove(struct subject *subject, uint64_t sources) {
    uint32_t to = 0;
    for (uint32_t from = 0; from < subject->config.source_count; from++) {
        if (sources & bit(from)) continue;
        subject->config.sources[to] = subject->config.sources[from];
        subject->operators.of[to] = subject->operators.of[from];
        subject->paths[to++] = subject->paths[from];
    }
    subject->config.source_count = to;
    subject->named = move_up(subject->named, sources);
    subject->authenticated = move_up(subject->authenticated, sources);
}

uint64_t subject_all(const struct subject *subject) {
    uint32_t count = subject->config.source_count;
    return count >= LIMIT_SOURCES ? UINT64_MAX : bit(count) - 1;
}

uint64_t subject_voters(const struct subject *subject) {
    uint64_t voters = 0, trusted = 0;
    for (uint32_t i = 0; i < subject->config.source_count; i++) {
        const struct config_source *source = &subject->config.sources[i];
        if (source->noselect) continue;
        voters |= bit(i);
        if (source->trust) trusted |= bit(i);
    }
    return trusted != 0 ? trusted : voters;
}

static uint64_t of_operator(const struct subject *subject, uint32_t operator) {
    return operators_members(&subject->operators, subject->config.source_count, operator);
}

/* Of the sources that are left, those of the operator that has the most of them. */
static uint64_t largest_of(const struct subject *subject, uint64_t left) {
    uint64_t largest = 0;
    for (uint32_t i = 0; i < subject->operators.count; i++) {
        uint64_t members = left & of_operator(subject, i);
        if (__builtin_popcountll(members) > __builtin_popcountll(largest)) largest = members;
    }
    return largest;
}

uint64_t subject_share(const struct subject *subject, uint32_t count) {
    uint64_t left = subject_voters(subject), taken = 0;
    while (count > 0 && left != 0) {
        for (uint64_t members = largest_of(subject, left); members != 0 && count > 0; count--) {
            uint64_t source = members & -members;
            taken |= source;
            left &= ~source;
            members &= ~source;
        }
    }
    return taken;
}

uint64_t subject_largest_operator(const struct subject *subject) {
    return largest_of(subject, subject_all(subject));
}

uint32_t subject_operators_of(const struct subject *subject, uint64_t sources) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < subject->operators.count; i++)
        count += (of_operator(subject, i) & sources) != 0;
    return count;
}

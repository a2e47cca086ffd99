/* See the header. Names and orders are those of etalon.conf(5). */
#include "sim/directives.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"

static char *next_line(struct directives *out) {
    CHECK(out->count < DIRECTIVES_MAX);
    return out->lines[out->count++];
}

__attribute__((format(printf, 2, 3))) static void put(char *line, const char *format, ...) {
    size_t length = strlen(line);
    va_list values;
    va_start(values, format);
    vsnprintf(line + length, DIRECTIVES_LINE_BYTES - length, format, values);
    va_end(values);
}

static void put_flag(char *line, bool is_set, const char *name) {
    if (is_set) put(line, " %s", name);
}

static uint32_t members_of(const struct config *config, uint32_t first) {
    uint32_t count = 1;
    const struct config_source *source = &config->sources[first];
    while (source->is_pool && first + count < config->source_count &&
           config->sources[first + count].is_pool &&
           config->sources[first + count].pool_member == count)
        count++;
    return count;
}

/* A pinned source still has its name here, and is no longer found by it. */
static void put_name(const struct subject *subject, uint32_t index, char *line) {
    const struct config_source *source = &subject->config.sources[index];
    bool pinned = source->addr.family == ADDR_NONE && !(subject->named >> index & 1);
    put(line, pinned ? "server ADDRESS-OF-%s" : "server %s", source->name);
}

static void put_source(const struct subject *subject, uint32_t index, uint32_t members,
                       char *line) {
    const struct config_source *source = &subject->config.sources[index];
    line[0] = '\0';
    if (source->is_pool)
        put(line, "pool %s", source->name);
    else
        put_name(subject, index, line);
    if (source->is_pool && members != LIMIT_POOL_SOURCES_DEFAULT)
        put(line, " maxsources %u", (unsigned)members);
    put_flag(line, source->iburst, "iburst");
    if (source->minpoll_log2s != 6) put(line, " minpoll %d", source->minpoll_log2s);
    if (source->maxpoll_log2s != 10) put(line, " maxpoll %d", source->maxpoll_log2s);
    put_flag(line, source->nts, "nts");
    put_flag(line, source->trust, "trust");
    put_flag(line, source->require, "require");
    put_flag(line, source->prefer, "prefer");
    put_flag(line, source->noselect, "noselect");
    if (source->port != 123) put(line, " port %u", (unsigned)source->port);
    if (source->version != 4) put(line, " version %u", (unsigned)source->version);
    if (source->offset_s != 0) put(line, " offset %g", source->offset_s);
}

__attribute__((format(printf, 3, 4))) static void single(struct directives *out, bool differs,
                                                         const char *format, ...) {
    if (!differs) return;
    va_list values;
    va_start(values, format);
    vsnprintf(next_line(out), DIRECTIVES_LINE_BYTES, format, values);
    va_end(values);
}

static void put_local(const struct subject *subject, struct directives *out) {
    const struct config_local *local = &subject->config.local;
    single(out, local->enabled, "local stratum %u distance %g bound %g", (unsigned)local->stratum,
           local->distance_s, local->bound_s);
}

void directives_of(const struct subject *subject, struct directives *out) {
    const struct config *config = &subject->config;
    struct config fallback;
    config_default(&fallback);
    out->count = 0;
    for (uint32_t i = 0; i < config->source_count;) {
        uint32_t members = members_of(config, i);
        put_source(subject, i, members, next_line(out));
        i += members;
    }
    single(out, config->min_sources != fallback.min_sources, "minsources %u",
           (unsigned)config->min_sources);
    single(out, config->max_distance_s != fallback.max_distance_s, "maxdistance %g",
           config->max_distance_s);
    put_local(subject, out);
    single(out, config->makestep_threshold_s > 0, "makestep %g %d", config->makestep_threshold_s,
           (int)config->makestep_limit);
    single(out, config->max_slew_rate != fallback.max_slew_rate, "maxslewrate %g",
           config->max_slew_rate * 1e6);
    single(out, config->max_change_s > 0, "maxchange %g %d %d", config->max_change_s,
           (int)config->max_change_start, (int)config->max_change_ignore);
    single(out, config->max_clock_error != fallback.max_clock_error, "maxclockerror %g",
           config->max_clock_error * 1e6);
    single(out, config->max_drift != fallback.max_drift, "maxdrift %g", config->max_drift * 1e6);
    single(out, config->max_bound_s != fallback.max_bound_s, "maxbound %g", config->max_bound_s);
    single(out, config->drift_file[0] != '\0', "driftfile %s", config->drift_file);
}

static bool has_line(const struct directives *directives, const char *line) {
    for (size_t i = 0; i < directives->count; i++)
        if (strcmp(directives->lines[i], line) == 0) return true;
    return false;
}

static bool append(char *out, size_t *length, char mark, const char *line) {
    static const char more[] = "...\n";
    size_t room = (size_t)DIRECTIVES_DIFF_BYTES - *length, wanted = strlen(line) + 3;
    if (wanted + sizeof more > room) {
        memcpy(out + *length, more, sizeof more);
        return false;
    }
    *length += (size_t)snprintf(out + *length, room, "%c %s\n", mark, line);
    return true;
}

const char *directives_diff(const struct directives *before, const struct directives *after,
                            char out[DIRECTIVES_DIFF_BYTES]) {
    size_t length = 0;
    out[0] = '\0';
    for (size_t i = 0; i < before->count; i++)
        if (!has_line(after, before->lines[i]) && !append(out, &length, '-', before->lines[i]))
            return out;
    for (size_t i = 0; i < after->count; i++)
        if (!has_line(before, after->lines[i]) && !append(out, &length, '+', after->lines[i]))
            return out;
    return out;
}

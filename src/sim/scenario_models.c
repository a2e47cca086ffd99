/* The lines of a scenario that make its world: oscillator, path, server. */
#include <stddef.h>
#include <string.h>

#include "sim/scenario_words.h"

#define SPAN(most)                                                                                 \
    { QUANTITY_TIME, 0, most }
#define RATE(most)                                                                                 \
    { QUANTITY_RATE, 0, most }
#define SHARE(most)                                                                                \
    { QUANTITY_SHARE, 0, most }

#define OF_OSCILLATOR(member) offsetof(struct oscillator_model, member)
static const struct scenario_field oscillator_fields[] = {
    {"offset", {QUANTITY_RATE, -1e-2, 1e-2}, OF_OSCILLATOR(offset)},
    {"white", RATE(1e-3), OF_OSCILLATOR(white_fm)},
    {"flicker", RATE(1e-3), OF_OSCILLATOR(flicker_fm)},
    {"walk", RATE(1e-5), OF_OSCILLATOR(walk_fm)},
    {"ageing", {QUANTITY_AGEING, -1e-4, 1e-4}, OF_OSCILLATOR(ageing)},
    {"segment", {QUANTITY_TIME, 1e-3, 3600}, OF_OSCILLATOR(segment_s)},
};

static const struct scenario_field *find_field(const struct scenario_field *fields, size_t count,
                                               const char *word) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i].word, word) == 0) return &fields[i];
    return NULL;
}

/* temperature AMPLITUDE period TIME, twice at most: the day's and the room's. */
static enum err take_swing(struct scenario_reading *r, struct oscillator_model *model,
                           const char *word) {
    static const struct quantity amplitude = RATE(1e-3), period = {QUANTITY_TIME, 10, 1e9};
    struct oscillator_swing *swing = model->swings;
    while (swing < model->swings + OSCILLATOR_SWINGS && swing->period_s > 0) swing++;
    if (swing == model->swings + OSCILLATOR_SWINGS)
        return scenario_words_refuse(r, word, ERR_FULL, "more than %d temperatures",
                                     OSCILLATOR_SWINGS);
    enum err err = scenario_words_value(r, "temperature", scenario_words_next(r), &amplitude,
                                        &swing->amplitude);
    if (err != ERR_OK) return err;
    const char *next = scenario_words_next(r);
    if (next == NULL || strcmp(next, "period") != 0)
        return scenario_words_refuse(r, next, ERR_SYNTAX,
                                     "temperature needs \"period\" and a time");
    return scenario_words_value(r, "period", scenario_words_next(r), &period, &swing->period_s);
}

/* What is not said is not there: the crystal has only what is written. */
enum err scenario_models_oscillator(struct scenario_reading *r) {
    const size_t count = sizeof oscillator_fields / sizeof oscillator_fields[0];
    struct oscillator_model model = {0};
    const char *word;
    enum err err = ERR_OK;
    while (err == ERR_OK && (word = scenario_words_next(r))) {
        const struct scenario_field *field = find_field(oscillator_fields, count, word);
        if (strcmp(word, "temperature") == 0)
            err = take_swing(r, &model, word);
        else if (field != NULL)
            err = scenario_words_store(r, field, &model);
        else
            err = scenario_words_refuse(
                r, word, ERR_SYNTAX,
                "oscillator: \"%.40s\" is none of offset, white, flicker, walk, "
                "ageing, temperature, segment",
                word);
    }
    if (err == ERR_OK) r->scenario.setting.oscillator = model;
    return err;
}

#define OF_PATH(member) offsetof(struct path_model, member)
static const struct scenario_field path_fields[] = {
    {"forward", SPAN(10), OF_PATH(forward_s)},
    {"backward", SPAN(10), OF_PATH(backward_s)},
    {"spread", SHARE(0.99), OF_PATH(spread)},
    {"shape", {QUANTITY_COUNT, 1, 32}, OF_PATH(shape)},
    {"second", SPAN(10), OF_PATH(second_s)},
    {"share", SHARE(0.99), OF_PATH(share)},
    {"burst", {QUANTITY_TIME, 1e-3, 86400}, OF_PATH(burst_s)},
    {"loss", SHARE(1), OF_PATH(loss)},
    {"duplicate", SHARE(1), OF_PATH(duplicate)},
    {"reorder", SHARE(1), OF_PATH(reorder)},
    {"hold", SPAN(10), OF_PATH(hold_s)},
    {"route", SPAN(10), OF_PATH(route_s)},
    {"every", {QUANTITY_TIME, 1, 1e9}, OF_PATH(route_every_s)},
};

/* jitter KIND MEAN, as the table of actions has them. */
static enum err take_jitter(struct scenario_reading *r, struct path_model *model) {
    const char *kind = scenario_words_next(r);
    for (size_t i = 0; kind != NULL && i < action_row_count; i++) {
        const struct action_row *row = &action_rows[i];
        if (row->kind != ACTION_PATH_JITTER || strcmp(row->second, kind) != 0) continue;
        model->jitter = (enum path_jitter)row->code;
        return scenario_words_value(r, "jitter", scenario_words_next(r), &row->value,
                                    &model->jitter_s);
    }
    return scenario_words_refuse(
        r, kind, ERR_SYNTAX,
        "jitter: write exponential, gamma, bimodal, bursty or gaussian, and a "
        "time");
}

static enum err take_delay(struct scenario_reading *r, struct path_model *model) {
    static const struct quantity delay = SPAN(10);
    double value = 0;
    enum err err = scenario_words_value(r, "delay", scenario_words_next(r), &delay, &value);
    if (err == ERR_OK) model->forward_s = model->backward_s = value;
    return err;
}

static enum err check_path(struct scenario_reading *r, const struct path_model *model) {
    bool queues = model->jitter == PATH_JITTER_BURSTY;
    if (queues && (model->burst_s <= 0 || model->share <= 0))
        return scenario_words_refuse(r, NULL, ERR_SHORT,
                                     "jitter bursty needs burst, share and second");
    if (model->jitter == PATH_JITTER_BIMODAL && model->second_s <= 0)
        return scenario_words_refuse(r, NULL, ERR_SHORT, "jitter bimodal needs second and share");
    if ((model->route_s > 0) != (model->route_every_s > 0))
        return scenario_words_refuse(r, NULL, ERR_SHORT, "route and every belong together");
    return ERR_OK;
}

enum err scenario_models_path(struct scenario_reading *r) {
    const size_t count = sizeof path_fields / sizeof path_fields[0];
    struct path_model model = {.shape = 1, .hold_s = 50e-3};
    struct selector who;
    const char *word;
    enum err err = scenario_words_selector(r, "path", &who);
    while (err == ERR_OK && (word = scenario_words_next(r))) {
        const struct scenario_field *field = find_field(path_fields, count, word);
        if (strcmp(word, "delay") == 0)
            err = take_delay(r, &model);
        else if (strcmp(word, "jitter") == 0)
            err = take_jitter(r, &model);
        else if (field != NULL)
            err = scenario_words_store(r, field, &model);
        else
            err = scenario_words_refuse(
                r, word, ERR_SYNTAX,
                "path: \"%.40s\" is none of delay, forward, backward, spread, "
                "jitter, shape, second, share, burst, loss, duplicate, reorder, "
                "hold, route, every",
                word);
    }
    if (err == ERR_OK) err = check_path(r, &model);
    uint64_t mask = scenario_words_mask(r, &who);
    for (int i = 0; err == ERR_OK && i < LIMIT_SOURCES; i++)
        if (mask >> i & 1) r->scenario.setting.paths[i] = model;
    return err;
}

#define OF_REMOTE(member) offsetof(struct remote_model, member)
static const struct scenario_field remote_fields[] = {
    {"error", SPAN(1e6), OF_REMOTE(error_s)},
    {"period", {QUANTITY_TIME, 1, 1e9}, OF_REMOTE(error_period_s)},
    {"delay", SPAN(16), OF_REMOTE(root_delay_s)},
    {"dispersion", SPAN(16), OF_REMOTE(root_dispersion)},
    {"service", SPAN(1), OF_REMOTE(service_s)},
};

static enum err take_remote_word(struct scenario_reading *r, struct remote_model *model,
                                 const char *word) {
    static const struct quantity stratum = {QUANTITY_COUNT, 1, LIMIT_STRATUM};
    const size_t count = sizeof remote_fields / sizeof remote_fields[0];
    const struct scenario_field *field = find_field(remote_fields, count, word);
    double value = 0;
    if (field != NULL) return scenario_words_store(r, field, model);
    if (strcmp(word, "stratum") != 0)
        return scenario_words_refuse(r, word, ERR_SYNTAX,
                                     "server: \"%.40s\" is none of stratum, error, period, delay, "
                                     "dispersion, service, reference",
                                     word);
    enum err err = scenario_words_value(r, "stratum", scenario_words_next(r), &stratum, &value);
    model->stratum = (uint8_t)value;
    return err;
}

/* A reference in the same rack: no network between, hardware stamps. */
static const struct path_model cable = {.forward_s = 2e-6,
                                        .backward_s = 2e-6,
                                        .shape = 1,
                                        .jitter = PATH_JITTER_GAUSSIAN,
                                        .jitter_s = 50e-9};
static const struct remote_model receiver = {
    .stratum = 1, .error_s = 100e-9, .root_dispersion = 1e-6, .service_s = 1e-6};

enum err scenario_models_server(struct scenario_reading *r) {
    struct remote_model model = {.stratum = 1, .service_s = 30e-6};
    struct selector who;
    bool reference = false;
    const char *word;
    enum err err = scenario_words_selector(r, "server", &who);
    while (err == ERR_OK && (word = scenario_words_next(r))) {
        reference |= strcmp(word, "reference") == 0;
        if (strcmp(word, "reference") == 0)
            model = receiver;
        else
            err = take_remote_word(r, &model, word);
    }
    uint64_t mask = scenario_words_mask(r, &who);
    for (int i = 0; err == ERR_OK && i < LIMIT_SOURCES; i++) {
        if (!(mask >> i & 1)) continue;
        r->scenario.setting.remotes[i] = model;
        if (reference) r->scenario.setting.paths[i] = cable;
    }
    return err;
}

/* The lines of a scenario that begin with "expect". */
#include <stddef.h>
#include <string.h>

#include "sim/scenario_words.h"

#define OF(member) offsetof(struct expectation, member)
#define SPAN                                                                                       \
    { QUANTITY_TIME, 0, 1e9 }

static const struct scenario_field fields[] = {
    {"error", SPAN, OF(error_max_s)}, {"rms", SPAN, OF(error_rms_s)},
    {"bound", SPAN, OF(bound_max_s)}, {"after", SPAN, OF(settle_s)},
    {"until", SPAN, OF(until_s)},     {"realtime", SPAN, OF(realtime_max_s)},
};

static const struct {
    const char *word;
    size_t offset; /* of the mask */
} masks[] = {{"falseticker", OF(falsetickers)}, {"unused", OF(unused)}, {"any", OF(may_be_either)}};

static const struct {
    const char *word;
    size_t offset; /* of the flag */
} flags[] = {{"withdrawal", OF(may_withdraw)}, {"alarm", OF(alarm)}, {"leap", OF(announces_leap)}};

static enum err take_mode(struct scenario_reading *r) {
    const char *word = scenario_words_next(r);
    for (int mode = TRACKING_LOCKED; word != NULL && mode <= TRACKING_WITHDRAWN; mode++) {
        if (strcmp(word, message_tracking_name((enum tracking_mode)mode)) != 0) continue;
        r->scenario.expect.mode = (enum tracking_mode)mode;
        return ERR_OK;
    }
    return scenario_words_refuse(r, word, word ? ERR_SYNTAX : ERR_SHORT,
                                 "mode: write locked, holdover or withdrawn");
}

static enum err take_drops(struct scenario_reading *r) {
    static const struct quantity count = {QUANTITY_COUNT, 1, 1e9};
    double value = 0;
    enum err err = scenario_words_value(r, "drops", scenario_words_next(r), &count, &value);
    if (err == ERR_OK) r->scenario.expect.drops = (uint64_t)value;
    return err;
}

static enum err take_mask(struct scenario_reading *r, const char *word, size_t offset) {
    struct selector who;
    uint64_t mask = 0;
    enum err err = scenario_words_selector(r, word, &who);
    if (err != ERR_OK) return err;
    memcpy(&mask, (char *)&r->scenario.expect + offset, sizeof mask);
    mask |= scenario_words_mask(r, &who);
    memcpy((char *)&r->scenario.expect + offset, &mask, sizeof mask);
    return ERR_OK;
}

static enum err take_word(struct scenario_reading *r, const char *word) {
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(word, fields[i].word) == 0)
            return scenario_words_store(r, &fields[i], &r->scenario.expect);
    for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++)
        if (strcmp(word, masks[i].word) == 0) return take_mask(r, word, masks[i].offset);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(word, flags[i].word) != 0) continue;
        *((bool *)((char *)&r->scenario.expect + flags[i].offset)) = true;
        return ERR_OK;
    }
    if (strcmp(word, "mode") == 0) return take_mode(r);
    if (strcmp(word, "drops") == 0) return take_drops(r);
    return scenario_words_refuse(
        r, word, ERR_SYNTAX,
        "expect: \"%.40s\" is none of error, rms, bound, realtime, after, "
        "until, falseticker, unused, any, mode, withdrawal, alarm, leap, drops",
        word);
}

enum err scenario_expect(struct scenario_reading *r) {
    const char *word = scenario_words_next(r);
    enum err err = ERR_OK;
    if (word == NULL) return scenario_words_refuse(r, NULL, ERR_SHORT, "expect: what?");
    r->expect_line = r->line;
    for (; err == ERR_OK && word != NULL; word = err ? NULL : scenario_words_next(r))
        err = take_word(r, word);
    return err;
}

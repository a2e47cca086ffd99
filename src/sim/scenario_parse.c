/* The text of a scenario, line by line; etalon-scenario(5) describes it. Invariant: what is
 * accepted can be run: the configuration parses, every server named exists, every time lies within
 * the duration. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "sim/scenario_words.h"

struct directive {
    const char *word;
    enum err (*take)(struct scenario_reading *reading);
};

static const double year_s = 366 * 86400.0;

static enum err take_text(struct scenario_reading *r, char *out, const char *what) {
    const char *rest = scenario_words_rest(r);
    if (*rest == '\0') return scenario_words_refuse(r, NULL, ERR_SHORT, "%s needs a text", what);
    if (strlen(rest) >= SCENARIO_TEXT_BYTES)
        return scenario_words_refuse(r, rest, ERR_TOO_LONG, "%s is longer than %d bytes", what,
                                     SCENARIO_TEXT_BYTES - 1);
    memcpy(out, rest, strlen(rest) + 1);
    return ERR_OK;
}

static enum err take_about(struct scenario_reading *r) {
    return take_text(r, r->scenario.about, "about");
}

static enum err take_source(struct scenario_reading *r) {
    return take_text(r, r->scenario.source, "source");
}

static enum err take_needs(struct scenario_reading *r) {
    const char *word = scenario_words_next(r);
    for (int i = 0; word != NULL && i < SCENARIO_NEEDS_COUNT; i++) {
        if (strcmp(word, scenario_needs_name((enum scenario_needs)i)) != 0) continue;
        r->scenario.needs = (enum scenario_needs)i;
        return scenario_words_end(r);
    }
    return scenario_words_refuse(
        r, word, word ? ERR_SYNTAX : ERR_SHORT,
        "needs: write none, off-path, on-path, server, host, resolver, gnss or "
        "operator");
}

static enum err take_span(struct scenario_reading *r, const char *what, double least, double most,
                          double *out) {
    const struct quantity span = {QUANTITY_TIME, least, most};
    enum err err = scenario_words_value(r, what, scenario_words_next(r), &span, out);
    return err ? err : scenario_words_end(r);
}

static enum err take_duration(struct scenario_reading *r) {
    return take_span(r, "duration", 1, year_s, &r->scenario.duration_s);
}

static enum err take_sample(struct scenario_reading *r) {
    return take_span(r, "sample", 1e-3, 86400, &r->scenario.sample_s);
}

static enum err take_probe(struct scenario_reading *r) {
    return take_span(r, "probe", 1e-3, 86400, &r->scenario.probe_s);
}

static enum err take_realtime(struct scenario_reading *r) {
    return take_span(r, "realtime", -1e9, 1e9, &r->scenario.setting.realtime_error_s);
}

static enum err take_ledger(struct scenario_reading *r) {
    return take_span(r, "ledger", 1e-6, 10, &r->scenario.setting.record_s);
}

static enum err take_servers(struct scenario_reading *r) {
    static const struct quantity count = {QUANTITY_COUNT, 1, LIMIT_SOURCES};
    struct setting *setting = &r->scenario.setting;
    double value = 0;
    if (r->has_servers)
        return scenario_words_refuse(r, NULL, ERR_SYNTAX, "servers was given on line %u already",
                                     setting->server_line);
    enum err err = scenario_words_value(r, "servers", scenario_words_next(r), &count, &value);
    if (err != ERR_OK) return err;
    const char *rest = scenario_words_rest(r);
    if (strlen(rest) >= sizeof setting->server_options)
        return scenario_words_refuse(r, rest, ERR_TOO_LONG, "servers: the options are too long");
    setting->sources = (uint32_t)value;
    setting->server_line = r->line;
    if (*rest != '\0') memcpy(setting->server_options, rest, strlen(rest) + 1);
    r->has_servers = true;
    return ERR_OK;
}

/* nodes 4 chain */
static enum err take_nodes(struct scenario_reading *r) {
    static const struct quantity count = {QUANTITY_COUNT, 1, SETTING_NODES_MAX};
    double value = 0;
    if (r->nodes_line > 0)
        return scenario_words_refuse(r, NULL, ERR_SYNTAX, "nodes was given on line %u already",
                                     r->nodes_line);
    enum err err = scenario_words_value(r, "nodes", scenario_words_next(r), &count, &value);
    if (err != ERR_OK) return err;
    const char *word = scenario_words_next(r);
    bool fan = word && strcmp(word, "fan") == 0;
    if (!fan && (word == NULL || strcmp(word, "chain") != 0))
        return scenario_words_refuse(r, word, word ? ERR_SYNTAX : ERR_SHORT,
                                     "nodes: write chain or fan after the number");
    r->scenario.setting.nodes = (uint32_t)value;
    r->scenario.setting.shape = fan ? SETTING_FAN : SETTING_CHAIN;
    r->nodes_line = r->line;
    return scenario_words_end(r);
}

static enum err take_named(struct scenario_reading *r) {
    r->scenario.setting.named = true;
    return scenario_words_end(r);
}

static enum err take_steers(struct scenario_reading *r) {
    r->scenario.setting.steers = true;
    return scenario_words_end(r);
}

static enum err take_stamps(struct scenario_reading *r) {
    const char *word = scenario_words_next(r);
    bool user = word && strcmp(word, "user") == 0;
    if (!user && (word == NULL || strcmp(word, "kernel") != 0))
        return scenario_words_refuse(r, word, ERR_SYNTAX, "stamps: write kernel or user");
    r->scenario.setting.stamps = user ? SETTING_STAMPS_USER : SETTING_STAMPS_KERNEL;
    return scenario_words_end(r);
}

static enum err take_config(struct scenario_reading *r) {
    struct setting *setting = &r->scenario.setting;
    const char *rest = scenario_words_rest(r);
    size_t used = strlen(setting->config), length = strlen(rest);
    if (length == 0) return scenario_words_refuse(r, NULL, ERR_SHORT, "config needs a directive");
    if (used + length + 2 > sizeof setting->config || setting->config_count == SETTING_LINES_MAX)
        return scenario_words_refuse(r, rest, ERR_FULL, "too many lines of configuration");
    memcpy(setting->config + used, rest, length);
    memcpy(setting->config + used + length, "\n", 2);
    setting->config_lines[setting->config_count++] = r->line;
    return ERR_OK;
}

/* Days from 1970-01-01 (Hinnant's algorithm for the civil calendar). */
static int64_t civil_day(int year, int month, int day) {
    year -= month <= 2;
    int64_t era = year / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* So many digits at text; -1: they are none. */
static int digits(const char *text, int count) {
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') return -1;
        value = 10 * value + (text[i] - '0');
    }
    return value;
}

/* 2026-12-31T22:00:00Z */
static bool parse_instant(const char *word, int64_t *utc_s) {
    static const char form[] = "....-..-..T..:..:..Z";
    if (word == NULL || strlen(word) != sizeof form - 1) return false;
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] != '.' && word[i] != form[i]) return false;
    int year = digits(word, 4), month = digits(word + 5, 2), day = digits(word + 8, 2);
    int hour = digits(word + 11, 2), minute = digits(word + 14, 2), second = digits(word + 17, 2);
    if (year < 2020 || year > 2080 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 ||
        hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return false;
    *utc_s = civil_day(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}

static enum err take_instant(struct scenario_reading *r, const char *what, int64_t *utc_s) {
    const char *word = scenario_words_next(r);
    if (parse_instant(word, utc_s)) return ERR_OK;
    return scenario_words_refuse(r, word, word ? ERR_SYNTAX : ERR_SHORT,
                                 "%s needs an instant from 2020 to 2080, as 2026-12-31T22:00:00Z",
                                 what);
}

static enum err take_start(struct scenario_reading *r) {
    enum err err = take_instant(r, "start", &r->scenario.setting.start_utc_s);
    return err ? err : scenario_words_end(r);
}

/* leap +1 2027-01-01T00:00:00Z [unlisted] | leap none unlisted */
static enum err take_leap(struct scenario_reading *r) {
    static const struct quantity sign = {QUANTITY_COUNT, -1, 1};
    struct setting *setting = &r->scenario.setting;
    const char *word = scenario_words_next(r);
    double value = 0;
    enum err err = ERR_OK;
    if (word == NULL || strcmp(word, "none") != 0) {
        err = scenario_words_value(r, "leap", word, &sign, &value);
        if (err == ERR_OK && value == 0)
            err = scenario_words_refuse(r, word, ERR_RANGE, "leap: write +1, -1 or none");
        if (err == ERR_OK) err = take_instant(r, "leap", &setting->leap_utc_s);
        setting->leap_sign = (int32_t)value;
    }
    if (err != ERR_OK) return err;
    word = scenario_words_next(r);
    setting->leap_unlisted = word != NULL && strcmp(word, "unlisted") == 0;
    if (word != NULL && !setting->leap_unlisted)
        return scenario_words_refuse(r, word, ERR_SYNTAX, "leap: only \"unlisted\" can follow");
    return scenario_words_end(r);
}

static const struct directive directives[] = {
    {"about", take_about},
    {"source", take_source},
    {"needs", take_needs},
    {"duration", take_duration},
    {"sample", take_sample},
    {"probe", take_probe},
    {"servers", take_servers},
    {"nodes", take_nodes},
    {"named", take_named},
    {"config", take_config},
    {"oscillator", scenario_models_oscillator},
    {"path", scenario_models_path},
    {"server", scenario_models_server},
    {"stamps", take_stamps},
    {"steers", take_steers},
    {"realtime", take_realtime},
    {"ledger", take_ledger},
    {"start", take_start},
    {"leap", take_leap},
    {"at", scenario_action},
    {"expect", scenario_expect},
};

static enum err take_line(struct scenario_reading *r) {
    const char *word = scenario_words_next(r);
    if (word == NULL) return ERR_OK;
    for (size_t i = 0; i < sizeof directives / sizeof directives[0]; i++)
        if (strcmp(word, directives[i].word) == 0) return directives[i].take(r);
    return scenario_words_refuse(r, word, ERR_SYNTAX, "\"%.40s\" is no word of a scenario", word);
}

/* A comment begins with a # at the start of a word. */
static void cut_comment(char *text) {
    for (char *at = text; (at = strchr(at, '#')) != NULL; at++)
        if (at == text || at[-1] == ' ' || at[-1] == '\t') {
            *at = '\0';
            return;
        }
}

static enum err take_lines(struct scenario_reading *r, const char *text, size_t length) {
    const char *end = text + length;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t size = (size_t)((newline ? newline : end) - text);
        r->line++;
        if (size >= sizeof r->text)
            return scenario_words_refuse(r, NULL, ERR_TOO_LONG, "the line is longer than %d bytes",
                                         SCENARIO_LINE_BYTES - 1);
        for (size_t i = 0; i < size; i++)
            if ((uint8_t)text[i] < 0x20 && text[i] != '\t' && text[i] != '\r')
                return scenario_words_refuse(r, NULL, ERR_SYNTAX, "byte 0x%02x is no text",
                                             (unsigned)(uint8_t)text[i]);
        memcpy(r->text, text, size);
        r->text[size] = '\0';
        cut_comment(r->text);
        r->next = r->text;
        enum err err = take_line(r);
        if (err != ERR_OK) return err;
        text += size + 1;
    }
    return ERR_OK;
}

static enum err check_times(struct scenario_reading *r) {
    const struct scenario *s = &r->scenario;
    for (uint32_t i = 0; i < s->action_count; i++) {
        const struct action *action = &s->actions[i];
        r->line = action->line;
        if (action->at_s > s->duration_s || action->until_s > s->duration_s)
            return scenario_words_refuse(r, NULL, ERR_RANGE,
                                         "this happens after the end: the duration is %g s",
                                         s->duration_s);
    }
    r->line = r->expect_line;
    if (s->expect.settle_s > s->duration_s || s->expect.until_s > s->duration_s)
        return scenario_words_refuse(r, NULL, ERR_RANGE,
                                     "this is expected after the end: the duration is %g s",
                                     s->duration_s);
    return ERR_OK;
}

static enum err check_one(struct scenario_reading *r, const struct setting *setting,
                          const char *name) {
    char text[SETTING_TEXT_BYTES];
    struct config config;
    struct config_error error;
    size_t length = setting_configuration(setting, text);
    enum err err = parse_text(name, text, length, NULL, &config, &error);
    if (err == ERR_OK) return ERR_OK;
    r->line = setting_line(setting, error.place.line);
    return scenario_words_refuse(r, NULL, err, "%s: %.400s", name, error.text);
}

/* The configuration parses; a complaint is placed where the scenario says so. That of a node that
 * asks another has one server, which may be too few. */
static enum err check_configuration(struct scenario_reading *r) {
    enum err err = check_one(r, &r->scenario.setting, "the configuration");
    if (err != ERR_OK || r->scenario.setting.nodes < 2) return err;
    struct setting second = setting_of_node(&r->scenario.setting, 2);
    return check_one(r, &second, "the configuration of node 2");
}

/* A node beyond the last stratum could never serve. */
static enum err check_strata(struct scenario_reading *r) {
    const struct setting *setting = &r->scenario.setting;
    uint32_t deep = setting->shape == SETTING_CHAIN || setting->nodes < 2 ? setting->nodes : 2;
    uint32_t highest = 0;
    for (uint32_t i = 0; i < setting->sources; i++)
        if (setting->remotes[i].stratum > highest) highest = setting->remotes[i].stratum;
    if (r->nodes_line == 0 || highest + deep <= LIMIT_STRATUM) return ERR_OK;
    r->line = r->nodes_line;
    return scenario_words_refuse(r, NULL, ERR_RANGE,
                                 "nodes: the last would be of stratum %u, the highest is %d",
                                 highest + deep, LIMIT_STRATUM);
}

static enum err check_whole(struct scenario_reading *r) {
    if (!r->has_servers)
        return scenario_words_refuse(r, NULL, ERR_MISSING,
                                     "nothing says how many servers there are");
    if (r->scenario.about[0] == '\0')
        return scenario_words_refuse(r, NULL, ERR_MISSING, "nothing says what this is about");
    enum err err = check_times(r);
    if (err == ERR_OK) err = check_strata(r);
    return err ? err : check_configuration(r);
}

/* "scenarios/group/slow-drift.scenario" is slow-drift. */
static void name_after(const char *file, char name[SCENARIO_NAME_BYTES]) {
    const char *slash = strrchr(file, '/'), *stem = slash ? slash + 1 : file;
    const char *dot = strrchr(stem, '.');
    snprintf(name, SCENARIO_NAME_BYTES, "%.*s",
             dot && dot > stem ? (int)(dot - stem) : (int)strlen(stem), stem);
}

enum err scenario_parse(const char *file, const char *text, size_t length, struct scenario *out,
                        struct config_error *error) {
    struct scenario_reading r = {.error = error, .file = file};
    scenario_default(&r.scenario);
    name_after(file, r.scenario.name);
    enum err err = take_lines(&r, text, length);
    if (err == ERR_OK) err = check_whole(&r);
    if (err == ERR_OK) *out = r.scenario;
    return err;
}

/* The lines that begin with "at"; see sim/action for their table. */
#include <stdio.h>
#include <string.h>

#include "sim/scenario_words.h"

static const struct quantity moment = {QUANTITY_TIME, 0, 86400.0 * 3660};

/* TIME or TIME..TIME */
static enum err parse_when(struct scenario_reading *r, const char *word, struct action *action) {
    char from[SCENARIO_LINE_BYTES];
    if (word == NULL) return scenario_words_refuse(r, NULL, ERR_SHORT, "at needs a time");
    const char *cut = strstr(word, "..");
    snprintf(from, sizeof from, "%.*s", cut ? (int)(cut - word) : (int)strlen(word), word);
    enum err err = scenario_words_value(r, "at", from, &moment, &action->at_s);
    if (err != ERR_OK || cut == NULL) return err;
    err = scenario_words_value(r, "at", cut + 2, &moment, &action->until_s);
    if (err == ERR_OK && action->until_s <= action->at_s)
        return scenario_words_refuse(r, word, ERR_RANGE, "at %.40s ends before it begins", word);
    return err;
}

static bool fits(const struct action_row *row, const char *object, const char *word,
                 const char *second) {
    if (strcmp(row->object, object) != 0 || strcmp(row->word, word) != 0) return false;
    return row->second == NULL || (second != NULL && strcmp(row->second, second) == 0);
}

/* Words that may stand there: the objects, or what can be done to one, or how. */
static const char *choices(const char *object, const char *word, char out[256]) {
    const char *last = "";
    size_t length = 0;
    out[0] = '\0';
    for (size_t i = 0; i < action_row_count; i++) {
        const struct action_row *row = &action_rows[i];
        if (object != NULL && strcmp(row->object, object) != 0) continue;
        if (word != NULL && strcmp(row->word, word) != 0) continue;
        const char *choice = object == NULL ? row->object : word == NULL ? row->word : row->second;
        if (choice == NULL || strcmp(choice, last) == 0) continue;
        last = choice;
        length += (size_t)snprintf(out + length, length < 256 ? 256 - length : 0, "%s%s",
                                   length > 0 ? ", " : "", choice);
        if (length >= 256) break;
    }
    return out;
}

static const char *known_object(const char *object) {
    for (size_t i = 0; object != NULL && i < action_row_count; i++)
        if (strcmp(action_rows[i].object, object) == 0) return action_rows[i].object;
    return NULL;
}

static bool known_word(const char *object, const char *word) {
    for (size_t i = 0; word != NULL && i < action_row_count; i++)
        if (strcmp(action_rows[i].object, object) == 0 && strcmp(action_rows[i].word, word) == 0)
            return true;
    return false;
}

/* The row of OBJECT WORD [SECOND]; the second word is only taken where the row has one. */
static enum err find_row(struct scenario_reading *r, const char *object,
                         const struct action_row **out) {
    char list[256];
    const char *word = scenario_words_next(r);
    if (!known_word(object, word))
        return scenario_words_refuse(r, word, word ? ERR_SYNTAX : ERR_SHORT, "%s: write one of %s",
                                     object, choices(object, NULL, list));
    const char *next = r->next + strspn(r->next, " \t\r");
    char second[32];
    snprintf(second, sizeof second, "%.*s", (int)strcspn(next, " \t\r"), next);
    for (size_t i = 0; i < action_row_count; i++) {
        const struct action_row *row = &action_rows[i];
        if (!fits(row, object, word, second)) continue;
        if (row->second != NULL) (void)scenario_words_next(r);
        *out = row;
        return ERR_OK;
    }
    return scenario_words_refuse(r, word, ERR_SYNTAX, "%s %s: write one of %s", object, word,
                                 choices(object, word, list));
}

static enum err parse_more(struct scenario_reading *r, const struct action_row *row,
                           struct action *action) {
    action->more = row->more_default;
    const char *word = row->tail ? scenario_words_next(r) : NULL;
    if (word == NULL && row->more_default < 0)
        return scenario_words_refuse(r, NULL, ERR_SHORT, "%s %s needs \"%s\" and %s", row->object,
                                     row->word, row->tail, quantity_name(row->more.kind));
    if (word == NULL) return ERR_OK;
    if (strcmp(word, row->tail) != 0)
        return scenario_words_refuse(r, word, ERR_SYNTAX, "\"%.40s\": only \"%s\" can follow", word,
                                     row->tail);
    return scenario_words_value(r, row->tail, scenario_words_next(r), &row->more, &action->more);
}

static enum err parse_values(struct scenario_reading *r, const struct action_row *row,
                             struct action *action) {
    enum err err = ERR_OK;
    action->kind = row->kind;
    action->code = row->code;
    if (row->value.kind != QUANTITY_NOTHING)
        err =
            scenario_words_value(r, row->word, scenario_words_next(r), &row->value, &action->value);
    if (err == ERR_OK) err = parse_more(r, row, action);
    if (err != ERR_OK || action->until_s > 0 || row->lasts_s == 0) return err;
    if (row->lasts_s < 0)
        return scenario_words_refuse(r, NULL, ERR_SHORT, "%s %s needs an end: write at TIME..TIME",
                                     row->object, row->word);
    action->until_s = action->at_s + row->lasts_s;
    return ERR_OK;
}

/* node 2 ...; but "node restart" is what happens to the first. */
static enum err parse_node(struct scenario_reading *r, const char **word, struct action *action) {
    const struct quantity number = {QUANTITY_COUNT, 1, r->scenario.setting.nodes};
    const char *next = r->next + strspn(r->next, " \t\r");
    double value = 1;
    if (*word == NULL || strcmp(*word, "node") != 0 || *next < '0' || *next > '9') return ERR_OK;
    enum err err = scenario_words_value(r, "node", scenario_words_next(r), &number, &value);
    action->node = (uint32_t)value - 1;
    *word = scenario_words_next(r);
    return err;
}

/* The servers that something happens to. The nodes beside the first have a path, to a node. */
static enum err parse_who(struct scenario_reading *r, const char *object, struct action *action) {
    if (!action_takes_servers(object)) return ERR_OK;
    if (action->node > 0 && strcmp(object, "server") == 0)
        return scenario_words_refuse(r, NULL, ERR_SYNTAX,
                                     "server: node %u asks a node, only the first asks servers",
                                     action->node + 1);
    enum err err = scenario_words_selector(r, object, &action->who);
    if (err == ERR_OK && action->node > 0 && selector_needs(&action->who) > 1)
        return scenario_words_refuse(r, NULL, ERR_RANGE, "%s: node %u asks only one node", object,
                                     action->node + 1);
    return err;
}

enum err scenario_action(struct scenario_reading *r) {
    struct action action = {.line = r->line};
    const struct action_row *row = action_rows;
    char list[256];
    if (r->scenario.action_count == SCENARIO_ACTIONS_MAX)
        return scenario_words_refuse(r, NULL, ERR_FULL, "more than %d things happen",
                                     SCENARIO_ACTIONS_MAX);
    enum err err = parse_when(r, scenario_words_next(r), &action);
    if (err != ERR_OK) return err;
    r->next += strspn(r->next, " \t\r");
    snprintf(action.text, sizeof action.text, "%s", r->next);
    const char *word = scenario_words_next(r);
    err = parse_node(r, &word, &action);
    if (err != ERR_OK) return err;
    const char *object = known_object(word);
    if (object == NULL)
        return scenario_words_refuse(
            r, word, word ? ERR_SYNTAX : ERR_SHORT,
            "at: \"%.40s\" is nothing that something happens to: write one of "
            "%s",
            word ? word : "", choices(NULL, NULL, list));
    err = parse_who(r, object, &action);
    if (err == ERR_OK) err = find_row(r, object, &row);
    if (err == ERR_OK) err = parse_values(r, row, &action);
    if (err == ERR_OK) err = scenario_words_end(r);
    if (err == ERR_OK) scenario_add(&r->scenario, &action);
    return err;
}

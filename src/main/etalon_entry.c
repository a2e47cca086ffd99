/* Reading entries. Invariant: whatever the bytes are, the common members of what is handed out are
 * of their types and in their ranges. See etalon-ledger(5). */
#include "main/etalon_entry.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "ledger/entry_facts.h"

/* Says why into an array of ETALON_ENTRY_WHY_BYTES, and is false. */
#define REFUSE(why, ...) (snprintf((why), ETALON_ENTRY_WHY_BYTES, __VA_ARGS__) < 0)

static struct json_object *parse(const char *bytes, size_t length,
                                 char why[ETALON_ENTRY_WHY_BYTES]) {
    struct json_tokener *tokener = json_tokener_new_ex(LIMIT_ENTRY_DEPTH);
    if (!tokener) return NULL;
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *root = json_tokener_parse_ex(tokener, bytes, (int)length);
    enum json_tokener_error error = json_tokener_get_error(tokener);
    size_t end = json_tokener_get_parse_end(tokener);
    if (error == json_tokener_continue)
        (void)REFUSE(why, "is no JSON: it is cut off");
    else if (error != json_tokener_success)
        (void)REFUSE(why, "is no JSON: %s at byte %zu", json_tokener_error_desc(error), end);
    else if (end != length)
        (void)REFUSE(why, "is no JSON: something follows at byte %zu", end);
    else if (!json_object_is_type(root, json_type_object))
        (void)REFUSE(why, "is JSON, but no object");
    json_tokener_free(tokener);
    if (error == json_tokener_success && end == length &&
        json_object_is_type(root, json_type_object))
        return root;
    json_object_put(root);
    return NULL;
}

static struct json_object *member(const struct etalon_entry *entry, const char *key) {
    struct json_object *value = entry->root, *next;
    char name[64];
    for (const char *dot; (dot = strchr(key, '.')); key = dot + 1) {
        snprintf(name, sizeof name, "%.*s", (int)(dot - key), key);
        if (!json_object_is_type(value, json_type_object) ||
            !json_object_object_get_ex(value, name, &next))
            return NULL;
        value = next;
    }
    if (!json_object_is_type(value, json_type_object)) return NULL;
    return json_object_object_get_ex(value, key, &next) ? next : NULL;
}

/* The value of a text member that has no zero byte in it. */
static const char *plain_text(struct json_object *value) {
    if (!json_object_is_type(value, json_type_string)) return NULL;
    const char *text = json_object_get_string(value);
    return strlen(text) == (size_t)json_object_get_string_len(value) ? text : NULL;
}

/* json-c keeps an integer that does not fit at the nearest one that does. */
static bool whole(struct json_object *value, int64_t *out) {
    if (!json_object_is_type(value, json_type_int)) return false;
    int64_t number = json_object_get_int64(value);
    if (number == INT64_MAX || number == INT64_MIN) return false;
    *out = number;
    return true;
}

bool etalon_entry_string(const struct etalon_entry *entry, const char *key, char **out,
                         size_t *length) {
    const char *text = plain_text(member(entry, key));
    char *copy = text ? strdup(text) : NULL;
    if (!copy) return false;
    *out = copy;
    *length = strlen(copy);
    return true;
}

bool etalon_entry_int(const struct etalon_entry *entry, const char *key, int64_t *out) {
    return whole(member(entry, key), out);
}

bool etalon_entry_number(const struct etalon_entry *entry, const char *key, double *out) {
    struct json_object *value = member(entry, key);
    if (!json_object_is_type(value, json_type_double) && !json_object_is_type(value, json_type_int))
        return false;
    double number = json_object_get_double(value);
    if (!isfinite(number)) return false;
    *out = number;
    return true;
}

bool etalon_entry_bool(const struct etalon_entry *entry, const char *key) {
    struct json_object *value = member(entry, key);
    return json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
}

const char *etalon_entry_raw(const struct etalon_entry *entry, const char *key) {
    return plain_text(member(entry, key));
}

bool etalon_entry_utc(const struct etalon_entry *entry, const char *key, struct utc *out) {
    const char *text = plain_text(member(entry, key));
    return text && entry_facts_parse_utc(text, strlen(text), out) == ERR_OK;
}

size_t etalon_entry_count(const struct etalon_entry *entry, const char *key) {
    struct json_object *value = member(entry, key);
    return json_object_is_type(value, json_type_array) ? json_object_array_length(value) : 0;
}

void etalon_entry_each(const struct etalon_entry *entry,
                       void (*visit)(void *context, const char *key, const char *value),
                       void *context) {
    json_object_object_foreach(entry->root, key, value) {
        const char *text = plain_text(value);
        visit(context, key,
              text ? text
                   : json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
                                                               JSON_C_TO_STRING_NOSLASHESCAPE));
    }
}

/* A word: what kinds, jobs and boot ids are made of. */
static bool take_word(const struct etalon_entry *entry, const char *key,
                      char out[ETALON_ENTRY_WORD_BYTES], char why[ETALON_ENTRY_WHY_BYTES]) {
    const char *text = plain_text(member(entry, key));
    if (!text) return REFUSE(why, "\"%s\" is missing or no text", key);
    if (strlen(text) >= ETALON_ENTRY_WORD_BYTES) return REFUSE(why, "\"%s\" is too long", key);
    for (const char *c = text; *c; c++)
        if (*c <= ' ' || *c >= 0x7f) return REFUSE(why, "\"%s\" is no word", key);
    snprintf(out, ETALON_ENTRY_WORD_BYTES, "%s", text);
    return true;
}

static bool take_count(const struct etalon_entry *entry, const char *key, int64_t *out,
                       char why[ETALON_ENTRY_WHY_BYTES]) {
    if (!etalon_entry_int(entry, key, out) || *out < 0)
        return REFUSE(why, "\"%s\" is missing, no whole number or out of range", key);
    return true;
}

static bool take_time(struct etalon_entry *entry, char why[ETALON_ENTRY_WHY_BYTES]) {
    struct json_object *value;
    if (!json_object_object_get_ex(entry->root, "utc", &value))
        return REFUSE(why, "\"utc\" is missing");
    if (!value) return true; /* null: it knew no time */
    if (!etalon_entry_utc(entry, "utc", &entry->utc)) return REFUSE(why, "\"utc\" is no time");
    if (!etalon_entry_number(entry, "radius", &entry->radius_s) || entry->radius_s < 0)
        return REFUSE(why, "\"radius\" is missing, no number or negative");
    entry->has_utc = true;
    return true;
}

static void take_source(struct etalon_entry *entry) {
    int64_t number;
    if (etalon_entry_int(entry, "source", &number))
        etalon_entry_text(entry, "name", entry->source, sizeof entry->source);
    else
        etalon_entry_text(entry, "reference", entry->source, sizeof entry->source);
}

static bool take_common(struct etalon_entry *entry, char why[ETALON_ENTRY_WHY_BYTES]) {
    int64_t version;
    if (!etalon_entry_int(entry, "v", &version) || version < 1)
        return REFUSE(why, "\"v\" is missing or no version");
    return take_word(entry, "kind", entry->kind, why) && take_word(entry, "job", entry->job, why) &&
           take_word(entry, "boot", entry->boot, why) &&
           take_count(entry, "pid", &entry->pid, why) &&
           take_count(entry, "seq", &entry->sequence, why) &&
           take_count(entry, "counter", &entry->counter, why) && take_time(entry, why);
}

bool etalon_entry_read(const void *bytes, size_t length, struct etalon_entry *out,
                       char why[ETALON_ENTRY_WHY_BYTES]) {
    struct etalon_entry entry = {.bytes = bytes, .length = length, .index = out->index};
    entry.leaf = out->leaf;
    struct entry_facts facts;
    (void)REFUSE(why, "is no JSON");
    if (entry_facts_parse(bytes, length, &facts) == ERR_DUPLICATE)
        return REFUSE(why, "has a member twice, so that readers would differ");
    entry.root = parse(bytes, length, why);
    if (!entry.root) return false;
    if (!take_common(&entry, why)) {
        etalon_entry_free(&entry);
        return false;
    }
    take_source(&entry);
    *out = entry;
    return true;
}

void etalon_entry_free(struct etalon_entry *entry) {
    json_object_put(entry->root);
    entry->root = NULL;
}

/* Any text as a configuration. The input is the first file; what stands after a line "---" is what
 * every include reads. Invariants: refusal leaves the result alone and has a place inside the
 * text; what is accepted keeps every limit and relation that the jobs rely on. */
#include <string.h>

#include "base/check.h"
#include "config/access.h"
#include "config/parse.h"

enum { FIRST_NAME_BYTES = 10 };
static const char first_name[FIRST_NAME_BYTES] = "fuzz.conf";

struct part {
    const char *text;
    size_t length;
};

struct parts {
    struct part first, tail;
};

static enum err read_part(void *context, const char *path, char *text, size_t room, size_t *length,
                          const char **why) {
    const struct parts *parts = context;
    const struct part *part = strcmp(path, first_name) == 0 ? &parts->first : &parts->tail;
    if (strchr(path, '!')) {
        *why = "refused";
        return ERR_IO;
    }
    if (part->length > room) return ERR_TOO_LONG;
    memcpy(text, part->text, part->length);
    *length = part->length;
    return ERR_OK;
}

static enum err list_two(void *context, const char *directory, size_t index,
                         char out[LIMIT_PATH_BYTES], const char **why) {
    (void)context;
    (void)why;
    size_t length = strlen(directory);
    if (index >= 2 || length + 3 > LIMIT_PATH_BYTES) return ERR_STALE;
    memcpy(out, directory, length);
    memcpy(out + length, index ? "/b" : "/a", 3);
    return ERR_OK;
}

static void check_source(const struct config_source *source) {
    CHECK(source->name[0] && memchr(source->name, '\0', sizeof source->name));
    CHECK(source->minpoll_log2s <= source->maxpoll_log2s);
    CHECK(source->minpoll_log2s >= LIMIT_POLL_MIN_LOG2S);
    CHECK(source->maxpoll_log2s <= LIMIT_POLL_MAX_LOG2S);
    CHECK(source->version == 3 || source->version == 4);
    CHECK(source->port > 0 && !(source->require && source->noselect));
    CHECK(source->addr.family == ADDR_NONE || source->addr.port == source->port);
    CHECK(source->is_pool || source->pool_member == 0);
    CHECK(source->offset_s >= -1e9 && source->offset_s <= 1e9);
}

static void check_access(const struct config *config) {
    bool serves = false;
    CHECK(config->access_count <= LIMIT_ACCESS_RULES);
    for (uint32_t i = 0; i < config->access_count; i++) {
        const struct config_access_rule *rule = &config->access[i];
        CHECK(i == 0 || config->access[i - 1].prefix_bits >= rule->prefix_bits);
        CHECK(rule->net.family == ADDR_NONE || rule->prefix_bits <= 8 * addr_length(&rule->net));
        if (i == 0 && rule->net.family != ADDR_NONE)
            CHECK(access_allows(config, &rule->net) == rule->allow);
        serves |= rule->allow;
    }
    CHECK(config->serves == serves);
}

static void check_config(const struct config *config) {
    CHECK(config->source_count <= LIMIT_SOURCES && config->bind_count <= LIMIT_BIND_ADDRESSES);
    for (uint32_t i = 0; i < config->source_count; i++) check_source(&config->sources[i]);
    check_access(config);
    CHECK(config->server_jobs >= 1 && config->server_jobs <= LIMIT_SERVER_JOBS);
    CHECK(config->local.stratum >= 1 && config->local.stratum <= LIMIT_STRATUM);
    CHECK(config->local.bound_s > 0 && config->max_bound_s > 0 && config->max_distance_s > 0);
    CHECK(!config->local.enabled || config->local.bound_s < config->max_bound_s);
    CHECK(config->max_slew_rate > 0 && config->max_slew_rate <= 0.1);
    CHECK(config->max_drift > 0 && config->max_clock_error > 0);
    CHECK(config->makestep_limit >= -1 && config->max_change_ignore >= -1);
    CHECK(memchr(config->user, '\0', sizeof config->user));
    CHECK(memchr(config->drift_file, '\0', sizeof config->drift_file));
    CHECK(memchr(config->status_socket, '\0', sizeof config->status_socket));
}

static void check_refusal(const struct config *config, const struct config_error *error) {
    struct config untouched;
    memset(&untouched, 0x5a, sizeof untouched);
    CHECK(memcmp(config, &untouched, sizeof untouched) == 0);
    CHECK(error->place.line > 0 && error->place.column > 0);
    CHECK(error->place.column <= LIMIT_CONFIG_LINE_BYTES || strstr(error->text, "byte 0x"));
    CHECK(error->place.file[0] && error->text[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* A file and the same text in memory give the same. */
static void check_same(const struct config_loader *loader, const struct config *config,
                       const struct config_error *error, enum err err) {
    struct config from_file;
    struct config_error file_error;
    enum err file_err = parse_file(first_name, loader, &from_file, &file_error);
    CHECK(file_err == err);
    if (err) {
        CHECK(strcmp(file_error.text, error->text) == 0);
        CHECK(strcmp(file_error.place.file, error->place.file) == 0);
        CHECK(file_error.place.line == error->place.line);
        CHECK(file_error.place.column == error->place.column);
    } else {
        CHECK(from_file.source_count == config->source_count);
        CHECK(from_file.access_count == config->access_count);
        CHECK(from_file.port == config->port && from_file.bind_count == config->bind_count);
        CHECK(strcmp(from_file.drift_file, config->drift_file) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    const char *text = (const char *)bytes;
    const char *cut = memmem(text, length, "\n---\n", 5);
    size_t first = cut ? (size_t)(cut - text) : length;
    struct parts parts = {{text, first}, {text, 0}};
    if (cut) parts.tail = (struct part){cut + 5, length - first - 5};
    struct config_loader loader = {.context = &parts, .read = read_part, .list = list_two};
    struct config config;
    struct config_error error;
    memset(&config, 0x5a, sizeof config);
    enum err err = parse_text(first_name, text, first, &loader, &config, &error);
    if (err == ERR_OK)
        check_config(&config);
    else
        check_refusal(&config, &error);
    check_same(&loader, &config, &error, err);
    return 0;
}

/* server and pool. Invariant: every association added has a name that is a numeric address or a
 * possible host name, minpoll <= maxpoll, and no other has the same name and port. */
#include "config/directive.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const struct directive_source defaults = {
    .source =
        {.port = 123, .nts_port = 4460, .version = 4, .minpoll_log2s = 6, .maxpoll_log2s = 10},
    .members = LIMIT_POOL_SOURCES_DEFAULT,
};

/* Labels of 1 to 63 letters, digits, hyphens (RFC 1123 section 2.1) and, as found in the wild,
 * underscores; a dot at the end is right. */
static bool is_host_name(const char *name) {
    size_t label = 0;
    for (const char *c = name; *c; c++) {
        if (*c == '.' && label == 0) return false;
        if (*c != '.' && !isalnum((unsigned char)*c) && *c != '-' && *c != '_') return false;
        label = *c == '.' ? 0 : label + 1;
        if (label > 63) return false;
    }
    return strlen(name) < LIMIT_HOST_NAME_BYTES - 1;
}

/* What is wrong with a name that is no numeric address; NULL if it can be a host name. */
static const char *name_fault(const char *name) {
    if (strchr(name, '%')) return "addresses with a zone are not supported; use a global address";
    if (name[0] == '[') return "write an IPv6 address without brackets, and the port as port N";
    if (strchr(name, ':')) return "it is neither an IPv6 address nor a name; a port is port N";
    if (name[strspn(name, "0123456789.")] == '\0') return "it is not a complete IPv4 address";
    return is_host_name(name) ? NULL : "it is not a host name";
}

/* Whether no single server can have that address: unspecified, multicast or broadcast. */
static bool is_no_host(const struct addr *addr) {
    static const uint8_t zeros[16];
    if (memcmp(addr->bytes, zeros, sizeof zeros) == 0) return true;
    return addr->family == ADDR_IPV4 ? addr->bytes[0] >= 224 : addr->bytes[0] == 0xff;
}

static enum err take_name(struct reading *r, const struct option_entry *entry, const char *name,
                          struct config_source *source) {
    bool numeric = addr_parse(name, 0, &source->addr) == ERR_OK;
    const char *fault = numeric ? NULL : name_fault(name);
    if (numeric && is_no_host(&source->addr)) fault = "it is not the address of one host";
    if (numeric && source->is_pool) fault = "a pool is a name with several addresses; use server";
    if (fault)
        return reading_refuse(r, name, ERR_SYNTAX, "%s: \"%.80s\" cannot be used: %s", entry->name,
                              name, fault);
    memcpy(source->name, name, strlen(name) + 1);
    return ERR_OK;
}

/* The one limit that was not written follows the one that was, as in chrony. */
static enum err settle_poll(struct reading *r, struct config_source *source, const char *minpoll,
                            const char *maxpoll) {
    if (source->minpoll_log2s <= source->maxpoll_log2s) return ERR_OK;
    if (minpoll && maxpoll)
        return reading_refuse(r, minpoll > maxpoll ? minpoll : maxpoll, ERR_RANGE,
                              "minpoll %d is above maxpoll %d", source->minpoll_log2s,
                              source->maxpoll_log2s);
    if (minpoll)
        source->maxpoll_log2s = source->minpoll_log2s;
    else
        source->minpoll_log2s = source->maxpoll_log2s;
    return ERR_OK;
}

static enum err check_conflicts(struct reading *r, const struct option_entry *entry,
                                const struct config_source *source,
                                const char *const where[OPTION_SUBOPTIONS_MAX]) {
    const char *noselect = directive_where(entry, where, "noselect");
    const char *version = directive_where(entry, where, "version");
    static const char *const others[] = {"require", "prefer"};
    for (size_t i = 0; noselect && i < sizeof others / sizeof others[0]; i++) {
        const char *other = directive_where(entry, where, others[i]);
        if (other)
            return reading_refuse(r, other > noselect ? other : noselect, ERR_SYNTAX,
                                  "%s and noselect contradict each other; remove one of them",
                                  others[i]);
    }
    if (version && source->nts && source->version != 4)
        return reading_refuse(r, version, ERR_SYNTAX, "nts needs NTP version 4");
    return ERR_OK;
}

static bool same_server(const struct config_source *a, const struct config_source *b) {
    if (a->port != b->port) return false;
    if (a->addr.family != ADDR_NONE) return addr_same_host(&a->addr, &b->addr);
    return strcasecmp(a->name, b->name) == 0;
}

static enum err check_duplicate(struct reading *r, const char *name,
                                const struct config_source *source) {
    for (uint32_t i = 0; i < r->config.source_count; i++) {
        const struct config_place *place = &r->source_places[i];
        if (same_server(source, &r->config.sources[i]))
            return reading_refuse(r, name, ERR_SYNTAX,
                                  "%.80s port %u was given already at %.200s:%u; one server asked "
                                  "twice is no second witness",
                                  name, (unsigned)source->port, place->file, (unsigned)place->line);
    }
    return ERR_OK;
}

static enum err add_members(struct reading *r, const char *name,
                            const struct directive_source *line) {
    struct config *config = &r->config;
    if (config->source_count + line->members > LIMIT_SOURCES)
        return reading_refuse(r, name, ERR_FULL,
                              "%.80s makes more than %d sources (a pool counts by its maxsources)",
                              name, LIMIT_SOURCES);
    for (uint8_t i = 0; i < line->members; i++) {
        r->source_places[config->source_count] = reading_place(r, name);
        config->sources[config->source_count] = line->source;
        config->sources[config->source_count++].pool_member = i;
    }
    return ERR_OK;
}

enum err directive_source(struct reading *r, const struct option_entry *entry, const char *word) {
    struct directive_source line = defaults;
    const char *where[OPTION_SUBOPTIONS_MAX];
    const char *name = reading_word(r);
    if (!name)
        return reading_refuse(r, word, ERR_SHORT, "%s needs a name; write: %s %s", entry->name,
                              entry->name, entry->arguments);
    line.source.is_pool = strcasecmp(entry->name, "pool") == 0;
    if (!line.source.is_pool) line.members = 1;
    line.source.line = reading_place(r, word).line;
    enum err err = take_name(r, entry, name, &line.source);
    if (!err) err = directive_suboptions(r, entry, &line, where);
    if (!err)
        err = settle_poll(r, &line.source, directive_where(entry, where, "minpoll"),
                          directive_where(entry, where, "maxpoll"));
    if (!err) err = check_conflicts(r, entry, &line.source, where);
    if (line.source.addr.family != ADDR_NONE) line.source.addr.port = line.source.port;
    if (!err) err = check_duplicate(r, name, &line.source);
    return err ? err : add_members(r, name, &line);
}

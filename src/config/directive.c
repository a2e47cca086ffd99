/* The directives that fill struct config itself. Invariant: a directive either takes its whole
 * line or refuses it; it may leave the scratch half-filled, because a refusal discards it. */
#include "config/directive.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "config/access.h"
#include "config/value.h"

static enum err refuse_missing(struct reading *r, const struct option_entry *entry,
                               const char *word, const char *what) {
    return reading_refuse(r, word, ERR_SHORT, "%s needs %s; write: %s %s", entry->name, what,
                          entry->name, entry->arguments);
}

enum err directive_values(struct reading *r, const struct option_entry *entry, const char *word) {
    bool several = entry->values[1].rule.kind != OPTION_END;
    for (const struct option_value *value = entry->values; value->rule.kind; value++) {
        char owner[64];
        snprintf(owner, sizeof owner, several ? "%s %s" : "%s", entry->name, value->name);
        bool flag = value->rule.kind == OPTION_FLAG;
        const char *written = flag ? word : reading_word(r);
        if (!written) return refuse_missing(r, entry, word, value->name);
        enum err err = value_store(r, &value->rule, owner, written, &r->config);
        if (err) return err;
    }
    return reading_end(r, entry);
}

static enum err refuse_suboption(struct reading *r, const struct option_entry *entry,
                                 const char *word) {
    const char *hint = option_unsupported_suboption(entry->name, word);
    if (hint)
        return reading_refuse(r, word, ERR_KIND, "%s %s is not supported: %s", entry->name, word,
                              hint);
    const char *near = option_nearest_suboption(entry, word);
    return reading_refuse(r, word, ERR_KIND, "%s has no option \"%.80s\"%s%s%s", entry->name, word,
                          near ? "; did you mean \"" : "; see etalon.conf(5)", near ? near : "",
                          near ? "\"?" : "");
}

static enum err take_suboption(struct reading *r, const struct option_entry *entry,
                               const struct option_suboption *sub, const char *word, void *base) {
    char owner[64];
    snprintf(owner, sizeof owner, "%s %s", entry->name, sub->name);
    const char *value = word;
    if (sub->argument) {
        value = reading_word(r);
        if (!value)
            return reading_refuse(r, word, ERR_SHORT, "%s needs a value; write: %s %s", owner,
                                  sub->name, sub->argument);
    }
    return value_store(r, &sub->rule, owner, value, base);
}

static size_t find_suboption(const struct option_entry *entry, const char *name) {
    size_t i = 0;
    while (entry->suboptions[i].name && strcasecmp(entry->suboptions[i].name, name) != 0) i++;
    return i;
}

enum err directive_suboptions(struct reading *r, const struct option_entry *entry, void *base,
                              const char *where[OPTION_SUBOPTIONS_MAX]) {
    for (size_t i = 0; i < OPTION_SUBOPTIONS_MAX; i++) where[i] = NULL;
    for (const char *word; (word = reading_word(r));) {
        size_t i = find_suboption(entry, word);
        const struct option_suboption *sub = &entry->suboptions[i];
        if (!sub->name) return refuse_suboption(r, entry, word);
        CHECK(i < OPTION_SUBOPTIONS_MAX);
        if (where[i])
            return reading_refuse(r, word, ERR_SYNTAX,
                                  "%s is given twice in this line, first at column %u", sub->name,
                                  (unsigned)reading_place(r, where[i]).column);
        where[i] = word;
        enum err err = take_suboption(r, entry, sub, word, base);
        if (err) return err;
    }
    return ERR_OK;
}

const char *directive_where(const struct option_entry *entry,
                            const char *const where[OPTION_SUBOPTIONS_MAX], const char *name) {
    size_t i = find_suboption(entry, name);
    return entry->suboptions[i].name ? where[i] : NULL;
}

enum err directive_local(struct reading *r, const struct option_entry *entry, const char *word) {
    (void)word;
    const char *where[OPTION_SUBOPTIONS_MAX];
    enum err err = directive_suboptions(r, entry, &r->config, where);
    r->config.local.enabled = true;
    return err;
}

static enum err refuse_net(struct reading *r, const struct option_entry *entry, const char *word,
                           enum err err) {
    if (err == ERR_RANGE)
        return reading_refuse(r, word, err,
                              "%s: the prefix of \"%.80s\" is longer than the address: at most 32 "
                              "bits for IPv4, 128 for IPv6",
                              entry->name, word);
    return reading_refuse(r, word, err,
                          "%s: \"%.80s\" is not an address or network; write 192.0.2.0/24, "
                          "192.0.2, 2001:db8::/32 or nothing for everybody (no host names)",
                          entry->name, word);
}

static enum err add_access(struct reading *r, const struct option_entry *entry, const char *word,
                           bool allow) {
    struct config_access_rule rule = {0};
    const char *net = reading_word(r);
    bool everything = net && strcasecmp(net, "all") == 0;
    if (everything) net = reading_word(r);
    enum err err = net ? access_net_parse(net, &rule) : ERR_OK;
    if (err) return refuse_net(r, entry, net, err);
    if ((err = reading_end(r, entry))) return err;
    rule.allow = allow;
    err = access_add(&r->config, &rule, everything);
    if (err)
        return reading_refuse(r, word, err, "more than %d rules of allow and deny",
                              LIMIT_ACCESS_RULES);
    return ERR_OK;
}

enum err directive_allow(struct reading *r, const struct option_entry *entry, const char *word) {
    return add_access(r, entry, word, true);
}

enum err directive_deny(struct reading *r, const struct option_entry *entry, const char *word) {
    return add_access(r, entry, word, false);
}

enum err directive_bindaddress(struct reading *r, const struct option_entry *entry,
                               const char *word) {
    struct config *config = &r->config;
    struct addr addr;
    const char *text = reading_word(r);
    if (!text) return refuse_missing(r, entry, word, "ADDRESS");
    if (addr_parse(text, 0, &addr) != ERR_OK)
        return reading_refuse(r, text, ERR_SYNTAX,
                              "bindaddress: \"%.80s\" is not a numeric IPv4 or IPv6 address", text);
    for (uint32_t i = 0; i < config->bind_count; i++)
        if (addr_same_host(&config->bind[i], &addr))
            return reading_refuse(r, text, ERR_SYNTAX,
                                  "bindaddress %.80s is given twice; remove one of the lines",
                                  text);
    if (config->bind_count == LIMIT_BIND_ADDRESSES)
        return reading_refuse(r, word, ERR_FULL, "more than %d addresses to bind to",
                              LIMIT_BIND_ADDRESSES);
    config->bind[config->bind_count++] = addr;
    return reading_end(r, entry);
}

/* The path that include and confdir name, copied: other files overwrite the line. */
static enum err take_path(struct reading *r, const struct option_entry *entry, const char *word,
                          struct config_place *place, char out[LIMIT_PATH_BYTES]) {
    static const struct option_rule rule = {.kind = OPTION_PATH, .bytes = LIMIT_PATH_BYTES};
    const char *path = reading_word(r);
    if (!path) return refuse_missing(r, entry, word, entry->arguments);
    *place = reading_place(r, path);
    enum err err = value_store(r, &rule, entry->name, path, out);
    return err ? err : reading_end(r, entry);
}

static enum err read_directory(struct reading *r, const struct config_place *place,
                               const char *directory, size_t *count) {
    for (*count = 0;; ++*count) {
        char path[LIMIT_PATH_BYTES];
        const char *why = NULL;
        enum err err =
            r->loader ? r->loader->list(r->loader->context, directory, *count, path, &why) : ERR_IO;
        if (err == ERR_STALE) return ERR_OK;
        if (err)
            return reading_refuse_at(r, place, err, "cannot list directory %s: %s", directory,
                                     why ? why : err_text(err));
        err = reading_path(r, place, path);
        if (err) return err;
    }
}

enum err directive_confdir(struct reading *r, const struct option_entry *entry, const char *word) {
    char directory[LIMIT_PATH_BYTES];
    struct config_place place;
    size_t count;
    enum err err = take_path(r, entry, word, &place, directory);
    return err ? err : read_directory(r, &place, directory, &count);
}

/* Cuts a trailing slash-star-.conf off path. */
static bool cut_pattern(char *path) {
    static const char pattern[] = "/*.conf";
    size_t length = strlen(path), cut = sizeof pattern - 1;
    if (length <= cut || strcmp(path + length - cut, pattern) != 0) return false;
    path[length - cut] = '\0';
    return true;
}

enum err directive_include(struct reading *r, const struct option_entry *entry, const char *word) {
    char path[LIMIT_PATH_BYTES];
    struct config_place place;
    size_t count = 0;
    enum err err = take_path(r, entry, word, &place, path);
    if (err) return err;
    bool pattern = cut_pattern(path);
    if (strpbrk(path, "*?["))
        return reading_refuse_at(r, &place, ERR_SYNTAX,
                                 "include: \"%s\" is no pattern that is understood; write a path "
                                 "or DIRECTORY/*.conf",
                                 path);
    if (!pattern) return reading_path(r, &place, path);
    err = read_directory(r, &place, path, &count);
    if (!err && count == 0)
        return reading_refuse_at(r, &place, ERR_IO,
                                 "no file matches %s/*.conf; use confdir where there may be none",
                                 path);
    return err;
}

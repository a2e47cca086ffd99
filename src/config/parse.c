/* Lines to directives, and the checks that need the whole. Invariant: *out is written in one
 * place, after everything was right. The option table decides what a directive is. */
#include "config/parse.h"

#include <stdio.h>
#include <string.h>

#include "config/option.h"
#include "config/reading.h"

static enum err refuse_unknown(struct reading *r, const char *word) {
    const char *hint = option_unsupported(word);
    if (hint) return reading_refuse(r, word, ERR_KIND, "%s is not supported: %s", word, hint);
    const char *near = option_nearest(word);
    if (near)
        return reading_refuse(r, word, ERR_KIND,
                              "unknown directive \"%.80s\"; did you mean \"%s\"?", word, near);
    return reading_refuse(r, word, ERR_KIND,
                          "unknown directive \"%.80s\"; \"etalon options\" lists all there are",
                          word);
}

static enum err check_single(struct reading *r, const struct option_entry *entry,
                             const char *word) {
    struct config_place *first = &r->first[entry - option_table];
    if (!entry->repeats && first->line)
        return reading_refuse(r, word, ERR_SYNTAX,
                              "%s was given already at %.200s:%u; remove one of the lines",
                              entry->name, first->file, (unsigned)first->line);
    *first = reading_place(r, word);
    return ERR_OK;
}

static enum err take_line(struct reading *r) {
    const char *word = reading_word(r);
    if (!word || strchr("#%!;", word[0])) return ERR_OK;
    const struct option_entry *entry = option_find(word);
    if (!entry) return refuse_unknown(r, word);
    enum err err = check_single(r, entry, word);
    return err ? err : entry->apply(r, entry, word);
}

static const struct config_place *place_of(const struct reading *r, const char *name) {
    return &r->first[option_find(name) - option_table];
}

static enum err check_minsources(struct reading *r) {
    const struct config_place *place = place_of(r, "minsources");
    uint32_t selectable = 0;
    for (uint32_t i = 0; i < r->config.source_count; i++)
        selectable += !r->config.sources[i].noselect;
    if (!place->line || r->config.min_sources <= selectable) return ERR_OK;
    return reading_refuse_at(r, place, ERR_RANGE,
                             "minsources %u can never be met: %u sources may be selected; lower "
                             "it or add servers",
                             (unsigned)r->config.min_sources, (unsigned)selectable);
}

static enum err check_local(struct reading *r) {
    const struct config *config = &r->config;
    if (!config->local.enabled || config->local.bound_s < config->max_bound_s) return ERR_OK;
    return reading_refuse_at(
        r, place_of(r, "local"), ERR_RANGE,
        "local has bound %g s, not below maxbound %g s, so its time would never "
        "be served; lower the bound or raise maxbound",
        config->local.bound_s, config->max_bound_s);
}

static enum err check_roughtime(struct reading *r) {
    const struct config *config = &r->config;
    if (config->roughtime_count > 0 && config->roughtime_count < 3)
        return reading_refuse_at(
            r, place_of(r, "roughtime"), ERR_RANGE,
            "%u Roughtime servers are too few: with fewer than three it cannot "
            "be told who lies",
            (unsigned)config->roughtime_count);
    if (config->roughtime_old_port == 0 || config->roughtime_old_port != config->roughtime_port)
        return ERR_OK;
    return reading_refuse_at(r, place_of(r, "roughtimeoldport"), ERR_RANGE,
                             "roughtimeoldport %u is the roughtimeport already",
                             (unsigned)config->roughtime_old_port);
}

static enum err check_nts_server(struct reading *r) {
    const struct config_nts *nts = &r->config.nts;
    bool cert = nts->server_cert[0] != '\0', key = nts->server_key[0] != '\0';
    if (cert != key)
        return reading_refuse_at(r, place_of(r, cert ? "ntsservercert" : "ntsserverkey"),
                                 ERR_SYNTAX,
                                 "ntsservercert and ntsserverkey belong together; %s is missing",
                                 cert ? "ntsserverkey" : "ntsservercert");
    if (nts->fleet_secret[0] != '\0' && nts->rotate_s == 0)
        return reading_refuse_at(r, place_of(r, "ntsfleetsecret"), ERR_SYNTAX,
                                 "ntsfleetsecret derives a key for every ntsrotate seconds, so it "
                                 "contradicts ntsrotate 0; remove one of them");
    if (cert && nts->rotate_s == 0 && nts->dump_dir[0] == '\0')
        return reading_refuse_at(r, place_of(r, "ntsrotate"), ERR_SYNTAX,
                                 "ntsrotate 0 takes the keys from the file ntskeys in ntsdumpdir, "
                                 "which is not given");
    return ERR_OK;
}

static enum err check_nts_client(struct reading *r) {
    const struct config *config = &r->config;
    bool any = false;
    for (uint32_t i = 0; i < config->source_count; i++) any |= config->sources[i].nts;
    if (!any || !config->nts.no_system_certs || config->nts.trusted[0] != '\0') return ERR_OK;
    return reading_refuse_at(r, place_of(r, "nosystemcert"), ERR_SYNTAX,
                             "nosystemcert without ntstrustedcerts trusts nobody, so no server "
                             "with nts could be used");
}

static enum err check_ledger(struct reading *r) {
    const struct config_ledger *ledger = &r->config.ledger;
    bool dir = ledger->dir[0] != '\0', key = ledger->key[0] != '\0';
    if (dir != key)
        return reading_refuse_at(r, place_of(r, dir ? "ledger" : "ledgerkey"), ERR_SYNTAX,
                                 "ledger and ledgerkey belong together; %s is missing",
                                 dir ? "ledgerkey (make one with `etalon ledger keygen`)"
                                     : "ledger");
    static const char *const others[] = {"ledgerformerkey", "ledgerpolicy", "ledgerkeep",
                                         "ledgerport"};
    for (size_t i = 0; !dir && i < sizeof others / sizeof others[0]; i++)
        if (place_of(r, others[i])->line != 0)
            return reading_refuse_at(r, place_of(r, others[i]), ERR_SYNTAX,
                                     "%s means nothing without a ledger", others[i]);
    return ERR_OK;
}

/* What follows from several directives together, in whatever order they came. */
static enum err finish(struct reading *r) {
    struct config *config = &r->config;
    for (uint32_t i = 0; i < config->bind_count; i++) config->bind[i].port = config->port;
    for (uint32_t i = 0; i < config->access_count; i++) config->serves |= config->access[i].allow;
    enum err err = check_minsources(r);
    if (!err) err = check_local(r);
    if (!err) err = check_nts_server(r);
    if (!err) err = check_nts_client(r);
    if (!err) err = check_ledger(r);
    return err ? err : check_roughtime(r);
}

/* Reads text, or the file called name if text is NULL. */
static enum err parse(const char *name, const char *text, size_t length,
                      const struct config_loader *loader, struct config *out,
                      struct config_error *error) {
    char room[LIMIT_CONFIG_FILE_BYTES];
    struct reading r = {.loader = loader, .take_line = take_line, .text = room};
    struct config_place top = {.line = 1, .column = 1};
    snprintf(top.file, sizeof top.file, "%s", name);
    config_default(&r.config);
    enum err err = text ? reading_text(&r, name, text, length) : reading_path(&r, &top, name);
    if (!err) err = finish(&r);
    if (err)
        *error = r.error;
    else
        *out = r.config;
    return err;
}

enum err parse_file(const char *path, const struct config_loader *loader, struct config *out,
                    struct config_error *error) {
    return parse(path, NULL, 0, loader, out, error);
}

enum err parse_text(const char *name, const char *text, size_t length,
                    const struct config_loader *loader, struct config *out,
                    struct config_error *error) {
    return parse(name, text ? text : "", text ? length : 0, loader, out, error);
}

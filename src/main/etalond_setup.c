/* What is opened and read before the jobs start. A file that cannot be read is a warning: time can
 * be kept without it. A port that cannot be opened is an error: nobody would be served. */
#include "main/etalond_setup.h"

#include <stdio.h>
#include <string.h>

#include "crypto/wipe.h"
#include "main/etalond_keyer.h"
#include "main/etalond_ledger.h"
#include "os/clocks.h"
#include "os/log.h"
#include "os/steering.h"
#include "os/storage.h"

static const double drift_save_s = 3600;

bool etalond_setup_config(struct etalond *etalond) {
    struct config_error error;
    const struct etalond_arguments *arguments = &etalond->arguments;
    const struct config_loader loader = etalond_ledger_loader();
    if (parse_file(arguments->config, &loader, &etalond->config, &error) != ERR_OK) {
        if (error.place.line > 0)
            fprintf(stderr, "%s:%u:%u: %s\n", error.place.file, (unsigned)error.place.line,
                    (unsigned)error.place.column, error.text);
        else
            fprintf(stderr, "%s: %s\n", error.place.file[0] ? error.place.file : arguments->config,
                    error.text);
        return false;
    }
    if (!arguments->user) return true;
    if (strlen(arguments->user) >= sizeof etalond->config.user) {
        fprintf(stderr, "etalond: the user name after -u is too long\n");
        return false;
    }
    snprintf(etalond->config.user, sizeof etalond->config.user, "%s", arguments->user);
    return true;
}

bool etalond_setup_serves(const struct config *config) {
    return config->serves && config->port != 0;
}

bool etalond_setup_resolves(const struct config *config) {
    for (uint32_t i = 0; i < config->source_count; i++)
        /* With its keys a server may name another one. */
        if (config->sources[i].addr.family == ADDR_NONE || config->sources[i].nts) return true;
    return false;
}

bool etalond_setup_leaps(struct etalond *etalond) {
    struct leap_table table;
    char why[LIMIT_PATH_BYTES + 128];
    if (etalond->config.leap_file[0] == '\0') return false;
    if (storage_leaps_read(etalond->config.leap_file, &table, why, sizeof why) != ERR_OK) {
        log_line(LOG_LEVEL_WARNING, "leap seconds: %s; going on with what is known", why);
        return false;
    }
    bool news =
        table.expires_utc_s != etalond->leaps.expires_utc_s ||
        table.count != etalond->leaps.count ||
        memcmp(table.entries, etalond->leaps.entries, table.count * sizeof table.entries[0]) != 0;
    if (news) etalond->leaps = table;
    return news;
}

static void read_drift(struct etalond *etalond) {
    const char *path = etalond->config.drift_file, *why = "";
    if (path[0] == '\0') return;
    storage_tidy(path);
    if (storage_drift_read(path, &etalond->drift, &why) == ERR_OK) {
        etalond->has_drift = true;
        log_line(LOG_LEVEL_INFO, "drift file %s: the clock gains %+.3f ppm, +-%.3f ppm", path,
                 -etalond->drift.frequency * 1e6, etalond->drift.frequency_error * 1e6);
    } else {
        log_line(LOG_LEVEL_INFO, "drift file %s: %s; the frequency will be measured", path, why);
    }
}

/* The date of the drift file is a time that has certainly passed: certificates are judged by it at
 * the next start. So it is Etalon's own time, or what it was before, never the host's clock. */
static void date_drift(const struct etalond *etalond, struct utc before) {
    struct clock_state state;
    struct mono now = clocks_mono();
    if (clock_page_read(etalond->page.reader, &state) == ERR_OK && clock_state_serves(&state, now))
        before = clock_state_utc(&state, now);
    storage_date(etalond->config.drift_file, before);
}

void etalond_setup_save_drift(struct etalond *etalond) {
    const char *path = etalond->config.drift_file, *why = "";
    struct utc before = {0};
    if (!etalond->drift_unsaved || path[0] == '\0') return;
    (void)!storage_date_of(path, &before);
    etalond->drift_unsaved = false;
    etalond->drift_saved = clocks_mono();
    if (storage_drift_write(path, &etalond->drift, &why) != ERR_OK)
        log_line(LOG_LEVEL_WARNING, "drift file %s cannot be written: %s; the old one is kept",
                 path, why);
    else
        date_drift(etalond, before);
}

bool etalond_setup_roughtime_key(struct etalond *etalond) {
    struct roughtime_key key;
    char text[ROUGHTIME_KEY_TEXT_BYTES];
    size_t length, line = 0;
    const char *path = etalond->config.roughtime_delegation, *why = "";
    enum err err = storage_read(path, text, sizeof text, &length, &why);
    if (err == ERR_OK) {
        err = roughtime_key_parse(text, length, &key, &line);
        why = err_text(err);
    }
    wipe(text, sizeof text);
    if (err != ERR_OK) {
        char place[24] = "";
        if (line > 0) snprintf(place, sizeof place, ":%zu", line);
        log_line(LOG_LEVEL_ERROR, "roughtimedelegation %s%s: %s", path, place, why);
        return false;
    }
    bool news = memcmp(&key, &etalond->roughtime_key, sizeof key) != 0;
    etalond->roughtime_key = key;
    wipe(&key, sizeof key);
    return news;
}

static bool open_roughtime(struct etalond *etalond) {
    const struct config *config = &etalond->config;
    char why[LISTEN_WHY_BYTES];
    if (config->roughtime_delegation[0] == '\0' || !config->serves) return true;
    if (!etalond_setup_roughtime_key(etalond)) return false;
    if (!roughtime_sockets_listen(config, &etalond->roughtime, why)) {
        log_line(LOG_LEVEL_ERROR, "%s", why);
        return false;
    }
    etalond->has_roughtime = config->roughtime_port != 0 || config->roughtime_old_port != 0;
    return true;
}

void etalond_setup_keep_drift(struct etalond *etalond, const struct message_drift *drift) {
    bool is_first = etalond->drift_saved.ns == 0;
    etalond->drift = *drift;
    etalond->has_drift = etalond->drift_unsaved = true;
    if (is_first || mono_seconds(clocks_mono(), etalond->drift_saved) >= drift_save_s)
        etalond_setup_save_drift(etalond);
}

static bool open_ntp(struct etalond *etalond) {
    const struct config *config = &etalond->config;
    char why[LISTEN_WHY_BYTES];
    int jobs = etalond->arguments.single ? 1 : config->server_jobs;
    if (!etalond_setup_serves(config)) return true;
    for (int i = 0; i < jobs; i++) {
        if (listen_ntp(config, &etalond->ntp[i], why)) continue;
        log_line(LOG_LEVEL_ERROR, "%s", why);
        return false;
    }
    return true;
}

static void open_status(struct etalond *etalond) {
    const struct config *config = &etalond->config;
    char why[LISTEN_WHY_BYTES];
    if (config->status_socket[0] == '\0') return;
    etalond->status_listener = listen_status(config->status_socket, why);
    if (etalond->status_listener < 0)
        log_line(LOG_LEVEL_WARNING, "%s; `etalon status` will not work", why);
    else
        listen_give(config->status_socket, config->user);
}

bool etalond_setup_open(struct etalond *etalond) {
    etalond->status_listener = -1;
    leap_default(&etalond->leaps);
    (void)etalond_setup_leaps(etalond);
    read_drift(etalond);
    if (!open_ntp(etalond) || !open_roughtime(etalond) || !etalond_keyer_listen(etalond))
        return false;
    if (!etalond_ledger_open(etalond)) return false;
    open_status(etalond);
    etalond->steers = !etalond->arguments.leave_clock && steering_possible();
    if (!etalond->steers && !etalond->arguments.leave_clock)
        log_line(LOG_LEVEL_WARNING, "no right to steer the system clock (CAP_SYS_TIME): it is left "
                                    "alone, as with -x; start as root to have it steered");
    return true;
}

void etalond_setup_advise(const struct etalond *etalond) {
    const struct config *config = &etalond->config;
    if (config->source_count == 0 && !config->local.enabled)
        log_line(LOG_LEVEL_WARNING, "neither `server`, `pool` nor `local` is configured: there is "
                                    "no time to keep, and none will be served");
    if (!config->serves && config->port != 0)
        log_line(LOG_LEVEL_INFO, "no `allow`: nobody is served, the NTP port stays closed");
    if (config->roughtime_count > 0 && etalond->arguments.single)
        log_line(LOG_LEVEL_WARNING, "with --single no Roughtime server is asked: it needs a "
                                    "process of its own");
    if (config->roughtime_reports[0] != '\0' && config->roughtime_count == 0)
        log_line(LOG_LEVEL_WARNING, "without `roughtime` servers there will be no reports");
    if (config->roughtime_delegation[0] != '\0' && !config->serves)
        log_line(LOG_LEVEL_WARNING, "no `allow`: the Roughtime port stays closed too");
    if (config->roughtime_delegation[0] == '\0' &&
        (config->roughtime_old_port != 0 || config->roughtime_grease > 0))
        log_line(LOG_LEVEL_WARNING, "without `roughtimedelegation` no Roughtime is served");
    if (config->nts.server_cert[0] != '\0' && !etalond_keyer_serves(config))
        log_line(LOG_LEVEL_WARNING,
                 "neither `allow` nor `ntsntpserver`: the NTS port stays closed");
    if (config->leap_file[0] == '\0')
        log_line(LOG_LEVEL_INFO, "no `leapseclist`: leap seconds are learned from the sources");
}

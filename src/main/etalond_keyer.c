/* Files of NTS. Invariant: what holds a secret is written readable for its owner only, and wiped
 * from memory once it was used. */
#include "main/etalond_keyer.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "crypto/wipe.h"
#include "os/clocks.h"
#include "os/log.h"
#include "os/process.h"
#include "os/storage.h"

static const char system_certificates[] = "/etc/ssl/certs/ca-certificates.crt";
static const char keep_magic[8] = "ETNTS1\n";

/* When this was written, 2026-11-01: that time has passed wherever it runs. */
static const struct utc floor_built = {INT64_C(1793491200) * NS_PER_S};

enum {
    PATH_ROOM = LIMIT_PATH_BYTES + LIMIT_HOST_NAME_BYTES + 32,
    OTHERS = 128, /* descriptors of the keyer's process for other things than clients */
    OTHERS_SINGLE = OTHERS + LIMIT_SOURCES + LIMIT_ROUGHTIME_CONNECTIONS + LIMIT_STATUS_CLIENTS,
};

bool etalond_keyer_serves(const struct config *config) {
    bool elsewhere = config->nts.ntp_server[0] != '\0';
    return config->nts.server_cert[0] != '\0' && (config->serves || elsewhere);
}

bool etalond_keyer_wanted(const struct config *config) {
    for (uint32_t i = 0; i < config->source_count; i++)
        if (config->sources[i].nts) return true;
    return etalond_keyer_serves(config);
}

/* As many connections as descriptors may be open, beside all others of the process. */
static void fit_connections(struct etalond *etalond) {
    size_t others = etalond->arguments.single ? OTHERS_SINGLE : OTHERS;
    uint16_t *most = &etalond->config.nts.connections_max;
    size_t open = process_descriptors(others + *most);
    size_t room = open > others ? open - others : 1;
    if (room >= *most) return;
    log_line(LOG_LEVEL_WARNING,
             "maxntsconnections %u: at most %zu are served at one time, as only %zu files may be "
             "open: raise the hard limit (LimitNOFILE of the service, ulimit -Hn) to %zu",
             (unsigned)*most, room, open, others + *most);
    *most = (uint16_t)room;
}

bool etalond_keyer_listen(struct etalond *etalond) {
    char why[LISTEN_WHY_BYTES];
    const struct config *config = &etalond->config;
    if (!etalond_keyer_serves(config)) return true;
    fit_connections(etalond);
    if (listen_tcp(config, config->nts.port, &etalond->key_listeners, why)) return true;
    log_line(LOG_LEVEL_ERROR, "key establishment for NTS: %s", why);
    return false;
}

size_t etalond_keyer_ports(const struct config *config, uint16_t ports[ETALOND_KEYER_PORTS]) {
    size_t count = 0;
    for (uint32_t i = 0; i < config->source_count; i++) {
        size_t known = 0;
        if (!config->sources[i].nts) continue;
        while (known < count && ports[known] != config->sources[i].nts_port) known++;
        if (known == count) ports[count++] = config->sources[i].nts_port;
    }
    return count;
}

/* --- certificates --- */

static bool read_pem(const char *path, char *text, size_t *length) {
    const char *why = "";
    if (storage_read(path, text, LIMIT_PEM_BYTES, length, &why) == ERR_OK) return true;
    log_line(LOG_LEVEL_ERROR, "%s cannot be read: %s", path, why);
    return false;
}

static char *pem_room(void) {
    char *room = malloc(LIMIT_PEM_BYTES);
    CHECK(room);
    return room;
}

static bool load_server(const struct config_nts *nts, struct tls_server *server) {
    char *chain = pem_room(), *key = pem_room(), reason[TLS_REASON_BYTES];
    size_t chain_length, key_length = 0;
    bool done = read_pem(nts->server_cert, chain, &chain_length) &&
                read_pem(nts->server_key, key, &key_length);
    if (done && tls_server_add(server, chain, chain_length, key, key_length, reason) != ERR_OK) {
        log_line(LOG_LEVEL_ERROR, "ntsservercert %s with ntsserverkey %s: %s", nts->server_cert,
                 nts->server_key, reason);
        done = false;
    }
    wipe(key, key_length);
    free(chain);
    free(key);
    return done;
}

bool etalond_keyer_check(const struct etalond *etalond) {
    struct tls_server server = {.count = 0};
    if (!etalond_keyer_serves(&etalond->config)) return true;
    bool good = load_server(&etalond->config.nts, &server);
    tls_server_free(&server);
    return good;
}

static bool trust_file(struct tls_client *client, const char *path) {
    char *pem = pem_room(), reason[TLS_REASON_BYTES];
    size_t length, count = 0;
    bool done = read_pem(path, pem, &length);
    if (done && tls_client_trust(client, pem, length, &count, reason) != ERR_OK) {
        log_line(LOG_LEVEL_ERROR, "certificates of %s: %s", path, reason);
        done = false;
    }
    if (done) log_line(LOG_LEVEL_DEBUG, "%zu certificates of %s are trusted", count, path);
    free(pem);
    return done;
}

static bool is_certificate_name(const char *name) {
    const char *dot = strrchr(name, '.');
    return name[0] != '.' && dot && (strcmp(dot, ".pem") == 0 || strcmp(dot, ".crt") == 0);
}

static void trust_path(struct tls_client *client, const char *path) {
    DIR *directory = opendir(path);
    if (!directory) {
        (void)trust_file(client, path);
        return;
    }
    for (const struct dirent *entry; (entry = readdir(directory));) {
        char name[PATH_ROOM];
        if (!is_certificate_name(entry->d_name)) continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        (void)trust_file(client, name);
    }
    closedir(directory);
}

static void load_trust(const struct config *config, struct tls_client *client) {
    struct utc date;
    bool system = !config->nts.no_system_certs;
    if (system && storage_date_of(system_certificates, &date))
        trust_file(client, system_certificates);
    if (config->nts.trusted[0] != '\0') trust_path(client, config->nts.trusted);
    if (!client->context)
        log_line(LOG_LEVEL_ERROR,
                 "no certificate is trusted, so no server with `nts` can be used: "
                 "install %s, or see `ntstrustedcerts`",
                 system_certificates);
}

static int64_t tell_certificate(const struct tls_server *server) {
    struct tls_certificate certificate;
    char text[TEXT_BYTES];
    if (tls_server_certificate(server, 0, &certificate) != ERR_OK) return 0;
    log_line(LOG_LEVEL_INFO, "NTS with the certificate of %s, valid until %s", certificate.name,
             text_utc(certificate.not_after, text));
    return certificate.not_after.ns / NS_PER_S;
}

/* --- what is kept --- */

static void keys_path(const struct config_nts *nts, char out[PATH_ROOM]) {
    snprintf(out, PATH_ROOM, "%s/ntskeys", nts->dump_dir);
}

static void cookies_path(const struct config_nts *nts, const char *name, unsigned port,
                         unsigned member, char out[PATH_ROOM]) {
    snprintf(out, PATH_ROOM, "%s/%s.%u.%u.nts", nts->dump_dir, name, port, member);
}

/* The greatest time that has certainly passed: the drift file has it as its date. */
static struct utc time_floor(const struct config *config) {
    struct utc date;
    if (config->drift_file[0] != '\0' && storage_date_of(config->drift_file, &date) &&
        date.ns > floor_built.ns)
        return date;
    return floor_built;
}

static const char *read_fleet(const char *path, struct nts_fleet *out) {
    char text[256];
    size_t length = 0;
    const char *why = "";
    if (path[0] == '\0') return NULL;
    enum err err = storage_read(path, text, sizeof text, &length, &why);
    if (err == ERR_OK && keyer_fleet_parse(text, length, out) != ERR_OK) {
        why = "it is not \"EPOCH SECRET\", a number and 64 hexadecimal digits";
        err = ERR_SYNTAX;
    }
    wipe(text, sizeof text);
    return err == ERR_OK ? NULL : why;
}

static void start_keyer(struct etalond *etalond, struct keyer *keyer, int64_t certificate_ends_s) {
    const struct config_nts *nts = &etalond->config.nts;
    char text[2 * NTS_KEYS_TEXT_BYTES], path[PATH_ROOM];
    struct nts_fleet fleet = {.epoch = 0};
    const char *why = read_fleet(nts->fleet_secret, &fleet);
    bool fleet_wanted = nts->fleet_secret[0] != '\0';
    struct keyer_start start = {.config = &etalond->config,
                                .clock = etalond->page.reader,
                                .page = etalond->key_page.writer,
                                .floor = time_floor(&etalond->config),
                                .fleet = fleet_wanted && !why ? &fleet : NULL,
                                .certificate_ends_utc_s = certificate_ends_s};
    if (why) log_line(LOG_LEVEL_ERROR, "ntsfleetsecret %s: %s", nts->fleet_secret, why);
    if (why || !etalond_keyer_serves(&etalond->config)) start.page = NULL;
    keys_path(nts, path);
    if (nts->dump_dir[0] != '\0' && !fleet_wanted &&
        storage_read(path, text, sizeof text, &start.keys_length, &why) == ERR_OK)
        start.keys_text = text;
    unsigned line = keyer_init(keyer, &start, clocks_mono());
    if (line > 0) log_line(LOG_LEVEL_ERROR, "%s:%u: these are no cookie keys", path, line);
    wipe(text, sizeof text);
    wipe(&fleet, sizeof fleet);
}

struct keyer_sockets *etalond_keyer_create(struct etalond *etalond, struct keyer *keyer) {
    struct keyer_sockets_setup setup = {.keyer = keyer, .listeners = etalond->key_listeners};
    const struct config *config = &etalond->config;
    uint16_t ports[ETALOND_KEYER_PORTS];
    int64_t ends_s = 0;
    if (etalond_keyer_ports(config, ports) > 0) load_trust(config, &setup.client);
    if (etalond_keyer_serves(config) && load_server(&config->nts, &setup.server))
        ends_s = tell_certificate(&setup.server);
    start_keyer(etalond, keyer, ends_s);
    return keyer_sockets_create(&setup);
}

static void resume_one(const char *path, struct source *source) {
    uint8_t bytes[sizeof keep_magic + LIMIT_MESSAGE_BYTES];
    struct message message;
    size_t length;
    const char *why = "";
    if (storage_read(path, (char *)bytes, sizeof bytes, &length, &why) != ERR_OK) return;
    bool good =
        length > sizeof keep_magic && memcmp(bytes, keep_magic, sizeof keep_magic) == 0 &&
        message_parse(bytes + sizeof keep_magic, length - sizeof keep_magic, &message) == ERR_OK &&
        message.kind == MESSAGE_NTS_KEEP && source_resume(source, &message.nts_keep, clocks_mono());
    if (!good) log_line(LOG_LEVEL_INFO, "%s: the cookies kept there cannot be used", path);
    if (good)
        log_line(LOG_LEVEL_INFO, "%s: %zu cookies of the last run", message.nts_keep.name,
                 message.nts_keep.credentials.count);
    wipe(bytes, sizeof bytes);
    wipe(&message, sizeof message);
}

void etalond_keyer_resume(const struct etalond *etalond, struct source *source) {
    const struct config *config = &etalond->config;
    if (config->nts.dump_dir[0] == '\0') return;
    for (uint32_t i = 0; i < config->source_count; i++) {
        const struct config_source *one = &config->sources[i];
        char path[PATH_ROOM];
        if (!one->nts) continue;
        cookies_path(&config->nts, one->name, one->nts_port, one->pool_member, path);
        resume_one(path, source);
    }
}

static void write_secret(const char *path, const void *bytes, size_t length) {
    const char *why = "";
    if (storage_replace_secret(path, bytes, length, &why) != ERR_OK)
        log_line(LOG_LEVEL_WARNING, "%s cannot be written: %s; the old one is kept", path, why);
}

void etalond_keyer_keep(const struct etalond *etalond, const struct message *message) {
    const struct config_nts *nts = &etalond->config.nts;
    char path[PATH_ROOM];
    if (nts->dump_dir[0] == '\0') return;
    if (message->kind == MESSAGE_NTS_DUMP) {
        keys_path(nts, path);
        write_secret(path, message->nts_dump.text, message->nts_dump.length);
    } else if (message->kind == MESSAGE_NTS_KEEP) {
        const struct message_nts_keep *keep = &message->nts_keep;
        uint8_t bytes[sizeof keep_magic + LIMIT_MESSAGE_BYTES];
        memcpy(bytes, keep_magic, sizeof keep_magic);
        size_t length = message_build(message, bytes + sizeof keep_magic);
        cookies_path(nts, keep->name, keep->ke_port, keep->member, path);
        write_secret(path, bytes, sizeof keep_magic + length);
        wipe(bytes, sizeof bytes);
    }
}

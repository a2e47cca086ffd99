/* The ledger of the daemon. Invariant: the key that signs is in the recorder's process only, once
 * the jobs have started. */
#include "main/etalond_ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/json.h"
#include "base/utf8.h"
#include "crypto/hash.h"
#include "crypto/wipe.h"
#include "os/clocks.h"
#include "os/ledger_store.h"
#include "os/log.h"
#include "os/storage.h"

/* Of a file in one entry, and what escapes may make of them. */
enum { PART_BYTES = 20000, PART_ESCAPED_BYTES = 48000 };

struct text {
    char path[LIMIT_PATH_BYTES];
    char *bytes;
    size_t length;
};

static struct {
    size_t count;
    struct text files[LIMIT_CONFIG_FILES];
} texts;

static void keep_text(const char *path, const char *text, size_t length) {
    if (texts.count == LIMIT_CONFIG_FILES) return;
    for (size_t i = 0; i < texts.count; i++)
        if (strcmp(texts.files[i].path, path) == 0) return; /* read twice */
    struct text *kept = &texts.files[texts.count++];
    snprintf(kept->path, sizeof kept->path, "%s", path);
    kept->bytes = malloc(length + 1);
    CHECK(kept->bytes);
    memcpy(kept->bytes, text, length);
    kept->bytes[length] = '\0';
    kept->length = length;
}

static enum err read_and_keep(void *context, const char *path, char *text, size_t room,
                              size_t *length, const char **why) {
    enum err err = storage_config_loader.read(context, path, text, room, length, why);
    if (err == ERR_OK) keep_text(path, text, *length);
    return err;
}

struct config_loader etalond_ledger_loader(void) {
    struct config_loader loader = storage_config_loader;
    loader.read = read_and_keep;
    return loader;
}

bool etalond_ledger_wanted(const struct config *config) {
    return config->ledger.dir[0] != '\0';
}

/* One line of text from a file that only its owner reads. */
static bool read_key(const char *what, const char *path, char text[ETALOND_LEDGER_KEY_BYTES]) {
    struct note_signer signer;
    size_t length;
    const char *why = "";
    enum err err = storage_read(path, text, ETALOND_LEDGER_KEY_BYTES - 1, &length, &why);
    if (err == ERR_OK) {
        text[length] = '\0';
        err = note_signer_parse(text, length, &signer);
        why = err_text(err);
    }
    if (err == ERR_OK) {
        note_signer_wipe(&signer);
        return true;
    }
    log_line(LOG_LEVEL_ERROR, "%s %s: %s; `etalon ledger keygen` makes one", what, path, why);
    return false;
}

/* The name of a key is that of the ledger, whichever key signs it. */
static bool same_name(const struct etalond *etalond) {
    const struct config_ledger *ledger = &etalond->config.ledger;
    struct note_signer now, former;
    const char *text = etalond->ledger_key, *before = etalond->ledger_former_key;
    if (note_signer_parse(text, strlen(text), &now) != ERR_OK ||
        note_signer_parse(before, strlen(before), &former) != ERR_OK)
        return false;
    bool same = strcmp(now.key.name, former.key.name) == 0;
    if (!same)
        log_line(LOG_LEVEL_ERROR,
                 "ledgerformerkey %s is a key of %s, and ledgerkey %s one of %s: the keys of a "
                 "ledger have one name (etalon ledger keygen %s)",
                 ledger->former_key, former.key.name, ledger->key, now.key.name, former.key.name);
    note_signer_wipe(&now);
    note_signer_wipe(&former);
    return same;
}

static bool read_policy(struct etalond *etalond) {
    static char text[LIMIT_CONFIG_FILE_BYTES];
    const char *path = etalond->config.ledger.policy, *why = "";
    struct policy_error error = {.line = 0};
    size_t length;
    if (path[0] == '\0') return true;
    etalond->policy = calloc(1, sizeof *etalond->policy);
    CHECK(etalond->policy);
    enum err err = storage_read(path, text, sizeof text, &length, &why);
    if (err == ERR_OK) {
        err = policy_parse(text, length, etalond->policy, &error);
        why = error.text;
    }
    if (err == ERR_OK) return true;
    log_line(LOG_LEVEL_ERROR, "ledgerpolicy %s:%zu: %s", path, error.line, why);
    return false;
}

static void read_boot(char out[ETALOND_BOOT_BYTES]) {
    char text[64];
    size_t length, n = 0;
    const char *why;
    if (storage_read("/proc/sys/kernel/random/boot_id", text, sizeof text, &length, &why) != ERR_OK)
        length = 0;
    for (size_t i = 0; i < length && n + 1 < ETALOND_BOOT_BYTES; i++)
        if (strchr("0123456789abcdef", text[i]) && text[i] != '\0') out[n++] = text[i];
    out[n] = '\0';
}

/* Root makes a folder, and whoever the jobs become writes into it. One that was there before must
 * be theirs already: root gives nothing away that it did not make. */
static bool give_folder(const struct etalond *etalond, int folder, bool made) {
    const char *user = etalond->config.user, *dir = etalond->config.ledger.dir;
    if (geteuid() != 0 || user[0] == '\0') return true;
    const struct passwd *entry = getpwnam(user);
    struct stat about;
    bool theirs = entry && fstat(folder, &about) == 0 && about.st_uid == entry->pw_uid;
    if (theirs) return true;
    if (entry && !made) {
        log_line(LOG_LEVEL_ERROR, "ledger %s does not belong to %s: change that first (chown)", dir,
                 user);
        return false;
    }
    if (entry && fchown(folder, entry->pw_uid, entry->pw_gid) == 0) return true;
    log_line(LOG_LEVEL_ERROR, "ledger %s cannot be given to %s: %s", dir, user,
             entry ? strerror(errno) : "there is no such user");
    return false;
}

/* Where the ledger can be read, and what can be read there: for a job of its own. */
static bool open_mirror(struct etalond *etalond) {
    const struct config_ledger *ledger = &etalond->config.ledger;
    char text[LISTEN_WHY_BYTES];
    const char *why = "";
    if (ledger->port == 0) return true;
    if (!listen_loopback(ledger->port, &etalond->mirror, text)) {
        log_line(LOG_LEVEL_ERROR, "ledgerport: %s", text);
        return false;
    }
    if (ledger_store_public(etalond->ledger_folder, &etalond->mirror_folder, &why) == ERR_OK)
        return give_folder(etalond, etalond->mirror_folder, true);
    log_line(LOG_LEVEL_ERROR, "ledger %s/public: %s", ledger->dir, why);
    return false;
}

bool etalond_ledger_open(struct etalond *etalond) {
    const struct config_ledger *ledger = &etalond->config.ledger;
    const char *why = "";
    etalond->ledger_folder = etalond->mirror_folder = -1;
    if (!etalond_ledger_wanted(&etalond->config)) return true;
    read_boot(etalond->boot);
    if (!read_key("ledgerkey", ledger->key, etalond->ledger_key)) return false;
    if (ledger->former_key[0] != '\0' &&
        (!read_key("ledgerformerkey", ledger->former_key, etalond->ledger_former_key) ||
         !same_name(etalond)))
        return false;
    if (!read_policy(etalond)) return false;
    if (ledger_store_folder(ledger->dir, true, &etalond->ledger_folder, &etalond->ledger_made,
                            &why) == ERR_OK)
        return give_folder(etalond, etalond->ledger_folder, etalond->ledger_made) &&
               open_mirror(etalond);
    log_line(LOG_LEVEL_ERROR, "ledger %s: %s", ledger->dir, why);
    return false;
}

static void hash_text(const void *bytes, size_t length, char out[2 * HASH_SHA256_BYTES + 1]) {
    uint8_t hash[HASH_SHA256_BYTES];
    const struct hash_piece piece = {bytes, length};
    hash_sha256(&piece, 1, hash);
    for (size_t i = 0; i < sizeof hash; i++) snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

void etalond_ledger_leaps(const struct etalond *etalond) {
    static char text[LIMIT_CONFIG_FILE_BYTES];
    const char *path = etalond->config.leap_file, *why = "";
    char hash[2 * HASH_SHA256_BYTES + 1];
    size_t length;
    if (!etalond_ledger_wanted(&etalond->config)) return;
    if (storage_read(path, text, sizeof text, &length, &why) != ERR_OK) return;
    hash_text(text, length, hash);
    log_line(LOG_LEVEL_INFO, "leap second list, SHA-256 %s: %s", hash, path);
}

/* --- the recorder's process --- */

/* A file, and as much of it as fits into one entry. */
struct part {
    const struct text *file;
    size_t offset, length;
    char sha256[2 * HASH_SHA256_BYTES + 1]; /* of the whole file */
    char text[PART_BYTES + 1];
};

static void write_file(struct json *json, const void *context) {
    const struct part *part = context;
    json_string(json, "file", part->file->path);
    json_string(json, "sha256", part->sha256);
    json_uint(json, "size", part->file->length);
    json_uint(json, "offset", part->offset);
    if (part->length > 0 || part->file->length == 0)
        json_string(json, "text", part->text);
    else
        json_null(json, "text");
}

/* How much of it fits, up to the end of a line if there is any; 0: that is no text. */
static size_t measure(const char *bytes, size_t left) {
    size_t at = 0, escaped = 0, line = 0;
    while (at < left && at < PART_BYTES && escaped < PART_ESCAPED_BYTES) {
        uint8_t c = (uint8_t)bytes[at];
        size_t length = utf8_length((const uint8_t *)bytes + at, left - at < 4 ? left - at : 4);
        if (length == 0 || c == '\0') return 0;
        if (at + length > PART_BYTES) break;
        at += length;
        escaped += c < 0x20 ? 6 : c == '"' || c == '\\' ? 2 : length;
        if (c == '\n') line = at;
    }
    return at == left || line == 0 ? at : line;
}

/* The whole file, in as many entries as it takes. */
static enum err note_file(struct recorder *recorder, const char *kind, struct mono now,
                          const struct text *file) {
    static struct part part;
    enum err err = ERR_OK;
    part.file = file;
    part.offset = 0;
    hash_text(file->bytes, file->length, part.sha256);
    do {
        part.length = measure(file->bytes + part.offset, file->length - part.offset);
        memcpy(part.text, file->bytes + part.offset, part.length);
        part.text[part.length] = '\0';
        err = strcmp(kind, "leaps") == 0
                  ? recorder_note(recorder, "leaps", now, write_file, &part)
                  : recorder_note(recorder, "config", now, write_file, &part);
        part.offset += part.length;
    } while (err == ERR_OK && part.length > 0 && part.offset < file->length);
    return err;
}

struct beginning {
    const struct etalond *etalond;
    const struct ledger_opened *opened;
};

static void write_start(struct json *json, const void *context) {
    const struct beginning *x = context;
    json_string(json, "version", ETALON_VERSION);
    json_string(json, "compiler", __VERSION__);
    json_string(json, "configuration", x->etalond->arguments.config);
    json_bool(json, "single", x->etalond->arguments.single);
    json_bool(json, "steers", x->etalond->steers);
    json_bool(json, "created", x->opened->created);
    json_uint(json, "published", x->opened->published);
    json_uint(json, "recovered", x->opened->recovered);
    json_bool(json, "torn", x->opened->torn);
    json_string(json, "found", x->opened->text);
}

static void write_rotated(struct json *json, const void *context) {
    const struct note_signer *signer = context;
    char vkey[NOTE_KEY_TEXT_BYTES];
    note_key_text(&signer->key, vkey);
    json_string(json, "vkey", vkey);
}

static void tell_beginning(struct etalond *etalond, struct recorder *recorder,
                           const struct ledger_opened *opened) {
    struct mono now = clocks_mono();
    struct beginning beginning = {etalond, opened};
    enum err err = recorder_note(recorder, "start", now, write_start, &beginning);
    for (size_t i = 0; i < texts.count && err == ERR_OK; i++)
        err = note_file(recorder, "config", now, &texts.files[i]);
    struct text leaps = {.length = 0};
    static char text[LIMIT_CONFIG_FILE_BYTES];
    const char *path = etalond->config.leap_file, *why;
    snprintf(leaps.path, sizeof leaps.path, "%s", path);
    leaps.bytes = text;
    if (err == ERR_OK && path[0] != '\0' &&
        storage_read(path, text, sizeof text - 1, &leaps.length, &why) == ERR_OK) {
        text[leaps.length] = '\0';
        err = note_file(recorder, "leaps", now, &leaps);
    }
    if (err != ERR_OK)
        log_line(LOG_LEVEL_ERROR,
                 "the ledger did not take the configuration: %s; what follows cannot be replayed",
                 err_text(err));
}

/* The change from the former key to this one, recorded and signed by both. */
static bool rotate(struct ledger_log *log, const struct note_signer *signer, const char *boot) {
    static char entry[ENTRY_BYTES + 1];
    struct entry_head head = {.kind = "rotated",
                              .job = message_job_name(JOB_RECORDER),
                              .pid = getpid(),
                              .boot = boot,
                              .counter = clocks_mono()};
    size_t length;
    enum err err = entry_of(&head, write_rotated, signer, entry, &length);
    if (err == ERR_OK) err = ledger_log_rotate(log, signer, entry, length);
    if (err == ERR_OK) return true;
    log_line(LOG_LEVEL_ERROR, "the ledger's key cannot be changed: %s", ledger_log_why(log));
    return false;
}

static bool make_signer(char *text, struct note_signer *out) {
    bool done = note_signer_parse(text, strlen(text), out) == ERR_OK;
    wipe(text, ETALOND_LEDGER_KEY_BYTES);
    return done;
}

struct recorder *etalond_ledger_recorder(struct etalond *etalond) {
    static struct ledger_files files;
    static struct ledger_store store;
    static struct note_signer signer, former;
    static struct ledger_log *log;
    static struct recorder *recorder;
    struct ledger_opened opened;
    const char *why = "", *dir = etalond->config.ledger.dir;
    log = calloc(1, sizeof *log);
    recorder = calloc(1, sizeof *recorder);
    CHECK(log && recorder);
    bool has_former = etalond->ledger_former_key[0] != '\0';
    if (!make_signer(etalond->ledger_key, &signer)) return NULL;
    if (has_former && !make_signer(etalond->ledger_former_key, &former)) return NULL;
    if (ledger_store_open(etalond->ledger_folder, &files, &why) != ERR_OK) {
        log_line(LOG_LEVEL_ERROR, "ledger %s: %s", dir, why);
        return NULL;
    }
    store = ledger_store_of(&files);
    struct ledger_settings settings = {.origin = signer.key.name,
                                       .signer = &signer,
                                       .former = has_former ? &former : NULL,
                                       .create = etalond->ledger_made};
    enum err err = ledger_log_open(log, &store, &settings, &opened);
    log_line(err == ERR_OK ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, "ledger %s: %s", dir, opened.text);
    if (err != ERR_OK) return NULL;
    if (opened.created)
        log_line(LOG_LEVEL_WARNING,
                 "a new ledger begins in %s: if there was one of %s before, its history is not in "
                 "this one",
                 dir, signer.key.name);
    if (opened.rotate && !rotate(log, &signer, etalond->boot)) return NULL;
    struct recorder_start start = {.config = &etalond->config,
                                   .page = etalond->page.reader,
                                   .log = log,
                                   .boot = etalond->boot,
                                   .pid = getpid(),
                                   .policy = etalond->policy,
                                   .store = &store};
    if (etalond->policy && policy_add_log(etalond->policy, &signer.key) != ERR_OK) return NULL;
    recorder_init(recorder, &start);
    tell_beginning(etalond, recorder, &opened);
    return recorder;
}

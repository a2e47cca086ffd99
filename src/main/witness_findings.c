/* Evidence files. Invariant: a file is whole before the line that names it is written, and neither
 * is ever changed. */
#include "main/witness_findings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "ledger/witness_evidence.h"
#include "os/clocks.h"
#include "os/log.h"
#include "os/storage.h"

enum { NAME_BYTES = 128, STEM_HASH_BYTES = 8, TEXT_ROOM = 4 * LIMIT_NOTE_BYTES };

static const char *const names[WITNESS_FINDINGS_KINDS] = {
    [WITNESS_FINDINGS_SPLIT] = "split-view",    [WITNESS_FINDINGS_FORK] = "fork",
    [WITNESS_FINDINGS_SMALLER] = "smaller",     [WITNESS_FINDINGS_BAD_PROOF] = "bad-proof",
    [WITNESS_FINDINGS_SIGNATURE] = "signature", [WITNESS_FINDINGS_AHEAD] = "witness-ahead",
    [WITNESS_FINDINGS_STALL] = "stall",
};

const char *witness_findings_name(enum witness_findings_kind kind) {
    return names[kind];
}

static struct witness_findings_log *log_of(struct witness_findings *findings, const char *origin) {
    enum { LETTERS = WITNESS_FINDINGS_ORIGIN_BYTES - 1 };
    for (size_t i = 0; i < findings->count; i++)
        if (strncmp(findings->log[i].origin, origin, LETTERS) == 0) return &findings->log[i];
    if (findings->count == WITNESS_FINDINGS_LOGS) return &findings->log[findings->count - 1];
    struct witness_findings_log *log = &findings->log[findings->count++];
    snprintf(log->origin, sizeof log->origin, "%.*s", (int)LETTERS, origin);
    return log;
}

static void count_file(struct witness_findings *findings, const char *name) {
    size_t length = strlen(name);
    if (length < 5 || strcmp(name + length - 5, ".json") != 0) return;
    for (size_t kind = 0; kind < WITNESS_FINDINGS_KINDS; kind++) {
        size_t stem = strlen(names[kind]);
        if (strncmp(name, names[kind], stem) == 0 && name[stem] == '-' &&
            length > stem + WITNESS_FINDINGS_ORIGIN_BYTES)
            log_of(findings, name + stem + 1)->kept[kind]++;
    }
}

/* Strangers choose how much is found: so many lines a minute. */
static bool may_tell(struct witness_findings *findings) {
    enum { PERIOD_S = 60 };
    struct mono now = clocks_mono();
    if (findings->period.ns == 0 || mono_seconds(now, findings->period) > PERIOD_S) {
        findings->period = now;
        findings->told = 0;
    }
    return findings->told < LIMIT_WITNESS_FINDINGS_TOLD && ++findings->told;
}

static void fail(struct witness_findings *findings, const char *path, const char *why) {
    if (may_tell(findings)) log_line(LOG_LEVEL_ERROR, "evidence %s cannot be kept: %s", path, why);
}

bool witness_findings_open(struct witness_findings *findings, const char *directory,
                           const char **why) {
    DIR *list = opendir(directory);
    *findings = (struct witness_findings){.directory = directory};
    *why = strerrordesc_np(errno);
    if (!list) return false;
    for (const struct dirent *entry; (entry = readdir(list));) count_file(findings, entry->d_name);
    closedir(list);
    return true;
}

/* Whose signatures stand below a checkpoint is no part of what it says. */
static struct hash_piece piece_of(const char *text, size_t length) {
    static struct note note; /* it is large */
    struct checkpoint checkpoint;
    if (!text) return (struct hash_piece){NULL, 0};
    if (note_parse(text, length, &note) != ERR_OK ||
        checkpoint_parse(note.body, note.body_length, &checkpoint) != ERR_OK)
        return (struct hash_piece){text, length};
    const char *end = note.body; /* origin, size, root: three lines */
    for (int lines = 0; lines < 3; lines++) end = strchr(end, '\n') + 1;
    return (struct hash_piece){note.body, (size_t)(end - note.body)};
}

static void name_of(const struct witness_findings_item *item, char out[NAME_BYTES]) {
    char origin[WITNESS_ORIGIN_HEX_BYTES], hex[2 * STEM_HASH_BYTES + 1];
    uint8_t hash[HASH_SHA256_BYTES];
    const struct hash_piece pieces[] = {
        {item->by, item->by_counts ? strlen(item->by) : 0}, {"\n", 1},
        piece_of(item->known, item->known_length),          {"\n", 1},
        piece_of(item->shown, item->shown_length),
    };
    hash_sha256(pieces, sizeof pieces / sizeof pieces[0], hash);
    for (size_t i = 0; i < STEM_HASH_BYTES; i++) snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    witness_origin_hex(item->origin, origin);
    snprintf(out, NAME_BYTES, "%s-%.16s-%llu-%s", names[item->kind], origin,
             (unsigned long long)item->size, hex);
}

static bool path_of(const struct witness_findings *findings, const char *name, const char *ending,
                    char out[LIMIT_PATH_BYTES]) {
    int length = snprintf(out, LIMIT_PATH_BYTES, "%s/%s%s", findings->directory, name, ending);
    return length > 0 && length < LIMIT_PATH_BYTES;
}

static void put_note(struct json *json, const char *key, const char *note, size_t length) {
    static char text[LIMIT_NOTE_BYTES + 1];
    if (!note || length >= sizeof text) return;
    memcpy(text, note, length);
    text[length] = '\0';
    json_string(json, key, text);
}

static void put_members(struct json *json, const struct witness_findings_item *item) {
    char time[TEXT_BYTES];
    struct kernel_reading now;
    clocks_read(&now);
    json_uint(json, "v", 1);
    json_string(json, "time", text_utc(now.realtime, time));
    json_string(json, "kind", names[item->kind]);
    json_string(json, "origin", item->origin);
    json_uint(json, "size", item->size);
    json_string(json, "by", item->by);
    json_string(json, "text", item->text);
}

static bool write_file(struct witness_findings *findings, const char *path,
                       const struct witness_findings_item *item) {
    static char text[TEXT_ROOM];
    struct json json;
    const char *why = "it does not fit";
    json_init(&json, text, sizeof text - 1);
    json_open_object(&json, NULL);
    put_members(&json, item);
    put_note(&json, "known", item->known, item->known_length);
    put_note(&json, "shown", item->shown, item->shown_length);
    json_close_object(&json);
    if (!json.failed) {
        text[json.length++] = '\n';
        if (storage_replace(path, text, json.length, &why) == ERR_OK) return true;
    }
    fail(findings, path, why);
    return false;
}

/* The form that proves a split view by itself. */
static void write_split(struct witness_findings *findings, const char *path,
                        const struct witness_findings_item *item) {
    static char text[TEXT_ROOM];
    const char *why = "it does not fit";
    size_t length = 0;
    if (!item->known || !item->shown) return;
    enum err err = witness_evidence_build(item->known, item->known_length, item->shown,
                                          item->shown_length, text, sizeof text, &length);
    if (err == ERR_OK) err = storage_replace(path, text, length, &why);
    if (err != ERR_OK) fail(findings, path, why);
}

static void add_line(struct witness_findings *findings, const struct witness_findings_item *item,
                     const char *name) {
    char path[LIMIT_PATH_BYTES], text[2048];
    struct json json;
    char file[NAME_BYTES + 8];
    snprintf(file, sizeof file, "%s.json", name);
    json_init(&json, text, sizeof text - 1);
    json_open_object(&json, NULL);
    put_members(&json, item);
    json_string(&json, "evidence", file);
    json_close_object(&json);
    if (json.failed || !path_of(findings, "findings", "", path)) return;
    text[json.length++] = '\n';
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, text, json.length) != (ssize_t)json.length || fsync(fd) != 0)
        fail(findings, path, strerrordesc_np(errno));
    if (fd >= 0) close(fd);
}

static void tell(const struct witness_findings *findings,
                 const struct witness_findings_item *item) {
    log_line(LOG_LEVEL_WARNING, "finding: %s: %s, size %llu, by %s: %s%s", names[item->kind],
             item->origin, (unsigned long long)item->size, item->by, item->text,
             findings->told == LIMIT_WITNESS_FINDINGS_TOLD
                 ? " (more of them are not told for a while)"
                 : "");
}

bool witness_findings_add(struct witness_findings *findings,
                          const struct witness_findings_item *item) {
    char name[NAME_BYTES], path[LIMIT_PATH_BYTES], split[LIMIT_PATH_BYTES];
    char hex[WITNESS_ORIGIN_HEX_BYTES];
    struct stat about;
    findings->seen[item->kind]++;
    name_of(item, name);
    if (!path_of(findings, name, ".json", path) || !path_of(findings, name, ".split", split)) {
        fail(findings, findings->directory, "the path is too long");
        return true;
    }
    if (stat(path, &about) == 0) return false;
    if (may_tell(findings)) tell(findings, item);
    unsigned *kept = &log_of(findings, witness_origin_hex(item->origin, hex))->kept[item->kind];
    if (*kept >= LIMIT_WITNESS_EVIDENCE_FILES) return true;
    if (item->kind == WITNESS_FINDINGS_SPLIT) write_split(findings, split, item);
    if (!write_file(findings, path, item)) return true;
    ++*kept;
    add_line(findings, item, name);
    return true;
}

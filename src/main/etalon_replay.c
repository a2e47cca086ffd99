/* etalon replay. Three things are made again from what the ledger holds, and compared byte for
 * byte: the readable members of each entry from its raw record, the judgement of each packet from
 * its bytes, and everything that the keeper decided from its inputs. */
#include "main/etalon_replay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/check.h"
#include "config/parse.h"
#include "jobs/entry.h"
#include "jobs/replay.h"
#include "main/etalon_entry.h"
#include "main/etalon_export_folder.h"
#include "main/etalon_replay_packet.h"

struct text {
    char path[LIMIT_PATH_BYTES];
    char *bytes;
    size_t length;
};

struct rerun {
    struct text texts[LIMIT_CONFIG_FILES]; /* of the configuration, since the last start */
    size_t text_count;
    bool has_config, texts_used;
    struct config config;
    struct replay *replay;
    void *memory;
    struct etalon_replay_packet packets;
    uint64_t entries, readable, keepers, events, records, unreplayable;
    uint64_t wrong, wrong_index; /* entries, and the first of them */
    const char *wrong_why;
};

static void blame(struct rerun *rerun, uint64_t index, const char *why) {
    if (rerun->wrong++ > 0) return;
    rerun->wrong_index = index;
    rerun->wrong_why = why;
}

/* --- the configuration --- */

static enum err read_text(void *context, const char *path, char *text, size_t room, size_t *length,
                          const char **why) {
    const struct rerun *rerun = context;
    for (size_t i = 0; i < rerun->text_count; i++) {
        const struct text *kept = &rerun->texts[i];
        if (strcmp(kept->path, path) != 0) continue;
        if (kept->length > room) return ERR_TOO_LONG;
        memcpy(text, kept->bytes, kept->length);
        *length = kept->length;
        return ERR_OK;
    }
    *why = "the ledger does not have its text";
    return ERR_IO;
}

/* Files of a folder, in the order in which they were read: it was sorted. */
static enum err list_texts(void *context, const char *directory, size_t index,
                           char out[LIMIT_PATH_BYTES], const char **why) {
    const struct rerun *rerun = context;
    size_t length = strlen(directory), found = 0;
    (void)why;
    for (size_t i = 0; i < rerun->text_count; i++) {
        const char *path = rerun->texts[i].path;
        if (strncmp(path, directory, length) != 0 || path[length] != '/') continue;
        if (strchr(path + length + 1, '/') || found++ != index) continue;
        memcpy(out, path, strlen(path) + 1);
        return ERR_OK;
    }
    return ERR_STALE;
}

static void forget_texts(struct rerun *rerun) {
    for (size_t i = 0; i < rerun->text_count; i++) free(rerun->texts[i].bytes);
    rerun->text_count = 0;
    rerun->texts_used = false;
}

static void take_text(struct rerun *rerun, const struct etalon_entry *entry) {
    if (rerun->texts_used) forget_texts(rerun); /* a new start */
    if (rerun->text_count == LIMIT_CONFIG_FILES) return;
    struct text *text = &rerun->texts[rerun->text_count];
    etalon_entry_text(entry, "file", text->path, sizeof text->path);
    if (!etalon_entry_string(entry, "text", &text->bytes, &text->length)) return;
    rerun->text_count++;
}

static void close_replay(struct rerun *rerun) {
    if (!rerun->replay) return;
    replay_end(rerun->replay);
    rerun->keepers += rerun->replay->keepers;
    rerun->events += rerun->replay->events;
    rerun->records += rerun->replay->records;
    rerun->unreplayable += rerun->replay->unreplayable;
    if (rerun->replay->differs)
        blame(rerun, rerun->replay->differs_index, "the keeper, run again, does something else");
    free(rerun->memory);
    free(rerun->replay);
    rerun->replay = NULL;
}

/* A keeper begins: with the configuration that was loaded last. */
static bool open_replay(struct rerun *rerun) {
    const struct config_loader loader = {.context = rerun, .read = read_text, .list = list_texts};
    struct config_error error;
    if (rerun->text_count > 0 && !rerun->texts_used) {
        close_replay(rerun);
        rerun->texts_used = true;
        rerun->has_config =
            parse_file(rerun->texts[0].path, &loader, &rerun->config, &error) == ERR_OK;
        if (!rerun->has_config)
            fprintf(stderr, "etalon: the configuration in the ledger: %s:%u: %s\n",
                    error.place.file, (unsigned)error.place.line, error.text);
    }
    if (!rerun->has_config) return false;
    if (rerun->replay) return true;
    rerun->replay = calloc(1, sizeof *rerun->replay);
    rerun->memory = calloc(1, keeper_bytes(&rerun->config));
    CHECK(rerun->replay && rerun->memory);
    replay_init(rerun->replay, &rerun->config, rerun->memory);
    return true;
}

/* --- entries --- */

static enum record_kind kind_of(const struct etalon_entry *entry) {
    const char *name = strcmp(entry->kind, "alarm") == 0 ? "notice" : entry->kind;
    for (int kind = 1; kind < RECORD_KIND_COUNT; kind++)
        if (strcmp(name, record_kind_name((enum record_kind)kind)) == 0)
            return (enum record_kind)kind;
    return RECORD_KIND_COUNT;
}

static enum job_id job_of(const char *name) {
    for (enum job_id job = 0; job < JOB_COUNT; job++)
        if (strcmp(name, message_job_name(job)) == 0) return job;
    return JOB_COUNT;
}

/* Whether the entry is exactly what its raw record gives. */
static bool is_faithful(const struct rerun *rerun, const struct etalon_entry *entry,
                        const struct message_record *record) {
    static char made[ENTRY_BYTES + 1];
    struct entry_head head = {.job = entry->job,
                              .pid = (int32_t)entry->pid,
                              .boot = entry->boot,
                              .sequence = (uint32_t)entry->sequence,
                              .counter = {entry->counter},
                              .has_time = entry->has_utc,
                              .utc = entry->utc,
                              .radius_s = entry->radius_s};
    size_t length;
    if (entry_of_record(&head, record, &rerun->config, made, &length) != ERR_OK) return false;
    return length == entry->length && memcmp(made, entry->bytes, length) == 0;
}

static bool raw_of(const struct etalon_entry *entry, enum record_kind kind,
                   struct message_record *out) {
    static char text[BASE64_TEXT_BYTES(MESSAGE_RECORD_BYTES)];
    size_t length;
    etalon_entry_text(entry, "raw", text, sizeof text);
    *out = (struct message_record){.job = (uint8_t)job_of(entry->job), .kind = (uint8_t)kind};
    if (base64_bytes(text, strlen(text), out->bytes, sizeof out->bytes, &length) != ERR_OK)
        return false;
    out->length = (uint16_t)length;
    return out->job < JOB_COUNT;
}

static void take_keeper(struct rerun *rerun, uint64_t index, const struct message_record *record) {
    if (!rerun->replay) {
        rerun->unreplayable++;
        return;
    }
    bool differed = rerun->replay->differs;
    enum err err = replay_take(rerun->replay, index, record->kind, record->bytes, record->length);
    if (err == ERR_OK || differed) return;
    if (!rerun->replay->differs) blame(rerun, index, "the keeper cannot be run again with it");
    replay_gap(rerun->replay);
}

static void take_record(struct rerun *rerun, const struct etalon_entry *entry,
                        enum record_kind kind) {
    static struct message_record record;
    if (!raw_of(entry, kind, &record)) {
        blame(rerun, entry->index, "its raw member is no record");
        return;
    }
    if (kind == RECORD_BEGIN && !open_replay(rerun)) rerun->unreplayable++;
    if (!rerun->has_config) return; /* names of sources are not known yet */
    if (is_faithful(rerun, entry, &record))
        rerun->readable++;
    else
        blame(rerun, entry->index, "its members are not what its raw record says");
    if (record.job == JOB_KEEPER && kind != RECORD_NOTICE)
        take_keeper(rerun, entry->index, &record);
    const char *why = etalon_replay_packet_take(&rerun->packets, &rerun->config, kind, &record);
    if (why) blame(rerun, entry->index, why);
}

static void take(struct rerun *rerun, const struct etalon_entry *entry) {
    enum record_kind kind = kind_of(entry);
    rerun->entries++;
    if (strcmp(entry->kind, "config") == 0)
        take_text(rerun, entry);
    else if (strcmp(entry->kind, "gap") == 0 || strcmp(entry->kind, "lost") == 0) {
        if (rerun->replay) replay_gap(rerun->replay);
    } else if (kind != RECORD_KIND_COUNT) {
        take_record(rerun, entry, kind);
    }
}

static bool take_all(struct rerun *rerun, struct etalon_export_folder *folder) {
    char why[ETALON_ENTRY_WHY_BYTES];
    for (uint64_t index = 0; index < folder->checkpoint.size; index++) {
        struct etalon_entry entry = {.index = index};
        const uint8_t *bytes;
        size_t length;
        if (!etalon_export_folder_entry(folder, index, &bytes, &length)) {
            if (rerun->entries == 0) continue; /* pruned */
            (void)etalon_export_folder_lacks(folder);
            return false;
        }
        if (etalon_entry_read(bytes, length, &entry, why)) {
            take(rerun, &entry);
            etalon_entry_free(&entry);
        } else {
            fprintf(stderr, "etalon: entry %" PRIu64 ": %s\n", index, why);
            blame(rerun, index, "it cannot be read");
        }
    }
    return true;
}

static enum etalon_exit tell(const struct rerun *rerun, const struct etalon_export_folder *folder) {
    printf("%s, %" PRIu64 " entries in the checkpoint\n", folder->checkpoint.origin,
           folder->checkpoint.size);
    printf("readable    %" PRIu64 " entries say what their raw records say\n", rerun->readable);
    printf("packets     %" PRIu64 " judged again, %" PRIu64 " of them gave the sample recorded\n",
           rerun->packets.judged, rerun->packets.samples);
    printf("decisions   %" PRIu64 " keepers, %" PRIu64 " inputs run again: %" PRIu64
           " records came out the same\n",
           rerun->keepers, rerun->events, rerun->records);
    if (rerun->unreplayable > 0)
        printf("            %" PRIu64 " records cannot be run again: their inputs are not here\n",
               rerun->unreplayable);
    if (rerun->wrong == 0) {
        printf("The same, bit for bit.\n");
        return ETALON_FINE;
    }
    printf("NOT THE SAME: entry %" PRIu64 ": %s (%" PRIu64 " in all)\n", rerun->wrong_index,
           rerun->wrong_why, rerun->wrong);
    return ETALON_NOT_SYNCHRONISED;
}

enum etalon_exit etalon_replay(const struct etalon_arguments *arguments) {
    static struct etalon_export_folder folder;
    static struct rerun rerun;
    enum etalon_exit code =
        etalon_export_folder_open(arguments->ledger, arguments->checkpoint, &folder);
    if (code != ETALON_FINE) return code;
    bool whole = take_all(&rerun, &folder);
    close_replay(&rerun);
    code = tell(&rerun, &folder);
    forget_texts(&rerun);
    etalon_export_folder_close(&folder);
    return whole ? code : ETALON_FAILED;
}

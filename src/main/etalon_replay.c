/* etalon replay. Three things are made again from what the ledger holds, and compared byte for
 * byte: the readable members of each entry from its raw record, the judgement of each packet from
 * its bytes, and everything that the keeper decided from its inputs. */
#include "main/etalon_replay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/check.h"
#include "jobs/entry.h"
#include "jobs/replay.h"
#include "main/etalon_entry.h"
#include "main/etalon_export_folder.h"
#include "main/etalon_replay_packet.h"
#include "main/etalon_replay_texts.h"

/* Bytes of the longest reason why records cannot be run again. */
enum { WHY_BYTES = ETALON_REPLAY_TEXTS_WHY_BYTES };

struct rerun {
    struct etalon_replay_texts *texts, *loaded; /* since the last start; that config is made of */
    bool fresh;                                 /* texts are not loaded yet */
    bool whole; /* they begin where the daemon began: nothing before them was pruned */
    bool has_config;
    struct config config;
    struct replay *replay;
    void *memory;
    struct etalon_replay_packet packets;
    char boot[ETALON_ENTRY_WORD_BYTES];
    int64_t keeper_pid, keeper_sequence; /* of the newest entry that a keeper posted */
    uint64_t suspect;                    /* of a keeper that nobody counts: a loss may explain it */
    const char *suspect_why;             /* NULL: none */
    uint64_t entries, readable, keepers, events, records;
    uint64_t skipped; /* without the configuration */
    uint64_t unreplayable, tail;
    char why_not[WHY_BYTES];     /* of the first of them; "": none */
    uint64_t wrong, wrong_index; /* entries, and the first of them */
    const char *wrong_why;
};

static void blame(void *context, uint64_t index, const char *why) {
    struct rerun *rerun = context;
    if (rerun->wrong++ > 0 && rerun->wrong_index <= index) return;
    rerun->wrong_index = index;
    rerun->wrong_why = why;
}

static void explain(struct rerun *rerun, const char *why) {
    if (rerun->why_not[0] == '\0') snprintf(rerun->why_not, WHY_BYTES, "%s", why);
}

static void gap(struct rerun *rerun, const char *why) {
    if (!rerun->replay || !rerun->replay->keeper) return;
    explain(rerun, why);
    replay_gap(rerun->replay);
}

/* No loss explained it. */
static void judge_suspect(struct rerun *rerun) {
    if (rerun->suspect_why) blame(rerun, rerun->suspect, rerun->suspect_why);
    rerun->suspect_why = NULL;
}

/* --- the configuration --- */

static void close_replay(struct rerun *rerun) {
    judge_suspect(rerun);
    if (!rerun->replay) return;
    replay_end(rerun->replay);
    rerun->keepers += rerun->replay->keepers;
    rerun->events += rerun->replay->events;
    rerun->records += rerun->replay->records;
    rerun->unreplayable += rerun->replay->unreplayable;
    rerun->tail += rerun->replay->tail;
    free(rerun->memory);
    free(rerun->replay);
    rerun->replay = NULL;
}

static void open_replay(struct rerun *rerun) {
    rerun->replay = calloc(1, sizeof *rerun->replay);
    rerun->memory = calloc(1, keeper_bytes(&rerun->config));
    CHECK(rerun->replay && rerun->memory);
    replay_init(rerun->replay, &rerun->config, rerun->memory);
}

/* A daemon with another configuration; the same one again is that of a new recorder. */
static void load_texts(struct rerun *rerun, uint64_t index) {
    char text[WHY_BYTES];
    const char *why = "the configuration was pruned";
    rerun->fresh = false;
    if (rerun->has_config && etalon_replay_texts_same(rerun->texts, rerun->loaded)) return;
    close_replay(rerun);
    etalon_replay_packet_end(&rerun->packets, index);
    struct etalon_replay_texts *former = rerun->loaded;
    rerun->loaded = rerun->texts;
    rerun->texts = former;
    if (rerun->whole) why = etalon_replay_texts_parse(rerun->loaded, &rerun->config, text);
    rerun->has_config = !why;
    if (why)
        explain(rerun, why);
    else
        open_replay(rerun);
}

static void take_text(struct rerun *rerun, const struct etalon_entry *entry) {
    if (!rerun->fresh) etalon_replay_texts_forget(rerun->texts);
    rerun->fresh = true;
    etalon_replay_texts_take(rerun->texts, entry);
}

/* A recorder began: of the same daemon, or of another one. */
static void take_start(struct rerun *rerun, const struct etalon_entry *entry) {
    bool single = etalon_entry_bool(entry, "single");
    etalon_replay_texts_forget(rerun->texts);
    rerun->fresh = rerun->whole = true;
    if (single) judge_suspect(rerun);
    if (single || strcmp(entry->boot, rerun->boot) != 0)
        etalon_replay_packet_end(&rerun->packets, entry->index);
    snprintf(rerun->boot, sizeof rerun->boot, "%s", entry->boot);
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

/* A keeper's numbers tell of what did not come; each process begins with 1. */
static void follow_keeper(struct rerun *rerun, const struct etalon_entry *entry,
                          enum record_kind kind) {
    bool begins = kind == RECORD_BEGIN || entry->sequence == 1;
    bool known = entry->pid == rerun->keeper_pid;
    bool next = known && entry->sequence == rerun->keeper_sequence + 1;
    bool harmless = begins || (!known && kind == RECORD_NOTICE); /* before it begins */
    if (entry->sequence != 0 && !next && !harmless)
        gap(rerun, "records of the keeper are missing before it");
    rerun->keeper_pid = entry->pid;
    rerun->keeper_sequence = entry->sequence;
}

/* Where nobody counts, an entry "lost" may explain it later. */
static void suspect(struct rerun *rerun, uint64_t index, const char *why, int64_t sequence) {
    if (rerun->suspect_why) return;
    rerun->suspect = index;
    rerun->suspect_why = why;
    if (sequence != 0) judge_suspect(rerun);
}

static void take_keeper(struct rerun *rerun, const struct etalon_entry *entry,
                        const struct message_record *record) {
    struct replay *replay = rerun->replay;
    if (!replay->keeper && record->kind != RECORD_BEGIN && !rerun->suspect_why)
        explain(rerun, "the keeper's beginning is not here");
    enum err err = replay_take(replay, entry->index, record->kind, record->bytes, record->length);
    if (err == ERR_OK) return;
    if (replay->differs)
        suspect(rerun, replay->differs_index, "the keeper, run again, does something else",
                entry->sequence);
    else
        suspect(rerun, entry->index, "the keeper cannot be run again with it", entry->sequence);
    replay->differs = replay->overrun = false;
    replay_gap(replay);
}

static void take_record(struct rerun *rerun, const struct etalon_entry *entry,
                        enum record_kind kind) {
    static struct message_record record;
    const struct etalon_replay_from from = {entry->index, entry->pid, entry->sequence,
                                            entry->counter};
    if (!raw_of(entry, kind, &record)) {
        blame(rerun, entry->index, "its raw member is no record");
        return;
    }
    if (!rerun->has_config) { /* names of sources are not known */
        explain(rerun, "the ledger does not have the configuration");
        rerun->skipped++;
        return;
    }
    if (is_faithful(rerun, entry, &record))
        rerun->readable++;
    else
        blame(rerun, entry->index, "its members are not what its raw record says");
    if (record.job == JOB_KEEPER) follow_keeper(rerun, entry, kind);
    if (record.job == JOB_KEEPER && kind != RECORD_NOTICE) take_keeper(rerun, entry, &record);
    etalon_replay_packet_take(&rerun->packets, &rerun->config, &from, kind, &record);
}

/* Where each process counts what it posts, its numbers tell better what is missing, and where. */
static void take_loss(struct rerun *rerun, const struct etalon_entry *entry) {
    char name[ETALON_ENTRY_WORD_BYTES];
    enum job_id job = job_of(etalon_entry_text(entry, "name", name, sizeof name));
    if (job == JOB_KEEPER && rerun->keeper_sequence == 0) {
        if (rerun->suspect_why) explain(rerun, "records of the keeper were lost");
        rerun->suspect_why = NULL;
        gap(rerun, "records of the keeper were lost");
    }
    if (job == JOB_SOURCE) etalon_replay_packet_lost(&rerun->packets, entry->counter);
}

static void take(struct rerun *rerun, const struct etalon_entry *entry) {
    enum record_kind kind = kind_of(entry);
    bool start = strcmp(entry->kind, "start") == 0, text = strcmp(entry->kind, "config") == 0;
    rerun->entries++;
    if (entry->index == 0) rerun->whole = true;
    if (rerun->fresh && !start && !text) load_texts(rerun, entry->index);
    if (start)
        take_start(rerun, entry);
    else if (text)
        take_text(rerun, entry);
    else if (strcmp(entry->kind, "gap") == 0 || strcmp(entry->kind, "lost") == 0)
        take_loss(rerun, entry);
    else if (kind != RECORD_KIND_COUNT)
        take_record(rerun, entry, kind);
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

static const char *because(const struct rerun *rerun) {
    if (rerun->why_not[0] != '\0') return rerun->why_not;
    return rerun->packets.unproven > 0 ? "receipts of packets are missing"
           : rerun->unreplayable > rerun->tail
               ? "a keeper did more after its last page of inputs than it may"
               : "no keeper began";
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
    uint64_t could_not = rerun->skipped + rerun->unreplayable + rerun->packets.unproven;
    if (could_not > 0)
        printf("            %" PRIu64 " records could not be run again, %" PRIu64
               " of them the last words of keepers\n",
               could_not, rerun->tail);
    if (rerun->wrong == 0 && rerun->keepers > 0 && could_not == rerun->tail) {
        printf("The same, bit for bit.\n");
        return ETALON_FINE;
    }
    if (rerun->wrong == 0) {
        printf("What could be run again is the same; %" PRIu64 " records could not, because %s.\n",
               could_not - rerun->tail, because(rerun));
        return ETALON_PARTLY;
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
    rerun.texts = calloc(1, sizeof *rerun.texts);
    rerun.loaded = calloc(1, sizeof *rerun.loaded);
    CHECK(rerun.texts && rerun.loaded);
    rerun.packets.blame = blame;
    rerun.packets.context = &rerun;
    bool whole = take_all(&rerun, &folder);
    if (rerun.fresh) load_texts(&rerun, folder.checkpoint.size);
    close_replay(&rerun);
    etalon_replay_packet_end(&rerun.packets, folder.checkpoint.size);
    code = tell(&rerun, &folder);
    etalon_replay_texts_forget(rerun.texts);
    etalon_replay_texts_forget(rerun.loaded);
    free(rerun.texts);
    free(rerun.loaded);
    etalon_export_folder_close(&folder);
    return whole ? code : ETALON_FAILED;
}

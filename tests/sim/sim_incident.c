/* sim_incident SCENARIO SEED DIR KEY   runs a scenario with a ledger and keeps that ledger in DIR,
 * made by the shipped recorder on real files: an incident to export, to verify and to tell. KEY is
 * a file of `etalon ledger keygen`. Exits with 1 if the ledger did not take everything. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "crypto/hash.h"
#include "jobs/recorder.h"
#include "os/ledger_store.h"
#include "sim/catalogue.h"
#include "sim/world.h"

struct desk {
    struct world *world;
    struct recorder recorder;
    struct ledger_log log;
    struct ledger_files files;
    struct ledger_store store;
    struct note_signer signer;
    struct outbox outbox;
};

/* The world answers intents itself; what the recorder posts is of no use here, but for its log. */
static void empty(struct desk *desk) {
    for (size_t i = 0; i < desk->outbox.count; i++)
        if (desk->outbox.effects[i].kind == EFFECT_LOG)
            printf("recorder: %s\n", desk->outbox.effects[i].log.text);
    desk->outbox.count = 0;
}

static void record(void *context, const struct message_record *record) {
    struct desk *desk = context;
    struct message message = {.kind = MESSAGE_RECORD, .record = *record};
    struct event event = {
        .kind = EVENT_MESSAGE, .now = record->counter, .message = &message, .sender = 1};
    recorder_step(&desk->recorder, &event, &desk->outbox);
    empty(desk);
    if (mono_before(event.now, desk->outbox.wake)) return;
    event.kind = EVENT_WAKE;
    recorder_step(&desk->recorder, &event, &desk->outbox);
    empty(desk);
}

static void write_configuration(struct json *json, const void *context) {
    const struct desk *desk = context;
    char text[SETTING_TEXT_BYTES], hash[2 * HASH_SHA256_BYTES + 1];
    uint8_t bytes[HASH_SHA256_BYTES];
    (void)setting_configuration(&desk->world->scenario.setting, text);
    const struct hash_piece piece = {text, strlen(text)};
    hash_sha256(&piece, 1, bytes);
    for (size_t i = 0; i < sizeof bytes; i++) snprintf(hash + 2 * i, 3, "%02x", bytes[i]);
    json_string(json, "file", desk->world->scenario.name);
    json_string(json, "sha256", hash);
    json_uint(json, "size", piece.length);
    json_uint(json, "offset", 0);
    json_string(json, "text", text);
}

static bool open_ledger(struct desk *desk, const char *dir, const char *key) {
    struct ledger_opened opened;
    const char *why = "";
    char text[NOTE_KEY_TEXT_BYTES];
    FILE *file = fopen(key, "r");
    size_t length = file ? fread(text, 1, sizeof text, file) : 0;
    int folder;
    if (file) fclose(file);
    if (note_signer_parse(text, length, &desk->signer) != ERR_OK) {
        printf("%s: no key\n", key);
        return false;
    }
    if (ledger_store_folder(dir, true, &folder, NULL, &why) != ERR_OK ||
        ledger_store_open(folder, &desk->files, &why) != ERR_OK) {
        printf("%s: %s\n", dir, why);
        return false;
    }
    desk->store = ledger_store_of(&desk->files);
    struct ledger_settings settings = {
        .origin = desk->signer.key.name, .signer = &desk->signer, .create = true};
    enum err err = ledger_log_open(&desk->log, &desk->store, &settings, &opened);
    printf("%s\n", opened.text);
    return err == ERR_OK;
}

static bool run(struct desk *desk) {
    struct world *world = desk->world;
    struct recorder_start start = {.config = &world->config,
                                   .page = &world->host.page,
                                   .log = &desk->log,
                                   .boot = "00000000000000000000000000000000",
                                   .pid = 1,
                                   .store = &desk->store};
    recorder_init(&desk->recorder, &start);
    enum err err =
        recorder_note(&desk->recorder, "config", (struct mono){0}, write_configuration, desk);
    world->record = record;
    world->context = desk;
    world_run(world);
    recorder_end(&desk->recorder, &desk->outbox);
    empty(desk);
    printf("%llu entries, %llu lost\n", (unsigned long long)ledger_log_published(&desk->log)->size,
           (unsigned long long)desk->recorder.lost_ever);
    return err == ERR_OK && desk->recorder.lost_ever == 0;
}

int main(int argc, char **argv) {
    const struct catalogue_entry *found = argc == 5 ? catalogue_find(argv[1]) : NULL;
    struct desk *desk = calloc(1, sizeof *desk);
    struct config_error why;
    if (!found) {
        printf("usage: sim_incident SCENARIO SEED DIR KEY\n");
        return 2;
    }
    struct scenario scenario;
    catalogue_scenario(found, &scenario);
    if (scenario.setting.record_s == 0) scenario.setting.record_s = 2e-3;
    desk->world = world_create(&scenario, NULL, strtoull(argv[2], NULL, 10), &why);
    bool done = desk->world && open_ledger(desk, argv[3], argv[4]) && run(desk);
    if (desk->world) world_destroy(desk->world);
    note_signer_wipe(&desk->signer);
    free(desk);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}

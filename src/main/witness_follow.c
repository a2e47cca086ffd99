/* etalon-witness follow: a monitor. It looks at logs from outside: does each checkpoint continue
 * the one before, do the witnesses show the same history, does anything come at all? Two places
 * that show the same log are held against each other, because they share one memory. */
#include "main/witness_follow.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ledger/cosignature.h"
#include "main/witness_logs.h"
#include "main/witness_memory.h"
#include "main/witness_sandbox.h"
#include "main/witness_stop.h"
#include "main/witness_target.h"
#include "os/clocks.h"
#include "os/log.h"

/* What one witness shows of the log. */
struct view {
    struct witness_fetch_request request;
    struct witness_source_note note;
    uint64_t time_s;
    bool answered, good;
};

struct place {
    struct witness_source source;
    struct mono unread; /* since then it could not be read; 0: it can */
    uint64_t told_size, witnessed_size;
    char origin[LIMIT_NOTE_NAME_BYTES]; /* of its last good checkpoint */
};

struct follow {
    const struct witness_arguments *arguments;
    struct witness_fetch log_fetch, witness_fetch;
    struct policy policy;
    struct witness_memory memory;
    size_t count;
    struct place place[LIMIT_WITNESS_LOGS];
    struct witness_source_note note;
    struct view view[LIMIT_POLICY_WITNESSES];
    char gathered[LIMIT_NOTE_BYTES];
    struct policy_result result;
    bool found;
};

static enum witness_exit fail(enum witness_exit code, const char *why) {
    log_line(LOG_LEVEL_ERROR, "%s", why);
    return code;
}

static void add_finding(struct follow *follow, enum witness_findings_kind kind, const char *by,
                        const char *text, const struct witness_source_note *known) {
    const struct witness_findings_item item = {
        .kind = kind,
        .origin = follow->note.checkpoint.origin,
        .size = follow->note.checkpoint.size,
        .by = by,
        .by_counts = true,
        .text = text,
        .known = known ? known->text : NULL,
        .known_length = known ? known->length : 0,
        .shown = follow->note.text,
        .shown_length = follow->note.length,
    };
    follow->found = true;
    (void)witness_findings_add(&follow->memory.findings, &item);
}

/* A log that nobody can read shows nothing new either. */
static enum witness_exit take_unread(struct follow *follow, struct place *place) {
    struct mono now = clocks_mono();
    if (place->unread.ns == 0) place->unread = now;
    if (place->origin[0] != '\0' && mono_seconds(now, place->unread) > follow->arguments->stall_s) {
        const struct witness_findings_item item = {
            .kind = WITNESS_FINDINGS_STALL,
            .origin = place->origin,
            .size = place->told_size,
            .by = place->source.place,
            .by_counts = true,
            .text = "the log cannot be read any more",
        };
        follow->found = true;
        (void)witness_findings_add(&follow->memory.findings, &item);
    }
    return fail(WITNESS_NO_LOG, place->source.why);
}

static enum witness_exit take_bad(struct follow *follow, struct place *place, enum err err) {
    struct witness_source_note *note = &follow->note;
    snprintf(note->checkpoint.origin, sizeof note->checkpoint.origin, "%s",
             place->origin[0] ? place->origin : "(unknown)");
    note->checkpoint.size = place->told_size;
    char text[128];
    snprintf(text, sizeof text, "the checkpoint is not good: %s", err_text(err));
    add_finding(follow, WITNESS_FINDINGS_SIGNATURE, place->source.place, text, NULL);
    return WITNESS_FOUND;
}

static enum witness_exit read_place(struct follow *follow, struct place *place) {
    const struct checkpoint *now = &follow->note.checkpoint;
    enum err err = witness_source_checkpoint(&place->source, &follow->policy, &follow->note);
    if (err == ERR_IO || err == ERR_STALE) return take_unread(follow, place);
    if (err != ERR_OK) return take_bad(follow, place, err);
    err = witness_memory_take(&follow->memory, &place->source, &follow->policy, &follow->note);
    if (err == ERR_PROOF) {
        follow->found = true;
        return WITNESS_FOUND;
    }
    if (err != ERR_OK && follow->memory.broken) return fail(WITNESS_FAILED, place->source.why);
    if (err != ERR_OK) return take_unread(follow, place);
    place->unread = (struct mono){0};
    snprintf(place->origin, sizeof place->origin, "%s", now->origin);
    if (now->size != place->told_size)
        log_line(LOG_LEVEL_INFO, "%.200s: %.200s has size %" PRIu64 ", consistent",
                 place->source.place, now->origin, now->size);
    place->told_size = now->size;
    if (witness_memory_age(&follow->memory, now->origin) > follow->arguments->stall_s)
        add_finding(follow, WITNESS_FINDINGS_STALL, place->source.place,
                    "the log has not grown for too long", NULL);
    return WITNESS_FINE;
}

static void view_done(void *context, struct witness_fetch_request *request) {
    struct view *view = context;
    view->answered = request->status == 200;
    view->note.length = request->length;
}

static bool ask_view(struct follow *follow, const struct policy_witness *witness,
                     struct view *view) {
    char hex[WITNESS_ORIGIN_HEX_BYTES], path[WITNESS_ORIGIN_HEX_BYTES + 16];
    view->answered = view->good = false;
    view->request.body = NULL;
    view->request.out = view->note.text;
    view->request.room = sizeof view->note.text;
    view->request.done = view_done;
    view->request.context = view;
    snprintf(path, sizeof path, "%s/checkpoint",
             witness_origin_hex(follow->note.checkpoint.origin, hex));
    if (witness->url[0] == '\0' || !witness_fetch_url(view->request.url, witness->url, path))
        return false;
    witness_fetch_start(&follow->witness_fetch, &view->request);
    return true;
}

static void ask_views(struct follow *follow) {
    size_t asked = 0;
    for (size_t i = 0; i < follow->policy.witnesses_count; i++)
        if (ask_view(follow, &follow->policy.witnesses[i], &follow->view[i])) asked++;
    while (asked > 0 && witness_fetch_turn(&follow->witness_fetch, 200) > 0) continue;
}

/* A witness has signed it, and so has the log. */
static bool open_view(struct follow *follow, const struct policy_witness *witness,
                      struct view *view) {
    struct note note;
    if (!view->answered) return false;
    enum err err = witness_source_judge(&view->note, &follow->policy);
    if (err == ERR_OK && strcmp(view->note.checkpoint.origin, follow->note.checkpoint.origin) != 0)
        err = ERR_LOG_ORIGIN;
    if (err == ERR_OK) err = note_parse(view->note.text, view->note.length, &note);
    if (err == ERR_OK) err = cosignature_verify(&note, &witness->key, &view->time_s);
    if (err == ERR_OK) return true;
    char text[160];
    snprintf(text, sizeof text, "what the witness shows is not good: %s", err_text(err));
    add_finding(follow, WITNESS_FINDINGS_SIGNATURE, witness->name, text, NULL);
    return false;
}

/* The log publishes before it asks a witness; so one that is ahead has seen what we are not shown.
 * But the log may have grown since we looked. */
static void compare_ahead(struct follow *follow, struct place *place,
                          const struct policy_witness *witness, const struct view *view) {
    static struct witness_source_note before;
    before = follow->note;
    enum witness_exit code = read_place(follow, place);
    if (code == WITNESS_FOUND) return;
    if (code != WITNESS_FINE) follow->note = before;
    if (follow->note.checkpoint.size < view->note.checkpoint.size)
        add_finding(follow, WITNESS_FINDINGS_AHEAD, witness->name,
                    "the witness has seen a larger tree than the log shows", &view->note);
}

static void compare_view(struct follow *follow, struct place *place,
                         const struct policy_witness *witness, struct view *view) {
    struct kernel_reading now;
    const struct checkpoint *seen = &view->note.checkpoint;
    if (!open_view(follow, witness, view)) return;
    if (seen->size > follow->note.checkpoint.size) compare_ahead(follow, place, witness, view);
    if (seen->size > follow->note.checkpoint.size) return;
    enum err err = witness_source_consistent(&place->source, &follow->note.checkpoint, seen->size,
                                             &seen->root);
    bool same_size = seen->size == follow->note.checkpoint.size;
    if (err == ERR_PROOF)
        add_finding(follow, same_size ? WITNESS_FINDINGS_SPLIT : WITNESS_FINDINGS_FORK,
                    witness->name,
                    same_size ? "the log signed two roots for one size"
                              : "what the witness has seen is not the beginning of what we see",
                    &view->note);
    view->good = err == ERR_OK;
    clocks_read(&now);
    double age_s = s_from_ns(now.realtime.ns) - (double)view->time_s;
    if (view->good && !same_size && age_s > follow->arguments->stall_s)
        add_finding(follow, WITNESS_FINDINGS_STALL, witness->name,
                    "the log has grown, and the witness has not cosigned for too long",
                    &view->note);
}

/* The largest tree that enough witnesses show: their lines gathered under one checkpoint. */
static bool gather(struct follow *follow, const struct view *base) {
    struct note note;
    size_t length = base->note.length;
    memcpy(follow->gathered, base->note.text, length);
    for (size_t i = 0; i < follow->policy.witnesses_count; i++) {
        const struct view *view = &follow->view[i];
        if (!view->good || view == base || view->note.checkpoint.size != base->note.checkpoint.size)
            continue;
        if (note_parse(view->note.text, view->note.length, &note) != ERR_OK) continue;
        for (size_t k = 0; k < note.count; k++) {
            const struct note_signature *line = &note.signatures[k];
            if (!note_signature_by(line, &follow->policy.witnesses[i].key)) continue;
            if (length + line->line_length > sizeof follow->gathered) continue;
            memcpy(follow->gathered + length, line->line, line->line_length);
            length += line->line_length;
        }
    }
    return policy_satisfied(&follow->policy, follow->gathered, length, &follow->result);
}

static bool has_quorum(struct follow *follow, struct place *place) {
    static char text[LIMIT_NOTE_BYTES];
    char path[64];
    size_t length;
    if (policy_satisfied(&follow->policy, follow->note.text, follow->note.length, &follow->result))
        return true;
    snprintf(path, sizeof path, "cosigned/%" PRIu64, follow->note.checkpoint.size);
    if (witness_source_read(&place->source, path, text, sizeof text, &length) == ERR_OK &&
        policy_satisfied(&follow->policy, text, length, &follow->result) &&
        merkle_same(&follow->result.checkpoint.root, &follow->note.checkpoint.root))
        return true;
    for (size_t i = 0; i < follow->policy.witnesses_count; i++)
        if (follow->view[i].good && gather(follow, &follow->view[i])) return true;
    return false;
}

static enum witness_exit follow_place(struct follow *follow, struct place *place) {
    char when[TEXT_BYTES];
    enum witness_exit code = read_place(follow, place);
    if (code != WITNESS_FINE || follow->policy.witnesses_count == 0) return code;
    ask_views(follow);
    for (size_t i = 0; i < follow->policy.witnesses_count; i++)
        compare_view(follow, place, &follow->policy.witnesses[i], &follow->view[i]);
    if (!has_quorum(follow, place)) {
        log_line(LOG_LEVEL_WARNING, "%.200s: too few witnesses show a checkpoint that fits",
                 place->source.place);
        return WITNESS_NO_QUORUM;
    }
    bool news = follow->result.checkpoint.size != place->witnessed_size;
    place->witnessed_size = follow->result.checkpoint.size;
    if (follow->result.bounded)
        log_line(news ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG,
                 "%.200s: size %" PRIu64 " was seen by enough witnesses by %s", place->source.place,
                 follow->result.checkpoint.size,
                 text_utc((struct utc){(int64_t)follow->result.bound_s * NS_PER_S}, when));
    return WITNESS_FINE;
}

/* The worst of all places: unreadable above unwitnessed above fine. */
static enum witness_exit go_round(struct follow *follow) {
    enum witness_exit worst = WITNESS_FINE;
    for (size_t i = 0; i < follow->count; i++) {
        enum witness_exit code = follow_place(follow, &follow->place[i]);
        if (code > worst) worst = code;
    }
    return worst;
}

static bool add_key(struct policy *policy, const struct note_key *key,
                    char why[WITNESS_LOGS_WHY_BYTES]) {
    enum err err = policy_add_log(policy, key);
    if (err != ERR_OK)
        snprintf(why, WITNESS_LOGS_WHY_BYTES, "--log %.200s: %s", key->name,
                 err == ERR_KEY ? "the key is that of a witness of the policy" : err_text(err));
    return err == ERR_OK;
}

static bool add_logs(struct follow *follow, char why[WITNESS_LOGS_WHY_BYTES]) {
    static struct witness_logs logs;
    const struct witness_arguments *a = follow->arguments;
    for (size_t i = 0; i < a->log_count; i++)
        if (!witness_logs_add(&logs, a->logs[i], why)) return false;
    for (size_t i = 0; i < logs.count; i++)
        for (size_t k = 0; k < logs.log[i].count; k++)
            if (!add_key(&follow->policy, &logs.log[i].keys[k], why)) return false;
    snprintf(why, WITNESS_LOGS_WHY_BYTES, "the policy names no log: add --log");
    return follow->policy.logs_count > 0;
}

static enum witness_exit prepare(struct follow *follow) {
    const struct witness_arguments *a = follow->arguments;
    static char why[WITNESS_LOGS_WHY_BYTES];
    double timeout_s = a->timeout_s > 0 ? a->timeout_s : 5;
    if (a->policy && !witness_logs_read_policy(a->policy, &follow->policy, why))
        return fail(WITNESS_USAGE, why);
    if (!add_logs(follow, why)) return fail(WITNESS_USAGE, why);
    if (!witness_fetch_init(&follow->log_fetch, a->ca_file, timeout_s) ||
        !witness_fetch_init(&follow->witness_fetch, a->ca_file, timeout_s))
        return fail(WITNESS_FAILED, "no memory");
    for (size_t i = 0; i < a->operand_count; i++)
        if (!witness_source_open(&follow->place[follow->count++].source, a->operands[i],
                                 &follow->log_fetch))
            return fail(WITNESS_USAGE, follow->place[i].source.why);
    if (!witness_memory_open(&follow->memory, a->state, why)) return fail(WITNESS_FAILED, why);
    return WITNESS_FINE;
}

static void give_up(const struct follow *follow) {
    char achieved[WITNESS_SANDBOX_TEXT_BYTES];
    const char *places[WITNESS_SANDBOX_PLACES] = {follow->arguments->ca_file};
    size_t count = 1;
    for (size_t i = 0; i < follow->count; i++)
        if (!follow->place[i].source.fetch) places[count++] = follow->place[i].source.base;
    witness_sandbox_client(follow->arguments->state, places, count, achieved);
    log_line(LOG_LEVEL_INFO, "sandbox: %s", achieved);
}

enum witness_exit witness_follow(const struct witness_arguments *arguments) {
    static struct follow follow;
    follow.arguments = arguments;
    enum witness_exit code = prepare(&follow);
    if (code != WITNESS_FINE) return code;
    give_up(&follow);
    witness_stop_prepare();
    while (!witness_stop_told()) {
        code = go_round(&follow);
        if (arguments->every_s <= 0) break;
        witness_stop_wait(arguments->every_s);
    }
    witness_memory_close(&follow.memory);
    witness_fetch_end(&follow.log_fetch);
    witness_fetch_end(&follow.witness_fetch);
    return follow.found ? WITNESS_FOUND : code;
}

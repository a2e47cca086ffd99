/* etalon-witness submit: the log's own errand. It holds no key and decides nothing: what it brings
 * back is checked again by whoever takes it from the inbox.
 *
 *     INBOX/<size>              a checkpoint that meets the policy, replaced as more cosignatures
 * come INBOX/witnesses-<hex>     what each witness has cosigned, as far as is known
 *     INBOX/last-<hex>, findings, ...   see witness_memory.h, witness_findings.h */
#include "main/witness_submit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "main/witness_logs.h"
#include "main/witness_memory.h"
#include "main/witness_sandbox.h"
#include "main/witness_stop.h"
#include "main/witness_target.h"
#include "os/log.h"
#include "os/storage.h"

struct submit {
    const struct witness_arguments *arguments;
    char inbox[LIMIT_PATH_BYTES];
    struct witness_fetch log_fetch, witness_fetch;
    struct policy policy;
    struct witness_source source;
    struct witness_memory memory;
    struct witness_source_note note, other; /* to be cosigned; what a witness shows */
    char cosigned[LIMIT_NOTE_BYTES];        /* the note with the lines that came in */
    size_t cosigned_length;
    struct policy_result result;
    struct witness_targets targets;
    bool quorum, found, failed;
};

static enum witness_exit fail(enum witness_exit code, const char *why) {
    log_line(LOG_LEVEL_ERROR, "%s", why);
    return code;
}

static void add_finding(struct submit *submit, enum witness_findings_kind kind, const char *by,
                        const char *text, const struct witness_source_note *known) {
    const struct witness_findings_item item = {
        .kind = kind,
        .origin = submit->note.checkpoint.origin,
        .size = submit->note.checkpoint.size,
        .by = by,
        .by_counts = true,
        .text = text,
        .known = known ? known->text : NULL,
        .known_length = known ? known->length : 0,
        .shown = submit->note.text,
        .shown_length = submit->note.length,
    };
    submit->found = true;
    (void)witness_findings_add(&submit->memory.findings, &item);
}

/* Into the inbox, in place of what is there: smaller, or with fewer cosignatures. */
static void deliver(struct submit *submit) {
    char path[LIMIT_PATH_BYTES], until[TEXT_BYTES] = "";
    const char *why = "";
    const struct policy_result *result = &submit->result;
    if (snprintf(path, sizeof path, "%s/cosigned", submit->inbox) >= (int)sizeof path) return;
    if (storage_replace(path, submit->cosigned, submit->cosigned_length, &why) != ERR_OK) {
        log_line(LOG_LEVEL_ERROR, "%s cannot be written: %s", path, why);
        submit->failed = true;
        return;
    }
    if (result->bounded) text_utc((struct utc){(int64_t)result->bound_s * NS_PER_S}, until);
    log_line(submit->quorum ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO,
             "size %" PRIu64 " of %s: %zu cosignatures, enough%s%s", submit->note.checkpoint.size,
             submit->note.checkpoint.origin, result->cosigned_count, *until ? "; seen by " : "",
             until);
    submit->quorum = true;
}

static void add_line(struct submit *submit, const struct witness_client_answer *answer) {
    if (submit->cosigned_length + answer->line_length > sizeof submit->cosigned) return;
    memcpy(submit->cosigned + submit->cosigned_length, answer->line, answer->line_length);
    submit->cosigned_length += answer->line_length;
    if (policy_satisfied(&submit->policy, submit->cosigned, submit->cosigned_length,
                         &submit->result))
        deliver(submit);
}

/* As soon as one witness has answered, whatever the others do. */
static void take_answer(void *context, struct witness_target *target) {
    struct submit *submit = context;
    const struct witness_client_answer *answer = &target->answer;
    if (answer->kind == WITNESS_CLIENT_COSIGNED)
        add_line(submit, answer);
    else
        log_line(LOG_LEVEL_WARNING, "witness %.100s: %s: %s%s%s", target->witness->name,
                 witness_client_kind_name(answer->kind), answer->reason,
                 target->request.status == 0 ? ": " : "",
                 target->request.status == 0 ? target->request.why : "");
}

/* A witness says that it has seen more. If the log has published more meanwhile, it is right. */
static bool is_behind(struct submit *submit, uint64_t size) {
    if (witness_source_checkpoint(&submit->source, &submit->policy, &submit->other) != ERR_OK)
        return true;
    return submit->other.checkpoint.size < size;
}

/* Another history: what does the witness show to monitors? Two notes of one size prove it. */
static void look_into_conflict(struct submit *submit, const struct witness_target *target) {
    struct witness_source_note *shown = &submit->other;
    const struct checkpoint *ours = &submit->note.checkpoint, *theirs = &shown->checkpoint;
    static struct witness_fetch_request request;
    enum witness_findings_kind kind = WITNESS_FINDINGS_BAD_PROOF;
    const char *text = "the witness takes our checkpoint or proof for false, and shows no reason";
    bool got = witness_target_monitor(&submit->witness_fetch, &request, target->witness,
                                      ours->origin, &submit->policy, shown);
    if (got && theirs->size == ours->size && !merkle_same(&theirs->root, &ours->root)) {
        kind = WITNESS_FINDINGS_SPLIT;
        text = "the log signed two roots for one size: the witness has the other one";
    } else if (got && theirs->size < ours->size &&
               witness_source_consistent(&submit->source, ours, theirs->size, &theirs->root) ==
                   ERR_PROOF) {
        kind = WITNESS_FINDINGS_FORK;
        text = "the witness has a tree, signed by the log, that is not the beginning of this one";
    }
    add_finding(submit, kind, target->witness->name, text, got ? shown : NULL);
}

static void look_into(struct submit *submit, const struct witness_target *target) {
    const struct witness_client_answer *answer = &target->answer;
    static struct witness_fetch_request request;
    bool got;
    switch (answer->kind) {
    case WITNESS_CLIENT_AHEAD:
        if (!is_behind(submit, answer->size)) return;
        got =
            witness_target_monitor(&submit->witness_fetch, &request, target->witness,
                                   submit->note.checkpoint.origin, &submit->policy, &submit->other);
        add_finding(submit, WITNESS_FINDINGS_AHEAD, target->witness->name, answer->reason,
                    got ? &submit->other : NULL);
        return;
    case WITNESS_CLIENT_CONFLICT:
        look_into_conflict(submit, target);
        return;
    case WITNESS_CLIENT_STALLED:
        add_finding(submit, WITNESS_FINDINGS_STALL, target->witness->name, answer->reason, NULL);
        return;
    case WITNESS_CLIENT_SIGNATURE:
        add_finding(submit, WITNESS_FINDINGS_SIGNATURE, target->witness->name, answer->reason,
                    NULL);
        return;
    default:
        return;
    }
}

/* Sizes that the witnesses have: worth keeping, and no harm if lost. */
static void recall(struct submit *submit) {
    static char text[LIMIT_POLICY_WITNESSES * 512];
    char path[LIMIT_PATH_BYTES];
    const char *why = "";
    size_t length;
    if (!witness_memory_path(&submit->memory, "witnesses", submit->note.checkpoint.origin, path) ||
        storage_read(path, text, sizeof text - 1, &length, &why) != ERR_OK)
        return;
    text[length] = '\0';
    witness_target_recall(&submit->targets, text);
}

static void remember(const struct submit *submit) {
    static char text[LIMIT_POLICY_WITNESSES * 512];
    char path[LIMIT_PATH_BYTES];
    const char *why = "";
    if (!witness_memory_path(&submit->memory, "witnesses", submit->note.checkpoint.origin, path))
        return;
    size_t length = witness_target_text(&submit->targets, text, sizeof text);
    if (storage_replace(path, text, length, &why) != ERR_OK)
        log_line(LOG_LEVEL_WARNING, "%s cannot be written: %s", path, why);
}

/* The newest checkpoint, and whether it continues the one before. */
static enum witness_exit read_note(struct submit *submit) {
    enum err err = witness_source_checkpoint(&submit->source, &submit->policy, &submit->note);
    if (err != ERR_OK) return fail(WITNESS_NO_LOG, submit->source.why);
    err = witness_memory_take(&submit->memory, &submit->source, &submit->policy, &submit->note);
    if (err == ERR_PROOF) {
        submit->found = true;
        return WITNESS_FOUND;
    }
    if (err == ERR_OK) return WITNESS_FINE;
    return fail(submit->memory.broken ? WITNESS_FAILED : WITNESS_NO_LOG, submit->source.why);
}

static enum witness_exit go_round(struct submit *submit, bool first) {
    enum witness_exit code = read_note(submit);
    if (code != WITNESS_FINE) return code;
    if (submit->note.checkpoint.size == 0) {
        log_line(LOG_LEVEL_INFO, "%s is empty: nothing to cosign yet",
                 submit->note.checkpoint.origin);
        return WITNESS_NO_QUORUM;
    }
    if (first) recall(submit);
    memcpy(submit->cosigned, submit->note.text, submit->note.length);
    submit->cosigned_length = submit->note.length;
    submit->quorum = false;
    witness_target_ask(&submit->targets);
    for (size_t i = 0; i < submit->targets.count; i++)
        if (submit->targets.target[i].answered) look_into(submit, &submit->targets.target[i]);
    remember(submit);
    if (submit->failed) return WITNESS_FAILED;
    if (!submit->quorum)
        log_line(LOG_LEVEL_WARNING, "size %" PRIu64 " of %s: too few cosignatures so far",
                 submit->note.checkpoint.size, submit->note.checkpoint.origin);
    return submit->quorum ? WITNESS_FINE : WITNESS_NO_QUORUM;
}

/* Keys of the ledger itself stand in for a policy that names no log. */
static bool add_own_keys(struct submit *submit) {
    static char text[64 << 10];
    size_t length;
    if (submit->policy.logs_count > 0) return true;
    return submit->arguments->ledger &&
           witness_source_read(&submit->source, "vkey", text, sizeof text, &length) == ERR_OK &&
           witness_logs_read_vkeys(text, length, &submit->policy);
}

static enum witness_exit prepare(struct submit *submit) {
    const struct witness_arguments *a = submit->arguments;
    static char why[WITNESS_LOGS_WHY_BYTES];
    double timeout_s = a->timeout_s > 0 ? a->timeout_s : 5;
    const char *place = a->ledger ? a->ledger : a->url;
    if (!witness_logs_read_policy(a->policy, &submit->policy, why)) return fail(WITNESS_USAGE, why);
    if (!witness_fetch_init(&submit->log_fetch, a->ca_file, timeout_s) ||
        !witness_fetch_init(&submit->witness_fetch, a->ca_file, timeout_s))
        return fail(WITNESS_FAILED, "no memory");
    if (!witness_source_open(&submit->source, place, &submit->log_fetch))
        return fail(WITNESS_USAGE, submit->source.why);
    if (!add_own_keys(submit))
        return fail(WITNESS_USAGE, "the policy names no log, and public/vkey holds no key that can "
                                   "be one (that of a witness cannot)");
    int length = a->state ? snprintf(submit->inbox, sizeof submit->inbox, "%s", a->state)
                          : snprintf(submit->inbox, sizeof submit->inbox, "%s/inbox", a->ledger);
    if (length + 32 >= (int)sizeof submit->inbox)
        return fail(WITNESS_USAGE, "the path of the inbox is too long");
    if (!witness_memory_open(&submit->memory, submit->inbox, why)) return fail(WITNESS_FAILED, why);
    submit->targets.fetch = &submit->witness_fetch;
    submit->targets.source = &submit->source;
    submit->targets.note = &submit->note;
    submit->targets.done = take_answer;
    submit->targets.context = submit;
    submit->targets.timeout_s = timeout_s;
    witness_target_init(&submit->targets, &submit->policy);
    if (submit->targets.count == 0)
        return fail(WITNESS_USAGE, "the policy has no witness that could be asked");
    return WITNESS_FINE;
}

static void give_up(const struct submit *submit) {
    char achieved[WITNESS_SANDBOX_TEXT_BYTES];
    const char *const places[] = {submit->source.fetch ? NULL : submit->source.base,
                                  submit->arguments->ca_file};
    witness_sandbox_client(submit->inbox, places, sizeof places / sizeof places[0], achieved);
    log_line(LOG_LEVEL_INFO, "sandbox: %s", achieved);
}

enum witness_exit witness_submit(const struct witness_arguments *arguments) {
    static struct submit submit;
    submit.arguments = arguments;
    enum witness_exit code = prepare(&submit);
    if (code != WITNESS_FINE) return code;
    give_up(&submit);
    witness_stop_prepare();
    for (bool first = true; !witness_stop_told(); first = false) {
        code = go_round(&submit, first);
        if (arguments->every_s <= 0) break;
        witness_stop_wait(arguments->every_s);
    }
    witness_memory_close(&submit.memory);
    witness_fetch_end(&submit.log_fetch);
    witness_fetch_end(&submit.witness_fetch);
    return submit.found ? WITNESS_FOUND : code;
}

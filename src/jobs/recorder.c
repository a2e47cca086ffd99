/* The recorder. Invariant: an intent is answered with ERR_OK only after a commit that held it. */
#include "jobs/recorder.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/json.h"

static const int64_t commit_ns = NS_PER_S, publish_ns = NS_PER_S, again_ns = NS_PER_S;
static const int64_t losses_ns = 10 * NS_PER_S, queued_ns = 60 * NS_PER_S;
static const int64_t prune_ns = 600 * NS_PER_S, report_ns = 5 * NS_PER_S;
/* A commit may take up to all of this many bytes of the journal: then it is to be emptied. */
enum { JOURNAL_ROOM_BYTES = 1 << 20 };

void recorder_init(struct recorder *recorder, const struct recorder_start *start) {
    memset(recorder, 0, sizeof *recorder);
    recorder->start = *start;
    recorder->commit_at = recorder->publish_at = recorder->prune_at = MONO_NEVER;
    cosigned_init(&recorder->cosigned, start->policy, start->store);
    findings_init(&recorder->findings, start->store);
}

static struct entry_head head_at(const struct recorder *recorder, struct mono counter) {
    struct entry_head head = {.job = message_job_name(JOB_RECORDER),
                              .pid = recorder->start.pid,
                              .boot = recorder->start.boot,
                              .counter = counter};
    struct clock_state state;
    if (!recorder->start.page || clock_page_read(recorder->start.page, &state) != ERR_OK)
        return head;
    if (!clock_state_serves(&state, counter)) return head;
    head.has_time = true;
    head.utc = clock_state_utc(&state, counter);
    head.radius_s = line_radius(&state.line, counter);
    return head;
}

/* Once for each time that it begins to go wrong, and that it ends. */
static void judge(struct recorder *recorder, bool *failing, enum err err, const char *what,
                  struct outbox *outbox) {
    if (err != ERR_OK && !*failing)
        job_log(outbox, LOG_LEVEL_ERROR, "alarm: the ledger cannot %s: %.180s", what,
                ledger_log_why(recorder->start.log));
    if (err == ERR_OK && *failing)
        job_log(outbox, LOG_LEVEL_WARNING, "the ledger can %s again", what);
    *failing = err != ERR_OK;
}

static void answer(struct recorder *recorder, enum err err, struct outbox *outbox) {
    for (size_t i = 0; i < recorder->intent_count; i++) {
        struct message message = {.kind = MESSAGE_RECORDED};
        message.recorded = (struct message_recorded){recorder->intents[i], (uint8_t)err};
        job_post(outbox, JOB_KEEPER, &message);
    }
    recorder->intent_count = 0;
}

static bool published_all(const struct recorder *recorder) {
    const struct ledger_log *log = recorder->start.log;
    return ledger_log_published(log)->size == ledger_log_committed(log);
}

static void published(struct recorder *recorder, enum err err, struct outbox *outbox) {
    bool all = published_all(recorder);
    recorder->publish_at = err == ERR_OK && !all ? recorder->now : MONO_NEVER;
    judge(recorder, &recorder->behind, err, "be published", outbox);
    if (err == ERR_OK && all) recorder->published_at = recorder->now;
    if (err == ERR_FULL || err == ERR_IO) recorder->publish_at = mono_add(recorder->now, again_ns);
    /* Disk and memory contradict each other: nothing is signed and nothing moves any more. */
    if (err != ERR_OK && err != ERR_FULL && err != ERR_IO) recorder->broken = true;
}

/* A part of what there is: an intent that comes meanwhile is answered before the next. */
static void publish_part(struct recorder *recorder, struct outbox *outbox) {
    enum err err = ledger_log_publish_part(recorder->start.log, LIMIT_LEDGER_PART_BUNDLES);
    published(recorder, err, outbox);
}

static void publish(struct recorder *recorder, struct outbox *outbox) {
    published(recorder, ledger_log_publish(recorder->start.log), outbox);
}

static void commit(struct recorder *recorder, struct outbox *outbox) {
    struct ledger_log *log = recorder->start.log;
    recorder->commit_at = MONO_NEVER;
    bool staged = ledger_log_next(log) != ledger_log_committed(log);
    if (!staged && recorder->intent_count == 0) return;
    enum err err = ERR_OK; /* nothing staged: a pruning has committed it */
    if (recorder->broken)
        err = ERR_DAMAGED;
    else if (staged)
        err = ledger_log_commit(log);
    answer(recorder, err, outbox);
    judge(recorder, &recorder->failing, err, "be written", outbox);
    if (err != ERR_OK) {
        recorder->commit_at = mono_add(recorder->now, again_ns);
        return;
    }
    recorder->publish_at = mono_min(recorder->publish_at, mono_add(recorder->now, publish_ns));
    if (ledger_log_room(log) < JOURNAL_ROOM_BYTES) publish_part(recorder, outbox);
}

/* What is staged goes to the disk if there is no room for more. */
static enum err append(struct recorder *recorder, size_t length, struct outbox *outbox) {
    uint64_t index;
    struct ledger_log *log = recorder->start.log;
    if (recorder->broken) return ERR_DAMAGED;
    enum err err = ledger_log_append(log, recorder->entry, length, &index);
    if (err == ERR_FULL && !recorder->failing) {
        if (ledger_log_next(log) != ledger_log_committed(log)) commit(recorder, outbox);
        if (!recorder->failing) err = ledger_log_append(log, recorder->entry, length, &index);
        if (err == ERR_FULL && !recorder->failing && !recorder->behind) {
            publish(recorder, outbox);
            err = ledger_log_append(log, recorder->entry, length, &index);
        }
    }
    if (err == ERR_OK)
        recorder->commit_at = mono_min(recorder->commit_at, mono_add(recorder->now, commit_ns));
    return err;
}

struct loss {
    enum job_id job;
    uint64_t records;
};

static void write_lost(struct json *json, const void *context) {
    const struct loss *loss = context;
    json_string(json, "name", message_job_name(loss->job));
    json_uint(json, "records", loss->records);
}

static void write_gap(struct json *json, const void *context) {
    const struct message_record *record = context;
    json_string(json, "name", message_job_name(record->job));
    json_uint(json, "before", record->sequence);
}

static enum err note(struct recorder *recorder, const char *kind, struct mono now,
                     void (*fill)(struct json *json, const void *context), const void *context,
                     struct outbox *outbox) {
    struct entry_head head = head_at(recorder, now);
    size_t length;
    head.kind = kind;
    enum err err = entry_of(&head, fill, context, recorder->entry, &length);
    return err == ERR_OK ? append(recorder, length, outbox) : err;
}

enum err recorder_note(struct recorder *recorder, const char *kind, struct mono now,
                       void (*fill)(struct json *json, const void *context), const void *context) {
    struct entry_head head = head_at(recorder, now);
    size_t length;
    uint64_t index;
    head.kind = kind;
    enum err err = entry_of(&head, fill, context, recorder->entry, &length);
    struct ledger_log *log = recorder->start.log;
    if (err != ERR_OK) return err;
    err = ledger_log_append(log, recorder->entry, length, &index);
    if (err == ERR_FULL && ledger_log_commit(log) == ERR_OK)
        err = ledger_log_append(log, recorder->entry, length, &index);
    if (err == ERR_OK)
        recorder->commit_at = mono_min(recorder->commit_at, mono_add(now, commit_ns));
    return err;
}

static void lose(struct recorder *recorder, enum job_id job) {
    recorder->lost[job]++;
    recorder->lost_ever++;
}

/* What did not arrive, or found no room, is told as soon as there is room again. */
static void tell_losses(struct recorder *recorder, const struct message_record *record,
                        int32_t sender, struct outbox *outbox) {
    uint32_t last = recorder->sequences[record->job];
    bool known = sender == recorder->senders[record->job];
    /* Several servers take turns; of any other job a process that is new here begins with 1, or the
     * recorder before this one has taken records to its grave. */
    bool gap = known ? last != 0 && record->sequence > last + 1
                     : record->sequence > 1 && record->job != JOB_SERVER;
    recorder->sequences[record->job] = record->sequence;
    recorder->senders[record->job] = sender;
    if (gap && note(recorder, "gap", recorder->now, write_gap, record, outbox) != ERR_OK)
        lose(recorder, record->job);
    if (recorder->failing || recorder->behind || mono_before(recorder->now, recorder->losses_at))
        return;
    for (enum job_id job = 0; job < JOB_COUNT; job++) {
        struct loss loss = {job, recorder->lost[job]};
        if (loss.records == 0) continue;
        recorder->losses_at = mono_add(recorder->now, losses_ns);
        if (note(recorder, "lost", recorder->now, write_lost, &loss, outbox) == ERR_OK)
            recorder->lost[job] = 0;
    }
}

/* What a job may fill the ledger with: many times what it has to say, and no more. The keeper and
 * the parent say as much as they must. */
static bool within_budget(struct recorder *recorder, const struct message_record *record) {
    static const double most = 4 << 20, each_s = 16 << 10, source_s = 256 << 10;
    struct recorder_budget *budget = &recorder->budgets[record->job];
    enum job_id job = record->job;
    if (job == JOB_KEEPER || job == JOB_PARENT) return true;
    double rate = job == JOB_SOURCE ? source_s : each_s;
    double since_s = budget->begun ? mono_seconds(recorder->now, budget->at) : 0;
    budget->bytes = budget->begun ? fmin(budget->bytes + rate * since_s, most) : most;
    budget->begun = true;
    budget->at = recorder->now;
    double cost = 512 + 2.0 * record->length; /* about what its entry takes */
    if (budget->bytes < cost) return false;
    budget->bytes -= cost;
    return true;
}

/* Number of the intent that is to be answered; 0: it is none. */
static uint32_t intent_of(const struct message_record *record) {
    struct record decoded;
    if (record->kind != RECORD_INTENT || record->job != JOB_KEEPER) return 0;
    if (record_parse(record->kind, record->bytes, record->length, &decoded) != ERR_OK) return 0;
    return decoded.intent.number;
}

static void refuse(struct recorder *recorder, enum job_id job, uint32_t intent, enum err err,
                   struct outbox *outbox) {
    lose(recorder, job);
    if (intent == 0) return;
    struct message message = {.kind = MESSAGE_RECORDED};
    message.recorded = (struct message_recorded){intent, (uint8_t)err};
    job_post(outbox, JOB_KEEPER, &message);
}

/* When it was posted, as far as that can be: queues are short. */
static struct mono posted_at(const struct message_record *record, struct mono now) {
    bool plausible =
        !mono_before(now, record->counter) && mono_diff(now, record->counter) <= queued_ns;
    return plausible ? record->counter : now;
}

static void take(struct recorder *recorder, const struct event *event, struct outbox *outbox) {
    const struct message_record *record = &event->message->record;
    struct entry_head head;
    size_t length;
    tell_losses(recorder, record, event->sender, outbox);
    if (!within_budget(recorder, record)) {
        lose(recorder, record->job);
        return;
    }
    /* A keeper that begins does not wait for what the one before it asked. */
    if (record->kind == RECORD_BEGIN && record->job == JOB_KEEPER) recorder->intent_count = 0;
    head = head_at(recorder, posted_at(record, event->now));
    head.job = message_job_name(record->job);
    head.pid = event->sender;
    head.sequence = record->sequence;
    enum err err = entry_of_record(&head, record, recorder->start.config, recorder->entry, &length);
    uint32_t intent = intent_of(record);
    if (err != ERR_FULL) err = append(recorder, length, outbox);
    if (err != ERR_OK) {
        refuse(recorder, record->job, intent, err, outbox);
        return;
    }
    if (intent == 0) return;
    if (recorder->intent_count == RECORDER_INTENTS) commit(recorder, outbox);
    recorder->intents[recorder->intent_count++] = intent;
    recorder->commit_at = event->now;
}

static void write_pruned(struct json *json, const void *context) {
    const struct ledger_pruning *plan = context;
    char root[BASE64_TEXT_BYTES(sizeof plan->root.bytes)];
    json_uint(json, "from", plan->from);
    json_uint(json, "to", plan->to);
    json_string(json, "root",
                base64_text(plan->root.bytes, sizeof plan->root.bytes, root, sizeof root));
}

/* What the operator does not want to keep any longer. */
static void prune(struct recorder *recorder, struct outbox *outbox) {
    struct ledger_log *log = recorder->start.log;
    uint64_t size = ledger_log_published(log)->size, keep = recorder->start.config->ledger.keep;
    struct ledger_pruning plan;
    struct entry_head head = head_at(recorder, recorder->now);
    size_t length;
    if (keep == 0 || size <= keep) return;
    if (ledger_log_prune_plan(log, size - keep, &plan) != ERR_OK) return;
    head.kind = "pruned";
    if (entry_of(&head, write_pruned, &plan, recorder->entry, &length) != ERR_OK) return;
    enum err err = ledger_log_prune(log, &plan, recorder->entry, length);
    judge(recorder, &recorder->behind, err, "be pruned", outbox);
    if (err == ERR_FULL || err == ERR_IO) { /* the next publication goes on with it */
        struct mono again = mono_add(recorder->now, again_ns);
        recorder->commit_at = mono_min(recorder->commit_at, again);
        recorder->publish_at = mono_min(recorder->publish_at, again);
    }
    if (err != ERR_OK && err != ERR_FULL && err != ERR_IO) recorder->broken = true;
}

static void write_cosigned(struct json *json, const void *context) {
    const struct cosigned *cosigned = context;
    const struct policy_result *result = &cosigned->result;
    json_uint(json, "size", result->checkpoint.size);
    if (result->bounded)
        json_uint(json, "bound", result->bound_s);
    else
        json_null(json, "bound");
    json_open_array(json, "witnesses");
    for (size_t i = 0; i < cosigned->policy->witnesses_count; i++) {
        if (result->cosigned[i] != POLICY_COSIGNED) continue;
        json_open_object(json, NULL);
        json_string(json, "name", cosigned->policy->witnesses[i].name);
        json_uint(json, "time", result->times_s[i]);
        json_close_object(json);
    }
    json_close_array(json);
}

static void look_into_inbox(struct recorder *recorder, struct outbox *outbox) {
    if (!recorder->start.policy) return;
    enum err err = cosigned_look(&recorder->cosigned, ledger_log_published(recorder->start.log),
                                 recorder->now);
    if (err == ERR_OK)
        (void)note(recorder, "cosigned", recorder->now, write_cosigned, &recorder->cosigned,
                   outbox);
    else if (err != ERR_STALE)
        job_log(outbox, LOG_LEVEL_WARNING, "a cosigned checkpoint came in and is refused: %s",
                err_text(err));
}

static void write_finding(struct json *json, const void *context) {
    const struct findings *findings = context;
    json_string(json, "finding", findings->line);
    json_bool(json, "cut", findings->cut);
}

/* Somebody else's words: nothing in them must move a terminal. */
static void tell_finding(const struct findings *findings, struct outbox *outbox) {
    char text[200];
    snprintf(text, sizeof text, "%.199s", findings->line);
    for (char *at = text; *at; at++)
        if (*at < ' ' || *at > '~') *at = '?';
    job_log(outbox, LOG_LEVEL_WARNING, "a finding about the ledger came in: %s", text);
}

static bool record_finding(struct recorder *recorder, struct outbox *outbox) {
    struct findings *findings = &recorder->findings;
    bool empty = findings->line[0] == '\0';
    if (!empty &&
        note(recorder, "finding", recorder->now, write_finding, findings, outbox) != ERR_OK)
        return false;
    if (!empty) tell_finding(findings, outbox);
    findings_pass(findings);
    recorder->findings_end = ledger_log_next(recorder->start.log);
    return true;
}

static void keep_findings(struct recorder *recorder) {
    if (ledger_log_committed(recorder->start.log) >= recorder->findings_end)
        findings_keep(&recorder->findings);
}

static void look_for_findings(struct recorder *recorder, struct outbox *outbox) {
    struct findings *findings = &recorder->findings;
    enum err err = ERR_OK;
    if (!findings_due(findings, recorder->now)) return;
    keep_findings(recorder);
    for (int i = 0; i < LIMIT_FINDINGS_LOOK && err == ERR_OK; i++) {
        err = findings_take(findings);
        if (err == ERR_OK && !record_finding(recorder, outbox)) return;
    }
    if (err != ERR_OK && err != ERR_STALE && err != findings->err)
        job_log(outbox, LOG_LEVEL_WARNING, "findings in the ledger's inbox: %s",
                err == ERR_DAMAGED ? "another file than before: reading all of it" : err_text(err));
    findings->err = err;
}

static void report(struct recorder *recorder, struct outbox *outbox) {
    const struct ledger_log *log = recorder->start.log;
    struct message message = {.kind = MESSAGE_LEDGER};
    if (mono_before(recorder->now, recorder->report_at)) return;
    recorder->report_at = mono_add(recorder->now, report_ns);
    message.ledger = (struct message_ledger){.entries = ledger_log_committed(log),
                                             .published = ledger_log_published(log)->size,
                                             .published_at = recorder->published_at,
                                             .cosigned = recorder->cosigned.size,
                                             .pruned = ledger_log_pruned(log),
                                             .lost = recorder->lost_ever,
                                             .failing = recorder->failing || recorder->behind};
    job_post(outbox, JOB_STATUS, &message);
}

static void work(struct recorder *recorder, struct outbox *outbox) {
    look_into_inbox(recorder, outbox);
    look_for_findings(recorder, outbox);
    bool may_prune = !recorder->broken && !recorder->failing && !recorder->behind;
    if (!mono_before(recorder->now, recorder->prune_at)) {
        recorder->prune_at = mono_add(recorder->now, prune_ns);
        if (may_prune) prune(recorder, outbox);
    }
    if (!mono_before(recorder->now, recorder->commit_at)) commit(recorder, outbox);
    if (!recorder->broken && !mono_before(recorder->now, recorder->publish_at))
        publish_part(recorder, outbox);
}

void recorder_step(struct recorder *recorder, const struct event *event, struct outbox *outbox) {
    recorder->now = event->now;
    if (event->kind == EVENT_MESSAGE && event->message->kind == MESSAGE_RECORD)
        take(recorder, event, outbox);
    if (event->kind == EVENT_START && recorder->start.config->ledger.keep > 0)
        recorder->prune_at = mono_add(event->now, prune_ns);
    if (event->kind == EVENT_START || event->kind == EVENT_WAKE) work(recorder, outbox);
    report(recorder, outbox);
    outbox->wake = mono_min(recorder->commit_at, recorder->publish_at);
    outbox->wake = mono_min(outbox->wake, mono_min(recorder->prune_at, recorder->cosigned.next));
    outbox->wake = mono_min(outbox->wake, recorder->report_at);
    outbox->wake = mono_min(outbox->wake, recorder->findings.next);
}

void recorder_end(struct recorder *recorder, struct outbox *outbox) {
    commit(recorder, outbox);
    if (!recorder->broken) publish(recorder, outbox);
    if (recorder->findings.recalled) keep_findings(recorder);
}

/* Asking the witnesses. Invariant: each has its own request, proof and time-out; none waits for
 * another. Who does not answer is asked again later and later, with jitter. */
#include "main/witness_target.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "os/clocks.h"
#include "os/log.h"

static const double back_off_first_s = 1, back_off_most_s = 600;

void witness_target_init(struct witness_targets *targets, const struct policy *policy) {
    targets->count = 0;
    for (size_t i = 0; i < policy->witnesses_count; i++) {
        const struct policy_witness *witness = &policy->witnesses[i];
        if (witness->url[0] == '\0' || witness->key.type != NOTE_COSIGNATURE_V1) {
            log_line(LOG_LEVEL_WARNING, "witness %.100s is not asked: %s", witness->name,
                     witness->url[0] ? "a kind of key that is not verified here"
                                     : "the policy has no URL for it");
            continue;
        }
        struct witness_target *target = &targets->target[targets->count++];
        target->witness = witness;
        target->client = (struct witness_client){.key = witness->key};
        target->busy = target->answered = false;
        target->failures = 0;
        target->not_before = (struct mono){0};
    }
}

/* The next word of a line as a number; false: it is none. */
static bool next_number(char **rest, int base, uint64_t *out) {
    char *end, *word = strtok_r(NULL, " ", rest);
    if (!word) return false;
    errno = 0;
    *out = strtoull(word, &end, base);
    return errno == 0 && *end == '\0';
}

static void recall(struct witness_targets *targets, char *line) {
    char *rest = NULL;
    const char *name = strtok_r(line, " ", &rest);
    uint64_t id, size, waiting_s;
    if (!name || !next_number(&rest, 16, &id) || !next_number(&rest, 10, &size) ||
        !next_number(&rest, 10, &waiting_s))
        return;
    for (size_t i = 0; i < targets->count; i++) {
        struct witness_client *client = &targets->target[i].client;
        if (client->key.id != id || strcmp(client->key.name, name) != 0) continue;
        client->size = size;
        client->waiting_s = waiting_s;
    }
}

void witness_target_recall(struct witness_targets *targets, char *text) {
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        recall(targets, line);
}

size_t witness_target_text(const struct witness_targets *targets, char *out, size_t room) {
    size_t used = 0;
    for (size_t i = 0; i < targets->count; i++) {
        const struct witness_client *client = &targets->target[i].client;
        int put = snprintf(out + used, room - used, "%s %08" PRIx32 " %" PRIu64 " %" PRIu64 "\n",
                           client->key.name, client->key.id, client->size, client->waiting_s);
        if (put < 0 || (size_t)put >= room - used) break;
        used += (size_t)put;
    }
    return used;
}

static uint64_t now_utc_s(void) {
    struct kernel_reading now;
    clocks_read(&now);
    return (uint64_t)(now.realtime.ns / NS_PER_S);
}

/* Twice as long each time, and never exactly so: the peers of a witness must not come in step. */
static void back_off(struct witness_target *target) {
    uint32_t random = 0;
    double wait_s = back_off_first_s;
    for (unsigned i = 0; i < target->failures && wait_s < back_off_most_s; i++) wait_s *= 2;
    if (getrandom(&random, sizeof random, 0) != sizeof random) random = 0;
    wait_s *= 0.75 + 0.5 * (double)random / (double)UINT32_MAX;
    target->failures++;
    target->not_before = mono_add(clocks_mono(), ns_from_s(wait_s));
}

static void finish(struct witness_targets *targets, struct witness_target *target) {
    target->busy = false;
    target->answered = true;
    if (target->answer.kind == WITNESS_CLIENT_COSIGNED)
        target->failures = 0;
    else
        back_off(target);
    targets->done(targets->context, target);
}

/* A request could not be made at all. */
static void fail(struct witness_targets *targets, struct witness_target *target,
                 const char *reason) {
    target->answer = (struct witness_client_answer){.kind = WITNESS_CLIENT_LATER, .reason = reason};
    finish(targets, target);
}

static void take_answer(void *context, struct witness_fetch_request *request);

static void send(struct witness_targets *targets, struct witness_target *target) {
    const struct witness_source_note *note = targets->note;
    struct witness_fetch_request *request = &target->request;
    struct merkle_reader tree = witness_source_tree(targets->source, note->checkpoint.size);
    target->proof.count = 0;
    if (target->client.size > note->checkpoint.size) target->client.size = 0; /* it will tell */
    enum err err =
        merkle_consistency(&tree, target->client.size, note->checkpoint.size, &target->proof);
    if (err == ERR_OK)
        err = witness_client_request(&target->client, note->text, note->length, &target->proof,
                                     target->body, sizeof target->body, &request->body_length);
    if (err != ERR_OK || !witness_fetch_url(request->url, target->witness->url, "add-checkpoint")) {
        fail(targets, target, err == ERR_OK ? "the URL is too long" : err_text(err));
        return;
    }
    request->body = target->body;
    request->out = target->reply;
    request->room = sizeof target->reply;
    request->done = take_answer;
    request->context = targets;
    witness_fetch_start(targets->fetch, request);
}

static struct witness_target *target_of(struct witness_targets *targets,
                                        const struct witness_fetch_request *request) {
    for (size_t i = 0; i < targets->count; i++)
        if (&targets->target[i].request == request) return &targets->target[i];
    return NULL;
}

static void take_answer(void *context, struct witness_fetch_request *request) {
    struct witness_targets *targets = context;
    struct witness_target *target = target_of(targets, request);
    if (!target) return;
    uint64_t before = target->client.size;
    witness_client_answer(&target->client, targets->note->text, targets->note->length,
                          (int)request->status, target->reply, request->length, now_utc_s(),
                          &target->answer);
    if (request->status == 0)
        log_line(LOG_LEVEL_DEBUG, "%.100s: %s", target->witness->name, request->why);
    if (target->answer.kind != WITNESS_CLIENT_RETRY) {
        finish(targets, target);
        return;
    }
    if (target->answer.size < before)
        log_line(LOG_LEVEL_WARNING,
                 "witness %.100s has forgotten: it had size %" PRIu64 ", and now says %" PRIu64,
                 target->witness->name, before, target->answer.size);
    send(targets, target);
}

void witness_target_ask(struct witness_targets *targets) {
    struct mono now = clocks_mono();
    struct mono end = mono_add(now, ns_from_s(3 * targets->timeout_s));
    for (size_t i = 0; i < targets->count; i++) {
        struct witness_target *target = &targets->target[i];
        target->answered = false;
        target->busy = !mono_before(now, target->not_before);
        if (target->busy) send(targets, target);
    }
    while (witness_fetch_turn(targets->fetch, 200) > 0 && mono_before(clocks_mono(), end)) continue;
    for (size_t i = 0; i < targets->count; i++) {
        struct witness_target *target = &targets->target[i];
        if (!target->busy) continue;
        witness_fetch_cancel(targets->fetch, &target->request);
        fail(targets, target, "no answer in time");
    }
}

bool witness_target_monitor(struct witness_fetch *fetch, struct witness_fetch_request *request,
                            const struct policy_witness *witness, const char *origin,
                            const struct policy *policy, struct witness_source_note *out) {
    char hex[WITNESS_ORIGIN_HEX_BYTES], path[WITNESS_ORIGIN_HEX_BYTES + 16];
    snprintf(path, sizeof path, "%s/checkpoint", witness_origin_hex(origin, hex));
    request->body = NULL;
    request->out = out->text;
    request->room = sizeof out->text;
    if (!witness_fetch_url(request->url, witness->url, path)) return false;
    if (!witness_fetch_now(fetch, request) || request->status != 200) return false;
    out->length = request->length;
    return witness_source_judge(out, policy) == ERR_OK &&
           strcmp(out->checkpoint.origin, origin) == 0;
}

/* One witness, as a log asks it: what it has cosigned, the request under way, when to ask again. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/times.h"
#include "ledger/witness_client.h"
#include "main/witness_source.h"

struct witness_target {
    const struct policy_witness *witness;
    struct witness_client client;
    struct witness_client_answer answer; /* the last one; valid if answered */
    bool busy, answered;
    unsigned failures; /* one after the other */
    struct mono not_before;
    struct merkle_proof proof;
    struct witness_fetch_request request;
    char body[WITNESS_REQUEST_BYTES], reply[LIMIT_NOTE_BYTES];
};

/* All witnesses of a policy that have a URL, and a log's note on its way to them. */
struct witness_targets {
    struct witness_fetch *fetch;
    struct witness_source *source;
    const struct witness_source_note *note;
    void (*done)(void *context, struct witness_target *target); /* something came of it */
    void *context;
    double timeout_s;
    size_t count;
    struct witness_target target[LIMIT_POLICY_WITNESSES];
};

void witness_target_init(struct witness_targets *targets, const struct policy *policy);
/* Remembered sizes: text of "<name> <id> <size> <waiting since>" lines, and back. */
void witness_target_recall(struct witness_targets *targets, char *text);
size_t witness_target_text(const struct witness_targets *targets, char *out, size_t room);
/* Asks all that are due; goes on until each has answered or its time is over. `done` is called as
 * soon as one has. */
void witness_target_ask(struct witness_targets *targets);
/* The checkpoint of that origin which a witness shows to monitors, opened by the policy's keys.
 * False: there is none, or it cannot be had; request->why or status says more. */
bool witness_target_monitor(struct witness_fetch *fetch, struct witness_fetch_request *request,
                            const struct policy_witness *witness, const char *origin,
                            const struct policy *policy, struct witness_source_note *out);

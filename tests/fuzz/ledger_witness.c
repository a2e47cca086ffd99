/* Any bytes as a request to a witness, as its answer, and as evidence. The first byte chooses:
 * which size the witness has, or which status came. Invariants: nothing is cosigned but what
 * extends the tree; what is cosigned is recorded and can be read back; no answer is taken for a
 * cosignature that the witness did not make. */
#include <string.h>

#include "../unit/ledger/witness_play.h"
#include "base/check.h"
#include "ledger/witness_client.h"
#include "ledger/witness_evidence.h"

static struct play play;

static void check_record(const struct witness_request *request) {
    struct witness_state again;
    CHECK(play.verdict.persist && play.verdict.state.size == request->checkpoint.size);
    CHECK(witness_state_read(play.verdict.record, play.verdict.record_length, &play.watched,
                             &again) == ERR_OK);
    CHECK(again.size == request->checkpoint.size);
    CHECK(merkle_same(&again.root, &request->checkpoint.root));
}

static void check_request(uint8_t choice, const char *text, size_t length) {
    static struct witness_request request;
    struct witness_state state = {.size = choice % 16, .cosigned = choice % 16 > 0};
    if (witness_request_parse(text, length, &request) != ERR_OK) return;
    CHECK(request.proof.count <= LIMIT_WITNESS_PROOF_HASHES);
    if (state.cosigned) state.root = naive_root(0, state.size);
    witness_judge(&request, choice < 240 ? &play.watched : NULL, &state, play.witnesses, 1,
                  PLAY_TIME, &play.verdict);
    CHECK(play.verdict.body_length > 0 && play.verdict.reason && play.verdict.content_type);
    if (play.verdict.status == 200) {
        check_record(&request);
        CHECK(request.checkpoint.size >= state.size && request.old_size == state.size);
        if (request.checkpoint.size < 1000) {
            struct merkle_hash root = naive_root(0, request.checkpoint.size);
            CHECK(state.size == 0 || merkle_same(&root, &request.checkpoint.root));
        }
    } else {
        CHECK(!play.verdict.persist && play.verdict.record_length == 0);
        CHECK(play.verdict.status >= 400 && play.verdict.status < 500);
    }
}

static void check_answer(uint8_t choice, const char *text, size_t length) {
    static const int statuses[] = {200, 409, 200, 409, 422, 404, 403, 400, 500, 0, 302};
    static const char sent[] = SIGNING_BODY "\n" SIGNING_LINE;
    struct witness_client client = {.key = play.witness.key, .size = 17};
    struct witness_client_answer answer;
    int status = statuses[choice % (sizeof statuses / sizeof statuses[0])];
    witness_client_answer(&client, sent, sizeof sent - 1, status, text, length, 5000, &answer);
    CHECK(answer.reason && witness_client_kind_name(answer.kind));
    if (answer.kind == WITNESS_CLIENT_COSIGNED) {
        CHECK(status == 200 && answer.time_s == SIGNING_TIME && client.size == 42);
        CHECK(answer.line_length == strlen(SIGNING_COSIGNATURE));
        CHECK(memcmp(answer.line, SIGNING_COSIGNATURE, answer.line_length) == 0);
    }
    if (answer.kind == WITNESS_CLIENT_RETRY) CHECK(client.size <= 42 && client.size != 17);
    if (answer.kind == WITNESS_CLIENT_AHEAD) CHECK(answer.finding && answer.size > 42);
}

static void check_evidence(const char *text, size_t length) {
    struct checkpoint first, second;
    if (witness_evidence_check(text, length, &play.watched, &first, &second) != ERR_OK) return;
    CHECK(first.size == second.size && !merkle_same(&first.root, &second.root));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length == 0) return 0;
    play_begin(&play);
    check_request(bytes[0], (const char *)bytes + 1, length - 1);
    check_answer(bytes[0], (const char *)bytes + 1, length - 1);
    check_evidence((const char *)bytes + 1, length - 1);
    play_end(&play);
    return 0;
}

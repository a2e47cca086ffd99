/* Any text as a proof. Invariants: what is taken is written back byte for byte; a refusal names a
 * line of the text (or the one behind it) and touches nothing. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "ledger/proof.h"

static size_t count_lines(const char *text, size_t length) {
    size_t lines = 1;
    for (size_t i = 0; i < length; i++) lines += text[i] == '\n';
    return lines;
}

static void check_again(const struct proof *proof, const char *text, size_t length) {
    char *again = malloc(length);
    size_t used = 0;
    CHECK(again != NULL);
    CHECK(proof_build(proof, again, length, &used) == ERR_OK);
    CHECK(used == length && memcmp(again, text, length) == 0);
    CHECK(proof_build(proof, again, length - 1, &used) == ERR_FULL);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    const char *text = (const char *)bytes;
    static const struct proof untouched = {.index = 99};
    struct proof proof = untouched;
    size_t line = 0;
    if (proof_parse(text, length, &proof, &line) == ERR_OK) {
        CHECK(line == 0 && proof.index < MERKLE_SIZE_MAX);
        CHECK(proof.path.count <= MERKLE_PROOF_HASHES);
        CHECK(proof.checkpoint + proof.checkpoint_length == text + length);
        check_again(&proof, text, length);
    } else {
        CHECK(line >= 1 && line <= count_lines(text, length));
        CHECK(memcmp(&proof, &untouched, sizeof proof) == 0);
    }
    return 0;
}

/* etalon-witness check: needs the file and the log's key, and trusts nobody else. */
#include "main/witness_check.h"

#include <stdio.h>

#include "ledger/witness_evidence.h"
#include "main/witness_logs.h"
#include "os/storage.h"

static void tell(const char *path, const struct checkpoint *first,
                 const struct checkpoint *second) {
    char a[MERKLE_HASH_TEXT_BYTES], b[MERKLE_HASH_TEXT_BYTES];
    printf("%s: proven: the log %s signed two histories\n"
           "size %llu, root %s\n"
           "size %llu, root %s\n",
           path, first->origin, (unsigned long long)first->size, merkle_hash_text(&first->root, a),
           (unsigned long long)second->size, merkle_hash_text(&second->root, b));
}

enum witness_exit witness_check(const struct witness_arguments *arguments) {
    static char text[4 * LIMIT_NOTE_BYTES], why_log[WITNESS_LOGS_WHY_BYTES];
    static struct witness_logs logs;
    const char *path = arguments->operands[0], *why = "";
    struct checkpoint first, second;
    size_t length;
    for (size_t i = 0; i < arguments->log_count; i++) {
        if (witness_logs_add(&logs, arguments->logs[i], why_log)) continue;
        fprintf(stderr, "etalon-witness: %s\n", why_log);
        return WITNESS_USAGE;
    }
    if (storage_read(path, text, sizeof text, &length, &why) != ERR_OK) {
        fprintf(stderr, "etalon-witness: %s: %s\n", path, why);
        return WITNESS_FAILED;
    }
    enum err err = ERR_UNSIGNED;
    for (size_t i = 0; i < logs.count && err != ERR_OK; i++) {
        err = witness_evidence_check(text, length, &logs.log[i], &first, &second);
        if (err == ERR_OK) tell(path, &first, &second);
    }
    if (err == ERR_OK) return WITNESS_FOUND;
    printf("%s: proves nothing: %s\n", path,
           err == ERR_RANGE ? "the two checkpoints do not contradict each other" : err_text(err));
    return WITNESS_FINE;
}

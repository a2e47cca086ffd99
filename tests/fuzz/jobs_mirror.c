/* Any bytes as requests to the mirror. Invariants: what is shown is a name that a ledger has, and
 * leads nowhere else; a reply has one head and keeps to its room; a request takes some of the text.
 */
#include <string.h>

#include "base/check.h"
#include "jobs/mirror.h"

static void check_shown(const struct mirror_answer *answer) {
    struct tile tile;
    bool is_tile = tile_path_parse(answer->path, strlen(answer->path), &tile) == ERR_OK;
    CHECK(is_tile == (answer->kind == MIRROR_TILE));
    CHECK(answer->path[0] != '/' && !strstr(answer->path, "..") && !strstr(answer->path, "//"));
}

/* False: that was all. */
static bool check_answer(const char *text, size_t length, bool full, size_t *taken) {
    struct mirror_answer answer;
    char head[MIRROR_HEAD_BYTES];
    if (!mirror_judge(text, length, full, &answer)) return false;
    CHECK(answer.taken <= length && (answer.taken > 0 || length == 0));
    if (answer.status == 200) check_shown(&answer);
    size_t used = mirror_head(&answer, UINT64_MAX, head);
    CHECK(used < sizeof head && strlen(head) == used && strstr(head, "\r\n\r\n"));
    *taken = answer.taken;
    return answer.keeps;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    const char *text = (const char *)bytes;
    size_t taken = 0;
    for (size_t at = 0; check_answer(text + at, length - at, false, &taken);) at += taken;
    (void)check_answer(text, length, true, &taken);
    return 0;
}

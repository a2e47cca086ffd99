/* Any text as a policy, and behind a zero byte any text as the note that it judges. Invariants:
 * what is read is a forest within its limits; errors are printable and name a line that is there;
 * the bound of a quorum is the time of one of its witnesses. */
#include <string.h>

#include "base/check.h"
#include "ledger/policy.h"

static struct policy policy;

static size_t lines_of(const char *text, size_t length) {
    size_t lines = 1;
    for (size_t i = 0; i < length; i++) lines += text[i] == '\n';
    return lines;
}

static void check_error(const struct policy_error *error, size_t lines) {
    CHECK(error->line <= lines && error->text[0] != '\0');
    for (const char *c = error->text; *c; c++) CHECK(*c >= 0x20 && *c < 0x7f);
}

/* How many witnesses and groups say that they are members of that group; groups only earlier ones.
 */
static size_t members_of(size_t group) {
    size_t members = 0;
    for (size_t i = 0; i < policy.witnesses_count; i++)
        members += policy.witnesses[i].group == (int)group;
    for (size_t i = 0; i < policy.groups_count; i++) {
        CHECK(policy.groups[i].group == POLICY_NO_GROUP || policy.groups[i].group > (int)i);
        members += policy.groups[i].group == (int)group;
    }
    return members;
}

static void check_policy(void) {
    CHECK(policy.logs_count <= LIMIT_POLICY_LOGS);
    CHECK(policy.witnesses_count <= LIMIT_POLICY_WITNESSES);
    CHECK(policy.groups_count <= LIMIT_POLICY_GROUPS);
    for (size_t i = 0; i < policy.groups_count; i++) {
        CHECK(members_of(i) == policy.groups[i].members);
        CHECK(policy.groups[i].needed >= 1 && policy.groups[i].needed <= policy.groups[i].members);
    }
    if (policy.quorum == POLICY_QUORUM_WITNESS) CHECK(policy.quorum_index < policy.witnesses_count);
    if (policy.quorum == POLICY_QUORUM_GROUP) CHECK(policy.quorum_index < policy.groups_count);
}

static void check_result(const char *text, size_t length) {
    struct policy_result result;
    bool satisfied = policy_satisfied(&policy, text, length, &result), found = false;
    CHECK(satisfied == (result.err == ERR_OK));
    if (satisfied) CHECK(result.quorum && result.signed_by_log && result.log < policy.logs_count);
    CHECK(!result.bounded || result.quorum);
    for (size_t i = 0; i < policy.witnesses_count; i++)
        if (result.cosigned[i] == POLICY_COSIGNED && result.times_s[i] == result.bound_s)
            found = true;
    CHECK(!result.bounded || found);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    const char *text = (const char *)bytes, *zero = memchr(text, '\0', length);
    size_t policy_length = zero ? (size_t)(zero - text) : length;
    struct policy_error error = {0};
    if (policy_parse(text, policy_length, &policy, &error) != ERR_OK) {
        check_error(&error, lines_of(text, policy_length));
        return 0;
    }
    CHECK(error.text[0] == '\0');
    check_policy();
    if (zero) check_result(zero + 1, length - policy_length - 1);
    return 0;
}

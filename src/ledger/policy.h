/* Trust policies (C2SP tlog-policy): which logs are known, which witnesses, and how many of them
 * must have cosigned a checkpoint before it counts.
 *
 *     log <vkey> [<url>]
 *     witness <name> <vkey> [<url>]
 *     group <name> all|any|<k> <member>...
 *     quorum <name>|none
 *
 * The time that follows from a quorum. Let each cosignature carry its time, a group have the k-th
 * smallest time of its members, and bound_s be the time of the quorum's witness or group. Then
 * there is a set of witnesses that meets the quorum, all of whom say they had seen the tree by
 * bound_s. So: every entry below the checkpoint's size existed no later than bound_s, if in each
 * set that meets the quorum at least one witness is honest and had the right time. Fewer liars than
 * that can neither make bound_s too early nor, if the others cosigned in time, too late. It says
 * nothing about how long before bound_s an entry existed. */
#pragma once

#include "ledger/checkpoint.h"

struct policy_log {
    struct note_key key; /* its name is the log's origin */
    char url[LIMIT_URL_BYTES];
};

/* Witnesses and groups name their group by its index; a name is a member at most once. */
enum { POLICY_NO_GROUP = -1 };

struct policy_witness {
    char name[LIMIT_NOTE_NAME_BYTES];
    struct note_key key; /* of a type that is not verified here: never counts as cosigned */
    char url[LIMIT_URL_BYTES];
    int group;
};

struct policy_group {
    char name[LIMIT_NOTE_NAME_BYTES];
    size_t needed, members;
    int group;
};

enum policy_quorum { POLICY_QUORUM_NONE, POLICY_QUORUM_WITNESS, POLICY_QUORUM_GROUP };

struct policy {
    size_t logs_count, witnesses_count, groups_count;
    struct policy_log logs[LIMIT_POLICY_LOGS];
    struct policy_witness witnesses[LIMIT_POLICY_WITNESSES];
    struct policy_group groups[LIMIT_POLICY_GROUPS]; /* members stand before their group */
    enum policy_quorum quorum;
    size_t quorum_index;
};

/* What is wrong with a policy file, and where (line from 1; 0: the file as a whole). */
struct policy_error {
    size_t line;
    char text[LIMIT_LOG_LINE_BYTES]; /* printable ASCII */
};

/* ERR_SYNTAX, ERR_FULL (a limit), ERR_KEY, ERR_KIND, ERR_TOO_LONG; error is written then, and only
 * then. A policy without logs is taken: policy_add_log before it is asked. */
MUST_USE enum err policy_parse(const char *text, size_t length, struct policy *out,
                               struct policy_error *error);
/* A log that is known from elsewhere. A key that is there already is no error. ERR_KIND: a type
 * that is not verified here; ERR_KEY: the key is a witness's, and no log vouches for itself;
 * ERR_FULL. */
MUST_USE enum err policy_add_log(struct policy *policy, const struct note_key *key);

enum policy_cosigned {
    POLICY_ABSENT,       /* has not cosigned */
    POLICY_COSIGNED,     /* valid, at times_s */
    POLICY_WRONG,        /* a signature with its name and key id does not verify */
    POLICY_UNVERIFIABLE, /* has signed with a type that is not verified here */
};

struct policy_result {
    enum err err; /* ERR_OK only if all is well */
    /* From here on what was found out, also if err tells what is amiss. */
    bool signed_by_log; /* and then: */
    size_t log;
    struct checkpoint checkpoint;
    enum policy_cosigned cosigned[LIMIT_POLICY_WITNESSES]; /* as policy.witnesses */
    uint64_t times_s[LIMIT_POLICY_WITNESSES];
    size_t cosigned_count;
    size_t unknown; /* signatures by keys that the policy does not know */
    bool quorum;
    bool bounded; /* the quorum is met and not "none", so that bound_s holds (see above) */
    uint64_t bound_s;
};

/* True if the note is a checkpoint of a log of the policy, signed by it, cosigned by enough
 * witnesses, and carries no wrong signature of any key of the policy. out is always filled.
 * out->err: ERR_UNSIGNED: by no log; ERR_SIGNATURE: a wrong signature; ERR_QUORUM: too few; or as
 * note_parse and checkpoint_parse. */
bool policy_satisfied(const struct policy *policy, const char *text, size_t length,
                      struct policy_result *out);

/* Policy files. Invariant: what was parsed is a forest: members stand before their group, and each
 * is a member at most once, so that no witness counts twice. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ledger/policy.h"

enum { SHOWN_BYTES = 48 };

struct word {
    const char *text;
    size_t length;
};

struct parser {
    struct policy *policy;
    struct policy_error *error;
    size_t line;
    const char *at, *end; /* what is left of the line */
    bool quorum;          /* the line was there */
};

__attribute__((format(printf, 3, 4))) static enum err fail(struct parser *p, enum err err,
                                                           const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    p->error->line = p->line;
    vsnprintf(p->error->text, sizeof p->error->text, format, arguments);
    va_end(arguments);
    return err;
}

/* Printable, and cut short: names are any bytes. */
static const char *shown(struct word word, char out[SHOWN_BYTES]) {
    size_t length = word.length < SHOWN_BYTES ? word.length : SHOWN_BYTES - 1;
    for (size_t i = 0; i < length; i++)
        out[i] = word.text[i] > 0x20 && word.text[i] < 0x7f ? word.text[i] : '?';
    if (word.length >= SHOWN_BYTES) memcpy(out + SHOWN_BYTES - 4, "...", 3);
    out[length] = '\0';
    return out;
}

static const char *shown_name(const char *name, char out[SHOWN_BYTES]) {
    return shown((struct word){name, strlen(name)}, out);
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

static bool next_word(struct parser *p, struct word *out) {
    while (p->at < p->end && is_blank(*p->at)) p->at++;
    if (p->at == p->end) return false;
    out->text = p->at;
    while (p->at < p->end && !is_blank(*p->at)) p->at++;
    out->length = (size_t)(p->at - out->text);
    return true;
}

static bool is_word(struct word word, const char *text) {
    return strlen(text) == word.length && memcmp(text, word.text, word.length) == 0;
}

/* A witness or a group by its name. */
struct named {
    enum policy_quorum kind;
    size_t index;
    int *group;
};

static bool find_name(struct policy *policy, struct word name, struct named *out) {
    for (size_t i = 0; i < policy->witnesses_count; i++)
        if (is_word(name, policy->witnesses[i].name)) {
            *out = (struct named){POLICY_QUORUM_WITNESS, i, &policy->witnesses[i].group};
            return true;
        }
    for (size_t i = 0; i < policy->groups_count; i++)
        if (is_word(name, policy->groups[i].name)) {
            *out = (struct named){POLICY_QUORUM_GROUP, i, &policy->groups[i].group};
            return true;
        }
    return false;
}

static enum err take_new_name(struct parser *p, const char *what, char out[LIMIT_NOTE_NAME_BYTES]) {
    char text[SHOWN_BYTES];
    struct word name;
    struct named other;
    if (!next_word(p, &name)) return fail(p, ERR_SYNTAX, "%s: a name is missing", what);
    if (name.length >= LIMIT_NOTE_NAME_BYTES)
        return fail(p, ERR_TOO_LONG, "%s %s: the name is longer than %d bytes", what,
                    shown(name, text), LIMIT_NOTE_NAME_BYTES - 1);
    if (is_word(name, "none"))
        return fail(p, ERR_SYNTAX, "%s: the name \"none\" is taken by \"quorum none\"", what);
    if (find_name(p->policy, name, &other))
        return fail(p, ERR_SYNTAX, "%s %s: the name is taken already", what, shown(name, text));
    memcpy(out, name.text, name.length);
    out[name.length] = '\0';
    return ERR_OK;
}

static enum err take_key(struct parser *p, const char *what, struct note_key *out) {
    char text[SHOWN_BYTES];
    struct word word;
    if (!next_word(p, &word)) return fail(p, ERR_SYNTAX, "%s: the verifier key is missing", what);
    enum err err = note_key_parse(word.text, word.length, out);
    if (err == ERR_KEY)
        return fail(p, err, "%s: the key id in %s is not that of the key", what, shown(word, text));
    if (err != ERR_OK)
        return fail(p, err, "%s: %s is not a verifier key (name+id+base64)", what,
                    shown(word, text));
    return ERR_OK;
}

static enum err take_url(struct parser *p, const char *what, char out[LIMIT_URL_BYTES]) {
    char text[SHOWN_BYTES];
    struct word url, more;
    out[0] = '\0';
    if (!next_word(p, &url)) return ERR_OK;
    if (url.length >= LIMIT_URL_BYTES)
        return fail(p, ERR_TOO_LONG, "%s: the URL is longer than %d bytes", what,
                    LIMIT_URL_BYTES - 1);
    if (next_word(p, &more))
        return fail(p, ERR_SYNTAX, "%s: \"%s\" is too much", what, shown(more, text));
    memcpy(out, url.text, url.length);
    out[url.length] = '\0';
    return ERR_OK;
}

static enum err take_log(struct parser *p) {
    struct policy *policy = p->policy;
    struct policy_log log = {0};
    char text[SHOWN_BYTES];
    if (policy->logs_count == LIMIT_POLICY_LOGS)
        return fail(p, ERR_FULL, "log: more than %d logs", LIMIT_POLICY_LOGS);
    enum err err = take_key(p, "log", &log.key);
    if (err == ERR_OK) err = take_url(p, "log", log.url);
    if (err != ERR_OK) return err;
    for (size_t i = 0; i < policy->logs_count; i++)
        if (note_key_same(&policy->logs[i].key, &log.key))
            return fail(p, ERR_SYNTAX, "log: the public key stands on another log line already");
    for (size_t i = 0; i < policy->witnesses_count; i++)
        if (note_key_same(&policy->witnesses[i].key, &log.key))
            return fail(p, ERR_SYNTAX, "log: the public key is that of a witness, %s",
                        shown_name(policy->witnesses[i].name, text));
    policy->logs[policy->logs_count++] = log;
    return ERR_OK;
}

static enum err take_witness(struct parser *p) {
    struct policy *policy = p->policy;
    struct policy_witness witness = {.group = POLICY_NO_GROUP};
    char text[SHOWN_BYTES];
    if (policy->witnesses_count == LIMIT_POLICY_WITNESSES)
        return fail(p, ERR_FULL, "witness: more than %d witnesses", LIMIT_POLICY_WITNESSES);
    enum err err = take_new_name(p, "witness", witness.name);
    if (err == ERR_OK) err = take_key(p, "witness", &witness.key);
    if (err == ERR_OK) err = take_url(p, "witness", witness.url);
    if (err != ERR_OK) return err;
    if (witness.key.type == NOTE_ED25519)
        return fail(p, ERR_KIND, "witness: the key is of type %s, a log's; a witness's is %s",
                    note_type_text(NOTE_ED25519), note_type_text(NOTE_COSIGNATURE_V1));
    for (size_t i = 0; i < policy->witnesses_count; i++)
        if (note_key_same(&policy->witnesses[i].key, &witness.key))
            return fail(p, ERR_SYNTAX, "witness: the public key is another witness's already");
    for (size_t i = 0; i < policy->logs_count; i++)
        if (note_key_same(&policy->logs[i].key, &witness.key))
            return fail(p, ERR_SYNTAX,
                        "witness: the public key is that of a log, %s, which cannot "
                        "vouch for itself",
                        shown_name(policy->logs[i].key.name, text));
    policy->witnesses[policy->witnesses_count++] = witness;
    return ERR_OK;
}

static enum err take_member(struct parser *p, struct word name, size_t group) {
    char text[SHOWN_BYTES];
    struct named member;
    if (!find_name(p->policy, name, &member))
        return fail(p, ERR_SYNTAX, "group: %s is not defined above", shown(name, text));
    if (*member.group != POLICY_NO_GROUP)
        return fail(p, ERR_SYNTAX, "group: %s is a member of a group already", shown(name, text));
    *member.group = (int)group;
    return ERR_OK;
}

/* "all", "any" or a decimal, once the members are counted. */
static enum err take_needed(struct parser *p, struct word word, struct policy_group *group) {
    char text[SHOWN_BYTES];
    uint64_t number = 0;
    if (is_word(word, "all"))
        number = group->members;
    else if (is_word(word, "any"))
        number = 1;
    else if (checkpoint_decimal(word.text, word.length, &number) != ERR_OK)
        return fail(p, ERR_SYNTAX, "group: %s is neither all, any nor a number", shown(word, text));
    if (number < 1 || number > group->members)
        return fail(p, ERR_RANGE, "group: %s of %zu members cannot be", shown(word, text),
                    group->members);
    group->needed = (size_t)number;
    return ERR_OK;
}

static enum err take_group(struct parser *p) {
    struct policy *policy = p->policy;
    struct policy_group group = {.group = POLICY_NO_GROUP};
    struct word needed, member;
    if (policy->groups_count == LIMIT_POLICY_GROUPS)
        return fail(p, ERR_FULL, "group: more than %d groups", LIMIT_POLICY_GROUPS);
    enum err err = take_new_name(p, "group", group.name);
    if (err != ERR_OK) return err;
    if (!next_word(p, &needed))
        return fail(p, ERR_SYNTAX, "group: all, any or a number is missing");
    for (; err == ERR_OK && next_word(p, &member); group.members++)
        err = take_member(p, member, policy->groups_count);
    if (err != ERR_OK) return err;
    if (group.members == 0) return fail(p, ERR_SYNTAX, "group: a member is missing");
    err = take_needed(p, needed, &group);
    if (err == ERR_OK) policy->groups[policy->groups_count++] = group;
    return err;
}

static enum err take_quorum(struct parser *p) {
    char text[SHOWN_BYTES];
    struct word name, more;
    struct named named = {.kind = POLICY_QUORUM_NONE};
    if (p->quorum) return fail(p, ERR_SYNTAX, "quorum: there is such a line already");
    if (!next_word(p, &name)) return fail(p, ERR_SYNTAX, "quorum: a name is missing");
    if (next_word(p, &more))
        return fail(p, ERR_SYNTAX, "quorum: \"%s\" is too much", shown(more, text));
    if (!is_word(name, "none") && !find_name(p->policy, name, &named))
        return fail(p, ERR_SYNTAX, "quorum: %s is not defined above", shown(name, text));
    p->quorum = true;
    p->policy->quorum = named.kind;
    p->policy->quorum_index = named.index;
    return ERR_OK;
}

static enum err take_line(struct parser *p) {
    static const struct {
        const char *word;
        enum err (*take)(struct parser *p);
    } lines[] = {{"log", take_log},
                 {"witness", take_witness},
                 {"group", take_group},
                 {"quorum", take_quorum}};
    char text[SHOWN_BYTES];
    struct word word;
    for (const char *c = p->at; c < p->end; c++)
        if (((uint8_t)*c < 0x20 && *c != '\t') || *c == 0x7f)
            return fail(p, ERR_SYNTAX, "a control character (0x%02x)", (unsigned)*c);
    if (!next_word(p, &word) || word.text[0] == '#') return ERR_OK;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (is_word(word, lines[i].word)) return lines[i].take(p);
    return fail(p, ERR_SYNTAX, "%s: neither log, witness, group nor quorum", shown(word, text));
}

static enum err take_lines(struct parser *p, const char *text, size_t length) {
    const char *end = text + length;
    for (const char *at = text; at < end; at = p->end + 1) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        p->at = at;
        p->end = newline ? newline : end;
        p->line++;
        enum err err = take_line(p);
        if (err != ERR_OK) return err;
    }
    p->line = 0;
    return p->quorum ? ERR_OK : fail(p, ERR_SYNTAX, "a quorum line is missing");
}

enum err policy_parse(const char *text, size_t length, struct policy *out,
                      struct policy_error *error) {
    struct policy policy = {0};
    struct parser p = {.policy = &policy, .error = error};
    if (length > LIMIT_POLICY_BYTES)
        return fail(&p, ERR_TOO_LONG, "larger than %d bytes", LIMIT_POLICY_BYTES);
    enum err err = take_lines(&p, text, length);
    if (err == ERR_OK) *out = policy;
    return err;
}

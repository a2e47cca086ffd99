/* Checkpoints and proofs. Invariant: a key that the user did not give never authenticates. */
#include "main/verify_checkpoints.h"

#include <inttypes.h>
#include <string.h>

#include "base/base64.h"
#include "base/limits.h"
#include "ledger/proof.h"

/* The text of a checkpoint and where it comes from. */
struct statement {
    char name[BUNDLE_NAME_BYTES];
    const char *text;
    size_t length;
    struct policy_result result;
};

bool verify_checkpoints_keys(const struct verify_source *source, struct verify_report *report) {
    struct bundle_name name = {.kind = BUNDLE_VKEY};
    struct verify_bytes bytes;
    report->authenticated = report->policy.logs_count > 0;
    if (report->authenticated) return true;
    const struct verify_file *file = verify_source_find(source, &name);
    if (file && verify_source_load(source, file, report, &bytes)) {
        const char *at = (const char *)bytes.bytes, *end = at + bytes.length;
        while (at < end) {
            const char *stop = memchr(at, '\n', (size_t)(end - at));
            struct note_key key;
            if (!stop) stop = end;
            if (note_key_parse(at, (size_t)(stop - at), &key) != ERR_OK ||
                policy_add_log(&report->policy, &key) != ERR_OK)
                verify_report_add(report, VERIFY_CONTRADICTION, "vkey: a line is no key of a log");
            at = stop < end ? stop + 1 : end;
        }
        verify_source_release(&bytes);
    }
    if (report->policy.logs_count > 0) return true;
    verify_report_add(report, VERIFY_GAP, "no key of the log was given, and none is here");
    return false;
}

/* Who claims to have signed, for a message. */
static const char *signers(const struct statement *statement, char *out, size_t room) {
    struct note note;
    size_t length = 0;
    snprintf(out, room, "nobody");
    if (note_parse(statement->text, statement->length, &note) != ERR_OK) return out;
    for (size_t i = 0; i < note.count && length < room; i++)
        length += (size_t)snprintf(out + length, room - length, "%s%.*s (key id %08" PRIx32 ")",
                                   i ? ", " : "", (int)note.signatures[i].name_length,
                                   note.signatures[i].name, note.signatures[i].id);
    return out;
}

static void say_wrong_signature(const struct statement *s, struct verify_report *report) {
    const char *who = "the log";
    for (size_t i = 0; i < report->policy.witnesses_count; i++)
        if (s->result.cosigned[i] == POLICY_WRONG) who = report->policy.witnesses[i].name;
    verify_report_add(report, VERIFY_CONTRADICTION,
                      "%s: the signature of %s does not fit the text: altered or forged", s->name,
                      who);
}

/* Whether the checkpoint is signed by the log; if not, why. An older one that is not is harmless as
 * long as the newest tree agrees with it: the log's key may have been another one then. */
static bool is_signed(const struct statement *s, bool newest, struct verify_report *report) {
    char names[200];
    enum err err = s->result.err;
    if (err == ERR_OK || err == ERR_QUORUM) return true;
    if (err == ERR_SIGNATURE)
        say_wrong_signature(s, report);
    else if (err == ERR_LOG_ORIGIN)
        verify_report_add(report, VERIFY_CONTRADICTION, "%s: is of the log \"%s\", not of \"%s\"",
                          s->name, s->result.checkpoint.origin, report->policy.logs[0].key.name);
    else if (err == ERR_UNSIGNED)
        verify_report_add(report, newest ? VERIFY_CONTRADICTION : VERIFY_NOTE,
                          "%s: is not signed by the log's key%s, but by: %s%s", s->name,
                          report->authenticated ? " that you gave" : " that is here",
                          signers(s, names, sizeof names),
                          newest ? "; if the log replaced its key, the new one must be given" : "");
    else
        verify_report_add(report, VERIFY_CONTRADICTION, "%s: is no checkpoint: %s", s->name,
                          err_text(err));
    return false;
}

static bool load_statement(const struct verify_source *source, const struct verify_file *file,
                           struct verify_report *report, struct statement *out,
                           struct verify_bytes *bytes) {
    bundle_name_text(&file->name, out->name);
    if (!verify_source_load(source, file, report, bytes)) return false;
    out->text = (const char *)bytes->bytes;
    out->length = bytes->length;
    return true;
}

static void take_newest(const struct statement *s, struct verify_report *report) {
    report->is_signed = is_signed(s, true, report);
    report->is_foreign = s->result.err == ERR_UNSIGNED;
    report->has_checkpoint = s->result.checkpoint.origin[0] != '\0';
    report->checkpoint = s->result.checkpoint;
    report->newest = s->result;
    if (report->is_signed) note_key_text(&report->policy.logs[s->result.log].key, report->key);
    if (s->result.unknown > 0)
        verify_report_add(report, VERIFY_NOTE,
                          "%s: %zu signatures by keys or of types that are not known here were "
                          "not judged",
                          s->name, s->result.unknown);
}

bool verify_checkpoints_newest(const struct verify_source *source, struct verify_report *report) {
    struct bundle_name name = {.kind = BUNDLE_CHECKPOINT};
    struct verify_bytes bytes;
    struct statement s;
    const struct verify_file *file = verify_source_find(source, &name);
    if (!file) verify_report_add(report, VERIFY_GAP, "checkpoint: is not there");
    if (!file || !load_statement(source, file, report, &s, &bytes)) return false;
    policy_satisfied(&report->policy, s.text, s.length, &s.result);
    take_newest(&s, report);
    verify_source_release(&bytes);
    return report->has_checkpoint;
}

static void count_witnesses(const struct policy_result *result, struct verify_report *report) {
    for (size_t i = 0; i < report->policy.witnesses_count; i++) {
        struct verify_witness *witness = &report->witnesses[i];
        uint64_t time_s = result->times_s[i];
        if (result->cosigned[i] != POLICY_COSIGNED) continue;
        if (witness->cosigned == 0 || time_s < witness->first_s) witness->first_s = time_s;
        if (time_s > witness->last_s) witness->last_s = time_s;
        witness->cosigned++;
    }
}

static void take_earlier(struct verify_bound *kept, const struct verify_bound *bound) {
    if (!kept->known || bound->time_s < kept->time_s) *kept = *bound;
}

/* Cosignatures count only over a state of this very tree. What the manifest asks for, nobody
 * signed: the bound of all is over every entry that is here. */
static void count_bound(const struct policy_result *result, struct verify_report *report) {
    uint64_t size = result->checkpoint.size;
    struct verify_bound bound = {true, size, result->bound_s};
    count_witnesses(result, report);
    if (!result->bounded) return;
    if (report->entries > 0 && size > report->last && size >= report->asked_to)
        take_earlier(&report->whole, &bound);
    if (report->has_asked && size >= report->asked_to) take_earlier(&report->asked, &bound);
    if (!report->part.known || size > report->part.size) report->part = bound;
}

/* Whether the tree only grew from the checkpoint's state to the newest. */
static bool is_former_state(struct verify_tree *tree, const struct statement *s) {
    struct merkle_reader reader = tile_merkle_reader(&tree->reader);
    const struct checkpoint *old = &s->result.checkpoint, *newest = &tree->report->checkpoint;
    struct merkle_proof proof;
    if (!tree->report->has_root) return false; /* was said already */
    if (merkle_consistency(&reader, old->size, newest->size, &proof) != ERR_OK) {
        verify_report_add(tree->report, VERIFY_GAP,
                          "%s: cannot be compared with the newest state: %s is missing", s->name,
                          tree->missing);
        return false;
    }
    if (merkle_verify_consistency(old->size, &old->root, newest->size, &newest->root, &proof) ==
        ERR_OK)
        return true;
    verify_report_add(tree->report, VERIFY_CONTRADICTION,
                      "%s: the newest state did not grow from it", s->name);
    return false;
}

/* The state of the tree at the size that the checkpoint names must have its root. */
static bool agrees(struct verify_tree *tree, const struct statement *s, bool is_signed) {
    struct verify_report *report = tree->report;
    const struct checkpoint *checkpoint = &s->result.checkpoint;
    struct merkle_hash root;
    if (checkpoint->size > tree->size) {
        verify_report_add(report, VERIFY_CONTRADICTION,
                          "%s: has %" PRIu64 " entries, and the newest checkpoint only %" PRIu64
                          ": an older one was put in its place, or this one is forged",
                          s->name, checkpoint->size, tree->size);
        return false;
    }
    if (!verify_tree_root(tree, checkpoint->size, &root)) {
        verify_report_add(report, VERIFY_GAP, "%s: cannot be compared with the tree: %s is missing",
                          s->name, tree->missing);
        return false;
    }
    if (merkle_same(&root, &checkpoint->root)) return is_former_state(tree, s);
    verify_report_add(report, VERIFY_CONTRADICTION,
                      "%s: the first %" PRIu64 " entries have another root here%s", s->name,
                      checkpoint->size,
                      is_signed ? ", and both were signed: the log showed two histories, or tiles "
                                  "were altered"
                                : "");
    return false;
}

/* True: a state of this tree, signed by the log or agreeing with what it signed. */
static bool check_statement(struct verify_tree *tree, struct statement *s) {
    struct verify_report *report = tree->report;
    policy_satisfied(&report->policy, s->text, s->length, &s->result);
    bool right = is_signed(s, false, report);
    if (!right && s->result.err != ERR_UNSIGNED) return false;
    if (strcmp(s->result.checkpoint.origin, report->checkpoint.origin) != 0) {
        verify_report_add(report, VERIFY_CONTRADICTION, "%s: is of another log, \"%s\"", s->name,
                          s->result.checkpoint.origin);
        return false;
    }
    if (!agrees(tree, s, right)) return false;
    count_bound(&s->result, report);
    return true;
}

static void check_proof(struct verify_tree *tree, struct statement *s, uint64_t number) {
    struct verify_report *report = tree->report;
    struct merkle_hash leaf;
    struct proof proof;
    size_t line;
    enum err err = proof_parse(s->text, s->length, &proof, &line);
    if (err != ERR_OK || proof.index != number) {
        verify_report_add(report, VERIFY_CONTRADICTION, "%s: line %zu: %s", s->name, line,
                          err == ERR_OK ? "the index is not that of its name" : err_text(err));
        return;
    }
    s->text = proof.checkpoint;
    s->length = proof.checkpoint_length;
    if (!check_statement(tree, s)) return;
    if (tile_read_hash(&tree->reader, 0, number, &leaf) != ERR_OK)
        verify_report_add(report, VERIFY_GAP, "%s: the leaf hash is missing (%s)", s->name,
                          tree->missing);
    else if (merkle_verify_inclusion(&leaf, number, s->result.checkpoint.size,
                                     &s->result.checkpoint.root, &proof.path) != ERR_OK)
        verify_report_add(report, VERIFY_CONTRADICTION,
                          "%s: does not lead from the entry to the root", s->name);
    else
        report->proofs++;
}

static void count_state(struct verify_report *report, const struct statement *s,
                        const struct verify_file *file) {
    uint64_t size = s->result.checkpoint.size;
    report->checkpoints++;
    if (file->name.kind == BUNDLE_COSIGNED && file->name.number != size)
        verify_report_add(report, VERIFY_CONTRADICTION,
                          "%s: is a checkpoint of %" PRIu64 " entries", s->name, size);
}

static void check_file(struct verify_tree *tree, const struct verify_file *file) {
    struct verify_bytes bytes;
    struct statement s;
    if (!load_statement(tree->source, file, tree->report, &s, &bytes)) return;
    if (file->name.kind == BUNDLE_PROOF)
        check_proof(tree, &s, file->name.number);
    else if (check_statement(tree, &s))
        count_state(tree->report, &s, file);
    verify_source_release(&bytes);
}

void verify_checkpoints_check(struct verify_tree *tree) {
    struct verify_report *report = tree->report;
    /* Not read again: beside a live log it may be another one by now. */
    if (report->is_signed && report->has_root) {
        report->checkpoints++;
        count_bound(&report->newest, report);
    }
    for (size_t i = 0; i < tree->source->count; i++) {
        const struct verify_file *file = &tree->source->files[i];
        if (file->name.kind == BUNDLE_COSIGNED || file->name.kind == BUNDLE_PROOF)
            check_file(tree, file);
    }
}

/* The entry that a proof carries as its extra data, decoded into room. */
static bool carried_entry(const struct proof *proof, uint8_t *room, const uint8_t **entry,
                          size_t *length) {
    *entry = room;
    return proof->extra && base64_bytes(proof->extra, proof->extra_length, room, TILE_ENTRY_BYTES,
                                        length) == ERR_OK;
}

static void check_lone_proof(const struct proof *proof, const struct statement *s,
                             const uint8_t *entry, size_t length, struct verify_report *report) {
    const struct checkpoint *checkpoint = &s->result.checkpoint;
    struct merkle_hash leaf;
    struct entry_facts facts;
    merkle_leaf(entry, length, &leaf);
    if (merkle_verify_inclusion(&leaf, proof->index, checkpoint->size, &checkpoint->root,
                                &proof->path) != ERR_OK) {
        verify_report_add(report, VERIFY_CONTRADICTION,
                          "the entry is not entry %" PRIu64 " of the tree that was signed",
                          proof->index);
        return;
    }
    report->has_root = true;
    report->entries = report->proofs = report->checkpoints = 1;
    report->first = report->last = proof->index;
    count_bound(&s->result, report);
    if (entry_facts_parse((const char *)entry, length, &facts) != ERR_OK)
        report->opaque = 1;
    else if (facts.has_utc) {
        report->timed = 1;
        report->earliest = report->latest = facts.utc;
    }
}

void verify_checkpoints_proof(const uint8_t *text, size_t length, const uint8_t *entry,
                              size_t entry_length, struct verify_report *report) {
    static uint8_t carried[TILE_ENTRY_BYTES];
    struct statement s = {.name = "proof"};
    struct proof proof;
    size_t line;
    enum err err = proof_parse((const char *)text, length, &proof, &line);
    if (err != ERR_OK) {
        verify_report_add(report, VERIFY_CONTRADICTION, "proof: line %zu: %s", line, err_text(err));
        return;
    }
    if (!entry && !carried_entry(&proof, carried, &entry, &entry_length)) {
        verify_report_add(report, VERIFY_GAP,
                          "the proof does not carry its entry, which must be given beside it");
        return;
    }
    s.text = proof.checkpoint;
    s.length = proof.checkpoint_length;
    policy_satisfied(&report->policy, s.text, s.length, &s.result);
    take_newest(&s, report);
    if (report->is_signed) check_lone_proof(&proof, &s, entry, entry_length, report);
}

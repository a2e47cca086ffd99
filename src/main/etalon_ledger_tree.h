/* A ledger, or an incident bundle, to be read by index: every entry that is handed out was compared
 * with its leaf hash, and that with the root of a checkpoint whose signature was verified. Only
 * what is touched is read. */
#pragma once

#include "ledger/policy.h"
#include "main/etalon_export_folder.h"

enum etalon_ledger_found {
    ETALON_LEDGER_HERE,
    ETALON_LEDGER_ABSENT,  /* pruned, not exported, or removed */
    ETALON_LEDGER_ALTERED, /* not what the log committed to; said on standard error */
};

struct etalon_ledger_leaf {
    uint64_t index;
    const uint8_t *bytes; /* until the next call */
    size_t length;
    struct merkle_hash hash;
};

struct etalon_ledger_tree {
    const char *path;
    struct etalon_export_folder folder;
    struct policy policy;  /* the log's keys, and witnesses if somebody named them */
    const char *policy_by; /* "policy": the reader's own; "bundle": what came along; NULL: none */
    char key[NOTE_KEY_TEXT_BYTES]; /* that signed the checkpoint */
    bool key_given;                /* by the reader; else it stands beside the log */
    uint64_t tile;                 /* of the entry bundle in hand; UINT64_MAX: none */
    unsigned width;
    uint8_t *bytes; /* NULL: that bundle is absent */
    size_t at[TILE_WIDTH], lengths[TILE_WIDTH];
    bool altered[TILE_WIDTH];
    struct merkle_hash leaves[TILE_WIDTH];
    bool any_altered; /* among all that was read */
};

/* path: NULL if it is the one configured. Anything but ETALON_FINE was said on standard error. */
enum etalon_exit etalon_ledger_tree_open(const struct etalon_arguments *arguments, const char *path,
                                         struct etalon_ledger_tree *out);
void etalon_ledger_tree_close(struct etalon_ledger_tree *tree);
uint64_t etalon_ledger_tree_size(const struct etalon_ledger_tree *tree);
const char *etalon_ledger_tree_origin(const struct etalon_ledger_tree *tree);
bool etalon_ledger_tree_is_bundle(const struct etalon_ledger_tree *tree);
/* index < size */
enum etalon_ledger_found etalon_ledger_tree_leaf(struct etalon_ledger_tree *tree, uint64_t index,
                                                 struct etalon_ledger_leaf *out);
/* The root that the tree had at a size up to its own. False: a tile is missing. */
bool etalon_ledger_tree_root(struct etalon_ledger_tree *tree, uint64_t size,
                             struct merkle_hash *out);
/* Sizes of the cosigned checkpoints, in no order, each given to visit. */
void etalon_ledger_tree_cosigned(struct etalon_ledger_tree *tree,
                                 void (*visit)(void *context, const char *note, size_t length),
                                 void *context);

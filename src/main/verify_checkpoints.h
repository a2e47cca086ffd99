/* Checkpoints: by whose keys, cosigned by whom and when, and whether all of them are states of one
 * tree. */
#pragma once

#include "main/verify_tree.h"

/* Keys that only the bundle or folder names: they are used if the user gave none, and the report
 * says so. False: no key at all. */
bool verify_checkpoints_keys(const struct verify_source *source, struct verify_report *report);
/* The newest checkpoint. False: there is none. */
bool verify_checkpoints_newest(const struct verify_source *source, struct verify_report *report);
/* Every checkpoint, also those inside proofs, against the tree of the newest. */
void verify_checkpoints_check(struct verify_tree *tree);
/* A proof that stands alone. entry may be NULL if the proof carries it. */
void verify_checkpoints_proof(const uint8_t *text, size_t length, const uint8_t *entry,
                              size_t entry_length, struct verify_report *report);

/* The public folder of a ledger, or an incident bundle, which has the same files in it, read as
 * anybody may read it: no lock is taken, nothing is written, and the log may go on meanwhile.
 * Failures are said on standard error. */
#pragma once

#include <stdbool.h>

#include "ledger/bundle.h"
#include "ledger/checkpoint.h"
#include "main/etalon_bundle.h"

enum { ETALON_EXPORT_SLOTS = 2 * TILE_LEVELS };

struct etalon_export_folder {
    const char *path;
    int folder;
    struct etalon_bundle incident; /* in its place, if the path is a file's */
    uint64_t size;                 /* of the newest checkpoint: that tree's tiles are here */
    uint8_t *note;                 /* the newest checkpoint, or the one that was given */
    size_t note_length;
    struct checkpoint checkpoint;
    struct tile_reader tiles;
    struct tile_slot slots[ETALON_EXPORT_SLOTS];
    char missing[BUNDLE_NAME_BYTES]; /* the file that was not there, or was not whole */
    uint8_t *bundle;                 /* the entry bundle that was read last */
    size_t bundle_length;
    uint64_t bundle_index; /* UINT64_MAX: none */
};

/* Opens DIR/public, or DIR where that is the public folder, or a bundle, and reads the checkpoint
 * (from the file that is named, if one is) and compares its root with the tiles. */
enum etalon_exit etalon_export_folder_open(const char *path, const char *checkpoint,
                                           struct etalon_export_folder *out);
void etalon_export_folder_close(struct etalon_export_folder *folder);
/* A whole file; to be freed. False: missing has its name, and nothing was said. */
bool etalon_export_folder_read(struct etalon_export_folder *folder, const struct bundle_name *name,
                               uint8_t **bytes, size_t *length);
/* An entry, until the next call. False as above. */
bool etalon_export_folder_entry(struct etalon_export_folder *folder, uint64_t index,
                                const uint8_t **entry, size_t *length);
/* The text of a proof; to be freed. With the entry it carries that as extra data. False as above.
 */
bool etalon_export_folder_proof(struct etalon_export_folder *folder, uint64_t index,
                                bool with_entry, uint8_t **text, size_t *length);
/* Says which file is missing. */
enum etalon_exit etalon_export_folder_lacks(const struct etalon_export_folder *folder);

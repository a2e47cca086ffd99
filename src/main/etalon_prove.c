/* etalon prove: one entry, its way up the tree and the signed root, as a tlog-proof that carries
 * the entry, so that one file says what was logged and that it was. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "ledger/proof.h"
#include "main/etalon_export.h"
#include "main/etalon_export_folder.h"
#include "main/etalon_output.h"

static enum etalon_exit write_proof(const char *path, const uint8_t *text, size_t length) {
    FILE *file = path ? fopen(path, "wbx") : stdout;
    if (!file) {
        fprintf(stderr, "etalon: %s: %s\n", path, strerror(errno));
        return ETALON_FAILED;
    }
    bool whole = fwrite(text, 1, length, file) == length;
    if (path) whole = fclose(file) == 0 && whole;
    if (whole) return ETALON_FINE;
    fprintf(stderr, "etalon: %s: could not be written\n", path ? path : "the proof");
    return ETALON_FAILED;
}

static enum etalon_exit print_json(struct etalon_export_folder *folder, const uint8_t *text,
                                   size_t length) {
    static char entry_text[BASE64_TEXT_BYTES(TILE_ENTRY_BYTES)];
    struct json json;
    struct proof proof;
    struct merkle_hash leaf;
    const uint8_t *entry;
    size_t line, entry_length;
    char hash[MERKLE_HASH_TEXT_BYTES];
    if (proof_parse((const char *)text, length, &proof, &line) != ERR_OK ||
        !etalon_export_folder_entry(folder, proof.index, &entry, &entry_length))
        return etalon_export_folder_lacks(folder);
    merkle_leaf(entry, entry_length, &leaf);
    etalon_output_json_begin(&json);
    json_open_object(&json, NULL);
    json_string(&json, "origin", folder->checkpoint.origin);
    json_uint(&json, "index", proof.index);
    json_string(&json, "leaf", merkle_hash_text(&leaf, hash));
    json_uint(&json, "size", folder->checkpoint.size);
    json_string(&json, "root", merkle_hash_text(&folder->checkpoint.root, hash));
    json_open_array(&json, "path");
    for (size_t i = 0; i < proof.path.count; i++)
        json_string(&json, NULL, merkle_hash_text(&proof.path.hashes[i], hash));
    json_close_array(&json);
    folder->note[folder->note_length] = '\0'; /* there is room for it */
    json_string(&json, "checkpoint", (const char *)folder->note);
    json_string(&json, "entry_base64",
                base64_text(entry, entry_length, entry_text, sizeof entry_text));
    json_close_object(&json);
    return etalon_output_json_print(&json) ? ETALON_FINE : ETALON_FAILED;
}

static enum etalon_exit prove(const struct etalon_arguments *arguments, uint64_t index,
                              struct etalon_export_folder *folder) {
    uint8_t *text;
    size_t length;
    if (index >= folder->checkpoint.size) {
        fprintf(stderr,
                "etalon: entry %" PRIu64 " is not in the checkpoint, which has %" PRIu64
                " entries\n",
                index, folder->checkpoint.size);
        return ETALON_NO_ANSWER;
    }
    if (!etalon_export_folder_proof(folder, index, true, &text, &length))
        return etalon_export_folder_lacks(folder);
    enum etalon_exit code = ETALON_FINE;
    if (arguments->out || !arguments->json) code = write_proof(arguments->out, text, length);
    if (code == ETALON_FINE && arguments->json) code = print_json(folder, text, length);
    free(text);
    return code;
}

enum etalon_exit etalon_prove(const struct etalon_arguments *arguments) {
    static struct etalon_export_folder folder;
    uint64_t index;
    if (checkpoint_decimal(arguments->operand, strlen(arguments->operand), &index) != ERR_OK) {
        fprintf(stderr, "etalon: prove: '%s' is no index of an entry\n", arguments->operand);
        return ETALON_USAGE;
    }
    if (!arguments->ledger) {
        fputs("etalon: prove: --ledger DIR is needed\n", stderr);
        return ETALON_USAGE;
    }
    enum etalon_exit code =
        etalon_export_folder_open(arguments->ledger, arguments->checkpoint, &folder);
    if (code != ETALON_FINE) return code;
    code = prove(arguments, index, &folder);
    etalon_export_folder_close(&folder);
    return code;
}

/* etalon export: a range of the ledger as one self-contained bundle (ledger/bundle).
 *
 * Two passes over the same list of files: the first for the sums, the second to write. A file that
 * changed in between ends the export; nothing that is there already is overwritten. */
#include "main/etalon_export.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "ledger/entry_facts.h"
#include "main/etalon_export_folder.h"
#include "main/etalon_export_list.h"
#include "os/storage.h"

enum { TRIES = 3, MANIFEST_BYTES = 64 << 10, GUIDE_BYTES = 32 << 10 };

struct export {
    const struct etalon_arguments *arguments;
    struct etalon_export_folder folder;
    struct etalon_export_list list;
    uint64_t from, to; /* entries [from, to) */
    FILE *file;
};

static enum etalon_exit wrong(const char *text, const char *value) {
    fprintf(stderr, "etalon: export: %s%s\n", text, value);
    return ETALON_USAGE;
}

/* What an entry says about its time; entries without one have none. */
static bool time_of(struct export *e, uint64_t index, struct utc *out) {
    const uint8_t *entry;
    size_t length;
    struct entry_facts facts;
    if (!etalon_export_folder_entry(&e->folder, index, &entry, &length)) return false;
    if (entry_facts_parse((const char *)entry, length, &facts) != ERR_OK) return false;
    *out = facts.utc;
    return facts.has_utc;
}

/* The claimed times need not ascend (they may be what is being investigated), so all are looked
 * at: from the first entry that is not before `from` to the last that is not after `to`. */
static void find_times(struct export *e, const struct utc *from, const struct utc *to) {
    uint64_t first = UINT64_MAX, last = 0;
    for (uint64_t i = 0; i < e->folder.size; i++) {
        struct utc utc;
        if (!time_of(e, i, &utc)) continue;
        if (from && utc.ns >= from->ns && first == UINT64_MAX) first = i;
        if (to && utc.ns <= to->ns) last = i + 1;
    }
    if (from) e->from = first;
    if (to) e->to = last;
}

static enum etalon_exit find_range(struct export *e) {
    const char *from = e->arguments->from, *to = e->arguments->to;
    struct utc begin, end;
    bool by_index[2] = {checkpoint_decimal(from, strlen(from), &e->from) == ERR_OK,
                        checkpoint_decimal(to, strlen(to), &e->to) == ERR_OK};
    if (!by_index[0] && entry_facts_parse_utc(from, strlen(from), &begin) != ERR_OK)
        return wrong("--from is neither an index nor a time like 2026-11-22T02:20:00Z: ", from);
    if (!by_index[1] && entry_facts_parse_utc(to, strlen(to), &end) != ERR_OK)
        return wrong("--to is neither an index nor a time like 2026-11-22T02:20:00Z: ", to);
    if (by_index[1]) e->to++; /* the last one is part of it */
    if (!by_index[0] || !by_index[1])
        find_times(e, by_index[0] ? NULL : &begin, by_index[1] ? NULL : &end);
    if (e->from < e->to && e->to <= e->folder.size) return ETALON_FINE;
    fprintf(stderr, "etalon: export: no entries from %s to %s; the ledger has %" PRIu64 "\n", from,
            to, e->folder.size);
    return ETALON_NO_ANSWER;
}

/* Sizes of the cosigned checkpoints that bound the range: from the last that is before it to the
 * first that has all of it. */
static bool add_cosigned(struct export *e) {
    uint64_t before = 0, after = UINT64_MAX;
    for (int pass = 0; pass < 2; pass++) {
        int file = openat(e->folder.folder, "cosigned", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *folder = file < 0 ? NULL : fdopendir(file);
        if (!folder && file >= 0) close(file);
        for (struct dirent *entry; folder && (entry = readdir(folder));) {
            struct bundle_name name = {.kind = BUNDLE_COSIGNED};
            uint64_t size;
            if (checkpoint_decimal(entry->d_name, strlen(entry->d_name), &size) != ERR_OK) continue;
            name.number = size;
            if (pass == 0 && size <= e->from && size > before) before = size;
            if (pass == 0 && size >= e->to && size < after) after = size;
            if (pass == 1 && size >= before && size <= after && size <= e->folder.size &&
                !(etalon_export_list_add(&e->list, &name) &&
                  etalon_export_list_add_edge(&e->list, size, e->folder.size))) {
                closedir(folder);
                return false;
            }
        }
        if (folder) closedir(folder);
    }
    return true;
}

static bool add_tiles(struct export *e) {
    bool right = etalon_export_list_add_edge(&e->list, e->folder.size, e->folder.size);
    for (uint64_t i = e->from / TILE_WIDTH; right && i <= (e->to - 1) / TILE_WIDTH; i++) {
        struct bundle_name name = {.kind = BUNDLE_TILE,
                                   .tile = {.entries = true,
                                            .width = (uint16_t)tile_width(0, i, e->folder.size),
                                            .index = i}};
        right = etalon_export_list_add(&e->list, &name) &&
                etalon_export_list_add_way(&e->list, 0, i, e->folder.size);
    }
    return right;
}

static bool add_made(struct export *e, enum bundle_kind kind, const void *bytes, size_t length) {
    struct bundle_name name = {.kind = kind};
    uint8_t *copy = malloc(length + 1);
    if (!copy) return false;
    memcpy(copy, bytes, length);
    return etalon_export_list_add_made(&e->list, &name, copy, length);
}

static bool add_guide(struct export *e) {
    static char text[GUIDE_BYTES];
    size_t length = 0;
    for (const char *const *line = etalon_export_guide; *line && length < sizeof text; line++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s\n", *line);
    return length < sizeof text && add_made(e, BUNDLE_GUIDE, text, length);
}

static bool add_policy(struct export *e) {
    static char text[LIMIT_POLICY_BYTES];
    size_t length;
    const char *why = "";
    if (!e->arguments->policy) return true;
    if (storage_read(e->arguments->policy, text, sizeof text, &length, &why) != ERR_OK) {
        fprintf(stderr, "etalon: %s: %s\n", e->arguments->policy, why);
        return false;
    }
    return add_made(e, BUNDLE_POLICY, text, length);
}

static bool add_proofs(struct export *e) {
    uint64_t ends[] = {e->from, e->to - 1};
    for (size_t i = 0; i < 2; i++) {
        struct bundle_name name = {.kind = BUNDLE_PROOF, .number = ends[i]};
        uint8_t *text;
        size_t length;
        if (i == 1 && ends[0] == ends[1]) break;
        if (!etalon_export_folder_proof(&e->folder, ends[i], false, &text, &length) ||
            !etalon_export_list_add_made(&e->list, &name, text, length))
            return false;
    }
    return true;
}

static void put_software(struct json *json) {
    uint8_t hash[HASH_SHA256_BYTES];
    char hex[2 * HASH_SHA256_BYTES + 1];
    json_open_object(json, "software");
    json_string(json, "name", "etalon");
    json_string(json, "version", ETALON_VERSION);
    if (etalon_export_list_hash_file("/proc/self/exe", hash)) {
        for (size_t i = 0; i < sizeof hash; i++) snprintf(hex + 2 * i, 3, "%02x", hash[i]);
        json_string(json, "program_sha256", hex);
    }
    json_close_object(json);
}

static bool add_manifest(struct export *e) {
    static char text[MANIFEST_BYTES];
    char root[MERKLE_HASH_TEXT_BYTES], time[TEXT_BYTES];
    struct json json;
    struct utc utc;
    json_init(&json, text, sizeof text - 1);
    json_open_object(&json, NULL);
    json_string(&json, "format", "etalon-incident/1");
    json_string(&json, "origin", e->folder.checkpoint.origin);
    json_uint(&json, "size", e->folder.checkpoint.size);
    json_string(&json, "root", merkle_hash_text(&e->folder.checkpoint.root, root));
    json_uint(&json, "from", e->from);
    json_uint(&json, "to", e->to);
    json_string(&json, "asked_from", e->arguments->from);
    json_string(&json, "asked_to", e->arguments->to);
    if (time_of(e, e->from, &utc)) json_string(&json, "claimed_from", text_utc(utc, time));
    if (time_of(e, e->to - 1, &utc)) json_string(&json, "claimed_to", text_utc(utc, time));
    put_software(&json);
    json_close_object(&json);
    if (json.failed) return false;
    text[json.length] = '\n';
    return add_made(e, BUNDLE_MANIFEST, text, json.length + 1);
}

static bool gather(struct export *e) {
    struct bundle_name vkey = {.kind = BUNDLE_VKEY};
    /* The very checkpoint that the tiles were compared with: the log may have a newer one by now.
     */
    return add_made(e, BUNDLE_CHECKPOINT, e->folder.note, e->folder.note_length) && add_guide(e) &&
           add_policy(e) && etalon_export_list_add(&e->list, &vkey) && add_cosigned(e) &&
           add_tiles(e) && add_proofs(e) && add_manifest(e);
}

static bool put(FILE *file, const void *bytes, size_t length) {
    return fwrite(bytes, 1, length, file) == length;
}

static bool write_member(FILE *file, const char *name, const uint8_t *bytes, size_t length) {
    static const uint8_t zeros[BUNDLE_BLOCK_BYTES];
    uint8_t header[BUNDLE_BLOCK_BYTES];
    bundle_header(name, length, header);
    return put(file, header, sizeof header) && put(file, bytes, length) &&
           put(file, zeros, bundle_padding(length));
}

static bool write_file(struct export *e, const struct etalon_export_file *file) {
    char name[BUNDLE_NAME_BYTES];
    uint8_t *bytes = file->made, hash[HASH_SHA256_BYTES];
    size_t length = file->length;
    bundle_name_text(&file->name, name);
    if (!bytes && !etalon_export_folder_read(&e->folder, &file->name, &bytes, &length))
        return false;
    hash_sha256(&(struct hash_piece){bytes, length}, 1, hash);
    bool right = length == file->length && memcmp(hash, file->hash, sizeof hash) == 0 &&
                 write_member(e->file, name, bytes, length);
    if (!file->made) free(bytes);
    return right;
}

static bool write_all(struct export *e) {
    static const uint8_t end[BUNDLE_END_BYTES];
    char name[BUNDLE_NAME_BYTES];
    uint8_t *sums;
    size_t length;
    struct bundle_name of_sums = {.kind = BUNDLE_SUMS};
    if (!etalon_export_list_sums(&e->list, &sums, &length)) return false;
    bool right = write_member(e->file, bundle_name_text(&of_sums, name), sums, length);
    free(sums);
    for (size_t i = 0; right && i < e->list.count; i++) right = write_file(e, &e->list.files[i]);
    return right && put(e->file, end, sizeof end);
}

static enum etalon_exit write_bundle(struct export *e) {
    const char *path = e->arguments->out;
    e->file = fopen(path, "wbx");
    if (!e->file) {
        fprintf(stderr, "etalon: %s: %s\n", path, strerror(errno));
        return ETALON_FAILED;
    }
    bool right = write_all(e) && fflush(e->file) == 0 && fsync(fileno(e->file)) == 0;
    int saved = errno;
    right = fclose(e->file) == 0 && right;
    if (right) {
        printf("entries %" PRIu64 " to %" PRIu64 " of %s, %zu files: %s\n", e->from, e->to - 1,
               e->folder.checkpoint.origin, e->list.count + 1, path);
        return ETALON_FINE;
    }
    unlink(path);
    fprintf(stderr, "etalon: %s: could not be written: %s\n", path, strerror(saved));
    return ETALON_FAILED;
}

/* While this runs the log may put wider tiles in the place of those that were seen: again. */
static enum etalon_exit try_once(struct export *e, bool *again) {
    enum etalon_exit code = etalon_export_folder_open(e->arguments->ledger, NULL, &e->folder);
    if (code != ETALON_FINE) return code;
    code = find_range(e);
    bool whole =
        code != ETALON_FINE || (gather(e) && etalon_export_list_finish(&e->list, &e->folder));
    if (!whole && !*again) code = etalon_export_folder_lacks(&e->folder);
    if (whole && code == ETALON_FINE) code = write_bundle(e);
    *again = *again && !whole;
    etalon_export_list_free(&e->list);
    etalon_export_folder_close(&e->folder);
    return code;
}

enum etalon_exit etalon_export(const struct etalon_arguments *arguments) {
    static struct export e;
    e.arguments = arguments;
    if (!arguments->ledger || !arguments->from || !arguments->to || !arguments->out)
        return wrong("--ledger, --from, --to and --out are needed", "");
    for (int left = TRIES;; left--) {
        bool again = left > 1;
        enum etalon_exit code = try_once(&e, &again);
        if (!again) return code;
    }
}

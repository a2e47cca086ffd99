/* The files of a bundle in the making: which, in the order of their names, with their sums. */
#pragma once

#include "main/etalon_export_folder.h"

struct etalon_export_file {
    struct bundle_name name;
    uint8_t *made; /* NULL: stands in the folder */
    size_t length;
    uint8_t hash[HASH_SHA256_BYTES];
};

struct etalon_export_list {
    struct etalon_export_file *files;
    size_t count, room;
};

/* False: no memory, or more than a bundle may hold. A file that is named twice is taken once. */
bool etalon_export_list_add(struct etalon_export_list *list, const struct bundle_name *name);
/* bytes were asked for with malloc, and are the list's from now on. */
bool etalon_export_list_add_made(struct etalon_export_list *list, const struct bundle_name *name,
                                 uint8_t *bytes, size_t length);
/* A tile and all above it, in a tree of that size. */
bool etalon_export_list_add_way(struct etalon_export_list *list, unsigned level, uint64_t index,
                                uint64_t size);
/* What the root of a former state of the tree is made from, and the tiles above it. */
bool etalon_export_list_add_edge(struct etalon_export_list *list, uint64_t former, uint64_t size);
/* Sorts, and reads every file once for its sum. False: the folder knows which is missing. */
bool etalon_export_list_finish(struct etalon_export_list *list,
                               struct etalon_export_folder *folder);
/* SHA256SUMS of all; to be freed. */
bool etalon_export_list_sums(const struct etalon_export_list *list, uint8_t **text, size_t *length);
void etalon_export_list_free(struct etalon_export_list *list);
bool etalon_export_list_hash_file(const char *path, uint8_t out[HASH_SHA256_BYTES]);

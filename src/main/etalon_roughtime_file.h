/* The two JSON files of Roughtime (RFC 10049 sections 8.3 and 8.4.1), read: the list of servers
 * and the malfeasance report. (base/json writes JSON; its names and json-c's do not go into one
 * file.) Failures are said on standard error, with the place in the file. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "proto/roughtime_chain.h"

enum {
    ETALON_ROUGHTIME_NAME_BYTES = 128,
    ETALON_ROUGHTIME_RESPONSES = ROUGHTIME_CHAIN_PASSES * LIMIT_ROUGHTIME_SERVERS,
};

struct etalon_roughtime_server {
    char name[ETALON_ROUGHTIME_NAME_BYTES];
    char address[LIMIT_HOST_NAME_BYTES + 8]; /* HOST:PORT or [IPV6]:PORT */
    uint32_t version;
    uint8_t key[ED25519_PUBLIC_BYTES];
};

struct etalon_roughtime_list {
    size_t count;
    struct etalon_roughtime_server servers[LIMIT_ROUGHTIME_SERVERS];
};

/* Of each server the first address for that transport; servers without one, or of a version that
 * is not spoken, are left out and named on standard error, and so are those beyond the limit. */
bool etalon_roughtime_file_list(const char *path, bool tcp, struct etalon_roughtime_list *out);
/* The key of a server from its base64 text. */
bool etalon_roughtime_file_key(const char *text, uint8_t out[ED25519_PUBLIC_BYTES]);

/* One response of a report; the proof is not yet made. */
struct etalon_roughtime_response {
    bool has_rand;
    uint8_t key[ED25519_PUBLIC_BYTES];
    struct roughtime_chain_link link;
};

struct etalon_roughtime_report {
    size_t count;
    struct etalon_roughtime_response responses[ETALON_ROUGHTIME_RESPONSES];
};

bool etalon_roughtime_file_report(const char *path, struct etalon_roughtime_report *out);

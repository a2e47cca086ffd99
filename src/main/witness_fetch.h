/* Requests to HTTP servers that nobody here trusts: several at a time, each bounded in time and in
 * the bytes of its answer, so that one slow server never holds up the others. No redirection is
 * followed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/limits.h"

enum {
    WITNESS_FETCH_WHY_BYTES = 320, /* libcurl wants 256 */
    WITNESS_FETCH_TYPE_BYTES = 64,
    WITNESS_FETCH_URL_BYTES = LIMIT_URL_BYTES + 128, /* a base, and a path of ours */
};

struct witness_fetch_request {
    char url[WITNESS_FETCH_URL_BYTES];
    const char *body; /* NULL: GET; must last until the request is done */
    size_t body_length;
    char *out; /* where the answer goes */
    size_t room;
    void (*done)(void *context, struct witness_fetch_request *request);
    void *context;

    /* What came of it. */
    unsigned status; /* 0: no answer, why says the reason */
    size_t length;
    char type[WITNESS_FETCH_TYPE_BYTES];
    char why[WITNESS_FETCH_WHY_BYTES];

    bool too_long;
    void *handle, *headers;
};

struct witness_fetch {
    void *multi;
    const char *ca_file; /* NULL: the system's */
    double timeout_s;
    unsigned active;
};

/* False: no memory. */
bool witness_fetch_init(struct witness_fetch *fetch, const char *ca_file, double timeout_s);
void witness_fetch_end(struct witness_fetch *fetch);

/* url, body, out, room, done and context are set. `done` is called from witness_fetch_turn, and
 * may start further requests, this one too. */
void witness_fetch_start(struct witness_fetch *fetch, struct witness_fetch_request *request);
/* Does what can be done within at most wait_ms. Returns how many requests are under way. */
int witness_fetch_turn(struct witness_fetch *fetch, int wait_ms);
/* Gives up a request that is under way; `done` is not called. */
void witness_fetch_cancel(struct witness_fetch *fetch, struct witness_fetch_request *request);
/* One request from start to end; others go on meanwhile. True: an answer came, of any status. */
bool witness_fetch_now(struct witness_fetch *fetch, struct witness_fetch_request *request);
/* base + "/" + path, with one slash between them; false: too long. */
bool witness_fetch_url(char out[WITNESS_FETCH_URL_BYTES], const char *base, const char *path);

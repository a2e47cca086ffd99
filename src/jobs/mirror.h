/* The mirror: shows the public side of the ledger over HTTP, read-only, on loopback (C2SP
 * tlog-tiles). What is asked for, and how to answer, is judged here; os/mirror_sockets has the
 * connections and the files.
 *
 * There is nothing to be had but the names that a ledger has: checkpoint, vkey, pruned,
 * cosigned/<size>, tile/<L>/<N>[.p/<W>], tile/entries/<N>[.p/<W>], each written in one way only. So
 * there is no path to be cleaned and none that leads elsewhere. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/store.h"
#include "ledger/tile.h"
#include "wire/http_request.h"

enum { MIRROR_HEAD_BYTES = 512 };

enum mirror_kind {
    MIRROR_NOTE, /* replaced again and again: checkpoint */
    MIRROR_TEXT, /* replaced now and then: vkey, pruned, cosigned/ */
    MIRROR_TILE, /* never changes */
};

struct mirror_answer {
    unsigned status; /* 200: path is to be opened; else what stands in the head is all */
    enum mirror_kind kind;
    bool head_only;              /* HEAD */
    bool keeps;                  /* another request may follow on this connection */
    size_t taken;                /* bytes of the request */
    char path[STORE_PATH_BYTES]; /* below public/ */
};

/* What the text asks for. False: it is not whole yet. full: there is no room for more of it, so
 * that it never will be. */
bool mirror_judge(const char *text, size_t length, bool full, struct mirror_answer *out);
/* The file could not be opened: it is not there, or we are out of descriptors. */
void mirror_withdraw(struct mirror_answer *answer, enum err err);
/* The head of the reply, and, where status is not 200, its body; size is that of the file. */
size_t mirror_head(const struct mirror_answer *answer, uint64_t size, char out[MIRROR_HEAD_BYTES]);

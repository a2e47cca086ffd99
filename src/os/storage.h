/* Small files, whole: read at once, replaced atomically. Nothing here follows a symbolic link when
 * it writes, and a failed write leaves the old content (stage, sync, rename). */
#pragma once

#include <stddef.h>

#include "base/err.h"
#include "clock/leap.h"
#include "config/parse.h"
#include "jobs/message.h"

/* Reads a whole regular file. ERR_TOO_LONG, or ERR_IO with *why as static text. */
MUST_USE enum err storage_read(const char *path, char *text, size_t room, size_t *length,
                               const char **why);
/* ERR_IO with *why; the file at path is then as it was before, unless only its folder could not be
 * synced: then it is the new one, which a crash may undo. */
MUST_USE enum err storage_replace(const char *path, const char *text, size_t length,
                                  const char **why);
/* The same, readable by its owner only. */
MUST_USE enum err storage_replace_secret(const char *path, const void *bytes, size_t length,
                                         const char **why);
/* The same for a secret that must not be there yet. */
MUST_USE enum err storage_create_secret(const char *path, const void *bytes, size_t length,
                                        const char **why);
/* Makes a folder whose entry in the folder above is on disk; one that is there already is no error.
 * ERR_IO or ERR_TOO_LONG with *why. */
MUST_USE enum err storage_make_folder(const char *path, const char **why);
/* The date of a file as the time that had certainly passed when it was written: the clock of the
 * host has no part in it. False: there is none. */
void storage_date(const char *path, struct utc utc);
MUST_USE bool storage_date_of(const char *path, struct utc *out);
/* Deletes what a crash in storage_replace may have left behind; silent if there is nothing. */
void storage_tidy(const char *path);

/* The loader of config/parse: files and directories of this machine. */
extern const struct config_loader storage_config_loader;

/* Drift file: "FREQUENCY_PPM ERROR_PPM\n". As in chrony's, a positive frequency means that the
 * clock gains; message_drift counts the other way round (true time over counter).
 * ERR_SYNTAX, ERR_RANGE or ERR_IO with *why. */
MUST_USE enum err storage_drift_read(const char *path, struct message_drift *out, const char **why);
MUST_USE enum err storage_drift_write(const char *path, const struct message_drift *drift,
                                      const char **why);

/* Leap second list; on failure *why is a message with the line. */
MUST_USE enum err storage_leaps_read(const char *path, struct leap_table *out, char *why,
                                     size_t why_room);

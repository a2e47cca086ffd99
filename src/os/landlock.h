/* Landlock: a process gives up files, TCP, and talking to processes outside (landlock(7)).
 * The constants are our own, because the headers of older distributions know less than newer
 * kernels do; what the running kernel offers is probed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum landlock_grant {
    LANDLOCK_READ,   /* read files and directories beneath */
    LANDLOCK_MODIFY, /* create, write and remove regular files beneath */
    LANDLOCK_TREE,   /* the same, and folders */
    LANDLOCK_REMOVE, /* remove files beneath */
};

struct landlock_path {
    const char *path; /* a folder or a file; a missing one is skipped */
    enum landlock_grant grant;
};

struct landlock_rules {
    bool may_read;             /* reading is not restricted at all */
    bool may_connect;          /* nor are TCP connections; listening is */
    bool dns_over_tcp;         /* TCP connections to port 53 */
    const uint16_t *tcp_ports; /* and to these */
    size_t tcp_port_count;
    const struct landlock_path *paths;
    size_t path_count;
};

/* Everything that is not granted is given up, for good. Returns the ABI version in force; 0: the
 * kernel has no Landlock or it is off. no-new-privs must be set. */
int landlock_enter(const struct landlock_rules *rules);

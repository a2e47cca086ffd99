/* inotify. */
#include "os/watch.h"

#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/limits.h"

int watch_open(void) {
    return inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
}

void watch_file(int fd, const char *path) {
    char directory[LIMIT_PATH_BYTES];
    if (fd < 0 || path[0] == '\0') return;
    snprintf(directory, sizeof directory, "%s", path);
    char *slash = strrchr(directory, '/');
    if (!slash)
        snprintf(directory, sizeof directory, ".");
    else
        slash[slash == directory] = '\0';
    (void)inotify_add_watch(fd, directory, IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE);
}

void watch_drain(int fd) {
    char events[4096];
    while (read(fd, events, sizeof events) > 0) {
    }
}

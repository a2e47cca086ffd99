/* Being told when files are replaced (inotify), so that nobody has to wait for the next look at
 * them. It is the directory that is watched: files are mostly replaced by renaming. What is said to
 * have changed is not looked at; whoever is told looks for himself. */
#pragma once

/* A descriptor that becomes readable; -1: this kernel has none to give. */
int watch_open(void);
/* Watches the directory of that file; nothing if the path is empty or it cannot be watched. */
void watch_file(int fd, const char *path);
/* Takes what has been told. */
void watch_drain(int fd);

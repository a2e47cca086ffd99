/* Going into the background. */
#include "os/background.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/log.h"

void background_none(struct background *background) {
    *background = (struct background){.verdict = -1, .lines = -1};
}

/* In the process that the shell started: a daemon that died without a word failed. */
static _Noreturn void wait_for_verdict(int fd) {
    unsigned char exit_code = 1;
    while (read(fd, &exit_code, 1) < 0 && errno == EINTR) continue;
    _exit(exit_code);
}

static bool redirect(int log_end) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) return false;
    bool done = dup2(null, STDIN_FILENO) >= 0 && dup2(log_end, STDOUT_FILENO) >= 0 &&
                dup2(log_end, STDERR_FILENO) >= 0;
    close(null);
    return done;
}

bool background_enter(struct background *background) {
    int verdict[2], lines[2];
    background_none(background);
    if (pipe2(verdict, O_CLOEXEC) != 0) return false;
    /* Nobody may wait for the log: a full pipe loses lines. */
    if (pipe2(lines, O_CLOEXEC | O_NONBLOCK) != 0) return false;
    pid_t pid = fork();
    if (pid < 0) return false;
    if (pid > 0) {
        close(verdict[1]);
        wait_for_verdict(verdict[0]);
    }
    close(verdict[0]);
    background->verdict = verdict[1];
    background->lines = lines[0];
    (void)setsid();
    if (chdir("/") != 0 || !redirect(lines[1])) return false;
    close(lines[1]);
    log_restyle(LOG_STYLE_PRIORITIES);
    return true;
}

void background_tell(struct background *background, unsigned char exit_code) {
    if (background->verdict < 0) return;
    (void)!write(background->verdict, &exit_code, 1);
    close(background->verdict);
    background->verdict = -1;
}

void background_forward(struct background *background) {
    char *line = background->line;
    if (background->lines < 0) return;
    for (;;) {
        size_t room = sizeof background->line - 1 - background->used;
        ssize_t got = read(background->lines, line + background->used, room);
        if (got <= 0) return;
        background->used += (size_t)got;
        line[background->used] = '\0';
        for (char *end; (end = strchr(line, '\n')) != NULL;) {
            *end = '\0';
            log_forward(line);
            background->used -= (size_t)(end + 1 - line);
            memmove(line, end + 1, background->used + 1);
        }
        if (background->used == sizeof background->line - 1) background->used = 0;
    }
}

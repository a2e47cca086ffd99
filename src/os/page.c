/* The clock page in shared memory. Source: memfd_create(2), fcntl(2) on file sealing. */
#include "os/page.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static bool map_twice(struct page *page, int fd, const char **why) {
    void *writer = mmap(NULL, sizeof *page->writer, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (writer == MAP_FAILED) {
        *why = "mmap of the clock page";
        return false;
    }
    int seals = F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;
    bool sealed = fcntl(fd, F_ADD_SEALS, seals) == 0;
    const void *reader = mmap(NULL, sizeof *page->reader, PROT_READ, MAP_SHARED, fd, 0);
    if (reader == MAP_FAILED) {
        munmap(writer, sizeof *page->writer);
        *why = "read-only mmap of the clock page";
        return false;
    }
    *page = (struct page){.writer = writer, .reader = reader, .sealed = sealed};
    return true;
}

bool page_create(struct page *page, const char **why) {
    int fd = memfd_create("etalon-clock-page", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        *why = "memfd_create";
        return false;
    }
    bool done = false;
    *why = "ftruncate of the clock page";
    if (ftruncate(fd, sizeof(struct clock_page)) == 0) done = map_twice(page, fd, why);
    close(fd);
    return done;
}

void page_renounce(struct page *page) {
    if (page->writer) munmap(page->writer, sizeof *page->writer);
    page->writer = NULL;
}

/* Sealed shared memory. Source: memfd_create(2), fcntl(2) on file sealing. */
#include "os/page.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool map_twice(struct page *page, size_t bytes, int fd, const char **why) {
    void *writer = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (writer == MAP_FAILED) {
        *why = "mmap of a shared page";
        return false;
    }
    int seals = F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;
    bool sealed = fcntl(fd, F_ADD_SEALS, seals) == 0;
    const void *reader = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
    if (reader == MAP_FAILED) {
        munmap(writer, bytes);
        *why = "read-only mmap of a shared page";
        return false;
    }
    *page = (struct page){.writer = writer, .reader = reader, .bytes = bytes, .sealed = sealed};
    return true;
}

bool page_create(struct page *page, const char *name, size_t bytes, const char **why) {
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        *why = "memfd_create";
        return false;
    }
    bool done = false;
    *why = "ftruncate of a shared page";
    if (ftruncate(fd, (off_t)bytes) == 0) done = map_twice(page, bytes, fd, why);
    close(fd);
    return done;
}

void page_renounce(struct page *page) {
    if (page->writer) munmap(page->writer, page->bytes);
    page->writer = NULL;
}

void page_forget(struct page *page) {
    page_renounce(page);
    void *reader;
    memcpy(&reader, &page->reader, sizeof reader); /* munmap takes no pointer to const */
    if (reader) munmap(reader, page->bytes);
    page->reader = NULL;
}

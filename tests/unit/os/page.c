/* The shared clock page: what the writer publishes readers see, and they can never write. */
#include "os/page.h"

#include "clock/clock_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void readers_see_and_cannot_write(void **state) {
    (void)state;
    struct page page;
    const char *why = "";
    struct clock_state published = {.stratum = 3, .generation = 9}, seen;
    assert_true(page_create(&page, "test", sizeof(struct clock_page), &why));
    assert_int_equal(clock_page_read(page.reader, &seen), ERR_STALE);
    clock_page_publish(page.writer, &published);
    assert_int_equal(clock_page_read(page.reader, &seen), ERR_OK);
    assert_int_equal(seen.stratum, 3);
    if (!page.sealed) skip();
    /* Not even after asking nicely: the seal outlives the mapping's protection. */
    void *reader = (void *)(uintptr_t)page.reader;
    assert_int_equal(mprotect(reader, page.bytes, PROT_READ | PROT_WRITE), -1);
    page_renounce(&page);
    assert_null(page.writer);
    assert_int_equal(clock_page_read(page.reader, &seen), ERR_OK);
}

/* A restarted writer inherits the first mapping. */
static void children_share_it(void **state) {
    (void)state;
    struct page page;
    const char *why = "";
    struct clock_state published = {.stratum = 5}, seen;
    assert_true(page_create(&page, "test", sizeof(struct clock_page), &why));
    pid_t pid = fork();
    if (pid == 0) {
        clock_page_publish(page.writer, &published);
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(clock_page_read(page.reader, &seen), ERR_OK);
    assert_int_equal(seen.stratum, 5);
}

static void forgotten_is_gone(void **state) {
    (void)state;
    struct page page;
    const char *why = "";
    assert_true(page_create(&page, "test", 10000, &why));
    page_forget(&page);
    assert_null(page.writer);
    assert_null(page.reader);
    page_forget(&page);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_see_and_cannot_write),
        cmocka_unit_test(children_share_it),
        cmocka_unit_test(forgotten_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

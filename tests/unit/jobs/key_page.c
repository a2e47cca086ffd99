/* The key page: keys go through whole, and readers see when they are new. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "jobs/key_page.h"

static void what_is_published_is_read(void **state) {
    (void)state;
    static struct key_page page;
    static struct entropy entropy;
    struct nts_keys in, out;
    for (size_t i = 0; i < sizeof entropy.bytes; i++) entropy.bytes[i] = (uint8_t)(i * 7);
    memset(&in, 0, sizeof in);
    assert_int_equal(key_page_version(&page), 0);
    assert_int_equal(key_page_read(&page, &out), ERR_STALE);
    nts_cookie_generate(&in, (struct mono){5}, &entropy);
    key_page_publish(&page, &in);
    uint64_t first = key_page_version(&page);
    assert_true(first != 0);
    assert_int_equal(key_page_read(&page, &out), ERR_OK);
    assert_memory_equal(&in, &out, sizeof in);
    nts_cookie_rotate(&in, (struct mono){6}, &entropy);
    key_page_publish(&page, &in);
    assert_true(key_page_version(&page) != first);
    assert_int_equal(key_page_read(&page, &out), ERR_OK);
    assert_memory_equal(&in, &out, sizeof in);
    page.sequence++; /* the writer died inside */
    assert_int_equal(key_page_read(&page, &out), ERR_STALE);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_published_is_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What the mirror shows, under which names, and what it says to everything else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "jobs/mirror.h"

static struct mirror_answer answer;
static char head[MIRROR_HEAD_BYTES + 1];

static unsigned judge(const char *method, const char *path, const char *fields) {
    char text[2048];
    int length =
        snprintf(text, sizeof text, "%s %s HTTP/1.1\r\nHost: x\r\n%s\r\n", method, path, fields);
    assert_true(length > 0 && (size_t)length < sizeof text);
    assert_true(mirror_judge(text, (size_t)length, false, &answer));
    assert_int_equal(answer.taken, length);
    return answer.status;
}

static const char *head_of(uint64_t size) {
    size_t length = mirror_head(&answer, size, head);
    assert_true(length > 0 && length < MIRROR_HEAD_BYTES);
    assert_int_equal(strlen(head), length);
    return head;
}

static void shows_what_a_ledger_has(void **state) {
    static const struct {
        const char *path;
        enum mirror_kind kind;
    } cases[] = {
        {"/checkpoint", MIRROR_NOTE},
        {"/vkey", MIRROR_TEXT},
        {"/pruned", MIRROR_TEXT},
        {"/cosigned/1", MIRROR_TEXT},
        {"/cosigned/9223372036854775807", MIRROR_TEXT},
        {"/tile/0/000", MIRROR_TILE},
        {"/tile/0/x001/x234/067.p/255", MIRROR_TILE},
        {"/tile/entries/000.p/1", MIRROR_TILE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(judge("GET", cases[i].path, ""), 200);
        assert_string_equal(answer.path, cases[i].path + 1);
        assert_int_equal(answer.kind, cases[i].kind);
        assert_true(answer.keeps && !answer.head_only);
    }
}

static void shows_nothing_else(void **state) {
    static const char *const paths[] = {
        "/",
        "/checkpoint/",
        "//checkpoint",
        "/checkpoint.new",
        "/checkpoint?a",
        "/check",
        "/signed",
        "/journal",
        "/../signed",
        "/tile/../checkpoint",
        "/tile/0/../0/000",
        "/%63heckpoint",
        "/cosigned",
        "/cosigned/",
        "/cosigned/0",
        "/cosigned/01",
        "/cosigned/1a",
        "/cosigned/-1",
        "/cosigned/12345678901234567890",
        "/cosigned/new",
        "/tile/0/0",
        "/tile/0/000.p/256",
        "/tile/entries/000.p/0",
        "/tile/0/000/000",
        "http://h/signed",
    };
    char path[1024] = "/";
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (judge("GET", paths[i], "") != 404) print_error("%s\n", paths[i]);
        assert_int_equal(answer.status, 404);
        assert_true(answer.keeps);
    }
    memset(path + 1, '1', sizeof path - 2);
    assert_int_equal(judge("GET", path, ""), 404);
    assert_int_equal(judge("GET", "checkpoint", ""), 400);
}

static void refuses_what_it_does_not_do(void **state) {
    (void)state;
    assert_int_equal(judge("POST", "/checkpoint", ""), 405);
    assert_non_null(strstr(head_of(0), "\r\nAllow: GET, HEAD\r\n"));
    assert_int_equal(judge("POST", "/checkpoint", "Content-Length: 5\r\n"), 405);
    assert_false(answer.keeps); /* what follows is no request */
    assert_int_equal(judge("GET", "/checkpoint", "Content-Length: 5\r\n"), 400);
    assert_false(answer.keeps);
    assert_non_null(strstr(head_of(0), "\r\nConnection: close\r\n"));
    assert_true(mirror_judge("nonsense\r\n\r\n", 12, false, &answer));
    assert_int_equal(answer.status, 400);
    assert_false(answer.keeps);
    assert_int_equal(answer.taken, 12);
    assert_true(mirror_judge("GET / HTTP/3.0\r\n\r\n", 18, false, &answer));
    assert_int_equal(answer.status, 505);
}

static void waits_unless_there_is_no_room(void **state) {
    static const char text[] = "GET /checkpoint HTTP/1.1\r\nHost: x";
    (void)state;
    answer.status = 1;
    assert_false(mirror_judge(text, sizeof text - 1, false, &answer));
    assert_int_equal(answer.status, 1);
    assert_true(mirror_judge(text, sizeof text - 1, true, &answer));
    assert_int_equal(answer.status, 431);
    assert_int_equal(answer.taken, sizeof text - 1);
    assert_false(answer.keeps);
}

static void heads(void **state) {
    (void)state;
    assert_int_equal(judge("GET", "/checkpoint", ""), 200);
    assert_string_equal(head_of(123), "HTTP/1.1 200 OK\r\n"
                                      "Content-Type: text/plain; charset=utf-8\r\n"
                                      "Content-Length: 123\r\n"
                                      "Cache-Control: max-age=2\r\n"
                                      "X-Content-Type-Options: nosniff\r\n\r\n");
    assert_int_equal(judge("HEAD", "/tile/0/000", "Connection: close\r\n"), 200);
    assert_true(answer.head_only);
    assert_string_equal(head_of(UINT64_MAX),
                        "HTTP/1.1 200 OK\r\n"
                        "Content-Type: application/octet-stream\r\n"
                        "Content-Length: 18446744073709551615\r\n"
                        "Cache-Control: public, max-age=31536000, immutable\r\n"
                        "X-Content-Type-Options: nosniff\r\n"
                        "Connection: close\r\n\r\n");
}

static void what_cannot_be_opened(void **state) {
    (void)state;
    assert_int_equal(judge("GET", "/tile/0/000", ""), 200);
    mirror_withdraw(&answer, ERR_MISSING);
    assert_string_equal(head_of(0), "HTTP/1.1 404 Not Found\r\n"
                                    "Content-Type: text/plain; charset=utf-8\r\n"
                                    "Content-Length: 10\r\n"
                                    "Cache-Control: no-store\r\n\r\n"
                                    "Not Found\n");
    assert_int_equal(judge("HEAD", "/tile/0/000", ""), 200);
    mirror_withdraw(&answer, ERR_IO);
    const char *text = head_of(0);
    assert_non_null(strstr(text, "HTTP/1.1 503 "));
    assert_string_equal(text + strlen(text) - 4, "\r\n\r\n"); /* no body */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_what_a_ledger_has),       cmocka_unit_test(shows_nothing_else),
        cmocka_unit_test(refuses_what_it_does_not_do),   cmocka_unit_test(heads),
        cmocka_unit_test(waits_unless_there_is_no_room), cmocka_unit_test(what_cannot_be_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

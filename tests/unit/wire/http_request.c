/* Heads of HTTP requests: what is taken, what is refused, cut anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "wire/http_request.h"

#define HOST "Host: x\r\n"

static struct http_request request;

static enum err parse(const char *text) {
    return http_request_parse(text, strlen(text), &request);
}

static void assert_path(const char *path) {
    assert_int_equal(request.path_length, strlen(path));
    assert_memory_equal(request.path, path, strlen(path));
}

static void takes_what_it_needs(void **state) {
    static const char text[] = "GET /a/b?c HTTP/1.1\r\nhost:x\r\nAccept: */*\r\n\r\nrest";
    (void)state;
    assert_int_equal(parse(text), ERR_OK);
    assert_int_equal(request.method, HTTP_REQUEST_GET);
    assert_path("/a/b?c");
    assert_int_equal(request.length, sizeof text - 1 - 4);
    assert_true(request.keeps);
    assert_false(request.has_body);
    assert_int_equal(parse("HEAD / HTTP/1.1\r\n" HOST "\r\n"), ERR_OK);
    assert_int_equal(request.method, HTTP_REQUEST_HEAD);
    assert_int_equal(parse("get / HTTP/1.1\r\n" HOST "\r\n"), ERR_OK);
    assert_int_equal(request.method, HTTP_REQUEST_OTHER);
    assert_int_equal(parse("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"), ERR_OK);
    assert_path("*");
    assert_int_equal(parse("\r\nGET /x HTTP/1.1\r\n" HOST "\r\n"), ERR_OK);
    assert_path("/x");
    assert_int_equal(request.length, strlen("\r\nGET /x HTTP/1.1\r\n" HOST "\r\n"));
}

static void targets_with_a_host(void **state) {
    (void)state;
    assert_int_equal(parse("GET http://h:80/a HTTP/1.1\r\n" HOST "\r\n"), ERR_OK);
    assert_path("/a");
    assert_int_equal(parse("GET HTTP://h HTTP/1.1\r\n" HOST "\r\n"), ERR_OK);
    assert_path("/");
    assert_int_equal(parse("GET https://h/a HTTP/1.1\r\n" HOST "\r\n"), ERR_OK);
    assert_path("https://h/a"); /* no name that anybody has */
}

static void connections_and_bodies(void **state) {
    static const struct {
        const char *fields;
        bool keeps, has_body;
    } cases[] = {
        {HOST, true, false},
        {HOST "Connection: close\r\n", false, false},
        {HOST "Connection: keep-alive , CLOSE\r\n", false, false},
        {HOST "Connection: closed\r\n", true, false},
        {HOST "Connection:\r\n", true, false},
        {HOST "Content-Length: 000\r\n", true, false},
        {HOST "Content-Length: \t10 \r\n", true, true},
        {HOST "Transfer-Encoding: chunked\r\n", true, true},
        {HOST "X-Content-Length: 10\r\n", true, false},
    };
    char text[256];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(text, sizeof text, "GET / HTTP/1.1\r\n%s\r\n", cases[i].fields);
        assert_int_equal(parse(text), ERR_OK);
        assert_int_equal(request.keeps, cases[i].keeps);
        assert_int_equal(request.has_body, cases[i].has_body);
    }
    assert_int_equal(parse("GET / HTTP/1.0\r\n\r\n"), ERR_OK);
    assert_false(request.keeps);
    assert_int_equal(parse("GET / HTTP/1.2\r\n" HOST "\r\n"), ERR_OK);
    assert_true(request.keeps);
}

static void refuses_what_is_not_a_request(void **state) {
    static const char *const texts[] = {
        "\r\n\r\n\r\n",
        " GET / HTTP/1.1\r\n" HOST "\r\n",
        "GET  / HTTP/1.1\r\n" HOST "\r\n",
        "GET / /a HTTP/1.1\r\n" HOST "\r\n",
        "GET / HTTP/1.1 \r\n" HOST "\r\n",
        "GET /\r\n" HOST "\r\n",
        "GET\r\n\r\n",
        "G(T / HTTP/1.1\r\n" HOST "\r\n",
        "GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n",
        "GET /\t HTTP/1.1\r\n" HOST "\r\n",
        "GET / HTTP/11\r\n" HOST "\r\n",
        "GET / http/1.1\r\n" HOST "\r\n",
        "GET / HTTP/x.1\r\n" HOST "\r\n",
        "GET / HTTP/1.1\r\n\r\n", /* no host */
        "GET / HTTP/1.1\r\n" HOST "HOST: x\r\n\r\n",
        "GET / HTTP/1.0\r\n" HOST HOST "\r\n",
        "GET / HTTP/1.1\r\n" HOST " folded: 1\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "No colon\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "Space : 1\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST ": 1\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "A: b\rc\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "A: b\nc: d\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "A: \x7f\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
    };
    (void)state;
    memset(&request, 0x55, sizeof request);
    struct http_request before = request;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (parse(texts[i]) != ERR_SYNTAX) print_error("%s\n", texts[i]);
        assert_int_equal(parse(texts[i]), ERR_SYNTAX);
    }
    assert_int_equal(parse("GET / HTTP/2.0\r\n" HOST "\r\n"), ERR_VERSION);
    assert_memory_equal(&request, &before, sizeof before);
}

static void zero_bytes_end_nothing(void **state) {
    static const char target[] = "GET /a\0b HTTP/1.1\r\n" HOST "\r\n";
    static const char field[] = "GET /a HTTP/1.1\r\n" HOST "A: b\0\r\n\r\n";
    (void)state;
    assert_int_equal(http_request_parse(target, sizeof target - 1, &request), ERR_SYNTAX);
    assert_int_equal(http_request_parse(field, sizeof field - 1, &request), ERR_SYNTAX);
}

static void waits_for_the_rest(void **state) {
    static const char text[] = "\r\nGET /a HTTP/1.1\r\n" HOST "A: b\r\n\r\n";
    (void)state;
    for (size_t length = 0; length < sizeof text - 1; length++)
        assert_int_equal(http_request_parse(text, length, &request), ERR_SHORT);
    assert_int_equal(http_request_parse(text, sizeof text - 1, &request), ERR_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_it_needs),    cmocka_unit_test(targets_with_a_host),
        cmocka_unit_test(connections_and_bodies), cmocka_unit_test(refuses_what_is_not_a_request),
        cmocka_unit_test(zero_bytes_end_nothing), cmocka_unit_test(waits_for_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

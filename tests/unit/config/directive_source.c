/* server and pool: sub-options, names, pools by their members, what contradicts itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config_text.h"

static void servers(void **state) {
    (void)state;
    good("# first\nserver NTP1.Example.net iburst minpoll -2 maxpoll 17 trust require prefer "
         "version 3 offset -0.005 port 10123\nserver 192.0.2.1 noselect\nserver 2001:db8::1\n"
         "server a_b-c.example.net.");
    assert_int_equal(config.source_count, 4);
    const struct config_source *s = &config.sources[0];
    assert_string_equal(s->name, "NTP1.Example.net");
    assert_int_equal(s->addr.family, ADDR_NONE);
    assert_true(s->iburst && s->trust && s->require && s->prefer && !s->noselect && !s->is_pool);
    assert_int_equal(s->minpoll_log2s, -2);
    assert_int_equal(s->maxpoll_log2s, 17);
    assert_int_equal(s->version, 3);
    assert_int_equal(s->port, 10123);
    assert_true(s->offset_s == -0.005);
    assert_int_equal(s->line, 2);
    s = &config.sources[1];
    assert_int_equal(s->addr.family, ADDR_IPV4);
    assert_int_equal(s->addr.port, 123);
    assert_true(s->noselect && !s->iburst);
    assert_int_equal(s->version, 4);
    assert_int_equal(s->minpoll_log2s, 6);
    assert_int_equal(s->maxpoll_log2s, 10);
    assert_int_equal(s->line, 3);
    assert_int_equal(config.sources[2].addr.family, ADDR_IPV6);
}

static void one_poll_limit_moves_the_other(void **state) {
    (void)state;
    good("server a minpoll 12\nserver b maxpoll 4");
    assert_int_equal(config.sources[0].maxpoll_log2s, 12);
    assert_int_equal(config.sources[1].minpoll_log2s, 4);
}

static void pools(void **state) {
    (void)state;
    good("pool pool.example.net iburst\npool b.example.net maxsources 16 port 10123");
    assert_int_equal(config.source_count, 4 + 16);
    for (unsigned i = 0; i < 4; i++) {
        assert_true(config.sources[i].is_pool && config.sources[i].iburst);
        assert_int_equal(config.sources[i].pool_member, i);
        assert_int_equal(config.sources[i].line, 1);
    }
    assert_int_equal(config.sources[19].pool_member, 15);
    assert_int_equal(config.sources[19].port, 10123);
}

static void sources_up_to_the_limit(void **state) {
    (void)state;
    good("pool a maxsources 16\npool b maxsources 16\npool c maxsources 16\npool d maxsources 16\n"
         "minsources 64");
    assert_int_equal(config.source_count, LIMIT_SOURCES);
    assert_int_equal(config.min_sources, 64);
}

static void same_name_on_two_ports(void **state) {
    (void)state;
    good("server 127.0.0.1 port 10001\nserver 127.0.0.1 port 10002\nserver a\nserver a port 124");
    assert_int_equal(config.source_count, 4);
    assert_int_equal(config.sources[1].addr.port, 10002);
}

static void numbers(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"serverjobs 17", ERR_RANGE, NULL, 1, 12, "1 to 16"},
        {"server a minpoll 18", ERR_RANGE, NULL, 1, 18,
         "server minpoll: 18 is out of range: -2 to 17 (log2 s)"},
        {"server a version 2", ERR_RANGE, NULL, 1, 18, "3 to 4"},
        {"server a port 0", ERR_RANGE, NULL, 1, 15, "1 to 65535"},
        {"server a offset x", ERR_SYNTAX, NULL, 1, 17, "server offset"},
        {"pool a maxsources 17", ERR_RANGE, NULL, 1, 19, "1 to 16"},
    };
    EXPECT(faults);
}

static void names(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"server 192.0.2", ERR_SYNTAX, NULL, 1, 8, "not a complete IPv4 address"},
        {"server 192.0.2.256", ERR_SYNTAX, NULL, 1, 8, "not a complete IPv4 address"},
        {"server ntp.example.net:123", ERR_SYNTAX, NULL, 1, 8, "a port is port N"},
        {"server [::1]", ERR_SYNTAX, NULL, 1, 8, "without brackets"},
        {"server fe80::1%eth0", ERR_SYNTAX, NULL, 1, 8, "zone"},
        {"server ntp..example.net", ERR_SYNTAX, NULL, 1, 8, "not a host name"},
        {"server ntp/1", ERR_SYNTAX, NULL, 1, 8, "not a host name"},
        {"server 0.0.0.0", ERR_SYNTAX, NULL, 1, 8, "not the address of one host"},
        {"server ff02::101", ERR_SYNTAX, NULL, 1, 8, "not the address of one host"},
        {"server 224.0.1.1", ERR_SYNTAX, NULL, 1, 8, "not the address of one host"},
        {"pool 192.0.2.1", ERR_SYNTAX, NULL, 1, 6, "use server"},
    };
    EXPECT(faults);
}

static void missing(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"server", ERR_SHORT, NULL, 1, 1, "server needs a name"},
        {"server a minpoll", ERR_SHORT, NULL, 1, 10,
         "server minpoll needs a value; write: minpoll LOG2_S"},
    };
    EXPECT(faults);
}

static void contradictions(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"server a\nserver b\nserver A iburst", ERR_SYNTAX, NULL, 3, 8,
         "A port 123 was given already at test.conf:1"},
        {"server ::1\nserver 0:0:0::1", ERR_SYNTAX, NULL, 2, 8, "given already"},
        {"pool a\npool a", ERR_SYNTAX, NULL, 2, 6, "given already at test.conf:1"},
        {"server a iburst minpoll 4 iburst", ERR_SYNTAX, NULL, 1, 27,
         "iburst is given twice in this line, first at column 10"},
        {"server a minpoll 8 maxpoll 6", ERR_RANGE, NULL, 1, 20, "minpoll 8 is above maxpoll 6"},
        {"server a maxpoll 6 minpoll 8", ERR_RANGE, NULL, 1, 20, "minpoll 8 is above maxpoll 6"},
        {"server a require noselect", ERR_SYNTAX, NULL, 1, 18, "require and noselect contradict"},
        {"server a nts version 3", ERR_SYNTAX, NULL, 1, 14, "nts needs NTP version 4"},
        {"server a noselect prefer", ERR_SYNTAX, NULL, 1, 19, "prefer and noselect contradict"},
    };
    EXPECT(faults);
}

static void unsupported(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"server a certset 1", ERR_KIND, NULL, 1, 10, "server certset is not supported"},
        {"pool a iburst key 5", ERR_KIND, NULL, 1, 15, "pool key is not supported"},
        {"server a maxsources 2", ERR_KIND, NULL, 1, 10, "use pool"},
        {"server a ibrust", ERR_KIND, NULL, 1, 10,
         "server has no option \"ibrust\"; did you mean \"iburst\"?"},
        {"server a colour", ERR_KIND, NULL, 1, 10, "server has no option \"colour\"; see"},
    };
    EXPECT(faults);
}

static void long_name(void **state) {
    (void)state;
    char text[1000];
    const struct fault name = {text, ERR_SYNTAX, NULL, 1, 8, "not a host name"};
    snprintf(text, sizeof text, "server a%0300d", 1);
    expect_faults(&name, 1);
}

static void too_many(void **state) {
    (void)state;
    static const struct fault fault = {
        "pool a maxsources 16\npool b maxsources 16\npool c maxsources 16\npool d maxsources 16\n"
        "server e\n",
        ERR_FULL,
        NULL,
        5,
        8,
        "e makes more than 64 sources"};
    expect_faults(&fault, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers),
        cmocka_unit_test(one_poll_limit_moves_the_other),
        cmocka_unit_test(pools),
        cmocka_unit_test(sources_up_to_the_limit),
        cmocka_unit_test(same_name_on_two_ports),
        cmocka_unit_test(numbers),
        cmocka_unit_test(names),
        cmocka_unit_test(missing),
        cmocka_unit_test(contradictions),
        cmocka_unit_test(unsupported),
        cmocka_unit_test(long_name),
        cmocka_unit_test(too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

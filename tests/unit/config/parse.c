/* The parser: every directive's good forms, every error with its exact place and what it names,
 * and that nothing is written when a file is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_files.h"

static const struct fake_file files[] = {
    {"/c/bad.conf", "port 11123\nsever ntp.example.net\n"},
    {"/c/chain0.conf", "include /c/chain1.conf\n"},
    {"/c/chain1.conf", "include /c/chain2.conf\n"},
    {"/c/chain2.conf", "include /c/chain3.conf\n"},
    {"/c/chain3.conf", "include /c/chain4.conf\n"},
    {"/c/chain4.conf", "include /c/chain5.conf\n"},
    {"/c/chain5.conf", "include /c/chain6.conf\n"},
    {"/c/chain6.conf", "include /c/chain7.conf\n"},
    {"/c/chain7.conf", "include /c/chain8.conf\n"},
    {"/c/chain8.conf", "include /c/chain9.conf\n"},
    {"/c/chain9.conf", "port 11123\n# a comment that ends the file"},
    {"/c/dir/10.conf", "server a.example.net\n"},
    {"/c/dir/20.conf", "server b.example.net\n"},
    {"/c/dir/note.txt", "not a configuration\n"},
    {"/c/deep.conf", "include /c/chain0.conf\n"},
    {"/c/loop.conf", "include /c/loop2.conf\n"},
    {"/c/loop2.conf", "\n  include /c/loop.conf\n"},
    {"/c/top.conf", "include /c/dir/10.conf\nport 11123\ninclude /c/dir/20.conf"},
    {NULL, NULL},
};

static struct config config;
static struct config_error error;

static enum err parse(const char *text) {
    struct fake_files fake = {files};
    struct config_loader loader = fake_loader(&fake);
    return parse_text("test.conf", text, strlen(text), &loader, &config, &error);
}

static void good(const char *text) {
    if (parse(text) != ERR_OK)
        fail_msg("%s\n%s:%u:%u: %s", text, error.place.file, error.place.line, error.place.column,
                 error.text);
}

/* --- good forms --- */

static void empty_is_the_default(void **state) {
    (void)state;
    static struct config built_in;
    config_default(&built_in);
    static const char *const texts[] = {
        "", "\n\n", "# a\n% b\n! c\n; d\n  \t # e\n", "\r\n# a\r\n", "   ", "#",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        good(texts[i]);
        assert_memory_equal(&config, &built_in, sizeof config);
    }
}

static void single_values(void **state) {
    (void)state;
    good("Port 0\r\n\tMAXSLEWRATE\t 1000.5  \r\nmaxdistance 1e-1\nmaxclockerror 1\nmaxdrift 100\n"
         "maxbound .25\nserverjobs 16\nuser _etalon-1\ndriftfile /d\nleapseclist /l\n"
         "statussocket /s\nmakestep 0.1 -1\nmaxchange 1000 1 2");
    assert_int_equal(config.port, 0);
    assert_true(config.max_slew_rate == 1000.5 * 1e-6);
    assert_true(config.max_distance_s == 0.1);
    assert_true(config.max_clock_error == 1e-6);
    assert_true(config.max_drift == 100 * 1e-6);
    assert_true(config.max_bound_s == 0.25);
    assert_int_equal(config.server_jobs, 16);
    assert_string_equal(config.user, "_etalon-1");
    assert_string_equal(config.drift_file, "/d");
    assert_string_equal(config.leap_file, "/l");
    assert_string_equal(config.status_socket, "/s");
    assert_true(config.makestep_threshold_s == 0.1);
    assert_int_equal(config.makestep_limit, -1);
    assert_true(config.max_change_s == 1000);
    assert_int_equal(config.max_change_start, 1);
    assert_int_equal(config.max_change_ignore, 2);
    good("statussocket none");
    assert_string_equal(config.status_socket, "");
}

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

static void local(void **state) {
    (void)state;
    good("local");
    assert_true(config.local.enabled);
    assert_int_equal(config.local.stratum, 10);
    good("local stratum 1 distance 0 offset -0.25 bound 0.001");
    assert_true(config.local.enabled);
    assert_int_equal(config.local.stratum, 1);
    assert_true(config.local.distance_s == 0);
    assert_true(config.local.offset_s == -0.25);
    assert_true(config.local.bound_s == 0.001);
}

static bool allows(const char *text) {
    for (uint32_t i = 0; i < config.access_count; i++) {
        char written[ADDR_TEXT_BYTES];
        if (strcmp(addr_text(&config.access[i].net, written), text) == 0)
            return config.access[i].allow;
    }
    fail_msg("no rule for %s", text);
    return false;
}

static void access_rules(void **state) {
    (void)state;
    good("");
    assert_false(config.serves);
    good("allow 192.168\nDeny 192.168.7\nallow 2001:db8::/32\nallow 0/0");
    assert_int_equal(config.access_count, 4);
    assert_true(config.serves);
    assert_true(allows("192.168.0.0") && !allows("192.168.7.0"));
    assert_true(allows("2001:db8::") && allows("0.0.0.0"));
    good("deny 192.0.2.1\nallow ALL\n");
    assert_int_equal(config.access_count, 1);
    assert_int_equal(config.access[0].net.family, ADDR_NONE);
    good("deny 10.1/16\ndeny 11/8\nallow all 10/8");
    assert_int_equal(config.access_count, 2);
    good("allow 192.0.2.0/24\ndeny all\n");
    assert_false(config.serves);
}

static void bind_addresses_take_the_port(void **state) {
    (void)state;
    good("bindaddress 127.0.0.1\nport 10123\nbindaddress ::1");
    assert_int_equal(config.bind_count, 2);
    assert_int_equal(config.bind[0].port, 10123);
    assert_int_equal(config.bind[1].port, 10123);
    assert_int_equal(config.bind[1].family, ADDR_IPV6);
}

static void includes(void **state) {
    (void)state;
    good("include /c/top.conf\nserver c.example.net");
    assert_int_equal(config.source_count, 3);
    assert_string_equal(config.sources[0].name, "a.example.net");
    assert_string_equal(config.sources[2].name, "c.example.net");
    assert_int_equal(config.port, 11123);
    good("include /c/dir/*.conf");
    assert_int_equal(config.source_count, 2);
    good("confdir /c/dir");
    assert_int_equal(config.source_count, 2);
    good("confdir /c/nothing");
    good("include /c/chain0.conf\nserver a"); /* as deep as it may be */
    assert_int_equal(config.port, 11123);
    assert_int_equal(config.source_count, 1);
}

static void a_file(void **state) {
    (void)state;
    struct fake_files fake = {files};
    struct config_loader loader = fake_loader(&fake);
    assert_int_equal(parse_file("/c/top.conf", &loader, &config, &error), ERR_OK);
    assert_int_equal(config.source_count, 2);
}

/* --- errors --- */

struct fault {
    const char *text;
    enum err err;
    const char *file;
    unsigned line, column;
    const char *says;
};

static void expect_fault(const struct fault *fault) {
    static struct config untouched;
    memset(&untouched, 0x5a, sizeof untouched);
    config = untouched;
    error = (struct config_error){0};
    enum err err = parse(fault->text);
    const char *file = fault->file ? fault->file : "test.conf";
    if (err != fault->err || error.place.line != fault->line ||
        error.place.column != fault->column || strcmp(error.place.file, file) != 0 ||
        !strstr(error.text, fault->says))
        fail_msg("\"%s\"\nwanted %s %s:%u:%u: %s\n   got %s %s:%u:%u: %s", fault->text,
                 err_name(fault->err), file, fault->line, fault->column, fault->says, err_name(err),
                 error.place.file, error.place.line, error.place.column, error.text);
    assert_memory_equal(&config, &untouched, sizeof config);
}

static void expect_faults(const struct fault *faults, size_t count) {
    for (size_t i = 0; i < count; i++) expect_fault(&faults[i]);
}

#define EXPECT(faults) expect_faults(faults, sizeof faults / sizeof faults[0])

static void unknown_and_unsupported(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"port 1\n  sever a", ERR_KIND, NULL, 2, 3,
         "unknown directive \"sever\"; did you mean \"server\"?"},
        {"frobnicate", ERR_KIND, NULL, 1, 1,
         "unknown directive \"frobnicate\"; \"etalon options\""},
        {"rtcsync", ERR_KIND, NULL, 1, 1, "rtcsync is not supported: the real-time clock"},
        {"\trefclock PHC /dev/ptp0", ERR_KIND, NULL, 1, 2, "refclock is not supported"},
        {"NtsServerKey /k", ERR_KIND, NULL, 1, 1, "is not supported: time is served without NTS"},
        {"keyfile /k", ERR_KIND, NULL, 1, 1, "not authenticated"},
        {"server a nts", ERR_KIND, NULL, 1, 10, "server nts is not supported: NTS is not spoken"},
        {"pool a iburst key 5", ERR_KIND, NULL, 1, 15, "pool key is not supported"},
        {"server a maxsources 2", ERR_KIND, NULL, 1, 10, "use pool"},
        {"server a ibrust", ERR_KIND, NULL, 1, 10,
         "server has no option \"ibrust\"; did you mean \"iburst\"?"},
        {"server a colour", ERR_KIND, NULL, 1, 10, "server has no option \"colour\"; see"},
        {"local orphan", ERR_KIND, NULL, 1, 7, "local orphan is not supported"},
        {"local nts", ERR_KIND, NULL, 1, 7, "local has no option \"nts\""},
    };
    EXPECT(faults);
}

static void numbers(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"port http", ERR_SYNTAX, NULL, 1, 6, "port: \"http\" is not a whole number"},
        {"port 1.5", ERR_SYNTAX, NULL, 1, 6, "not a whole number"},
        {"port 65536", ERR_RANGE, NULL, 1, 6, "port: 65536 is out of range: 0 to 65535"},
        {"port -1", ERR_RANGE, NULL, 1, 6, "0 to 65535"},
        {"port 99999999999999999999", ERR_RANGE, NULL, 1, 6, "out of range"},
        {"port -", ERR_SYNTAX, NULL, 1, 6, "not a whole number"},
        {"maxbound 0", ERR_RANGE, NULL, 1, 10,
         "maxbound: 0 is out of range: 1e-09 to 1000000000 s"},
        {"maxbound -1", ERR_RANGE, NULL, 1, 10, "out of range"},
        {"maxbound 0x10", ERR_SYNTAX, NULL, 1, 10, "\"0x10\" is not a number"},
        {"maxbound nan", ERR_SYNTAX, NULL, 1, 10, "not a number"},
        {"maxbound inf", ERR_SYNTAX, NULL, 1, 10, "not a number"},
        {"maxbound 1e999", ERR_RANGE, NULL, 1, 10, "out of range"},
        {"maxbound 1.2.3", ERR_SYNTAX, NULL, 1, 10, "not a number"},
        {"maxbound e", ERR_SYNTAX, NULL, 1, 10, "not a number"},
        {"maxslewrate 0", ERR_RANGE, NULL, 1, 13, "0.001 to 100000 ppm"},
        {"maxclockerror 200000", ERR_RANGE, NULL, 1, 15, "ppm"},
        {"maxdrift -5", ERR_RANGE, NULL, 1, 10, "maxdrift"},
        {"maxdistance 0", ERR_RANGE, NULL, 1, 13, "maxdistance"},
        {"minsources 0", ERR_RANGE, NULL, 1, 12, "1 to 64"},
        {"serverjobs 17", ERR_RANGE, NULL, 1, 12, "1 to 16"},
        {"makestep 1 -2", ERR_RANGE, NULL, 1, 12,
         "makestep LIMIT: -2 is out of range: -1 to 2147483647 updates"},
        {"makestep 0 3", ERR_RANGE, NULL, 1, 10, "makestep THRESHOLD: 0"},
        {"makestep 1 3.0", ERR_SYNTAX, NULL, 1, 12, "makestep LIMIT: \"3.0\""},
        {"maxchange 1 -1 0", ERR_RANGE, NULL, 1, 13, "maxchange START"},
        {"maxchange 1 1 x", ERR_SYNTAX, NULL, 1, 15, "maxchange IGNORE"},
        {"server a minpoll 18", ERR_RANGE, NULL, 1, 18,
         "server minpoll: 18 is out of range: -2 to 17 (log2 s)"},
        {"server a version 2", ERR_RANGE, NULL, 1, 18, "3 to 4"},
        {"server a port 0", ERR_RANGE, NULL, 1, 15, "1 to 65535"},
        {"server a offset x", ERR_SYNTAX, NULL, 1, 17, "server offset"},
        {"pool a maxsources 17", ERR_RANGE, NULL, 1, 19, "1 to 16"},
        {"local stratum 16", ERR_RANGE, NULL, 1, 15, "1 to 15"},
        {"local bound 0", ERR_RANGE, NULL, 1, 13, "local bound: 0"},
        {"local distance -1", ERR_RANGE, NULL, 1, 16, "local distance"},
    };
    EXPECT(faults);
}

static void missing_and_extra(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"\n port", ERR_SHORT, NULL, 2, 2, "port needs PORT; write: port PORT"},
        {"makestep 1.0", ERR_SHORT, NULL, 1, 1,
         "makestep needs LIMIT; write: makestep THRESHOLD LIMIT"},
        {"maxchange 1 2", ERR_SHORT, NULL, 1, 1, "maxchange needs IGNORE"},
        {"server", ERR_SHORT, NULL, 1, 1, "server needs a name"},
        {"server a minpoll", ERR_SHORT, NULL, 1, 10,
         "server minpoll needs a value; write: minpoll LOG2_S"},
        {"local bound", ERR_SHORT, NULL, 1, 7, "local bound needs a value"},
        {"driftfile", ERR_SHORT, NULL, 1, 1, "driftfile needs FILE"},
        {"bindaddress", ERR_SHORT, NULL, 1, 1, "bindaddress needs ADDRESS"},
        {"include", ERR_SHORT, NULL, 1, 1, "include needs FILE"},
        {"confdir", ERR_SHORT, NULL, 1, 1, "confdir needs DIRECTORY"},
        {"port 123 124", ERR_TRAILING, NULL, 1, 10, "\"124\" is too much here; write: port PORT"},
        {"port 123 # ntp", ERR_TRAILING, NULL, 1, 10, "\"#\" is too much"},
        {"makestep 1 3 5", ERR_TRAILING, NULL, 1, 14, "\"5\" is too much"},
        {"driftfile /d interval 5", ERR_TRAILING, NULL, 1, 14, "\"interval\" is too much"},
        {"allow all 10/8 11/8", ERR_TRAILING, NULL, 1, 16, "\"11/8\" is too much"},
        {"bindaddress ::1 eth0", ERR_TRAILING, NULL, 1, 17, "\"eth0\" is too much"},
        {"confdir /a /b", ERR_TRAILING, NULL, 1, 12, "\"/b\" is too much"},
        {"include /c/top.conf x", ERR_TRAILING, NULL, 1, 21, "\"x\" is too much"},
    };
    EXPECT(faults);
}

static void duplicates_and_conflicts(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"port 1\nmaxbound 1\n  PORT 2", ERR_SYNTAX, NULL, 3, 3,
         "port was given already at test.conf:1"},
        {"local\nlocal stratum 5", ERR_SYNTAX, NULL, 2, 1, "local was given already"},
        {"port 1\ninclude /c/top.conf", ERR_SYNTAX, "/c/top.conf", 2, 1,
         "given already at test.conf:1"},
        {"include /c/chain9.conf\nport 2", ERR_SYNTAX, NULL, 2, 1, "already at /c/chain9.conf:1"},
        {"server a\nserver b\nserver A iburst", ERR_SYNTAX, NULL, 3, 8,
         "A port 123 was given already at test.conf:1"},
        {"server ::1\nserver 0:0:0::1", ERR_SYNTAX, NULL, 2, 8, "given already"},
        {"pool a\npool a", ERR_SYNTAX, NULL, 2, 6, "given already at test.conf:1"},
        {"server a iburst minpoll 4 iburst", ERR_SYNTAX, NULL, 1, 27,
         "iburst is given twice in this line, first at column 10"},
        {"server a minpoll 8 maxpoll 6", ERR_RANGE, NULL, 1, 20, "minpoll 8 is above maxpoll 6"},
        {"server a maxpoll 6 minpoll 8", ERR_RANGE, NULL, 1, 20, "minpoll 8 is above maxpoll 6"},
        {"server a require noselect", ERR_SYNTAX, NULL, 1, 18, "require and noselect contradict"},
        {"server a noselect prefer", ERR_SYNTAX, NULL, 1, 19, "prefer and noselect contradict"},
        {"bindaddress ::1\nbindaddress 0::1", ERR_SYNTAX, NULL, 2, 13, "given twice"},
        {"minsources 2\nserver a\nserver b noselect", ERR_RANGE, NULL, 1, 1,
         "minsources 2 can never be met: 1 sources"},
        {"local bound 2", ERR_RANGE, NULL, 1, 1, "not below maxbound 1 s"},
        {"maxbound 0.1\n local", ERR_RANGE, NULL, 2, 2, "local has bound 0.5 s"},
    };
    EXPECT(faults);
}

static void names_and_networks(void **state) {
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
        {"bindaddress eth0", ERR_SYNTAX, NULL, 1, 13, "\"eth0\" is not a numeric"},
        {"allow example.net", ERR_SYNTAX, NULL, 1, 7,
         "\"example.net\" is not an address or network"},
        {"deny all 10/33", ERR_RANGE, NULL, 1, 10, "\"10/33\" is longer than the address"},
        {"user root!", ERR_SYNTAX, NULL, 1, 6, "\"root!\" is not a user name"},
        {"user -x", ERR_SYNTAX, NULL, 1, 6, "not a user name"},
        {"user a2345678901234567890123456789012x", ERR_TOO_LONG, NULL, 1, 6,
         "longer than 32 bytes"},
    };
    EXPECT(faults);
}

static void other_files(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"include /c/none.conf", ERR_IO, NULL, 1, 9, "cannot read /c/none.conf: No such file"},
        {"include /c/bad.conf", ERR_KIND, "/c/bad.conf", 2, 1, "unknown directive \"sever\""},
        {"include /c/loop.conf", ERR_SYNTAX, "/c/loop2.conf", 2, 11,
         "/c/loop.conf would include itself"},
        {"include test.conf", ERR_SYNTAX, NULL, 1, 9, "would include itself"},
        {"include /c/deep.conf", ERR_FULL, "/c/chain8.conf", 1, 9, "nested more than 10 deep"},
        {"include /c/*", ERR_SYNTAX, NULL, 1, 9, "no pattern that is understood"},
        {"include /c/d?r/*.conf", ERR_SYNTAX, NULL, 1, 9, "no pattern"},
        {"include /c/nothing/*.conf", ERR_IO, NULL, 1, 9, "no file matches /c/nothing/*.conf"},
        {"confdir /c/missing", ERR_IO, NULL, 1, 9,
         "cannot list directory /c/missing: No such file"},
        {"server b.example.net\nconfdir /c/dir", ERR_SYNTAX, "/c/dir/20.conf", 1, 8,
         "already at test.conf:1"},
    };
    EXPECT(faults);
}

static void without_a_loader(void **state) {
    (void)state;
    static const char *const texts[] = {"include /c/top.conf", "confdir /c/dir"};
    for (size_t i = 0; i < 2; i++) {
        enum err err = parse_text("t", texts[i], strlen(texts[i]), NULL, &config, &error);
        assert_int_equal(err, ERR_IO);
        assert_int_equal(error.place.column, 9);
    }
}

static void an_unreadable_first_file(void **state) {
    (void)state;
    struct fake_files fake = {files};
    struct config_loader loader = fake_loader(&fake);
    assert_int_equal(parse_file("/c/none.conf", &loader, &config, &error), ERR_IO);
    assert_string_equal(error.place.file, "/c/none.conf");
    assert_int_equal(error.place.line, 1);
    assert_int_equal(error.place.column, 1);
    assert_string_equal(error.text, "cannot read /c/none.conf: No such file or directory");
}

static void control_characters(void **state) {
    (void)state;
    static const char nul[] = "port 1\n#\0\n";
    assert_int_equal(parse_text("t", nul, sizeof nul - 1, NULL, &config, &error), ERR_SYNTAX);
    assert_int_equal(error.place.line, 2);
    assert_int_equal(error.place.column, 2);
    assert_non_null(strstr(error.text, "NUL byte"));
    static const struct fault faults[] = {
        {"port \x1b[31m1", ERR_SYNTAX, NULL, 1, 6, "control character (byte 0x1b)"},
        {"port\r 1\r\n", ERR_SYNTAX, NULL, 1, 5, "byte 0x0d"},
        {"\xef\xbb\xbfport 1", ERR_SYNTAX, NULL, 1, 1, "byte order mark"},
    };
    EXPECT(faults);
}

static void long_lines(void **state) {
    (void)state;
    static char text[2 * LIMIT_CONFIG_LINE_BYTES];
    memset(text, ' ', sizeof text);
    memcpy(text, "port 11123", 10);
    text[LIMIT_CONFIG_LINE_BYTES - 1] = '\n';
    text[LIMIT_CONFIG_LINE_BYTES] = '\0';
    good(text);
    assert_int_equal(config.port, 11123);
    text[LIMIT_CONFIG_LINE_BYTES - 1] = ' ';
    text[LIMIT_CONFIG_LINE_BYTES] = '\n';
    text[LIMIT_CONFIG_LINE_BYTES + 1] = '\0';
    const struct fault fault = {text, ERR_TOO_LONG, NULL, 1, LIMIT_CONFIG_LINE_BYTES, "1023 bytes"};
    expect_fault(&fault);
}

static void long_words(void **state) {
    (void)state;
    char text[1000];
    const struct fault path = {text, ERR_TOO_LONG, NULL, 1, 11, "longer than 255 bytes"};
    snprintf(text, sizeof text, "driftfile %0300d", 1);
    expect_fault(&path);
    const struct fault socket = {text, ERR_TOO_LONG, NULL, 1, 14, "longer than 107 bytes"};
    snprintf(text, sizeof text, "statussocket %0108d", 1);
    expect_fault(&socket);
    const struct fault name = {text, ERR_SYNTAX, NULL, 1, 8, "not a host name"};
    snprintf(text, sizeof text, "server a%0300d", 1);
    expect_fault(&name);
    const struct fault directive = {text, ERR_KIND, NULL, 1, 1, "unknown directive \"a0"};
    snprintf(text, sizeof text, "a%0900d", 1);
    expect_fault(&directive);
}

static void too_many(void **state) {
    (void)state;
    static char text[65536];
    size_t length = 0;
    for (int i = 0; i <= LIMIT_ACCESS_RULES; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "allow 10.%d.%d.0/24\n",
                                   i / 256, i % 256);
    const struct fault rules = {
        text, ERR_FULL, NULL, LIMIT_ACCESS_RULES + 1, 1, "more than 256 rules"};
    expect_fault(&rules);
    const struct fault sources = {
        "pool a maxsources 16\npool b maxsources 16\npool c maxsources 16\npool d maxsources 16\n"
        "server e\n",
        ERR_FULL,
        NULL,
        5,
        8,
        "e makes more than 64 sources"};
    expect_fault(&sources);
    length = 0;
    for (int i = 0; i <= LIMIT_BIND_ADDRESSES; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "bindaddress 127.0.0.%d\n",
                                   i + 1);
    const struct fault binds = {text, ERR_FULL, NULL, 9, 1, "more than 8 addresses"};
    expect_fault(&binds);
}

static enum err read_large(void *context, const char *path, char *text, size_t room, size_t *length,
                           const char **why) {
    const size_t *large = context;
    (void)path;
    (void)why;
    if (*large > room) return ERR_TOO_LONG;
    memset(text, '\n', *large);
    *length = *large;
    return ERR_OK;
}

static void large_files(void **state) {
    (void)state;
    size_t large = LIMIT_CONFIG_FILE_BYTES;
    struct config_loader loader = {.context = &large, .read = read_large};
    assert_int_equal(parse_file("large.conf", &loader, &config, &error), ERR_OK);
    large++;
    assert_int_equal(parse_file("large.conf", &loader, &config, &error), ERR_TOO_LONG);
    assert_int_equal(error.place.line, 1);
    assert_non_null(strstr(error.text, "large.conf is too large"));
}

static void many_files(void **state) {
    (void)state;
    static char text[LIMIT_CONFIG_FILES * 32 + 64];
    size_t empty = 0, length = 0;
    struct config_loader loader = {.context = &empty, .read = read_large};
    for (int i = 0; i <= LIMIT_CONFIG_FILES; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "include /f%d\n", i);
    assert_int_equal(parse_text("t", text, length, &loader, &config, &error), ERR_FULL);
    assert_int_equal(error.place.line, LIMIT_CONFIG_FILES + 1);
    assert_int_equal(error.place.column, 9);
}

/* --- the samples that are installed --- */

/* The build folder is somewhere below the source tree, as a rule. */
static char *read_sample(const char *name, size_t *length) {
    static char text[8192];
    FILE *file = NULL;
    for (const char *up = "../../../../../"; !file; up += 3) {
        char path[256];
        snprintf(path, sizeof path, "%sconf/%s", up, name);
        file = fopen(path, "rb");
        if (*up == '\0') break;
    }
    if (!file) return NULL;
    *length = fread(text, 1, sizeof text, file);
    fclose(file);
    return text;
}

static void samples(void **state) {
    (void)state;
    static const char *const names[] = {"etalon.conf", "client.conf", "server.conf"};
    struct fake_files fake = {files};
    struct config_loader loader = fake_loader(&fake);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t length;
        const char *text = read_sample(names[i], &length);
        if (!text) skip(); /* built outside the source tree: tests/tidy checks them */
        if (parse_text(names[i], text, length, &loader, &config, &error) != ERR_OK)
            fail_msg("%s:%u:%u: %s", error.place.file, error.place.line, error.place.column,
                     error.text);
        assert_true(config.source_count >= 4 && config.min_sources >= 2);
        assert_true(config.user[0] && config.drift_file[0] && config.leap_file[0]);
        assert_int_equal(config.serves, i == 2);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_is_the_default),
        cmocka_unit_test(single_values),
        cmocka_unit_test(servers),
        cmocka_unit_test(one_poll_limit_moves_the_other),
        cmocka_unit_test(pools),
        cmocka_unit_test(sources_up_to_the_limit),
        cmocka_unit_test(same_name_on_two_ports),
        cmocka_unit_test(local),
        cmocka_unit_test(access_rules),
        cmocka_unit_test(bind_addresses_take_the_port),
        cmocka_unit_test(includes),
        cmocka_unit_test(a_file),
        cmocka_unit_test(unknown_and_unsupported),
        cmocka_unit_test(numbers),
        cmocka_unit_test(missing_and_extra),
        cmocka_unit_test(duplicates_and_conflicts),
        cmocka_unit_test(names_and_networks),
        cmocka_unit_test(other_files),
        cmocka_unit_test(without_a_loader),
        cmocka_unit_test(an_unreadable_first_file),
        cmocka_unit_test(control_characters),
        cmocka_unit_test(long_lines),
        cmocka_unit_test(long_words),
        cmocka_unit_test(too_many),
        cmocka_unit_test(large_files),
        cmocka_unit_test(many_files),
        cmocka_unit_test(samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

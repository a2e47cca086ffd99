/* What is written comes out as data; what cannot be is refused, with file, line and word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "near.h"
#include "proto/ntp_client.h"
#include "sim/scenario.h"

static struct scenario scenario;
static struct config_error error;

static enum err parse(const char *text) {
    memset(&scenario, 0x5a, sizeof scenario);
    memset(&error, 0, sizeof error);
    return scenario_parse("some/where/slow-drift.scenario", text, strlen(text), &scenario, &error);
}

static void a_whole_scenario(void **state) {
    (void)state;
    const char *text = "# comment\n"
                       "about      one of three runs away # not this\n"
                       "needs      server\n"
                       "source     RFC 7384 section 3.2.5\n"
                       "duration   3h\n"
                       "servers    3 iburst minpoll 4 maxpoll 10\n"
                       "config     maxbound 0.05\n"
                       "oscillator offset 5ppm white 1e-9 flicker 1e-10 walk 1e-9 ageing 1e-9/day "
                       "temperature 1e-7 period 24h\n"
                       "path all   delay 1ms jitter gamma 1ms shape 2 loss 30%\n"
                       "server 2   stratum 2 error 2us dispersion 10us\n"
                       "at 1h      server 2 drift 20us/s\n"
                       "at 1h..2h  path 1,3 forward +20ms\n"
                       "at 90m     keeper crash\n"
                       "expect     error 2ms rms 0.5ms after 30m mode locked\n"
                       "expect     falseticker 2\n";
    assert_int_equal(parse(text), ERR_OK);
    assert_string_equal(scenario.name, "slow-drift");
    assert_string_equal(scenario.about, "one of three runs away");
    assert_string_equal(scenario.source, "RFC 7384 section 3.2.5");
    assert_int_equal(scenario.needs, SCENARIO_NEEDS_SERVER);
    assert_near(scenario.duration_s, 10800, 0);
    const struct setting *setting = &scenario.setting;
    assert_int_equal(setting->sources, 3);
    assert_string_equal(setting->server_options, "iburst minpoll 4 maxpoll 10");
    assert_string_equal(setting->config, "maxbound 0.05\n");
    assert_near(setting->oscillator.offset, 5e-6, 1e-20);
    assert_near(setting->oscillator.flicker_fm, 1e-10, 1e-24);
    assert_near(setting->oscillator.swings[0].period_s, 86400, 0);
    assert_int_equal(setting->paths[2].jitter, PATH_JITTER_GAMMA);
    assert_near(setting->paths[2].shape, 2, 0);
    assert_near(setting->paths[2].loss, 0.3, 1e-12);
    assert_int_equal(setting->remotes[1].stratum, 2);
    assert_int_equal(setting->remotes[0].stratum, 1);
    assert_int_equal(scenario.action_count, 3);
    assert_int_equal(scenario.actions[0].kind, ACTION_SERVER_DRIFT);
    assert_near(scenario.actions[0].value, 20e-6, 1e-18);
    assert_int_equal(scenario.actions[0].who.mask, 2);
    assert_int_equal(scenario.actions[0].line, 11);
    assert_string_equal(scenario.actions[0].text, "server 2 drift 20us/s");
    assert_int_equal(scenario.actions[1].who.mask, 5);
    assert_near(scenario.actions[1].until_s, 7200, 0);
    assert_near(scenario.actions[2].until_s, 5401, 0);
    assert_int_equal(scenario.expect.falsetickers, 2);
    assert_int_equal(scenario.expect.mode, TRACKING_LOCKED);
}

/* Each row of the table of actions can be written as the table says. */
static void every_action_can_be_written(void **state) {
    (void)state;
    static const char *const values[] = {
        [QUANTITY_NOTHING] = "",        [QUANTITY_TIME] = "5ms",  [QUANTITY_RATE] = "1ppm",
        [QUANTITY_AGEING] = "1e-9/day", [QUANTITY_SHARE] = "50%", [QUANTITY_COUNT] = "1"};
    bool seen[ACTION_KINDS] = {false};
    char text[512];
    for (size_t i = 0; i < action_row_count; i++) {
        const struct action_row *row = &action_rows[i];
        const char *more = row->more.kind == QUANTITY_TIME ? "20s" : values[row->more.kind];
        snprintf(text, sizeof text, "about x\nservers 5\nat 1m..2m %s %s %s %s %s %s %s\n",
                 row->object, action_takes_servers(row->object) ? "minority" : "", row->word,
                 row->second ? row->second : "", values[row->value.kind],
                 row->tail ? row->tail : "", row->tail ? more : "");
        if (parse(text) != ERR_OK) fail_msg("%s: %s", text, error.text);
        assert_int_equal(scenario.actions[0].kind, row->kind);
        assert_int_equal(scenario.actions[0].code, row->code);
        seen[row->kind] = true;
    }
    for (int kind = 0; kind < ACTION_KINDS; kind++) assert_true(seen[kind]);
}

static void selectors(void **state) {
    (void)state;
    static const struct {
        const char *words;
        struct selector wanted;
    } rows[] = {
        {"all", {SELECTOR_ALL, 0, 0}},
        {"one", {SELECTOR_FIRST, 0, 1}},
        {"first 4", {SELECTOR_FIRST, 0, 4}},
        {"minority", {SELECTOR_MINORITY, 0, 0}},
        {"half", {SELECTOR_HALF, 0, 0}},
        {"majority", {SELECTOR_MAJORITY, 0, 0}},
        {"unauthenticated", {SELECTOR_UNAUTHENTICATED, 0, 0}},
        {"authenticated", {SELECTOR_AUTHENTICATED, 0, 0}},
        {"1,3-5", {SELECTOR_LIST, 0x1d, 0}},
    };
    char text[128];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(text, sizeof text, "about x\nservers 5\nat 0s server %s stops\n", rows[i].words);
        assert_int_equal(parse(text), ERR_OK);
        assert_memory_equal(&scenario.actions[0].who, &rows[i].wanted, sizeof rows[i].wanted);
    }
}

/* {line, a part of the message, text}: lines 1 and 2 are right where they are the usual ones. */
#define TOP "about x\nservers 3\n"
static const struct {
    uint32_t line;
    const char *says, *text;
} refused[] = {
    {1, "nothing says how many servers", ""},
    {2, "nothing says what this is about", "\nservers 3\n"},
    {1, "\"abuot\" is no word", "abuot x\n"},
    {1, "about needs a text", "about\n"},
    {2, "servers needs a whole number", "about x\nservers\n"},
    {2, "servers: 0 is out of range: 1 to 64", "about x\nservers 0\n"},
    {2, "servers: 65 is out of range", "about x\nservers 65\n"},
    {2, "\"three\" is not a whole number", "about x\nservers three\n"},
    {2, "\"2.5\" is not a whole number", "about x\nservers 2.5\n"},
    {3, "servers was given on line 2", TOP "servers 4\n"},
    {2, "the configuration: server has no option", "about x\nservers 3 iburzt\n"},
    {3, "the configuration: ", TOP "config maxbound -1\n"},
    {4, "the configuration: ", TOP "config maxbound 1\nconfig makestap 1\n"},
    {3, "config needs a directive", TOP "config\n"},
    {3, "needs: write none", TOP "needs luck\n"},
    {3, "needs: write none", TOP "needs\n"},
    {3, "\"h\" is too much here", TOP "duration 4 h\n"},
    {3, "duration: -1h is out of range", TOP "duration -1h\n"},
    {3, "\"soon\" is not a time", TOP "duration soon\n"},
    {3, "\"5ppm\" is not a time", TOP "duration 5ppm\n"},
    {3, "delay: -1ms is out of range: 0 s to 10 s", TOP "path all delay -1ms\n"},
    {3, "loss: 130% is out of range: 0% to 100%", TOP "path all loss 130%\n"},
    {3, "duplicate: 2 is out of range", TOP "path all duplicate 2\n"},
    {3, "\"delai\" is none of delay", TOP "path all delai 1ms\n"},
    {3, "jitter: write exponential", TOP "path all jitter brownian 1ms\n"},
    {3, "jitter needs a time", TOP "path all jitter gamma\n"},
    {3, "jitter bursty needs", TOP "path all jitter bursty 1ms\n"},
    {3, "jitter bimodal needs", TOP "path all jitter bimodal 1ms\n"},
    {3, "route and every", TOP "path all route 5ms\n"},
    {3, "there is no server 4, only 3", TOP "path 4 delay 1ms\n"},
    {3, "stratum: 16 is out of range", TOP "server 1 stratum 16\n"},
    {3, "\"colour\" is none of stratum", TOP "server 1 colour red\n"},
    {3, "\"weight\" is none of offset", TOP "oscillator weight 1\n"},
    {3, "offset: 5 is out of range", TOP "oscillator offset 5\n"},
    {3, "temperature needs \"period\"", TOP "oscillator temperature 1ppm\n"},
    {3, "more than 2 temperatures",
     TOP "oscillator temperature 1e-7 period 1h temperature 1e-7 "
         "period 2h temperature 1e-7 period 3h\n"},
    {1, "write \"servers N\" on a line before", "at 0s server 1 stops\n"},
    {3, "at needs a time", TOP "at\n"},
    {3, "ends before it begins", TOP "at 2h..1h server 1 stops\n"},
    {3, "this happens after the end", TOP "at 5h server 1 stops\n"},
    {3, "this happens after the end", TOP "at 3h..5h server 1 stops\n"},
    {3, "at: -1s is out of range", TOP "at -1s server 1 stops\n"},
    {3, "\"weather\" is nothing that something happens to", TOP "at 1h weather turns\n"},
    {3, "server: write one of offset, step", TOP "at 1h server 1 dances\n"},
    {3, "server kiss: write one of rate, deny", TOP "at 1h server 1 kiss softly\n"},
    {3, "server needs to say which servers", TOP "at 1h server\n"},
    {3, "\"0\" names no servers", TOP "at 1h server 0 stops\n"},
    {3, "\"3-1\" names no servers", TOP "at 1h server 3-1 stops\n"},
    {3, "\"99999999999\" names no servers", TOP "at 1h server 99999999999 stops\n"},
    {3, "there is no server 5, only 3", TOP "at 1h server first 5 offset 1s\n"},
    {3, "there is no server 4, only 3", TOP "at 1h server 1,4 stops\n"},
    {3, "offset needs a time", TOP "at 1h server 1 offset\n"},
    {3, "drift: 2 is out of range", TOP "at 1h server 1 drift 2\n"},
    {3, "\"now\" is too much here", TOP "at 1h server 1 stops now\n"},
    {3, "only \"every\" can follow", TOP "at 1h clock step 1s each 2s\n"},
    {3, "path spoof needs \"every\"", TOP "at 1h path all spoof offset 1s\n"},
    {3, "host pause needs an end", TOP "at 1h host pause\n"},
    {3, "loss: 101% is out of range", TOP "at 1h path all loss 101%\n"},
    {3, "expect: what?", TOP "expect\n"},
    {3, "\"luck\" is none of error", TOP "expect luck\n"},
    {3, "mode: write locked", TOP "expect mode happy\n"},
    {3, "there is no server 4", TOP "expect falseticker 4\n"},
    {3, "this is expected after the end", TOP "expect error 1ms after 5h\n"},
    {3, "start needs an instant", TOP "start tomorrow\n"},
    {3, "start needs an instant", TOP "start 2026-13-01T00:00:00Z\n"},
    {3, "leap: write +1, -1 or none", TOP "leap 0 2027-01-01T00:00:00Z\n"},
    {3, "leap: only \"unlisted\"", TOP "leap none listed\n"},
    {3, "stamps: write kernel or user", TOP "stamps hardware\n"},
    {3, "\"well\" is too much here", TOP "steers well\n"},
    {3, "byte 0x01 is no text", TOP "\x01\n"},
    {3, "nodes needs a whole number", TOP "nodes\n"},
    {3, "nodes: 0 is out of range: 1 to 16", TOP "nodes 0 chain\n"},
    {3, "nodes: 17 is out of range: 1 to 16", TOP "nodes 17 fan\n"},
    {3, "nodes: \"chain\" is not a whole number", TOP "nodes chain 4\n"},
    {3, "nodes: write chain or fan", TOP "nodes 4\n"},
    {3, "nodes: write chain or fan", TOP "nodes 4 ring\n"},
    {3, "\"5\" is too much here", TOP "nodes 4 chain 5\n"},
    {3, "\"chain\" is no word", TOP "chain\n"},
    {4, "nodes was given on line 3", TOP "nodes 4 chain\nnodes 3 fan\n"},
    {3, "the last would be of stratum 16", TOP "nodes 15 chain\n"},
    {4, "the last would be of stratum 16", TOP "server 2 stratum 14\nnodes 5 fan\n"},
    {3, "node: 2 is out of range: 1 to 1", TOP "at 1h node 2 keeper crash\nnodes 2 fan\n"},
    {4, "node: 0 is out of range: 1 to 2", TOP "nodes 2 fan\nat 1h node 0 keeper crash\n"},
    {4, "node: 3 is out of range: 1 to 2", TOP "nodes 2 fan\nat 1h node 3 keeper crash\n"},
    {4, "is nothing that something happens to", TOP "nodes 2 fan\nat 1h node 2\n"},
    {4, "node: write one of restart", TOP "nodes 2 fan\nat 1h node crash\n"},
    {4, "only the first asks servers", TOP "nodes 2 fan\nat 1h node 2 server 1 stops\n"},
    {4, "the configuration of node 2: minsources 3", TOP "nodes 2 fan\nconfig minsources 3\n"},
    {4, "node 2 asks only one node", TOP "nodes 2 fan\nat 1h node 2 path 2 loss 5%\n"},
};

static void what_cannot_be_is_refused(void **state) {
    (void)state;
    struct scenario untouched;
    size_t wrong = 0;
    memset(&untouched, 0x5a, sizeof untouched);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (parse(refused[i].text) == ERR_OK) fail_msg("accepted: %s", refused[i].text);
        if (strstr(error.text, refused[i].says) == NULL || error.place.line != refused[i].line) {
            print_error("%s: line %u: %s\n", refused[i].text, error.place.line, error.text);
            wrong++;
        }
        assert_string_equal(error.place.file, "some/where/slow-drift.scenario");
        assert_true(error.place.column >= 1);
        assert_memory_equal(&scenario, &untouched, sizeof scenario);
    }
    assert_int_equal(wrong, 0);
}

static void lines_and_actions_are_limited(void **state) {
    (void)state;
    static char text[32768];
    size_t length = (size_t)snprintf(text, sizeof text, TOP);
    for (int i = 0; i <= SCENARIO_ACTIONS_MAX; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "at 1h server 1 stops\n");
    assert_int_equal(parse(text), ERR_FULL);
    assert_int_equal(error.place.line, SCENARIO_ACTIONS_MAX + 3);
    memset(text, 'x', 1000);
    text[1000] = '\0';
    assert_int_equal(parse(text), ERR_TOO_LONG);
}

static void nodes_and_what_happens_to_one(void **state) {
    (void)state;
    assert_int_equal(parse(TOP), ERR_OK);
    assert_true(scenario.setting.nodes == 1);
    assert_int_equal(parse(TOP "nodes 16 fan\nat 1h node 16 path 1 loss 5%\nat 2h node 2 node "
                               "restart\nat 3h node restart\nat 3h node 1 clock step 1s\n"),
                     ERR_OK);
    assert_int_equal(scenario.setting.nodes, 16);
    assert_int_equal(scenario.setting.shape, SETTING_FAN);
    assert_int_equal(scenario.actions[0].node, 15);
    assert_string_equal(scenario.actions[0].text, "node 16 path 1 loss 5%");
    assert_int_equal(scenario.actions[1].node, 1);
    assert_int_equal(scenario.actions[1].kind, ACTION_NODE_STOP);
    assert_int_equal(scenario.actions[2].node, 0);
    assert_int_equal(scenario.actions[2].kind, ACTION_NODE_STOP);
    assert_int_equal(scenario.actions[3].node, 0);
    assert_int_equal(parse(TOP "nodes 14 chain\n"), ERR_OK);
    assert_int_equal(scenario.setting.shape, SETTING_CHAIN);
}

static void a_kiss_has_its_code(void **state) {
    (void)state;
    assert_int_equal(parse(TOP "at 1h server all kiss deny\nat 2h path all kiss rate\n"), ERR_OK);
    assert_int_equal(scenario.actions[0].code, NTP_CLIENT_KISS_DENY);
    assert_int_equal(scenario.actions[1].code, NTP_CLIENT_KISS_RATE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_scenario),
        cmocka_unit_test(every_action_can_be_written),
        cmocka_unit_test(selectors),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(lines_and_actions_are_limited),
        cmocka_unit_test(a_kiss_has_its_code),
        cmocka_unit_test(nodes_and_what_happens_to_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

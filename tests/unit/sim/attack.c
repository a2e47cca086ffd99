/* sim/attack and sim/rehearsal: every attack is whole, hits whom it says, and a run is its seed's.
 */
#include "sim/attack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/parse.h"
#include "sim/rehearsal.h"

enum { ATTACKS_LEAST = 42 };

static struct subject subject;
static struct attack attack, other;

static void read_subject(const char *text) {
    static struct config config;
    static struct config_error error;
    memset(&config, 0, sizeof config);
    assert_int_equal(parse_text("test", text, strlen(text), NULL, &config, &error), ERR_OK);
    subject_init(&subject, &config);
}

static void load(const char *name, struct attack *out) {
    struct config_error error;
    for (size_t i = 0; i < attack_count(); i++) {
        assert_true(attack_load(i, out, &error));
        if (strcmp(out->scenario.name, name) == 0) return;
    }
    fail_msg("no attack %s", name);
}

static bool same_actions(const struct attack *a, const struct attack *b) {
    if (a->scenario.action_count != b->scenario.action_count) return false;
    for (uint32_t i = 0; i < a->scenario.action_count; i++) {
        const struct action *x = &a->scenario.actions[i], *y = &b->scenario.actions[i];
        if (strcmp(x->text, y->text) != 0 || x->at_s != y->at_s || x->until_s != y->until_s)
            return false;
    }
    return true;
}

static void every_attack_is_whole_and_another_one(void **state) {
    (void)state;
    struct config_error error;
    assert_in_range(attack_count(), ATTACKS_LEAST, ATTACK_MAX);
    for (size_t i = 0; i < attack_count(); i++) {
        if (!attack_load(i, &attack, &error)) fail_msg("%s: %s", error.place.file, error.text);
        const char *name = attack.scenario.name;
        if (attack.scenario.about[0] == '\0' || attack.scenario.source[0] == '\0')
            fail_msg("%s says not what it is, or not where it is from", name);
        if (attack.scenario.needs == SCENARIO_NEEDS_NONE) fail_msg("%s needs nothing", name);
        if (attack.scenario.action_count == 0) fail_msg("nothing happens in %s", name);
        if (attack.begin_s < 2 * 3600 || attack.end_s > 8 * 3600)
            fail_msg("%s is not from 2 h to 8 h", name);
        for (size_t k = 0; k < i; k++) {
            assert_true(attack_load(k, &other, &error));
            if (same_actions(&attack, &other)) fail_msg("%s is %s", name, other.scenario.name);
        }
    }
}

static void what_is_not_simulated_has_its_reason(void **state) {
    (void)state;
    assert_true(attack_unsimulated_count >= 10);
    for (size_t i = 0; i < attack_unsimulated_count; i++)
        assert_true(strlen(attack_unsimulated[i].reason) > 10 &&
                    attack_unsimulated[i].source[0] != '\0');
}

static void whom_it_hits(void **state) {
    (void)state;
    read_subject("server ntp.a.example nts\nserver x.b.example\nserver y.b.example\n"
                 "server 192.0.2.1\nserver 198.51.100.1\n");
    load("rewrite-second", &attack);
    assert_int_equal(attack_hits(&attack, &subject),
                     0x1e); /* nobody forges what is authenticated */
    load("delay-all", &attack);
    assert_int_equal(attack_hits(&attack, &subject), 0x1f);
    load("operator-step", &attack);
    assert_int_equal(attack_hits(&attack, &subject), 0x06);
    load("minority-step", &attack);
    assert_int_equal(attack_hits(&attack, &subject), 0x06);
    load("majority-step", &attack);
    assert_int_equal(__builtin_popcountll(attack_hits(&attack, &subject)), 3);
    load("dns-restart", &attack);
    assert_int_equal(attack_hits(&attack, &subject), 0x07);
    load("clock-step", &attack);
    assert_int_equal(attack_hits(&attack, &subject), 0);
}

static struct rehearsal_result *rehearse(const struct attack *with, uint64_t seed, double hours) {
    struct rehearsal_result *result = calloc(1, sizeof *result);
    struct config_error why;
    struct rehearsal rehearsal = {.subject = &subject,
                                  .attack = with,
                                  .seed = seed,
                                  .settle_s = 3600,
                                  .cut_s = 3 * 3600.0,
                                  .full_s = hours * 3600};
    assert_non_null(result);
    if (!rehearsal_run(&rehearsal, result, &why)) fail_msg("%s", why.text);
    assert_true(result->full.ran && result->cut.ran);
    return result;
}

static void authentication_takes_the_pen_away(void **state) {
    (void)state;
    load("rewrite-second", &attack);
    read_subject("server ntp.a.example iburst\nserver ntp.b.example iburst\n"
                 "server ntp.c.example iburst\n");
    struct rehearsal_result *open = rehearse(&attack, 1, 3);
    read_subject("server ntp.a.example iburst nts\nserver ntp.b.example iburst nts\n"
                 "server ntp.c.example iburst nts\n");
    struct rehearsal_result *closed = rehearse(&attack, 1, 3), *quiet = rehearse(NULL, 1, 3);
    assert_true(open->full.error_max_s > 0.5 && open->full.beyond_s > 0.1 && open->full.excused);
    assert_true(closed->full.error_max_s < 5e-3 && closed->full.beyond_s == 0);
    assert_int_equal(closed->full.breaches, 0);
    assert_true(outcome_judge(&open->full, &quiet->full, attack.begin_s).class >= OUTCOME_MOVED);
    assert_true(outcome_judge(&closed->full, &quiet->full, attack.begin_s).class < OUTCOME_MOVED);
    free(open);
    free(closed);
    free(quiet);
}

/* What a run shows until the cut does not depend on how long it goes on. */
static void the_cut_of_a_long_run_is_the_short_run(void **state) {
    (void)state;
    read_subject("server ntp.a.example iburst\nserver ntp.b.example iburst nts\n");
    load("server-step", &attack);
    struct rehearsal_result *brief = rehearse(&attack, 7, 3), *tall = rehearse(&attack, 7, 6);
    struct rehearsal_result *another = rehearse(&attack, 8, 3);
    assert_true(brief->full.error_max_s == tall->cut.error_max_s);
    assert_true(brief->full.bound_max_s == tall->cut.bound_max_s);
    assert_int_equal(brief->full.requests, tall->cut.requests);
    assert_memory_equal(brief->full.sign_at_s, tall->cut.sign_at_s, sizeof tall->cut.sign_at_s);
    assert_true(brief->full.error_max_s != another->full.error_max_s);
    free(brief);
    free(tall);
    free(another);
}

static void a_key_is_what_a_run_depends_on(void **state) {
    (void)state;
    static struct subject before;
    struct rehearsal a = {.subject = &before,
                          .attack = &attack,
                          .seed = 1,
                          .settle_s = 3600,
                          .cut_s = 3 * 3600,
                          .full_s = 24 * 3600};
    load("rewrite-second", &attack);
    read_subject("server ntp.a.example nts\nserver ntp.b.example\n");
    before = subject;
    struct rehearsal b = a;
    b.full_s = 3 * 3600;
    assert_true(rehearsal_key(&a) == rehearsal_key(&b));
    b.seed = 2;
    assert_true(rehearsal_key(&a) != rehearsal_key(&b));
    b = a;
    b.subject = &subject;
    assert_true(rehearsal_key(&a) == rehearsal_key(&b));
    subject.config.max_bound_s = 0.1;
    assert_true(rehearsal_key(&a) != rehearsal_key(&b));
    b = a;
    b.attack = NULL;
    assert_true(rehearsal_key(&a) != rehearsal_key(&b));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_attack_is_whole_and_another_one),
        cmocka_unit_test(what_is_not_simulated_has_its_reason),
        cmocka_unit_test(whom_it_hits),
        cmocka_unit_test(authentication_takes_the_pen_away),
        cmocka_unit_test(the_cut_of_a_long_run_is_the_short_run),
        cmocka_unit_test(a_key_is_what_a_run_depends_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

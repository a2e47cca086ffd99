/* See the header. Every number in a sentence is from a run. */
#include "main/etalon_rehearse_words.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

struct class_row {
    const char *name, *meaning;
    enum etalon_colour colour;
};

static const double large_s = 120; /* from here on minutes and hours are easier to read */

static const struct class_row class_rows[OUTCOME_CLASSES] = {
    [OUTCOME_HELD] = {"held", "no further from the truth than without the attack", GREEN},
    [OUTCOME_WIDENED] = {"bound widened", "held, and said that it knew the time less well", GREEN},
    [OUTCOME_WITHDREW] = {"withdrew", "held, and gave no time while it could not be sure", YELLOW},
    [OUTCOME_MOVED_WITHIN] = {"moved within bound",
                              "moved, by no more than the bound that was served with the time",
                              YELLOW},
    [OUTCOME_MOVED] = {"moved, noticed", "moved beyond the bound; something was noticed", RED},
    [OUTCOME_UNDETECTED] = {"moved undetected", "moved beyond the bound, and nothing showed it",
                            RED},
};

const char *etalon_rehearse_words_seconds(double seconds, char out[TEXT_BYTES]) {
    return seconds >= large_s ? text_age(seconds, out) : text_seconds(seconds, out);
}

const char *etalon_rehearse_words_class(enum outcome_class class) {
    return class_rows[class].name;
}

enum etalon_colour etalon_rehearse_words_colour(enum outcome_class class) {
    return class_rows[class].colour;
}

const char *etalon_rehearse_words_meaning(enum outcome_class class) {
    return class_rows[class].meaning;
}

const char *etalon_rehearse_words_headline(const struct etalon_rehearse_report *report,
                                           char out[ETALON_REHEARSE_WORDS_BYTES]) {
    const struct standing *s = &report->before;
    char worst[TEXT_BYTES], quiet[TEXT_BYTES];
    if (s->attacks == 0) {
        snprintf(out, ETALON_REHEARSE_WORDS_BYTES, "No attack was run to its end.");
        return out;
    }
    snprintf(out, ETALON_REHEARSE_WORDS_BYTES,
             "%u attacks: %u moved served time beyond its bound, %u within it, %u silenced it, %u "
             "did nothing to it. Worst error %s (%s without an attack).",
             s->attacks, standing_findings(s), s->classes[OUTCOME_MOVED_WITHIN],
             s->classes[OUTCOME_WITHDREW], s->classes[OUTCOME_HELD] + s->classes[OUTCOME_WIDENED],
             etalon_rehearse_words_seconds(s->worst_s, worst),
             etalon_rehearse_words_seconds(s->control_error_s, quiet));
    return out;
}

const char *etalon_rehearse_words_hits(const struct etalon_rehearse_report *report, size_t attack,
                                       char out[ETALON_REHEARSE_WORDS_BYTES]) {
    const struct subject *subject = &report->variants[0].subject;
    uint64_t hits = attack_hits(&report->attacks[attack], subject);
    if (hits == 0)
        snprintf(out, ETALON_REHEARSE_WORDS_BYTES, "%s",
                 report->attacks[attack].scenario.needs == SCENARIO_NEEDS_HOST ? "host" : "-");
    else
        snprintf(out, ETALON_REHEARSE_WORDS_BYTES, "%d of %u, %u op", __builtin_popcountll(hits),
                 (unsigned)subject->config.source_count,
                 (unsigned)subject_operators_of(subject, hits));
    return out;
}

const char *etalon_rehearse_words_notice(const struct outcome *outcome,
                                         const struct outcome_verdict *verdict,
                                         char out[ETALON_REHEARSE_WORDS_BYTES]) {
    char age[TEXT_BYTES];
    if (verdict->detected_s < 0)
        snprintf(out, ETALON_REHEARSE_WORDS_BYTES, "nothing");
    else if (verdict->sign == OUTCOME_DROPS)
        snprintf(out, ETALON_REHEARSE_WORDS_BYTES, "drops (%s) after %s", err_name(outcome->drop),
                 text_age(verdict->detected_s, age));
    else
        snprintf(out, ETALON_REHEARSE_WORDS_BYTES, "%s after %s", outcome_sign_name(verdict->sign),
                 text_age(verdict->detected_s, age));
    return out;
}

/* --- why --- */

static bool was_run(const struct etalon_rehearse_report *report, size_t attack) {
    return report->variants[0].control && report->variants[0].attacks[attack];
}

struct reasons {
    const struct etalon_rehearse_report *report;
    char (*out)[ETALON_REHEARSE_WORDS_BYTES];
    size_t count;
};

__attribute__((format(printf, 2, 3))) static void say(struct reasons *r, const char *format, ...) {
    if (r->count == ETALON_REHEARSE_REASONS) return;
    va_list values;
    va_start(values, format);
    vsnprintf(r->out[r->count++], ETALON_REHEARSE_WORDS_BYTES, format, values);
    va_end(values);
}

/* The worst of the attacks that need that, if it moved the node: " (rewrite-second moved ...)". */
static const char *example(const struct reasons *r, enum scenario_needs needs, char out[128]) {
    const struct etalon_rehearse_report *report = r->report;
    const struct etalon_rehearse_variant *base = &report->variants[0];
    size_t order[ATTACK_MAX], count = etalon_rehearse_report_order(report, order);
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const struct attack *attack = &report->attacks[order[i]];
        char error[TEXT_BYTES];
        if (attack->scenario.needs != needs) continue;
        if (etalon_rehearse_report_verdict(report, base, order[i]).class < OUTCOME_MOVED_WITHIN)
            break;
        snprintf(out, 128, " \"%s\" moved this clock by %s.", attack->scenario.name,
                 etalon_rehearse_words_seconds(base->attacks[order[i]]->full.error_max_s, error));
        break;
    }
    return out;
}

static void blame_operators(struct reasons *r) {
    const struct subject *subject = &r->report->variants[0].subject;
    uint64_t voters = subject_voters(subject);
    uint64_t largest = subject_largest_operator(subject) & voters;
    int size = __builtin_popcountll(largest), all = __builtin_popcountll(voters);
    char moved[128];
    if (size < 2 || 2 * size < all) {
        uint64_t most = subject_share(subject, (uint32_t)all / 2 + 1);
        uint32_t operators = subject_operators_of(subject, most);
        if (operators > 1)
            say(r,
                "To be the majority somebody must hold %d sources of %u operators at one time; "
                "fewer are outvoted.",
                __builtin_popcountll(most), (unsigned)operators);
        return;
    }
    const char *name = subject->config.sources[__builtin_ctzll(largest)].name;
    say(r,
        "%d of %d sources are in the hands of one operator (%s). Whoever runs it, breaks into it "
        "or "
        "gets servers of his own into it is the majority, and nobody outvotes a majority.%s",
        size, all, operators_domain(name), example(r, SCENARIO_NEEDS_SERVER, moved));
}

static void blame_authentication(struct reasons *r) {
    const struct subject *subject = &r->report->variants[0].subject;
    uint64_t voters = subject_voters(subject), open = voters & ~subject->authenticated;
    int size = __builtin_popcountll(open), all = __builtin_popcountll(voters);
    int named = __builtin_popcountll(open & subject->named);
    char moved[128];
    if (2 * size >= all && all > 0)
        say(r,
            "%d of %d sources are not authenticated. Whoever sits between you and them (an access "
            "point, a router, a hijacked route) writes any time into their replies. nts takes "
            "that from him.%s",
            size, all, example(r, SCENARIO_NEEDS_ON_PATH, moved));
    if (2 * named >= all && all > 0)
        say(r,
            "%d of %d sources are found by a name and not authenticated. Whoever answers for your "
            "resolver chooses your servers, at every start and whenever one is lost.%s",
            named, all, example(r, SCENARIO_NEEDS_RESOLVER, moved));
}

static void blame_number(struct reasons *r) {
    const struct subject *subject = &r->report->variants[0].subject;
    int voters = __builtin_popcountll(subject_voters(subject));
    if (voters == 0) say(r, "No source may be selected: there is no time but the host's own.");
    if (voters == 1) say(r, "There is one source, and nothing to compare it with.");
    if (voters == 2)
        say(r, "With two sources that differ nobody can tell which one lies. Three outvote one "
               "liar; four do so while one of them is down.");
    if (voters == 3)
        say(r, "Three sources outvote one liar, but not while another one is down. Four do.");
}

static void blame_limits(struct reasons *r) {
    const struct config *config = &r->report->variants[0].subject.config;
    if (config->makestep_threshold_s > 0 && config->makestep_limit < 0)
        say(r,
            "makestep %g -1 lets the clock be stepped at any time, by whoever can make the "
            "sources agree.",
            config->makestep_threshold_s);
}

/* A bound is promised while fewer than half of the sources lie and the oscillator keeps to its
 * tolerance. Outside of that it cannot be honest; inside it must be. */
static void confess(struct reasons *r) {
    const struct etalon_rehearse_report *report = r->report;
    uint32_t liars = 0, others = 0;
    double most_s = 0;
    char text[TEXT_BYTES];
    for (size_t i = 0; i < report->attack_count; i++) {
        if (!was_run(report, i)) continue;
        const struct outcome *outcome = &report->variants[0].attacks[i]->full;
        if (!(outcome->beyond_s > 0)) continue;
        bool majority = outcome->excused && 2 * outcome->liars >= outcome->sources;
        liars += majority;
        others += outcome->excused && !majority;
        if (outcome->excused) most_s = fmax(most_s, outcome->beyond_s);
        if (!outcome->excused)
            say(r,
                "BROKEN PROMISE: in \"%s\" the truth was outside the bound by %s although fewer "
                "than half of the sources lied. That is a defect of Etalon: please report it with "
                "seed %llu.",
                report->attacks[i].scenario.name,
                etalon_rehearse_words_seconds(outcome->beyond_s, text),
                (unsigned long long)report->seed);
    }
    if (liars + others == 0) return;
    say(r,
        "In %u attacks the truth was outside the bound, by up to %s: in %u of them half of the "
        "sources or more lied, in %u the machine or its configuration was in other hands. No bound "
        "survives that. What helps is to make a majority hard to get.",
        (unsigned)(liars + others), etalon_rehearse_words_seconds(most_s, text), (unsigned)liars,
        (unsigned)others);
}

size_t
etalon_rehearse_words_reasons(const struct etalon_rehearse_report *report,
                              char out[ETALON_REHEARSE_REASONS][ETALON_REHEARSE_WORDS_BYTES]) {
    struct reasons r = {.report = report, .out = out};
    blame_number(&r);
    blame_operators(&r);
    blame_authentication(&r);
    blame_limits(&r);
    confess(&r);
    return r.count;
}

/* --- what a change did --- */

__attribute__((format(printf, 2, 3))) static void add(char *out, const char *format, ...) {
    size_t length = strlen(out);
    va_list values;
    va_start(values, format);
    vsnprintf(out + length, ETALON_REHEARSE_WORDS_BYTES - length, format, values);
    va_end(values);
}

static void add_count(char *out, int before, int after, const char *what) {
    int fewer = before - after, size = fewer < 0 ? -fewer : fewer;
    if (fewer == 0) return;
    add(out, "; %d attack%s %s %s (%d -> %d)", size, size == 1 ? "" : "s",
        fewer > 0 ? "fewer" : "more", what, before, after);
}

const char *etalon_rehearse_words_effect(const struct etalon_rehearse_variant *variant,
                                         char out[ETALON_REHEARSE_WORDS_BYTES]) {
    const struct standing *before = &variant->rival, *after = &variant->standing;
    char a[TEXT_BYTES], b[TEXT_BYTES];
    double packets = after->packets_per_s - before->packets_per_s;
    double unserved_s = after->unserved_s - before->unserved_s;
    out[0] = '\0';
    add(out, "worst error %s -> %s", etalon_rehearse_words_seconds(before->worst_s, a),
        etalon_rehearse_words_seconds(after->worst_s, b));
    add_count(out, (int)standing_findings(before), (int)standing_findings(after),
              "beyond the bound");
    add_count(out, (int)standing_moved(before), (int)standing_moved(after), "move it at all");
    if (fabs(packets) >= 5e-5)
        add(out, "; %s %.4f packets/s", packets > 0 ? "costs" : "saves", fabs(packets));
    if (fabs(unserved_s) >= 1)
        add(out, "; %s without time in an attack, on average: %s",
            unserved_s > 0 ? "longer" : "shorter", text_age(fabs(unserved_s), a));
    return out;
}

/* --- how --- */

static void describe_paths(struct reasons *r) {
    const struct subject *subject = &r->report->variants[0].subject;
    uint32_t measured = 0, count = subject->config.source_count;
    for (uint32_t i = 0; i < count; i++) measured += subject->paths[i].measured;
    if (measured > 0)
        say(r,
            "Delay, jitter and root distance of %u of %u sources are those that the running "
            "daemon measures.",
            (unsigned)measured, (unsigned)count);
    if (measured < count)
        say(r,
            "%s: a round trip of 12 to 28 ms, 1 ms of exponential jitter each way, a stratum 2 "
            "server with 1 ms of root delay and dispersion.",
            measured > 0 ? "Assumed of the others" : "Nothing is measured of the paths; assumed");
    say(r, "The oscillator: %s, wandering by some 6e-9 in an hour%s.",
        subject->oscillator_measured ? "as far off in frequency as the daemon measures"
                                     : "an ordinary crystal, 5 ppm fast (assumed)",
        subject->oscillator_measured ? "" : "; no daemon told of it");
}

size_t
etalon_rehearse_words_method(const struct etalon_rehearse_report *report,
                             char out[ETALON_REHEARSE_REASONS][ETALON_REHEARSE_WORDS_BYTES]) {
    struct reasons r = {.report = report, .out = out};
    char age[TEXT_BYTES];
    say(&r,
        "%zu simulations of the shipped code, %.1f simulated days: Etalon %s, seed %llu, "
        "configuration %.16s.",
        report->runs, (double)report->simulated_s / 86400, report->version,
        (unsigned long long)report->seed, report->hash);
    if (report->quick)
        say(&r, "Quick: each run ends an hour after its attack, and changes are tried alone.");
    else
        say(&r,
            "The operator's configuration met every attack for %g hours; errors count after the "
            "first %s. Changes were tried in the %d attacks that did it most harm, until an hour "
            "after each; what helped was run in all the others, too.",
            report->hours, text_age(report->settle_s, age), ETALON_REHEARSE_TRIALS);
    say(&r, "\"Moved\" is farther from the truth than twice the largest error without an attack, "
            "with the same seed.");
    describe_paths(&r);
    say(&r, "No name was resolved and nobody was asked. Authentication is simulated as a property "
            "of the association: replies cannot be forged or rewritten.");
    return r.count;
}

/* See the header. A time that never came is null. */
#include "main/etalon_rehearse_json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "main/etalon_output.h"
#include "main/etalon_rehearse_words.h"

static void time_or_null(struct json *json, const char *key, double value_s) {
    json_double(json, key, value_s < 0 ? NAN : value_s);
}

static void put_standing(struct json *json, const char *key, const struct standing *standing) {
    json_open_object(json, key);
    json_uint(json, "attacks", standing->attacks);
    for (int i = 0; i < OUTCOME_CLASSES; i++)
        json_uint(json, outcome_class_name((enum outcome_class)i), standing->classes[i]);
    json_double(json, "worst_error_s", standing->worst_s);
    json_double(json, "harm", standing->harm);
    json_double(json, "unserved_s", standing->unserved_s);
    json_double(json, "control_error_s", standing->control_error_s);
    json_double(json, "control_bound_s", standing->control_bound_s);
    json_double(json, "packets_per_s", standing->packets_per_s);
    json_close_object(json);
}

static void put_signs(struct json *json, const struct outcome *outcome, double begin_s) {
    json_open_object(json, "signs_s");
    for (int i = 0; i < OUTCOME_SIGNS; i++)
        if (outcome->sign_at_s[i] >= 0)
            json_double(json, outcome_sign_name((enum outcome_sign)i),
                        outcome->sign_at_s[i] - begin_s);
    json_close_object(json);
}

static void put_outcome(struct json *json, const struct outcome *outcome,
                        const struct outcome_verdict *verdict, const struct attack *attack) {
    bool detected = verdict->detected_s >= 0;
    json_string(json, "verdict", outcome_class_name(verdict->class));
    json_double(json, "error_s", outcome->error_max_s);
    json_double(json, "error_at_s", outcome->error_max_at_s);
    json_double(json, "beyond_s", outcome->beyond_s);
    json_double(json, "bound_s", outcome->bound_max_s);
    json_double(json, "unserved_s", outcome->unserved_s);
    time_or_null(json, "detected_s", verdict->detected_s);
    if (detected)
        json_string(json, "detected_by", outcome_sign_name(verdict->sign));
    else
        json_null(json, "detected_by");
    put_signs(json, outcome, attack->begin_s);
    json_uint(json, "drops", outcome->drops);
    time_or_null(json, "recovered_s", verdict->recovered_s);
    json_uint(json, "liars", outcome->liars);
    if (outcome->excused)
        json_string(json, "excuse", outcome->excuse);
    else
        json_null(json, "excuse");
}

static void put_attack(struct json *json, const struct etalon_rehearse_report *report, size_t i) {
    const struct etalon_rehearse_variant *base = &report->variants[0];
    const struct etalon_rehearse_variant *best = etalon_rehearse_report_best(report);
    const struct attack *attack = &report->attacks[i];
    struct outcome_verdict verdict = etalon_rehearse_report_verdict(report, base, i);
    json_open_object(json, NULL);
    json_string(json, "name", attack->scenario.name);
    json_string(json, "about", attack->scenario.about);
    json_string(json, "source", attack->scenario.source);
    json_string(json, "needs", scenario_needs_name(attack->scenario.needs));
    uint64_t hits = attack_hits(attack, &base->subject);
    json_uint(json, "hits", (uint64_t)__builtin_popcountll(hits));
    json_uint(json, "operators_hit", subject_operators_of(&base->subject, hits));
    json_double(json, "begin_s", attack->begin_s);
    json_double(json, "end_s", attack->end_s);
    put_outcome(json, &base->attacks[i]->full, &verdict, attack);
    if (best != base && best->control && best->attacks[i]) {
        verdict = etalon_rehearse_report_verdict(report, best, i);
        json_open_object(json, "with_advice");
        put_outcome(json, &best->attacks[i]->full, &verdict, attack);
        json_close_object(json);
    }
    json_close_object(json);
}

static void put_lines(struct json *json, const char *diff) {
    char line[DIRECTIVES_LINE_BYTES + 4];
    json_open_array(json, "directives");
    for (; *diff; diff += strcspn(diff, "\n") + 1) {
        snprintf(line, sizeof line, "%.*s", (int)strcspn(diff, "\n"), diff);
        json_string(json, NULL, line);
    }
    json_close_array(json);
}

static void put_change(struct json *json, const struct etalon_rehearse_report *report,
                       size_t index) {
    static struct directives before, after;
    const struct etalon_rehearse_variant *v = &report->variants[index];
    char text[CHANGE_REASON_BYTES], diff[DIRECTIVES_DIFF_BYTES];
    char words[ETALON_REHEARSE_WORDS_BYTES];
    directives_of(&report->variants[v->parent].subject, &before);
    directives_of(&v->subject, &after);
    json_open_object(json, NULL);
    json_string(json, "name", change_name(&v->change, text));
    json_string(json, "title", change_title(&v->change, text));
    put_lines(json, directives_diff(&before, &after, diff));
    json_string(json, "caution", change_caution(&v->change));
    json_bool(json, "helps", v->helps);
    json_bool(json, "everywhere", v->everywhere);
    json_string(json, "effect", etalon_rehearse_words_effect(v, words));
    put_standing(json, "before", &v->rival);
    put_standing(json, "after", &v->standing);
    json_close_object(json);
}

static void put_sentences(struct json *json, const char *key,
                          char sentences[][ETALON_REHEARSE_WORDS_BYTES], size_t count) {
    json_open_array(json, key);
    for (size_t i = 0; i < count; i++) json_string(json, NULL, sentences[i]);
    json_close_array(json);
}

static void put_words(struct json *json, const struct etalon_rehearse_report *report) {
    static char sentences[ETALON_REHEARSE_REASONS][ETALON_REHEARSE_WORDS_BYTES];
    char line[ETALON_REHEARSE_WORDS_BYTES];
    json_string(json, "summary", etalon_rehearse_words_headline(report, line));
    size_t count = etalon_rehearse_words_reasons(report, sentences);
    put_sentences(json, "reasons", sentences, count);
    count = etalon_rehearse_words_method(report, sentences);
    put_sentences(json, "method", sentences, count);
}

static void put_unsimulated(struct json *json) {
    json_open_array(json, "unsimulated");
    for (size_t i = 0; i < attack_unsimulated_count; i++) {
        json_open_object(json, NULL);
        json_string(json, "name", attack_unsimulated[i].name);
        json_string(json, "about", attack_unsimulated[i].about);
        json_string(json, "source", attack_unsimulated[i].source);
        json_string(json, "reason", attack_unsimulated[i].reason);
        json_close_object(json);
    }
    json_close_array(json);
}

static void put_head(struct json *json, const struct etalon_rehearse_report *report) {
    json_string(json, "configuration", report->file);
    json_string(json, "configuration_sha256", report->hash);
    json_string(json, "version", report->version);
    json_uint(json, "seed", report->seed);
    json_double(json, "hours", report->hours);
    json_bool(json, "quick", report->quick);
    json_bool(json, "interrupted", report->interrupted);
    json_bool(json, "measured", report->measured);
    json_uint(json, "sources", report->variants[0].subject.config.source_count);
    json_uint(json, "operators", report->variants[0].subject.operators.count);
    json_uint(json, "runs", report->runs);
    json_uint(json, "simulated_s", report->simulated_s);
    json_double(json, "wall_s", report->wall_s);
}

bool etalon_rehearse_json(const struct etalon_rehearse_report *report) {
    struct json json;
    size_t order[ATTACK_MAX], count = etalon_rehearse_report_order(report, order);
    etalon_output_json_begin(&json);
    json_open_object(&json, NULL);
    put_head(&json, report);
    put_words(&json, report);
    put_standing(&json, "before", &report->before);
    if (report->after.attacks > 0) put_standing(&json, "after", &report->after);
    json_open_array(&json, "attacks");
    for (size_t i = 0; i < count; i++) put_attack(&json, report, order[i]);
    json_close_array(&json);
    json_open_array(&json, "changes");
    for (size_t i = 0; i < report->ranked_count; i++) put_change(&json, report, report->ranked[i]);
    json_close_array(&json);
    json_open_array(&json, "advice");
    for (size_t i = 0; i < report->step_count; i++) put_change(&json, report, report->steps[i]);
    json_close_array(&json);
    put_unsimulated(&json);
    json_close_object(&json);
    return etalon_output_json_print(&json);
}

bool etalon_rehearse_json_list(const struct etalon_rehearse_report *report) {
    struct json json;
    etalon_output_json_begin(&json);
    json_open_object(&json, NULL);
    json_open_array(&json, "attacks");
    for (size_t i = 0; i < report->attack_count; i++) {
        const struct attack *attack = &report->attacks[i];
        json_open_object(&json, NULL);
        json_string(&json, "name", attack->scenario.name);
        json_string(&json, "about", attack->scenario.about);
        json_string(&json, "source", attack->scenario.source);
        json_string(&json, "needs", scenario_needs_name(attack->scenario.needs));
        json_double(&json, "begin_s", attack->begin_s);
        json_double(&json, "end_s", attack->end_s);
        json_close_object(&json);
    }
    json_close_array(&json);
    put_unsimulated(&json);
    json_close_object(&json);
    return etalon_output_json_print(&json);
}

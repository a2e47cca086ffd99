/* See the header. Lines are filled to 96 columns. */
#include "main/etalon_rehearse_text.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "main/etalon_rehearse_words.h"
#include "main/etalon_table.h"

enum { COLUMNS = 96 };

/* Fills lines with the words of text; `column` are taken of the first, the others are indented. */
static void print_filled(const char *text, size_t indent, size_t column) {
    bool begun = false;
    while (*text) {
        size_t length = strcspn(text, " ");
        if (begun && column + 1 + length > COLUMNS) {
            printf("\n%*s", (int)indent, "");
            column = indent;
        } else if (begun) {
            putchar(' ');
            column++;
        }
        printf("%.*s", (int)length, text);
        begun = true;
        column += length;
        text += length + (text[length] == ' ');
    }
    putchar('\n');
}

static void heading(const char *text, const struct etalon_output *output) {
    printf("\n%s%s%s\n", etalon_output_colour(output, BOLD), text,
           etalon_output_colour(output, PLAIN));
}

static void print_sentences(char sentences[][ETALON_REHEARSE_WORDS_BYTES], size_t count) {
    for (size_t i = 0; i < count; i++) {
        fputs("  * ", stdout);
        print_filled(sentences[i], 4, 4);
    }
}

static void print_summary(const struct etalon_rehearse_report *report,
                          const struct etalon_output *output) {
    static char reasons[ETALON_REHEARSE_REASONS][ETALON_REHEARSE_WORDS_BYTES];
    char line[ETALON_REHEARSE_WORDS_BYTES];
    enum etalon_colour colour = etalon_rehearse_report_has_findings(report) ? RED
                                : standing_moved(&report->before) > 0       ? YELLOW
                                                                            : GREEN;
    printf("%sRehearsal of %s%s\n", etalon_output_colour(output, BOLD), report->file,
           etalon_output_colour(output, PLAIN));
    if (report->interrupted)
        printf("%sInterrupted: this is what was found until then.%s\n",
               etalon_output_colour(output, YELLOW), etalon_output_colour(output, PLAIN));
    fputs(etalon_output_colour(output, colour), stdout);
    print_filled(etalon_rehearse_words_headline(report, line), 0, 0);
    fputs(etalon_output_colour(output, PLAIN), stdout);
    size_t count = etalon_rehearse_words_reasons(report, reasons);
    heading("Why", output);
    print_sentences(reasons, count);
}

static void attack_row(const struct etalon_rehearse_report *report, size_t attack,
                       struct etalon_table *table) {
    const struct etalon_rehearse_variant *base = &report->variants[0];
    const struct outcome *outcome = &base->attacks[attack]->full;
    struct outcome_verdict verdict = etalon_rehearse_report_verdict(report, base, attack);
    char text[TEXT_BYTES], words[ETALON_REHEARSE_WORDS_BYTES];
    if (!etalon_table_row(table, etalon_rehearse_words_colour(verdict.class))) return;
    etalon_table_cell(table, 0, "%s", report->attacks[attack].scenario.name);
    etalon_table_cell(table, 1, "%s", scenario_needs_name(report->attacks[attack].scenario.needs));
    etalon_table_cell(table, 2, "%s", etalon_rehearse_words_hits(report, attack, words));
    etalon_table_cell(table, 3, "%s", etalon_rehearse_words_seconds(outcome->error_max_s, text));
    etalon_table_cell(table, 4, "%s",
                      outcome->beyond_s > 0 ? etalon_rehearse_words_seconds(outcome->beyond_s, text)
                                            : "-");
    etalon_table_cell(table, 5, "%s", etalon_rehearse_words_seconds(outcome->bound_max_s, text));
    etalon_table_cell(table, 6, "%s", etalon_rehearse_words_notice(outcome, &verdict, words));
    etalon_table_cell(table, 7, "%s",
                      verdict.recovered_s < 0 ? "never" : text_age(verdict.recovered_s, text));
    etalon_table_cell(table, 8, "%s", etalon_rehearse_words_class(verdict.class));
}

static void print_held(const struct etalon_rehearse_report *report, const size_t *order,
                       size_t count) {
    static char names[ATTACK_MAX * SCENARIO_NAME_BYTES];
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", i > 0 ? ", " : "",
                                   report->attacks[order[i]].scenario.name);
    if (count == 0) return;
    int first = printf("held (%zu): ", count);
    print_filled(names, 2, (size_t)first);
}

static void print_attacks(const struct etalon_rehearse_report *report,
                          const struct etalon_output *output) {
    static struct etalon_table table;
    size_t order[ATTACK_MAX], count = etalon_rehearse_report_order(report, order), shown = 0;
    heading("Attacks", output);
    etalon_table_head(&table, "attack|needs|hits|>error|>beyond|>bound|noticed|>back|verdict");
    for (; shown < count; shown++) {
        struct outcome_verdict verdict =
            etalon_rehearse_report_verdict(report, &report->variants[0], order[shown]);
        if (verdict.class == OUTCOME_HELD) break;
        attack_row(report, order[shown], &table);
    }
    if (shown > 0) etalon_table_print(&table, output);
    print_held(report, order + shown, count - shown);
    printf(
        "%shits: sources, and of how many operators; error: the largest of served time; beyond: by "
        "how\nmuch it was outside its bound at most; back: after the attack's end%s\n",
        etalon_output_colour(output, DIM), etalon_output_colour(output, PLAIN));
}

static void print_change(const struct etalon_rehearse_report *report, size_t variant,
                         const char *mark, const struct etalon_output *output) {
    const struct etalon_rehearse_variant *v = &report->variants[variant];
    static struct directives before, after;
    char diff[DIRECTIVES_DIFF_BYTES], title[CHANGE_REASON_BYTES];
    char words[ETALON_REHEARSE_WORDS_BYTES];
    printf(" %s %s%s%s\n", mark, etalon_output_colour(output, BOLD),
           change_title(&v->change, title), etalon_output_colour(output, PLAIN));
    directives_of(&report->variants[v->parent].subject, &before);
    directives_of(&v->subject, &after);
    directives_diff(&before, &after, diff);
    for (const char *line = diff; *line;) {
        size_t length = strcspn(line, "\n");
        enum etalon_colour colour = *line == '+' ? GREEN : *line == '-' ? RED : PLAIN;
        printf("      %s%.*s%s\n", etalon_output_colour(output, colour), (int)length, line,
               etalon_output_colour(output, PLAIN));
        line += length + (line[length] == '\n');
    }
    fputs("      ", stdout);
    print_filled(etalon_rehearse_words_effect(v, words), 6, 6);
    if (*change_caution(&v->change) == '\0') return;
    fputs("      note: ", stdout);
    print_filled(change_caution(&v->change), 6, 12);
}

static void print_ranking(const struct etalon_rehearse_report *report,
                          const struct etalon_output *output) {
    char mark[24], title[CHANGE_REASON_BYTES];
    size_t shown = 0, rest = 0;
    heading("What would help, best first; each was simulated", output);
    for (; shown < report->ranked_count; shown++) {
        if (!report->variants[report->ranked[shown]].helps) break;
        snprintf(mark, sizeof mark, "%zu.", shown + 1);
        print_change(report, report->ranked[shown], mark, output);
    }
    if (shown == 0) printf("  nothing that was tried\n");
    for (size_t i = shown; i < report->ranked_count; i++) {
        const struct etalon_rehearse_variant *v = &report->variants[report->ranked[i]];
        if (v->standing.attacks == 0) continue;
        printf("%s%s", rest++ == 0 ? "  tried, and no clear help: " : "; ",
               change_name(&v->change, title));
    }
    if (rest > 0) putchar('\n');
}

static void print_steps(const struct etalon_rehearse_report *report,
                        const struct etalon_output *output) {
    const struct standing *before = &report->variants[0].standing; /* of the same hours */
    char a[TEXT_BYTES], b[TEXT_BYTES];
    if (report->step_count > 1) heading("On top of the best", output);
    for (size_t i = 1; i < report->step_count; i++)
        print_change(report, report->steps[i], "+", output);
    if (report->after.attacks == 0) return;
    printf("\n%s%s together: worst error %s -> %s, attacks beyond the bound %u -> %u, that move it "
           "at all %u -> %u%s\n",
           etalon_output_colour(output, BOLD), report->step_count > 1 ? "These" : "That one, all",
           etalon_rehearse_words_seconds(before->worst_s, a),
           etalon_rehearse_words_seconds(report->after.worst_s, b), standing_findings(before),
           standing_findings(&report->after), standing_moved(before),
           standing_moved(&report->after), etalon_output_colour(output, PLAIN));
}

void etalon_rehearse_text(const struct etalon_rehearse_report *report,
                          const struct etalon_output *output) {
    static char method[ETALON_REHEARSE_REASONS][ETALON_REHEARSE_WORDS_BYTES];
    print_summary(report, output);
    if (report->before.attacks > 0) print_attacks(report, output);
    if (report->ranked_count > 0) print_ranking(report, output);
    print_steps(report, output);
    heading("How it was measured", output);
    size_t count = etalon_rehearse_words_method(report, method);
    print_sentences(method, count);
    printf("  * %zu attacks cannot be simulated; \"etalon rehearse --list\" names them, with the "
           "reasons.\n",
           attack_unsimulated_count);
}

void etalon_rehearse_text_list(const struct attack *attacks, size_t count,
                               const struct etalon_output *output) {
    heading("Attacks that are simulated", output);
    for (size_t i = 0; i < count; i++) {
        const struct scenario *scenario = &attacks[i].scenario;
        printf("%s%s%s  (%s)\n    ", etalon_output_colour(output, BOLD), scenario->name,
               etalon_output_colour(output, PLAIN), attack_needs_text(scenario->needs));
        print_filled(scenario->about, 4, 4);
        printf("    %sfrom: %s%s\n", etalon_output_colour(output, DIM), scenario->source,
               etalon_output_colour(output, PLAIN));
    }
    heading("Attacks that cannot be simulated here", output);
    for (size_t i = 0; i < attack_unsimulated_count; i++) {
        const struct attack_unsimulated *row = &attack_unsimulated[i];
        printf("%s%s%s\n    ", etalon_output_colour(output, BOLD), row->name,
               etalon_output_colour(output, PLAIN));
        print_filled(row->about, 4, 4);
        fputs("    why not: ", stdout);
        print_filled(row->reason, 4, 13);
        printf("    %sfrom: %s%s\n", etalon_output_colour(output, DIM), row->source,
               etalon_output_colour(output, PLAIN));
    }
}

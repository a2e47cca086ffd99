/* See the header. The page is well-formed XML, too, so that a test can read it. */
#include "main/etalon_rehearse_html.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "main/etalon_rehearse_page.h"
#include "main/etalon_rehearse_plot.h"
#include "main/etalon_rehearse_words.h"
#include "os/storage.h"

#define RAW(markup)              etalon_rehearse_page_raw(page, markup)
#define WORDS(words)             etalon_rehearse_page_words(page, words)
#define FORMAT(...)              etalon_rehearse_page_format(page, __VA_ARGS__)
#define ELEMENT(tag, class, ...) etalon_rehearse_page_element(page, tag, class, __VA_ARGS__)

static const char style[] =
    ":root{color-scheme:light dark;--paper:#fff;--ink:#1c2026;--soft:#5a6472;--line:#d9dde3;"
    "--area:#f7f8fa;--card:#f7f8fa;--bad:#c0392b;--warn:#a86a00;--good:#1d7a4c;--link:#0b63a5}\n"
    "@media(prefers-color-scheme:dark){:root{--paper:#14171b;--ink:#e4e7eb;--soft:#9aa4b1;"
    "--line:#333a43;--area:#1a1e24;--card:#1b2027;--bad:#ff7a6b;--warn:#e9b44c;--good:#4fce8f}}\n"
    "*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);"
    "font:16px/1.5 system-ui,-apple-system,\"Segoe UI\",sans-serif}\n"
    "main{max-width:1160px;margin:0 auto;padding:32px 20px 64px}\n"
    "h1{font-size:28px;line-height:1.2;margin:0 0 4px}h2{font-size:20px;margin:40px 0 10px}\n"
    "p{margin:8px 0}.soft{color:var(--soft);font-size:14px}\n"
    "code,pre{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:13.5px}\n"
    ".banner{border-left:6px solid;padding:10px 16px;margin:18px 0;background:var(--card);"
    "font-size:17px}.banner.bad{border-color:var(--bad)}.banner.warn{border-color:var(--warn)}"
    ".banner.good{border-color:var(--good)}\n"
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px}\n"
    ".tile{background:var(--card);border:1px solid var(--line);border-radius:8px;"
    "padding:12px 14px}.tile b{display:block;font-size:26px;line-height:1.2}"
    ".tile span{color:var(--soft);font-size:13px}\n"
    ".bad{color:var(--bad)}.warn{color:var(--warn)}.good{color:var(--good)}"
    ".banner.bad,.banner.warn,.banner.good{color:inherit}\n"
    ".bar{display:flex;height:26px;border-radius:6px;overflow:hidden;margin:4px 0 2px;"
    "border:1px solid var(--line)}.bar span{display:block;color:#fff;font-size:13px;"
    "line-height:26px;text-align:center;overflow:hidden}\n"
    ".c5{background:#a93226}.c4{background:#cb5a4c}.c3{background:#c98a1b}.c2{background:#7d6b9e}"
    ".c1{background:#3d8f6b}.c0{background:#1d7a4c}\n"
    ".key{font-size:13px;color:var(--soft)}.key i{display:inline-block;width:11px;height:11px;"
    "border-radius:2px;margin:0 5px 0 14px}\n"
    ".card{border:1px solid var(--line);border-radius:8px;padding:14px 16px;margin:12px 0;"
    "background:var(--card);break-inside:avoid}.card h3{margin:0 0 6px;font-size:16px}"
    ".card pre{margin:8px 0;white-space:pre-wrap;overflow-wrap:anywhere}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:14px}"
    "th,td{text-align:left;padding:6px 8px;border-bottom:1px solid var(--line);"
    "vertical-align:top}th{font-size:13px;color:var(--soft);font-weight:600}"
    "th:first-child{min-width:260px}td.n,th.n{text-align:right}td.n{white-space:nowrap}td.v{font-"
    "weight:"
    "600;white-space:nowrap}\n"
    "tr{break-inside:avoid}figure{margin:0;break-inside:avoid}"
    ".figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));"
    "gap:22px}"
    "figcaption{font-size:14px;color:var(--soft)}\n"
    "@media print{:root{--paper:#fff;--ink:#000;--card:#fff}main{max-width:none;padding:0}"
    "h2{break-after:avoid}.bar span,.key i{print-color-adjust:exact}}\n";

static const char *tone(enum outcome_class class) {
    enum etalon_colour colour = etalon_rehearse_words_colour(class);
    return colour == RED ? "bad" : colour == YELLOW ? "warn" : "good";
}

static const char *overall(const struct standing *standing) {
    if (standing_findings(standing) > 0) return "bad";
    return standing_moved(standing) > 0 ? "warn" : "good";
}

static void tile(struct etalon_rehearse_page *page, const char *class, const char *value,
                 const char *label) {
    RAW("<div class=\"tile\">");
    ELEMENT("b", class, value);
    ELEMENT("span", NULL, label);
    RAW("</div>\n");
}

static void tile_count(struct etalon_rehearse_page *page, const char *class, uint32_t count,
                       const char *label) {
    char text[16];
    snprintf(text, sizeof text, "%u", (unsigned)count);
    tile(page, count > 0 ? class : "good", text, label);
}

static void put_tiles(const struct etalon_rehearse_report *report,
                      struct etalon_rehearse_page *page) {
    const struct standing *s = &report->before;
    char text[TEXT_BYTES];
    RAW("<div class=\"tiles\">\n");
    tile_count(page, "bad", standing_findings(s), "attacks moved time beyond its bound");
    tile_count(page, "warn", s->classes[OUTCOME_MOVED_WITHIN], "moved it within its bound");
    tile_count(page, "warn", s->classes[OUTCOME_WITHDREW], "silenced it for a while");
    snprintf(text, sizeof text, "%u",
             (unsigned)(s->classes[OUTCOME_HELD] + s->classes[OUTCOME_WIDENED]));
    tile(page, "good", text, "did nothing to it");
    tile(page, overall(s), etalon_rehearse_words_seconds(s->worst_s, text),
         "worst error, as configured");
    if (report->after.attacks > 0)
        tile(page, overall(&report->after),
             etalon_rehearse_words_seconds(report->after.worst_s, text),
             "worst error, with the advice");
    RAW("</div>\n");
}

static void put_bar(struct etalon_rehearse_page *page, const struct standing *standing,
                    const char *label) {
    if (standing->attacks == 0) return;
    FORMAT("<p class=\"soft\">%s</p>\n<div class=\"bar\">", label);
    for (int i = OUTCOME_CLASSES - 1; i >= 0; i--)
        if (standing->classes[i] > 0)
            FORMAT("<span class=\"c%d\" style=\"width:%.2f%%\">%u</span>", i,
                   100.0 * standing->classes[i] / standing->attacks,
                   (unsigned)standing->classes[i]);
    RAW("</div>\n");
}

static void put_bars(const struct etalon_rehearse_report *report,
                     struct etalon_rehearse_page *page) {
    put_bar(page, &report->before, "As configured: what the attacks did");
    put_bar(page, &report->after, "With the advice");
    RAW("<p class=\"key\">");
    for (int i = OUTCOME_CLASSES - 1; i >= 0; i--)
        FORMAT("<i class=\"c%d\"></i>%s", i, etalon_rehearse_words_class((enum outcome_class)i));
    RAW("</p>\n");
}

static void put_list(struct etalon_rehearse_page *page,
                     char sentences[][ETALON_REHEARSE_WORDS_BYTES], size_t count) {
    RAW("<ul>\n");
    for (size_t i = 0; i < count; i++) ELEMENT("li", NULL, sentences[i]);
    RAW("</ul>\n");
}

static void put_head(const struct etalon_rehearse_report *report,
                     struct etalon_rehearse_page *page) {
    static char reasons[ETALON_REHEARSE_REASONS][ETALON_REHEARSE_WORDS_BYTES];
    char line[ETALON_REHEARSE_WORDS_BYTES];
    RAW("<h1>Rehearsal of an attack on time</h1>\n<p class=\"soft\"><code>");
    WORDS(report->file);
    uint32_t sources = report->variants[0].subject.config.source_count;
    uint32_t operators = report->variants[0].subject.operators.count;
    FORMAT("</code>, %u source%s of %u operator%s, Etalon %s</p>\n", (unsigned)sources,
           sources == 1 ? "" : "s", (unsigned)operators, operators == 1 ? "" : "s",
           report->version);
    if (report->interrupted)
        RAW("<p class=\"warn\">Interrupted: this is what was found until then.</p>\n");
    FORMAT("<div class=\"banner %s\">", overall(&report->before));
    WORDS(etalon_rehearse_words_headline(report, line));
    RAW("</div>\n");
    put_tiles(report, page);
    put_bars(report, page);
    RAW("<h2>Why</h2>\n");
    size_t count = etalon_rehearse_words_reasons(report, reasons);
    put_list(page, reasons, count);
}

static void put_diff(struct etalon_rehearse_page *page, const char *diff) {
    char line[DIRECTIVES_LINE_BYTES + 4];
    RAW("<pre>");
    for (; *diff; diff += strcspn(diff, "\n") + 1) {
        snprintf(line, sizeof line, "%.*s", (int)strcspn(diff, "\n"), diff);
        ELEMENT("span", *line == '+' ? "good" : *line == '-' ? "bad" : "soft", line);
    }
    RAW("</pre>\n");
}

static void put_change(const struct etalon_rehearse_report *report, size_t index, const char *mark,
                       struct etalon_rehearse_page *page) {
    static struct directives before, after;
    const struct etalon_rehearse_variant *v = &report->variants[index];
    char text[CHANGE_REASON_BYTES], diff[DIRECTIVES_DIFF_BYTES];
    char words[ETALON_REHEARSE_WORDS_BYTES];
    directives_of(&report->variants[v->parent].subject, &before);
    directives_of(&v->subject, &after);
    FORMAT("<div class=\"card\"><h3>%s ", mark);
    WORDS(change_title(&v->change, text));
    RAW("</h3>\n");
    put_diff(page, directives_diff(&before, &after, diff));
    ELEMENT("p", NULL, etalon_rehearse_words_effect(v, words));
    if (*change_caution(&v->change)) ELEMENT("p", "soft", change_caution(&v->change));
    RAW("</div>\n");
}

static void put_advice(const struct etalon_rehearse_report *report,
                       struct etalon_rehearse_page *page) {
    char mark[24], text[CHANGE_REASON_BYTES];
    size_t shown = 0, rest = 0;
    if (report->ranked_count == 0) return;
    RAW("<h2>What would help</h2>\n<p class=\"soft\">Best first. Every change was simulated; lines "
        "with + are to be added to the configuration, those with - removed.</p>\n");
    for (; shown < report->ranked_count; shown++) {
        if (!report->variants[report->ranked[shown]].helps) break;
        snprintf(mark, sizeof mark, "%zu.", shown + 1);
        put_change(report, report->ranked[shown], mark, page);
    }
    if (shown == 0) RAW("<p>Nothing that was tried.</p>\n");
    if (report->step_count > 1) RAW("<h2>On top of the best</h2>\n");
    for (size_t i = 1; i < report->step_count; i++) put_change(report, report->steps[i], "+", page);
    for (size_t i = shown; i < report->ranked_count; i++) {
        const struct etalon_rehearse_variant *v = &report->variants[report->ranked[i]];
        if (v->standing.attacks == 0) continue;
        RAW(rest++ == 0 ? "<p class=\"soft\">Tried, and no clear help: " : ", ");
        WORDS(change_name(&v->change, text));
    }
    if (rest > 0) RAW(".</p>\n");
}

static void put_figure(const struct etalon_rehearse_report *report, size_t attack,
                       struct etalon_rehearse_page *page) {
    const struct etalon_rehearse_variant *base = &report->variants[0];
    const struct etalon_rehearse_variant *best = etalon_rehearse_report_best(report);
    bool both = best != base && best->control && best->attacks[attack];
    const struct outcome *before = &base->attacks[attack]->full;
    struct outcome_verdict verdict = etalon_rehearse_report_verdict(report, base, attack);
    RAW("<figure>\n");
    etalon_rehearse_plot(&report->attacks[attack], before,
                         both ? &best->attacks[attack]->full : NULL, report->settle_s, page);
    RAW("<figcaption>");
    ELEMENT("b", NULL, report->attacks[attack].scenario.name);
    ELEMENT("b", tone(verdict.class), etalon_rehearse_words_class(verdict.class));
    RAW("<br/>");
    WORDS(report->attacks[attack].scenario.about);
    RAW("</figcaption></figure>\n");
}

static void put_figures(const struct etalon_rehearse_report *report,
                        struct etalon_rehearse_page *page) {
    size_t order[ATTACK_MAX], count = etalon_rehearse_report_order(report, order), shown = 0;
    for (; shown < count && shown < ETALON_REHEARSE_PLOTS; shown++) {
        struct outcome_verdict verdict =
            etalon_rehearse_report_verdict(report, &report->variants[0], order[shown]);
        if (verdict.class < OUTCOME_MOVED_WITHIN) break;
        if (shown == 0)
            RAW("<h2>The worst of them</h2>\n<p class=\"soft\">The amount of the true error of "
                "served time, and the bound that was served with it. Where the line is broken no "
                "time was served. The attack is shaded.</p>\n<div class=\"figures\">\n");
        put_figure(report, order[shown], page);
    }
    if (shown > 0) RAW("</div>\n");
}

static void put_row(const struct etalon_rehearse_report *report, size_t attack,
                    struct etalon_rehearse_page *page) {
    const struct etalon_rehearse_variant *base = &report->variants[0];
    const struct outcome *outcome = &base->attacks[attack]->full;
    const struct scenario *scenario = &report->attacks[attack].scenario;
    struct outcome_verdict verdict = etalon_rehearse_report_verdict(report, base, attack);
    char text[TEXT_BYTES], words[ETALON_REHEARSE_WORDS_BYTES];
    RAW("<tr><td>");
    ELEMENT("b", NULL, scenario->name);
    RAW("<br/>");
    WORDS(scenario->about);
    RAW("<br/>");
    ELEMENT("span", "soft", scenario->source);
    FORMAT("</td><td class=\"v %s\">", tone(verdict.class));
    WORDS(etalon_rehearse_words_class(verdict.class));
    RAW("</td>");
    ELEMENT("td", NULL, scenario_needs_name(scenario->needs));
    ELEMENT("td", "n", etalon_rehearse_words_hits(report, attack, words));
    ELEMENT("td", "n", etalon_rehearse_words_seconds(outcome->error_max_s, text));
    ELEMENT("td", "n",
            outcome->beyond_s > 0 ? etalon_rehearse_words_seconds(outcome->beyond_s, text) : "-");
    ELEMENT("td", "n", etalon_rehearse_words_seconds(outcome->bound_max_s, text));
    ELEMENT("td", NULL, etalon_rehearse_words_notice(outcome, &verdict, words));
    ELEMENT("td", "n", verdict.recovered_s < 0 ? "never" : text_age(verdict.recovered_s, text));
    RAW("</tr>\n");
}

static void put_attacks(const struct etalon_rehearse_report *report,
                        struct etalon_rehearse_page *page) {
    size_t order[ATTACK_MAX], count = etalon_rehearse_report_order(report, order);
    if (count == 0) return;
    RAW("<h2>All attacks</h2>\n<div "
        "class=\"wide\"><table><thead><tr><th>attack</th><th>verdict</th>"
        "<th>needs</th><th class=\"n\">hits</th><th class=\"n\">largest error</th>"
        "<th class=\"n\">beyond the bound</th><th class=\"n\">largest bound</th>"
        "<th>noticed first</th><th class=\"n\">back after its end</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < count; i++) put_row(report, order[i], page);
    RAW("</tbody></table></div>\n<ul class=\"soft\">\n");
    for (int i = 0; i < OUTCOME_CLASSES; i++) {
        RAW("<li>");
        ELEMENT("b", tone((enum outcome_class)i),
                etalon_rehearse_words_class((enum outcome_class)i));
        WORDS(etalon_rehearse_words_meaning((enum outcome_class)i));
        RAW("</li>\n");
    }
    RAW("</ul>\n");
}

static void put_unsimulated(struct etalon_rehearse_page *page) {
    RAW("<h2>What cannot be simulated here</h2>\n<div class=\"wide\"><table><thead><tr>"
        "<th>attack</th><th>why not</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < attack_unsimulated_count; i++) {
        RAW("<tr><td>");
        WORDS(attack_unsimulated[i].about);
        RAW("<br/>");
        ELEMENT("span", "soft", attack_unsimulated[i].source);
        RAW("</td>");
        ELEMENT("td", NULL, attack_unsimulated[i].reason);
        RAW("</tr>\n");
    }
    RAW("</tbody></table></div>\n");
}

static void put_method(const struct etalon_rehearse_report *report,
                       struct etalon_rehearse_page *page) {
    static char method[ETALON_REHEARSE_REASONS][ETALON_REHEARSE_WORDS_BYTES];
    static struct directives directives;
    size_t count = etalon_rehearse_words_method(report, method);
    RAW("<h2>How it was measured</h2>\n");
    put_list(page, method, count);
    RAW("<h2>The configuration</h2>\n<p class=\"soft\">What of it bears on time.</p>\n<pre>");
    directives_of(&report->variants[0].subject, &directives);
    for (size_t i = 0; i < directives.count; i++) {
        WORDS(directives.lines[i]);
        RAW("\n");
    }
    RAW("</pre>\n<p class=\"soft\">SHA-256 ");
    FORMAT("%s</p>\n", report->hash);
}

static void put_page(const struct etalon_rehearse_report *report,
                     struct etalon_rehearse_page *page) {
    RAW("<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\"><head>"
        "<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" "
        "content=\"width=device-width,initial-scale=1\"/>\n<title>Rehearsal of ");
    WORDS(report->file);
    RAW("</title>\n<style>\n");
    RAW(style);
    RAW(etalon_rehearse_plot_style);
    RAW("</style></head>\n<body><main>\n");
    put_head(report, page);
    put_advice(report, page);
    put_figures(report, page);
    put_attacks(report, page);
    put_unsimulated(page);
    put_method(report, page);
    RAW("</main></body></html>\n");
}

bool etalon_rehearse_html(const struct etalon_rehearse_report *report, const char *path) {
    struct etalon_rehearse_page page;
    const char *why = "not enough memory";
    bool right = etalon_rehearse_page_begin(&page);
    if (right) {
        put_page(report, &page);
        why = "the report is longer than its limit";
        right = !page.failed && storage_replace(path, page.text, page.length, &why) == ERR_OK;
    }
    if (!right) fprintf(stderr, "etalon: rehearse: %s: %s\n", path, why);
    etalon_rehearse_page_end(&page);
    return right;
}

/* etalon watch. On a terminal the alternate screen is repainted, so that the scrolled text is what
 * it was when the command ends; elsewhere a round is one line. */
#include "main/etalon_watch.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "main/etalon_sources.h"
#include "main/etalon_status.h"
#include "main/etalon_view.h"
#include "os/pause.h"

static void print_rejected(const struct etalon_view *view) {
    char name[ETALON_VIEW_NAME_BYTES];
    bool any = false;
    for (size_t i = 0; i < ETALON_VIEW_SOURCES; i++) {
        if (!view->has_verdict[i] || view->verdict[i].verdict != VERDICT_FALSETICKER) continue;
        printf("%s%s", any ? ", " : "; falseticker: ", etalon_view_name(view, i, name));
        any = true;
    }
}

static void print_line(const struct etalon_view *view, const struct etalon_output *output) {
    const struct message_tracking *t = &view->tracking;
    char utc[TEXT_BYTES], bound[TEXT_BYTES], offset[TEXT_BYTES];
    if (!view->has_tracking) {
        printf("the keeper has not reported yet\n");
        return;
    }
    const char *mode = message_tracking_name((enum tracking_mode)t->mode);
    if (t->clock.generation)
        printf("%s %s %s  ", text_utc(clock_state_utc(&t->clock, view->now), utc),
               etalon_output_plus_minus(output),
               text_seconds(line_radius(&t->clock.line, view->now), bound));
    printf("%s%s; %s to slew; %u of %u agree", mode,
           etalon_view_serves(view) ? "" : ", not serving",
           text_signed_seconds(t->offset_s, offset), (unsigned)t->agreeing, (unsigned)t->sources);
    print_rejected(view);
    printf("; %" PRIu64 " answered\n", etalon_view_served(view).replied);
}

static bool print_json(const struct etalon_view *view) {
    struct json json;
    etalon_output_json_begin(&json);
    json_open_object(&json, NULL);
    etalon_status_json(view, &json, "status");
    etalon_sources_json(view, &json, "sources");
    json_close_object(&json);
    return etalon_output_json_print(&json);
}

static enum etalon_exit show(const struct etalon_arguments *arguments,
                             const struct etalon_output *output, bool repaint) {
    static struct etalon_view view;
    if (repaint) fputs("\033[H\033[J", stdout);
    enum etalon_exit code = etalon_view_ask(arguments->socket, arguments->timeout_s, &view);
    if (code != ETALON_FINE) return code;
    if (arguments->json) {
        if (!print_json(&view)) return ETALON_FAILED;
    } else if (repaint) {
        etalon_status_print(&view, output);
        putchar('\n');
        etalon_sources_print(&view, output);
    } else {
        print_line(&view, output);
    }
    return etalon_view_exit(&view);
}

enum etalon_exit etalon_watch(const struct etalon_arguments *arguments,
                              const struct etalon_output *output) {
    bool repaint = output->terminal && !arguments->plain && !arguments->json;
    enum etalon_exit code = ETALON_FINE;
    pause_catch_signals();
    if (repaint) fputs("\033[?1049h\033[?25l", stdout);
    for (uint32_t i = 0; arguments->count == 0 || i < arguments->count; i++) {
        if (i > 0 && !pause_seconds(arguments->interval_s)) break;
        code = show(arguments, output, repaint);
        if (fflush(stdout) != 0) code = ETALON_FAILED;
        if (code == ETALON_FAILED) break;
    }
    if (repaint) fputs("\033[?25h\033[?1049l", stdout);
    return code;
}

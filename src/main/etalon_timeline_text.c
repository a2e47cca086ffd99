/* The timeline for people: a line that tells, and a dim one with what proves it. */
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "main/etalon_timeline_row.h"

static enum etalon_colour colour_of(enum etalon_timeline_weight weight) {
    static const enum etalon_colour colours[] = {
        [ETALON_TIMELINE_ROUTINE] = DIM,
        [ETALON_TIMELINE_CHANGE] = PLAIN,
        [ETALON_TIMELINE_WARNING] = YELLOW,
        [ETALON_TIMELINE_FINDING] = RED,
    };
    return colours[weight];
}

static void print_time(const struct etalon_timeline_told *told,
                       const struct etalon_output *output) {
    char time[TEXT_BYTES], radius[TEXT_BYTES];
    if (told->time == ETALON_TIMELINE_UNKNOWN)
        printf("%-44s", "time not known");
    else if (told->time == ETALON_TIMELINE_DERIVED)
        printf("%s %-13s", text_utc(told->utc, time), "by counter");
    else
        printf("%s %s%-*s", text_utc(told->utc, time), etalon_output_plus_minus(output),
               output->utf8 ? 12 : 11, text_seconds(told->row->entry->radius_s, radius));
}

static void print_interval(const struct etalon_timeline_interval *interval) {
    char text[TEXT_BYTES];
    if (!interval->has_not_before && !interval->has_not_after) return;
    printf(", witnesses: ");
    if (interval->has_not_before)
        printf("not before %s%s", text_utc((struct utc){interval->not_before_s * NS_PER_S}, text),
               interval->has_not_after ? ", " : "");
    if (interval->has_not_after)
        printf("not after %s (%s)", text_utc((struct utc){interval->not_after_s * NS_PER_S}, text),
               interval->not_after_by);
}

void etalon_timeline_text(const struct etalon_timeline_told *told,
                          const struct etalon_output *output) {
    const struct etalon_timeline_row *row = told->row;
    enum etalon_colour colour = colour_of(row->weight);
    char hash[MERKLE_HASH_TEXT_BYTES];
    print_time(told, output);
    printf("  %s%-11s  %s%s%s\n", colour == PLAIN ? "" : etalon_output_colour(output, colour),
           row->what, row->rule ? row->rule : "", row->rule ? ": " : "", row->text);
    if (colour != PLAIN) fputs(etalon_output_colour(output, PLAIN), stdout);
    fputs(etalon_output_colour(output, DIM), stdout);
    printf("    entry %" PRIu64, row->entry->index);
    if (row->last != row->entry->index) printf(" to %" PRIu64, row->last);
    if (!row->no_leaf) printf(", leaf %s", merkle_hash_text(&row->entry->leaf, hash));
    if (row->entry->boot[0])
        printf(", counter %" PRId64 ".%09" PRId64 " s of boot %.8s", row->entry->counter / NS_PER_S,
               row->entry->counter % NS_PER_S, row->entry->boot);
    print_interval(&told->interval);
    printf("%s\n", etalon_output_colour(output, PLAIN));
}

/* Tables with aligned columns. Invariant: rows <= ETALON_TABLE_ROWS, and row 0 is the head. */
#include "main/etalon_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"

void etalon_table_head(struct etalon_table *table, const char *head) {
    memset(table, 0, sizeof *table);
    table->rows = 1;
    table->colour[0] = BOLD;
    while (*head) {
        CHECK(table->columns < ETALON_TABLE_COLUMNS);
        size_t column = table->columns++;
        table->right[column] = *head == '>';
        if (*head == '>') head++;
        size_t length = strcspn(head, "|");
        etalon_table_cell(table, column, "%.*s", (int)length, head);
        head += length + (head[length] == '|');
    }
}

bool etalon_table_row(struct etalon_table *table, enum etalon_colour colour) {
    if (table->rows == ETALON_TABLE_ROWS) return false;
    table->colour[table->rows++] = colour;
    return true;
}

void etalon_table_cell(struct etalon_table *table, size_t column, const char *format, ...) {
    CHECK(column < table->columns);
    va_list values;
    va_start(values, format);
    vsnprintf(table->cell[table->rows - 1][column], ETALON_TABLE_CELL_BYTES, format, values);
    va_end(values);
}

static size_t width_of(const struct etalon_table *table, size_t column) {
    size_t width = 0;
    for (size_t row = 0; row < table->rows; row++) {
        size_t columns = text_columns(table->cell[row][column]);
        if (columns > width) width = columns;
    }
    return width;
}

static void print_cell(const struct etalon_table *table, size_t row, size_t column, size_t width) {
    const char *cell = table->cell[row][column];
    int blanks = (int)(width - text_columns(cell));
    bool last = column + 1 == table->columns;
    if (table->right[column])
        printf("%*s%s", blanks, "", cell);
    else
        printf("%s%*s", cell, last ? 0 : blanks, "");
    if (!last) fputs("  ", stdout);
}

void etalon_table_print(const struct etalon_table *table, const struct etalon_output *output) {
    size_t width[ETALON_TABLE_COLUMNS] = {0};
    for (size_t i = 0; i < table->columns; i++) width[i] = width_of(table, i);
    for (size_t row = 0; row < table->rows; row++) {
        enum etalon_colour colour = table->colour[row];
        if (colour != PLAIN) fputs(etalon_output_colour(output, colour), stdout);
        for (size_t i = 0; i < table->columns; i++) print_cell(table, row, i, width[i]);
        if (colour != PLAIN) fputs(etalon_output_colour(output, PLAIN), stdout);
        putchar('\n');
    }
}

/* Tables with aligned columns. Cells are text; each column gets as wide as its widest cell. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/limits.h"
#include "base/text.h"
#include "main/etalon_output.h"

enum {
    ETALON_TABLE_COLUMNS = 12,
    ETALON_TABLE_ROWS = LIMIT_SOURCES + 40,
    ETALON_TABLE_CELL_BYTES = TEXT_BAR_BYTES + 24,
};

struct etalon_table {
    size_t columns, rows;
    bool right[ETALON_TABLE_COLUMNS]; /* aligned to the right */
    enum etalon_colour colour[ETALON_TABLE_ROWS];
    char cell[ETALON_TABLE_ROWS][ETALON_TABLE_COLUMNS][ETALON_TABLE_CELL_BYTES];
};

/* Empties the table and sets its head: names divided by '|', '>' before those aligned right. */
void etalon_table_head(struct etalon_table *table, const char *head);
/* Begins a row; false if the table is full. */
bool etalon_table_row(struct etalon_table *table, enum etalon_colour colour);
/* Fills a cell of the row begun last. What does not fit is cut. */
__attribute__((format(printf, 3, 4))) void
etalon_table_cell(struct etalon_table *table, size_t column, const char *format, ...);
void etalon_table_print(const struct etalon_table *table, const struct etalon_output *output);

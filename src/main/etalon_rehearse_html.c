#include "main/etalon_rehearse_html.h"
bool etalon_rehearse_html(const struct etalon_rehearse_report *report, const char *path) {
    (void)report;
    (void)path;
    return true;
}

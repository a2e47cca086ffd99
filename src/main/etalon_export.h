/* etalon export and etalon prove: what the ledger holds, in files that an outsider can check. */
#pragma once

#include "main/etalon_arguments.h"

enum etalon_exit etalon_export(const struct etalon_arguments *arguments);
enum etalon_exit etalon_prove(const struct etalon_arguments *arguments);

/* The lines of VERIFY.md, and NULL. */
extern const char *const etalon_export_guide[];

/* etalon ledger: what stands in the ledger, verified as it is read; and keys for new ones. */
#pragma once

#include "main/etalon_arguments.h"
#include "main/etalon_output.h"

enum etalon_exit etalon_ledger(const struct etalon_arguments *arguments,
                               const struct etalon_output *output);
/* etalon ledger keygen NAME */
enum etalon_exit etalon_ledger_keygen(const struct etalon_arguments *arguments);

/* etalon replay: the keeper's decisions made again from the ledger alone. */
#pragma once

#include "main/etalon_arguments.h"

enum etalon_exit etalon_replay(const struct etalon_arguments *arguments);

/* etalon query: asks one NTP server, shows its clock against this host's and its whole header. */
#pragma once

#include "main/etalon_arguments.h"
#include "main/etalon_output.h"

enum etalon_exit etalon_query(const struct etalon_arguments *arguments,
                              const struct etalon_output *output);

/* etalon watch: status and sources again and again. */
#pragma once

#include "main/etalon_arguments.h"
#include "main/etalon_output.h"

/* Ends after arguments->count rounds or with SIGINT or SIGTERM; the code is that of the last
 * round. */
enum etalon_exit etalon_watch(const struct etalon_arguments *arguments,
                              const struct etalon_output *output);

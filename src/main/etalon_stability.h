/* etalon stability: how stable is the clock whose measurements stand in a file? */
#pragma once

#include "main/etalon_arguments.h"
#include "main/etalon_output.h"

enum etalon_exit etalon_stability(const struct etalon_arguments *arguments,
                                  const struct etalon_output *output);

/* etalon timeline: an incident as a story, with what is known of when each part of it happened. */
#pragma once

#include "main/etalon_arguments.h"
#include "main/etalon_output.h"

enum etalon_exit etalon_timeline(const struct etalon_arguments *arguments,
                                 const struct etalon_output *output);

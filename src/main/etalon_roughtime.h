/* etalon roughtime: keys and delegations, questions to servers, and the proof of a lie. */
#pragma once

#include "main/etalon_arguments.h"
#include "main/etalon_output.h"

enum etalon_exit etalon_roughtime(const struct etalon_arguments *arguments,
                                  const struct etalon_output *output);

/* Each takes the operands that follow its name. */
enum etalon_exit etalon_roughtime_keys_generate(const struct etalon_arguments *arguments);
enum etalon_exit etalon_roughtime_keys_delegate(const struct etalon_arguments *arguments);
enum etalon_exit etalon_roughtime_query(const struct etalon_arguments *arguments,
                                        const struct etalon_output *output);
enum etalon_exit etalon_roughtime_verify(const struct etalon_arguments *arguments,
                                         const struct etalon_output *output);

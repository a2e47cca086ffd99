/* etalon rehearse: the attacks of the catalogue on one's own configuration, before others do it. */
#pragma once

#include "main/etalon_arguments.h"
#include "main/etalon_output.h"

/* ETALON_FINE: nothing moved served time beyond its bound; ETALON_NOT_SYNCHRONISED: something did;
 * ETALON_USAGE: the command line or the configuration is wrong; ETALON_FAILED. */
enum etalon_exit etalon_rehearse(const struct etalon_arguments *arguments,
                                 const struct etalon_output *output);

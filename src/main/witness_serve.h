/* The witness as a server. */
#pragma once

#include "main/witness_arguments.h"

enum witness_exit witness_serve(const struct witness_arguments *arguments);

/* Makes the key of a witness. */
#pragma once

#include "main/witness_arguments.h"

enum witness_exit witness_keygen(const struct witness_arguments *arguments);

/* Checks evidence of a split view, as anybody can. */
#pragma once

#include "main/witness_arguments.h"

enum witness_exit witness_check(const struct witness_arguments *arguments);

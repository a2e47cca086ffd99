/* Brings the checkpoints of a log to its witnesses. */
#pragma once

#include "main/witness_arguments.h"

enum witness_exit witness_submit(const struct witness_arguments *arguments);

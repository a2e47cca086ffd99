/* Watches logs as a monitor does. */
#pragma once

#include "main/witness_arguments.h"

enum witness_exit witness_follow(const struct witness_arguments *arguments);

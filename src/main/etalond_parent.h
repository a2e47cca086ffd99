/* The daemon as separate processes: this one starts the others and watches over them. */
#pragma once

#include "main/etalond.h"

/* Runs until it is told to stop; returns the exit code. */
enum etalond_exit etalond_parent_run(struct etalond *etalond);

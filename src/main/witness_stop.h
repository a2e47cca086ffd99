/* Rounds that go on until SIGTERM or SIGINT. */
#pragma once

#include <signal.h>
#include <stdbool.h>

void witness_stop_prepare(void);
/* True: told to. */
bool witness_stop_told(void);
/* Waits that long, or until told to stop. */
void witness_stop_wait(double seconds);
/* The signal mask to wait with elsewhere. */
const sigset_t *witness_stop_mask(void);

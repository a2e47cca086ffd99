/* The ledger of the daemon: what is opened and read for it before root is given up, and the
 * recorder's process. */
#pragma once

#include "jobs/recorder.h"
#include "main/etalond.h"

/* A loader for the configuration that remembers every text it handed out, for the ledger. */
struct config_loader etalond_ledger_loader(void);

/* Whether a ledger is configured. */
bool etalond_ledger_wanted(const struct config *config);
/* Reads keys and policy, makes the folder if it is missing, and gives it to the configured user.
 * False: logged why; a daemon that cannot keep the ledger that is asked of it must not start. */
MUST_USE bool etalond_ledger_open(struct etalond *etalond);
/* The leap second list was read again: says, for the ledger, which one it is. */
void etalond_ledger_leaps(const struct etalond *etalond);
/* In the recorder's process: opens the log and says what it found. NULL: logged why. */
struct recorder *etalond_ledger_recorder(struct etalond *etalond);

/* From the command line to everything that is opened and read before the jobs start. */
#pragma once

#include "main/etalond.h"

/* Reads the configuration, or says what is wrong with it. */
MUST_USE bool etalond_setup_config(struct etalond *etalond);
/* Files and sockets: leap seconds, drift, NTP port, control socket. False: said why. */
MUST_USE bool etalond_setup_open(struct etalond *etalond);
/* What an operator should know about this configuration on this machine. */
void etalond_setup_advise(const struct etalond *etalond);

/* The Roughtime delegation, read again; true if there is a new one. */
bool etalond_setup_roughtime_key(struct etalond *etalond);
bool etalond_setup_serves(const struct config *config);
bool etalond_setup_resolves(const struct config *config);

/* The leap second list, read again; true if there is a new one. */
bool etalond_setup_leaps(struct etalond *etalond);
/* Writes the newest frequency to the drift file, if there is one and it does not hold it yet. */
void etalond_setup_save_drift(struct etalond *etalond);
/* Keeps the frequency in memory, and saves the first one and then one an hour. */
void etalond_setup_keep_drift(struct etalond *etalond, const struct message_drift *drift);

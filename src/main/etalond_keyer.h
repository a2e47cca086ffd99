/* The keyer's part of the daemon: its files and sockets, what the parent keeps for it, and what the
 * source job resumes. Files are read in the process that needs them, before its sandbox closes. */
#pragma once

#include "jobs/source.h"
#include "main/etalond.h"
#include "os/keyer_sockets.h"

enum { ETALOND_KEYER_PORTS = LIMIT_SOURCES };

/* Somebody is to be served, or a source is to be authenticated. */
bool etalond_keyer_serves(const struct config *config);
bool etalond_keyer_wanted(const struct config *config);
/* TCP sockets; as root. False: said why. */
MUST_USE bool etalond_keyer_listen(struct etalond *etalond);
/* Certificate and key can be read, by the user who we are now, and used. False: said why. */
MUST_USE bool etalond_keyer_check(const struct etalond *etalond);
/* The TCP ports of other servers, each once; returns how many. */
size_t etalond_keyer_ports(const struct config *config, uint16_t ports[ETALOND_KEYER_PORTS]);

/* In the keyer's process: fills keyer and returns its sockets.
 */
struct keyer_sockets *etalond_keyer_create(struct etalond *etalond, struct keyer *keyer);
/* In the source's process: cookies of a former run. */
void etalond_keyer_resume(const struct etalond *etalond, struct source *source);
/* In the parent: MESSAGE_NTS_KEEP and MESSAGE_NTS_DUMP. */
void etalond_keyer_keep(const struct etalond *etalond, const struct message *message);

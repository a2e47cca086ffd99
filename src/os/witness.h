/* The witness: asks the configured Roughtime servers in a chain, tells the keeper what they prove,
 * and hands the parent the evidence when one of them lies. Like the resolver it does one thing at a
 * time and waits for it. */
#pragma once

#include "config/config.h"
#include "os/mailbox.h"

/* Lets the crypto library open what it opens on first use. Call before the sandbox. */
void witness_warm_up(void);
_Noreturn void witness_run(struct mailboxes *boxes, const struct config *config);

/* The witness: asks the configured Roughtime servers in a chain, tells keeper and keyer what they
 * prove, and hands the parent the evidence when one of them lies. Like the resolver it does one
 * thing at a time and waits for it. */
#pragma once

#include "clock/clock_page.h"
#include "config/config.h"
#include "os/mailbox.h"

/* Lets the crypto library open what it opens on first use. Call before the sandbox. */
void witness_warm_up(void);
/* page: the time kept, read only; where it and the servers disagree, they are asked again soon. */
_Noreturn void witness_run(struct mailboxes *boxes, const struct config *config,
                           const struct clock_page *page);

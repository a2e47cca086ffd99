/* One word of a configuration to one field, as its rule says. Internal to config/. */
#pragma once

#include "base/err.h"
#include "config/option.h"
#include "config/reading.h"

/* Reads word and stores it in the struct at base. owner: what the value belongs to, for messages
 * ("makestep LIMIT"). Refuses what is no number, out of range, too long. */
MUST_USE enum err value_store(struct reading *reading, const struct option_rule *rule,
                              const char *owner, const char *word, void *base);

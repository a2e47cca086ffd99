/* What the rows of the option table call: one function for each shape of directive, each reading
 * the rest of its line into the scratch. Internal to config/. */
#pragma once

#include "base/err.h"
#include "config/option.h"
#include "config/reading.h"

/* What server and pool fill in: one association, and how many of them a pool asks for. */
struct directive_source {
    struct config_source source;
    uint8_t members;
};

/* Fixed values in their order, straight into struct config. */
enum err directive_values(struct reading *reading, const struct option_entry *entry,
                          const char *word);
enum err directive_source(struct reading *reading, const struct option_entry *entry,
                          const char *word);
enum err directive_local(struct reading *reading, const struct option_entry *entry,
                         const char *word);
enum err directive_allow(struct reading *reading, const struct option_entry *entry,
                         const char *word);
enum err directive_deny(struct reading *reading, const struct option_entry *entry,
                        const char *word);
enum err directive_bindaddress(struct reading *reading, const struct option_entry *entry,
                               const char *word);
enum err directive_include(struct reading *reading, const struct option_entry *entry,
                           const char *word);
enum err directive_confdir(struct reading *reading, const struct option_entry *entry,
                           const char *word);
enum err directive_roughtime(struct reading *reading, const struct option_entry *entry,
                             const char *word);
enum err directive_roughtime_context(struct reading *reading, const struct option_entry *entry,
                                     const char *word);

/* Reads sub-options up to the end of the line into base. where[i] becomes the word of the i-th
 * sub-option of entry, NULL where it was not given. */
MUST_USE enum err directive_suboptions(struct reading *reading, const struct option_entry *entry,
                                       void *base, const char *where[OPTION_SUBOPTIONS_MAX]);
/* The word of the sub-option called name, from what directive_suboptions found; or NULL. */
const char *directive_where(const struct option_entry *entry,
                            const char *const where[OPTION_SUBOPTIONS_MAX], const char *name);

/* The world of a scenario, before anything happens: the client, its servers, the paths to them,
 * the oscillator. Plain data without pointers, so that it can be copied and changed.
 *
 * The client's configuration is written by setting_configuration, unless the world is given that of
 * an operator; then only the figures of servers, paths and oscillator are taken from here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "sim/oscillator.h"
#include "sim/path.h"
#include "sim/remote.h"

enum {
    SETTING_OPTIONS_BYTES = 256,
    SETTING_CONFIG_BYTES = 4096,
    SETTING_TEXT_BYTES = 16384, /* of a whole configuration */
    SETTING_LINES_MAX = 32,
};

enum { SETTING_NODES_MAX = 16 };

/* Whom the nodes beside the first ask: the one before them, or the first. */
enum setting_shape { SETTING_CHAIN, SETTING_FAN };

enum setting_stamps { SETTING_STAMPS_KERNEL, SETTING_STAMPS_USER };

struct setting {
    uint32_t sources;
    bool named;                                 /* servers are given by name: a resolver answers */
    char server_options[SETTING_OPTIONS_BYTES]; /* after "server ADDRESS" */
    uint32_t server_line;                       /* where the scenario says so; 0: it is made up */
    char config[SETTING_CONFIG_BYTES];          /* further directives, each with its newline */
    uint32_t config_lines[SETTING_LINES_MAX];   /* where the scenario says so */
    uint32_t config_count;
    struct oscillator_model oscillator;
    struct path_model paths[LIMIT_SOURCES];
    struct remote_model remotes[LIMIT_SOURCES];
    enum setting_stamps stamps;
    int64_t start_utc_s;
    int64_t leap_utc_s;      /* first second after a decreed leap second; 0: there is none */
    int32_t leap_sign;       /* +1 or -1 */
    bool leap_unlisted;      /* the hosts have no valid list */
    double realtime_error_s; /* CLOCK_REALTIME minus UTC at the start */
    double reference_s; /* a receiver keeps CLOCK_REALTIME right within that; 0: there is none */
    bool steers;        /* the keeper may move CLOCK_REALTIME */
    double record_s;    /* time that the ledger takes; 0: there is none */
    uint32_t nodes;     /* with a daemon each; the first asks the servers */
    enum setting_shape shape;
    uint32_t asks; /* the setting of a node that asks the node of that number; 0: servers */
};

/* A plain crystal, ordinary servers on a quiet WAN, a plain day in 2026, no server asked. */
void setting_default(struct setting *setting);
/* The same figures for every server. */
void setting_paths(struct setting *setting, const struct path_model *model);
void setting_remotes(struct setting *setting, const struct remote_model *model);
/* The address of the node of that number (from 1). */
struct addr setting_node_addr(uint32_t number);
/* What the setting is to the node of that number: those beside the first ask a node. */
struct setting setting_of_node(const struct setting *setting, uint32_t number);
/* The client's configuration, as an operator would have written it; returns its length. */
size_t setting_configuration(const struct setting *setting, char text[SETTING_TEXT_BYTES]);
/* The line of the scenario that line of that configuration comes from; 0: none. */
uint32_t setting_line(const struct setting *setting, uint32_t configuration_line);

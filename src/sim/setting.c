/* See the header. */
#include "sim/setting.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"

/* 1e-9 at one second, wandering some 6e-9 in an hour. */
static const struct oscillator_model crystal = {
    .offset = 5e-6, .white_fm = 1e-9, .walk_fm = 1e-10, .ageing = 1e-9};
static const struct path_model wan = {
    .forward_s = 10e-3, .backward_s = 10e-3, .spread = 0.5, .jitter_s = 1e-3, .shape = 1};
static const struct remote_model good_server = {
    .stratum = 1, .error_s = 50e-6, .root_dispersion = 100e-6, .service_s = 30e-6};
static const int64_t plain_day_utc_s = INT64_C(1788264000); /* 2026-09-01 12:00 */

void setting_default(struct setting *setting) {
    memset(setting, 0, sizeof *setting);
    snprintf(setting->server_options, sizeof setting->server_options, "iburst");
    setting->oscillator = crystal;
    setting->nodes = 1;
    setting->start_utc_s = plain_day_utc_s;
    setting_paths(setting, &wan);
    setting_remotes(setting, &good_server);
}

void setting_paths(struct setting *setting, const struct path_model *model) {
    for (int i = 0; i < LIMIT_SOURCES; i++) setting->paths[i] = *model;
}

void setting_remotes(struct setting *setting, const struct remote_model *model) {
    for (int i = 0; i < LIMIT_SOURCES; i++) setting->remotes[i] = *model;
}

/* 198.51.100.0/24 of RFC 5737. */
struct addr setting_node_addr(uint32_t number) {
    return (struct addr){.family = ADDR_IPV4, .bytes = {198, 51, 100, (uint8_t)number}};
}

struct setting setting_of_node(const struct setting *setting, uint32_t number) {
    struct setting of = *setting;
    if (number == 1) return of;
    of.sources = 1;
    of.asks = of.shape == SETTING_CHAIN ? number - 1 : 1;
    return of;
}

static const char *ledger_lines(const struct setting *setting) {
    return setting->record_s > 0 ? "ledger /ledger\nledgerkey /key\n" : "";
}

size_t setting_configuration(const struct setting *setting, char text[SETTING_TEXT_BYTES]) {
    const size_t room = SETTING_TEXT_BYTES;
    char name[ADDR_TEXT_BYTES];
    size_t length = 0;
    for (uint32_t i = 0; i < setting->sources; i++) {
        bool server = setting->asks == 0;
        struct addr addr = server ? remote_addr((uint16_t)i) : setting_node_addr(setting->asks);
        if (setting->named)
            snprintf(name, sizeof name, "%s%u.example", server ? "ntp" : "node",
                     server ? i + 1 : setting->asks);
        else
            addr_text(&addr, name);
        length += (size_t)snprintf(text + length, room - length, "server %s %s\n", name,
                                   setting->server_options);
        CHECK(length < room);
    }
    length += (size_t)snprintf(text + length, room - length, "allow\n%s%s", ledger_lines(setting),
                               setting->config);
    CHECK(length < room);
    return length;
}

uint32_t setting_line(const struct setting *setting, uint32_t configuration_line) {
    uint32_t fixed = setting->sources + (setting->record_s > 0 ? 3 : 1);
    if (configuration_line <= setting->sources) return setting->server_line;
    if (configuration_line <= fixed) return 0;
    uint32_t index = configuration_line - fixed - 1;
    return index < setting->config_count ? setting->config_lines[index] : 0;
}

/* Access rules. Invariant: rules are sorted by prefix length, longest first, and of equal length
 * the last written comes first, so that the first rule that holds an address decides.
 *
 * A rule without family holds every address; it stands among those of length 0. */
#include "config/access.h"

#include <stdlib.h>
#include <string.h>

static unsigned addr_bits(const struct addr *addr) {
    return (unsigned)(8 * addr_length(addr));
}

/* ::ffff:0:0/96 (RFC 4291 section 2.5.5.2). */
static bool is_mapped(const struct addr *addr) {
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
    return addr->family == ADDR_IPV6 && memcmp(addr->bytes, prefix, sizeof prefix) == 0;
}

static struct addr unmapped(const struct addr *addr) {
    struct addr ipv4 = {.family = ADDR_IPV4, .port = addr->port};
    memcpy(ipv4.bytes, addr->bytes + 12, 4);
    return ipv4;
}

static uint64_t load_u64(const uint8_t *bytes) {
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return __builtin_bswap64(value);
}

/* True where the first bits of a and b are equal; bits <= 64. */
static bool same_head(const uint8_t *a, const uint8_t *b, unsigned bits) {
    return bits == 0 || (load_u64(a) ^ load_u64(b)) >> (64 - bits) == 0;
}

static bool net_holds(const struct config_access_rule *rule, const struct addr *addr) {
    if (rule->net.family == ADDR_NONE) return true;
    if (rule->net.family != addr->family) return false;
    unsigned bits = rule->prefix_bits;
    if (bits <= 64) return same_head(rule->net.bytes, addr->bytes, bits);
    return same_head(rule->net.bytes, addr->bytes, 64) &&
           same_head(rule->net.bytes + 8, addr->bytes + 8, bits - 64);
}

bool access_allows(const struct config *config, const struct addr *addr) {
    struct addr plain = is_mapped(addr) ? unmapped(addr) : *addr;
    for (uint32_t i = 0; i < config->access_count; i++)
        if (net_holds(&config->access[i], &plain)) return config->access[i].allow;
    return false;
}

static void clear_host_bits(struct addr *net, unsigned bits) {
    for (unsigned i = 0; i < sizeof net->bytes; i++) {
        unsigned kept = bits > 8 * i ? bits - 8 * i : 0;
        if (kept < 8) net->bytes[i] &= (uint8_t)(0xff00u >> kept);
    }
}

/* 1 to 3 decimal octets, as in "10" and "192.168". Returns how many, 0 if it is not that. */
static unsigned parse_short(const char *text, uint8_t out[16]) {
    unsigned count = 0;
    while (count < 3) {
        size_t digits = strspn(text, "0123456789");
        if (digits == 0 || digits > 3) return 0;
        unsigned long octet = strtoul(text, NULL, 10);
        if (octet > 255) return 0;
        out[count++] = (uint8_t)octet;
        text += digits;
        if (*text == '\0') return count;
        if (*text++ != '.') return 0;
    }
    return 0;
}

/* The part before the slash; *bits becomes the prefix length that it implies. */
static enum err parse_net(const char *text, struct addr *net, unsigned *bits) {
    if (addr_parse(text, 0, net) == ERR_OK) {
        *bits = addr_bits(net);
        return ERR_OK;
    }
    *net = (struct addr){.family = ADDR_IPV4};
    unsigned octets = parse_short(text, net->bytes);
    *bits = 8 * octets;
    return octets ? ERR_OK : ERR_SYNTAX;
}

static enum err parse_prefix(const char *text, const struct addr *net, unsigned *bits) {
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || text[digits] != '\0') return ERR_SYNTAX;
    unsigned long value = strtoul(text, NULL, 10);
    if (digits > 3 || value > addr_bits(net)) return ERR_RANGE;
    *bits = (unsigned)value;
    return ERR_OK;
}

enum err access_net_parse(const char *text, struct config_access_rule *out) {
    char head[ADDR_TEXT_BYTES];
    size_t length = strcspn(text, "/");
    if (length >= sizeof head) return ERR_SYNTAX;
    memcpy(head, text, length);
    head[length] = '\0';
    struct addr net;
    unsigned bits;
    enum err err = parse_net(head, &net, &bits);
    if (!err && text[length] == '/') err = parse_prefix(text + length + 1, &net, &bits);
    if (err) return err;
    if (is_mapped(&net) && bits >= 96) {
        net = unmapped(&net);
        bits -= 96;
    }
    clear_host_bits(&net, bits);
    *out = (struct config_access_rule){.net = net, .prefix_bits = (uint8_t)bits};
    return ERR_OK;
}

static bool net_inside(const struct config_access_rule *inner,
                       const struct config_access_rule *outer) {
    if (inner->net.family == ADDR_NONE) return outer->net.family == ADDR_NONE;
    return inner->prefix_bits >= outer->prefix_bits && net_holds(outer, &inner->net);
}

/* Whether rule, written later, leaves nothing of old to decide. */
static bool replaces(const struct config_access_rule *rule, const struct config_access_rule *old,
                     bool everything) {
    if (!net_inside(old, rule)) return false;
    return everything || old->prefix_bits == rule->prefix_bits;
}

enum err access_add(struct config *config, const struct config_access_rule *rule, bool everything) {
    uint32_t kept = 0, replaced = 0;
    for (uint32_t i = 0; i < config->access_count; i++)
        replaced += replaces(rule, &config->access[i], everything);
    if (config->access_count - replaced >= LIMIT_ACCESS_RULES) return ERR_FULL;
    for (uint32_t i = 0; i < config->access_count; i++)
        if (!replaces(rule, &config->access[i], everything))
            config->access[kept++] = config->access[i];
    uint32_t at = 0;
    while (at < kept && config->access[at].prefix_bits > rule->prefix_bits) at++;
    memmove(&config->access[at + 1], &config->access[at], (kept - at) * sizeof *rule);
    config->access[at] = *rule;
    config->access_count = kept + 1;
    return ERR_OK;
}

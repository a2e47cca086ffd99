/* See the header. Invariant: operators are numbered in the order of their first source, so the same
 * configuration always gives the same numbers. */
#include "sim/operators.h"

#include <string.h>
#include <strings.h>

enum { COUNTRY_BYTES = 2 };
enum { IPV4_NET_BYTES = 3, IPV6_NET_BYTES = 6 };

/* The label that ends before `end`, or the start of the name. */
static const char *label_before(const char *name, const char *end) {
    while (end > name && end[-1] != '.') end--;
    return end;
}

/* Labels that countries divide their domain by. */
static bool divides(const char *label, size_t length) {
    static const char *const labels[] = {"ac",  "co", "com", "edu", "gob", "gov", "go",
                                         "mil", "ne", "net", "nom", "or",  "org"};
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (strlen(labels[i]) == length && strncasecmp(labels[i], label, length) == 0) return true;
    return false;
}

const char *operators_domain(const char *name) {
    size_t length = strlen(name);
    if (length > 0 && name[length - 1] == '.') length--;
    const char *end = name + length, *last = label_before(name, end);
    if (last == name) return name;
    const char *second = label_before(name, last - 1);
    bool country = end - last == COUNTRY_BYTES;
    bool deeper = country && second > name && divides(second, (size_t)(last - 1 - second));
    return deeper ? label_before(name, second - 1) : second;
}

static bool has_dot(const char *name) {
    const char *dot = strchr(name, '.');
    return dot && dot[1] != '\0';
}

/* Without the dot at the end, which some write. */
static size_t domain_length(const char *domain) {
    size_t length = strlen(domain);
    return length > 0 && domain[length - 1] == '.' ? length - 1 : length;
}

static bool same_domain(const char *a, const char *b) {
    if (!has_dot(a) || !has_dot(b)) return has_dot(a) == has_dot(b);
    const char *x = operators_domain(a), *y = operators_domain(b);
    size_t length = domain_length(x);
    return length == domain_length(y) && strncasecmp(x, y, length) == 0;
}

static bool same_net(const struct addr *a, const struct addr *b) {
    if (a->family != b->family) return false;
    return memcmp(a->bytes, b->bytes,
                  a->family == ADDR_IPV4 ? (size_t)IPV4_NET_BYTES : (size_t)IPV6_NET_BYTES) == 0;
}

static bool stand_together(const struct config_source *a, const struct config_source *b) {
    bool a_named = a->addr.family == ADDR_NONE, b_named = b->addr.family == ADDR_NONE;
    if (a_named != b_named) return false;
    return a_named ? same_domain(a->name, b->name) : same_net(&a->addr, &b->addr);
}

void operators_find(const struct config *config, struct operators *out) {
    *out = (struct operators){.count = 0};
    for (uint32_t i = 0; i < config->source_count; i++) {
        uint32_t other = 0;
        while (other < i && !stand_together(&config->sources[other], &config->sources[i])) other++;
        out->of[i] = other < i ? out->of[other] : (uint8_t)out->count++;
    }
}

uint64_t operators_members(const struct operators *operators, uint32_t sources, uint32_t operator) {
    uint64_t members = 0;
    for (uint32_t i = 0; i < sources; i++)
        if (operators->of[i] == operator) members |= UINT64_C(1) << i;
    return members;
}

uint32_t operators_largest(const struct operators *operators, uint32_t sources) {
    uint32_t largest = 0;
    int most = 0;
    for (uint32_t i = 0; i < operators->count; i++) {
        int size = __builtin_popcountll(operators_members(operators, sources, i));
        if (size > most) largest = i;
        if (size > most) most = size;
    }
    return largest;
}

/* The directives of Roughtime that are not plain values. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"

#include "config/directive.h"

enum err directive_roughtime_context(struct reading *r, const struct option_entry *entry,
                                     const char *word) {
    const char *context = reading_word(r);
    if (!context)
        return reading_refuse(r, word, ERR_SHORT, "%s needs rfc or appendix-b", entry->name);
    if (strcasecmp(context, "rfc") == 0)
        r->config.roughtime_context = CONFIG_ROUGHTIME_RFC;
    else if (strcasecmp(context, "appendix-b") == 0)
        r->config.roughtime_context = CONFIG_ROUGHTIME_APPENDIX_B;
    else
        return reading_refuse(r, context, ERR_SYNTAX, "%s: \"%.80s\" is neither rfc nor appendix-b",
                              entry->name, context);
    return reading_end(r, entry);
}

/* ADDRESS:PORT, or [IPV6]:PORT; the word is cut. */
static bool split(char *word, struct addr *out) {
    char *colon = strrchr(word, ':');
    if (!colon || colon == word || !colon[1] || colon[1 + strspn(colon + 1, "0123456789")] ||
        strlen(colon) > 6)
        return false;
    unsigned long port = strtoul(colon + 1, NULL, 10);
    bool bracket = word[0] == '[' && colon[-1] == ']';
    colon[bracket ? -1 : 0] = '\0';
    if (port == 0 || port > 65535) return false;
    return addr_parse(word + bracket, (uint16_t)port, out) == ERR_OK &&
           (out->family == ADDR_IPV6) == bracket;
}

enum err directive_roughtime(struct reading *r, const struct option_entry *entry,
                             const char *word) {
    struct config *config = &r->config;
    struct config_roughtime server;
    char text[ADDR_TEXT_BYTES];
    size_t length = 0;
    const char *where = reading_word(r), *key = where ? reading_word(r) : NULL;
    if (!key)
        return reading_refuse(r, word, ERR_SHORT, "%s needs an address and a key; write: %s %s",
                              entry->name, entry->name, entry->arguments);
    memset(&server, 0, sizeof server); /* also between the members: configurations get compared */
    if (strlen(where) < sizeof text) memcpy(text, where, strlen(where) + 1);
    if (strlen(where) >= sizeof text || !split(text, &server.addr))
        return reading_refuse(
            r, where, ERR_SYNTAX,
            "%s: \"%.80s\" is not a numeric ADDRESS:PORT or [ADDRESS]:PORT; names "
            "are not looked up here",
            entry->name, where);
    if (base64_bytes(key, strlen(key), server.key, sizeof server.key, &length) != ERR_OK ||
        length != sizeof server.key)
        return reading_refuse(r, key, ERR_SYNTAX,
                              "%s: \"%.80s\" is not a public key: 32 bytes in base64", entry->name,
                              key);
    for (uint32_t i = 0; i < config->roughtime_count; i++)
        if (memcmp(config->roughtime[i].key, server.key, sizeof server.key) == 0)
            return reading_refuse(r, key, ERR_DUPLICATE,
                                  "this key is given twice; one server is no two witnesses");
    if (config->roughtime_count == LIMIT_ROUGHTIME_SERVERS)
        return reading_refuse(r, word, ERR_FULL, "more than %d Roughtime servers",
                              LIMIT_ROUGHTIME_SERVERS);
    config->roughtime[config->roughtime_count++] = server;
    return reading_end(r, entry);
}

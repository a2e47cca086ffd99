/* etalon query. Invariant: packets go to one address of the host named, and no more often than
 * the command line asks; a kiss-o'-death ends the round. */
#include "main/etalon_query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/etalon_answer.h"
#include "os/pause.h"

struct query {
    const struct etalon_arguments *arguments;
    const struct etalon_output *output;
    struct json json;
    char host[LIMIT_HOST_NAME_BYTES];
    uint16_t port;
    struct addr addresses[LIMIT_ADDRESSES];
    size_t address_count, address; /* the one that is asked */
    uint32_t sent, answered;
    bool has_best;
    struct ask_answer best;
    struct etalon_measure best_measure;
    char why[ASK_WHY_BYTES]; /* of the last failure */
};

/* Copies host bytes of text; false if they do not fit or are none. */
static bool set_host(struct query *query, const char *text, size_t length) {
    if (length == 0 || length >= sizeof query->host) return false;
    memcpy(query->host, text, length);
    query->host[length] = '\0';
    return true;
}

static bool set_port(struct query *query, const char *text) {
    char *end;
    if (*text < '0' || *text > '9') return false;
    unsigned long port = strtoul(text, &end, 10);
    if (*end || port == 0 || port > 65535) return false;
    query->port = (uint16_t)port;
    return true;
}

/* HOST, HOST:PORT, [IPV6] or [IPV6]:PORT; an address with more than one colon is IPv6. */
static bool split_operand(struct query *query) {
    const char *text = query->arguments->operand;
    query->port = NTP_PACKET_PORT;
    const char *colon = strrchr(text, ':');
    if (text[0] == '[') {
        const char *close = strchr(text, ']');
        if (!close || !set_host(query, text + 1, (size_t)(close - text - 1))) return false;
        return close[1] == '\0' || (close[1] == ':' && set_port(query, close + 2));
    }
    if (!colon || strchr(text, ':') != colon) return set_host(query, text, strlen(text));
    return set_host(query, text, (size_t)(colon - text)) && set_port(query, colon + 1);
}

static bool is_better(const struct query *query, const struct etalon_measure *m) {
    if (!query->has_best) return true;
    if (m->has_bound != query->best_measure.has_bound) return m->has_bound;
    return m->has_bound && m->bound_s < query->best_measure.bound_s;
}

static void note_answer(struct query *query, const struct ask_answer *answer) {
    struct etalon_measure measure;
    etalon_measure_from(answer, &measure);
    query->answered++;
    if (query->arguments->json)
        etalon_answer_line_json(answer, &measure, &query->json);
    else if (query->arguments->count > 1)
        etalon_answer_line(answer, &measure, query->output);
    if (!is_better(query, &measure)) return;
    query->best = *answer;
    query->best_measure = measure;
    query->has_best = true;
}

static void note_silence(struct query *query, const struct ask_answer *answer) {
    size_t length = strlen(query->why);
    if (answer->dropped)
        snprintf(query->why + length, sizeof query->why - length, " (dropped %u, the last: %s)",
                 (unsigned)answer->dropped, err_text(answer->last_drop));
    if (!query->arguments->json && query->arguments->count > 1) printf("  %s\n", query->why);
}

/* One request. Addresses of the host that nothing can be sent to are passed over, until one
 * address was sent to: that is the server from then on. */
static enum err ask_once(struct query *query, struct ask_answer *answer) {
    enum err err;
    for (;;) {
        err = ask_ntp(&query->addresses[query->address], query->arguments->version,
                      query->arguments->timeout_s, answer, query->why);
        if (err != ERR_IO || query->sent > 0 || query->address + 1 == query->address_count) break;
        query->address++;
    }
    query->sent++;
    if (err == ERR_OK)
        note_answer(query, answer);
    else
        note_silence(query, answer);
    return err;
}

static void run(struct query *query) {
    struct ask_answer answer;
    for (uint32_t i = 0; i < query->arguments->count; i++) {
        if (i > 0 && !pause_seconds(query->arguments->interval_s)) break;
        enum err err = ask_once(query, &answer);
        fflush(stdout);
        if (err == ERR_OK && answer.verdict == ERR_KISS) break;
    }
}

static enum etalon_exit exit_code(const struct query *query) {
    if (!query->has_best) return ETALON_NO_ANSWER;
    return query->best_measure.has_bound ? ETALON_FINE : ETALON_NOT_SYNCHRONISED;
}

static enum etalon_exit finish_json(struct query *query) {
    char text[ADDR_TEXT_BYTES];
    struct json *json = &query->json;
    json_close_array(json);
    json_string(json, "host", query->host);
    json_string(json, "address", addr_text(&query->addresses[query->address], text));
    json_uint(json, "port", query->port);
    json_uint(json, "sent", query->sent);
    json_uint(json, "answered", query->answered);
    if (query->has_best)
        etalon_answer_json(&query->best, &query->best_measure, json);
    else
        json_string(json, "error", query->why);
    json_close_object(json);
    return etalon_output_json_print(json) ? exit_code(query) : ETALON_FAILED;
}

static enum etalon_exit finish_text(const struct query *query) {
    char text[ADDR_TEXT_BYTES];
    if (!query->has_best) {
        fprintf(stderr, "etalon: %s\n", query->why);
        return ETALON_NO_ANSWER;
    }
    if (query->arguments->count > 1)
        printf("%u of %u requests answered; the best answer:\n", (unsigned)query->answered,
               (unsigned)query->sent);
    addr_text(&query->addresses[query->address], text);
    if (strcmp(text, query->host) != 0) printf("  address          %s\n", text);
    etalon_answer_print(&query->best, &query->best_measure, query->output);
    return exit_code(query);
}

static void begin(struct query *query) {
    char host[LIMIT_HOST_NAME_BYTES];
    if (query->arguments->json) {
        etalon_output_json_begin(&query->json);
        json_open_object(&query->json, NULL);
        json_open_array(&query->json, "exchanges");
        return;
    }
    printf("%s%s%s, UDP port %u, NTP version %u\n", etalon_output_colour(query->output, BOLD),
           etalon_output_clean(query->host, host, sizeof host),
           etalon_output_colour(query->output, PLAIN), (unsigned)query->port,
           (unsigned)query->arguments->version);
    fflush(stdout);
}

enum etalon_exit etalon_query(const struct etalon_arguments *arguments,
                              const struct etalon_output *output) {
    static struct query query;
    query = (struct query){.arguments = arguments, .output = output};
    if (!split_operand(&query)) {
        fprintf(stderr, "etalon: '%s' is not HOST or HOST:PORT\n", arguments->operand);
        return ETALON_USAGE;
    }
    if (arguments->port) query.port = arguments->port;
    begin(&query);
    if (arguments->count > 1) pause_catch_signals();
    if (ask_addresses(query.host, arguments->family, query.port, query.addresses,
                      &query.address_count, query.why) == ERR_OK)
        run(&query);
    return arguments->json ? finish_json(&query) : finish_text(&query);
}

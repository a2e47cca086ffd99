/* etalon roughtime query. Three or more servers are asked one after the other, twice in the same
 * order, each nonce bound to the response before; one or two are asked once each, which proves
 * nothing about them. Invariant: a server gets one request for each of its turns. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/text.h"
#include "main/etalon_roughtime.h"
#include "main/etalon_roughtime_file.h"
#include "main/etalon_roughtime_show.h"
#include "os/ask_roughtime.h"
#include "os/clocks.h"
#include "os/storage.h"
#include "wire/roughtime_report.h"

struct query {
    const struct etalon_arguments *arguments;
    const struct etalon_output *output;
    struct etalon_roughtime_list list;
    struct addr addresses[LIMIT_ROUGHTIME_SERVERS];
    bool resolved[LIMIT_ROUGHTIME_SERVERS];
    struct roughtime_chain chain;
    struct roughtime_chain_link single; /* where there are fewer than three */
    struct entropy entropy;
    struct json json;
    size_t answered;
};

static bool take_operands(struct query *q) {
    const struct etalon_arguments *a = q->arguments;
    q->list.count = (a->operand_count - 1) / 2;
    if (q->list.count > LIMIT_ROUGHTIME_SERVERS) {
        fprintf(stderr, "etalon: at most %d servers\n", LIMIT_ROUGHTIME_SERVERS);
        return false;
    }
    for (size_t i = 0; i < q->list.count; i++) {
        struct etalon_roughtime_server *server = &q->list.servers[i];
        const char *host = a->operands[1 + 2 * i], *key = a->operands[2 + 2 * i];
        server->version =
            a->draft ? ROUGHTIME_PROOF_VERSION_EXPERIMENTAL : ROUGHTIME_PROOF_VERSION_1;
        if (strlen(host) >= sizeof server->address) {
            fprintf(stderr, "etalon: '%s' is too long\n", host);
            return false;
        }
        snprintf(server->address, sizeof server->address, "%s", host);
        snprintf(server->name, sizeof server->name, "%s", host);
        if (etalon_roughtime_file_key(key, server->key)) continue;
        fprintf(stderr, "etalon: '%s' is not a public key: 32 bytes in base64\n", key);
        return false;
    }
    return true;
}

/* HOST:PORT or [IPV6]:PORT. */
static bool split(const char *text, char host[LIMIT_HOST_NAME_BYTES], uint16_t *port) {
    const char *colon = strrchr(text, ':');
    if (!colon || colon == text || !colon[1]) return false;
    char *end;
    unsigned long value = strtoul(colon + 1, &end, 10);
    bool bracket = text[0] == '[' && colon[-1] == ']';
    size_t length = (size_t)(colon - text) - (bracket ? 2 : 0);
    if (*end || value == 0 || value > 65535 || length == 0 || length >= LIMIT_HOST_NAME_BYTES)
        return false;
    memcpy(host, text + bracket, length);
    host[length] = '\0';
    *port = (uint16_t)value;
    return bracket || !strchr(host, ':');
}

static bool resolve(struct query *q, size_t i) {
    char host[LIMIT_HOST_NAME_BYTES], why[ASK_WHY_BYTES];
    struct addr found[LIMIT_ADDRESSES];
    size_t count;
    uint16_t port;
    if (!split(q->list.servers[i].address, host, &port)) {
        fprintf(stderr, "etalon: '%s' is not HOST:PORT\n", q->list.servers[i].address);
        return false;
    }
    if (ask_addresses(host, q->arguments->family, port, found, &count, why) == ERR_OK) {
        q->addresses[i] = found[0];
        q->resolved[i] = true;
    } else {
        fprintf(stderr, "etalon: %s\n", why);
    }
    return true;
}

static bool refill(struct entropy *entropy) {
    entropy->used = 0;
    size_t done = 0;
    while (done < ENTROPY_BYTES) {
        ssize_t got = getrandom(entropy->bytes + done, ENTROPY_BYTES - done, 0);
        if (got <= 0) return false;
        done += (size_t)got;
    }
    return true;
}

static void show_link(struct query *q, const struct roughtime_chain_link *link) {
    char name[ETALON_ROUGHTIME_NAME_BYTES], delay[TEXT_BYTES];
    const char *server = q->list.servers[link->server].name;
    double delay_s = mono_seconds(link->received, link->sent);
    q->answered++;
    if (q->arguments->json) {
        json_open_object(&q->json, NULL);
        json_string(&q->json, "server", server);
        json_double(&q->json, "delay_s", delay_s);
        etalon_roughtime_show_proof_json(&link->proof, &q->json);
        json_close_object(&q->json);
        return;
    }
    printf("  %s: ", etalon_output_clean(server, name, sizeof name));
    etalon_roughtime_show_proof(&link->proof, q->output);
    printf(", delay %s\n", text_seconds(delay_s, delay));
    fflush(stdout);
}

static enum err ask(struct query *q, const struct roughtime_chain_link *link,
                    enum err (*judge)(void *, const uint8_t *, size_t, struct mono)) {
    char why[ASK_WHY_BYTES];
    const struct ask_roughtime_call call = {.server = q->addresses[link->server],
                                            .tcp = q->arguments->tcp,
                                            .timeout_s = q->arguments->timeout_s,
                                            .request = link->request,
                                            .length = link->request_length,
                                            .judge = judge,
                                            .context = q};
    if (!q->resolved[link->server]) return ERR_IO;
    enum err err = ask_roughtime(&call, why);
    if (err != ERR_OK) fprintf(stderr, "etalon: %s\n", why);
    return err;
}

static enum err judge_chained(void *context, const uint8_t *packet, size_t length,
                              struct mono received) {
    struct query *q = context;
    return roughtime_chain_response(&q->chain, received, packet, length);
}

static enum err judge_single(void *context, const uint8_t *packet, size_t length,
                             struct mono received) {
    struct query *q = context;
    struct roughtime_chain_link *link = &q->single;
    const struct roughtime_client_rules rules = {q->arguments->any_context};
    link->received = received;
    return roughtime_client_verify(&rules, q->list.servers[link->server].key, link->request,
                                   link->request_length, packet, length, &link->proof);
}

static bool begin_chain(struct query *q) {
    struct roughtime_chain_server servers[LIMIT_ROUGHTIME_SERVERS];
    const struct roughtime_client_rules rules = {q->arguments->any_context};
    for (size_t i = 0; i < q->list.count; i++) {
        servers[i].version = q->list.servers[i].version;
        memcpy(servers[i].long_term_key, q->list.servers[i].key, ED25519_PUBLIC_BYTES);
    }
    enum err err = roughtime_chain_init(&q->chain, &rules, servers, q->list.count);
    if (err == ERR_OK) return true;
    fprintf(stderr, "etalon: the servers cannot be asked in a chain: %s\n",
            err == ERR_DUPLICATE ? "a key is given twice" : err_text(err));
    return false;
}

static void run_chain(struct query *q) {
    const struct roughtime_chain_link *link;
    while (refill(&q->entropy) &&
           (link = roughtime_chain_next(&q->chain, clocks_mono(), &q->entropy))) {
        if (ask(q, link, judge_chained) == ERR_OK)
            show_link(q, &q->chain.links[q->chain.link_count - 1]);
        else
            roughtime_chain_skip(&q->chain);
    }
}

static void run_singles(struct query *q) {
    for (size_t i = 0; i < q->list.count; i++) {
        struct roughtime_chain_link *link = &q->single;
        link->server = i;
        link->sent = clocks_mono();
        if (getrandom(link->rand, sizeof link->rand, 0) != sizeof link->rand ||
            roughtime_client_request(&q->list.servers[i].version, 1, link->rand,
                                     q->list.servers[i].key, link->request,
                                     &link->request_length) != ERR_OK)
            return;
        if (ask(q, link, judge_single) == ERR_OK) show_link(q, link);
    }
}

static bool write_report(const struct query *q) {
    static char text[ROUGHTIME_REPORT_TEXT_BYTES];
    struct json json;
    const char *why = "it is too long";
    json_init(&json, text, sizeof text);
    roughtime_chain_report(&q->chain, &json);
    if (!json.failed && storage_replace(q->arguments->report, text, json.length, &why) == ERR_OK)
        return true;
    fprintf(stderr, "etalon: the report %s cannot be written: %s\n", q->arguments->report, why);
    return false;
}

static void show_consistent(struct query *q, const struct roughtime_chain_result *result) {
    struct kernel_reading now;
    char low[TEXT_BYTES], high[TEXT_BYTES];
    clocks_read(&now);
    int64_t passed_ns = mono_diff(now.counter, result->at);
    double early_s = s_from_ns(result->low.ns + passed_ns - now.realtime.ns);
    double late_s = s_from_ns(result->high.ns + passed_ns - now.realtime.ns);
    bool inside = early_s <= 0 && late_s >= 0;
    if (q->arguments->json) {
        json_double(&q->json, "host_offset_low_s", early_s);
        json_double(&q->json, "host_offset_high_s", late_s);
        json_bool(&q->json, "host_inside", inside);
        return;
    }
    printf("consistent: all responses can be right\n"
           "true time minus this host's clock is between %s and %s: the host's clock %s\n",
           text_signed_seconds(early_s, low), text_signed_seconds(late_s, high),
           inside ? "can be right" : "is wrong");
}

static void show_malfeasance(struct query *q, const struct roughtime_chain_result *result) {
    const struct roughtime_chain_link *a = &q->chain.links[result->earlier];
    const struct roughtime_chain_link *b = &q->chain.links[result->later];
    const char *first = q->list.servers[a->server].name, *then = q->list.servers[b->server].name;
    char one[ETALON_ROUGHTIME_NAME_BYTES], two[ETALON_ROUGHTIME_NAME_BYTES];
    int64_t gap_s = etalon_roughtime_show_gap(&a->proof, &b->proof);
    if (q->arguments->json) {
        json_string(&q->json, "earlier", first);
        json_string(&q->json, "later", then);
        json_int(&q->json, "gap_s", gap_s);
        return;
    }
    printf("%smalfeasance%s: response %zu (%s) and response %zu (%s), asked for later, cannot both "
           "be right: %" PRId64 " s apart\n",
           etalon_output_colour(q->output, RED), etalon_output_colour(q->output, PLAIN),
           result->earlier + 1, etalon_output_clean(first, one, sizeof one), result->later + 1,
           etalon_output_clean(then, two, sizeof two), gap_s);
}

static enum etalon_exit conclude(struct query *q) {
    struct roughtime_chain_result result;
    roughtime_chain_conclude(&q->chain, &result);
    if (q->arguments->json)
        json_string(&q->json, "verdict", etalon_roughtime_show_verdict(result.verdict));
    switch (result.verdict) {
    case ROUGHTIME_CHAIN_CONSISTENT:
        show_consistent(q, &result);
        return ETALON_FINE;
    case ROUGHTIME_CHAIN_MALFEASANCE:
        show_malfeasance(q, &result);
        return !q->arguments->report || write_report(q) ? ETALON_MALFEASANCE : ETALON_FAILED;
    case ROUGHTIME_CHAIN_INCONSISTENT:
        if (!q->arguments->json)
            puts("inconsistent: no time fits all responses, but their order proves no lie");
        return ETALON_NOT_SYNCHRONISED;
    case ROUGHTIME_CHAIN_INCOMPLETE:
        break;
    }
    if (!q->arguments->json)
        printf(
            "incomplete: %zu of %zu servers answered; three at least, and half of them twice, are "
            "needed to tell a lie\n",
            result.servers_answering, q->list.count);
    return q->answered > 0 ? ETALON_NOT_SYNCHRONISED : ETALON_NO_ANSWER;
}

static enum etalon_exit conclude_singles(struct query *q) {
    if (q->arguments->json)
        json_string(&q->json, "verdict", q->answered ? "verified" : "unanswered");
    else if (q->answered > 0)
        puts("verified; three servers or more are needed to tell a lie");
    return q->answered == q->list.count ? ETALON_FINE : ETALON_NO_ANSWER;
}

static enum etalon_exit run(struct query *q) {
    bool chained = q->list.count >= ROUGHTIME_CHAIN_SERVERS_MIN;
    if (chained && !begin_chain(q)) return ETALON_USAGE;
    if (q->arguments->json) {
        etalon_output_json_begin(&q->json);
        json_open_object(&q->json, NULL);
        json_open_array(&q->json, "responses");
    }
    if (chained)
        run_chain(q);
    else
        run_singles(q);
    if (q->arguments->json) json_close_array(&q->json);
    enum etalon_exit code = chained ? conclude(q) : conclude_singles(q);
    if (!q->arguments->json) return code;
    json_close_object(&q->json);
    return etalon_output_json_print(&q->json) ? code : ETALON_FAILED;
}

enum etalon_exit etalon_roughtime_query(const struct etalon_arguments *arguments,
                                        const struct etalon_output *output) {
    static struct query query;
    query = (struct query){.arguments = arguments, .output = output};
    bool right = arguments->list
                     ? etalon_roughtime_file_list(arguments->list, arguments->tcp, &query.list)
                     : take_operands(&query);
    for (size_t i = 0; right && i < query.list.count; i++) right = resolve(&query, i);
    if (!right) return ETALON_USAGE;
    if (query.list.count > 0) return run(&query);
    fprintf(stderr, "etalon: %s names no server that can be asked\n", arguments->list);
    return ETALON_USAGE;
}

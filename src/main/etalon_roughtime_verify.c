/* etalon roughtime verify: what a malfeasance report proves, offline. A pair of responses is proof
 * only if both are signed, and if the nonces between them show which was asked for first. */
#include <inttypes.h>
#include <string.h>

#include "base/base64.h"
#include "main/etalon_roughtime.h"
#include "main/etalon_roughtime_file.h"
#include "main/etalon_roughtime_show.h"

struct verification {
    const struct etalon_arguments *arguments;
    const struct etalon_output *output;
    struct etalon_roughtime_report report;
    struct etalon_roughtime_list list;
    enum err signed_by_key[ETALON_ROUGHTIME_RESPONSES]; /* what each response's check said */
    bool follows[ETALON_ROUGHTIME_RESPONSES];           /* its nonce is bound to the one before */
    struct json json;
};

/* Name by the list, else the key itself. */
static const char *name_of(const struct verification *v, size_t i,
                           char out[ETALON_ROUGHTIME_NAME_BYTES]) {
    const uint8_t *key = v->report.responses[i].key;
    for (size_t k = 0; k < v->list.count; k++)
        if (memcmp(v->list.servers[k].key, key, ED25519_PUBLIC_BYTES) == 0)
            return etalon_output_clean(v->list.servers[k].name, out, ETALON_ROUGHTIME_NAME_BYTES);
    return base64_text(key, ED25519_PUBLIC_BYTES, out, ETALON_ROUGHTIME_NAME_BYTES);
}

static bool follows(const struct roughtime_chain_link *before,
                    const struct etalon_roughtime_response *response) {
    const struct roughtime_chain_link *link = &response->link;
    uint8_t nonce[ROUGHTIME_PROOF_NONCE_BYTES], wanted[ROUGHTIME_PROOF_NONCE_BYTES];
    if (!response->has_rand ||
        roughtime_client_nonce_of(link->request, link->request_length, nonce) != ERR_OK)
        return false;
    roughtime_client_chained_nonce(before->response, before->response_length, link->rand, wanted);
    return memcmp(nonce, wanted, sizeof nonce) == 0;
}

static void check(struct verification *v) {
    const struct roughtime_client_rules rules = {.accept_other_context = true};
    for (size_t i = 0; i < v->report.count; i++) {
        struct etalon_roughtime_response *r = &v->report.responses[i];
        v->signed_by_key[i] =
            roughtime_client_verify(&rules, r->key, r->link.request, r->link.request_length,
                                    r->link.response, r->link.response_length, &r->link.proof);
        v->follows[i] = i > 0 && follows(&v->report.responses[i - 1].link, r);
    }
}

static void show_response(struct verification *v, size_t i) {
    const struct etalon_roughtime_response *r = &v->report.responses[i];
    char name[ETALON_ROUGHTIME_NAME_BYTES], key[BASE64_TEXT_BYTES(ED25519_PUBLIC_BYTES)];
    bool good = v->signed_by_key[i] == ERR_OK;
    if (v->arguments->json) {
        json_open_object(&v->json, NULL);
        json_string(&v->json, "server", name_of(v, i, name));
        json_string(&v->json, "public_key", base64_text(r->key, sizeof r->key, key, sizeof key));
        json_string(&v->json, "check", err_name(v->signed_by_key[i]));
        json_bool(&v->json, "follows", v->follows[i]);
        if (good) etalon_roughtime_show_proof_json(&r->link.proof, &v->json);
        json_close_object(&v->json);
        return;
    }
    printf("%zu %s: ", i + 1, name_of(v, i, name));
    if (good)
        etalon_roughtime_show_proof(&r->link.proof, v->output);
    else
        printf("not proven: %s", err_text(v->signed_by_key[i]));
    if (i > 0) printf("; %s", v->follows[i] ? "asked for later" : "order not proven");
    putchar('\n');
}

/* Whether the chain of nonces leads from the one to the other. */
static bool ordered(const struct verification *v, size_t earlier, size_t later) {
    for (size_t i = earlier + 1; i <= later; i++)
        if (!v->follows[i]) return false;
    return v->signed_by_key[earlier] == ERR_OK && v->signed_by_key[later] == ERR_OK;
}

static bool contradict(const struct verification *v, size_t earlier, size_t later) {
    return ordered(v, earlier, later) &&
           !roughtime_client_possible(&v->report.responses[earlier].link.proof.interval,
                                      &v->report.responses[later].link.proof.interval);
}

static void show_pair(struct verification *v, size_t earlier, size_t later) {
    char one[ETALON_ROUGHTIME_NAME_BYTES], two[ETALON_ROUGHTIME_NAME_BYTES];
    int64_t gap_s = etalon_roughtime_show_gap(&v->report.responses[earlier].link.proof,
                                              &v->report.responses[later].link.proof);
    if (v->arguments->json) {
        json_open_object(&v->json, NULL);
        json_uint(&v->json, "earlier", earlier);
        json_uint(&v->json, "later", later);
        json_int(&v->json, "gap_s", gap_s);
        json_close_object(&v->json);
        return;
    }
    bool same = memcmp(v->report.responses[earlier].key, v->report.responses[later].key,
                       ED25519_PUBLIC_BYTES) == 0;
    printf("%sproven%s: responses %zu and %zu cannot both be right, by %" PRId64 " s: ",
           etalon_output_colour(v->output, RED), etalon_output_colour(v->output, PLAIN),
           earlier + 1, later + 1, gap_s);
    if (same)
        printf("%s contradicts itself\n", name_of(v, earlier, one));
    else
        printf("%s or %s lied\n", name_of(v, earlier, one), name_of(v, later, two));
}

static size_t show_pairs(struct verification *v) {
    size_t proven = 0;
    for (size_t later = 1; later < v->report.count; later++)
        for (size_t earlier = 0; earlier < later; earlier++) {
            if (!contradict(v, earlier, later)) continue;
            show_pair(v, earlier, later);
            proven++;
        }
    return proven;
}

enum etalon_exit etalon_roughtime_verify(const struct etalon_arguments *arguments,
                                         const struct etalon_output *output) {
    static struct verification v;
    v.arguments = arguments;
    v.output = output;
    if (arguments->list && !etalon_roughtime_file_list(arguments->list, false, &v.list))
        return ETALON_USAGE;
    if (!etalon_roughtime_file_report(arguments->operands[1], &v.report)) return ETALON_USAGE;
    check(&v);
    if (arguments->json) {
        etalon_output_json_begin(&v.json);
        json_open_object(&v.json, NULL);
        json_open_array(&v.json, "responses");
    }
    for (size_t i = 0; i < v.report.count; i++) show_response(&v, i);
    if (arguments->json) {
        json_close_array(&v.json);
        json_open_array(&v.json, "proven");
    }
    size_t proven = show_pairs(&v);
    if (arguments->json) {
        json_close_array(&v.json);
        json_bool(&v.json, "malfeasance", proven > 0);
        json_close_object(&v.json);
        if (!etalon_output_json_print(&v.json)) return ETALON_FAILED;
    } else if (proven == 0) {
        puts("nothing is proven: no two responses that are signed and in a proven order "
             "contradict each other");
    }
    return proven > 0 ? ETALON_FINE : ETALON_NOT_SYNCHRONISED;
}

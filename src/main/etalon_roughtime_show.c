/* Responses of Roughtime servers in words and as JSON. */
#include "main/etalon_roughtime_show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/text.h"

/* Whole seconds, without a fraction; a number where no calendar of ours reaches. */
static const char *when(uint64_t utc_s, char out[TEXT_BYTES]) {
    if (utc_s >= LIMIT_ROUGHTIME_UTC_S) {
        snprintf(out, TEXT_BYTES, "%" PRIu64 " s after 1970", utc_s);
        return out;
    }
    text_utc((struct utc){(int64_t)utc_s * NS_PER_S}, out);
    char *fraction = strchr(out, '.');
    if (fraction) memcpy(fraction, "Z", 2);
    return out;
}

void etalon_roughtime_show_proof(const struct roughtime_client_proof *proof,
                                 const struct etalon_output *output) {
    char text[TEXT_BYTES];
    printf("%s %s %" PRIu32 " s, version %s, context \"%s\"%s",
           when(proof->interval.midpoint_s, text), etalon_output_plus_minus(output),
           proof->interval.radius_s,
           proof->version == ROUGHTIME_PROOF_VERSION_1 ? "1" : "0x8000000c",
           roughtime_proof_context_name(proof->context),
           proof->other_context ? " (not that of its version)" : "");
}

void etalon_roughtime_show_proof_json(const struct roughtime_client_proof *proof,
                                      struct json *json) {
    char text[BASE64_TEXT_BYTES(ED25519_PUBLIC_BYTES)];
    json_uint(json, "midpoint_s", proof->interval.midpoint_s);
    json_uint(json, "radius_s", proof->interval.radius_s);
    json_uint(json, "version", proof->version);
    json_string(json, "context", roughtime_proof_context_name(proof->context));
    json_bool(json, "other_context", proof->other_context);
    json_uint(json, "delegated_from_s", proof->mint_s);
    json_uint(json, "delegated_until_s", proof->maxt_s);
    json_string(json, "online_key",
                base64_text(proof->online_key, sizeof proof->online_key, text, sizeof text));
    json_uint(json, "path_length", proof->path_length);
}

int64_t etalon_roughtime_show_gap(const struct roughtime_client_proof *earlier,
                                  const struct roughtime_client_proof *later) {
    const struct roughtime_proof_interval *a = &earlier->interval, *b = &later->interval;
    return (int64_t)(a->midpoint_s - a->radius_s) - (int64_t)(b->midpoint_s + b->radius_s);
}

const char *etalon_roughtime_show_verdict(enum roughtime_chain_verdict verdict) {
    static const char *const names[] = {
        [ROUGHTIME_CHAIN_CONSISTENT] = "consistent",
        [ROUGHTIME_CHAIN_MALFEASANCE] = "malfeasance",
        [ROUGHTIME_CHAIN_INCONSISTENT] = "inconsistent",
        [ROUGHTIME_CHAIN_INCOMPLETE] = "incomplete",
    };
    return verdict <= ROUGHTIME_CHAIN_INCOMPLETE ? names[verdict] : "unknown";
}

/* NTS for people and programs. Nothing here is a secret: keys are never shown, only their ids. */
#include "main/etalon_keys.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"

static void print_cookie_key(const struct message_keying *k) {
    char age[TEXT_BYTES];
    if (k->has_keys)
        printf("              cookie key %08" PRIx32 ", %s old, %" PRIu64 " rotations\n", k->key_id,
               text_age(s_from_ns(k->key_age_ns), age), k->rotations);
    else
        printf("              no cookie keys\n");
}

void etalon_keys_print(const struct etalon_view *view, const struct etalon_output *output) {
    const struct message_keying *k = &view->keying;
    char until[TEXT_BYTES];
    if (!view->has_keying) return;
    printf("nts           %" PRIu64 " of our %" PRIu64 " questions for keys were granted\n",
           k->granted, k->asked);
    if (k->certificate_ends_utc_s == 0) return;
    printf("              %" PRIu64 " connections, %" PRIu64 " refused, %" PRIu64
           " got keys, %u open\n",
           k->accepted, k->refused, k->served, (unsigned)k->open);
    print_cookie_key(k);
    bool over = view->has_tracking && k->certificate_ends_utc_s * NS_PER_S <
                                          clock_state_utc(&view->tracking.clock, view->now).ns;
    printf("              %scertificate until %s%s\n",
           etalon_output_colour(output, over ? RED : PLAIN),
           text_utc((struct utc){k->certificate_ends_utc_s * NS_PER_S}, until),
           etalon_output_colour(output, PLAIN));
    struct message_serving sum = etalon_view_served(view);
    printf("              %" PRIu64 " NTP requests with NTS, %" PRIu64 " answered, %" PRIu64
           " by NTSN\n",
           sum.nts_received, sum.nts_replied, sum.nts_naks);
    printf("              no keys for: ");
    if (!etalon_view_drops_print(k->drops)) printf("nobody");
    putchar('\n');
}

void etalon_keys_json(const struct etalon_view *view, struct json *json) {
    const struct message_keying *k = &view->keying;
    struct message_serving sum = etalon_view_served(view);
    if (!view->has_keying) return;
    json_open_object(json, "nts");
    json_uint(json, "asked", k->asked);
    json_uint(json, "granted", k->granted);
    json_uint(json, "connections", k->accepted);
    json_uint(json, "connections_refused", k->refused);
    json_uint(json, "connections_open", k->open);
    json_uint(json, "served", k->served);
    etalon_view_drops_json(k->drops, json);
    json_bool(json, "has_keys", k->has_keys);
    if (k->has_keys) {
        json_uint(json, "key_id", k->key_id);
        json_double(json, "key_age_s", s_from_ns(k->key_age_ns));
    }
    json_uint(json, "rotations", k->rotations);
    json_int(json, "certificate_ends_utc_s", k->certificate_ends_utc_s);
    json_uint(json, "requests", sum.nts_received);
    json_uint(json, "replies", sum.nts_replied);
    json_uint(json, "naks", sum.nts_naks);
    json_close_object(json);
}

void etalon_keys_sources_print(const struct etalon_view *view, const struct etalon_output *output) {
    char name[ETALON_VIEW_NAME_BYTES];
    for (size_t i = 0; i < ETALON_VIEW_SOURCES; i++) {
        const struct message_association *a = &view->association[i];
        if (!view->has_association[i] || a->auth == ASSOCIATION_AUTH_NONE) continue;
        printf("%s: NTS %s%s%s, %u cookies, %" PRIu64 " key establishments, %" PRIu64
               " failed%s%s, %" PRIu64 " NAKs\n",
               etalon_view_name(view, i, name),
               etalon_output_colour(output, a->auth == ASSOCIATION_AUTH_KEYED ? GREEN : YELLOW),
               message_auth_name((enum association_auth)a->auth),
               etalon_output_colour(output, PLAIN), (unsigned)a->cookies, a->establishments,
               a->establishments_failed, a->last_refusal == ERR_OK ? "" : ", the last: ",
               a->last_refusal == ERR_OK ? "" : err_text((enum err)a->last_refusal), a->naks);
    }
}

void etalon_keys_source_json(const struct message_association *a, struct json *json) {
    json_string(json, "auth", message_auth_name((enum association_auth)a->auth));
    if (a->auth == ASSOCIATION_AUTH_NONE) return;
    json_open_object(json, "nts");
    json_uint(json, "cookies", a->cookies);
    json_uint(json, "establishments", a->establishments);
    json_uint(json, "establishments_failed", a->establishments_failed);
    if (a->last_refusal != ERR_OK)
        json_string(json, "last_refusal", err_name((enum err)a->last_refusal));
    json_uint(json, "naks", a->naks);
    json_close_object(json);
}

/* The timeline in the Open Cybersecurity Schema Framework, version 1.8.0 (schema.ocsf.io): each row
 * is an event of the class that fits its kind, with the profile record_integrity. The fingerprint
 * there is the leaf hash of the log (SHA-256 of a zero byte and the entry's exact bytes), so that
 * any row can be proven again from the log (`etalon prove`). */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "main/etalon_timeline_row.h"

/* type_uid = class_uid * 100 + activity_id, category = class_uid / 1000. */
enum class {
    EVENT_LOG = 1008,
    DETECTION = 2004,
    NTP = 4013,
    CONFIG_STATE = 5019,
    LIFECYCLE = 6002,
    API = 6003,
};

enum { ACTIVITY_OTHER = 99 };

struct mapping {
    const char *what;
    enum class class;
    int activity;
};

/* By what a row is. NTP: 3 is a client's synchronisation; 5019: 1 is a log of what changed; 2004: 1
 * is a new finding; 6002: 3 is a start; 6003: 2 is a reading; 1008: 2 deletes, 6 starts. */
static const struct mapping mappings[] = {
    {"routine", NTP, 3},
    {"verdict", NTP, 3},
    {"association", NTP, 3},
    {"step", CONFIG_STATE, 1},
    {"kernel-step", CONFIG_STATE, 1},
    {"config", CONFIG_STATE, 1},
    {"leaps", CONFIG_STATE, 1},
    {"keying", CONFIG_STATE, 1},
    {"begin", CONFIG_STATE, 1},
    {"finding", DETECTION, 1},
    {"process", LIFECYCLE, 3},
    {"request", API, 2},
    {"start", EVENT_LOG, 6},
    {"pruned", EVENT_LOG, 2},
};

static struct mapping mapping_of(const char *what) {
    for (size_t i = 0; i < sizeof mappings / sizeof mappings[0]; i++)
        if (strcmp(mappings[i].what, what) == 0) return mappings[i];
    return (struct mapping){what, EVENT_LOG, ACTIVITY_OTHER};
}

static int severity_of(enum etalon_timeline_weight weight) {
    static const int severities[] = {
        [ETALON_TIMELINE_ROUTINE] = 1, /* informational */
        [ETALON_TIMELINE_CHANGE] = 1,
        [ETALON_TIMELINE_WARNING] = 3, /* medium */
        [ETALON_TIMELINE_FINDING] = 4, /* high */
    };
    return severities[weight];
}

static const char *uid_of(const struct etalon_timeline_told *told, char out[400]) {
    snprintf(out, 400, "%s#%llu", etalon_ledger_tree_origin(told->tree),
             (unsigned long long)told->row->entry->index);
    return out;
}

static void put_metadata(const struct etalon_timeline_told *told, struct json *json) {
    char uid[400];
    json_open_object(json, "metadata");
    json_string(json, "version", "1.8.0");
    json_string(json, "uid", uid_of(told, uid));
    json_string(json, "log_name", etalon_ledger_tree_origin(told->tree));
    json_uint(json, "sequence", told->row->entry->index);
    json_open_array(json, "profiles");
    json_string(json, NULL, "record_integrity");
    json_close_array(json);
    json_open_object(json, "product");
    json_string(json, "name", "Etalon");
    json_string(json, "vendor_name", "Etalon");
    json_string(json, "version", ETALON_VERSION);
    json_close_object(json);
    json_close_object(json);
}

static void put_attestation(const struct etalon_timeline_told *told, struct json *json) {
    char uid[400], hex[2 * MERKLE_HASH_BYTES + 1];
    if (told->row->no_leaf) return;
    for (size_t i = 0; i < MERKLE_HASH_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", told->row->entry->leaf.bytes[i]);
    json_open_array(json, "attestation_list");
    json_open_object(json, NULL);
    json_string(json, "uid", uid_of(told, uid));
    json_string(json, "authority_uid", told->tree->key);
    json_string(json, "chain_uid", etalon_ledger_tree_origin(told->tree));
    json_open_object(json, "fingerprint");
    json_string(json, "algorithm", "RFC 6962 leaf hash, SHA-256");
    json_int(json, "algorithm_id", 99);
    json_string(json, "value", hex);
    json_close_object(json);
    json_close_object(json);
    json_close_array(json);
}

static void put_device(struct json *json) {
    json_open_object(json, "device");
    json_int(json, "type_id", 1); /* a server */
    json_string(json, "type", "Server");
    json_close_object(json);
}

static void put_technique(const char *uid, const char *name, struct json *json) {
    json_open_array(json, "attacks");
    json_open_object(json, NULL);
    json_string(json, "version", "20.0"); /* of MITRE ATT&CK */
    json_open_object(json, "technique");
    json_string(json, "uid", uid);
    json_string(json, "name", name);
    json_close_object(json);
    json_close_object(json);
    json_close_array(json);
}

static void put_finding(const struct etalon_timeline_told *told, struct json *json) {
    const char *rule = told->row->rule ? told->row->rule : "";
    char uid[400];
    json_open_object(json, "finding_info");
    json_string(json, "uid", uid_of(told, uid));
    json_string(json, "title", rule);
    json_string(json, "desc", told->row->text);
    if (strcmp(rule, "foreign-step") == 0) put_technique("T1070.006", "Timestomp", json);
    json_close_object(json);
}

static void put_request(const struct etalon_timeline_told *told, struct json *json) {
    (void)told;
    json_open_object(json, "actor");
    json_string(json, "app_name", "etalon");
    json_close_object(json);
    json_open_object(json, "api");
    json_string(json, "operation", "status");
    json_close_object(json);
    json_open_object(json, "src_endpoint");
    json_string(json, "name", "control socket");
    json_close_object(json);
}

/* What the class asks for beyond what all events have. */
static void put_required(const struct mapping *mapping, const struct etalon_timeline_told *told,
                         struct json *json) {
    switch (mapping->class) {
    case NTP:
        json_string(json, "version", "4");
        break;
    case CONFIG_STATE:
        put_device(json);
        break;
    case DETECTION:
        put_finding(told, json);
        break;
    case LIFECYCLE:
        json_open_object(json, "app");
        json_string(json, "name", "etalond");
        json_string(json, "vendor_name", "Etalon");
        json_close_object(json);
        break;
    case API:
        put_request(told, json);
        break;
    case EVENT_LOG:
        json_string(json, "log_name", etalon_ledger_tree_origin(told->tree));
        break;
    }
}

/* An event must have a time: where none is known it is that of the witnesses, or 0. */
static int64_t time_ms(const struct etalon_timeline_told *told) {
    if (told->time != ETALON_TIMELINE_UNKNOWN) return told->utc.ns / 1000000;
    return told->interval.has_not_after ? told->interval.not_after_s * 1000 : 0;
}

void etalon_timeline_ocsf(const struct etalon_timeline_told *told, struct json *json) {
    const struct etalon_timeline_row *row = told->row;
    struct mapping mapping = mapping_of(row->what);
    if (mapping.class == LIFECYCLE && row->weight == ETALON_TIMELINE_WARNING)
        mapping.activity = 4; /* a stop */
    json_open_object(json, NULL);
    json_int(json, "activity_id", mapping.activity);
    if (mapping.activity == ACTIVITY_OTHER) json_string(json, "activity_name", row->what);
    json_int(json, "category_uid", mapping.class / 1000);
    json_int(json, "class_uid", mapping.class);
    json_int(json, "type_uid", (int)mapping.class * 100 + mapping.activity);
    json_int(json, "severity_id", severity_of(row->weight));
    json_int(json, "time", time_ms(told));
    json_string(json, "message", row->text);
    put_metadata(told, json);
    put_required(&mapping, told, json);
    put_attestation(told, json);
    json_open_object(json, "unmapped");
    etalon_timeline_row_json(told, json);
    json_close_object(json);
    json_close_object(json);
}

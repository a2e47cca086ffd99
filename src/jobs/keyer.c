/* The keyer. Invariants: what the page holds is what new cookies are minted with; a key is written
 * to the page before the first cookie is made with it; erased keys are nowhere. */
#include "jobs/keyer.h"

#include <string.h>

#include "crypto/wipe.h"
#include "jobs/record.h"

enum { REPORT_TICK_S = 1, REPORT_IDLE_S = 10, DUMP_S = 3600 };

const struct nts_ke_aeads keyer_aeads = {.ids = {NTS_AEAD_AES_SIV_CMAC_256}, .count = 1};

unsigned keyer_init(struct keyer *keyer, const struct keyer_start *start, struct mono now) {
    unsigned line = 0;
    memset(keyer, 0, sizeof *keyer);
    keyer->config = start->config;
    keyer->clock = start->clock;
    keyer->page = start->page;
    keyer->floor = start->floor;
    keyer->floor_at = now;
    keyer->report.certificate_ends_utc_s = start->certificate_ends_utc_s;
    keyer->next_report = keyer->next_dump = MONO_NEVER;
    keyer->has_fleet = start->fleet != NULL;
    if (start->fleet) keyer->fleet = *start->fleet;
    bool old =
        start->keys_text && start->keys_length >= 4 && memcmp(start->keys_text, "NKS0", 4) == 0;
    keyer->format = old ? NTS_COOKIE_NKS0 : NTS_COOKIE_NKS1;
    if (start->keys_text)
        keyer->has_file_keys = nts_cookie_parse(start->keys_text, start->keys_length, now,
                                                &keyer->keys, &line) == ERR_OK;
    return start->keys_text && !keyer->has_file_keys ? (line > 0 ? line : 1) : 0;
}

void keyer_wipe(struct keyer *keyer) {
    nts_cookie_wipe(&keyer->keys);
    wipe(&keyer->fleet, sizeof keyer->fleet);
    wipe(&keyer->nonces, sizeof keyer->nonces);
}

static int digit_of(char letter) {
    if (letter >= '0' && letter <= '9') return letter - '0';
    if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
    if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
    return -1;
}

enum err keyer_fleet_parse(const char *text, size_t length, struct nts_fleet *out) {
    struct nts_fleet fleet = {.epoch = 0};
    size_t at = 0;
    for (; at < length && text[at] >= '0' && text[at] <= '9'; at++) {
        if (fleet.epoch > UINT64_MAX / 16) return ERR_RANGE;
        fleet.epoch = fleet.epoch * 10 + (uint64_t)(text[at] - '0');
    }
    while (length > at && (text[length - 1] == '\n' || text[length - 1] == '\r')) length--;
    if (at == 0 || length != at + 1 + 2 * NTS_FLEET_SECRET_BYTES || text[at] != ' ')
        return ERR_SYNTAX;
    for (size_t i = 0; i < NTS_FLEET_SECRET_BYTES; i++) {
        int high = digit_of(text[at + 1 + 2 * i]), low = digit_of(text[at + 2 + 2 * i]);
        if (high < 0 || low < 0) return ERR_SYNTAX;
        fleet.secret[i] = (uint8_t)(high << 4 | low);
    }
    *out = fleet;
    wipe(&fleet, sizeof fleet);
    return ERR_OK;
}

/* What had passed at a reading of the counter, carried on no faster than time can have gone. */
static struct utc carried(const struct keyer *keyer, struct utc passed, struct mono at,
                          struct mono now) {
    int64_t since_ns = mono_diff(now, at);
    double drift_s = keyer->config->max_drift * s_from_ns(since_ns < 0 ? -since_ns : since_ns);
    return utc_add(passed, since_ns - ns_from_s(drift_s));
}

/* What was proven last counts, not the most that ever was: servers that err do so for hours only.
 */
static struct utc floor_now(const struct keyer *keyer, struct mono now) {
    struct utc floor = carried(keyer, keyer->floor, keyer->floor_at, now);
    const struct message_bound *bound = &keyer->proven;
    if (!keyer->has_proven) return floor;
    struct utc proven = carried(keyer, bound->low, bound->at, now);
    return utc_diff(proven, floor) > 0 ? proven : floor;
}

bool keyer_time(const struct keyer *keyer, struct mono now, struct utc *out) {
    struct clock_state state;
    *out = floor_now(keyer, now);
    if (clock_page_read(keyer->clock, &state) != ERR_OK || !clock_state_serves(&state, now))
        return false;
    *out = clock_state_utc(&state, now);
    return true;
}

/* --- cookie keys --- */

static void publish(struct keyer *keyer) {
    keyer->has_keys = true;
    key_page_publish(keyer->page, &keyer->keys);
}

/* The file is the parent's to write. */
static void dump(struct keyer *keyer, struct mono now, struct outbox *outbox) {
    const struct config_nts *nts = &keyer->config->nts;
    if (nts->dump_dir[0] == '\0' || nts->rotate_s == 0 || keyer->has_fleet) return;
    keyer->next_dump = mono_add(now, DUMP_S * NS_PER_S);
    struct effect *effect = job_effect(outbox, EFFECT_POST);
    effect->post.to = JOB_PARENT;
    effect->post.message.kind = MESSAGE_NTS_DUMP;
    struct message_nts_dump *file = &effect->post.message.nts_dump;
    file->length = (uint16_t)nts_cookie_build(&keyer->keys, keyer->format, now, file->text);
}

static void choose_keys(struct keyer *keyer, const struct event *event, struct outbox *outbox) {
    bool external = keyer->config->nts.rotate_s == 0;
    struct nts_keys published;
    if (!external && key_page_read(keyer->page, &published) == ERR_OK) {
        keyer->keys = published;
        keyer->has_keys = true;
    } else if (keyer->has_file_keys) {
        publish(keyer);
    } else if (external) {
        job_log(outbox, LOG_LEVEL_ERROR,
                "there are no cookie keys (ntsrotate 0, and no ntskeys "
                "that can be read): nobody is served by NTS");
    } else {
        nts_cookie_generate(&keyer->keys, event->now, event->entropy);
        publish(keyer);
        job_log(outbox, LOG_LEVEL_INFO, "new cookie keys were made");
    }
    wipe(&published, sizeof published);
    if (keyer->has_keys) dump(keyer, event->now, outbox);
}

/* After a long sleep several keys are overdue; more than all slots at once makes no difference. */
static void rotate_due(struct keyer *keyer, const struct event *event, struct outbox *outbox) {
    int64_t life_ns = keyer->config->nts.rotate_s * NS_PER_S;
    if (!keyer->has_keys || life_ns == 0) return;
    int64_t due = mono_diff(event->now, keyer->keys.rotated) / life_ns;
    for (int i = 0; i < due && i < NTS_KEY_SLOTS; i++)
        nts_cookie_rotate(&keyer->keys, event->now, event->entropy);
    if (due > 0) {
        publish(keyer);
        keyer->report.rotations++;
        job_log(outbox, LOG_LEVEL_INFO, "cookie keys rotated; the current one is %08x",
                (unsigned)keyer->keys.slots[keyer->keys.current].id);
    }
    if (due > 0 || !mono_before(event->now, keyer->next_dump)) dump(keyer, event->now, outbox);
}

static void tell_waiting(struct keyer *keyer, enum err err, struct outbox *outbox) {
    if (keyer->told_waiting) return;
    keyer->told_waiting = true;
    if (err == ERR_STALE)
        job_log(outbox, LOG_LEVEL_INFO,
                "the keys of the fleet follow from the time, which is not "
                "known yet: nobody is served by NTS until then");
    else
        job_log(outbox, LOG_LEVEL_ERROR,
                "the keys of the fleet cannot be derived: the epoch in "
                "its secret is not before the present one, or too long "
                "ago; nobody is served by NTS");
}

/* Epochs are counted from 1970 on, each ntsrotate seconds long. */
static void follow_epoch(struct keyer *keyer, const struct event *event, struct outbox *outbox) {
    struct utc utc;
    int64_t life_ns = keyer->config->nts.rotate_s * NS_PER_S;
    if (life_ns <= 0) return;
    if (!keyer_time(keyer, event->now, &utc)) {
        if (!keyer->has_keys) tell_waiting(keyer, ERR_STALE, outbox);
        return;
    }
    uint64_t epoch = (uint64_t)(utc.ns / life_ns);
    if (keyer->has_keys && epoch <= keyer->fleet.epoch + 2) return; /* never back */
    keyer->told_waiting &= keyer->has_keys;
    struct mono since = mono_add(event->now, -(utc.ns % life_ns));
    if (nts_cookie_derive(&keyer->fleet, epoch, since, &keyer->keys) != ERR_OK) {
        tell_waiting(keyer, ERR_RANGE, outbox);
        return;
    }
    if (keyer->has_keys) keyer->report.rotations++;
    publish(keyer);
    job_log(outbox, LOG_LEVEL_INFO, "cookie keys of epoch %llu of the fleet",
            (unsigned long long)epoch);
}

/* --- questions, reports --- */

bool keyer_take_want(struct keyer *keyer, struct message_nts_want *out) {
    for (size_t i = 0; i < LIMIT_SOURCES; i++) {
        if (!keyer->wanted[i]) continue;
        keyer->wanted[i] = false;
        *out = keyer->wants[i];
        return true;
    }
    return false;
}

/* A floor, and never a time: it lifts what has passed, and a timescale that may be shown rules. */
static void take_bound(struct keyer *keyer, const struct event *event, struct outbox *outbox) {
    struct utc before, after;
    bool known = keyer_time(keyer, event->now, &before);
    keyer->has_proven = true;
    keyer->proven = event->message->bound;
    (void)keyer_time(keyer, event->now, &after);
    if (known || keyer->told_proven || utc_diff(after, before) <= 0) return;
    keyer->told_proven = true;
    job_log(outbox, LOG_LEVEL_INFO,
            "the time is not known yet: certificates are judged by what Roughtime servers prove to "
            "have passed, %lld s since 1970",
            (long long)(after.ns / NS_PER_S));
}

static void take_want(struct keyer *keyer, const struct event *event, struct outbox *outbox) {
    struct utc utc;
    const struct message_nts_want *want = &event->message->nts_want;
    if (want->source >= LIMIT_SOURCES) return;
    keyer->wants[want->source] = *want;
    keyer->wanted[want->source] = true;
    keyer->report.asked++;
    if (keyer->told_floor || keyer_time(keyer, event->now, &utc)) return;
    keyer->told_floor = true;
    job_log(outbox, LOG_LEVEL_INFO,
            "the time is not known yet: certificates are judged by one that has passed, %lld s "
            "since 1970",
            (long long)(utc.ns / NS_PER_S));
}

static void take_message(struct keyer *keyer, const struct event *event, struct outbox *outbox) {
    if (event->message->kind == MESSAGE_NTS_WANT) take_want(keyer, event, outbox);
    if (event->message->kind == MESSAGE_BOUND) take_bound(keyer, event, outbox);
}

static uint64_t activity(const struct message_keying *report) {
    return report->accepted + report->refused + report->asked + report->granted +
           report->rotations + report->open;
}

/* A new cookie key is evidence; which one it is, not what it is. */
static void record_epoch(struct keyer *keyer, struct outbox *outbox) {
    struct record record = {.kind = RECORD_KEYING, .keying = keyer->report};
    if (!keyer->has_keys || (keyer->recorded && keyer->recorded_key == keyer->report.key_id))
        return;
    keyer->recorded = true;
    keyer->recorded_key = keyer->report.key_id;
    struct effect *effect = job_effect(outbox, EFFECT_POST);
    effect->post.to = JOB_RECORDER;
    record_build(&record, JOB_KEYER, &effect->post.message);
}

static void tell_status(struct keyer *keyer, const struct event *event, struct outbox *outbox) {
    uint64_t now = activity(&keyer->report);
    bool due = event->kind == EVENT_START || !mono_before(event->now, keyer->next_report);
    if (!due && now == keyer->reported) return;
    keyer->reported = now;
    keyer->next_report = mono_add(event->now, REPORT_IDLE_S * NS_PER_S);
    keyer->report.has_keys = keyer->has_keys;
    if (keyer->has_keys) {
        keyer->report.key_id = keyer->keys.slots[keyer->keys.current].id;
        keyer->report.key_age_ns = mono_diff(event->now, keyer->keys.rotated);
    }
    struct effect *effect = job_effect(outbox, EFFECT_POST);
    effect->post.to = JOB_STATUS;
    effect->post.message.kind = MESSAGE_KEYING;
    effect->post.message.keying = keyer->report;
    record_epoch(keyer, outbox);
}

static void start(struct keyer *keyer, const struct event *event, struct outbox *outbox) {
    uint8_t seed[NONCE_SEED_BYTES];
    entropy_fill(event->entropy, seed, sizeof seed);
    nonce_seed(&keyer->nonces, seed);
    wipe(seed, sizeof seed);
    if (keyer->page && !keyer->has_fleet) choose_keys(keyer, event, outbox);
}

/* What has passed stays passed: who silences our sources for weeks must not bring certificates back
 * that have expired since. A floor beyond all that the timescale allows was none. */
static void raise_floor(struct keyer *keyer, struct mono now) {
    struct clock_state state;
    if (clock_page_read(keyer->clock, &state) != ERR_OK || !clock_state_serves(&state, now)) return;
    int64_t radius_ns = ns_from_s(line_radius(&state.line, now));
    struct utc utc = clock_state_utc(&state, now);
    int64_t above_ns = utc_diff(carried(keyer, keyer->floor, keyer->floor_at, now), utc);
    if (above_ns >= -radius_ns && above_ns <= radius_ns) return;
    keyer->floor = utc_add(utc, -radius_ns);
    keyer->floor_at = now;
}

void keyer_step(struct keyer *keyer, const struct event *event, struct outbox *outbox) {
    if (event->kind == EVENT_MESSAGE) {
        take_message(keyer, event, outbox);
        return;
    }
    if (event->kind == EVENT_START) start(keyer, event, outbox);
    raise_floor(keyer, event->now);
    if (keyer->page && keyer->has_fleet)
        follow_epoch(keyer, event, outbox);
    else if (keyer->page)
        rotate_due(keyer, event, outbox);
    tell_status(keyer, event, outbox);
    outbox->wake = mono_add(event->now, REPORT_TICK_S * NS_PER_S);
}

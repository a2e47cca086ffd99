/* Judgement of the sources. Invariant: verdict and weight of all sources belong to one judgement;
 * between two judgements only jury_expire and jury_clear take a verdict away. */
#include "jobs/jury.h"

#include <math.h>

#include "base/logarithm.h"
#include "clock/ensemble.h"
#include "clock/select.h"
#include "clock/track_wander.h"

static const double start_grace_s = 8, start_patience_s = 64;
static const double known_s = 86400;   /* how long a silent source counts as a possible witness */
static const double bias_share = 0.02; /* of the root distance: doubt about the path's asymmetry */
static const double ln_2 = 0.6931471805599453;
enum { SETTLED_SAMPLES = 3, STALE_POLLS = 10, CALM_EXCHANGES = 5, INSISTING_SAMPLES = 4 };
enum { REBUILT_SAMPLES = 8, ESTRANGED_JUDGEMENTS = 4, LOST_STRAYS = 8 };
static const double estranged_sigmas = 5;

static void clear(struct jury *jury, uint16_t source) {
    struct jury_source *s = &jury->sources[source];
    *s = (struct jury_source){.verdict = VERDICT_NO_DATA, .heard = s->heard, .heard_m = s->heard_m};
    filter_init(&s->filter);
    if (source != jury_local(jury)) s->poll_log2s = jury->config->sources[source].minpoll_log2s;
}

void jury_forget(struct jury *jury, uint16_t source) {
    clear(jury, source);
    track_forget(&jury->track, source);
}

void jury_init(struct jury *jury, struct jury_source *sources, const struct config *config) {
    *jury = (struct jury){
        .config = config, .sources = sources, .count = (uint16_t)(config->source_count + 1)};
    track_init(&jury->track, jury->ring, LIMIT_TRACK_SAMPLES, LIMIT_TRACK_SAMPLES / 3);
    for (uint16_t i = 0; i < jury->count; i++) {
        sources[i].heard = false;
        sources[i].heard_m = 0;
        clear(jury, i);
    }
}

uint16_t jury_local(const struct jury *jury) {
    return (uint16_t)(jury->count - 1);
}

/* How fast the oscillator's frequency walks, by those that take part; at first by all. */
static double shared_wander(const struct jury *jury) {
    const struct track *tracks[LIMIT_SOURCES];
    uint32_t n = 0;
    for (int round = 0; round < 2 && n == 0; round++)
        for (uint16_t i = 0; i < jury_local(jury); i++) {
            const struct jury_source *s = &jury->sources[i];
            if (filter_count(&s->filter) == 0 || jury->config->sources[i].noselect) continue;
            if (round == 0 && s->weight <= 0) continue;
            tracks[n++] = &s->filter.track;
        }
    return n > 0 ? track_wander_of(tracks, n) : jury->track.wander;
}

static void add_to_all(struct jury *jury, const struct track_sample *sample,
                       const struct track_prior *prior) {
    struct track *all = &jury->track;
    uint64_t jumps = all->jumps;
    all->wander = shared_wander(jury);
    track_add(all, sample, prior);
    if (all->jumps == jumps) return;
    for (uint16_t i = 0; i < jury_local(jury); i++)
        track_let_jump(&jury->sources[i].filter.track, all->jump_m, all->jump_variance);
}

bool jury_hear(struct jury *jury, uint16_t source, const struct track_sample *sample,
               const struct track_prior *prior) {
    struct jury_source *s = &jury->sources[source];
    if (!filter_add(&s->filter, sample, prior, jury->track.wander)) return false;
    if (source != jury_local(jury) && !jury->config->sources[source].noselect)
        add_to_all(jury, sample, prior);
    s->heard = true;
    s->heard_m = sample->m;
    return true;
}

void jury_shift(struct jury *jury, double dy) {
    for (uint16_t i = 0; i < jury->count; i++) filter_shift(&jury->sources[i].filter, dy);
    track_shift(&jury->track, dy);
}

bool jury_may_start(const struct jury *jury, double waited_s) {
    uint32_t expected = 0, heard = 0, settled = 0;
    for (uint16_t i = 0; i < jury_local(jury); i++) {
        if (jury->config->sources[i].noselect) continue;
        expected++;
        heard += filter_count(&jury->sources[i].filter) > 0;
        settled += filter_count(&jury->sources[i].filter) >= SETTLED_SAMPLES;
    }
    return settled == expected || (waited_s >= start_grace_s && 2 * heard > expected) ||
           waited_s >= start_patience_s;
}

bool jury_is_stale(const struct jury *jury, uint16_t source, double m) {
    const struct jury_source *s = &jury->sources[source];
    const struct track_sample *newest = filter_newest(&s->filter);
    if (!newest) return true;
    double period = fmax(ldexp(1, s->poll_log2s), filter_spacing(&s->filter));
    return m - newest->m > STALE_POLLS * period;
}

static double half_of(const struct jury_source *s) {
    return (s->interval.upper - s->interval.lower) / 2;
}

/* Everything that can be said of one source without the others. VERDICT_UNAGREED: may vote. */
static enum verdict judge_alone(struct jury *jury, uint16_t source, double m,
                                const struct jury_carry *carry) {
    struct jury_source *s = &jury->sources[source];
    s->weight = 0;
    if (jury_is_stale(jury, source, m)) return VERDICT_NO_DATA;
    s->interval = filter_interval(&s->filter, m, carry->frequency, carry->growth);
    if (source == jury_local(jury) || jury->config->sources[source].noselect)
        return VERDICT_NOSELECT;
    /* Who is at the last stratum cannot be followed: we would have none left to serve. */
    if (s->last.stratum >= LIMIT_STRATUM) return VERDICT_DISTANT;
    return half_of(s) > jury->config->max_distance_s ? VERDICT_DISTANT : VERDICT_UNAGREED;
}

/* Heard of within a day: silent by now, moved elsewhere or too distant, it may still be one of the
 * honest ones. */
static bool is_known(const struct jury *jury, uint16_t source, double m) {
    const struct jury_source *s = &jury->sources[source];
    if (jury->config->sources[source].noselect) return false;
    if (s->heard && m - s->heard_m < known_s) return true;
    return (jury->heard_before >> source & 1) != 0 && m < known_s;
}

uint64_t jury_heard(const struct jury *jury, double m) {
    uint64_t heard = 0;
    for (uint16_t i = 0; i < jury_local(jury); i++)
        if (is_known(jury, i, m)) heard |= UINT64_C(1) << i;
    return heard;
}

void jury_forget_all(struct jury *jury, double m) {
    jury->heard_before = jury_heard(jury, m);
    for (uint16_t i = 0; i < jury->count; i++) {
        jury->sources[i].heard = false;
        clear(jury, i);
    }
    jury->estranged = 0;
    track_clear(&jury->track);
}

/* Sources marked trust vote alone where any is known. */
bool jury_vote(struct jury *jury, double m, const struct jury_carry *carry,
               struct interval *agreed) {
    struct interval intervals[LIMIT_SOURCES];
    uint32_t voters = 0, known = 0, trusted = 0;
    for (uint16_t i = 0; i < jury->count; i++)
        jury->sources[i].verdict = (uint8_t)judge_alone(jury, i, m, carry);
    for (uint16_t i = 0; i < jury_local(jury); i++)
        trusted += is_known(jury, i, m) && jury->config->sources[i].trust;
    jury->voters = jury->agreeing = 0;
    for (uint16_t i = 0; i < jury_local(jury); i++) {
        bool is_voter = jury->sources[i].verdict == VERDICT_UNAGREED;
        jury->voters += is_voter;
        if (trusted && !jury->config->sources[i].trust) continue;
        known += is_known(jury, i, m);
        if (is_voter) intervals[voters++] = jury->sources[i].interval;
    }
    jury->known = (uint16_t)known;
    uint32_t needed = select_needed(voters, known);
    return needed > 0 && select_agreed(intervals, voters, needed, agreed);
}

bool jury_convict(struct jury *jury, const struct interval *agreed) {
    bool required = false, has_required = false;
    for (uint16_t i = 0; i < jury_local(jury); i++) {
        struct jury_source *s = &jury->sources[i];
        required |= jury->config->sources[i].require;
        if (s->verdict != VERDICT_UNAGREED) continue;
        bool agrees = select_overlaps(&s->interval, agreed);
        s->verdict = agrees ? VERDICT_SURVIVOR : VERDICT_FALSETICKER;
        if (!agrees) continue;
        jury->agreeing++;
        has_required |= jury->config->sources[i].require;
    }
    if (jury->agreeing >= jury->config->min_sources && jury->agreeing > 0 &&
        (!required || has_required))
        return true;
    for (uint16_t i = 0; i < jury_local(jury); i++)
        if (jury->sources[i].verdict == VERDICT_SURVIVOR)
            jury->sources[i].verdict = VERDICT_UNAGREED;
    return false;
}

static bool prefers(const struct jury *jury) {
    for (uint16_t i = 0; i < jury_local(jury); i++)
        if (jury->sources[i].verdict == VERDICT_SURVIVOR && jury->config->sources[i].prefer)
            return true;
    return false;
}

/* The survivors as members of the ensemble; outliers until they are weighed. */
static uint32_t gather(struct jury *jury, double m, struct ensemble_member *members,
                       uint16_t *index) {
    uint32_t count = 0;
    bool only_preferred = prefers(jury);
    for (uint16_t i = 0; i < jury_local(jury); i++) {
        struct jury_source *s = &jury->sources[i];
        if (s->verdict != VERDICT_SURVIVOR) continue;
        s->verdict = VERDICT_OUTLIER;
        if (only_preferred && !jury->config->sources[i].prefer) continue;
        members[count] =
            (struct ensemble_member){track_at(&s->filter.track, m), bias_share * half_of(s), 0};
        index[count++] = i;
    }
    return count;
}

/* The newest samples of those that take part, in order of time, as if only they had been heard. */
static void rebuild(struct jury *jury, const struct track_prior *prior) {
    uint32_t left[LIMIT_SOURCES] = {0};
    track_clear(&jury->track);
    for (uint16_t i = 0; i < jury_local(jury); i++)
        if (jury->sources[i].weight > 0)
            left[i] = (uint32_t)fmin(REBUILT_SAMPLES, filter_count(&jury->sources[i].filter));
    for (;;) {
        const struct track_sample *next = NULL;
        for (uint16_t i = 0; i < jury_local(jury); i++) {
            const struct filter *filter = &jury->sources[i].filter;
            if (left[i] == 0) continue;
            const struct track_sample *s =
                track_sample(&filter->track, filter_count(filter) - left[i]);
            if (next == NULL || s->m < next->m) next = s;
        }
        if (next == NULL) return;
        left[next->source]--;
        track_add(&jury->track, next, prior);
    }
}

/* The track of all that take part; drawn anew if it contradicts what each of them says. */
static struct track_estimate track_together(struct jury *jury, double m,
                                            const struct track_prior *prior,
                                            const struct track_estimate *median) {
    uint64_t inactive = 0;
    for (uint16_t i = 0; i < jury_local(jury); i++)
        if (jury->sources[i].weight <= 0) inactive |= UINT64_C(1) << i;
    track_exclude(&jury->track, inactive, prior);
    if (track_is_empty(&jury->track)) rebuild(jury, prior);
    struct track_estimate together = track_at(&jury->track, m);
    double doubt = together.sigma_y + median->sigma_y;
    bool estranged = fabs(together.y - median->y) > estranged_sigmas * doubt ||
                     jury->track.strays >= LOST_STRAYS;
    jury->estranged = estranged ? (uint8_t)(jury->estranged + 1) : 0;
    if (jury->estranged < ESTRANGED_JUDGEMENTS) return together;
    jury->estranged = 0;
    rebuild(jury, prior);
    return track_at(&jury->track, m);
}

struct track_estimate jury_combine(struct jury *jury, double m, const struct track_prior *prior,
                                   uint16_t *reference) {
    struct ensemble_member members[LIMIT_SOURCES];
    uint16_t index[LIMIT_SOURCES];
    uint32_t count = gather(jury, m, members, index);
    struct track_estimate median = ensemble_weigh(members, count);
    double least = INFINITY;
    for (uint32_t i = 0; i < count; i++) {
        struct jury_source *s = &jury->sources[index[i]];
        s->weight = members[i].weight;
        if (s->weight <= 0) continue;
        s->verdict = VERDICT_SURVIVOR;
        if (half_of(s) >= least) continue;
        least = half_of(s);
        *reference = index[i];
    }
    jury->sources[*reference].verdict = VERDICT_REFERENCE;
    return track_together(jury, m, prior, &median);
}

bool jury_expire(struct jury *jury, double m) {
    uint32_t expired = 0, left = 0;
    for (uint16_t i = 0; i < jury_local(jury); i++) {
        struct jury_source *s = &jury->sources[i];
        if (s->verdict == VERDICT_NO_DATA) continue;
        bool stale = jury_is_stale(jury, i, m);
        expired += stale;
        left += !stale;
        if (!stale) continue;
        s->verdict = VERDICT_NO_DATA;
        s->weight = 0;
    }
    return expired > 0 && left == 0;
}

bool jury_leap(const struct jury *jury, enum leap_indicator *leap) {
    uint32_t votes[4] = {0};
    for (uint16_t i = 0; i < jury_local(jury); i++)
        if (jury->sources[i].verdict >= VERDICT_OUTLIER) votes[jury->sources[i].last.leap & 3]++;
    for (int i = LEAP_NONE; i <= LEAP_DELETE; i++) {
        if (2 * votes[i] <= jury->known) continue;
        *leap = (enum leap_indicator)i;
        return true;
    }
    return false;
}

bool jury_insists(const struct jury *jury, const struct interval *agreed, double since_m) {
    uint32_t insisting = 0;
    for (uint16_t i = 0; i < jury_local(jury); i++) {
        const struct jury_source *s = &jury->sources[i];
        insisting += s->verdict == VERDICT_UNAGREED && select_overlaps(&s->interval, agreed) &&
                     filter_count_since(&s->filter, since_m) >= INSISTING_SAMPLES;
    }
    return 2 * insisting > jury->known;
}

static void post_poll(const struct jury *jury, uint16_t source, struct outbox *outbox) {
    struct message message = {.kind = MESSAGE_POLL,
                              .poll = {source, jury->sources[source].poll_log2s}};
    job_post(outbox, JOB_SOURCE, &message);
}

void jury_post_polls(const struct jury *jury, struct outbox *outbox) {
    for (uint16_t i = 0; i < jury_local(jury); i++) post_poll(jury, i, outbox);
}

/* Poll where the oscillator's wander begins to weigh as much as the noise of one sample: beyond
 * that a longer interval loses, below it packets are wasted. That is (sigma / wander)^(2/3). */
void jury_advise_poll(struct jury *jury, uint16_t source, struct outbox *outbox) {
    struct jury_source *s = &jury->sources[source];
    const struct config_source *config = &jury->config->sources[source];
    double ratio = fmax(s->filter.sample_sigma_s / jury->track.wander, 1);
    int wanted = (int)(logarithm_natural(ratio) * (2.0 / 3.0) / ln_2) - 1;
    if (filter_count(&s->filter) < 2 * SETTLED_SAMPLES || s->filter.track.strays)
        wanted = config->minpoll_log2s;
    int poll = s->poll_log2s;
    if (wanted > poll && ++s->calm >= CALM_EXCHANGES) poll++;
    if (wanted < poll) poll--;
    if (poll < config->minpoll_log2s) poll = config->minpoll_log2s;
    if (poll > config->maxpoll_log2s) poll = config->maxpoll_log2s;
    if (poll == s->poll_log2s) return;
    s->poll_log2s = (int8_t)poll;
    s->calm = 0;
    post_poll(jury, source, outbox);
}

void jury_report(const struct jury *jury, uint16_t source, double m, double y,
                 const struct jury_carry *carry, struct message_verdict *out) {
    const struct jury_source *s = &jury->sources[source];
    *out = (struct message_verdict){.source = source, .verdict = s->verdict};
    out->stratum = s->last.stratum;
    out->leap = s->last.leap;
    out->reference_id = s->last.reference_id;
    out->samples = (uint16_t)filter_count(&s->filter);
    out->root_delay_s = s->last.root_delay_s;
    out->root_dispersion_s = s->last.root_dispersion_s;
    out->weight = s->weight;
    out->last = s->last.t4;
    if (filter_count(&s->filter) == 0) return;
    struct track_estimate estimate = track_at(&s->filter.track, m);
    struct interval interval = filter_interval(&s->filter, m, carry->frequency, carry->growth);
    out->offset_s = estimate.y - y;
    out->lower_s = interval.lower - y;
    out->upper_s = interval.upper - y;
    out->jitter_s = s->filter.sample_sigma_s;
    out->delay_s = filter_newest(&s->filter)->delay_s;
    /* A wild source may seem to run at any rate; beyond one it is just that. */
    out->frequency = fmax(fmin(estimate.frequency - carry->frequency, 1), -1);
}

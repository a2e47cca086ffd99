/* Offset and delay as in RFC 5905 section 8, the bound as its root distance (section 11.2.1,
 * without the jitter term, which is an estimate and no bound). */
#include "main/etalon_measure.h"

#include <math.h>

#include "wire/ntp_packet.h"

/* RFC 5905 PHI: how far clocks may drift apart while the exchange lasts. */
static const double drift_rate = 15e-6;

static struct utc utc_or_zero(uint64_t timestamp, struct utc pivot) {
    return timestamp ? ntp_packet_to_utc(timestamp, pivot) : (struct utc){0};
}

/* CLOCK_REALTIME when the counter read m, a moment before the reading. */
static struct utc host_utc(const struct kernel_reading *kernel, struct mono m) {
    return utc_add(kernel->realtime, mono_diff(m, kernel->counter));
}

static void add_bound(const struct ask_answer *answer, struct etalon_measure *m) {
    const struct exchange *x = &answer->reply.exchange;
    m->half_delay_s = fmax(m->delay_s, 0) / 2;
    m->half_root_delay_s = x->root_delay_s / 2;
    m->root_dispersion_s = x->root_dispersion_s;
    m->precision_s = x->precision_s;
    m->stamps_s = answer->sent_error_s + answer->received_error_s + answer->kernel.error_s;
    m->drift_s = drift_rate * mono_seconds(answer->kernel.counter, answer->sent);
    m->bound_s = m->half_delay_s + m->half_root_delay_s + m->root_dispersion_s + m->precision_s +
                 m->stamps_s + m->drift_s;
    m->host_inside = fabs(m->offset_s) <= m->bound_s;
}

void etalon_measure_from(const struct ask_answer *answer, struct etalon_measure *out) {
    const struct ntp_packet *packet = &answer->reply.packet;
    struct utc pivot = answer->kernel.realtime;
    struct etalon_measure m = {
        .has_offset = packet->receive && packet->transmit && answer->verdict != ERR_KISS,
        .has_bound = answer->verdict == ERR_OK,
        .reference = utc_or_zero(packet->reference, pivot),
        .receive = utc_or_zero(packet->receive, pivot),
        .transmit = utc_or_zero(packet->transmit, pivot),
    };
    if (m.has_offset) {
        struct utc t1 = host_utc(&answer->kernel, answer->sent);
        struct utc t4 = host_utc(&answer->kernel, answer->received);
        int64_t out_ns = utc_diff(m.receive, t1), back_ns = utc_diff(m.transmit, t4);
        m.offset_s = (s_from_ns(out_ns) + s_from_ns(back_ns)) / 2;
        m.delay_s = s_from_ns(out_ns - back_ns);
    }
    if (m.has_bound) add_bound(answer, &m);
    *out = m;
}

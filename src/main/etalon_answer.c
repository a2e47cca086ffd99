/* An answer in words. What a server wrote is shown as numbers or cleaned letters only. */
#include "main/etalon_answer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "clock/leap.h"
#include "main/etalon_status.h"

struct kiss {
    const char *code, *text;
};

/* RFC 5905 figure 13, RFC 8915 section 5.7. */
static const struct kiss kisses[] = {
    {"RATE", "it was asked too often"},
    {"DENY", "it does not give us time"},
    {"RSTR", "it does not give us time"},
    {"INIT", "it has not synchronised yet"},
    {"STEP", "its clock was stepped and has not settled"},
    {"NTSN", "it could not read our NTS cookie"},
};

static const char *kiss_text(const char *code) {
    for (size_t i = 0; i < sizeof kisses / sizeof kisses[0]; i++)
        if (strcmp(kisses[i].code, code) == 0) return kisses[i].text;
    return "a code that is not in RFC 5905";
}

static const char *stratum_text(uint8_t stratum) {
    if (stratum == 0) return "unspecified, or a kiss-o'-death";
    if (stratum == 1) return "primary: its reference is no NTP server";
    if (stratum <= LIMIT_STRATUM) return "secondary";
    return stratum == LIMIT_STRATUM + 1 ? "not synchronised" : "reserved";
}

static const char *verdict_text(const struct ask_answer *answer, char out[160]) {
    char code[TEXT_BYTES];
    if (answer->verdict == ERR_KISS) {
        text_reference_id(answer->reply.packet.reference_id, 0, code);
        snprintf(out, 160, "kiss-o'-death %s: %s", code, kiss_text(code));
    } else {
        snprintf(out, 160, "%s",
                 answer->verdict == ERR_OK ? "synchronised" : err_text(answer->verdict));
    }
    return out;
}

static void print_sum(const struct etalon_measure *m) {
    char a[TEXT_BYTES], b[TEXT_BYTES], c[TEXT_BYTES], d[TEXT_BYTES];
    printf("                   delay/2 %s + root delay/2 %s + root dispersion %s\n"
           "                   + precision, stamps and drift %s\n",
           text_seconds(m->half_delay_s, a), text_seconds(m->half_root_delay_s, b),
           text_seconds(m->root_dispersion_s, c),
           text_seconds(m->precision_s + m->stamps_s + m->drift_s, d));
}

static void print_measure(const struct etalon_measure *m, const struct etalon_output *output) {
    char text[TEXT_BYTES];
    if (!m->has_offset) return;
    printf("  offset           %s (the server's clock minus this host's)\n",
           text_signed_seconds(m->offset_s, text));
    printf("  delay            %s (there and back, without the server's own time)\n",
           text_seconds(m->delay_s, text));
    if (!m->has_bound) {
        printf("  bound            none: the server does not vouch for its time\n");
        return;
    }
    printf("  bound            %s %s on the offset, by the server's own word:\n",
           etalon_output_plus_minus(output), text_seconds(m->bound_s, text));
    print_sum(m);
    printf("                   %sthis host's clock lies %s that interval%s\n",
           etalon_output_colour(output, m->host_inside ? GREEN : YELLOW),
           m->host_inside ? "inside" : "outside", etalon_output_colour(output, PLAIN));
}

static void print_time(const char *name, struct utc utc) {
    char text[TEXT_BYTES];
    printf("  %-16s %s\n", name, utc.ns ? text_utc(utc, text) : "not set");
}

static void print_header(const struct ask_answer *answer, const struct etalon_measure *m) {
    const struct ntp_packet *p = &answer->reply.packet;
    char text[TEXT_BYTES];
    printf("  leap             %u: %s\n", (unsigned)p->leap, etalon_status_leap(p->leap));
    printf("  version          %u\n", (unsigned)p->version);
    printf("  mode             %u: server\n", (unsigned)p->mode);
    printf("  stratum          %u: %s\n", (unsigned)p->stratum, stratum_text(p->stratum));
    printf("  poll             2^%d s = %s\n", (int)p->poll_log2s,
           text_age(ldexp(1, p->poll_log2s), text));
    printf("  precision        2^%d s = %s\n", (int)p->precision_log2s,
           text_seconds(ldexp(1, p->precision_log2s), text));
    printf("  root delay       %s\n", text_seconds(ntp_packet_short_s(p->root_delay), text));
    printf("  root dispersion  %s\n", text_seconds(ntp_packet_short_s(p->root_dispersion), text));
    printf("  reference id     %s (0x%08" PRIx32 ")\n",
           text_reference_id(p->reference_id, p->stratum, text), p->reference_id);
    print_time("reference time", m->reference);
    printf("  origin time      0x%016" PRIx64 ", the random number we sent\n", p->origin);
    print_time("receive time", m->receive);
    print_time("transmit time", m->transmit);
}

static const char *stamper(bool kernel) {
    return kernel ? "the kernel" : "this program";
}

void etalon_answer_print(const struct ask_answer *answer, const struct etalon_measure *measure,
                         const struct etalon_output *output) {
    char text[160];
    enum etalon_colour colour = answer->verdict == ERR_OK ? GREEN : RED;
    printf("  answer           %s%s%s\n", etalon_output_colour(output, colour),
           verdict_text(answer, text), etalon_output_colour(output, PLAIN));
    print_measure(measure, output);
    print_header(answer, measure);
    printf("  length           %zu bytes\n", answer->length);
    printf("  stamped by       %s (sent), %s (received)\n", stamper(answer->sent_by_kernel),
           stamper(answer->received_by_kernel));
}

static void measure_json(const struct ask_answer *answer, const struct etalon_measure *m,
                         struct json *json) {
    json_string(json, "verdict", err_name(answer->verdict));
    if (m->has_offset) {
        json_double(json, "offset_s", m->offset_s);
        json_double(json, "delay_s", m->delay_s);
    }
    if (m->has_bound) {
        json_double(json, "bound_s", m->bound_s);
        json_bool(json, "host_inside", m->host_inside);
    }
}

static void time_json(struct json *json, const char *key, struct utc utc) {
    char text[TEXT_BYTES];
    if (utc.ns)
        json_string(json, key, text_utc(utc, text));
    else
        json_null(json, key);
}

static void header_json(const struct ask_answer *answer, const struct etalon_measure *m,
                        struct json *json) {
    const struct ntp_packet *p = &answer->reply.packet;
    char text[TEXT_BYTES];
    json_open_object(json, "header");
    json_uint(json, "leap", p->leap);
    json_uint(json, "version", p->version);
    json_uint(json, "mode", p->mode);
    json_uint(json, "stratum", p->stratum);
    json_int(json, "poll_log2s", p->poll_log2s);
    json_int(json, "precision_log2s", p->precision_log2s);
    json_double(json, "root_delay_s", ntp_packet_short_s(p->root_delay));
    json_double(json, "root_dispersion_s", ntp_packet_short_s(p->root_dispersion));
    json_uint(json, "reference_id", p->reference_id);
    json_string(json, "reference_text", text_reference_id(p->reference_id, p->stratum, text));
    time_json(json, "reference_time", m->reference);
    snprintf(text, sizeof text, "0x%016" PRIx64, p->origin);
    json_string(json, "origin", text);
    time_json(json, "receive_time", m->receive);
    time_json(json, "transmit_time", m->transmit);
    json_close_object(json);
}

static void bound_json(const struct etalon_measure *m, struct json *json) {
    json_open_object(json, "bound_parts");
    json_double(json, "half_delay_s", m->half_delay_s);
    json_double(json, "half_root_delay_s", m->half_root_delay_s);
    json_double(json, "root_dispersion_s", m->root_dispersion_s);
    json_double(json, "precision_s", m->precision_s);
    json_double(json, "stamps_s", m->stamps_s);
    json_double(json, "drift_s", m->drift_s);
    json_close_object(json);
}

void etalon_answer_json(const struct ask_answer *answer, const struct etalon_measure *measure,
                        struct json *json) {
    char text[TEXT_BYTES];
    measure_json(answer, measure, json);
    if (answer->verdict == ERR_KISS)
        json_string(json, "kiss", text_reference_id(answer->reply.packet.reference_id, 0, text));
    if (measure->has_bound) bound_json(measure, json);
    header_json(answer, measure, json);
    json_uint(json, "length", answer->length);
    json_bool(json, "sent_by_kernel", answer->sent_by_kernel);
    json_bool(json, "received_by_kernel", answer->received_by_kernel);
}

void etalon_answer_line(const struct ask_answer *answer, const struct etalon_measure *measure,
                        const struct etalon_output *output) {
    char offset[TEXT_BYTES], delay[TEXT_BYTES], bound[TEXT_BYTES], verdict[160];
    if (!measure->has_bound) {
        printf("  %s\n", verdict_text(answer, verdict));
        return;
    }
    printf("  offset %-12s delay %-10s bound %s %s\n",
           text_signed_seconds(measure->offset_s, offset), text_seconds(measure->delay_s, delay),
           etalon_output_plus_minus(output), text_seconds(measure->bound_s, bound));
}

void etalon_answer_line_json(const struct ask_answer *answer, const struct etalon_measure *measure,
                             struct json *json) {
    json_open_object(json, NULL);
    measure_json(answer, measure, json);
    json_close_object(json);
}

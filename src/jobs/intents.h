/* What moves time waits until the intention is durable in the ledger, if there is one.
 *
 * The keeper asks (RECORD_INTENT), the recorder answers when it is on the disk (MESSAGE_RECORDED);
 * only then the line is published and the kernel's clock stepped. One intent is out at a time.
 * Where no answer comes, or it is no, the line that was published last goes on by itself: holdover.
 */
#pragma once

#include "jobs/job.h"
#include "jobs/record.h"
#include "jobs/timescale.h"

struct intents {
    bool on;          /* false: there is no ledger, and everything is allowed at once */
    int64_t delay_ns; /* until the next try while failing */
    bool failing;     /* the newest answer was no, or none came in time */
    uint32_t number;  /* of the newest intent */
    uint32_t waiting; /* for the answer to this one; 0: none is out */
    uint32_t overdue; /* given up on, but still the newest; 0: none */
    uint32_t line_done, step_done;       /* carried out and not reported yet; 0: none */
    uint8_t act;                         /* enum record_act, of the newest */
    struct mono asked;                   /* when it was */
    uint64_t updates;                    /* of the timescale, as the newest intent has them */
    uint64_t allowed;                    /* updates that may be published */
    double step_asked_s, step_allowed_s; /* of the kernel's clock; 0: none */
    uint32_t step_number;                /* of the intent that allows it */
    bool unsent;                         /* the newest intent is not posted yet: */
    struct record_intent newest;
};

/* allowed: updates of the line that a former keeper published. */
void intents_init(struct intents *intents, bool on, uint64_t allowed);
/* At the start: numbers go on from there, so that an answer to a former keeper fits none of ours.
 */
void intents_begin(struct intents *intents, struct mono now);
/* Whether the line of the timescale, as it is, may be published. */
bool intents_allow_line(const struct intents *intents, const struct timescale *ts);
/* Whether the kernel's clock may be stepped by about so much; that allowance is then used up. */
bool intents_allow_step(struct intents *intents, double step_s);
/* At the end of a wake: what was allowed and not wanted any more is forgotten. */
void intents_end_step(struct intents *intents);
/* Gives up on an answer that is overdue, and asks for what the timescale wants, if that is not
 * allowed yet. drawn: the line is drawn for the first time, or stepped. */
void intents_ask_line(struct intents *intents, const struct timescale *ts, bool drawn,
                      struct mono now, struct outbox *outbox);
void intents_ask_step(struct intents *intents, const struct timescale *ts, double step_s,
                      struct mono now, struct outbox *outbox);
/* Posts the newest intent if it is not yet; what led to it is to be posted before. */
void intents_post(struct intents *intents, struct outbox *outbox);
/* An answer. True: what it allows is to be carried out now. */
bool intents_answer(struct intents *intents, const struct message_recorded *answer,
                    struct outbox *outbox);

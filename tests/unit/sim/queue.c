/* Items come out by time, and simultaneous ones in the order in which they were put in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/prng.h"
#include "sim/queue.h"

enum { ITEMS = 5000 };

static void order_is_time_then_sequence(void **state) {
    (void)state;
    struct queue queue;
    struct prng prng;
    struct queue_item item, last = {.at = {INT64_MIN}};
    prng_init(&prng, 1, "queue", 0);
    queue_init(&queue, 4);
    for (uint32_t i = 0; i < ITEMS; i++)
        queue_push(&queue,
                   (struct queue_item){.at = {(int64_t)(prng_u64(&prng) % 50)}, .index = i});
    for (int i = 0; i < ITEMS; i++) {
        int64_t next_ns = queue_next(&queue)->at.ns;
        assert_true(queue_pop(&queue, &item));
        assert_true(item.at.ns >= last.at.ns && item.at.ns == next_ns);
        if (i > 0 && item.at.ns == last.at.ns) assert_true(item.index > last.index);
        last = item;
    }
    assert_false(queue_pop(&queue, &item) || queue_next(&queue) != NULL);
    queue_wipe(&queue);
}

/* What is pushed while others are popped still comes in order, and nothing is lost. */
static void pushing_while_popping(void **state) {
    (void)state;
    struct queue queue;
    struct prng prng;
    struct queue_item item;
    int64_t now = 0;
    int popped = 0;
    prng_init(&prng, 2, "queue", 0);
    queue_init(&queue, 1);
    queue_push(&queue, (struct queue_item){.at = {0}});
    for (int pushed = 1; queue_pop(&queue, &item); popped++) {
        assert_true(item.at.ns >= now);
        now = item.at.ns;
        for (int i = 0; i < 2 && pushed < ITEMS; i++, pushed++)
            queue_push(&queue,
                       (struct queue_item){.at = {now + (int64_t)(prng_u64(&prng) % 1000)}});
    }
    assert_int_equal(popped, ITEMS);
    queue_wipe(&queue);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_time_then_sequence),
        cmocka_unit_test(pushing_while_popping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

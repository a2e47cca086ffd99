/* Checkpoints from the witnesses: only what meets the policy is published, the newest once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/cosigned.h"
#include "ledger/memory_store.h"
#include "ledger/policy_lines.h"

enum { LOG_SEED = 200, WITNESSES = 3 };

static struct memory_store memory;
static struct ledger_store store;
static struct policy policy;
static struct cosigned cosigned;
static struct mono now;

static const struct checkpoint own = {.origin = SIGNING_LOG, .size = 100};

/* Two of three witnesses. */
static int set_up(void **state) {
    struct policy_text text = {.length = 0};
    struct policy_error error;
    (void)state;
    policy_put_log(&text, SIGNING_LOG, LOG_SEED);
    for (uint8_t i = 1; i <= WITNESSES; i++) policy_put_witness(&text, i);
    policy_put(&text, "group Q 2 W1 W2 W3\nquorum Q\n");
    if (policy_parse(text.text, text.length, &policy, &error) != ERR_OK) return -1;
    store = memory_store_of(&memory);
    cosigned_init(&cosigned, &policy, &store);
    now = (struct mono){NS_PER_S};
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    memory_free(&memory);
    return 0;
}

/* A checkpoint of that size comes in, cosigned by the witnesses of the mask. */
static struct signing_note come_in(uint8_t log_seed, uint64_t size, unsigned mask) {
    struct note_signer log = signing_made(SIGNING_LOG, NOTE_ED25519, log_seed);
    const struct note_signer *const signers[] = {&log};
    struct merkle_hash root = {{7}};
    struct signing_note note = signing_checkpoint(SIGNING_LOG, size, &root, signers, 1, 0);
    size_t body = (size_t)(strstr(note.text, "\n\n") + 1 - note.text);
    for (uint8_t i = 1; i <= WITNESSES; i++) {
        if (!(mask >> (i - 1) & 1)) continue;
        struct note_signer witness = policy_witness_signer(i);
        size_t length = 0;
        signing_must(cosignature_sign(&witness, note.text, body, 1000 + i, note.text + note.length,
                                      &length));
        note.length += length;
        note_signer_wipe(&witness);
    }
    note_signer_wipe(&log);
    assert_int_equal(memory_put(&memory, COSIGNED_INBOX, note.text, note.length), ERR_OK);
    return note;
}

/* When it is time to. */
static enum err look(void) {
    now = cosigned.next.ns > now.ns ? cosigned.next : now;
    return cosigned_look(&cosigned, &own, now);
}

static bool is_published(uint64_t size, const struct signing_note *note) {
    char path[STORE_PATH_BYTES];
    snprintf(path, sizeof path, STORE_COSIGNED "/%llu", (unsigned long long)size);
    const struct memory_file *file = memory_find(&memory, path);
    return file && file->length == note->length &&
           memcmp(file->bytes, note->text, note->length) == 0;
}

static void what_meets_the_policy_is_published(void **state) {
    (void)state;
    assert_int_equal(look(), ERR_STALE); /* nothing there */
    struct signing_note note = come_in(LOG_SEED, 9, 5);
    assert_int_equal(cosigned_look(&cosigned, &own, now), ERR_STALE); /* not yet time to look */
    assert_int_equal(look(), ERR_OK);
    assert_true(is_published(9, &note));
    assert_int_equal(cosigned.size, 9);
    assert_int_equal(cosigned.result.cosigned_count, 2);
    assert_true(cosigned.result.bounded && cosigned.result.bound_s == 1003);
    assert_int_equal(look(), ERR_STALE); /* once */
    struct signing_note next = come_in(LOG_SEED, 10, 7);
    assert_int_equal(look(), ERR_OK);
    assert_true(is_published(10, &next) && is_published(9, &note));
    (void)come_in(LOG_SEED, 8, 7); /* an older one tells nothing new */
    assert_int_equal(look(), ERR_STALE);
    assert_int_equal(cosigned.size, 10);
}

static void too_few_are_refused_once(void **state) {
    (void)state;
    struct signing_note note = come_in(LOG_SEED, 9, 2);
    assert_int_equal(look(), ERR_QUORUM);
    for (int i = 0; i < 5; i++) assert_int_equal(look(), ERR_STALE);
    assert_false(is_published(9, &note));
    assert_int_equal(cosigned.size, 0);
    note = come_in(LOG_SEED, 9, 3);
    assert_int_equal(look(), ERR_OK);
    assert_true(is_published(9, &note));
    (void)come_in(LOG_SEED, 10, 4); /* and said again after a good one */
    assert_int_equal(look(), ERR_QUORUM);
}

static void strangers_and_nonsense(void **state) {
    static const char junk[] = "not a note\n";
    (void)state;
    struct signing_note note = come_in(LOG_SEED + 1, 9, 7); /* another log's key */
    assert_int_not_equal(look(), ERR_OK);
    note = come_in(LOG_SEED, 9, 7);
    note.text[strlen(SIGNING_LOG) + 1] = '8'; /* the size, after it was signed */
    assert_int_equal(memory_put(&memory, COSIGNED_INBOX, note.text, note.length), ERR_OK);
    assert_int_not_equal(look(), ERR_OK);
    assert_int_equal(memory_put(&memory, COSIGNED_INBOX, junk, sizeof junk - 1), ERR_OK);
    assert_int_not_equal(look(), ERR_OK);
    assert_int_equal(memory_put(&memory, COSIGNED_INBOX, junk, 0), ERR_OK);
    assert_int_not_equal(look(), ERR_OK);
    char *large = calloc(1, COSIGNED_NOTE_BYTES + 100);
    assert_int_equal(memory_put(&memory, COSIGNED_INBOX, large, COSIGNED_NOTE_BYTES + 100), ERR_OK);
    assert_int_not_equal(look(), ERR_OK);
    free(large);
    for (size_t i = 0; i < MEMORY_FILES; i++)
        assert_true(!memory.files[i].bytes ||
                    strncmp(memory.files[i].path, STORE_COSIGNED, strlen(STORE_COSIGNED)) != 0);
}

static void the_disk_refuses(void **state) {
    (void)state;
    struct signing_note note = come_in(LOG_SEED, 9, 7);
    memory.fails = ERR_FULL;
    memory.failing = STORE_COSIGNED;
    assert_int_equal(look(), ERR_FULL);
    assert_false(is_published(9, &note));
    memory.fails = ERR_OK;
    assert_int_equal(look(), ERR_OK);
    assert_true(is_published(9, &note));
}

/* A policy may name a rival's log, too; and nobody cosigns what we have not signed yet. */
static void what_is_not_ours_is_not_published(void **state) {
    const struct checkpoint other = {.origin = "rival.example/log", .size = 100};
    const struct checkpoint smaller = {.origin = SIGNING_LOG, .size = 8};
    (void)state;
    struct signing_note note = come_in(LOG_SEED, 9, 7);
    now = cosigned.next;
    assert_int_equal(cosigned_look(&cosigned, &other, now), ERR_LOG_ORIGIN);
    now = cosigned.next;
    assert_int_equal(cosigned_look(&cosigned, &smaller, now), ERR_RANGE);
    assert_false(is_published(9, &note));
    assert_int_equal(look(), ERR_OK);
}

static void what_was_published_before_a_restart_is_known(void **state) {
    (void)state;
    struct signing_note note = come_in(LOG_SEED, 9, 7);
    assert_int_equal(look(), ERR_OK);
    cosigned_init(&cosigned, &policy, &store);
    now.ns += NS_PER_S;
    assert_int_equal(look(), ERR_STALE);
    assert_int_equal(cosigned.size, 9);
    (void)come_in(LOG_SEED, 9, 3); /* fewer do not replace more */
    cosigned_init(&cosigned, &policy, &store);
    assert_int_equal(look(), ERR_STALE);
    assert_true(is_published(9, &note));
}

static void without_a_policy_nothing_is_looked_at(void **state) {
    (void)state;
    cosigned_init(&cosigned, NULL, &store);
    (void)come_in(LOG_SEED, 9, 7);
    assert_true(cosigned.next.ns == MONO_NEVER.ns);
    assert_int_equal(cosigned_look(&cosigned, &own, now), ERR_STALE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_meets_the_policy_is_published),
        TEST(too_few_are_refused_once),
        TEST(strangers_and_nonsense),
        TEST(the_disk_refuses),
        TEST(what_is_not_ours_is_not_published),
        TEST(what_was_published_before_a_restart_is_known),
        TEST(without_a_policy_nothing_is_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

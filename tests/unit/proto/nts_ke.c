/* Collecting a message in pieces, exporter contexts, algorithms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nts_ke_records.h"
#include "proto/nts_ke.h"

static void contexts(void **state) {
    (void)state;
    uint8_t context[NTS_KE_CONTEXT_BYTES];
    nts_ke_context(&(struct nts_ke_agreement){15, false}, NTS_KE_C2S, context);
    assert_memory_equal(context, ((uint8_t[]){0, 0, 0, 15, 0}), 5);
    nts_ke_context(&(struct nts_ke_agreement){15, true}, NTS_KE_S2C, context);
    assert_memory_equal(context, ((uint8_t[]){0, 0, 0, 15, 1}), 5);
    nts_ke_context(&(struct nts_ke_agreement){30, false}, NTS_KE_S2C, context);
    assert_memory_equal(context, ((uint8_t[]){0, 0, 0, 15, 1}), 5); /* as chronyd does it */
    nts_ke_context(&(struct nts_ke_agreement){30, true}, NTS_KE_C2S, context);
    assert_memory_equal(context, ((uint8_t[]){0, 0, 0, 30, 0}), 5);
}

static void algorithms(void **state) {
    (void)state;
    assert_int_equal(nts_ke_key_length(15), 32);
    assert_int_equal(nts_ke_key_length(30), 16);
    assert_int_equal(nts_ke_key_length(16), 0);
    assert_string_equal(nts_ke_aead_name(15), "AES-SIV-CMAC-256");
    assert_string_equal(nts_ke_aead_name(30), "AES-128-GCM-SIV");
    assert_string_equal(nts_ke_aead_name(0), "unknown");
    const struct nts_ke_aeads both = {{30, 15}, 2}, one = {{15, 30}, 1};
    assert_true(nts_ke_has_aead(&both, 15));
    assert_true(nts_ke_has_aead(&both, 30));
    assert_false(nts_ke_has_aead(&one, 30));
}

static enum err collect(const struct nts_ke_records *m, size_t room, size_t piece) {
    struct nts_ke_message message = {0};
    uint8_t buffer[64];
    assert_true(room <= sizeof buffer);
    enum err err = ERR_SHORT;
    for (size_t at = 0; at < m->length && err == ERR_SHORT; at += piece) {
        size_t length = m->length - at < piece ? m->length - at : piece;
        err = nts_ke_collect(&message, buffer, room, m->bytes + at, length);
    }
    if (err == ERR_OK) assert_memory_equal(buffer, m->bytes, message.length);
    return err;
}

static void any_pieces(void **state) {
    (void)state;
    struct nts_ke_records m = {0};
    PROTOCOL(&m), AEAD(&m), END(&m);
    for (size_t piece = 1; piece <= m.length; piece++) {
        assert_int_equal(collect(&m, 64, piece), ERR_OK);
        assert_int_equal(collect(&m, m.length, piece), ERR_OK);
        assert_int_equal(collect(&m, m.length - 1, piece), ERR_TOO_LONG);
    }
    for (size_t length = 0; length < m.length; length++) {
        struct nts_ke_records cut = m;
        cut.length = length;
        assert_int_equal(collect(&cut, 64, 5), ERR_SHORT);
        assert_int_equal(collect(&cut, 64, 64), ERR_SHORT);
    }
}

static void after_the_end(void **state) {
    (void)state;
    struct nts_ke_records m = {0};
    END(&m);
    m.bytes[m.length++] = 0;
    assert_int_equal(collect(&m, 64, 64), ERR_TRAILING);
    assert_int_equal(collect(&m, 4, 64), ERR_TRAILING); /* the buffer holds just the End */
    assert_int_equal(collect(&m, 64, 4), ERR_OK);       /* it came later: nobody looks */
}

static void too_long(void **state) {
    (void)state;
    struct nts_ke_records m = {0};
    for (int i = 0; i < 20; i++) RECORD(&m, 99, "");
    assert_int_equal(collect(&m, 64, 1), ERR_TOO_LONG);
    assert_int_equal(collect(&m, 64, 64), ERR_TOO_LONG);
    assert_int_equal(collect(&m, 63, 4), ERR_TOO_LONG);
    /* A record that says that it will not fit is refused at once. */
    struct nts_ke_records big = {{0, 99, 0, 61}, 4};
    assert_int_equal(collect(&big, 64, 1), ERR_TOO_LONG);
    big.bytes[3] = 60;
    assert_int_equal(collect(&big, 64, 1), ERR_SHORT);
    memset(big.bytes, 0xff, 4);
    assert_int_equal(collect(&big, 64, 4), ERR_TOO_LONG);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contexts),      cmocka_unit_test(algorithms), cmocka_unit_test(any_pieces),
        cmocka_unit_test(after_the_end), cmocka_unit_test(too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

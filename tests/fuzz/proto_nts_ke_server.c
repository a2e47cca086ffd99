/* NTS-KE requests: every complete one gets exactly one answer, and only a good one gets cookies.
 * The pieces in which it comes change nothing. First byte: length of the pieces, and what is
 * offered. */
#include <string.h>

#include "base/check.h"
#include "proto/nts_ke_server.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static bool ask(const uint8_t *bytes, size_t length, size_t piece, const struct nts_ke_aeads *offer,
                struct nts_ke_server_request *out) {
    struct nts_ke_server server;
    nts_ke_server_init(&server);
    for (size_t at = 0; at < length; at += piece) {
        size_t part = length - at < piece ? length - at : piece;
        if (nts_ke_server_feed(&server, bytes + at, part, offer, out)) return true;
    }
    return false;
}

static void check_answer(const struct nts_ke_server_request *request) {
    static const uint8_t cookies[8 * 100];
    const struct nts_ke_server_gift gift = {cookies, 8, 100, "ntp.example.net", 4123};
    uint8_t out[LIMIT_NTS_KE_RESPONSE_BYTES];
    size_t length = 0, given = 0;
    CHECK(nts_ke_server_answer(request, &gift, out, sizeof out, &length) == ERR_OK);
    struct reader r = reader_of(out, length);
    struct nts_record record = {.type = UINT16_MAX};
    while (nts_record_next(&r, &record) == ERR_OK) {
        CHECK(nts_record_check(&record) == ERR_OK);
        if (record.type == NTS_RECORD_COOKIE) given++;
    }
    CHECK(reader_left(&r) == 0 && record.type == NTS_RECORD_END);
    CHECK(given == (request->err == ERR_OK ? 8 : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length == 0) return 0;
    const struct nts_ke_aeads offer = {{NTS_AEAD_AES_128_GCM_SIV, NTS_AEAD_AES_SIV_CMAC_256}, 2};
    const struct nts_ke_aeads siv = {{NTS_AEAD_AES_SIV_CMAC_256}, 1};
    const struct nts_ke_aeads *offered = bytes[0] & 1 ? &offer : &siv;
    size_t piece = bytes[0] / 2 + 1;
    struct nts_ke_server_request whole, pieces;
    bool complete = ask(bytes + 1, length - 1, length, offered, &whole);
    CHECK(ask(bytes + 1, length - 1, piece, offered, &pieces) == complete);
    if (!complete) return 0;
    /* What follows the End is noticed only if it comes with it. */
    if (whole.err != ERR_TRAILING && whole.err != ERR_TOO_LONG)
        CHECK(pieces.err == whole.err && pieces.agreement.aead == whole.agreement.aead);
    if (whole.err == ERR_OK) CHECK(nts_ke_has_aead(offered, whole.agreement.aead));
    check_answer(&whole);
    check_answer(&pieces);
    return 0;
}

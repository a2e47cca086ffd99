/* NTS-KE responses: a good one has a choice that was offered and usable cookies, any other has a
 * reason and nothing else. First byte: length of the pieces, and what was offered. */
#include <string.h>

#include "base/check.h"
#include "proto/nts_ke_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_good(const struct nts_ke_client_response *r, const struct nts_ke_aeads *offer) {
    CHECK(nts_ke_has_aead(offer, r->agreement.aead));
    CHECK(r->cookie_count > 0 && r->cookie_count <= LIMIT_NTS_COOKIES);
    for (size_t i = 0; i < r->cookie_count; i++) {
        size_t length = r->cookies[i].length;
        CHECK(length > 0 && length % 4 == 0 && length <= LIMIT_NTS_COOKIE_BYTES);
    }
    CHECK(r->port != 0 && r->reason[0] == '\0');
    CHECK(memchr(r->server, '\0', sizeof r->server));
    for (const char *c = r->server; *c; c++) CHECK(*c > ' ' && *c < 0x7f);
}

static void check_bad(const struct nts_ke_client_response *r) {
    CHECK(r->reason[0] != '\0' && memchr(r->reason, '\0', sizeof r->reason));
    CHECK(r->cookie_count == 0 && r->agreement.aead == 0 && r->server[0] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length == 0) return 0;
    const struct nts_ke_aeads both = {{NTS_AEAD_AES_128_GCM_SIV, NTS_AEAD_AES_SIV_CMAC_256}, 2};
    const struct nts_ke_aeads siv = {{NTS_AEAD_AES_SIV_CMAC_256}, 1};
    const struct nts_ke_aeads *offer = bytes[0] & 1 ? &both : &siv;
    size_t piece = 8 * (size_t)(bytes[0] / 2) + 1;
    struct nts_ke_client client;
    struct nts_ke_client_response response;
    uint8_t request[NTS_KE_CLIENT_REQUEST_BYTES];
    CHECK(nts_ke_client_init(&client, offer, request) <= sizeof request);
    for (size_t at = 1; at < length; at += piece) {
        size_t part = length - at < piece ? length - at : piece;
        if (!nts_ke_client_feed(&client, bytes + at, part, &response)) continue;
        if (response.err == ERR_OK)
            check_good(&response, offer);
        else
            check_bad(&response);
        break;
    }
    return 0;
}

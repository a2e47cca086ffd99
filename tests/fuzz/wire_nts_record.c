/* NTS-KE records: what is read lies inside the input, can be built again to the same bytes, and the
 * reader stops exactly where it says. */
#include <string.h>

#include "base/check.h"
#include "wire/nts_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_numbers(const struct nts_record *record) {
    for (size_t i = 0; i < nts_record_count(record); i++)
        CHECK(nts_record_holds(record, nts_record_number(record, i)));
}

static void check_host(const struct nts_record *record) {
    char host[LIMIT_HOST_NAME_BYTES];
    if (nts_record_host(record, host) != ERR_OK) return;
    CHECK(strlen(host) == record->length && memcmp(host, record->body, record->length) == 0);
}

static void check_record(const struct nts_record *record, const uint8_t *from) {
    static uint8_t again[LIMIT_NTS_KE_RESPONSE_BYTES];
    size_t whole = NTS_RECORD_HEADER_BYTES + record->length;
    CHECK(record->body == from + NTS_RECORD_HEADER_BYTES && record->type < 0x8000);
    struct writer w = writer_of(again, sizeof again);
    nts_record_put(&w, record->critical, record->type, record->body, record->length);
    CHECK(!w.failed && writer_length(&w) == whole && memcmp(again, from, whole) == 0);
    if (nts_record_check(record) != ERR_OK) return;
    check_numbers(record);
    check_host(record);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct reader r = reader_of(bytes, length);
    struct nts_record record;
    const uint8_t *from = r.at;
    enum err err;
    while ((err = nts_record_next(&r, &record)) == ERR_OK) {
        check_record(&record, from);
        CHECK(r.at == record.body + record.length && r.at <= bytes + length);
        from = r.at;
    }
    CHECK(err == ERR_SHORT || err == ERR_TOO_LONG);
    CHECK(r.at == from && !r.failed);
    return 0;
}

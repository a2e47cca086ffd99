/* Any text as a signed note, a verifier key, a key file. Invariants: the views of a note lie one
 * behind the other and make up its text; what is read is written back the same. */
#include <string.h>

#include "base/base64.h"
#include "base/check.h"
#include "ledger/note.h"

/* Base64 has one text for each string of bytes, so the signature must come back as it was. */
static void check_signature(const struct note_signature *s) {
    static uint8_t bytes[LIMIT_NOTE_BYTES];
    static char text[BASE64_TEXT_BYTES(LIMIT_NOTE_BYTES)];
    size_t length = 0;
    CHECK(note_name_valid(s->name, s->name_length));
    CHECK(note_signature_bytes(s, bytes + 4, sizeof bytes - 4, &length) == ERR_OK && length > 0);
    for (unsigned i = 0; i < 4; i++) bytes[i] = (uint8_t)(s->id >> (24 - 8 * i));
    base64_text(bytes, length + 4, text, sizeof text);
    CHECK(strlen(text) == s->base64_length && memcmp(text, s->base64, s->base64_length) == 0);
    CHECK(s->base64 + s->base64_length + 1 == s->line + s->line_length);
    size_t again = 77;
    CHECK(note_signature_bytes(s, bytes, length - 1, &again) == ERR_TOO_LONG && again == 77);
}

static void check_note(const char *text, size_t length) {
    static struct note note;
    memset(&note, 0x5a, sizeof note);
    size_t untouched = note.count;
    if (note_parse(text, length, &note) != ERR_OK) {
        CHECK(note.count == untouched);
        return;
    }
    CHECK(note.body == text && note_body_valid(note.body, note.body_length));
    CHECK(note.count > 0 && note.count <= LIMIT_NOTE_SIGNATURES);
    const char *at = text + note.body_length + 1;
    for (size_t i = 0; i < note.count; i++) {
        CHECK(note.signatures[i].line == at);
        at += note.signatures[i].line_length;
        check_signature(&note.signatures[i]);
    }
    CHECK(at == text + length);
}

static void check_key(const char *text, size_t length) {
    struct note_key key, again;
    char back[NOTE_KEY_TEXT_BYTES];
    if (note_key_parse(text, length, &key) != ERR_OK) return;
    CHECK(note_name_valid(key.name, strlen(key.name)));
    if (!note_type_known(key.type)) return;
    CHECK(note_key_text(&key, back) == length && memcmp(back, text, length) == 0);
    CHECK(note_key_make(key.name, key.type, key.public_key, &again) == ERR_OK);
    CHECK(memcmp(&key, &again, sizeof key) == 0);
}

static void check_signer(const char *text, size_t length) {
    struct note_signer signer = {0};
    struct note note;
    char line[2 + 1 + NOTE_LINE_BYTES] = "a\n\n";
    size_t line_length = 0;
    if (note_signer_parse(text, length, &signer) != ERR_OK) {
        CHECK(signer.signer.key == NULL);
        return;
    }
    if (signer.key.type == NOTE_ED25519) {
        CHECK(note_sign(&signer, "a\n", 2, line + 3, &line_length) == ERR_OK);
        CHECK(note_parse(line, 3 + line_length, &note) == ERR_OK);
        CHECK(note_verify(&note, &signer.key) == ERR_OK);
    }
    note_signer_wipe(&signer);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    const char *text = (const char *)bytes;
    check_note(text, length);
    check_key(text, length);
    check_signer(text, length);
    return 0;
}

/* The one table of errors: every reason for which input is refused.
 *
 * A row is (NAME, text). The text completes "refused: ...". Each job counts refusals in an array
 * indexed by enum err, so every drop that a peer can cause has a counter with the same name.
 * Functions that return enum err write their out-parameters only on ERR_OK. */
#pragma once

#define MUST_USE __attribute__((warn_unused_result))

#define ERR_TABLE(X)                                                                               \
    X(OK, "ok")                                                                                    \
    X(SHORT, "fewer bytes than the format needs")                                                  \
    X(TRAILING, "bytes left over after the message")                                               \
    X(TOO_LONG, "longer than the limit")                                                           \
    X(FULL, "no room left")                                                                        \
    X(RANGE, "a value is outside its range")                                                       \
    X(SYNTAX, "not written as the format asks")                                                    \
    X(KIND, "unknown kind of message")                                                             \
    X(VERSION, "protocol version not spoken")                                                      \
    X(MODE, "NTP mode not answered")                                                               \
    X(EXTENSION, "extension fields do not fit the packet")                                         \
    X(DENIED, "address not allowed")                                                               \
    X(ZERO_ORIGIN, "origin timestamp is zero")                                                     \
    X(ORIGIN, "origin timestamp does not match the request")                                       \
    X(DUPLICATE, "a reply to this request was taken already")                                      \
    X(UNSOLICITED, "no request is waiting for this reply")                                         \
    X(PEER_ADDRESS, "came from another address than asked")                                        \
    X(KISS, "kiss-o'-death")                                                                       \
    X(UNSYNCHRONISED, "server says it is not synchronised")                                        \
    X(STRATUM, "stratum outside 1 to 15")                                                          \
    X(ROOT_DISTANCE, "root distance too large")                                                    \
    X(CAUSALITY, "timestamps run backwards")                                                       \
    X(LOOP, "server is synchronised to us")                                                        \
    X(STALE, "too old to be used")                                                                 \
    X(WITHDRAWN, "no bound can be shown, so no time is given")                                     \
    X(QUEUE, "queue to another job is full")                                                       \
    X(AUTH, "carries a MAC, and there is no key to check it")                                      \
    X(TLS, "TLS was not agreed, or broke")                                                         \
    X(CERTIFICATE, "certificate not accepted")                                                     \
    X(CRITICAL, "marked critical, and not understood")                                             \
    X(NEGOTIATION, "nothing was offered that both sides speak")                                    \
    X(REFUSED, "the server answered with an error")                                                \
    X(SIGNATURE, "a signature does not verify")                                                    \
    X(TAG, "a tag that must be there is missing")                                                  \
    X(KEY, "meant for another key")                                                                \
    X(PROOF, "the Merkle path does not lead to the signed root")                                   \
    X(NTS_MISSING, "a field that NTS needs is missing, so nothing is authenticated")               \
    X(NTS_TWICE, "an NTS field stands there twice")                                                \
    X(NTS_ORDER, "something follows the NTS authenticator, which must be last")                    \
    X(NTS_LENGTH, "an NTS field has a length that it cannot have")                                 \
    X(NTS_UNIQUE_ID, "unique identifier is not that of the request")                               \
    X(NTS_KEY, "cookie was made with a key that is unknown or erased")                             \
    X(NTS_COOKIE, "cookie is not one that was made here")                                          \
    X(NTS_AEAD, "AEAD algorithm not offered")                                                      \
    X(NTS_AUTH, "NTS authenticator does not verify")                                               \
    X(NTS_NAK, "server says that it cannot open the cookie (NTSN)")                                \
    X(NTS_NO_COOKIE, "no cookie is left to ask with")                                              \
    X(LOG_ORIGIN, "the checkpoint is of another log")                                              \
    X(UNSIGNED, "not signed by any key that is trusted for it")                                    \
    X(QUORUM, "cosigned by fewer witnesses than the policy asks for")                              \
    X(MISSING, "it is not there")                                                                  \
    X(DAMAGED, "what is on disk is not what was written")                                          \
    X(IO, "the system call failed")

enum err {
#define ERR_ENUM(name, text) ERR_##name,
    ERR_TABLE(ERR_ENUM)
#undef ERR_ENUM
        ERR_COUNT
};

/* Stable name for counters and JSON ("ZERO_ORIGIN"), and the sentence for people.
 * Both return a static string, also for values outside the table. */
const char *err_name(enum err err);
const char *err_text(enum err err);

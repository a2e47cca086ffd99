/* etalon-witness serve. One thread: a checkpoint is judged, put on disk and answered before the
 * next one is looked at, so that checking and remembering cannot be torn apart. Source: C2SP
 * tlog-witness. */
#include "main/witness_serve.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "crypto/wipe.h"
#include "main/witness_findings.h"
#include "main/witness_http.h"
#include "main/witness_sandbox.h"
#include "main/witness_stop.h"
#include "main/witness_store.h"
#include "os/clocks.h"
#include "os/log.h"
#include "os/notify.h"
#include "os/sandbox.h"
#include "os/storage.h"

enum { REFUSALS_LOGGED = 20, REFUSALS_PERIOD_S = 60, SUMMARY_PERIOD_S = 3600 };

struct serve_counts {
    uint64_t cosigned, conflict, refused, monitored, unknown_path, unsaved;
};

struct serve {
    struct witness_logs logs;
    struct witness_store store;
    struct witness_findings findings;
    char evidence[LIMIT_PATH_BYTES];
    struct note_signer signers[LIMIT_WITNESS_SIGNERS];
    const struct note_signer *signer_list[LIMIT_WITNESS_SIGNERS];
    size_t signer_count;
    char certificate[LIMIT_PEM_BYTES + 1], tls_key[LIMIT_PEM_BYTES + 1];
    struct witness_request request;
    struct witness_verdict verdict;
    char shown[LIMIT_WITNESS_RECORD_BYTES]; /* a note that is evidence */
    struct witness_http http;
    struct serve_counts counts, told;
    struct mono period, summary; /* of the log */
    unsigned logged;
};

/* Strangers choose how many requests are refused: so many lines a minute, and the rest counted. */
static void log_refusal(struct serve *serve, const struct addr *peer) {
    char text[ADDR_TEXT_BYTES];
    struct mono now = clocks_mono();
    if (mono_seconds(now, serve->period) > REFUSALS_PERIOD_S) {
        serve->period = now;
        serve->logged = 0;
    }
    if (serve->logged++ >= REFUSALS_LOGGED) return;
    log_line(LOG_LEVEL_INFO, "%s: %d: %s%s", addr_text_port(peer, text), serve->verdict.status,
             serve->verdict.reason,
             serve->logged == REFUSALS_LOGGED ? " (more of them are only counted for a while)"
                                              : "");
}

static void count(struct serve *serve, const struct addr *peer) {
    char text[ADDR_TEXT_BYTES];
    if (serve->verdict.status == 200) {
        serve->counts.cosigned++;
        log_line(LOG_LEVEL_DEBUG, "%s: cosigned size %llu of %s", addr_text_port(peer, text),
                 (unsigned long long)serve->verdict.state.size, serve->request.checkpoint.origin);
        return;
    }
    if (serve->verdict.status == 409)
        serve->counts.conflict++;
    else
        serve->counts.refused++;
    log_refusal(serve, peer);
}

static void keep_finding(struct serve *serve, size_t index, const struct addr *peer) {
    static const struct {
        enum witness_findings_kind kind;
        const char *text;
    } found[] = {
        [WITNESS_FOUND_SPLIT] = {WITNESS_FINDINGS_SPLIT, "the log signed two roots for one size"},
        [WITNESS_FOUND_INCONSISTENT] = {WITNESS_FINDINGS_BAD_PROOF,
                                        "signed by the log, with a consistency proof that does "
                                        "not hold; anyone could send that proof"},
        [WITNESS_FOUND_SMALLER] = {WITNESS_FINDINGS_SMALLER,
                                   "smaller than what was cosigned: an old checkpoint, or a log "
                                   "that was set back"},
    };
    const struct witness_store_log *log = &serve->store.log[index];
    char by[ADDR_TEXT_BYTES];
    if (serve->verdict.finding == WITNESS_FOUND_NOTHING) return;
    const struct witness_findings_item item = {
        .kind = found[serve->verdict.finding].kind,
        .origin = serve->request.checkpoint.origin,
        .size = serve->request.checkpoint.size,
        .by = addr_text_port(peer, by),
        .text = found[serve->verdict.finding].text,
        .known = log->record_length ? log->record : NULL,
        .known_length = log->record_length,
        .shown = serve->shown,
        .shown_length = witness_own_note(&serve->request, &serve->logs.log[index], serve->shown),
    };
    (void)witness_findings_add(&serve->findings, &item);
}

/* What cannot be remembered is not signed. */
static void keep_state(struct serve *serve, size_t index) {
    struct witness_verdict *verdict = &serve->verdict;
    const char *why = "";
    if (!verdict->persist || witness_store_keep(&serve->store, index, verdict, &why)) return;
    log_line(LOG_LEVEL_ERROR, "%s cannot be written: %s; nothing is cosigned",
             serve->store.log[index].path, why);
    serve->counts.unsaved++;
    verdict->status = 500;
    verdict->content_type = "text/plain; charset=utf-8";
    verdict->reason = "the state could not be saved";
    verdict->body_length =
        (size_t)snprintf(verdict->body, sizeof verdict->body, "%s\n", verdict->reason);
}

static void judge(struct serve *serve, const struct witness_http_request *request) {
    const struct witness_state nothing = {.cosigned = false};
    struct kernel_reading now;
    enum err err = witness_request_parse(request->body, request->length, &serve->request);
    if (err != ERR_OK) {
        witness_refuse(err, &serve->verdict);
        return;
    }
    const struct witness_log *log =
        witness_logs_find(&serve->logs, serve->request.checkpoint.origin);
    size_t index = log ? (size_t)(log - serve->logs.log) : 0;
    clocks_read(&now);
    witness_judge(&serve->request, log, log ? &serve->store.log[index].state : &nothing,
                  serve->signer_list, serve->signer_count, (uint64_t)(now.realtime.ns / NS_PER_S),
                  &serve->verdict);
    if (!log) return;
    keep_finding(serve, index, request->peer);
    keep_state(serve, index);
}

static void add_checkpoint(struct serve *serve, const struct witness_http_request *request,
                           struct witness_http_reply *reply) {
    judge(serve, request);
    count(serve, request->peer);
    reply->status = (unsigned)serve->verdict.status;
    reply->type = serve->verdict.content_type;
    reply->length = serve->verdict.body_length;
    memcpy(reply->text, serve->verdict.body, reply->length);
}

static void refuse(struct witness_http_reply *reply, unsigned status, const char *text) {
    reply->status = status;
    reply->length = (size_t)snprintf(reply->text, sizeof reply->text, "%s\n", text);
}

/* GET /<hex of the origin's hash>/checkpoint */
static void monitor(struct serve *serve, const char *path, struct witness_http_reply *reply) {
    char hex[WITNESS_ORIGIN_HEX_BYTES], wanted[WITNESS_ORIGIN_HEX_BYTES + 16];
    for (size_t i = 0; i < serve->logs.count; i++) {
        const struct witness_store_log *log = &serve->store.log[i];
        witness_origin_hex(serve->logs.log[i].origin, hex);
        snprintf(wanted, sizeof wanted, "/%s/checkpoint", hex);
        if (strcmp(path, wanted) != 0) continue;
        serve->counts.monitored++;
        if (log->record_length == 0) {
            refuse(reply, 404, "nothing of this log was cosigned yet");
            return;
        }
        reply->status = 200;
        reply->length = log->record_length;
        memcpy(reply->text, log->record, log->record_length);
        return;
    }
    serve->counts.unknown_path++;
    refuse(reply, 404, "not here: POST /add-checkpoint, GET /<hash of an origin>/checkpoint");
}

static void answer(void *context, const struct witness_http_request *request,
                   struct witness_http_reply *reply) {
    struct serve *serve = context;
    bool add = strcmp(request->path, "/add-checkpoint") == 0;
    if (add && request->post) {
        add_checkpoint(serve, request, reply);
    } else if (add) {
        refuse(reply, 405, "POST");
    } else {
        monitor(serve, request->path, reply);
    }
}

static bool failed(const char *what, const char *why) {
    log_line(LOG_LEVEL_ERROR, "%s%s%s", what, *what ? ": " : "", why);
    return false;
}

static bool read_key(struct serve *serve, const char *path) {
    char text[NOTE_KEY_TEXT_BYTES];
    const char *why = "";
    size_t length = 0;
    struct note_signer *signer = &serve->signers[serve->signer_count];
    enum err err = storage_read(path, text, sizeof text, &length, &why);
    if (err == ERR_OK) {
        err = note_signer_parse(text, length, signer);
        why = err_text(err);
    }
    wipe(text, sizeof text);
    if (err == ERR_OK && signer->key.type != NOTE_COSIGNATURE_V1) {
        why = "not a key of a witness: make one with `etalon-witness keygen`";
        err = ERR_KIND;
    }
    if (err != ERR_OK) return failed(path, why);
    serve->signer_list[serve->signer_count++] = signer;
    return true;
}

static bool read_pem(const char *path, char out[LIMIT_PEM_BYTES + 1]) {
    const char *why = "";
    size_t length;
    if (!path) return true;
    if (storage_read(path, out, LIMIT_PEM_BYTES, &length, &why) != ERR_OK) return failed(path, why);
    out[length] = '\0';
    return true;
}

static bool read_files(struct serve *serve, const struct witness_arguments *arguments) {
    static char why[WITNESS_LOGS_WHY_BYTES];
    for (size_t i = 0; i < arguments->key_count; i++)
        if (!read_key(serve, arguments->keys[i])) return false;
    for (size_t i = 0; i < arguments->log_count; i++)
        if (!witness_logs_add(&serve->logs, arguments->logs[i], why)) return failed("", why);
    return read_pem(arguments->certificate, serve->certificate) &&
           read_pem(arguments->tls_key, serve->tls_key);
}

static bool open_state(struct serve *serve, const struct witness_arguments *arguments) {
    static char why[WITNESS_STORE_WHY_BYTES];
    const char *reason = "";
    if (!witness_store_open(&serve->store, arguments->state, &serve->logs, why))
        return failed("", why);
    int length = snprintf(serve->evidence, sizeof serve->evidence, "%s/evidence", arguments->state);
    if (length >= (int)sizeof serve->evidence) return failed(arguments->state, "too long");
    if (storage_make_folder(serve->evidence, &reason) != ERR_OK)
        return failed(serve->evidence, reason);
    if (witness_findings_open(&serve->findings, serve->evidence, &reason)) return true;
    return failed(serve->evidence, reason);
}

static bool start_http(struct serve *serve, const struct witness_arguments *arguments,
                       int listener) {
    const char *why = "";
    const struct witness_http_setup setup = {
        .listener = listener,
        .patience_s =
            arguments->timeout_s >= 1 ? (unsigned)arguments->timeout_s : LIMIT_WITNESS_PATIENCE_S,
        .certificate = arguments->certificate ? serve->certificate : NULL,
        .key = arguments->certificate ? serve->tls_key : NULL,
        .answer = answer,
        .context = serve,
    };
    bool started = witness_http_start(&serve->http, &setup, &why);
    wipe(serve->tls_key, sizeof serve->tls_key);
    return started || failed("", why);
}

static void say_ready(const struct serve *serve, const struct addr *at, bool tls,
                      const char *sandbox) {
    char address[ADDR_TEXT_BYTES], key[NOTE_KEY_TEXT_BYTES];
    for (size_t i = 0; i < serve->logs.count; i++)
        log_line(LOG_LEVEL_INFO, "watching %s, %s size %llu", serve->logs.log[i].origin,
                 serve->store.log[i].state.cosigned ? "cosigned up to" : "nothing cosigned yet:",
                 (unsigned long long)serve->store.log[i].state.size);
    for (size_t i = 0; i < serve->signer_count; i++) {
        key[note_key_text(&serve->signers[i].key, key)] = '\0';
        log_line(LOG_LEVEL_INFO, "cosigning as %s", key);
    }
    log_line(LOG_LEVEL_INFO, "sandbox: %s", sandbox);
    log_line(LOG_LEVEL_INFO, "ready: etalon-witness " ETALON_VERSION ", %s://%s",
             tls ? "https" : "http", addr_text_port(at, address));
}

static void log_summary(struct serve *serve) {
    const struct serve_counts *c = &serve->counts;
    const struct witness_http_counts *h = &serve->http.counts;
    uint64_t findings = 0;
    for (size_t i = 0; i < WITNESS_FINDINGS_KINDS; i++) findings += serve->findings.seen[i];
    log_line(LOG_LEVEL_INFO,
             "counts: %llu cosigned, %llu of another size, %llu refused, %llu findings, %llu "
             "unsaved, %llu monitored; %llu connections, %llu turned away, %llu too slow, %llu "
             "too long, %llu of another path or method",
             (unsigned long long)c->cosigned, (unsigned long long)c->conflict,
             (unsigned long long)c->refused, (unsigned long long)findings,
             (unsigned long long)c->unsaved, (unsigned long long)c->monitored,
             (unsigned long long)h->connections, (unsigned long long)h->site_full,
             (unsigned long long)h->slow, (unsigned long long)h->too_long,
             (unsigned long long)c->unknown_path + (unsigned long long)h->other_method);
    serve->told = *c;
    serve->summary = clocks_mono();
}

static void run(struct serve *serve) {
    serve->summary = serve->period = clocks_mono();
    while (!witness_stop_told()) {
        witness_http_turn(&serve->http, witness_stop_mask());
        if (mono_seconds(clocks_mono(), serve->summary) > SUMMARY_PERIOD_S &&
            memcmp(&serve->told, &serve->counts, sizeof serve->told) != 0)
            log_summary(serve);
    }
}

static void end(struct serve *serve) {
    witness_http_stop(&serve->http);
    log_summary(serve);
    witness_store_close(&serve->store);
    for (size_t i = 0; i < serve->signer_count; i++) note_signer_wipe(&serve->signers[i]);
    log_line(LOG_LEVEL_INFO, "stopped");
}

enum witness_exit witness_serve(const struct witness_arguments *arguments) {
    static struct serve serve;
    char why[LIMIT_PATH_BYTES + 128], sandbox[WITNESS_SANDBOX_TEXT_BYTES];
    struct addr at;
    notify_init();
    if (!read_files(&serve, arguments)) return WITNESS_USAGE;
    int listener = witness_http_listen(arguments->listen ? arguments->listen : "127.0.0.1:8460",
                                       &at, why, sizeof why);
    if (listener < 0 ||
        !sandbox_drop_root(arguments->user ? arguments->user : "", false, why, sizeof why)) {
        log_line(LOG_LEVEL_ERROR, "%s", why);
        return WITNESS_FAILED;
    }
    if (!open_state(&serve, arguments) || !start_http(&serve, arguments, listener))
        return WITNESS_FAILED;
    witness_stop_prepare();
    notify_send("READY=1"); /* the sandbox takes the right to */
    witness_sandbox_enter(arguments->state, sandbox);
    say_ready(&serve, &at, arguments->certificate != NULL, sandbox);
    run(&serve);
    end(&serve);
    return WITNESS_FINE;
}

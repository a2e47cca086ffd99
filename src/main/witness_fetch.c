/* HTTP requests, on libcurl. Invariant: what is received never exceeds the room that was given, and
 * no request lasts longer than the time-out. */
#include "main/witness_fetch.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

static size_t take(char *bytes, size_t size, size_t count, void *context) {
    struct witness_fetch_request *request = context;
    size_t length = size * count;
    if (length > request->room - request->length) {
        request->too_long = true;
        return 0;
    }
    memcpy(request->out + request->length, bytes, length);
    request->length += length;
    return length;
}

bool witness_fetch_init(struct witness_fetch *fetch, const char *ca_file, double timeout_s) {
    *fetch = (struct witness_fetch){.ca_file = ca_file, .timeout_s = timeout_s};
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return false;
    fetch->multi = curl_multi_init();
    return fetch->multi != NULL;
}

void witness_fetch_end(struct witness_fetch *fetch) {
    if (fetch->multi) curl_multi_cleanup(fetch->multi);
    fetch->multi = NULL;
    curl_global_cleanup();
}

static void set_body(CURL *handle, struct witness_fetch_request *request) {
    request->headers = curl_slist_append(NULL, "Content-Type: text/plain; charset=utf-8");
    (void)curl_easy_setopt(handle, CURLOPT_HTTPHEADER, request->headers);
    (void)curl_easy_setopt(handle, CURLOPT_POST, 1L);
    (void)curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
    (void)curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request->body);
}

static void set_options(const struct witness_fetch *fetch, CURL *handle,
                        struct witness_fetch_request *request) {
    long timeout_ms = (long)(fetch->timeout_s * 1000);
    (void)curl_easy_setopt(handle, CURLOPT_URL, request->url);
    (void)curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, timeout_ms);
    (void)curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
    (void)curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, request->why);
    (void)curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take);
    (void)curl_easy_setopt(handle, CURLOPT_WRITEDATA, request);
    (void)curl_easy_setopt(handle, CURLOPT_PRIVATE, request);
    (void)curl_easy_setopt(handle, CURLOPT_USERAGENT, "etalon-witness/" ETALON_VERSION);
    if (fetch->ca_file) (void)curl_easy_setopt(handle, CURLOPT_CAINFO, fetch->ca_file);
    if (request->body) set_body(handle, request);
}

static void tidy(struct witness_fetch *fetch, struct witness_fetch_request *request) {
    if (request->handle) {
        fetch->active--;
        (void)curl_multi_remove_handle(fetch->multi, request->handle);
        curl_easy_cleanup(request->handle);
    }
    curl_slist_free_all(request->headers);
    request->handle = request->headers = NULL;
}

void witness_fetch_start(struct witness_fetch *fetch, struct witness_fetch_request *request) {
    CURL *handle = curl_easy_init();
    request->status = 0;
    request->length = 0;
    request->too_long = false;
    request->type[0] = request->why[0] = '\0';
    request->headers = NULL;
    request->handle = handle;
    bool started = handle != NULL;
    if (started) {
        fetch->active++;
        set_options(fetch, handle, request);
        started = curl_multi_add_handle(fetch->multi, handle) == CURLM_OK;
    }
    if (started) return;
    tidy(fetch, request);
    snprintf(request->why, sizeof request->why, "no memory");
    request->done(request->context, request);
}

static void complete(struct witness_fetch *fetch, CURL *handle, CURLcode code) {
    struct witness_fetch_request *request = NULL;
    long status = 0;
    char *type = NULL;
    (void)curl_easy_getinfo(handle, CURLINFO_PRIVATE, &request);
    (void)curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(handle, CURLINFO_CONTENT_TYPE, &type);
    snprintf(request->type, sizeof request->type, "%s", type ? type : "");
    if (code == CURLE_OK)
        request->status = (unsigned)status;
    else if (request->too_long)
        snprintf(request->why, sizeof request->why, "the answer is longer than %zu bytes",
                 request->room);
    else if (request->why[0] == '\0')
        snprintf(request->why, sizeof request->why, "%s", curl_easy_strerror(code));
    tidy(fetch, request);
    request->done(request->context, request);
}

int witness_fetch_turn(struct witness_fetch *fetch, int wait_ms) {
    int running = 0, left;
    (void)curl_multi_perform(fetch->multi, &running);
    if (running > 0) (void)curl_multi_poll(fetch->multi, NULL, 0, wait_ms, NULL);
    (void)curl_multi_perform(fetch->multi, &running);
    for (CURLMsg *message; (message = curl_multi_info_read(fetch->multi, &left));)
        if (message->msg == CURLMSG_DONE)
            complete(fetch, message->easy_handle, message->data.result);
    return (int)fetch->active;
}

void witness_fetch_cancel(struct witness_fetch *fetch, struct witness_fetch_request *request) {
    tidy(fetch, request);
}

static void note_done(void *context, struct witness_fetch_request *request) {
    (void)request;
    *(bool *)context = true;
}

bool witness_fetch_now(struct witness_fetch *fetch, struct witness_fetch_request *request) {
    bool over = false;
    request->done = note_done;
    request->context = &over;
    witness_fetch_start(fetch, request);
    while (!over) (void)witness_fetch_turn(fetch, 1000);
    return request->status != 0;
}

bool witness_fetch_url(char out[WITNESS_FETCH_URL_BYTES], const char *base, const char *path) {
    size_t length = strlen(base);
    while (length > 0 && base[length - 1] == '/') length--;
    int put = snprintf(out, WITNESS_FETCH_URL_BYTES, "%.*s/%s", (int)length, base, path);
    return put > 0 && put < WITNESS_FETCH_URL_BYTES;
}

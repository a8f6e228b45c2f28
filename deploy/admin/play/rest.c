/* libcurl's easy interface, with one handle that keeps its connection. A refresh token serves once, so when
 * the answer to a refresh is lost or refused the session is begun anew with the password. */
#include "deploy/admin/play/rest.h"

#include "core/base/alloc.h"
#include "core/base/buffer.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/wire/json_read.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONNECT_MS = 2000,
    CALL_MS = 6000,
    BODY_MAX = 4 << 20,
    URL_MAX = 1024,
    TOKEN_FRESH_MS = 10 * 60 * 1000, /* of the 15 minutes that it lives */
    RETRY_MIN_MS = 1000,
    RETRY_MAX_MS = 30000,
};

struct rest {
    CURL *curl;
    char *origin;
    const volatile bool *stopping;
};

static int stop_early(void *context, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
    (void)down_all, (void)down, (void)up_all, (void)up;
    const struct rest *rest = context;
    return *rest->stopping;
}

struct rest *rest_create(const char *origin, const volatile bool *stopping)
{
    struct rest *rest = xcalloc(1, sizeof *rest);
    rest->origin = xstrdup(origin);
    rest->stopping = stopping;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    rest->curl = curl_easy_init();
    return rest;
}

void rest_destroy(struct rest **rest)
{
    if (*rest == NULL)
        return;
    curl_easy_cleanup((*rest)->curl);
    curl_global_cleanup();
    free((*rest)->origin);
    free(*rest);
    *rest = NULL;
}

/* ---- a call ---- */

static size_t take_body(char *bytes, size_t unit, size_t count, void *context)
{
    struct buffer *body = context;
    buffer_append(body, bytes, unit * count);
    return body->failed ? 0 : unit * count;
}

static size_t take_header(char *bytes, size_t unit, size_t count, void *context)
{
    static const char name[] = "etag:";
    const size_t name_size = sizeof name - 1;
    struct rest_answer *answer = context;
    size_t size = unit * count;
    if (size > name_size && strncasecmp(bytes, name, name_size) == 0) {
        const char *value = bytes + name_size + strspn(bytes + name_size, " ");
        size_t length = strcspn(value, "\r\n");
        if (length < sizeof answer->etag)
            snprintf(answer->etag, sizeof answer->etag, "%.*s", (int)length, value);
    }
    return size;
}

static struct curl_slist *add_header(struct curl_slist *headers, const char *name, const char *value)
{
    if (value == NULL)
        return headers;
    char line[2048];
    snprintf(line, sizeof line, "%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(headers, line);
    explicit_bzero(line, sizeof line);
    return longer != NULL ? longer : headers;
}

static struct curl_slist *make_headers(const struct rest_call *call)
{
    char bearer[1100];
    struct curl_slist *headers = NULL;
    if (call->token != NULL) {
        snprintf(bearer, sizeof bearer, "Bearer %s", call->token);
        headers = add_header(headers, "Authorization", bearer);
        explicit_bzero(bearer, sizeof bearer);
    }
    headers = add_header(headers, "If-Match", call->if_match);
    return add_header(headers, "Content-Type", call->body != NULL ? "application/json" : NULL);
}

static void set_options(struct rest *rest, const struct rest_call *call, const char *url)
{
    CURL *curl = rest->curl;
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*"); /* the origin is our own */
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)CALL_MS);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, stop_early);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, rest);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    if (call->body != NULL)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body);
    else if (strcmp(call->method, "GET") != 0)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "");
}

struct rest_answer rest_do(struct rest *rest, const struct rest_call *call)
{
    struct rest_answer answer = {0};
    char url[URL_MAX];
    if (rest->curl == NULL || snprintf(url, sizeof url, "%s%s", rest->origin, call->path) >= (int)sizeof url)
        return answer;
    struct buffer body;
    buffer_init(&body, BODY_MAX);
    struct curl_slist *headers = make_headers(call);
    set_options(rest, call, url);
    curl_easy_setopt(rest->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(rest->curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(rest->curl, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(rest->curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(rest->curl, CURLOPT_HEADERDATA, &answer);
    if (curl_easy_perform(rest->curl) == CURLE_OK) {
        const char *reason;
        curl_easy_getinfo(rest->curl, CURLINFO_RESPONSE_CODE, &answer.status);
        if (body.size > 0)
            answer.body = json_parse(body.data, body.size, &reason);
    }
    curl_slist_free_all(headers);
    buffer_finish(&body);
    return answer;
}

void rest_answer_finish(struct rest_answer *answer)
{
    cJSON_Delete(answer->body);
    answer->body = NULL;
}

static const char *text_member(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

const char *rest_code(const struct rest_answer *answer)
{
    const char *code = text_member(answer->body, "code");
    if (answer->status == 0)
        return "NO_ANSWER";
    return code != NULL ? code : "UNKNOWN";
}

/* ---- sessions ---- */

static void wipe(char **secret)
{
    if (*secret != NULL)
        explicit_bzero(*secret, strlen(*secret));
    free(*secret);
    *secret = NULL;
}

void rest_session_drop(struct rest_session *session)
{
    wipe(&session->token);
}

void rest_session_finish(struct rest_session *session)
{
    wipe(&session->token);
    wipe(&session->refresh_token);
}

/* Takes the tokens of an answer. */
static bool take_session(struct rest_session *session, const struct rest_answer *answer, int64_t now)
{
    const char *token = text_member(answer->body, "accessToken");
    const char *refresh_token = text_member(answer->body, "refreshToken");
    if (answer->status != 200 || token == NULL)
        return false;
    rest_session_finish(session);
    session->token = xstrdup(token);
    session->refresh_token = refresh_token != NULL ? xstrdup(refresh_token) : NULL;
    session->token_at = now;
    session->failures = 0;
    return true;
}

static bool refresh(struct rest *rest, struct rest_session *session, int64_t now)
{
    struct buffer body;
    buffer_init(&body, 1024);
    struct json json = json_start(&body);
    json_object(&json, NULL);
    json_text(&json, "refreshToken", session->refresh_token);
    json_object_end(&json);
    struct rest_answer answer =
        rest_do(rest, &(struct rest_call){.method = "POST", .path = "/api/auth/refresh", .body = body.data});
    wipe(&session->refresh_token);
    bool taken = take_session(session, &answer, now);
    buffer_finish(&body);
    rest_answer_finish(&answer);
    return taken;
}

static bool log_in(struct rest *rest, struct rest_session *session, int64_t now)
{
    struct buffer body;
    buffer_init(&body, 4096);
    struct json json = json_start(&body);
    json_object(&json, NULL);
    json_text(&json, "email", session->email);
    json_text(&json, "password", session->password);
    json_bool(&json, "native", true);
    json_object_end(&json);
    struct rest_answer answer =
        rest_do(rest, &(struct rest_call){.method = "POST", .path = "/api/auth/login", .body = body.data});
    bool taken = take_session(session, &answer, now);
    if (!taken && session->failures % 10 == 0)
        log_warn("no log-in", log_text("code", rest_code(&answer)), log_number("status", answer.status));
    explicit_bzero(body.data, body.size);
    buffer_finish(&body);
    rest_answer_finish(&answer);
    return taken;
}

bool rest_session_keep(struct rest *rest, struct rest_session *session, int64_t now, bool *renewed)
{
    *renewed = false;
    if (session->token != NULL && now - session->token_at < TOKEN_FRESH_MS)
        return true;
    if (now < session->retry_at)
        return session->token != NULL;
    *renewed = session->token != NULL && session->refresh_token != NULL ? refresh(rest, session, now)
                                                                        : log_in(rest, session, now);
    if (!*renewed) {
        int64_t pause = RETRY_MIN_MS << (session->failures < 5 ? session->failures : 5);
        session->retry_at = now + (pause < RETRY_MAX_MS ? pause : RETRY_MAX_MS);
        session->failures++;
    }
    return session->token != NULL;
}

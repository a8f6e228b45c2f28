/* Seri's REST API as an ordinary client uses it: one call at a time, each within a few seconds, and log-ins
 * that stay fresh. */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

struct rest; /* opaque */

/** `origin` as http://host:port, copied. Calls are given up as soon as `*stopping` is set. */
struct rest *rest_create(const char *origin, const volatile bool *stopping);
void rest_destroy(struct rest **rest);

struct rest_call {
    const char *method, *path;
    const char *token;    /* NULL: as a visitor */
    const char *if_match; /* NULL: none */
    const char *body;     /* JSON; NULL: none */
};

#define REST_ETAG_SIZE 80

struct rest_answer {
    long status;               /* 0: no answer */
    cJSON *body;               /* NULL: none, or no JSON */
    char etag[REST_ETAG_SIZE]; /* "" without */
};

/** The answer is to be given to rest_answer_finish. */
struct rest_answer rest_do(struct rest *rest, const struct rest_call *call);
void rest_answer_finish(struct rest_answer *answer);

/** The `code` of a refusal, borrowed from the answer; "NO_ANSWER" or "UNKNOWN" without one. */
const char *rest_code(const struct rest_answer *answer);

/** One person's log-in. Zero but for the first two, which are borrowed. */
struct rest_session {
    const char *email, *password;
    char *token; /* NULL: not logged in */
    char *refresh_token;
    int64_t token_at; /* when it was got, and when to try again; on the monotonic clock, in ms */
    int64_t retry_at;
    int failures;
};

/** Whether there is a token with minutes to go; one that is older is exchanged, a missing one asked for, at
 * most one try a call, with growing pauses between tries that fail. `*renewed` tells that the token is a new
 * one. */
[[gnu::warn_unused_result]] bool rest_session_keep(struct rest *rest, struct rest_session *session,
                                                   int64_t now, bool *renewed);

/** Forgets a token that was refused. */
void rest_session_drop(struct rest_session *session);
void rest_session_finish(struct rest_session *session);

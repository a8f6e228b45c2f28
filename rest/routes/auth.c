/* Logging in, going on, logging out. An access token lives for minutes and is asked about in the database all
 * the same; a refresh token serves once, and only its digest is kept. Browsers hold it in a cookie that no
 * script can read and that goes to these routes alone; programs that ask for it get it in the body.
 *
 * Whoever logs in learns nothing about an account but that the pair is right: unknown, inactive and wrong are
 * answered alike, after the same work. */
#include "rest/routes/auth.h"

#include "core/auth/password.h"
#include "core/base/clock.h"
#include "rest/gate.h"
#include "rest/service.h"
#include "rest/statement.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COOKIE     "seri_refresh"
#define AGENT_SIZE 300 /* of a User-Agent: what is more is cut */

struct login_body {
    const char *email, *password;
    bool native;
};

static const struct field login_fields[] = {
    FIELD(TEXT, struct login_body, email, "email", .required = true, .lowest = 3, .highest = 254),
    FIELD(TEXT, struct login_body, password, "password", .required = true, .lowest = 1,
          .highest = PASSWORD_LENGTH_MAX),
    FIELD(BOOL, struct login_body, native, "native"),
};

const struct schema login_body = SCHEMA(struct login_body, login_fields);

/* Of a refresh and of a log-out. */
struct token_body {
    const char *token;
    bool everywhere;
};

#define TOKEN_FIELD                                                                                          \
    FIELD(TEXT, struct token_body, token, "refreshToken", .lowest = REFRESH_TOKEN_SIZE - 1,                  \
          .highest = REFRESH_TOKEN_SIZE - 1)

static const struct field refresh_fields[] = {TOKEN_FIELD};
static const struct field logout_fields[] = {
    TOKEN_FIELD,
    FIELD(BOOL, struct token_body, everywhere, "everywhere"),
};

const struct schema refresh_body = SCHEMA(struct token_body, refresh_fields);
const struct schema logout_body = SCHEMA(struct token_body, logout_fields);

/* ---- refresh tokens ---- */

static void set_cookie(const struct request *request, struct response *response, const char *token,
                       int lifetime_s)
{
    response_header(response, "Set-Cookie",
                    COOKIE "=%s; Max-Age=%d; Path=/api/auth; HttpOnly; SameSite=Strict%s", token, lifetime_s,
                    request->service->secure_cookies ? "; Secure" : "");
}

/* The token of the body, else of the cookie; NULL: there is none. */
static const char *presented_token(const struct request *request, bool *by_cookie)
{
    const struct token_body *body = request->body;
    const char *cookie = request_cookie(request, COOKIE);
    *by_cookie = body->token == NULL && cookie != NULL;
    return *by_cookie ? cookie : body->token;
}

static void format_instant(int64_t seconds, char text[32])
{
    time_t time = (time_t)seconds;
    struct tm utc;
    gmtime_r(&time, &utc);
    strftime(text, 32, "%Y-%m-%dT%H:%M:%S.000Z", &utc);
}

/* Answers with a new pair of tokens for a session that has just begun or gone on: that of the first row. */
static void answer_session(struct request *request, struct response *response, const PGresult *session,
                           const char *refresh_token, bool in_cookie)
{
    int64_t now = clock_wall_ms() / 1000;
    struct token_claims claims = {
        .user_id = result_int(session, 0, "user_id"),
        .session_id = result_int(session, 0, "session_id"),
        .role = (enum role)role_parse(result_text(session, 0, "role")),
        .issued_at = now,
        .expires_at = now + ACCESS_TOKEN_S,
    };
    char *access_token = token_issue(request->service->keys, &claims);
    char expires_at[32];
    format_instant(claims.expires_at, expires_at);
    const char *user = result_text(session, 0, "json");

    struct json json = response_json_start(response, 200);
    json_object(&json, NULL);
    json_text(&json, "accessToken", access_token);
    json_text(&json, "expiresAt", expires_at);
    if (!in_cookie)
        json_text(&json, "refreshToken", refresh_token);
    json_raw(&json, "user", user, strlen(user));
    json_object_end(&json);
    if (in_cookie)
        set_cookie(request, response, refresh_token, REFRESH_TOKEN_S);
    free(access_token);
}

static void put_digest(struct params *params, const char *token)
{
    uint8_t digest[32];
    bool good = token != NULL && refresh_token_digest(token, digest);
    params_bytes(params, good ? digest : NULL, sizeof digest);
}

/* ---- logging in ---- */

bool login_check(struct request *request, struct response *response)
{
    (void)response;
    const struct login_body *body = request->body;
    return gate_take_account(request, body->email);
}

/* The same password under today's parameters; if that fails, the next log-in tries again. */
static void renew_hash(struct request *request, int64_t user_id, const char *password, const char *old_hash)
{
    char hash[PASSWORD_HASH_SIZE];
    password_hash(password, hash);
    struct params params;
    params_init(&params);
    params_int(&params, user_id);
    params_text(&params, old_hash);
    params_text(&params, hash);
    struct db_answer answer = db_run(request->worker->db, SQL_USER_SET_PASSWORD_HASH, &params, NULL);
    params_finish(&params);
    PQclear(answer.result);
}

/* Sets `*user_id` when e-mail and password are those of an active user, 0 when not. False: answered. */
static bool check_credentials(struct request *request, struct response *response, int64_t *user_id)
{
    const struct login_body *body = request->body;
    struct params params;
    params_init(&params);
    params_text(&params, body->email);
    PGresult *found;
    if (!statement_read(request, response, SQL_USER_FOR_LOGIN, &params, &found))
        return false;
    bool known = PQntuples(found) == 1;
    const char *hash = known ? result_text(found, 0, "password_hash") : NULL;
    bool outdated = false;
    bool good = password_verify(body->password, hash, &outdated) && known && result_bool(found, 0, "active");
    *user_id = good ? result_int(found, 0, "id") : 0;
    if (good && outdated)
        renew_hash(request, *user_id, body->password, hash);
    PQclear(found);
    return true;
}

void login_post(struct request *request, struct response *response)
{
    const struct login_body *body = request->body;
    int64_t user_id;
    if (!check_credentials(request, response, &user_id))
        return;
    if (user_id == 0) {
        response_refuse(response, request, VERDICT_BAD_CREDENTIALS);
        return;
    }
    char token[REFRESH_TOKEN_SIZE], agent[AGENT_SIZE];
    refresh_token_make(token);
    struct params params;
    params_init(&params);
    params_int(&params, user_id);
    put_digest(&params, token);
    params_int(&params, REFRESH_TOKEN_S);
    params_text(&params, request_header_text(request, "User-Agent", agent, sizeof agent));
    params_text(&params, request->address);
    PGresult *begun;
    if (!statement_write(request, response, SQL_SESSION_START, &params, NULL, &begun))
        return;
    if (PQntuples(begun) == 1)
        answer_session(request, response, begun, token, !body->native);
    else /* not active any more */
        response_refuse(response, request, VERDICT_BAD_CREDENTIALS);
    PQclear(begun);
}

/* ---- going on, and ending ---- */

static void refuse_refresh(struct request *request, struct response *response, enum verdict verdict,
                           bool by_cookie)
{
    response_refuse(response, request, verdict);
    if (by_cookie)
        set_cookie(request, response, "", 0);
}

void refresh_post(struct request *request, struct response *response)
{
    bool by_cookie;
    const char *presented = presented_token(request, &by_cookie);
    char token[REFRESH_TOKEN_SIZE] = "", agent[AGENT_SIZE];
    if (presented != NULL)
        refresh_token_next(request->service->keys, presented, token);
    struct params params;
    params_init(&params);
    put_digest(&params, presented);
    put_digest(&params, token);
    params_int(&params, REFRESH_TOKEN_S);
    params_text(&params, request_header_text(request, "User-Agent", agent, sizeof agent));
    params_text(&params, request->address);
    params_int(&params, config_int(request->service->config, "REFRESH_GRACE_S"));
    PGresult *rows;
    if (!statement_write(request, response, SQL_SESSION_REFRESH, &params, NULL, &rows))
        return;
    const char *outcome = PQntuples(rows) == 1 ? result_text(rows, 0, "outcome") : "over";
    if (strcmp(outcome, "done") == 0) {
        answer_session(request, response, rows, token, by_cookie);
    } else if (strcmp(outcome, "reused") == 0) {
        sessions_forget(request->service->sessions, result_int(rows, 0, "session_id"));
        refuse_refresh(request, response, VERDICT_TOKEN_REUSED, by_cookie);
    } else {
        refuse_refresh(request, response, VERDICT_UNAUTHENTICATED, by_cookie);
    }
    PQclear(rows);
}

void logout_post(struct request *request, struct response *response)
{
    const struct token_body *body = request->body;
    bool by_cookie;
    const char *presented = presented_token(request, &by_cookie);
    struct params params;
    params_init(&params);
    params_int(&params, request->who.session_id);
    put_digest(&params, presented);
    params_bool(&params, body->everywhere);
    PGresult *ended;
    if (!statement_write(request, response, SQL_SESSION_END, &params, NULL, &ended))
        return;
    for (int i = 0; i < PQntuples(ended); i++)
        sessions_forget(request->service->sessions, result_int(ended, i, "id"));
    PQclear(ended);
    response_empty(response, 204);
    if (request_cookie(request, COOKIE) != NULL)
        set_cookie(request, response, "", 0);
}

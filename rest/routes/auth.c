/* Accounts and sessions. An access token lives for minutes and is asked about in the database all the same; a
 * refresh token serves once, and only its digest is kept. Browsers hold it in a cookie that no script can
 * read and that goes to these routes alone; programs that ask for it get it in the body.
 *
 * Whoever logs in learns nothing about an account but that the pair is right: unknown, inactive and wrong are
 * answered alike, after the same work. */
#include "rest/routes/auth.h"

#include "core/auth/password.h"
#include "core/base/clock.h"
#include "rest/gate.h"
#include "rest/statement.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COOKIE "seri_refresh"

static const char *const languages[] = {"ja", "en", NULL};

struct register_body {
    const char *email, *password, *name;
    int language;
};

static const struct field register_fields[] = {
    FIELD(TEXT, struct register_body, email, "email", .required = true, .lowest = 3, .highest = 254),
    FIELD(TEXT, struct register_body, password, "password", .required = true, .lowest = PASSWORD_LENGTH_MIN,
          .highest = PASSWORD_LENGTH_MAX),
    FIELD(TEXT, struct register_body, name, "name", .required = true, .lowest = 1, .highest = 100),
    FIELD(ENUM, struct register_body, language, "language", .names = languages),
};

const struct schema register_body = SCHEMA(struct register_body, register_fields);

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

struct refresh_body {
    const char *token;
};

static const struct field refresh_fields[] = {
    FIELD(TEXT, struct refresh_body, token, "refreshToken", .lowest = REFRESH_TOKEN_SIZE - 1,
          .highest = REFRESH_TOKEN_SIZE - 1),
};

const struct schema refresh_body = SCHEMA(struct refresh_body, refresh_fields);

/* ---- users ---- */

/* The user, as json, owned by the caller; NULL: answered. */
static PGresult *read_user(struct request *request, struct response *response, int64_t user_id)
{
    struct params params;
    params_init(&params);
    params_int(&params, user_id);
    PGresult *user;
    if (!statement_read(request, response, SQL_USER_GET, &params, &user))
        return NULL;
    if (PQntuples(user) == 1)
        return user;
    PQclear(user);
    response_refuse(response, request, VERDICT_UNAUTHENTICATED);
    return NULL;
}

void me_get(struct request *request, struct response *response)
{
    PGresult *user = read_user(request, response, request->who.user_id);
    if (user == NULL)
        return;
    response_json(response, 200, result_text(user, 0, "json"));
    PQclear(user);
}

/* Something, an @, something with no @: whether it is really somebody's, only a letter to it can tell. */
static bool is_email(const char *text)
{
    const char *at = strchr(text, '@');
    if (at == NULL || at == text || at[1] == '\0' || strchr(at + 1, '@') != NULL || strlen(text) > 254)
        return false;
    for (; *text != '\0'; text++)
        if (isspace((unsigned char)*text) || iscntrl((unsigned char)*text))
            return false;
    return true;
}

bool register_check(struct request *request, struct response *response)
{
    const struct register_body *body = request->body;
    if (is_email(body->email))
        return gate_take(request, LIMIT_LOGIN_ADDRESS, request->neighbourhood);
    response_refuse_field(response, request, "email", "must be an e-mail address");
    return false;
}

void register_post(struct request *request, struct response *response)
{
    static const struct refusal refusals[] = {
        {"users_email_key", VERDICT_EMAIL_TAKEN, NULL, NULL},
        {NULL,              VERDICT_OK,          NULL, NULL},
    };
    const struct register_body *body = request->body;
    char hash[PASSWORD_HASH_SIZE];
    password_hash(body->password, hash);
    struct params params;
    params_init(&params);
    params_text(&params, body->email);
    params_text(&params, body->name);
    params_text(&params, hash);
    params_text(&params, role_name(ROLE_VIEWER));
    params_text(&params, languages[body->language]);
    PGresult *made;
    if (!statement_write(request, response, SQL_USER_CREATE, &params, refusals, &made))
        return;
    PGresult *user = read_user(request, response, result_int(made, 0, "id"));
    PQclear(made);
    if (user == NULL) {
        response_refuse(response, request, VERDICT_UNCERTAIN);
        return;
    }
    const char *text = result_text(user, 0, "json");
    struct json json = response_json_start(response, 201);
    json_object(&json, NULL);
    json_raw(&json, "user", text, strlen(text));
    json_object_end(&json);
    PQclear(user);
}

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
    const struct refresh_body *body = request->body;
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
    char token[REFRESH_TOKEN_SIZE], agent[300];
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
    char token[REFRESH_TOKEN_SIZE];
    refresh_token_make(token);
    struct params params;
    params_init(&params);
    put_digest(&params, presented);
    put_digest(&params, token);
    params_int(&params, REFRESH_TOKEN_S);
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
    bool by_cookie;
    const char *presented = presented_token(request, &by_cookie);
    struct params params;
    params_init(&params);
    params_int(&params, request->who.session_id);
    put_digest(&params, presented);
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

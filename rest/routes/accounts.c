/* Accounts by their owners: registering, confirming the address, passwords. What tells a stranger whether an
 * address is known is told by letter only, to the address itself; the answer here is one and the same, after
 * the same work: argon2 where there is a password, and one statement that always writes.
 *
 * One way to find out is left open. Whoever registers may log in before the letter has come; so who registers
 * another's address, and cannot log in with the password just chosen, knows that it has an account. Shutting
 * that would shut out everybody whose letter is late, lies in the wrong folder or cannot be sent. And nobody
 * asks unseen: each address costs a letter to its owner and an entry of the audit log with the asker's.
 *
 * A new password ends all sessions but the one that set it, for it may be set because somebody else is in. */
#include "rest/routes/accounts.h"

#include "core/auth/email.h"
#include "core/auth/password.h"
#include "rest/gate.h"
#include "rest/statement.h"
#include "rest/ticket.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const languages[] = {"ja", "en", NULL};

#define EMAIL(target)                                                                                        \
    FIELD(TEXT, target, email, "email", .required = true, .lowest = EMAIL_LENGTH_MIN,                        \
          .highest = EMAIL_LENGTH_MAX)
#define NEW_PASSWORD(target, name)                                                                           \
    FIELD(TEXT, target, password, name, .required = true, .lowest = PASSWORD_LENGTH_MIN,                     \
          .highest = PASSWORD_LENGTH_MAX)
#define CURRENT_PASSWORD(target)                                                                             \
    FIELD(TEXT, target, current, "currentPassword", .required = true, .lowest = 1,                           \
          .highest = PASSWORD_LENGTH_MAX)
#define TOKEN(target)                                                                                        \
    FIELD(TEXT, target, token, "token", .required = true, .lowest = REFRESH_TOKEN_SIZE - 1,                  \
          .highest = REFRESH_TOKEN_SIZE - 1)

struct register_body {
    const char *email, *password, *name;
    int language;
};

static const struct field register_fields[] = {
    EMAIL(struct register_body),
    NEW_PASSWORD(struct register_body, "password"),
    FIELD(TEXT, struct register_body, name, "name", .required = true, .lowest = 1, .highest = 100),
    FIELD(ENUM, struct register_body, language, "language", .names = languages),
};

const struct schema register_body = SCHEMA(struct register_body, register_fields);

struct confirm_body {
    const char *token;
};

static const struct field confirm_fields[] = {TOKEN(struct confirm_body)};

const struct schema confirm_body = SCHEMA(struct confirm_body, confirm_fields);

struct forgotten_body {
    const char *email;
};

static const struct field forgotten_fields[] = {EMAIL(struct forgotten_body)};

const struct schema forgotten_body = SCHEMA(struct forgotten_body, forgotten_fields);

struct reset_body {
    const char *token, *password;
};

static const struct field reset_fields[] = {
    TOKEN(struct reset_body),
    NEW_PASSWORD(struct reset_body, "password"),
};

const struct schema reset_body = SCHEMA(struct reset_body, reset_fields);

struct password_body {
    const char *current, *password;
};

static const struct field password_fields[] = {
    CURRENT_PASSWORD(struct password_body),
    NEW_PASSWORD(struct password_body, "newPassword"),
};

const struct schema password_body = SCHEMA(struct password_body, password_fields);

struct email_body {
    const char *current, *email;
};

static const struct field email_fields[] = {
    CURRENT_PASSWORD(struct email_body),
    EMAIL(struct email_body),
};

const struct schema email_body = SCHEMA(struct email_body, email_fields);

/* ---- checks ---- */

/* True when it is one; else answered. */
static bool address_is_good(struct request *request, struct response *response, const char *email)
{
    if (email_is_plausible(email))
        return true;
    response_refuse_field(response, request, "email", "must be an e-mail address");
    return false;
}

bool register_check(struct request *request, struct response *response)
{
    const struct register_body *body = request->body;
    return address_is_good(request, response, body->email) && gate_take_account(request, body->email);
}

bool forgotten_check(struct request *request, struct response *response)
{
    const struct forgotten_body *body = request->body;
    return address_is_good(request, response, body->email) && gate_take_account(request, body->email);
}

bool ticket_check(struct request *request, struct response *response)
{
    (void)response;
    return gate_take(request, LIMIT_LOGIN_ADDRESS, request->neighbourhood);
}

bool own_password_check(struct request *request, struct response *response)
{
    (void)response;
    char account[32];
    snprintf(account, sizeof account, "user %" PRId64, request->who.user_id);
    return gate_take_account(request, account);
}

bool email_check(struct request *request, struct response *response)
{
    const struct email_body *body = request->body;
    return address_is_good(request, response, body->email) && own_password_check(request, response);
}

/* ---- registering ---- */

/* Runs a statement that sends a letter or not; the answer is the same. */
static void write_letter(struct request *request, struct response *response, enum sql_query query,
                         struct params *params)
{
    PGresult *rows;
    if (!statement_write(request, response, query, params, NULL, &rows))
        return;
    PQclear(rows);
    response_empty(response, 202);
}

void register_post(struct request *request, struct response *response)
{
    const struct register_body *body = request->body;
    char hash[PASSWORD_HASH_SIZE];
    password_hash(body->password, hash);
    struct ticket ticket;
    ticket_make(&ticket);
    struct params params;
    params_init(&params);
    params_text(&params, body->email);
    params_text(&params, body->name);
    params_text(&params, hash);
    params_text(&params, languages[body->language]);
    ticket_put_digest(&ticket, &params);
    ticket_put_link(&ticket, request->service, "/confirm", &params);
    ticket_put_link(&ticket, request->service, "/reset", &params);
    params_text(&params, request->address);
    write_letter(request, response, SQL_USER_REGISTER, &params);
}

void confirm_post(struct request *request, struct response *response)
{
    static const struct refusal refusals[] = {
        {"users_email_key", VERDICT_LINK_INVALID, NULL, "Somebody else has this address by now."},
        {NULL,              VERDICT_OK,           NULL, NULL                                    },
    };
    const struct confirm_body *body = request->body;
    uint8_t digest[32];
    bool good = refresh_token_digest(body->token, digest);
    struct params params;
    params_init(&params);
    params_bytes(&params, good ? digest : NULL, sizeof digest);
    params_text(&params, request->address);
    PGresult *rows;
    if (!statement_write(request, response, SQL_USER_CONFIRM, &params, refusals, &rows))
        return;
    if (PQntuples(rows) == 1) {
        if (result_bool(rows, 0, "ended"))
            sessions_forget_user(request->service->sessions, result_int(rows, 0, "user_id"));
        response_empty(response, 204);
    } else {
        response_refuse(response, request, VERDICT_LINK_INVALID);
    }
    PQclear(rows);
}

void confirm_again_post(struct request *request, struct response *response)
{
    struct ticket ticket;
    ticket_make(&ticket);
    struct params params;
    params_init(&params);
    params_int(&params, request->who.user_id);
    ticket_put_digest(&ticket, &params);
    ticket_put_link(&ticket, request->service, "/confirm", &params);
    write_letter(request, response, SQL_USER_CONFIRM_AGAIN, &params);
}

/* ---- forgotten passwords ---- */

void forgotten_post(struct request *request, struct response *response)
{
    const struct forgotten_body *body = request->body;
    struct ticket ticket;
    ticket_make(&ticket);
    struct params params;
    params_init(&params);
    params_text(&params, body->email);
    ticket_put_digest(&ticket, &params);
    ticket_put_link(&ticket, request->service, "/reset", &params);
    params_text(&params, request->address);
    write_letter(request, response, SQL_PASSWORD_FORGOTTEN, &params);
}

void reset_post(struct request *request, struct response *response)
{
    const struct reset_body *body = request->body;
    uint8_t digest[32];
    bool good = refresh_token_digest(body->token, digest);
    char hash[PASSWORD_HASH_SIZE];
    password_hash(body->password, hash);
    struct params params;
    params_init(&params);
    params_bytes(&params, good ? digest : NULL, sizeof digest);
    params_text(&params, hash);
    params_text(&params, request->address);
    PGresult *rows;
    if (!statement_write(request, response, SQL_PASSWORD_RESET, &params, NULL, &rows))
        return;
    if (PQntuples(rows) == 1) {
        sessions_forget_user(request->service->sessions, result_int(rows, 0, "user_id"));
        response_empty(response, 204);
    } else {
        response_refuse(response, request, VERDICT_LINK_INVALID);
    }
    PQclear(rows);
}

/* ---- with the current password ---- */

/* Copies the hash of the asker's password when `current` is that password; else answered. */
static bool check_password(struct request *request, struct response *response, const char *current,
                           char hash[PASSWORD_HASH_SIZE])
{
    struct params params;
    params_init(&params);
    params_int(&params, request->who.user_id);
    PGresult *rows;
    if (!statement_read(request, response, SQL_PASSWORD_READ, &params, &rows))
        return false;
    const char *found = PQntuples(rows) == 1 ? result_text(rows, 0, "password_hash") : NULL;
    bool outdated;
    bool good = password_verify(current, found, &outdated);
    if (good)
        memcpy(hash, found, strlen(found) + 1); /* password_verify takes none that is longer */
    else
        response_refuse(response, request, VERDICT_WRONG_PASSWORD);
    PQclear(rows);
    return good;
}

void password_post(struct request *request, struct response *response)
{
    const struct password_body *body = request->body;
    char old_hash[PASSWORD_HASH_SIZE], new_hash[PASSWORD_HASH_SIZE];
    if (!check_password(request, response, body->current, old_hash))
        return;
    password_hash(body->password, new_hash);
    struct params params;
    params_init(&params);
    params_int(&params, request->who.user_id);
    params_text(&params, old_hash);
    params_text(&params, new_hash);
    params_int(&params, request->who.session_id);
    params_text(&params, request->address);
    PGresult *rows;
    if (!statement_write(request, response, SQL_PASSWORD_CHANGE, &params, NULL, &rows))
        return;
    if (PQntuples(rows) == 1) {
        sessions_forget_user(request->service->sessions, request->who.user_id);
        response_empty(response, 204);
    } else {
        response_refuse(response, request, VERDICT_WRONG_PASSWORD);
    }
    PQclear(rows);
}

void email_post(struct request *request, struct response *response)
{
    const struct email_body *body = request->body;
    char hash[PASSWORD_HASH_SIZE];
    if (!check_password(request, response, body->current, hash))
        return;
    struct ticket ticket;
    ticket_make(&ticket);
    struct params params;
    params_init(&params);
    params_int(&params, request->who.user_id);
    params_text(&params, body->email);
    ticket_put_digest(&ticket, &params);
    ticket_put_link(&ticket, request->service, "/confirm", &params);
    params_text(&params, request->address);
    write_letter(request, response, SQL_USER_EMAIL_CHANGE, &params);
}

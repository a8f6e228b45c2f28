/* Accounts by the administrator. Roles, activity and erasure are decided behind a lock on all administrators,
 * so that there always is one; what is remembered of a user's sessions is forgotten with every change, and
 * the realtime nodes see it within seconds. */
#include "rest/routes/users.h"

#include "core/auth/email.h"
#include "core/auth/password.h"
#include "rest/resource.h"
#include "rest/service.h"
#include "rest/ticket.h"

#include <string.h>

static const char *const languages[] = {"ja", "en", NULL};
static const char *const roles[] = {"viewer", "bidder", "auctioneer", "admin", NULL};

/* ---- what may be asked and sent ---- */

struct query {
    int64_t limit;
    const char *after, *q;
    int role;
    bool active, email_confirmed;
    bool has_role, has_active, has_email_confirmed;
};

static const struct field query_fields[] = {
    FIELD(INT, struct query, limit, "limit", .lowest = 1, .highest = PAGE_MAX),
    FIELD(TEXT, struct query, after, "after", .lowest = 1, .highest = 64),
    FIELD(TEXT, struct query, q, "q", .lowest = 1, .highest = 100),
    FIELD(ENUM, struct query, role, "role", .names = roles, .present = offsetof(struct query, has_role)),
    FIELD(BOOL, struct query, active, "active", .present = offsetof(struct query, has_active)),
    FIELD(BOOL, struct query, email_confirmed, "emailConfirmed",
          .present = offsetof(struct query, has_email_confirmed)),
};

const struct schema users_query = SCHEMA(struct query, query_fields);

struct create_body {
    const char *email, *name, *password;
    int role, language;
};

static const struct field create_fields[] = {
    FIELD(TEXT, struct create_body, email, "email", .required = true, .lowest = EMAIL_LENGTH_MIN,
          .highest = EMAIL_LENGTH_MAX),
    FIELD(TEXT, struct create_body, name, "name", .required = true, .lowest = 1, .highest = 100),
    FIELD(TEXT, struct create_body, password, "password", .lowest = PASSWORD_LENGTH_MIN,
          .highest = PASSWORD_LENGTH_MAX),
    FIELD(ENUM, struct create_body, role, "role", .names = roles),
    FIELD(ENUM, struct create_body, language, "language", .names = languages),
};

const struct schema user_create_body = SCHEMA(struct create_body, create_fields);

/* The values go to the statement within the body; what is read here is only checked. */
struct update_body {
    const char *text;
    int word;
    bool truth;
};

static const struct field update_fields[] = {
    FIELD(TEXT, struct update_body, text, "name", .lowest = 1, .highest = 100),
    FIELD(ENUM, struct update_body, word, "language", .names = languages),
    FIELD(ENUM, struct update_body, word, "role", .names = roles),
    FIELD(BOOL, struct update_body, truth, "active"),
};

const struct schema user_update_body = SCHEMA(struct update_body, update_fields);

static const struct refusal refusals[] = {
    {"users_email_key",        VERDICT_EMAIL_TAKEN,       NULL, NULL},
    {"users_bidder_confirmed", VERDICT_EMAIL_UNCONFIRMED, NULL, NULL},
    {NULL,                     VERDICT_OK,                NULL, NULL},
};

static const struct resource users = {
    .path = "/api/users",
    .read = SQL_USERS_READ,
    .missing = VERDICT_NOT_FOUND,
    .refusals = refusals,
};

/* ---- reading ---- */

static void put_condition(struct params *params, bool wanted, bool value)
{
    params_text(params, !wanted ? NULL : value ? "true" : "false");
}

void users_get(struct request *request, struct response *response)
{
    const struct query *query = request->query;
    int64_t limit;
    struct params params;
    if (!page_begin(request, response, query->after, 0, query->limit, &limit, &params))
        return;
    params_text(&params, query->q);
    params_text(&params, query->has_role ? roles[query->role] : NULL);
    put_condition(&params, query->has_active, query->active);
    put_condition(&params, query->has_email_confirmed, query->email_confirmed);
    resource_list(request, response, &users, SQL_USERS_PAGE, &params, limit);
}

void user_get(struct request *request, struct response *response)
{
    resource_show(request, response, &users, request->path_id);
}

/* ---- entering ---- */

bool user_create_check(struct request *request, struct response *response)
{
    const struct create_body *body = request->body;
    if (email_is_plausible(body->email))
        return true;
    response_refuse_field(response, request, "email", "must be an e-mail address");
    return false;
}

void users_post(struct request *request, struct response *response)
{
    const struct create_body *body = request->body;
    char hash[PASSWORD_HASH_SIZE] = "";
    if (body->password != NULL)
        password_hash(body->password, hash);
    struct ticket ticket;
    ticket_make(&ticket);
    struct params params;
    params_init(&params);
    params_text(&params, body->email);
    params_text(&params, body->name);
    params_text(&params, hash);
    params_text(&params, roles[body->role]);
    params_text(&params, languages[body->language]);
    params_bool(&params, body->password == NULL);
    ticket_put_digest(&ticket, &params);
    ticket_put_link(&ticket, request->service, "/reset", &params);
    params_int(&params, request->who.user_id);
    params_text(&params, request->address);
    resource_create_from(request, response, &users, SQL_USER_ENTER, &params);
}

/* ---- changing ---- */

/* Locks whom the next statement of the transaction depends on. */
static bool lock_users(struct request *request, struct response *response)
{
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    PGresult *locked;
    if (!statement_write(request, response, SQL_USERS_LOCK, &params, NULL, &locked))
        return false;
    PQclear(locked);
    return true;
}

/* True when it is done; else answered. */
static bool outcome_is_done(struct request *request, struct response *response, const PGresult *changed)
{
    static const struct {
        const char *outcome;
        enum verdict verdict;
    } outcomes[] = {
        {"own",       VERDICT_OWN_ACCOUNT },
        {"not_admin", VERDICT_FORBIDDEN   },
        {"leading",   VERDICT_USER_LEADING},
    };
    const char *outcome = result_text(changed, 0, "outcome");
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
        if (strcmp(outcome, outcomes[i].outcome) != 0)
            continue;
        response_refuse(response, request, outcomes[i].verdict);
        return false;
    }
    return resource_outcome_done(request, response, users.missing, changed);
}

/* Runs the statement behind the lock. True when it is committed; else answered. `params` is finished. */
static bool change(struct request *request, struct response *response, enum sql_query query,
                   struct params *params)
{
    struct db *db = request->worker->db;
    if (db_begin(db, NULL) != DB_DONE) {
        params_finish(params);
        response_refuse(response, request, VERDICT_UNAVAILABLE);
        return false;
    }
    bool good = lock_users(request, response);
    PGresult *changed = NULL;
    if (good)
        good = statement_write(request, response, query, params, refusals, &changed) &&
               outcome_is_done(request, response, changed);
    else
        params_finish(params);
    PQclear(changed);
    if (!good) {
        db_rollback(db);
        return false;
    }
    if (db_commit(db, NULL) != DB_DONE) {
        response_refuse(response, request, VERDICT_UNCERTAIN);
        return false;
    }
    sessions_forget_user(request->service->sessions, request->path_id);
    return true;
}

void user_patch(struct request *request, struct response *response)
{
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_text_size(&params, request->body_text.data, request->body_text.size);
    resource_tags(request, &params);
    params_int(&params, request->who.user_id);
    params_text(&params, request->address);
    if (change(request, response, SQL_USER_UPDATE, &params))
        resource_show_written(request, response, &users, request->path_id, 200);
}

void user_delete(struct request *request, struct response *response)
{
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    resource_tags(request, &params);
    params_int(&params, request->who.user_id);
    params_text(&params, request->address);
    if (change(request, response, SQL_USER_ERASE, &params))
        response_empty(response, 204);
}

/* ---- sessions ---- */

void user_sessions_list(struct request *request, struct response *response, int64_t user_id)
{
    const struct user_sessions_query *query = request->query;
    int64_t before, limit = page_limit(query->limit);
    if (!cursor_read(request, response, query->after, INT64_MAX, &before, 1))
        return;
    struct params params;
    params_init(&params);
    params_int(&params, user_id);
    params_int(&params, before);
    params_int(&params, limit + 1);
    params_int(&params, request->who.session_id);
    resource_list_rows(request, response, SQL_SESSIONS_PAGE, &params, limit);
}

void user_sessions_end(struct request *request, struct response *response,
                       const struct sessions_ending *ending)
{
    struct params params;
    params_init(&params);
    params_int(&params, ending->user_id);
    params_int_or_null(&params, ending->session_id, 0);
    params_int(&params, ending->except_id);
    params_text(&params, ending->reason);
    params_int(&params, request->who.user_id);
    params_text(&params, request->address);
    PGresult *ended;
    if (!statement_write(request, response, SQL_SESSIONS_END, &params, NULL, &ended))
        return;
    if (ending->session_id != 0 && PQntuples(ended) == 0) {
        response_refuse(response, request, VERDICT_NOT_FOUND);
    } else {
        for (int i = 0; i < PQntuples(ended); i++)
            sessions_forget(request->service->sessions, result_int(ended, i, "id"));
        response_empty(response, 204);
    }
    PQclear(ended);
}

/* True when there is such a user; else answered. */
static bool user_exists(struct request *request, struct response *response)
{
    struct params params;
    params_init(&params);
    params_array(&params, ELEMENT_INT, 1);
    params_element_int(&params, request->path_id);
    params_bool(&params, true);
    PGresult *found;
    if (!statement_read(request, response, SQL_USERS_READ, &params, &found))
        return false;
    bool exists = PQntuples(found) == 1;
    PQclear(found);
    if (!exists)
        response_refuse(response, request, users.missing);
    return exists;
}

void user_sessions_get(struct request *request, struct response *response)
{
    if (user_exists(request, response))
        user_sessions_list(request, response, request->path_id);
}

void user_sessions_delete(struct request *request, struct response *response)
{
    if (user_exists(request, response))
        user_sessions_end(request, response,
                          &(struct sessions_ending){.user_id = request->path_id, .reason = "admin"});
}

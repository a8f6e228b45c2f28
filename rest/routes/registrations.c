/* Registrations: the office approves a bidder for a sale and gives a paddle. An approval may change a role,
 * so what is remembered of that user's sessions is forgotten at once. */
#include "rest/routes/registrations.h"

#include "core/domain/money.h"
#include "rest/resource.h"

#include <string.h>

static const char *const statuses[] = {"applied", "approved", "rejected", "revoked", NULL};

struct query {
    int64_t limit;
    const char *after;
    int status;
    bool has_status;
};

static const struct field query_fields[] = {
    FIELD(INT, struct query, limit, "limit", .lowest = 1, .highest = PAGE_MAX),
    FIELD(TEXT, struct query, after, "after", .lowest = 1, .highest = 64),
    FIELD(ENUM, struct query, status, "status", .names = statuses,
          .present = offsetof(struct query, has_status)),
};

const struct schema registrations_query = SCHEMA(struct query, query_fields);

struct body {
    int64_t user_id, paddle, credit_limit;
    const char *email;
    bool has_credit_limit;
};

#define NO_CREDIT_LIMIT INT64_C(-1)

static const struct field body_fields[] = {
    FIELD(INT, struct body, user_id, "userId", .lowest = 1, .highest = JSON_INT_MAX),
    FIELD(TEXT, struct body, email, "email", .lowest = 3, .highest = 254),
    FIELD(INT, struct body, paddle, "paddle", .lowest = 1, .highest = 99999),
    FIELD(INT, struct body, credit_limit, "creditLimit", .nullable = true, .highest = MONEY_MAX,
          .present = offsetof(struct body, has_credit_limit)),
};

const struct schema registration_body = SCHEMA(struct body, body_fields);

static const struct refusal refusals[] = {
    {"registrations_sale_id_paddle_key", VERDICT_CONFLICT, NULL, "The paddle is taken."    },
    {"registrations_paddle_check",       VERDICT_CONFLICT, NULL, "There is no free paddle."},
    {NULL,                               VERDICT_OK,       NULL, NULL                      },
};

static struct params page_params(int64_t sale_id, int64_t after, int64_t limit, int64_t user_id,
                                 const char *status)
{
    struct params params;
    params_init(&params);
    params_int(&params, sale_id);
    params_int(&params, after);
    params_int(&params, limit);
    params_int_or_null(&params, user_id, 0);
    params_text(&params, status);
    return params;
}

/* Answers with one registration; false when it cannot be read. */
static bool show(struct request *request, struct response *response, int64_t user_id, int status)
{
    struct params params = page_params(request->path_id, 0, 1, user_id, NULL);
    PGresult *rows;
    if (!statement_read(request, response, SQL_REGISTRATIONS_PAGE, &params, &rows))
        return false;
    if (PQntuples(rows) == 1)
        response_json(response, status, result_text(rows, 0, "json"));
    else
        response_refuse(response, request, VERDICT_NOT_FOUND);
    PQclear(rows);
    return true;
}

/* ---- approving ---- */

static struct params approve_params(const struct request *request)
{
    const struct body *body = request->body;
    bool null_limit = body->has_credit_limit &&
                      cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(request->body_tree, "creditLimit"));
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_int_or_null(&params, body->user_id, 0);
    params_text(&params, body->email);
    params_int_or_null(&params, body->paddle, 0);
    params_bool(&params, body->has_credit_limit);
    params_int_or_null(&params, body->has_credit_limit && !null_limit ? body->credit_limit : NO_CREDIT_LIMIT,
                       NO_CREDIT_LIMIT);
    params_int(&params, request->who.user_id);
    return params;
}

/* Within the transaction. True when there is something to commit, with the person's id; else answered. */
static bool approve(struct request *request, struct response *response, int64_t *user_id, bool *made)
{
    PGresult *sale, *rows;
    struct params lock;
    params_init(&lock);
    params_int(&lock, request->path_id);
    if (!statement_write(request, response, SQL_SALE_LOCK, &lock, NULL, &sale))
        return false;
    bool exists = PQntuples(sale) == 1;
    PQclear(sale);
    if (!exists) {
        response_refuse(response, request, VERDICT_NOT_FOUND);
        return false;
    }
    struct params params = approve_params(request);
    if (!statement_write(request, response, SQL_REGISTRATION_APPROVE, &params, refusals, &rows))
        return false;
    const char *outcome = PQntuples(rows) == 1 ? result_text(rows, 0, "outcome") : "nobody";
    bool good = strcmp(outcome, "made") == 0 || strcmp(outcome, "done") == 0;
    if (good) {
        *user_id = result_int(rows, 0, "id");
        *made = strcmp(outcome, "made") == 0;
    } else if (strcmp(outcome, "nobody") == 0) {
        const struct body *body = request->body;
        response_refuse_field(response, request, body->email != NULL ? "email" : "userId",
                              "there is no such active user");
    } else {
        response_problem(response, request,
                         &(struct problem){.verdict = VERDICT_CONFLICT,
                                           .detail = strcmp(outcome, "office") == 0
                                                         ? "Auctioneers and admins never bid."
                                                         : "The person has another paddle at this sale."});
    }
    PQclear(rows);
    return good;
}

void registrations_post(struct request *request, struct response *response)
{
    const struct body *body = request->body;
    if ((body->user_id == 0) == (body->email == NULL)) {
        response_refuse_field(response, request, "userId", "name the person by either userId or email");
        return;
    }
    struct db *db = request->worker->db;
    struct error error = {0};
    if (db_begin(db, &error) != DB_DONE) {
        response_refuse(response, request, VERDICT_UNAVAILABLE);
        return;
    }
    int64_t user_id;
    bool made;
    if (!approve(request, response, &user_id, &made)) {
        db_rollback(db);
        return;
    }
    if (db_commit(db, &error) != DB_DONE) {
        response_refuse(response, request, VERDICT_UNCERTAIN);
        return;
    }
    sessions_forget_user(request->service->sessions, user_id);
    if (!show(request, response, user_id, made ? 201 : 200))
        response_refuse(response, request, VERDICT_UNCERTAIN);
}

/* ---- reading ---- */

void registrations_get(struct request *request, struct response *response)
{
    const struct query *query = request->query;
    int64_t after, limit = page_limit(query->limit);
    PGresult *sale;
    if (!cursor_read(request, response, query->after, 0, &after, 1) ||
        !statement_find(request, response, SQL_SALE_VISIBLE, VERDICT_NOT_FOUND, &sale))
        return;
    PQclear(sale);
    struct params params = page_params(request->path_id, after, limit + 1, 0,
                                       query->has_status ? statuses[query->status] : NULL);
    resource_list_rows(request, response, SQL_REGISTRATIONS_PAGE, &params, limit);
}

void registration_me_get(struct request *request, struct response *response)
{
    (void)show(request, response, request->who.user_id, 200);
}

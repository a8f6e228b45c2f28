/* Registrations: people apply to bid at a sale, the office decides and gives a paddle; or it registers
 * somebody by itself. An approval may change a role, so what is remembered of that user's sessions is
 * forgotten at once; the nodes find it by their own look. What becomes of a registration is the statements'
 * business. */
#include "rest/routes/registrations.h"

#include "core/domain/money.h"
#include "rest/publish.h"
#include "rest/resource.h"

#include <string.h>

static const char *const statuses[] = {"applied", "approved", "rejected", "revoked", "withdrawn", NULL};
static const char *const decisions[] = {"approved", "rejected", "revoked", NULL};
enum { DECISION_APPROVED }; /* those after it need a reason */
static const char *const owner_categories[] = {"jra", "nar", "jra_nar", "overseas", "none", NULL};
enum { OWNER_JRA, OWNER_NAR, OWNER_JRA_NAR };

struct query {
    int64_t limit;
    const char *after, *q;
    int status;
    bool has_status;
};

static const struct field query_fields[] = {
    FIELD(INT, struct query, limit, "limit", .lowest = 1, .highest = PAGE_MAX),
    FIELD(TEXT, struct query, after, "after", .lowest = 1, .highest = 64),
    FIELD(TEXT, struct query, q, "q", .lowest = 1, .highest = 100),
    FIELD(ENUM, struct query, status, "status", .names = statuses,
          .present = offsetof(struct query, has_status)),
};

const struct schema registrations_query = SCHEMA(struct query, query_fields);
/* One's own are few: only paged. */
const struct schema my_registrations_query = {
    .fields = query_fields, .count = 2, .size = sizeof(struct query)};

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

/* The values of the next two go to the statement within the body; here is what must be looked at besides. */
struct application {
    int category;
    const char *text, *owner_number, *terms_version;
    int64_t number;
    bool declares;
};

#define TEXT(name, most, must)                                                                               \
    FIELD(TEXT, struct application, text, name, .required = (must), .nullable = !(must), .lowest = 1,        \
          .highest = (most))

static const struct field application_fields[] = {
    FIELD(ENUM, struct application, category, "ownerCategory", .required = true, .names = owner_categories),
    FIELD(TEXT, struct application, owner_number, "ownerNumber", .nullable = true, .lowest = 1,
          .highest = 50),
    TEXT("principal", 200, false),
    TEXT("invoiceName", 200, true),
    TEXT("invoiceAddress", 500, true),
    FIELD(TEXT, struct application, terms_version, "termsVersion", .nullable = true, .lowest = 1,
          .highest = 50),
    FIELD(BOOL, struct application, declares, "declaresNoAntisocialForces", .required = true),
    FIELD(INT, struct application, number, "requestedLimit", .nullable = true, .lowest = 1,
          .highest = MONEY_MAX),
};

const struct schema application_body = SCHEMA(struct application, application_fields);

struct change {
    int status;
    bool has_status;
    int64_t number;
    const char *reason;
};

static const struct field change_fields[] = {
    FIELD(ENUM, struct change, status, "status", .names = decisions,
          .present = offsetof(struct change, has_status)),
    FIELD(INT, struct change, number, "paddle", .lowest = 1, .highest = 99999),
    FIELD(INT, struct change, number, "creditLimit", .nullable = true, .highest = MONEY_MAX),
    FIELD(TEXT, struct change, reason, "reason", .lowest = 1, .highest = 300),
};

const struct schema registration_change_body = SCHEMA(struct change, change_fields);

static const struct refusal refusals[] = {
    {"registrations_sale_id_paddle_key", VERDICT_CONFLICT,          NULL, "The paddle is taken."    },
    {"registrations_paddle_check",       VERDICT_CONFLICT,          NULL, "There is no free paddle."},
    {"users_bidder_confirmed",           VERDICT_EMAIL_UNCONFIRMED, NULL, NULL                      },
    {NULL,                               VERDICT_OK,                NULL, NULL                      },
};

static struct params page_params(int64_t sale_id, int64_t after, int64_t limit, int64_t user_id,
                                 const char *status, const char *q)
{
    struct params params;
    params_init(&params);
    params_int(&params, sale_id);
    params_int(&params, after);
    params_int(&params, limit);
    params_int_or_null(&params, user_id, 0);
    params_text(&params, status);
    params_text(&params, q);
    return params;
}

/* Answers with one registration; false when it cannot be read. */
static bool show(struct request *request, struct response *response, int64_t user_id, int status)
{
    struct params params = page_params(request->path_id, 0, 1, user_id, NULL, NULL);
    PGresult *rows;
    if (!statement_read(request, response, SQL_REGISTRATIONS_PAGE, &params, &rows))
        return false;
    if (PQntuples(rows) == 1) {
        response_json(response, status, result_text(rows, 0, "json"));
        response_header(response, "ETag", "%s", result_text(rows, 0, "etag"));
    } else {
        response_refuse(response, request, VERDICT_NOT_FOUND);
    }
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

/* Within a transaction: approvals of a sale come one after the other. False when answered. */
static bool lock_sale(struct request *request, struct response *response)
{
    PGresult *sale;
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    if (!statement_write(request, response, SQL_SALE_LOCK, &params, NULL, &sale))
        return false;
    bool exists = PQntuples(sale) == 1;
    PQclear(sale);
    if (!exists)
        response_refuse(response, request, VERDICT_NOT_FOUND);
    return exists;
}

/* Within the transaction. True when there is something to commit, with the person's id; else answered. */
static bool approve(struct request *request, struct response *response, int64_t *user_id, bool *made)
{
    PGresult *rows;
    if (!lock_sale(request, response))
        return false;
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
    publish_credit(request->worker, request->path_id, user_id);
    if (!show(request, response, user_id, made ? 201 : 200))
        response_refuse(response, request, VERDICT_UNCERTAIN);
}

/* ---- applying ---- */

/* Adds If-Match; one's own registration may also be changed without. */
static void add_tags(const struct request *request, struct params *params)
{
    if (request_header(request, "If-Match") != NULL) {
        resource_tags(request, params);
        return;
    }
    params_array(params, ELEMENT_TEXT, 0);
    params_bool(params, true);
}

/* What the table cannot say; else answered. */
static bool application_is_good(struct request *request, struct response *response)
{
    const struct application *body = request->body;
    bool numbered =
        body->category == OWNER_JRA || body->category == OWNER_NAR || body->category == OWNER_JRA_NAR;
    struct field_faults faults = {0};
    if (numbered && body->owner_number == NULL)
        field_fault(&faults, "ownerNumber", "must be given for an owner of this category");
    if (!body->declares)
        field_fault(&faults, "declaresNoAntisocialForces", "must be declared");
    if (faults.count > 0)
        response_problem(response, request,
                         &(struct problem){.verdict = VERDICT_INVALID_MESSAGE, .faults = &faults});
    return faults.count == 0;
}

void registration_me_put(struct request *request, struct response *response)
{
    if (!application_is_good(request, response))
        return;
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_int(&params, request->who.user_id);
    params_text_size(&params, request->body_text.data, request->body_text.size);
    add_tags(request, &params);
    PGresult *rows;
    if (!statement_write(request, response, SQL_REGISTRATION_APPLY, &params, NULL, &rows))
        return;
    const char *outcome = result_text(rows, 0, "outcome");
    bool made = strcmp(outcome, "made") == 0;
    if (strcmp(outcome, "unconfirmed") == 0)
        response_refuse(response, request, VERDICT_EMAIL_UNCONFIRMED);
    else if (strcmp(outcome, "terms") == 0)
        response_refuse_field(response, request, "termsVersion", "is not that of the sale's terms");
    else if ((made || resource_outcome_done(request, response, VERDICT_NOT_FOUND, rows)) &&
             !show(request, response, request->who.user_id, made ? 201 : 200))
        response_refuse(response, request, VERDICT_UNCERTAIN);
    PQclear(rows);
}

void registration_me_delete(struct request *request, struct response *response)
{
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_int(&params, request->who.user_id);
    add_tags(request, &params);
    PGresult *rows;
    if (!statement_write(request, response, SQL_REGISTRATION_WITHDRAW, &params, NULL, &rows))
        return;
    if (resource_outcome_done(request, response, VERDICT_NOT_FOUND, rows))
        response_empty(response, 204);
    PQclear(rows);
}

/* ---- deciding ---- */

/* Within the transaction. True when there is something to commit; else answered. */
static bool decide(struct request *request, struct response *response)
{
    if (!lock_sale(request, response))
        return false;
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_int(&params, request->path_sub_id);
    params_text_size(&params, request->body_text.data, request->body_text.size);
    resource_tags(request, &params);
    params_int(&params, request->who.user_id);
    PGresult *rows;
    if (!statement_write(request, response, SQL_REGISTRATION_DECIDE, &params, refusals, &rows))
        return false;
    bool done = resource_outcome_done(request, response, VERDICT_NOT_FOUND, rows);
    PQclear(rows);
    return done;
}

void registration_patch(struct request *request, struct response *response)
{
    const struct change *body = request->body;
    if (body->has_status && body->status != DECISION_APPROVED && body->reason == NULL) {
        response_refuse_field(response, request, "reason", "must be given to reject or revoke");
        return;
    }
    struct db *db = request->worker->db;
    struct error error = {0};
    if (db_begin(db, &error) != DB_DONE) {
        response_refuse(response, request, VERDICT_UNAVAILABLE);
        return;
    }
    if (!decide(request, response)) {
        db_rollback(db);
        return;
    }
    if (db_commit(db, &error) != DB_DONE) {
        response_refuse(response, request, VERDICT_UNCERTAIN);
        return;
    }
    sessions_forget_user(request->service->sessions, request->path_sub_id);
    publish_credit(request->worker, request->path_id, request->path_sub_id);
    if (!show(request, response, request->path_sub_id, 200))
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
                                       query->has_status ? statuses[query->status] : NULL, query->q);
    resource_list_rows(request, response, SQL_REGISTRATIONS_PAGE, &params, limit);
}

void registration_me_get(struct request *request, struct response *response)
{
    (void)show(request, response, request->who.user_id, 200);
}

void my_registrations_get(struct request *request, struct response *response)
{
    const struct query *query = request->query;
    int64_t after, limit = page_limit(query->limit);
    if (!cursor_read(request, response, query->after, 0, &after, 1))
        return;
    struct params params;
    params_init(&params);
    params_int(&params, request->who.user_id);
    params_int(&params, after);
    params_int(&params, limit + 1);
    resource_list_rows(request, response, SQL_MY_REGISTRATIONS_PAGE, &params, limit);
}

void registration_get(struct request *request, struct response *response)
{
    (void)show(request, response, request->path_sub_id, 200);
}

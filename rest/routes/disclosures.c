/* What must be known about a horse, entry by entry. Nothing is edited away: a correction takes an entry's
 * place, says why, and both stay to be seen by everybody. */
#include "rest/routes/disclosures.h"

#include "rest/resource.h"

struct query {
    int64_t limit;
    const char *after;
};

static const struct field query_fields[] = {
    FIELD(INT, struct query, limit, "limit", .lowest = 1, .highest = PAGE_MAX),
    FIELD(TEXT, struct query, after, "after", .lowest = 1, .highest = 64),
};

const struct schema disclosures_query = SCHEMA(struct query, query_fields);

struct body {
    const char *dated, *text, *reason;
    int64_t supersedes;
};

static const struct field body_fields[] = {
    FIELD(DATE, struct body, dated, "dated", .required = true),
    FIELD(TEXT, struct body, text, "text", .required = true, .highest = 10000),
    FIELD(INT, struct body, supersedes, "supersedes", .lowest = 1, .highest = JSON_INT_MAX),
    FIELD(TEXT, struct body, reason, "reason", .lowest = 1, .highest = 500),
};

const struct schema disclosure_body = SCHEMA(struct body, body_fields);

static const struct refusal refusals[] = {
    {"disclosures_supersedes_fkey", VERDICT_INVALID_MESSAGE, "supersedes", "the horse has no such entry"},
    {"disclosures_supersedes_key",  VERDICT_CONFLICT,        NULL,
     "Another entry has taken that one's place already."                                                },
    {NULL,                          VERDICT_OK,              NULL,         NULL                         },
};

static struct params page_params(int64_t horse_id, int64_t after, int64_t limit, int64_t only)
{
    struct params params;
    params_init(&params);
    params_int(&params, horse_id);
    params_int(&params, after);
    params_int(&params, limit);
    params_int_or_null(&params, only, 0);
    return params;
}

void disclosures_get(struct request *request, struct response *response)
{
    const struct query *query = request->query;
    int64_t after, limit = page_limit(query->limit);
    PGresult *horse;
    if (!cursor_read(request, response, query->after, 0, &after, 1) ||
        !statement_find(request, response, SQL_HORSE_EXISTS, VERDICT_NOT_FOUND, &horse))
        return;
    PQclear(horse);
    struct params params = page_params(request->path_id, after, limit + 1, 0);
    resource_list_rows(request, response, SQL_DISCLOSURES_PAGE, &params, limit);
}

/* True when it is good; else answered. */
static bool body_is_good(struct request *request, struct response *response)
{
    const struct body *body = request->body;
    struct field_faults faults = {0};
    if (body->supersedes != 0 && body->reason == NULL)
        field_fault(&faults, "reason", "a correction says why");
    if (body->supersedes == 0 && body->reason != NULL)
        field_fault(&faults, "supersedes", "a reason belongs to a correction of an entry");
    if (body->supersedes == 0 && body->text[0] == '\0')
        field_fault(&faults, "text", "only a correction may be empty");
    if (faults.count == 0)
        return true;
    response_problem(response, request,
                     &(struct problem){.verdict = VERDICT_INVALID_MESSAGE, .faults = &faults});
    return false;
}

static void show(struct request *request, struct response *response, int64_t id)
{
    struct params params = page_params(request->path_id, 0, 1, id);
    PGresult *rows;
    if (!statement_read(request, response, SQL_DISCLOSURES_PAGE, &params, &rows)) {
        response_refuse(response, request, VERDICT_UNCERTAIN);
        return;
    }
    response_json(response, 201, result_text(rows, 0, "json"));
    PQclear(rows);
}

void disclosures_post(struct request *request, struct response *response)
{
    const struct body *body = request->body;
    if (!body_is_good(request, response))
        return;
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_text(&params, body->dated);
    params_text(&params, body->text);
    params_int_or_null(&params, body->supersedes, 0);
    params_text(&params, body->reason);
    params_int(&params, request->who.user_id);
    PGresult *made;
    if (!statement_write(request, response, SQL_DISCLOSURE_ADD, &params, refusals, &made))
        return;
    if (PQntuples(made) > 0)
        show(request, response, result_int(made, 0, "id"));
    else
        response_refuse(response, request, VERDICT_NOT_FOUND);
    PQclear(made);
}

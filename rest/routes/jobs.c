/* Jobs as the operator sees them: what waits, what was given up and why. What a job's data hold (links with
 * tokens) is nobody's to read here. */
#include "rest/routes/jobs.h"

#include "rest/resource.h"

#include <string.h>

static const char *const states[] = {"waiting", "done", "dead", NULL};

struct query {
    int64_t limit;
    const char *after, *kind;
    int state;
    bool has_state;
};

static const struct field query_fields[] = {
    FIELD(INT, struct query, limit, "limit", .lowest = 1, .highest = PAGE_MAX),
    FIELD(TEXT, struct query, after, "after", .lowest = 1, .highest = 64),
    FIELD(TEXT, struct query, kind, "kind", .lowest = 1, .highest = 50),
    FIELD(ENUM, struct query, state, "state", .names = states, .present = offsetof(struct query, has_state)),
};

const struct schema jobs_query = SCHEMA(struct query, query_fields);

void jobs_get(struct request *request, struct response *response)
{
    const struct query *query = request->query;
    int64_t limit;
    struct params params;
    if (!page_begin(request, response, query->after, INT64_MAX, query->limit, &limit, &params))
        return;
    params_text(&params, query->has_state ? states[query->state] : NULL);
    params_text(&params, query->kind);
    resource_list_rows(request, response, SQL_JOBS_PAGE, &params, limit);
}

void job_retry_post(struct request *request, struct response *response)
{
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_int(&params, request->who.user_id);
    PGresult *rows;
    if (!statement_write(request, response, SQL_JOB_RETRY, &params, NULL, &rows))
        return;
    if (PQntuples(rows) == 0)
        response_refuse(response, request, VERDICT_NOT_FOUND);
    else if (strcmp(result_text(rows, 0, "outcome"), "fixed") == 0)
        response_refuse(response, request, VERDICT_COMMAND_NOT_ALLOWED);
    else
        response_empty(response, 204);
    PQclear(rows);
}

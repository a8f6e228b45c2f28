/* A lost connection during a read is tried again, for a restart of the database leaves every thread with a
 * dead one. A write is not: it may have happened. The server's own words about a refusal are never logged:
 * they quote values. */
#include "rest/statement.h"

#include "core/base/log.h"

#include <string.h>

static const char *query_name(enum sql_query query)
{
    return sql_queries[query].name;
}

static void log_failure(const struct request *request, enum sql_query query, const struct db_answer *answer,
                        const struct error *error)
{
    if (answer->outcome == DB_REFUSED)
        log_error("the database refused a statement", log_text("requestId", request->id),
                  log_text("statement", query_name(query)), log_text("sqlstate", answer->sqlstate),
                  log_text("constraint", answer->constraint));
    else
        log_warn("the database cannot be reached", log_text("requestId", request->id),
                 log_text("statement", query_name(query)), log_text("reason", error->text));
}

bool statement_read(struct request *request, struct response *response, enum sql_query query,
                    struct params *params, PGresult **out)
{
    struct error error = {0};
    struct db_answer answer = db_run(request->worker->db, query, params, &error);
    if (answer.outcome == DB_NOT_SENT || answer.outcome == DB_UNCERTAIN)
        answer = db_run(request->worker->db, query, params, &error);
    params_finish(params);
    *out = answer.result;
    if (answer.outcome == DB_DONE)
        return true;
    log_failure(request, query, &answer, &error);
    response_refuse(response, request, answer.outcome == DB_REFUSED ? VERDICT_INTERNAL : VERDICT_UNAVAILABLE);
    return false;
}

struct stream {
    db_row *take;
    void *context;
    bool stopped;
};

static bool take_until_stopped(void *context, const PGresult *row)
{
    struct stream *stream = context;
    stream->stopped = !stream->take(stream->context, row);
    return !stream->stopped;
}

bool statement_stream(struct request *request, struct response *response, enum sql_query query,
                      struct params *params, db_row *take, void *context)
{
    struct error error = {0};
    struct stream stream = {.take = take, .context = context};
    struct db_answer answer =
        db_stream(request->worker->db, query, params, take_until_stopped, &stream, &error);
    params_finish(params);
    if (stream.stopped)
        return false;
    if (answer.outcome == DB_DONE)
        return true;
    log_failure(request, query, &answer, &error);
    if (answer.outcome == DB_REFUSED && strcmp(answer.sqlstate, "57014") == 0) /* query_canceled */
        response_problem(response, request,
                         &(struct problem){.verdict = VERDICT_UNAVAILABLE,
                                           .detail = "This takes longer than it may; please ask for less."});
    else
        response_refuse(response, request,
                        answer.outcome == DB_REFUSED ? VERDICT_INTERNAL : VERDICT_UNAVAILABLE);
    return false;
}

/* True when the refusal has a meaning in the table; then it is the answer. */
static bool explain(const struct request *request, struct response *response, const struct db_answer *answer,
                    const struct refusal *refusals)
{
    for (const struct refusal *row = refusals; row != NULL && row->constraint != NULL; row++) {
        if (strcmp(row->constraint, answer->constraint) != 0)
            continue;
        if (row->verdict == VERDICT_INVALID_MESSAGE)
            response_refuse_field(response, request, row->field, "%s",
                                  language_phrase(request->language, row->message));
        else
            response_problem(response, request,
                             &(struct problem){.verdict = row->verdict, .detail = row->message});
        return true;
    }
    return false;
}

bool statement_write(struct request *request, struct response *response, enum sql_query query,
                     struct params *params, const struct refusal *refusals, PGresult **out)
{
    struct error error = {0};
    struct db_answer answer = db_run(request->worker->db, query, params, &error);
    params_finish(params);
    *out = answer.result;
    switch (answer.outcome) {
    case DB_DONE: return true;
    case DB_REFUSED:
        if (explain(request, response, &answer, refusals))
            return false;
        /* Class 22, data exceptions: a value that no rule of ours forbids and PostgreSQL has no room for. */
        response_refuse(response, request,
                        strncmp(answer.sqlstate, "22", 2) == 0 ? VERDICT_INVALID_MESSAGE : VERDICT_INTERNAL);
        break;
    case DB_NOT_SENT: response_refuse(response, request, VERDICT_UNAVAILABLE); break;
    case DB_UNCERTAIN: response_refuse(response, request, VERDICT_UNCERTAIN); break;
    }
    log_failure(request, query, &answer, &error);
    return false;
}

bool statement_find(struct request *request, struct response *response, enum sql_query query,
                    enum verdict missing, PGresult **out)
{
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_bool(&params, request_is_office(request));
    if (!statement_read(request, response, query, &params, out))
        return false;
    if (PQntuples(*out) > 0)
        return true;
    PQclear(*out);
    response_refuse(response, request, missing);
    return false;
}

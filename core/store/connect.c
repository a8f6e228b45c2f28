/* One place for the parameters that every connection gets, so that both sides see the same encoding and both
 * find out about a peer that has silently gone. */
#include "core/store/connect.h"

#include <stdio.h>
#include <string.h>

#define KEYWORDS 7

/* A plan that is kept must not read a table whole because it was small when the plan was made. */
static const char kept_plans[] = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off";

/* `timeout` is libpq's connect_timeout in seconds, which PQconnectPoll does not heed. */
static void fill_keywords(const char *names[KEYWORDS + 1], const char *values[KEYWORDS + 1], const char *url,
                          const char *name, enum db_plans plans, const char *timeout)
{
    /* the URL overrides what comes before it, and what follows overrides the URL; an empty value says nothing
     */
    const char *const pairs[KEYWORDS][2] = {
        {"options",          plans == DB_PLANS_KEPT ? kept_plans : ""},
        {"dbname",           url                                     },
        {"application_name", name                                    },
        {"client_encoding",  "UTF8"                                  },
        {"connect_timeout",  timeout                                 },
        {"keepalives_idle",  "30"                                    },
        {"tcp_user_timeout", "15000"                                 }, /* ms that sent bytes may stay unacknowledged */
    };
    for (size_t i = 0; i < KEYWORDS; i++) {
        names[i] = pairs[i][0];
        values[i] = pairs[i][1];
    }
    names[KEYWORDS] = NULL;
    values[KEYWORDS] = NULL;
}

/* Notices ("relation exists, skipping") would go to standard error and break the log's form. */
static void ignore_notice(void *context, const PGresult *notice)
{
    (void)context;
    (void)notice;
}

PGconn *connect_and_wait(const char *url, const char *name, enum db_plans plans, int timeout_s)
{
    char timeout[12];
    snprintf(timeout, sizeof timeout, "%d", timeout_s);
    const char *names[KEYWORDS + 1];
    const char *values[KEYWORDS + 1];
    fill_keywords(names, values, url, name, plans, timeout);
    PGconn *connection = PQconnectdbParams(names, values, 1);
    PQsetNoticeReceiver(connection, ignore_notice, NULL);
    return connection;
}

PGconn *connect_begin(const char *url, const char *name, enum db_plans plans)
{
    const char *names[KEYWORDS + 1];
    const char *values[KEYWORDS + 1];
    fill_keywords(names, values, url, name, plans, "0");
    PGconn *connection = PQconnectStartParams(names, values, 1);
    PQsetNoticeReceiver(connection, ignore_notice, NULL);
    return connection;
}

static void copy_field(char *out, size_t size, const PGresult *result, int field)
{
    const char *text = PQresultErrorField(result, field);
    snprintf(out, size, "%s", text != NULL ? text : "");
}

static struct db_answer refused(PGresult *result, struct error *error)
{
    struct db_answer answer = {.outcome = DB_REFUSED};
    copy_field(answer.sqlstate, sizeof answer.sqlstate, result, PG_DIAG_SQLSTATE);
    copy_field(answer.constraint, sizeof answer.constraint, result, PG_DIAG_CONSTRAINT_NAME);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    error_set(error, "%s (%s)", primary != NULL ? primary : PQresultErrorMessage(result), answer.sqlstate);
    PQclear(result);
    return answer;
}

struct db_answer answer_from(PGresult *result, struct error *error)
{
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
        return (struct db_answer){.outcome = DB_DONE, .result = result};
    return refused(result, error);
}

struct db_answer answer_from_commit(PGresult *result, struct error *error)
{
    struct db_answer answer = answer_from(result, error);
    if (answer.outcome != DB_DONE || strcmp(PQcmdStatus(answer.result), "COMMIT") == 0)
        return answer;
    PQclear(answer.result);
    error_set(error, "the transaction had failed and was rolled back");
    return (struct db_answer){.outcome = DB_REFUSED, .sqlstate = "25P02"}; /* in_failed_sql_transaction */
}

void connection_error(const PGconn *connection, struct error *error)
{
    const char *text = PQerrorMessage(connection);
    size_t size = strcspn(text, "\n"); /* the lines after the first are advice */
    if (size > 0)
        error_set(error, "%.*s", (int)size, text);
    else
        error_set(error, "the connection was closed");
}

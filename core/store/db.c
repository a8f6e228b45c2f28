/* libpq's blocking calls wait for ever; here every wait for an answer has a deadline, so that a database that
 * stands still does not swallow the threads of the program one by one. Before each use a look at the socket
 * tells whether the server hung up meanwhile: then a new connection is made while it is still certain that
 * nothing was sent. */
#include "core/store/db.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/store/connect.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A statement with a time-out of its own is ended by the server; only if that fails by us, a little later. */
enum { CONNECT_TIMEOUT_S = 2, STATEMENT_TIMEOUT_MS = 30000, SERVER_SLACK_MS = 5000 };

struct db {
    char *url;
    char *name;
    enum db_plans plans;
    PGconn *connection;  /* NULL: none */
    bool in_transaction; /* from db_begin to its end, even if the connection is lost in between */
    int64_t stream_ms;   /* of db_begin_snapshot */
    bool prepared[SQL_QUERY_COUNT];
};

struct db *db_create(const char *url, const char *name)
{
    struct db *db = xcalloc(1, sizeof *db);
    db->url = xstrdup(url);
    db->name = xstrdup(name);
    return db;
}

void db_set_plans(struct db *db, enum db_plans plans)
{
    db->plans = plans;
}

static void hang_up(struct db *db)
{
    PQfinish(db->connection);
    db->connection = NULL;
}

void db_destroy(struct db **db)
{
    if (*db == NULL)
        return;
    hang_up(*db);
    free((*db)->url);
    free((*db)->name);
    free(*db);
    *db = NULL;
}

/* Gives the connection up; `why` NULL: for the reason that libpq tells. */
static void lose(struct db *db, const char *why, struct error *error)
{
    if (why != NULL)
        error_set(error, "%s", why);
    else
        connection_error(db->connection, error);
    error_prefix(error, "database connection lost");
    hang_up(db);
}

/* True unless the server hung up while nobody was looking. */
static bool is_standing(PGconn *connection)
{
    struct pollfd socket = {.fd = PQsocket(connection), .events = POLLIN};
    while (PQstatus(connection) == CONNECTION_OK && poll(&socket, 1, 0) > 0) {
        if (!PQconsumeInput(connection))
            return false;
    }
    return PQstatus(connection) == CONNECTION_OK;
}

static bool connect_if_needed(struct db *db, struct error *error)
{
    if (db->connection != NULL && is_standing(db->connection))
        return true;
    hang_up(db);
    if (db->in_transaction) {
        error_set(error, "the transaction's connection was lost");
        return false;
    }
    db->connection = connect_and_wait(db->url, db->name, db->plans, CONNECT_TIMEOUT_S);
    memset(db->prepared, 0, sizeof db->prepared);
    if (PQstatus(db->connection) == CONNECTION_OK)
        return true;
    connection_error(db->connection, error);
    error_prefix(error, "no database");
    hang_up(db);
    return false;
}

bool db_ready(struct db *db, struct error *error)
{
    return connect_if_needed(db, error);
}

/* True when the whole of the next result is here. */
static bool wait_until_read(PGconn *connection, int64_t deadline_ms)
{
    struct pollfd socket = {.fd = PQsocket(connection), .events = POLLIN};
    while (PQisBusy(connection)) {
        int64_t left = deadline_ms - clock_monotonic_ms();
        if (left <= 0)
            return false;
        if (poll(&socket, 1, (int)left) > 0 && !PQconsumeInput(connection))
            return false;
    }
    return true;
}

/* The last result of what was sent. NULL: the connection was lost, or given up after the time-out; an answer
 * that came before that does not count, for the server commits only after it. */
static PGresult *receive(struct db *db, struct error *error)
{
    int64_t deadline = clock_monotonic_ms() + STATEMENT_TIMEOUT_MS;
    const char *why = NULL;
    PGresult *last = NULL;
    for (;;) {
        if (!wait_until_read(db->connection, deadline)) {
            why = clock_monotonic_ms() >= deadline ? "no answer within the time-out" : NULL;
            break;
        }
        PGresult *next = PQgetResult(db->connection);
        if (next == NULL && last != NULL && PQstatus(db->connection) == CONNECTION_OK)
            return last;
        if (next == NULL)
            break;
        PQclear(last);
        last = next;
    }
    PQclear(last);
    lose(db, why, error);
    return NULL;
}

/* False with the answer when the statement cannot be prepared; then it was not run. */
static bool prepare(struct db *db, enum sql_query query, const struct params *params,
                    struct db_answer *answer, struct error *error)
{
    if (db->prepared[query])
        return true;
    const struct sql_text *sql = &sql_queries[query];
    int count = params != NULL ? params->count : 0;
    if (!PQsendPrepare(db->connection, sql->name, sql->text, count, params != NULL ? params->types : NULL)) {
        lose(db, NULL, error);
        return false;
    }
    PGresult *result = receive(db, error);
    if (result == NULL)
        return false;
    struct db_answer prepared = answer_from(result, error);
    PQclear(prepared.result);
    prepared.result = NULL;
    db->prepared[query] = prepared.outcome == DB_DONE;
    if (prepared.outcome != DB_DONE)
        *answer = prepared;
    return db->prepared[query];
}

/* Waits for the answer to a statement that has been sent (or may have been). */
static struct db_answer finish(struct db *db, bool sent, struct db_answer (*read)(PGresult *, struct error *),
                               struct error *error)
{
    if (!sent) {
        lose(db, NULL, error);
        return (struct db_answer){.outcome = DB_UNCERTAIN};
    }
    PGresult *result = receive(db, error);
    return result != NULL ? read(result, error) : (struct db_answer){.outcome = DB_UNCERTAIN};
}

struct db_answer db_run(struct db *db, enum sql_query query, const struct params *params, struct error *error)
{
    struct db_answer answer = {.outcome = DB_NOT_SENT};
    if (params != NULL && params_failed(params)) {
        error_set(error, "the parameters do not fit");
    } else if (connect_if_needed(db, error) && prepare(db, query, params, &answer, error)) {
        struct params_bound bound;
        if (params != NULL)
            params_bind(params, &bound);
        int sent =
            PQsendQueryPrepared(db->connection, sql_queries[query].name, params != NULL ? params->count : 0,
                                bound.values, params != NULL ? params->lengths : NULL, bound.formats, 0);
        answer = finish(db, sent, answer_from, error);
    }
    if (answer.outcome != DB_DONE)
        error_prefix(error, "%s", sql_queries[query].name);
    return answer;
}

/* Anything else is a slip of ours: a piece of code would commit what another wanted rolled back. */
static void demand_transaction(const struct db *db, bool wanted)
{
    if (db->in_transaction == wanted)
        return;
    fprintf(stderr, "db: %s\n", wanted ? "no transaction to commit" : "a transaction inside a transaction");
    abort();
}

static enum db_outcome begin(struct db *db, const char *sql, struct error *error)
{
    demand_transaction(db, false);
    if (!connect_if_needed(db, error))
        return DB_NOT_SENT;
    struct db_answer answer = finish(db, PQsendQuery(db->connection, sql), answer_from, error);
    PQclear(answer.result);
    db->in_transaction = answer.outcome == DB_DONE;
    return db->in_transaction ? DB_DONE : DB_NOT_SENT;
}

enum db_outcome db_begin(struct db *db, struct error *error)
{
    return begin(db, "BEGIN", error);
}

enum db_outcome db_begin_snapshot(struct db *db, int64_t timeout_ms, struct error *error)
{
    char sql[256];
    snprintf(
        sql, sizeof sql,
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = %lld; "
        "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL jit = off; SET LOCAL work_mem = '32MB'; "
        "SET LOCAL max_parallel_workers_per_gather = 0",
        (long long)timeout_ms);
    db->stream_ms = timeout_ms;
    return begin(db, sql, error);
}

enum db_outcome db_commit(struct db *db, struct error *error)
{
    demand_transaction(db, true);
    bool standing = connect_if_needed(db, error);
    db->in_transaction = false;
    if (!standing)
        return DB_NOT_SENT;
    struct db_answer answer = finish(db, PQsendQuery(db->connection, "COMMIT"), answer_from_commit, error);
    PQclear(answer.result);
    return answer.outcome;
}

void db_rollback(struct db *db)
{
    if (!db->in_transaction)
        return;
    if (connect_if_needed(db, NULL)) {
        struct db_answer answer = finish(db, PQsendQuery(db->connection, "ROLLBACK"), answer_from, NULL);
        PQclear(answer.result);
    }
    db->in_transaction = false;
}

static void cancel(PGconn *connection)
{
    char why[256];
    PGcancel *handle = PQgetCancel(connection);
    if (handle != NULL)
        (void)PQcancel(handle, why, sizeof why); /* too late is as good */
    PQfreeCancel(handle);
}

/* Hands over the rows that come, to the statement's last result, which it returns; NULL: the connection was
 * lost or given up. */
static PGresult *receive_rows(struct db *db, db_row *take, void *context, struct error *error)
{
    int64_t deadline = clock_monotonic_ms() + db->stream_ms + SERVER_SLACK_MS;
    bool wanted = true;
    PGresult *last = NULL;
    while (wait_until_read(db->connection, deadline)) {
        PGresult *next = PQgetResult(db->connection);
        if (next == NULL && last != NULL && PQstatus(db->connection) == CONNECTION_OK)
            return last;
        if (next == NULL)
            break;
        if (PQresultStatus(next) != PGRES_SINGLE_TUPLE) {
            PQclear(last);
            last = next;
            continue;
        }
        bool more = wanted && take(context, next);
        PQclear(next);
        if (wanted && !more)
            cancel(db->connection);
        wanted = more;
    }
    PQclear(last);
    lose(db, clock_monotonic_ms() >= deadline ? "no end within the time-out" : NULL, error);
    return NULL;
}

struct db_answer db_stream(struct db *db, enum sql_query query, const struct params *params, db_row *take,
                           void *context, struct error *error)
{
    struct db_answer answer = {.outcome = DB_NOT_SENT};
    demand_transaction(db, true);
    if (params_failed(params)) {
        error_set(error, "the parameters do not fit");
    } else if (connect_if_needed(db, error) && prepare(db, query, params, &answer, error)) {
        struct params_bound bound;
        params_bind(params, &bound);
        PGresult *result = NULL;
        if (PQsendQueryPrepared(db->connection, sql_queries[query].name, params->count, bound.values,
                                params->lengths, bound.formats, 0) &&
            PQsetSingleRowMode(db->connection))
            result = receive_rows(db, take, context, error);
        else
            lose(db, NULL, error);
        answer = result != NULL ? answer_from(result, error) : (struct db_answer){.outcome = DB_UNCERTAIN};
        PQclear(answer.result);
        answer.result = NULL;
    }
    if (answer.outcome != DB_DONE)
        error_prefix(error, "%s", sql_queries[query].name);
    return answer;
}

/* The line of the script that the server complains about, 0 if it names none. */
static int error_line(const char *sql, const PGresult *result)
{
    const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    if (position == NULL)
        return 0;
    int line = 1;
    /* counted in characters, from 1: the bytes that continue one in UTF-8 do not count */
    for (long left = strtol(position, NULL, 10); *sql != '\0' && left > 1; sql++) {
        if (*sql == '\n')
            line++;
        if (((unsigned char)sql[1] & 0xc0) != 0x80)
            left--;
    }
    return line;
}

bool db_script(struct db *db, const char *sql, struct error *error)
{
    if (!connect_if_needed(db, error))
        return false;
    /* Without a deadline: a migration takes as long as it takes. */
    PGresult *result = PQexec(db->connection, sql);
    if (PQstatus(db->connection) != CONNECTION_OK) {
        PQclear(result);
        lose(db, NULL, error);
        return false;
    }
    int line = error_line(sql, result);
    struct db_answer answer = answer_from(result, error);
    PQclear(answer.result);
    if (answer.outcome != DB_DONE && line > 0)
        error_prefix(error, "line %d", line);
    return answer.outcome == DB_DONE;
}

PGconn *db_connection(struct db *db)
{
    return db->connection;
}

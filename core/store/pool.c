/* A request is in exactly one queue: waiting (for any connection), begins (for a connection of its own),
 * waiting of its transaction, in flight on a connection, or failed (to be answered without the server). The
 * calls of the header only put a request into a queue and wake the loop; everything else happens in turn(),
 * in on_socket() and in on_tick(), and callbacks run only from answer_failed() and from the reading of
 * results. So no call is ever surprised by its own consequences.
 *
 * A request has been answered when its sync has: the server commits at the sync, so a result that came before
 * it proves nothing yet. */
#include "core/store/pool.h"

#include "core/base/alloc.h"
#include "core/base/log.h"
#include "core/store/connect.h"

#include <stdlib.h>
#include <string.h>

enum {
    TICK_MS = 50,       /* how often deadlines are looked at */
    CONNECT_MS = 3000,  /* an attempt to connect may take this long */
    PAUSE_MIN_MS = 100, /* between attempts; doubles */
    PAUSE_MAX_MS = 2000,
    PIPELINE_DEPTH = 128 /* in flight on one connection: enough to keep the server busy, and few enough to be
                            lost together */
};

enum request_kind { REQUEST_STATEMENT, REQUEST_BEGIN, REQUEST_COMMIT, REQUEST_ROLLBACK };

struct request {
    struct request *next;
    enum request_kind kind;
    enum sql_query query;                 /* of a statement */
    struct params params;                 /* emptied once sent */
    struct pool_transaction *transaction; /* NULL: none */
    pool_callback callback; /* NULL for a begin, whose callback is another, and for a rollback */
    pool_begin_callback begun;
    void *context;
    int64_t since_ms;        /* queued, later sent */
    bool preparing;          /* the answer to its prepare comes first */
    PGresult *result;        /* what came so far: the first good one, or the first error */
    enum db_outcome failure; /* in the queue of the failed */
};

struct queue {
    struct request *first, *last;
    int count;
};

enum connection_state {
    STATE_DOWN,       /* none; the next attempt is due after a pause */
    STATE_CONNECTING, /* PQconnectPoll is at work */
    STATE_SHARED,     /* takes requests of everybody */
    STATE_DRAINING,   /* takes no more, so that a transaction can have it once nothing is in flight */
    STATE_RESERVED    /* belongs to its transaction */
};

struct connection {
    struct pool *pool;
    enum connection_state state;
    int64_t since_ms; /* when the state began or, later, the last answer came */
    int64_t pause_ms; /* before the next attempt */
    PGconn *pq;       /* NULL: down */
    uv_poll_t *poll;  /* on the heap, as it outlives the socket until the loop has closed it; NULL: none */
    int events;       /* what it watches for */
    struct queue in_flight;
    struct pool_transaction *transaction; /* NULL unless reserved */
    bool prepared[SQL_QUERY_COUNT];
};

struct pool_transaction {
    struct pool *pool;
    struct pool_transaction *next;
    struct connection *connection; /* NULL: not begun, or lost */
    struct queue waiting;
};

struct pool {
    uv_loop_t *loop;
    uv_timer_t tick;
    uv_idle_t wake; /* active: there is something to do before the loop may sleep */
    int handles;    /* not closed yet */
    char *url, *name;
    int queue_limit;
    int64_t timeout_ms;
    int pending; /* requests not yet answered */
    struct queue waiting, begins, failed;
    struct pool_transaction *transactions;
    struct connection *connections;
    int connection_count;
    bool ending; /* pool_destroy was called */
    void (*done)(void *context);
    void *done_context;
};

/* ---- queues ---- */

static void queue_push(struct queue *queue, struct request *request)
{
    request->next = NULL;
    if (queue->last != NULL)
        queue->last->next = request;
    else
        queue->first = request;
    queue->last = request;
    queue->count++;
}

/* NULL when the queue is empty. */
static struct request *queue_pop(struct queue *queue)
{
    struct request *request = queue->first;
    if (request == NULL)
        return NULL;
    queue->first = request->next;
    if (queue->first == NULL)
        queue->last = NULL;
    queue->count--;
    return request;
}

static void on_wake(uv_idle_t *handle);

/* The loop does not sleep before turn() has run. */
static void wake(struct pool *pool)
{
    if (!pool->ending)
        uv_idle_start(&pool->wake, on_wake);
}

static int64_t now_of(const struct pool *pool)
{
    return (int64_t)uv_now(pool->loop);
}

static void fail(struct pool *pool, struct request *request, enum db_outcome outcome)
{
    request->failure = outcome;
    queue_push(&pool->failed, request);
    wake(pool);
}

static void fail_all(struct pool *pool, struct queue *queue, enum db_outcome outcome)
{
    for (struct request *request; (request = queue_pop(queue)) != NULL;)
        fail(pool, request, outcome);
}

/* ---- answering ---- */

static void transaction_free(struct pool_transaction *transaction)
{
    struct pool_transaction **link = &transaction->pool->transactions;
    while (*link != transaction)
        link = &(*link)->next;
    *link = transaction->next;
    free(transaction);
}

/* Runs the callback of a request that is in no queue any more, and frees the request and the answer's result.
 */
static void deliver(struct pool *pool, struct request *request, const struct db_answer *answer)
{
    struct pool_transaction *transaction = request->transaction;
    bool begun = request->kind == REQUEST_BEGIN && answer->outcome == DB_DONE;
    if (request->kind != REQUEST_STATEMENT && !begun) {
        transaction_free(transaction);
        transaction = NULL;
    }
    pool->pending--;
    if (request->kind == REQUEST_BEGIN)
        request->begun(transaction, request->context);
    else if (request->callback != NULL)
        request->callback(answer, request->context);
    PQclear(answer->result);
    params_finish(&request->params);
    free(request);
}

static void deliver_failure(struct pool *pool, struct request *request)
{
    PQclear(request->result);
    deliver(pool, request, &(struct db_answer){.outcome = request->failure});
}

/* What the callbacks add meanwhile waits for the next turn. */
static void answer_failed(struct pool *pool)
{
    for (int left = pool->failed.count; left > 0 && pool->failed.first != NULL; left--)
        deliver_failure(pool, queue_pop(&pool->failed));
}

static void answer_all_failed(struct pool *pool)
{
    for (struct request *request; (request = queue_pop(&pool->failed)) != NULL;)
        deliver_failure(pool, request);
}

/* ---- a connection's life ---- */

static void on_closed(uv_handle_t *handle);

/* To be done before the socket is closed: the loop must not watch a number that may soon be another socket's.
 */
static void stop_watching(struct connection *connection)
{
    if (connection->poll != NULL)
        uv_close((uv_handle_t *)connection->poll, on_closed);
    connection->poll = NULL;
    connection->events = 0;
}

/* The only way from state to state. */
static void move(struct connection *connection, enum connection_state state)
{
    struct pool *pool = connection->pool;
    struct pool_transaction *transaction = connection->transaction;
    connection->state = state;
    connection->since_ms = now_of(pool);
    switch (state) {
    case STATE_DOWN:
        stop_watching(connection);
        PQfinish(connection->pq);
        connection->pq = NULL;
        connection->transaction = NULL;
        fail_all(pool, &connection->in_flight, DB_UNCERTAIN);
        if (transaction != NULL) {
            transaction->connection = NULL;
            fail_all(pool, &transaction->waiting, DB_NOT_SENT);
        }
        break;
    case STATE_CONNECTING: memset(connection->prepared, 0, sizeof connection->prepared); break;
    case STATE_SHARED:
        connection->pause_ms = PAUSE_MIN_MS;
        connection->transaction = NULL;
        wake(pool);
        break;
    case STATE_DRAINING:
    case STATE_RESERVED: break;
    }
}

/* Gives the connection up; `why` NULL: for the reason that libpq tells. */
static void lose(struct connection *connection, const char *why)
{
    struct error error;
    if (why == NULL) {
        connection_error(connection->pq, &error);
        why = error.text;
    }
    if (connection->state != STATE_CONNECTING) {
        log_warn("database connection lost", log_text("why", why),
                 log_number("in_flight", connection->in_flight.count));
    } else {
        if (connection->pause_ms == PAUSE_MIN_MS) /* once an outage */
            log_warn("cannot connect to the database", log_text("why", why));
        connection->pause_ms =
            connection->pause_ms * 2 < PAUSE_MAX_MS ? connection->pause_ms * 2 : PAUSE_MAX_MS;
    }
    move(connection, STATE_DOWN);
}

static void on_socket(uv_poll_t *handle, int status, int events);

/* Watches the connection's socket for `events` from now on. */
static void watch(struct connection *connection, int events)
{
    if (connection->poll != NULL && connection->events == events)
        return;
    if (connection->poll == NULL) {
        uv_poll_t *poll = xmalloc(sizeof *poll);
        if (uv_poll_init(connection->pool->loop, poll, PQsocket(connection->pq)) != 0) {
            free(poll);
            lose(connection, "the socket cannot be watched");
            return;
        }
        poll->data = connection;
        connection->poll = poll;
        connection->pool->handles++;
    }
    uv_poll_start(connection->poll, events, on_socket);
    connection->events = events;
}

static void start_connecting(struct connection *connection)
{
    move(connection, STATE_CONNECTING);
    connection->pq = connect_begin(connection->pool->url, connection->pool->name, DB_PLANS_KEPT);
    if (PQstatus(connection->pq) == CONNECTION_BAD)
        lose(connection, NULL);
    else
        watch(connection, UV_WRITABLE); /* what libpq wants before the first PQconnectPoll */
}

static void become_ready(struct connection *connection)
{
    if (PQsetnonblocking(connection->pq, 1) != 0 || !PQenterPipelineMode(connection->pq)) {
        lose(connection, NULL);
        return;
    }
    log_info("connected to the database");
    move(connection, STATE_SHARED);
    watch(connection, UV_READABLE);
}

static void go_on_connecting(struct connection *connection)
{
    stop_watching(
        connection); /* libpq may close the socket in there and open another, perhaps of the same number */
    PostgresPollingStatusType wanted = PQconnectPoll(connection->pq);
    if (wanted == PGRES_POLLING_OK)
        become_ready(connection);
    else if (wanted == PGRES_POLLING_READING)
        watch(connection, UV_READABLE);
    else if (wanted == PGRES_POLLING_WRITING)
        watch(connection, UV_WRITABLE);
    else
        lose(connection, NULL);
}

static bool is_up(const struct connection *connection)
{
    switch (connection->state) {
    case STATE_DOWN:
    case STATE_CONNECTING: return false;
    case STATE_SHARED:
    case STATE_DRAINING:
    case STATE_RESERVED: return true;
    }
    return false;
}

/* ---- sending ---- */

static const char *const control_texts[] = {
    [REQUEST_BEGIN] = "BEGIN",
    [REQUEST_COMMIT] = "COMMIT",
    [REQUEST_ROLLBACK] = "ROLLBACK",
};

/* Hands a request to libpq, all but its sync. On failure the server will never carry it out: the connection
 * ends without the sync. */
static bool hand_over(struct connection *connection, struct request *request)
{
    if (request->kind != REQUEST_STATEMENT)
        return PQsendQueryParams(connection->pq, control_texts[request->kind], 0, NULL, NULL, NULL, NULL, 0);

    const struct params *params = &request->params;
    const struct sql_text *sql = &sql_queries[request->query];
    request->preparing = !connection->prepared[request->query];
    if (request->preparing) {
        if (!PQsendPrepare(connection->pq, sql->name, sql->text, params->count, params->types))
            return false;
        /* Should it be refused, those sent right behind it are refused as well, and then it is prepared
         * again. */
        connection->prepared[request->query] = true;
    }
    struct params_bound bound;
    params_bind(params, &bound);
    return PQsendQueryPrepared(connection->pq, sql->name, params->count, bound.values, params->lengths,
                               bound.formats, 0);
}

/* Sends the first request of a queue. If that fails before anything could come of it, it stays there. */
static void send_first(struct connection *connection, struct queue *from)
{
    struct request *request = from->first;
    if (!hand_over(connection, request)) {
        lose(connection, NULL);
        return;
    }
    queue_pop(from);
    params_finish(&request->params);
    request->since_ms = now_of(connection->pool);
    queue_push(&connection->in_flight, request);
    if (!PQpipelineSync(connection->pq))
        lose(connection, NULL);
}

/* The shared connection with the least in flight, below `limit`; NULL: none. */
static struct connection *least_loaded(struct pool *pool, int limit)
{
    struct connection *best = NULL;
    for (int i = 0; i < pool->connection_count; i++) {
        struct connection *connection = &pool->connections[i];
        if (connection->state == STATE_SHARED && connection->in_flight.count < limit) {
            best = connection;
            limit = connection->in_flight.count;
        }
    }
    return best;
}

static void send_waiting(struct pool *pool)
{
    while (pool->waiting.first != NULL) {
        struct connection *connection = least_loaded(pool, PIPELINE_DEPTH);
        if (connection == NULL)
            return;
        send_first(connection, &pool->waiting);
    }
}

/* Sets connections aside for the transactions that wait to begin. One remains for everybody else; the only
 * one of a pool is shared in turns, because send_waiting() has always been there first. */
static void reserve(struct pool *pool)
{
    int draining = 0;
    int reserved = 0;
    for (int i = 0; i < pool->connection_count; i++) {
        draining += pool->connections[i].state == STATE_DRAINING;
        reserved += pool->connections[i].state == STATE_RESERVED;
    }
    int most = pool->connection_count > 1 ? pool->connection_count - 1 : 1;
    for (; draining < pool->begins.count && draining + reserved < most; draining++) {
        struct connection *connection = least_loaded(pool, PIPELINE_DEPTH + 1);
        if (connection == NULL)
            return;
        move(connection, STATE_DRAINING);
    }
}

/* Gives a connection that has run dry to the transaction that has waited longest. */
static void begin(struct connection *connection)
{
    struct request *request = connection->pool->begins.first;
    if (request == NULL) { /* it has timed out meanwhile */
        move(connection, STATE_SHARED);
        return;
    }
    move(connection, STATE_RESERVED);
    connection->transaction = request->transaction;
    request->transaction->connection = connection;
    send_first(connection, &connection->pool->begins);
}

static void send_own(struct connection *connection)
{
    if (connection->state == STATE_DRAINING && connection->in_flight.count == 0)
        begin(connection);
    while (connection->state == STATE_RESERVED && connection->transaction->waiting.first != NULL &&
           connection->in_flight.count < PIPELINE_DEPTH)
        send_first(connection, &connection->transaction->waiting);
}

static void flush(struct connection *connection)
{
    int left = PQflush(connection->pq);
    if (left < 0)
        lose(connection, NULL);
    else
        watch(connection, left > 0 ? UV_READABLE | UV_WRITABLE : UV_READABLE);
}

/* Answers what has failed, then sends whatever can be sent. */
static void turn(struct pool *pool)
{
    uv_idle_stop(&pool->wake);
    answer_failed(pool);
    if (pool->ending) /* by a callback */
        return;
    send_waiting(pool);
    reserve(pool);
    for (int i = 0; i < pool->connection_count; i++) {
        struct connection *connection = &pool->connections[i];
        send_own(connection);
        if (is_up(connection))
            flush(connection);
    }
}

static void on_wake(uv_idle_t *handle)
{
    turn(handle->data);
}

/* ---- receiving ---- */

/* A constraint, a lock time-out or our own RAISE is an answer; anything else means that statement and schema
 * do not fit. */
static bool is_ordinary_refusal(const char *sqlstate)
{
    static const char *const classes[] = {"23", "25", "40", "55", "P0"};
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (strncmp(sqlstate, classes[i], 2) == 0)
            return true;
    }
    return false;
}

static struct db_answer read_answer(const struct request *request)
{
    struct error error;
    struct db_answer answer = request->kind == REQUEST_COMMIT ? answer_from_commit(request->result, &error)
                                                              : answer_from(request->result, &error);
    if (answer.outcome == DB_REFUSED && !is_ordinary_refusal(answer.sqlstate)) {
        const char *name = request->kind == REQUEST_STATEMENT ? sql_queries[request->query].name
                                                              : control_texts[request->kind];
        log_error("the database refused a statement", log_text("statement", name),
                  log_text("why", error.text));
    }
    return answer;
}

/* The first request in flight has got its sync. */
static void finish_first(struct connection *connection)
{
    struct request *request = queue_pop(&connection->in_flight);
    connection->since_ms = now_of(connection->pool);
    struct db_answer answer = read_answer(request);
    bool begun = request->kind == REQUEST_BEGIN && answer.outcome == DB_DONE;
    if (request->kind != REQUEST_STATEMENT && !begun) {
        connection->transaction->connection = NULL;
        move(connection, STATE_SHARED);
    }
    deliver(connection->pool, request, &answer);
}

static bool is_good(const PGresult *result)
{
    return result != NULL &&
           (PQresultStatus(result) == PGRES_TUPLES_OK || PQresultStatus(result) == PGRES_COMMAND_OK);
}

/* One result that belongs to the first request in flight; takes it over. */
static void take_result(struct connection *connection, PGresult *result)
{
    struct request *request = connection->in_flight.first;
    if (PQresultStatus(result) == PGRES_PIPELINE_ABORTED) {
        PQclear(result); /* follows an error that we have */
    } else if (is_good(result) && request->preparing) {
        request->preparing = false;
        PQclear(result);
    } else if (request->result == NULL || (is_good(request->result) && !is_good(result))) {
        /* an error can follow a good result: a deferred constraint speaks at the commit */
        PQclear(request->result);
        request->result = result;
        if (request->preparing)
            connection->prepared[request->query] = false;
    } else {
        PQclear(result);
    }
}

/* Takes everything that has come. After each callback the connection may be another or none. */
static void read_results(struct connection *connection)
{
    PGconn *pq = connection->pq;
    int empty = 0; /* NULLs in a row: each request has one, so two mean that libpq has nothing more */
    while (connection->pq == pq && empty < 2 && !PQisBusy(pq) && connection->in_flight.first != NULL) {
        PGresult *result = PQgetResult(pq);
        empty = result == NULL ? empty + 1 : 0;
        if (result == NULL)
            continue;
        if (PQresultStatus(result) != PGRES_PIPELINE_SYNC) {
            take_result(connection, result);
            continue;
        }
        PQclear(result);
        finish_first(connection);
    }
}

static void on_socket(uv_poll_t *handle, int status, int events)
{
    struct connection *connection = handle->data;
    struct pool *pool = connection->pool;
    if (status < 0)
        connection->events = 0; /* libuv has stopped watching */
    if (connection->state == STATE_CONNECTING) {
        go_on_connecting(connection);
    } else if (status < 0 || (events & UV_READABLE) != 0) {
        PGconn *pq = connection->pq;
        bool alive = PQconsumeInput(pq);
        read_results(connection); /* even of a dead one: what was answered before its end counts */
        if (connection->pq == pq && !alive)
            lose(connection, NULL);
    }
    if (!pool->ending)
        turn(pool);
}

/* ---- time ---- */

static bool is_overdue(const struct connection *connection, int64_t now_ms)
{
    const struct request *oldest = connection->in_flight.first;
    int64_t timeout_ms = connection->pool->timeout_ms;
    if (oldest != NULL)
        return now_ms - oldest->since_ms >= timeout_ms;
    return connection->state == STATE_RESERVED && now_ms - connection->since_ms >= timeout_ms;
}

static void check_connection(struct connection *connection, int64_t now_ms)
{
    switch (connection->state) {
    case STATE_DOWN:
        if (now_ms - connection->since_ms >= connection->pause_ms)
            start_connecting(connection);
        break;
    case STATE_CONNECTING:
        if (now_ms - connection->since_ms >= CONNECT_MS)
            lose(connection, "time-out");
        break;
    case STATE_SHARED:
    case STATE_DRAINING:
    case STATE_RESERVED:
        if (is_overdue(connection, now_ms))
            lose(connection, "time-out");
        break;
    }
}

/* Both queues are in order of age. */
static void expire(struct pool *pool, struct queue *queue, int64_t now_ms)
{
    while (queue->first != NULL && now_ms - queue->first->since_ms >= pool->timeout_ms)
        fail(pool, queue_pop(queue), DB_NOT_SENT);
}

static void on_tick(uv_timer_t *handle)
{
    struct pool *pool = handle->data;
    int64_t now_ms = now_of(pool);
    for (int i = 0; i < pool->connection_count; i++)
        check_connection(&pool->connections[i], now_ms);
    expire(pool, &pool->waiting, now_ms);
    expire(pool, &pool->begins, now_ms);
}

/* ---- the calls of the header ---- */

struct pool *pool_create(uv_loop_t *loop, const struct pool_options *options)
{
    struct pool *pool = xcalloc(1, sizeof *pool);
    pool->loop = loop;
    pool->url = xstrdup(options->url);
    pool->name = xstrdup(options->name);
    pool->queue_limit = options->queue_limit;
    pool->timeout_ms = options->request_timeout_ms;
    pool->connection_count =
        options->connections < POOL_CONNECTIONS_MAX ? options->connections : POOL_CONNECTIONS_MAX;
    pool->connections = xcalloc((size_t)pool->connection_count, sizeof *pool->connections);
    for (int i = 0; i < pool->connection_count; i++) {
        struct connection *connection = &pool->connections[i];
        connection->pool = pool;
        connection->pause_ms = PAUSE_MIN_MS;
        connection->since_ms = now_of(pool) - PAUSE_MIN_MS; /* due at once */
    }
    uv_idle_init(loop, &pool->wake);
    uv_timer_init(loop, &pool->tick);
    pool->wake.data = pool;
    pool->tick.data = pool;
    pool->handles = 2;
    uv_timer_start(&pool->tick, on_tick, 0, TICK_MS);
    return pool;
}

static void on_closed(uv_handle_t *handle)
{
    struct pool *pool = handle->data;
    if (handle->type == UV_POLL) {
        struct connection *connection = handle->data;
        pool = connection->pool;
        free(handle);
    }
    pool->handles--;
    if (pool->handles > 0)
        return;
    answer_all_failed(pool); /* asked for since pool_destroy, through a copy of the pointer */
    if (pool->done != NULL)
        pool->done(pool->done_context);
    free(pool->connections);
    free(pool->url);
    free(pool->name);
    free(pool);
}

void pool_destroy(struct pool **destroyed, void (*done)(void *context), void *context)
{
    struct pool *pool = *destroyed;
    if (pool == NULL)
        return;
    *destroyed = NULL;
    pool->ending = true;
    pool->done = done;
    pool->done_context = context;
    for (int i = 0; i < pool->connection_count; i++)
        move(&pool->connections[i], STATE_DOWN);
    fail_all(pool, &pool->waiting, DB_NOT_SENT);
    fail_all(pool, &pool->begins, DB_NOT_SENT);
    answer_all_failed(pool);
    while (pool->transactions != NULL)
        transaction_free(pool->transactions);
    uv_close((uv_handle_t *)&pool->wake, on_closed);
    uv_close((uv_handle_t *)&pool->tick, on_closed);
}

static struct request *request_create(struct pool *pool, enum request_kind kind,
                                      struct pool_transaction *transaction, void *context)
{
    struct request *request = xmalloc(sizeof *request);
    request->next = NULL;
    request->kind = kind;
    request->transaction = transaction;
    request->callback = NULL;
    request->begun = NULL;
    request->context = context;
    request->since_ms = now_of(pool);
    request->preparing = false;
    request->result = NULL;
    params_init(&request->params);
    pool->pending++;
    return request;
}

/* Queues a request, or fails it when there is no queue for it, when it is one too many or when its parameters
 * are no good. */
static void enqueue(struct pool *pool, struct queue *queue, struct request *request)
{
    if (queue == NULL || pool->ending || params_failed(&request->params)) {
        fail(pool, request, DB_NOT_SENT);
        return;
    }
    queue_push(queue, request);
    wake(pool);
}

static bool is_full(const struct pool *pool)
{
    return pool->pending >= pool->queue_limit;
}

static void enqueue_statement(struct pool *pool, struct queue *queue, struct pool_transaction *transaction,
                              enum sql_query query, const struct params *params, pool_callback callback,
                              void *context)
{
    if (is_full(pool))
        queue = NULL;
    struct request *request = request_create(pool, REQUEST_STATEMENT, transaction, context);
    request->query = query;
    request->callback = callback;
    if (params != NULL && queue != NULL)
        params_copy(&request->params, params);
    if (params_failed(&request->params))
        log_error("parameters do not fit", log_text("statement", sql_queries[query].name));
    enqueue(pool, queue, request);
}

void pool_run(struct pool *pool, enum sql_query query, const struct params *params, pool_callback callback,
              void *context)
{
    enqueue_statement(pool, &pool->waiting, NULL, query, params, callback, context);
}

void pool_begin(struct pool *pool, pool_begin_callback callback, void *context)
{
    struct pool_transaction *transaction = xcalloc(1, sizeof *transaction);
    transaction->pool = pool;
    transaction->next = pool->transactions;
    pool->transactions = transaction;
    struct queue *queue = is_full(pool) ? NULL : &pool->begins;
    struct request *request = request_create(pool, REQUEST_BEGIN, transaction, context);
    request->begun = callback;
    enqueue(pool, queue, request);
}

/* NULL when the transaction's connection is lost. */
static struct queue *queue_of(struct pool_transaction *transaction)
{
    return transaction->connection != NULL ? &transaction->waiting : NULL;
}

void pool_transaction_run(struct pool_transaction *transaction, enum sql_query query,
                          const struct params *params, pool_callback callback, void *context)
{
    enqueue_statement(transaction->pool, queue_of(transaction), transaction, query, params, callback,
                      context);
}

/* The end of a transaction is never one too many: it makes room. */
static void end_transaction(struct pool_transaction *transaction, enum request_kind kind,
                            pool_callback callback, void *context)
{
    struct request *request = request_create(transaction->pool, kind, transaction, context);
    request->callback = callback;
    enqueue(transaction->pool, queue_of(transaction), request);
}

void pool_commit(struct pool_transaction *transaction, pool_callback callback, void *context)
{
    end_transaction(transaction, REQUEST_COMMIT, callback, context);
}

void pool_rollback(struct pool_transaction *transaction)
{
    end_transaction(transaction, REQUEST_ROLLBACK, NULL, NULL);
}

int pool_connected(const struct pool *pool)
{
    int up = 0;
    for (int i = 0; i < pool->connection_count; i++)
        up += is_up(&pool->connections[i]);
    return up;
}

int pool_pending(const struct pool *pool)
{
    return pool->pending;
}

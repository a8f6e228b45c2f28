/* A turn: become the one who paces, read what is due, start it, let go. That a lot is due is only what was
 * read; whether it starts is decided by the ledger, on the locked lot, like any other command. */
#include "rest/jobs/pacer.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "rest/jobs/halt.h"
#include "rest/meters.h"
#include "rest/publish.h"

#include <stdlib.h>

#define STARTS_A_TURN 100
#define SHUNNED_MAX   64    /* lots that would not start; more than these are asked again at once */
#define SHUNNED_MS    10000 /* for so long they are passed over, so that those behind them get their turn */

struct pacer {
    struct service *service;
    pthread_t thread;
    struct halt halt;
    int backend;  /* of the connection that holds the lock */
    bool failing; /* it has been logged that the database cannot be reached */
    struct {
        int64_t auction_id, until_ms; /* monotonic */
    } shunned[SHUNNED_MAX];
    int shunned_next;
};

/* Runs one statement; takes over the params. NULL: it failed. */
static PGresult *ask(struct pacer *pacer, struct db *db, enum sql_query query, struct params *params)
{
    struct error error = {0};
    struct db_answer answer = db_run(db, query, params, &error);
    if (params != NULL)
        params_finish(params);
    if (answer.outcome != DB_DONE && !pacer->failing)
        log_warn("lots cannot be paced", log_text("reason", error.text));
    pacer->failing = answer.outcome != DB_DONE;
    return answer.result;
}

static bool take_lock(struct pacer *pacer, struct db *db)
{
    PGresult *result = ask(pacer, db, SQL_PACING_LOCK, NULL);
    bool held = result != NULL && result_bool(result, 0, "held");
    PQclear(result);
    pacer->backend = held ? PQbackendPID(db_connection(db)) : 0;
    return held;
}

/* The lock ends with its connection, in whose place there may be another by now. */
static bool holds_lock(const struct pacer *pacer, struct db *db)
{
    return db_ready(db, NULL) && PQbackendPID(db_connection(db)) == pacer->backend;
}

static PGresult *read_due(struct pacer *pacer, struct db *db)
{
    int64_t now_ms = clock_monotonic_ms();
    int64_t left_alone[SHUNNED_MAX];
    size_t count = 0;
    for (int i = 0; i < SHUNNED_MAX; i++)
        if (pacer->shunned[i].until_ms > now_ms)
            left_alone[count++] = pacer->shunned[i].auction_id;
    struct params params;
    params_init(&params);
    params_array(&params, ELEMENT_INT, count);
    for (size_t i = 0; i < count; i++)
        params_element_int(&params, left_alone[i]);
    params_int(&params, STARTS_A_TURN);
    return ask(pacer, db, SQL_PACING_DUE, &params);
}

static void shun(struct pacer *pacer, int64_t auction_id, enum verdict verdict)
{
    log_warn("a lot that is due does not start", log_number("auctionId", auction_id),
             log_text("code", verdict_info(verdict)->code));
    int i = pacer->shunned_next++ % SHUNNED_MAX;
    pacer->shunned[i].auction_id = auction_id;
    pacer->shunned[i].until_ms = clock_monotonic_ms() + SHUNNED_MS;
}

static void note_start(struct pacer *pacer, struct worker *worker, int64_t auction_id, int64_t sale_id)
{
    metrics_add(METER_PACED, 0, 1);
    log_info("lot started", log_number("auctionId", auction_id), log_number("saleId", sale_id));
    struct params params;
    params_init(&params);
    params_int(&params, sale_id);
    PQclear(ask(pacer, worker->db, SQL_PACING_DONE, &params));
}

/* False when the database is away: then the rest can wait. */
static bool start(struct pacer *pacer, struct worker *worker, int64_t auction_id, int64_t sale_id)
{
    struct error error = {0};
    struct ledger_result result;
    ledger_execute(worker->db,
                   &(struct ledger_command){
                       .auction_id = auction_id,
                       .command = {.kind = COMMAND_START, .expected_seq = EXPECTED_SEQ_ABSENT},
    },
                   &result, &error);
    if (result.batch != NULL)
        publish_batch(worker, &result.before, result.batch);
    enum verdict verdict = result.verdict;
    ledger_batch_destroy(&result.batch);
    if (verdict == VERDICT_OK)
        note_start(pacer, worker, auction_id, sale_id);
    else if (verdict != VERDICT_UNAVAILABLE && verdict != VERDICT_UNCERTAIN)
        shun(pacer, auction_id, verdict);
    return verdict != VERDICT_UNAVAILABLE && verdict != VERDICT_UNCERTAIN;
}

/* True when there may be more that is due already. */
static bool turn(struct pacer *pacer, struct worker *worker)
{
    if (!take_lock(pacer, worker->db))
        return false;
    PGresult *due = read_due(pacer, worker->db);
    int count = due != NULL ? PQntuples(due) : 0;
    bool going = true;
    for (int i = 0; i < count && going; i++)
        going = holds_lock(pacer, worker->db) &&
                start(pacer, worker, result_int(due, i, "id"), result_int(due, i, "sale_id")) &&
                !atomic_load(&pacer->halt.stopping);
    PQclear(due);
    PQclear(ask(pacer, worker->db, SQL_PACING_UNLOCK, NULL));
    return going && count == STARTS_A_TURN;
}

static void *run(void *context)
{
    struct pacer *pacer = context;
    struct worker *worker = worker_of_thread(pacer->service);
    int64_t pause_ms = config_int(pacer->service->config, "PACER_LOOK_MS");
    bool more = false;
    while (!halt_wait(&pacer->halt, more ? 0 : pause_ms))
        more = turn(pacer, worker);
    return NULL;
}

struct pacer *pacer_start(struct service *service)
{
    struct pacer *pacer = xcalloc(1, sizeof *pacer);
    pacer->service = service;
    halt_init(&pacer->halt);
    if (pthread_create(&pacer->thread, NULL, run, pacer) != 0)
        abort();
    return pacer;
}

void pacer_stop(struct pacer **pacer)
{
    if (*pacer == NULL)
        return;
    halt_now(&(*pacer)->halt);
    pthread_join((*pacer)->thread, NULL);
    halt_finish(&(*pacer)->halt);
    free(*pacer);
    *pacer = NULL;
}

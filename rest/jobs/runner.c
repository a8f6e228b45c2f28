/* Looking twice a second is cheap (a partial index that holds only what waits), and unlike LISTEN it needs
 * nothing of the connection, which may come through a pooler or be gone. */
#include "rest/jobs/runner.h"

#include "core/base/alloc.h"
#include "core/base/log.h"
#include "core/base/uuid.h"
#include "rest/jobs/backoff.h"
#include "rest/jobs/halt.h"
#include "rest/mail/letter.h"
#include "rest/meters.h"

#include <stdlib.h>
#include <string.h>

#define IDLE_MS  500
#define NO_DB_MS 1000
#define FINISH_TIMES                                                                                         \
    20 /* how often the outcome of an attempt is reported, once in NO_DB_MS, before it is left to the lease  \
        */

static const struct {
    const char *kind;
    job_run *run;
} kinds[] = {
    {"mail", letter_run},
};

struct runner {
    const struct config *config;
    struct halt halt;
    int count;
    pthread_t *threads; /* owned */
};

static enum job_result do_job(struct job_worker *worker, const struct job *job, struct error *error)
{
    if (job->attempt > config_int(worker->config, "JOB_ATTEMPTS")) {
        error_set(error, "every worker that tried it died or lost the database");
        return JOB_HOPELESS;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].kind, job->kind) == 0)
            return kinds[i].run(worker, job, error);
    error_set(error, "this program knows no jobs of this kind");
    return JOB_HOPELESS;
}

/* ---- what became of it ---- */

/* How a job goes on after an attempt. */
struct sequel {
    const char *state;
    int64_t wait_ms;
    enum meter meter;
};

static struct sequel sequel_of(const struct config *config, const struct job *job, enum job_result result)
{
    switch (result) {
    case JOB_DONE: return (struct sequel){"done", 0, METER_JOBS_DONE};
    case JOB_FAILED: {
        uint32_t random;
        random_bytes(&random, sizeof random);
        if (job->attempt < config_int(config, "JOB_ATTEMPTS"))
            return (struct sequel){"waiting",
                                   backoff_ms(job->attempt, config_int(config, "JOB_BACKOFF_MS"), random),
                                   METER_JOBS_FAILED};
        break;
    }
    case JOB_HOPELESS: break;
    }
    return (struct sequel){"dead", 0, METER_JOBS_DEAD};
}

static void log_outcome(const struct job *job, const struct sequel *sequel, const struct error *error)
{
    if (sequel->meter == METER_JOBS_DONE)
        log_debug("job done", log_text("kind", job->kind), log_number("job", job->id));
    else
        log_write(sequel->meter == METER_JOBS_DEAD ? LOG_ERROR_LEVEL : LOG_WARN_LEVEL, "job failed",
                  LOG_FIELDS(log_text("kind", job->kind), log_number("job", job->id),
                             log_number("attempt", job->attempt), log_text("state", sequel->state),
                             log_text("reason", error->text)));
}

/* Repeated while the database is away: what is not reported is done once more. */
static void finish(struct runner *runner, struct job_worker *worker, const struct job *job,
                   const struct sequel *sequel, const struct error *why)
{
    struct params params;
    params_init(&params);
    params_int(&params, job->id);
    params_int(&params, job->attempt);
    params_text(&params, sequel->state);
    params_int(&params, sequel->wait_ms);
    params_text(&params, why->text[0] != '\0' ? why->text : NULL);
    for (int i = 0; i < FINISH_TIMES; i++) {
        struct db_answer answer = db_run(worker->db, SQL_JOB_FINISH, &params, NULL);
        PQclear(answer.result);
        if (answer.outcome == DB_DONE || answer.outcome == DB_REFUSED || halt_wait(&runner->halt, NO_DB_MS))
            break;
    }
    params_finish(&params);
    metrics_add(sequel->meter, 0, 1);
}

/* ---- turns ---- */

enum turn { TURN_WORKED, TURN_IDLE, TURN_NO_DB };

static enum turn take_turn(struct runner *runner, struct job_worker *worker, struct error *error)
{
    struct params params;
    params_init(&params);
    params_int(&params, config_int(runner->config, "JOB_LEASE_S"));
    struct db_answer answer = db_run(worker->db, SQL_JOB_TAKE, &params, error);
    params_finish(&params);
    if (answer.outcome != DB_DONE)
        return TURN_NO_DB;
    bool found = PQntuples(answer.result) > 0;
    if (found) {
        struct job job = {
            .id = result_int(answer.result, 0, "id"),
            .kind = result_text(answer.result, 0, "kind"),
            .payload = result_text(answer.result, 0, "payload"),
            .attempt = result_int(answer.result, 0, "attempts"),
            .created_ms = result_int(answer.result, 0, "created_ms"),
        };
        struct error why = {0};
        enum job_result result = do_job(worker, &job, &why);
        struct sequel sequel = sequel_of(runner->config, &job, result);
        log_outcome(&job, &sequel, &why);
        finish(runner, worker, &job, &sequel, &why);
    }
    PQclear(answer.result);
    return found ? TURN_WORKED : TURN_IDLE;
}

static void *work(void *context)
{
    struct runner *runner = context;
    struct job_worker worker = {
        .config = runner->config,
        .db = db_create(config_text(runner->config, "DATABASE_URL"), "seri-rest-jobs"),
        .mailer = mailer_create(runner->config, &runner->halt.stopping),
    };
    bool had_db = true, stop = false;
    while (!stop) {
        struct error error = {0};
        enum turn turn = take_turn(runner, &worker, &error);
        if (turn == TURN_NO_DB && had_db)
            log_warn("jobs wait: the database cannot be asked", log_text("reason", error.text));
        had_db = turn != TURN_NO_DB;
        stop = halt_wait(&runner->halt, turn == TURN_WORKED ? 0 : turn == TURN_IDLE ? IDLE_MS : NO_DB_MS);
    }
    mailer_destroy(&worker.mailer);
    db_destroy(&worker.db);
    return NULL;
}

struct runner *runner_start(const struct config *config)
{
    struct runner *runner = xcalloc(1, sizeof *runner);
    runner->config = config;
    halt_init(&runner->halt);
    runner->count = (int)config_int(config, "JOB_WORKERS");
    runner->threads = xcalloc((size_t)runner->count, sizeof *runner->threads);
    for (int i = 0; i < runner->count; i++)
        if (pthread_create(&runner->threads[i], NULL, work, runner) != 0)
            abort();
    return runner;
}

void runner_stop(struct runner **runner)
{
    if (*runner == NULL)
        return;
    halt_now(&(*runner)->halt);
    for (int i = 0; i < (*runner)->count; i++)
        pthread_join((*runner)->threads[i], NULL);
    halt_finish(&(*runner)->halt);
    free((*runner)->threads);
    free(*runner);
    *runner = NULL;
}

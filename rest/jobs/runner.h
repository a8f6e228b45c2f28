/* The jobs of the table `jobs` (sql/migrations/0002_jobs.sql), done by threads with a database connection
 * each, in any number of processes at once. A job is leased, done, and marked as done; a worker that dies
 * loses its lease, and the job comes up again. So a job may be done twice, and is never lost. What fails is
 * tried again later and later, and is dead in the end: the operator sees it and may have it tried anew. */
#pragma once

#include "core/store/db.h"
#include "rest/mail/mailer.h"

struct runner; /* opaque */

/** What a worker hands to the job it does. */
struct job_worker {
    const struct config *config;
    struct db *db;
    struct mailer *mailer;
};

/** A job taken. Texts live as long as the attempt. */
struct job {
    int64_t id;
    const char *kind;
    const char *payload; /* JSON */
    int64_t attempt;     /* from 1 */
    int64_t created_ms;
};

enum job_result {
    JOB_DONE,
    JOB_FAILED,  /* to be tried again */
    JOB_HOPELESS /* no attempt will ever succeed */
};

/** Does a job of its kind: see the table in runner.c. `error`, without addresses and secrets, is kept for the
 * operator. */
typedef enum job_result job_run(struct job_worker *worker, const struct job *job, struct error *error);

/** Starts JOB_WORKERS threads. `config` is borrowed. */
struct runner *runner_start(const struct config *config);

/** Lets attempts under way come to their end, for some seconds, and ends the threads. Accepts a pointer to
 * NULL. */
void runner_stop(struct runner **runner);

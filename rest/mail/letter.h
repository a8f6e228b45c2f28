/* The job "mail": a letter from a template to a user, as mail_add of sql/migrations/0002_jobs.sql orders it:
 * {userId, template, data}, and `address` where it goes to another than the user's own. */
#pragma once

#include "rest/jobs/runner.h"

/** Makes and sends it. */
enum job_result letter_run(struct job_worker *worker, const struct job *job, struct error *error);

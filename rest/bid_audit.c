/* See bid_audit.h. The queue is under a lock that is never held while the database is asked: only this thread
 * takes entries out, so what it has sent stays where it is until it says so. */
#include "rest/bid_audit.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/store/db.h"
#include "rest/jobs/halt.h"
#include "rest/meters.h"

#include <stdlib.h>

#define FLUSH_MS 1000

struct bid_audit {
    pthread_mutex_t lock; /* of the queue */
    struct audit_queue *queue;
    struct halt halt;
    struct db *db;
    pthread_t thread;
};

/* Writes one statement's worth. True when there may be more at once. */
static bool write_some(struct bid_audit *audit)
{
    struct params params;
    struct error error = {0};
    pthread_mutex_lock(&audit->lock);
    size_t count = audit_queue_params(audit->queue, &params);
    pthread_mutex_unlock(&audit->lock);
    if (count == 0)
        return false;
    struct db_answer answer = db_run(audit->db, SQL_AUDIT_APPEND, &params, &error);
    params_finish(&params);
    PQclear(answer.result);
    if (answer.outcome == DB_NOT_SENT || answer.outcome == DB_UNCERTAIN)
        return false; /* they are written again: an entry twice is better than none */
    if (answer.outcome == DB_REFUSED) {
        log_error("audit entries refused", log_text("sqlstate", answer.sqlstate),
                  log_number("entries", (int64_t)count));
        metrics_add(METER_AUDIT_DROPPED, 0, (int64_t)count);
    }
    pthread_mutex_lock(&audit->lock);
    audit_queue_drop(audit->queue, count);
    pthread_mutex_unlock(&audit->lock);
    return true;
}

static void release(struct bid_audit *audit, int64_t before_ms)
{
    pthread_mutex_lock(&audit->lock);
    metrics_add(METER_AUDIT_DROPPED, 0, audit_queue_release(audit->queue, before_ms));
    pthread_mutex_unlock(&audit->lock);
}

static void *run(void *context)
{
    struct bid_audit *audit = context;
    bool ends = false;
    while (!ends) {
        ends = halt_wait(&audit->halt, FLUSH_MS);
        release(audit, ends ? INT64_MAX : clock_wall_ms() - AUDIT_LUMP_MS);
        while (write_some(audit))
            continue;
    }
    return NULL;
}

struct bid_audit *bid_audit_start(const char *database_url)
{
    struct bid_audit *audit = xcalloc(1, sizeof *audit);
    pthread_mutex_init(&audit->lock, NULL);
    audit->queue = audit_queue_create();
    halt_init(&audit->halt);
    audit->db = db_create(database_url, "seri-rest-audit");
    if (pthread_create(&audit->thread, NULL, run, audit) != 0)
        abort();
    return audit;
}

void bid_audit_stop(struct bid_audit **audit)
{
    struct bid_audit *ending = *audit;
    if (ending == NULL)
        return;
    halt_now(&ending->halt);
    pthread_join(ending->thread, NULL);
    db_destroy(&ending->db);
    halt_finish(&ending->halt);
    audit_queue_destroy(&ending->queue);
    pthread_mutex_destroy(&ending->lock);
    free(ending);
    *audit = NULL;
}

void bid_audit_add(struct bid_audit *audit, const struct audit_entry *entry)
{
    pthread_mutex_lock(&audit->lock);
    metrics_add(METER_AUDIT_DROPPED, 0, audit_queue_add(audit->queue, entry));
    pthread_mutex_unlock(&audit->lock);
}

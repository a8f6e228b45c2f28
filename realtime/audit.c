/* The queue of core/store/audit_queue.h, emptied by the loop: a statement at a time, once a second or when
 * enough has gathered. */
#include "realtime/audit.h"

#include "core/base/alloc.h"
#include "core/base/log.h"
#include "core/store/audit_queue.h"
#include "realtime/metric.h"
#include "realtime/node.h"

#include <stdlib.h>
#include <string.h>

#define FLUSH_MS 1000

struct audit {
    struct node *node;
    uv_timer_t timer;
    struct audit_queue *queue;
    size_t writing; /* entries of the queue's front that a statement under way holds; 0: none is */
    bool ended;     /* destroyed; waits for the statement and the handle */
    bool closed;
};

/* ---- writing ---- */

static void flush(struct audit *audit);

static void free_when_done(struct audit *audit)
{
    if (!audit->closed || audit->writing > 0)
        return;
    audit_queue_destroy(&audit->queue);
    free(audit);
}

static void on_written(const struct db_answer *answer, void *context)
{
    struct audit *audit = context;
    size_t count = audit->writing;
    audit->writing = 0;
    if (answer->outcome == DB_DONE)
        metrics_add(METRIC_AUDIT_WRITTEN, 0, (int64_t)count);
    if (answer->outcome == DB_REFUSED) {
        log_error("audit entries refused", log_text("sqlstate", answer->sqlstate),
                  log_number("entries", (int64_t)count));
        metrics_add(METRIC_AUDIT_DROPPED, 0, (int64_t)count);
    }
    /* Not sent, or unknown: they stay and are written again, for an entry twice is better than none. */
    if (answer->outcome == DB_DONE || answer->outcome == DB_REFUSED) {
        audit_queue_drop(audit->queue, count);
        if (audit_queue_count(audit->queue) >= AUDIT_WRITE_MAX && !audit->ended)
            flush(audit);
    }
    if (audit->ended)
        free_when_done(audit);
}

static void flush(struct audit *audit)
{
    struct params params;
    if (audit->writing > 0)
        return;
    audit->writing = audit_queue_params(audit->queue, &params);
    if (audit->writing == 0)
        return;
    pool_run(audit->node->pool, SQL_AUDIT_APPEND, &params, on_written, audit);
    params_finish(&params);
}

static void on_timer(uv_timer_t *timer)
{
    struct audit *audit = timer->data;
    int dropped = audit_queue_release(audit->queue, node_now_ms(audit->node) - AUDIT_LUMP_MS);
    metrics_add(METRIC_AUDIT_DROPPED, 0, dropped);
    flush(audit);
}

/* ---- life ---- */

struct audit *audit_create(struct node *node)
{
    struct audit *audit = xcalloc(1, sizeof *audit);
    audit->node = node;
    audit->queue = audit_queue_create();
    uv_timer_init(node->loop, &audit->timer);
    audit->timer.data = audit;
    uv_timer_start(&audit->timer, on_timer, FLUSH_MS, FLUSH_MS);
    return audit;
}

static void on_closed(uv_handle_t *handle)
{
    struct audit *audit = handle->data;
    audit->closed = true;
    free_when_done(audit);
}

void audit_destroy(struct audit **audit)
{
    if (*audit == NULL)
        return;
    struct audit *ending = *audit;
    metrics_add(METRIC_AUDIT_DROPPED, 0, audit_queue_release(ending->queue, INT64_MAX));
    flush(ending); /* the last that can be done: the pool still sends what it has */
    ending->ended = true;
    uv_close((uv_handle_t *)&ending->timer, on_closed);
    *audit = NULL;
}

void audit_bid(struct audit *audit, int64_t user_id, int64_t auction_id, enum verdict verdict, int64_t amount,
               const char *address, int64_t skew_ms)
{
    if (verdict == VERDICT_OK)
        return;
    struct audit_entry entry = {
        .at_ms = node_now_ms(audit->node),
        .user_id = user_id,
        .auction_id = auction_id,
        .amount = amount,
        .skew_ms = skew_ms,
        .verdict = verdict,
    };
    memcpy(entry.address, address, strnlen(address, sizeof entry.address - 1));
    metrics_add(METRIC_AUDIT_DROPPED, 0, audit_queue_add(audit->queue, &entry));
    if (audit_queue_count(audit->queue) >= AUDIT_WRITE_MAX)
        flush(audit);
}

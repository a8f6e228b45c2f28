/* A ring of entries that the event loop fills and one statement at a time empties. Entries leave the ring
 * only when the ledger has them, so a database that is away for a while costs nothing but places in the ring.
 * What a flood repeats waits in a small table of lumps first: there one row stands for any number of
 * messages. */
#include "realtime/audit.h"

#include "core/base/alloc.h"
#include "core/base/log.h"
#include "realtime/metric.h"
#include "realtime/node.h"

#include <stdlib.h>
#include <string.h>

#define QUEUE_MAX     16384 /* entries waiting; a power of two */
#define WRITE_MAX     1024  /* entries a statement */
#define LUMPS_MAX     1024
#define LUMP_MS       10000
#define FLUSH_MS      1000
#define SKEW_NOTED_MS 5000 /* a client's clock this far off is worth a note */

struct entry {
    int64_t at_ms;
    int64_t user_id;
    int64_t auction_id;
    int64_t amount;
    int64_t skew_ms; /* 0: not worth a note */
    int count;
    enum verdict verdict;
    char address[46];
};

struct audit {
    struct node *node;
    uv_timer_t timer;
    struct entry *queue; /* a ring */
    size_t first, count;
    size_t writing; /* entries of the ring's front that a statement under way holds; 0: none is */
    struct entry *lumps;
    size_t lump_count;
    bool ended; /* destroyed; waits for the statement and the handle */
    bool closed;
};

static bool is_flood(enum verdict verdict)
{
    return verdict == VERDICT_UNAUTHENTICATED || verdict == VERDICT_FORBIDDEN ||
           verdict == VERDICT_INVALID_MESSAGE || verdict == VERDICT_RATE_LIMITED;
}

static void push(struct audit *audit, const struct entry *entry)
{
    if (audit->count == QUEUE_MAX) {
        metrics_add(METRIC_AUDIT_DROPPED, 0, entry->count);
        return;
    }
    audit->queue[(audit->first + audit->count++) % QUEUE_MAX] = *entry;
}

/* ---- writing ---- */

static void flush(struct audit *audit);

static void free_when_done(struct audit *audit)
{
    if (!audit->closed || audit->writing > 0)
        return;
    free(audit->queue);
    free(audit->lumps);
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
        audit->first = (audit->first + count) % QUEUE_MAX;
        audit->count -= count;
        if (audit->count >= WRITE_MAX && !audit->ended)
            flush(audit);
    }
    if (audit->ended)
        free_when_done(audit);
}

static const struct entry *entry_at(const struct audit *audit, size_t index)
{
    return &audit->queue[(audit->first + index) % QUEUE_MAX];
}

enum column { AT_MS, USER_ID, AUCTION_ID, CODE, AMOUNT, COUNT, ADDRESS, SKEW_MS, COLUMN_COUNT };

static void put_element(struct params *params, enum column column, const struct entry *entry)
{
    const char *code = verdict_info(entry->verdict)->code;
    switch (column) {
    case AT_MS: params_element_int(params, entry->at_ms); return;
    case USER_ID: params_element_int(params, entry->user_id); return;
    case AUCTION_ID: params_element_int(params, entry->auction_id); return;
    case CODE: params_element_text(params, code, strlen(code)); return;
    case AMOUNT: params_element_int(params, entry->amount); return;
    case COUNT: params_element_int(params, entry->count); return;
    case ADDRESS: params_element_text(params, entry->address, strlen(entry->address)); return;
    case SKEW_MS: params_element_int(params, entry->skew_ms); return;
    case COLUMN_COUNT: return;
    }
}

static void flush(struct audit *audit)
{
    if (audit->writing > 0 || audit->count == 0)
        return;
    audit->writing = audit->count < WRITE_MAX ? audit->count : WRITE_MAX;
    struct params params;
    params_init(&params);
    for (enum column column = 0; column < COLUMN_COUNT; column++) {
        params_array(&params, column == CODE || column == ADDRESS ? ELEMENT_TEXT : ELEMENT_INT,
                     audit->writing);
        for (size_t i = 0; i < audit->writing; i++)
            put_element(&params, column, entry_at(audit, i));
    }
    pool_run(audit->node->pool, SQL_AUDIT_APPEND, &params, on_written, audit);
    params_finish(&params);
}

/* ---- lumps ---- */

static void lump(struct audit *audit, const struct entry *entry)
{
    for (size_t i = 0; i < audit->lump_count; i++) {
        struct entry *known = &audit->lumps[i];
        if (known->user_id == entry->user_id && known->verdict == entry->verdict &&
            strcmp(known->address, entry->address) == 0) {
            known->count++;
            return;
        }
    }
    if (audit->lump_count == LUMPS_MAX)
        metrics_add(METRIC_AUDIT_DROPPED, 0, 1);
    else
        audit->lumps[audit->lump_count++] = *entry;
}

static void release_lumps(struct audit *audit, int64_t before_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < audit->lump_count; i++) {
        if (audit->lumps[i].at_ms <= before_ms)
            push(audit, &audit->lumps[i]);
        else
            audit->lumps[kept++] = audit->lumps[i];
    }
    audit->lump_count = kept;
}

static void on_timer(uv_timer_t *timer)
{
    struct audit *audit = timer->data;
    release_lumps(audit, node_now_ms(audit->node) - LUMP_MS);
    flush(audit);
}

/* ---- life ---- */

struct audit *audit_create(struct node *node)
{
    struct audit *audit = xcalloc(1, sizeof *audit);
    audit->node = node;
    audit->queue = xcalloc(QUEUE_MAX, sizeof *audit->queue);
    audit->lumps = xcalloc(LUMPS_MAX, sizeof *audit->lumps);
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
    release_lumps(ending, INT64_MAX);
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
    struct entry entry = {
        .at_ms = node_now_ms(audit->node),
        .user_id = user_id,
        .auction_id = auction_id,
        .amount = amount,
        .skew_ms = skew_ms > SKEW_NOTED_MS || skew_ms < -SKEW_NOTED_MS ? skew_ms : 0,
        .count = 1,
        .verdict = verdict,
    };
    size_t size = strnlen(address, sizeof entry.address - 1);
    memcpy(entry.address, address, size);
    if (is_flood(verdict)) {
        entry.amount = 0; /* a lump speaks of many */
        lump(audit, &entry);
    } else {
        push(audit, &entry);
        if (audit->count >= WRITE_MAX)
            flush(audit);
    }
}

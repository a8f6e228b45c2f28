/* See audit_queue.h. */
#include "core/store/audit_queue.h"

#include "core/base/alloc.h"

#include <stdlib.h>
#include <string.h>

#define QUEUE_MAX     16384 /* entries waiting */
#define LUMPS_MAX     1024
#define SKEW_NOTED_MS 5000 /* a client's clock this far off is worth a note */

struct row {
    struct audit_entry entry;
    int count;
};

struct audit_queue {
    struct row *rows; /* a ring */
    size_t first, count;
    struct row *lumps;
    size_t lump_count;
};

struct audit_queue *audit_queue_create(void)
{
    struct audit_queue *queue = xcalloc(1, sizeof *queue);
    queue->rows = xcalloc(QUEUE_MAX, sizeof *queue->rows);
    queue->lumps = xcalloc(LUMPS_MAX, sizeof *queue->lumps);
    return queue;
}

void audit_queue_destroy(struct audit_queue **queue)
{
    if (*queue == NULL)
        return;
    free((*queue)->rows);
    free((*queue)->lumps);
    free(*queue);
    *queue = NULL;
}

static int push(struct audit_queue *queue, const struct row *row)
{
    if (queue->count == QUEUE_MAX)
        return row->count;
    queue->rows[(queue->first + queue->count++) % QUEUE_MAX] = *row;
    return 0;
}

/* ---- lumps ---- */

static bool is_flood(enum verdict verdict)
{
    return verdict == VERDICT_UNAUTHENTICATED || verdict == VERDICT_FORBIDDEN ||
           verdict == VERDICT_INVALID_MESSAGE || verdict == VERDICT_RATE_LIMITED;
}

static int lump(struct audit_queue *queue, const struct audit_entry *entry)
{
    for (size_t i = 0; i < queue->lump_count; i++) {
        struct row *known = &queue->lumps[i];
        if (known->entry.user_id == entry->user_id && known->entry.verdict == entry->verdict &&
            strcmp(known->entry.address, entry->address) == 0) {
            known->count++;
            return 0;
        }
    }
    if (queue->lump_count == LUMPS_MAX)
        return 1;
    struct row *row = &queue->lumps[queue->lump_count++];
    *row = (struct row){*entry, 1};
    row->entry.amount = 0; /* it speaks of many */
    return 0;
}

int audit_queue_add(struct audit_queue *queue, const struct audit_entry *entry)
{
    struct row row = {*entry, 1};
    if (entry->skew_ms <= SKEW_NOTED_MS && entry->skew_ms >= -SKEW_NOTED_MS)
        row.entry.skew_ms = 0;
    return is_flood(entry->verdict) ? lump(queue, &row.entry) : push(queue, &row);
}

int audit_queue_release(struct audit_queue *queue, int64_t before_ms)
{
    size_t kept = 0;
    int dropped = 0;
    for (size_t i = 0; i < queue->lump_count; i++) {
        if (queue->lumps[i].entry.at_ms <= before_ms)
            dropped += push(queue, &queue->lumps[i]);
        else
            queue->lumps[kept++] = queue->lumps[i];
    }
    queue->lump_count = kept;
    return dropped;
}

/* ---- writing ---- */

enum column { AT_MS, USER_ID, AUCTION_ID, CODE, AMOUNT, COUNT, ADDRESS, SKEW_MS, COLUMN_COUNT };

static void put_element(struct params *params, enum column column, const struct row *row)
{
    const struct audit_entry *entry = &row->entry;
    const char *code = verdict_info(entry->verdict)->code;
    switch (column) {
    case AT_MS: params_element_int(params, entry->at_ms); return;
    case USER_ID: params_element_int(params, entry->user_id); return;
    case AUCTION_ID: params_element_int(params, entry->auction_id); return;
    case CODE: params_element_text(params, code, strlen(code)); return;
    case AMOUNT: params_element_int(params, entry->amount); return;
    case COUNT: params_element_int(params, row->count); return;
    case ADDRESS: params_element_text(params, entry->address, strlen(entry->address)); return;
    case SKEW_MS: params_element_int(params, entry->skew_ms); return;
    case COLUMN_COUNT: return;
    }
}

size_t audit_queue_count(const struct audit_queue *queue)
{
    return queue->count;
}

size_t audit_queue_params(const struct audit_queue *queue, struct params *params)
{
    size_t count = queue->count < AUDIT_WRITE_MAX ? queue->count : AUDIT_WRITE_MAX;
    if (count == 0)
        return 0;
    params_init(params);
    for (enum column column = 0; column < COLUMN_COUNT; column++) {
        params_array(params, column == CODE || column == ADDRESS ? ELEMENT_TEXT : ELEMENT_INT, count);
        for (size_t i = 0; i < count; i++)
            put_element(params, column, &queue->rows[(queue->first + i) % QUEUE_MAX]);
    }
    return count;
}

void audit_queue_drop(struct audit_queue *queue, size_t count)
{
    queue->first = (queue->first + count) % QUEUE_MAX;
    queue->count -= count;
}

/* A ring of jobs under one lock. Jobs take milliseconds at least, so the lock is never what one waits for. */
#include "rest/jobs/slow.h"

#include "core/base/alloc.h"
#include "rest/meters.h"

#include <pthread.h>
#include <stdlib.h>

struct item {
    slow_job *job;
    void *context;
};

struct slow {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopped;
    enum slow_kind kind;
    int limit;
    int first, waiting;
    struct item *ring; /* `limit` items, owned */
    int threads;
    pthread_t *ids; /* owned */
};

/* The next job, or false when there is none and none will come. */
static bool take(struct slow *slow, struct item *out)
{
    pthread_mutex_lock(&slow->lock);
    while (slow->waiting == 0 && !slow->stopped)
        pthread_cond_wait(&slow->wake, &slow->lock);
    bool found = slow->waiting > 0;
    if (found) {
        *out = slow->ring[slow->first];
        slow->first = (slow->first + 1) % slow->limit;
        slow->waiting--;
        metrics_set(METER_SLOW_WAITING, slow->kind, slow->waiting);
    }
    pthread_mutex_unlock(&slow->lock);
    return found;
}

static void *run(void *context)
{
    struct slow *slow = context;
    struct item item;
    while (take(slow, &item))
        item.job(item.context);
    return NULL;
}

struct slow *slow_create(enum slow_kind kind, int threads, int queue_limit)
{
    struct slow *slow = xcalloc(1, sizeof *slow);
    slow->kind = kind;
    pthread_mutex_init(&slow->lock, NULL);
    pthread_cond_init(&slow->wake, NULL);
    slow->limit = queue_limit;
    slow->ring = xcalloc((size_t)queue_limit, sizeof *slow->ring);
    slow->threads = threads;
    slow->ids = xcalloc((size_t)threads, sizeof *slow->ids);
    for (int i = 0; i < threads; i++)
        if (pthread_create(&slow->ids[i], NULL, run, slow) != 0)
            abort();
    return slow;
}

void slow_stop(struct slow *slow)
{
    pthread_mutex_lock(&slow->lock);
    slow->stopped = true;
    pthread_cond_broadcast(&slow->wake);
    pthread_mutex_unlock(&slow->lock);
    for (int i = 0; i < slow->threads; i++)
        pthread_join(slow->ids[i], NULL);
    slow->threads = 0;
}

void slow_destroy(struct slow **slow)
{
    if (*slow == NULL)
        return;
    pthread_cond_destroy(&(*slow)->wake);
    pthread_mutex_destroy(&(*slow)->lock);
    free((*slow)->ring);
    free((*slow)->ids);
    free(*slow);
    *slow = NULL;
}

bool slow_submit(struct slow *slow, slow_job *job, void *context)
{
    pthread_mutex_lock(&slow->lock);
    bool taken = !slow->stopped && slow->waiting < slow->limit;
    if (taken) {
        slow->ring[(slow->first + slow->waiting) % slow->limit] = (struct item){job, context};
        slow->waiting++;
        metrics_set(METER_SLOW_WAITING, slow->kind, slow->waiting);
        pthread_cond_signal(&slow->wake);
    }
    pthread_mutex_unlock(&slow->lock);
    if (!taken)
        metrics_add(METER_SLOW_REFUSED, slow->kind, 1);
    return taken;
}

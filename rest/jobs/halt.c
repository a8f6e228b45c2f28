/* On the monotonic clock, so that setting the machine's time neither hurries nor delays a turn. */
#include "rest/jobs/halt.h"

#include <stdlib.h>
#include <time.h>

void halt_init(struct halt *halt)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (pthread_mutex_init(&halt->lock, NULL) != 0 || pthread_cond_init(&halt->wake, &attributes) != 0)
        abort();
    pthread_condattr_destroy(&attributes);
    atomic_init(&halt->stopping, false);
}

void halt_finish(struct halt *halt)
{
    pthread_cond_destroy(&halt->wake);
    pthread_mutex_destroy(&halt->lock);
}

void halt_now(struct halt *halt)
{
    pthread_mutex_lock(&halt->lock);
    atomic_store(&halt->stopping, true);
    pthread_cond_broadcast(&halt->wake);
    pthread_mutex_unlock(&halt->lock);
}

bool halt_wait(struct halt *halt, int64_t wait_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += wait_ms % 1000 * 1000000;
    until.tv_sec += wait_ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&halt->lock);
    while (!atomic_load(&halt->stopping) && pthread_cond_timedwait(&halt->wake, &halt->lock, &until) == 0)
        continue;
    pthread_mutex_unlock(&halt->lock);
    return atomic_load(&halt->stopping);
}

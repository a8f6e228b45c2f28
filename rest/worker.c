/* A thread-specific key rather than a table of threads: libmicrohttpd makes and ends its threads as it likes,
 * and the key's destructor runs in each of them. */
#include "rest/worker.h"

#include "core/base/alloc.h"

#include <pthread.h>
#include <stdlib.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t worker_key;

static void worker_destroy(void *memory)
{
    struct worker *worker = memory;
    db_destroy(&worker->db);
    redis_blocking_destroy(&worker->redis);
    redis_blocking_destroy(&worker->limits);
    free(worker);
}

static void make_key(void)
{
    if (pthread_key_create(&worker_key, worker_destroy) != 0)
        abort();
}

struct worker *worker_of_thread(const struct service *service)
{
    pthread_once(&once, make_key);
    struct worker *worker = pthread_getspecific(worker_key);
    if (worker != NULL)
        return worker;
    worker = xmalloc(sizeof *worker);
    *worker = (struct worker){
        .db = db_create(config_text(service->config, "DATABASE_URL"), "seri-rest"),
        .redis =
            redis_blocking_create(config_text(service->config, "REDIS_URL"), "seri-rest", REDIS_BLOCKING_MS),
        .limits = redis_blocking_create(config_text(service->config, "REDIS_URL"), "seri-rest-limits",
                                        (int)config_int(service->config, "LIMIT_REDIS_TIMEOUT_MS")),
    };
    if (pthread_setspecific(worker_key, worker) != 0)
        abort();
    return worker;
}

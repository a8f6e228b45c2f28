/* How many statements a second one node's pool carries: bench_pool URL [REQUESTS [CONNECTIONS]]. The database
 * must be migrated; the statement reads the list of migrations. All requests are queued at once, so the
 * pipelines are always full. */
#include "core/store/pool.h"
#include "core/base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static struct pool *pool;
static int64_t wanted = 200000;
static int64_t answered, failed;

static void count(const struct db_answer *answer, void *context)
{
    (void)context;
    failed += answer->outcome != DB_DONE;
    if (++answered == wanted)
        pool_destroy(&pool, NULL, NULL);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fputs("Usage: bench_pool URL [REQUESTS [CONNECTIONS]]\n", stderr);
        return 2;
    }
    if (argc > 2)
        wanted = strtol(argv[2], NULL, 10);
    int connections = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 4;
    uv_loop_t loop;
    uv_loop_init(&loop);
    struct pool_options options = {argv[1], "bench", connections, (int)wanted, 60000};
    pool = pool_create(&loop, &options);
    while (pool_connected(pool) < connections)
        uv_run(&loop, UV_RUN_ONCE);

    int64_t began_us = clock_monotonic_us();
    for (int64_t i = 0; i < wanted; i++)
        pool_run(pool, SQL_SCHEMA_MIGRATIONS_LIST, NULL, count, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    double seconds = (double)(clock_monotonic_us() - began_us) / 1e6;
    printf("%" PRId64 " statements over %d connections in %.2f s: %.0f a second, %" PRId64 " failed\n",
           answered, connections, seconds, (double)answered / seconds, failed);
    return failed > 0;
}

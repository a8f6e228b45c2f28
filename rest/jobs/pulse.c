/* A turn: look at the meters, write what came since the last turn, tell Redis, wait. The database is asked
 * whether it is there as well, on a connection of the thread's own. */
#include "rest/jobs/pulse.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/proc.h"
#include "core/base/uuid.h"
#include "core/bus/redis_blocking.h"
#include "core/bus/vitals.h"
#include "core/store/db.h"
#include "rest/jobs/halt.h"
#include "rest/meters.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What only grows, as it was at one moment. */
struct sums {
    int64_t at_ms; /* monotonic */
    int64_t answered, refused, failed;
    struct metrics_buckets durations;
};

struct pulse {
    const struct service *service;
    struct halt halt;
    pthread_t thread;
    char name[64], identity[96];
    int64_t started_at_ms;
    int statm; /* descriptor */
    struct sums before;
    pthread_mutex_t lock; /* of what follows */
    struct buffer told;
};

static struct sums add_up(void)
{
    struct sums sums = {
        .at_ms = clock_monotonic_ms(),
        .refused = metrics_total(METER_ANSWERS_4XX),
        .failed = metrics_total(METER_ANSWERS_5XX),
    };
    sums.answered = metrics_total(METER_ANSWERS_2XX) + sums.refused + sums.failed;
    metrics_look(METER_REQUEST_MS, &sums.durations);
    return sums;
}

static void write_head(struct json *json, const struct pulse *pulse, int64_t interval_ms, bool postgresql)
{
    int64_t pages = proc_number(pulse->statm, 1);
    struct vitals_head head = {
        .program = "seri-rest",
        .name = pulse->name,
        .identity = pulse->identity,
        .port = config_int(pulse->service->config, "REST_PORT"),
        .started_at_ms = pulse->started_at_ms,
        .interval_ms = interval_ms,
        .memory_bytes = pages > 0 ? pages * sysconf(_SC_PAGESIZE) : 0,
        .draining = atomic_load(&pulse->service->draining),
        .postgresql = postgresql,
    };
    vitals_write_head(json, &head);
}

static void write_figures(struct buffer *out, const struct pulse *pulse, const struct sums *now,
                          bool postgresql)
{
    const struct sums *before = &pulse->before;
    struct json json = json_start(out);
    json_object(&json, NULL);
    write_head(&json, pulse, now->at_ms - before->at_ms, postgresql);
    json_int(&json, "connections", metrics_value(METER_CONNECTIONS, 0));
    json_int(&json, "inFlight", metrics_value(METER_IN_FLIGHT, 0));
    json_int(&json, "queue", metrics_total(METER_SLOW_WAITING));
    json_int(&json, "requests", now->answered - before->answered);
    json_int(&json, "refused", now->refused - before->refused);
    json_int(&json, "errors", now->failed - before->failed);
    json_int_or_null(&json, "requestP50Us", metrics_quantile_us(&before->durations, &now->durations, 500),
                     -1);
    json_int_or_null(&json, "requestP99Us", metrics_quantile_us(&before->durations, &now->durations, 990),
                     -1);
    json_object_end(&json);
}

static void tell(struct pulse *pulse, struct redis_blocking *redis)
{
    struct vitals_command command;
    pthread_mutex_lock(&pulse->lock);
    vitals_tell(&command, pulse->identity, pulse->told.data, pulse->told.size);
    pthread_mutex_unlock(&pulse->lock); /* only this thread writes it */
    freeReplyObject(redis_blocking_command(redis, command.count, command.arguments, command.sizes));
}

static void look(struct pulse *pulse, struct db *db)
{
    bool postgresql = db != NULL && db_ready(db, NULL);
    struct sums now = add_up();
    pthread_mutex_lock(&pulse->lock);
    buffer_clear(&pulse->told);
    write_figures(&pulse->told, pulse, &now, postgresql);
    pthread_mutex_unlock(&pulse->lock);
    pulse->before = now;
}

static void *run(void *context)
{
    struct pulse *pulse = context;
    const struct config *config = pulse->service->config;
    struct db *db = db_create(config_text(config, "DATABASE_URL"), "seri-rest-pulse");
    struct redis_blocking *redis =
        redis_blocking_create(config_text(config, "REDIS_URL"), "seri-rest-pulse", REDIS_BLOCKING_MS);
    while (!halt_wait(&pulse->halt, VITALS_EVERY_MS)) {
        look(pulse, db);
        tell(pulse, redis);
    }
    struct vitals_command command;
    vitals_end(&command, pulse->identity);
    freeReplyObject(redis_blocking_command(redis, command.count, command.arguments, command.sizes));
    redis_blocking_destroy(&redis);
    db_destroy(&db);
    return NULL;
}

/* Names of processes come again; what stands in Redis under this one must not be taken for another's. */
static void name_incarnation(struct pulse *pulse)
{
    uint64_t incarnation;
    random_bytes(&incarnation, sizeof incarnation);
    snprintf(pulse->name, sizeof pulse->name, "seri-rest:%d:%d",
             (int)config_int(pulse->service->config, "REST_PORT"), (int)getpid());
    snprintf(pulse->identity, sizeof pulse->identity, "%s:%016" PRIx64, pulse->name, incarnation);
}

struct pulse *pulse_start(const struct service *service)
{
    struct pulse *pulse = xcalloc(1, sizeof *pulse);
    pulse->service = service;
    pulse->started_at_ms = clock_wall_ms();
    pulse->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    pulse->before = add_up();
    name_incarnation(pulse);
    halt_init(&pulse->halt);
    pthread_mutex_init(&pulse->lock, NULL);
    buffer_init(&pulse->told, VITALS_TEXT_MAX);
    look(pulse, NULL); /* so that there is something to be shown from the start */
    if (pthread_create(&pulse->thread, NULL, run, pulse) != 0)
        abort();
    return pulse;
}

void pulse_stop(struct pulse **pulse)
{
    struct pulse *ending = *pulse;
    if (ending == NULL)
        return;
    *pulse = NULL;
    halt_now(&ending->halt);
    pthread_join(ending->thread, NULL);
    halt_finish(&ending->halt);
    pthread_mutex_destroy(&ending->lock);
    buffer_finish(&ending->told);
    if (ending->statm >= 0)
        close(ending->statm);
    free(ending);
}

void pulse_copy(struct pulse *pulse, struct buffer *out)
{
    pthread_mutex_lock(&pulse->lock);
    buffer_append(out, pulse->told.data, pulse->told.size);
    pthread_mutex_unlock(&pulse->lock);
}

const char *pulse_identity(const struct pulse *pulse)
{
    return pulse->identity;
}

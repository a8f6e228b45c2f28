/* hiredis' own blocking calls. A failure of any kind closes the connection, for a late reply would be taken
 * for the next one's. */
#include "core/bus/redis_blocking.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/bus/redis_url.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REST_MS 1000

struct redis_blocking {
    struct redis_url url;
    char *name;
    struct timeval time_out;
    struct redis_greeting greeting;
    redisContext *connection; /* NULL: none */
    int64_t rests_until_ms;   /* no attempt before; monotonic */
    char reason[160];         /* of the last failure; "": none since Redis answered */
};

struct redis_blocking *redis_blocking_create(const char *url, const char *name, int time_out_ms)
{
    struct redis_blocking *redis = xcalloc(1, sizeof *redis);
    redis_url_parse_checked(url, &redis->url);
    redis->name = xstrdup(name);
    redis->time_out = (struct timeval){.tv_sec = time_out_ms / 1000, .tv_usec = (time_out_ms % 1000) * 1000L};
    redis_greeting_make(&redis->url, redis->name, &redis->greeting);
    return redis;
}

static void disconnect(struct redis_blocking *redis)
{
    if (redis->connection != NULL)
        redisFree(redis->connection);
    redis->connection = NULL;
}

void redis_blocking_destroy(struct redis_blocking **redis)
{
    if (*redis == NULL)
        return;
    disconnect(*redis);
    free((*redis)->name);
    free(*redis);
    *redis = NULL;
}

static void fail(struct redis_blocking *redis, const char *reason)
{
    if (strncmp(redis->reason, reason, sizeof redis->reason - 1) != 0)
        log_warn("Redis is away", log_text("host", redis->url.host), log_number("port", redis->url.port),
                 log_text("reason", reason));
    snprintf(redis->reason, sizeof redis->reason, "%s", reason);
    disconnect(redis);
    redis->rests_until_ms = clock_monotonic_ms() + REST_MS;
}

/* What hiredis says of the last call. A time-out is EAGAIN to it, and would read "Resource temporarily
 * unavailable". */
static void fail_connection(struct redis_blocking *redis)
{
    const redisContext *connection = redis->connection;
    bool timed_out = connection != NULL && connection->err == REDIS_ERR_IO && errno == EAGAIN;
    if (connection == NULL)
        fail(redis, "out of memory");
    else
        fail(redis, timed_out ? "no answer in time" : connection->errstr);
}

static bool greet(struct redis_blocking *redis)
{
    for (int i = 0; i < redis->greeting.count; i++) {
        struct redis_greeting_step *step = &redis->greeting.steps[i];
        redisAppendCommandArgv(redis->connection, step->count, step->arguments, NULL);
    }
    for (int i = 0; i < redis->greeting.count; i++) {
        const struct redis_greeting_step *step = &redis->greeting.steps[i];
        void *answer = NULL;
        if (redisGetReply(redis->connection, &answer) != REDIS_OK) {
            fail_connection(redis);
            return false;
        }
        const redisReply *reply = answer;
        bool refused = reply->type == REDIS_REPLY_ERROR && !step->optional;
        char reason[160] = "";
        if (refused)
            redis_greeting_fault(step, reply->str, reason, sizeof reason);
        freeReplyObject(answer);
        if (refused) {
            fail(redis, reason);
            return false;
        }
    }
    return true;
}

static bool connect_now(struct redis_blocking *redis)
{
    redis->connection = redisConnectWithTimeout(redis->url.host, redis->url.port, redis->time_out);
    if (redis->connection == NULL || redis->connection->err != 0 ||
        redisSetTimeout(redis->connection, redis->time_out) != REDIS_OK) {
        fail_connection(redis);
        return false;
    }
    if (!greet(redis))
        return false;
    redis->reason[0] = '\0';
    return true;
}

/* Redis says nothing unasked: something to read before the question is the end of the connection. Found out
 * now, it costs a reconnect and not the command, as after a restart of Redis. */
static bool is_stale(const redisContext *connection)
{
    struct pollfd socket = {.fd = connection->fd, .events = POLLIN};
    return poll(&socket, 1, 0) != 0;
}

static bool be_connected(struct redis_blocking *redis)
{
    if (redis->connection != NULL && is_stale(redis->connection))
        disconnect(redis);
    if (redis->connection != NULL)
        return true;
    return clock_monotonic_ms() >= redis->rests_until_ms && connect_now(redis);
}

redisReply *redis_blocking_command(struct redis_blocking *redis, int count, const char *const *arguments,
                                   const size_t *sizes)
{
    if (!be_connected(redis))
        return NULL;
    redisReply *reply = redisCommandArgv(redis->connection, count, (const char **)arguments, sizes);
    if (reply == NULL)
        fail_connection(redis);
    return reply;
}

bool redis_blocking_ready(struct redis_blocking *redis, struct error *error)
{
    static const char *const ping[] = {"PING"};
    redisReply *reply = redis_blocking_command(redis, 1, ping, NULL);
    bool ready = reply != NULL && reply->type == REDIS_REPLY_STATUS;
    if (reply == NULL)
        error_set(error, "Redis: %s", redis->reason);
    else if (!ready)
        error_set(error, "Redis: %s", reply->type == REDIS_REPLY_ERROR ? reply->str : "no PONG");
    freeReplyObject(reply);
    return ready;
}

/* Two connections because a subscribed one takes no other commands. A reply belongs to the oldest command in
 * flight; a message to whoever holds the channel. Nothing is repeated on return but subscriptions: whether a
 * lost command was executed, nobody knows.
 *
 * "Connected" means that commands pass and that Redis has confirmed every subscription: whoever catches up
 * from the ledger when told so cannot fall between the two. */
#include "core/bus/redis.h"

#include "core/base/alloc.h"
#include "core/bus/channel_set.h"
#include "core/bus/redis_link.h"

#include <stdlib.h>
#include <string.h>

#define SUBSCRIBE_BATCH 100 /* channels a command: long commands would keep Redis from its other clients */

struct request {
    redis_callback callback; /* may be NULL */
    void *context;
};

/* First in, first out; a ring that grows. */
struct request_queue {
    struct request *list;
    size_t capacity;
    size_t first;
    size_t count;
};

enum subscriber_state {
    SUBSCRIBER_AWAY,
    SUBSCRIBER_RENEWING, /* all channels are asked for; the PING behind them is not answered yet */
    SUBSCRIBER_STANDING,
};

struct redis {
    struct redis_link *commands, *subscriptions;
    int closing; /* links and handles that are still to close; 0: redis_destroy was not called */
    uv_idle_t refuser;

    struct request_queue in_flight;
    size_t queue_limit;
    struct request_queue refused; /* told so by `refuser`, in the turn after they were asked for */
    uint64_t dropped;

    bool commands_ready;
    enum subscriber_state subscriber;
    struct channel_set channels;
    redis_message_callback on_message;
    void *message_context;

    bool told_connected;
    void (*on_state)(bool connected, void *context);
    void *state_context;
    void (*on_done)(void *context);
    void *done_context;
    char *name;
};

/* ---- requests ---- */

static void queue_push(struct request_queue *queue, struct request request)
{
    if (queue->count == queue->capacity) {
        size_t capacity = queue->capacity > 0 ? queue->capacity * 2 : 16;
        struct request *list = xcalloc(capacity, sizeof *list);
        for (size_t i = 0; i < queue->count; i++)
            list[i] = queue->list[(queue->first + i) % queue->capacity];
        free(queue->list);
        *queue = (struct request_queue){.list = list, .capacity = capacity, .count = queue->count};
    }
    queue->list[(queue->first + queue->count++) % queue->capacity] = request;
}

static struct request queue_pop(struct request_queue *queue)
{
    struct request request = queue->list[queue->first];
    queue->first = (queue->first + 1) % queue->capacity;
    queue->count--;
    return request;
}

/* Tells those who are in the queue now that they get no reply. What their callbacks ask for comes into a new
 * queue. */
static void refuse_all(struct request_queue *queue)
{
    struct request_queue leaving = *queue;
    *queue = (struct request_queue){0};
    while (leaving.count > 0) {
        struct request request = queue_pop(&leaving);
        if (request.callback != NULL)
            request.callback(NULL, request.context);
    }
    free(leaving.list);
}

static void on_refuse(uv_idle_t *refuser)
{
    struct redis *redis = refuser->data;
    uv_idle_stop(refuser);
    refuse_all(&redis->refused);
}

void redis_command(struct redis *redis, int count, const char *const *arguments, const size_t *sizes,
                   redis_callback callback, void *context)
{
    const struct request request = {callback, context};
    if (redis->in_flight.count < redis->queue_limit &&
        redis_link_send(redis->commands, count, arguments, sizes)) {
        queue_push(&redis->in_flight, request);
        return;
    }
    redis->dropped++;
    if (callback == NULL)
        return;
    queue_push(&redis->refused, request);
    uv_idle_start(&redis->refuser, on_refuse);
}

uint64_t redis_dropped(const struct redis *redis)
{
    return redis->dropped;
}

/* ---- state ---- */

bool redis_is_connected(const struct redis *redis)
{
    return redis->commands_ready && redis->subscriber == SUBSCRIBER_STANDING;
}

static void tell_state(struct redis *redis)
{
    bool connected = redis_is_connected(redis);
    if (connected == redis->told_connected)
        return;
    redis->told_connected = connected;
    if (redis->on_state != NULL)
        redis->on_state(connected, redis->state_context);
}

/* ---- the link for commands ---- */

static void commands_on_ready(void *context)
{
    struct redis *redis = context;
    redis->commands_ready = true;
    tell_state(redis);
}

static void commands_on_reply(const redisReply *reply, void *context)
{
    struct redis *redis = context;
    if (redis->in_flight.count == 0) {
        redis_link_abandon(redis->commands, "a reply to nothing");
        return;
    }
    struct request request = queue_pop(&redis->in_flight);
    if (request.callback != NULL)
        request.callback(reply, request.context);
}

static void commands_on_quiet(void *context)
{
    struct redis *redis = context;
    static const char *const ping[] = {"PING"};
    if (redis->in_flight.count == 0 && redis_link_send(redis->commands, 1, ping, NULL))
        queue_push(&redis->in_flight, (struct request){0});
}

static void commands_on_lost(void *context)
{
    struct redis *redis = context;
    redis->commands_ready = false;
    redis->dropped += redis->in_flight.count;
    tell_state(redis);
    refuse_all(&redis->in_flight);
}

/* ---- the link for subscriptions ---- */

/* A change that cannot be sent would leave Redis with other subscriptions than ours; a new connection starts
 * from the set. */
static void send_subscription(struct redis *redis, int count, const char *const *arguments)
{
    if (!redis_link_send(redis->subscriptions, count, arguments, NULL))
        redis_link_abandon(redis->subscriptions, "too much to send");
}

static void subscriptions_on_quiet(void *context)
{
    struct redis *redis = context;
    static const char *const ping[] = {"PING"};
    send_subscription(redis, 1, ping);
}

static void subscriptions_on_ready(void *context)
{
    struct redis *redis = context;
    redis->subscriber = SUBSCRIBER_RENEWING;
    const char *arguments[1 + SUBSCRIBE_BATCH] = {"SUBSCRIBE"};
    int count = 1;
    struct channel_walk walk = {0};
    for (const char *name; (name = channel_set_next(&redis->channels, &walk)) != NULL;) {
        arguments[count++] = name;
        if (count > SUBSCRIBE_BATCH) {
            send_subscription(redis, count, arguments);
            count = 1;
        }
    }
    if (count > 1)
        send_subscription(redis, count, arguments);
    subscriptions_on_quiet(redis);
}

/* The answer to a PING, which is an array when there are subscriptions. */
static void take_pong(struct redis *redis)
{
    if (redis->subscriber == SUBSCRIBER_RENEWING) {
        redis->subscriber = SUBSCRIBER_STANDING;
        tell_state(redis);
    }
}

static bool is_string(const redisReply *reply, const char *text)
{
    return reply->type == REDIS_REPLY_STRING && strcmp(reply->str, text) == 0;
}

static void take_push(struct redis *redis, const redisReply *reply)
{
    if (reply->elements == 2 && is_string(reply->element[0], "pong")) {
        take_pong(redis);
        return;
    }
    if (reply->elements != 3 || !is_string(reply->element[0], "message"))
        return; /* subscribe and unsubscribe: the PONG behind them tells enough */
    const redisReply *channel = reply->element[1];
    const redisReply *message = reply->element[2];
    if (channel->type != REDIS_REPLY_STRING || message->type != REDIS_REPLY_STRING)
        return;
    /* One that was on its way when its channel was given up is nobody's. */
    if (redis->on_message != NULL && channel_set_has(&redis->channels, channel->str))
        redis->on_message(channel->str, message->str, message->len, redis->message_context);
}

static void subscriptions_on_reply(const redisReply *reply, void *context)
{
    struct redis *redis = context;
    if (reply->type == REDIS_REPLY_ARRAY)
        take_push(redis, reply);
    else if (reply->type == REDIS_REPLY_STATUS)
        take_pong(redis);
    else if (reply->type == REDIS_REPLY_ERROR)
        redis_link_abandon(redis->subscriptions, reply->str);
}

static void subscriptions_on_lost(void *context)
{
    struct redis *redis = context;
    redis->subscriber = SUBSCRIBER_AWAY;
    tell_state(redis);
}

void redis_on_message(struct redis *redis, redis_message_callback callback, void *context)
{
    redis->on_message = callback;
    redis->message_context = context;
}

void redis_subscribe(struct redis *redis, const char *channel)
{
    if (channel_set_add(&redis->channels, channel) && redis->subscriber != SUBSCRIBER_AWAY)
        send_subscription(redis, 2, (const char *const[]){"SUBSCRIBE", channel});
}

void redis_unsubscribe(struct redis *redis, const char *channel)
{
    if (channel_set_remove(&redis->channels, channel) && redis->subscriber != SUBSCRIBER_AWAY)
        send_subscription(redis, 2, (const char *const[]){"UNSUBSCRIBE", channel});
}

/* ---- life ---- */

static void on_part_closed(void *context)
{
    struct redis *redis = context;
    if (--redis->closing > 0)
        return;
    refuse_all(&redis->in_flight);
    refuse_all(&redis->refused);
    if (redis->on_done != NULL)
        redis->on_done(redis->done_context);
    channel_set_finish(&redis->channels);
    free(redis->name);
    free(redis);
}

static void on_refuser_closed(uv_handle_t *handle)
{
    on_part_closed(handle->data);
}

static const struct redis_link_owner commands_owner = {
    .on_ready = commands_on_ready,
    .on_reply = commands_on_reply,
    .on_quiet = commands_on_quiet,
    .on_lost = commands_on_lost,
    .on_closed = on_part_closed,
};

static const struct redis_link_owner subscriptions_owner = {
    .on_ready = subscriptions_on_ready,
    .on_reply = subscriptions_on_reply,
    .on_quiet = subscriptions_on_quiet,
    .on_lost = subscriptions_on_lost,
    .on_closed = on_part_closed,
};

struct redis *redis_create(uv_loop_t *loop, const struct redis_options *options)
{
    struct redis_url url;
    redis_url_parse_checked(options->url, &url);
    struct redis *redis = xcalloc(1, sizeof *redis);
    redis->queue_limit = (size_t)options->queue_limit;
    redis->on_state = options->on_state;
    redis->state_context = options->context;
    redis->name = xstrdup(options->name);
    channel_set_init(&redis->channels);
    uv_idle_init(loop, &redis->refuser);
    redis->refuser.data = redis;
    redis->commands = redis_link_create(loop, &url, redis->name, "commands", &commands_owner, redis);
    redis->subscriptions =
        redis_link_create(loop, &url, redis->name, "subscriptions", &subscriptions_owner, redis);
    return redis;
}

void redis_destroy(struct redis **redis, void (*done)(void *context), void *context)
{
    struct redis *ending = *redis;
    if (ending == NULL)
        return;
    *redis = NULL;
    ending->on_done = done;
    ending->done_context = context;
    ending->on_state = NULL;
    ending->on_message = NULL;
    ending->closing = 3;
    redis_link_close(ending->commands);
    redis_link_close(ending->subscriptions);
    uv_close((uv_handle_t *)&ending->refuser, on_refuser_closed);
}

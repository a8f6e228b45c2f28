/* Redis from a libuv loop: one connection for commands, one for subscriptions. Redis may vanish at any
 * moment: commands are then dropped with a count and their callback is told so; subscriptions are remembered
 * and made anew on return. Three seconds of silence count as gone. Reconnects for ever with pauses from 100
 * ms to 2 s. Nothing here is truth. The program ignores SIGPIPE. */
#pragma once

#include "core/base/error.h"

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct redis; /* opaque */

struct redis_options {
    /** redis://[:password@]host:port[/db] or redis://user:password@…; redis_url_check has seen it. Copied. */
    const char *url;
    const char *name; /* CLIENT SETNAME; copied */
    int queue_limit;  /* commands in flight; more are dropped */
    /** Both connections stand and every subscription is confirmed, or not any more: who catches up with the
     * ledger when told so misses nothing in between. Called from the loop alone; may be NULL. */
    void (*on_state)(bool connected, void *context);
    void *context;
};

/** True for a URL this module understands; else `error` says what is wrong. */
[[gnu::warn_unused_result]] bool redis_url_check(const char *url, struct error *error);

struct redis *redis_create(uv_loop_t *loop, const struct redis_options *options);
/** Closes everything; `done` (may be NULL) is called when the loop holds nothing of it any more. Commands
 * without a reply are told NULL before that; the other callbacks are not called again. Allowed in any
 * callback. */
void redis_destroy(struct redis **redis, void (*done)(void *context), void *context);

bool redis_is_connected(const struct redis *redis);

/** `reply` NULL: not executed, or nobody knows. Never called before the request returned. */
typedef void (*redis_callback)(const redisReply *reply, void *context);

/** Sends one command of `count` arguments. `callback` may be NULL. */
void redis_command(struct redis *redis, int count, const char *const *arguments, const size_t *sizes,
                   redis_callback callback, void *context);

/** A message on a subscribed channel; texts are borrowed for the call. */
typedef void (*redis_message_callback)(const char *channel, const char *message, size_t size, void *context);

/** Subscribes to a channel; subscribing again counts, and as many redis_unsubscribe end it, from when on no
 * message of it comes. All messages go to the one handler, each as it is read: it should put work off. */
void redis_on_message(struct redis *redis, redis_message_callback callback, void *context);
void redis_subscribe(struct redis *redis, const char *channel);
void redis_unsubscribe(struct redis *redis, const char *channel);

uint64_t redis_dropped(const struct redis *redis);

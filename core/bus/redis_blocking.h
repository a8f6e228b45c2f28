/* Redis from a thread that may wait a little: one lazily made connection, short time-outs, and after a
 * failure no new attempt for a second, so that a request never waits long for a Redis that is away. The
 * program ignores SIGPIPE. */
#pragma once

#include "core/base/error.h"

#include <hiredis/hiredis.h>
#include <stdbool.h>

struct redis_blocking; /* opaque; one thread at a time */

#define REDIS_BLOCKING_MS 200 /* as long as a request may well wait */

/** Both texts are copied; redis_url_check has seen the URL. Connecting and every command take `time_out_ms`
 * at most each; a command that takes longer costs the connection, so those of different patience have one
 * each.
 */
struct redis_blocking *redis_blocking_create(const char *url, const char *name, int time_out_ms);
void redis_blocking_destroy(struct redis_blocking **redis);

/** Runs one command. NULL when Redis cannot be reached; else owned by the caller (freeReplyObject). */
redisReply *redis_blocking_command(struct redis_blocking *redis, int count, const char *const *arguments,
                                   const size_t *sizes);

/** PING answered within the time-out. */
bool redis_blocking_ready(struct redis_blocking *redis, struct error *error);

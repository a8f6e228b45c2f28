/* One connection to Redis on a libuv loop: it finds the address, connects, introduces itself, hands out each
 * reply as it is read, notices silence, and begins anew for ever after a pause of 100 ms to 2 s. What a reply
 * belongs to is its owner's business. */
#pragma once

#include "core/bus/redis_url.h"

#include <hiredis/hiredis.h>
#include <stddef.h>
#include <uv.h>

struct redis_link; /* opaque */

/* None of these is called by a function of this header, only from the loop; each may call any of them. */
struct redis_link_owner {
    void (*on_ready)(void *context);                          /* redis_link_send works from now on */
    void (*on_reply)(const redisReply *reply, void *context); /* the reply is borrowed for the call */
    void (*on_quiet)(void *context);  /* nothing came for a second: a good moment for a PING */
    void (*on_lost)(void *context);   /* after on_ready: what is unanswered stays so */
    void (*on_closed)(void *context); /* after redis_link_close: the loop holds nothing, the link is gone */
};

/** `purpose` ("commands") stands in the log. `url` is copied; `name`, `purpose`, `owner` are borrowed as long
 * as the link lives. */
struct redis_link *redis_link_create(uv_loop_t *loop, const struct redis_url *url, const char *name,
                                     const char *purpose, const struct redis_link_owner *owner,
                                     void *context);
/** Of the owner's functions only on_closed is called after this. */
void redis_link_close(struct redis_link *link);

/** Sends one command with the others of this turn. False, and nothing sent, when the link is not ready or too
 * much waits to be sent. `sizes` NULL: the arguments are texts. */
[[gnu::warn_unused_result]] bool redis_link_send(struct redis_link *link, int count,
                                                 const char *const *arguments, const size_t *sizes);

/** Gives a ready connection up, in the next turn, as if it had been lost for `reason` (copied, goes to the
 * log), and begins anew. */
void redis_link_abandon(struct redis_link *link, const char *reason);

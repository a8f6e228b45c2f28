/* How often, over all processes: one Redis script a take. For each key Redis keeps the moments of its
 * latest takes, newest first, as many as the limit has; so a limit holds over any minute, not over
 * the clock's, and the moment at which the next take will be good is known. The clock is Redis' own,
 * hence the same for all. A refused take is not counted: who keeps knocking does not lock himself out.
 *
 * This builds the command and reads the reply. Who sends it is the caller's matter: a thread that may wait
 * (redis_blocking.h) or a loop that may not (redis.h). */
#pragma once

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdint.h>

#define RATE_WINDOW_MS INT64_C(60000)
#define RATE_ARGUMENTS 6
#define RATE_KEY_SIZE  64

/** How a key stands after a take. */
struct rate_state {
    int64_t limit;     /* 0: there is none, and the rest says nothing */
    int64_t remaining; /* takes left at this moment */
    int64_t reset_ms;  /* until there is one more than now */
};

/** A command put together; self-contained, so not to be copied. */
struct rate_command {
    const char *arguments[RATE_ARGUMENTS];
    size_t sizes[RATE_ARGUMENTS];
    char key[RATE_KEY_SIZE], limit[24], window[24];
};

/** One take of `key` of that kind ("bid", "login" …), of which `limit` (> 0) in any `window_ms` are good. The
 * key itself (an address, an e-mail) does not reach Redis, only its digest. */
void rate_build(struct rate_command *command, const char *kind, const char *key, int64_t limit,
                int64_t window_ms);

/** Reads the reply; false when it is none of the script's (NULL, an error). `*good` tells the verdict. */
[[gnu::warn_unused_result]] bool rate_read(const redisReply *reply, int64_t limit, bool *good,
                                           struct rate_state *out);

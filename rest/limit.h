/* How often: so many a minute and key. Redis counts for all processes (core/bus/rate.h); this process counts
 * along in a table of its own, which decides while Redis is away or too slow to be waited for, and which
 * remembers whom Redis has refused until when, so that a flood is turned away without asking anybody.
 *
 * The table has fixed windows of a minute, is bounded, and when a part of it is full the oldest window there
 * gives way: a flood of new keys costs old ones their count, and never memory. */
#pragma once

#include "core/bus/rate.h"
#include "core/bus/redis_blocking.h"

enum limit_kind {
    LIMIT_VISITOR,       /* by address, as address_neighbourhood has it */
    LIMIT_USER,          /* by user */
    LIMIT_ADDRESS,       /* of logged-in users, by address */
    LIMIT_LOGIN,         /* by account and address: guessing one password */
    LIMIT_LOGIN_ACCOUNT, /* by account: guessing it from everywhere */
    LIMIT_LOGIN_ADDRESS, /* by address: guessing, or registering, whatever the account */
    LIMIT_BID,           /* new bids, by user */
    LIMIT_KIND_COUNT
};

/** The kinds' names as in Redis' keys and in metrics, NULL after the last. */
extern const char *const limit_kind_names[LIMIT_KIND_COUNT + 1];

struct limiter; /* opaque; any thread */

/** `limits` are requests a minute for each kind; 0: no limit. */
struct limiter *limiter_create(const int64_t limits[LIMIT_KIND_COUNT]);
void limiter_destroy(struct limiter **limiter);

/** Counts one request of `key`; false when it is over the limit. `redis` is the calling thread's; NULL: this
 * process counts alone. `now_ms` is the monotonic clock's. */
[[gnu::warn_unused_result]] bool limiter_take(struct limiter *limiter, struct redis_blocking *redis,
                                              enum limit_kind kind, const char *key, int64_t now_ms,
                                              struct rate_state *out);

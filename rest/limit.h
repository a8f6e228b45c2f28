/* How often: fixed windows of one minute, counted per key in this process. The table is bounded; when it is
 * full the oldest window of a set gives way, so a flood of new keys costs old ones their count and never
 * memory. A count that all processes share would stand behind the same function: a key, a limit, a window. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum limit_kind {
    LIMIT_VISITOR, /* by address, as address_neighbourhood has it */
    LIMIT_USER,    /* by user */
    LIMIT_ADDRESS, /* of logged-in users, by address */
    LIMIT_LOGIN,   /* by account and address */
    LIMIT_KIND_COUNT
};

/** How a window stands after a request. */
struct limit_state {
    int64_t limit;     /* 0: there is none, and the rest says nothing */
    int64_t remaining; /* requests left in the window */
    int64_t reset_ms;  /* until the window ends */
};

struct limiter; /* opaque; any thread */

/** `limits` are requests a minute for each kind; 0: no limit. */
struct limiter *limiter_create(const int64_t limits[LIMIT_KIND_COUNT]);
void limiter_destroy(struct limiter **limiter);

/** Counts one request of `key`; false when it is over the limit. `now_ms` is the monotonic clock's. */
[[gnu::warn_unused_result]] bool limiter_take(struct limiter *limiter, enum limit_kind kind, const char *key,
                                              int64_t now_ms, struct limit_state *out);

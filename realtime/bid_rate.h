/* How many new bids each user made at this node within the last minute (check 4). Exact: the moments are
 * kept. Bounded: users who have been silent for a minute are forgotten, and beyond a number of users no one
 * can have, nobody more is counted. Pure: it is told the time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct bid_rate; /* opaque */

/** `per_minute` 0: no limit, and nothing is kept. */
struct bid_rate *bid_rate_create(int per_minute);
void bid_rate_destroy(struct bid_rate **rate);

/** Counts one bid. False when it is one too many: then nothing is counted, and `*retry_after_ms` tells when
 * the next one may come. Time never runs backwards by more than a correction of the clock. */
[[gnu::warn_unused_result]] bool bid_rate_take(struct bid_rate *rate, int64_t user, int64_t now_ms,
                                               int64_t *retry_after_ms);

/** The bid counted last was none. */
void bid_rate_give_back(struct bid_rate *rate, int64_t user);

/** How many more the user may make now; -1: not limited. */
int bid_rate_left(const struct bid_rate *rate, int64_t user, int64_t now_ms);

/** Forgets the silent. To be called now and then. */
void bid_rate_sweep(struct bid_rate *rate, int64_t now_ms);

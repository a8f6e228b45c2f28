/* This node's clock, disciplined to the database's, which is the only clock of a sale. A sample is (sent,
 * database time, received) on the monotonic clock; the sample with the shortest round trip of the last ten
 * gives the offset, half its round trip (and a drift allowance of 100 ppm since) is the uncertainty. The
 * machine's wall clock decides nothing. Pure: it is told the monotonic time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct clocksync; /* opaque */

struct clocksync *clocksync_create(void);
void clocksync_destroy(struct clocksync **clocksync);

/** Takes one sample; times in µs, `database_us` since 1970. */
void clocksync_sample(struct clocksync *clocksync, int64_t sent_us, int64_t received_us, int64_t database_us);

/** Database time at the monotonic moment, never running backwards by more than the correction of a sample;
 * before the first sample it is made from `wall_ms` given to the call. */
int64_t clocksync_now_ms(const struct clocksync *clocksync, int64_t monotonic_us, int64_t wall_ms);

/** Half-width of what the offset may be wrong by, in ms rounded up; INT64_MAX before the first sample. */
int64_t clocksync_uncertainty_ms(const struct clocksync *clocksync, int64_t monotonic_us);

/** Over this, a node does not stamp bids itself but uses the commit's time (product.md, "Time"). */
#define CLOCKSYNC_TRUSTED_MS 50

int64_t clocksync_offset_us(const struct clocksync *clocksync);

/* How long to wait before a failed job is tried again. */
#pragma once

#include <stdint.h>

#define BACKOFF_MAX_MS (INT64_C(3600) * 1000)

/** After the `attempt`th failure (from 1): twice as long each time, from `base_ms`, never over
 * BACKOFF_MAX_MS, and up to a quarter less by `random` (any value), so that what failed together does not
 * come back together. */
int64_t backoff_ms(int64_t attempt, int64_t base_ms, uint32_t random);

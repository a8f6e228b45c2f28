/* The only readers of the machine's clocks. core/domain and core/wire never include this file: there, time is
 * an input. Intervals and deadlines use the monotonic clock; the wall clock serves logs and tokens. */
#pragma once

#include <stdint.h>

int64_t clock_monotonic_ms(void);
int64_t clock_monotonic_us(void);

/** Milliseconds since 1970 UTC. */
int64_t clock_wall_ms(void);

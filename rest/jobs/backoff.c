/* Doubling stops at the cap, long before it could overflow. */
#include "rest/jobs/backoff.h"

int64_t backoff_ms(int64_t attempt, int64_t base_ms, uint32_t random)
{
    int64_t wait = base_ms < BACKOFF_MAX_MS ? base_ms : BACKOFF_MAX_MS;
    for (int64_t i = 1; i < attempt && wait < BACKOFF_MAX_MS; i++)
        wait = wait * 2 < BACKOFF_MAX_MS ? wait * 2 : BACKOFF_MAX_MS;
    return wait - (int64_t)((uint64_t)(wait / 4) * random / UINT32_MAX);
}

/* The classic way of a clock over a network: whatever the database's clock said lies between the moment of
 * asking and that of the answer, so the middle is the best guess and half the round trip its error. Of the
 * last ten samples the one whose error, grown by the drift allowed since, is the smallest now speaks for all,
 * until one comes that cannot be true beside it. */
#include "realtime/clocksync.h"

#include "core/base/alloc.h"

#include <stdlib.h>

#define SAMPLES           10
#define DRIFT_PER_MILLION 100

struct sample {
    int64_t offset_us; /* database minus monotonic */
    int64_t half_us;   /* half the round trip */
    int64_t taken_us;  /* monotonic, when the answer came */
};

struct clocksync {
    struct sample samples[SAMPLES];
    int count; /* taken so far */
};

struct clocksync *clocksync_create(void)
{
    return xcalloc(1, sizeof(struct clocksync));
}

void clocksync_destroy(struct clocksync **clocksync)
{
    free(*clocksync);
    *clocksync = NULL;
}

static int64_t error_us(const struct sample *sample, int64_t monotonic_us)
{
    int64_t age_us = monotonic_us > sample->taken_us ? monotonic_us - sample->taken_us : 0;
    return sample->half_us + age_us * DRIFT_PER_MILLION / 1000000;
}

/* All samples age alike, so which is best does not depend on when this is asked. NULL before the first. */
static const struct sample *best_sample(const struct clocksync *clocksync)
{
    int taken = clocksync->count < SAMPLES ? clocksync->count : SAMPLES;
    int64_t latest_us = 0;
    for (int i = 0; i < taken; i++)
        if (clocksync->samples[i].taken_us > latest_us)
            latest_us = clocksync->samples[i].taken_us;
    const struct sample *best = NULL;
    for (int i = 0; i < taken; i++)
        if (best == NULL || error_us(&clocksync->samples[i], latest_us) < error_us(best, latest_us))
            best = &clocksync->samples[i];
    return best;
}

/* Both cannot be true: one of the clocks has been set in between, or the machine slept. */
static bool contradicts(const struct sample *sample, const struct sample *earlier)
{
    return llabs(sample->offset_us - earlier->offset_us) >
           sample->half_us + error_us(earlier, sample->taken_us);
}

void clocksync_sample(struct clocksync *clocksync, int64_t sent_us, int64_t received_us, int64_t database_us)
{
    if (received_us < sent_us)
        return;
    int64_t half_us = (received_us - sent_us + 1) / 2;
    struct sample sample = {
        .offset_us = database_us - sent_us - half_us, .half_us = half_us, .taken_us = received_us};
    const struct sample *best = best_sample(clocksync);
    if (best != NULL && contradicts(&sample, best))
        clocksync->count = 0;
    clocksync->samples[clocksync->count++ % SAMPLES] = sample;
    if (clocksync->count == 2 * SAMPLES) /* counts on without end: only "all taken" and the place matter */
        clocksync->count = SAMPLES;
}

int64_t clocksync_now_ms(const struct clocksync *clocksync, int64_t monotonic_us, int64_t wall_ms)
{
    const struct sample *best = best_sample(clocksync);
    return best != NULL ? (monotonic_us + best->offset_us) / 1000 : wall_ms;
}

int64_t clocksync_uncertainty_ms(const struct clocksync *clocksync, int64_t monotonic_us)
{
    const struct sample *best = best_sample(clocksync);
    return best != NULL ? (error_us(best, monotonic_us) + 999) / 1000 : INT64_MAX;
}

int64_t clocksync_offset_us(const struct clocksync *clocksync)
{
    const struct sample *best = best_sample(clocksync);
    return best != NULL ? best->offset_us : 0;
}

/* Durations and their percentiles. */
#pragma once

#include "core/base/alloc.h"

#include <stdint.h>
#include <stdlib.h>

struct sample {
    int64_t *us;
    size_t count, capacity;
};

static inline void sample_add(struct sample *sample, int64_t us)
{
    if (sample->count == sample->capacity) {
        sample->capacity = sample->capacity ? sample->capacity * 2 : 1024;
        sample->us = xrealloc(sample->us, sample->capacity * sizeof *sample->us);
    }
    sample->us[sample->count++] = us;
}

static inline int sample_compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/** In ms; 0 without any. */
static inline double sample_percentile(struct sample *sample, double percent)
{
    if (sample->count == 0)
        return 0;
    qsort(sample->us, sample->count, sizeof *sample->us, sample_compare);
    return (double)sample->us[(size_t)((double)(sample->count - 1) * percent / 100)] / 1000;
}

/* All values lie in static arrays, one slot for every metric and label value there may be. Most pages of them
 * are never touched and so cost nothing, and an update is an address and an atomic addition, with nothing to
 * look up, allocate or lock. Relaxed order is enough: a scrape needs no moment common to all series. */
#include "core/base/metrics.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define METRICS_MAX 128

struct bound {
    int64_t us;       /* inclusive */
    const char *text; /* the same in ms, as the exposition names it */
};

static const struct bound bounds[] = {
    {500,       "0.5" },
    {1000,      "1"   },
    {2000,      "2"   },
    {5000,      "5"   },
    {10000,     "10"  },
    {20000,     "20"  },
    {50000,     "50"  },
    {100000,    "100" },
    {200000,    "200" },
    {500000,    "500" },
    {1000000,   "1000"},
    {2000000,   "2000"},
    {5000000,   "5000"},
    {INT64_MAX, "+Inf"},
};
#define BOUNDS (sizeof bounds / sizeof bounds[0])
_Static_assert(BOUNDS == METRICS_BUCKETS, "the header says how many");

struct histogram {
    _Atomic int64_t counts[BOUNDS]; /* of this bucket alone; summed up when written */
    _Atomic int64_t sum_us;
};

static const struct metric *metrics;
static size_t metrics_count;
static size_t series_counts[METRICS_MAX];
static _Atomic int64_t values[METRICS_MAX][METRIC_LABELS_MAX];
static struct histogram histograms[METRICS_MAX][METRIC_LABELS_MAX];

static _Noreturn void slip(const char *what)
{
    fprintf(stderr, "metrics: %s\n", what);
    abort();
}

/* How many series a metric has: one for each label value, or just one. */
static size_t series_count(const struct metric *metric)
{
    if (metric->label == NULL)
        return 1;
    size_t count = 0;
    while (metric->values[count] != NULL)
        count++;
    return count;
}

void metrics_start(const struct metric *table, size_t count)
{
    if (count > METRICS_MAX)
        slip("too many metrics");
    for (size_t i = 0; i < count; i++) {
        series_counts[i] = series_count(&table[i]);
        if (series_counts[i] > METRIC_LABELS_MAX)
            slip("too many label values");
    }
    metrics = table;
    metrics_count = count;
}

static void check_index(size_t metric, size_t label)
{
    if (metric >= metrics_count || label >= series_counts[metric])
        slip("no such series");
}

void metrics_add(size_t metric, size_t label, int64_t delta)
{
    check_index(metric, label);
    atomic_fetch_add_explicit(&values[metric][label], delta, memory_order_relaxed);
}

void metrics_set(size_t metric, size_t label, int64_t value)
{
    check_index(metric, label);
    atomic_store_explicit(&values[metric][label], value, memory_order_relaxed);
}

void metrics_observe_us(size_t metric, size_t label, int64_t duration_us)
{
    check_index(metric, label);
    struct histogram *histogram = &histograms[metric][label];
    size_t bucket = 0;
    while (duration_us > bounds[bucket].us)
        bucket++;
    atomic_fetch_add_explicit(&histogram->counts[bucket], 1, memory_order_relaxed);
    if (duration_us > 0)
        atomic_fetch_add_explicit(&histogram->sum_us, duration_us, memory_order_relaxed);
}

static int64_t observations(struct histogram *histogram)
{
    int64_t total = 0;
    for (size_t i = 0; i < BOUNDS; i++)
        total += atomic_load_explicit(&histogram->counts[i], memory_order_relaxed);
    return total;
}

int64_t metrics_value(size_t metric, size_t label)
{
    check_index(metric, label);
    if (metrics[metric].kind == METRIC_HISTOGRAM_MS)
        return observations(&histograms[metric][label]);
    return atomic_load_explicit(&values[metric][label], memory_order_relaxed);
}

int64_t metrics_total(size_t metric)
{
    int64_t total = 0;
    for (size_t label = 0; label < series_counts[metric]; label++)
        total += metrics_value(metric, label);
    return total;
}

void metrics_look(size_t metric, struct metrics_buckets *out)
{
    *out = (struct metrics_buckets){0};
    for (size_t label = 0; label < series_counts[metric]; label++)
        for (size_t i = 0; i < BOUNDS; i++)
            out->counts[i] +=
                atomic_load_explicit(&histograms[metric][label].counts[i], memory_order_relaxed);
}

int64_t metrics_quantile_us(const struct metrics_buckets *before, const struct metrics_buckets *now,
                            int per_mille)
{
    int64_t total = 0, below = 0, lower_us = 0;
    for (size_t i = 0; i < BOUNDS; i++)
        total += now->counts[i] - before->counts[i];
    if (total <= 0)
        return -1;
    int64_t wanted = (total * per_mille + 999) / 1000;
    for (size_t i = 0; i + 1 < BOUNDS; i++) {
        int64_t here = now->counts[i] - before->counts[i];
        if (below + here >= wanted) /* as if they lay evenly between the bucket's bounds */
            return here > 0 ? lower_us + (bounds[i].us - lower_us) * (wanted - below) / here : lower_us;
        below += here;
        lower_us = bounds[i].us;
    }
    return lower_us;
}

/* The start of a sample's line: its name and, in braces, its labels. `bound` is NULL but for a bucket. */
static void write_series(struct buffer *out, const struct metric *metric, const char *suffix, size_t label,
                         const char *bound)
{
    buffer_append_format(out, "%s%s", metric->name, suffix);
    if (metric->label != NULL && bound != NULL)
        buffer_append_format(out, "{%s=\"%s\",le=\"%s\"}", metric->label, metric->values[label], bound);
    else if (metric->label != NULL)
        buffer_append_format(out, "{%s=\"%s\"}", metric->label, metric->values[label]);
    else if (bound != NULL)
        buffer_append_format(out, "{le=\"%s\"}", bound);
}

/* _count is taken from the buckets, not counted apart, so that it equals +Inf even while observations come
 * in. */
static void write_histogram(struct buffer *out, const struct metric *metric, size_t label,
                            struct histogram *histogram)
{
    int64_t total = 0;
    for (size_t i = 0; i < BOUNDS; i++) {
        total += atomic_load_explicit(&histogram->counts[i], memory_order_relaxed);
        write_series(out, metric, "_bucket", label, bounds[i].text);
        buffer_append_format(out, " %" PRId64 "\n", total);
    }
    int64_t sum_us = atomic_load_explicit(&histogram->sum_us, memory_order_relaxed);
    write_series(out, metric, "_sum", label, NULL);
    buffer_append_format(out, " %" PRId64 ".%03d\n", sum_us / 1000, (int)(sum_us % 1000));
    write_series(out, metric, "_count", label, NULL);
    buffer_append_format(out, " %" PRId64 "\n", total);
}

void metrics_write(struct buffer *out)
{
    static const char *const kinds[] = {
        [METRIC_COUNTER] = "counter",
        [METRIC_GAUGE] = "gauge",
        [METRIC_HISTOGRAM_MS] = "histogram",
    };
    for (size_t i = 0; i < metrics_count; i++) {
        const struct metric *metric = &metrics[i];
        buffer_append_format(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help, metric->name,
                             kinds[metric->kind]);
        for (size_t label = 0; label < series_counts[i]; label++) {
            if (metric->kind == METRIC_HISTOGRAM_MS) {
                write_histogram(out, metric, label, &histograms[i][label]);
            } else {
                write_series(out, metric, "", label, NULL);
                buffer_append_format(out, " %" PRId64 "\n", metrics_value(i, label));
            }
        }
    }
}

/* Counters, gauges and histograms in Prometheus' text format. A program declares its metrics as one table; a
 * metric is named by its index. Updating is one atomic addition, from any thread; histograms have fixed
 * bounds. A label's values are fixed in the table as well: no client can make a new time series. */
#pragma once

#include "core/base/buffer.h"

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM_MS };

struct metric {
    enum metric_kind kind;
    const char *name; /* with its unit, e.g. seri_bid_handled_ms */
    const char *help;
    const char *label;         /* NULL: no label */
    const char *const *values; /* the label's values, NULL-terminated; NULL without a label */
};

#define METRIC_LABELS_MAX 64

/** Takes the table (borrowed for ever). Called once, before any update. `count` is at most 128. */
void metrics_start(const struct metric *table, size_t count);

/** Adds to a counter or gauge. `label` is the index of the value in the table, 0 without labels. */
void metrics_add(size_t metric, size_t label, int64_t delta);
void metrics_set(size_t metric, size_t label, int64_t value);

/** Counts one observation of a duration, in microseconds, in a METRIC_HISTOGRAM_MS. */
void metrics_observe_us(size_t metric, size_t label, int64_t duration_us);

int64_t metrics_value(size_t metric, size_t label);
/** The same over all label values. */
int64_t metrics_total(size_t metric);

/** What a histogram has counted so far, over all label values; two of them hold between them what came in the
 * meantime. */
#define METRICS_BUCKETS 14
struct metrics_buckets {
    int64_t counts[METRICS_BUCKETS];
};
void metrics_look(size_t metric, struct metrics_buckets *out);

/** The duration in microseconds that `per_mille` of a thousand observations between the two did not exceed,
 * as near as the buckets tell; -1 when there was none. What is over the last bound counts as that bound. */
int64_t metrics_quantile_us(const struct metrics_buckets *before, const struct metrics_buckets *now,
                            int per_mille);

/** Appends the whole exposition (text/plain; version=0.0.4). */
void metrics_write(struct buffer *out);

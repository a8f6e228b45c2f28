/* Metrics: the exposition to the letter, histograms' bounds, and additions from many threads at once. */
#include "core/base/metrics.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

enum { BIDS, WATCHERS, HANDLED, APPENDED };

static const char *const verdicts[] = {"accepted", "refused", NULL};
static const char *const answers[] = {"done", "conflict", NULL};

static const struct metric table[] = {
    [BIDS] = {METRIC_COUNTER,      "seri_bids_total",     "Bids answered.",        "verdict", verdicts},
    [WATCHERS] = {METRIC_GAUGE,        "seri_watchers",       "Open sessions.",        NULL,      NULL    },
    [HANDLED] = {METRIC_HISTOGRAM_MS, "seri_bid_handled_ms", "From frame to answer.", NULL,      NULL    },
    [APPENDED] = {METRIC_HISTOGRAM_MS, "seri_append_ms",      "One append.",           "answer",  answers },
};

static struct buffer out;

static void set_up(void)
{
    metrics_start(table, sizeof table / sizeof table[0]);
    buffer_init(&out, 100000);
}

static void tear_down(void)
{
    buffer_finish(&out);
}

START_TEST(exposition_is_prometheus_text_format)
{
    metrics_start(table, HANDLED + 1);
    metrics_add(BIDS, 0, 2);
    metrics_add(BIDS, 1, 1);
    metrics_set(WATCHERS, 0, 10);
    metrics_add(WATCHERS, 0, -3);
    metrics_observe_us(HANDLED, 0, 400);
    metrics_observe_us(HANDLED, 0, 1500);
    metrics_observe_us(HANDLED, 0, 6000001);
    metrics_write(&out);
    ck_assert(!out.failed);
    ck_assert_str_eq(out.data, "# HELP seri_bids_total Bids answered.\n"
                               "# TYPE seri_bids_total counter\n"
                               "seri_bids_total{verdict=\"accepted\"} 2\n"
                               "seri_bids_total{verdict=\"refused\"} 1\n"
                               "# HELP seri_watchers Open sessions.\n"
                               "# TYPE seri_watchers gauge\n"
                               "seri_watchers 7\n"
                               "# HELP seri_bid_handled_ms From frame to answer.\n"
                               "# TYPE seri_bid_handled_ms histogram\n"
                               "seri_bid_handled_ms_bucket{le=\"0.5\"} 1\n"
                               "seri_bid_handled_ms_bucket{le=\"1\"} 1\n"
                               "seri_bid_handled_ms_bucket{le=\"2\"} 2\n"
                               "seri_bid_handled_ms_bucket{le=\"5\"} 2\n"
                               "seri_bid_handled_ms_bucket{le=\"10\"} 2\n"
                               "seri_bid_handled_ms_bucket{le=\"20\"} 2\n"
                               "seri_bid_handled_ms_bucket{le=\"50\"} 2\n"
                               "seri_bid_handled_ms_bucket{le=\"100\"} 2\n"
                               "seri_bid_handled_ms_bucket{le=\"200\"} 2\n"
                               "seri_bid_handled_ms_bucket{le=\"500\"} 2\n"
                               "seri_bid_handled_ms_bucket{le=\"1000\"} 2\n"
                               "seri_bid_handled_ms_bucket{le=\"2000\"} 2\n"
                               "seri_bid_handled_ms_bucket{le=\"5000\"} 2\n"
                               "seri_bid_handled_ms_bucket{le=\"+Inf\"} 3\n"
                               "seri_bid_handled_ms_sum 6001.901\n"
                               "seri_bid_handled_ms_count 3\n");
}
END_TEST

START_TEST(a_label_of_a_histogram_stands_in_every_line)
{
    metrics_observe_us(APPENDED, 1, 2500);
    metrics_write(&out);
    ck_assert_ptr_nonnull(strstr(out.data, "seri_append_ms_bucket{answer=\"conflict\",le=\"2\"} 0\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "seri_append_ms_bucket{answer=\"conflict\",le=\"5\"} 1\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "seri_append_ms_sum{answer=\"conflict\"} 2.500\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "seri_append_ms_count{answer=\"conflict\"} 1\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "seri_append_ms_count{answer=\"done\"} 0\n"));
}
END_TEST

static const struct {
    int64_t us;
    const char *bucket; /* the first that counts it */
} observations[] = {
    {INT64_MIN, "0.5" },
    {0,         "0.5" },
    {500,       "0.5" },
    {501,       "1"   },
    {1000,      "1"   },
    {1001,      "2"   },
    {5000000,   "5000"},
    {5000001,   "+Inf"},
};

START_TEST(bounds_are_inclusive)
{
    metrics_observe_us(HANDLED, 0, observations[_i].us);
    metrics_write(&out);
    const char *first = strstr(out.data, "\"} 1\n");
    ck_assert_ptr_nonnull(first);
    size_t size = strlen(observations[_i].bucket);
    ck_assert_int_eq(strncmp(first - size, observations[_i].bucket, size), 0);
    ck_assert_int_eq(first[-(ptrdiff_t)size - 1], '"');
    ck_assert_int_eq(metrics_value(HANDLED, 0), 1);
    ck_assert_ptr_null(strstr(out.data, "_sum -"));
}
END_TEST

START_TEST(unused_metrics_are_written_as_zero)
{
    metrics_write(&out);
    ck_assert_ptr_nonnull(strstr(out.data, "seri_bids_total{verdict=\"refused\"} 0\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "seri_bid_handled_ms_sum 0.000\n"));
    ck_assert_int_eq(metrics_value(BIDS, 1), 0);
}
END_TEST

enum { THREADS = 4, ROUNDS = 20000 };

static void *hammer(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        metrics_add(BIDS, 0, 1);
        metrics_observe_us(HANDLED, 0, i);
    }
    return NULL;
}

START_TEST(no_update_is_lost_between_threads)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, hammer, NULL), 0);
    metrics_write(&out);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(metrics_value(BIDS, 0), (int64_t)THREADS * ROUNDS);
    ck_assert_int_eq(metrics_value(HANDLED, 0), (int64_t)THREADS * ROUNDS);
}
END_TEST

START_TEST(quantiles_are_of_what_came_between)
{
    struct metrics_buckets before, now;
    metrics_look(HANDLED, &before);
    ck_assert_int_eq(metrics_quantile_us(&before, &before, 500), -1);
    metrics_observe_us(HANDLED, 0, 7000000);
    metrics_look(HANDLED, &before);
    for (int i = 0; i < 100; i++)
        metrics_observe_us(HANDLED, 0, i < 90 ? 800 : 15000);
    metrics_look(HANDLED, &now);
    int64_t half = metrics_quantile_us(&before, &now, 500), most = metrics_quantile_us(&before, &now, 990);
    ck_assert(half > 500 && half <= 1000);
    ck_assert(most > 10000 && most <= 20000);
    metrics_look(HANDLED, &before);
    metrics_observe_us(HANDLED, 0, 99000000);
    metrics_look(HANDLED, &now);
    ck_assert_int_eq(metrics_quantile_us(&before, &now, 500), 5000000); /* all that the buckets tell */
}
END_TEST

START_TEST(an_unknown_metric_ends_the_process)
{
    metrics_add(APPENDED + 1, 0, 1);
}
END_TEST

START_TEST(an_unknown_label_ends_the_process)
{
    metrics_add(BIDS, 2, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("metrics");
    TCase *tests = tcase_create("metrics");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, exposition_is_prometheus_text_format);
    tcase_add_test(tests, a_label_of_a_histogram_stands_in_every_line);
    tcase_add_loop_test(tests, bounds_are_inclusive, 0, (int)(sizeof observations / sizeof observations[0]));
    tcase_add_test(tests, unused_metrics_are_written_as_zero);
    tcase_add_test(tests, no_update_is_lost_between_threads);
    tcase_add_test(tests, quantiles_are_of_what_came_between);
    tcase_add_test_raise_signal(tests, an_unknown_metric_ends_the_process, SIGABRT);
    tcase_add_test_raise_signal(tests, an_unknown_label_ends_the_process, SIGABRT);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}

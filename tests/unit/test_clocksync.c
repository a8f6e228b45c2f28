/* The node's clock with the samples in hand. */
#include "realtime/clocksync.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <stdlib.h>

#define DATABASE_US INT64_C(1700000000000000) /* the database's clock when the monotonic one is at 0 */
#define WALL_MS     INT64_C(1234567890123)

static struct clocksync *clocksync;

static void set_up(void)
{
    clocksync = clocksync_create();
}

static void tear_down(void)
{
    clocksync_destroy(&clocksync);
    ck_assert_ptr_null(clocksync);
}

/* A sample whose answer was made `late_us` after the middle of its round trip. */
static void sample(int64_t sent_us, int64_t round_trip_us, int64_t late_us)
{
    clocksync_sample(clocksync, sent_us, sent_us + round_trip_us,
                     DATABASE_US + sent_us + round_trip_us / 2 + late_us);
}

START_TEST(the_wall_clock_stands_in_before_the_first_sample)
{
    ck_assert_int_eq(clocksync_now_ms(clocksync, 5000000, WALL_MS), WALL_MS);
    ck_assert_int_eq(clocksync_uncertainty_ms(clocksync, 5000000), INT64_MAX);
    ck_assert_int_eq(clocksync_offset_us(clocksync), 0);
}
END_TEST

START_TEST(one_sample_gives_time_and_half_its_round_trip_as_uncertainty)
{
    sample(1000000, 4000, 0);
    ck_assert_int_eq(clocksync_offset_us(clocksync), DATABASE_US);
    ck_assert_int_eq(clocksync_now_ms(clocksync, 1004000, WALL_MS), DATABASE_US / 1000 + 1004);
    ck_assert_int_eq(clocksync_now_ms(clocksync, 61004000, WALL_MS), DATABASE_US / 1000 + 61004);
    ck_assert_int_eq(clocksync_uncertainty_ms(clocksync, 1004000), 2);
}
END_TEST

START_TEST(uncertainty_grows_by_the_drift_allowed)
{
    sample(0, 2000, 0);
    ck_assert_int_eq(clocksync_uncertainty_ms(clocksync, 2000), 1);
    ck_assert_int_eq(clocksync_uncertainty_ms(clocksync, 2000 + 10000000), 2);   /* 10 s: 1 ms */
    ck_assert_int_eq(clocksync_uncertainty_ms(clocksync, 2000 + 600000000), 61); /* 10 min: 60 ms */
}
END_TEST

START_TEST(the_shortest_round_trip_is_believed)
{
    sample(0, 40000, 15000);
    ck_assert_int_eq(clocksync_offset_us(clocksync), DATABASE_US + 15000);
    sample(1000000, 1000, 100);
    ck_assert_int_eq(clocksync_offset_us(clocksync), DATABASE_US + 100);
    sample(2000000, 30000, -12000);
    ck_assert_int_eq(clocksync_offset_us(clocksync), DATABASE_US + 100);
}
END_TEST

START_TEST(a_sample_is_forgotten_after_ten_others)
{
    sample(0, 100, 0);
    for (int i = 1; i <= 9; i++)
        sample(i * 1000000, 8000, 3000);
    ck_assert_int_eq(clocksync_offset_us(clocksync), DATABASE_US);
    sample(10000000, 8000, 3000);
    ck_assert_int_eq(clocksync_offset_us(clocksync), DATABASE_US + 3000);
}
END_TEST

START_TEST(an_old_sample_gives_way_to_a_fresh_one_of_equal_quality)
{
    sample(0, 2000, 0);
    sample(100000000, 2000, 900); /* the drift allowed in 100 s is 10 ms */
    ck_assert_int_eq(clocksync_offset_us(clocksync), DATABASE_US + 900);
}
END_TEST

START_TEST(any_number_of_samples_may_come)
{
    for (int i = 0; i < 100000; i++)
        sample((int64_t)i * 1000000, 2000, i % 7);
    int64_t now_us = INT64_C(100000) * 1000000;
    ck_assert_int_le(clocksync_uncertainty_ms(clocksync, now_us), 2);
    ck_assert_int_eq(clocksync_now_ms(clocksync, now_us, WALL_MS), (DATABASE_US + now_us) / 1000);
}
END_TEST

START_TEST(the_truth_lies_within_the_uncertainty)
{
    srand(1);
    int64_t sent_us = 0;
    for (int i = 0; i < 10000; i++) {
        int64_t round_trip = 200 + rand() % 200000;
        int64_t answered = rand() % round_trip;
        clocksync_sample(clocksync, sent_us, sent_us + round_trip, DATABASE_US + sent_us + answered);
        sent_us += round_trip + 1000000;
        int64_t truth_ms = (DATABASE_US + sent_us) / 1000;
        int64_t error = llabs(clocksync_now_ms(clocksync, sent_us, WALL_MS) - truth_ms);
        ck_assert_int_le(error, clocksync_uncertainty_ms(clocksync, sent_us) + 1);
    }
}
END_TEST

START_TEST(a_database_whose_clock_was_set_is_believed_at_once)
{
    for (int i = 0; i < 9; i++)
        sample(i * 1000000, 400, 0);
    sample(9000000, 3000, -200000); /* another machine, 0.2 s behind, took over */
    ck_assert_int_eq(clocksync_offset_us(clocksync), DATABASE_US - 200000);
    ck_assert_int_eq(clocksync_uncertainty_ms(clocksync, 9003000), 2);
    sample(10000000, 1000, 4000000);
    ck_assert_int_eq(clocksync_offset_us(clocksync), DATABASE_US + 4000000);
}
END_TEST

START_TEST(a_monotonic_clock_that_ran_backwards_is_no_sample)
{
    clocksync_sample(clocksync, 5000, 4000, DATABASE_US);
    ck_assert_int_eq(clocksync_uncertainty_ms(clocksync, 5000), INT64_MAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clocksync");
    TCase *tests = tcase_create("clocksync");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, the_wall_clock_stands_in_before_the_first_sample);
    tcase_add_test(tests, one_sample_gives_time_and_half_its_round_trip_as_uncertainty);
    tcase_add_test(tests, uncertainty_grows_by_the_drift_allowed);
    tcase_add_test(tests, the_shortest_round_trip_is_believed);
    tcase_add_test(tests, a_sample_is_forgotten_after_ten_others);
    tcase_add_test(tests, an_old_sample_gives_way_to_a_fresh_one_of_equal_quality);
    tcase_add_test(tests, any_number_of_samples_may_come);
    tcase_add_test(tests, the_truth_lies_within_the_uncertainty);
    tcase_add_test(tests, a_database_whose_clock_was_set_is_believed_at_once);
    tcase_add_test(tests, a_monotonic_clock_that_ran_backwards_is_no_sample);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}

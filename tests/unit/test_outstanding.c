/* What was handed to another node: each comes out exactly once, whatever answers come and when. */
#include "realtime/outstanding.h"

#include "tests/unit/suite.h"

#define LIMIT       4
#define PATIENCE_MS 100

static struct outstanding *outstanding;
static char things[16];

static void set_up(void)
{
    outstanding = outstanding_create(LIMIT, PATIENCE_MS);
}

static void tear_down(void)
{
    outstanding_destroy(&outstanding);
}

START_TEST(an_answer_finds_its_own_and_only_once)
{
    int64_t first = outstanding_put(outstanding, &things[0], 1000);
    int64_t second = outstanding_put(outstanding, &things[1], 1001);
    ck_assert_ptr_eq(outstanding_take(outstanding, second), &things[1]);
    ck_assert_ptr_null(outstanding_take(outstanding, second)); /* delivered twice */
    ck_assert_ptr_eq(outstanding_take(outstanding, first), &things[0]);
    ck_assert_uint_eq(outstanding_count(outstanding), 0);
    ck_assert(outstanding_due_ms(outstanding) == INT64_MAX);
}
END_TEST

START_TEST(an_answer_that_comes_too_late_finds_nothing)
{
    int64_t number = outstanding_put(outstanding, &things[0], 1000);
    ck_assert_ptr_null(outstanding_take_due(outstanding, 1099));
    ck_assert_ptr_eq(outstanding_take_due(outstanding, 1100), &things[0]);
    ck_assert_ptr_null(outstanding_take_due(outstanding, 1100));
    ck_assert_ptr_null(outstanding_take(outstanding, number));
}
END_TEST

START_TEST(what_is_due_comes_in_order_past_what_was_answered)
{
    outstanding_put(outstanding, &things[0], 1000);
    int64_t second = outstanding_put(outstanding, &things[1], 1010);
    outstanding_put(outstanding, &things[2], 1020);
    outstanding_take(outstanding, second);
    ck_assert_int_eq(outstanding_due_ms(outstanding), 1100);
    ck_assert_ptr_eq(outstanding_take_due(outstanding, 2000), &things[0]);
    ck_assert_int_eq(outstanding_due_ms(outstanding), 1120);
    ck_assert_ptr_eq(outstanding_take_due(outstanding, 2000), &things[2]);
    ck_assert_ptr_null(outstanding_take_due(outstanding, 2000));
}
END_TEST

START_TEST(it_takes_no_more_than_its_limit)
{
    int64_t numbers[LIMIT];
    for (int i = 0; i < LIMIT; i++)
        numbers[i] = outstanding_put(outstanding, &things[i], 1000);
    ck_assert_int_eq(outstanding_put(outstanding, &things[LIMIT], 1000), 0);
    outstanding_take(outstanding, numbers[0]);
    ck_assert_int_ne(outstanding_put(outstanding, &things[LIMIT], 1000), 0);
}
END_TEST

START_TEST(an_old_number_never_finds_who_has_its_place_now)
{
    int64_t old = outstanding_put(outstanding, &things[0], 1000);
    outstanding_take_due(outstanding, 1100);
    for (int i = 1; i < 1 + LIMIT; i++)
        ck_assert_int_ne(outstanding_put(outstanding, &things[i], 1200), 0);
    ck_assert_ptr_null(outstanding_take(outstanding, old));
    ck_assert_ptr_null(outstanding_take(outstanding, 0));
    ck_assert_ptr_null(outstanding_take(outstanding, -1));
    ck_assert_ptr_null(outstanding_take(outstanding, INT64_MAX));
    ck_assert_uint_eq(outstanding_count(outstanding), LIMIT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("outstanding");
    TCase *tests = tcase_create("outstanding");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, an_answer_finds_its_own_and_only_once);
    tcase_add_test(tests, an_answer_that_comes_too_late_finds_nothing);
    tcase_add_test(tests, what_is_due_comes_in_order_past_what_was_answered);
    tcase_add_test(tests, it_takes_no_more_than_its_limit);
    tcase_add_test(tests, an_old_number_never_finds_who_has_its_place_now);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}

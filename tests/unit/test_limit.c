/* Fixed windows of a minute: the last request within the limit passes, the next does not, and the window's
 * end starts anew. rest/ is a program and no library, so its source is taken in whole. */
#include "rest/limit.c"
#include "tests/unit/suite.h"

#include <check.h>
#include <stdio.h>

static struct limiter *limiter;

static void set_up(void)
{
    const int64_t limits[LIMIT_KIND_COUNT] = {
        [LIMIT_VISITOR] = 3, [LIMIT_USER] = 1, [LIMIT_ADDRESS] = 0, [LIMIT_LOGIN] = 2};
    limiter = limiter_create(limits);
}

static void tear_down(void)
{
    limiter_destroy(&limiter);
}

START_TEST(counts_down_and_refuses)
{
    struct rate_state state;
    for (int i = 2; i >= 0; i--) {
        ck_assert(limiter_take(limiter, NULL, LIMIT_VISITOR, "192.0.2.1", 1000, &state));
        ck_assert_int_eq(state.remaining, i);
        ck_assert_int_eq(state.limit, 3);
    }
    ck_assert(!limiter_take(limiter, NULL, LIMIT_VISITOR, "192.0.2.1", 31000, &state));
    ck_assert_int_eq(state.remaining, 0);
    ck_assert_int_eq(state.reset_ms, 30000);
}
END_TEST

START_TEST(begins_anew_when_the_window_ends)
{
    struct rate_state state;
    ck_assert(limiter_take(limiter, NULL, LIMIT_USER, "7", 1000, &state));
    ck_assert(!limiter_take(limiter, NULL, LIMIT_USER, "7", 60999, &state));
    ck_assert(limiter_take(limiter, NULL, LIMIT_USER, "7", 61000, &state));
    ck_assert(!limiter_take(limiter, NULL, LIMIT_USER, "7", 61001, &state));
}
END_TEST

START_TEST(keeps_keys_and_kinds_apart)
{
    struct rate_state state;
    ck_assert(limiter_take(limiter, NULL, LIMIT_USER, "7", 1000, &state));
    ck_assert(limiter_take(limiter, NULL, LIMIT_USER, "8", 1000, &state));
    ck_assert(limiter_take(limiter, NULL, LIMIT_LOGIN, "7", 1000, &state));
    ck_assert(!limiter_take(limiter, NULL, LIMIT_USER, "7", 1000, &state));
}
END_TEST

START_TEST(zero_is_no_limit)
{
    struct rate_state state;
    for (int i = 0; i < 1000; i++)
        ck_assert(limiter_take(limiter, NULL, LIMIT_ADDRESS, "192.0.2.1", 1000, &state));
    ck_assert_int_eq(state.limit, 0);
}
END_TEST

START_TEST(a_flood_of_keys_takes_no_more_memory_and_old_windows_give_way)
{
    struct rate_state state;
    char key[16];
    for (int i = 0; i < 2 * SETS * WAYS; i++) {
        snprintf(key, sizeof key, "%d", i);
        ck_assert(limiter_take(limiter, NULL, LIMIT_USER, key, 1000 + i, &state));
    }
    ck_assert(!limiter_take(limiter, NULL, LIMIT_USER, key, 1000 + 2 * SETS * WAYS - 1, &state));
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("limit");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 30);
    tcase_add_test(tests, counts_down_and_refuses);
    tcase_add_test(tests, begins_anew_when_the_window_ends);
    tcase_add_test(tests, keeps_keys_and_kinds_apart);
    tcase_add_test(tests, zero_is_no_limit);
    tcase_add_test(tests, a_flood_of_keys_takes_no_more_memory_and_old_windows_give_way);
    Suite *suite = suite_create("limit");
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}

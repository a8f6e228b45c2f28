/* Check 4 with the clock in hand, and the map under it against a plain array. */
#include "realtime/bid_rate.h"
#include "realtime/idmap.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <stdlib.h>

#define NOW_MS INT64_C(1700000000000)
#define USER   7

static struct bid_rate *rate;
static int64_t retry_ms;

static void set_up(void)
{
    rate = bid_rate_create(3);
}

static void tear_down(void)
{
    bid_rate_destroy(&rate);
    ck_assert_ptr_null(rate);
}

static bool take_at(int64_t after_ms)
{
    return bid_rate_take(rate, USER, NOW_MS + after_ms, &retry_ms);
}

START_TEST(as_many_as_allowed_within_any_minute)
{
    ck_assert(take_at(0) && take_at(10000) && take_at(20000));
    ck_assert(!take_at(30000));
    ck_assert_int_eq(retry_ms, 30000);
    ck_assert(!take_at(59999));
    ck_assert_int_eq(retry_ms, 1);
    ck_assert(take_at(60000));
    ck_assert(!take_at(60001));
    ck_assert_int_eq(retry_ms, 9999);
    ck_assert(take_at(70000));
}
END_TEST

START_TEST(what_is_refused_is_not_counted)
{
    ck_assert(take_at(0) && take_at(0) && take_at(0));
    for (int i = 1; i < 100; i++)
        ck_assert(!take_at(i));
    ck_assert(take_at(60000) && take_at(60000) && take_at(60000));
}
END_TEST

START_TEST(tells_how_many_are_left)
{
    ck_assert_int_eq(bid_rate_left(rate, USER, NOW_MS), 3);
    ck_assert(take_at(0) && take_at(30000));
    ck_assert_int_eq(bid_rate_left(rate, USER, NOW_MS + 30000), 1);
    ck_assert_int_eq(bid_rate_left(rate, USER, NOW_MS + 60000), 2);
    ck_assert_int_eq(bid_rate_left(rate, USER + 1, NOW_MS + 30000), 3);
}
END_TEST

START_TEST(users_do_not_share_a_limit)
{
    for (int64_t user = 1; user <= 1000; user++)
        for (int i = 0; i < 3; i++)
            ck_assert(bid_rate_take(rate, user, NOW_MS + i, &retry_ms));
    for (int64_t user = 1; user <= 1000; user++)
        ck_assert(!bid_rate_take(rate, user, NOW_MS + 3, &retry_ms));
}
END_TEST

START_TEST(the_silent_are_forgotten_and_the_others_are_not)
{
    for (int64_t user = 1; user <= 1000; user++)
        ck_assert(bid_rate_take(rate, user, NOW_MS + (user % 2 == 0 ? 50000 : 0), &retry_ms));
    for (int i = 0; i < 3; i++) /* one that moved during a sweep is seen by the next */
        bid_rate_sweep(rate, NOW_MS + 60000);
    for (int64_t user = 1; user <= 1000; user++)
        ck_assert_int_eq(bid_rate_left(rate, user, NOW_MS + 60000), user % 2 == 0 ? 2 : 3);
}
END_TEST

START_TEST(no_limit_counts_nothing)
{
    struct bid_rate *unlimited = bid_rate_create(0);
    for (int i = 0; i < 1000; i++)
        ck_assert(bid_rate_take(unlimited, USER, NOW_MS, &retry_ms));
    ck_assert_int_eq(bid_rate_left(unlimited, USER, NOW_MS), -1);
    bid_rate_destroy(&unlimited);
}
END_TEST

#define IDS 500

START_TEST(the_map_holds_what_was_put_whatever_was_removed)
{
    struct idmap map = {0};
    void *truth[IDS + 1] = {0};
    size_t count = 0;
    srand(3);
    for (int round = 0; round < 200000; round++) {
        int64_t id = 1 + rand() % IDS;
        if (rand() % 2 == 0) {
            count += truth[id] == NULL;
            truth[id] = &truth[rand() % IDS];
            idmap_put(&map, id * 4096, truth[id]); /* ids that would fall into few places without mixing */
        } else {
            count -= truth[id] != NULL;
            truth[id] = NULL;
            idmap_remove(&map, id * 4096);
        }
        ck_assert_uint_eq(map.count, count);
        int64_t probe = 1 + rand() % IDS;
        ck_assert_ptr_eq(idmap_get(&map, probe * 4096), truth[probe]);
    }
    size_t cursor = 0, seen = 0;
    while (idmap_next(&map, &cursor) != NULL)
        seen++;
    ck_assert_uint_eq(seen, count);
    ck_assert_ptr_null(idmap_get(&map, 0));
    ck_assert_ptr_null(idmap_get(&map, -5));
    idmap_finish(&map);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bid_rate");
    TCase *tests = tcase_create("bid_rate");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, as_many_as_allowed_within_any_minute);
    tcase_add_test(tests, what_is_refused_is_not_counted);
    tcase_add_test(tests, tells_how_many_are_left);
    tcase_add_test(tests, users_do_not_share_a_limit);
    tcase_add_test(tests, the_silent_are_forgotten_and_the_others_are_not);
    tcase_add_test(tests, no_limit_counts_nothing);
    tcase_add_test(tests, the_map_holds_what_was_put_whatever_was_removed);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}

/* One node's view of a lot's lease, with the clock in hand and a Redis that says what the test wants. */
#include "realtime/lease.h"

#include "tests/unit/suite.h"

#include <string.h>

#define LENGTH_MS 2000
#define START_MS  INT64_C(100000)

static struct lease lease;

static void set_up(void)
{
    lease_init(&lease, LENGTH_MS, START_MS);
}

/* A question at `at_ms` with its answer a millisecond later. */
static void ask(int64_t at_ms, const char *owner, int64_t left_ms)
{
    lease_advance(&lease, at_ms);
    ck_assert(lease_wants_asking(&lease, at_ms));
    lease_asked(&lease, at_ms);
    ck_assert(!lease_wants_asking(&lease, at_ms + LENGTH_MS)); /* one at a time */
    lease_answered(&lease, &(struct lease_answer){owner, left_ms}, "me", at_ms + 1);
}

static enum lease_state state_at(int64_t now_ms)
{
    lease_advance(&lease, now_ms);
    return lease.state;
}

START_TEST(a_free_lease_is_ours_until_it_ends)
{
    ck_assert(!lease_wants_asking(&lease, START_MS - 1));
    ask(START_MS, "me", LENGTH_MS);
    ck_assert_int_eq(state_at(START_MS + LENGTH_MS - 1), LEASE_OURS);
    ck_assert_int_eq(state_at(START_MS + LENGTH_MS), LEASE_UNKNOWN);
    ck_assert(lease_wants_asking(&lease, START_MS + LENGTH_MS));
}
END_TEST

START_TEST(ours_is_prolonged_three_times_within_its_length)
{
    ask(START_MS, "me", LENGTH_MS);
    ck_assert(!lease_wants_asking(&lease, START_MS + LENGTH_MS / 3));
    ask(START_MS + LENGTH_MS / 3 + 1, "me", LENGTH_MS);
    ck_assert_int_eq(state_at(START_MS + LENGTH_MS + 1), LEASE_OURS);
}
END_TEST

START_TEST(a_lease_without_answers_ends_by_our_own_clock)
{
    ask(START_MS, "me", LENGTH_MS);
    ask(START_MS + 700, NULL, 0);
    ck_assert_int_eq(lease.state, LEASE_OURS);
    ck_assert(!lease_wants_asking(&lease, START_MS + 800));
    ask(START_MS + 1000, NULL, 0);
    ck_assert_int_eq(state_at(START_MS + LENGTH_MS), LEASE_UNKNOWN);
}
END_TEST

START_TEST(a_node_that_was_stopped_finds_its_lease_ended)
{
    ask(START_MS, "me", LENGTH_MS);
    lease_advance(&lease, START_MS + 700);
    lease_asked(&lease, START_MS + 700); /* and stopped here; the answer was given long ago */
    lease_answered(&lease, &(struct lease_answer){"me", LENGTH_MS}, "me", START_MS + 60000);
    ck_assert_int_eq(state_at(START_MS + 60000), LEASE_UNKNOWN);
}
END_TEST

START_TEST(another_holder_is_asked_about_before_its_lease_ends)
{
    ask(START_MS, "you", 1500);
    ck_assert_int_eq(lease.state, LEASE_THEIRS);
    ck_assert_str_eq(lease.holder, "you");
    ck_assert(!lease_wants_asking(&lease, START_MS + 999));
    ask(START_MS + 1000, "you", 1800); /* prolonged meanwhile */
    ck_assert_int_eq(state_at(START_MS + 1600), LEASE_THEIRS);
}
END_TEST

START_TEST(a_holder_that_is_silent_is_succeeded_when_its_lease_ends)
{
    ask(START_MS, "you", 1500);
    ask(START_MS + 1000, "you", 500);
    ck_assert(!lease_wants_asking(&lease, START_MS + 1499));
    ck_assert_int_eq(state_at(START_MS + 1500), LEASE_UNKNOWN);
    ask(START_MS + 1500, "me", LENGTH_MS);
    ck_assert_int_eq(lease.state, LEASE_OURS);
}
END_TEST

START_TEST(a_holder_that_let_a_bid_wait_is_trusted_again_when_it_prolongs)
{
    ask(START_MS, "you", 1500);
    lease_doubt(&lease, "you", START_MS + 200);
    ck_assert_int_eq(state_at(START_MS + 200), LEASE_DOUBTED);
    ask(START_MS + 500, "you", 1000); /* still the lease of before */
    ck_assert_int_eq(lease.state, LEASE_DOUBTED);
    ask(START_MS + 800, "you", 1900);
    ck_assert_int_eq(lease.state, LEASE_THEIRS);
}
END_TEST

START_TEST(a_doubt_about_somebody_else_changes_nothing)
{
    ask(START_MS, "you", 1500);
    lease_doubt(&lease, "her", START_MS + 200);
    ck_assert_int_eq(lease.state, LEASE_THEIRS);
    lease_doubt(&lease, "you", START_MS + 200);
    ask(START_MS + 500, "her", 2000);
    ck_assert_int_eq(lease.state, LEASE_THEIRS);
    ck_assert_str_eq(lease.holder, "her");
}
END_TEST

START_TEST(a_doubted_holder_that_died_is_succeeded_when_its_lease_ends)
{
    ask(START_MS, "you", 1000);
    lease_doubt(&lease, "you", START_MS + 100);
    for (int64_t at = START_MS + 350; at < START_MS + 1000; at += 251)
        ask(at, "you", START_MS + 1000 - at);
    ck_assert_int_eq(state_at(START_MS + 1000), LEASE_UNKNOWN);
    ask(START_MS + 1000, "me", LENGTH_MS);
    ck_assert_int_eq(lease.state, LEASE_OURS);
}
END_TEST

START_TEST(a_lease_given_up_is_asked_for_at_once)
{
    ask(START_MS, "you", 1500);
    lease_freed(&lease, START_MS + 10);
    ck_assert_int_eq(lease.state, LEASE_UNKNOWN);
    ask(START_MS + 10, "me", LENGTH_MS);
    ck_assert_int_eq(lease.state, LEASE_OURS);
}
END_TEST

START_TEST(a_bid_hurries_the_first_question)
{
    lease_hurry(&lease, START_MS - 900);
    ck_assert(lease_wants_asking(&lease, START_MS - 900));
    ask(START_MS - 900, NULL, 0); /* Redis is away: not again at every bid */
    lease_hurry(&lease, START_MS - 899);
    ck_assert(!lease_wants_asking(&lease, START_MS - 899));
}
END_TEST

START_TEST(an_answer_of_nobody_leaves_it_open)
{
    ask(START_MS, "", 0); /* asked without claiming */
    ck_assert_int_eq(lease.state, LEASE_UNKNOWN);
    ck_assert(!lease_wants_asking(&lease, START_MS + 100));
    ck_assert(lease_wants_asking(&lease, START_MS + 300));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lease");
    TCase *tests = tcase_create("lease");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, a_free_lease_is_ours_until_it_ends);
    tcase_add_test(tests, ours_is_prolonged_three_times_within_its_length);
    tcase_add_test(tests, a_lease_without_answers_ends_by_our_own_clock);
    tcase_add_test(tests, a_node_that_was_stopped_finds_its_lease_ended);
    tcase_add_test(tests, another_holder_is_asked_about_before_its_lease_ends);
    tcase_add_test(tests, a_holder_that_is_silent_is_succeeded_when_its_lease_ends);
    tcase_add_test(tests, a_holder_that_let_a_bid_wait_is_trusted_again_when_it_prolongs);
    tcase_add_test(tests, a_doubt_about_somebody_else_changes_nothing);
    tcase_add_test(tests, a_doubted_holder_that_died_is_succeeded_when_its_lease_ends);
    tcase_add_test(tests, a_lease_given_up_is_asked_for_at_once);
    tcase_add_test(tests, a_bid_hurries_the_first_question);
    tcase_add_test(tests, an_answer_of_nobody_leaves_it_open);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}

/* One batch of bids before the rules, without a database: what the ledger cannot know yet. */
#include "realtime/docket.h"

#include "tests/unit/docket_lot.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <stdlib.h>

static struct docket docket;

static void set_up(void)
{
    docket_open(&docket);
}

static void tear_down(void)
{
    docket_empty(&docket);
}

static void assert_fate(size_t index, enum ticket_fate fate, enum verdict verdict)
{
    ck_assert_int_eq(docket.tickets[index]->fate, fate);
    ck_assert_int_eq(docket.tickets[index]->answer.verdict, verdict);
}

START_TEST(a_bid_that_comes_twice_in_one_batch_counts_once)
{
    docket_add(&docket, 1, 1000000, 1);
    docket_add(&docket, 1, 1000000, 1);
    docket_add(&docket, 1, 1050000, 1);
    docket_add(&docket, 2, 1050000, 1); /* another user's id is another id */
    docket_decide(&docket);
    assert_fate(0, FATE_ACCEPTED, VERDICT_OK);
    assert_fate(1, FATE_TWIN, VERDICT_OK);
    ck_assert(docket.tickets[1]->answer.duplicate);
    ck_assert_int_eq(docket.tickets[1]->answer.seq, docket.tickets[0]->answer.seq);
    assert_fate(2, FATE_REFUSED, VERDICT_BID_ID_REUSED);
    assert_fate(3, FATE_ACCEPTED, VERDICT_OK);
    ck_assert_int_eq(ledger_batch_state(docket.batch)->bid_count, 2);
}
END_TEST

START_TEST(a_bid_refused_first_and_accepted_then_counts_once)
{
    docket_add(&docket, 1, 1000000, 1);
    docket_add(&docket, 1, 1100000, 2); /* leads already */
    docket_add(&docket, 2, 1050000, 3);
    docket_add(&docket, 1, 1100000, 2); /* judged anew */
    docket_add(&docket, 3, 1150000, 4);
    docket_add(&docket, 1, 1100000, 2);
    docket_decide(&docket);
    assert_fate(1, FATE_REFUSED, VERDICT_ALREADY_LEADING);
    assert_fate(3, FATE_ACCEPTED, VERDICT_OK);
    assert_fate(5, FATE_TWIN, VERDICT_OK);
    ck_assert_int_eq(docket.tickets[5]->answer.seq, docket.tickets[3]->answer.seq);
}
END_TEST

START_TEST(a_bid_from_another_node_is_refused_in_writing)
{
    docket_add(&docket, 1, 1000000, 1);
    docket_add(&docket, 2, 1000000, 2);
    docket.tickets[1]->taken_in_until_ms = DOCKET_NOW_MS + 100;
    docket_add(&docket, 2, 1000000, 2); /* the same again, here */
    docket_decide(&docket);
    assert_fate(1, FATE_REFUSED, VERDICT_BID_TOO_LOW);
    ck_assert(!docket.tickets[0]->is_recorded && docket.tickets[1]->is_recorded);
    assert_fate(2, FATE_TWIN, VERDICT_BID_TOO_LOW);
}
END_TEST

START_TEST(what_the_gates_refuse_of_another_node_leaves_nothing)
{
    docket_add(&docket, 1, 1000000, 1);
    docket.tickets[0]->taken_in_until_ms = DOCKET_NOW_MS + 100;
    docket.tickets[0]->facts.bidder = false;
    docket_decide(&docket);
    assert_fate(0, FATE_REFUSED, VERDICT_FORBIDDEN);
    ck_assert(ledger_batch_is_empty(docket.batch));
}
END_TEST

START_TEST(what_may_be_decided_elsewhere_is_refused_in_writing_by_the_gates_too)
{
    docket_add(&docket, 1, 1000000, 1);
    docket.tickets[0]->sent_since_ms = 1;
    docket.tickets[0]->facts.bidder = false;
    docket_decide(&docket);
    assert_fate(0, FATE_REFUSED, VERDICT_FORBIDDEN);
    ck_assert(!ledger_batch_is_empty(docket.batch));
}
END_TEST

START_TEST(one_bid_too_many_is_refused_unless_it_is_known)
{
    docket_add(&docket, 1, 1000000, 1);
    docket_add(&docket, 2, 1050000, 2);
    for (size_t i = 0; i < 2; i++)
        docket.tickets[i]->admission = (struct admission_answer){.limited = true, .retry_after_ms = 700};
    docket.tickets[1]->facts.facts.memory = BID_ACCEPTED;
    docket.tickets[1]->facts.facts.remembered = docket.tickets[1]->bid.bid;
    docket.tickets[1]->facts.facts.remembered_seq = 2;
    docket_decide(&docket);
    assert_fate(0, FATE_REFUSED, VERDICT_RATE_LIMITED);
    ck_assert_int_eq(docket.tickets[0]->answer.retry_after_ms, 700);
    assert_fate(1, FATE_KNOWN, VERDICT_OK);
}
END_TEST

START_TEST(a_state_older_than_a_bid_the_ledger_knows_will_not_do)
{
    docket_add(&docket, 1, 1000000, 1);
    ck_assert(!docket_is_behind(&docket));
    docket.tickets[0]->facts.facts.memory = BID_ACCEPTED;
    docket.tickets[0]->facts.facts.remembered_seq = 3;
    ck_assert(docket_is_behind(&docket));
    docket.lot.auction.seq = 3;
    ck_assert(!docket_is_behind(&docket));
}
END_TEST

static void add_maximum(int64_t user, yen maximum, uint8_t id)
{
    docket_add(&docket, user, 0, id);
    docket.tickets[docket.count - 1]->bid.bid.maximum = maximum; /* 0: withdraws */
}

/* The ledger was asked about all of them before any was decided. */
START_TEST(a_maximum_left_or_withdrawn_in_this_batch_counts_for_what_follows)
{
    docket.lot.auction.status = AUCTION_SCHEDULED;
    add_maximum(1, 1500000, 1);
    add_maximum(1, 0, 2);
    add_maximum(1, 0, 3);
    add_maximum(2, 0, 4);
    add_maximum(2, 0, 5);
    docket.tickets[3]->facts.facts.early_maximum = 1200000;
    docket.tickets[4]->facts.facts.early_maximum = 1200000;
    docket_decide(&docket);
    assert_fate(0, FATE_ACCEPTED, VERDICT_OK);
    assert_fate(1, FATE_ACCEPTED, VERDICT_OK);
    assert_fate(2, FATE_REFUSED, VERDICT_NOT_FOUND);
    assert_fate(3, FATE_ACCEPTED, VERDICT_OK);
    assert_fate(4, FATE_REFUSED, VERDICT_NOT_FOUND);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("docket");
    TCase *tests = tcase_create("docket");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_bid_that_comes_twice_in_one_batch_counts_once);
    tcase_add_test(tests, a_bid_refused_first_and_accepted_then_counts_once);
    tcase_add_test(tests, a_bid_from_another_node_is_refused_in_writing);
    tcase_add_test(tests, what_the_gates_refuse_of_another_node_leaves_nothing);
    tcase_add_test(tests, what_may_be_decided_elsewhere_is_refused_in_writing_by_the_gates_too);
    tcase_add_test(tests, one_bid_too_many_is_refused_unless_it_is_known);
    tcase_add_test(tests, a_state_older_than_a_bid_the_ledger_knows_will_not_do);
    tcase_add_test(tests, a_maximum_left_or_withdrawn_in_this_batch_counts_for_what_follows);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}

/* What a desk may decide without reading the ledger: acceptances, upon facts that are young. */
#include "realtime/recall.h"

#include "tests/unit/docket_lot.h"
#include "tests/unit/suite.h"

#include <stdlib.h>

#define READ_MS INT64_C(5000) /* monotonic */

static struct docket docket;
static struct recall recall;

static void set_up(void)
{
    docket_open(&docket);
    recall = (struct recall){0};
}

static void tear_down(void)
{
    docket_empty(&docket);
    recall_finish(&recall);
}

static struct ticket *add(int64_t user, yen amount, uint8_t id)
{
    return docket_add(&docket, user, amount, id);
}

/* A turn that read the ledger: users 1 and 2 are known from it, 1 leads. */
static void read_turn(void)
{
    add(1, 1000000, 1);
    add(2, 1, 2);
    docket_decide(&docket);
    recall_facts(&recall, &docket, READ_MS);
    recall_state(&recall, &docket);
    docket_empty(&docket);
}

static bool presume(int64_t monotonic_ms)
{
    docket.lot = recall.lot;
    for (size_t i = 0; i < docket.count; i++) {
        docket.tickets[i]->facts = (struct ticket_facts){0};
        docket.tickets[i]->fate =
            recall_bidder(&recall, docket.tickets[i], monotonic_ms) ? FATE_OPEN : FATE_DOUBTED;
    }
    return docket_presume(&docket);
}

static void assert_fates(const enum ticket_fate *fates)
{
    for (size_t i = 0; i < docket.count; i++)
        ck_assert_int_eq(docket.tickets[i]->fate, fates[i]);
}

START_TEST(the_state_is_the_one_this_desk_left)
{
    read_turn();
    ck_assert(recall.is_good);
    ck_assert_int_eq(recall.lot.auction.price, 1000000);
    ck_assert_int_eq(recall.lot.auction.leader, 1);
    recall_spoil(&recall);
    ck_assert(!recall.is_good);
}
END_TEST

START_TEST(nothing_is_remembered_of_a_lot_that_takes_no_bids)
{
    docket.lot.auction.status = AUCTION_PAUSED;
    read_turn();
    ck_assert(!recall.is_good);
}
END_TEST

START_TEST(only_acceptances_are_presumed)
{
    read_turn();
    add(1, 1050000, 3);                                         /* leads */
    add(2, 1100000, 4);                                         /* good */
    add(1, 1100000, 5);                                         /* too low */
    add(2, 1100000, 4);                                         /* a twin */
    add(1, 1200000, 6)->bid.received_at_ms = DOCKET_NOW_MS * 2; /* from then at the latest: now */
    add(3, 1200000, 7);                                         /* a stranger, but too low whoever it is */
    ck_assert(presume(READ_MS + 1));
    assert_fates((enum ticket_fate[]){FATE_DOUBTED, FATE_ACCEPTED, FATE_DOUBTED, FATE_DOUBTED, FATE_ACCEPTED,
                                      FATE_DOUBTED});
    ck_assert_int_eq(ledger_batch_state(docket.batch)->price, 1200000);
}
END_TEST

/* Nobody goes first because more happens to be remembered of them. */
START_TEST(a_bid_that_the_ledger_might_accept_leaves_all_to_the_ledger)
{
    read_turn();
    add(2, 1100000, 3);
    add(3, 1200000, 4); /* good, if the stranger is approved */
    add(2, 1200000, 5);
    ck_assert(!presume(READ_MS));
    docket_empty(&docket);
    add(2, 1100000, 6)->bid.received_at_ms = 0; /* counts from the commit, which only the ledger knows */
    ck_assert(!presume(READ_MS));
}
END_TEST

START_TEST(old_facts_are_none)
{
    read_turn();
    add(2, 1100000, 3);
    ck_assert(presume(READ_MS + RECALL_FACTS_MS - 1));
    ck_assert_int_eq(docket.tickets[0]->fate, FATE_ACCEPTED);
    docket_empty(&docket);
    add(2, 1100000, 5);
    ck_assert(!presume(READ_MS + RECALL_FACTS_MS));
    recall_sweep(&recall, READ_MS + RECALL_FACTS_MS);
    ck_assert_uint_eq(recall.bidders.count, 0);
}
END_TEST

START_TEST(who_has_a_credit_limit_is_judged_by_the_ledger_alone)
{
    add(1, 1000000, 1);
    docket.tickets[0]->facts.facts.credit_limited = true;
    docket.tickets[0]->facts.facts.credit = 5000000;
    recall_facts(&recall, &docket, READ_MS);
    ck_assert(!recall_bidder(&recall, docket.tickets[0], READ_MS));
}
END_TEST

START_TEST(one_bid_too_many_is_doubted)
{
    read_turn();
    add(2, 1100000, 3)->admission.limited = true;
    ck_assert(presume(READ_MS));
    ck_assert_int_eq(docket.tickets[0]->fate, FATE_DOUBTED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("recall");
    TCase *tests = tcase_create("recall");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, the_state_is_the_one_this_desk_left);
    tcase_add_test(tests, nothing_is_remembered_of_a_lot_that_takes_no_bids);
    tcase_add_test(tests, only_acceptances_are_presumed);
    tcase_add_test(tests, a_bid_that_the_ledger_might_accept_leaves_all_to_the_ledger);
    tcase_add_test(tests, old_facts_are_none);
    tcase_add_test(tests, who_has_a_credit_limit_is_judged_by_the_ledger_alone);
    tcase_add_test(tests, one_bid_too_many_is_doubted);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}

/* The demo's buyers against a small market: whatever is drawn, lots end within about two minutes, the rules
 * of bidding are kept, and a visitor who goes on gets the horse. */
#include "deploy/admin/play/play.h"

#include "core/domain/ladder.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <stdlib.h>

enum {
    ALL_READY = (1 << PLAY_BUYERS) - 1,
    DURATION = 60000,
    VISITOR = 88,
    STEP_MS = 100,
    MINUTE = 60000,
    BIDS_MAX = 4000
};

static const int paddles[PLAY_BUYERS] = {12, 15, 23, 31, 36, 47, 52, 60};

/* A lot with a clock that each bid sets back. */
struct market {
    int64_t id, seq;
    yen price, start;
    int leader;
    int64_t started_at, ends_at;
    int bids;
};

static struct play *play;
static int64_t bid_at[PLAY_BUYERS][BIDS_MAX];
static int bid_count[PLAY_BUYERS];

static void begin(int seed)
{
    play = play_create((uint64_t)seed * 0x9e3779b97f4aU, paddles);
}

static void teardown(void)
{
    play_destroy(&play);
}

static yen least(const struct market *lot)
{
    return lot->price == 0 ? lot->start : lot->price + ladder_step(&ladder_default, lot->price);
}

static void show(const struct market *lot, bool open, int64_t now)
{
    play_see(play,
             &(struct play_view){
                 .auction_id = lot->id,
                 .seq = lot->seq,
                 .open = open,
                 .running = open,
                 .price = lot->price,
                 .leader = lot->leader,
                 .min_next_bid = least(lot),
                 .step = ladder_step(&ladder_default, lot->price),
             },
             now);
}

static struct market start(int64_t id, yen start_price, yen reserve, int64_t now)
{
    struct market lot = {
        .id = id, .seq = 2, .start = start_price, .started_at = now, .ends_at = now + DURATION};
    play_open(play, id, start_price, reserve, now);
    show(&lot, true, now);
    return lot;
}

static void accept_bid(struct market *lot, int leader, yen amount, int64_t now)
{
    lot->price = amount;
    lot->leader = leader;
    lot->seq++;
    lot->bids++;
    lot->ends_at = now + DURATION;
    show(lot, true, now);
}

/* Checks a bid as the house would, and takes it. */
static void take_bid(struct market *lot, const struct play_bid *bid, int64_t now)
{
    int paddle = paddles[bid->buyer];
    ck_assert_int_eq(bid->auction_id, lot->id);
    ck_assert_int_ne(paddle, lot->leader);
    ck_assert_int_ge(bid->amount, least(lot));
    ck_assert(ladder_reaches(&ladder_default, 0, least(lot), bid->amount));
    ck_assert(bid->max_amount == 0 || bid->max_amount > bid->amount);
    ck_assert_int_le(bid->amount, 3 * least(lot));
    ck_assert_int_le(bid->max_amount, 3 * least(lot));
    ck_assert_int_lt(bid_count[bid->buyer], BIDS_MAX);
    bid_at[bid->buyer][bid_count[bid->buyer]++] = now;
    accept_bid(lot, paddle, bid->amount, now);
}

START_TEST(a_sale_goes_on_without_a_visitor)
{
    begin(_i);
    enum { LOTS = 60, OPEN = 3 };
    struct market lots[OPEN] = {{0}};
    int opened = 0, ended = 0, bids = 0, unsold = 0;
    int64_t next_start = 0;
    for (int64_t now = 0; ended < LOTS; now += STEP_MS) {
        for (int i = 0; i < OPEN; i++) {
            struct market *lot = &lots[i];
            if (lot->id == 0 && opened < LOTS && now >= next_start) {
                opened++;
                *lot = start(opened, 10000 * (100 + (opened * 37) % 900), opened % 2 ? 0 : 10000000, now);
                next_start = now + 22000;
            } else if (lot->id != 0 && now >= lot->ends_at) {
                lot->seq++;
                show(lot, false, now);
                ended++;
                bids += lot->bids;
                unsold += lot->bids == 0;
                ck_assert_int_le(now - lot->started_at, 2 * MINUTE);
                *lot = (struct market){0};
            }
        }
        struct play_bid bid;
        while (play_next(play, ALL_READY, now, &bid))
            for (int i = 0; i < OPEN; i++)
                if (lots[i].id == bid.auction_id)
                    take_bid(&lots[i], &bid, now);
        ck_assert_int_lt(now, 120 * MINUTE);
    }
    ck_assert_int_gt(bids, 3 * LOTS); /* something to watch */
    ck_assert_int_lt(unsold, LOTS / 2);
    for (int buyer = 0; buyer < PLAY_BUYERS; buyer++)
        for (int i = 10; i < bid_count[buyer]; i++)
            ck_assert_int_gt(bid_at[buyer][i] - bid_at[buyer][i - 10], MINUTE);
}
END_TEST

START_TEST(a_visitor_who_goes_on_wins)
{
    begin(_i);
    struct market lot = start(7, 3000000, 4000000, 0);
    int64_t answer_at = 5000;
    int64_t now = 0;
    for (; now < lot.ends_at; now += STEP_MS) {
        struct play_bid bid;
        while (play_next(play, ALL_READY, now, &bid))
            take_bid(&lot, &bid, now);
        if (lot.leader == VISITOR)
            answer_at = now + 2000;
        else if (now >= answer_at)
            accept_bid(&lot, VISITOR, least(&lot), now);
    }
    ck_assert_int_eq(lot.leader, VISITOR);
    ck_assert_int_le(now, 4 * MINUTE);
}
END_TEST

START_TEST(nobody_who_cannot_be_heard_bids)
{
    begin(_i);
    struct market lot = start(7, 3000000, 0, 0);
    struct play_bid bid;
    for (int64_t now = 0; now < 20000; now += STEP_MS)
        ck_assert(!play_next(play, 0, now, &bid));
    for (int64_t now = 20000; now < 2 * MINUTE; now += STEP_MS)
        while (play_next(play, 1 << 2, now, &bid)) {
            ck_assert_int_eq(bid.buyer, 2);
            take_bid(&lot, &bid, now);
        }
}
END_TEST

START_TEST(a_paused_or_forgotten_lot_gets_no_bids)
{
    begin(_i);
    struct market lot = start(7, 3000000, 0, 0);
    play_see(play, &(struct play_view){.auction_id = 7, .seq = 3, .open = true, .min_next_bid = 3000000}, 0);
    struct play_bid bid;
    for (int64_t now = 0; now < 2 * MINUTE; now += STEP_MS)
        ck_assert(!play_next(play, ALL_READY, now, &bid));
    lot.seq = 4;
    show(&lot, false, 2 * MINUTE);
    show(&lot, true, 2 * MINUTE); /* late news of an ended lot */
    for (int64_t now = 2 * MINUTE; now < 4 * MINUTE; now += STEP_MS)
        ck_assert(!play_next(play, ALL_READY, now, &bid));
}
END_TEST

START_TEST(another_step_of_the_auctioneers_is_kept)
{
    begin(_i);
    play_open(play, 7, 3000000, 0, 0);
    struct market lot = {.id = 7, .seq = 2, .start = 3000000};
    for (int64_t now = 0; now < MINUTE; now += STEP_MS) {
        yen min_next_bid = lot.price == 0 ? lot.start : lot.price + 30000;
        play_see(play,
                 &(struct play_view){7, lot.seq, true, true, lot.price, lot.leader, min_next_bid, 30000},
                 now);
        struct play_bid bid;
        while (play_next(play, ALL_READY, now, &bid)) {
            ck_assert_int_eq(bid.amount, min_next_bid);
            lot.price = bid.amount;
            lot.leader = paddles[bid.buyer];
            lot.seq++;
            break;
        }
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("play");
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, NULL, teardown);
    tcase_add_loop_test(cases, a_sale_goes_on_without_a_visitor, 0, 20);
    tcase_add_loop_test(cases, a_visitor_who_goes_on_wins, 0, 200);
    tcase_add_loop_test(cases, nobody_who_cannot_be_heard_bids, 0, 20);
    tcase_add_loop_test(cases, a_paused_or_forgotten_lot_gets_no_bids, 0, 20);
    tcase_add_loop_test(cases, another_step_of_the_auctioneers_is_kept, 0, 20);
    Suite *suite = suite_create("play");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}

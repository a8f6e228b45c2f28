/* A lot's fate is drawn when it opens: how much the house cares for it, who of the buyers wants it, and up to
 * what price. From then on a single moment a lot, when it is looked at next, drives all. */
#include "deploy/admin/play/play.h"

#include "core/base/alloc.h"
#include "core/domain/ladder.h"

#include <stdlib.h>
#include <string.h>

enum {
    BIDS_A_MINUTE = 8, /* of a buyer; the rules allow 10 */
    FIRST_BID_MIN = 2000,
    FIRST_BID_MAX = 8000,
    REPLY_MIN = 4000, /* to somebody who is not of the house */
    REPLY_MAX = 13000,
    REPLIES_MAX = 3,
    QUIET_MIN = 38000, /* after the opening: no more bids but replies */
    QUIET_MAX = 52000,
    LAST_REPLY = 105000, /* after the opening */
    LOOK_AGAIN = 3000,
    MAXIMUM_PERCENT = 12, /* of the bids leave a maximum */
    JUMP_STEPS_MAX = 8,
    MINUTE = 60000,
};

/* How much the house cares for a lot. Factors are percent of the reserve, or of the start price without one.
 */
struct interest {
    int percent; /* of all lots */
    int buyers_min, buyers_max;
    int factor_min, factor_max;
    int bids_min, bids_max;
    int pause_min, pause_max;
};

/* clang-format off */
static const struct interest interests[] = {
    { 6, 0, 0,   0,   0,  0,  0, 5000, 9000}, /* nobody */
    {20, 1, 2,  90, 115,  1,  4, 6000, 15000}, /* a bargain for whoever comes */
    {50, 2, 4, 108, 150,  4, 10, 3000, 9000},
    {24, 4, 6, 135, 210, 10, 18, 1500, 5500}, /* a fight */
};
/* clang-format on */

struct lot {
    struct play_view view; /* auction_id 0: a free place */
    const struct interest *interest;
    yen limits[PLAY_BUYERS]; /* 0: does not want it */
    int bids_left, replies_left;
    int64_t opened_at, quiet_at;
    int64_t look_at; /* no bid before */
};

struct play {
    unsigned short random[3];
    int paddles[PLAY_BUYERS];
    struct lot lots[PLAY_LOTS_MAX];
    int64_t recent[PLAY_BUYERS][BIDS_A_MINUTE]; /* when each made its last bids; the oldest is replaced */
};

static int64_t between(struct play *play, int64_t lowest, int64_t highest)
{
    return lowest + nrand48(play->random) % (highest - lowest + 1);
}

struct play *play_create(uint64_t seed, const int paddles[PLAY_BUYERS])
{
    struct play *play = xcalloc(1, sizeof *play);
    memcpy(play->random, &seed, sizeof play->random);
    memcpy(play->paddles, paddles, sizeof play->paddles);
    for (int buyer = 0; buyer < PLAY_BUYERS; buyer++)
        for (int i = 0; i < BIDS_A_MINUTE; i++)
            play->recent[buyer][i] = INT64_MIN / 2;
    return play;
}

void play_destroy(struct play **play)
{
    free(*play);
    *play = NULL;
}

/* ---- opening ---- */

static struct lot *find_lot(struct play *play, int64_t auction_id)
{
    for (int i = 0; i < PLAY_LOTS_MAX; i++)
        if (play->lots[i].view.auction_id == auction_id)
            return &play->lots[i];
    return NULL;
}

static const struct interest *draw_interest(struct play *play)
{
    const struct interest *interest = interests;
    int64_t drawn = between(play, 0, 99);
    while (drawn >= interest->percent) {
        drawn -= interest->percent;
        interest++;
    }
    return interest;
}

static void draw_limits(struct play *play, struct lot *lot, yen value)
{
    const struct interest *interest = lot->interest;
    int64_t wanted = between(play, interest->buyers_min, interest->buyers_max);
    while (wanted > 0) {
        int64_t buyer = between(play, 0, PLAY_BUYERS - 1);
        if (lot->limits[buyer] != 0)
            continue;
        lot->limits[buyer] = value / 100 * between(play, interest->factor_min, interest->factor_max) +
                             value / 1000 * between(play, 0, 60);
        wanted--;
    }
}

void play_open(struct play *play, int64_t auction_id, yen start_price, yen reserve, int64_t now)
{
    struct lot *lot = find_lot(play, 0);
    if (lot == NULL || find_lot(play, auction_id) != NULL)
        return;
    *lot = (struct lot){
        .view = {.auction_id = auction_id},
        .interest = draw_interest(play),
        .replies_left = REPLIES_MAX,
        .opened_at = now,
    };
    lot->quiet_at = now + between(play, QUIET_MIN, QUIET_MAX);
    lot->look_at = now + between(play, FIRST_BID_MIN, FIRST_BID_MAX);
    lot->bids_left = (int)between(play, lot->interest->bids_min, lot->interest->bids_max);
    draw_limits(play, lot, reserve > start_price ? reserve : start_price);
}

/* ---- looking on ---- */

static bool is_ours(const struct play *play, int paddle)
{
    for (int buyer = 0; buyer < PLAY_BUYERS; buyer++)
        if (play->paddles[buyer] == paddle)
            return true;
    return false;
}

/* Somebody leads who is not of the house. */
static bool visitor_leads(const struct play *play, const struct lot *lot)
{
    return lot->view.leader != 0 && !is_ours(play, lot->view.leader);
}

void play_see(struct play *play, const struct play_view *view, int64_t now)
{
    struct lot *lot = find_lot(play, view->auction_id);
    if (view->auction_id == 0 || lot == NULL || view->seq < lot->view.seq)
        return;
    if (!view->open) {
        *lot = (struct lot){0};
        return;
    }
    bool came = view->leader != lot->view.leader;
    lot->view = *view;
    if (came && visitor_leads(play, lot))
        lot->look_at = now + between(play, REPLY_MIN, REPLY_MAX);
}

void play_forget(struct play *play)
{
    memset(play->lots, 0, sizeof play->lots);
}

/* ---- bidding ---- */

static bool has_bids_left(const struct play *play, int buyer, int64_t now)
{
    for (int i = 0; i < BIDS_A_MINUTE; i++)
        if (play->recent[buyer][i] <= now - MINUTE)
            return true;
    return false;
}

static void count_bid(struct play *play, int buyer, int64_t now)
{
    int oldest = 0;
    for (int i = 1; i < BIDS_A_MINUTE; i++)
        if (play->recent[buyer][i] < play->recent[buyer][oldest])
            oldest = i;
    play->recent[buyer][oldest] = now;
}

static bool may_bid(const struct play *play, const struct lot *lot, int64_t now)
{
    if (lot->view.auction_id == 0 || !lot->view.running || lot->view.min_next_bid <= 0 ||
        now < lot->look_at || lot->bids_left == 0)
        return false;
    if (visitor_leads(play, lot))
        return lot->replies_left > 0 && now < lot->opened_at + LAST_REPLY;
    return now < lot->quiet_at;
}

/* One of those who want the lot at its price, do not lead, and can be heard; -1: nobody. */
static int choose_buyer(struct play *play, const struct lot *lot, unsigned ready, int64_t now)
{
    int64_t first = between(play, 0, PLAY_BUYERS - 1);
    for (int i = 0; i < PLAY_BUYERS; i++) {
        int buyer = (int)((first + i) % PLAY_BUYERS);
        if ((ready >> buyer & 1) != 0 && lot->limits[buyer] >= lot->view.min_next_bid &&
            play->paddles[buyer] != lot->view.leader && has_bids_left(play, buyer, now))
            return buyer;
    }
    return -1;
}

/* The least next bid or, where there is far to go in few bids, some steps more: whole steps of the house's
 * ladder, and none when the auctioneer has set a step of his own. */
static yen choose_amount(struct play *play, const struct lot *lot, yen limit)
{
    yen amount = lot->view.min_next_bid;
    if (lot->view.step != ladder_step(&ladder_default, lot->view.price))
        return amount;
    int64_t wanted = (limit - amount) / lot->view.step / lot->bids_left;
    int64_t steps = between(play, 0, 2 * wanted);
    if (steps > JUMP_STEPS_MAX)
        steps = JUMP_STEPS_MAX;
    for (; steps > 0; steps--) {
        yen next = amount + ladder_step(&ladder_default, amount);
        if (next > limit || next > 2 * lot->view.min_next_bid)
            break;
        amount = next;
    }
    return amount;
}

/* Under three times the least next bid no confirmation is asked for. */
static yen choose_maximum(struct play *play, const struct lot *lot, yen limit, yen amount)
{
    yen maximum = limit - limit % ladder_smallest(&ladder_default);
    bool wanted = between(play, 0, 99) < MAXIMUM_PERCENT;
    return wanted && maximum > amount && maximum <= 3 * lot->view.min_next_bid ? maximum : 0;
}

bool play_next(struct play *play, unsigned ready, int64_t now, struct play_bid *out)
{
    for (int i = 0; i < PLAY_LOTS_MAX; i++) {
        struct lot *lot = &play->lots[i];
        if (!may_bid(play, lot, now))
            continue;
        int buyer = choose_buyer(play, lot, ready, now);
        if (buyer < 0) {
            lot->look_at = now + LOOK_AGAIN;
            continue;
        }
        yen amount = choose_amount(play, lot, lot->limits[buyer]);
        *out = (struct play_bid){
            .buyer = buyer,
            .auction_id = lot->view.auction_id,
            .amount = amount,
            .max_amount = choose_maximum(play, lot, lot->limits[buyer], amount),
        };
        lot->replies_left -= visitor_leads(play, lot) ? 1 : 0;
        lot->bids_left--;
        lot->look_at = now + between(play, lot->interest->pause_min, lot->interest->pause_max);
        count_bid(play, buyer, now);
        return true;
    }
    return false;
}

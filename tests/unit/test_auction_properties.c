/* What must hold after any sequence of commands whatever, tried on some thousands of random lots. The seeds
 * are fixed: a failure repeats. */
#include "tests/unit/lot.h"
#include "tests/unit/suite.h"

#define LOTS     800
#define COMMANDS 60
#define USERS    5

/* ---- chance ---- */

static uint64_t state;

static uint64_t chance(uint64_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % below;
}

/* ---- what the test remembers itself, to compare with ---- */

struct accepted {
    struct command command;
    int64_t seq; /* of the first event */
    int64_t now_ms;
    bool retracted;
};

struct story {
    struct lot lot;
    struct accepted accepted[COMMANDS + 2];
    int count;
};

static void random_terms(struct auction *auction)
{
    struct auction_rules *rules = &auction->terms.rules;
    rules->mode = chance(3) == 0 ? EXTENSION_ADD : EXTENSION_RESET;
    rules->max_extensions = (int)chance(4);
    rules->extension_window_ms = 1000 + (int64_t)chance(300000);
    rules->extension_ms = 1000 + (int64_t)chance(300000);
    auction->terms.start_price = 10000 * (1 + (yen)chance(120));
    auction->reserve = chance(2) == 0 ? 0 : auction->terms.start_price + 10000 * (yen)chance(100);
}

static struct command random_bid(struct story *story)
{
    struct lot *lot = &story->lot;
    int64_t user = 1 + (int64_t)chance(USERS);
    yen least = auction_min_next_bid(&lot->auction);
    yen amount = chance(3) == 0 ? 0 : least + (yen)chance(4) * auction_step(&lot->auction);
    yen base = amount > least ? amount : least;
    yen maximum = amount != 0 && chance(2) == 0 ? 0 : base + (yen)chance(30) * 5000;
    struct command command = lot_bid_command(lot, user, amount, maximum);
    if (chance(10) == 0) /* the frame came in a while ago, or the clock has run out in between */
        command.at_ms = lot->now_ms - (int64_t)chance(3000);
    return command;
}

static struct command random_command(struct story *story)
{
    struct lot *lot = &story->lot;
    if (chance(4) != 0)
        return random_bid(story);
    static const enum command_kind kinds[] = {
        COMMAND_PAUSE, COMMAND_RESUME, COMMAND_RESUME,  COMMAND_EXTEND, COMMAND_STEP,   COMMAND_MESSAGE,
        COMMAND_WARN,  COMMAND_WARN,   COMMAND_RESERVE, COMMAND_HAMMER, COMMAND_CLOSE,  COMMAND_CLOSE,
        COMMAND_PASS,  COMMAND_UNDO,   COMMAND_UNDO,    COMMAND_REOPEN, COMMAND_REOPEN, COMMAND_OUTAGE};
    struct command command = lot_command(lot, kinds[chance(sizeof kinds / sizeof *kinds)]);
    command.by_ms = 1000 + (int64_t)chance(60000);
    command.step = (yen)chance(3) * 10000 - (chance(4) == 0 ? 1 : 0);
    if (command.step != 0 && command.step != -1)
        command.step -= command.step % 10000;
    command.start_price = chance(3) == 0 ? 10000 : 0;
    command.reserve = lot->auction.reserve - 10000 * (yen)chance(3);
    if (command.kind == COMMAND_OUTAGE)
        command.at_ms -= (int64_t)chance(5000);
    if (command.kind == COMMAND_UNDO && story->count > 0 && chance(2) == 0)
        command.undo_seq = story->accepted[chance((uint64_t)story->count)].seq;
    return command;
}

/* ---- the properties ---- */

static void check_state(const struct auction *auction)
{
    ck_assert_int_ge(auction->leader_max, auction->price);
    ck_assert((auction->price == 0) == (auction->leader == 0));
    ck_assert((auction->leader == 0) == (auction->leader_paddle == 0));
    ck_assert_int_ge(auction->bid_count, auction->leader != 0);
    if (auction->price > 0 && auction->price < auction->reserve)
        ck_assert_int_eq(auction->price,
                         auction->leader_max); /* a maximum below the reserve is placed in full */
}

static void check_step(const struct auction *before, const struct lot *lot, const struct command *command)
{
    const struct auction *after = &lot->auction;
    const struct decision *decision = &lot->decision;
    ck_assert_int_eq(after->seq, before->seq + (int64_t)decision->count);
    for (size_t i = 0; i < decision->count; i++)
        ck_assert_int_eq(decision->events[i].seq, before->seq + 1 + (int64_t)i);
    ck_assert_uint_le(decision->count, AUCTION_EVENTS_MAX);
    if (command->kind != COMMAND_UNDO)
        ck_assert_int_ge(after->price, before->price);
    if (before->status == AUCTION_ACTIVE && after->status == AUCTION_ACTIVE &&
        command->kind != COMMAND_HAMMER)
        ck_assert_int_ge(after->ends_at_ms, before->ends_at_ms);
    if (command->kind == COMMAND_BID) {
        ck_assert_int_lt(command->at_ms, before->ends_at_ms);
        ck_assert_int_eq(before->status, AUCTION_ACTIVE);
        yen highest = command->bid.maximum > command->bid.amount ? command->bid.maximum : command->bid.amount;
        bool leads = after->leader == command->actor;
        ck_assert(leads ==
                  (before->leader == command->actor || before->leader == 0 || highest > before->leader_max));
        ck_assert(leads || after->price >= highest); /* nobody is passed below what they offered */
        ck_assert_int_le(after->price, highest > before->leader_max ? highest : before->leader_max);
    }
}

/* The highest maximum leads, the price is at least every other's: from the commands alone, without the rules'
 * own arithmetic. */
static void check_contest(const struct story *story)
{
    yen highest[USERS + 1] = {0};
    const struct auction *auction = &story->lot.auction;
    for (int i = 0; i < story->count; i++) {
        const struct accepted *accepted = &story->accepted[i];
        if (accepted->command.kind == COMMAND_REOPEN)
            return; /* maxima were cleared: what is left is checked by the replay */
        if (accepted->command.kind != COMMAND_BID || accepted->retracted)
            continue;
        const struct bid *bid = &accepted->command.bid;
        yen offer = bid->maximum > bid->amount ? bid->maximum : bid->amount;
        if (offer > highest[accepted->command.actor])
            highest[accepted->command.actor] = offer;
    }
    for (int64_t user = 1; user <= USERS; user++) {
        if (user == auction->leader)
            ck_assert_int_eq(auction->leader_max, highest[user]);
        else
            ck_assert_int_le(highest[user], auction->leader != 0 ? auction->price : 0);
    }
}

static bool same_auction(const struct auction *a, const struct auction *b)
{
    return a->seq == b->seq && a->status == b->status && a->terms.start_price == b->terms.start_price &&
           a->reserve == b->reserve && a->step_override == b->step_override && a->price == b->price &&
           a->leader == b->leader && a->leader_paddle == b->leader_paddle && a->leader_max == b->leader_max &&
           a->bid_count == b->bid_count && a->starts_at_ms == b->starts_at_ms &&
           a->ends_at_ms == b->ends_at_ms && a->remaining_ms == b->remaining_ms &&
           a->paused_by_outage == b->paused_by_outage && a->extensions == b->extensions &&
           a->warned_at_ms == b->warned_at_ms;
}

static void check_fold(const struct lot *lot)
{
    struct auction folded = {.id = lot->auction.id};
    for (size_t i = 0; i < lot->count; i++) {
        ck_assert_int_eq(lot->history[i].seq, folded.seq + 1);
        auction_apply(&folded, &lot->history[i]);
    }
    ck_assert(same_auction(&folded, &lot->auction));
}

static void check_replay(const struct lot *lot)
{
    struct auction_standing standing = auction_replay(lot->history, lot->count, 0);
    ck_assert_int_eq(standing.price, lot->auction.price);
    ck_assert_int_eq(standing.leader, lot->auction.leader);
    ck_assert_int_eq(standing.leader_paddle, lot->auction.leader_paddle);
    ck_assert_int_eq(standing.leader_max, lot->auction.leader_max);
    ck_assert_int_eq(standing.bid_count, lot->auction.bid_count);
}

/* Another lot on which the retracted bids were never made. True when it took every other command, so that the
 * two can be compared. */
static bool twin_agrees(const struct story *story)
{
    struct lot twin;
    lot_init(&twin);
    twin.auction.terms = story->lot.scheduled_terms;
    twin.auction.reserve = story->lot.history[0].reserve;
    bool comparable = true;
    for (int i = 0; i < story->count && comparable; i++) {
        const struct accepted *accepted = &story->accepted[i];
        if (accepted->retracted || accepted->command.kind == COMMAND_UNDO)
            continue;
        struct command command = accepted->command;
        twin.now_ms = accepted->now_ms;
        command.expected_seq = twin.auction.seq;
        lot_decide(&twin, &command, lot_bidder(command.actor));
        comparable = twin.decision.kind == DECISION_EVENTS;
    }
    if (comparable) {
        const struct auction *auction = &story->lot.auction;
        ck_assert_int_eq(twin.auction.price, auction->price);
        ck_assert_int_eq(twin.auction.leader, auction->leader);
        ck_assert_int_eq(twin.auction.leader_max, auction->leader_max);
        ck_assert_int_eq(twin.auction.bid_count, auction->bid_count);
    }
    lot_finish(&twin);
    return comparable;
}

/* ---- the stories ---- */

static void note_accepted(struct story *story, const struct command *command, int64_t first_seq)
{
    story->accepted[story->count++] = (struct accepted){*command, first_seq, story->lot.now_ms, false};
    if (command->kind != COMMAND_UNDO)
        return;
    for (int i = 0; i < story->count; i++)
        if (story->accepted[i].seq == story->lot.decision.events[0].cause)
            story->accepted[i].retracted = true;
}

static void take(struct story *story, const struct command *command)
{
    struct auction before = story->lot.auction;
    lot_decide(&story->lot, command, lot_bidder(command->actor));
    if (story->lot.decision.kind != DECISION_EVENTS) {
        ck_assert_uint_eq(story->lot.decision.count, 0);
        ck_assert(same_auction(&before, &story->lot.auction));
        return;
    }
    check_state(&story->lot.auction);
    check_step(&before, &story->lot, command);
    note_accepted(story, command, before.seq + 1);
    check_contest(story);
}

START_TEST(whatever_happens_the_rules_hold)
{
    static struct story story;
    int accepted = 0, compared = 0, undone = 0;
    for (int i = 0; i < LOTS; i++) {
        state = 0x9E3779B97F4A7C15u * (uint64_t)(i + 1);
        memset(&story, 0, sizeof story);
        lot_init(&story.lot);
        random_terms(&story.lot.auction);
        struct command command = lot_command(&story.lot, COMMAND_SCHEDULE);
        take(&story, &command);
        command = lot_command(&story.lot, COMMAND_START);
        take(&story, &command);
        ck_assert_int_eq(story.lot.auction.status, AUCTION_ACTIVE);
        for (int j = 0; j < COMMANDS; j++) {
            story.lot.now_ms += (int64_t)chance(chance(20) == 0 ? 200000 : 8000);
            command = random_command(&story);
            int before = story.count;
            take(&story, &command);
            if (story.count > before && command.kind == COMMAND_UNDO) {
                undone++;
                compared += twin_agrees(&story);
            }
        }
        check_fold(&story.lot);
        check_replay(&story.lot);
        accepted += story.count;
        lot_finish(&story.lot);
    }
    /* the stories are worth something: much was accepted, much undone and compared */
    ck_assert_int_gt(accepted, LOTS * 10);
    ck_assert_int_gt(undone, LOTS / 2);
    ck_assert_int_gt(compared, LOTS / 4);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("auction properties");
    TCase *properties = tcase_create("properties");
    tcase_set_timeout(properties, 120);
    tcase_add_test(properties, whatever_happens_the_rules_hold);
    suite_add_tcase(suite, properties);
    return run_suite(suite);
}

/* The rule book: every command × every status, and for each command what must hold and what then happens. The
 * table at the end is the overview; the functions before it are its rows in full. */
#include "core/domain/settle.h"

#include <string.h>

#define HAMMER_AFTER_WARNING_MS 10000 /* a fair warning must have stood this long */
#define RESUME_AT_LEAST_MS      10000
#define RESUME_AFTER_OUTAGE_MS  60000
#define CONFIRM_ABOVE_TIMES     3 /* amounts over so many times the next bid look like a slip of the finger */
#define EXTEND_LEAST_MS         1000
#define EXTEND_MOST_MS          86400000

/* One judgement in progress. */
struct judge {
    const struct auction *auction;
    const struct command *command;
    const struct auction_facts *facts;
    struct decision *out;
};

static void refuse(struct judge *judge, enum verdict verdict)
{
    judge->out->kind = DECISION_REFUSED;
    judge->out->verdict = verdict;
    judge->out->count = 0;
}

/* The next event of the decision, numbered, dated and signed. */
static struct auction_event *emit(struct judge *judge, enum event_kind kind, int64_t at_ms)
{
    struct decision *out = judge->out;
    struct auction_event *event = &out->events[out->count++];
    memset(event, 0, sizeof *event);
    event->kind = kind;
    event->seq = judge->auction->seq + (int64_t)out->count;
    event->at_ms = at_ms;
    event->actor = judge->command->actor;
    return event;
}

static struct auction_event *emit_now(struct judge *judge, enum event_kind kind)
{
    return emit(judge, kind, judge->facts->now_ms);
}

static struct auction_standing standing_of(const struct auction *auction)
{
    return (struct auction_standing){
        .price = auction->price,
        .leader = auction->leader,
        .leader_paddle = auction->leader_paddle,
        .leader_max = auction->leader_max,
        .bid_count = auction->bid_count,
    };
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* ---- what a bid is judged by ---- */

/* Check 3. True when the ledger's memory of this bidId already settles the matter. */
static bool bid_is_remembered(struct judge *judge)
{
    const struct auction_facts *facts = judge->facts;
    if (facts->memory == BID_UNKNOWN)
        return false;
    const struct bid *bid = &judge->command->bid;
    if (bid->amount == facts->remembered.amount && bid->maximum == facts->remembered.maximum)
        judge->out->kind = DECISION_KNOWN;
    else
        refuse(judge, VERDICT_BID_ID_REUSED);
    return true;
}

/* Check 5. A bid counts by the moment it was received; one stamped at or after the end waits for what becomes
 * of the lot. */
static bool lot_takes_bid(struct judge *judge)
{
    const struct auction *auction = judge->auction;
    switch (auction->status) {
    case AUCTION_DRAFT:
    case AUCTION_SCHEDULED: refuse(judge, VERDICT_AUCTION_NOT_ACTIVE); return false;
    case AUCTION_PAUSED: refuse(judge, VERDICT_AUCTION_PAUSED); return false;
    case AUCTION_SOLD:
    case AUCTION_PASSED:
    case AUCTION_WITHDRAWN:
    case AUCTION_STATUS_COUNT: refuse(judge, VERDICT_AUCTION_ENDED); return false;
    case AUCTION_ACTIVE: break;
    }
    if (judge->command->at_ms >= auction->ends_at_ms) {
        judge->out->kind = DECISION_HELD;
        return false;
    }
    if (judge->facts->now_ms >= auction->ends_at_ms + auction->terms.rules.close_grace_ms) {
        refuse(judge, VERDICT_AUCTION_ENDED);
        return false;
    }
    return true;
}

/* Checks 10 and 11, of a bid that may cost its maker `highest`. */
static enum verdict judge_cost(struct judge *judge, yen highest, yen least)
{
    const struct auction_facts *facts = judge->facts;
    if (highest > CONFIRM_ABOVE_TIMES * least && !judge->command->bid.confirm)
        return VERDICT_CONFIRM_REQUIRED;
    if (!facts->credit_limited || highest <= facts->credit)
        return VERDICT_OK;
    judge->out->available = later(0, facts->credit);
    return VERDICT_CREDIT_EXCEEDED;
}

/* Checks 7 to 11; `raise` tells that the leader lifts the own maximum. */
static enum verdict judge_amounts(struct judge *judge, bool raise, yen least)
{
    const struct auction *auction = judge->auction;
    const struct bid *bid = &judge->command->bid;
    yen highest = bid->maximum > bid->amount ? bid->maximum : bid->amount;
    if (raise) {
        if (bid->amount != 0 || bid->maximum == 0)
            return VERDICT_ALREADY_LEADING;
        if (bid->maximum <= auction->leader_max)
            return VERDICT_MAX_NOT_RAISED;
    } else {
        if ((bid->amount != 0 ? bid->amount : bid->maximum) < least)
            return VERDICT_BID_TOO_LOW;
        if (bid->amount != 0 &&
            !ladder_reaches(&auction->terms.ladder, auction->step_override, least, bid->amount))
            return VERDICT_BID_OFF_STEP;
    }
    return judge_cost(judge, highest, least);
}

/* An accepted bid that moves the price sets the clock (product.md, "Closing"). What came before the clock ran
 * does not: the maxima that a start makes bids of would set it ahead one by one, before anybody pressed
 * anything, where the window is longer than the duration. */
static void extend_clock(struct judge *judge)
{
    const struct auction *auction = judge->auction;
    const struct auction_rules *rules = &auction->terms.rules;
    int64_t received = judge->command->at_ms;
    int64_t left = auction->ends_at_ms - received;
    if (left >= rules->extension_window_ms || received <= auction->starts_at_ms)
        return;
    bool late = left < rules->late_ms;
    if (late && rules->max_extensions > 0 && auction->extensions >= rules->max_extensions)
        return;
    int64_t ends_at = rules->mode == EXTENSION_ADD
                          ? auction->ends_at_ms + rules->extension_ms
                          : later(auction->ends_at_ms, received + rules->extension_ms);
    if (ends_at == auction->ends_at_ms)
        return;
    struct auction_event *event = emit(judge, EVENT_EXTENDED, received);
    event->actor = 0;
    event->ends_at_ms = ends_at;
    event->extensions = auction->extensions + (late ? 1 : 0);
}

static void emit_lines(struct judge *judge, const struct settlement *settlement, int64_t cause)
{
    for (int i = 0; i < settlement->count; i++) {
        const struct settle_line *line = &settlement->lines[i];
        struct auction_event *event = emit(judge, EVENT_BID, judge->command->at_ms);
        event->user = line->user;
        event->paddle = line->paddle;
        event->amount = line->amount;
        event->automatic = line->automatic;
        if (line->automatic) {
            event->actor = 0;
            event->cause = cause;
            event->maximum = line->maximum;
        } else {
            event->given_amount = judge->command->bid.amount;
            event->maximum = judge->command->bid.maximum;
            event->bid_id = judge->command->bid.id;
        }
    }
}

/* Check 6. */
static bool person_may_bid(struct judge *judge)
{
    if (!judge->facts->approved)
        refuse(judge, VERDICT_NOT_APPROVED);
    else if (judge->facts->own_lot)
        refuse(judge, VERDICT_OWN_LOT);
    else
        return true;
    return false;
}

/* A refusal that tells what the next bid would have to be. */
static void refuse_amount(struct judge *judge, enum verdict verdict, yen least)
{
    judge->out->min_next_bid = least;
    judge->out->step = auction_step(judge->auction);
    refuse(judge, verdict);
}

/* ---- maxima before the start ---- */

static void emit_maximum(struct judge *judge)
{
    const struct command *command = judge->command;
    struct auction_event *event = emit(judge, EVENT_MAXIMUM_LEFT, command->at_ms);
    event->user = command->actor;
    event->paddle = judge->facts->paddle;
    event->maximum = command->bid.maximum;
    event->bid_id = command->bid.id;
}

/* Leaves the maximum or puts another, higher or lower, in the place of the one before: it binds from the
 * start on. */
static void decide_early_maximum(struct judge *judge)
{
    yen least = auction_min_next_bid(judge->auction), maximum = judge->command->bid.maximum;
    if (!person_may_bid(judge))
        return;
    enum verdict verdict = maximum < least ? VERDICT_BID_TOO_LOW : judge_cost(judge, maximum, least);
    if (verdict != VERDICT_OK)
        refuse_amount(judge, verdict, least);
    else
        emit_maximum(judge);
}

/* Whoever left it may take it back, still approved or not. */
static void decide_withdrawal(struct judge *judge)
{
    if (judge->auction->status != AUCTION_SCHEDULED)
        refuse(judge, VERDICT_COMMAND_NOT_ALLOWED);
    else if (judge->facts->early_maximum == 0)
        refuse(judge, VERDICT_NOT_FOUND);
    else
        emit_maximum(judge);
}

/* ---- bids ---- */

static void decide_bid(struct judge *judge)
{
    const struct auction *auction = judge->auction;
    const struct command *command = judge->command;
    const struct bid *bid = &command->bid;
    if (bid_is_remembered(judge))
        return;
    if (bid_is_withdrawal(bid)) {
        decide_withdrawal(judge);
        return;
    }
    if (auction->status == AUCTION_SCHEDULED && bid->amount == 0) {
        decide_early_maximum(judge);
        return;
    }
    if (!lot_takes_bid(judge) || !person_may_bid(judge))
        return;

    struct settle_terms terms = settle_terms_of(auction);
    struct auction_standing before = standing_of(auction);
    yen least = settle_min_next_bid(&terms, auction->price);
    bool raise = auction->leader != 0 && auction->leader == command->actor;
    enum verdict verdict = judge_amounts(judge, raise, least);
    if (verdict != VERDICT_OK) {
        refuse_amount(judge, verdict, least);
        return;
    }

    struct settlement settlement;
    int64_t first = auction->seq + 1;
    if (raise) {
        struct auction_event *event = emit(judge, EVENT_RAISED, command->at_ms);
        event->user = command->actor;
        event->paddle = auction->leader_paddle;
        event->maximum = bid->maximum;
        event->bid_id = bid->id;
        settle_raise(&before, &terms, bid->maximum, &settlement);
    } else {
        yen amount = bid->amount != 0 ? bid->amount : least;
        yen maximum = bid->maximum > amount ? bid->maximum : amount;
        settle_bid(&before, &terms, command->actor, judge->facts->paddle, amount, maximum, &settlement);
    }
    emit_lines(judge, &settlement, first);
    if (settlement.count > 0)
        extend_clock(judge);
}

/* ---- the life of the lot ---- */

static void decide_schedule(struct judge *judge)
{
    if (judge->facts->sale_shut) {
        refuse(judge, VERDICT_COMMAND_NOT_ALLOWED);
        return;
    }
    const char *field;
    enum verdict verdict = auction_check_terms(&judge->auction->terms, judge->auction->reserve, &field);
    if (verdict != VERDICT_OK) {
        refuse(judge, verdict);
        return;
    }
    struct auction_event *event = emit_now(judge, EVENT_SCHEDULED);
    event->terms = &judge->auction->terms;
    event->reserve = judge->auction->reserve;
    event->starts_at_ms = judge->command->starts_at_ms;
}

static void decide_start(struct judge *judge)
{
    struct auction_event *event = emit_now(judge, EVENT_STARTED);
    event->ends_at_ms = event->at_ms + judge->auction->terms.rules.duration_ms;
}

/* Also for extend and hammer: once the clock has run out, only bids received before and the close may follow.
 */
static bool clock_still_runs(struct judge *judge)
{
    if (judge->facts->now_ms < judge->auction->ends_at_ms)
        return true;
    refuse(judge, VERDICT_AUCTION_ENDED);
    return false;
}

static void decide_pause(struct judge *judge)
{
    if (!clock_still_runs(judge))
        return;
    struct auction_event *event = emit_now(judge, EVENT_PAUSED);
    event->remaining_ms = judge->auction->ends_at_ms - event->at_ms;
    event->text = judge->command->text;
}

static void decide_outage(struct judge *judge)
{
    struct auction_event *event = emit_now(judge, EVENT_PAUSED);
    event->remaining_ms = later(0, judge->auction->ends_at_ms - judge->command->at_ms);
    event->outage = true;
}

static void decide_resume(struct judge *judge)
{
    const struct auction *auction = judge->auction;
    int64_t least = auction->paused_by_outage ? RESUME_AFTER_OUTAGE_MS : RESUME_AT_LEAST_MS;
    struct auction_event *event = emit_now(judge, EVENT_RESUMED);
    event->ends_at_ms = event->at_ms + later(auction->remaining_ms, least);
    event->text = judge->command->text;
}

static void decide_extend(struct judge *judge)
{
    int64_t by = judge->command->by_ms;
    if (by < EXTEND_LEAST_MS || by > EXTEND_MOST_MS) {
        refuse(judge, VERDICT_INVALID_MESSAGE);
        return;
    }
    if (!clock_still_runs(judge))
        return;
    struct auction_event *event = emit_now(judge, EVENT_EXTENDED);
    event->ends_at_ms = judge->auction->ends_at_ms + by;
    event->extensions = judge->auction->extensions;
    event->text = judge->command->text;
}

static void decide_step(struct judge *judge)
{
    const struct auction *auction = judge->auction;
    const struct command *command = judge->command;
    yen smallest = ladder_smallest(&auction->terms.ladder);
    if (command->step < -1 || command->step > MONEY_MAX || command->start_price < 0) {
        refuse(judge, VERDICT_INVALID_MESSAGE);
        return;
    }
    if (command->start_price > 0 &&
        (auction->price != 0 || command->start_price >= auction->terms.start_price)) {
        refuse(judge, VERDICT_START_PRICE_FIXED);
        return;
    }
    if ((command->step > 0 && command->step % smallest != 0) || command->start_price % smallest != 0) {
        refuse(judge, VERDICT_PRICE_OFF_STEP);
        return;
    }
    struct auction_event *event = emit_now(judge, EVENT_STEP_CHANGED);
    event->step = command->step == -1 ? auction->step_override : command->step;
    event->start_price = command->start_price;
}

static void decide_message(struct judge *judge)
{
    emit_now(judge, EVENT_MESSAGE)->text = judge->command->text;
}

static void decide_warn(struct judge *judge)
{
    emit_now(judge, EVENT_WARNED)->text = judge->command->text;
}

static void decide_reserve(struct judge *judge)
{
    const struct auction *auction = judge->auction;
    yen reserve = judge->command->reserve;
    if (reserve < 0 || reserve > MONEY_MAX) {
        refuse(judge, VERDICT_INVALID_MESSAGE);
        return;
    }
    if (reserve % ladder_smallest(&auction->terms.ladder) != 0) {
        refuse(judge, VERDICT_PRICE_OFF_STEP);
        return;
    }
    if (auction->status != AUCTION_SCHEDULED && reserve > auction->reserve) {
        refuse(judge, VERDICT_RESERVE_RAISED);
        return;
    }
    emit_now(judge, EVENT_RESERVE_CHANGED)->reserve = reserve;
}

static void decide_hammer(struct judge *judge)
{
    const struct auction *auction = judge->auction;
    if (!clock_still_runs(judge))
        return;
    if (auction->warned_at_ms == 0 ||
        judge->facts->now_ms - auction->warned_at_ms < HAMMER_AFTER_WARNING_MS) {
        refuse(judge, VERDICT_WARNING_REQUIRED);
        return;
    }
    struct auction_event *event = emit_now(judge, EVENT_HAMMERED);
    event->ends_at_ms = event->at_ms;
}

static void decide_close(struct judge *judge)
{
    const struct auction *auction = judge->auction;
    if (judge->facts->now_ms < auction->ends_at_ms + auction->terms.rules.close_grace_ms) {
        judge->out->kind = DECISION_HELD;
        return;
    }
    if (auction->leader == 0 || auction->price < auction->reserve) {
        emit_now(judge, EVENT_PASSED);
        return;
    }
    struct auction_event *event = emit_now(judge, EVENT_SOLD);
    event->user = auction->leader;
    event->paddle = auction->leader_paddle;
    event->amount = auction->price;
}

static void decide_pass(struct judge *judge)
{
    emit_now(judge, EVENT_PASSED)->text = judge->command->text;
}

static void decide_withdraw(struct judge *judge)
{
    emit_now(judge, EVENT_WITHDRAWN)->text = judge->command->text;
}

static void decide_reopen(struct judge *judge)
{
    if (judge->auction->status == AUCTION_SOLD && judge->facts->order_settled) {
        refuse(judge, VERDICT_ORDER_SETTLED);
        return;
    }
    struct auction_event *event = emit_now(judge, EVENT_REOPENED);
    event->ends_at_ms = event->at_ms + judge->auction->terms.rules.duration_ms;
    event->text = judge->command->text;
}

/* The bid or raise that an undo takes back: the one named, else the latest that stands. NULL when there is
 * none. */
static const struct auction_event *find_undone(const struct auction_facts *facts, int64_t seq)
{
    for (size_t i = facts->history_count; i-- > 0;) {
        const struct auction_event *event = &facts->history[i];
        bool is_bid = event->kind == EVENT_RAISED || (event->kind == EVENT_BID && !event->automatic);
        if (!is_bid || (seq != 0 && event->seq != seq))
            continue;
        bool stands = true;
        for (size_t j = i + 1; j < facts->history_count; j++)
            stands &= facts->history[j].kind != EVENT_BID_RETRACTED || facts->history[j].cause != event->seq;
        if (stands)
            return event;
    }
    return NULL;
}

static void decide_undo(struct judge *judge)
{
    const struct auction *auction = judge->auction;
    const struct auction_facts *facts = judge->facts;
    const struct auction_event *undone = find_undone(facts, judge->command->undo_seq);
    if (undone == NULL) {
        refuse(judge, VERDICT_NOTHING_TO_UNDO);
        return;
    }
    struct auction_standing standing = auction_replay(facts->history, facts->history_count, undone->seq);
    struct auction_event *event = emit_now(judge, EVENT_BID_RETRACTED);
    event->cause = undone->seq;
    event->user = standing.leader;
    event->paddle = standing.leader_paddle;
    event->amount = standing.price;
    event->maximum = standing.leader_max;
    event->bid_count = standing.bid_count;
    event->text = judge->command->text;
    int64_t least = auction->terms.rules.extension_ms;
    if (auction->status == AUCTION_PAUSED)
        event->remaining_ms = later(auction->remaining_ms, least);
    else
        event->ends_at_ms = later(auction->ends_at_ms, event->at_ms + least);
}

/* ---- commands × states ---- */

#define IN(status) (1u << AUCTION_##status)

struct command_rule {
    const char *name;
    unsigned allowed; /* statuses; a bid answers for itself in each */
    bool names_seq;   /* ⚑: refused when anything came since the seq it names */
    bool needs_text;  /* a reason or message */
    void (*decide)(struct judge *judge);
};

static const struct command_rule rules[COMMAND_KIND_COUNT] = {
    [COMMAND_SCHEDULE] = {"schedule", IN(DRAFT),                               false, false, decide_schedule},
    [COMMAND_START] = {"start",    IN(SCHEDULED),                           false, false, decide_start   },
    [COMMAND_BID] = {"bid",      ~0u,                                     false, false, decide_bid     },
    [COMMAND_PAUSE] = {"pause",    IN(ACTIVE),                              false, false, decide_pause   },
    [COMMAND_OUTAGE] = {"outage",   IN(ACTIVE),                              false, false, decide_outage  },
    [COMMAND_RESUME] = {"resume",   IN(PAUSED),                              false, false, decide_resume  },
    [COMMAND_EXTEND] = {"extend",   IN(ACTIVE),                              false, false, decide_extend  },
    [COMMAND_STEP] = {"step",     IN(ACTIVE) | IN(PAUSED),                 false, false, decide_step    },
    [COMMAND_MESSAGE] = {"message",  IN(ACTIVE) | IN(PAUSED),                 false, true,  decide_message },
    [COMMAND_WARN] = {"warn",     IN(ACTIVE) | IN(PAUSED),                 false, false, decide_warn    },
    [COMMAND_RESERVE] = {"reserve",  IN(SCHEDULED) | IN(ACTIVE) | IN(PAUSED), false, false, decide_reserve },
    [COMMAND_HAMMER] = {"hammer",   IN(ACTIVE),                              true,  false, decide_hammer  },
    [COMMAND_CLOSE] = {"close",    IN(ACTIVE),                              false, false, decide_close   },
    [COMMAND_PASS] = {"pass",     IN(ACTIVE) | IN(PAUSED) | IN(SCHEDULED), true,  false, decide_pass    },
    [COMMAND_WITHDRAW] = {"withdraw", IN(ACTIVE) | IN(PAUSED) | IN(SCHEDULED), true,  true,  decide_withdraw},
    [COMMAND_UNDO] = {"undo",     IN(ACTIVE) | IN(PAUSED),                 true,  true,  decide_undo    },
    [COMMAND_REOPEN] = {"reopen",   IN(SOLD) | IN(PASSED) | IN(WITHDRAWN),   false, true,  decide_reopen  },
};

const char *command_kind_name(enum command_kind kind)
{
    return rules[kind].name;
}

int command_kind_parse(const char *text)
{
    for (int i = 0; text != NULL && i < COMMAND_KIND_COUNT; i++)
        if (strcmp(rules[i].name, text) == 0)
            return i;
    return -1;
}

void auction_decide(const struct auction *auction, const struct command *command,
                    const struct auction_facts *facts, struct decision *out)
{
    const struct command_rule *rule = &rules[command->kind];
    struct judge judge = {auction, command, facts, out};
    out->kind = DECISION_EVENTS;
    out->verdict = VERDICT_OK;
    out->min_next_bid = out->step = out->available = 0;
    out->count = 0;

    if (rule->names_seq && command->expected_seq != auction->seq)
        refuse(&judge, VERDICT_STALE_COMMAND);
    else if ((rule->allowed & (1u << auction->status)) == 0)
        refuse(&judge, VERDICT_COMMAND_NOT_ALLOWED);
    else if (rule->needs_text && (command->text == NULL || command->text[0] == '\0'))
        refuse(&judge, VERDICT_INVALID_MESSAGE);
    else
        rule->decide(&judge);
}

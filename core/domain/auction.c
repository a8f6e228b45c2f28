/* A lot's state: its names, what follows from it, and how an event changes it. The rules are in
 * auction_decide.c. */
#include "core/domain/auction.h"

#include "core/domain/settle.h"

#include <string.h>

const struct auction_rules auction_rules_default = {
    .duration_ms = 300000,
    .extension_window_ms = 300000,
    .extension_ms = 300000,
    .late_ms = 60000,
    .close_grace_ms = 1000,
    .mode = EXTENSION_RESET,
    .max_extensions = 0,
};

/* ---- names ---- */

static const char *const status_names[AUCTION_STATUS_COUNT] = {
    [AUCTION_DRAFT] = "draft",         [AUCTION_SCHEDULED] = "scheduled", [AUCTION_ACTIVE] = "active",
    [AUCTION_PAUSED] = "paused",       [AUCTION_SOLD] = "sold",           [AUCTION_PASSED] = "passed",
    [AUCTION_WITHDRAWN] = "withdrawn",
};

static const char *const mode_names[] = {[EXTENSION_RESET] = "reset", [EXTENSION_ADD] = "add"};

static const char *const reserve_names[] = {
    [RESERVE_NONE] = "none", [RESERVE_UNMET] = "unmet", [RESERVE_MET] = "met"};

static const char *const event_names[EVENT_KIND_COUNT] = {
    [EVENT_SCHEDULED] = "scheduled",
    [EVENT_STARTED] = "started",
    [EVENT_BID] = "bid",
    [EVENT_RAISED] = "raised",
    [EVENT_MAXIMUM_LEFT] = "maximum_left",
    [EVENT_EXTENDED] = "extended",
    [EVENT_PAUSED] = "paused",
    [EVENT_RESUMED] = "resumed",
    [EVENT_STEP_CHANGED] = "step_changed",
    [EVENT_BID_RETRACTED] = "bid_retracted",
    [EVENT_MESSAGE] = "message",
    [EVENT_WARNED] = "warned",
    [EVENT_RESERVE_CHANGED] = "reserve_changed",
    [EVENT_HAMMERED] = "hammered",
    [EVENT_SOLD] = "sold",
    [EVENT_PASSED] = "passed",
    [EVENT_WITHDRAWN] = "withdrawn",
    [EVENT_REOPENED] = "reopened",
};

static int find_name(const char *const *names, int count, const char *text)
{
    for (int i = 0; text != NULL && i < count; i++)
        if (strcmp(names[i], text) == 0)
            return i;
    return -1;
}

const char *auction_status_name(enum auction_status status)
{
    return status_names[status];
}

int auction_status_parse(const char *text)
{
    return find_name(status_names, AUCTION_STATUS_COUNT, text);
}

const char *extension_mode_name(enum extension_mode mode)
{
    return mode_names[mode];
}

int extension_mode_parse(const char *text)
{
    return find_name(mode_names, 2, text);
}

const char *reserve_state_name(enum reserve_state state)
{
    return reserve_names[state];
}

const char *event_kind_name(enum event_kind kind)
{
    return event_names[kind];
}

int event_kind_parse(const char *text)
{
    return find_name(event_names, EVENT_KIND_COUNT, text);
}

bool event_is_sealed(enum event_kind kind)
{
    return kind == EVENT_RAISED || kind == EVENT_MAXIMUM_LEFT || kind == EVENT_RESERVE_CHANGED;
}

/* ---- what follows from the state ---- */

enum reserve_state auction_reserve_state(const struct auction *auction)
{
    if (auction->reserve == 0)
        return RESERVE_NONE;
    return auction->price >= auction->reserve ? RESERVE_MET : RESERVE_UNMET;
}

yen auction_step(const struct auction *auction)
{
    struct settle_terms terms = settle_terms_of(auction);
    return settle_step(&terms, auction->price == 0 ? terms.start_price : auction->price);
}

yen auction_min_next_bid(const struct auction *auction)
{
    struct settle_terms terms = settle_terms_of(auction);
    return settle_min_next_bid(&terms, auction->price);
}

bool bid_is_withdrawal(const struct bid *bid)
{
    return bid->amount == 0 && bid->maximum == 0;
}

static bool is_duration(int64_t ms)
{
    return ms >= 1000 && ms <= 86400000;
}

enum verdict auction_check_terms(const struct auction_terms *terms, yen reserve, const char **field)
{
    const struct auction_rules *rules = &terms->rules;
    *field = !money_is_amount(terms->start_price)       ? "startPrice"
             : reserve < 0 || reserve > MONEY_MAX       ? "reserve"
             : !ladder_is_valid(&terms->ladder)         ? "ladder"
             : !is_duration(rules->duration_ms)         ? "durationMs"
             : !is_duration(rules->extension_window_ms) ? "extensionWindowMs"
             : !is_duration(rules->extension_ms)        ? "extensionMs"
             : !is_duration(rules->late_ms)             ? "lateMs"
             : rules->close_grace_ms < AUCTION_GRACE_LEAST_MS || rules->close_grace_ms > 60000
                 ? "closeGraceMs"
             : rules->max_extensions < 0 || rules->max_extensions > 10000     ? "maxExtensions"
             : rules->mode != EXTENSION_RESET && rules->mode != EXTENSION_ADD ? "extensionMode"
                                                                              : NULL;
    if (*field != NULL)
        return VERDICT_INVALID_MESSAGE;
    yen smallest = ladder_smallest(&terms->ladder);
    return terms->start_price % smallest == 0 && reserve % smallest == 0 ? VERDICT_OK
                                                                         : VERDICT_PRICE_OFF_STEP;
}

/* ---- events ---- */

static void apply_bid(struct auction *auction, const struct auction_event *event)
{
    auction->price = event->amount;
    auction->leader = event->user;
    auction->leader_paddle = event->paddle;
    auction->leader_max = event->maximum > event->amount ? event->maximum : event->amount;
    auction->warned_at_ms = 0;
    if (!event->automatic)
        auction->bid_count++;
}

static void apply_retraction(struct auction *auction, const struct auction_event *event)
{
    auction->price = event->amount;
    auction->leader = event->user;
    auction->leader_paddle = event->paddle;
    auction->leader_max = event->maximum;
    auction->bid_count = event->bid_count;
    auction->warned_at_ms = 0;
    if (auction->status == AUCTION_PAUSED)
        auction->remaining_ms = event->remaining_ms;
    else
        auction->ends_at_ms = event->ends_at_ms;
}

static void run_clock(struct auction *auction, int64_t ends_at_ms)
{
    auction->status = AUCTION_ACTIVE;
    auction->ends_at_ms = ends_at_ms;
    auction->remaining_ms = 0;
    auction->paused_by_outage = false;
}

void auction_apply(struct auction *auction, const struct auction_event *event)
{
    auction->seq = event->seq;
    switch (event->kind) {
    case EVENT_SCHEDULED:
        auction->status = AUCTION_SCHEDULED;
        auction->terms = *event->terms;
        auction->reserve = event->reserve;
        auction->starts_at_ms = event->starts_at_ms;
        return;
    case EVENT_STARTED:
        run_clock(auction, event->ends_at_ms);
        auction->starts_at_ms = event->at_ms;
        return;
    case EVENT_BID: apply_bid(auction, event); return;
    case EVENT_RAISED: auction->leader_max = event->maximum; return;
    case EVENT_EXTENDED:
        auction->ends_at_ms = event->ends_at_ms;
        auction->extensions = event->extensions;
        return;
    case EVENT_PAUSED:
        auction->status = AUCTION_PAUSED;
        auction->remaining_ms = event->remaining_ms;
        auction->paused_by_outage = event->outage;
        return;
    case EVENT_RESUMED: run_clock(auction, event->ends_at_ms); return;
    case EVENT_STEP_CHANGED:
        auction->step_override = event->step;
        if (event->start_price > 0)
            auction->terms.start_price = event->start_price;
        return;
    case EVENT_BID_RETRACTED: apply_retraction(auction, event); return;
    case EVENT_MAXIMUM_LEFT:
    case EVENT_MESSAGE: return;
    case EVENT_WARNED: auction->warned_at_ms = event->at_ms; return;
    case EVENT_RESERVE_CHANGED: auction->reserve = event->reserve; return;
    case EVENT_HAMMERED: auction->ends_at_ms = event->ends_at_ms; return;
    case EVENT_SOLD: auction->status = AUCTION_SOLD; return;
    case EVENT_PASSED: auction->status = AUCTION_PASSED; return;
    case EVENT_WITHDRAWN: auction->status = AUCTION_WITHDRAWN; return;
    case EVENT_REOPENED:
        run_clock(auction, event->ends_at_ms);
        auction->leader_max = auction->price;
        auction->extensions = 0;
        auction->warned_at_ms = 0;
        if (auction->starts_at_ms == 0)
            auction->starts_at_ms = event->at_ms;
        return;
    case EVENT_KIND_COUNT: return;
    }
}

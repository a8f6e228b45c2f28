/* The rules of a lot, once, as pure functions: decide(state, command, facts) → events | refusal, apply(state,
 * event) → state. No I/O and no clock: what a rule needs beyond the state (the time, whether this user may
 * bid, the lot's history for an undo) is handed in. Every writer decides with these functions, appends the
 * events to the ledger on condition that the auction's seq is still the one decided on, and publishes them.
 * The rules are those of "The rules of a lot" in the README's product chapter; the tests in
 * tests/unit/test_auction*.c are named after them. */
#pragma once

#include "core/base/uuid.h"
#include "core/domain/ladder.h"
#include "core/domain/verdict.h"

#include <stddef.h>

/* ---- the state ---- */

enum auction_status {
    AUCTION_DRAFT,
    AUCTION_SCHEDULED,
    AUCTION_ACTIVE,
    AUCTION_PAUSED,
    AUCTION_SOLD,
    AUCTION_PASSED,
    AUCTION_WITHDRAWN,
    AUCTION_STATUS_COUNT
};

enum extension_mode {
    EXTENSION_RESET, /* endsAt = max(endsAt, receivedAt + extensionMs), as DMM does */
    EXTENSION_ADD    /* endsAt += extensionMs, as Yahoo! does */
};

/** The clock's rules of one lot; all durations in ms, 1 s to 24 h. */
struct auction_rules {
    int64_t duration_ms;
    int64_t extension_window_ms; /* a bid with less than this left sets the clock */
    int64_t extension_ms;
    int64_t late_ms;        /* only settings of the clock with less than this left count as 延長 */
    int64_t close_grace_ms; /* how long after endsAt bids stamped before it are still decided */
    enum extension_mode mode;
    int max_extensions; /* of those that count; 0: no limit */
};

/** The grace must exceed three times the 100 ms after which a bid handed to another node is decided here
 * instead. */
#define AUCTION_GRACE_LEAST_MS 301

extern const struct auction_rules auction_rules_default;

/** What is fixed when the lot is scheduled. */
struct auction_terms {
    yen start_price; /* may be lowered while there is no bid */
    struct auction_rules rules;
    struct ladder ladder;
};

/** One lot. A plain value: copying it is how a writer decides ahead of the ledger. */
struct auction {
    int64_t id;
    int64_t seq; /* of the last event; 0: none yet */
    enum auction_status status;
    struct auction_terms terms;
    yen reserve;          /* 0: none. Private. */
    yen step_override;    /* set by the auctioneer; 0: the ladder's */
    yen price;            /* 0: no bid yet (null on the wire) */
    int64_t leader;       /* user id; 0: none. Private. */
    int leader_paddle;    /* 0: none */
    yen leader_max;       /* the leader's maximum, ≥ price. Private. */
    int bid_count;        /* bids accepted and not retracted; the house's own answers are not counted */
    int64_t starts_at_ms; /* planned while scheduled, actual afterwards; 0: unknown */
    int64_t ends_at_ms;   /* while active */
    int64_t remaining_ms; /* while paused */
    bool paused_by_outage;
    int extensions;       /* that count as 延長 */
    int64_t warned_at_ms; /* of a fair warning since which no bid came; 0: none */
};

enum reserve_state { RESERVE_NONE, RESERVE_UNMET, RESERVE_MET };

enum reserve_state auction_reserve_state(const struct auction *auction);

/** The step at the present price: the auctioneer's, else the ladder's. */
yen auction_step(const struct auction *auction);

/** The least amount that the next bid must name: the start price, later price + step. */
yen auction_min_next_bid(const struct auction *auction);

/* Names on the wire and in the database; -1 for an unknown text. */
const char *auction_status_name(enum auction_status status);
int auction_status_parse(const char *text);
const char *extension_mode_name(enum extension_mode mode);
int extension_mode_parse(const char *text);
const char *reserve_state_name(enum reserve_state state);

/** Checks the terms and the reserve before a lot is scheduled. The verdict is OK, PRICE_OFF_STEP or
 * INVALID_MESSAGE; on the latter `*field` names the member at fault ("durationMs", "ladder", …), a constant.
 */
enum verdict auction_check_terms(const struct auction_terms *terms, yen reserve, const char **field);

/* ---- events ---- */

enum event_kind {
    EVENT_SCHEDULED,
    EVENT_STARTED,
    EVENT_BID,
    EVENT_RAISED,
    EVENT_MAXIMUM_LEFT,
    EVENT_EXTENDED,
    EVENT_PAUSED,
    EVENT_RESUMED,
    EVENT_STEP_CHANGED,
    EVENT_BID_RETRACTED,
    EVENT_MESSAGE,
    EVENT_WARNED,
    EVENT_RESERVE_CHANGED,
    EVENT_HAMMERED,
    EVENT_SOLD,
    EVENT_PASSED,
    EVENT_WITHDRAWN,
    EVENT_REOPENED,
    EVENT_KIND_COUNT
};

const char *event_kind_name(enum event_kind kind);
int event_kind_parse(const char *text);

/** True for events of which the public learns only that there was one: type "sealed". */
bool event_is_sealed(enum event_kind kind);

#define AUCTION_TEXT_MAX 500 /* bytes of a reason or message, NUL included */

/** Something that happened, never changed afterwards. Which fields count depends on the kind; the others are
 * 0 or NULL. Private ones reach the public only inside the seal. */
struct auction_event {
    enum event_kind kind;
    int64_t seq;
    int64_t at_ms; /* a bid: when it was received; else when it was decided */
    int64_t actor; /* private: the user who did it; 0: the clock */

    /* bid, raised, maximum_left, sold, bid_retracted (there: the standing after it) */
    int64_t user;       /* private: bidder, winner; 0: nobody */
    int paddle;         /* bid, sold, bid_retracted */
    yen amount;         /* bid, sold, bid_retracted: the price after this event; 0: none */
    bool automatic;     /* bid: the house's, for a standing maximum */
    int64_t cause;      /* automatic bid: seq of the bid or raise it answers. bid_retracted: seq of the bid
                           retracted */
    yen given_amount;   /* private; bid: as the bidder gave it; 0: not given */
    yen maximum;        /* private; bid, raised, maximum_left: as given (0: none; of maximum_left: withdrawn).
                           bid_retracted: the leader's after it */
    struct uuid bid_id; /* private; bid, raised, maximum_left */
    int bid_count;      /* bid_retracted: after it */

    /* the clock */
    int64_t starts_at_ms; /* scheduled: planned; 0: not planned */
    int64_t ends_at_ms;   /* started, extended, resumed, hammered, reopened, bid_retracted (while active) */
    int64_t remaining_ms; /* paused, bid_retracted (while paused) */
    int extensions;       /* extended */
    bool outage;          /* paused */

    yen step;                          /* step_changed; 0: the ladder's */
    yen start_price;                   /* step_changed: the new start price; 0: unchanged */
    yen reserve;                       /* private; scheduled, reserve_changed */
    const struct auction_terms *terms; /* scheduled; borrowed */
    const char *text;                  /* a reason or message; NULL: none; borrowed */
};

/** Applies the next event (event->seq must be auction->seq + 1) and nothing else: no rule is judged here. */
void auction_apply(struct auction *auction, const struct auction_event *event);

/* ---- commands ---- */

enum command_kind {
    COMMAND_SCHEDULE,
    COMMAND_START,
    COMMAND_BID,
    COMMAND_PAUSE,
    COMMAND_OUTAGE, /* pauses by an outage; at_ms is the moment the dark began */
    COMMAND_RESUME,
    COMMAND_EXTEND,
    COMMAND_STEP,
    COMMAND_MESSAGE,
    COMMAND_WARN,
    COMMAND_RESERVE,
    COMMAND_HAMMER,
    COMMAND_CLOSE, /* by the clock */
    COMMAND_PASS,
    COMMAND_WITHDRAW,
    COMMAND_UNDO,
    COMMAND_REOPEN,
    COMMAND_KIND_COUNT
};

const char *command_kind_name(enum command_kind kind);
int command_kind_parse(const char *text);

/** With neither amount nor maximum it withdraws the maximum left before the start. */
struct bid {
    struct uuid id;
    yen amount;  /* 0: not given */
    yen maximum; /* 0: not given */
    bool confirm;
};

bool bid_is_withdrawal(const struct bid *bid);

#define EXPECTED_SEQ_ABSENT INT64_C(-1)

struct command {
    enum command_kind kind;
    int64_t actor;        /* user id; 0: the clock */
    int64_t at_ms;        /* a bid: when a node received it; else: now. Database time. */
    int64_t expected_seq; /* hammer, pass, withdraw, undo */
    struct bid bid;       /* bid */
    int64_t starts_at_ms; /* schedule: planned; 0: not planned */
    int64_t by_ms;        /* extend */
    yen step;             /* step: the new step; 0: the ladder's; -1: leave it */
    yen start_price;      /* step: the lower start price; 0: leave it */
    yen reserve;          /* reserve; 0: none */
    int64_t undo_seq;     /* undo: seq of the bid or raise; 0: the latest that stands */
    const char *text;     /* reason or message; NULL: none; borrowed */
};

enum bid_memory { BID_UNKNOWN, BID_ACCEPTED, BID_REFUSED, BID_RETRACTED };

/** What the ledger knows beyond the state. Zeroed: a stranger with a new bid. */
struct auction_facts {
    int64_t now_ms; /* the deciding moment, database time */
    /* bid: this user's bidId on this auction */
    enum bid_memory memory;
    struct bid remembered;
    int64_t remembered_seq;          /* accepted, retracted */
    enum verdict remembered_verdict; /* refused */
    /* bid: the bidder */
    bool approved;
    bool own_lot;
    int paddle;
    yen early_maximum; /* the bidder's own, left before the start and still standing; 0: none */
    bool credit_limited;
    int64_t credit; /* when limited, what remains for this lot: the limit less the exposure on all other lots
                       of the sale; below 0 after a lowered limit or an undo */
    /* schedule: the sale is not held yet, or not any more */
    bool sale_shut;
    /* undo: every event of the lot in order, seq 1 to auction->seq */
    const struct auction_event *history;
    size_t history_count;
    /* reopen: the order of a sold lot is paid or further, so the sale stands */
    bool order_settled;
};

#define AUCTION_EVENTS_MAX 4 /* a bid, the two answers of standing maxima, the clock */

enum decision_kind {
    DECISION_EVENTS,  /* append these, then apply them */
    DECISION_REFUSED, /* verdict says why */
    DECISION_HELD, /* a bid stamped after endsAt while the lot is 判定中: ask again when it closed or was
                      extended */
    DECISION_KNOWN /* the bidId was decided before: answer from facts.remembered_… */
};

struct decision {
    enum decision_kind kind;
    enum verdict verdict;   /* refused */
    yen min_next_bid, step; /* refused: BID_TOO_LOW, BID_OFF_STEP, CONFIRM_REQUIRED, CREDIT_EXCEEDED */
    yen available;          /* refused: CREDIT_EXCEEDED: the most that could be bid on this lot */
    size_t count;
    struct auction_event events[AUCTION_EVENTS_MAX];
};

/**
 * Judges one command on a known state. Checks 1, 2 and 4 of a bid (who, well-formed, how often) are the
 * gate's and have passed; check 11 (credit) is judged on what the facts say and guarded once more inside the
 * append, for what other lots do meanwhile. Texts and terms in the events are borrowed from the command and
 * the auction. Fills `out`; changes nothing else.
 *
 * Maxima left before the start are no part of the state: there may be very many, and no rule but the start
 * needs more than the bidder's own. They become bids behind `started`, each by a COMMAND_BID of its own.
 */
void auction_decide(const struct auction *auction, const struct command *command,
                    const struct auction_facts *facts, struct decision *out);

/** Who leads at what price, had the bid or raise `without_seq` (0: none) never been made: all commands in
 * `history` that were not retracted, taken in order at the amounts given, nothing else judged again
 * (product.md, "Undo"). */
struct auction_standing {
    yen price;
    int64_t leader;
    int leader_paddle;
    yen leader_max;
    int bid_count;
};

struct auction_standing auction_replay(const struct auction_event *history, size_t count,
                                       int64_t without_seq);

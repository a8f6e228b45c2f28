/* What only this node knows (a twin in the same batch, what admission said of the user) is put where the
 * ledger's memory and the gates stand in the order of checks: memory (3), rate (4), then the rules (5 and
 * on). */
#include "realtime/docket.h"

#include <string.h>

/* Twins are found by hashing the bids' keys into this many places, at most half of them taken. */
#define PLACES (2 * DESK_BATCH_MAX)

/* A decision in progress. */
struct sitting {
    struct docket *docket;
    int16_t places[PLACES]; /* index of a ticket, plus one; 0: free */
    bool stopped;           /* upon memories nothing more can be said */
};

static void note_leader(struct docket *docket, int64_t user)
{
    for (size_t i = 0; i < docket->leader_count; i++)
        if (docket->leaders[i] == user)
            return;
    if (user != 0)
        docket->leaders[docket->leader_count++] = user;
}

/* ---- twins ---- */

static bool is_same_key(const struct ticket *a, const struct ticket *b)
{
    return a->bid.user == b->bid.user && uuid_equal(a->bid.bid.id, b->bid.bid.id);
}

static bool is_same_content(const struct ticket *a, const struct ticket *b)
{
    return a->bid.bid.amount == b->bid.bid.amount && a->bid.bid.maximum == b->bid.bid.maximum;
}

/* The ticket of this batch that came last with the same key and was decided by itself; NULL: there is none.
 * In either case `*at` is where this one may be remembered. */
static const struct ticket *find_twin(const struct sitting *sitting, size_t index, size_t *at)
{
    const struct ticket *ticket = sitting->docket->tickets[index];
    uint64_t hash;
    memcpy(&hash, ticket->bid.bid.id.bytes, sizeof hash);
    hash = (hash ^ (uint64_t)ticket->bid.user) * UINT64_C(0x9E3779B97F4A7C15);
    size_t place = (size_t)(hash >> 40) % PLACES;
    const struct ticket *known = NULL;
    for (; sitting->places[place] != 0; place = (place + 1) % PLACES) {
        known = sitting->docket->tickets[sitting->places[place] - 1];
        if (is_same_key(known, ticket))
            break;
        known = NULL;
    }
    *at = place;
    return known;
}

static void refuse(struct ticket *ticket, enum verdict verdict)
{
    ticket->fate = FATE_REFUSED;
    ticket->answer.verdict = verdict;
}

/* What was decided of the twin holds for this ticket too, if the twin will be in the ledger. */
static bool follow_twin(struct ticket *ticket, const struct ticket *twin)
{
    bool remembered = twin->fate == FATE_ACCEPTED || (twin->fate == FATE_REFUSED && twin->is_recorded);
    if (remembered && !is_same_content(ticket, twin)) {
        refuse(ticket, VERDICT_BID_ID_REUSED);
    } else if (remembered) {
        ticket->fate = FATE_TWIN;
        ticket->answer = twin->answer;
        ticket->answer.duplicate = true;
    } else if (twin->fate == FATE_HELD) {
        ticket->fate = FATE_HELD;
        ticket->answer.received_at_ms = twin->answer.received_at_ms;
    }
    return ticket->fate != FATE_OPEN;
}

/* ---- one bid ---- */

static void answer_known(struct ticket *ticket, const struct auction_facts *facts, int64_t received_at_ms)
{
    struct desk_answer *answer = &ticket->answer;
    ticket->fate = FATE_KNOWN;
    answer->duplicate = true;
    answer->received_at_ms = received_at_ms;
    switch (facts->memory) {
    case BID_ACCEPTED:
        answer->verdict = VERDICT_OK;
        answer->seq = facts->remembered_seq;
        return;
    case BID_RETRACTED:
        answer->verdict = VERDICT_BID_RETRACTED;
        answer->retracted = true;
        answer->seq = facts->remembered_seq;
        return;
    case BID_REFUSED: answer->verdict = facts->remembered_verdict; return;
    case BID_UNKNOWN: return;
    }
}

/* Checks 1 and 4. A bid that may be in the ledger has passed them already. */
static bool passes_gates(struct ticket *ticket, bool bidder)
{
    if (!bidder) {
        refuse(ticket, VERDICT_FORBIDDEN);
        return false;
    }
    if (ticket->admission.limited) {
        refuse(ticket, VERDICT_RATE_LIMITED);
        ticket->answer.retry_after_ms = ticket->admission.retry_after_ms;
        return false;
    }
    return true;
}

static void accept(struct docket *docket, struct ticket *ticket, const struct decision *decision,
                   int64_t received_at_ms)
{
    const struct desk_bid *bid = &ticket->bid;
    ticket->fate = FATE_ACCEPTED;
    ticket->answer.verdict = VERDICT_OK;
    ticket->answer.seq = decision->events[0].seq;
    ledger_batch_add(docket->batch, decision);
    ledger_batch_add_bid(docket->batch, bid->user, &bid->bid, ticket->answer.seq, VERDICT_OK, received_at_ms,
                         bid->sent_at_ms, bid->address);
    const struct auction *state = ledger_batch_state(docket->batch);
    if (state->leader_max > state->price)
        note_leader(docket, state->leader);
}

/* Lays the bid before the rules. Returns the moment from which it counts. */
static int64_t ask_the_rules(const struct docket *docket, struct ticket *ticket, struct decision *decision)
{
    const struct desk_bid *bid = &ticket->bid;
    /* Whatever a node's clock says: it was received before the ledger was read for it. */
    int64_t received_at_ms = bid->received_at_ms != 0 && bid->received_at_ms < docket->lot.db_now_ms
                                 ? bid->received_at_ms
                                 : docket->lot.db_now_ms;
    struct command command = {
        .kind = COMMAND_BID, .actor = bid->user, .at_ms = received_at_ms, .bid = bid->bid};
    struct auction_facts *facts = &ticket->facts.facts;
    facts->now_ms = docket->now_ms;
    facts->early_maximum = ledger_batch_maximum_left(docket->batch, bid->user, facts->early_maximum);
    auction_decide(ledger_batch_state(docket->batch), &command, facts, decision);
    return received_at_ms;
}

static void judge(struct docket *docket, struct ticket *ticket)
{
    struct decision decision;
    int64_t received_at_ms = ask_the_rules(docket, ticket, &decision);
    ticket->answer.received_at_ms = received_at_ms;
    ticket->answer.min_next_bid = decision.min_next_bid;
    ticket->answer.step = decision.step;
    ticket->answer.available = decision.available;
    switch (decision.kind) {
    case DECISION_EVENTS: accept(docket, ticket, &decision, received_at_ms); return;
    case DECISION_REFUSED: refuse(ticket, decision.verdict); return;
    case DECISION_HELD: ticket->fate = FATE_HELD; return;
    case DECISION_KNOWN: answer_known(ticket, &ticket->facts.facts, ticket->facts.remembered_at_ms); return;
    }
}

/* Upon memories: accepted if the gates and the rules allow it, else doubted. Where nothing is known of the
 * bidder, or of the moment, the best is supposed: if the ledger might then accept the bid, nobody behind it
 * may go first, and only the ledger can go on. */
static void presume(struct sitting *sitting, struct ticket *ticket)
{
    struct docket *docket = sitting->docket;
    struct decision decision;
    bool known = ticket->fate == FATE_OPEN && ticket->bid.received_at_ms != 0;
    if (!known)
        ticket->facts = (struct ticket_facts){.bidder = true, .facts = {.approved = true}};
    bool passes = passes_gates(ticket, ticket->facts.bidder);
    ticket->fate = FATE_DOUBTED;
    if (!passes)
        return;
    int64_t received_at_ms = ask_the_rules(docket, ticket, &decision);
    if (decision.kind != DECISION_EVENTS)
        return;
    sitting->stopped = !known;
    if (!known)
        return;
    ticket->answer.received_at_ms = received_at_ms;
    accept(docket, ticket, &decision, received_at_ms);
}

/* What has left the hands of the node that received it is refused by committing that. The gates' refusals of
 * a bid that was handed over leave nothing, for a flood must not fill the ledger: its one copy is this one.
 */
static void decide_ticket(struct sitting *sitting, size_t index)
{
    struct docket *docket = sitting->docket;
    struct ticket *ticket = docket->tickets[index];
    bool known = ticket->facts.facts.memory != BID_UNKNOWN;
    ticket->fate = FATE_OPEN;
    ticket->is_recorded = false;
    ticket->answer = (struct desk_answer){0};

    size_t place;
    const struct ticket *twin = find_twin(sitting, index, &place);
    if (twin != NULL && follow_twin(ticket, twin))
        return;
    sitting->places[place] = (int16_t)(index + 1);
    bool judged = known || passes_gates(ticket, ticket->facts.bidder);
    if (judged)
        judge(docket, ticket);
    ticket->is_recorded = ticket->fate == FATE_REFUSED && !known &&
                          (ticket->sent_since_ms != 0 || (judged && ticket->taken_in_until_ms != 0));
    if (ticket->is_recorded)
        ledger_batch_add_bid(docket->batch, ticket->bid.user, &ticket->bid.bid, 0, ticket->answer.verdict,
                             docket->now_ms, ticket->bid.sent_at_ms, ticket->bid.address);
}

static void presume_ticket(struct sitting *sitting, size_t index)
{
    struct ticket *ticket = sitting->docket->tickets[index];
    ticket->is_recorded = false;
    ticket->answer = (struct desk_answer){0};

    size_t place;
    bool is_twin = find_twin(sitting, index, &place) != NULL;
    sitting->places[place] = (int16_t)(index + 1);
    if (is_twin)
        ticket->fate = FATE_DOUBTED;
    else
        presume(sitting, ticket);
}

/* ---- the lot's own clock ---- */

static bool decide_by_clock(struct docket *docket, enum command_kind kind, int64_t at_ms)
{
    struct command command = {.kind = kind, .at_ms = at_ms, .expected_seq = EXPECTED_SEQ_ABSENT};
    struct auction_facts facts = {.now_ms = docket->now_ms};
    struct decision decision;
    auction_decide(ledger_batch_state(docket->batch), &command, &facts, &decision);
    if (decision.kind != DECISION_EVENTS)
        return false;
    ledger_batch_add(docket->batch, &decision);
    return true;
}

/* A batch with bids cannot close: it must be committed before the moment from which the close may be. */
static void decide_close(struct docket *docket)
{
    if (ledger_batch_is_empty(docket->batch))
        docket->closed = decide_by_clock(docket, COMMAND_CLOSE, docket->now_ms);
    else
        docket->close_waits = true;
}

int64_t docket_read_facts(struct docket *docket, const PGresult *result)
{
    for (size_t i = 0; i < docket->count; i++) {
        struct ticket_facts *facts = &docket->tickets[i]->facts;
        *facts = (struct ticket_facts){0};
        ledger_facts_read(result, i, &facts->facts, &facts->remembered_at_ms, &facts->bidder);
    }
    return docket->count > 0 ? result_int_or(result, 0, "lot_seq", 0) : 0;
}

bool docket_is_behind(const struct docket *docket)
{
    for (size_t i = 0; i < docket->count; i++)
        if (docket->tickets[i]->facts.facts.remembered_seq > docket->lot.auction.seq)
            return true;
    return false;
}

void docket_decide(struct docket *docket)
{
    struct sitting sitting = {.docket = docket};
    docket->batch = ledger_batch_create(&docket->lot);
    docket->leader_count = 0;
    note_leader(docket, docket->lot.auction.leader);
    if (docket->lot.dark_since_ms != 0)
        docket->outage = decide_by_clock(docket, COMMAND_OUTAGE, docket->lot.dark_since_ms);
    for (size_t i = 0; i < docket->count; i++)
        decide_ticket(&sitting, i);
    if (docket->close)
        decide_close(docket);
}

bool docket_presume(struct docket *docket)
{
    struct sitting sitting = {.docket = docket};
    docket->batch = ledger_batch_create(&docket->lot);
    docket->presumed = true;
    docket->leader_count = 0;
    note_leader(docket, docket->lot.auction.leader);
    for (size_t i = 0; i < docket->count && !sitting.stopped; i++)
        presume_ticket(&sitting, i);
    return !sitting.stopped;
}

void docket_clear(struct docket *docket)
{
    ledger_batch_destroy(&docket->batch);
    docket->outage = docket->closed = docket->close_waits = docket->presumed = false;
}

void docket_mark_sent(struct docket *docket, int64_t monotonic_ms)
{
    for (size_t i = 0; i < docket->count; i++) {
        struct ticket *ticket = docket->tickets[i];
        bool held = ticket->fate == FATE_ACCEPTED || ticket->fate == FATE_TWIN;
        if (held && ticket->sent_since_ms == 0)
            ticket->sent_since_ms = monotonic_ms;
    }
}

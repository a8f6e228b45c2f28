/* A batch: what one append writes, worked out while the database is busy with the one before. The texts of
 * all events lie in one buffer, because they go out as arrays anyway; what an event borrows is copied, for
 * the batch outlives the commands.
 *
 * Three moments guard the append on the database's clock, since the one decided with may be old by then: no
 * bid from the future, no bid at or after the moment from which the lot could have been closed before it, no
 * close before that moment. */
#include "core/store/ledger.h"

#include "core/base/alloc.h"
#include "core/wire/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A piece of a buffer, which may still move. */
struct span {
    size_t at, size;
};

struct stored_event {
    struct auction_event event;            /* text and terms are the batch's */
    struct span public_part, private_part; /* in texts */
    struct span wire;                      /* in wires */
    uint8_t salt[CHAIN_SALT_SIZE];
    struct chain_hash hash;
};

#define ADDRESS_SIZE 64

struct stored_bid {
    int64_t user;
    struct bid bid;
    int64_t seq; /* 0: refused */
    enum verdict refusal;
    int64_t received_at_ms, sent_at_ms;
    char address[ADDRESS_SIZE]; /* "": none */
};

/* What a batch leaves standing of one person's maximum before the start. */
struct stored_maximum {
    int64_t user;
    yen maximum; /* 0: withdrawn */
    struct uuid bid_id;
    int64_t seq;
};

/* A maximum that the start made a bid. */
struct placed_maximum {
    int64_t left_seq, bid_seq;
};

struct stored_command {
    struct uuid id;
    int64_t user;
    enum command_kind kind;
    int64_t seq;
    char *content;
};

struct ledger_batch {
    int64_t seq_before;
    struct auction state;
    struct chain_hash head;
    struct auction_terms terms; /* those of a "scheduled"; a lot is scheduled once */

    struct buffer texts;
    struct buffer wires;
    struct stored_event *events;
    size_t event_count;
    struct stored_bid *bids;
    size_t bid_count;
    struct stored_command *commands;
    size_t command_count;
    struct stored_maximum *maxima; /* each user once */
    size_t maximum_count;
    struct placed_maximum *placed;
    size_t placed_count;
    int64_t retracts;     /* seq of the bid taken back; 0: none */
    int64_t decision_seq; /* of the first event of the decision added last */

    int64_t latest_received_ms; /* guards; 0: none */
    int64_t commit_before_ms;
    int64_t close_from_ms;
    bool outage;        /* its first event pauses the lot for an outage */
    bool clock_started; /* its running_since is the append's moment */
    bool has_bids;      /* accepted ones, whose makers' credit the append guards */
};

struct ledger_batch *ledger_batch_create(const struct ledger_lot *lot)
{
    struct ledger_batch *batch = xcalloc(1, sizeof *batch);
    batch->seq_before = lot->auction.seq;
    batch->state = lot->auction;
    batch->head = lot->head;
    buffer_init(&batch->texts, SIZE_MAX); /* what is too large for a statement, its params refuse */
    buffer_init(&batch->wires, SIZE_MAX);
    return batch;
}

void ledger_batch_destroy(struct ledger_batch **batch)
{
    struct ledger_batch *dead = *batch;
    if (dead == NULL)
        return;
    for (size_t i = 0; i < dead->event_count; i++)
        free((void *)dead->events[i].event.text);
    for (size_t i = 0; i < dead->command_count; i++)
        free(dead->commands[i].content);
    free(dead->events);
    free(dead->bids);
    free(dead->maxima);
    free(dead->placed);
    free(dead->commands);
    buffer_finish(&dead->texts);
    buffer_finish(&dead->wires);
    free(dead);
    *batch = NULL;
}

/* Room for one more element in an array that is enlarged whenever its count is a power of two from `first`
 * on. */
static void *grow(void *array, size_t count, size_t element_size)
{
    const size_t first = 4;
    if (count == 0)
        return xmalloc(first * element_size);
    if (count < first || (count & (count - 1)) != 0)
        return array;
    return xrealloc(array, 2 * count * element_size);
}

/* ---- events ---- */

/* Ends the process upon a slip of ours that would be written into the ledger for good. */
static void demand(bool holds, const char *otherwise)
{
    if (holds)
        return;
    fprintf(stderr, "ledger: %s\n", otherwise);
    abort();
}

static int64_t least(int64_t a, int64_t b)
{
    return a == 0 || b < a ? b : a;
}

/* Where the user's maximum stands or would be put. */
static size_t find_maximum(const struct ledger_batch *batch, int64_t user)
{
    size_t at = 0;
    while (at < batch->maximum_count && batch->maxima[at].user != user)
        at++;
    return at;
}

/* The last word of a person within the batch is what the append writes. */
static void leave_maximum(struct ledger_batch *batch, const struct auction_event *event)
{
    size_t at = find_maximum(batch, event->user);
    if (at == batch->maximum_count) {
        batch->maxima = grow(batch->maxima, at, sizeof *batch->maxima);
        batch->maximum_count++;
    }
    batch->maxima[at] = (struct stored_maximum){event->user, event->maximum, event->bid_id, event->seq};
}

/* What the append must watch, or write beside it, because of this event; `state` is that before it. */
static void guard(struct ledger_batch *batch, const struct auction_event *event)
{
    const struct auction *state = &batch->state;
    int64_t closes_at = state->ends_at_ms + state->terms.rules.close_grace_ms;
    switch (event->kind) {
    case EVENT_BID:
    case EVENT_RAISED:
        /* those that the start itself places are of its own moment, and nobody need have watched */
        if (event->at_ms > batch->latest_received_ms && !batch->clock_started)
            batch->latest_received_ms = event->at_ms;
        if (state->status == AUCTION_ACTIVE)
            batch->commit_before_ms = least(batch->commit_before_ms, closes_at);
        return;
    case EVENT_SOLD: batch->close_from_ms = closes_at; return;
    case EVENT_PASSED:
        if (event->actor == 0) /* by the clock; the auctioneer may pass a lot at any time */
            batch->close_from_ms = closes_at;
        return;
    case EVENT_PAUSED: batch->outage |= event->outage && batch->event_count == 0; return;
    case EVENT_STARTED:
    case EVENT_RESUMED:
    case EVENT_REOPENED: batch->clock_started = true; return;
    case EVENT_BID_RETRACTED:
        demand(batch->retracts == 0 && batch->bid_count == 0,
               "an undo shares a batch with bids or another undo");
        batch->retracts = event->cause;
        return;
    case EVENT_MAXIMUM_LEFT: leave_maximum(batch, event); return;
    case EVENT_SCHEDULED:
    case EVENT_EXTENDED:
    case EVENT_STEP_CHANGED:
    case EVENT_MESSAGE:
    case EVENT_WARNED:
    case EVENT_RESERVE_CHANGED:
    case EVENT_HAMMERED:
    case EVENT_WITHDRAWN:
    case EVENT_KIND_COUNT: return;
    }
}

/* The event with what it borrows copied into the batch. */
static struct auction_event keep(struct ledger_batch *batch, const struct auction_event *event)
{
    struct auction_event kept = *event;
    kept.text = event->text != NULL ? xstrdup(event->text) : NULL;
    if (event->terms != NULL) {
        batch->terms = *event->terms;
        kept.terms = &batch->terms;
    }
    return kept;
}

static struct span span_from(const struct buffer *texts, size_t at)
{
    return (struct span){at, texts->size - at};
}

static void seal(struct ledger_batch *batch, struct stored_event *stored)
{
    struct buffer *texts = &batch->texts;
    size_t at = texts->size;
    event_write_public(&stored->event, texts);
    stored->public_part = span_from(texts, at);
    at = texts->size;
    event_write_private(&stored->event, texts);
    stored->private_part = span_from(texts, at);

    random_bytes(stored->salt, sizeof stored->salt);
    struct chain_hash digest = chain_seal(stored->salt, texts->data + at, stored->private_part.size);
    stored->hash =
        chain_next(batch->head, texts->data + stored->public_part.at, stored->public_part.size, digest);

    at = batch->wires.size;
    event_write_wire(texts->data + stored->public_part.at, stored->public_part.size, stored->hash, digest,
                     &batch->wires);
    stored->wire = span_from(&batch->wires, at);
}

void ledger_batch_add(struct ledger_batch *batch, const struct decision *decision)
{
    if (decision->kind != DECISION_EVENTS)
        return;
    batch->decision_seq = batch->state.seq + 1;
    for (size_t i = 0; i < decision->count; i++) {
        const struct auction_event *event = &decision->events[i];
        demand(event->seq == batch->state.seq + 1, "an event was decided on another state than the batch's");
        guard(batch, event);
        batch->events = grow(batch->events, batch->event_count, sizeof *batch->events);
        struct stored_event *stored = &batch->events[batch->event_count++];
        stored->event = keep(batch, event);
        seal(batch, stored);
        batch->head = stored->hash;
        auction_apply(&batch->state, &stored->event);
    }
}

/* ---- maxima left before the start ---- */

static void place_maximum(struct ledger_batch *batch, const PGresult *maxima, int row, int64_t now_ms)
{
    const struct command command = {
        .kind = COMMAND_BID,
        .actor = result_int(maxima, row, "user_id"),
        .at_ms = now_ms,
        .bid = {.id = result_uuid(maxima, row, "bid_id"),
                .maximum = result_int(maxima, row, "maximum"),
                .confirm = true},
    };
    /* Its credit has been held since it was left. */
    const struct auction_facts facts = {
        .now_ms = now_ms,
        .approved = result_bool(maxima, row, "approved"),
        .own_lot = result_bool(maxima, row, "own_lot"),
        .paddle = (int)result_int_or(maxima, row, "paddle", 0),
    };
    struct decision decision;
    auction_decide(&batch->state, &command, &facts, &decision);
    if (decision.kind != DECISION_EVENTS)
        return;
    batch->placed = grow(batch->placed, batch->placed_count, sizeof *batch->placed);
    batch->placed[batch->placed_count++] =
        (struct placed_maximum){result_int(maxima, row, "seq"), decision.events[0].seq};
    ledger_batch_add(batch, &decision);
}

void ledger_batch_add_maxima(struct ledger_batch *batch, const PGresult *maxima, int64_t now_ms)
{
    int64_t start_seq = batch->decision_seq;
    for (int row = 0; row < PQntuples(maxima); row++)
        place_maximum(batch, maxima, row, now_ms);
    batch->decision_seq = start_seq; /* what a command's memory names */
}

/* ---- memories ---- */

void ledger_batch_add_bid(struct ledger_batch *batch, int64_t user, const struct bid *bid, int64_t seq,
                          enum verdict refusal, int64_t received_at_ms, int64_t sent_at_ms,
                          const char *address)
{
    batch->has_bids |= seq > 0;
    batch->bids = grow(batch->bids, batch->bid_count, sizeof *batch->bids);
    struct stored_bid *stored = &batch->bids[batch->bid_count++];
    *stored = (struct stored_bid){
        .user = user,
        .bid = *bid,
        .seq = seq,
        .refusal = refusal,
        .received_at_ms = received_at_ms,
        .sent_at_ms = sent_at_ms,
    };
    snprintf(stored->address, sizeof stored->address, "%s", address != NULL ? address : "");
}

void ledger_batch_add_command(struct ledger_batch *batch, struct uuid command_id, int64_t user,
                              enum command_kind kind, const char *content)
{
    batch->commands = grow(batch->commands, batch->command_count, sizeof *batch->commands);
    batch->commands[batch->command_count++] = (struct stored_command){
        .id = command_id,
        .user = user,
        .kind = kind,
        .seq = batch->decision_seq,
        .content = xstrdup(content),
    };
}

/* ---- looking in ---- */

const struct auction *ledger_batch_state(const struct ledger_batch *batch)
{
    return &batch->state;
}

yen ledger_batch_maximum_left(const struct ledger_batch *batch, int64_t user, yen before)
{
    size_t at = find_maximum(batch, user);
    return at < batch->maximum_count ? batch->maxima[at].maximum : before;
}

bool ledger_batch_is_empty(const struct ledger_batch *batch)
{
    return batch->event_count == 0 && batch->bid_count == 0 && batch->command_count == 0;
}

size_t ledger_batch_count(const struct ledger_batch *batch)
{
    return batch->event_count;
}

const char *ledger_batch_public_event(const struct ledger_batch *batch, size_t index, size_t *size)
{
    *size = 0;
    if (index >= batch->event_count)
        return NULL;
    *size = batch->events[index].wire.size;
    return batch->wires.data + batch->events[index].wire.at;
}

const struct auction_event *ledger_batch_event(const struct ledger_batch *batch, size_t index)
{
    return index < batch->event_count ? &batch->events[index].event : NULL;
}

static bool is_over(const struct auction *auction)
{
    return auction->status == AUCTION_SOLD || auction->status == AUCTION_PASSED ||
           auction->status == AUCTION_WITHDRAWN;
}

void ledger_batch_each_user(const struct ledger_batch *batch, const struct auction *before,
                            void (*visit)(void *context, int64_t user), void *context)
{
    const struct auction *after = &batch->state;
    for (size_t i = 0; i < batch->event_count; i++)
        visit(context, batch->events[i].event.user);
    if (is_over(before) != is_over(after) || before->leader != after->leader ||
        before->price != after->price || before->leader_max != after->leader_max) {
        visit(context, before->leader);
        visit(context, after->leader);
    }
}

struct chain_hash ledger_batch_head(const struct ledger_batch *batch)
{
    return batch->head;
}

/* ---- the append's parameters, in the order of ledger_append.sql ---- */

static void add_guards(struct params *params, const struct ledger_batch *batch)
{
    params_int(params, batch->state.id);
    params_int(params, batch->seq_before);
    params_int_or_null(params, batch->latest_received_ms, 0);
    params_int_or_null(params, batch->commit_before_ms, 0);
    params_int_or_null(params, batch->close_from_ms, 0);
    params_bool(params, batch->outage);
}

static void add_state(struct params *params, const struct ledger_batch *batch)
{
    const struct auction *state = &batch->state;
    params_int(params, state->seq);
    /* a draft has no event yet, but the refusal of a bid on it may have to be kept */
    params_bytes(params, state->seq > 0 ? batch->head.bytes : NULL, sizeof batch->head.bytes);
    params_text(params, auction_status_name(state->status));
    params_int(params, state->terms.start_price);
    params_int(params, state->reserve);
    params_int(params, state->price);
    params_int_or_null(params, state->leader, 0);
    params_int_or_null(params, state->leader_paddle, 0);
    params_int(params, state->leader_max);
    params_int(params, state->bid_count);
    params_int(params, state->step_override);
    params_int_or_null(params, state->starts_at_ms, 0);
    params_int_or_null(params, state->ends_at_ms, 0);
    params_int(params, state->remaining_ms);
    params_bool(params, state->paused_by_outage);
    params_int(params, state->extensions);
    params_int_or_null(params, state->warned_at_ms, 0);
}

static void add_terms(struct params *params, const struct ledger_batch *batch)
{
    const struct ladder *ladder = &batch->state.terms.ladder;
    const struct auction_rules *rules = &batch->state.terms.rules;
    params_array(params, ELEMENT_INT, 2 * (size_t)ladder->count);
    for (int i = 0; i < ladder->count; i++) {
        params_element_int(params, ladder->rungs[i].below);
        params_element_int(params, ladder->rungs[i].step);
    }
    params_int(params, rules->duration_ms);
    params_int(params, rules->extension_window_ms);
    params_int(params, rules->extension_ms);
    params_int(params, rules->late_ms);
    params_int(params, rules->close_grace_ms);
    params_text(params, extension_mode_name(rules->mode));
    params_int(params, rules->max_extensions);
    params_bool(params, batch->clock_started);
}

/* One column of the batch's rows as an array: its element is added for each row `i`. */
#define ADD_ARRAY(type, count, element)                                                                      \
    do {                                                                                                     \
        params_array(params, type, count);                                                                   \
        for (size_t i = 0; i < (count); i++)                                                                 \
            element;                                                                                         \
    } while (0)

static void add_text(struct params *params, const char *text)
{
    params_element_text(params, text, text != NULL ? strlen(text) : 0);
}

static void add_span(struct params *params, const struct ledger_batch *batch, struct span span)
{
    params_element_text(params, batch->texts.data + span.at, span.size);
}

static void add_events(struct params *params, const struct ledger_batch *batch)
{
    const struct stored_event *events = batch->events;
    size_t count = batch->event_count;
    ADD_ARRAY(ELEMENT_TEXT, count, add_text(params, event_kind_name(events[i].event.kind)));
    ADD_ARRAY(ELEMENT_INT, count, params_element_int(params, events[i].event.at_ms));
    ADD_ARRAY(ELEMENT_TEXT, count, add_span(params, batch, events[i].public_part));
    ADD_ARRAY(ELEMENT_TEXT, count, add_span(params, batch, events[i].private_part));
    ADD_ARRAY(ELEMENT_BYTES, count, params_element_bytes(params, events[i].salt, sizeof events[i].salt));
    ADD_ARRAY(ELEMENT_BYTES, count,
              params_element_bytes(params, events[i].hash.bytes, sizeof events[i].hash.bytes));
}

/* NULL for an accepted bid. */
static const char *refusal_of(const struct stored_bid *bid)
{
    return bid->seq == 0 ? verdict_info(bid->refusal)->code : NULL;
}

static void add_bids(struct params *params, const struct ledger_batch *batch)
{
    const struct stored_bid *bids = batch->bids;
    size_t count = batch->bid_count;
    ADD_ARRAY(ELEMENT_INT, count, params_element_int(params, bids[i].user));
    ADD_ARRAY(ELEMENT_UUID, count, params_element_uuid(params, bids[i].bid.id));
    ADD_ARRAY(ELEMENT_INT, count, params_element_int(params, bids[i].seq));
    ADD_ARRAY(ELEMENT_INT, count, params_element_int(params, bids[i].bid.amount));
    ADD_ARRAY(ELEMENT_INT, count, params_element_int(params, bids[i].bid.maximum));
    ADD_ARRAY(ELEMENT_TEXT, count, add_text(params, refusal_of(&bids[i])));
    ADD_ARRAY(ELEMENT_INT, count, params_element_int(params, bids[i].received_at_ms));
    ADD_ARRAY(ELEMENT_INT, count, params_element_int(params, bids[i].sent_at_ms));
    ADD_ARRAY(ELEMENT_TEXT, count, add_text(params, bids[i].address[0] != '\0' ? bids[i].address : NULL));
    params_int_or_null(params, batch->retracts, 0);
}

static void add_maxima(struct params *params, const struct ledger_batch *batch)
{
    const struct stored_maximum *maxima = batch->maxima;
    size_t count = batch->maximum_count;
    ADD_ARRAY(ELEMENT_INT, count, params_element_int(params, maxima[i].user));
    ADD_ARRAY(ELEMENT_INT, count, params_element_int(params, maxima[i].maximum));
    ADD_ARRAY(ELEMENT_UUID, count, params_element_uuid(params, maxima[i].bid_id));
    ADD_ARRAY(ELEMENT_INT, count, params_element_int(params, maxima[i].seq));
    const struct placed_maximum *placed = batch->placed;
    count = batch->placed_count;
    ADD_ARRAY(ELEMENT_INT, count, params_element_int(params, placed[i].left_seq));
    ADD_ARRAY(ELEMENT_INT, count, params_element_int(params, placed[i].bid_seq));
}

static void add_commands(struct params *params, const struct ledger_batch *batch)
{
    const struct stored_command *commands = batch->commands;
    size_t count = batch->command_count;
    ADD_ARRAY(ELEMENT_UUID, count, params_element_uuid(params, commands[i].id));
    ADD_ARRAY(ELEMENT_INT, count, params_element_int(params, commands[i].user));
    ADD_ARRAY(ELEMENT_TEXT, count, add_text(params, command_kind_name(commands[i].kind)));
    ADD_ARRAY(ELEMENT_INT, count, params_element_int(params, commands[i].seq));
    ADD_ARRAY(ELEMENT_TEXT, count, add_text(params, commands[i].content));
}

void ledger_append_params(struct params *params, const struct ledger_batch *batch)
{
    params_init(params);
    add_guards(params, batch);
    add_state(params, batch);
    add_terms(params, batch);
    add_events(params, batch);
    add_bids(params, batch);
    add_commands(params, batch);
    params_bool(params, batch->has_bids);
    add_maxima(params, batch);
}

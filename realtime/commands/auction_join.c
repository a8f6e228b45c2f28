/* auction:join: the state of a lot, and its frames from there on without a hole.
 *
 * The replica opens the lot; the ledger says who the client is here and which public events it missed, as of
 * one seq; the replica reaches that seq. If it went past it meanwhile, the ledger is asked again, a few
 * times, so that state, events and `you` are of one seq. Then answer and cursor are set in one turn: what the
 * answer holds ends exactly where the room's frames begin. A visitor who missed nothing is answered from
 * memory.
 *
 * When a neighbour has died hundreds come back at once, each with much that it missed. Bids ask the same
 * database, in turn: so few joins ask at a time, and the others wait here. */
#include "core/base/alloc.h"
#include "core/store/result.h"
#include "realtime/commands/joins.h"
#include "realtime/dispatch.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/replica.h"
#include "realtime/reply.h"
#include "realtime/room_internal.h"
#include "realtime/session_internal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
    ASKING_MAX = 32,  /* joins of the node that the ledger is being asked for */
    EVENTS_MAX = 500, /* in one answer; beyond: the state alone */
    TRIES_MAX = 5,    /* of finding ledger and replica at one seq */
    NO_LIMIT = -1,
    EVENTS_BYTES_MAX = 786432,
    STATE_BYTES_MAX = 131072,
};

_Static_assert(sizeof(struct join_wish) <= COMMAND_DATA_MAX, "the gate has no room for it");

static const struct field fields[] = {
    {.name = "auctionId",
     .type = FIELD_INT,
     .offset = offsetof(struct join_wish,             auction_id),
     .required = true,
     .lowest = 1,
     .highest = (INT64_C(1) << 53) - 1               },
    { .name = "sinceSeq",
     .type = FIELD_INT,
     .offset = offsetof(struct join_wish, since_seq),
     .lowest = 0,
     .highest = (INT64_C(1) << 53) - 1,
     .present = offsetof(struct join_wish, has_since)},
};

static const struct schema schema = SCHEMA(struct join_wish, fields);

struct join {
    struct node *node;
    uint64_t session_id;
    int64_t user; /* 0: a visitor */
    struct request request;
    struct join_wish wish;
    const struct join_teller *teller;
    struct join *next;         /* of the same session */
    struct join *waiting_next; /* until the ledger may be asked */
    bool abandoned;
    int tries;

    /* what the ledger said */
    int64_t seen_seq;
    int paddle;
    yen max_amount;           /* while leading, or left before the start */
    int64_t available_credit; /* NO_LIMIT: as much as one likes */
    bool can_bid;
    struct buffer events; /* a JSON array; empty: none, or too many */
    bool resync;
};

/* Those waiting, first come first. */
struct joins {
    int asking;
    struct join *first, **end;
};

/* ---- joins under way ---- */

struct joins *joins_create(void)
{
    struct joins *joins = xcalloc(1, sizeof *joins);
    joins->end = &joins->first;
    return joins;
}

void joins_destroy(struct joins **joins)
{
    free(*joins);
    *joins = NULL;
}

void joins_abandon(struct session *session, int64_t auction_id)
{
    for (struct join *join = *session_joins(session); join != NULL; join = join->next)
        if (join->wish.auction_id == auction_id)
            join->abandoned = true;
}

static int joins_under_way(struct session *session)
{
    int count = 0;
    for (const struct join *join = *session_joins(session); join != NULL; join = join->next)
        count++;
    return count;
}

static void join_end(struct join *join, struct session *session)
{
    replica_release(join->node->replicas, join->wish.auction_id);
    if (session != NULL) {
        struct join **link = session_joins(session);
        while (*link != join)
            link = &(*link)->next;
        *link = join->next;
    }
    buffer_finish(&join->events);
    free(join);
}

static void join_refuse(struct join *join, enum verdict verdict)
{
    struct session *session = sessions_find(join->node->sessions, join->session_id);
    if (session != NULL)
        join->teller->refused(session, &join->request, verdict);
    join_end(join, session);
}

/* ---- the answer ---- */

static void write_you(const struct join *join, const struct auction_view *view, struct buffer *out)
{
    bool leading = join->paddle != 0 && view->leader_paddle == join->paddle;
    bool binding = leading || view->status == AUCTION_SCHEDULED;
    struct json json = json_start(out);
    json_object(&json, NULL);
    json_int_or_null(&json, "paddle", join->paddle, 0);
    json_bool(&json, "leading", leading);
    json_int_or_null(&json, "maxAmount", binding ? join->max_amount : 0, 0);
    json_bool(&json, "canBid", join->can_bid);
    json_int_or_null(&json, "availableCredit", join->available_credit, NO_LIMIT);
    json_null(&json, "bidsLeft");
    json_object_end(&json);
}

static void send_answer(const struct join *join, struct session *session, const struct auction_view *view)
{
    char you_memory[256];
    struct buffer you, state;
    buffer_init_fixed(&you, you_memory, sizeof you_memory);
    buffer_init(&state, STATE_BYTES_MAX);
    if (join->user != 0)
        write_you(join, view, &you);
    replica_write_state(join->node->replicas, view->auction_id, join->user != 0 ? you.data : NULL, &state);
    struct join_answer answer = {&state, &join->events, join->resync};
    if (state.failed)
        join->teller->refused(session, &join->request, VERDICT_INTERNAL);
    else
        join->teller->joined(session, &join->request, &answer);
    buffer_finish(&state);
}

/* Everything is of the view's seq: answers, and lets in. */
static void join_enter(struct join *join)
{
    struct session *session = sessions_find(join->node->sessions, join->session_id);
    const struct auction_view *view = replica_view(join->node->replicas, join->wish.auction_id);
    if (session == NULL) {
        join_end(join, NULL);
        return;
    }
    struct room *room = rooms_find(join->node->rooms, join->wish.auction_id, true);
    if (view == NULL) {
        join_refuse(join, VERDICT_UNAVAILABLE);
    } else if (!room_has(room, session) && !rooms_have_place(session, 0)) {
        join_refuse(join, VERDICT_TOO_MANY_ROOMS);
    } else {
        replica_settle(join->node->replicas, join->wish.auction_id);
        send_answer(join, session, view);
        if (!join->abandoned)
            room_enter(room, session, join->can_bid, join->paddle);
        join_end(join, session);
    }
}

/* ---- the ledger's word ---- */

static void ask_ledger(struct join *join);

/* The replica has reached what the ledger said; it may have gone past it. */
static void on_reached(bool reached, void *context)
{
    struct join *join = context;
    const struct auction_view *view = replica_view(join->node->replicas, join->wish.auction_id);
    if (!reached || view == NULL) {
        join_refuse(join, VERDICT_UNAVAILABLE);
        return;
    }
    if (view->seq > join->seen_seq && ++join->tries < TRIES_MAX) {
        ask_ledger(join);
        return;
    }
    if (view->seq > join->seen_seq && join->wish.has_since) {
        join->resync = true;
        buffer_clear(&join->events);
    }
    join_enter(join);
}

static void read_row(struct join *join, const PGresult *result)
{
    join->seen_seq = result_int(result, 0, "seq");
    join->paddle = (int)result_int_or(result, 0, "paddle", 0);
    join->max_amount = result_int_or(result, 0, "max_amount", 0);
    join->available_credit = result_int_or(result, 0, "available_credit", NO_LIMIT);
    join->can_bid = result_bool(result, 0, "can_bid");
    buffer_clear(&join->events);
    const char *events = result_text(result, 0, "events");
    if (events != NULL)
        buffer_append_text(&join->events, events);
    join->resync = join->wish.has_since && (events == NULL || join->events.failed);
    if (join->events.failed)
        buffer_clear(&join->events);
}

static void take_answer(struct join *join, const struct db_answer *answer)
{
    if (answer->outcome != DB_DONE) {
        join_refuse(join, VERDICT_UNAVAILABLE);
        return;
    }
    if (PQntuples(answer->result) == 0) {
        join_refuse(join, VERDICT_AUCTION_NOT_FOUND);
        return;
    }
    read_row(join, answer->result);
    const struct auction_view *view = replica_view(join->node->replicas, join->wish.auction_id);
    if (view != NULL && view->seq >= join->seen_seq)
        on_reached(true, join);
    else
        replica_reach(join->node->replicas, join->wish.auction_id, join->seen_seq, on_reached, join);
}

static void on_row(const struct db_answer *answer, void *context);

static void send_question(struct join *join)
{
    struct params params;
    join->node->joins->asking++;
    params_init(&params);
    params_int(&params, join->wish.auction_id);
    params_int_or_null(&params, join->user, 0);
    params_int_or_null(&params, join->wish.has_since ? join->wish.since_seq : -1, -1);
    params_int(&params, EVENTS_MAX);
    pool_run(join->node->pool, SQL_ROOM_JOIN, &params, on_row, join);
    params_finish(&params);
}

/* Whoever has gone meanwhile is not asked for, and nobody while the ledger does not answer, or at the end of
 * the node: they would wait for nothing, a few after the other. */
static void ask_next(struct joins *joins, bool answers)
{
    struct join *join;
    while (joins->asking < ASKING_MAX && (join = joins->first) != NULL) {
        joins->first = join->waiting_next;
        if (joins->first == NULL)
            joins->end = &joins->first;
        if (!answers || join->node->pool == NULL ||
            sessions_find(join->node->sessions, join->session_id) == NULL)
            join_refuse(join, VERDICT_UNAVAILABLE);
        else
            send_question(join);
    }
}

static void on_row(const struct db_answer *answer, void *context)
{
    struct join *join = context;
    struct joins *joins = join->node->joins;
    joins->asking--;
    take_answer(join, answer);
    ask_next(joins, answer->outcome == DB_DONE);
}

static void ask_ledger(struct join *join)
{
    struct joins *joins = join->node->joins;
    join->waiting_next = NULL;
    *joins->end = join;
    joins->end = &join->waiting_next;
    ask_next(joins, true);
}

static void on_open(bool found, bool unavailable, void *context)
{
    struct join *join = context;
    if (unavailable)
        join_refuse(join, VERDICT_UNAVAILABLE);
    else if (!found)
        join_refuse(join, VERDICT_AUCTION_NOT_FOUND);
    else if (join->user == 0 && !join->wish.has_since)
        join_enter(join);
    else
        ask_ledger(join);
}

void join_begin(struct node *node, struct session *session, const struct join_wish *wish,
                const struct request *request, const struct join_teller *teller)
{
    struct room *room = rooms_find(node->rooms, wish->auction_id, false);
    bool inside = room != NULL && room_has(room, session);
    if (!inside && !rooms_have_place(session, joins_under_way(session))) {
        teller->refused(session, request, VERDICT_TOO_MANY_ROOMS);
        return;
    }
    struct join *join = xcalloc(1, sizeof *join);
    join->node = node;
    join->session_id = session_id(session);
    join->user = session_user(session);
    join->request = *request;
    join->wish = *wish;
    join->teller = teller;
    buffer_init(&join->events, EVENTS_BYTES_MAX);
    join->next = *session_joins(session);
    *session_joins(session) = join;
    replica_hold(node->replicas, wish->auction_id);
    replica_open(node->replicas, wish->auction_id, on_open, join);
}

/* ---- over a socket ---- */

static void joined(struct session *session, const struct request *request, const struct join_answer *answer)
{
    struct buffer data;
    buffer_init(&data, EVENTS_BYTES_MAX + STATE_BYTES_MAX + 256);
    struct json json = json_start(&data);
    json_object(&json, NULL);
    json_bool(&json, "ok", true);
    json_raw(&json, "auction", answer->state->data, answer->state->size);
    if (answer->events->size > 0)
        json_raw(&json, "events", answer->events->data, answer->events->size);
    else
        json_raw(&json, "events", "[]", 2);
    if (answer->resync)
        json_bool(&json, "resync", true);
    json_object_end(&json);
    metrics_add(METRIC_ACKS, METRIC_ACK_OK, 1);
    reply_send(session, request, &data);
    buffer_finish(&data);
}

static void refused(struct session *session, const struct request *request, enum verdict verdict)
{
    reply_refuse(session, request, verdict, NULL, NULL);
}

static const struct join_teller teller = {joined, refused};

static void run(struct node *node, struct session *session, const struct request *request, const void *data)
{
    join_begin(node, session, data, request, &teller);
}

const struct command_event event_auction_join = {
    .name = "auction:join",
    .roles = ROLES_ANYONE,
    .schema = &schema,
    .run = run,
};

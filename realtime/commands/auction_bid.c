/* auction:bid: what was offered goes to the desk, stamped with the moment its frame came in; the desk's
 * answer goes back as it is. Checks 1 and 2 of a bid are the gate's. */
#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "realtime/audit.h"
#include "realtime/desk.h"
#include "realtime/dispatch.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/reply.h"
#include "realtime/session_internal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct auction_bid {
    int64_t auction_id;
    struct uuid bid_id;
    yen amount;
    yen max_amount;
    bool confirm;
    bool withdraw; /* the maximum left before the start */
    int64_t sent_at_ms;
};

#define WHOLE_MAX ((INT64_C(1) << 53) - 1)

_Static_assert(sizeof(struct auction_bid) <= COMMAND_DATA_MAX, "the gate has no room for it");

static const struct field fields[] = {
    FIELD(INT, struct auction_bid, auction_id, "auctionId", .required = true, .lowest = 1,
          .highest = WHOLE_MAX),
    FIELD(UUID, struct auction_bid, bid_id, "bidId", .required = true),
    FIELD(INT, struct auction_bid, amount, "amount", .nullable = true, .lowest = 1, .highest = MONEY_MAX),
    FIELD(INT, struct auction_bid, max_amount, "maxAmount", .nullable = true, .lowest = 1,
          .highest = MONEY_MAX),
    FIELD(BOOL, struct auction_bid, confirm, "confirm", .nullable = true),
    FIELD(BOOL, struct auction_bid, withdraw, "withdraw", .nullable = true),
    FIELD(INT, struct auction_bid, sent_at_ms, "sentAtMs", .nullable = true, .lowest = 0,
          .highest = WHOLE_MAX),
};

static const struct schema schema = SCHEMA(struct auction_bid, fields);

static void check(const struct command_event *event, const void *data, struct field_faults *faults)
{
    (void)event;
    const struct auction_bid *bid = data;
    bool empty = bid->amount == 0 && bid->max_amount == 0;
    if (empty && !bid->withdraw)
        field_fault(faults, "amount", "an amount or a maximum is required");
    else if (!empty && bid->withdraw)
        field_fault(faults, "withdraw", "stands alone, without amount or maximum");
    else if (bid->max_amount != 0 && bid->max_amount < bid->amount)
        field_fault(faults, "maxAmount", "must not be below the amount");
    if (uuid_is_nil(bid->bid_id))
        field_fault(faults, "bidId", "must not be the nil UUID");
}

/* What the answer needs; the client may have gone by then. */
struct waiting {
    struct node *node;
    uint64_t session_id;
    struct request request;
};

static void write_accepted(struct json *json, const struct desk_answer *answer)
{
    json_bool(json, "ok", true);
    json_int(json, "seq", answer->seq);
    json_int(json, "receivedAtMs", answer->received_at_ms);
    json_int(json, "stateSeq", answer->view.seq);
    json_int_or_null(json, "price", answer->view.price, 0);
    json_bool(json, "leading", answer->leading);
    json_int_or_null(json, "endsAtMs", answer->view.ends_at_ms, 0);
    json_int(json, "minNextBid", answer->view.min_next_bid);
    json_int_or_null(json, "bidsLeft", answer->bids_left, -1);
}

static void write_refused(struct json *json, const struct session *session, const struct desk_answer *answer)
{
    json_bool(json, "ok", false);
    reply_error_begin(json, session, answer->verdict);
    if (answer->min_next_bid != 0)
        json_int(json, "minNextBid", answer->min_next_bid);
    if (answer->step != 0)
        json_int(json, "step", answer->step);
    if (answer->verdict == VERDICT_CREDIT_EXCEEDED)
        json_int(json, "available", answer->available);
    if (answer->verdict == VERDICT_RATE_LIMITED)
        json_int(json, "retryAfterMs", answer->retry_after_ms);
    json_object_end(json);
}

static void write_answer(struct session *session, const struct request *request,
                         const struct desk_answer *answer)
{
    char memory[1024];
    struct buffer data;
    buffer_init_fixed(&data, memory, sizeof memory);
    struct json json = json_start(&data);
    json_object(&json, NULL);
    if (answer->verdict == VERDICT_OK)
        write_accepted(&json, answer);
    else
        write_refused(&json, session, answer);
    if (answer->duplicate)
        json_bool(&json, "duplicate", true);
    if (answer->retracted)
        json_bool(&json, "retracted", true);
    json_object_end(&json);
    metrics_add(METRIC_ACKS, answer->verdict == VERDICT_OK ? METRIC_ACK_OK : METRIC_ACK_REFUSED, 1);
    reply_send(session, request, &data);
}

static void on_answer(const struct desk_answer *answer, void *context)
{
    struct waiting *waiting = context;
    struct session *session = sessions_find(waiting->node->sessions, waiting->session_id);
    if (session != NULL)
        write_answer(session, &waiting->request, answer);
    metrics_observe_us(METRIC_BID_HANDLED, 0, clock_monotonic_us() - waiting->request.reception.monotonic_us);
    free(waiting);
}

static void run(struct node *node, struct session *session, const struct request *request, const void *data)
{
    const struct auction_bid *given = data;
    struct desk_bid bid = {
        .auction_id = given->auction_id,
        .user = session_user(session),
        .bid = {.id = given->bid_id,
                .amount = given->amount,
                .maximum = given->max_amount,
                .confirm = given->confirm},
        .received_at_ms = request->reception.at_ms,
        .sent_at_ms = given->sent_at_ms,
    };
    strncpy(bid.address, session_address(session), sizeof bid.address - 1);
    struct waiting *waiting = xmalloc(sizeof *waiting);
    *waiting = (struct waiting){.node = node, .session_id = session_id(session), .request = *request};
    desk_bid(node->desks, &bid, on_answer, waiting);
}

static void refused(struct node *node, const struct session *session, enum verdict verdict)
{
    metrics_add(METRIC_BIDS, verdict, 1);
    audit_bid(node->audit, session_user(session), 0, verdict, 0, session_address(session), 0);
}

const struct command_event event_auction_bid = {
    .name = "auction:bid",
    .roles = ROLES_BIDDERS,
    .schema = &schema,
    .check = check,
    .run = run,
    .refused = refused,
};

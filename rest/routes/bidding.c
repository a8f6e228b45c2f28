/* A bid goes straight to the ledger, with the lot locked: this program keeps no desk. It counts from the
 * moment at which the lot was its own, on the database's clock, for this process has no clock of its own that
 * could be trusted with milliseconds.
 *
 * One that comes while a lot is 判定中 would have to wait for what becomes of the lot. Here it does not: a
 * thread that waits answers nobody else, and a flood of such bids would hold all of them. It is told to come
 * back, under the same bidId, when the lot will have closed or been extended. */
#include "rest/routes/bidding.h"

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/domain/money.h"
#include "core/wire/view.h"
#include "rest/publish.h"
#include "rest/resource.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define JUDGING_MARGIN_MS 250             /* for the close to be committed */
#define CLIENT_TIME_MAX   4102444800000LL /* claims of the client beyond this are no times */

struct body {
    struct uuid bid_id;
    yen amount, max_amount;
    int64_t sent_at_ms;
    bool confirm;
};

static const struct field body_fields[] = {
    FIELD(UUID, struct body, bid_id, "bidId", .required = true),
    FIELD(INT, struct body, amount, "amount", .nullable = true, .lowest = 1, .highest = MONEY_MAX),
    FIELD(INT, struct body, max_amount, "maxAmount", .nullable = true, .lowest = 1, .highest = MONEY_MAX),
    FIELD(BOOL, struct body, confirm, "confirm", .nullable = true),
    FIELD(INT, struct body, sent_at_ms, "sentAtMs", .nullable = true, .highest = JSON_INT_MAX),
};

const struct schema bid_body = SCHEMA(struct body, body_fields);

/* ---- check 4 ---- */

/* Whether a bid that nobody knows yet may be made now, and how many more. */
struct admission {
    struct request *request;
    struct rate_state state;
};

static enum verdict admit(void *context)
{
    struct admission *admission = context;
    char user[24];
    snprintf(user, sizeof user, "%" PRId64, admission->request->who.user_id);
    struct service *service = admission->request->service;
    bool good = limiter_take(service->limiter, admission->request->worker->limits, LIMIT_BID, user,
                             clock_monotonic_ms(), &admission->state);
    return good ? VERDICT_OK : VERDICT_RATE_LIMITED;
}

/* ---- the audit ---- */

static void note(const struct request *request, yen amount, int64_t skew_ms)
{
    struct audit_entry entry = {
        .at_ms = clock_wall_ms(),
        .user_id = request->who.user_id,
        .auction_id = request->path_id,
        .amount = amount,
        .skew_ms = skew_ms,
        .verdict = request->response.verdict,
    };
    memcpy(entry.address, request->address, strnlen(request->address, sizeof entry.address - 1));
    bid_audit_add(request->service->bid_audit, &entry);
}

void bid_refused(struct request *request)
{
    note(request, 0, 0);
}

/* ---- the answer ---- */

static void answer_accepted(const struct request *request, struct response *response,
                            const struct ledger_result *result, const struct rate_state *limit)
{
    const struct auction *state =
        result->batch != NULL ? ledger_batch_state(result->batch) : &result->before.auction;
    struct auction_view view = auction_view_of(state, result->before.sale_id);
    struct json json = response_json_start(response, 200);
    json_object(&json, NULL);
    json_bool(&json, "ok", true);
    json_int(&json, "seq", result->seq);
    json_int(&json, "receivedAtMs", result->received_at_ms);
    json_int(&json, "stateSeq", view.seq);
    json_int_or_null(&json, "price", view.price, 0);
    json_bool(&json, "leading", state->leader == request->who.user_id);
    json_int_or_null(&json, "endsAtMs", view.ends_at_ms, 0);
    json_int(&json, "minNextBid", view.min_next_bid);
    json_int_or_null(&json, "bidsLeft", limit->limit > 0 ? limit->remaining : -1, -1);
    if (result->duplicate)
        json_bool(&json, "duplicate", true);
    json_object_end(&json);
}

/* A close that is overdue will come as soon as somebody can decide it. */
static int64_t until_judged_ms(const struct ledger_lot *lot)
{
    int64_t left_ms = lot->auction.ends_at_ms + lot->auction.terms.rules.close_grace_ms - lot->db_now_ms;
    return (left_ms > 0 ? left_ms : 0) + JUDGING_MARGIN_MS;
}

static int64_t retry_after_ms(const struct ledger_result *result, const struct rate_state *limit)
{
    if (result->verdict == VERDICT_RATE_LIMITED)
        return limit->reset_ms;
    return result->held ? until_judged_ms(&result->before) : 0;
}

static void answer_refused(struct request *request, struct response *response,
                           const struct ledger_result *result, const struct rate_state *limit,
                           const struct error *error)
{
    if (!result->held && (result->verdict == VERDICT_UNAVAILABLE || result->verdict == VERDICT_UNCERTAIN))
        log_warn("a bid could not be decided", log_text("requestId", request->id),
                 log_text("reason", error->text));
    response_problem(response, request,
                     &(struct problem){
                         .verdict = result->verdict,
                         .retry_after_ms = retry_after_ms(result, limit),
                         .min_next_bid = result->min_next_bid,
                         .step = result->step,
                         .available = result->verdict == VERDICT_CREDIT_EXCEEDED ? &result->available : NULL,
                         .seq = result->seq,
                         .duplicate = result->duplicate,
                         .retracted = result->verdict == VERDICT_BID_RETRACTED,
                     });
}

/* ---- the bid ---- */

static void place(struct request *request, struct response *response, const struct bid *bid,
                  int64_t sent_at_ms)
{
    struct admission admission = {.request = request};
    struct error error = {0};
    struct ledger_result result;
    ledger_execute(request->worker->db,
                   &(struct ledger_command){
                       .auction_id = request->path_id,
                       .command = {.kind = COMMAND_BID,
                                   .actor = request->who.user_id,
                                   .expected_seq = EXPECTED_SEQ_ABSENT,
                                   .bid = *bid},
                       .sent_at_ms = sent_at_ms,
                       .address = request->address,
                       .admit = admit,
                       .admit_context = &admission,
    },
                   &result, &error);
    if (result.batch != NULL)
        publish_batch(request->worker, &result.before, result.batch);
    if (result.verdict == VERDICT_OK)
        answer_accepted(request, response, &result, &admission.state);
    else
        answer_refused(request, response, &result, &admission.state, &error);
    if (result.verdict != VERDICT_OK)
        note(request, bid->amount != 0 ? bid->amount : bid->maximum,
             sent_at_ms != 0 && result.before.db_now_ms != 0 ? sent_at_ms - result.before.db_now_ms : 0);
    ledger_batch_destroy(&result.batch);
}

void bid_post(struct request *request, struct response *response)
{
    const struct body *body = request->body;
    struct field_faults faults = {0};
    if (uuid_is_nil(body->bid_id))
        field_fault(&faults, "bidId", "must not be the nil UUID");
    if (body->amount == 0 && body->max_amount == 0)
        field_fault(&faults, "amount", "an amount or a maximum is required");
    if (body->max_amount != 0 && body->max_amount < body->amount)
        field_fault(&faults, "maxAmount", "must not be below the amount");
    if (faults.count > 0) {
        response_problem(response, request,
                         &(struct problem){.verdict = VERDICT_INVALID_MESSAGE, .faults = &faults});
        note(request, 0, 0);
        return;
    }
    const struct bid bid = {body->bid_id, body->amount, body->max_amount, body->confirm};
    place(request, response, &bid, body->sent_at_ms <= CLIENT_TIME_MAX ? body->sent_at_ms : 0);
}

void maximum_delete(struct request *request, struct response *response)
{
    const struct bid withdrawal = {.id = uuid_random()};
    place(request, response, &withdrawal, 0);
}

/* ---- reading one's own ---- */

struct mine_query {
    int64_t limit;
    const char *after;
};

static const struct field mine_fields[] = {
    FIELD(INT, struct mine_query, limit, "limit", .lowest = 1, .highest = PAGE_MAX),
    FIELD(TEXT, struct mine_query, after, "after", .lowest = 1, .highest = 64),
};

const struct schema my_bids_query = SCHEMA(struct mine_query, mine_fields);

void lot_bids_mine_get(struct request *request, struct response *response)
{
    const struct mine_query *query = request->query;
    int64_t before, limit = page_limit(query->limit);
    PGresult *head;
    if (!cursor_read(request, response, query->after, INT64_MAX, &before, 1) ||
        !statement_find(request, response, SQL_AUCTION_HEAD, VERDICT_AUCTION_NOT_FOUND, &head))
        return;
    PQclear(head);
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_int(&params, request->who.user_id);
    params_int(&params, before);
    params_int(&params, limit + 1);
    resource_list_rows(request, response, SQL_AUCTION_BIDS_MINE, &params, limit);
}

void my_bids_get(struct request *request, struct response *response)
{
    const struct mine_query *query = request->query;
    int64_t before[3], limit = page_limit(query->limit); /* received, lot, seq */
    if (!cursor_read(request, response, query->after, JSON_INT_MAX, before, 3))
        return;
    struct params params;
    params_init(&params);
    params_int(&params, request->who.user_id);
    for (int i = 0; i < 3; i++)
        params_int(&params, before[i]);
    params_int(&params, limit + 1);
    resource_list_rows(request, response, SQL_MY_BIDS_PAGE, &params, limit);
}

/* Reading the ledger. Bids and events are public and show paddles only; what a bid's private part holds is
 * shown to its bidder alone. The check of the chain reads the stored rows anew each time, in pages, in the
 * slow pool. */
#include "rest/routes/bids.h"

#include "rest/chain_check.h"
#include "rest/resource.h"

#include <string.h>

#define EVENTS_DEFAULT 200
#define EVENTS_MAX     1000

struct bids_query {
    int64_t limit;
    const char *after;
};

static const struct field bids_fields[] = {
    FIELD(INT, struct bids_query, limit, "limit", .lowest = 1, .highest = PAGE_MAX),
    FIELD(TEXT, struct bids_query, after, "after", .lowest = 1, .highest = 64),
};

const struct schema bids_query = SCHEMA(struct bids_query, bids_fields);

struct events_query {
    int64_t limit, after;
};

static const struct field events_fields[] = {
    FIELD(INT, struct events_query, limit, "limit", .lowest = 1, .highest = EVENTS_MAX),
    FIELD(INT, struct events_query, after, "after", .highest = JSON_INT_MAX),
};

const struct schema events_query = SCHEMA(struct events_query, events_fields);

/* True when the asker may see the lot; else answered. */
static bool is_visible(struct request *request, struct response *response)
{
    PGresult *head;
    if (!statement_find(request, response, SQL_AUCTION_HEAD, VERDICT_AUCTION_NOT_FOUND, &head))
        return false;
    PQclear(head);
    return true;
}

static void list(struct request *request, struct response *response, enum sql_query page, int64_t after,
                 int64_t limit)
{
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_int(&params, after);
    params_int(&params, limit + 1);
    resource_list_rows(request, response, page, &params, limit);
}

void bids_get(struct request *request, struct response *response)
{
    const struct bids_query *query = request->query;
    int64_t before;
    if (cursor_read(request, response, query->after, INT64_MAX, &before, 1) && is_visible(request, response))
        list(request, response, SQL_AUCTION_BIDS_PAGE, before, page_limit(query->limit));
}

void events_get(struct request *request, struct response *response)
{
    const struct events_query *query = request->query;
    if (is_visible(request, response))
        list(request, response, SQL_AUCTION_EVENTS_PAGE, query->after,
             query->limit == 0 ? EVENTS_DEFAULT : query->limit);
}

void bid_fate_get(struct request *request, struct response *response)
{
    if (!is_visible(request, response))
        return;
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_int(&params, request->who.user_id);
    params_uuid(&params, request->path_uuid);
    PGresult *rows;
    if (!statement_read(request, response, SQL_BID_FATE, &params, &rows))
        return;
    if (PQntuples(rows) == 1) {
        response_json(response, 200, result_text(rows, 0, "json"));
    } else {
        char bid_id[UUID_TEXT_SIZE];
        uuid_format(request->path_uuid, bid_id);
        struct json json = response_json_start(response, 200);
        json_object(&json, NULL);
        json_text(&json, "bidId", bid_id);
        json_text(&json, "verdict", "unknown");
        json_object_end(&json);
    }
    PQclear(rows);
}

/* ---- the proof ---- */

void verification_get(struct request *request, struct response *response)
{
    struct chain_finding finding;
    if (!chain_check(request, response, &finding))
        return;
    char seed[CHAIN_HASH_TEXT], head[CHAIN_HASH_TEXT];
    struct json json = response_json_start(response, 200);
    json_object(&json, NULL);
    json_int(&json, "auctionId", request->path_id);
    json_text(&json, "seed", chain_hash_text(&finding.seed, seed));
    json_text(&json, "head", finding.has_head ? chain_hash_text(&finding.head, head) : NULL);
    json_int(&json, "count", finding.count);
    json_bool(&json, "valid", finding.first_invalid == 0);
    json_int_or_null(&json, "firstInvalidSeq", finding.first_invalid, 0);
    json_object_end(&json);
}

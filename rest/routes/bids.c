/* Reading the ledger. Bids and events are public and show paddles only; what a bid's private part holds is
 * shown to its bidder alone. The check of the chain reads the stored rows anew each time, in pages, in the
 * slow pool. */
#include "rest/routes/bids.h"

#include "core/domain/chain.h"
#include "rest/resource.h"

#include <string.h>

#define EVENTS_DEFAULT 200
#define EVENTS_MAX     1000
#define CHAIN_PAGE     500

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

struct check {
    int64_t head_seq;       /* the lot's, as its row has it */
    struct chain_hash last; /* of the events checked so far, or the seed */
    int64_t seq;            /* of the last event checked */
    int64_t first_invalid;  /* 0: none found */
};

static bool event_holds(const PGresult *rows, int row, struct check *check)
{
    uint8_t salt[CHAIN_SALT_SIZE];
    struct chain_hash stored;
    if (result_int(rows, row, "seq") != check->seq + 1 ||
        !result_bytes(rows, row, "salt", salt, sizeof salt) ||
        !result_bytes(rows, row, "hash", stored.bytes, sizeof stored.bytes))
        return false;
    const char *public_part = result_text(rows, row, "public_part");
    const char *private_part = result_text(rows, row, "private_part");
    struct chain_hash seal = chain_seal(salt, private_part, strlen(private_part));
    check->last = chain_next(check->last, public_part, strlen(public_part), seal);
    return memcmp(check->last.bytes, stored.bytes, sizeof stored.bytes) == 0;
}

/* Checks the next page. False when there is no more to check, or the request is answered. */
static bool check_page(struct request *request, struct response *response, struct check *check,
                       bool *answered)
{
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_int(&params, check->seq);
    params_int(&params, check->head_seq);
    params_int(&params, CHAIN_PAGE);
    PGresult *rows;
    if (!statement_read(request, response, SQL_AUCTION_CHAIN_PAGE, &params, &rows)) {
        *answered = true;
        return false;
    }
    int count = PQntuples(rows);
    for (int i = 0; i < count && check->first_invalid == 0; i++) {
        if (event_holds(rows, i, check))
            check->seq++;
        else
            check->first_invalid = check->seq + 1;
    }
    PQclear(rows);
    return count > 0 && check->first_invalid == 0 && check->seq < check->head_seq;
}

static void write_finding(struct request *request, struct response *response, const struct check *check,
                          const struct chain_hash *head)
{
    struct chain_hash seed = chain_seed(request->path_id);
    struct json json = response_json_start(response, 200);
    json_object(&json, NULL);
    json_int(&json, "auctionId", request->path_id);
    json_hex(&json, "seed", seed.bytes, sizeof seed.bytes);
    if (head != NULL)
        json_hex(&json, "head", head->bytes, sizeof head->bytes);
    else
        json_null(&json, "head");
    json_int(&json, "count", check->head_seq);
    json_bool(&json, "valid", check->first_invalid == 0);
    json_int_or_null(&json, "firstInvalidSeq", check->first_invalid, 0);
    json_object_end(&json);
}

void verification_get(struct request *request, struct response *response)
{
    PGresult *row;
    if (!statement_find(request, response, SQL_AUCTION_HEAD, VERDICT_AUCTION_NOT_FOUND, &row))
        return;
    struct chain_hash head;
    struct check check = {.head_seq = result_int(row, 0, "seq"), .last = chain_seed(request->path_id)};
    bool has_head = result_bytes(row, 0, "head_hash", head.bytes, sizeof head.bytes);
    PQclear(row);

    bool answered = false;
    while (check.seq < check.head_seq && check_page(request, response, &check, &answered))
        continue;
    if (answered)
        return;
    bool complete = check.seq == check.head_seq;
    bool fits = !has_head || memcmp(check.last.bytes, head.bytes, sizeof head.bytes) == 0;
    if (check.first_invalid == 0 && !complete)
        check.first_invalid = check.seq + 1;
    else if (check.first_invalid == 0 && !fits)
        check.first_invalid = check.seq;
    write_finding(request, response, &check, has_head ? &head : NULL);
}

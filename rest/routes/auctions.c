/* Lots: drafted by the office and edited until they are scheduled; from then on only commands and bids change
 * them. */
#include "rest/routes/auctions.h"

#include "core/domain/auction.h"
#include "rest/resource.h"
#include "rest/routes/horses.h"

#include <inttypes.h>
#include <string.h>

static const char *const statuses[] = {"draft", "scheduled", "active",    "paused",
                                       "sold",  "passed",    "withdrawn", NULL};

/* ---- reading ---- */

enum { SORT_LOT }; /* the others have a statement of their own */
static const char *const sorts[] = {"lot", "price", "-price", "startsAt", "endsAt", NULL};

struct query {
    int64_t limit, sale_id, horse_id, lot_number, price_from, price_to;
    const char *after, *q, *sire, *consignor;
    int status, sex, sort;
    bool has_status, has_sex, has_price_from, has_price_to;
};

static const struct field query_fields[] = {
    FIELD(INT, struct query, limit, "limit", .lowest = 1, .highest = PAGE_MAX),
    FIELD(TEXT, struct query, after, "after", .lowest = 1, .highest = 64),
    FIELD(TEXT, struct query, q, "q", .lowest = 1, .highest = 100),
    FIELD(INT, struct query, sale_id, "saleId", .lowest = 1, .highest = JSON_INT_MAX),
    FIELD(INT, struct query, horse_id, "horseId", .lowest = 1, .highest = JSON_INT_MAX),
    FIELD(ENUM, struct query, status, "status", .names = statuses,
          .present = offsetof(struct query, has_status)),
    FIELD(INT, struct query, lot_number, "lotNumber", .lowest = 1, .highest = 999999),
    FIELD(ENUM, struct query, sex, "sex", .names = horse_sexes, .present = offsetof(struct query, has_sex)),
    FIELD(TEXT, struct query, sire, "sire", .lowest = 1, .highest = 100),
    FIELD(TEXT, struct query, consignor, "consignor", .lowest = 1, .highest = 100),
    FIELD(INT, struct query, price_from, "priceFrom", .highest = MONEY_MAX,
          .present = offsetof(struct query, has_price_from)),
    FIELD(INT, struct query, price_to, "priceTo", .highest = MONEY_MAX,
          .present = offsetof(struct query, has_price_to)),
    FIELD(ENUM, struct query, sort, "sort", .names = sorts),
};

const struct schema auctions_query = SCHEMA(struct query, query_fields);

/* ---- writing ---- */

struct body {
    int64_t number;
};

#define NUMBER(name, must, least, most)                                                                      \
    FIELD(INT, struct body, number, name, .required = (must), .lowest = (least), .highest = (most))
#define TERMS(create)                                                                                        \
    NUMBER("horseId", create, 1, JSON_INT_MAX), NUMBER("lotNumber", create, 1, 999999),                      \
        NUMBER("startPrice", create, 1, MONEY_MAX), NUMBER("reservePrice", false, 0, MONEY_MAX)

static const struct field create_fields[] = {NUMBER("saleId", true, 1, JSON_INT_MAX), TERMS(true)};
static const struct field update_fields[] = {TERMS(false)};

const struct schema auction_create_body = SCHEMA(struct body, create_fields);
const struct schema auction_update_body = SCHEMA(struct body, update_fields);

static const struct refusal refusals[] = {
    {"auctions_sale_id_fkey",           VERDICT_INVALID_MESSAGE, "saleId",  "there is no such sale"                },
    {"auctions_horse_id_fkey",          VERDICT_INVALID_MESSAGE, "horseId", "there is no such horse"               },
    {"auctions_sale_id_lot_number_key", VERDICT_CONFLICT,        NULL,      "The lot number is taken in this sale."},
    {NULL,                              VERDICT_OK,              NULL,      NULL                                   },
};

static const struct resource auctions = {
    .path = "/api/auctions",
    .read = SQL_AUCTIONS_READ,
    .missing = VERDICT_AUCTION_NOT_FOUND,
    .refusals = refusals,
};

/* ---- handlers ---- */

void auctions_get(struct request *request, struct response *response)
{
    const struct query *query = request->query;
    int64_t after[2], limit = page_limit(query->limit);
    if (!cursor_read(request, response, query->after, 0, after, 2))
        return;
    struct params params;
    params_init(&params);
    params_int(&params, after[0]);
    params_int(&params, after[1]);
    params_int(&params, limit + 1);
    params_int_or_null(&params, query->sale_id, 0);
    params_int_or_null(&params, query->horse_id, 0);
    params_text(&params, query->has_status ? statuses[query->status] : NULL);
    params_text(&params, query->q);
    params_bool(&params, request_is_office(request));
    params_int_or_null(&params, query->lot_number, 0);
    params_text(&params, query->has_sex ? horse_sexes[query->sex] : NULL);
    params_text(&params, query->sire);
    params_text(&params, query->consignor);
    params_int_or_null(&params, query->has_price_from ? query->price_from : -1, -1);
    params_int_or_null(&params, query->has_price_to ? query->price_to : -1, -1);
    if (query->sort != SORT_LOT)
        params_text(&params, sorts[query->sort]);
    resource_list(request, response, &auctions,
                  query->sort == SORT_LOT ? SQL_AUCTIONS_PAGE : SQL_AUCTIONS_PAGE_SORTED, &params, limit);
}

/* True when it is done; else answered. */
static bool outcome_is_done(struct request *request, struct response *response, const PGresult *result)
{
    if (strcmp(result_text(result, 0, "outcome"), "off_step") != 0)
        return resource_outcome_done(request, response, auctions.missing, result);
    response_refuse(response, request, VERDICT_PRICE_OFF_STEP);
    return false;
}

void auctions_post(struct request *request, struct response *response)
{
    struct params params;
    params_init(&params);
    params_text_size(&params, request->body_text.data, request->body_text.size);
    PGresult *made;
    if (!statement_write(request, response, SQL_AUCTION_CREATE, &params, refusals, &made))
        return;
    if (outcome_is_done(request, response, made)) {
        int64_t id = result_int(made, 0, "id");
        response_header(response, "Location", "%s/%" PRId64, auctions.path, id);
        resource_show_written(request, response, &auctions, id, 201);
    }
    PQclear(made);
}

void auction_get(struct request *request, struct response *response)
{
    resource_show(request, response, &auctions, request->path_id);
}

void auction_patch(struct request *request, struct response *response)
{
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_text_size(&params, request->body_text.data, request->body_text.size);
    resource_tags(request, &params);
    PGresult *changed;
    if (!statement_write(request, response, SQL_AUCTION_UPDATE, &params, refusals, &changed))
        return;
    if (outcome_is_done(request, response, changed))
        resource_show_written(request, response, &auctions, request->path_id, 200);
    PQclear(changed);
}

void auction_delete(struct request *request, struct response *response)
{
    resource_delete(request, response, &auctions, SQL_AUCTION_DELETE);
}

/* What is done to many lots of a sale at once, all or nothing. */
#include "rest/routes/lots.h"

#include "core/base/alloc.h"
#include "rest/resource.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- their order ---- */

#define ORDER_MAX 1500 /* lots of one request: what fits into a body */

struct order {
    const cJSON *lots;
};

static const struct field order_fields[] = {
    FIELD(ARRAY, struct order, lots, "lots", .required = true, .lowest = 1, .highest = ORDER_MAX),
};

const struct schema lots_order_body = SCHEMA(struct order, order_fields);

struct place {
    int64_t auction_id, lot_number;
};

static const struct field place_fields[] = {
    FIELD(INT, struct place, auction_id, "auctionId", .required = true, .lowest = 1, .highest = JSON_INT_MAX),
    FIELD(INT, struct place, lot_number, "lotNumber", .required = true, .lowest = 1, .highest = 999999),
};

static const struct refusal order_refusals[] = {
    {"auctions_sale_id_lot_number_key", VERDICT_CONFLICT, NULL, "Two lots would have the same number."},
    {NULL,                              VERDICT_OK,       NULL, NULL                                  },
};

/* The places asked for, NULL when answered; the caller's, and of their number. */
static struct place *read_places(struct request *request, struct response *response, size_t *count)
{
    const struct order *order = request->body;
    struct place *places = xcalloc((size_t)cJSON_GetArraySize(order->lots), sizeof *places);
    struct field_faults faults = {0};
    const cJSON *item;
    *count = 0;
    cJSON_ArrayForEach(item, order->lots)
    {
        if (fields_read(item, place_fields, 2, &places[(*count)++], &faults))
            continue;
        response_refuse_field(response, request, "lots", "place %zu: %s %s", *count, faults.list[0].field,
                              faults.list[0].message);
        free(places);
        return NULL;
    }
    return places;
}

static void answer_order(struct request *request, struct response *response, const PGresult *rows)
{
    const char *outcome = result_text(rows, 0, "outcome");
    if (strcmp(outcome, "done") == 0) {
        struct json json = response_json_start(response, 200);
        json_object(&json, NULL);
        json_int(&json, "changed", result_int(rows, 0, "changed"));
        json_object_end(&json);
    } else if (strcmp(outcome, "missing") == 0) {
        response_refuse(response, request, VERDICT_NOT_FOUND);
    } else if (strcmp(outcome, "fixed") == 0) {
        char detail[64];
        snprintf(detail, sizeof detail, "The lot in place %d has started.",
                 (int)result_int(rows, 0, "place"));
        response_problem(response, request,
                         &(struct problem){.verdict = VERDICT_COMMAND_NOT_ALLOWED, .detail = detail});
    } else {
        response_refuse_field(response, request, "lots", "place %d: auctionId %s",
                              (int)result_int(rows, 0, "place"),
                              strcmp(outcome, "twice") == 0 ? "is there twice" : "is no lot of this sale");
    }
}

void lots_order_post(struct request *request, struct response *response)
{
    size_t count;
    struct place *places = read_places(request, response, &count);
    if (places == NULL)
        return;
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_array(&params, ELEMENT_INT, count);
    for (size_t i = 0; i < count; i++)
        params_element_int(&params, places[i].auction_id);
    params_array(&params, ELEMENT_INT, count);
    for (size_t i = 0; i < count; i++)
        params_element_int(&params, places[i].lot_number);
    params_int(&params, request->who.user_id);
    free(places);
    PGresult *rows;
    if (!statement_write(request, response, SQL_LOTS_ORDER, &params, order_refusals, &rows))
        return;
    answer_order(request, response, rows);
    PQclear(rows);
}

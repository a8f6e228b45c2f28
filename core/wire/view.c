/* The one list of what the public may see of a lot. Reading passes over members it does not know, so that
 * nodes of two versions can work side by side. */
#include "core/wire/view.h"

#include "core/wire/json_read.h"

#include <limits.h>
#include <string.h>

/* The clock's end means nothing while it does not run; of an ended lot it tells when the last one was. */
static int64_t shown_end(const struct auction *auction)
{
    switch (auction->status) {
    case AUCTION_ACTIVE:
    case AUCTION_SOLD:
    case AUCTION_PASSED:
    case AUCTION_WITHDRAWN: return auction->ends_at_ms;
    case AUCTION_DRAFT:
    case AUCTION_SCHEDULED:
    case AUCTION_PAUSED:
    case AUCTION_STATUS_COUNT: break;
    }
    return 0;
}

struct auction_view auction_view_of(const struct auction *auction, int64_t sale_id)
{
    return (struct auction_view){
        .auction_id = auction->id,
        .sale_id = sale_id,
        .seq = auction->seq,
        .status = auction->status,
        .price = auction->price,
        .leader_paddle = auction->leader_paddle,
        .bid_count = auction->bid_count,
        .min_next_bid = auction_min_next_bid(auction),
        .step = auction_step(auction),
        .start_price = auction->terms.start_price,
        .reserve = auction_reserve_state(auction),
        .starts_at_ms = auction->starts_at_ms,
        .ends_at_ms = shown_end(auction),
        .remaining_ms = auction->status == AUCTION_PAUSED ? auction->remaining_ms : 0,
        .extensions = auction->extensions,
    };
}

void view_write(const struct auction_view *view, struct json *json)
{
    json_int(json, "auctionId", view->auction_id);
    json_int(json, "saleId", view->sale_id);
    json_int(json, "seq", view->seq);
    json_text(json, "status", auction_status_name(view->status));
    json_int_or_null(json, "price", view->price, 0);
    json_int_or_null(json, "leader", view->leader_paddle, 0);
    json_int(json, "bidCount", view->bid_count);
    json_int(json, "minNextBid", view->min_next_bid);
    json_int(json, "step", view->step);
    json_int(json, "startPrice", view->start_price);
    json_text(json, "reserve", reserve_state_name(view->reserve));
    json_int_or_null(json, "startsAtMs", view->starts_at_ms, 0);
    json_int_or_null(json, "endsAtMs", view->ends_at_ms, 0);
    json_int_or_null(json, "remainingMs", view->remaining_ms, view->status == AUCTION_PAUSED ? -1 : 0);
    json_int(json, "extensions", view->extensions);
}

/* ---- reading ---- */

/* A whole number from 0 up; null, where it may stand, is 0. */
static bool read_number(const cJSON *object, const char *name, bool nullable, int64_t highest, int64_t *out)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);
    if (nullable && cJSON_IsNull(value)) {
        *out = 0;
        return true;
    }
    return json_whole(value, 0, highest, out);
}

static bool read_count(const cJSON *object, const char *name, bool nullable, int *out)
{
    int64_t number = 0;
    bool good = read_number(object, name, nullable, INT_MAX, &number);
    *out = (int)number;
    return good;
}

static bool read_status(const cJSON *object, enum auction_status *out)
{
    int status =
        auction_status_parse(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "status")));
    *out = status < 0 ? AUCTION_DRAFT : (enum auction_status)status;
    return status >= 0;
}

static bool read_reserve(const cJSON *object, enum reserve_state *out)
{
    static const enum reserve_state states[] = {RESERVE_NONE, RESERVE_UNMET, RESERVE_MET};
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "reserve"));
    for (size_t i = 0; text != NULL && i < sizeof states / sizeof *states; i++) {
        *out = states[i];
        if (strcmp(reserve_state_name(*out), text) == 0)
            return true;
    }
    return false;
}

bool view_read(const cJSON *object, struct auction_view *out)
{
    *out = (struct auction_view){0};
    return cJSON_IsObject(object) &&
           read_number(object, "auctionId", false, JSON_INT_MAX, &out->auction_id) &&
           read_number(object, "saleId", false, JSON_INT_MAX, &out->sale_id) &&
           read_number(object, "seq", false, JSON_INT_MAX, &out->seq) && read_status(object, &out->status) &&
           read_number(object, "price", true, MONEY_MAX, &out->price) &&
           read_count(object, "leader", true, &out->leader_paddle) &&
           read_count(object, "bidCount", false, &out->bid_count) &&
           read_number(object, "minNextBid", false, JSON_INT_MAX, &out->min_next_bid) &&
           read_number(object, "step", false, MONEY_MAX, &out->step) &&
           read_number(object, "startPrice", false, MONEY_MAX, &out->start_price) &&
           read_reserve(object, &out->reserve) &&
           read_number(object, "startsAtMs", true, JSON_INT_MAX, &out->starts_at_ms) &&
           read_number(object, "endsAtMs", true, JSON_INT_MAX, &out->ends_at_ms) &&
           read_number(object, "remainingMs", true, JSON_INT_MAX, &out->remaining_ms) &&
           read_count(object, "extensions", false, &out->extensions);
}

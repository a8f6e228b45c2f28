/* What everybody may see of a lot at one seq: the state without its private parts. Rooms, cache keys and
 * announcements are made from views only, so nothing private can slip into a public frame. */
#pragma once

#include "core/base/json.h"
#include "core/domain/auction.h"

#include <cjson/cJSON.h>

struct auction_view {
    int64_t auction_id;
    int64_t sale_id;
    int64_t seq;
    enum auction_status status;
    yen price;         /* 0: null on the wire */
    int leader_paddle; /* 0: null on the wire */
    int bid_count;
    yen min_next_bid;
    yen step;
    yen start_price;
    enum reserve_state reserve;
    int64_t starts_at_ms; /* 0: null */
    int64_t ends_at_ms;   /* while active, and the last one of an ended lot; 0: null */
    int64_t remaining_ms; /* while paused */
    int extensions;
};

struct auction_view auction_view_of(const struct auction *auction, int64_t sale_id);

/** Writes the members (no braces) in the words of `auction:update`: auctionId … extensions. */
void view_write(const struct auction_view *view, struct json *json);

/** Reads the members back from an object; false when one is missing or of the wrong type. */
[[gnu::warn_unused_result]] bool view_read(const cJSON *object, struct auction_view *out);

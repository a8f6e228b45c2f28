/* Bidding over REST: the same bid as over WebSocket, by the same rules, with the same answer. */
#pragma once

#include "rest/route.h"

extern const struct schema bid_body, my_bids_query;

route_handler bid_post, maximum_delete, lot_bids_mine_get, my_bids_get;
route_refused bid_refused;

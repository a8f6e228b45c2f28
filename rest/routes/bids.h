/* What happened to a lot: its bids, its public ledger, the proof of it, and the fate of one's own bid. */
#pragma once

#include "rest/route.h"

extern const struct schema bids_query, events_query;

route_handler bids_get, bid_fate_get, events_get, verification_get;

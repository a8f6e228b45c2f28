/* Lots. */
#pragma once

#include "rest/route.h"

extern const struct schema auctions_query, auction_create_body, auction_update_body;

route_handler auctions_get, auctions_post, auction_get, auction_patch, auction_delete;

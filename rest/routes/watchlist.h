/* The watch list, and all lots that a user has to do with. */
#pragma once

#include "rest/route.h"

extern const struct schema watchlist_query, my_lots_query;

route_handler watchlist_get, watchlist_put, watchlist_delete, my_lots_get;

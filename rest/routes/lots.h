/* The lots of a sale as a whole: their catalogue as a file, their order. */
#pragma once

#include "rest/route.h"

extern const struct schema lots_import_query, lots_order_body;
extern const char *const lots_import_types[];

route_handler lots_get, lots_post, lots_order_post;

/* The lots of a sale as a whole: their order. */
#pragma once

#include "rest/route.h"

extern const struct schema lots_order_body;

route_handler lots_order_post;

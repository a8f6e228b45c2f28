/* Sales. */
#pragma once

#include "rest/route.h"

extern const struct schema sales_query, sale_create_body, sale_update_body;

route_handler sales_get, sales_post, sale_get, sale_patch, sale_delete;
